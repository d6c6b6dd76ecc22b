//! Diagnostics of WebAssembly that cannot be lifted.

macro_rules! example {
    ($id:literal) => {
        include_str!(concat!("../../../diagnostics/", $id, ".wat"))
    };
}

crate::diag::codes! {
    W0001 "", "the input is not WebAssembly",
        "`vbc-lift` reads WebAssembly modules: binary ones, which begin with `\\0asm`, and the text form, which begins with `(`. The other tools read `.vitbc` and `.vitasm`.";
    W0002 "", "the module is malformed",
        "The bytes are not a WebAssembly module: a section or an instruction is cut off, or encoded in a way that the format does not allow. The file was damaged, or written wrongly.";
    W0003 example!("W0003"), "the module is not valid",
        "WebAssembly's rules of validation are broken: an operand has the wrong type, an index is out of range, or the like. Whatever made the module is at fault; other WebAssembly tools refuse it too.";
    W0004 example!("W0004"), "a feature of WebAssembly is not supported",
        "The module is valid, but uses something that has no counterpart in VITBC so far: SIMD, threads, garbage collection, typed references, exceptions, several memories and so on. Compilers have flags to do without it (`-mno-simd128`, `-C target-feature=-simd128`), which the error names; `vbc-wasm --single-memory` makes a module that can be lifted again.";
    W0005 "", "the input is a component",
        "A component wraps modules of the component model. Only plain (core) modules can be lifted. Compile for the target `wasm32-wasip1` instead of `wasm32-wasip2` (Rust, clang, Go: `GOOS=wasip1`); `wasm-tools component unbundle` takes the modules out of a component.";
    W0006 "", "the input is an object, not a finished module",
        "The module has a `linking` or `reloc.*` section: it is a compiler's object file, whose addresses and indexes are not final. Link it first, with `wasm-ld` or by leaving out `-c`.";
    W0007 "", "a function is too large",
        "VITBC's limits admit every module within the common limits of WebAssembly engines whose functions keep at most 50,000 values at a time. This function keeps more.";
    W0008 example!("W0008"), "a name is not possible",
        "Names of exports and imports are carried over as they are, but exports beginning with `vbc1:` or `wasi_snapshot_preview1:` would take the place of the host's functions.";
    W0009 example!("W0009"), "the text is malformed",
        "The text form of WebAssembly (`.wat`) has an error at this place.";
    W0010 "", "source lines are left out",
        "A warning: the module carries DWARF debug information that cannot be read, so some or all source lines are missing from the result. What the program does is not affected.";
}
