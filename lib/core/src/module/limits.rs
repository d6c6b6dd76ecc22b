//! The limits of `docs/format.md` section 7.

macro_rules! limits {
    ($($(#[doc = $doc:literal])+ $name:ident = $value:expr;)*) => {
        /// Sizes and counts beyond which a file or text is refused, before anything is allocated.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Limits {
            $($(#[doc = $doc])+ pub $name: u64,)*
        }

        impl Default for Limits {
            /// The limits of the specification.
            fn default() -> Self {
                Limits { $($name: $value,)* }
            }
        }

        impl Limits {
            /// Name, value and meaning of each limit, in the order of the specification.
            pub fn table(&self) -> Vec<(&'static str, u64, &'static str)> {
                vec![$((stringify!($name), self.$name, concat!($($doc),+).trim_ascii()),)*]
            }

            /// Sets the limit called `name`; false when there is none. For tests, which lower
            /// limits to meet them with small files.
            pub fn set(&mut self, name: &str, value: u64) -> bool {
                match name {
                    $(stringify!($name) => self.$name = value,)*
                    _ => return false,
                }
                true
            }
        }
    };
}

limits! {
    /// Length of a file in bytes, and of its sections together after expansion.
    file_bytes = 1 << 32;
    /// How many times its stored length a compressed section may expand to (64 KiB are always allowed).
    expansion = 1000;
    /// Sections of a file.
    sections = 256;
    /// Functions, imports, exports, globals, data rows, element segments and symbols, each.
    rows = 2_000_000;
    /// Types, and tags.
    types = 1_000_000;
    /// Tables, imports counted.
    tables = 100_000;
    /// Memories, imports counted.
    memories = 1;
    /// Parameters of a type, and results of a type.
    values = 1_000;
    /// Fields of a struct.
    fields = 10_000;
    /// Items of an ARRAY_NEW_FIXED.
    items = 10_000;
    /// Registers of a function.
    registers = REGISTERS;
    /// Words of a function.
    function_words = 16_777_216;
    /// Unzeroed registers of a function times its basic blocks.
    assignment = ASSIGNMENT;
    /// Length of a string in bytes.
    string_bytes = 100_000;
    /// Items of all element segments.
    element_items = 50_000_000;
    /// Minimum size of a table in elements.
    table_elements = 10_000_000;
    /// Size of a data row in memory in bytes.
    data_bytes = 1 << 40;
    /// Initialisers.
    initialisers = 100_000;
    /// Source files named by debug information.
    files = 1_000_000;
    /// Length of a text file in bytes.
    text_bytes = 1 << 30;
    /// Length of a line of a text file in bytes.
    line_bytes = 1 << 24;
}

/// Registers of a function, at most.
pub const REGISTERS: u64 = 50_000;

/// Unzeroed registers of a function times its basic blocks, at most.
pub const ASSIGNMENT: u64 = 1 << 27;

/// An expansion to this size is allowed whatever the stored length.
const FREE_EXPANSION: u64 = 64 << 10;

impl Limits {
    /// The bytes that a compressed section of `stored` bytes may expand to.
    pub fn most_expanded(&self, stored: u64) -> u64 {
        FREE_EXPANSION.max(stored.saturating_mul(self.expansion))
    }
}
