#!/usr/bin/env python3
"""Compares WebAssembly from vbc-wasm with what clang makes, in wasmtime (Python package): time and size of the code.

- the programs of the corpus: what clang made, and the same lifted by vbc-lift and lowered by vbc-wasm
- the kernels: C by clang -O2 for wasm64 (Debian's clang and lld), and the .vitasm by vbc-wasm

Each module is compiled once and run in fresh instances, interleaved with its peer. A figure is the CPU time of the
thread for the call alone; results and outputs are compared. The size is that of the code section's contents.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from corpus import CORPUS, HERE, ROOT
from table import conditions, table

sys.path.insert(0, str(ROOT / "target" / "python"))

import wasmtime

CLANG = ["clang", "--target=wasm64", "-O2", "-nostdlib", "-Wall", "-Werror", "-Wl,--no-entry", "-Wl,--export=run"]


def number(data: bytes, at: int) -> tuple[int, int]:
    """A number in LEB128, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def code_size(module: bytes) -> int:
    at = 8
    while at < len(module):
        section = module[at]
        size, at = number(module, at + 1)
        if section == 10:
            return size
        at += size
    return 0


class Program:
    """A module that wasmtime has compiled."""

    def __init__(self, engine: wasmtime.Engine, path: Path, arguments: list[str]) -> None:
        self.engine, self.arguments = engine, arguments
        self.bytes = path.read_bytes()
        self.module = wasmtime.Module(engine, self.bytes)
        self.times: list[float] = []

    def run(self, folder: Path) -> tuple[object, bytes]:
        """What a call returns and prints."""
        store = wasmtime.Store(self.engine)
        wasi = wasmtime.WasiConfig()
        wasi.argv = ["program", *self.arguments]
        wasi.stdout_file = str(folder / "stdout")
        store.set_wasi(wasi)
        linker = wasmtime.Linker(self.engine)
        linker.define_wasi()
        exports = linker.instantiate(store, self.module).exports(store)
        call = exports["run"] if "run" in exports else exports["_start"]
        start = time.thread_time()
        try:
            result = call(store)
        except wasmtime.ExitTrap as exit:
            result = exit.code or None
        self.times.append(time.thread_time() - start)
        return result, (folder / "stdout").read_bytes()


def compare(title: str, pairs: dict[str, tuple[Path, Path, list[str]]], work: Path, options: argparse.Namespace) -> None:
    engine = wasmtime.Engine()
    rows: list[list[str]] = []
    times, sizes = [], []
    for name, (theirs, ours, arguments) in pairs.items():
        programs = [Program(engine, path, arguments) for path in (theirs, ours)]
        expected = None
        for _ in range(options.runs):
            for program in programs:
                found = program.run(work)
                expected = expected or found
                if found != expected:
                    sys.exit(f"{name}: {found}, not {expected}")
        least = [min(program.times) * 1000 for program in programs]
        median = [statistics.median(program.times) for program in programs]
        size = [code_size(program.bytes) for program in programs]
        times.append(least[1] / least[0])
        sizes.append(size[1] / size[0])
        ratios = [f"{times[-1]:.2f}", f"{median[1] / median[0]:.2f}"]
        rows.append([name, *(f"{ms:.1f}" for ms in least), *ratios, *(f"{bytes:,}" for bytes in size), f"{sizes[-1]:.2f}"])
    means = [f"{statistics.geometric_mean(values):.2f}" for values in (times, sizes)]
    head = [title, "clang, ms", "vbc, ms", "time", "of medians", "clang, bytes", "vbc, bytes", "size"]
    table(head, [*rows, ["geometric mean", "", "", means[0], "", "", "", means[1]]])


def corpus(work: Path, options: argparse.Namespace) -> dict[str, tuple[Path, Path, list[str]]]:
    sizes = json.loads((options.corpus / "sizes.json").read_text())
    pairs = {}
    for name in options.programs or [name for name in sizes if name != "hello"]:
        if name not in sizes:
            continue
        theirs, lifted, ours = options.corpus / f"{name}.wasm", work / f"{name}.vitbc", work / f"{name}.wasm"
        subprocess.run([options.tools / "vbc-lift", theirs, "-o", lifted], check=True)
        subprocess.run([options.tools / "vbc-wasm", lifted, "-o", ours], check=True)
        pairs[name] = (theirs, ours, [str(sizes[name][options.size])])
    return pairs


def kernels(work: Path, options: argparse.Namespace) -> dict[str, tuple[Path, Path, list[str]]]:
    pairs = {}
    for source in sorted((HERE / "kernels").glob("*.c")):
        name = source.stem
        if options.programs and name not in options.programs:
            continue
        theirs, ours = work / f"{name}.clang.wasm", work / f"{name}.vbc.wasm"
        subprocess.run([*CLANG, source, "-o", theirs], check=True)
        subprocess.run([options.tools / "vbc-wasm", source.with_suffix(".vitasm"), "-o", ours], check=True)
        pairs[name] = (theirs, ours, [])
    return pairs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", nargs="*")
    parser.add_argument("--size", choices=["tiny", "small", "large"], default="small")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--tools", type=Path, default=ROOT / "target" / "release")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        compare("program of the corpus", corpus(work, options), work, options)
        compare("kernel", kernels(work, options), work, options)
    conditions(options.runs)


if __name__ == "__main__":
    main()
