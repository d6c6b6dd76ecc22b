//! Diagnostics of programs that cannot become WebAssembly.

crate::diag::codes! {
    W0101 "", "a function is too large for WebAssembly",
        "WebAssembly engines take at most 50,000 locals and 7,654,321 bytes of code in a function, and this one needs more. Divide the function.";
    W0102 "", "an export is in the way",
        "Whatever runs the result looks for exports with certain names: `memory` for the memory through which WASI's functions are called, and `_start` for the program's beginning. The program exports something else under such a name. Give that export another name.";
    W0103 "", "the result is not valid",
        "Every result is checked before it is written. This one is not valid WebAssembly, which is an error in `vbc-wasm` and never the program's fault. Please report it, with the module.";
    W0104 "", "native functions in WebAssembly",
        "The program imports functions of a C library (`native:LIB`). WebAssembly has no way to call them. Link the program with a module that exports the function under the \
         name of the import (`native:LIB:SIGNATURE`), such as one that `vbc-lift` has made of the library compiled to WebAssembly; or leave the imports to a host that has the functions (`--keep-native`).";
}
