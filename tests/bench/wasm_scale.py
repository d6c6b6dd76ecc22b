#!/usr/bin/env python3
"""Does vbc-wasm take time in proportion to the length of a function? CPU seconds (user) of whole processes with one thread,
validating included, for functions of several shapes and of sizes n, 2n, 4n and 8n; the minimum of several interleaved runs.
"""

import argparse
import os
import random
import resource
import subprocess
import tempfile
from pathlib import Path

from table import conditions, table

ROOT = Path(__file__).resolve().parent.parent.parent


def straight(n: int) -> list[str]:
    """One block."""
    return [f"  XOR s, s, {i % 99}\n  MUL s, s, n" for i in range(n)]


def registers(n: int) -> list[str]:
    """Registers that live through a loop, n of them."""
    lines = [f"  ADD r{i}, n, {i}" for i in range(n)]
    lines += ["again:", *(f"  XOR r{i}, r{(i + 1) % n}, r{i}" for i in range(n))]
    return [*lines, "  SUB n, n, 1", "  IF_GT n, 0, again", "  MOVE s, r0"]


def short_lives(n: int) -> list[str]:
    """Registers that live one after another, each over three blocks."""
    # There may be more zeroed registers than others.
    lines = [f"  .reg {', '.join(f'r{i}' for i in range(n))}: i64 zeroed", "  MOVE r0, n"]
    for i in range(1, n):
        lines.append(f"  ADD_CHK r{i}, r{i - 1}, {i % 5}\n  IF_EQ r{i}, 7, skip{i}\n  XOR s, s, r{i}\nskip{i}:")
    return lines


def blocks(n: int) -> list[str]:
    """Blocks in small loops."""
    lines = []
    for i in range(n):
        if i % 10 == 0:
            lines.append(f"  ADD t, n, 3\nloop{i // 10}:")
        lines.append(f"  MUL s, s, 31\n  AND u, s, 3\n  IF_NE u, 1, skip{i}\n  XOR s, s, n\nskip{i}:")
        if i % 10 == 9:
            lines.append(f"  SUB t, t, 1\n  IF_GT t, 0, loop{i // 10}")
    return lines


def loops(n: int) -> list[str]:
    """Loops in loops."""
    lines = [f"loop{i}:\n  ADD s, s, 1" for i in range(n)]
    return lines + [f"  SUB n, n, 1\n  IF_GT n, {i}, loop{i}" for i in reversed(range(n))]


def branches(n: int) -> list[str]:
    """Branches in branches."""
    lines = [f"  IF_LT n, {i}, else{i}\n  ADD s, s, n" for i in range(n)]
    return lines + [f"  JUMP join{i}\nelse{i}:\n  SUB s, s, 3\njoin{i}:\n  XOR s, s, 5" for i in reversed(range(n))]


def tangle(n: int) -> list[str]:
    """Jumps from anywhere to anywhere."""
    number = random.Random(1)
    lines = []
    for i in range(n):
        a, b, c = (number.randrange(n) for _ in range(3))
        lines.append(f"b{i}:\n  MUL s, s, 31\n  AND t, s, 3\n  SWITCH t, b{a}, b{b}, else b{c}")
    return lines


def switch(n: int) -> list[str]:
    """A SWITCH with n targets, all different."""
    cases = ", ".join(f"c{i}" for i in range(n))
    return [f"  SWITCH n, {cases}, else out", *(f"c{i}:\n  ADD s, s, {i % 50}" for i in range(n)), "out:"]


def pairs(n: int) -> list[str]:
    """Loops with two entries, one after another."""
    return [f"  IF_GT n, {i}, in{i}\nout{i}:\n  ADD s, s, 1\nin{i}:\n  MUL s, s, 3\n  SUB n, n, 1\n  IF_GT n, 0, out{i}" for i in range(n)]


SHAPES = [
    (straight, 100_000),
    (registers, 6_000),
    (short_lives, 6_000),
    (blocks, 20_000),
    (loops, 20_000),
    (branches, 20_000),
    (pairs, 10_000),
    (tangle, 10_000),
    (switch, 50_000),
]


def cpu(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shapes", nargs="*")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--tools", type=Path, default=ROOT / "target" / "release")
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for shape, first in SHAPES:
            if options.shapes and shape.__name__ not in options.shapes:
                continue
            files = []
            for size in (first, 2 * first, 4 * first, 8 * first):
                text = Path(folder) / "text.vitasm"
                body = "\n".join(shape(size))
                text.write_text(f"FUNC run(n)\n  .reg s: i64 zeroed\n{body}\n  RETURN s\nEND\n")
                files.append(Path(folder) / f"{size}.vitbc")
                subprocess.run([options.tools / "vbc-as", text, "-o", files[-1]], check=True)
            times = [[] for _ in files]
            for _ in range(options.runs):
                for file, series in zip(files, times):
                    series.append(cpu([str(options.tools / "vbc-wasm"), "-j", "1", str(file), "-o", os.devnull]))
            least = [min(series) for series in times]
            growth = f"{least[3] / max(least[0], 0.001):.1f}"
            name = shape.__doc__.split(".")[0].lower()
            rows.append([name, f"{first:,}", *(f"{value:.3f}" for value in least), growth])
    table(["function", "n", "n, s", "2n, s", "4n, s", "8n, s", "8n / n"], rows)
    conditions(options.runs)


if __name__ == "__main__":
    main()
