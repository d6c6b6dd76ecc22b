#!/usr/bin/env python3
"""Writes the files of instructions/: one for each arithmetic, comparison, branch, conversion and
memory instruction, in all its forms, with expectations that are worked out here with exact
integers and fractions, not with the arithmetic of the machine.

    python3 tests/conformance/generate.py            writes the files
    python3 tests/conformance/generate.py --check    fails when they are not what it would write

The operands are chosen so that no instruction could be taken for another one with operands of the
same kinds; tests/tests/exchange.rs proves it.
"""

import math
import struct
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

FOLDER = Path(__file__).parent / "instructions"
FILES = {}


class Trap(Exception):
    pass


ZERO = "integer divide by zero"
OVERFLOW = "integer overflow"
INVALID = "invalid conversion to integer"
BOUNDS = "out of bounds memory access"

# Integers


def signed(x, bits):
    x &= (1 << bits) - 1
    return x - (1 << bits) if x >> (bits - 1) else x


def unsigned(x, bits):
    return x & ((1 << bits) - 1)


def quotient(x, y):
    if y == 0:
        raise Trap(ZERO)
    q = abs(x) // abs(y)
    return q if (x < 0) == (y < 0) else -q


def checked(x, bits):
    if signed(x, bits) != x:
        raise Trap(OVERFLOW)
    return x


def binary(name, x, y, bits):
    """Result of a binary integer instruction; x and y are signed."""
    ux, uy = unsigned(x, bits), unsigned(y, bits)
    n = y % bits
    if name == "ADD":
        return x + y
    if name == "SUB":
        return x - y
    if name == "MUL":
        return x * y
    if name == "DIV":
        return checked(quotient(x, y), bits)
    if name == "DIV_U":
        return quotient(ux, uy)
    if name == "REM":
        return x - quotient(x, y) * y
    if name == "REM_U":
        return ux - quotient(ux, uy) * uy
    if name == "AND":
        return x & y
    if name == "OR":
        return x | y
    if name == "XOR":
        return x ^ y
    if name == "SHL":
        return x << n
    if name == "SHR":
        return x >> n
    if name == "SHR_U":
        return ux >> n
    if name == "ROTL":
        return ux << n | ux >> (bits - n)
    if name == "ROTR":
        return ux >> n | ux << (bits - n)
    if name == "ADD_CHK":
        return checked(x + y, bits)
    if name == "SUB_CHK":
        return checked(x - y, bits)
    if name == "MUL_CHK":
        return checked(x * y, bits)
    raise KeyError(name)


BINARY = (
    "ADD SUB MUL DIV DIV_U REM REM_U AND OR XOR SHL SHR SHR_U ROTL ROTR "
    "ADD_CHK SUB_CHK MUL_CHK"
).split()


def compares(name, x, y, bits):
    if name.endswith("_U"):
        x, y = unsigned(x, bits), unsigned(y, bits)
        name = name[:-2]
    return {
        "EQ": x == y,
        "NE": x != y,
        "LT": x < y,
        "LE": x <= y,
        "GT": x > y,
        "GE": x >= y,
    }[name]


COMPARE = "EQ NE LT LT_U LE LE_U GT GT_U GE GE_U".split()


def unary(name, x, bits):
    ux = unsigned(x, bits)
    if name == "NOT":
        return ~x
    if name == "NEG":
        return -x
    if name == "CLZ":
        return bits - ux.bit_length()
    if name == "CTZ":
        return bits if x == 0 else (ux & -ux).bit_length() - 1
    if name == "POPCNT":
        return bin(ux).count("1")
    if name.startswith("EXTEND"):
        return signed(x, int(name[6:]))
    raise KeyError(name)


# Floats: ("nan",), ("inf", sign), or ("num", sign, Fraction); sign is 1 for negative.

NAN = ("nan",)
PRECISION = {"f32": (24, -126, 127), "f64": (53, -1022, 1023)}


