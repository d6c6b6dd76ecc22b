#!/usr/bin/env python3
"""Compares native code on the corpus: executables of vbc-aot with what wasmtime has compiled before and with gcc -O2 of
the same C; vbc-jit from .vitbc with wasmtime from .wasm, compiling included. Besides the corpus it runs what is in
programs/: a program that does nothing but indirect calls.

The runs are interleaved, their outputs compared. Each figure is the CPU time (user and system) of a whole process; for
wasmtime, which runs inside Python, that of loading (or compiling) and running. `--compile FILE.wasm` compares the time
and the peak memory that compiling a module takes instead. Needs cc, and what peers.sh gets.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from corpus import CORPUS, HERE, ROOT, Series, measure
from table import conditions, table

WASMTIME = [sys.executable, str(HERE / "wasmtime_run.py")]


def prepare(name: str, work: Path, options: argparse.Namespace) -> dict[str, list[str]]:
    """Compiles a program in every way; the command of each."""
    own, tools = HERE / "programs" / f"{name}.wat", options.tools
    wasm = own if own.exists() else options.corpus / f"{name}.wasm"
    lifted, compiled = work / f"{name}.vitbc", work / f"{name}.cwasm"
    subprocess.run([tools / "vbc-lift", wasm, "-o", lifted], check=True)
    for way, flags in [("plain", []), ("native", ["--cpu", "native"])]:
        subprocess.run([tools / "vbc-aot", lifted, *flags, "-o", work / f"{name}.o"], check=True)
        subprocess.run([tools / "vbc-link", "--exe", work / f"{name}.o", "-o", work / f"{name}.{way}"], check=True)
    for way, flags in [("plain", []), ("native", ["-march=native"])]:
        subprocess.run(["cc", "-O2", *flags, "-ffp-contract=off", wasm.with_suffix(".c"), "-lm", "-o", work / f"{name}.gcc.{way}"], check=True)
    subprocess.run([*WASMTIME, "compile", wasm, compiled], check=True, stderr=subprocess.DEVNULL, pass_fds=[3])
    return {
        "executable": [str(work / f"{name}.plain")],
        "executable, native": [str(work / f"{name}.native")],
        "wasmtime": [*WASMTIME, "precompiled", str(compiled)],
        "gcc": [str(work / f"{name}.gcc.plain")],
        "gcc, native": [str(work / f"{name}.gcc.native")],
        "jit": [str(tools / "vbc-jit"), str(lifted)],
        "wasmtime cold": [*WASMTIME, "cranelift", str(wasm)],
    }


def run(name: str, argument: str, work: Path, options: argparse.Namespace) -> dict[str, Series]:
    """Interleaved runs of one program."""
    commands = prepare(name, work, options)
    series = {engine: Series() for engine in commands}
    expected = None
    for _ in range(options.runs):
        for engine, command in commands.items():
            cpu, wall, memory, output = measure([*command, argument], options.peers / "measure")
            expected = output if expected is None else expected
            if output != expected:
                sys.exit(f"{name}: {engine} prints {output!r}, not {expected!r}")
            series[engine].cpu.append(cpu)
    return series


def compare_programs(options: argparse.Namespace) -> None:
    sizes = json.loads((options.corpus / "sizes.json").read_text())
    own = [path.stem for path in (HERE / "programs").glob("*.wat")]
    names = options.programs or [*(name for name in sizes if name != "hello"), *own]
    pairs = [
        ("executable", "wasmtime"),
        ("executable, native", "wasmtime"),
        ("executable", "gcc"),
        ("executable, native", "gcc, native"),
        ("wasmtime", "gcc, native"),
        ("jit", "wasmtime cold"),
    ]
    ratios: dict[tuple[str, str], list[float]] = {pair: [] for pair in pairs}
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            series = run(name, str(sizes.get(name, {}).get(options.size, 0)), Path(folder), options)
            least = {engine: min(figures.cpu) for engine, figures in series.items()}
            for pair in pairs:
                ratios[pair].append(least[pair[0]] / least[pair[1]])
            rows.append([name, f"{least['executable']:.3f}", *(f"{values[-1]:.2f}" for values in ratios.values())])
    means = [f"{statistics.geometric_mean(values):.2f}" for values in ratios.values()]
    table(["program", "executable, s", *(f"{a} to {b}" for a, b in pairs)], [*rows, ["geometric mean", "", *means]])


def compare_compilers(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        lifted = work / "module.vitbc"
        subprocess.run([options.tools / "vbc-lift", options.compile, "-o", lifted], check=True)
        commands = {
            "vbc-aot": [str(options.tools / "vbc-aot"), "-j", "1", str(lifted), "-o", str(work / "module.o")],
            "wasmtime compile": [*WASMTIME, "compile", str(options.compile), str(work / "module.cwasm")],
        }
        series = {engine: Series() for engine in commands}
        for _ in range(options.runs):
            for engine, command in commands.items():
                cpu, wall, memory, _ = measure(command, options.peers / "measure")
                series[engine].cpu.append(cpu)
                series[engine].memory.append(memory)
        rows = [[engine, f"{min(figures.cpu):.2f}", f"{min(figures.memory) / 1024:.0f}"] for engine, figures in series.items()]
        table([f"{options.compile.name}, one thread", "CPU s", "peak memory, MiB"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", nargs="*")
    parser.add_argument("--size", choices=["tiny", "small", "large"], default="small")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--tools", type=Path, default=ROOT / "target" / "release")
    parser.add_argument("--peers", type=Path, default=ROOT / "target" / "peers")
    parser.add_argument("--compile", type=Path, metavar="FILE.wasm")
    options = parser.parse_args()
    # What compiles reports its figures there, too.
    if not os.path.exists("/proc/self/fd/3"):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 3)
    if options.compile:
        compare_compilers(options)
    else:
        compare_programs(options)
    conditions(options.runs)


if __name__ == "__main__":
    main()
