//! Index spaces: what the indexes in code count.

macro_rules! spaces {
    ($($number:literal $name:ident $word:literal $title:literal $doc:literal;)*) => {
        /// What an index in code counts. The discriminant is the space's number in memory; files hold it nowhere.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum IndexSpace {
            $(#[doc = $doc] $name = $number,)*
        }

        impl IndexSpace {
            /// All spaces, by ascending number.
            pub const ALL: &[IndexSpace] = &[$(IndexSpace::$name),*];

            /// The word that documentation and JSON use for an operand of the space: `func`.
            pub const fn word(self) -> &'static str {
                match self { $(IndexSpace::$name => $word,)* }
            }

            /// What the space holds, as messages call it: `function`.
            pub const fn title(self) -> &'static str {
                match self { $(IndexSpace::$name => $title,)* }
            }
        }
    };
}

spaces! {
    0 Func "func" "function" "Functions, imported ones first.";
    1 Table "table" "table" "Tables, imported ones first.";
    2 Memory "memory" "memory" "Memories, of which a module has at most one.";
    3 Global "global" "global" "Globals, imported ones first.";
    4 Data "data" "data row" "Data rows, imported ones first.";
    5 Elem "elem" "element segment" "Element segments.";
    6 Type "type" "type" "Types.";
    7 Tag "tag" "tag" "Tags of exceptions, imported ones first.";
}
