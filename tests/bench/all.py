"""The work of all.sh: runs the parts, bounded in time, and puts what they print between the marks in docs/performance.md."""

import argparse
import os
import platform
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from table import table

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PAGE = ROOT / "docs" / "performance.md"
WORK = ROOT / "target" / "bench"
INSTALLED = WORK / "installed"
# The share of the processors that others may use while what is measured still counts as one program
# alone.
QUIET = 0.03


@dataclass
class Part:
    """What is measured at one go, and the table that it fills."""

    name: str
    about: str
    # The most that it may take.
    minutes: int
    # Commands, whose output is the table; with small sizes if so asked.
    commands: Callable[[bool], list[list[str]]]
    # Whether it measures the programs, or how long building takes.
    installed: bool = True


def script(name: str, *words: str) -> list[str]:
    return [sys.executable, str(HERE / f"{name}.py"), *words]


def with_tools(name: str, *words: str, flag: str = "--tools") -> list[str]:
    return script(name, *words, flag, str(INSTALLED / "bin"))


def example(quick: bool, name: str, features: str, *words: str) -> list[str]:
    """An example of the library; it prints lines, which are shown as they are."""
    flags = ["--features", features] if features else []
    return ["cargo", "run", "--quiet", "--release", "--locked", "-p", "vbc", *flags, "--example", name, "--", *words]


def fusions(quick: bool) -> list[list[str]]:
    names = ["fib"] if quick else ["fib", "sieve", "matmul", "mandelbrot", "nbody", "fannkuch", "sha256", "quicksort", "vmswitch"]
    sizes = {"fib": 35, "sieve": 2000, "matmul": 300, "mandelbrot": 500, "nbody": 500, "fannkuch": 9, "sha256": 100, "quicksort": 200, "vmswitch": 12}
    programs = []
    WORK.mkdir(parents=True, exist_ok=True)
    for name in names:
        lifted = WORK / f"{name}.vitbc"
        subprocess.run([INSTALLED / "bin/vbc-lift", ROOT / f"tests/corpus/{name}.wasm", "-o", lifted], check=True)
        programs.append(f"{lifted}:{22 if quick else sizes[name]}")
    return [example(quick, "fusions", "measuring,wasi", "1" if quick else "5", *programs)]


def compile_large(quick: bool) -> list[list[str]]:
    module = ROOT / ("tests/corpus/sha256.wasm" if quick else "target/real/yosys.wasm")
    if not module.exists():
        subprocess.run([ROOT / "tests/real/fetch.sh"], check=True)
    runs = "1" if quick else "3"
    return [with_tools("native", "--compile", str(module), "--runs", runs)]


def lift(quick: bool) -> list[list[str]]:
    tools = ["--programs", str(INSTALLED / "bin")]
    if quick:
        return [script("lift", str(ROOT / "tests/corpus/sha256.wasm"), "--runs", "2", *tools)]
    yosys = ROOT / "target/real/yosys.wasm"
    if not yosys.exists():
        subprocess.run([ROOT / "tests/real/fetch.sh"], check=True)
    return [script("lift", "--runs", "7", *tools), script("lift", str(yosys), "--runs", "5", *tools)]


def link(quick: bool) -> list[list[str]]:
    sizes = ["--functions", "200", "--objects", "10", "--rounds", "2"] if quick else ["--rounds", "9"]
    return [with_tools("link", *sizes, flag="--programs")]


def choose(quick: bool, small: list[str], full: list[str]) -> list[str]:
    return small if quick else full


