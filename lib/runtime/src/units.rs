//! Limits as words: what flags and the environment state.

use std::time::Duration;

/// Reads a time such as `500ms`, `10s` or `2m`; seconds without a unit.
///
/// # Errors
///
/// What is wrong with it, in a few words.
pub fn duration(word: &str) -> Result<Duration, String> {
    let end = word
        .find(|c: char| c != '.' && !c.is_ascii_digit())
        .unwrap_or(word.len());
    let (number, unit) = word.split_at(end);
    let number: f64 = number.parse().map_err(|_| "not a number")?;
    let seconds = match unit {
        "ms" => number / 1e3,
        "" | "s" => number,
        "m" => number * 60.0,
        "h" => number * 3600.0,
        _ => return Err("the units are ms, s, m and h".into()),
    };
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

/// Reads a number of bytes such as `64M`.
///
/// # Errors
///
/// What is wrong with it, in a few words.
pub fn size(word: &str) -> Result<u64, String> {
    let end = word
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(word.len());
    let (number, unit) = word.split_at(end);
    let number: u64 = number.parse().map_err(|_| "not a number")?;
    let shift = match unit {
        "" => 0,
        "K" | "KiB" => 10,
        "M" | "MiB" => 20,
        "G" | "GiB" => 30,
        "T" | "TiB" => 40,
        _ => return Err("the units are K, M, G and T".into()),
    };
    number
        .checked_mul(1 << shift)
        .ok_or_else(|| "too large".into())
}

/// Reads the size of a stack, which is address space that must exist.
///
/// # Errors
///
/// What is wrong with it, in a few words.
pub fn stack_size(word: &str) -> Result<u64, String> {
    match size(word)? {
        bytes if bytes <= 1 << 40 => Ok(bytes),
        _ => Err("at most 1T".into()),
    }
}
