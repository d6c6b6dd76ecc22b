#!/usr/bin/env python3
"""What a call of a C function costs, and one of a callback that C makes, beside calls in C by way of a pointer, LuaJIT,
CPython with ctypes and cffi, and Java: nanoseconds each, and as a multiple of C's.

    one       double next(double)
    four      int64_t mix(int32_t, int64_t, double, int64_t)
    callback  int32_t callback(int32_t), which a function in C calls in a loop of its own
    loop      the loop by itself, without a call

Each figure is the difference in CPU time (user and system) of processes with many and with a fourth as many rounds,
divided by that in rounds, so that starting and compiling fall out; each time is the minimum of interleaved runs. One and
four include the loop of the engine's own around the call, whose cost the last column shows, and all include what the C
function does, an addition or three. Each call takes the result of the last one. An engine that refuses a program has
the code of the error in place of a figure. Needs cc; peers that are not installed are left out: luajit, Debian's
python3-cffi, a JDK from version 22 on.
"""

import argparse
import importlib.util
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from table import conditions, table

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PROGRAMS = HERE / "programs" / "native_calls"
KINDS = ["one", "four", "callback", "loop"]
LIBRARY = "libcalls.so"
# Callbacks count with 32 bits.
MOST = 4**14


class Refused(Exception):
    """An engine does not take a program: the error, its code first."""


# The command that makes calls of a kind in so many rounds.
Engine = Callable[[str, int], list[str]]


def program(*words: str | Path) -> Engine:
    """A program that is told the kind and the number."""
    return lambda kind, rounds: [*map(str, words), kind, str(rounds)]


def module(work: Path, tools: Path, finish: Callable[[Path], list[str | Path]]) -> Engine:
    """A text that is assembled for each kind and number; `finish` says how the module is run."""

    def prepare(kind: str, rounds: int) -> list[str]:
        text = work / f"{kind}.{rounds}.vitasm"
        text.write_text((PROGRAMS / f"{kind}.vitasm").read_text().replace("COUNT", str(rounds)))
        assembled = text.with_suffix(".vitbc")
        make(tools / "vbc-as", text, "-o", assembled)
        return [str(word) for word in finish(assembled)]

    return prepare


def make(*command: str | Path) -> None:
    """Runs a tool of ours."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        refuse([str(word) for word in command], done)


def refuse(command: list[str], done: subprocess.CompletedProcess[str]) -> None:
    error = re.search(r"^error\[(\w+)\]: (.*)$", done.stderr, re.M)
    if error is None:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr}")
    raise Refused(error[1], error[2])


def seconds(command: list[str], rounds: int) -> float:
    """CPU seconds of one run, which must count its rounds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        refuse(command, done)
    if done.stdout.strip() != str(rounds):
        sys.exit(f"{' '.join(command)}: prints {done.stdout!r}, not {rounds}")
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def java() -> tuple[int, Path] | None:
    """The version and the programs' folder of the newest JDK that there is, if it has java.lang.foreign."""
    homes = [Path(os.environ["JAVA_HOME"])] if "JAVA_HOME" in os.environ else []
    if program := shutil.which("javac"):
        homes.append(Path(program).resolve().parent.parent)
    homes += Path("/usr/lib/jvm").glob("*")
    found = []
    for home in homes:
        if (home / "bin" / "javac").exists() and (home / "release").exists():
            version = re.search(r'^JAVA_VERSION="(\d+)', (home / "release").read_text(), re.M)
            found.append((int(version[1]) if version else 0, home / "bin"))
    return max((one for one in found if one[0] >= 22), default=None)


def python() -> str | None:
    """A Python that has cffi."""
    if importlib.util.find_spec("cffi"):
        return sys.executable
    system = "/usr/bin/python3"
    done = subprocess.run([system, "-c", "import cffi"], capture_output=True) if Path(system).exists() else None
    return system if done and done.returncode == 0 else None


