#!/usr/bin/env python3
"""What an instruction of the largest function that the limits allow costs vbc-aot and vbc-jit, compared with one of a
sixteenth of its length, for the shapes of the growth test: CPU seconds (user and system) of whole processes with one
thread, and peak memory. 24 GiB of memory have to be there.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

from corpus import ROOT, measure
from table import conditions, table

SHAPE = ["cargo", "run", "--quiet", "--release", "--locked", "-p", "vbc-tests", "--example", "shape", "--"]


def shapes() -> dict[str, int]:
    """The names of the shapes, and the greatest numbers that the limits allow."""
    lines = subprocess.run(SHAPE, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return {name: int(most) for most, name in (line.split(" ", 1) for line in lines)}


def assembled(name: str, number: int, tools: Path, work: Path) -> str:
    text, module = work / "text.vitasm", work / f"{number}.vitbc"
    with text.open("wb") as file:
        subprocess.run([*SHAPE, name, str(number)], cwd=ROOT, check=True, stdout=file)
    subprocess.run([tools / "vbc-as", text, "-o", module], check=True)
    text.unlink()
    return str(module)


def row(name: str, most: int, options: argparse.Namespace) -> list[str]:
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        files = [assembled(name, number, options.tools, work) for number in (most // 16, most)]
        for tool in (["vbc-aot", "-j1", "-o", "/dev/null"], ["vbc-jit", "-j1", "--max-stack", "1G"]):
            command = [str(options.tools / tool[0]), *tool[1:]]
            series = [[], []]
            for _ in range(options.runs):
                for file, runs in zip(files, series):
                    cpu, _, memory, _ = measure([*command, file], options.peers / "measure")
                    runs.append((cpu, memory))
            (small, _), (large, memory) = (min(runs) for runs in series)
            figures += [f"{large:.1f}", f"{memory / 2**20:.1f}", f"{large / small / 16:.2f}"]
    return [name, f"{most:,}", *figures]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shapes", nargs="*")
    parser.add_argument("--divide", type=int, default=1, help="by how much smaller all functions are")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--tools", type=Path, default=ROOT / "target" / "release")
    parser.add_argument("--peers", type=Path, default=ROOT / "target" / "peers")
    options = parser.parse_args()
    chosen = {name: most for name, most in shapes().items() if not options.shapes or name in options.shapes}
    head = ["function", "n", "`vbc-aot`, s", "GiB", "of a sixteenth", "`vbc-jit`, s", "GiB", "of a sixteenth"]
    table(head, (row(name, most // options.divide, options) for name, most in chosen.items()))
    conditions(options.runs)


if __name__ == "__main__":
    main()
