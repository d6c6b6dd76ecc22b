// Files, folders and symbolic links in memory, for programs that run under `vbc-wasi.js`.
//
//     import { Folder } from "./vbc-wasi.js";
//     const folder = new Folder({ "note.txt": "one line\n", sub: { "data.bin": new Uint8Array(4) } });
//     ... run a program that was given it ...
//     console.log(folder.get("note.txt").text);
//
// What a program may do with them is described in docs/wasi.md.

import { Errno, fail } from "./errno.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The bytes of a text in UTF-8, or of anything that holds bytes. */
export function toBytes(contents) {
  if (typeof contents === "string") return encoder.encode(contents);
  if (contents instanceof ArrayBuffer) return new Uint8Array(contents);
  if (ArrayBuffer.isView(contents)) return new Uint8Array(contents.buffer, contents.byteOffset, contents.byteLength);
  throw new TypeError("a text or bytes are expected");
}

/** Nanoseconds since 1970, as a BigInt. */
export function now() {
  return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
}

let items = 0n;

/**
 * What files, folders and links have in common: a number, how many names they have, and times in nanoseconds since
 * 1970.
 */
class Item {
  inode = ++items;
  links = 1;
  accessed = now();
  modified = this.accessed;
  changed = this.accessed;

  /** Notes that the contents have changed. */
  touch() {
    this.modified = this.changed = now();
  }
}

/** Bytes of a file at most. */
const LARGEST = 2 ** 31 - 1;

/** A file. */
export class File extends Item {
  type = 4;
  #room;
  size;

  /** A file with a copy of these bytes, or with this text in UTF-8. */
  constructor(contents = "") {
    super();
    this.#room = toBytes(contents).slice();
    this.size = this.#room.length;
  }

  /** The bytes, as they are now. */
  get bytes() {
    return this.#room.slice(0, this.size);
  }

  /** The bytes as a text. */
  get text() {
    return decoder.decode(this.bytes);
  }

  /** Copies bytes from `offset` on into a buffer, and returns their number. */
  read(offset, buffer) {
    const bytes = this.#room.subarray(Math.min(offset, this.size), Math.min(offset + buffer.length, this.size));
    buffer.set(bytes);
    this.accessed = now();
    return bytes.length;
  }

  /** Puts bytes at `offset`; what lies between the end and there becomes zero. */
  write(offset, bytes) {
    if (bytes.length === 0) return;
    this.resize(Math.max(this.size, offset + bytes.length));
    this.#room.set(bytes, offset);
  }

  /** Cuts the file, or extends it with zeros. */
  resize(size) {
    if (size > LARGEST) fail(Errno.FBIG);
    if (size > this.#room.length) {
      const old = this.#room;
      try {
        // Twice as large, so that a file that grows by small steps is seldom copied.
        this.#room = new Uint8Array(Math.min(Math.max(size, 2 * old.length), LARGEST));
      } catch {
        fail(Errno.NOSPC);
      }
      this.#room.set(old.subarray(0, this.size));
    }
    this.#room.fill(0, size, Math.max(size, this.size));
    this.size = size;
    this.touch();
  }
}

/** A symbolic link. Programs follow it as far as it stays in the folder that they were given. */
export class Link extends Item {
  type = 7;

  constructor(target) {
    super();
    this.target = target;
  }

  get bytes() {
    return encoder.encode(this.target);
  }

  get size() {
    return this.bytes.length;
  }
}

/** Whether this is an object of no class: the contents of a folder. */
function isPlain(item) {
  return typeof item === "object" && item !== null && Object.getPrototypeOf(item) === Object.prototype;
}

/** A folder. */
export class Folder extends Item {
  type = 3;
  size = 0;
  #entries = new Map();

  /** A folder with these entries: names with what {@link Folder#set} takes. */
  constructor(entries = {}) {
    super();
    // A list and not calls of each other: how deep it goes is not ours to choose.
    const pending = [[this, entries]];
    for (const [folder, entries] of pending) {
      for (const [name, item] of Object.entries(entries)) {
        const isFolder = isPlain(item);
        folder.set(name, isFolder ? new Folder() : item);
        if (isFolder) pending.push([folder.entry(name), item]);
      }
    }
  }

  /** Puts something under a name: a File, Folder or Link, a text or bytes for a file, a plain object for a folder. */
  set(name, item) {
    if (name === "" || name === "." || name === ".." || /[/\0]/.test(name)) throw new TypeError(`bad name: ${name}`);
    if (isPlain(item)) item = new Folder(item);
    this.add(name, item instanceof Item ? item : new File(item));
  }

