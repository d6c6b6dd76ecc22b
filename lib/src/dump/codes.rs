//! The codes of what a dump cannot find.

crate::diag::codes! {
    C0030 "", "no function is selected",
        "A value of `--only` is no name of a function that the file defines, no pattern that one of them matches, no index of one, and no offset of a byte of its code. Imported functions have no code.";
}
