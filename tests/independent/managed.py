"""The steps of instructions of references, structs and arrays (docs/instructions.md, section 5)."""

from typing import TYPE_CHECKING, Callable

from faults import NotCovered, Trap
from objects import PACKED_BITS, SMALL_BITS, Object, Small, default, element_size, is_of, packed, sign_extended
from steps import BULK_UNIT, MEMORY_TRAP, TABLE_TRAP, Simple, Value, check_range, setter
from valuetypes import ValueType, reference_of

if TYPE_CHECKING:
    from evaluate import Preparation

NULL_TRAP = "null reference"
CAST_TRAP = "cast failure"
ARRAY_TRAP = "out of bounds array access"
SIZE_TRAP = "allocation too large"
MOST_ARRAY_BYTES = 2 << 30
# Ours, not the format's: what this evaluator is ready to spend.
MOST_ITEMS = 20_000_000
LOW = 0xFFFFFFFF


def present(value: Value) -> Value:
    """A reference that must not be null."""
    if value is None:
        raise Trap(NULL_TRAP)
    return value


def named(p: "Preparation") -> int:
    """The type that the instruction names."""
    return p.machine.module.types.identity[p.values["type"]]


def row_of(p: "Preparation", source: str) -> int:
    """The type that a source refers to; the object may be of a subtype."""
    reference = reference_of(p.types[p.values[source]])
    assert reference is not None and isinstance(reference.target, int)
    return reference.target


def field_type(p: "Preparation", row: int, number: int = 0) -> ValueType:
    """The type of a field, or of the elements."""
    return p.machine.module.types.rows[row].fields[number].type


def extended(p: "Preparation", name: ValueType) -> Callable[[Value], Value]:
    """How what a field holds becomes a value of a register."""
    if p.name.endswith("_S"):
        width = PACKED_BITS[str(name)]
        return lambda value: sign_extended(value, width) & LOW
    return lambda value: value


# References.


def as_non_null(p: "Preparation") -> Simple:
    """REF_AS_NON_NULL."""
    s = p.values["s"]
    return setter(p.values["d"], lambda r: present(r[s]))


def equal(p: "Preparation") -> Simple:
    """REF_EQ."""
    x, y = p.values["x"], p.values["y"]
    return setter(p.values["d"], lambda r: int(r[x] == r[y]))


def test(p: "Preparation") -> Simple:
    """REF_TEST."""
    module, s, to = p.machine.module, p.values["s"], p.values["to"]
    return setter(p.values["d"], lambda r: int(is_of(module, r[s], to)))


def cast(p: "Preparation") -> Simple:
    """REF_CAST."""
    module, s, to = p.machine.module, p.values["s"], p.values["to"]

    def read(r: list[Value]) -> Value:
        if not is_of(module, r[s], to):
            raise Trap(CAST_TRAP)
        return r[s]

    return setter(p.values["d"], read)


def small_new(p: "Preparation") -> Simple:
    """I31_NEW."""
    s = p.values["s"]
    return setter(p.values["d"], lambda r: Small(r[s] & (1 << SMALL_BITS) - 1))


def small_get(p: "Preparation") -> Simple:
    """I31_GET and I31_GET_U."""
    s = p.values["s"]
    if p.name.endswith("_U"):
        return setter(p.values["d"], lambda r: present(r[s]).bits)
    return setter(p.values["d"], lambda r: present(r[s]).signed & LOW)


def converted(p: "Preparation") -> Simple:
    """ANY_OF_EXTERN and EXTERN_OF_ANY. A value stays what it is, so they undo each other."""
    s = p.values["s"]
    return setter(p.values["d"], lambda r: r[s])


# Structs.


def put(p: "Preparation", row: int, read: Callable[[list[Value]], list[Value]]) -> Simple:
    """STRUCT_NEW and ARRAY_NEW_FIXED: makes an object; its list of results has one register, or drops it."""
    (d,) = p.values["d"]

    def run(r: list[Value]) -> None:
        value = Object(row, read(r))
        if d < len(r):
            r[d] = value

    return run


def struct_new(p: "Preparation") -> Simple:
    """STRUCT_NEW."""
    row = named(p)
    fields = [(register, field_type(p, row, number)) for number, register in enumerate(p.values["fields"])]
    return put(p, row, lambda r: [packed(r[register], name) for register, name in fields])


def struct_new_default(p: "Preparation") -> Simple:
    """STRUCT_NEW_DEFAULT."""
    row = named(p)
    values = [default(field.type) for field in p.machine.module.types.rows[row].fields]
    return setter(p.values["d"], lambda r: Object(row, values.copy()))


