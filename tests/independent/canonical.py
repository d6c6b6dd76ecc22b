"""Canonical form (docs/format.md, section 5), as far as types go: without repetition and unused ones, in order of first use."""

from collections.abc import Iterable, Iterator

from functions import Instruction
from module import FUNC, GLOBAL, TABLE_KIND, TAG, Module
from valuetypes import TypeRow, ValueType, reference_of


def targets(types: Iterable[ValueType]) -> Iterator[int]:
    """The rows that types refer to, in order."""
    for name in types:
        reference = reference_of(name)
        if reference is not None and isinstance(reference.target, int):
            yield reference.target


def row_targets(row: TypeRow) -> Iterator[int]:
    """The rows that a row refers to: its super, then those in its words."""
    if row.super is not None:
        yield row.super
    params, results = row.signature
    yield from targets((*params, *results, *(field.type for field in row.fields)))


def used_by_imports(module: Module) -> Iterator[int]:
    """The rows that imports and undefined symbols use."""
    numbers = [iter(range(count)) for count in module.imported]
    for row in module.imports:
        index = next(numbers[row.kind])
        if row.kind == FUNC:
            yield module.functions[index].type
        elif row.kind == TAG:
            yield module.tags[index]
        elif row.kind == TABLE_KIND:
            yield from targets([module.tables[index].element])
        elif row.kind == GLOBAL:
            yield from targets([module.globals[index].type])


def used_by_code(instructions: list[Instruction]) -> Iterator[int]:
    """The rows that instructions name."""
    for ins in instructions:
        for operand in ins.op.operands:
            if operand.role == "type":
                yield ins.values[operand.name]
            elif operand.role == "reftype":
                yield from targets([ins.values[operand.name]])


def used(module: Module, code: dict[int, list[Instruction]]) -> Iterator[int]:
    """The rows that a module uses, in the order of use."""
    yield from used_by_imports(module)
    yield from targets(table.element for table in module.tables[module.imported[TABLE_KIND] :])
    yield from targets(row.type for row in module.globals[module.imported[GLOBAL] :])
    yield from module.tags[module.imported[TAG] :]
    defined = [function for function in module.functions if function.defined]
    yield from (function.type for function in defined)
    for function in defined:
        yield from targets(function.registers[len(function.signature[0]) :])
    yield from targets(segment.type for segment in module.segments)
    for index in sorted(code):
        yield from used_by_code(code[index])


def first_uses(module: Module, code: dict[int, list[Instruction]]) -> list[int]:
    """The first rows of the groups in canonical order: each after those that its rows refer to."""
    types, order, seen = module.types, [], set()
    for row in used(module, code):
        path = [iter([row])]
        groups: list[int] = []
        while path:
            following = next(path[-1], None)
            if following is None:
                path.pop()
                if groups:
                    order.append(groups.pop())
            elif (first := types.firsts[types.identity[following]]) not in seen:
                seen.add(first)
                groups.append(first)
                members = [own for own, start in zip(types.rows[first:], types.firsts[first:]) if start == first]
                path.append(target for own in members for target in row_targets(own))
    return order


def has_canonical_types(module: Module, code: dict[int, list[Instruction]]) -> bool:
    """Whether TYPE has the groups that the module uses, each once, in canonical order."""
    return first_uses(module, code) == list(dict.fromkeys(module.types.firsts))
