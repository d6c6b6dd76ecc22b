"""What the steps of all instructions have in common."""

from typing import Any, Callable

from faults import Trap

Value = Any  # the bits of a number; for references None, an index of a function, a Small, an Object
Simple = Callable[[list[Value]], None]
MEMORY_TRAP = "out of bounds memory access"
TABLE_TRAP = "out of bounds table access"
BULK_UNIT = 4096  # fuel


def check_range(first: int, length: int, size: int, message: str) -> None:
    """Traps unless the range lies inside; an empty range may begin at the end."""
    if first + length > size:
        raise Trap(message)


def setter(destination: int, compute: Callable[[list[Value]], Value]) -> Simple:
    """A step that writes what `compute` returns into a register."""

    def run(registers: list[Value]) -> None:
        registers[destination] = compute(registers)

    return run
