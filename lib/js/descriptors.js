// Descriptors: standard streams, open files and folders, and the calls on them.

import { Errno, fail } from "./errno.js";
import { File, Folder, now, toBytes } from "./files.js";

// Rights (docs/wasi.md), as bits of a BigInt.
const RIGHTS = [
  "FD_DATASYNC", "FD_READ", "FD_SEEK", "FD_FDSTAT_SET_FLAGS", "FD_SYNC", "FD_TELL", "FD_WRITE", "FD_ADVISE", "FD_ALLOCATE",
  "PATH_CREATE_DIRECTORY", "PATH_CREATE_FILE", "PATH_LINK_SOURCE", "PATH_LINK_TARGET", "PATH_OPEN", "FD_READDIR", "PATH_READLINK",
  "PATH_RENAME_SOURCE", "PATH_RENAME_TARGET", "PATH_FILESTAT_GET", "PATH_FILESTAT_SET_SIZE", "PATH_FILESTAT_SET_TIMES",
  "FD_FILESTAT_GET", "FD_FILESTAT_SET_SIZE", "FD_FILESTAT_SET_TIMES", "PATH_SYMLINK", "PATH_REMOVE_DIRECTORY", "PATH_UNLINK_FILE",
  "POLL_FD_READWRITE",
];

/** What may be done with a descriptor, by name. */
export const Right = Object.fromEntries(RIGHTS.map((name, bit) => [name, 1n << BigInt(bit)]));

const OF_STREAM = Right.FD_FDSTAT_SET_FLAGS | Right.FD_FILESTAT_GET | Right.POLL_FD_READWRITE;
const OF_ALL = Right.FD_SYNC | Right.FD_DATASYNC | Right.FD_FDSTAT_SET_FLAGS | Right.FD_FILESTAT_GET | Right.FD_FILESTAT_SET_TIMES;

/** The rights that change the contents of a file. */
export const OF_CONTENTS = Right.FD_WRITE | Right.FD_ALLOCATE | Right.FD_FILESTAT_SET_SIZE;

/** The rights that a file can have. */
export const OF_FILE = OF_ALL | OF_STREAM | OF_CONTENTS | Right.FD_READ | Right.FD_SEEK | Right.FD_TELL | Right.FD_ADVISE;

/** All rights there are. */
export const EVERY = (1n << BigInt(RIGHTS.length)) - 1n;

/** The rights that a folder can have. */
export const OF_FOLDER = (EVERY & ~OF_FILE) | OF_ALL;

const [APPEND, LASTING, FLAGS] = [1, 2 | 8 | 16, 31];

/** Offsets and sizes from here on do not exist. */
const TOO_LARGE = 1n << 63n;

/** Standard input, output or error. */
export class Stream {
  type = 0;
  size = 0;
  #source;
  #write;
  #pending = new Uint8Array();
  #ended = false;

  /**
   * For input: bytes, a text, or a function that returns more of them each time, and none or nothing at the end.
   * For output: a function that takes bytes.
   */
  constructor(source, write) {
    this.#source = source;
    this.#write = write;
  }

  /** Bytes that wait to be read. */
  get left() {
    return this.#pending.length;
  }

  read(buffer) {
    if (this.#pending.length === 0 && !this.#ended) {
      const isFunction = typeof this.#source === "function";
      this.#pending = toBytes((isFunction ? this.#source() : this.#source) ?? "");
      this.#ended = !isFunction || this.#pending.length === 0;
    }
    const bytes = this.#pending.subarray(0, buffer.length);
    buffer.set(bytes);
    this.#pending = this.#pending.subarray(bytes.length);
    return bytes.length;
  }

  write(bytes) {
    this.#write(bytes.slice());
  }
}

/** What a number of the program stands for. */
export class Descriptor {
  position = 0;
  /** What `fd_readdir` goes through. */
  listing = undefined;

  /**
   * A stream, file or folder with its rights; those of what is opened in it; flags; and under which name it was given.
   */
  constructor(item, rights, inheriting = 0n, flags = 0, given = undefined) {
    Object.assign(this, { item, rights, inheriting, flags, given });
  }

  /** Makes sure that these rights are there. */
  need(rights) {
    const missing = rights & ~this.rights;
    if (missing !== 0n) fail(missing & (Right.FD_READ | Right.FD_WRITE) ? Errno.BADF : Errno.NOTCAPABLE);
  }
}

/** The descriptors of a program. */
export class Table {
  #slots;

