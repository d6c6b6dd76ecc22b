"""Tables as docs/performance.md has them."""

import os
from collections.abc import Iterable


def table(head: list[str], rows: Iterable[list[str]]) -> None:
    """Prints a table of Markdown. The first column is text, the others are figures."""
    print("| " + " | ".join(head) + " |")
    print("| --- |" + " --: |" * (len(head) - 1))
    for row in rows:
        print("| " + " | ".join(row) + " |", flush=True)
    print()


def conditions(runs: int, what: str = "interleaved") -> None:
    """Prints how often, and beside what."""
    print(f"{runs} run{'' if runs == 1 else 's'}, {what}; {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} in the end.")
