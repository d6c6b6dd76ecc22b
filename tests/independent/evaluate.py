"""An evaluator: docs/instructions.md, section 5, and loading by docs/format.md, section 3."""

from dataclasses import dataclass, field
from typing import Any, Callable

import arithmetic
import host
import managed
from arithmetic import BIT_COUNT
from faults import NotCovered, Trap
from functions import DISCARD, Instruction
from module import FIXED, MEMORY_PAGES, NO_MAXIMUM, PASSIVE, PLACED, Module
from objects import is_of
from optable import TABLE
from steps import BULK_UNIT, MEMORY_TRAP, TABLE_TRAP, Simple, Value, check_range, setter
from valuetypes import NUMBERS, ValueType

PAGE = 65_536
FIRST_ADDRESS = 1024
# Ours, not the format's: what this evaluator is ready to spend.
MOST_BYTES = 256 << 20
MOST_ELEMENTS = 20_000_000
MOST_FRAMES = 50_000
MOST_STEPS = 30_000_000

ELEMENT_SIZE = 8  # of a table, for fuel


class OutOfFuel(Exception):
    """The fuel that the caller gave is used up."""


@dataclass
class Table:
    """A table at run time."""

    items: list[Value]
    bits: int
    maximum: int


@dataclass
class Frame:
    """A call that has not returned."""

    function: int
    registers: list[Value]
    steps: list["Step"]
    place: int = 0
    results: tuple[int, ...] = ()


@dataclass
class Step:
    """One instruction, ready to run: `run` for the ordinary ones, `control` for those that decide what comes next."""

    run: Simple | None = None
    control: Callable[["Machine", Frame], None] | None = None


@dataclass
class Given:
    """What the host gives to the program."""

    arguments: list[bytes] = field(default_factory=list)
    environment: dict[bytes, bytes] = field(default_factory=dict)
    input: bytes = b""


