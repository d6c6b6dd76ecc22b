#!/usr/bin/env python3
"""Runs the corpus on vbc-run and on other WebAssembly engines, prints times and ratios.

vbc-run gets what vbc-lift makes of a program, the others the program itself (wasm3 after a pass through wabt, because
it does not read the padded numbers that newer compilers write). The runs are interleaved and their outputs compared with the expected ones.
Each figure is the CPU time (user and system) of a whole process, loading and compiling included; for wasmtime, which
runs inside Python, that of loading, compiling and running. Peers that are not installed are left out (see peers.sh).
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from table import conditions, table

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CORPUS = ROOT / "tests" / "corpus"


@dataclass
class Series:
    """What was measured of one engine on one program."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)


def for_wasm3(program: Path, work: Path) -> Path:
    """The program as wasm3 reads it."""
    text, plain = work / "plain.wat", work / f"{program.stem}.plain.wasm"
    subprocess.run(["wasm2wat", program, "-o", text], check=True)
    subprocess.run(["wat2wasm", text, "-o", plain], check=True)
    return plain


def commands(program: Path, argument: str, work: Path, options: argparse.Namespace) -> dict[str, list[str]]:
    """The command of each engine that is there."""
    peers, tools = options.peers, options.tools
    arguments = [argument] if argument != "0" else []
    lifted = work / f"{program.stem}.vitbc"
    subprocess.run([tools / "vbc-lift", program, "-o", lifted], check=True)
    engines = {"vbc-run": [str(tools / "vbc-run"), str(lifted), *arguments]}
    if options.match:
        engines["match"] = [str(tools / "vbc-run"), "--engine", "match", str(lifted), *arguments]
    if options.baseline:
        before = work / f"{program.stem}.before.vitbc"
        subprocess.run([options.baseline / "vbc-lift", program, "-o", before], check=True)
        engines["baseline"] = [str(options.baseline / "vbc-run"), str(before), *arguments]
    if (peers / "wasm3_run").exists() and shutil.which("wasm2wat"):
        engines["wasm3"] = [str(peers / "wasm3_run"), str(for_wasm3(program, work)), *arguments]
    if (peers / "bin" / "wasmi").exists():
        engines["wasmi"] = [str(peers / "bin" / "wasmi"), "run", str(program), *arguments]
    if options.wasmtime and (ROOT / "target/python/wasmtime").exists():
        for target in ("cranelift", "pulley"):
            engines[target] = [sys.executable, str(HERE / "wasmtime_run.py"), target, str(program), *arguments]
    return engines


def measure(command: list[str], launcher: Path, variables: dict[str, str] | None = None) -> tuple[float, float, int, str]:
    """CPU and wall seconds, peak KiB and output of one run; `variables` join its environment."""
    read, write = os.pipe()
    if not command[0] == sys.executable:
        command = [str(launcher), *command]

    def hand_over() -> None:
        os.dup2(write, 3)

    environment = os.environ | (variables or {})
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, close_fds=False,
                          preexec_fn=hand_over, env=environment)
    os.close(write)
    with os.fdopen(read) as figures:
        cpu, wall, memory = figures.read().split()
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr}")
    return float(cpu), float(wall), int(memory), done.stdout


def run(name: str, argument: str, expected: str | None, work: Path, options: argparse.Namespace) -> dict[str, Series]:
    """Interleaved runs of one program on all engines."""
    engines = commands(options.corpus / f"{name}.wasm", argument, work, options)
    series = {engine: Series() for engine in engines}
    for _ in range(options.runs):
        for engine, command in engines.items():
            cpu, wall, memory, output = measure(command, options.peers / "measure")
            if expected is None:
                expected = output
            if output != expected:
                sys.exit(f"{name}: {engine} prints {output!r}, not {expected!r}")
            series[engine].cpu.append(cpu)
            series[engine].wall.append(wall)
            series[engine].memory.append(memory)
    return series


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", nargs="*")
    parser.add_argument("--size", choices=["tiny", "small", "large"], default="small")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--tools", type=Path, default=ROOT / "target" / "release")
    parser.add_argument("--peers", type=Path, default=ROOT / "target" / "peers")
    parser.add_argument("--baseline", type=Path, help="folder of other builds of vbc-lift and vbc-run to compare with")
    parser.add_argument("--match", action="store_true", help="measure the portable engine too")
    parser.add_argument("--no-wasmtime", dest="wasmtime", action="store_false")
    options = parser.parse_args()
    sizes = json.loads((options.corpus / "sizes.json").read_text())
    programs = options.programs or [name for name in sizes if name != "hello"]

    ratios: dict[str, list[float]] = {}
    rows: list[list[str]] = []
    others: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for name in programs:
            output = options.corpus / f"{name}.{options.size}.out"
            expected = output.read_text() if output.exists() else None
            series = run(name, str(sizes[name][options.size]), expected, Path(folder), options)
            own = min(series["vbc-run"].cpu)
            others = [engine for engine in series if engine != "vbc-run"]
            row = [name, f"{own:.3f}"]
            for engine in others:
                least = min(series[engine].cpu)
                ratios.setdefault(engine, []).append(own / least)
                row += [f"{least:.3f}", f"{own / least:.2f}"]
            rows.append(row)
    mean = ["geometric mean", ""]
    for engine in others:
        mean += ["", f"{statistics.geometric_mean(ratios[engine]):.2f}"]
    table(["program", "vbc-run", *(word for engine in others for word in (engine, "ratio"))], [*rows, mean])
    conditions(options.runs)


if __name__ == "__main__":
    main()
