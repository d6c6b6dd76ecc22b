#!/usr/bin/env python3
"""An implementation of VITBC from its documentation alone.

    vitbc.py verify FILE...    says of each file whether it is a valid module; exit 1 if one is not
    vitbc.py run FILE          runs its entry; exit as docs/cli.md says, 3 for what is not covered
"""

import sys
from pathlib import Path

import container
import debuginfo
import sections
from evaluate import Given, Machine
from faults import Invalid, NotCovered, Trap
from functions import Instruction, check_functions
from module import Module
from vbc1 import Exit

EXIT_INVALID, EXIT_USAGE, EXIT_NOT_COVERED, EXIT_TRAP = 1, 2, 3, 134


def load(data: bytes) -> tuple[Module, dict[int, list[Instruction]]]:
    """Reads and verifies a module. Raises Invalid, or NotCovered."""
    file = container.read(data)
    module = sections.read(file)
    code = check_functions(module, file.highest_opcode)
    sections.check_features(module, file)
    debuginfo.check(file, module)
    return module, code


def verify(paths: list[str]) -> int:
    """The command `verify`."""
    status = 0
    for path in paths:
        try:
            load(Path(path).read_bytes())
            print(f"{path}: valid")
        except Invalid as error:
            print(f"{path}: invalid: {error}")
            status = EXIT_INVALID
        except NotCovered as error:
            print(f"{path}: not covered: {error}")
            status = status or EXIT_NOT_COVERED
    return status


def run(path: str) -> int:
    """The command `run`."""
    machine = None
    try:
        module, code = load(Path(path).read_bytes())
        if module.entry is None:
            raise Invalid("there is no entry")
        given = Given([path.encode()], {}, b"" if sys.stdin.isatty() else sys.stdin.buffer.read())
        machine = Machine(module, code, given=given)
        machine.load()
        results = machine.call(module.entry, [])
        return results[0] & 0xFF if results else 0
    except Exit as end:
        return end.code & 0xFF
    except Invalid as error:
        print(f"{path}: invalid: {error}", file=sys.stderr)
        return EXIT_INVALID
    except NotCovered as error:
        print(f"{path}: not covered: {error}", file=sys.stderr)
        return EXIT_NOT_COVERED
    except Trap as error:
        print(f"{path}: trap: {error}", file=sys.stderr)
        return EXIT_TRAP
    finally:
        if machine is not None:
            sys.stdout.buffer.write(machine.output)


def main(arguments: list[str]) -> int:
    """The command line."""
    if len(arguments) >= 2 and arguments[0] == "verify":
        return verify(arguments[1:])
    if len(arguments) == 2 and arguments[0] == "run":
        return run(arguments[1])
    print(__doc__, file=sys.stderr)
    return EXIT_USAGE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
