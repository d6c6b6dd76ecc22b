"""Type words, the rows of TYPE with their groups, identity and subtyping (docs/format.md, section 2, and TYPE in section 3)."""

import re
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import limits
from faults import require
from rows import NONE, check_chain, check_count, pick, read_rows

PAGE = Path(__file__).resolve().parents[2] / "docs" / "format.md"
INDEX, MUTABLE, NOT_NULL, INDEXED = (1 << 29) - 1, 1 << 29, 1 << 30, 1 << 31  # bits of a type word
KIND_BITS, FINAL, FIRST_OF_GROUP = 3, 4, 8  # bits of a row's flags
FUNC_TYPE, STRUCT_TYPE, ARRAY_TYPE = range(3)
NUMBERS, PACKED, PLAIN_REFERENCES = ("i32", "i64", "f32", "f64"), ("i8", "i16"), ("funcref", "externref")
POINTER = "ptr"

# The hierarchies: what is directly above, what a row of each kind is, and the top of the hierarchy of each bottom.
ABOVE = {"i31": "eq", "struct": "eq", "array": "eq", "eq": "any"}
KIND_TARGETS = {FUNC_TYPE: "func", STRUCT_TYPE: "struct", ARRAY_TYPE: "array"}
BOTTOMS = {"none": "any", "nofunc": "func", "noextern": "extern", "noexn": "exn"}


class Reference(NamedTuple):
    """A reference by what it refers to: a row of TYPE (the first of those that are the same type), or `func`, `any` ..."""

    target: int | str
    nullable: bool

    def __str__(self) -> str:
        return f"(ref {'null ' if self.nullable else ''}{self.target})"


# A type is its name where the table of kinds has one, otherwise a Reference. So equal values are the same type.
ValueType = str | Reference
Signature = tuple[tuple[ValueType, ...], tuple[ValueType, ...]]

NAMED = {
    "anyref": "any", "eqref": "eq", "i31ref": "i31", "structref": "struct", "arrayref": "array", "nullref": "none",
    "funcref": "func", "nullfuncref": "nofunc", "externref": "extern", "nullexternref": "noextern", "exnref": "exn",
    "nullexnref": "noexn",
}  # fmt: skip
REFERENCES = {name: Reference(target, True) for name, target in NAMED.items()}


def parse_kinds(page: Path = PAGE) -> dict[int, str]:
    """The names of the kinds by number, from the table of docs/format.md."""
    kinds = {int(number): name for number, name in re.findall(r"\| (\d+) \| `(\w+)`", page.read_text(encoding="utf-8"))}
    assert set(kinds.values()) == {*NUMBERS, *PACKED, *REFERENCES, POINTER}, "the table of kinds has other types than are known here"
    return kinds


KINDS = parse_kinds()
POINTER_WORD = next(word for word, name in KINDS.items() if name == POINTER)


class Field(NamedTuple):
    """A field of a struct, or the elements of an array."""

    type: ValueType
    mutable: bool


class RawRow(NamedTuple):
    """A row of TYPE as it is stored."""

    kind: int
    flags: int
    super: int
    a: int
    b: int
    words: tuple[int, ...]


@dataclass
class TypeRow:
    """A row of TYPE. A func has a signature, the others have fields."""

    kind: int
    final: bool
    super: int | None
    signature: Signature = ((), ())
    fields: tuple[Field, ...] = ()


def reference_of(name: ValueType) -> Reference | None:
    """What a type refers to, and whether it may be null; None for numbers and pointers."""
    return name if isinstance(name, Reference) else REFERENCES.get(name)


def may_be_null(name: ValueType) -> bool:
    """Whether null is a value of the type."""
    reference = reference_of(name)
    return name == POINTER or reference is not None and reference.nullable


