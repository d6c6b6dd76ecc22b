"""Reading the sections, and every rule of docs/format.md, section 3, on their tables but TYPE."""

import struct

import limits
import native
from container import Container
from faults import require
from module import (
    DATA, FIXED, FUNC, GLOBAL, MEMORY, MEMORY_PAGES, NO_MAXIMUM, PASSIVE, PLACED, TABLE_KIND, TAG, DataRow, Extent, Function,
    Global, Import, Module, Segment, StaticAddress,
)  # fmt: skip
from rows import NONE, check_chain, check_count, pick, read_rows, read_strings
from support import ROUTINES
from valuetypes import KINDS, NUMBERS, Types, ValueType, may_be_null, read_types

INDEX_TYPES = ("i32", "i64")
HOST_PREFIXES = ("vbc1:", "wasi_snapshot_preview1:")


def index_type(word: int, where: str) -> str:
    """The index type that a word means."""
    name = KINDS.get(word, "another word")
    require(name in INDEX_TYPES, f"{where}: {name} is not an index type")
    return name


def read_memory_extent(word: int, minimum: int, maximum: int, where: str) -> Extent:
    """A memory, in pages."""
    name = index_type(word, where)
    most = MEMORY_PAGES[name]
    require(minimum <= most, f"{where}: minimum of {minimum} pages")
    require(maximum == NO_MAXIMUM or minimum <= maximum <= most, f"{where}: maximum of {maximum} pages")
    return Extent("", name, minimum, maximum)


def read_table_extent(element: ValueType, word: int, minimum: int, maximum: int, where: str) -> Extent:
    """A table, in elements."""
    name = index_type(word, where)
    require(name == "i64" or (minimum < 1 << 32 and (maximum < 1 << 32 or maximum == NO_MAXIMUM)), f"{where}: too large")
    require(minimum <= maximum, f"{where}: the minimum is above the maximum")
    require(minimum <= limits.TABLE_MINIMUM, f"{where}: minimum of {minimum} elements")
    return Extent(element, name, minimum, maximum)


def read_imports(module: Module, raw: bytes | None) -> None:
    """IMPT."""
    table = read_rows(raw, "IMPT", "<IIIIIIQQ")
    check_count(table)
    undefined: set[str] = set()
    for kind, module_index, name_index, kind_type, flags, index, minimum, maximum in table.rows:
        require(kind <= TAG, f"IMPT: kind {kind}")
        part = None if module_index == NONE else pick(module.strings, module_index, "IMPT: module")
        name = pick(module.strings, name_index, "IMPT: name")
        weak = bool(flags & 2)
        require(part is not None or name != "", "IMPT: a symbol without a name")
        require(part is None or not weak, "IMPT: a weak import")
        require(part is None or kind != DATA, "IMPT: data with a module part")
        require(flags & ~(3 if kind == GLOBAL else 2) == 0, f"IMPT: flags {flags:#x}")
        if part is None:
            require(name not in undefined, f"IMPT: undefined symbol {name!r} appears twice")
            undefined.add(name)
        row = Import(kind, part, name, weak)
        add_import(module, row, kind_type, bool(flags & 1), index, minimum, maximum)
        check_support_symbol(module, row)


def make_function(types: Types, index: int, where: str) -> Function:
    """A function of the type with this index, without its code."""
    return Function(signature=types.signature(index, where), type=types.identity[index])


def tag_type(types: Types, index: int, where: str) -> int:
    """The type of a tag."""
    require(types.signature(index, where)[1] == (), f"{where}: the type of a tag has results")
    return types.identity[index]


def add_import(module: Module, row: Import, kind_type: int, mutable: bool, index: int, minimum: int, maximum: int) -> None:
    """Adds an import to its index space, by kind."""
    where = f"IMPT: {row.name!r}"
    if row.kind in (TABLE_KIND, MEMORY):
        if row.kind == MEMORY:
            require(kind_type == 0, f"{where}: unused field is not zero")
            module.memories.append(read_memory_extent(index, minimum, maximum, where))
        else:
            element = module.types.nullable_type(kind_type, where)
            module.tables.append(read_table_extent(element, index, minimum, maximum, where))
    else:
        require(index == minimum == maximum == 0, f"{where}: unused field is not zero")
        if row.kind == FUNC:
            module.functions.append(make_function(module.types, kind_type, where))
        elif row.kind == GLOBAL:
            module.globals.append(Global(module.types.value_type(kind_type, where), mutable))
        elif row.kind == TAG:
            module.tags.append(tag_type(module.types, kind_type, where))
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


