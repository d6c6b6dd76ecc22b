"""A module in memory and every rule of docs/format.md, section 3, on its tables."""

import struct
from dataclasses import dataclass, field

import limits
from container import Container
from faults import require
from optable import TABLE
from rows import NONE, check_chain, check_count, pick, read_rows, read_strings
from support import ROUTINES

Signature = tuple[tuple[str, ...], tuple[str, ...]]

NO_MAXIMUM = (1 << 64) - 1
REFERENCES = ("funcref", "externref")
INDEX_TYPES = ("i32", "i64")
FUNC, TABLE_KIND, MEMORY, GLOBAL, DATA = range(5)
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

    element: str
    index_type: str
    minimum: int
    maximum: int


@dataclass
class Global:
    """A global; imported ones have no initial value."""

    type: str
    mutable: bool
    init_kind: int = 0
    init_index: int = 0
    init_bits: int = 0


@dataclass
class Function:
    """A function; imported ones have no code."""

    signature: Signature
    registers: list[str] = field(default_factory=list)
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
    type: str
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
    types: list[Signature] = field(default_factory=list)
    strings: list[str] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    tables: list[Extent] = field(default_factory=list)
    memories: list[Extent] = field(default_factory=list)
    globals: list[Global] = field(default_factory=list)
    data: list[DataRow] = field(default_factory=list)
    imported: list[int] = field(default_factory=lambda: [0] * 5)
    import_of: list[list[Import]] = field(default_factory=lambda: [[] for _ in range(5)])
    initialisers: list[int] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    addresses: list[StaticAddress] = field(default_factory=list)
    exports: dict[str, tuple[int, int]] = field(default_factory=dict)
    symbols: list[tuple[str, int, int]] = field(default_factory=list)

    @property
    def address_type(self) -> str:
        """The index type of the memory, i64 when there is none."""
        return self.memories[0].index_type if self.memories else "i64"

    def space(self, kind: int) -> list:
        """The index space of a kind."""
        return [self.functions, self.tables, self.memories, self.globals, self.data][kind]


def value_type(code: int, where: str) -> str:
    """The type with this code."""
    require(code in TABLE.types, f"{where}: type code {code}")
    return TABLE.types[code]


def reference_type(code: int, where: str) -> str:
    """The reference type with this code."""
    name = value_type(code, where)
    require(name in REFERENCES, f"{where}: {name} is not a reference type")
    return name


def index_type(code: int, where: str) -> str:
    """The index type with this code."""
    name = value_type(code, where)
    require(name in INDEX_TYPES, f"{where}: {name} is not an index type")
    return name


def read_memory_extent(code: int, minimum: int, maximum: int, where: str) -> Extent:
    """A memory, in pages."""
    name = index_type(code, where)
    most = MEMORY_PAGES[name]
    require(minimum <= most, f"{where}: minimum of {minimum} pages")
    require(maximum == NO_MAXIMUM or minimum <= maximum <= most, f"{where}: maximum of {maximum} pages")
    return Extent("", name, minimum, maximum)


def read_table_extent(element: int, code: int, minimum: int, maximum: int, where: str) -> Extent:
    """A table, in elements."""
    name = index_type(code, where)
    require(name == "i64" or (minimum < 1 << 32 and (maximum < 1 << 32 or maximum == NO_MAXIMUM)), f"{where}: too large")
    require(minimum <= maximum, f"{where}: the minimum is above the maximum")
    require(minimum <= limits.TABLE_MINIMUM, f"{where}: minimum of {minimum} elements")
    return Extent(reference_type(element, where), name, minimum, maximum)


def read_types(module: Module, raw: bytes | None) -> None:
    """TYPE."""
    table = read_rows(raw, "TYPE", "<IHHII", pool=True)
    check_count(table)
    check_chain("TYPE", ((first, params + results) for first, params, results, _, _ in table.rows), len(table.pool))
    for first, params, results, zero1, zero2 in table.rows:
        require(zero1 == 0 and zero2 == 0, "TYPE: reserved field is not zero")
        require(max(params, results) <= limits.SIGNATURE, "TYPE: too many parameters or results")
        types = [value_type(code, "TYPE") for code in table.pool[first : first + params + results]]
        module.types.append((tuple(types[:params]), tuple(types[params:])))


