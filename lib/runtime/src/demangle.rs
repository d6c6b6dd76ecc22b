//! Names of functions as their sources have them.

use std::fmt::{self, Write};

/// Longest name that is looked at, and longest that is returned, in bytes. Names come from files,
/// and a short mangled name can stand for an endless one.
const LONGEST: usize = 4096;

/// The name from which a compiler of Rust or C++ made `name`; none when it is not such a name.
pub(super) fn demangle(name: &str) -> Option<String> {
    if name.len() > LONGEST {
        return None;
    }
    let mut out = Bounded(String::new());
    if let Ok(rust) = rustc_demangle::try_demangle(name) {
        // Without the hash at the end.
        write!(out, "{rust:#}").ok()?;
        return Some(out.0);
    }
    // Names of C do not begin like this.
    if !name.starts_with("_Z") {
        return None;
    }
    let symbol = cpp_demangle::Symbol::new(name).ok()?;
    let options = cpp_demangle::DemangleOptions::new();
    symbol.structured_demangle(&mut out, &options).ok()?;
    Some(out.0)
}

/// Fails to take more than [`LONGEST`] bytes.
struct Bounded(String);

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.len() + text.len() > LONGEST {
            return Err(fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_rust_and_cpp() {
        let of = |name| demangle(name).unwrap_or_else(|| "-".to_owned());
        assert_eq!(
            of("_ZN4core6option13unwrap_failed17h0123456789abcdefE"),
            "core::option::unwrap_failed"
        );
        assert_eq!(of("_RNvCs15kBYyAo9fc_7mycrate7example"), "mycrate::example");
        assert_eq!(of("_ZN5Shape4areaEd"), "Shape::area(double)");
        assert_eq!(
            of("_ZNSt6vectorIiSaIiEE9push_backERKi"),
            "std::vector<int, std::allocator<int> >::push_back(int const&)"
        );
        for plain in ["main", "", "_start", "Shape::area(double)", "_Z"] {
            assert_eq!(of(plain), "-", "{plain}");
        }
    }

    /// Each substitution doubles the name.
    #[test]
    fn short_names_of_endless_ones_are_left_alone() {
        let mut name = "_Z1f1aIiE".to_owned();
        for n in 0..40 {
            let last = match n {
                0 => "S0_".to_owned(),
                n => format!(
                    "S{}_",
                    char::from_digit(n, 36).unwrap_or('0').to_ascii_uppercase()
                ),
            };
            name += &format!("1bI{last}{last}E");
        }
        assert!(demangle(&name).is_none_or(|name| name.len() <= LONGEST));
        assert_eq!(demangle(&format!("_ZN{}1aE", "1a".repeat(LONGEST))), None);
    }
}