  /** What is under a path of names separated by `/`, or undefined. Links are not followed. */
  get(path) {
    return path.split("/").reduce((item, name) => (item instanceof Folder ? item.entry(name) : undefined), this);
  }

  /** The names, in the order of their bytes in UTF-8. */
  names() {
    const points = (name) => Array.from(name, (character) => character.codePointAt(0));
    const compare = (a, b) => {
      const [x, y] = [points(a), points(b)];
      const differs = x.findIndex((point, at) => point !== y[at]);
      return differs < 0 ? x.length - y.length : x[differs] - (y[differs] ?? -1);
    };
    return [...this.#entries.keys()].sort(compare);
  }

  /** What is under one name, or undefined. */
  entry(name) {
    return this.#entries.get(name);
  }

  get isEmpty() {
    return this.#entries.size === 0;
  }

  /** Puts an item under a name, in the place of what was there. */
  add(name, item) {
    this.remove(name);
    // A folder that has been removed takes nothing any more.
    if (this.links === 0) fail(Errno.NOENT);
    this.#entries.set(name, item);
    this.touch();
  }

  /** Takes a name away; what was under it is still there for those who have it open. */
  remove(name) {
    const item = this.#entries.get(name);
    if (item === undefined) return;
    this.#entries.delete(name);
    item.links -= 1;
    this.touch();
  }

  /** Whether `folder` is this one or lies in it. */
  holds(folder) {
    // A set is gone through to its end, with what is added meanwhile.
    const folders = new Set([this]);
    for (const one of folders) {
      if (one === folder) return true;
      for (const item of one.#entries.values()) {
        if (item instanceof Folder) folders.add(item);
      }
    }
    return false;
  }
}

/** Links that are followed on the way to one file, as on Linux. */
const MOST_LINKS = 40;

/**
 * Where a path leads from a folder, which it never leaves: `{ folder, name, item, wantsFolder, slash }`. `item` is
 * undefined where nothing has the name `name` in `folder`; `folder` is undefined for a path to a folder that does not
 * end in its name. `wantsFolder` means that only a folder will do, and `slash` that this is because a slash follows a
 * name. A link at the end is followed if `follow` is set, or if only a folder will do.
 */
export function resolve(root, path, follow) {
  if (path === "") fail(Errno.NOENT);
  const way = [root];
  let rest = [];
  let [wantsFolder, slash, dotted] = [false, false, false];
  let links = 0;
  const enter = (path) => {
    if (path.startsWith("/")) fail(Errno.PERM);
    // Only the end of the whole path determines whether it must be a folder.
    if (rest.length === 0) {
      const isDotted = /(^|\/)\.{1,2}\/*$/.test(path);
      slash ||= !dotted && !isDotted && path.endsWith("/");
      dotted ||= isDotted;
      wantsFolder ||= isDotted || path.endsWith("/");
    }
    rest = [...path.split("/").filter((name) => name !== "" && name !== "."), ...rest];
  };
  enter(path);
  while (rest.length > 0) {
    const name = rest.shift();
    if (name === "..") {
      if (way.length === 1) fail(Errno.PERM);
      way.pop();
      continue;
    }
    const folder = way.at(-1);
    const item = folder.entry(name);
    const isLast = rest.length === 0;
    if (item instanceof Link && (!isLast || follow || wantsFolder)) {
      links += 1;
      if (links > MOST_LINKS) fail(Errno.LOOP);
      enter(item.target);
      continue;
    }
    if (isLast) return { folder, name, item, wantsFolder, slash };
    if (item === undefined) fail(Errno.NOENT);
    if (!(item instanceof Folder)) fail(Errno.NOTDIR);
    way.push(item);
  }
  return { item: way.at(-1), wantsFolder: true, slash };
}

/** What a path leads to, which must be there. */
export function find(root, path, follow) {
  const found = resolve(root, path, follow);
  if (found.item === undefined) fail(Errno.NOENT);
  if (found.wantsFolder && !(found.item instanceof Folder)) fail(Errno.NOTDIR);
  return found.item;
}

/**
 * Where something is made, removed or renamed: `{ folder, name, item, slash }`, as for {@link resolve}. The name is
 * never followed, whatever comes after it; it may be `.` or `..`, and there is no `folder` then.
 */
export function placeOf(root, path) {
  const trimmed = path.replace(/\/+$/, "");
  const start = trimmed.lastIndexOf("/") + 1;
  const [before, name] = [trimmed.slice(0, start), trimmed.slice(start)];
  const slash = trimmed.length < path.length;
  if (name === "" || name === "." || name === "..") return { name, item: find(root, path, true), slash };
  const folder = before === "" ? root : find(root, before, true);
  return { folder, name, item: folder.entry(name), slash };
}
