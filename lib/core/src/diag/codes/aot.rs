//! Diagnostics of native objects and executables.

crate::diag::codes! {
    N0001 "", "two names are the same in C",
        "An exported function is `vbc_NAME` in C, an imported one `MODULE__NAME`, with every byte that C does not allow written as `_` and two hexadecimal digits (docs/abi.md). Two names in the program become the same in this way: rename one of them.";
    N0002 "", "not an object of vbc-aot",
        "`vbc-link --exe` takes one object made by `vbc-aot`, and in addition objects and libraries made by other compilers. None of the files was made by vbc-aot. Compile the program first: `vbc-aot main.vitbc -o main.o`.";
    N0003 "", "two objects of vbc-aot",
        "An executable holds one program. Link the modules first, then compile the result: `vbc-link a.vitbc b.vitbc -o all.vitbc && vbc-aot all.vitbc -o all.o`.";
    N0004 "", "the runtime library is not found",
        "Executables are linked with libvbcrt.a. The places where it is looked for are, in this order, the file given by `--runtime`, the file that VBC_RUNTIME names, the folder of the program vbc-link, and ../lib/vbc/TRIPLE/ as seen from that folder. The README says how to install it.";
    N0005 "", "object and runtime library do not fit",
        "The object was made for another version of the runtime library. Use vbc-aot and libvbcrt.a of the same version, and compile the program again.";
    N0006 "", "an import is not defined",
        "The program imports a function that neither the runtime library nor any of the other files defines. docs/abi.md says what its name is in C.";
    N0007 "", "the C compiler failed",
        "The system's C compiler, which links executables, cannot be run or has failed; what it reported is part of the message. `--cc` chooses another one.";
    N0008 "", "a file is for another machine",
        "All objects and the runtime library must be for the same processor. vbc-aot's `--target` chooses the object's.";
    N0009 "", "the object has no entry",
        "The program has no entry function, so an executable would have nothing to run. An object without one can be called from a C program that has a main function: give that program's object to vbc-link, too.";
    N0010 "", "one symbol of two libraries",
        "The program imports native functions with one C symbol from two libraries. In an executable a symbol has one meaning, that of the library which the linker finds \
         first. `vbc-run` and `vbc-jit` open libraries one by one and keep them apart.";
    N0011 "", "a static executable needs a shared library",
        "The program imports functions of a C library, which `vbc-link --exe` would link as a shared one, and `--static` allows no such library. Give it as an archive of \
         objects beside the program, `vbc-link --exe --static main.o libz.a`, or leave `--static` out. What the C library itself has (`libc.so.6`, `libm.so.6`) needs no archive.";
}
