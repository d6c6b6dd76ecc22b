//! The runtime library of programs that `vbc-aot` has compiled: `libvbcrt.a`, with an interface for C.
//! `docs/abi.md` is its specification, `include/vbcrt.h` its header.

#![allow(unsafe_code, reason = "C calls it")]

mod api;
mod environment;
mod natives;
mod program;

/// What objects of this version refer to, so that another version cannot be linked with them.
// SAFETY: the name is reserved for this.
#[unsafe(no_mangle)]
pub static vbcrt_abi_4: u8 = 4;

#[global_allocator]
static ALLOCATOR: vbc_core::storage::Allocator = vbc_core::storage::Allocator;
