//! Makes the list of superinstructions from its data file, and finds out which interpreter engine the build gets.
//!
//! The tail-threaded engine (`src/dispatch/tail.rs`) relies on sibling calls being turned into jumps,
//! which LLVM does in optimised builds for the processors named here. Profile settings are all that
//! a build script sees: debug assertions that flags turn on are excluded in the source, and a probe
//! at run time finds what is left.

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// First cell, second cell, operand of the second one that is the first one's result.
const SUPERINSTRUCTIONS: &str = "superinstructions.txt";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    choose_engine();
    list_superinstructions();
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

/// Writes the macro that hands the list to another.
fn list_superinstructions() {
    println!("cargo:rerun-if-changed={SUPERINSTRUCTIONS}");
    let data = fs::read_to_string(SUPERINSTRUCTIONS).expect(SUPERINSTRUCTIONS);
    let mut rows = String::new();
    let mut row = "";
    for (n, line) in data.lines().enumerate() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (first, second, operand) = match words[..] {
            [] | ["#", ..] => continue,
            [first, second] => (first, second, "Nothing"),
            [first, second, "a"] => (first, second, "A"),
            [first, second, "b"] => (first, second, "B"),
            [first, second, "c"] => (first, second, "C"),
            [first, second, "d"] => (first, second, "D"),
            _ => panic!(
                "{SUPERINSTRUCTIONS}:{}: two cells, then a, b, c, d or nothing",
                n + 1
            ),
        };
        if row != first {
            let end = if row.is_empty() { "" } else { "}\n" };
            write!(rows, "{end}{first} {{ ").expect("a string grows");
            row = first;
        }
        write!(rows, "{second} {operand}, ").expect("a string grows");
    }
    let end = if row.is_empty() { "" } else { "}" };
    let source = format!(
        "/// Hands the list to the macro `$callback`.\nmacro_rules! for_each_superinstruction {{\n\
         ($callback:ident) => {{ $callback! {{\n{rows}{end}\n}} }};\n}}\n"
    );
    let folder = env::var_os("OUT_DIR").expect("cargo says where");
    let place = Path::new(&folder).join("superinstructions.rs");
    fs::write(place, source).expect("it can be written");
}