def num(x, sign=None):
    x = Fraction(x)
    return ("num", int(x < 0) if sign is None else sign, abs(x))


def value(v):
    return -v[2] if v[1] else v[2]


def rounded(x, sign, ty):
    """The exact number x (not negative) to the nearest of a format, ties to even."""
    digits, least, most = PRECISION[ty]
    if x == 0:
        return ("num", sign, Fraction(0))
    exponent = x.numerator.bit_length() - x.denominator.bit_length()
    if Fraction(2) ** exponent > x:
        exponent -= 1
    quantum = Fraction(2) ** (max(exponent, least) - digits + 1)
    result = round(x / quantum) * quantum  # Python rounds halves to even
    if result >= Fraction(2) ** (most + 1):
        return ("inf", sign)
    return ("num", sign, result)


def decode_float(bits, ty):
    width = int(ty[1:])
    return decode_number(struct.unpack("<f" if width == 32 else "<d", bits)[0])


def decode_number(x):
    if math.isnan(x):
        return NAN
    if math.isinf(x):
        return ("inf", int(x < 0))
    return ("num", int(math.copysign(1, x) < 0), abs(Fraction(x)))


def float_binary(name, x, y, ty):
    if NAN in (x, y) and name != "COPYSIGN":
        return NAN
    if name == "COPYSIGN":
        return x if x == NAN else (x[0], y[1], *x[2:])
    if name == "SUB":
        return float_binary("ADD", x, (y[0], 1 - y[1], *y[2:]), ty)
    sign = x[1] ^ y[1]
    if name == "ADD":
        if "inf" in (x[0], y[0]):
            infinities = {v for v in (x, y) if v[0] == "inf"}
            return NAN if len(infinities) == 2 else infinities.pop()
        total = value(x) + value(y)
        if total == 0:
            return ("num", x[1] & y[1], Fraction(0))
        return rounded(abs(total), int(total < 0), ty)
    if name == "MUL":
        if "inf" in (x[0], y[0]):
            zero = any(v[0] == "num" and v[2] == 0 for v in (x, y))
            return NAN if zero else ("inf", sign)
        return rounded(x[2] * y[2], sign, ty)
    if name == "DIV":
        if x[0] == "inf":
            return NAN if y[0] == "inf" else ("inf", sign)
        if y[0] == "inf":
            return ("num", sign, Fraction(0))
        if y[2] == 0:
            return NAN if x[2] == 0 else ("inf", sign)
        return rounded(x[2] / y[2], sign, ty)
    less = ordered(x, y) < 0 or ordered(x, y) == 0 and x[1] > y[1]
    if name == "MIN":
        return x if less else y
    if name == "MAX":
        return y if less else x
    raise KeyError(name)


def ordered(x, y):
    """-1, 0 or 1 as x is less than, equal to or greater than y; none is NaN."""

    def key(v):
        if v[0] == "inf":
            return Fraction(-(10**400) if v[1] else 10**400)
        return value(v)

    return (key(x) > key(y)) - (key(x) < key(y))


def float_compares(name, x, y):
    if NAN in (x, y):
        return name == "NE"
    order = ordered(x, y)
    return {
        "EQ": order == 0,
        "NE": order != 0,
        "LT": order < 0,
        "LE": order <= 0,
        "GT": order > 0,
        "GE": order >= 0,
    }[name]


def float_unary(name, x, ty):
    if x == NAN:
        return NAN
    if name == "NEG":
        return (x[0], 1 - x[1], *x[2:])
    if name == "ABS":
        return (x[0], 0, *x[2:])
    if name == "SQRT":
        if x[0] == "num" and x[2] == 0:
            return x
        if x[1]:
            return NAN
        if x[0] == "inf":
            return x
        # 200 more bits than needed; the square root of such a number is never near a tie.
        scaled = math.isqrt(x[2].numerator * x[2].denominator << 2400)
        return rounded(Fraction(scaled, x[2].denominator << 1200), 0, ty)
    if x[0] == "inf":
        return x
    exact = value(x)
    integer = {
        "CEIL": math.ceil,
        "FLOOR": math.floor,
        "TRUNC": math.trunc,
        "NEAREST": round,
    }[name](exact)
    return ("num", x[1], Fraction(abs(integer)))


