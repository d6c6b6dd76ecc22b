//! `--only`: which functions.

use std::fmt;

use super::image::Image;
use vbc_core::glob;
use vbc_core::module::NameSpace;

/// One value of `--only`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// `@offset`: the function whose code holds this byte of the file.
    Offset(u64),
    /// `#index`: the function with this index.
    Index(u32),
    /// A name, in which `*` stands for any characters and `?` for one.
    Name(String),
}

impl Selector {
    /// Reads what a user wrote.
    ///
    /// # Errors
    ///
    /// When there is no number after `@` or `#`.
    pub fn parse(text: &str) -> Result<Selector, String> {
        let number = |digits: &str| match digits.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16),
            None => digits.parse(),
        };
        if let Some(digits) = text.strip_prefix('@') {
            let offset = number(digits).map_err(|_| "an offset is a number, such as @0x1a8");
            return Ok(Selector::Offset(offset?));
        }
        if let Some(digits) = text.strip_prefix('#') {
            let index = number(digits).ok().and_then(|n| u32::try_from(n).ok());
            return Ok(Selector::Index(
                index.ok_or("an index is a number, such as #3")?,
            ));
        }
        Ok(Selector::Name(text.to_owned()))
    }

    /// Whether it means defined function number `defined`.
    pub fn matches(&self, image: &Image, defined: usize) -> bool {
        let index = image.function_index(defined);
        match self {
            Selector::Offset(offset) => {
                let row = image.module.functions.get(defined);
                row.is_some_and(|row| {
                    let extent = image.code(row.code, row.words);
                    (extent.offset..extent.offset.saturating_add(extent.size)).contains(offset)
                })
            }
            Selector::Index(wanted) => *wanted == index,
            Selector::Name(pattern) => image
                .name(NameSpace::Func, index)
                .is_some_and(|name| glob::matches(pattern, &name)),
        }
    }
}

impl fmt::Display for Selector {
    /// For messages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Selector::Offset(offset) => write!(f, "at offset {offset:#x}"),
            Selector::Index(index) => write!(f, "#{index}"),
            Selector::Name(name) => write!(f, "called `{name}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors() {
        assert_eq!(Selector::parse("@0x10"), Ok(Selector::Offset(16)));
        assert_eq!(Selector::parse("#7"), Ok(Selector::Index(7)));
        assert_eq!(Selector::parse("m*"), Ok(Selector::Name("m*".into())));
        assert!(Selector::parse("@x").is_err());
        assert!(Selector::parse("#4294967296").is_err());
    }
}
