#!/usr/bin/env python3
"""Runs the kernels on vbc-run and on other interpreters and prints times and ratios.

The runs are interleaved; each figure is the CPU time (user and system) of a whole process, start included, the minimum
and the median of the runs. Results must be equal on all. Peers that are not installed are left out (see peers.sh).
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
KERNELS = ["fib", "sieve", "mandelbrot", "matmul", "nbody", "calls", "hash", "switch"]


def commands(kernel: str, work: Path, tools: Path, peers: Path) -> dict[str, list[str]]:
    """The command of each engine that is there."""
    source = HERE / "kernels" / kernel
    module = work / f"{kernel}.vitbc"
    subprocess.run([tools / "vbc-as", f"{source}.vitasm", "-o", module], check=True)
    engines = {"vbc-run": [str(tools / "vbc-run"), "--invoke", "run", str(module)]}
    engines["vbc match"] = [str(tools / "vbc-run"), "--engine", "match", "--invoke", "run", str(module)]
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
    parser.add_argument("kernels", nargs="*", default=KERNELS)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--tools", type=Path, default=ROOT / "target" / "release")
    parser.add_argument("--peers", type=Path, default=ROOT / "target" / "peers")
    options = parser.parse_args()
    ratios: dict[str, list[float]] = {}
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for kernel in options.kernels:
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
            row = [f"{kernel:<10}"]
            for name, seconds in times.items():
                ratios.setdefault(name, []).append(own / min(seconds))
                row.append(f"{min(seconds):7.3f} {statistics.median(seconds):7.3f} {own / min(seconds):5.2f}")
            rows.append((list(times), row))
    names = rows[0][0]
    print("CPU seconds, minimum and median, and vbc-run's minimum as a multiple of the engine's")
    print(f"{'':<10} | " + " | ".join(f"{name:^21}" for name in names))
    for _, row in rows:
        print(" | ".join(row))
    means = [statistics.geometric_mean(ratios[name]) for name in names]
    print(f"{'geo. mean':<10} | " + " | ".join(f"{mean:21.2f}" for mean in means))
    print(f"{options.runs} runs, interleaved; {os.cpu_count()} cores; load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
