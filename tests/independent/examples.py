"""The examples of docs/diagnostics.md: each must be refused, after the changes that its comments describe."""

import re
import struct
from collections.abc import Iterator
from pathlib import Path

from container import HEADER_SIZE, ROW_SIZE
from damage import mend
from faults import NotCovered

PAGE = Path(__file__).resolve().parents[2] / "docs" / "diagnostics.md"
CHANGE = re.compile(r"^;; (patch|patch-raw|append|truncate): (.*)$", re.M)
PATCH = re.compile(r"(\w{4})\+(\d+) (u8|u16|u32|u64) (\S+)")
LAYOUTS = {"u8": "<B", "u16": "<H", "u32": "<I", "u64": "<Q"}


def examples(page: Path = PAGE) -> Iterator[tuple[str, str]]:
    """Code and text of the examples for binary modules."""
    for chapter in re.split(r"^## ", page.read_text(encoding="utf-8"), flags=re.M)[1:]:
        # What the tools print about the example follows it, also indented.
        own = re.split(r"^    (?:error|warning)\[", chapter, maxsplit=1, flags=re.M)[0]
        lines = [line[4:] for line in own.splitlines() if line.startswith("    ")]
        if chapter.startswith("V") and lines:
            yield chapter[: chapter.index(":")], "\n".join(lines) + "\n"


def section_offset(data: bytes, tag: str) -> int:
    """Where a section begins; the header is HEAD."""
    if tag == "HEAD":
        return 0
    for row in range(struct.unpack_from("<H", data, 50)[0]):
        place = HEADER_SIZE + ROW_SIZE * row
        if data[place : place + 4] == tag.encode():
            return struct.unpack_from("<Q", data, place + 8)[0]
    raise NotCovered(f"a patch of {tag}, which is not there")


def change(data: bytes, text: str) -> bytes:
    """Applies the changes that the comments of `text` describe; `patch` makes the CRCs fit again, the others do not."""
    copy = bytearray(data)
    for word, rest in CHANGE.findall(text):
        if word == "truncate":
            del copy[int(rest) :]
        elif word == "append":
            copy += bytes.fromhex(rest)
        elif (match := PATCH.fullmatch(rest.strip())) is None:
            raise NotCovered(f"the patch {rest}")
        else:
            place = section_offset(data, match[1]) + int(match[2])
            struct.pack_into(LAYOUTS[match[3]], copy, place, int(match[4], 0))
            if word == "patch":
                mend(copy)
    return bytes(copy)
