#!/usr/bin/env python3
"""Compares native code on the corpus: executables of vbc-aot with what wasmtime has compiled before and with gcc -O2 of
the same C; vbc-jit from .vitbc with wasmtime from .wasm, compiling included. Besides the corpus it runs what is in
programs/: a program that does nothing but indirect calls.

The runs are interleaved, their outputs compared. Each figure is the CPU time (user and system) of a whole process; for
wasmtime, which runs inside Python, that of loading (or compiling) and running. `--compile FILE.wasm` compares the time
and the peak memory that compiling a module takes instead. Needs cc, the Python package wasmtime, and peers.sh.
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

WASMTIME = [sys.executable, str(HERE / "wasmtime_run.py")]


def prepare(name: str, work: Path, options: argparse.Namespace) -> dict[str, list[str]]:
    """Compiles a program in every way; the command of each."""
    own, tools = HERE / "programs" / f"{name}.wat", options.tools
    wasm = own if own.exists() else options.corpus / f"{name}.wasm"
    lifted, compiled = work / f"{name}.vitbc", work / f"{name}.cwasm"
    subprocess.run([tools / "vbc-lift", wasm, "-o", lifted], check=True)
    subprocess.run([tools / "vbc-aot", lifted, "--cpu", "native", "-o", work / f"{name}.o"], check=True)
    subprocess.run([tools / "vbc-link", "--exe", work / f"{name}.o", "-o", work / f"{name}.aot"], check=True)
    subprocess.run(["cc", "-O2", "-march=native", "-ffp-contract=off", wasm.with_suffix(".c"), "-lm", "-o", work / f"{name}.gcc"], check=True)
    subprocess.run([*WASMTIME, "compile", wasm, compiled], check=True, stderr=subprocess.DEVNULL, pass_fds=[3])
    return {
        "aot": [str(work / f"{name}.aot")],
        "wasmtime": [*WASMTIME, "precompiled", str(compiled)],
        "gcc -O2": [str(work / f"{name}.gcc")],
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
    pairs = [("aot", "wasmtime"), ("aot", "gcc -O2"), ("wasmtime", "gcc -O2"), ("jit", "wasmtime cold")]
    ratios: dict[tuple[str, str], list[float]] = {pair: [] for pair in pairs}
    print(f"CPU seconds (minimum of {options.runs}), size {options.size}; ratios of the minima")
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(names):
            series = run(name, str(sizes.get(name, {}).get(options.size, 0)), Path(folder), options)
            if number == 0:
                print(f"{'':<11}" + "".join(f"{engine:>15}" for engine in series) + "".join(f"{a + ' / ' + b:>22}" for a, b in pairs))
            least = {engine: min(figures.cpu) for engine, figures in series.items()}
            for pair in pairs:
                ratios[pair].append(least[pair[0]] / least[pair[1]])
            print(f"{name:<11}" + "".join(f"{value:15.3f}" for value in least.values()) + "".join(f"{ratios[pair][-1]:22.2f}" for pair in pairs), flush=True)
    means = [statistics.geometric_mean(values) for values in ratios.values()]
    print(f"{'geo. mean':<11}" + " " * 75 + "".join(f"{mean:22.2f}" for mean in means))


def compare_compilers(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        lifted = work / "module.vitbc"
        subprocess.run([options.tools / "vbc-lift", options.compile, "-o", lifted], check=True)
        commands = {
            "vbc-aot": [str(options.tools / "vbc-aot"), "-j", "1", str(lifted), "-o", str(work / "module.o")],
            "wasmtime compile": [*WASMTIME, "compile", str(options.compile), str(work / "module.cwasm")],
        }
        print(f"compiling {options.compile}, one thread: CPU seconds (minimum of {options.runs}), peak memory in MiB")
        series = {engine: Series() for engine in commands}
        for _ in range(options.runs):
            for engine, command in commands.items():
                cpu, wall, memory, _ = measure(command, options.peers / "measure")
                series[engine].cpu.append(cpu)
                series[engine].memory.append(memory)
        for engine, figures in series.items():
            print(f"{engine:<17} {min(figures.cpu):8.2f} {min(figures.memory) / 1024:8.0f}")


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
    print(f"\n{os.cpu_count()} cores; load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
