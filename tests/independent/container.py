"""The container: header, section table, CRCs, padding, compression (docs/format.md, section 1)."""

import re
import struct
import zlib
from dataclasses import dataclass

import limits
import zstdframe
from faults import Invalid, require

HEADER_SIZE, ROW_SIZE = 64, 40
COMPRESSED, IGNORABLE, DEBUG = 1, 2, 4
PROGRAM_TAGS = [
    "TYPE", "IMPT", "MEMS", "TABL", "GLOB", "TAGS", "STRS", "FUNC", "REGS", "HNDL", "INIT", "ELEM", "CODE", "DATA",
    "ADDR", "EXPT", "SYMS",
]  # fmt: skip
DEBUG_TAGS = ["DSTR", "DNAM", "DFIL", "DLIN"]
KNOWN_TAGS = PROGRAM_TAGS + DEBUG_TAGS
RESERVED_TAGS = ["DVAR", "DINL"]
MANAGED = 1  # feature bits


@dataclass
class Section:
    """One section: its row in the table and its bytes, expanded."""

    tag: str
    flags: int
    offset: int
    stored_length: int
    raw_length: int
    crc: int
    raw: bytes = b""


@dataclass
class Container:
    """What the header states, and the sections that this version knows."""

    producer: str
    entry: int
    highest_opcode: int
    managed: bool
    sections: dict[str, Section]

    def raw(self, tag: str) -> bytes | None:
        """The bytes of a section, None where the file has none."""
        section = self.sections.get(tag)
        return None if section is None else section.raw


def check_version(data: bytes) -> None:
    """Everything that decides whether this is a file for this reader at all."""
    require(len(data) >= 8 and data[:6] == b"VITBC\0", "not VITBC: the magic is missing")
    version = struct.unpack_from("<H", data, 6)[0]
    require(version == 3, f"version {version}; this reader knows version 3")
    require(len(data) >= HEADER_SIZE, "the file ends inside the header")
    draft, lowest = struct.unpack_from("<HH", data, 8)
    require(draft == 2, f"draft {draft}; this reader knows draft 2")
    require(lowest <= 3, f"needs a reader of version {lowest}")


def read_producer(field: bytes) -> str:
    """The producer: UTF-8, padded with zero bytes."""
    text = field.rstrip(b"\0")
    require(b"\0" not in text, "producer: a zero byte inside")
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        raise Invalid("producer: not UTF-8") from None


def read_row(data: bytes, place: int) -> Section:
    """One row of the section table."""
    tag, flags, offset, stored, raw, crc, zero = struct.unpack_from("<4sIQQQII", data, place)
    require(re.fullmatch(rb"[A-Za-z0-9_]{4}", tag) is not None, f"section table: bad tag {tag!r}")
    name = tag.decode("ascii")
    require(zero == 0, f"{name}: reserved field of the section table is not zero")
    require(flags & ~(COMPRESSED | IGNORABLE | DEBUG) == 0, f"{name}: unknown flags {flags:#x}")
    if not flags & COMPRESSED:
        require(raw == stored, f"{name}: raw and stored length differ without compression")
    return Section(name, flags, offset, stored, raw, crc)


def check_flags(section: Section) -> None:
    """The flags that the tag demands; unknown sections must be ignorable."""
    ignorable, debug = bool(section.flags & IGNORABLE), bool(section.flags & DEBUG)
    require(section.tag not in RESERVED_TAGS, f"{section.tag} is not allowed in this draft")
    if section.tag in DEBUG_TAGS:
        require(ignorable and debug, f"{section.tag}: must be flagged debug and ignorable")
    elif section.tag in PROGRAM_TAGS:
        require(not ignorable and not debug, f"{section.tag}: must not be flagged debug or ignorable")
    else:
        require(ignorable, f"{section.tag}: unknown section that is not ignorable")


def check_order(sections: list[Section]) -> None:
    """Known tags appear at most once and in the order of section 3."""
    ranks = [KNOWN_TAGS.index(section.tag) for section in sections if section.tag in KNOWN_TAGS]
    require(all(a < b for a, b in zip(ranks, ranks[1:])), "sections are repeated or out of order")


def check_layout(data: bytes, sections: list[Section]) -> None:
    """Alignment, overlap, padding and the end of the file."""
    end = HEADER_SIZE + ROW_SIZE * len(sections)
    for section in sections:
        require(section.offset % 8 == 0, f"{section.tag}: offset is not a multiple of 8")
        require(section.offset >= end, f"{section.tag}: overlaps what stands before it")
        require(section.offset + section.stored_length <= len(data), f"{section.tag}: reaches beyond the file")
        require(not any(data[end : section.offset]), f"{section.tag}: padding before it is not zero")
        end = section.offset + section.stored_length
    require(end == len(data), "bytes after the last section")


def check_sizes(sections: list[Section]) -> None:
    """The limits on lengths, before anything is expanded."""
    require(sum(section.raw_length for section in sections) <= limits.FILE_LENGTH, "sections are too long in all")
    for section in sections:
        if section.flags & COMPRESSED:
            most = max(limits.RATIO * section.stored_length, 64 << 10)
            require(section.raw_length <= most, f"{section.tag}: raw length is too large for what is stored")


def load_section(data: bytes, section: Section) -> None:
    """Checks the CRC and expands the section."""
    stored = data[section.offset : section.offset + section.stored_length]
    require(zlib.crc32(stored) == section.crc, f"{section.tag}: CRC does not match")
    if section.flags & COMPRESSED:
        section.raw = zstdframe.expand(stored, section.raw_length)
    else:
        section.raw = stored


def read(data: bytes) -> Container:
    """Reads and checks header, section table and sections. Raises Invalid, or NotCovered without zstd."""
    check_version(data)
    require(len(data) <= limits.FILE_LENGTH, "the file is too long")
    zero, producer, features, length, highest, count, entry, crc, zero2 = struct.unpack_from("<I16sQQHHIII", data, 12)
    require(zero == 0 and zero2 == 0, "reserved field of the header is not zero")
    require(features & ~MANAGED == 0, f"unknown feature bits {features:#x}")
    require(length == len(data), f"the header says {length} bytes, the file has {len(data)}")
    require(count <= limits.SECTIONS, "too many sections")
    table_end = HEADER_SIZE + ROW_SIZE * count
    require(table_end <= len(data), "the file ends inside the section table")
    covered = data[:56] + bytes(4) + data[60:table_end]
    require(zlib.crc32(covered) == crc, "CRC of header and section table does not match")
    sections = [read_row(data, HEADER_SIZE + ROW_SIZE * index) for index in range(count)]
    for section in sections:
        check_flags(section)
    check_order(sections)
    check_layout(data, sections)
    check_sizes(sections)
    for section in sections:
        load_section(data, section)
    known = {section.tag: section for section in sections if section.tag in KNOWN_TAGS}
    return Container(read_producer(producer), entry, highest, bool(features & MANAGED), known)
