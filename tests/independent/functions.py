"""Instructions: decoding and every rule of docs/instructions.md, section 3."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import limits
from faults import Invalid, require
from managedtypes import CLASSES, LISTS, PRODUCED, ManagedRules
from module import DATA, FUNC, GLOBAL, PASSIVE, TABLE_KIND, Function, Module
from optable import FIELDS, TABLE, Op, Operand
from valuetypes import NUMBERS, POINTER, Signature, ValueType, may_be_null, reference_of

DISCARD = 0xFFFF
KINDS = {"func": FUNC, "table": TABLE_KIND, "global": GLOBAL, "data": DATA}
WIDTHS = {"i32": 32, "i64": 64, "f32": 32, "f64": 64}
MANAGED_CODE = range(0x400, 0x700)  # opcode numbers that need the feature *managed*
WRITTEN = ("dst", "results")  # roles of registers that are written
ONE_PATH = ("BR_ON_NULL", "BR_ON_CAST_FAIL")  # instructions whose destination is written only where they do not branch


@dataclass
class Instruction:
    """One decoded instruction. `values` holds the operands by name; of a list, the tuple of its elements; types as such."""

    op: Op
    word: int
    length: int
    fixed: tuple[int, ...]
    listed: tuple[int, ...]
    values: dict[str, Any] = field(default_factory=dict)
    targets: list[int] = field(default_factory=list)
    reads: list[int] = field(default_factory=list)
    writes: list[int] = field(default_factory=list)

    @property
    def writes_one_path(self) -> bool:
        """Whether it writes only where it does not branch."""
        return self.op.mnemonic in ONE_PATH

    def bits(self, place: str) -> int:
        """The bits of a field."""
        word, low, width = FIELDS[place]
        return self.fixed[word] >> low & ((1 << width) - 1)

    def has(self, effect: str) -> bool:
        """Whether the op has an effect."""
        return effect in self.op.effects


def signed(value: int, width: int) -> int:
    """`value`, a number of `width` bits, as two's complement."""
    return value - (1 << width) if value >> (width - 1) & 1 else value


def list_length(op: Op, first: int) -> int:
    """The number of list words, from the first word alone."""
    if op.list_kind == "registers":
        return first >> 16 & 0xFFFF
    return (first >> 32) // 2 + 1 if op.list_kind == "labels" else 0


def destination(op: Op) -> str:
    """The name of the operand that decides the type of sources of type `any`."""
    return next(operand.name for operand in op.operands if operand.role == "dst" and operand.type == "any")


def opcode_error(number: int) -> str:
    """What is wrong with an opcode number that is not in the table."""
    for low, high, what in TABLE.reserved:
        if low <= number <= high:
            return f"opcode {number:#x} is {what}"
    return f"unknown opcode {number:#x}"


def decode(words: tuple[int, ...]) -> list[Instruction]:
    """Cuts the code of a function into instructions and checks the bits that must be zero."""
    instructions, place = [], 0
    while place < len(words):
        number = words[place] & 0xFFFF
        op = TABLE.ops.get(number)
        if op is None:
            raise Invalid(f"word {place}: {opcode_error(number)}")
        end = place + op.fixed_words + list_length(op, words[place])
        require(end <= len(words), f"word {place}: {op.mnemonic} reaches beyond the function")
        fixed = words[place : place + op.fixed_words]
        for index, word in enumerate(fixed):
            require(word & ~op.used_bits[index] == 0, f"word {place}: {op.mnemonic}: bits that must be zero are not")
        instructions.append(Instruction(op, place, end - place, fixed, words[place + op.fixed_words : end]))
        place = end
    return instructions


def split(words: tuple[int, ...], width: int) -> list[int]:
    """The elements of a list, lowest bits first."""
    return [word >> low & ((1 << width) - 1) for word in words for low in range(0, 64, width)]


