//! The codes of what a dump cannot find.

crate::diag::codes! {
    C0030 "", "no function is selected",
        "A value of `--only` is neither the name of a function that the file defines, nor a pattern that one of them matches, nor the index of one, nor the offset of a byte in the code of one. Imported functions have no code.";

    C0031 "", "a source file was not read",
    "A warning: the module names a source file that lies outside the current folder, or is reached by a symbolic link \
     or `..` that leads out of it. A module from a stranger may name any file on the system, so such files are not \
     opened. `vbc-dump --source-dir DIR` allows source files below another folder to be read.";
}