PARTS = [
    Part("build", "README's commands and the install in a fresh clone, and the sizes of the programs", 60,
         lambda quick: [script("build", *choose(quick, ["--quick"], []))], installed=False),
    Part("tests", "tests/setup.sh and tests/run.sh in a fresh clone", 180,
         lambda quick: [script("build", "--tests", *choose(quick, ["--quick"], []))], installed=False),
    Part("start", "start and memory of hello world", 2,
         lambda quick: [with_tools("start", "--runs", *choose(quick, ["3"], ["100"]))]),
    Part("verify", "verifying", 10,
         lambda quick: [example(quick, "verify_throughput", "", *choose(quick, ["1", "2"], ["32", "9"]))]),
    Part("text", "assembling, dumping and verifying a large text", 15,
         lambda quick: [with_tools("throughput", *choose(quick, ["--instructions", "20000", "--runs", "1"], ["--instructions", "1000000", "--runs", "7"]))]),
    Part("link", "linking beside wasm-ld", 25, link),
    Part("kernels", "the interpreter's kernels beside wasm3, wasmi and LuaJIT", 10,
         lambda quick: [with_tools("run", *choose(quick, ["fib", "hash", "--runs", "1"], ["--runs", "9"]))]),
    Part("lifted", "lifted programs on the interpreter beside wasm3 and wasmi", 15,
         lambda quick: [with_tools("corpus", "--no-wasmtime", *choose(quick, ["fib", "sha256", "--size", "tiny", "--runs", "1"], ["--runs", "9"]))]),
    Part("fusions", "what each way of making fewer cells gains", 25, fusions),
    Part("lift", "lifting large modules", 5, lift),
    Part("wasm", "the code of vbc-wasm beside clang's", 15,
         lambda quick: [with_tools("wasm", *choose(quick, ["fib", "--size", "tiny", "--runs", "2"], ["--runs", "9"]))]),
    Part("scale", "how vbc-wasm's time grows", 15,
         lambda quick: [with_tools("wasm_scale", *choose(quick, ["loops", "--runs", "1"], ["--runs", "5"]))]),
    Part("native", "executables and vbc-jit beside wasmtime and gcc", 60,
         lambda quick: [with_tools("native", *choose(quick, ["fib", "--size", "tiny", "--runs", "1"], ["--size", "large", "--runs", "7"]))]),
    Part("calls", "calls of C functions, and callbacks, beside LuaJIT, CPython and Java", 15,
         lambda quick: [with_tools("native_calls", *choose(quick, ["--runs", "1", "--seconds", "0.05"], []))]),
    Part("largest", "compiling the largest functions that there can be", 60,
         lambda quick: [with_tools("largest", *choose(quick, ["straight", "--divide", "100"], []))]),
    Part("compile", "compiling a large module beside wasmtime", 15, compile_large),
]


class TooLong(Exception):
    pass


