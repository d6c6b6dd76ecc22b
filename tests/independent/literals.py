"""Values as the text form writes them (docs/text.md, section 1) and as conformance files compare them."""

import re
from fractions import Fraction
from typing import Any

from arithmetic import BIT_COUNT, CANONICAL_NAN, from_float, is_nan
from faults import NotCovered
from objects import SMALL_BITS, Object, Small
from valuetypes import ValueType

FRACTION_BITS = {32: 23, 64: 52}
SEEN = {"funcref": int, "object": Object}  # what of a reference is seen from outside


def integer(text: str) -> int:
    """An integer literal."""
    sign, body = (-1, text[1:]) if text.startswith("-") else (1, text.lstrip("+"))
    if body in ("true", "false"):
        return int(body == "true")
    return sign * int(body.replace("_", ""), 0 if body[:2].lower() in ("0x", "0o", "0b") else 10)


def float_bits(text: str, bits: int) -> int:
    """The bits of a float literal."""
    negative, body = text.startswith("-"), text.lstrip("+-").replace("_", "")
    sign = int(negative) << (bits - 1)
    if body == "nan":
        return sign | CANONICAL_NAN[bits]
    if body.startswith("nan:0x"):
        exponent = CANONICAL_NAN[bits] & ~((1 << FRACTION_BITS[bits]) - 1)
        return sign | exponent | int(body[4:], 16)
    if body.startswith("0x") and "p" in body.lower():
        return sign | from_float(float.fromhex(body), bits)
    if body == "inf":
        return sign | from_float(float("inf"), bits)
    return sign | nearest(Fraction(body), bits)


def nearest(number: Fraction, bits: int) -> int:
    """The bits nearest to a number that is not negative, ties to even, without rounding twice."""
    guess = from_float(float(number) if number < Fraction(2) ** 1024 else float("inf"), bits)
    if bits == 64:
        return guess
    candidates = [bits32 for bits32 in (guess - 1, guess, guess + 1) if 0 <= bits32 < 0x7F800000]
    distance = {candidate: abs(value_of_f32(candidate) - number) for candidate in candidates}
    return guess if guess >= 0x7F800000 else min(candidates, key=lambda c: (distance[c], c & 1))


def value_of_f32(bits: int) -> Fraction:
    """The exact value of a finite f32 that is not negative."""
    exponent, fraction = bits >> 23, bits & 0x7FFFFF
    if exponent == 0:
        return Fraction(fraction) * Fraction(2) ** -149
    return Fraction(fraction | 0x800000) * Fraction(2) ** (exponent - 150)


def parse(text: str, name: ValueType) -> Any:
    """A literal of a type, as the evaluator holds it."""
    if name in ("i32", "i64"):
        return integer(text) & (1 << BIT_COUNT[name]) - 1
    if name in ("f32", "f64"):
        return float_bits(text, BIT_COUNT[name])
    if text == "null":
        return None
    if text.startswith("i31 "):
        return Small(integer(text[4:]) & (1 << SMALL_BITS) - 1)
    raise NotCovered(f"the value {text} of type {name}")


def agrees(value: Any, text: str, name: ValueType) -> bool:
    """Whether a result is what the file states; `nan` stands for any NaN, `object` for any object, `funcref` ... likewise."""
    if name in ("f32", "f64") and text == "nan":
        return is_nan(value, BIT_COUNT[name])
    if text in SEEN:
        return isinstance(value, SEEN[text])
    if text == name == "externref":
        return value is not None
    return value == parse(text, name)


def split_values(text: str) -> list[str]:
    """The literals of a list, in parentheses or not."""
    body = re.sub(r"^\((.*)\)$", r"\1", text.strip()).strip()
    return [part.strip() for part in body.split(",")] if body else []
