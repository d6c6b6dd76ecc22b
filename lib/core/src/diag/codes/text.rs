//! Diagnostics of texts.

macro_rules! example {
    ($id:literal) => {
        include_str!(concat!("../../../diagnostics/", $id, ".vitasm"))
    };
}

crate::diag::codes! {
    A0001 "", "the text is not UTF-8",
        "A `.vitasm` file is UTF-8. The first byte that does not belong to a character is shown; everything before it is fine. Bytes of data that are not text are written as `\\xHH` or after `hex`.";
    A0002 example!("A0002"), "the text or a line is too long",
        "A text may have 1 GiB and each of its lines 16 MiB. A list can be continued on the next line after a comma.";
    A0003 example!("A0003"), "a character means nothing here",
        "No token begins with this character. Names that contain anything but letters, digits and `_ . $ @ ? ! /` are written in double quotes.";
    A0004 example!("A0004"), "a quote is wrong",
        "A quoted name, string or character is not closed on its line, contains a control character, or has an escape that does not exist. The escapes are `\\n \\r \\t \\0 \\\\ \\\" \\' \\xHH \\u{H...}`.";
    A0005 example!("A0005"), "a number is malformed",
        "Integers are decimal, or begin with `0x`, `0o` or `0b`; `_` may separate digits. Floats have a point or an exponent, or are hexadecimal with `p`.";
    A0006 example!("A0006"), "something else is expected here",
        "The statement does not have the form that the text form requires. The message says what is allowed at this place.";
    A0007 example!("A0007"), "there is no such directive here",
        "The word after the point is not a directive, or is one that belongs elsewhere: `.reg` and `.loc` belong inside functions, definitions outside.";
    A0008 example!("A0008"), "there is no such instruction",
        "The first word of the line is neither an instruction nor a directive, and no `:` after it makes it a label. All instructions are in the table of docs/instructions.md.";
    A0009 example!("A0009"), "a statement is outside a function",
        "Instructions and labels belong between `FUNC NAME(...)` or `MAIN` and `END`.";
    A0010 example!("A0010"), "a function has no END",
        "Each `FUNC` and `MAIN` is closed by `END` on a line of its own, before the next function begins.";
    A0011 example!("A0011"), "this is not a type",
        "Types are `i32 i64 f32 f64 funcref externref`, and `int float bool addr`, which stand for i64, f64, i32 and the memory's index type. Some places take only reference types or only `i32` and `i64`.";
    A0012 example!("A0012"), "a name is defined twice",
        "Within a module the names of functions, tables, memories, globals, tags, data rows, element segments and types are unique within their kind, and so are those of registers and labels within a function. Where equal names are wanted, every definition says which one it is: `NAME#index`.";
    A0013 example!("A0013"), "a name is not defined",
        "Nothing of the kind that belongs here has this name. Functions of another object are declared with `.extern`, functions of the host with `.import`.";
    A0014 example!("A0014"), "a register is read before anything defines it",
        "A register comes into being as a parameter, in `.reg`, or where an instruction first writes it, and can be used from there on in the order of the text.";
    A0015 example!("A0015"), "a label is not defined",
        "A branch goes to a label of the same function, which is written `NAME:` before an instruction.";
    A0016 example!("A0016"), "no instruction follows a label",
        "A label stands for the instruction after it, so one must follow before END.";
    A0017 example!("A0017"), "the number of operands is wrong",
        "The instruction has more or fewer operands than the table in docs/instructions.md states.";
    A0018 example!("A0018"), "an operand is of the wrong sort",
        "At this place the instruction takes something else: a register instead of a number, an address in brackets, a label. A constant that an instruction does not take is put into a register with LOAD_CONST first.";
    A0019 example!("A0019"), "the instruction does not exist for these types",
        "The types after the mnemonic are not among those for which the instruction exists.";
    A0020 example!("A0020"), "a value is out of range",
        "The literal does not fit its type or place. A literal of an integer type of N bits lies in -2^(N-1) .. 2^N - 1; compare-and-branch instructions take constants of 32 bits.";
    A0021 example!("A0021"), "an index is wrong",
        "`NAME#index` must be the index that the definition has, with imports counted first; `#index` and `%n` must exist.";
    A0022 example!("A0022"), "a name stands for several things",
        "Several definitions of this kind have this name. A reference says which one it means: `NAME#index`.";
    A0023 example!("A0023"), "the number of arguments or results is wrong",
        "A call names one register for each parameter and, after `->`, one (or `_`) for each result; RETURN names one for each result of the function. Without `->` a single result goes to `r0`.";
    A0024 example!("A0024"), "`r0` has another type than the result",
        "Without `->` the result of a call goes to `r0`, which has another type in this function. Write `-> NAME`.";
    A0025 example!("A0025"), "the text is of another version",
        "The `.module` line states a version or draft that this assembler does not write.";
    A0026 example!("A0026"), "the module is too large",
        "The text describes more than a module may contain. `--limits` prints the limits.";
    A0027 example!("A0027"), "there is no such support routine",
        "Names that begin with `vbc.` belong to the routines of docs/support.md.";
    A0028 example!("A0028"), "something is stated twice",
        "A module has one `.module` line, which comes first, one entry and at most one memory; a function has one binding.";
    A0029 example!("A0029"), "debug information is written out, but not announced",
        "`.file`, `.source` and `.loc` state debug information, so they need `.module debug=explicit`; otherwise files and lines are those of the text itself. Files are numbered from 0, in order.";
    A0030 example!("A0030"), "too many zeros would be stored",
        "Zeros at the end of a placed row cost nothing, but zeros before other bytes, and in fixed and passive rows, are stored. A text may ask for 1 MiB of them, or for 1,000 times its own length if that is more.";
    A0031 example!("A0031"), "attributes contradict each other",
        "The attributes of a definition cannot be combined or do not suit it: data cannot be exported, what has no symbol cannot have a binding, and a row is either placed, fixed or passive.";
    A0032 example!("A0032"), "a name is not possible",
        "Names are UTF-8, at most 100,000 bytes long; those of symbols and undefined symbols are not empty.";
    A0033 "", "the input is not text",
        "`vbc-as --format` lays out a text with its comments, and this is a binary module, which has none. `--canonical` writes the text of a module.";
}