def check_native_functions(module: Module) -> None:
    """Imports from native libraries are functions of the types that their C signatures have."""
    for row in module.imports:
        if row.module is not None and row.module.startswith(native.PREFIX):
            require(row.kind == FUNC, f"IMPT: {row.module!r} has only functions")
            native.check_library(row.module)
    for function, row in zip(module.functions, module.import_of[FUNC]):
        if row.module is not None and row.module.startswith(native.PREFIX):
            expected = native.signature(row.name, module.address_type)
            require(function.signature == expected, f"IMPT: {row.name!r} has another type")


def check_support_types(module: Module) -> None:
    """The types of the support routines that the module names."""
    for function, row in zip(module.functions, module.import_of[FUNC]):
        if row.module is None and row.name.startswith("vbc."):
            params, results = ROUTINES[row.name]
            expected = tuple(tuple(module.address_type if t == "addr" else t for t in part) for part in (params, results))
            require(function.signature == expected, f"IMPT: {row.name!r} has another type")


def read_memories(module: Module, raw: bytes | None) -> None:
    """MEMS."""
    for word, zero, minimum, maximum in read_rows(raw, "MEMS", "<IIQQ").rows:
        require(zero == 0, "MEMS: reserved field is not zero")
        module.memories.append(read_memory_extent(word, minimum, maximum, "MEMS"))
    require(len(module.memories) <= 1, "MEMS: more than one memory")


def read_tables(module: Module, raw: bytes | None) -> None:
    """TABL."""
    for element, word, minimum, maximum in read_rows(raw, "TABL", "<IIQQ").rows:
        name = module.types.nullable_type(element, "TABL")
        module.tables.append(read_table_extent(name, word, minimum, maximum, "TABL"))
    require(len(module.tables) <= limits.TABLES, "TABL: too many tables")


def read_globals(module: Module, raw: bytes | None) -> None:
    """GLOB."""
    table = read_rows(raw, "GLOB", "<IIIIQ")
    check_count(table)
    for word, flags, kind, index, bits in table.rows:
        require(flags & ~1 == 0, f"GLOB: flags {flags:#x}")
        require(kind != 4, "GLOB: a first value that an initialiser sets is not allowed in this draft")
        require(kind <= 3, f"GLOB: first value of kind {kind}")
        module.globals.append(Global(module.types.value_type(word, "GLOB"), bool(flags & 1), kind, index, bits))


def check_reference_to(module: Module, index: int, wanted: ValueType, where: str) -> None:
    """A reference to a function may be used where the type is `wanted`."""
    pick(module.functions, index, f"{where}: function")
    fits = module.types.is_subtype(module.reference_to(index), wanted)
    require(fits, f"{where}: a reference to function {index} for {wanted}")


def check_globals(module: Module) -> None:
    """First values, with all index spaces known."""
    for row in module.globals[module.imported[GLOBAL] :]:
        if row.init_kind == 0:
            require(row.type in NUMBERS, f"GLOB: a constant for {row.type}")
            require(row.type in ("i64", "f64") or row.init_bits < 1 << 32, "GLOB: constant beyond 32 bits")
        elif row.init_kind == 1:
            require(may_be_null(row.type), f"GLOB: null for {row.type}")
        elif row.init_kind == 2:
            check_reference_to(module, row.init_index, row.type, "GLOB")
        else:
            require(row.type == module.address_type, f"GLOB: a data address for {row.type}")
            require(pick(module.data, row.init_index, "GLOB: data").kind != PASSIVE, "GLOB: address of a passive row")
        require(row.init_kind >= 2 or row.init_index == 0, "GLOB: unused index is not zero")
        require(row.init_kind in (0, 3) or row.init_bits == 0, "GLOB: unused bits are not zero")


def read_tags(module: Module, raw: bytes | None) -> None:
    """TAGS."""
    table = read_rows(raw, "TAGS", "<II")
    check_count(table, limits.TAGS)
    for index, zero in table.rows:
        require(zero == 0, "TAGS: reserved field is not zero")
        module.tags.append(tag_type(module.types, index, "TAGS"))


def read_registers(types: Types, raw: bytes | None) -> list[tuple[int, ValueType, bool]]:
    """REGS: (count, type, zeroed) of each run."""
    runs = []
    for count, flags, word in read_rows(raw, "REGS", "<HHI").rows:
        require(count >= 1, "REGS: empty run")
        require(flags & ~1 == 0, f"REGS: flags {flags:#x}")
        name = types.value_type(word, "REGS")
        require(flags == 0 or name in NUMBERS or may_be_null(name), f"REGS: zeroed registers of type {name}")
        runs.append((count, name, bool(flags)))
    return runs