  constructor(stdin, stdout, stderr) {
    this.#slots = [
      new Descriptor(stdin, Right.FD_READ | OF_STREAM),
      new Descriptor(stdout, Right.FD_WRITE | OF_STREAM),
      new Descriptor(stderr, Right.FD_WRITE | OF_STREAM),
    ];
  }

  /** Gives a folder to the program. */
  give(folder, name) {
    this.add(new Descriptor(folder, OF_FOLDER, OF_FOLDER | OF_FILE, 0, toBytes(name)));
  }

  /** Adds one under the lowest number that is free. */
  add(descriptor) {
    const free = this.#slots.findIndex((slot) => slot === undefined);
    const number = free < 0 ? this.#slots.length : free;
    this.#slots[number] = descriptor;
    return number;
  }

  get(fd) {
    return this.#slots[fd] ?? fail(Errno.BADF);
  }

  /** A file with these rights; `ofStream` is the error for a standard stream. */
  file(fd, rights, ofStream) {
    const open = this.get(fd);
    if (open.item instanceof Stream) fail(ofStream);
    if (open.item instanceof Folder) fail(Errno.BADF);
    open.need(rights);
    return open;
  }

  /** The folder that one with these rights stands for. */
  folder(fd, rights) {
    const open = this.get(fd);
    if (!(open.item instanceof Folder)) fail(Errno.NOTDIR);
    open.need(rights);
    return open.item;
  }

  remove(fd) {
    this.get(fd);
    this.#slots[fd] = undefined;
  }

  renumber(from, to) {
    const moved = this.get(from);
    this.get(to);
    this.#slots[from] = undefined;
    this.#slots[to] = moved;
  }
}

/** Writes the record `filestat`. */
export function putStat(memory, at, item) {
  const { inode, links, accessed, modified, changed } = { inode: 0, links: 0, accessed: 0, modified: 0, changed: 0, ...item };
  const times = [[40, 64, accessed], [48, 64, modified], [56, 64, changed]];
  memory.record(at, 64, [8, 64, inode], [16, 8, item.type], [24, 64, links], [32, 64, item.size], ...times);
}

/** A function that sets the times of an item as these arguments specify. */
export function timesSetter(accessed, modified, flags) {
  if (flags > 15 || (flags & 3) === 3 || flags >> 2 === 3) fail(Errno.INVAL);
  const time = (choice, time, old) => [old, time, now()][choice];
  return (item) => {
    item.accessed = time(flags & 3, accessed, item.accessed);
    item.modified = time(flags >> 2, modified, item.modified);
    if (flags !== 0) item.changed = now();
  };
}

/** Reads into pieces of memory, from the position of a descriptor or from an offset; returns the number of bytes. */
function read(open, pieces, offset) {
  const { item } = open;
  if (item instanceof Folder) fail(Errno.BADF);
  // What may have to be waited for is read once.
  if (item instanceof Stream) return pieces.length > 0 ? item.read(pieces[0]) : 0;
  if (offset >= TOO_LARGE) fail(Errno.INVAL);
  const from = Number(offset ?? open.position);
  let total = 0;
  for (const piece of pieces) total += item.read(from + total, piece);
  if (offset === undefined) open.position += total;
  return total;
}

/** Writes pieces of memory, at the position of a descriptor or at an offset; returns the number of bytes. */
function write(open, pieces, offset) {
  const { item } = open;
  if (item instanceof Folder) fail(Errno.BADF);
  if (offset >= TOO_LARGE) fail(Errno.INVAL);
  const from = open.flags & APPEND ? item.size : Number(offset ?? open.position);
  let total = 0;
  for (const piece of pieces) {
    if (item instanceof Stream) item.write(piece);
    else item.write(from + total, piece);
    total += piece.length;
  }
  if (offset === undefined) open.position = from + total;
  return total;
}

/** Where `fd_seek` leads. */
function sought(open, offset, whence) {
  if (whence > 2) fail(Errno.INVAL);
  const position = offset + BigInt([0, open.position, open.item.size][whence]);
  if (position < 0n || position >= TOO_LARGE) fail(Errno.INVAL);
  return position;
}

/** Puts as many entries of a folder as fit into a buffer; returns the number of bytes. */
function list(open, buffer, cookie) {
  const folder = open.item;
  if (cookie === 0n || open.listing === undefined) {
    const names = folder.names().map((name) => [name, folder.entry(name)]);
    open.listing = [[".", folder], ["..", folder], ...names];
  }
  let used = 0;
  const put = (bytes) => {
    const fitting = bytes.subarray(0, buffer.length - used);
    buffer.set(fitting, used);
    used += fitting.length;
  };
  const header = new DataView(new ArrayBuffer(24));
  for (let n = cookie; n < BigInt(open.listing.length) && used < buffer.length; n += 1n) {
    const [text, item] = open.listing[Number(n)];
    const name = toBytes(text);
    header.setBigUint64(0, n + 1n, true);
    header.setBigUint64(8, item.inode, true);
    header.setUint32(16, name.length, true);
    header.setUint8(20, item.type);
    put(new Uint8Array(header.buffer));
    put(name);
  }
  return used;
}

