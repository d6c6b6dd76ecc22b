"""The rules of docs/instructions.md, sections 2 and 3, for operands of managed objects and references."""

from typing import TYPE_CHECKING

from faults import Invalid, require
from module import PASSIVE, Function, Module
from valuetypes import (
    ARRAY_TYPE, FUNC_TYPE, KIND_TARGETS, PACKED, STRUCT_TYPE, Field, Reference, Signature, TypeRow, ValueType, may_be_null,
    reference_of, top,
)  # fmt: skip

if TYPE_CHECKING:
    from functions import Instruction
    from optable import Operand

LISTS = ("of-source", "of-fields", "of-items")
ROW_CLASSES = {"struct": STRUCT_TYPE, "array": ARRAY_TYPE, "byte-array": ARRAY_TYPE, "function": FUNC_TYPE}
# Types of sources that are more than the subtypes of one type.
CLASSES = ("reference", "same-top", *ROW_CLASSES)
# Types that are fixed, and those that other operands decide.
FIXED_TYPES: dict[str, ValueType] = {
    **{name: name for name in ("eqref", "i31ref", "anyref", "externref", "arrayref")},
    "ref i31": Reference("i31", False),
}
AS_NULLABLE = "-as-nullable"
PRODUCED = (
    *FIXED_TYPES, "non-null", "anyref" + AS_NULLABLE, "externref" + AS_NULLABLE, "of-reftype", "new-struct", "new-array", "of-field",
    "of-element", "of-element-of-type",
)  # fmt: skip
KIND_NAMED = {"STRUCT": STRUCT_TYPE, "ARRAY": ARRAY_TYPE, "CALL": FUNC_TYPE, "TAIL": FUNC_TYPE}
READERS = ("STRUCT_GET", "ARRAY_GET")
WRITERS = ("STRUCT_SET", "ARRAY_SET", "ARRAY_FILL", "ARRAY_COPY", "ARRAY_INIT_DATA", "ARRAY_INIT_ELEM", "MEMORY_TO_ARRAY")


def unpacked(name: ValueType) -> ValueType:
    """The type that a field has in a register."""
    return "i32" if name in PACKED else name


