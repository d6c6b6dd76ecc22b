"""What the arithmetic instructions compute. Values are bit patterns: numbers of 32 or 64 bits, never negative."""

import math
import struct
from typing import Callable

from faults import Trap
from functions import signed

BIT_COUNT = {"i32": 32, "i64": 64, "f32": 32, "f64": 64}
CANONICAL_NAN = {32: 0x7FC00000, 64: 0x7FF8000000000000}


def divide(x: int, y: int, bits: int) -> int:
    """DIV, towards zero."""
    a, b = signed(x, bits), signed(y, bits)
    if b == 0:
        raise Trap("integer divide by zero")
    quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
    if quotient >> (bits - 1) == 1:
        raise Trap("integer overflow")
    return quotient


def divide_unsigned(x: int, y: int, _: int) -> int:
    """DIV_U."""
    if y == 0:
        raise Trap("integer divide by zero")
    return x // y


def remainder(x: int, y: int, bits: int) -> int:
    """REM, with the sign of x."""
    a, b = signed(x, bits), signed(y, bits)
    if b == 0:
        raise Trap("integer divide by zero")
    return abs(a) % abs(b) * (1 if a >= 0 else -1)


def remainder_unsigned(x: int, y: int, _: int) -> int:
    """REM_U."""
    if y == 0:
        raise Trap("integer divide by zero")
    return x % y


def rotate_left(x: int, y: int, bits: int) -> int:
    """ROTL."""
    by = y % bits
    return x << by | x >> (bits - by)


def checked(operation: Callable[[int, int], int]) -> Callable[[int, int, int], int]:
    """The form of an operation that traps when the signed result does not fit."""

    def compute(x: int, y: int, bits: int) -> int:
        value = operation(signed(x, bits), signed(y, bits))
        if not -(1 << (bits - 1)) <= value < 1 << (bits - 1):
            raise Trap("integer overflow")
        return value

    return compute


def count_trailing_zeros(x: int, bits: int) -> int:
    """CTZ."""
    return (x & -x).bit_length() - 1 if x else bits


# Results may exceed the width; whoever calls cuts them off.
INTEGER_BINARY: dict[str, Callable[[int, int, int], int]] = {
    "ADD": lambda x, y, _: x + y,
    "SUB": lambda x, y, _: x - y,
    "MUL": lambda x, y, _: x * y,
    "DIV": divide,
    "DIV_U": divide_unsigned,
    "REM": remainder,
    "REM_U": remainder_unsigned,
    "AND": lambda x, y, _: x & y,
    "OR": lambda x, y, _: x | y,
    "XOR": lambda x, y, _: x ^ y,
    "SHL": lambda x, y, bits: x << y % bits,
    "SHR": lambda x, y, bits: signed(x, bits) >> y % bits,
    "SHR_U": lambda x, y, bits: x >> y % bits,
    "ROTL": rotate_left,
    "ROTR": lambda x, y, bits: rotate_left(x, bits - y % bits, bits),
    "ADD_CHK": checked(lambda a, b: a + b),
    "SUB_CHK": checked(lambda a, b: a - b),
    "MUL_CHK": checked(lambda a, b: a * b),
}
INTEGER_COMPARE: dict[str, Callable[[int, int, int], bool]] = {
    "EQ": lambda x, y, _: x == y,
    "NE": lambda x, y, _: x != y,
    "LT": lambda x, y, bits: signed(x, bits) < signed(y, bits),
    "LT_U": lambda x, y, _: x < y,
    "LE": lambda x, y, bits: signed(x, bits) <= signed(y, bits),
    "LE_U": lambda x, y, _: x <= y,
    "GT": lambda x, y, bits: signed(x, bits) > signed(y, bits),
    "GT_U": lambda x, y, _: x > y,
    "GE": lambda x, y, bits: signed(x, bits) >= signed(y, bits),
    "GE_U": lambda x, y, _: x >= y,
}
INTEGER_UNARY: dict[str, Callable[[int, int], int]] = {
    "NOT": lambda x, _: ~x,
    "NEG": lambda x, _: -x,
    "CLZ": lambda x, bits: bits - x.bit_length(),
    "CTZ": count_trailing_zeros,
    "POPCNT": lambda x, _: x.bit_count(),
    "EXTEND8": lambda x, _: signed(x & 0xFF, 8),
    "EXTEND16": lambda x, _: signed(x & 0xFFFF, 16),
    "EXTEND32": lambda x, _: signed(x & 0xFFFFFFFF, 32),
}


