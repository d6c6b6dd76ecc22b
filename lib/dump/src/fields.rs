//! The fields of rows, for the map of every byte.

use vbc_core::format::section::*;

/// How a field's value is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// As a number.
    Number,
    /// As a number, -1 (all bits) as `none`.
    Optional,
    /// As a signed number.
    Signed,
    /// As the name of a value type.
    Type,
    /// As the word for a kind.
    Kind,
    /// As the string with that index.
    Text,
    /// As the debug string with that index.
    DebugText,
    /// In hexadecimal.
    Hex,
}

/// A field: its name, its size in bytes, how it is shown.
pub type Field = (&'static str, u64, Show);

use Show::*;

const ZERO: &str = "zero";

/// The fields of the header.
pub const HEADER: &[Field] = &[
    ("magic", 6, Hex),
    ("version", 2, Number),
    ("draft", 2, Number),
    ("lowest reader version", 2, Number),
    (ZERO, 4, Number),
    ("producer", 16, Hex),
    ("feature bits", 8, Hex),
    ("file length", 8, Number),
    ("highest opcode", 2, Hex),
    ("sections", 2, Number),
    ("entry", 4, Optional),
    ("CRC32", 4, Hex),
    (ZERO, 4, Number),
];

/// The fields of a row of the section table.
pub const ENTRY: &[Field] = &[
    ("tag", 4, Hex),
    ("flags", 4, Number),
    ("offset", 8, Number),
    ("stored length", 8, Number),
    ("raw length", 8, Number),
    ("CRC32", 4, Hex),
    (ZERO, 4, Number),
];

const STRING: &[Field] = &[("offset", 4, Number), ("length", 4, Number)];

/// The fields of a row of a table section; empty for other sections.
pub fn row(tag: Tag) -> &'static [Field] {
    match tag {
        TYPE => &[
            ("first", 4, Number),
            ("parameters or fields", 2, Number),
            ("results", 2, Number),
            ("flags", 4, Hex),
            ("super", 4, Optional),
        ],
        IMPT => &[
            ("kind", 4, Kind),
            ("module", 4, Text),
            ("name", 4, Text),
            ("type", 4, Number),
            ("flags", 4, Number),
            ("index type", 4, Number),
            ("minimum", 8, Number),
            ("maximum", 8, Optional),
        ],
        MEMS => &[
            ("index type", 4, Type),
            (ZERO, 4, Number),
            ("minimum", 8, Number),
            ("maximum", 8, Optional),
        ],
        TABL => &[
            ("element type", 4, Type),
            ("index type", 4, Type),
            ("minimum", 8, Number),
            ("maximum", 8, Optional),
        ],
        GLOB => &[
            ("type", 4, Type),
            ("flags", 4, Number),
            ("first value", 4, Number),
            ("index", 4, Number),
            ("bits or addend", 8, Hex),
        ],
        TAGS => &[("type", 4, Number), (ZERO, 4, Number)],
        STRS | DSTR => STRING,
        FUNC => &[
            ("type", 4, Number),
            (ZERO, 4, Number),
            ("first register run", 4, Number),
            ("register runs", 4, Number),
            ("first word", 8, Number),
            ("words", 8, Number),
            ("first handler", 4, Number),
            ("handlers", 4, Number),
        ],
        REGS => &[
            ("count", 2, Number),
            ("flags", 2, Number),
            ("type", 4, Type),
        ],
        HNDL => &[
            ("start", 4, Number),
            ("end", 4, Number),
            ("handler", 4, Number),
            (ZERO, 4, Number),
        ],
        INIT => &[("function", 4, Number)],
        ELEM => &[
            ("mode", 4, Number),
            ("element type", 4, Type),
            ("table", 4, Number),
            ("items", 4, Number),
            ("first item", 8, Number),
            ("index in the table", 8, Number),
        ],
        DATA => &[
            ("kind", 4, Number),
            ("alignment", 4, Number),
            ("flags", 4, Number),
            ("memory", 4, Number),
            ("size", 8, Number),
            ("address", 8, Number),
            ("offset", 8, Number),
            ("length", 8, Number),
        ],
        ADDR => &[
            ("data", 4, Number),
            ("target", 4, Number),
            ("offset", 8, Number),
            ("addend", 8, Signed),
        ],
        EXPT => &[
            ("name", 4, Text),
            ("kind", 4, Kind),
            ("index", 4, Number),
            (ZERO, 4, Number),
        ],
        SYMS => &[
            ("name", 4, Text),
            ("kind", 4, Kind),
            ("index", 4, Number),
            ("flags", 4, Number),
        ],
        DNAM => &[
            ("name space", 4, Number),
            ("function or type", 4, Number),
            ("index", 4, Number),
            ("name", 4, DebugText),
        ],
        DFIL => &[
            ("path", 4, DebugText),
            ("flags", 4, Number),
            ("offset", 8, Number),
            ("length", 8, Number),
        ],
        DLIN => &[
            ("function", 4, Number),
            ("length", 4, Number),
            ("offset", 8, Number),
        ],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use std::mem::size_of;

    use super::*;
    use vbc_core::format::{ENTRY_BYTES, HEADER_BYTES};
    use vbc_core::module::*;

    #[test]
    fn fields_fill_their_rows() {
        let size = |fields: &[Field]| fields.iter().map(|field| field.1).sum::<u64>() as usize;
        assert_eq!(size(HEADER), HEADER_BYTES);
        assert_eq!(size(ENTRY), ENTRY_BYTES);
        for (tag, bytes) in [
            (TYPE, 16),
            (IMPT, size_of::<ImportRow>()),
            (MEMS, size_of::<MemoryRow>()),
            (TABL, size_of::<TableRow>()),
            (GLOB, size_of::<GlobalRow>()),
            (STRS, size_of::<StringRow>()),
            (FUNC, size_of::<FunctionRow>()),
            (REGS, size_of::<RegisterRun>()),
            (TAGS, size_of::<TagRow>()),
            (HNDL, size_of::<HandlerRow>()),
            (DVAR, 0),
            (DINL, 0),
            (INIT, 4),
            (ELEM, size_of::<ElementRow>()),
            (CODE, 0),
            (DATA, size_of::<DataRow>()),
            (ADDR, size_of::<AddressRow>()),
            (EXPT, size_of::<ExportRow>()),
            (SYMS, size_of::<SymbolRow>()),
            (DSTR, size_of::<StringRow>()),
            (DNAM, size_of::<DebugNameRow>()),
            (DFIL, size_of::<FileRow>()),
            (DLIN, size_of::<LineRow>()),
        ] {
            assert_eq!(size(row(tag)), bytes, "{}", tag_text(tag));
        }
        assert_eq!(KNOWN.len(), 23, "a section without a line above");
    }
}
