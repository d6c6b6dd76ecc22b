//! What a conformance file contains: its sources and the directives in its comments.

use vbc::isa::Trap;

use super::literal::{quoted, words};
use super::patch::Patch;

/// One file, read.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// The modules that it holds, with their names; usually one.
    pub sources: Vec<(String, String)>,
    /// Whether the binaries are compressed.
    pub zstd: bool,
    /// Changes to the binary of the last source.
    pub patches: Vec<Patch>,
    /// Expected diagnostics, in order. When there are any, nothing runs.
    pub errors: Vec<ExpectedError>,
    /// Calls to make, in one instance and in this order. When there are none, the entry runs.
    pub runs: Vec<Run>,
    /// How the entry ends, where that is not by returning.
    pub end: Option<End>,
    /// All that is written to standard output by all runs together, if the file states it.
    pub stdout: Option<Vec<u8>>,
    /// The same for standard error.
    pub stderr: Option<Vec<u8>>,
    /// What the program can read.
    pub stdin: Vec<u8>,
    /// The program's arguments.
    pub args: Vec<String>,
    /// The program's environment, `NAME=VALUE`.
    pub env: Vec<String>,
    /// Fuel for each run.
    pub fuel: Option<u64>,
    /// Fuel for all runs together, where the file states none: bounds programs that are run on a
    /// flawed engine.
    pub bound: Option<u64>,
    /// Units that are left of `fuel` at the end.
    pub fuel_left: Option<u64>,
    /// Pages that the host allows.
    pub pages: Option<u64>,
    /// Lowered limits.
    pub limits: Vec<(String, u64)>,
}

/// A diagnostic that must be reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedError {
    /// Its code.
    pub code: String,
    /// Line and column, or offset in the binary, where the file states one.
    pub place: Option<ExpectedPlace>,
}

/// Where a diagnostic must point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpectedPlace {
    /// `LINE:COLUMN` of a text.
    Text(u32, u32),
    /// `@OFFSET` of a binary.
    Offset(u64),
}

/// A call and what must result from it.
#[derive(Clone, Debug)]
pub struct Run {
    /// Line of the directive.
    pub line: usize,
    /// Function: an export, else a global symbol.
    pub function: String,
    /// Arguments, as literals.
    pub args: Vec<String>,
    /// The expected end.
    pub end: End,
}

/// How a call or a program ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It returns these literals.
    Returns(Vec<String>),
    /// It traps.
    Traps(Trap),
    /// It exits with a code.
    Exits(i32),
    /// It uses up its fuel.
    OutOfFuel,
}

impl Case {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// A sentence about the first line that is not understood.
    pub fn parse(name: &str, text: &str) -> Result<Case, String> {
        let mut case = Case::default();
        let mut sources = vec![(name.to_owned(), String::new())];
        for (number, line) in text.split_inclusive('\n').enumerate() {
            let words = line.trim_end().strip_prefix(";; ").unwrap_or_default();
            if let Some(name) = words.strip_prefix("--- ") {
                sources.push((name.trim().to_owned(), String::new()));
                continue;
            }
            if let Some((key, value)) = directive(words) {
                case.directive(key, value, number + 1)
                    .map_err(|message| format!("{name}:{}: {message}", number + 1))?;
            }
            if let Some((_, source)) = sources.last_mut() {
                source.push_str(line);
            }
        }
        // Comments above the first separator are about all of them; a module needs none.
        let is_prose = |line: &str| line.trim_start().starts_with(';') || line.trim().is_empty();
        if sources.len() > 1 && sources[0].1.lines().all(is_prose) {
            sources.remove(0);
        }
        case.sources = sources;
        Ok(case)
    }

    fn directive(&mut self, key: &str, value: &str, line: usize) -> Result<(), String> {
        match key {
            "run" => self.runs.push(run(value, line)?),
            "prints" => extend(&mut self.stdout, quoted(value)?),
            "prints-error" => extend(&mut self.stderr, quoted(value)?),
            "traps" => self.end = Some(End::Traps(trap(value)?)),
            "exit" => self.end = Some(End::Exits(number(value)? as i32)),
            "out-of-fuel" => self.end = Some(End::OutOfFuel),
            "stdin" => self.stdin.extend(quoted(value)?),
            "args" => self.args = words(value)?,
            "env" => self.env = words(value)?,
            "fuel" => self.fuel = Some(number(value)?),
            "fuel-left" => self.fuel_left = Some(number(value)?),
            "pages" => self.pages = Some(number(value)?),
            "zstd" => self.zstd = value == "yes",
            "limit" => {
                let (name, value) = value.split_once(' ').ok_or("a limit needs a value")?;
                self.limits.push((name.to_owned(), number(value)?));
            }
            "patch" | "patch-raw" | "truncate" | "append" => {
                self.patches.push(Patch::parse(key, value)?);
            }
            _ if key.starts_with("error[") || key.starts_with("warning[") => {
                self.errors.push(expected_error(key, value)?);
            }
            _ => return Err(format!("`{key}` is no directive")),
        }
        Ok(())
    }

