//! From WebAssembly to VITBC.

#[allow(dead_code)]
mod body;
