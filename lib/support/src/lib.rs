//! The support code that programs are linked with, assembled: files in the container format, once for each index type.
//!
//! The `.vitasm` files beside this crate's folder `src` are the sources. `support32.vitbc` and `support64.vitbc` are
//! made from them by `cargo run -p xtask -- --write`; assembling them at every start would cost more time than a small
//! program takes. In them the routines have their full names, and the memory that the sources declare is left out: they
//! use memory 0, whatever it is.

/// Support code for memories with 32-bit addresses.
pub static IMAGE_32: &[u8] = include_bytes!("../support32.vitbc");
/// Support code for memories with 64-bit addresses.
pub static IMAGE_64: &[u8] = include_bytes!("../support64.vitbc");
