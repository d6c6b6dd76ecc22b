"""The support routines `vbc.*` and their types, read from the table of docs/support.md."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "support.md"

Types = tuple[str, ...]


def type_list(text: str) -> Types:
    """The types of `(T, addr)`, `addr` or nothing."""
    body = text.strip().strip("()")
    return tuple(part.strip() for part in body.split(",")) if body else ()


def parse(page: Path = PAGE) -> dict[str, tuple[Types, Types]]:
    """Parameters and results by name. `addr` stands for the memory's index type."""
    routines: dict[str, tuple[Types, Types]] = {}
    for line in page.read_text(encoding="utf-8").splitlines():
        if not line.startswith("| `vbc."):
            continue
        names, signature, _ = (cell.strip() for cell in line.strip()[1:-1].split(" | "))
        first, *more = re.findall(r"`([^`]*)`", names)
        params, _, results = signature.strip("`").partition("->")
        for name in [first] + [first[: first.rindex("_")] + suffix for suffix in more]:
            own = name.rsplit("_", 1)[-1]
            routines[name] = tuple(
                tuple(own if part == "T" else part for part in type_list(text)) for text in (params, results)
            )  # type: ignore[assignment]
    assert routines
    return routines


ROUTINES = parse()
