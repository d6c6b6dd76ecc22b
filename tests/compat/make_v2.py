#!/usr/bin/env python3
"""Writes one small file of each of the two older layouts called version 2.

They were run once; the files beside this script are frozen and never written again. They are made
after docs/format.md section 6, and hold what such files held: two numbers, two names, a few
instructions (whose encoding is of no concern here: nobody executes them).
"""

import struct
import sys
import zlib

MAGIC = b"VITBC\0"


def sealed(body: bytes) -> bytes:
    """The CRC32 of everything after the magic."""
    return struct.pack("<I", zlib.crc32(body))


def tagged() -> bytes:
    """Layout (a): u16 version, then tag, length and payload for each section, then CRCC."""
    body = struct.pack("<H", 2)
    code = bytes([1, 0, 0, 1, 1, 1, 16, 2, 0, 1, 48, 2, 255])
    for tag, payload in [
        (b"INTS", struct.pack("<Iqq", 2, 2, 3)),
        (b"FLTS", struct.pack("<Id", 1, 1.5)),
        (b"STRS", struct.pack("<II4sI3s", 2, 4, b"main", 3, b"add")),
        (b"CODE", struct.pack("<I", len(code)) + code),
    ]:
        body += tag + struct.pack("<I", len(payload)) + payload
    return MAGIC + body + b"CRCC" + sealed(body)


def counted() -> bytes:
    """Layout (b): u32 version, flags, entry, counts, sections without framing, CRC, trailer."""
    body = struct.pack("<IIqIIIII", 2, 0, 0, 2, 1, 1, 0, 4)
    body += struct.pack("<qq", 2, 3) + struct.pack("<d", 1.5)
    body += struct.pack("<I4s", 4, b"main")
    body += struct.pack("<IIII", 0x0001, 0x0101, 0x1002, 0x00FF)
    return MAGIC + body + sealed(body) + b"VEND\0\0"


for name, data in [("v2-tagged.vitbc", tagged()), ("v2-counted.vitbc", counted())]:
    try:
        with open(name, "xb") as file:
            file.write(data)
    except FileExistsError:
        with open(name, "rb") as file:
            same = file.read() == data
        print(f"{name}: frozen, {'as written here' if same else 'NOT as written here'}")
        if not same:
            sys.exit(1)
