#!/usr/bin/env python3
"""How long hello world takes from the start of its process to the end, and how much memory, in every way to run it and on
the engines of peers.sh: milliseconds of the clock, the minimum and the median of interleaved runs, peak resident set.
An empty program in C shows what a process costs by itself.
"""

import argparse
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path

from corpus import CORPUS, ROOT, for_wasm3, measure
from table import conditions, table

# The executable of another row, with a variable of the environment.
SANDBOXED = "executable, `VBC_SANDBOX=1`"

EXAMPLE = ROOT / "examples" / "hello.vitasm"


def commands(work: Path, options: argparse.Namespace) -> dict[str, list[str]]:
    """The command of each way that is there."""
    tools, peers = options.tools, options.peers
    module, compiled, executable, empty = (work / name for name in ("hello.vitbc", "hello.o", "hello", "empty"))
    subprocess.run([tools / "vbc-as", EXAMPLE, "-o", module], check=True)
    subprocess.run([tools / "vbc-aot", module, "-o", compiled], check=True)
    subprocess.run([tools / "vbc-link", "--exe", compiled, "-o", executable], check=True)
    subprocess.run(["cc", "-x", "c", "-O2", "-o", empty, "-"], input=b"int main(void) { return 0; }\n", check=True)
    ways = {
        "`vbc-run hello.vitbc`": [tools / "vbc-run", module],
        "`vbc-run hello.vitasm`": [tools / "vbc-run", EXAMPLE],
        "`vbc-jit hello.vitbc`": [tools / "vbc-jit", module],
        "executable": [executable],
        "`vbc-run --sandbox hello.vitbc`": [tools / "vbc-run", "--sandbox", module],
        "`vbc-jit --sandbox hello.vitbc`": [tools / "vbc-jit", "--sandbox", module],
        SANDBOXED: [executable],
        "`vbc-run --version`": [tools / "vbc-run", "--version"],
        "empty program in C": [empty],
    }
    theirs = CORPUS / "hello.wasm"
    if (peers / "wasm3_run").exists() and shutil.which("wasm2wat"):
        ways["wasm3"] = [peers / "wasm3_run", for_wasm3(theirs, work)]
    if (peers / "bin" / "wasmi").exists():
        ways["wasmi"] = [peers / "bin" / "wasmi", "run", theirs]
    return {name: [str(word) for word in command] for name, command in ways.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--tools", type=Path, default=ROOT / "target" / "release")
    parser.add_argument("--peers", type=Path, default=ROOT / "target" / "peers")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ways = commands(Path(folder), options)
        figures: dict[str, list[tuple[float, int]]] = {name: [] for name in ways}
        for _ in range(options.runs):
            for name, command in ways.items():
                variables = {"VBC_SANDBOX": "1"} if name == SANDBOXED else None
                _, wall, memory, _ = measure(command, options.peers / "measure", variables)
                figures[name].append((1000 * wall, memory))
    rows = []
    for name, measured in figures.items():
        wall = [milliseconds for milliseconds, _ in measured]
        memory = statistics.median(memory for _, memory in measured) / 1024
        rows.append([name, f"{min(wall):.2f}", f"{statistics.median(wall):.2f}", f"{memory:.1f}"])
    table(["hello world", "least, ms", "median, ms", "peak memory, MiB"], rows)
    conditions(options.runs)


if __name__ == "__main__":
    main()
