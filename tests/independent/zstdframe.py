"""One zstd frame: its extent (RFC 8878, section 3.1.1) checked here, its expansion by the `zstd` command."""

import shutil
import subprocess
import tempfile

from faults import NotCovered, require

MAGIC = b"\x28\xb5\x2f\xfd"


def frame_length(stored: bytes) -> int:
    """The length of the frame that `stored` begins with. It must not use a dictionary."""
    require(stored[:4] == MAGIC and len(stored) >= 6, "compressed section: not a zstd frame")
    descriptor = stored[4]
    single_segment = descriptor >> 5 & 1
    content_size = {0: single_segment, 1: 2, 2: 4, 3: 8}[descriptor >> 6]
    place = 5 + (1 - single_segment)
    dictionary = (0, 1, 2, 4)[descriptor & 3]
    require(not any(stored[place : place + dictionary]), "compressed section: the frame needs a dictionary")
    place += dictionary + content_size
    last = False
    while not last:
        require(place + 3 <= len(stored), "compressed section: the frame is cut off")
        header = int.from_bytes(stored[place : place + 3], "little")
        last, kind, size = bool(header & 1), header >> 1 & 3, header >> 3
        place += 3 + (1 if kind == 1 else size)
    place += 4 if descriptor & 4 else 0
    require(place <= len(stored), "compressed section: the frame is cut off")
    return place


def expand(stored: bytes, raw_length: int) -> bytes:
    """Expands the one frame that `stored` must be to exactly `raw_length` bytes."""
    require(frame_length(stored) == len(stored), "compressed section: bytes after the zstd frame")
    program = shutil.which("zstd")
    if program is None:
        raise NotCovered("compressed section: there is no zstd command here")
    with tempfile.TemporaryFile() as source:
        source.write(stored)
        source.seek(0)
        with subprocess.Popen([program, "-dcq"], stdin=source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            assert process.stdout is not None
            raw = process.stdout.read(raw_length + 1)
            process.kill() if len(raw) > raw_length else None
            status = process.wait()
    require(len(raw) == raw_length and status == 0, "compressed section: does not expand to its raw length")
    return raw
