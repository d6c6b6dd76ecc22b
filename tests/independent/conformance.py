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

import literals
import vitbc
from evaluate import Machine
from faults import Invalid, NotCovered, Trap
from functions import Instruction
from module import FUNC, Module
from optable import TABLE

ROOT = Path(__file__).resolve().parents[2]
FILES = ROOT / "tests" / "conformance"
DIRECTIVE = re.compile(r"^;;\s*(?P<word>[a-z]+)(?:\[(?P<code>[A-Z]\d+)\])?:?\s*(?P<rest>.*)$")
CALL = re.compile(r"^(?P<name>\"[^\"]*\"|[^\s(]+)\((?P<arguments>.*?)\)\s*(?P<expectation>(==|traps).*)?$")
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "\\": "\\", '"': '"', "'": "'"}


class Failed(Exception):
    """The file and this implementation disagree."""


@dataclass
class Expectation:
    """What the comments of a file say."""

    runs: list[str] = field(default_factory=list)
    prints: list[bytes] = field(default_factory=list)
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


def read_expectation(text: str) -> Expectation:
    """Reads the comment directives of a file."""
    expectation = Expectation()
    for line in text.splitlines():
        match = DIRECTIVE.match(line)
        if match is None:
            continue
        word, rest = match["word"], match["rest"].strip()
        if word == "run":
            expectation.runs.append(rest)
        elif word == "prints":
            expectation.prints.append(unescape(rest))
        elif word == "traps":
            expectation.traps = rest
        elif word == "error" and match["code"]:
            expectation.errors.append(match["code"])
        elif ":" in line.split()[1] if len(line.split()) > 1 else False:
            expectation.others.append(word)
    return expectation
