#!/usr/bin/env python3
"""Runs the conformance files through the Python implementation.

    conformance.py [PROGRAMS] [FILE...]

PROGRAMS is the folder with the built programs (target/release by default). Prints what failed, why files were skipped, and
`N passed, N failed, N skipped`; exit 1 if one failed.
"""

import re
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import canonical
import damage
import examples
import literals
import vitbc
from evaluate import Given, Machine, OutOfFuel
from faults import Invalid, NotCovered, Trap
from functions import Instruction
from module import FUNC, Module
from valuetypes import ValueType
from vbc1 import Exit

ROOT = Path(__file__).resolve().parents[2]
FILES = ROOT / "tests" / "conformance"
FLIPPED, DAMAGED, COPIES = 3, 40, 25  # modules with all bits flipped; modules with damaged copies; copies of each
DIRECTIVE = re.compile(r"^;; (?P<word>[a-z-]+)(?:\[(?P<code>[A-Z]\d+)\]|:)(?P<rest>.*)$")
PART = re.compile(r"^;; --- (\S+)$", re.M)
CALL = re.compile(r"^(?P<name>\"[^\"]*\"|[^\s(]+)\((?P<arguments>.*?)\)\s*(?P<expectation>(==|traps|exits|is out of fuel).*)?$")
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "\\": "\\", '"': '"', "'": "'"}


class Failed(Exception):
    """The file and this implementation disagree."""


@dataclass
class Expectation:
    """What the comments of a file state."""

    runs: list[str] = field(default_factory=list)
    prints: bytes | None = None
    numbers: dict[str, int] = field(default_factory=dict)
    prints_error: bytes | None = None
    given: Given = field(default_factory=Given)
    traps: str | None = None
    errors: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


@dataclass
class Report:
    """Counts and reasons."""

    passed: int = 0
    checks: int = 0
    failures: list[str] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)


def unescape(text: str) -> bytes:
    """The bytes of a quoted string."""

    def one(match: re.Match[str]) -> str:
        body = match[1]
        if body[0] == "x":
            return chr(int(body[1:], 16))
        return chr(int(body[2:-1], 16)) if body[0] == "u" else ESCAPES[body]

    return re.sub(r"\\(x..|u\{\w+\}|.)", one, text.strip()[1:-1]).encode()


def unescape_all(text: str) -> list[bytes]:
    """The bytes of several quoted strings."""
    return [unescape(quoted) for quoted in re.findall(r'"(?:[^"\\]|\\.)*"', text)]


def read_expectation(text: str) -> Expectation:
    """Reads the comment directives of a file."""
    expectation = Expectation()
    for match in filter(None, map(DIRECTIVE.match, text.splitlines())):
        word, rest = match["word"], match["rest"].strip()
        if word == "run":
            expectation.runs.append(rest)
        elif word == "prints":
            expectation.prints = (expectation.prints or b"") + unescape(rest)
        elif word == "prints-error":
            expectation.prints_error = unescape(rest)
        elif word == "stdin":
            expectation.given.input = unescape(rest)
        elif word == "args":
            expectation.given.arguments = unescape_all(rest)
        elif word == "env":
            expectation.given.environment = {name: value for name, _, value in (v.partition(b"=") for v in unescape_all(rest))}
        elif word == "traps":
            expectation.traps = rest
        elif word in ("exit", "fuel", "fuel-left"):
            expectation.numbers[word] = int(rest)
        elif word == "error":
            expectation.errors.append(match["code"])
        else:
            expectation.others.append(word)
    return expectation


def find_function(module: Module, name: str) -> int:
    """The function that a `run` line names: an export, else a symbol."""
    plain = unescape(name).decode() if name.startswith('"') else name
    kind, index = module.exports.get(plain, (None, 0))
    if kind == FUNC:
        return index
    for symbol, symbol_kind, symbol_index in module.symbols:
        if symbol == plain and symbol_kind == FUNC:
            return symbol_index
    raise Failed(f"there is no function {name}")


def describe(values: list[object], types: tuple[ValueType, ...]) -> str:
    """Results for a message."""
    return ", ".join(f"{name} {value:#x}" if isinstance(value, int) else str(value) for value, name in zip(values, types))


