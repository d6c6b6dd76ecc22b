// Calls on paths. A path starts at the folder of a descriptor and never leads out of it.

import { Errno, fail } from "./errno.js";
import { File, Folder, Link, resolve } from "./files.js";
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

/** Whether flags of a lookup say that a link at the end is followed. */
function follows(lookup) {
  if (lookup > 1) fail(Errno.INVAL);
  return lookup === 1;
}

/** What a path leads to, which must be there. */
function find(root, path, follow) {
  const found = resolve(root, path, follow);
  if (found.item === undefined) fail(Errno.NOENT);
  if (found.slash && !(found.item instanceof Folder)) fail(Errno.NOTDIR);
  return found;
}

/** Puts a new item where nothing is. */
function make(root, path, item) {
  const place = resolve(root, path, false);
  if (place.item !== undefined) fail(Errno.EXIST);
  if (place.slash && !(item instanceof Folder)) fail(Errno.NOENT);
  place.folder.add(place.name, item);
}

/** What is opened at a place, and made if need be. */
function openItem({ folder, name, item, slash }, oflags, writes) {
  if (item === undefined) {
    if (!(oflags & CREAT)) fail(Errno.NOENT);
    if (slash) fail(Errno.ISDIR);
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
  if (slash || oflags & DIRECTORY) fail(Errno.NOTDIR);
  if (oflags & TRUNC) item.resize(0);
  return item;
}

function rename(fromRoot, old, toRoot, path) {
  const from = find(fromRoot, old, false);
  const to = resolve(toRoot, path, false);
  if (from.folder === undefined || to.folder === undefined) fail(Errno.INVAL);
  if (from.item instanceof Folder) {
    if (from.item.holds(to.folder)) fail(Errno.INVAL);
    if (to.item !== undefined && !(to.item instanceof Folder)) fail(Errno.NOTDIR);
    if (to.item !== undefined && to.item !== from.item && !to.item.isEmpty) fail(Errno.NOTEMPTY);
  } else {
    if (to.slash) fail(Errno.NOTDIR);
    if (to.item instanceof Folder) fail(Errno.ISDIR);
  }
  // Two names of one file stay what they are.
  if (to.item === from.item) return;
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
      const item = openItem(resolve(root, path, follow && !(oflags & EXCL)), oflags, writes);
      const isFolder = item instanceof Folder;
      const possible = isFolder ? OF_FOLDER : writes ? OF_FILE : OF_FILE & ~OF_CONTENTS;
      memory.set32(result, table.add(new Descriptor(item, rights & possible, isFolder ? inheriting : 0n, flags)));
    },
    path_create_directory(fd, at, length) {
      const path = pathAt(at, length);
      make(table.folder(fd, Right.PATH_CREATE_DIRECTORY), path, new Folder());
    },
    path_remove_directory(fd, at, length) {
      const path = pathAt(at, length);
      const { folder, name, item } = find(table.folder(fd, Right.PATH_REMOVE_DIRECTORY), path, false);
      if (!(item instanceof Folder)) fail(Errno.NOTDIR);
      if (folder === undefined) fail(Errno.INVAL);
      if (!item.isEmpty) fail(Errno.NOTEMPTY);
      folder.remove(name);
    },
    path_unlink_file(fd, at, length) {
      const path = pathAt(at, length);
      const { folder, name, item } = find(table.folder(fd, Right.PATH_UNLINK_FILE), path, false);
      if (item instanceof Folder) fail(Errno.ISDIR);
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
      const { item } = find(from, old, false);
      if (item instanceof Folder) fail(Errno.PERM);
      make(to, path, item);
      item.links += 1;
    },
    path_symlink(at, length, fd, newAt, newLength) {
      const [target, path] = [pathAt(at, length), pathAt(newAt, newLength)];
      const root = table.folder(fd, Right.PATH_SYMLINK);
      if (target === "") fail(Errno.NOENT);
      if (target.startsWith("/")) fail(Errno.PERM);
      make(root, path, new Link(target));
    },
    path_readlink(fd, at, length, buffer, size, result) {
      const path = pathAt(at, length);
      const place = memory.bytes(buffer, size);
      memory.view(result, 4);
      const { item } = find(table.folder(fd, Right.PATH_READLINK), path, false);
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
      putStat(memory, result, find(root, path, follow).item);
    },
    path_filestat_set_times(fd, lookup, at, length, accessed, modified, flags) {
      const [follow, path] = [follows(lookup), pathAt(at, length)];
      const set = timesSetter(accessed, modified, flags);
      const root = table.folder(fd, Right.PATH_FILESTAT_SET_TIMES);
      set(find(root, path, follow).item);
    },
  };
}
