#!/usr/bin/env python3
"""Measures vbc-lift on a large module: esbuild, 14 MB of WebAssembly, unless another file is named.

Seconds are of the clock and of the processors, the minimum of several interleaved runs; memory is the peak resident
set. esbuild comes from its npm package (MIT licence) and stays in target/bench.
"""

import argparse
import os
import subprocess
import sys
import tarfile
import time
from pathlib import Path

from table import conditions, table

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = "esbuild-wasm@0.28.2"


def esbuild() -> Path:
    """The module of the package, fetched once."""
    folder = ROOT / "target" / "bench"
    path = folder / "package" / "esbuild.wasm"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        packed = subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, capture_output=True)
        with tarfile.open(folder / packed.stdout.decode().split()[-1]) as archive:
            archive.extract("package/esbuild.wasm", folder, filter="data")
    return path


def measure(command: list[str]) -> tuple[float, float, int]:
    """Seconds of the clock, of the processors, and peak memory in bytes of one run."""
    start = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status != 0:
        sys.exit(f"{command} fails")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("module", nargs="?", type=Path, help="a .wasm file (default: esbuild's)")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--programs", type=Path, default=ROOT / "target" / "release")
    arguments = parser.parse_args()
    module = arguments.module or esbuild()
    output = ROOT / "target" / "bench" / "lifted.vitbc"
    output.parent.mkdir(parents=True, exist_ok=True)
    rows = [["-j", "1"], ["-j", "2"], ["-j", "2", "--strip-debug"]]
    results: list[list[tuple[float, float, int]]] = [[] for _ in rows]
    for _ in range(arguments.runs):
        for flags, result in zip(rows, results):
            result.append(measure([str(arguments.programs / "vbc-lift"), *flags, str(module), "-o", str(output)]))
    size = module.stat().st_size
    lines = []
    for flags, result in zip(rows, results):
        clock, processors, memory = (min(column) for column in zip(*result))
        rate = size / 1e6 / clock
        lines.append([f"`{' '.join(flags)}`", f"{processors:.2f}", f"{clock:.2f}", f"{rate:.1f}", f"{memory / 1e6:.0f}"])
    table([f"{module.name}, {size / 1e6:.2f} MB", "CPU s", "clock, s", "MB of input a second", "peak memory, MB"], lines)
    # The last run was stripped, so this is the program without names.
    print(f"The result without names has {output.stat().st_size / 1e6:.2f} MB.")
    conditions(arguments.runs)


if __name__ == "__main__":
    main()
