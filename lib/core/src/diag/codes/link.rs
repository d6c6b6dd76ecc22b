//! Diagnostics of linking.

crate::diag::codes! {
    L0001 include_str!("../../../diagnostics/L0001.vitasm"), "a symbol is defined twice",
        "Two inputs define a global symbol of the same name, so a use of the name could mean either. Rename one, or make it local (`.local`) if the other inputs need not see it, or weak (`.weak`) if the other definition is to replace it.";
    L0002 include_str!("../../../diagnostics/L0002.vitasm"), "a symbol is not defined",
        "The program uses a symbol that no input defines, or that the inputs define only as a local one. Name the input that defines it. Only a result without an entry may keep undefined symbols.";
    L0003 include_str!("../../../diagnostics/L0003.vitasm"), "a use and a definition do not match",
        "A symbol or import is declared with a kind or type that does not match its definition. A function's type must be the declared one or a subtype of it; a mutable global needs the declared type, an immutable one that or a subtype; a tag needs the declared type; tables and memories need the declared element and index types, at least the declared minimum and at most the declared maximum.";
    L0004 include_str!("../../../diagnostics/L0004.vitasm"), "two declarations of a symbol do not match",
        "Two inputs declare the same undefined symbol with different kinds, or with types neither of which satisfies the other.";
    L0005 include_str!("../../../diagnostics/L0005.vitasm"), "an export name is used twice",
        "Two inputs export different things under the same name. A module's export names are unique: give one of them another name.";
    L0006 include_str!("../../../diagnostics/L0006.vitasm"), "two inputs have an entry",
        "A program begins at one place, but two of the inputs have an entry function (MAIN). Link only one of them, or make the other's an ordinary function.";
    L0007 include_str!("../../../diagnostics/L0007.vitasm"), "the memories cannot be made one",
        "A module has one memory. The memories that the inputs define become one, with the largest of their minimums and the smallest of their maximums; their index types must be the same. A memory that the host provides, or an undefined one, cannot be joined with another.";
    L0008 include_str!("../../../diagnostics/L0008.vitasm"), "placed and fixed data rows are mixed",
        "One input has data rows at fixed addresses and another has rows that loading places. Nothing would keep them apart in memory, so a module has only one of the two kinds.";
    L0009 include_str!("../../../diagnostics/L0009.vitasm"), "the data do not fit the memory",
        "Loading places data rows from address 1024 on (those of support code in a module with fixed rows: after the memory's minimum) and raises the memory's initial size to hold them. That would exceed the declared maximum, or the addresses that the index type has. Raise the maximum.";
    L0010 include_str!("../../../diagnostics/L0010.vitasm"), "inputs have different index types",
        "An input without a memory of its own uses addresses of type i64, but the result's memory has index type i32. Declare the memory in that input too (`.extern memory NAME: i32 0`), and assemble it again.";
    L0011 include_str!("../../../diagnostics/L0011.vitasm"), "the result exceeds a limit",
        "The inputs together have more rows of some kind than a module may have. `--limits` prints the limits.";
    // L0012 is retired: it reported that an input was not verified, which its type rules out.
    L0013 "", "the archive is broken",
        "The file is an archive of another kind (a thin one, which only names files), or parts of it do not lie where its headers say: it is truncated or damaged. Make it again, with `vbc-link --archive` or `ar`.";
    L0014 "", "the index of the archive is wrong",
        "The index of an archive says which member defines a symbol. This one names a member that is not there, or that does not define the symbol: the archive was changed without its index. Make it again with `vbc-link --archive`.";
    L0015 "", "a symbol that a flag names is not defined",
        "`--entry`, `--export` and `--keep` name global or weak symbols that some input defines. Archives are searched for members that define them.";
    L0016 "", "a symbol cannot be used as a flag says",
        "An entry is a function without parameters that returns nothing, an i32 or an i64; exports are functions, tables, memories, globals and tags, not data.";
    L0017 "", "the library is not found",
        "`-l NAME` looks for `libNAME.a` in the folders given with `-L`, in their order, and nowhere else.";
    L0018 "", "a file's name cannot be written in a rule of make",
        "`--dependency-file` writes the names of files as GNU make reads them: spaces and characters such as `#`, `:`, `$` and `*` are escaped. There is no escape for a control character (a line end, a tab), `=`, `;`, `|`, a backslash at the end, or a `%` in the name of the output. Nothing is written; give the file another name.";
    L0019 include_str!("../../../diagnostics/L0019.vitasm"), "data of two inputs overlap",
        "Two inputs that each define the memory have data rows at fixed addresses, and some addresses belong to both: one would overwrite the other. Move one of them, or declare the memory in the input that is meant to overwrite (`.extern memory NAME: i64 0`). Programs that were lifted from WebAssembly each define a whole memory, so they cannot be linked into one program: link the C or Rust objects before they become a WebAssembly module.";
}
