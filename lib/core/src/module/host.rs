//! The modules whose imports only the host provides.

/// The host functions of this project (`docs/host.md`).
pub const VBC1: &str = "vbc1";

/// WASI preview 1 (`docs/wasi.md`).
pub const WASI: &str = "wasi_snapshot_preview1";

/// Whether imports from `module` are the host's, so that no object defines them.
pub fn is_host(module: &str) -> bool {
    [VBC1, WASI].contains(&module)
}
