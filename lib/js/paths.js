// Calls on paths. A path starts at the folder of a descriptor and never leads out of it.

import { Errno, fail } from "./errno.js";
import { File, Folder, Link, find, placeOf, resolve } from "./files.js";
import { Descriptor, EVERY, OF_CONTENTS, OF_FILE, OF_FOLDER, Right, putStat, timesSetter } from "./descriptors.js";

// Flags of `path_open`.
const [CREAT, DIRECTORY, EXCL, TRUNC] = [1, 2, 4, 8];

/** Bytes of a path at most. */
const LONGEST = 4095;

/** The path of these bytes. */
function toPath(bytes) {
  if (bytes.length > LONGEST) fail(Errno.NAMETOOLONG);
  let path;
  try {
    path = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    fail(Errno.ILSEQ);
  }
  if (path.includes("\0")) fail(Errno.INVAL);
  return path;
}

/** Whether flags of a lookup request that a link at the end is followed. */
function follows(lookup) {
  if (lookup > 1) fail(Errno.INVAL);
  return lookup === 1;
}

/** A place where nothing is, for a folder or something else. */
function freePlace(root, path, isFolder) {
  const place = placeOf(root, path);
  if (place.item !== undefined) fail(Errno.EXIST);
  if (place.slash && !isFolder) fail(Errno.NOENT);
  return place;
}

/** What is opened at a place, and made if need be. */
function openItem({ folder, name, item, wantsFolder, slash }, oflags, writes) {
  if (oflags & CREAT && slash) fail(Errno.ISDIR);
  if (item === undefined) {
    if (!(oflags & CREAT)) fail(Errno.NOENT);
    const file = new File();
    folder.add(name, file);
    return file;
  }
  if (oflags & CREAT && oflags & EXCL) fail(Errno.EXIST);
  if (item instanceof Link) fail(oflags & DIRECTORY ? Errno.NOTDIR : Errno.LOOP);
  if (item instanceof Folder) {
    if (writes || oflags & (CREAT | TRUNC)) fail(Errno.ISDIR);
    return item;
  }
  if (wantsFolder || oflags & DIRECTORY) fail(Errno.NOTDIR);
  if (oflags & TRUNC) item.resize(0);
  return item;
}

/** Whether a slash follows a name. */
function isSlashed({ folder, slash }) {
  return slash && folder !== undefined;
}

function rename(fromRoot, old, toRoot, path) {
  const [from, to] = [placeOf(fromRoot, old), placeOf(toRoot, path)];
  if (from.folder === undefined || to.folder === undefined) fail(Errno.BUSY);
  if (from.item === undefined) fail(Errno.NOENT);
  const isFolder = from.item instanceof Folder;
  if ((from.slash || to.slash) && !isFolder) fail(Errno.NOTDIR);
  if (isFolder && from.item.holds(to.folder)) fail(Errno.INVAL);
  const onFolder = to.item instanceof Folder;
  if (onFolder && to.item.holds(from.folder)) fail(Errno.NOTEMPTY);
  // Two names of one file stay what they are.
  if (to.item === from.item) return;
  if (isFolder && to.item !== undefined && !onFolder) fail(Errno.NOTDIR);
  if (!isFolder && onFolder) fail(Errno.ISDIR);
  if (onFolder && !to.item.isEmpty) fail(Errno.NOTEMPTY);
  from.folder.remove(from.name);
  from.item.links += 1;
  to.folder.add(to.name, from.item);
}

