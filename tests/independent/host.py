"""What a program may call besides its own functions; the support routines that are covered, in Python (docs/support.md)."""

import math
import re
import struct
from typing import TYPE_CHECKING, Any, Callable

import literals
import vbc1
from faults import NotCovered, Trap
from module import DATA, FUNC, Import, Module

if TYPE_CHECKING:
    from evaluate import Machine


def name_of(row: Import) -> str:
    """What an import is called."""
    return row.name if row.module is None else f"{row.module}:{row.name}"


def support_routines(module: Module) -> list[str]:
    """The support routines that the module names."""
    return [row.name for row in module.import_of[FUNC] if row.module is None and row.name.startswith("vbc.")]


def check_imports(module: Module) -> None:
    """Only support routines, weak symbols and `vbc1` may be missing. Which functions are covered shows when one is called."""
    for function, row in zip(module.functions, module.import_of[FUNC]):
        if row.module == "vbc1":
            vbc1.check(module, row, function.signature)
    for row in module.imports:
        symbol = row.module is None and (row.name.startswith("vbc.") or (row.weak and row.kind in (FUNC, DATA)))
        if not symbol and (row.module != "vbc1" or row.kind != FUNC):
            raise NotCovered(f"{'an undefined symbol' if row.module is None else 'an import'}, {name_of(row)}")


def is_absent(module: Module, function: int) -> bool:
    """Whether a function is a weak symbol that nothing defines."""
    return function < module.imported[FUNC] and module.import_of[FUNC][function].weak


def needs_memory(module: Module) -> bool:
    """Whether support code, which is not here, may need a memory."""
    return bool(support_routines(module))


def check_size_is_known(module: Module) -> None:
    """Support code's data may enlarge the memory by an amount that only that code tells."""
    if support_routines(module):
        raise NotCovered("the size of a memory that support code shares")


def float_text(value: float, bits: int) -> str:
    """The fewest digits that read back to the same value, laid out as docs/support.md specifies."""
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    sign = "-" if math.copysign(1, value) < 0 else ""
    digits, exponent = shortest(abs(value), bits)
    if value == 0:
        return sign + "0.0"
    if not -4 <= exponent < 16:
        rest = "." + digits[1:] if len(digits) > 1 else ""
        return f"{sign}{digits[0]}{rest}e{exponent}"
    if exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    whole = digits[: exponent + 1].ljust(exponent + 1, "0")
    return f"{sign}{whole}.{digits[exponent + 1 :] or '0'}"


def shortest(value: float, bits: int) -> tuple[str, int]:
    """The shortest digits of a positive number, and the exponent of the first one."""
    for precision in range(17):
        text = f"{value:.{precision}e}"
        if bits == 64 and float(text) == value:
            break
        if bits == 32 and rounded_to_f32(float(text)) == value:
            break
    mantissa, exponent = text.split("e")
    return mantissa.replace(".", "").rstrip("0") or "0", int(exponent)


def rounded_to_f32(value: float) -> float:
    """The f32 nearest to a number."""
    try:
        return struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return math.inf


def text_of(value: Any, name: str) -> str:
    """A value as PRINT writes it."""
    if name in ("i32", "i64"):
        bits = 32 if name == "i32" else 64
        return str(value - (1 << bits) if value >> (bits - 1) else value)
    if name in ("f32", "f64"):
        bits = 32 if name == "f32" else 64
        number = struct.unpack("<f" if bits == 32 else "<d", value.to_bytes(bits // 8, "little"))[0]
        return float_text(number, bits)
    return "null" if value is None else name


def write_value(name: str, end: str) -> "Callable[[Machine, list[Any]], list[Any]]":
    """vbc.print_T and vbc.write_T."""

    def run(machine: "Machine", arguments: list[Any]) -> list[Any]:
        machine.output += (text_of(arguments[0], name) + end).encode()
        return []

    return run


def write_bytes(machine: "Machine", arguments: list[Any]) -> list[Any]:
    """vbc.write_bytes."""
    address, length = arguments
    place = machine.reach(address, 0, length)
    machine.spend(length // vbc1.UNIT)
    machine.output += machine.memory[place : place + length]
    return []


def format_value(name: str) -> "Callable[[Machine, list[Any]], list[Any]]":
    """vbc.format_T."""

    def run(machine: "Machine", arguments: list[Any]) -> list[Any]:
        text = text_of(arguments[0], name).encode()
        place = machine.reach(arguments[1], 0, len(text))
        machine.memory[place : place + len(text)] = text
        return [len(text)]

    return run


def parse_number(text: str, name: str) -> int | None:
    """The bits of the number that the whole text is, if it is one of that type."""
    bits = literals.BIT_COUNT[name]
    if name in ("i32", "i64"):
        if re.fullmatch(r"[+-]?[0-9]+", text) is None:
            return None
        value = int(text)
        return value & (1 << bits) - 1 if -(1 << (bits - 1)) <= value < 1 << (bits - 1) else None
    match = re.fullmatch(r"([+-]?)(?:(inf|infinity)|(nan)|([0-9]+\.?[0-9]*|\.[0-9]+)(?:e([+-]?[0-9]+))?)", text, re.I)
    if match is None:
        return None
    sign, infinite, nan, digits, exponent = match.groups()
    if abs(int(exponent or "0")) > 10_000:
        raise NotCovered("reading a number with a huge exponent")
    body = "inf" if infinite else "nan" if nan else f"{digits}e{exponent or 0}"
    return literals.float_bits(sign + body, bits)


def parse_value(name: str) -> "Callable[[Machine, list[Any]], list[Any]]":
    """vbc.parse_T."""

    def run(machine: "Machine", arguments: list[Any]) -> list[Any]:
        place = machine.reach(arguments[0], 0, arguments[1])
        text = bytes(machine.memory[place : place + arguments[1]])
        value = parse_number(text.decode("ascii", "replace"), name)
        return [0, 0] if value is None else [value, 1]

    return run


COVERED: "dict[str, Callable[[Machine, list[Any]], list[Any]]]" = {"vbc.write_bytes": write_bytes}
for _name in ("i32", "i64", "f32", "f64", "funcref", "externref"):
    COVERED[f"vbc.print_{_name}"] = write_value(_name, "\n")
    COVERED[f"vbc.write_{_name}"] = write_value(_name, "")
for _name in ("i32", "i64", "f32", "f64"):
    COVERED[f"vbc.format_{_name}"] = format_value(_name)
    COVERED[f"vbc.parse_{_name}"] = parse_value(_name)


def call(machine: "Machine", function: int, arguments: list[Any]) -> list[Any]:
    """Calls a function that the module does not define."""
    row = machine.module.import_of[FUNC][function]
    if row.weak:
        raise Trap("uninitialized element")
    if row.module == "vbc1":
        return vbc1.call(machine, row.name, arguments)
    routine = COVERED.get(row.name)
    if routine is None:
        raise NotCovered(f"a call of {name_of(row)}")
    return routine(machine, arguments)
