"""The debug sections: names, files and line programs (docs/format.md, section 3, debug sections)."""

import limits
from container import Container
from faults import require
from module import TAG, Module
from rows import check_chain, check_count, pick, read_rows, read_strings
from valuetypes import STRUCT_TYPE

# Name spaces beyond those of the kinds 0 to 4.
SEGMENT_SPACE, REGISTER_SPACE, TAG_SPACE, TYPE_SPACE, FIELD_SPACE = range(5, 10)


def name_space(module: Module, space: int, owner: int) -> list:
    """The things that a name space has names for; registers and fields belong to an owner."""
    if space == REGISTER_SPACE:
        function = pick(module.functions, owner, "DNAM: function")
        require(function.defined, "DNAM: register of a function that is not defined here")
        return function.registers
    if space == FIELD_SPACE:
        row = pick(module.types.rows, owner, "DNAM: struct")
        require(row.kind == STRUCT_TYPE, "DNAM: field of a type that is not a struct")
        return row.fields
    require(owner == 0, "DNAM: owner of something that is neither register nor field")
    others = {SEGMENT_SPACE: module.segments, TAG_SPACE: module.space(TAG), TYPE_SPACE: module.types.rows}
    return others[space] if space in others else module.space(space)


def check_names(module: Module, raw: bytes | None, strings: list[str]) -> None:
    """DNAM."""
    last = (-1, 0, 0)
    for space, owner, index, name in read_rows(raw, "DNAM", "<IIII").rows:
        require(space <= FIELD_SPACE, f"DNAM: name space {space}")
        pick(strings, name, "DNAM: name")
        require((space, owner, index) > last, "DNAM: unsorted or repeated")
        last = (space, owner, index)
        pick(name_space(module, space, owner), index, "DNAM")


def check_files(raw: bytes | None, strings: list[str]) -> int:
    """DFIL. Returns the number of files."""
    table = read_rows(raw, "DFIL", "<IIQQ", pool=True)
    check_count(table, limits.SOURCE_FILES)
    for name, flags, offset, length in table.rows:
        pick(strings, name, "DFIL: path")
        require(flags & ~1 == 0, f"DFIL: flags {flags:#x}")
        require(flags == 1 or offset == length == 0, "DFIL: a source that is not embedded")
    check_chain("DFIL", ((row[2], row[3]) for row in table.rows if row[1] == 1), len(table.pool))
    return len(table.rows)


class LineProgram:
    """A reader of the bytes of one line program."""

    def __init__(self, data: bytes) -> None:
        self.data, self.place = data, 0

    def more(self) -> bool:
        """Whether another entry follows."""
        return self.place < len(self.data)

    def _bytes(self) -> bytes:
        """The bytes of the next LEB128 number."""
        first = self.place
        while True:
            require(self.place < len(self.data), "DLIN: cut off inside a number")
            self.place += 1
            require(self.place - first <= 10, "DLIN: number longer than 10 bytes")
            if not self.data[self.place - 1] & 0x80:
                return self.data[first : self.place]

    def unsigned(self) -> int:
        """The next ULEB128 number."""
        group = self._bytes()
        require(len(group) == 1 or group[-1] != 0, "DLIN: number is not as short as possible")
        value = sum((byte & 0x7F) << (7 * index) for index, byte in enumerate(group))
        require(value < 1 << 64, "DLIN: number beyond 64 bits")
        return value

    def signed(self) -> int:
        """The next SLEB128 number."""
        group = self._bytes()
        if len(group) > 1:
            needless = group[-1] == 0x7F if group[-2] & 0x40 else group[-1] == 0
            require(not needless, "DLIN: number is not as short as possible")
        value = sum((byte & 0x7F) << (7 * index) for index, byte in enumerate(group))
        value -= (group[-1] >> 6 & 1) << (7 * len(group))
        require(-(1 << 63) <= value < 1 << 63, "DLIN: number beyond 64 bits")
        return value


def check_line_program(data: bytes, words: int, files: int) -> None:
    """One line program of a function of `words` words."""
    program = LineProgram(data)
    word, file, line, first = 0, 0, 1, True
    while program.more():
        head = program.unsigned()
        require(first or head >> 3 > 0, "DLIN: words do not ascend")
        word, first = word + (head >> 3), False
        require(word < words, "DLIN: word beyond the function")
        line += program.signed() if head & 1 else 0
        if head & 2:
            require(program.unsigned() < 1 << 31, "DLIN: column beyond 2^31 - 1")
        file = program.unsigned() if head & 4 else file
        require(1 <= line < 1 << 31, f"DLIN: line {line}")
        require(head & 7 == 0 or file < files, f"DLIN: file {file} of {files}")


def check_lines(module: Module, raw: bytes | None, files: int) -> None:
    """DLIN."""
    table = read_rows(raw, "DLIN", "<IIQ", pool=True)
    check_chain("DLIN", ((row[2], row[1]) for row in table.rows), len(table.pool))
    last = -1
    for index, length, offset in table.rows:
        function = pick(module.functions, index, "DLIN: function")
        require(function.defined, "DLIN: a function that is not defined here")
        require(index > last, "DLIN: functions do not ascend")
        require(length >= 1, "DLIN: empty line program")
        last = index
        check_line_program(table.pool[offset : offset + length], len(function.words), files)


def check(file: Container, module: Module) -> None:
    """Checks all debug sections."""
    strings = read_strings(file.raw("DSTR"), "DSTR")
    check_names(module, file.raw("DNAM"), strings)
    check_lines(module, file.raw("DLIN"), check_files(file.raw("DFIL"), strings))
