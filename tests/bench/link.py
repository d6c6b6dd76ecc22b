#!/usr/bin/env python3
"""Linking speed: vbc-link beside wasm-ld on objects with the same functions and references.

    cargo build --release -p vbc-as -p vbc-link -p vbc-run
    python3 tests/bench/link.py [--functions 100000] [--objects 200] [--rounds 5] [--threads 2]

Both get as many objects with as many functions of the same bodies: ten calls each, a fifth of them to other objects, and
arithmetic, about a kilobyte of code. They are made once, by vbc-as and clang, in target/bench-link. The linkers take turns; printed
are times of the clock and of the processors, the input for each second of the least time, and the most memory. Needs clang and wasm-ld (Debian: clang, lld).
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from table import conditions, table

PROJECT = Path(__file__).resolve().parents[2]
CALLS = 10
STEPS = 2


def bodies(functions, objects):
    """For each function the functions that it calls and the constants between the calls."""
    chance = random.Random(1)
    per_object = functions // objects
    for number in range(functions):
        first = number // per_object * per_object
        body = []
        for _ in range(CALLS):
            near = chance.random() < 0.8
            callee = first + chance.randrange(per_object) if near else chance.randrange(functions)
            body.append((callee, [chance.getrandbits(62) | 1 << 61 for _ in range(STEPS)]))
        yield number, body


def vitasm(own, part):
    lines = [".module debug=none"]
    undefined = sorted({callee for _, body in part for callee, _ in body if callee not in own})
    lines += [f".extern function_{callee}(i64) -> i64" for callee in undefined]
    for number, body in part:
        if number == 0:
            lines += ["MAIN", "  LOAD_CONST x, 1", "  CALL function_0, x -> x", "  PRINT x", "END"]
        lines += [f"FUNC function_{number}(x: i64) -> i64", "  IF_LT x, 1000, go", "  RETURN x", "go:"]
        for callee, constants in body:
            for constant in constants:
                lines += [f"  XOR x, x, {constant}", "  SHR_U y, x, 7", "  ADD x, x, y"]
            lines.append(f"  CALL function_{callee}, x -> x")
        lines += ["  RETURN x", "END"]
    return "\n".join(lines) + "\n"


def c(own, part):
    lines = ["typedef unsigned long long u64;"]
    named = sorted({callee for _, body in part for callee, _ in body} | own)
    lines += [f"u64 function_{callee}(u64);" for callee in named]
    for number, body in part:
        if number == 0:
            lines.append("u64 start(void) { return function_0(1); }")
        lines.append(f"u64 function_{number}(u64 x) {{ if ((long long)x >= 1000) return x;")
        for callee, constants in body:
            for constant in constants:
                lines.append(f"  x ^= {constant}u; x += x >> 7;")
            lines.append(f"  x = function_{callee}(x);")
        lines.append("  return x; }")
    return "\n".join(lines) + "\n"


def make(folder, functions, objects, programs):
    """Makes the objects of both linkers."""
    folder.mkdir(parents=True)
    per_object = functions // objects
    every = list(bodies(functions, objects))

    def one(number):
        part = every[number * per_object : (number + 1) * per_object]
        own = {number for number, _ in part}
        name = folder / f"o{number:04}"
        name.with_suffix(".vitasm").write_text(vitasm(own, part))
        name.with_suffix(".c").write_text(c(own, part))
        text = name.with_suffix(".vitasm")
        subprocess.run([programs / "vbc-as", text, "-o", name.with_suffix(".vitbc")], check=True)
        clang = ["clang", "--target=wasm32", "-O1", "-fno-inline", "-c", name.with_suffix(".c")]
        subprocess.run([*clang, "-o", name.with_suffix(".o")], check=True)
        text.unlink()
        name.with_suffix(".c").unlink()

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(one, range(objects)))


def measure(command):
    """Seconds of wall time, of processor time in the program and in the system, and KiB of memory at most."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if status != 0:
        sys.exit(f"{command[0]} failed: {process.stderr.read().decode()[:2000]}")
    return wall, usage.ru_utime, usage.ru_stime, usage.ru_maxrss


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--functions", type=int, default=100_000)
    parser.add_argument("--objects", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--programs", type=Path, default=PROJECT / "target/release")
    arguments = parser.parse_args()
    functions, objects = arguments.functions, arguments.objects
    folder = PROJECT / f"target/bench-link/{functions}-{objects}"
    if not folder.is_dir():
        make(folder, functions, objects, arguments.programs)
        # A child begins with the memory of its parent, which would be counted: measure from a fresh process.
        os.execv(sys.executable, [sys.executable, *sys.argv])
    ours = sorted(folder.glob("o*.vitbc"))
    theirs = sorted(folder.glob("o*.o"))
    response = folder / "objects.txt"
    response.write_text("\n".join(map(str, ours)))
    their_response = folder / "wasm.txt"
    their_response.write_text("\n".join(map(str, theirs)))
    link = arguments.programs / "vbc-link"
    threads = arguments.threads
    commands = {
        "vbc-link": [link, f"-j{threads}", f"@{response}", "-o", folder / "program.vitbc"],
        "vbc-link -r": [link, "-r", f"-j{threads}", f"@{response}", "-o", folder / "all.vitbc"],
        "wasm-ld": ["wasm-ld", "-O0", f"--threads={threads}", "--entry=start", f"@{their_response}", "-o", folder / "program.wasm"],
    }
    inputs = {"vbc-link": ours, "vbc-link -r": ours, "wasm-ld": theirs}
    times = {name: [] for name in commands}
    for _ in range(arguments.rounds):
        for name, command in commands.items():
            times[name].append(measure(command))
    print(f"{functions:,} functions, {functions * CALLS:,} references, {objects} objects, {threads} threads:\n")
    rows = []
    for name, runs in times.items():
        size = sum(path.stat().st_size for path in inputs[name]) / 1e6
        least = min(wall for wall, *_ in runs)
        median = statistics.median(wall for wall, *_ in runs)
        used = [program + system for _, program, system, _ in runs]
        program = statistics.median(program for _, program, _, _ in runs)
        system = statistics.median(system for _, _, system, _ in runs)
        memory = max(most for *_, most in runs) / 1e3
        seconds = [least, median, min(used), statistics.median(used), program, system]
        rows.append([name, f"{size:.1f}", *(f"{value:.3f}" for value in seconds), f"{size / least:.0f}", f"{memory:.0f}"])
    head = ["linker", "input, MB", "clock, least, s", "median", "processors, least, s", "median", "in the program", "in the system"]
    table([*head, "MB/s of the least clock", "memory, MB"], rows)
    conditions(arguments.rounds)


if __name__ == "__main__":
    main()
