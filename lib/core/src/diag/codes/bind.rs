//! Diagnostics of headers for which no bindings can be written.

crate::diag::codes! {
    B0001 "", "the C compiler cannot be started",
        "`vbc-bind` asks a C compiler what a header means. The one that `--cc` or the variable `CC` names, or else `cc`, could not be started; the system's reason is part of the message. `--cc` takes the name of one program; flags for it go with `--cflag`.";
    B0002 "", "the C compiler failed",
        "The C compiler refused the header, or something that `vbc-bind` asked about it; what it said is part of the message. Headers may need others before them (`--include`), folders of headers (`-I`), macros (`-D`) or another version of C (`--cflag -std=c17`), as in a program that includes them.";
    B0003 "", "a header is not found",
        "The header is neither a file as seen from the current folder nor in one of the folders where the C compiler looks for headers. Name its folder with `-I`, or install it: systems have headers in packages of their own, such as `zlib1g-dev`.";
    B0004 "", "nothing is declared by this name",
        "The headers declare no function, constant or type of this name. It may need a macro (`-D _GNU_SOURCE`) or another header (`--include`); `--errno` and `--blocking` name functions that are bound, `--ptr` and `--buf` types that these take pointers to.";
    B0005 "", "the name means something else",
        "The headers know the name, but not as what was asked for: a macro with parameters or a variable is not a function, an expression whose value is only known when a program runs is not a constant, and a struct that the headers only mention has no fields.";
    B0006 "", "there is no debug information",
        "`vbc-bind` reads what the C compiler says about types in the debug information of an ELF object. The compiler was asked for it (`-g`), but has written something else, or left it out. GCC and Clang write what is needed.";
    B0007 "", "there are no native functions for this machine",
        "Native functions exist on x86_64, aarch64 and riscv64, with addresses of 64 bits and the small end first. The C compiler writes objects for another machine: name one for the right machine with `--cc`, or leave out flags such as `-m32`.";
    B0008 "", "debug information is not understood",
        "The debug information that the C compiler has written contradicts itself or is cut off, or describes types in a way that C has no need of. `readelf --debug-dump=info` shows what is in an object.";
    B0009 "", "something is left out",
        "A warning: something that was asked for cannot be said in VITBC, so there is a comment in its place, and the exit code is 3. docs/bind.md lists what this can be. A variadic function needs the types of its arguments, as in `'printf(...,i32)'`.";
    B0010 "", "a signature does not fit",
        "The types that were written after a function's name are not what the header declares. They may choose the sign of an integer and what a pointer is for (`ptr`, `buf`, `str`, `fn(..)`), but not change how an argument is passed; and only a variadic function takes more arguments than it has parameters.";
    B0011 "", "no function is selected",
        "`--all` found no function that the header itself declares, or no name matches a pattern. Headers often only include others: `--from` takes the functions of such a one.";
    B0012 "", "two functions or structs have one name",
        "Two of the functions that are bound, or of the structs, would have the same name in the text. Give a function another: `'print_one=printf(...,i32)'`. Different structs have one name where a `typedef` names another struct than the tag does: bind them into different texts, one with `--prefix`.";
}