def struct_get(p: "Preparation") -> Simple:
    """STRUCT_GET, STRUCT_GET_S, STRUCT_GET_U."""
    s, number = p.values["s"], p.values["field"]
    extend = extended(p, field_type(p, row_of(p, "s"), number))
    return setter(p.values["d"], lambda r: extend(present(r[s]).items[number]))


def struct_set(p: "Preparation") -> Simple:
    """STRUCT_SET."""
    s, number, v = p.values["s"], p.values["field"], p.values["v"]
    name = field_type(p, row_of(p, "s"), number)

    def run(r: list[Value]) -> None:
        present(r[s]).items[number] = packed(r[v], name)

    return run


# Arrays.


def pay(p: "Preparation", count: int, name: ValueType) -> None:
    """Fuel for elements that are moved."""
    p.machine.spend(count * element_size(name) // BULK_UNIT)


def make(p: "Preparation", count: int, read: Callable[[], list[Value]]) -> Object:
    """A new array of the type that the instruction names, when everything else has been checked."""
    row = named(p)
    name = field_type(p, row)
    if count * element_size(name) > MOST_ARRAY_BYTES:
        raise Trap(SIZE_TRAP)
    pay(p, count, name)
    if count > MOST_ITEMS:
        raise NotCovered(f"an array of {count} elements")
    return Object(row, read())


def array_new(p: "Preparation") -> Simple:
    """ARRAY_NEW."""
    v, n, name = p.values["v"], p.values["n"], field_type(p, named(p))
    return setter(p.values["d"], lambda r: make(p, r[n], lambda: [packed(r[v], name)] * r[n]))


def array_new_default(p: "Preparation") -> Simple:
    """ARRAY_NEW_DEFAULT."""
    n, value = p.values["n"], default(field_type(p, named(p)))
    return setter(p.values["d"], lambda r: make(p, r[n], lambda: [value] * r[n]))


def array_new_fixed(p: "Preparation") -> Simple:
    """ARRAY_NEW_FIXED."""
    items, row = p.values["items"], named(p)
    name = field_type(p, row)

    def read(r: list[Value]) -> list[Value]:
        pay(p, len(items), name)
        return [packed(r[register], name) for register in items]

    return put(p, row, read)


def elements_of(content: bytes, first: int, count: int, name: ValueType) -> list[Value]:
    """Elements that lie in bytes one after another; those of floats are their bits."""
    size = element_size(name)
    return [int.from_bytes(content[place : place + size], "little") for place in range(first, first + count * size, size)]


def array_new_data(p: "Preparation") -> Simple:
    """ARRAY_NEW_DATA."""
    machine, data, s, n, name = p.machine, p.values["data"], p.values["s"], p.values["n"], field_type(p, named(p))

    def read(r: list[Value]) -> Object:
        content = machine.passive[data]
        check_range(r[s], r[n] * element_size(name), len(content), MEMORY_TRAP)
        return make(p, r[n], lambda: elements_of(content, r[s], r[n], name))

    return setter(p.values["d"], read)


def array_new_elem(p: "Preparation") -> Simple:
    """ARRAY_NEW_ELEM."""
    machine, elem, s, n = p.machine, p.values["elem"], p.values["s"], p.values["n"]

    def read(r: list[Value]) -> Object:
        items = machine.segments[elem]
        check_range(r[s], r[n], len(items), TABLE_TRAP)
        return make(p, r[n], lambda: items[r[s] : r[s] + r[n]])

    return setter(p.values["d"], read)


def array_get(p: "Preparation") -> Simple:
    """ARRAY_GET, ARRAY_GET_S, ARRAY_GET_U."""
    a, i = p.values["a"], p.values["i"]
    extend = extended(p, field_type(p, row_of(p, "a")))

    def read(r: list[Value]) -> Value:
        items = present(r[a]).items
        check_range(r[i], 1, len(items), ARRAY_TRAP)
        return extend(items[r[i]])

    return setter(p.values["d"], read)


def array_set(p: "Preparation") -> Simple:
    """ARRAY_SET."""
    a, i, v, name = p.values["a"], p.values["i"], p.values["v"], field_type(p, row_of(p, "a"))

    def run(r: list[Value]) -> None:
        items = present(r[a]).items
        check_range(r[i], 1, len(items), ARRAY_TRAP)
        items[r[i]] = packed(r[v], name)

    return run


def array_len(p: "Preparation") -> Simple:
    """ARRAY_LEN."""
    a = p.values["a"]
    return setter(p.values["d"], lambda r: len(present(r[a]).items))


def array_fill(p: "Preparation") -> Simple:
    """ARRAY_FILL."""
    a, i, v, n = (p.values[name] for name in ("a", "i", "v", "n"))
    name = field_type(p, row_of(p, "a"))

    def run(r: list[Value]) -> None:
        items = present(r[a]).items
        check_range(r[i], r[n], len(items), ARRAY_TRAP)
        pay(p, r[n], name)
        items[r[i] : r[i] + r[n]] = [packed(r[v], name)] * r[n]

    return run


def array_copy(p: "Preparation") -> Simple:
    """ARRAY_COPY."""
    a, i, source, j, n = (p.values[name] for name in ("a", "i", "from", "j", "n"))
    name = field_type(p, row_of(p, "a"))

    def run(r: list[Value]) -> None:
        items, others = present(r[a]).items, present(r[source]).items
        check_range(r[i], r[n], len(items), ARRAY_TRAP)
        check_range(r[j], r[n], len(others), ARRAY_TRAP)
        pay(p, r[n], name)
        items[r[i] : r[i] + r[n]] = others[r[j] : r[j] + r[n]]

    return run


def array_init_data(p: "Preparation") -> Simple:
    """ARRAY_INIT_DATA."""
    machine, a, i, data, s, n = p.machine, *(p.values[name] for name in ("a", "i", "data", "s", "n"))
    name = field_type(p, row_of(p, "a"))

    def run(r: list[Value]) -> None:
        items, content = present(r[a]).items, machine.passive[data]
        check_range(r[i], r[n], len(items), ARRAY_TRAP)
        check_range(r[s], r[n] * element_size(name), len(content), MEMORY_TRAP)
        pay(p, r[n], name)
        items[r[i] : r[i] + r[n]] = elements_of(content, r[s], r[n], name)

    return run


def array_init_elem(p: "Preparation") -> Simple:
    """ARRAY_INIT_ELEM."""
    machine, a, i, elem, s, n = p.machine, *(p.values[name] for name in ("a", "i", "elem", "s", "n"))
    name = field_type(p, row_of(p, "a"))

    def run(r: list[Value]) -> None:
        items, others = present(r[a]).items, machine.segments[elem]
        check_range(r[i], r[n], len(items), ARRAY_TRAP)
        check_range(r[s], r[n], len(others), TABLE_TRAP)
        pay(p, r[n], name)
        items[r[i] : r[i] + r[n]] = others[r[s] : r[s] + r[n]]

    return run


def array_to_memory(p: "Preparation") -> Simple:
    """ARRAY_TO_MEMORY."""
    machine, addr, a, i, n = p.machine, *(p.values[name] for name in ("addr", "a", "i", "n"))

    def run(r: list[Value]) -> None:
        items = present(r[a]).items
        check_range(r[i], r[n], len(items), ARRAY_TRAP)
        place = machine.reach(r[addr], 0, r[n])
        pay(p, r[n], "i8")
        machine.memory[place : place + r[n]] = bytes(items[r[i] : r[i] + r[n]])

    return run


def memory_to_array(p: "Preparation") -> Simple:
    """MEMORY_TO_ARRAY."""
    machine, a, i, addr, n = p.machine, *(p.values[name] for name in ("a", "i", "addr", "n"))

    def run(r: list[Value]) -> None:
        items = present(r[a]).items
        check_range(r[i], r[n], len(items), ARRAY_TRAP)
        place = machine.reach(r[addr], 0, r[n])
        pay(p, r[n], "i8")
        items[r[i] : r[i] + r[n]] = machine.memory[place : place + r[n]]

    return run


STEPS: dict[str, Callable[["Preparation"], Simple]] = {
    "REF_AS_NON_NULL": as_non_null,
    "REF_EQ": equal,
    "REF_TEST": test,
    "REF_CAST": cast,
    "I31_NEW": small_new,
    "I31_GET": small_get,
    "I31_GET_U": small_get,
    "ANY_OF_EXTERN": converted,
    "EXTERN_OF_ANY": converted,
    "STRUCT_NEW": struct_new,
    "STRUCT_NEW_DEFAULT": struct_new_default,
    "STRUCT_GET": struct_get,
    "STRUCT_GET_S": struct_get,
    "STRUCT_GET_U": struct_get,
    "STRUCT_SET": struct_set,
    "ARRAY_NEW": array_new,
    "ARRAY_NEW_DEFAULT": array_new_default,
    "ARRAY_NEW_FIXED": array_new_fixed,
    "ARRAY_NEW_DATA": array_new_data,
    "ARRAY_NEW_ELEM": array_new_elem,
    "ARRAY_GET": array_get,
    "ARRAY_GET_S": array_get,
    "ARRAY_GET_U": array_get,
    "ARRAY_SET": array_set,
    "ARRAY_LEN": array_len,
    "ARRAY_FILL": array_fill,
    "ARRAY_COPY": array_copy,
    "ARRAY_INIT_DATA": array_init_data,
    "ARRAY_INIT_ELEM": array_init_elem,
    "ARRAY_TO_MEMORY": array_to_memory,
    "MEMORY_TO_ARRAY": memory_to_array,
}
