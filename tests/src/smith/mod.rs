//! Random WebAssembly modules (crate `wasm-smith`), and what the interpreter makes of them.

mod run;

pub use run::{Call, EXTERNAL, End, Run, call_all, calls, imported, lift, program};

use arbitrary::Unstructured;
use wasm_smith::{Config, Module};

/// Loop turns and calls of a module, counted by code in the module itself; then it traps. Enough for
/// a while, too few for any engine's stack.
const FUEL: u32 = 500;

/// Bytes of which a module is made.
const ENTROPY: usize = 6_000;

/// Functions that modules import, as WebAssembly sees them; [`imported`] is what they do.
pub const IMPORTS: &str = r#"(module
  (import "host" "nothing" (func))
  (import "host" "mix" (func (param i32 i64) (result i64)))
  (import "host" "scale" (func (param f64 f32) (result f32 f64)))
  (import "host" "pass" (func (param externref funcref) (result externref))))"#;

/// The supported features, and sizes at which a module is a matter of microseconds.
fn config(imports: Option<&[u8]>) -> Config {
    Config {
        available_imports: imports.map(<[u8]>::to_vec),
        // A NaN's bits are each engine's own, unless code makes them the same.
        canonicalize_nans: true,
        compact_imports_enabled: false,
        custom_descriptors_enabled: false,
        exceptions_enabled: false,
        export_everything: true,
        gc_enabled: false,
        max_data_segments: 8,
        max_element_segments: 8,
        max_funcs: 12,
        max_globals: 12,
        max_imports: if imports.is_some() { 4 } else { 0 },
        // Growing fails at the declared maximum, which is the same everywhere, not at an engine's own limit.
        max_memory32_bytes: 4 << 16,
        max_memory64_bytes: 4 << 16,
        memory_max_size_required: true,
        max_table_elements: 100,
        table_max_size_required: true,
        max_memories: 1,
        max_tables: 3,
        memory64_enabled: true,
        min_funcs: 2,
        relaxed_simd_enabled: false,
        simd_enabled: false,
        threads_enabled: false,
        wide_arithmetic_enabled: false,
        ..Config::default()
    }
}

/// The module that `data` decides, which ends whatever is called; none when `data` is of no use. `imports` is
/// [`IMPORTS`] in binary form; without it nothing is imported.
pub fn module(data: &[u8], imports: Option<&[u8]>) -> Option<Vec<u8>> {
    let mut unstructured = Unstructured::new(data);
    let mut module = Module::new(config(imports), &mut unstructured).ok()?;
    module.ensure_termination(FUEL).ok()?;
    Some(module.to_bytes())
}

/// Random bytes for [`module`].
pub fn entropy(seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut bytes = Vec::with_capacity(ENTROPY);
    while bytes.len() < ENTROPY {
        bytes.extend(split_mix(&mut state).to_le_bytes());
    }
    bytes
}

/// The next number of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators).
pub(crate) fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
