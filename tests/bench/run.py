#!/usr/bin/env python3
"""Runs the kernels on vbc-run and on other interpreters and prints times and ratios.

The runs are interleaved; each figure is the CPU time (user and system) of a whole process, start included, the minimum
and the median of the runs. Results must be equal on all. Peers that are not installed are left out (see peers.sh).
"""

import argparse
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from table import conditions, table

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
KERNELS = ["fib", "sieve", "mandelbrot", "matmul", "nbody", "calls", "hash", "switch"]


def commands(kernel: str, work: Path, tools: Path, peers: Path) -> dict[str, list[str]]:
    """The command of each engine that is there."""
    source = HERE / "kernels" / kernel
    module = work / f"{kernel}.vitbc"
    subprocess.run([tools / "vbc-as", f"{source}.vitasm", "-o", module], check=True)
    engines = {"vbc-run": [str(tools / "vbc-run"), "--invoke", "run", str(module)]}
    engines["portable engine"] = [str(tools / "vbc-run"), "--engine", "match", "--invoke", "run", str(module)]
    wasm = work / f"{kernel}.wasm"
    if shutil.which("wat2wasm"):
        subprocess.run(["wat2wasm", f"{source}.wat", "-o", wasm], check=True)
        if (peers / "wasm3_run").exists():
            engines["wasm3"] = [str(peers / "wasm3_run"), str(wasm)]
        if (peers / "bin" / "wasmi").exists():
            engines["wasmi"] = [str(peers / "bin" / "wasmi"), "run", "--invoke", "run", str(wasm)]
    if shutil.which("luajit"):
        engines["luajit -joff"] = ["luajit", "-joff", f"{source}.lua"]
    return engines


def measure(command: list[str]) -> tuple[float, str]:
    """CPU seconds and output of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr}")
    seconds = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return seconds, done.stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kernels", nargs="*")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--tools", type=Path, default=ROOT / "target" / "release")
    parser.add_argument("--peers", type=Path, default=ROOT / "target" / "peers")
    options = parser.parse_args()
    ratios: dict[str, list[float]] = {}
    rows: list[list[str]] = []
    names: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for kernel in options.kernels or KERNELS:
            engines = commands(kernel, Path(folder), options.tools, options.peers)
            times: dict[str, list[float]] = {name: [] for name in engines}
            outputs = {}
            for _ in range(options.runs):
                for name, command in engines.items():
                    seconds, outputs[name] = measure(command)
                    times[name].append(seconds)
            if len(set(outputs.values())) != 1:
                sys.exit(f"{kernel}: the results differ: {outputs}")
            own = min(times["vbc-run"])
            row = [kernel, f"{own:.3f}"]
            names = [name for name in times if name != "vbc-run"]
            for name in names:
                ratio = own / min(times[name])
                ratios.setdefault(name, []).append(ratio)
                row += [f"{min(times[name]):.3f}", f"{ratio:.2f}"]
            rows.append(row)
    mean = ["geometric mean", ""]
    for name in names:
        mean += ["", f"{statistics.geometric_mean(ratios[name]):.2f}"]
    table(["kernel", "vbc-run", *(word for name in names for word in (name, "ratio"))], [*rows, mean])
    conditions(options.runs)


if __name__ == "__main__":
    main()