class FunctionChecker:
    """Checks one defined function; afterwards `instructions` are complete."""

    def __init__(self, module: Module, index: int) -> None:
        self.module, self.index = module, index
        self.function: Function = module.functions[index]
        self.results = self.function.signature[1]
        self.managed = ManagedRules(module, self.function)
        self.instructions: list[Instruction] = []
        self.starts: dict[int, int] = {}

    def check(self) -> list[Instruction]:
        """Applies all rules."""
        self.instructions = decode(self.function.words)
        self.starts = {instruction.word: index for index, instruction in enumerate(self.instructions)}
        for instruction in self.instructions:
            try:
                self.check_instruction(instruction)
            except Invalid as error:
                raise Invalid(f"word {instruction.word}: {instruction.op.mnemonic}: {error}") from None
        require(self.instructions[-1].has("does not continue"), "control runs past the last word")
        Assignment(self).check()
        return self.instructions

    def check_instruction(self, ins: Instruction) -> None:
        """Everything about one instruction but assignment."""
        if ins.op.number in MANAGED_CODE:
            self.module.types.managed = True
        for operand in ins.op.operands:
            if operand.role not in ("args", "results", "labels", "dst", "src"):
                self.check_scalar(ins, operand)
        if ins.op.list_kind == "labels":
            self.check_switch(ins)
        elif ins.op.list_kind == "registers":
            self.check_lists(ins)
        self.check_registers(ins)
        self.check_shortest(ins)
        self.check_special(ins)

    # Operands that are not registers.

    def check_scalar(self, ins: Instruction, operand: Operand) -> None:
        """Reads one constant or index."""
        bits, width = ins.bits(operand.place), FIELDS[operand.place][2]
        value: Any = bits
        if operand.role in KINDS:
            self.check_index(bits, len(self.module.space(KINDS[operand.role])), operand)
        elif operand.role == "type":
            self.managed.check_kind(ins, bits)
        elif operand.role == "reftype":
            value = self.module.types.reference_type(bits, operand.name)
        elif operand.role == "count":
            require(bits <= limits.FIXED_ITEMS, f"{bits} items")
        elif operand.role == "field":
            self.managed.check_field(ins, bits)
        elif operand.role == "elem":
            self.check_index(bits, len(self.module.segments), operand)
        elif operand.role == "memory":
            require(bits == 0, f"memory index {bits}")
        elif operand.role == "trap kind":
            require(bits in TABLE.traps, f"trap kind {bits}")
        elif operand.role == "imm":
            value = self.immediate(bits, width, operand.type)
        elif operand.role == "addend":
            value = signed(bits, width)
        elif operand.role == "label":
            ins.targets.append(self.target(ins, bits))
        ins.values[operand.name] = value

    def check_index(self, index: int, count: int, operand: Operand) -> None:
        """An index is below the number of things of its kind."""
        require(index < count, f"{operand.name}: index {index} of {count}")

    def immediate(self, bits: int, width: int, name: str) -> int:
        """The value of a constant: signed for integers, the bits for floats."""
        if name in ("f32", "f64"):
            return bits
        value = signed(bits, width)
        if width > WIDTHS[name]:
            require(-(1 << 31) <= value < 1 << 31, "i32 constant is not a sign-extended 32-bit value")
        return value

    def target(self, ins: Instruction, bits: int) -> int:
        """The number of the instruction that a branch goes to."""
        word = ins.word + signed(bits, 32)
        require(word in self.starts, f"branch target {word} is not the first word of an instruction")
        return self.starts[word]

    def check_switch(self, ins: Instruction) -> None:
        """The targets of SWITCH."""
        count = ins.bits("b:c") + 1
        distances = split(ins.listed, 32)
        require(not any(distances[count:]), "padding of the list is not zero")
        ins.targets += [self.target(ins, distance) for distance in distances[:count]]

    # Register lists.

    def signature(self, ins: Instruction, operand: Operand) -> Signature:
        """The signature that an `args` or `results` operand is measured by."""
        if operand.type == "own-results":
            return self.results, ()
        if operand.type in LISTS:
            return self.managed.signature(ins, operand.type)
        if operand.type == "of-type":
            return self.module.types.signature(ins.values["type"], operand.name)
        return self.module.functions[ins.values["callee"]].signature

    def check_lists(self, ins: Instruction) -> None:
        """Arguments and results: number, padding, registers, types."""
        elements, place, total = split(ins.listed, 16), 0, 0
        parts: list[tuple[Operand, tuple[ValueType, ...]]] = []
        for operand in ins.op.operands:
            if operand.place == "list":
                types = self.signature(ins, operand)[0 if operand.role == "args" else 1]
                parts.append((operand, types))
                total += len(types)
        require(len(ins.listed) == (total + 3) // 4, "the list has not the length that the signature demands")
        for operand, types in parts:
            own = elements[place : place + len(types)]
            place += len(types)
            ins.values[operand.name] = tuple(own)
            for register, name in zip(own, types):
                if operand.role == "results" and register == DISCARD:
                    continue
                self.check_register(register, name, operand)
                (ins.reads if operand.role == "args" else ins.writes).append(register)
        require(not any(elements[total:]), "padding of the list is not zero")

    # Single registers.

    def check_registers(self, ins: Instruction) -> None:
        """Sources and destinations: numbers and types."""
        for operand in ins.op.operands:
            if operand.role not in ("dst", "src"):
                continue
            register = ins.bits(operand.place)
            if operand.type in ("ref", "nullable"):
                self.check_reference(register, operand)
            elif operand.role == "src" and operand.type in CLASSES:
                self.managed.check_class(ins, operand, self.register_type(register, operand))
            else:
                self.check_register(register, self.demanded(ins, operand, register), operand)
            ins.values[operand.name] = register
            (ins.writes if operand.role == "dst" else ins.reads).append(register)

    def demanded(self, ins: Instruction, operand: Operand, register: int) -> ValueType:
        """The type that an instruction demands of a source, or gives to a destination."""
        name = operand.type
        if name in NUMBERS:
            return name
        if name == "any":
            return self.register_type(register if operand.role == "dst" else ins.values[destination(ins.op)], operand)
        if name == "of-function":
            return self.module.reference_to(ins.values["function"])
        if name == "addr":
            return self.module.address_type
        if name == "result":
            require(len(self.results) == 1, "the function has not one result")
            return self.results[0]
        if name == "of-global":
            return self.module.globals[ins.values["global"]].type
        if name in PRODUCED:
            return self.managed.produced(ins, name)
        return self.demanded_by_tables(ins, name)

    def demanded_by_tables(self, ins: Instruction, name: str) -> ValueType:
        """The type that the tables of the instruction decide."""
        tables = [self.module.tables[ins.values[o.name]] for o in ins.op.operands if o.role == "table"]
        if name == "table-length":
            return "i64" if all(table.index_type == "i64" for table in tables) else "i32"
        what, number = name.rsplit("-", 1)
        table = tables[int(number)]
        return table.index_type if what == "index-of-table" else table.element

    def register_type(self, register: int, operand: Operand) -> ValueType:
        """The type of a register, which must exist."""
        require(register < len(self.function.registers), f"{operand.name}: register {register}")
        return self.function.registers[register]

    def check_register(self, register: int, name: ValueType, operand: Operand) -> None:
        """A register that is read has a subtype of `name`, one that is written a supertype."""
        own = self.register_type(register, operand)
        written = operand.role in WRITTEN
        fits = self.module.types.is_subtype(name, own) if written else self.module.types.is_subtype(own, name)
        require(fits, f"{operand.name}: register {register} is {own}, which {'cannot hold' if written else 'is not'} {name}")

    def check_reference(self, register: int, operand: Operand) -> None:
        """A register of any reference type, `nullable` only of one that may be null, or a pointer."""
        own = self.register_type(register, operand)
        fits = may_be_null(own) if operand.type == "nullable" else own == POINTER or reference_of(own) is not None
        require(fits, f"{operand.name}: register {register} is {own}")

    # Rules of single instructions.

    def check_shortest(self, ins: Instruction) -> None:
        """A constant in word 1 does not fit the narrower form."""
        wide = ins.op.wide_operand()
        if wide is None or ins.op.narrower is None:
            return
        value = ins.values[wide.name]
        assert isinstance(value, int)
        if wide.role == "addend":
            fits = value == 0
        elif wide.role == "offset":
            fits = value < 1 << 16
        else:
            place = ins.op.narrower.operand(wide.name).place  # type: ignore[union-attr]
            half = 1 << (FIELDS[place][2] - 1)
            fits = -half <= value < half
        require(not fits, "a shorter form expresses the same")

    def check_special(self, ins: Instruction) -> None:
        """Rule 9 of section 3."""
        name = ins.op.mnemonic.split(".")[0]
        if name == "RETURN":
            form = {"": 0, "src": 1, "args": 2}["".join(operand.role for operand in ins.op.operands)]
            require(form == min(len(self.results), 2), "form for another number of results")
        elif name in ("TAIL_CALL", "TAIL_CALL_INDIRECT", "TAIL_CALL_REF"):
            args = ins.op.operand("args")
            assert args is not None
            self.check_results(self.signature(ins, args)[1])
        elif name == "GLOBAL_SET":
            self.check_global_set(ins.values["global"])
        elif name in ("DATA_ADDR", "MEMORY_INIT", "DATA_DROP"):
            passive = self.module.data[ins.values["data"]].kind == PASSIVE
            require(passive != (name == "DATA_ADDR"), "wrong kind of data row")
        self.check_tables(ins, name)
        self.managed.check_special(ins, name)

    def check_global_set(self, index: int) -> None:
        """A global that is written is mutable, or defined here and written by an initialiser."""
        row = self.module.globals[index]
        initial = index >= self.module.imported[GLOBAL] and self.index in self.module.initialiser_set
        require(row.mutable or initial, "the global is immutable")

    def check_results(self, results: tuple[ValueType, ...]) -> None:
        """The results of a function that is called in place of this one."""
        require(len(results) == len(self.results), "another number of results than the function's own")
        for name, own in zip(results, self.results):
            require(self.module.types.is_subtype(name, own), f"a result is {name}, the function's own {own}")

    def check_tables(self, ins: Instruction, name: str) -> None:
        """Element types of tables and segments."""
        tables = [self.module.tables[ins.values[o.name]].element for o in ins.op.operands if o.role == "table"]
        if name in ("CALL_INDIRECT", "TAIL_CALL_INDIRECT"):
            self.check_elements(tables[0], "funcref")
        elif name == "TABLE_COPY":
            self.check_elements(tables[1], tables[0])
        elif name == "TABLE_INIT":
            self.check_elements(self.module.segments[ins.values["elem"]].type, tables[0])

    def check_elements(self, source: ValueType, wanted: ValueType) -> None:
        """What comes out of a table or segment may go where the type is `wanted`."""
        require(self.module.types.is_subtype(source, wanted), f"elements of type {source} for {wanted}")


def mask(registers: Iterable[int]) -> int:
    """A set of registers as an integer."""
    bits = 0
    for register in registers:
        bits |= 1 << register
    return bits


class Assignment:
    """Definite assignment (docs/format.md, section 4): a forward problem over basic blocks, sets as integers."""

    def __init__(self, checker: FunctionChecker) -> None:
        self.function, self.instructions = checker.function, checker.instructions
        starts = {0}
        for index, ins in enumerate(self.instructions):
            starts.update(ins.targets)
            if ins.has("ends a block") and index + 1 < len(self.instructions):
                starts.add(index + 1)
        self.blocks = sorted(starts)
        self.number = {start: block for block, start in enumerate(self.blocks)}

    def check(self) -> None:
        """No register is read that some path reaches unassigned."""
        params = len(self.function.signature[0])
        unzeroed = self.function.zeroed[params:].count(False)
        require(unzeroed * len(self.blocks) <= limits.ASSIGNMENT, "too many unzeroed registers x basic blocks")
        for block, assigned in self.solve(params).items():
            for ins in self.block(block):
                for register in ins.reads:
                    require(assigned >> register & 1 == 1, f"word {ins.word}: register {register} may be unassigned")
                if not ins.writes_one_path:
                    assigned |= mask(ins.writes)

    def block(self, block: int) -> list[Instruction]:
        """The instructions of a block."""
        end = self.blocks[block + 1] if block + 1 < len(self.blocks) else len(self.instructions)
        return self.instructions[self.blocks[block] : end]

    def successors(self, block: int) -> list[int]:
        """The blocks that may follow: those that the last instruction branches to, each once, then the next one."""
        last = self.block(block)[-1]
        following = list(dict.fromkeys(self.number[target] for target in last.targets))
        return following if last.has("does not continue") else following + [block + 1]

    def written(self, block: int) -> int:
        """The registers that a block writes, whichever block follows."""
        return mask({register for ins in self.block(block) if not ins.writes_one_path for register in ins.writes})

    def written_in_passing(self, block: int) -> int:
        """The registers that the last instruction of a block writes only where it does not branch."""
        last = self.block(block)[-1]
        return mask(last.writes) if last.writes_one_path else 0

    def order(self, following: list[list[int]]) -> list[int]:
        """The blocks that a path reaches, each after those that lead to it, except in loops."""
        finished, seen, path = [], {0}, [(0, iter(following[0]))]
        while path:
            block, rest = path[-1]
            successor = next((other for other in rest if other not in seen), None)
            if successor is None:
                finished.append(block)
                path.pop()
            else:
                seen.add(successor)
                path.append((successor, iter(following[successor])))
        return finished[::-1]

    def solve(self, params: int) -> dict[int, int]:
        """The registers that are assigned at the beginning of each block that a path reaches."""
        zeroed = sum(1 << register for register, bit in enumerate(self.function.zeroed) if bit)
        following = [self.successors(block) for block in range(len(self.blocks))]
        order = self.order(following)
        rank = {block: place for place, block in enumerate(order)}
        written = {block: self.written(block) for block in order}
        entry: dict[int, int] = {0: (1 << params) - 1 | zeroed}
        pending = [0]  # a heap of ranks
        while pending:
            block = order[heapq.heappop(pending)]
            assigned = entry[block] | written[block]
            for place, successor in enumerate(following[block], 1):
                if place == len(following[block]):
                    assigned |= self.written_in_passing(block)
                before = entry.get(successor)
                merged = assigned if before is None else assigned & before
                if before != merged:
                    entry[successor] = merged
                    heapq.heappush(pending, rank[successor])
        return entry


def check_functions(module: Module, highest_opcode: int) -> dict[int, list[Instruction]]:
    """Checks all defined functions; returns their instructions by function index."""
    code: dict[int, list[Instruction]] = {}
    highest = 0
    for index, function in enumerate(module.functions):
        if function.defined:
            try:
                code[index] = FunctionChecker(module, index).check()
            except Invalid as error:
                raise Invalid(f"function {index}: {error}") from None
            highest = max(highest, max(ins.op.number for ins in code[index]))
    require(highest == highest_opcode, f"the header's highest opcode is {highest_opcode:#x}, the code's {highest:#x}")
    return code
