//! The codes of what a dump cannot find.

crate::diag::codes! {
    C0030 "", "no function is selected",
        "A value of `--only` is no name of a function that the file defines, no pattern that one of them matches, no index of one, and no offset of a byte of its code. Imported functions have no code.";

    C0031 "", "a source file was not read",
    "A warning: the module names a source file that lies outside of the current folder, or is reached by a symbolic link \
     or `..` that leads out of it. A module from a stranger may name any file of the system, so such files are not \
     opened. `vbc-dump --source-dir DIR` lets source files be read below another folder.";
}