@dataclass
class Types:
    """The types of a module. `identity` leads from each row to the first row that is the same type, `firsts` to the first
    row of its group."""

    rows: list[TypeRow] = field(default_factory=list)
    identity: list[int] = field(default_factory=list)
    firsts: list[int] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)
    groups: dict[tuple[Any, ...], int] = field(default_factory=dict)
    managed: bool = False  # whether a row or a word seen so far needs the feature *managed*

    # Words.

    def storage_type(self, word: int, where: str) -> ValueType:
        """The type that a word means, of a field or not. The bit *mutable* is not looked at."""
        low, nullable = word & INDEX, not word & NOT_NULL
        if word & INDEXED:
            self.managed = True
            return Reference(pick(self.identity, low, f"{where}: type"), nullable)
        require(low in KINDS, f"{where}: type of kind {low}")
        name = KINDS[low]
        require(nullable or name in REFERENCES, f"{where}: {name} that is not null")
        if name in REFERENCES and not (nullable and name in PLAIN_REFERENCES):
            self.managed = True
        return name if nullable else Reference(REFERENCES[name].target, False)

    def value_type(self, word: int, where: str) -> ValueType:
        """The type that a word outside of fields means."""
        require(not word & MUTABLE, f"{where}: a mutable type outside of fields")
        name = self.storage_type(word, where)
        require(name not in PACKED, f"{where}: {name} outside of fields")
        return name

    def reference_type(self, word: int, where: str) -> ValueType:
        """The reference type that a word means."""
        name = self.value_type(word, where)
        require(reference_of(name) is not None, f"{where}: {name} is not a reference type")
        return name

    def nullable_type(self, word: int, where: str) -> ValueType:
        """The reference type that a word means, which null is of: that of a table's elements."""
        name = self.reference_type(word, where)
        require(may_be_null(name), f"{where}: {name} has no null")
        return name

    def signature(self, index: int, where: str) -> Signature:
        """Parameters and results of a row, which must be a func."""
        row: TypeRow = pick(self.rows, index, where)
        require(row.kind == FUNC_TYPE, f"{where}: type {index} is not a func")
        return row.signature

    # Groups.

    def alike(self, word: int, first: int) -> int:
        """A word by where it leads: to the first of equal rows, or (as a negative number) to a place in its own group."""
        if not word & INDEXED:
            return word
        index, bits = word & INDEX, word & ~INDEX
        return bits | self.identity[index] if index < first else ~(bits | index - first)

    def shape(self, row: RawRow, first: int) -> tuple[Any, ...]:
        """What rows at the same place of two groups have in common when the groups are the same."""
        above = None if row.super == NONE else self.alike(INDEXED | row.super, first)
        return row.flags, above, row.a, row.b, tuple(self.alike(word, first) for word in row.words)

    def add_group(self, group: list[RawRow]) -> None:
        """Adds the rows of a group, for which those before are known."""
        first = len(self.rows)
        for index, row in enumerate(group, first):
            check_row(row, index, first + len(group))
        key = tuple(self.shape(row, first) for row in group)
        same = self.groups.setdefault(key, first)
        self.identity += range(same, same + len(group))
        self.firsts += [first] * len(group)
        for row in group:
            self.add_row(row)
        only = group[0]
        if len(group) > 1 or only.kind != FUNC_TYPE or not only.flags & FINAL or only.super != NONE:
            self.managed = True

    def add_row(self, row: RawRow) -> None:
        """Adds a row, when it is known which rows of its group are the same as rows before."""
        above = None if row.super == NONE else row.super
        own = TypeRow(row.kind, bool(row.flags & FINAL), above)
        if row.kind == FUNC_TYPE:
            types = [self.value_type(word, "TYPE") for word in row.words]
            own.signature = tuple(types[: row.a]), tuple(types[row.a :])
        else:
            require(all(word & ~MUTABLE != POINTER_WORD for word in row.words), "TYPE: a pointer in a field")
            own.fields = tuple(Field(self.storage_type(word, "TYPE"), bool(word & MUTABLE)) for word in row.words)
        depth = 0 if above is None else self.depths[above] + 1
        require(depth <= limits.SUPERS, f"TYPE: {depth} supers above a type")
        self.rows.append(own)
        self.depths.append(depth)

    # Subtyping.

    def is_row_subtype(self, sub: int, above: int) -> bool:
        """Whether a row is another one or has it above; both are the first of equal rows."""
        while self.depths[sub] > self.depths[above]:
            following = self.rows[sub].super
            assert following is not None
            sub = self.identity[following]
        return sub == above

    def is_target_subtype(self, sub: int | str, above: int | str) -> bool:
        """Subtyping of what references refer to."""
        if isinstance(sub, int):
            if isinstance(above, int):
                return self.is_row_subtype(sub, above)
            return is_abstract_subtype(KIND_TARGETS[self.rows[sub].kind], above)
        if isinstance(above, int):
            return BOTTOMS.get(sub) == top(KIND_TARGETS[self.rows[above].kind])
        return is_abstract_subtype(sub, above)

    def is_subtype(self, sub: ValueType, above: ValueType) -> bool:
        """Whether a type is a subtype of another."""
        if sub == above:
            return True
        own, other = reference_of(sub), reference_of(above)
        if own is None or other is None or (own.nullable and not other.nullable):
            return False
        return self.is_target_subtype(own.target, other.target)

    # What a row has of its super.

    def check_supers(self) -> None:
        """The rules about supers, with all rows known."""
        for index, row in enumerate(self.rows):
            if row.super is not None:
                above = self.rows[row.super]
                require(not above.final, f"TYPE: type {index} has a super that is final")
                require(row.kind == above.kind, f"TYPE: type {index} has a super of another kind")
                matches = self.func_matches if row.kind == FUNC_TYPE else self.fields_match
                require(matches(row, above), f"TYPE: type {index} does not match its super")

    def func_matches(self, row: TypeRow, above: TypeRow) -> bool:
        """A func: parameters are supertypes of the super's, results are subtypes."""
        (params, results), (above_params, above_results) = row.signature, above.signature
        if len(params) != len(above_params) or len(results) != len(above_results):
            return False
        return all(map(self.is_subtype, above_params, params)) and all(map(self.is_subtype, results, above_results))

    def fields_match(self, row: TypeRow, above: TypeRow) -> bool:
        """A struct or an array: it begins with fields that match those of the super."""
        return len(row.fields) >= len(above.fields) and all(map(self.field_matches, row.fields, above.fields))

    def field_matches(self, own: Field, above: Field) -> bool:
        """Mutable fields are of the same type, others of a subtype."""
        if own.mutable or above.mutable:
            return own == above
        return self.is_subtype(own.type, above.type)


