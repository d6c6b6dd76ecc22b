"""C signatures of native functions (docs/ffi.md)."""

import re

from faults import require
from valuetypes import Signature, ValueType

PREFIX = "native:"
DEPTH, VALUES = 16, 1000
SCALARS = {
    "i8": "i32", "u8": "i32", "i16": "i32", "u16": "i32", "i32": "i32", "u32": "i32", "bool": "i32",
    "i64": "i64", "u64": "i64", "f32": "f32", "f64": "f64", "ptr": "ptr",
}  # fmt: skip
INTEGERS = {"i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64"}
PROMOTED = {"i8", "u8", "i16", "u16", "bool", "f32"}  # what C does not pass after `...`


class Text:
    """The rest of a signature."""

    def __init__(self, text: str) -> None:
        self.text = text

    def eat(self, token: str) -> bool:
        """Takes a token, if it comes next."""
        found = self.text.startswith(token)
        self.text = self.text[len(token) :] if found else self.text
        return found

    def expect(self, token: str) -> None:
        """Takes a token, which must come next."""
        require(self.eat(token), f"IMPT: C signature: {token!r} is missing before {self.text!r}")

    def match(self, pattern: str) -> str:
        """Takes what a pattern matches, maybe nothing."""
        found = re.match(pattern, self.text, re.ASCII)
        assert found is not None
        self.text = self.text[found.end() :]
        return found[0]

    def value(self, depth: int = DEPTH) -> list[str]:
        """The scalars of a number, a pointer or a struct."""
        if self.eat("{"):
            require(depth > 0, "IMPT: C signature: structs are too deep")
            scalars = self.value(depth - 1)
            while not self.eat("}"):
                self.expect(",")
                scalars += self.value(depth - 1)
            return scalars
        word = self.match(r"\w*")
        require(word in SCALARS, f"IMPT: C signature: type {word!r}")
        return [word]

    def callback(self) -> None:
        """What follows `fn`."""
        self.expect("(")
        count = 0
        while not self.eat(")"):
            if count:
                self.expect(",")
            count += len(self.value())
        require(count <= VALUES, "IMPT: C signature: a callback takes too much")
        if self.text[:1] not in (",", ")", ""):
            require(len(self.value()) <= VALUES, "IMPT: C signature: a callback returns too much")

    def parameter(self, address: str) -> tuple[list[str], list[ValueType], int | None]:
        """The C type if it is a scalar, the types of VITBC, and which argument tells a length."""
        word = re.match(r"\w*", self.text, re.ASCII)
        if word is not None and word[0] in ("str", "buf", "fn"):
            self.text = self.text[word.end() :]
            if word[0] == "fn":
                self.callback()
                return [], ["funcref"], None
            length = None
            if word[0] == "buf" and self.eat("["):
                told = self.eat("#")
                digits = self.match(r"[0-9]*")
                require(digits != "" and int(digits) < 1 << 64, "IMPT: C signature: length of a buffer")
                length = int(digits) if told else None
                self.expect("]")
            return [], [address], length
        one = self.text[:1] != "{"
        scalars = self.value()
        return scalars if one else [], [SCALARS[scalar] for scalar in scalars], None


def signature(name: str, address: str) -> Signature:
    """The type that the import of a native function has where addresses have type `address`."""
    text = Text(name)
    text.eat("!")
    require(re.match(r"[A-Za-z_$]", text.text) is not None, "IMPT: C signature: no symbol")
    text.match(r"[A-Za-z0-9_$]*")
    text.expect("(")
    scalars: list[list[str]] = []
    params: list[ValueType] = []
    lengths: list[int] = []
    variadic = False
    while not text.eat(")"):
        if scalars or variadic:
            text.expect(",")
        if text.eat("..."):
            require(bool(scalars) and not variadic, "IMPT: C signature: `...`")
            variadic = True
            continue
        c_type, types, length = text.parameter(address)
        require(not variadic or not PROMOTED.intersection(c_type), f"IMPT: C signature: {c_type} after `...`")
        scalars.append(c_type)
        params += types
        lengths += [] if length is None else [length]
    results: list[ValueType] = []
    if text.text and not text.text.startswith("+"):
        results += [SCALARS[scalar] for scalar in text.value()]
    results += ["i32"] if text.eat("+errno") else []
    require(text.text == "", f"IMPT: C signature: {text.text!r} at the end")
    for length in lengths:
        require(length < len(scalars) and len(scalars[length]) == 1, f"IMPT: C signature: length in argument {length}")
        require(scalars[length][0] in INTEGERS, f"IMPT: C signature: length in argument {length}")
    require(len(params) <= VALUES and len(results) <= VALUES, "IMPT: C signature: too many values")
    return tuple(params), tuple(results)


def check_library(module: str) -> None:
    """The name of a library."""
    library = module.removeprefix(PREFIX)
    require(library != "" and "/" not in library, f"IMPT: library {library!r}")
    require(not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in library), f"IMPT: library {library!r}")