def read_imports(module: Module, raw: bytes | None) -> None:
    """IMPT."""
    table = read_rows(raw, "IMPT", "<IIIIIIQQ")
    check_count(table)
    undefined: set[str] = set()
    for kind, module_index, name_index, kind_type, flags, index, minimum, maximum in table.rows:
        require(kind <= DATA, f"IMPT: kind {kind}")
        part = None if module_index == NONE else pick(module.strings, module_index, "IMPT: module")
        name = pick(module.strings, name_index, "IMPT: name")
        weak = bool(flags & 2)
        require(name != "", "IMPT: empty name")
        require(part is None or not weak, "IMPT: a weak import")
        require(part is None or kind != DATA, "IMPT: data with a module part")
        require(flags & ~(3 if kind == GLOBAL else 2) == 0, f"IMPT: flags {flags:#x}")
        if part is None:
            require(name not in undefined, f"IMPT: undefined symbol {name!r} appears twice")
            undefined.add(name)
        row = Import(kind, part, name, weak)
        add_import(module, row, kind_type, bool(flags & 1), index, minimum, maximum)
        check_support_symbol(module, row)


def add_import(module: Module, row: Import, kind_type: int, mutable: bool, index: int, minimum: int, maximum: int) -> None:
    """Adds an import to its index space, by kind."""
    where = f"IMPT: {row.name!r}"
    if row.kind in (TABLE_KIND, MEMORY):
        if row.kind == MEMORY:
            require(kind_type == 0, f"{where}: unused field is not zero")
            module.memories.append(read_memory_extent(index, minimum, maximum, where))
        else:
            module.tables.append(read_table_extent(kind_type, index, minimum, maximum, where))
    else:
        require(index == minimum == maximum == 0, f"{where}: unused field is not zero")
        if row.kind == FUNC:
            module.functions.append(Function(pick(module.types, kind_type, where)))
        elif row.kind == GLOBAL:
            module.globals.append(Global(value_type(kind_type, where), mutable))
        else:
            require(kind_type == 0, f"{where}: unused field is not zero")
            module.data.append(DataRow(None))
    module.imports.append(row)
    module.imported[row.kind] += 1
    module.import_of[row.kind].append(row)


def check_support_symbol(module: Module, row: Import) -> None:
    """Undefined symbols `vbc.*` are support routines of known types. The type `addr` is checked with MEMS known."""
    if row.module is None and row.name.startswith("vbc."):
        require(row.kind == FUNC and not row.weak, f"IMPT: {row.name!r} is not a plain function")
        require(row.name in ROUTINES, f"IMPT: {row.name!r} is not a support routine")


def check_support_types(module: Module) -> None:
    """The types of the support routines that the module names."""
    for function, row in zip(module.functions, module.import_of[FUNC]):
        if row.module is None and row.name.startswith("vbc."):
            params, results = ROUTINES[row.name]
            expected = tuple(tuple(module.address_type if t == "addr" else t for t in part) for part in (params, results))
            require(function.signature == expected, f"IMPT: {row.name!r} has another type")


def read_memories(module: Module, raw: bytes | None) -> None:
    """MEMS."""
    for code, zero, minimum, maximum in read_rows(raw, "MEMS", "<IIQQ").rows:
        require(zero == 0, "MEMS: reserved field is not zero")
        module.memories.append(read_memory_extent(code, minimum, maximum, "MEMS"))
    require(len(module.memories) <= 1, "MEMS: more than one memory")


def read_tables(module: Module, raw: bytes | None) -> None:
    """TABL."""
    for element, code, minimum, maximum in read_rows(raw, "TABL", "<IIQQ").rows:
        module.tables.append(read_table_extent(element, code, minimum, maximum, "TABL"))
    require(len(module.tables) <= limits.TABLES, "TABL: too many tables")


def read_globals(module: Module, raw: bytes | None) -> None:
    """GLOB."""
    table = read_rows(raw, "GLOB", "<IIIIQ")
    check_count(table)
    for code, flags, kind, index, bits in table.rows:
        require(flags & ~1 == 0, f"GLOB: flags {flags:#x}")
        require(kind <= 3, f"GLOB: initial value of kind {kind}")
        module.globals.append(Global(value_type(code, "GLOB"), bool(flags & 1), kind, index, bits))