def busy() -> float:
    """Seconds that all processors have worked since the machine was started."""
    words = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    user, nice, system, _, _, irq, softirq = map(int, words[:7])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def own() -> float:
    """Seconds that this process and what it started have worked."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def run(command: list[str], end: float) -> str:
    """What a command prints. It ends at a time, with all that it has started."""
    print(f"$ {shlex.join(command)}", file=sys.stderr, flush=True)
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, start_new_session=True)
        try:
            process.wait(max(1.0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise TooLong from None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        output.seek(0)
        text = output.read()
    if process.returncode != 0:
        print(text, file=sys.stderr)
        raise subprocess.CalledProcessError(process.returncode, command)
    # What is not a table is shown as it was printed.
    return text if "|" in text else f"```\n{text.strip()}\n```\n"


def measure(part: Part, quick: bool) -> str:
    """The text between the marks of a part."""
    end = time.monotonic() + 60 * part.minutes
    commands = part.commands(quick)
    start, busy_before, own_before = time.monotonic(), busy(), own()
    load = os.getloadavg()[0]
    outputs = [run(command, end) for command in commands]
    seconds = time.monotonic() - start
    # What was started and ended is in the sum; the clock's ticks make it uncertain by some hundredths.
    others = max(0.0, (busy() - busy_before) - (own() - own_before)) / seconds
    share = others / (os.cpu_count() or 1)
    date = time.strftime("%Y-%m-%d")
    note = f"Measured {date}, commit {commit()}, in {seconds / 60:.1f} minutes; the load was {load:.1f} in the beginning."
    if share > QUIET:
        note += f" **Beside other work**, which used {others:.2f} of {os.cpu_count()} processors."
    return "\n".join(outputs).rstrip() + f"\n\n{note}\n"


def commit() -> str:
    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True).stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", "--", "lib", "tools", "Cargo.lock")
    return git("rev-parse", "--short", "HEAD") + (" with changes" if changed else "")


def put(page: Path, name: str, text: str) -> None:
    """Puts a text between the marks of a part, and nothing else."""
    old = page.read_text()
    pattern = re.compile(rf"(<!-- measured: {name} -->\n).*?(<!-- end -->)", re.S)
    new, count = pattern.subn(lambda found: f"{found[1]}\n{text.strip()}\n\n{found[2]}", old)
    if count != 1:
        sys.exit(f"{page} has no place for {name}")
    temporary = page.with_suffix(".new")
    temporary.write_text(new)
    temporary.replace(page)


def first_line(*command: str) -> str:
    if not shutil.which(command[0]):
        return "not there"
    done = subprocess.run(command, capture_output=True, text=True)
    text = (done.stdout or done.stderr).strip()
    return text.splitlines()[0] if text else "not there"


def machine() -> str:
    """The machine, and the versions of everything that takes part, as a table."""
    cpu = re.search(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.M)
    memory = int(re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())[1]) / 2**20
    system = re.search(r'^PRETTY_NAME="?(.*?)"?$', Path("/etc/os-release").read_text(), re.M)
    virtual = "hypervisor" in Path("/proc/cpuinfo").read_text()
    python = sorted((ROOT / "target/python").glob("wasmtime-*.dist-info"))
    wasmtime = python[-1].name.removesuffix(".dist-info").replace("-", " ") if python else "not there"
    peers = ROOT / "target/peers"
    rows = [
        ["processors", f"{os.cpu_count()}, {cpu[1] if cpu else platform.machine()}" + (", of a virtual machine" if virtual else "")],
        ["memory", f"{memory:.0f} GiB"],
        ["system", f"{system[1] if system else platform.system()}, Linux {'.'.join(platform.release().split('.')[:2])}"],
        ["vbc", f"commit {commit()}"],
        ["rustc", first_line("rustc", "--version")],
        ["gcc", first_line("gcc", "--version")],
        ["clang", first_line("clang", "--version")],
        ["wasm-ld", first_line("wasm-ld", "--version")],
        ["LuaJIT", first_line("luajit", "-v").split(" -- ")[0]],
        ["wasmtime", f"{wasmtime} (Python package)"],
        ["wasmi", first_line(str(peers / "bin/wasmi"), "--version")],
        ["wasm3", "0.5.0 (Python package pywasm3), gcc -O3" if (peers / "wasm3_run").exists() else "not there"],
        ["Python", platform.python_version()],
    ]
    from contextlib import redirect_stdout
    from io import StringIO

    text = StringIO()
    with redirect_stdout(text):
        table(["what", "which"], rows)
    return text.getvalue().replace("--: |", "--- |")


def prepare() -> None:
    """Installs the programs as users do, and the peers."""
    prefix = str(INSTALLED)
    subprocess.run(["cargo", "run", "--release", "--locked", "-p", "xtask", "--", "--install", prefix], cwd=ROOT, check=True)
    subprocess.run([HERE / "peers.sh"], check=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests/bench/all.sh")
    parser.add_argument("parts", nargs="*")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    if options.list:
        for part in PARTS:
            print(f"{part.name:<10}{part.minutes:>4} min  {part.about}")
        return 0
    known = {part.name: part for part in PARTS}
    unknown = [name for name in options.parts if name not in known]
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}; --list names them")
    chosen = [known[name] for name in options.parts] or PARTS
    page = PAGE
    if options.quick:
        page = WORK / "performance.md"
        page.parent.mkdir(parents=True, exist_ok=True)
        if not page.exists() or not options.parts:
            shutil.copy(PAGE, page)
    # A place that is missing is found before hours have passed.
    for part in chosen:
        if f"<!-- measured: {part.name} -->" not in page.read_text():
            sys.exit(f"{page} has no place for {part.name}")
    if any(part.installed for part in chosen):
        prepare()
        put(page, "machine", machine())
    failed = []
    for part in chosen:
        print(f"== {part.name}: {part.about}, at most {part.minutes} minutes", file=sys.stderr, flush=True)
        try:
            put(page, part.name, measure(part, options.quick))
        except TooLong:
            failed.append(f"{part.name}: took longer than {part.minutes} minutes")
        except (subprocess.CalledProcessError, OSError) as error:
            failed.append(f"{part.name}: {error}")
    print(f"written: {page}")
    for line in failed:
        print(f"FAILED: {line}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