def check_results(line: str, values: list[object], types: tuple[ValueType, ...], expected: str) -> None:
    """Compares results with `== ...`."""
    texts = literals.split_values(expected)
    if len(texts) != len(types):
        raise Failed(f"{line}: {len(types)} results")
    if not all(literals.agrees(value, text, name) for value, text, name in zip(values, texts, types)):
        raise Failed(f"{line}: gave {describe(values, types)}")


def check_run(machine: Machine, line: str, fuel: int | None) -> None:
    """One `run` line, on the instance that the lines before have used."""
    match = CALL.match(line)
    if match is None:
        raise NotCovered(f"the line {line}")
    function = find_function(machine.module, match["name"])
    params, results = machine.module.functions[function].signature
    arguments = [literals.parse(text, name) for text, name in zip(literals.split_values(match["arguments"]), params)]
    expected = match["expectation"] or ""
    machine.steps, machine.fuel = 0, fuel
    try:
        values = machine.call(function, arguments)
    except Trap as trap:
        if expected != f"traps {trap}":
            raise Failed(f"{line}: trapped: {trap}") from None
    except Exit as end:
        if expected != f"exits {end.code}":
            raise Failed(f"{line}: exits with {end.code}") from None
    except OutOfFuel:
        if expected != "is out of fuel":
            raise Failed(f"{line}: is out of fuel") from None
    else:
        if not expected.startswith("=="):
            raise Failed(f"{line}: gave {describe(values, results)}")
        check_results(line, values, results, expected[2:])


def check_program(module: Module, code: dict[int, list[Instruction]], expectation: Expectation) -> None:
    """The entry: what it prints and how it ends."""
    machine, trap, exit_code = Machine(module, code, given=expectation.given), None, 0
    machine.fuel = expectation.numbers.get("fuel")
    try:
        machine.load()
        if module.entry is not None:
            exit_code = (machine.call(module.entry, []) or [0])[0] & 0xFF
    except Trap as error:
        trap = str(error)
    except Exit as end:
        exit_code = end.code & 0xFF
    if trap != expectation.traps:
        raise Failed(f"the program ends with {trap or 'no trap'}, expected {expectation.traps or 'none'}")
    if expectation.prints is not None and bytes(machine.output) != expectation.prints:
        raise Failed(f"printed {bytes(machine.output)!r}")
    if expectation.prints_error is not None and bytes(machine.errors) != expectation.prints_error:
        raise Failed(f"printed {bytes(machine.errors)!r} to standard error")
    if trap is None and exit_code != expectation.numbers.get("exit", 0):
        raise Failed(f"exit code {exit_code}")
    if machine.fuel != expectation.numbers.get("fuel-left", machine.fuel):
        raise Failed(f"fuel left: {machine.fuel}")


def check_valid(data: bytes, expectation: Expectation) -> int:
    """A file that must verify and behave as it states. Returns the number of things checked."""
    try:
        module, code = vitbc.load(data)
    except Invalid as error:
        raise Failed(f"refused: {error}") from None
    if not canonical.has_canonical_types(module, code):
        raise Failed("types are not in the order of their first use")
    checks = 1
    if expectation.prints is not None or expectation.traps is not None or "exit" in expectation.numbers:
        check_program(module, code, expectation)
        checks += 1
    if expectation.runs:
        fuel, machine = expectation.numbers.get("fuel"), None
        for line in expectation.runs:
            if machine is None or fuel is not None:
                machine = Machine(module, code, given=expectation.given)
                machine.load()
            check_run(machine, line, fuel)
            checks += 1
    return checks


def check_refused(data: bytes, expectation: Expectation) -> int:
    """A file that must not verify."""
    try:
        vitbc.load(data)
    except Invalid:
        return 1
    raise Failed(f"accepted, expected {', '.join(expectation.errors)}")


def run_tool(command: list[str | Path]) -> str | None:
    """Runs a program; returns the first line of what is wrong."""
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    return None if run.returncode == 0 else (run.stderr.splitlines() or ["no message"])[0]


def assemble(programs: Path, source: Path, target: Path) -> str | None:
    """Assembles a file, and links its parts (`;; --- NAME`); returns the first line of what is wrong."""
    pieces = PART.split(source.read_text(encoding="utf-8"))[1:]
    if not pieces:
        return run_tool([programs / "vbc-as", source, "-o", target])
    if not (programs / "vbc-link").exists():
        raise NotCovered("several parts, without vbc-link")
    parts = []
    for name, text in zip(pieces[::2], pieces[1::2]):
        part = target.with_name(f"{target.stem}-{name}")
        part.write_text(text, encoding="utf-8")
        parts.append(part)
    return run_tool([programs / "vbc-link", *parts, "-o", target])