def check_globals(module: Module) -> None:
    """Initial values, with all index spaces known."""
    for row in module.globals[module.imported[GLOBAL] :]:
        if row.init_kind == 0:
            require(row.type not in REFERENCES, "GLOB: a constant for a reference")
            require(row.type in ("i64", "f64") or row.init_bits < 1 << 32, "GLOB: constant beyond 32 bits")
        elif row.init_kind == 1:
            require(row.type in REFERENCES, f"GLOB: null for {row.type}")
        elif row.init_kind == 2:
            require(row.type == "funcref", f"GLOB: a function for {row.type}")
            pick(module.functions, row.init_index, "GLOB: function")
        else:
            require(row.type == module.address_type, f"GLOB: a data address for {row.type}")
            require(pick(module.data, row.init_index, "GLOB: data").kind != PASSIVE, "GLOB: address of a passive row")
        require(row.init_kind >= 2 or row.init_index == 0, "GLOB: unused index is not zero")
        require(row.init_kind in (0, 3) or row.init_bits == 0, "GLOB: unused bits are not zero")


def read_registers(raw: bytes | None) -> list[tuple[int, str, bool]]:
    """REGS: (count, type, zeroed) of each run."""
    runs = []
    for count, code, flags in read_rows(raw, "REGS", "<HBB").rows:
        require(count >= 1, "REGS: empty run")
        require(flags & ~1 == 0, f"REGS: flags {flags:#x}")
        runs.append((count, value_type(code, "REGS"), bool(flags & 1)))
    return runs