def to_float(value: int, bits: int) -> float:
    """The number with these bits."""
    return struct.unpack("<f" if bits == 32 else "<d", value.to_bytes(bits // 8, "little"))[0]


def from_float(value: float, bits: int) -> int:
    """The bits of the number, rounded to nearest, ties to even; a NaN becomes the canonical one."""
    if math.isnan(value):
        return CANONICAL_NAN[bits]
    try:
        return int.from_bytes(struct.pack("<f" if bits == 32 else "<d", value), "little")
    except OverflowError:
        return from_float(math.copysign(math.inf, value), bits)


def is_nan(value: int, bits: int) -> bool:
    """Whether these are the bits of a NaN."""
    return math.isnan(to_float(value, bits))


def float_divide(x: float, y: float) -> float:
    """x / y by IEEE 754."""
    if y != 0:
        return x / y
    if x == 0 or math.isnan(x):
        return math.nan
    return math.copysign(math.inf, x) * math.copysign(1, y)


def float_extreme(x: float, y: float, sign: int) -> float:
    """MIN (sign 1) and MAX (sign -1): NaN wins, -0 is less than 0."""
    if math.isnan(x) or math.isnan(y):
        return math.nan
    return min((x, y), key=lambda v: (sign * v, sign * math.copysign(1, v)))


def round_with(function: Callable[[float], int]) -> Callable[[float], float]:
    """A rounding to an integer that keeps infinities, NaN and the sign of zero."""

    def compute(x: float) -> float:
        return x if math.isnan(x) or math.isinf(x) else math.copysign(float(function(x)), x)

    return compute


# In double precision; the result of f32 operands is rounded once more, which is innocuous for these (p >= 2q + 2).
FLOAT_BINARY: dict[str, Callable[[float, float], float]] = {
    "ADD": lambda x, y: x + y,
    "SUB": lambda x, y: x - y,
    "MUL": lambda x, y: x * y,
    "DIV": float_divide,
    "MIN": lambda x, y: float_extreme(x, y, 1),
    "MAX": lambda x, y: float_extreme(x, y, -1),
}
FLOAT_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "EQ": lambda x, y: x == y,
    "NE": lambda x, y: x != y,
    "LT": lambda x, y: x < y,
    "LE": lambda x, y: x <= y,
    "GT": lambda x, y: x > y,
    "GE": lambda x, y: x >= y,
}
FLOAT_UNARY: dict[str, Callable[[float], float]] = {
    "SQRT": lambda x: math.sqrt(x) if x >= 0 else math.nan,
    "CEIL": round_with(math.ceil),
    "FLOOR": round_with(math.floor),
    "TRUNC": round_with(math.trunc),
    "NEAREST": round_with(round),
}
# On the bits: only the sign changes.
FLOAT_SIGN: dict[str, Callable[[int, int], int]] = {
    "NEG": lambda x, bits: x ^ 1 << (bits - 1),
    "ABS": lambda x, bits: x & ~(1 << (bits - 1)),
}


def copy_sign(x: int, y: int, bits: int) -> int:
    """COPYSIGN."""
    sign = 1 << (bits - 1)
    return x & ~sign | y & sign


def to_integer(value: float, bits: int, unsigned: bool, saturating: bool) -> int:
    """TO_INT and its variants."""
    least, most = (0, (1 << bits) - 1) if unsigned else (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
    if math.isnan(value):
        if saturating:
            return 0
        raise Trap("invalid conversion to integer")
    whole = (least - 1 if value < 0 else most + 1) if math.isinf(value) else math.trunc(value)
    if not least <= whole <= most and not saturating:
        raise Trap("integer overflow")
    return min(max(whole, least), most)


def round_to_bits(value: int, precision: int) -> int:
    """The integer with at most `precision` significant bits that is nearest to `value`, ties to even."""
    excess = abs(value).bit_length() - precision
    if excess <= 0:
        return value
    unit = 1 << excess
    quotient, rest = divmod(abs(value), unit)
    quotient += rest > unit // 2 or (rest == unit // 2 and quotient & 1)
    return quotient * unit * (1 if value >= 0 else -1)


def convert(name: str, target: str, source: str, value: int) -> int:
    """The conversion `name.target.source`; the result may exceed the width."""
    to_bits, from_bits = BIT_COUNT[target], BIT_COUNT[source]
    if name in ("WRAP", "EXTEND_U", "REINTERPRET"):
        return value
    if name == "EXTEND":
        return signed(value, from_bits)
    if name in ("PROMOTE", "DEMOTE"):
        return from_float(to_float(value, from_bits), to_bits)
    if name.startswith("TO_INT"):
        return to_integer(to_float(value, from_bits), to_bits, name.endswith("_U"), "_SAT" in name)
    assert name.startswith("TO_FLOAT"), name
    number = value if name.endswith("_U") else signed(value, from_bits)
    return from_float(float(round_to_bits(number, 24 if to_bits == 32 else 53)), to_bits)


CONVERSIONS = ("WRAP", "EXTEND", "EXTEND_U", "REINTERPRET", "PROMOTE", "DEMOTE", "TO_INT", "TO_INT_U", "TO_INT_SAT",
               "TO_INT_SAT_U", "TO_FLOAT", "TO_FLOAT_U")  # fmt: skip
