// The memory of a program, as WASI sees it.

import { Errno, fail } from "./errno.js";

/** The memory of the program, in which WASI's addresses are numbers of 32 bits, whatever those of the program are. */
export class Memory {
  memory = undefined;

  /** The bytes of a range. They are no longer the program's when its memory has grown. */
  bytes(at, length) {
    if (this.memory === undefined) throw new Error("start or initialize must be called first, with an instance that exports its memory");
    const buffer = this.memory.buffer;
    if (at + length > buffer.byteLength) fail(Errno.FAULT);
    return new Uint8Array(buffer, at, length);
  }

  view(at, length) {
    const bytes = this.bytes(at, length);
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  }

  set32(at, number) {
    this.view(at, 4).setUint32(0, number, true);
  }

  set64(at, number) {
    this.view(at, 8).setBigUint64(0, BigInt(number), true);
  }

  /** Puts fields into a record of zeros: place, width in bits, number. */
  record(at, size, ...fields) {
    const view = this.view(at, size);
    this.bytes(at, size).fill(0);
    for (const [place, width, number] of fields) {
      if (width === 8) view.setUint8(place, number);
      else if (width === 16) view.setUint16(place, number, true);
      else if (width === 32) view.setUint32(place, number, true);
      else view.setBigUint64(place, BigInt(number), true);
    }
  }

  /** The pieces of memory that a list names. */
  pieces(list, count) {
    if (count > 1024) fail(Errno.INVAL);
    const view = this.view(list, 8 * count);
    const pieces = [];
    let total = 0;
    for (let at = 0; at < 8 * count; at += 8) {
      const piece = this.bytes(view.getUint32(at, true), view.getUint32(at + 4, true));
      total += piece.length;
      if (total > 0xffff_ffff) fail(Errno.INVAL);
      if (piece.length > 0) pieces.push(piece);
    }
    return pieces;
  }
}