def read_functions(module: Module, raw: bytes | None, registers: bytes | None, code: bytes | None) -> None:
    """FUNC, REGS and CODE."""
    table = read_rows(raw, "FUNC", "<IIIIQQ")
    check_count(table)
    runs = read_registers(registers)
    words = code or b""
    require(len(words) % 8 == 0, "CODE: not a sequence of words")
    check_chain("FUNC: runs", ((row[2], row[3]) for row in table.rows), len(runs))
    check_chain("FUNC: code", ((row[4], row[5]) for row in table.rows), len(words) // 8)
    for type_index, zero, first_run, run_count, first_word, word_count in table.rows:
        require(zero == 0, "FUNC: reserved field is not zero")
        require(1 <= word_count <= limits.WORDS, f"FUNC: {word_count} words")
        signature = pick(module.types, type_index, "FUNC: type")
        body = struct.unpack_from(f"<{word_count}Q", words, first_word * 8)
        function = Function(signature, list(signature[0]), [False] * len(signature[0]), body, True)
        for count, name, zeroed in runs[first_run : first_run + run_count]:
            require(len(function.registers) + count <= limits.REGISTERS, "FUNC: too many registers")
            function.registers += [name] * count
            function.zeroed += [zeroed] * count
        module.functions.append(function)


def read_initialisers(module: Module, raw: bytes | None) -> None:
    """INIT."""
    table = read_rows(raw, "INIT", "<I")
    check_count(table, limits.INITIALISERS)
    for (index,) in table.rows:
        require(pick(module.functions, index, "INIT").signature == ((), ()), "INIT: not of type () -> ()")
        module.initialisers.append(index)


def read_segments(module: Module, raw: bytes | None) -> None:
    """ELEM."""
    table = read_rows(raw, "ELEM", "<IIIIQQ", pool=True)
    check_count(table)
    require(len(table.pool) % 4 == 0, "ELEM: the pool is not a sequence of u32")
    items = struct.unpack(f"<{len(table.pool) // 4}I", table.pool)
    require(len(items) <= limits.ITEMS, "ELEM: too many items")
    check_chain("ELEM", ((row[4], row[3]) for row in table.rows), len(items))
    for mode, code, table_index, count, first, start in table.rows:
        require(mode <= 2, f"ELEM: mode {mode}")
        name = reference_type(code, "ELEM")
        if mode == 1:
            target = pick(module.tables, table_index, "ELEM: table")
            require(target.element == name, "ELEM: segment and table have different element types")
        else:
            require(table_index == 0 and start == 0, "ELEM: unused field is not zero")
        own = [None if item == NONE else item for item in items[first : first + count]]
        for item in own:
            require(item is None or name == "funcref", "ELEM: a function in a segment of externref")
            require(item is None or item < len(module.functions), f"ELEM: function {item}")
        module.segments.append(Segment(mode, name, table_index, own, start))


def read_data(module: Module, raw: bytes | None) -> None:
    """DATA."""
    table = read_rows(raw, "DATA", "<IIIIQQQQ", pool=True)
    check_count(table)
    check_chain("DATA", ((row[6], row[7]) for row in table.rows), len(table.pool))
    kinds = {row[0] for row in table.rows}
    require(not {PLACED, FIXED} <= kinds, "DATA: placed and fixed rows in one module")
    for kind, alignment, flags, memory, size, address, first, length in table.rows:
        require(kind <= PASSIVE, f"DATA: kind {kind}")
        require(alignment.bit_count() == 1 and alignment <= 65_536, f"DATA: alignment {alignment}")
        require(kind == PLACED or alignment == 1, "DATA: alignment of a row that is not placed")
        require(flags & ~1 == 0, f"DATA: flags {flags:#x}")
        require(memory == 0, f"DATA: memory {memory}")
        require(size <= limits.DATA_SIZE, f"DATA: size {size}")
        require(kind == FIXED or address == 0, "DATA: address of a row that is not fixed")
        require(length <= size, "DATA: more bytes than the size")
        require(kind == PLACED or length == size, "DATA: size and bytes differ in a row that is not placed")
        module.data.append(DataRow(kind, alignment, size, address, table.pool[first : first + length]))


def read_addresses(module: Module, raw: bytes | None) -> None:
    """ADDR."""
    width = 8 if module.address_type == "i64" else 4
    last = (-1, 0)
    for holder, target, offset, addend in read_rows(raw, "ADDR", "<IIQq").rows:
        row = pick(module.data, holder, "ADDR: data")
        require(row.kind in (PLACED, FIXED), "ADDR: the row is not a defined placed or fixed one")
        require(pick(module.data, target, "ADDR: target").kind != PASSIVE, "ADDR: the target is passive")
        require(offset + width <= row.size, "ADDR: beyond the row")
        require(not any(row.content[offset : offset + width]), "ADDR: the bytes in the file are not zero")
        require(holder > last[0] or (holder == last[0] and offset >= last[1]), "ADDR: unsorted or overlapping rows")
        last = (holder, offset + width)
        module.addresses.append(StaticAddress(holder, target, offset, addend))


def read_exports(module: Module, raw: bytes | None) -> None:
    """EXPT."""
    table = read_rows(raw, "EXPT", "<IIII")
    check_count(table)
    for name_index, kind, index, zero in table.rows:
        name = pick(module.strings, name_index, "EXPT: name")
        require(kind < DATA, f"EXPT: kind {kind}")
        pick(module.space(kind), index, "EXPT")
        require(zero == 0, "EXPT: reserved field is not zero")
        require(name not in module.exports, f"EXPT: {name!r} appears twice")
        module.exports[name] = (kind, index)


def read_symbols(module: Module, raw: bytes | None) -> None:
    """SYMS."""
    table = read_rows(raw, "SYMS", "<IIII")
    check_count(table)
    visible = {row.name for row in module.imports if row.module is None}
    last = (-1, 0)
    for name_index, kind, index, flags in table.rows:
        name = pick(module.strings, name_index, "SYMS: name")
        require(name != "" and not name.startswith("vbc."), f"SYMS: name {name!r}")
        require(kind <= DATA, f"SYMS: kind {kind}")
        pick(module.space(kind), index, "SYMS")
        require(index >= module.imported[kind], "SYMS: symbol of something that is not defined here")
        require(flags & ~7 == 0 and flags & 3 != 3, f"SYMS: flags {flags:#x}")
        require((kind, index) > last, "SYMS: unsorted or repeated")
        last = (kind, index)
        if not flags & 1:
            require(name not in visible, f"SYMS: {name!r} is defined twice, or undefined too")
            visible.add(name)
        module.symbols.append((name, kind, index))


def check_entry(module: Module, entry: int) -> None:
    """The entry function and its type."""
    if entry != NONE:
        params, results = pick(module.functions, entry, "entry").signature
        require(params == () and results in ((), ("i32",), ("i64",)), "entry: of another type")
        module.entry = entry


def read(file: Container) -> Module:
    """Reads all program sections. The code of functions is only cut into words."""
    module = Module()
    raw = file.raw
    module.strings = read_strings(raw("STRS"), "STRS")
    read_types(module, raw("TYPE"))
    read_imports(module, raw("IMPT"))
    read_memories(module, raw("MEMS"))
    check_support_types(module)
    read_tables(module, raw("TABL"))
    read_globals(module, raw("GLOB"))
    read_functions(module, raw("FUNC"), raw("REGS"), raw("CODE"))
    read_initialisers(module, raw("INIT"))
    read_segments(module, raw("ELEM"))
    read_data(module, raw("DATA"))
    read_addresses(module, raw("ADDR"))
    check_globals(module)
    read_exports(module, raw("EXPT"))
    read_symbols(module, raw("SYMS"))
    check_entry(module, file.entry)
    return module
