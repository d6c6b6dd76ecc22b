"""Values of managed types, and whether they are of a type (docs/instructions.md, section 5, references and objects)."""

from dataclasses import dataclass
from typing import Any

from module import Module
from valuetypes import Reference, ValueType, reference_of

SIZES = {"i8": 1, "i16": 2, "i32": 4, "f32": 4, "i64": 8, "f64": 8}
REFERENCE_SIZE = 4
PACKED_BITS = {"i8": 8, "i16": 16}
SMALL_BITS = 31


@dataclass(frozen=True)
class Small:
    """An integer of 31 bits."""

    bits: int

    @property
    def signed(self) -> int:
        """The integer, sign-extended."""
        return sign_extended(self.bits, SMALL_BITS)


@dataclass(eq=False)
class Object:
    """A struct or an array: the first of the rows of TYPE that are its type, and its fields or elements."""

    type: int
    items: list[Any]


def sign_extended(bits: int, width: int) -> int:
    """A number of `width` bits as two's complement."""
    return bits - (1 << width) if bits >> (width - 1) else bits


def element_size(name: ValueType) -> int:
    """The bytes that an element takes."""
    return SIZES[name] if isinstance(name, str) and name in SIZES else REFERENCE_SIZE


def default(name: ValueType) -> Any:
    """0 or null."""
    return None if reference_of(name) is not None else 0


def packed(value: Any, name: ValueType) -> Any:
    """A value as a field of the type holds it."""
    return value & (1 << PACKED_BITS[name]) - 1 if isinstance(name, str) and name in PACKED_BITS else value


def target_of(module: Module, value: Any) -> int | str:
    """What a value that is not null is: the row of TYPE of an object or a function, or `i31`."""
    if isinstance(value, Small):
        return "i31"
    return value.type if isinstance(value, Object) else module.functions[value].type


def is_of(module: Module, value: Any, name: ValueType) -> bool:
    """Whether a value, of the hierarchy of a reference type, is of that type."""
    reference = reference_of(name)
    assert reference is not None
    if value is None:
        return reference.nullable
    if is_foreign(reference):
        return reference.target == "extern"
    return module.types.is_target_subtype(target_of(module, value), reference.target)


def is_foreign(reference: Reference) -> bool:
    """Whether a type is of the hierarchy of what is the host's, where objects have no types of their own."""
    return reference.target in ("extern", "noextern")
