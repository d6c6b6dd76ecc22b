"""The limits, read from docs/format.md, section 7."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "format.md"


def number(text: str) -> int | None:
    """The number that a cell begins with: `1,000 times`, `2^40 bytes`, `4 GiB (2^32 bytes)`."""
    match = re.match(r"(\d+)\^(\d+)|([\d,]+)( GiB| MiB)?", text)
    if match is None:
        return None
    if match[1]:
        return int(match[1]) ** int(match[2])
    unit = {" GiB": 1 << 30, " MiB": 1 << 20, None: 1}[match[4]]
    return int(match[3].replace(",", "")) * unit


def parse(page: Path = PAGE) -> dict[str, int]:
    """The rows of the table by the text of their first cell."""
    limits: dict[str, int] = {}
    section = ""
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line[3:].split(".")[0]
        if section == "7" and line.startswith("| ") and not line.startswith("| ---"):
            name, value = (cell.strip() for cell in line.strip()[1:-1].split(" | "))
            if (parsed := number(value)) is not None:
                limits[name] = parsed
    return limits


LIMITS = parse()
FILE_LENGTH = LIMITS["file length, stored or expanded in all"]
RATIO = LIMITS["raw length of a compressed section against its stored length"]
SECTIONS = LIMITS["sections"]
ROWS = LIMITS["functions, imports, exports, globals, data rows, element segments, symbols, each"]
TYPES = TAGS = LIMITS["types, rows of TAGS, each"]
TABLES = LIMITS["tables, imports counted"]
SIGNATURE = LIMITS["parameters, results of a type, each"]
FIELDS = LIMITS["fields of a struct"]
FIXED_ITEMS = LIMITS["items of an ARRAY_NEW_FIXED"]
SUPERS = 63  # of TYPE in section 3: the super is itself at most 62 supers deep
REGISTERS = LIMITS["registers of a function"]
WORDS = LIMITS["words of a function"]
ASSIGNMENT = LIMITS["unzeroed registers x basic blocks of a function"]
STRING = LIMITS["length of a string"]
ITEMS = LIMITS["items of all element segments"]
TABLE_MINIMUM = LIMITS["minimum of a table"]
DATA_SIZE = LIMITS["size of a data row"]
INITIALISERS = LIMITS["initialisers"]
SOURCE_FILES = LIMITS["source files"]
