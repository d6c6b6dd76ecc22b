//! Which features of WebAssembly are supported.

use wasmparser::{Validator, WasmFeatures};

/// WebAssembly 2.0 without SIMD, and tail calls, extended constant expressions, 64-bit memories.
fn supported() -> WasmFeatures {
    WasmFeatures::WASM2.difference(WasmFeatures::SIMD)
        | WasmFeatures::TAIL_CALL
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::MEMORY64
}

/// Whether a module is valid, but only with features beyond those that are supported.
pub fn needs_another_feature(wasm: &[u8]) -> bool {
    let valid = |features| {
        let mut validator = Validator::new_with_features(features);
        validator.validate_all(wasm).is_ok()
    };
    !valid(supported()) && valid(WasmFeatures::all())
}
