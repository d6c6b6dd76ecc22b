"""Damaged modules: every flipped bit must be noticed; where checksums are made to fit again, `vbc-verify` must agree."""

import random
import struct
import subprocess
import zlib
from pathlib import Path

import vitbc
from container import HEADER_SIZE, ROW_SIZE
from faults import Invalid, NotCovered


def is_valid(data: bytes) -> bool:
    """Whether this implementation accepts the bytes. Raises NotCovered."""
    try:
        vitbc.load(data)
    except Invalid:
        return False
    return True


def unnoticed_flips(data: bytes) -> list[int]:
    """The bits that can be flipped without notice: there should be none."""
    found = []
    for bit in range(len(data) * 8):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        if is_valid(bytes(damaged)):
            found.append(bit)
    return found


def mend(data: bytearray) -> None:
    """Makes all CRCs fit, if the section table can be followed."""
    count = struct.unpack_from("<H", data, 50)[0]
    end = HEADER_SIZE + ROW_SIZE * count
    if end > len(data):
        return
    for row in range(HEADER_SIZE, end, ROW_SIZE):
        offset, stored = struct.unpack_from("<QQ", data, row + 8)
        struct.pack_into("<I", data, row + 32, zlib.crc32(data[offset : offset + stored]))
    struct.pack_into("<I", data, 56, 0)
    struct.pack_into("<I", data, 56, zlib.crc32(data[:end]))


def damage(data: bytes, source: random.Random) -> bytes:
    """A copy with one to three bytes changed and the CRCs mended."""
    copy = bytearray(data)
    for _ in range(source.choice((1, 1, 1, 2, 3))):
        place = source.randrange(8, len(copy))
        copy[place] = source.choice((0, 1, 2, 255, copy[place] ^ 1 << source.randrange(8), (copy[place] + 1) & 255))
    mend(copy)
    return bytes(copy)


def disagreements(verifier: Path, data: bytes, count: int, seed: int, folder: Path) -> list[str]:
    """Where `vbc-verify` and this implementation disagree about damaged copies of a module."""
    source, found = random.Random(seed), []
    for number in range(count):
        damaged = damage(data, source)
        path = folder / f"{seed}-{number}.vitbc"
        path.write_bytes(damaged)
        try:
            ours = is_valid(damaged)
        except NotCovered:
            continue
        theirs = subprocess.run([verifier, "-q", path], capture_output=True, text=True, check=False)
        if theirs.returncode not in (0, 1) or ours != (theirs.returncode == 0):
            found.append(f"{path.name}: here {reason(damaged)}; vbc-verify {theirs.returncode}: {theirs.stderr[:200]}")
        else:
            path.unlink()
    return found


def reason(data: bytes) -> str:
    """What this implementation reports about a module."""
    try:
        vitbc.load(data)
    except Invalid as error:
        return f"invalid: {error}"
    return "valid"