def engines(work: Path, tools: Path) -> tuple[dict[str, Engine], list[str]]:
    """The engines that are there, with C first, and what is to be said about those that are not."""
    library = work / LIBRARY
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", PROGRAMS / "library.c", "-o", library], check=True)
    subprocess.run(["cc", "-O2", PROGRAMS / "calls.c", library, "-o", work / "calls"], check=True)
    found, missing = {"C": program(work / "calls")}, []
    permitted = ["--native", f"{LIBRARY}={library}"]

    def executable(assembled: Path) -> list[str | Path]:
        compiled, linked = assembled.with_suffix(".o"), assembled.with_suffix("")
        make(tools / "vbc-aot", assembled, "-o", compiled)
        make(tools / "vbc-link", "--exe", compiled, "-L", work, "-o", linked)
        return [linked]

    ways: dict[str, Callable[[Path], list[str | Path]]] = {
        "vbc-run": lambda assembled: [tools / "vbc-run", *permitted, assembled],
        "vbc-jit": lambda assembled: [tools / "vbc-jit", *permitted, assembled],
        "executable": executable,
    }
    for name, finish in ways.items():
        needed = ["vbc-as", *(["vbc-aot", "vbc-link"] if name == "executable" else [name])]
        if all((tools / tool).exists() for tool in needed):
            found[name] = module(work, tools, finish)
        else:
            missing.append(f"{name}: not all of {', '.join(needed)} are built")
    if shutil.which("luajit"):
        found["LuaJIT"] = program("luajit", PROGRAMS / "calls.lua", library)
    else:
        missing.append("LuaJIT: no luajit")
    interpreter = python()
    for way in ["ctypes", "cffi"]:
        if way == "ctypes" or interpreter:
            found[f"CPython, {way}"] = program(interpreter or sys.executable, PROGRAMS / "calls.py", way, library)
        else:
            missing.append("CPython, cffi: no python3-cffi")
    if newest := java():
        version, folder = newest
        subprocess.run([folder / "javac", "-d", work, PROGRAMS / "Calls.java"], check=True)
        flags = ["--enable-native-access=ALL-UNNAMED", f"-Dlibrary={library}", "-cp", work]
        found[f"Java {version}"] = program(folder / "java", *flags, "Calls")
    else:
        missing.append("Java: no JDK of version 22 or newer")
    return found, missing


def enough(engine: Engine, kind: str, least: float) -> int:
    """A power of four, so many rounds that they take `least` seconds."""
    start = seconds(engine(kind, 1), 1)
    rounds = 1024
    while rounds < MOST and seconds(engine(kind, rounds), rounds) - start < least:
        rounds *= 4
    return rounds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engines", nargs="*", help="what their names begin with; C is always there")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.3, help="what the longer loops take at least")
    parser.add_argument("--tools", type=Path, default=ROOT / "target" / "release")
    options = parser.parse_args()
    wanted = tuple(options.engines) or ("",)
    refused: dict[tuple[str, str], Refused] = {}
    measured: dict[tuple[str, str], dict[int, tuple[list[str], list[float]]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        # Executables find the library here.
        os.environ["LD_LIBRARY_PATH"] = folder
        found, missing = engines(Path(folder), options.tools)
        found = {name: engine for name, engine in found.items() if name == "C" or name.startswith(wanted)}
        for name, engine in found.items():
            for kind in KINDS:
                try:
                    many = enough(engine, kind, options.seconds)
                    counts = [many // 4, many]
                    measured[name, kind] = {count: (engine(kind, count), []) for count in counts}
                except Refused as error:
                    refused[name, kind] = error
        for _ in range(options.runs):
            for runs in measured.values():
                for count, (command, times) in runs.items():
                    times.append(seconds(command, count))
    cost = {}
    for key, runs in measured.items():
        (few, (_, fewer)), (many, (_, more)) = runs.items()
        cost[key] = max(0.0, 1e9 * (min(more) - min(fewer)) / (many - few))
    rows = []
    for name in found:
        row = [name]
        for kind in KINDS:
            figure = cost.get((name, kind))
            row.append(refused[name, kind].args[0] if figure is None else f"{figure:.1f}")
            if kind != "loop":
                base = cost["C", kind]
                row.append("" if figure is None or base == 0 else f"{figure / base:.1f}")
        rows.append(row)
    head = ["one argument, ns", "to C", "four arguments, ns", "to C", "callback, ns", "to C", "loop, ns"]
    table(["native calls", *head], rows)
    for code, message in dict.fromkeys(error.args for error in refused.values()):
        print(f"{code}: {message}.")
    for line in missing:
        print(f"Left out: {line}.")
    conditions(options.runs)


if __name__ == "__main__":
    main()