def top(target: str) -> str:
    """The top of a hierarchy, from anywhere in it."""
    while target in ABOVE:
        target = ABOVE[target]
    return BOTTOMS.get(target, target)


def is_abstract_subtype(sub: str, above: str) -> bool:
    """Subtyping of what is not a row."""
    if sub in BOTTOMS:
        return sub == above or BOTTOMS[sub] == top(above)
    while sub != above and sub in ABOVE:
        sub = ABOVE[sub]
    return sub == above


def check_row(row: RawRow, index: int, end: int) -> None:
    """The rules on a single row, which is in a group that ends before row `end`."""
    require(row.flags & ~(KIND_BITS | FINAL | FIRST_OF_GROUP) == 0, f"TYPE: flags {row.flags:#x}")
    require(row.kind in KIND_TARGETS, f"TYPE: kind {row.kind}")
    require(row.super == NONE or row.super < index, "TYPE: the super is not an earlier row")
    if row.kind == FUNC_TYPE:
        require(max(row.a, row.b) <= limits.SIGNATURE, "TYPE: too many parameters or results")
    elif row.kind == STRUCT_TYPE:
        require(row.a <= limits.FIELDS and row.b == 0, "TYPE: the numbers are not those of a struct")
    else:
        require(row.a == 1 and row.b == 0, "TYPE: the numbers are not those of an array")
    for word in row.words:
        require(not word & INDEXED or word & INDEX < end, "TYPE: a row refers to a group after its own, or to nothing")


def read_types(raw: bytes | None) -> Types:
    """TYPE."""
    table = read_rows(raw, "TYPE", "<IHHII", pool=True)
    check_count(table, limits.TYPES)
    require(len(table.pool) % 4 == 0, "TYPE: the pool is not a sequence of u32")
    words = struct.unpack(f"<{len(table.pool) // 4}I", table.pool)
    check_chain("TYPE", ((first, a + b) for first, a, b, _, _ in table.rows), len(words))
    types, group = Types(), []
    for first, a, b, flags, above in table.rows:
        starts = bool(flags & FIRST_OF_GROUP)
        require(starts or bool(group), "TYPE: the first row does not begin a group")
        if starts and group:
            types.add_group(group)
            group = []
        group.append(RawRow(flags & KIND_BITS, flags, above, a, b, words[first : first + a + b]))
    if group:
        types.add_group(group)
    types.check_supers()
    return types
