"""Table sections: row size, rows and pool (docs/format.md, section 2), and chains of ranges in a pool."""

import struct
from dataclasses import dataclass
from typing import Any, Iterable

import limits
from faults import Invalid, require

NONE = 0xFFFFFFFF


@dataclass
class Rows:
    """The rows of one section, unpacked, and the pool after them."""

    tag: str
    rows: list[tuple[Any, ...]]
    pool: bytes


def read_rows(raw: bytes | None, tag: str, layout: str, pool: bool = False) -> Rows:
    """Reads the table `raw` with rows of the struct `layout`. An absent section has no rows."""
    if raw is None:
        return Rows(tag, [], b"")
    require(len(raw) >= 8, f"{tag}: too short for a table")
    size, count = struct.unpack_from("<II", raw)
    least = struct.calcsize(layout)
    require(size >= least and size % 4 == 0, f"{tag}: row size {size}")
    end = 8 + size * count
    require(end <= len(raw), f"{tag}: rows reach beyond the section")
    require(pool or end == len(raw), f"{tag}: bytes after the last row")
    rows = []
    for place in range(8, end, size):
        rows.append(struct.unpack_from(layout, raw, place))
        require(size == least or not any(raw[place + least : place + size]), f"{tag}: row has unknown fields")
    return Rows(tag, rows, raw[end:])


def check_count(table: Rows, most: int = limits.ROWS) -> None:
    """The limit on the number of rows."""
    require(len(table.rows) <= most, f"{table.tag}: more than {most} rows")


def check_chain(tag: str, ranges: Iterable[tuple[int, int]], total: int) -> None:
    """Each (first, length) begins where the one before ends, the first at 0, and all of `total` is used."""
    end = 0
    for first, length in ranges:
        require(first == end, f"{tag}: a row begins at {first}, the one before ends at {end}")
        end = first + length
        require(end <= total, f"{tag}: a row ends at {end}, beyond {total}")
    require(end == total, f"{tag}: {total - end} of the pool left over")


def read_strings(raw: bytes | None, tag: str) -> list[str]:
    """STRS and DSTR."""
    table = read_rows(raw, tag, "<II", pool=True)
    check_chain(tag, table.rows, len(table.pool))
    return [read_string(table.pool[first : first + length], tag) for first, length in table.rows]


def read_string(data: bytes, tag: str) -> str:
    """One string: UTF-8."""
    require(len(data) <= limits.STRING, f"{tag}: string too long")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Invalid(f"{tag}: not UTF-8") from None


def pick(things: list[Any], index: int, what: str) -> Any:
    """things[index], or Invalid."""
    require(index < len(things), f"{what}: index {index} of {len(things)}")
    return things[index]
