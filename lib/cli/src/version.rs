//! What a tool tells about itself.

use std::sync::LazyLock;

use vbc_core::format::{DRAFT, VERSION};

/// The commit that the tools were built from; absent in a build from an archive and in development builds.
pub const COMMIT: Option<&str> = option_env!("VBC_COMMIT");

/// One line: version and commit.
pub(super) static SHORT: LazyLock<String> = LazyLock::new(|| {
    let version = env!("CARGO_PKG_VERSION");
    match COMMIT {
        Some(commit) if !commit.is_empty() => format!("{version} ({commit})"),
        _ => version.to_owned(),
    }
});

/// The line of [`SHORT`], and the versions of the format.
pub(super) static LONG: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{}\nreads and writes VITBC version {VERSION}, draft {DRAFT}",
        *SHORT
    )
});
