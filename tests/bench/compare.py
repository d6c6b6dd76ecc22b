#!/usr/bin/env python3
"""Compares the tools of two builds: compare.py BEFORE AFTER [--runs 9] [--size 300000] [PART...]

BEFORE and AFTER are folders with the tools, built alike. Each part of the work is done by both, each on files that it has
made itself from the same sources, and by BEFORE once more, all in turns: what the last column shows is the spread of a
program against itself, within which there is no difference. Times are CPU seconds (user and system) of whole processes, the
least of the runs; memory is the peak resident set, the median.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import link
from corpus import CORPUS, ROOT, measure
from run import KERNELS
from table import conditions, table
from throughput import write_text

TOOLS = ["aot", "as", "dump", "jit", "lift", "link", "run", "verify", "wasm"]
# From the folder with the tools and a folder to work in: the commands to be measured by their names.
Part = Callable[[Path, Path], dict[str, list[str | Path]]]


def make(*command: str | Path) -> None:
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)


def start(tools: Path, work: Path) -> dict[str, list[str | Path]]:
    make(tools / "vbc-as", ROOT / "examples/hello.vitasm", "-o", work / "hello.vitbc")
    hello = work / "hello.vitbc"
    return {f"{tool} hello": [tools / tool, hello] for tool in ["vbc-run", "vbc-jit", "vbc-verify", "vbc-dump"]}


def text(tools: Path, work: Path) -> dict[str, list[str | Path]]:
    source, module, stripped = work.parent / "large.vitasm", work / "large.vitbc", work / "stripped.vitbc"
    make(tools / "vbc-as", source, "-o", module)
    make(tools / "vbc-as", "--strip-debug", source, "-o", stripped)
    return {
        "vbc-as": [tools / "vbc-as", source, "-o", work / "again.vitbc"],
        "vbc-dump --text": [tools / "vbc-dump", "--text", module],
        "vbc-dump --json": [tools / "vbc-dump", "--json", module],
        "vbc-dump -d": [tools / "vbc-dump", "-d", module],
        "vbc-verify -j 1": [tools / "vbc-verify", "-j", "1", stripped],
        "vbc-link of one": [tools / "vbc-link", module, "-o", work / "linked.vitbc"],
        "vbc-wasm": [tools / "vbc-wasm", module, "-o", work / "large.wasm"],
        "vbc-aot": [tools / "vbc-aot", stripped, "-o", work / "large.o"],
    }


def objects(tools: Path, work: Path) -> dict[str, list[str | Path]]:
    """A tenth of what link.py links."""
    every, each, files = list(link.bodies(10_000, 20)), 500, []
    for first in range(0, len(every), each):
        part = every[first : first + each]
        source = work / f"o{first}.vitasm"
        source.write_text(link.vitasm({number for number, _ in part}, part))
        files.append(source.with_suffix(".vitbc"))
        make(tools / "vbc-as", source, "-o", files[-1])
    return {"vbc-link of 20": [tools / "vbc-link", "-j1", *files, "-o", work / "program.vitbc"]}


def kernels(tools: Path, work: Path) -> dict[str, list[str | Path]]:
    commands: dict[str, list[str | Path]] = {}
    for kernel in KERNELS:
        module = work / f"{kernel}.vitbc"
        make(tools / "vbc-as", ROOT / f"tests/bench/kernels/{kernel}.vitasm", "-o", module)
        commands[f"vbc-run {kernel}"] = [tools / "vbc-run", "--invoke", "run", module]
        commands[f"vbc-jit {kernel}"] = [tools / "vbc-jit", "--invoke", "run", module]
    return commands


def lifted(tools: Path, work: Path) -> dict[str, list[str | Path]]:
    commands: dict[str, list[str | Path]] = {}
    sizes = json.loads((CORPUS / "sizes.json").read_text())
    for name, size in sizes.items():
        program, module, argument = CORPUS / f"{name}.wasm", work / f"{name}.vitbc", str(size["small"])
        make(tools / "vbc-lift", program, "-o", module)
        arguments = [] if argument == "0" else [argument]
        commands[f"lifted {name}"] = [tools / "vbc-run", module, *arguments]
    program = ROOT / "target/real/yosys.wasm"
    if program.exists():
        commands["vbc-lift yosys"] = [tools / "vbc-lift", program, "-o", work / "yosys.vitbc"]
    return commands


PARTS: dict[str, Part] = {"start": start, "text": text, "objects": objects, "kernels": kernels, "lifted": lifted}


def sizes(before: Path, after: Path) -> Iterator[list[str]]:
    for tool in TOOLS:
        old, new = ((folder / f"vbc-{tool}").stat().st_size for folder in (before, after))
        yield [f"`vbc-{tool}`", f"{old / 1e6:.2f}", f"{new / 1e6:.2f}", f"{new / old:.3f}"]


def rows(part: Part, folders: list[Path], work: Path, runs: int) -> Iterator[list[str]]:
    """What each command takes; `folders` are those of the programs before, after, and before again."""
    commands = []
    for n, folder in enumerate(folders):
        own = work / str(n)
        own.mkdir(exist_ok=True)
        commands.append(part(folder, own))
    for name in commands[0]:
        figures: list[list[tuple[float, int]]] = [[] for _ in folders]
        for _ in range(runs):
            for measured, known in zip(figures, commands):
                cpu, _, memory, _ = measure([str(word) for word in known[name]], work / "measure")
                measured.append((cpu, memory))
        old, new, again = (min(cpu for cpu, _ in measured) for measured in figures)
        held, holds, _ = (statistics.median(memory for _, memory in measured) for measured in figures)
        yield [f"`{name}`", f"{old:.4f}", f"{new / old:.3f}", f"{again / old:.3f}", f"{held / 1024:.1f}", f"{holds / held:.3f}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; all without")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--size", type=int, default=300_000, help="instructions of the large text")
    options = parser.parse_args()
    before, after = options.before.resolve(), options.after.resolve()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        make("cc", "-O2", ROOT / "tests/bench/measure.c", "-o", work / "measure")
        write_text(options.size, work / "large.vitasm")
        measured = [
            row
            for name in options.parts or PARTS
            for row in rows(PARTS[name], [before, after, before], work, options.runs)
        ]
    table(["what", "before, CPU s", "after, of it", "before again", "before, MiB", "after, of it"], measured)
    table(["program", "before, MB", "after", "of it"], sizes(before, after))
    conditions(options.runs)


if __name__ == "__main__":
    main()
