"""patch.py FILE TAG+OFFSET HEX: writes bytes into a section of a module and makes the CRCs right."""

import struct
import sys
import zlib

name, place, new = sys.argv[1:]
tag, offset = place.split("+")
with open(name, "rb") as file:
    data = bytearray(file.read())
(count,) = struct.unpack_from("<H", data, 50)
new = bytes.fromhex(new)
for row in range(64, 64 + 40 * count, 40):
    start, length = struct.unpack_from("<QQ", data, row + 8)
    if data[row : row + 4] == tag.encode():
        data[start + int(offset) : start + int(offset) + len(new)] = new
    struct.pack_into("<I", data, row + 32, zlib.crc32(data[start : start + length]))
struct.pack_into("<I", data, 56, 0)
struct.pack_into("<I", data, 56, zlib.crc32(data[: 64 + 40 * count]))
with open(name, "wb") as file:
    file.write(data)