class ManagedRules:
    """What the instructions of one function demand of references and what these refer to."""

    def __init__(self, module: Module, function: Function) -> None:
        self.module, self.types, self.function = module, module.types, function

    # What an instruction is about.

    def source_type(self, ins: "Instruction", name: str | None = None) -> ValueType:
        """The type of the first source, or of the source with a name."""
        operands = [operand for operand in ins.op.operands if operand.role == "src" and name in (None, operand.name)]
        register = ins.bits(operands[0].place)
        require(register < len(self.function.registers), f"{operands[0].name}: register {register}")
        return self.function.registers[register]

    def source_row(self, ins: "Instruction", kind: int, name: str | None = None) -> TypeRow:
        """The row of TYPE that the first source refers to (or the one with a name), which is of a kind."""
        own = self.source_type(ins, name)
        row = self.row(own, kind)
        if row is None:
            raise Invalid(f"a register of type {own} refers to no {KIND_TARGETS[kind]}")
        return row

    def row(self, name: ValueType, kind: int) -> TypeRow | None:
        """The row that a type refers to, if there is one of that kind."""
        reference = reference_of(name)
        if reference is None or not isinstance(reference.target, int):
            return None
        row = self.types.rows[reference.target]
        return row if row.kind == kind else None

    def named_row(self, ins: "Instruction") -> TypeRow:
        """The row of TYPE that the instruction names."""
        return self.types.rows[ins.values["type"]]

    def slot(self, ins: "Instruction") -> Field:
        """The field, or the elements, that the instruction is about."""
        if "field" in ins.values:
            return self.source_row(ins, STRUCT_TYPE).fields[ins.values["field"]]
        if "type" in ins.values:
            return self.named_row(ins).fields[0]
        return self.source_row(ins, ARRAY_TYPE).fields[0]

    # Operands.

    def check_kind(self, ins: "Instruction", index: int) -> None:
        """The type that an instruction names exists and is of its kind."""
        kind = KIND_NAMED[ins.op.mnemonic.split("_")[0]]
        require(index < len(self.types.rows), f"type {index} of {len(self.types.rows)}")
        require(self.types.rows[index].kind == kind, f"type {index} is not of kind {KIND_TARGETS[kind]}")

    def check_field(self, ins: "Instruction", index: int) -> None:
        """The field exists."""
        count = len(self.source_row(ins, STRUCT_TYPE).fields)
        require(index < count, f"field {index} of {count}")

    def signature(self, ins: "Instruction", name: str) -> Signature:
        """Parameters and results of a list."""
        if name == "of-source":
            return self.source_row(ins, FUNC_TYPE).signature
        fields = self.named_row(ins).fields
        own = fields if name == "of-fields" else fields * ins.values["n"]
        return tuple(unpacked(field.type) for field in own), (self.new(ins),)

    def new(self, ins: "Instruction") -> Reference:
        """A reference to a new object of the type that the instruction names."""
        return Reference(self.types.identity[ins.values["type"]], False)

    def check_class(self, ins: "Instruction", operand: "Operand", own: ValueType) -> None:
        """A source whose type is one of many."""
        reference = reference_of(own)
        fits = reference is not None
        if reference is not None and operand.type == "same-top":
            fits = self.hierarchy(own) == self.hierarchy(ins.values["to"])
        elif operand.type in ROW_CLASSES:
            row = self.row(own, ROW_CLASSES[operand.type])
            fits = row is not None and (operand.type != "byte-array" or row.fields[0].type == "i8")
        require(fits, f"{operand.name}: a register of type {own} is no {operand.type}")

    def hierarchy(self, name: ValueType) -> str:
        """The top of the hierarchy of a reference type."""
        reference = reference_of(name)
        assert reference is not None
        if isinstance(reference.target, int):
            return top(KIND_TARGETS[self.types.rows[reference.target].kind])
        return top(reference.target)

    def produced(self, ins: "Instruction", name: str) -> ValueType:
        """A type that is fixed, or that other operands decide."""
        if name in FIXED_TYPES:
            return FIXED_TYPES[name]
        if name == "of-reftype":
            return ins.values["to"]
        if name in ("new-struct", "new-array"):
            return self.new(ins)
        if name in ("of-field", "of-element", "of-element-of-type"):
            return unpacked(self.slot(ins).type)
        source = self.source_type(ins)
        own = reference_of(source)
        if own is None:
            raise Invalid(f"a register of type {source} is not a reference")
        if name == "non-null":
            return Reference(own.target, False)
        reference = reference_of(name.removesuffix(AS_NULLABLE))
        assert reference is not None
        return Reference(reference.target, own.nullable)

    # Rule 9 of section 3.

    def check_special(self, ins: "Instruction", name: str) -> None:
        """What instructions of objects demand beyond their operands."""
        if name.endswith("_NEW_DEFAULT"):
            require(all(self.has_default(field) for field in self.named_row(ins).fields), "no default for what cannot be null")
        if name.startswith(READERS):
            packed = self.slot(ins).type in PACKED
            require(packed == name.endswith(("_S", "_U")), "packed fields are read with an extension, and no others")
        if name in WRITERS:
            require(self.slot(ins).mutable, "not mutable")
        if name == "ARRAY_COPY":
            self.check_elements(self.source_row(ins, ARRAY_TYPE, "from").fields[0].type, self.slot(ins).type)
        elif name in ("ARRAY_NEW_DATA", "ARRAY_INIT_DATA"):
            require(self.module.data[ins.values["data"]].kind == PASSIVE, "wrong kind of data row")
            require(reference_of(self.slot(ins).type) is None, "references from data")
        elif name in ("ARRAY_NEW_ELEM", "ARRAY_INIT_ELEM"):
            self.check_elements(self.module.segments[ins.values["elem"]].type, self.slot(ins).type)

    def has_default(self, field: Field) -> bool:
        """Whether 0 or null is a value of a field."""
        return reference_of(field.type) is None or may_be_null(field.type)

    def check_elements(self, source: ValueType, wanted: ValueType) -> None:
        """What comes from an array or a segment may go to an array."""
        require(self.types.is_subtype(source, wanted), f"elements of type {source} for {wanted}")