/** The calls of WASI on paths. */
export function pathCalls(memory, table) {
  const pathAt = (at, length) => toPath(memory.bytes(at, length));
  return {
    path_open(fd, lookup, at, length, oflags, base, inherited, flags, result) {
      const follow = follows(lookup);
      const path = pathAt(at, length);
      const [rights, inheriting] = [base & EVERY, inherited & EVERY];
      if (oflags > 15 || flags > 31 || (oflags & CREAT && oflags & DIRECTORY)) fail(Errno.INVAL);
      memory.view(result, 4);
      const creating = oflags & CREAT ? Right.PATH_CREATE_FILE : 0n;
      const truncating = oflags & TRUNC ? Right.PATH_FILESTAT_SET_SIZE : 0n;
      const root = table.folder(fd, Right.PATH_OPEN | creating | truncating);
      if ((rights | inheriting) & ~table.get(fd).inheriting) fail(Errno.NOTCAPABLE);
      const writes = (rights & Right.FD_WRITE) !== 0n;
      // A slash after the name of what may have to be made is wrong before anything is followed.
      if (oflags & CREAT && isSlashed(placeOf(root, path))) fail(Errno.ISDIR);
      const item = openItem(resolve(root, path, follow && !(oflags & EXCL)), oflags, writes);
      const isFolder = item instanceof Folder;
      const possible = isFolder ? OF_FOLDER : writes ? OF_FILE : OF_FILE & ~OF_CONTENTS;
      memory.set32(result, table.add(new Descriptor(item, rights & possible, isFolder ? inheriting : 0n, flags)));
    },
    path_create_directory(fd, at, length) {
      const path = pathAt(at, length);
      const { folder, name } = freePlace(table.folder(fd, Right.PATH_CREATE_DIRECTORY), path, true);
      folder.add(name, new Folder());
    },
    path_remove_directory(fd, at, length) {
      const path = pathAt(at, length);
      const { folder, name, item } = placeOf(table.folder(fd, Right.PATH_REMOVE_DIRECTORY), path);
      if (folder === undefined) fail(name === ".." ? Errno.NOTEMPTY : Errno.INVAL);
      if (item === undefined) fail(Errno.NOENT);
      if (!(item instanceof Folder)) fail(Errno.NOTDIR);
      if (!item.isEmpty) fail(Errno.NOTEMPTY);
      folder.remove(name);
    },
    path_unlink_file(fd, at, length) {
      const path = pathAt(at, length);
      const { folder, name, item, slash } = placeOf(table.folder(fd, Right.PATH_UNLINK_FILE), path);
      if (item === undefined) fail(Errno.NOENT);
      if (item instanceof Folder) fail(Errno.ISDIR);
      if (slash) fail(Errno.NOTDIR);
      folder.remove(name);
    },
    path_rename(fd, at, length, newFd, newAt, newLength) {
      const [old, path] = [pathAt(at, length), pathAt(newAt, newLength)];
      rename(table.folder(fd, Right.PATH_RENAME_SOURCE), old, table.folder(newFd, Right.PATH_RENAME_TARGET), path);
    },
    path_link(fd, lookup, at, length, newFd, newAt, newLength) {
      if (lookup !== 0) fail(Errno.INVAL);
      const [old, path] = [pathAt(at, length), pathAt(newAt, newLength)];
      const [from, to] = [table.folder(fd, Right.PATH_LINK_SOURCE), table.folder(newFd, Right.PATH_LINK_TARGET)];
      const item = find(from, old, false);
      const { folder, name } = freePlace(to, path, false);
      if (item instanceof Folder) fail(Errno.PERM);
      folder.add(name, item);
      item.links += 1;
    },
    path_symlink(at, length, fd, newAt, newLength) {
      const [target, path] = [pathAt(at, length), pathAt(newAt, newLength)];
      const root = table.folder(fd, Right.PATH_SYMLINK);
      if (target === "") fail(Errno.NOENT);
      if (target.startsWith("/")) fail(Errno.PERM);
      const { folder, name } = freePlace(root, path, false);
      folder.add(name, new Link(target));
    },
    path_readlink(fd, at, length, buffer, size, result) {
      const path = pathAt(at, length);
      const place = memory.bytes(buffer, size);
      memory.view(result, 4);
      const item = find(table.folder(fd, Right.PATH_READLINK), path, false);
      if (!(item instanceof Link)) fail(Errno.INVAL);
      if (item.target.startsWith("/")) fail(Errno.PERM);
      const target = item.bytes.subarray(0, size);
      place.set(target);
      memory.set32(result, target.length);
    },
    path_filestat_get(fd, lookup, at, length, result) {
      const [follow, path] = [follows(lookup), pathAt(at, length)];
      const root = table.folder(fd, Right.PATH_FILESTAT_GET);
      memory.view(result, 64);
      putStat(memory, result, find(root, path, follow));
    },
    path_filestat_set_times(fd, lookup, at, length, accessed, modified, flags) {
      const [follow, path] = [follows(lookup), pathAt(at, length)];
      const set = timesSetter(accessed, modified, flags);
      const root = table.folder(fd, Right.PATH_FILESTAT_SET_TIMES);
      set(find(root, path, follow));
    },
  };
}
