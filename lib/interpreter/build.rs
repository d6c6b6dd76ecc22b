//! Finds out which interpreter engine the build gets.
//!
//! The tail-threaded engine (`src/dispatch/tail.rs`) relies on sibling calls being turned into jumps,
//! which LLVM does in optimised builds for the processors named here. Profile settings are all that
//! a build script sees: debug assertions that flags turn on are excluded in the source, and a probe
//! at run time finds what is left.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    choose_engine();
}

fn choose_engine() {
    println!("cargo:rustc-check-cfg=cfg(vbc_tail)");
    let is = |name: &str, values: &[&str]| {
        env::var(name).is_ok_and(|value| values.contains(&value.as_str()))
    };
    if is("CARGO_CFG_TARGET_ARCH", &["x86_64", "aarch64"])
        && is("OPT_LEVEL", &["2", "3", "s", "z"])
        && env::var_os("CARGO_FEATURE_PORTABLE").is_none()
    {
        println!("cargo:rustc-cfg=vbc_tail");
    }
}