    /// Whether the binary is not what the assembler makes.
    pub fn is_patched(&self) -> bool {
        !self.patches.is_empty()
    }
}

/// Splits `KEY: VALUE`, `error[CODE] PLACE` and `out-of-fuel`; other comments are prose.
fn directive(words: &str) -> Option<(&str, &str)> {
    if words.starts_with("error[") || words.starts_with("warning[") {
        let end = words.find(']')? + 1;
        return Some((&words[..end], words[end..].trim()));
    }
    if words == "out-of-fuel" {
        return Some((words, ""));
    }
    let (key, value) = words.split_once(": ")?;
    let is_key = |c: char| c.is_ascii_lowercase() || c == '-';
    (!key.is_empty() && key.chars().all(is_key)).then_some((key, value.trim()))
}

fn extend(bytes: &mut Option<Vec<u8>>, more: Vec<u8>) {
    bytes.get_or_insert_default().extend(more);
}

/// A decimal or hexadecimal number.
pub(super) fn number(text: &str) -> Result<u64, String> {
    let text = text.trim().replace('_', "");
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    }
    .map_err(|_| format!("`{text}` is no number"))
}

fn trap(message: &str) -> Result<Trap, String> {
    let found = Trap::ALL
        .iter()
        .find(|trap| trap.message() == message.trim());
    found
        .copied()
        .ok_or_else(|| format!("no trap has the message `{message}`"))
}

fn expected_error(key: &str, place: &str) -> Result<ExpectedError, String> {
    let code = key.trim_start_matches(|c| c != '[');
    let code = code.trim_matches(['[', ']']).to_owned();
    let place = match (place.strip_prefix('@'), place.split_once(':')) {
        (Some(offset), _) => Some(ExpectedPlace::Offset(number(offset)?)),
        (None, Some((line, column))) => Some(ExpectedPlace::Text(
            number(line)? as u32,
            number(column)? as u32,
        )),
        (None, None) if place.is_empty() => None,
        _ => return Err(format!("`{place}` is no place")),
    };
    Ok(ExpectedError { code, place })
}

/// `f(1, 2.5) == (3, nan)`, `f() traps MESSAGE`, `f() exits 3`, `f() is out of fuel`.
fn run(text: &str, line: usize) -> Result<Run, String> {
    let close = text.find(')').ok_or("a call needs parentheses")?;
    let (call, end) = text.split_at(close + 1);
    let (function, args) = call.split_once('(').ok_or("a call needs parentheses")?;
    let function = match function.starts_with('"') {
        true => words(function)?.concat(),
        false => function.to_owned(),
    };
    let end = end.trim();
    let end = if let Some(values) = end.strip_prefix("==") {
        let values = values.trim();
        let values = values.strip_prefix('(').unwrap_or(values);
        End::Returns(list(values.strip_suffix(')').unwrap_or(values)))
    } else if let Some(message) = end.strip_prefix("traps ") {
        End::Traps(trap(message)?)
    } else if let Some(code) = end.strip_prefix("exits ") {
        End::Exits(number(code)? as i32)
    } else if end == "is out of fuel" {
        End::OutOfFuel
    } else {
        return Err(format!("`{end}` is no expectation"));
    };
    Ok(Run {
        line,
        function,
        args: list(args.trim_end_matches(')')),
        end,
    })
}

fn list(text: &str) -> Vec<String> {
    let parts = text.split(',').map(|part| part.trim().to_owned());
    parts.filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_are_read() {
        let text = ";; A file.\n;; run: f(1, -2.5) == (3, nan)\n;; run: g() traps unreachable\n\
                    ;; prints: \"5\\n\"\n;; error[V0137] 7:15\n;; limit: sections 2\nMAIN\nEND\n";
        let case = Case::parse("x", text).unwrap();
        assert_eq!(case.runs[0].args, ["1", "-2.5"]);
        assert_eq!(
            case.runs[0].end,
            End::Returns(vec!["3".into(), "nan".into()])
        );
        assert_eq!(case.runs[1].end, End::Traps(Trap::Unreachable));
        assert_eq!(case.stdout.as_deref(), Some(&b"5\n"[..]));
        assert_eq!(case.errors[0].place, Some(ExpectedPlace::Text(7, 15)));
        assert_eq!(case.limits, [("sections".to_owned(), 2)]);
        assert_eq!(case.sources[0].1, text);
        assert!(Case::parse("x", ";; rnu: f() == 1\n").is_err());
    }

    #[test]
    fn several_files_in_one() {
        let text = ";; prints: \"1\"\n;; --- a.vitasm\nA\n;; --- b.vitasm\nB\n";
        let case = Case::parse("x", text).unwrap();
        let expected = [("a.vitasm", "A\n"), ("b.vitasm", "B\n")];
        let sources = case.sources.iter();
        assert!(sources.map(|(name, text)| (&**name, &**text)).eq(expected));
    }
}
