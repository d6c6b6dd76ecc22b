"""A module in memory."""

from dataclasses import dataclass, field

from valuetypes import Reference, Signature, Types, ValueType

NO_MAXIMUM = (1 << 64) - 1
FUNC, TABLE_KIND, MEMORY, GLOBAL, DATA, TAG = range(6)
KIND_COUNT = 6
PLACED, FIXED, PASSIVE = range(3)
MEMORY_PAGES = {"i32": 65_536, "i64": 1 << 48}


@dataclass
class Import:
    """A row of IMPT; `module` is None for an undefined symbol."""

    kind: int
    module: str | None
    name: str
    weak: bool


@dataclass
class Extent:
    """A memory (no element type) or a table."""

    element: ValueType
    index_type: str
    minimum: int
    maximum: int


@dataclass
class Global:
    """A global; imported ones have no initial value."""

    type: ValueType
    mutable: bool
    init_kind: int = 0
    init_index: int = 0
    init_bits: int = 0


@dataclass
class Function:
    """A function; imported ones have no code. `type` is the first of the rows of TYPE that are the same type."""

    type: int
    signature: Signature
    registers: list[ValueType] = field(default_factory=list)
    zeroed: list[bool] = field(default_factory=list)
    words: tuple[int, ...] = ()
    defined: bool = False


@dataclass
class DataRow:
    """A data row; undefined ones have kind None."""

    kind: int | None
    alignment: int = 1
    size: int = 0
    address: int = 0
    content: bytes = b""


@dataclass
class Segment:
    """An element segment. Items are function indexes or None."""

    mode: int
    type: ValueType
    table: int
    items: list[int | None]
    start: int


@dataclass
class StaticAddress:
    """A row of ADDR."""

    holder: int
    target: int
    offset: int
    addend: int


@dataclass
class Module:
    """Everything in a file but its debug sections."""

    entry: int | None = None
    types: Types = field(default_factory=Types)
    strings: list[str] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    tables: list[Extent] = field(default_factory=list)
    memories: list[Extent] = field(default_factory=list)
    globals: list[Global] = field(default_factory=list)
    data: list[DataRow] = field(default_factory=list)
    tags: list[int] = field(default_factory=list)  # their types, as that of a function
    imported: list[int] = field(default_factory=lambda: [0] * KIND_COUNT)
    import_of: list[list[Import]] = field(default_factory=lambda: [[] for _ in range(KIND_COUNT)])
    initialisers: list[int] = field(default_factory=list)
    initialiser_set: frozenset[int] = frozenset()
    segments: list[Segment] = field(default_factory=list)
    addresses: list[StaticAddress] = field(default_factory=list)
    exports: dict[str, tuple[int, int]] = field(default_factory=dict)
    symbols: list[tuple[str, int, int]] = field(default_factory=list)

    @property
    def managed(self) -> bool:
        """Whether it holds what needs the feature *managed*."""
        return self.types.managed or bool(self.tags)

    @property
    def address_type(self) -> str:
        """The index type of the memory, i64 when there is none."""
        return self.memories[0].index_type if self.memories else "i64"

    def reference_to(self, function: int) -> Reference:
        """The type of a reference to a function, which may be null when the function is a weak undefined symbol."""
        weak = function < self.imported[FUNC] and self.import_of[FUNC][function].weak
        return Reference(self.functions[function].type, weak)

    def space(self, kind: int) -> list:
        """The index space of a kind."""
        return [self.functions, self.tables, self.memories, self.globals, self.data, self.tags][kind]
