//! What a tool tells about itself: examples, exit codes, limits, explanations of codes, man
//! page, completions.

use std::fmt::Write;

use clap::Command;

use super::flags::Generated;
use super::tool::{Limit, Tool};
use vbc_core::diag::codes::cli::C0011;
use vbc_core::diag::{self, Diagnostic, Errors, Place};

/// Examples and exit codes, below the flags in `--help` and in the man page.
pub(super) fn after_help<T: Tool>() -> String {
    let mut text = String::from("Examples:\n");
    // Writing into a string cannot fail.
    for (what, line) in T::EXAMPLES {
        let _ = write!(text, "  {what}:\n      {line}\n");
    }
    text.push_str("\nExit codes:\n");
    for (code, meaning) in T::EXIT_CODES {
        let _ = writeln!(text, "  {code:>3}  {meaning}");
    }
    text.pop();
    text
}

pub(super) fn limits(rows: &[Limit]) -> String {
    let name_width = rows.iter().map(|row| row.0.len()).max().unwrap_or(0);
    let value_width = rows
        .iter()
        .map(|row| row.1.to_string().len())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for (name, value, description) in rows {
        // Writing into a string cannot fail.
        let _ = writeln!(
            text,
            "{name:name_width$}  {value:>value_width$}  {description}"
        );
    }
    text
}

/// What `--explain` prints.
pub(super) fn explain(id: &str) -> Result<String, Errors> {
    let Some(code) = diag::find(id) else {
        return Err(Diagnostic::error(
            &C0011,
            Place::Nowhere,
            format!("there is no diagnostic `{id}`"),
        )
        .with_help("codes are a letter and four digits, such as V0137")
        .into());
    };
    let mut text = format!(
        "{}: {}\n\n{}",
        code.id,
        code.title,
        wrapped(code.explanation, 80)
    );
    if !code.example.is_empty() {
        text.push_str("\nExample:\n\n");
        for line in code.example.lines() {
            text.push_str(if line.is_empty() { "" } else { "    " });
            text.push_str(line);
            text.push('\n');
        }
    }
    Ok(text)
}

/// Breaks a paragraph into lines of at most `width` characters where words allow it.
fn wrapped(paragraph: &str, width: usize) -> String {
    let mut text = String::new();
    let mut column = 0;
    for word in paragraph.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            text.push('\n');
            column = 0;
        } else if column > 0 {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += length;
    }
    text.push('\n');
    text
}

/// The man page or completions, from the same definitions as the parser.
pub(super) fn generate<T: Tool>(mut command: Command, what: Generated) -> Vec<u8> {
    let name = command.get_name().to_owned();
    let shell = match what {
        Generated::Man => return man_page::<T>(command),
        Generated::Bash => clap_complete::Shell::Bash,
        Generated::Zsh => clap_complete::Shell::Zsh,
        Generated::Fish => clap_complete::Shell::Fish,
        Generated::Powershell => clap_complete::Shell::PowerShell,
    };
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut text);
    text
}

fn man_page<T: Tool>(command: Command) -> Vec<u8> {
    // Without the commit, so that a page kept in a repository stays the same from commit to commit.
    let command = command.version(env!("CARGO_PKG_VERSION"));
    let man = clap_mangen::Man::new(command).manual("VITBC");
    let mut page = Vec::new();
    // Writing into a vector cannot fail.
    let _ = man.render_title(&mut page);
    let _ = man.render_name_section(&mut page);
    let _ = man.render_synopsis_section(&mut page);
    let _ = man.render_description_section(&mut page);
    let _ = man.render_options_section(&mut page);
    let mut rest = String::from(".SH EXAMPLES\n");
    for (what, line) in T::EXAMPLES {
        let _ = write!(rest, ".TP\n{}:\n{}\n", roff(what), roff(line));
    }
    rest.push_str(".SH EXIT STATUS\n");
    for (code, meaning) in T::EXIT_CODES {
        let _ = write!(rest, ".TP\n{code}\n{}\n", roff(meaning));
    }
    page.extend(rest.into_bytes());
    page
}

/// A line of text for a man page.
fn roff(line: &str) -> String {
    let text = line
        .replace('\\', "\\e")
        .replace('-', "\\-")
        .replace('\'', "\\(aq");
    // A full stop would begin a request.
    if text.starts_with('.') {
        format!("\\&{text}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explanations() {
        assert!(
            explain("C0001")
                .unwrap()
                .starts_with("C0001: no such file\n\nThe operand names")
        );
        assert_eq!(explain("c0001").unwrap(), explain("C0001").unwrap());
        assert_eq!(explain("V\u{1b}").unwrap_err().0[0].code.id, "C0011");
        assert_eq!(wrapped("aa bb cc dd", 5), "aa bb\ncc dd\n");
        assert_eq!(wrapped("aaaaaaaa b", 5), "aaaaaaaa\nb\n");
    }

    #[test]
    fn the_table_of_limits() {
        assert_eq!(
            limits(&[("files", 3, "at once"), ("bytes", 1000, "of each")]),
            "files     3  at once\nbytes  1000  of each\n"
        );
    }

    #[test]
    fn man_pages_are_escaped() {
        assert_eq!(roff("x | jq '.a\\b' -c"), "x | jq \\(aq.a\\eb\\(aq \\-c");
        assert_eq!(roff(".x"), "\\&.x");
    }
}