def to_int(name, x, bits):
    saturate, free = "SAT" in name, name.endswith("_U")
    least, most = (0, (1 << bits) - 1) if free else (-(1 << bits - 1), (1 << bits - 1) - 1)
    if x == NAN:
        if saturate:
            return 0
        raise Trap(INVALID)
    if x[0] == "inf":
        integer = least - 1 if x[1] else most + 1
    else:
        integer = math.trunc(value(x))
    if least <= integer <= most:
        return integer
    if saturate:
        return min(max(integer, least), most)
    raise Trap(OVERFLOW)


def float_text(v, ty):
    """The literal: the fewest digits that read back."""
    if v == NAN:
        return "nan"
    sign = "-" if v[1] else ""
    if v[0] == "inf":
        return sign + "inf"
    for digits in range(1, 20):
        text = "%.*e" % (digits - 1, v[2]) if v[2] else "0e0"
        if rounded(Fraction(text), 0, ty) == ("num", 0, v[2]):
            break
    mantissa, exponent = text.split("e")
    if -5 <= int(exponent) < 16:
        text = format(Decimal(text), "f")
        return sign + (text if "." in text else text + ".0")
    return f"{sign}{mantissa}e{int(exponent)}"

FLOATS = {
    "f32": "0.0 -0.0 1.0 -1.0 1.5 -2.5 3.5 0.1 7.25 -7.75 1e10 16777216.0 1e38 3.4028235e38 "
    "1.1754944e-38 1e-45 -1e-45 inf -inf nan".split(),
    "f64": "0.0 -0.0 1.0 -1.0 1.5 -2.5 3.5 0.1 7.25 -7.75 1e10 9007199254740992.0 1e308 "
    "1.7976931348623157e308 2.2250738585072014e-308 5e-324 -5e-324 inf -inf nan".split(),
}


def parse_float(text, ty):
    """The value of a literal."""
    if text == "nan":
        return NAN
    sign, text = int(text[0] == "-"), text.lstrip("-")
    if text == "inf":
        return ("inf", sign)
    return rounded(Fraction(text), sign, ty)


# Files


class File:
    def __init__(self, name, title):
        self.runs, self.code = [], []
        self.title = title
        FILES[name.lower() + ".vitasm"] = self

    def run(self, function, args, compute, show):
        call = f"{function}({', '.join(str(a) for a in args)})"
        try:
            self.runs.append(f";; run: {call} == {show(compute())}")
        except Trap as trap:
            self.runs.append(f";; run: {call} traps {trap}")

    def text(self):
        head = [f";; {self.title}", ";; Written by ../generate.py.", ";;"]
        return "\n".join(head + self.runs + [""] + self.code) + "\n"


def function(name, params, result, lines):
    arrow = f" -> {result}" if result else ""
    return [f"FUNC {name}({params}){arrow}"] + [f"  {line}" for line in lines] + ["END", ""]


def label(number):
    return str(number).replace("-", "minus_")