def check_file(programs: Path, source: Path, target: Path) -> int:
    """One conformance file. Raises Failed, or NotCovered with the reason why it is skipped."""
    expectation = read_expectation(source.read_text(encoding="utf-8"))
    if expectation.others:
        raise NotCovered(f"the directive {expectation.others[0]}")
    error = assemble(programs, source, target)
    if error is not None:
        if expectation.errors:
            raise NotCovered("an error that the assembler finds")
        raise Failed(f"vbc-as: {error}")
    data = target.read_bytes()
    return check_refused(data, expectation) if expectation.errors else check_valid(data, expectation)


def check_files(programs: Path, files: list[Path], folder: Path, report: Report) -> list[Path]:
    """All conformance files; returns the modules that were made."""
    modules = []
    for number, source in enumerate(files):
        name, target = source.relative_to(ROOT), folder / f"{number}.vitbc"
        try:
            report.checks += check_file(programs, source, target)
            report.passed += 1
        except Failed as error:
            report.failures.append(f"{name}: {error}")
        except NotCovered as error:
            report.skipped[str(error)] += 1
        if target.exists():
            modules.append(target)
    return modules


def check_example(programs: Path, text: str, source: Path) -> int:
    """One example of a binary module that is wrong."""
    expectation, target = read_expectation(text), source.with_suffix(".vitbc")
    if unknown := set(expectation.others) - {"patch", "patch-raw", "append", "truncate"}:
        raise NotCovered(f"the directive {unknown.pop()}")
    source.write_text(text, encoding="utf-8")
    if (error := assemble(programs, source, target)) is not None:
        if examples.CHANGE.search(text):
            raise Failed(f"vbc-as: {error}")
        raise NotCovered("an error that the assembler finds")
    return check_refused(examples.change(target.read_bytes(), text), expectation)


def check_examples(programs: Path, folder: Path, report: Report) -> None:
    """The examples of docs/diagnostics.md."""
    for code, text in examples.examples():
        try:
            report.checks += check_example(programs, text, folder / f"{code}.vitasm")
            report.passed += 1
        except Failed as error:
            report.failures.append(f"docs/diagnostics.md, {code}: {error}")
        except NotCovered as error:
            report.skipped[str(error)] += 1


def check_damage(programs: Path, modules: list[Path], folder: Path, report: Report) -> None:
    """Flipped bits of the smallest modules, and damaged copies of a sample of all."""
    valid = [path for path in modules if damage.is_valid(path.read_bytes())]
    for path in sorted(valid, key=lambda path: path.stat().st_size)[:FLIPPED]:
        if found := damage.unnoticed_flips(path.read_bytes()):
            report.failures.append(f"{path.name}: flipped bits not noticed: {found[:10]}")
        report.passed += not found
    for seed, path in enumerate(valid[:: max(1, len(valid) // DAMAGED)]):
        found = damage.disagreements(programs / "vbc-verify", path.read_bytes(), COPIES, seed, folder)
        report.failures += [f"disagreement about a damaged module, {line}" for line in found]
        report.passed += not found


def main(arguments: list[str]) -> int:
    """The command line."""
    programs = Path(arguments[0]) if arguments else ROOT / "target" / "release"
    files = [Path(name).resolve() for name in arguments[1:]] or sorted(FILES.rglob("*.vitasm"))
    for name in ("vbc-as", "vbc-verify"):
        if not (programs / name).exists():
            print(f"{programs / name} is missing: build it first")
            return 1
    report = Report()
    with tempfile.TemporaryDirectory() as name:
        modules = check_files(programs, files, Path(name), report)
        check_examples(programs, Path(name), report)
        check_damage(programs, modules, Path(name), report)
    for reason, count in report.skipped.most_common():
        print(f"skipped {count}: not covered: {reason}")
    for failure in report.failures:
        print(f"FAILED {failure}")
    print(f"{report.passed} passed, {len(report.failures)} failed, {report.skipped.total()} skipped; {report.checks} checks in files")
    return 1 if report.failures or report.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
