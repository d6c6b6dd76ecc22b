"""The host functions of the module `vbc1` (docs/host.md), without clocks and random bytes."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from faults import Invalid, NotCovered
from module import Import, Module
from valuetypes import Signature

if TYPE_CHECKING:
    from evaluate import Machine

PAGE = Path(__file__).resolve().parents[2] / "docs" / "host.md"


class Exit(Exception):
    """The program ended itself with a code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def parse_types(page: Path = PAGE) -> dict[str, Signature]:
    """The type of each function by name, from the table of docs/host.md."""
    types: dict[str, Signature] = {}
    for name, params, result in re.findall(r"^\| `vbc1:(\w+)` \| `\((.*?)\)(?: -> (\w+))?` \|$", page.read_text("utf-8"), re.M):
        types[name] = (tuple(part.split()[0] for part in params.split(",") if part), (result,) if result else ())
    assert types
    return types


TYPES = parse_types()


def check(module: Module, row: Import, signature: Signature) -> None:
    """The import is a known function of the known type."""
    if row.name not in TYPES:
        raise Invalid(f"unknown import vbc1:{row.name}")
    address = module.address_type
    expected = tuple(tuple(address if name == "addr" else name for name in part) for part in TYPES[row.name])
    if signature != expected:
        raise Invalid(f"import vbc1:{row.name} has another type")


def all_ones(machine: "Machine") -> int:
    """-1 of the address type."""
    return (1 << machine.address_bits) - 1


UNIT = 4096  # bytes that a unit of fuel moves


def write(machine: "Machine", stream: int, pointer: int, length: int) -> list[int]:
    """vbc1:write."""
    place = machine.reach(pointer, 0, length)
    if stream not in (1, 2):
        return [1]
    machine.spend(length // UNIT)
    target = machine.output if stream == 1 else machine.errors
    target += machine.memory[place : place + length]
    return [0]


def read(machine: "Machine", stream: int, pointer: int, length: int) -> list[int]:
    """vbc1:read. Returns as much as there is: how much comes at once is the host's affair."""
    place = machine.reach(pointer, 0, length)
    if stream != 0:
        return [all_ones(machine)]
    content = machine.given.input[:length]
    machine.given.input = machine.given.input[length:]
    machine.memory[place : place + len(content)] = content
    machine.spend(len(content) // UNIT)
    return [len(content)]


def put(machine: "Machine", content: bytes | None, pointer: int, capacity: int, read: int = 0) -> list[int]:
    """Puts as much of `content` into memory as fits, when `read` bytes have been read; returns its length."""
    place = machine.reach(pointer, 0, capacity)
    part = (content or b"")[:capacity]
    machine.spend((read + len(part)) // UNIT)
    if content is None:
        return [all_ones(machine)]
    machine.memory[place : place + len(part)] = part
    return [len(content)]


def argument(machine: "Machine", index: int) -> bytes | None:
    """An argument, if there is one of that number."""
    return machine.given.arguments[index] if index < len(machine.given.arguments) else None


def arg_len(machine: "Machine", index: int) -> list[int]:
    """vbc1:arg_len."""
    content = argument(machine, index)
    return [all_ones(machine) if content is None else len(content)]


def env_get(machine: "Machine", name: int, name_length: int, pointer: int, capacity: int) -> list[int]:
    """vbc1:env_get."""
    place = machine.reach(name, 0, name_length)
    value = machine.given.environment.get(bytes(machine.memory[place : place + name_length]))
    return put(machine, value, pointer, capacity, name_length)


def leave(_: "Machine", code: int) -> list[int]:
    """vbc1:exit."""
    raise Exit(code)


COVERED: dict[str, Callable[..., list[Any]]] = {
    "write": write,
    "read": read,
    "arg_count": lambda machine: [len(machine.given.arguments)],
    "arg_len": arg_len,
    "arg_get": lambda machine, index, pointer, capacity: put(machine, argument(machine, index), pointer, capacity),
    "env_get": env_get,
    "exit": leave,
}


def call(machine: "Machine", name: str, arguments: list[Any]) -> list[Any]:
    """Calls a function of the module."""
    if name not in COVERED:
        raise NotCovered(f"a call of vbc1:{name}")
    return COVERED[name](machine, *arguments)
