#!/usr/bin/env python3
"""What a newcomer waits for: README's commands and the install, each in the order of README in one fresh clone of the last
commit, with the time of the clock; then the sizes of the installed programs. `--tests` runs tests/setup.sh and README's
second command, tests/run.sh, in a fresh clone instead. Packages that cargo or apt has fetched before are not fetched again.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from table import table

ROOT = Path(__file__).resolve().parents[2]


def clone(folder: Path) -> Path:
    project = folder / "vbc"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", ROOT, project], check=True)
    return project


def timed(command: list[str], project: Path) -> tuple[float, float, str]:
    """Seconds of the clock and of the processors, and what a command prints on standard output."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CARGO_", "VBC_"))}
    before, start = os.times(), time.monotonic()
    done = subprocess.run(command, cwd=project, env=environment, stdout=subprocess.PIPE, text=True)
    seconds, after = time.monotonic() - start, os.times()
    if done.returncode != 0:
        print(done.stdout, file=sys.stderr)
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}")
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return seconds, used, done.stdout


def minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def newcomer(project: Path, quick: bool) -> None:
    prefix = project.parent / "installed"
    install = ["cargo", "run", "--release", "-p", "xtask", "--", "--install", str(prefix)]
    if quick:
        install += ["vbc-verify"]
    commands = [("`examples/run.sh primes`", ["examples/run.sh", "primes"]), ("`cargo run --release -p xtask -- --install ~/.local`", install)]
    rows = []
    for name, command in commands[1:] if quick else commands:
        seconds, used, _ = timed(command, project)
        rows.append([name, minutes(seconds), minutes(used)])
    table(["command, in this order", "clock, minutes", "processors, minutes"], rows)
    sizes = [[f"`{path.name}`", f"{path.stat().st_size / 1e6:.2f}"] for path in sorted((prefix / "bin").iterdir())]
    table(["program", "MB"], sizes)
    copies = {name: len(list((project / "target/release/deps").glob(f"lib{name}-*.rlib"))) for name in ("cranelift_codegen", "vbc")}
    print(f"Cranelift was built {times(copies['cranelift_codegen'])}, the library {times(copies['vbc'])}, each time with other features.")


def tests(project: Path, quick: bool) -> None:
    words = ["--test", "compat"] if quick else []
    rows = []
    for command in (["tests/setup.sh"], ["tests/run.sh", *words]):
        seconds, used, output = timed(command, project)
        rows.append([f"`{command[0]}`", minutes(seconds), minutes(used), output.strip().splitlines()[-1]])
    last = rows[-1][-1]
    if not re.fullmatch(r"\d+ passed, \d+ failed, \d+ skipped", last):
        sys.exit(f"tests/run.sh ends with {last!r}")
    table(["command", "clock, minutes", "processors, minutes", "said"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tests", action="store_true")
    parser.add_argument("--quick", action="store_true", help="only a small part of it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        project = clone(Path(folder))
        (tests if options.tests else newcomer)(project, options.quick)


if __name__ == "__main__":
    main()