/** The calls of WASI on descriptors. */
export function descriptorCalls(memory, table) {
  /** Does `transfer` with the pieces of memory in a list, and puts the number of bytes at `result`. */
  const transfer = (act, right) => (fd, list, count, offset, result) => {
    const open = table.get(fd);
    if (offset !== undefined) table.file(fd, 0n, Errno.SPIPE);
    open.need(right);
    memory.view(result, 4);
    memory.set32(result, act(open, memory.pieces(list, count), offset));
  };
  const reading = transfer(read, Right.FD_READ);
  const writing = transfer(write, Right.FD_WRITE);
  const sync = (right) => (fd) => {
    const open = table.get(fd);
    if (open.item instanceof Stream) fail(Errno.INVAL);
    open.need(right);
  };
  const given = (fd) => table.get(fd).given ?? fail(Errno.BADF);
  /** A call on a socket, of which there is none, with these flags. */
  const socket = (fd, flags, known) => {
    table.get(fd);
    fail(flags & ~known ? Errno.INVAL : Errno.NOTSOCK);
  };
  return {
    fd_close: (fd) => table.remove(fd),
    fd_renumber: (from, to) => table.renumber(from, to),
    fd_read: (fd, list, count, result) => reading(fd, list, count, undefined, result),
    fd_pread: reading,
    fd_write: (fd, list, count, result) => writing(fd, list, count, undefined, result),
    fd_pwrite: writing,
    fd_seek(fd, unsigned, whence, result) {
      const offset = BigInt.asIntN(64, unsigned);
      table.file(fd, 0n, Errno.SPIPE);
      const open = table.file(fd, offset === 0n && whence === 1 ? Right.FD_TELL : Right.FD_SEEK, Errno.SPIPE);
      const position = sought(open, offset, whence);
      memory.set64(result, position);
      open.position = Number(position);
    },
    fd_tell: (fd, result) => memory.set64(result, table.file(fd, Right.FD_TELL, Errno.SPIPE).position),
    fd_advise(fd, offset, length, advice) {
      table.file(fd, Right.FD_ADVISE, Errno.SPIPE);
      if (advice > 5 || offset >= TOO_LARGE || length >= TOO_LARGE) fail(Errno.INVAL);
    },
    fd_allocate(fd, offset, length) {
      const { item } = table.file(fd, Right.FD_ALLOCATE, Errno.SPIPE);
      if (length === 0n || offset >= TOO_LARGE || length >= TOO_LARGE) fail(Errno.INVAL);
      if (offset + length > item.size) item.resize(Number(offset + length));
    },
    fd_sync: sync(Right.FD_SYNC),
    fd_datasync: sync(Right.FD_DATASYNC),
    fd_fdstat_get(fd, result) {
      const { item, flags, rights, inheriting } = table.get(fd);
      memory.record(result, 24, [0, 8, item.type], [2, 16, flags], [8, 64, rights], [16, 64, inheriting]);
    },
    fd_fdstat_set_flags(fd, flags) {
      const open = table.get(fd);
      open.need(Right.FD_FDSTAT_SET_FLAGS);
      if (flags > FLAGS || (flags ^ open.flags) & LASTING) fail(Errno.INVAL);
      if (flags & APPEND && !(open.item instanceof File)) fail(Errno.INVAL);
      open.flags = flags;
    },
    fd_fdstat_set_rights(fd, base, inherited) {
      const open = table.get(fd);
      const [rights, inheriting] = [base & EVERY, inherited & EVERY];
      if (rights & ~open.rights || inheriting & ~open.inheriting) fail(Errno.NOTCAPABLE);
      Object.assign(open, { rights, inheriting });
    },
    fd_filestat_get(fd, result) {
      const open = table.get(fd);
      open.need(Right.FD_FILESTAT_GET);
      putStat(memory, result, open.item);
    },
    fd_filestat_set_size(fd, size) {
      const { item } = table.file(fd, Right.FD_FILESTAT_SET_SIZE, Errno.INVAL);
      if (size >= TOO_LARGE) fail(Errno.INVAL);
      item.resize(Number(size));
    },
    fd_filestat_set_times(fd, accessed, modified, flags) {
      const set = timesSetter(accessed, modified, flags);
      const open = table.get(fd);
      if (open.item instanceof Stream) fail(Errno.INVAL);
      open.need(Right.FD_FILESTAT_SET_TIMES);
      set(open.item);
    },
    fd_prestat_get: (fd, result) => memory.set64(result, BigInt(given(fd).length) << 32n),
    fd_prestat_dir_name(fd, buffer, length) {
      const name = given(fd);
      if (name.length > length) fail(Errno.NAMETOOLONG);
      memory.bytes(buffer, name.length).set(name);
    },
    fd_readdir(fd, buffer, length, cookie, result) {
      const open = table.get(fd);
      table.folder(fd, Right.FD_READDIR);
      memory.view(result, 4);
      memory.set32(result, list(open, memory.bytes(buffer, length), cookie));
    },
    sock_accept: (fd, flags) => socket(fd, flags, FLAGS),
    sock_recv: (fd, _list, _count, flags) => socket(fd, flags, 3),
    sock_send: (fd, _list, _count, flags) => socket(fd, flags, 0),
    sock_shutdown: (fd, ways) => socket(fd, ways, 3),
  };
}