def check_handlers(raw: bytes | None) -> None:
    """HNDL, which has no rows yet."""
    require(not read_rows(raw, "HNDL", "<IIII").rows, "HNDL: a handler is not allowed in this draft")


def read_functions(module: Module, file: Container) -> None:
    """FUNC, REGS, HNDL and CODE."""
    table = read_rows(file.raw("FUNC"), "FUNC", "<IIIIQQII")
    check_count(table)
    check_handlers(file.raw("HNDL"))
    runs = read_registers(module.types, file.raw("REGS"))
    words = file.raw("CODE") or b""
    require(len(words) % 8 == 0, "CODE: not a sequence of words")
    check_chain("FUNC: runs", ((row[2], row[3]) for row in table.rows), len(runs))
    check_chain("FUNC: code", ((row[4], row[5]) for row in table.rows), len(words) // 8)
    check_chain("FUNC: handlers", ((row[6], row[7]) for row in table.rows), 0)
    for type_index, zero, first_run, run_count, first_word, word_count, _, _ in table.rows:
        require(zero == 0, "FUNC: reserved field is not zero")
        require(1 <= word_count <= limits.WORDS, f"FUNC: {word_count} words")
        function = make_function(module.types, type_index, "FUNC: type")
        function.registers = list(function.signature[0])
        function.zeroed = [False] * len(function.registers)
        function.words = struct.unpack_from(f"<{word_count}Q", words, first_word * 8)
        function.defined = True
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
    module.initialiser_set = frozenset(module.initialisers)


def read_segments(module: Module, raw: bytes | None) -> None:
    """ELEM."""
    table = read_rows(raw, "ELEM", "<IIIIQQ", pool=True)
    check_count(table)
    require(len(table.pool) % 4 == 0, "ELEM: the pool is not a sequence of u32")
    items = struct.unpack(f"<{len(table.pool) // 4}I", table.pool)
    require(len(items) <= limits.ITEMS, "ELEM: too many items")
    check_chain("ELEM", ((row[4], row[3]) for row in table.rows), len(items))
    for mode, word, table_index, count, first, start in table.rows:
        require(mode != 3, "ELEM: computed items are not allowed in this draft")
        require(mode <= 2, f"ELEM: mode {mode}")
        name = module.types.reference_type(word, "ELEM")
        if mode == 1:
            target = pick(module.tables, table_index, "ELEM: table")
            require(module.types.is_subtype(name, target.element), f"ELEM: {name} for a table of {target.element}")
        else:
            require(table_index == 0 and start == 0, "ELEM: unused field is not zero")
        own = [None if item == NONE else item for item in items[first : first + count]]
        require(None not in own or may_be_null(name), f"ELEM: null in a segment of {name}")
        for item in own:
            if item is not None:
                check_reference_to(module, item, name, "ELEM")
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
        require(kind <= TAG and kind != DATA, f"EXPT: kind {kind}")
        pick(module.space(kind), index, "EXPT")
        require(zero == 0, "EXPT: reserved field is not zero")
        require(not name.startswith(HOST_PREFIXES), f"EXPT: {name!r} is a name of the host's")
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
        require(kind <= TAG, f"SYMS: kind {kind}")
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


def check_features(module: Module, file: Container) -> None:
    """The feature bits are those of what the file contains, type words in its code among it."""
    require(file.managed or not module.managed, "the header lacks the feature bit of what the file contains")
    require(module.managed or not file.managed, "the header has a feature bit for what the file does not contain")


def read(file: Container) -> Module:
    """Reads all program sections. The code of functions is only cut into words."""
    module = Module()
    raw = file.raw
    module.strings = read_strings(raw("STRS"), "STRS")
    module.types = read_types(raw("TYPE"))
    read_imports(module, raw("IMPT"))
    read_memories(module, raw("MEMS"))
    check_support_types(module)
    check_native_functions(module)
    read_tables(module, raw("TABL"))
    read_globals(module, raw("GLOB"))
    read_tags(module, raw("TAGS"))
    read_functions(module, file)
    read_initialisers(module, raw("INIT"))
    read_segments(module, raw("ELEM"))
    read_data(module, raw("DATA"))
    read_addresses(module, raw("ADDR"))
    check_globals(module)
    read_exports(module, raw("EXPT"))
    read_symbols(module, raw("SYMS"))
    check_entry(module, file.entry)
    return module