@dataclass
class Machine:
    """A module that runs."""

    module: Module
    code: dict[int, list[Instruction]]
    output: bytearray = field(default_factory=bytearray)
    errors: bytearray = field(default_factory=bytearray)
    given: Given = field(default_factory=Given)
    memory: bytearray = field(default_factory=bytearray)
    maximum_pages: int = 0
    globals: list[Value] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    segments: list[list[Value]] = field(default_factory=list)
    passive: list[bytes] = field(default_factory=list)
    addresses: list[int] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    prepared: dict[int, list[Step]] = field(default_factory=dict)
    returned: list[Value] = field(default_factory=list)
    steps: int = 0
    fuel: int | None = None

    @property
    def address_bits(self) -> int:
        """The width of an address."""
        return BIT_COUNT[self.module.address_type]

    # Loading.

    def load(self) -> None:
        """Brings the module into the state in which its entry may be called. Raises Trap, or NotCovered."""
        host.check_imports(self.module)
        self.place_data()
        self.make_memory()
        self.globals = [self.initial_value(row) for row in self.module.globals]
        self.make_tables()
        self.fill_memory()
        for index in self.module.initialisers:
            self.call(index, [])

    def place_data(self) -> None:
        """Assigns the addresses of the data rows."""
        end = FIRST_ADDRESS
        for row in self.module.data:
            if row.kind == PLACED:
                end = (end + row.alignment - 1) // row.alignment * row.alignment
                self.addresses.append(end)
                end += row.size
            else:
                self.addresses.append(row.address)
            self.passive.append(row.content if row.kind == PASSIVE else b"")

    def data_end(self) -> int:
        """The size that the data rows need; 0 without any."""
        return max((a + row.size for a, row in zip(self.addresses, self.module.data) if row.kind != PASSIVE), default=0)

    def make_memory(self) -> None:
        """The memory, as large as declared and as the data needs."""
        minimum, most = 0, MEMORY_PAGES[self.module.address_type]
        rows = [row for row in self.module.data if row.kind in (PLACED, FIXED)]
        needed = -(-self.data_end() // PAGE)
        if self.module.memories:
            declared = self.module.memories[0]
            minimum = declared.minimum
            self.maximum_pages = most if declared.maximum == NO_MAXIMUM else min(most, declared.maximum)
            if any(row.kind == FIXED for row in rows):
                needed = 0
        elif rows or host.needs_memory(self.module):
            self.maximum_pages = most
        if needed > self.maximum_pages:
            raise NotCovered("data beyond the maximum of the memory")
        size = max(minimum, needed) * PAGE
        if size > MOST_BYTES:
            raise NotCovered(f"a memory of {size} bytes")
        self.memory = bytearray(size)

    def initial_value(self, row: Any) -> Value:
        """The first value of a global."""
        if row.init_kind == 1:
            return None
        if row.init_kind == 2:
            return self.function_value(row.init_index)
        if row.init_kind == 3:
            return self.addresses[row.init_index] + row.init_bits & (1 << self.address_bits) - 1
        return row.init_bits

    def make_tables(self) -> None:
        """The tables, filled with null, and their active segments."""
        if sum(table.minimum for table in self.module.tables) > MOST_ELEMENTS:
            raise NotCovered("tables that are too large")
        for row in self.module.tables:
            self.tables.append(Table([None] * row.minimum, BIT_COUNT[row.index_type], row.maximum))
        for segment in self.module.segments:
            values = [self.function_value(item) for item in segment.items]
            self.segments.append(values if segment.mode == 0 else [])
            if segment.mode == 1:
                items = self.tables[segment.table].items
                check_range(segment.start, len(values), len(items), TABLE_TRAP)
                items[segment.start : segment.start + len(values)] = values

    def fill_memory(self) -> None:
        """Copies the data rows and their static addresses."""
        contents = [bytearray(row.content.ljust(row.size, b"\0")) if self.is_active(row) else b"" for row in self.module.data]
        width = self.address_bits // 8
        for row in self.module.addresses:
            value = self.addresses[row.target] + row.addend & (1 << self.address_bits) - 1
            contents[row.holder][row.offset : row.offset + width] = value.to_bytes(width, "little")
        for address, row, content in zip(self.addresses, self.module.data, contents):
            if self.is_active(row):
                check_range(address, len(content), len(self.memory), MEMORY_TRAP)
                self.memory[address : address + len(content)] = content

    def is_active(self, row: Any) -> bool:
        """Whether a data row is copied at loading."""
        if row.size > MOST_BYTES:
            raise NotCovered("a data row that is too large")
        return row.kind in (PLACED, FIXED)

    # Calls.

    def call(self, function: int, arguments: list[Value]) -> list[Value]:
        """Calls a function from outside; returns its results. Raises Trap, or NotCovered."""
        depth = len(self.frames)
        self.returned = []
        try:
            self.enter(function, arguments, (), depth)
            while len(self.frames) > depth:
                self.run_frame(self.frames[-1])
        finally:
            del self.frames[depth:]
        return self.returned

    def run_frame(self, frame: Frame) -> None:
        """Runs until another frame is the last one."""
        steps, registers = frame.steps, frame.registers
        frames = self.frames
        while frames and frames[-1] is frame:
            step = steps[frame.place]
            frame.place += 1
            self.steps += 1
            if step.run is not None:
                step.run(registers)
            else:
                assert step.control is not None
                step.control(self, frame)
            if self.steps > MOST_STEPS:
                raise NotCovered(f"more than {MOST_STEPS} instructions")

    def spend(self, units: int) -> None:
        """Pays fuel."""
        if self.fuel is not None:
            self.fuel -= units
            if self.fuel < 0:
                raise OutOfFuel

    def function_value(self, index: int | None) -> Value:
        """A reference to a function; null for a weak symbol that nothing defines."""
        return None if index is None or host.is_absent(self.module, index) else index

    def enter(self, function: int, arguments: list[Value], results: tuple[int, ...], depth: int | None = None) -> None:
        """Begins a call; routines of the host return at once."""
        row = self.module.functions[function]
        if depth is None:
            self.spend(1)
        if not row.defined:
            self.give(host.call(self, function, arguments), results, depth)
            return
        if len(self.frames) >= MOST_FRAMES:
            raise Trap("call stack exhausted")
        registers = arguments + [0 if name in NUMBERS else None for name in row.registers[len(arguments) :]]
        self.frames.append(Frame(function, registers, self.prepare(function), 0, results))

    def give(self, values: list[Value], results: tuple[int, ...], depth: int | None = None) -> None:
        """Delivers results to the frame that is now the last, or to whoever called from outside."""
        self.returned = values
        if self.frames and depth is None:
            registers = self.frames[-1].registers
            for register, value in zip(results, values):
                if register != DISCARD:
                    registers[register] = value

    def prepare(self, function: int) -> list[Step]:
        """The steps of a function."""
        if function not in self.prepared:
            types = self.module.functions[function].registers
            self.prepared[function] = [Preparation(self, ins, types).step() for ins in self.code[function]]
        return self.prepared[function]

    # Memory.

    def reach(self, base: int, offset: int, length: int) -> int:
        """The address of an access, checked."""
        address = base + offset
        if address + length > len(self.memory):
            raise Trap(MEMORY_TRAP)
        return address

    def grow_memory(self, pages: int) -> int:
        """MEMORY_GROW."""
        old = len(self.memory) // PAGE
        if old + pages > self.maximum_pages:
            return -1
        if (old + pages) * PAGE > MOST_BYTES:
            raise NotCovered("a memory that is too large")
        self.memory.extend(bytes(pages * PAGE))
        return old


class Preparation:
    """Turns one instruction into a step."""

    def __init__(self, machine: Machine, ins: Instruction, types: list[ValueType]) -> None:
        self.machine, self.ins, self.types = machine, ins, types
        self.name, *self.suffixes = ins.op.mnemonic.split(".")
        self.values: dict[str, Any] = ins.values

    def step(self) -> Step:
        """The step."""
        control = CONTROL.get(self.name)
        if control is not None:
            return Step(control=control(self))
        if self.name.startswith("IF"):
            return Step(control=self.branch())
        return Step(run=self.simple())

    def simple(self) -> Simple:
        """Instructions that always continue with the next one."""
        if self.name in STATE:
            return STATE[self.name](self)
        if self.name in arithmetic.CONVERSIONS:
            return self.conversion()
        if self.name.startswith(("LOAD", "STORE")):
            return self.access()
        return self.float_operation() if self.suffixes[0].startswith("f") else self.integer_operation()

    def second(self, bits: int) -> Callable[[list[Value]], Value]:
        """Reads `y`, a register or a constant."""
        y = self.values["y"]
        operand = self.ins.op.operand("y")
        assert operand is not None
        if operand.role == "imm":
            constant = y & (1 << bits) - 1
            return lambda registers: constant
        return lambda registers: registers[y]

    def integer_operation(self) -> Simple:
        """Arithmetic and comparisons of i32 and i64."""
        bits = BIT_COUNT[self.suffixes[0]]
        mask, d, x = (1 << bits) - 1, self.values["d"], self.values["x"]
        if self.name in arithmetic.INTEGER_UNARY:
            unary = arithmetic.INTEGER_UNARY[self.name]
            return setter(d, lambda r: unary(r[x], bits) & mask)
        y = self.second(bits)
        if self.name in arithmetic.INTEGER_COMPARE:
            compare = arithmetic.INTEGER_COMPARE[self.name]
            return setter(d, lambda r: int(compare(r[x], y(r), bits)))
        binary = arithmetic.INTEGER_BINARY[self.name]
        return setter(d, lambda r: binary(r[x], y(r), bits) & mask)

    def float_operation(self) -> Simple:
        """Arithmetic and comparisons of f32 and f64."""
        bits = BIT_COUNT[self.suffixes[0]]
        d, x, y = self.values["d"], self.values["x"], self.values.get("y")
        number, pack = arithmetic.to_float, arithmetic.from_float
        if self.name in arithmetic.FLOAT_SIGN:
            sign = arithmetic.FLOAT_SIGN[self.name]
            return setter(d, lambda r: sign(r[x], bits))
        if self.name == "COPYSIGN":
            return setter(d, lambda r: arithmetic.copy_sign(r[x], r[y], bits))
        if self.name in arithmetic.FLOAT_UNARY:
            unary = arithmetic.FLOAT_UNARY[self.name]
            return setter(d, lambda r: pack(unary(number(r[x], bits)), bits))
        if self.name in arithmetic.FLOAT_COMPARE:
            compare = arithmetic.FLOAT_COMPARE[self.name]
            return setter(d, lambda r: int(compare(number(r[x], bits), number(r[y], bits))))
        binary = arithmetic.FLOAT_BINARY[self.name]
        return setter(d, lambda r: pack(binary(number(r[x], bits), number(r[y], bits)), bits))

    def conversion(self) -> Simple:
        """WRAP to REINTERPRET."""
        target, source = self.suffixes
        mask, d, x, name = (1 << BIT_COUNT[target]) - 1, self.values["d"], self.values["x"], self.name
        return setter(d, lambda r: arithmetic.convert(name, target, source, r[x]) & mask)

    def access(self) -> Simple:
        """LOAD and STORE; the name determines how many bits and whether they are unsigned."""
        full = BIT_COUNT[self.suffixes[0]]
        digits = "".join(character for character in self.name if character.isdigit())
        width, mask = int(digits or full), (1 << full) - 1
        base, offset, length, machine = self.values["addr"], self.values["offset"], width // 8, self.machine
        if self.name.startswith("STORE"):
            s, low = self.values["s"], (1 << width) - 1

            def store(r: list[Value]) -> None:
                place = machine.reach(r[base], offset, length)
                machine.memory[place : place + length] = (r[s] & low).to_bytes(length, "little")

            return store
        is_signed = not self.name.endswith("_U")

        def load(r: list[Value]) -> int:
            place = machine.reach(r[base], offset, length)
            return int.from_bytes(machine.memory[place : place + length], "little", signed=is_signed) & mask

        return setter(self.values["d"], load)

    # Control.

    def branch(self) -> Callable[[Machine, Frame], None]:
        """IF, IF_NOT and compare-and-branch."""
        bits, target = BIT_COUNT[self.suffixes[0]], self.ins.targets[0]
        if self.name in ("IF", "IF_NOT"):
            cond, wanted = self.values["cond"], self.name == "IF"

            def test(r: list[Value]) -> bool:
                return (r[cond] != 0) == wanted
        else:
            compare, x, y = arithmetic.INTEGER_COMPARE[self.name[3:]], self.values["x"], self.second(bits)

            def test(r: list[Value]) -> bool:
                return compare(r[x], y(r), bits)

        def run(machine: Machine, frame: Frame) -> None:
            if test(frame.registers):
                machine.spend(target < frame.place)
                frame.place = target

        return run

    def jump(self) -> Callable[[Machine, Frame], None]:
        """JUMP."""
        target = self.ins.targets[0]

        def run(machine: Machine, frame: Frame) -> None:
            machine.spend(target < frame.place)
            frame.place = target

        return run

    def switch(self) -> Callable[[Machine, Frame], None]:
        """SWITCH."""
        index, targets = self.values["index"], self.ins.targets

        def run(machine: Machine, frame: Frame) -> None:
            target = targets[min(frame.registers[index], len(targets) - 1)]
            machine.spend(target < frame.place)
            frame.place = target

        return run

    def branch_on_reference(self) -> Callable[[Machine, Frame], None]:
        """BR_ON_NULL and BR_ON_CAST_FAIL."""
        d, s, to, target = self.values["d"], self.values["s"], self.values.get("to"), self.ins.targets[0]

        def run(machine: Machine, frame: Frame) -> None:
            value = frame.registers[s]
            if value is not None if to is None else is_of(machine.module, value, to):
                frame.registers[d] = value
            else:
                machine.spend(target < frame.place)
                frame.place = target

        return run

    def trap(self) -> Callable[[Machine, Frame], None]:
        """TRAP."""
        message = TABLE.traps[self.values["kind"]]

        def run(_: Machine, __: Frame) -> None:
            raise Trap(message)

        return run

    def callee(self) -> Callable[[list[Value]], int]:
        """The function that a call calls."""
        if "callee" in self.values:
            function = self.values["callee"]
            return lambda registers: function
        if "f" in self.values:
            reference = self.values["f"]
            return lambda registers: managed.present(registers[reference])
        machine, table, index = self.machine, self.machine.tables[self.values["table"]], self.values["index"]
        types, functions = machine.module.types, machine.module.functions
        wanted = types.identity[self.values["type"]]

        def find(registers: list[Value]) -> int:
            if registers[index] >= len(table.items):
                raise Trap("undefined element")
            item = table.items[registers[index]]
            if item is None:
                raise Trap("uninitialized element")
            if not types.is_row_subtype(functions[item].type, wanted):
                raise Trap("indirect call type mismatch")
            return item

        return find

    def calling(self) -> Callable[[Machine, Frame], None]:
        """CALL, CALL_INDIRECT and CALL_REF."""
        callee, args, results = self.callee(), self.values["args"], self.values["results"]

        def run(machine: Machine, frame: Frame) -> None:
            r = frame.registers
            machine.enter(callee(r), [r[register] for register in args], results)

        return run

    def tail_calling(self) -> Callable[[Machine, Frame], None]:
        """TAIL_CALL, TAIL_CALL_INDIRECT and TAIL_CALL_REF."""
        callee, args = self.callee(), self.values["args"]

        def run(machine: Machine, frame: Frame) -> None:
            r = frame.registers
            function, arguments = callee(r), [r[register] for register in args]
            machine.frames.pop()
            machine.enter(function, arguments, frame.results)

        return run

    def returning(self) -> Callable[[Machine, Frame], None]:
        """RETURN in its three forms."""
        values = self.values.get("values", (self.values["value"],) if "value" in self.values else ())

        def run(machine: Machine, frame: Frame) -> None:
            machine.frames.pop()
            machine.give([frame.registers[register] for register in values], frame.results)

        return run

    # Moves and state.

    def load_const(self) -> Simple:
        """LOAD_CONST."""
        constant = self.values["value"] & (1 << BIT_COUNT[self.suffixes[0]]) - 1
        return setter(self.values["d"], lambda r: constant)

    def move(self) -> Simple:
        """MOVE."""
        s = self.values["s"]
        return setter(self.values["d"], lambda r: r[s])

    def select(self) -> Simple:
        """SELECT."""
        cond, x, y = self.values["cond"], self.values["x"], self.values["y"]
        return setter(self.values["d"], lambda r: r[x] if r[cond] else r[y])

    def reference(self) -> Simple:
        """REF_NULL and REF_FUNC."""
        value = self.machine.function_value(self.values.get("function"))
        return setter(self.values["d"], lambda r: value)

    def is_null(self) -> Simple:
        """REF_IS_NULL."""
        s = self.values["s"]
        return setter(self.values["d"], lambda r: int(r[s] is None))

    def data_address(self) -> Simple:
        """DATA_ADDR."""
        address = self.machine.addresses[self.values["data"]] + self.values.get("addend", 0)
        address &= (1 << self.machine.address_bits) - 1
        return setter(self.values["d"], lambda r: address)

    def global_get(self) -> Simple:
        """GLOBAL_GET."""
        machine, index = self.machine, self.values["global"]
        return setter(self.values["d"], lambda r: machine.globals[index])

    def global_set(self) -> Simple:
        """GLOBAL_SET."""
        machine, index, s = self.machine, self.values["global"], self.values["s"]

        def run(r: list[Value]) -> None:
            machine.globals[index] = r[s]

        return run

    def memory_size(self) -> Simple:
        """MEMORY_SIZE."""
        machine = self.machine
        host.check_size_is_known(machine.module)
        return setter(self.values["d"], lambda r: len(machine.memory) // PAGE)

    def memory_grow(self) -> Simple:
        """MEMORY_GROW."""
        machine, n, mask = self.machine, self.values["n"], (1 << self.machine.address_bits) - 1
        host.check_size_is_known(machine.module)
        return setter(self.values["d"], lambda r: machine.grow_memory(r[n]) & mask)

    def memory_copy(self) -> Simple:
        """MEMORY_COPY."""
        machine, d, s, n = self.machine, self.values["d"], self.values["s"], self.values["n"]

        def run(r: list[Value]) -> None:
            target, source = machine.reach(r[d], 0, r[n]), machine.reach(r[s], 0, r[n])
            machine.spend(r[n] // BULK_UNIT)
            machine.memory[target : target + r[n]] = machine.memory[source : source + r[n]]

        return run

    def memory_fill(self) -> Simple:
        """MEMORY_FILL."""
        machine, d, s, n = self.machine, self.values["d"], self.values["s"], self.values["n"]

        def run(r: list[Value]) -> None:
            target = machine.reach(r[d], 0, r[n])
            machine.spend(r[n] // BULK_UNIT)
            machine.memory[target : target + r[n]] = bytes([r[s] & 0xFF]) * r[n]

        return run

    def memory_init(self) -> Simple:
        """MEMORY_INIT."""
        machine, d, s, n, row = self.machine, *(self.values[name] for name in ("d", "s", "n", "data"))

        def run(r: list[Value]) -> None:
            check_range(r[s], r[n], len(machine.passive[row]), MEMORY_TRAP)
            target = machine.reach(r[d], 0, r[n])
            machine.spend(r[n] // BULK_UNIT)
            machine.memory[target : target + r[n]] = machine.passive[row][r[s] : r[s] + r[n]]

        return run

    def data_drop(self) -> Simple:
        """DATA_DROP."""
        machine, row = self.machine, self.values["data"]

        def run(_: list[Value]) -> None:
            machine.passive[row] = b""

        return run

    # Tables.

    def table(self, name: str = "table") -> Table:
        """The table that the instruction names."""
        return self.machine.tables[self.values[name]]

    def table_get(self) -> Simple:
        """TABLE_GET."""
        table, index = self.table(), self.values["index"]

        def read(r: list[Value]) -> Value:
            check_range(r[index], 1, len(table.items), TABLE_TRAP)
            return table.items[r[index]]

        return setter(self.values["d"], read)

    def table_set(self) -> Simple:
        """TABLE_SET."""
        table, index, s = self.table(), self.values["index"], self.values["s"]

        def run(r: list[Value]) -> None:
            check_range(r[index], 1, len(table.items), TABLE_TRAP)
            table.items[r[index]] = r[s]

        return run

    def table_size(self) -> Simple:
        """TABLE_SIZE."""
        table = self.table()
        return setter(self.values["d"], lambda r: len(table.items))

    def table_grow(self) -> Simple:
        """TABLE_GROW."""
        machine, table = self.machine, self.table()
        s, n = self.values["s"], self.values["n"]

        def grow(r: list[Value]) -> int:
            old = len(table.items)
            most = min(table.maximum, (1 << 32) - 1) if table.bits == 32 else table.maximum
            if old + r[n] > most:
                return (1 << table.bits) - 1
            if old + r[n] > MOST_ELEMENTS:
                raise NotCovered("a table that is too large")
            machine.spend(r[n] * ELEMENT_SIZE // BULK_UNIT)
            table.items.extend([r[s]] * r[n])
            return old

        return setter(self.values["d"], grow)

    def table_fill(self) -> Simple:
        """TABLE_FILL."""
        machine, table = self.machine, self.table()
        i, s, n = (self.values[name] for name in ("i", "s", "n"))

        def run(r: list[Value]) -> None:
            check_range(r[i], r[n], len(table.items), TABLE_TRAP)
            machine.spend(r[n] * ELEMENT_SIZE // BULK_UNIT)
            table.items[r[i] : r[i] + r[n]] = [r[s]] * r[n]

        return run

    def table_copy(self) -> Simple:
        """TABLE_COPY."""
        machine, to, source = self.machine, self.table(), self.table("from")
        d, s, n = (self.values[name] for name in ("d", "s", "n"))

        def run(r: list[Value]) -> None:
            check_range(r[d], r[n], len(to.items), TABLE_TRAP)
            check_range(r[s], r[n], len(source.items), TABLE_TRAP)
            machine.spend(r[n] * ELEMENT_SIZE // BULK_UNIT)
            to.items[r[d] : r[d] + r[n]] = source.items[r[s] : r[s] + r[n]]

        return run

    def table_init(self) -> Simple:
        """TABLE_INIT."""
        machine, table, segment = self.machine, self.table(), self.values["elem"]
        d, s, n = (self.values[name] for name in ("d", "s", "n"))

        def run(r: list[Value]) -> None:
            check_range(r[s], r[n], len(machine.segments[segment]), TABLE_TRAP)
            check_range(r[d], r[n], len(table.items), TABLE_TRAP)
            machine.spend(r[n] * ELEMENT_SIZE // BULK_UNIT)
            table.items[r[d] : r[d] + r[n]] = machine.segments[segment][r[s] : r[s] + r[n]]

        return run

    def elem_drop(self) -> Simple:
        """ELEM_DROP."""
        machine, segment = self.machine, self.values["elem"]

        def run(_: list[Value]) -> None:
            machine.segments[segment] = []

        return run


CONTROL: dict[str, Callable[[Preparation], Callable[[Machine, Frame], None]]] = {
    "JUMP": Preparation.jump,
    "SWITCH": Preparation.switch,
    "TRAP": Preparation.trap,
    "CALL": Preparation.calling,
    "CALL_INDIRECT": Preparation.calling,
    "CALL_REF": Preparation.calling,
    "TAIL_CALL": Preparation.tail_calling,
    "TAIL_CALL_INDIRECT": Preparation.tail_calling,
    "TAIL_CALL_REF": Preparation.tail_calling,
    "BR_ON_NULL": Preparation.branch_on_reference,
    "BR_ON_CAST_FAIL": Preparation.branch_on_reference,
    "RETURN": Preparation.returning,
}
STATE: dict[str, Callable[[Preparation], Simple]] = {
    "LOAD_CONST": Preparation.load_const,
    "MOVE": Preparation.move,
    "SELECT": Preparation.select,
    "REF_NULL": Preparation.reference,
    "REF_FUNC": Preparation.reference,
    "REF_IS_NULL": Preparation.is_null,
    "DATA_ADDR": Preparation.data_address,
    "GLOBAL_GET": Preparation.global_get,
    "GLOBAL_SET": Preparation.global_set,
    "MEMORY_SIZE": Preparation.memory_size,
    "MEMORY_GROW": Preparation.memory_grow,
    "MEMORY_COPY": Preparation.memory_copy,
    "MEMORY_FILL": Preparation.memory_fill,
    "MEMORY_INIT": Preparation.memory_init,
    "DATA_DROP": Preparation.data_drop,
    "TABLE_GET": Preparation.table_get,
    "TABLE_SET": Preparation.table_set,
    "TABLE_SIZE": Preparation.table_size,
    "TABLE_GROW": Preparation.table_grow,
    "TABLE_FILL": Preparation.table_fill,
    "TABLE_COPY": Preparation.table_copy,
    "TABLE_INIT": Preparation.table_init,
    "ELEM_DROP": Preparation.elem_drop,
    **managed.STEPS,
}
