//! The codes of what keeps a program from being run.

use crate::diag::codes::codes;

codes! {
    R0001 include_str!("../../../diagnostics/R0001.vitasm"), "unknown import",
    "The program imports something that no host function of this tool provides. Before the first instruction runs, \
     every import must be known; docs/host.md lists them. A program that is made of several modules must be linked \
     first: `vbc-link a.vitbc b.vitbc -o c.vitbc`.";

    R0002 include_str!("../../../diagnostics/R0002.vitasm"), "import has another type",
    "The host provides what the program imports, but with a type that is not the one that the program declares. \
     docs/host.md gives the types; `addr` there is the index type of the program's memory, i64 when it has none.";

    R0003 include_str!("../../../diagnostics/R0003.vitasm"), "initial memory does not fit",
    "The memory that the program has from the start is larger than the limit for memory, or than what the system \
     can provide. `--max-memory` raises the limit.";

    R0004 include_str!("../../../diagnostics/R0004.vitasm"), "initial table does not fit",
    "A table that the program has from the start is larger than the limit, which bounds the bytes of \
     memory and all tables together; an element of a table counts as eight. `--max-memory` raises the limit.";

    R0005 "", "nothing to run",
    "No module is loaded, or the module has no entry function. Such a module is a library or an object: link it with a module that has one, or call \
     one of its functions with `--invoke NAME`.";

    R0006 "", "no such function",
    "`--invoke` names a function that the module neither exports nor has as a global symbol. `vbc-dump --symbols` \
     and `--exports` list those that it has.";

    R0007 "", "arguments do not fit the function",
    "The function that is invoked has a different number of parameters, or an argument is not a value of the parameter's \
     type. Integers are written in decimal or as 0x..., floats as 1.5 or 1e9, references as null.";

    R0009 "", "stack cannot be reserved",
    "The system has no room for a stack of the requested size. `--max-stack` lowers it.";

    R0010 "", "file cannot be read",
    "The file that an embedder asked to load, or an object that `vbc-link --exe` was given, cannot be opened or read. The \
     system's own reason is part of the message. (For modules, the command-line tools report this under the codes C0001 to C0006.)";

    R0011 "", "cannot be compiled",
    "The code generator has refused a function of the program, there is none for this machine, or the system does not \
     allow new code to be run. `vbc-run` runs the program without native code.";

    R0012 "", "object cannot be run here",
    "The program was compiled by vbc-aot for something other than what it finds here: another version of the runtime library, a processor with more \
     features (`--cpu`), or a run without limits although VBC_FUEL or VBC_TIMEOUT set one (`--metered`). Compile it again as the message says.";

    R0013 "", "time is up before the program runs",
    "The time limit covers everything, compiling included, and it passed before code had been generated for all \
     functions. `vbc-run` compiles nothing; `--opt none` compiles faster; a higher `--timeout` gives more time.";

    R0014 "", "file cannot be written",
    "The file to which an embedder saves a module cannot be created, written or renamed. The system's own reason is part of the message. \
     Nothing is left behind, and a file that was there before is untouched. (The command-line tools report this under the code C0009.)";

    R0015 "", "managed objects are not supported here",
        "The module has types of managed objects, tags of exceptions, or references other than funcref and externref (feature *managed*). \
         `vbc-run` runs such modules; this version does not translate them to machine code or WebAssembly.";

    R0016 include_str!("../../../diagnostics/R0016.vitasm"), "native functions are not permitted",
    "The program calls functions of a C library. Such a function can do whatever the process can do, so whoever runs the program has to permit the library: \
     `--native LIB` with the name that the message gives, `--native LIB=PATH` to say where it is, or `--native-any`. `vbc-dump --imports` shows what a \
     program calls.";

    R0017 "", "native library cannot be opened",
    "The system does not find the library that the program calls, or it is one for another architecture, or it needs something that is missing. The system's own \
     reason is part of the message. `--native LIB=PATH` says where it is.";

    R0018 "", "native library does not have the function",
    "The library has been opened, and has no symbol of this name. It may be another version of it, or the function is in another library, or in C a macro or an \
     inline function.";

    R0019 "", "native functions cannot be called here",
    "The tool was built without the cargo feature `ffi` (`--no-default-features`), without which it cannot call functions of C libraries.";

    R0020 "", "a run with native functions may differ from the next",
    "`--deterministic` makes everything repeatable that `vbc` itself gives to a program. What native functions give to it, and do, is theirs, so the run may differ from the \
     next one all the same.";
    R0021 "", "the sandbox cannot be made",
    "`--sandbox`, or VBC_SANDBOX=1, demands that the Linux kernel bounds the process, and it cannot: it lacks Landlock (Linux 5.13 or newer, built with it, \
     not left out of `lsm=`) or seccomp, or a container forbids them, or the process has threads that could not be bounded with it. `--sandbox=try` and \
     VBC_SANDBOX=try run the program with what there is. docs/cli.md, section 8, says what the sandbox does.";
    R0022 "", "heap cannot be made",
        "The system has no address space for the managed heap of the program, which takes 320 MiB of it at least (`ulimit -v` may limit it), or the program has more than 1,048,575 types \
         and tags, which objects cannot tell apart.";
}
