#!/usr/bin/env python3
"""Measures assembling, dumping and verifying on a large module made of many copies of the examples' functions.

Times are CPU seconds of whole processes, the minimum of several interleaved runs; memory is the peak resident set.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from table import conditions, table

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = ["fib", "mandelbrot", "nbody", "quicksort", "sha256"]


def parts(name: str) -> tuple[list[str], list[str]]:
    """Directives and functions of an example, without its MAIN."""
    text = (ROOT / "examples" / f"{name}.vitasm").read_text()
    functions = re.findall(r"^FUNC .*?^END\n", text, re.S | re.M)
    outside = re.sub(r"^(FUNC|MAIN)\b.*?^END\n", "", text, flags=re.S | re.M)
    outside = re.sub(r"^;.*\n", "", outside, flags=re.M)
    return [outside], [function.replace("  .export\n", "") for function in functions]


def instructions(text: str) -> int:
    """The instruction lines of a text."""
    count = 0
    for line in text.splitlines():
        line = line.strip()
        if line and not line.startswith((";", ".", "FUNC", "END")) and not line.endswith(":"):
            count += 1
    return count


def large_text(wanted: int) -> tuple[str, int]:
    """A text with at least `wanted` instructions, and how many it has."""
    head: list[str] = []
    bodies: list[tuple[str, set[str]]] = []
    for name in EXAMPLES:
        directives, functions = parts(name)
        head += directives
        names = {re.match(r"FUNC ([\w.]+)", function)[1] for function in functions}
        bodies.append(("".join(functions), names))
    seen: set[str] = set()
    lines = []
    for line in "".join(head).splitlines(keepends=True):
        # Directives that several examples share.
        if line.startswith((".extern", ".import")) and line in seen:
            continue
        seen.add(line)
        lines.append(line)
    once = sum(instructions(body) for body, _ in bodies)
    out = ["".join(lines)]
    copies = -(-wanted // once)
    for copy in range(copies):
        for body, names in bodies:
            pattern = r"\b(FUNC|CALL) (" + "|".join(map(re.escape, names)) + r")\b"
            out.append(re.sub(pattern, rf"\1 \2_{copy}", body))
    return "\n".join(out), once * copies


def write_text(wanted: int, path: Path) -> int:
    """Writes the text and returns the number of its instructions, in a process of its own: what this one has used
    would count as the peak of each program that it starts."""
    read, write = os.pipe()
    if os.fork() == 0:
        text, count = large_text(wanted)
        path.write_text(text)
        os.write(write, str(count).encode())
        os._exit(0)
    os.wait()
    return int(os.read(read, 32))


def measure(command: list[str], output: Path | None) -> tuple[float, int]:
    """CPU seconds and peak memory in bytes of one run."""
    with open(output or os.devnull, "wb") as out:
        process = subprocess.Popen(command, stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit code {process.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instructions", type=int, default=2_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--tools", type=Path, default=ROOT / "target" / "release")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        source, module, canonical = work / "large.vitasm", work / "large.vitbc", work / "canonical.vitasm"
        stripped = work / "stripped.vitbc"
        count = write_text(options.instructions, source)
        tool = {name: str(options.tools / f"vbc-{name}") for name in ["as", "dump", "verify"]}
        subprocess.run([tool["as"], source, "-o", module], check=True)
        subprocess.run([tool["as"], "--strip-debug", source, "-o", stripped], check=True)
        with open(canonical, "wb") as out:
            subprocess.run([tool["dump"], "--text", stripped], stdout=out, check=True)
        commands = {
            "`vbc-as`, hand-written text": ([tool["as"], str(source), "-o", str(work / "again.vitbc")], source),
            "`vbc-as`, canonical text": ([tool["as"], str(canonical), "-o", str(work / "again.vitbc")], canonical),
            "`vbc-dump --text`": ([tool["dump"], "--text", str(module)], module),
            "`vbc-dump --json`": ([tool["dump"], "--json", str(module)], module),
            "`vbc-dump -d`": ([tool["dump"], "-d", str(module)], module),
            "`vbc-verify --crc-only`": ([tool["verify"], "--crc-only", str(stripped)], stripped),
            "`vbc-verify --structure`": ([tool["verify"], "--structure", str(stripped)], stripped),
            "`vbc-verify -j 1`": ([tool["verify"], "-j", "1", str(stripped)], stripped),
        }
        best: dict[str, tuple[float, int]] = {}
        for _ in range(options.runs):
            for name, (command, _) in commands.items():
                seconds, memory = measure(command, None)
                old = best.get(name, (seconds, memory))
                best[name] = (min(old[0], seconds), max(old[1], memory))
        sizes = [f"{name} {path.stat().st_size / 1e6:.1f} MB" for name, path in [("text", source), ("module", module), ("without debug information", stripped)]]
        print(f"{count:,} instructions; {', '.join(sizes)}:\n")
        rows = []
        for name, (_, source_file) in commands.items():
            seconds, memory = best[name]
            size = source_file.stat().st_size
            rates = [f"{count / seconds / 1e6:.1f}", f"{size / seconds / 1e6:.0f}"]
            rows.append([name, f"{seconds:.3f}", *rates, f"{memory / 1e6:.1f}", f"{memory / size:.2f}"])
        table(["what", "CPU s", "million instructions a second", "MB of input a second", "peak memory, MB", "of the input"], rows)
        conditions(options.runs)


if __name__ == "__main__":
    main()
