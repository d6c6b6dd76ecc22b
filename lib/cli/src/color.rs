//! Colour: whether, and which.

use std::ffi::OsStr;
use std::fmt;

/// The values of `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ColorChoice {
    /// Colour on a terminal, unless NO_COLOR is set; elsewhere too if CLICOLOR_FORCE is
    #[default]
    Auto,
    /// Colour everywhere
    Always,
    /// No colour
    Never,
}

impl ColorChoice {
    /// Whether to colour a stream that is a terminal or not.
    ///
    /// The flag decides; then `NO_COLOR` (<https://no-color.org>), then
    /// `CLICOLOR_FORCE`, then what the stream is.
    pub fn resolve(self, terminal: bool) -> bool {
        self.resolve_with(terminal, |name| std::env::var_os(name))
    }

    fn resolve_with<S: AsRef<OsStr>>(
        self,
        terminal: bool,
        variable: impl Fn(&str) -> Option<S>,
    ) -> bool {
        let set = |name: &str| variable(name).is_some_and(|value| !value.as_ref().is_empty());
        match self {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if set("NO_COLOR") => false,
            ColorChoice::Auto => {
                let forced = variable("CLICOLOR_FORCE")
                    .is_some_and(|v| !v.as_ref().is_empty() && v.as_ref() != "0");
                forced || (terminal && variable("TERM").is_none_or(|v| v.as_ref() != "dumb"))
            }
        }
    }
}

/// The kinds of text that are told apart by colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// The word `error`, and the carets of one.
    Error,
    /// The word `warning`, and the carets of one.
    Warning,
    /// The words `note` and `help`, and the carets of a note.
    Note,
    /// What is read first: a message, a heading.
    Strong,
    /// Frames, arrows, line numbers.
    Frame,
    /// A mnemonic or keyword of the text form.
    Mnemonic,
    /// A literal.
    Literal,
    /// A comment, or what matters least.
    Faint,
}

impl Style {
    fn sequence(self) -> &'static str {
        match self {
            Style::Error => "\x1b[1;31m",
            Style::Warning => "\x1b[1;33m",
            Style::Note => "\x1b[1;36m",
            Style::Strong => "\x1b[1m",
            Style::Frame => "\x1b[1;34m",
            Style::Mnemonic => "\x1b[36m",
            Style::Literal => "\x1b[32m",
            Style::Faint => "\x1b[2m",
        }
    }
}

/// Colours text, or leaves it plain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Palette {
    on: bool,
}

impl Palette {
    /// A palette that colours or not.
    pub fn new(on: bool) -> Self {
        Palette { on }
    }

    /// Whether it colours.
    pub fn is_on(self) -> bool {
        self.on
    }

    /// `text` in a style, to be formatted. The text must already be harmless (see [`escape`](super::escape())).
    pub fn paint<T: fmt::Display>(self, style: Style, text: T) -> Painted<T> {
        Painted {
            style: self.on.then_some(style),
            text,
        }
    }
}

/// Text with its style; what [`Palette::paint`] returns.
#[derive(Clone, Copy, Debug)]
pub struct Painted<T> {
    style: Option<Style>,
    text: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.style {
            Some(style) => {
                f.write_str(style.sequence())?;
                self.text.fmt(f)?;
                f.write_str("\x1b[0m")
            }
            None => self.text.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(choice: ColorChoice, terminal: bool, variables: &[(&str, &'static str)]) -> bool {
        choice.resolve_with(terminal, |name| {
            variables.iter().find(|v| v.0 == name).map(|v| v.1)
        })
    }

    #[test]
    fn precedence() {
        use ColorChoice::{Always, Auto, Never};
        assert!(resolve(Auto, true, &[]));
        assert!(!resolve(Auto, false, &[]));
        assert!(!resolve(Auto, true, &[("TERM", "dumb")]));
        assert!(!resolve(Auto, true, &[("NO_COLOR", "1")]));
        assert!(
            resolve(Auto, true, &[("NO_COLOR", "")]),
            "an empty NO_COLOR counts as unset"
        );
        assert!(resolve(Auto, false, &[("CLICOLOR_FORCE", "1")]));
        assert!(!resolve(Auto, false, &[("CLICOLOR_FORCE", "0")]));
        assert!(!resolve(
            Auto,
            false,
            &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]
        ));
        assert!(resolve(Always, false, &[("NO_COLOR", "1")]));
        assert!(!resolve(Never, true, &[("CLICOLOR_FORCE", "1")]));
    }

    #[test]
    fn painting() {
        assert_eq!(
            Palette::new(false).paint(Style::Error, "x").to_string(),
            "x"
        );
        assert_eq!(
            Palette::new(true).paint(Style::Error, "x").to_string(),
            "\x1b[1;31mx\x1b[0m"
        );
    }
}