def edges(bits):
    least, most = -(1 << bits - 1), (1 << bits - 1) - 1
    return [
        (7, 3), (-7, 3), (7, -3), (-7, -3), (0, 5), (5, 0), (most, 1), (least, 1), (least, -1),
        (most, -1), (most, most), (least, least), (least, most), (3, 7), (-1, bits), (-1, bits + 1),
        (-2, bits - 1), (signed(0x123456789ABCDEF0, bits), 4), (signed(0xF0E1D2C3B4A59687, bits), 12),
        (signed(0xAAAAAAAAAAAAAAAA, bits), signed(0x6666666666666666, bits)),
        (1 << bits // 2, 1 << bits // 2 - 1), (1 << bits // 2, 1 << bits // 2),
    ]  # fmt: skip


def constants(bits):
    """Constants of the narrow form, then of the wide one."""
    least, most = -(1 << bits - 1), (1 << bits - 1) - 1
    return [0, 1, -1, 3, 13, -32768, 32767, 32768, -32769, 0x12345678, least, most]


def integer_files(bits):
    ty = f"i{bits}"
    least, most = -(1 << bits - 1), (1 << bits - 1) - 1
    xs = [7, -7, 0, least, most, signed(0x123456789ABCDEF0, bits), signed(0xF0E1D2C3B4A59687, bits)]
    show = lambda r: str(signed(r, bits))  # noqa: E731
    for name in BINARY:
        file = File(f"{name}_{ty}", f"{name}.{ty} with registers and constants.")
        file.code += function("reg", f"x: {ty}, y: {ty}", ty, [f"{name}.{ty} d, x, y", "RETURN d"])
        file.code += function("same", f"x: {ty}", ty, [f"{name}.{ty} x, x, x", "RETURN x"])
        for x, y in edges(bits):
            file.run("reg", (x, y), lambda: binary(name, x, y, bits), show)
        for x in (5, least):
            file.run("same", (x,), lambda: binary(name, x, x, bits), show)
        for y in constants(bits):
            imm = f"imm_{label(y)}"
            file.code += function(imm, f"x: {ty}", ty, [f"{name}.{ty} d, x, {y}", "RETURN d"])
            for x in xs:
                file.run(imm, (x,), lambda: binary(name, x, y, bits), show)
    for name in COMPARE:
        file = File(f"{name}_{ty}", f"{name}.{ty} with registers and constants.")
        file.code += function("reg", f"x: {ty}, y: {ty}", "i32", [f"{name}.{ty} d, x, y", "RETURN d"])
        for x, y in edges(bits):
            file.run("reg", (x, y), lambda: int(compares(name, x, y, bits)), str)
        for y in constants(bits):
            imm = f"imm_{label(y)}"
            file.code += function(imm, f"x: {ty}", "i32", [f"{name}.{ty} d, x, {y}", "RETURN d"])
            for x in (least, y - 1 if y > least else 2, y, y + 1 if y < most else -2, most):
                file.run(imm, (x,), lambda: int(compares(name, x, y, bits)), str)
        branch_file(name, ty, bits)
    unaries = ["NOT", "NEG", "CLZ", "CTZ", "POPCNT", "EXTEND8", "EXTEND16"]
    for name in unaries + (["EXTEND32"] if bits == 64 else []):
        file = File(f"{name}_{ty}", f"{name}.{ty}.")
        file.code += function("f", f"x: {ty}", ty, [f"{name}.{ty} d, x", "RETURN d"])
        for x in [0, 1, -1, least, most, 0x80, 0x7F, 0x8000, 0x7FFF, 0x80000000, 0x7FFFFFFF] + xs:
            x = signed(x, bits)
            file.run("f", (x,), lambda: unary(name, x, bits), show)


def branch_file(name, ty, bits):
    """IF_...: compare and branch, forwards and backwards."""
    least, most = -(1 << bits - 1), (1 << bits - 1) - 1
    file = File(f"if_{name}_{ty}", f"IF_{name}.{ty} with registers and constants.")
    forward = ["LOAD_CONST.i32 no, 0", "RETURN no", "yes: LOAD_CONST.i32 one, 1", "RETURN one"]
    file.code += function("reg", f"x: {ty}, y: {ty}", "i32", [f"IF_{name}.{ty} x, y, yes"] + forward)
    back = [
        "JUMP test",
        "yes: LOAD_CONST.i32 one, 1",
        "RETURN one",
        f"test: IF_{name}.{ty} x, y, yes",
        "LOAD_CONST.i32 no, 0",
        "RETURN no",
    ]
    file.code += function("back", f"x: {ty}, y: {ty}", "i32", back)
    for x, y in edges(bits):
        for f in ("reg", "back"):
            file.run(f, (x, y), lambda: int(compares(name, x, y, bits)), str)
    for y in [0, 1, -1, 40000, -(1 << 31), (1 << 31) - 1]:
        imm = f"imm_{label(y)}"
        file.code += function(imm, f"x: {ty}", "i32", [f"IF_{name}.{ty} x, {y}, yes"] + forward)
        for x in (least, y - 1 if y > least else 2, y, y + 1 if y < most else -2, most):
            file.run(imm, (x,), lambda: int(compares(name, x, y, bits)), str)


def float_files(ty):
    samples = [(text, parse_float(text, ty)) for text in FLOATS[ty]]
    show = lambda r: float_text(r, ty)  # noqa: E731
    for name in "ADD SUB MUL DIV MIN MAX COPYSIGN".split():
        file = File(f"{name}_{ty}", f"{name}.{ty}.")
        file.code += function("f", f"x: {ty}, y: {ty}", ty, [f"{name}.{ty} d, x, y", "RETURN d"])
        for i, (xt, x) in enumerate(samples):
            for j, (yt, y) in enumerate(samples):
                # Each value meets itself, its two neighbours, and some others.
                if (i - j) % len(samples) in (0, 1, 6, len(samples) - 1) or (i * j) % 7 == 5:
                    if name == "COPYSIGN" and y == NAN:
                        continue
                    file.run("f", (xt, yt), lambda: float_binary(name, x, y, ty), show)
    for name in "EQ NE LT LE GT GE".split():
        file = File(f"{name}_{ty}", f"{name}.{ty}.")
        file.code += function("f", f"x: {ty}, y: {ty}", "i32", [f"{name}.{ty} d, x, y", "RETURN d"])
        for i, (xt, x) in enumerate(samples):
            for j, (yt, y) in enumerate(samples):
                if abs(i - j) <= 1 or (i * j) % 11 == 3:
                    file.run("f", (xt, yt), lambda: int(float_compares(name, x, y)), str)
    halves = "0.5 -0.5 0.75 -0.25 2.0 2.5 3.5 -3.5 -4.5 4.000001 8388607.5 4503599627370495.5".split()
    for name in "NEG ABS SQRT CEIL FLOOR TRUNC NEAREST".split():
        file = File(f"{name}_{ty}", f"{name}.{ty}.")
        file.code += function("f", f"x: {ty}", ty, [f"{name}.{ty} d, x", "RETURN d"])
        for text in FLOATS[ty] + halves:
            x = parse_float(text, ty)
            file.run("f", (text,), lambda: float_unary(name, x, ty), show)
    bits = {"f32": 32, "f64": 64}[ty]
    # The sign instructions change one bit of a NaN; other instructions' NaNs are unspecified.
    payload = "nan:0x2345"
    for name, args, sign in (
        ("NEG", (payload,), "-"), ("NEG", ("-" + payload,), ""),
        ("ABS", (payload,), ""), ("ABS", ("-" + payload,), ""),
        ("COPYSIGN", (payload, "-1.0"), "-"), ("COPYSIGN", ("-" + payload, "1.0"), ""),
        ("COPYSIGN", ("2.0", "-nan"), None), ("COPYSIGN", ("-2.0", "nan"), None),
    ):  # fmt: skip
        if sign is None:
            answer = "-2.0" if args[1].startswith("-") else "2.0"
        else:
            answer = sign + payload
        FILES[f"{name}_{ty}.vitasm".lower()].run("f", args, lambda: answer, str)
    for source in (32, 64):
        for name in "TO_INT TO_INT_SAT TO_INT_U TO_INT_SAT_U".split():
            to_int_file(name, source, ty)
        for name in "TO_FLOAT TO_FLOAT_U".split():
            from_int_file(name, ty, source)
    names = (f"REINTERPRET.i{bits}.{ty}", f"REINTERPRET.{ty}.i{bits}")
    file = File(f"reinterpret_{ty}", f"{names[0]} and {names[1]}.")
    file.code += function("bits", f"x: {ty}", f"i{bits}", [f"{names[0]} d, x", "RETURN d"])
    file.code += function("number", f"x: i{bits}", ty, [f"{names[1]} d, x", "RETURN d"])
    layout = ("<f", "<i") if bits == 32 else ("<d", "<q")
    for text in FLOATS[ty][:-1]:
        pattern = struct.unpack(layout[1], struct.pack(layout[0], float(text)))[0]
        file.run("bits", (text,), lambda: pattern, str)
        file.run("number", (pattern,), lambda: parse_float(text, ty), show)
    # Every bit of a NaN is kept.
    for sign in ("", "-"):
        exponent = 0x7F800000 if bits == 32 else 0x7FF0000000000000
        pattern = signed((exponent | 0x2345) + (1 << bits - 1 if sign else 0), bits)
        file.run("bits", (f"{sign}nan:0x2345",), lambda: pattern, str)
        file.run("number", (pattern,), lambda: f"{sign}nan:0x2345", str)


def to_int_file(name, bits, ty):
    file = File(f"{name}_i{bits}_{ty}", f"{name}.i{bits}.{ty}.")
    file.code += function("f", f"x: {ty}", f"i{bits}", [f"{name}.i{bits}.{ty} d, x", "RETURN d"])
    texts = FLOATS[ty] + "0.9 -0.9 -0.99999 2.9 -2.9 100.5 4294967040.0 3000000000.0".split()
    for power in (31, 32, 63, 64):
        for sign in ("", "-"):
            digits = PRECISION[ty][0]
            edge = Fraction(1 << power)
            below = edge - Fraction(2) ** (power - digits)
            above = edge + Fraction(2) ** (power - digits + 1)
            for number in (below, edge, above):
                texts.append(sign + float_text(("num", 0, number), ty))
    if ty == "f64":
        texts += ["2147483647.9", "-2147483648.9", "-2147483649.0", "4294967295.9"]
    for text in texts:
        x = parse_float(text, ty)
        file.run("f", (text,), lambda: to_int(name, x, bits), lambda r: str(signed(r, bits)))


def from_int_file(name, ty, bits):
    file = File(f"{name}_{ty}_i{bits}", f"{name}.{ty}.i{bits}.")
    file.code += function("f", f"x: i{bits}", ty, [f"{name}.{ty}.i{bits} d, x", "RETURN d"])
    least, most = -(1 << bits - 1), (1 << bits - 1) - 1
    numbers = [0, 1, -1, least, most, 16777216, 16777217, 16777219, -16777217, 33554434, 33554435]
    numbers += [signed(0x123456789ABCDEF0, bits), signed(0xF0E1D2C3B4A59687, bits)]
    numbers += [signed((1 << 53) + 1, bits), signed((1 << 53) + 3, bits), signed(-(1 << 63) + 1025, bits)]
    numbers += [signed(0x7FFFFF4000000001, bits), signed(0x8000008000000001, bits)]
    for x in numbers:
        free = unsigned(x, bits) if name.endswith("_U") else x
        file.run("f", (x,), lambda: rounded(Fraction(abs(free)), int(free < 0), ty), lambda r: float_text(r, ty))


def width_files():
    file = File("wrap_extend", "WRAP.i32.i64, EXTEND.i64.i32, EXTEND_U.i64.i32.")
    file.code += function("wrap", "x: i64", "i32", ["WRAP.i32.i64 d, x", "RETURN d"])
    file.code += function("extend", "x: i32", "i64", ["EXTEND.i64.i32 d, x", "RETURN d"])
    file.code += function("extend_u", "x: i32", "i64", ["EXTEND_U.i64.i32 d, x", "RETURN d"])
    for x in [0, 1, -1, 1 << 31, (1 << 31) - 1, 1 << 32, -(1 << 63), (1 << 63) - 1, 0x123456789ABCDEF0]:
        file.run("wrap", (x,), lambda: signed(x, 32), str)
        x = signed(x, 32)
        file.run("extend", (x,), lambda: x, str)
        file.run("extend_u", (x,), lambda: unsigned(x, 32), str)
    file = File("promote_demote", "PROMOTE.f64.f32 and DEMOTE.f32.f64.")
    file.code += function("promote", "x: f32", "f64", ["PROMOTE.f64.f32 d, x", "RETURN d"])
    file.code += function("demote", "x: f64", "f32", ["DEMOTE.f32.f64 d, x", "RETURN d"])
    for text in FLOATS["f32"]:
        x = parse_float(text, "f32")
        file.run("promote", (text,), lambda: x, lambda r: float_text(r, "f64"))
    more = "1.00000005960464477539 1.00000005960464499743 3.4028235677973366e38 3.4028235677973362e38 " \
        "7.006492321624085e-46 7.006492321624087e-46 1.17549429e-38".split()
    for text in FLOATS["f64"] + more:
        x = parse_float(text, "f64")
        narrow = lambda: x if x[0] != "num" else rounded(x[2], x[1], "f32")  # noqa: E731
        file.run("demote", (text,), narrow, lambda r: float_text(r, "f32"))


# Memory

PAGE = 65536
PATTERN = bytes.fromhex("80 7f ff 01 fe dc ba 98 76 54 32 10 f0 e1 d2 c3 b4 a5 96 87")
LOADS = [
    # Name, type, bytes, signed
    ("LOAD", "i32", 4, True), ("LOAD8", "i32", 1, True), ("LOAD8_U", "i32", 1, False),
    ("LOAD16", "i32", 2, True), ("LOAD16_U", "i32", 2, False),
    ("LOAD", "i64", 8, True), ("LOAD8", "i64", 1, True), ("LOAD8_U", "i64", 1, False),
    ("LOAD16", "i64", 2, True), ("LOAD16_U", "i64", 2, False),
    ("LOAD32", "i64", 4, True), ("LOAD32_U", "i64", 4, False),
    ("LOAD", "f32", 4, None), ("LOAD", "f64", 8, None),
]  # fmt: skip
STORES = [
    ("STORE", "i32", 4), ("STORE8", "i32", 1), ("STORE16", "i32", 2), ("STORE", "i64", 8),
    ("STORE8", "i64", 1), ("STORE16", "i64", 2), ("STORE32", "i64", 4), ("STORE", "f32", 4),
    ("STORE", "f64", 8),
]  # fmt: skip
OFFSETS = [0, 5, 65535, 65536, 100000]


def pattern_text(raw, ty):
    """A float by its bits; NaNs keep theirs."""
    bits = len(raw) * 8
    number = int.from_bytes(raw, "little")
    digits = PRECISION[ty][0] - 1
    fraction = number & (1 << digits) - 1
    if number >> digits & (1 << bits - 1 - digits) - 1 == (1 << bits - 1 - digits) - 1 and fraction:
        return f"{'-' if number >> bits - 1 else ''}nan:{fraction:#x}"
    return float_text(decode_float(raw, ty), ty)


def memory_files(index):
    """Loads and stores with every width of offset, in memories of both index types."""
    memory = bytearray(3 * PAGE)
    places = [64, 65000 + 600, 3 * PAGE - len(PATTERN)]
    for place in places:
        memory[place : place + len(PATTERN)] = PATTERN
    rows = [f".memory {index} 3 max 3"]
    rows += [f'.data pattern{n} at {place} = hex "{PATTERN.hex(" ")}"' for n, place in enumerate(places)]
    bits = int(index[1:])
    for name, ty, size, sign in LOADS:
        file = File(f"{name}_{ty}_{index}", f"{name}.{ty} from a memory with index type {index}.")
        file.code += rows + [""]

        def load(address):
            if address + size > len(memory):
                raise Trap(BOUNDS)
            raw = bytes(memory[address : address + size])
            if sign is None:
                return pattern_text(raw, ty)
            return int.from_bytes(raw, "little", signed=sign)

        for offset in OFFSETS:
            f = f"at_{offset}"
            code = [f"{name}.{ty} d, [a{f' + {offset}' if offset else ''}]", "RETURN d"]
            file.code += function(f, f"a: {index}", ty, code)
            bases = [place - offset + n for place in places for n in (0, 1, 3, 4, 6, 9)]
            bases += [len(memory) - size - offset, len(memory) - size - offset + 1, -1]
            for base in dict.fromkeys(bases):
                if base >= -1:
                    file.run(f, (base,), lambda: load(unsigned(base, bits) + offset), str)
    for name, ty, size in STORES:
        file = File(f"{name}_{ty}_{index}", f"{name}.{ty} to a memory with index type {index}.")
        file.code += [f".memory {index} 3 max 3", ""]
        peek = ["LOAD.i64 d, [a]", "RETURN d"]
        file.code += function("peek", f"a: {index}", "i64", peek)
        background = 0x1122334455667788
        fill = ["LOAD_CONST.i64 v, 0x1122334455667788", "STORE.i64 [a], v", "RETURN"]
        file.code += function("fill", f"a: {index}", "", fill)
        for offset in OFFSETS:
            f = f"at_{offset}"
            code = [f"{name}.{ty} [a{f' + {offset}' if offset else ''}], v", "RETURN"]
            file.code += function(f, f"a: {index}, v: {ty}", "", code)
            for n, address in enumerate((100000, 3 * PAGE - 8, 3 * PAGE - size + 1)):
                raw = PATTERN[n + 3 : n + 3 + size]
                if ty[0] == "i":
                    whole = int.from_bytes(PATTERN[n + 3 : n + 3 + int(ty[1:]) // 8], "little", signed=True)
                    v = str(whole)
                else:
                    v = pattern_text(raw, ty)
                if address + 8 <= len(memory):
                    file.run("fill", (address,), lambda: "()", str)
                    file.run(f, (address - offset, v), lambda: "()", str)
                    after = raw + background.to_bytes(8, "little")[size:]
                    file.run("peek", (address,), lambda: int.from_bytes(after, "little", signed=True), str)
                else:
                    file.run(f, (address - offset, v), lambda: trap(BOUNDS), str)
            file.run(f, (-1, "1" if ty[0] == "i" else "1.0"), lambda: trap(BOUNDS), str)
        # Nothing of the stores that trapped was written.
        last = int.from_bytes(PATTERN[4 : 4 + size] + background.to_bytes(8, "little")[size:], "little", signed=True)
        file.run("peek", (3 * PAGE - 8,), lambda: last, str)


def trap(message):
    raise Trap(message)


def main():
    for bits in (32, 64):
        integer_files(bits)
    for ty in ("f32", "f64"):
        float_files(ty)
    width_files()
    for index in ("i64", "i32"):
        memory_files(index)
    check = "--check" in sys.argv[1:]
    stale = []
    FOLDER.mkdir(exist_ok=True)
    for name, file in FILES.items():
        path = FOLDER / name
        if not path.exists() or path.read_text() != file.text():
            stale.append(name)
            if not check:
                path.write_text(file.text())
    for path in FOLDER.glob("*.vitasm"):
        if path.name not in FILES:
            stale.append(path.name)
            if not check:
                path.unlink()
    print(f"{len(FILES)} files, {len(stale)} {'stale' if check else 'written'}: {' '.join(sorted(stale)[:5])}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
