"""The op table, read from docs/instructions.md: that page alone says what the instructions are."""

import re
from dataclasses import dataclass, field
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "instructions.md"

# Field name -> (word, lowest bit, width), from the two pictures of section 1.
FIELDS: dict[str, tuple[int, int, int]] = {
    "a": (0, 16, 16),
    "b": (0, 32, 16),
    "c": (0, 48, 16),
    "b:c": (0, 32, 32),
    "w1": (1, 0, 64),
    "w1.a": (1, 0, 16),
    "w1.b": (1, 16, 16),
    "w1.c": (1, 32, 16),
    "w1.lo": (1, 0, 32),
    "w1.hi": (1, 32, 32),
}
ROLES = (
    "trap kind", "dst", "src", "imm", "offset", "addend", "labels", "label",
    "func", "global", "table", "data", "tag", "type", "elem", "memory", "reftype", "field", "count", "args", "results",
)  # fmt: skip
EFFECTS = {
    "reads memory", "writes memory", "reads state", "writes state", "may trap", "calls", "ends a block",
    "does not continue", "safepoint", "allocates", "may throw", "bulk", "reads objects", "writes objects",
}  # fmt: skip


@dataclass(frozen=True)
class Operand:
    """One operand of an op: `name: role type @ place`."""

    name: str
    role: str
    type: str
    place: str


@dataclass
class Op:
    """One row of section 6, and what follows from it."""

    number: int
    mnemonic: str
    operands: list[Operand]
    effects: frozenset[str]
    fixed_words: int = field(init=False)
    used_bits: list[int] = field(init=False)
    list_kind: str = field(init=False)
    narrower: "Op | None" = None

    def __post_init__(self) -> None:
        places = [operand.place for operand in self.operands]
        self.fixed_words = 2 if any(place.startswith("w1") for place in places) else 1
        lists = [operand.role for operand in self.operands if operand.place == "list"]
        self.list_kind = "" if not lists else "labels" if lists == ["labels"] else "registers"
        self.used_bits = [0xFFFF, 0]
        counter = {"": [], "labels": ["b:c"], "registers": ["a"]}[self.list_kind]
        for place in counter + [place for place in places if place != "list"]:
            word, low, width = FIELDS[place]
            bits = ((1 << width) - 1) << low
            assert not self.used_bits[word] & bits, f"{self.mnemonic}: two operands share bits"
            self.used_bits[word] |= bits

    def wide_operand(self) -> Operand | None:
        """The constant that fills word 1, if there is one."""
        for operand in self.operands:
            if operand.place == "w1" and operand.role in ("imm", "offset", "addend"):
                return operand
        return None

    def operand(self, name: str) -> Operand | None:
        """The operand called `name`."""
        return next((operand for operand in self.operands if operand.name == name), None)


@dataclass(frozen=True)
class OpTable:
    """What docs/instructions.md says: ops by number, reserved ranges, trap messages and words by code."""

    ops: dict[int, Op]
    reserved: list[tuple[int, int, str]]
    traps: dict[int, str]
    trap_words: dict[str, str]


def parse_operand(text: str) -> Operand:
    """Reads `name: role type @ place`."""
    name, rest = text.split(": ", 1)
    what, place = rest.split(" @ ")
    role = next(role for role in ROLES if what == role or what.startswith(role + " "))
    assert place == "list" or place in FIELDS, f"unknown field {place}"
    return Operand(name, role, what[len(role) :].strip(), place)


def parse_op(cells: list[str]) -> Op:
    """Reads one row of section 6."""
    number, instruction, operands, _, effects = cells
    names = frozenset(effect for effect in effects.split(", ") if effect)
    assert names <= EFFECTS, f"unknown effect in {sorted(names)}"
    parsed = [parse_operand(text.strip("`")) for text in operands.split("<br>") if text]
    return Op(int(number.strip("`"), 16), instruction.strip("`").split(" ")[0], parsed, names)


def find_narrower(op: Op, before: Op | None) -> Op | None:
    """The form directly before `op` that must be used where it can express the same (section 1, the shortest form)."""
    wide = op.wide_operand()
    if wide is None or before is None or before.mnemonic != op.mnemonic:
        return None
    same = before.operand(wide.name)
    if wide.role == "addend":
        return before if same is None else None
    return before if same is not None and same.role == wide.role else None


def parse(page: Path = PAGE) -> OpTable:
    """Reads the whole page. Fails with AssertionError or ValueError where it does not have the form described there."""
    table = OpTable({}, [], {}, {})
    section, before = "", None
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line[3:].split(".")[0]
        if not line.startswith("| ") or line.startswith("| ---"):
            continue
        cells = [cell.strip() for cell in line.strip()[1:-1].split(" | ")]
        if section == "1" and (match := re.fullmatch(r"`0x(\w+)` - `0x(\w+)`", cells[0])) and "reserved" in cells[1]:
            table.reserved.append((int(match[1], 16), int(match[2], 16), cells[1]))
        elif section == "4" and cells[0].isdigit():
            table.traps[int(cells[0])] = cells[2]
            table.trap_words[cells[1].strip("`")] = cells[2]
        elif section == "6" and cells[0].startswith("`0x"):
            op = parse_op(cells)
            assert op.number not in table.ops, f"opcode {op.number:#x} appears twice"
            op.narrower = find_narrower(op, before)
            table.ops[op.number] = before = op
    assert table.ops and table.reserved and table.traps
    return table


TABLE = parse()
