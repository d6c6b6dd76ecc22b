//! What is known about a trap.

use std::fmt;

use vbc_core::diag::counted;
use vbc_core::diag::escape;
use vbc_core::isa::Trap;

/// A trap and the calls that led to it.
#[derive(Clone, Debug, PartialEq)]
pub struct TrapReport {
    /// The kind.
    pub trap: Trap,
    /// The active calls, innermost first. Support routines are left out.
    pub frames: Vec<FramePlace>,
    /// How many further calls there were between the listed ones and the outermost, which is the
    /// last one listed.
    pub omitted: usize,
}

/// Where a call is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FramePlace {
    /// Function index.
    pub function: u32,
    /// The function's name: its symbol, its debug name or `#index`.
    pub name: String,
    /// Number of the instruction in the function, from 0; none for a native
    /// function that has called the program back.
    pub instruction: Option<u32>,
    /// Source file and line (from 1) where the line table knows them.
    pub source: Option<(String, u32)>,
}

/// What functions are called in a backtrace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// As the module has them.
    Raw,
    /// Those of Rust and C++ as their sources have them (in builds with the feature `demangle`).
    Demangled,
}

/// Longest round of calls that is looked for: functions that call each other in turn.
const ROUND: usize = 8;

impl TrapReport {
    /// What is printed on a terminal: by whom, the message, then the calls, one on each line. The
    /// equal calls of a recursion are printed once and counted.
    pub fn text(&self, by: &str, names: Names) -> String {
        let mut text = format!("{by}: trap: {}\n", self.trap);
        // The last frame is the outermost one; calls may be left out before it.
        let listed = match self.omitted {
            0 => self.frames.len(),
            _ => self.frames.len().saturating_sub(1),
        };
        let (inner, outer) = self.frames.split_at(listed);
        let mut at = 0;
        while at < inner.len() {
            let (round, times) = repeated(&inner[at..]);
            for frame in &inner[at..at + round] {
                text.push_str(&frame.line(names));
            }
            match (round, times) {
                (_, 0) => {}
                (1, _) => text.push_str(&format!("  ... the same call {times} more times ...\n")),
                _ => text.push_str(&format!(
                    "  ... the same {round} calls {times} more times ...\n"
                )),
            }
            at += round * (times + 1);
        }
        if self.omitted > 0 {
            let more = counted(self.omitted as u64, "more call");
            text.push_str(&format!("  ... {more} ...\n"));
        }
        for frame in outer {
            text.push_str(&frame.line(names));
        }
        text
    }
}

/// How many calls at the beginning make a round that comes again, and how often it does; 1 and 0
/// where none comes again twice.
fn repeated(frames: &[FramePlace]) -> (usize, usize) {
    for round in 1..=ROUND.min(frames.len() / 3) {
        let (first, rest) = frames.split_at(round);
        let times = rest
            .chunks_exact(round)
            .take_while(|next| *next == first)
            .count();
        if times > 1 {
            return (round, times);
        }
    }
    (1, 0)
}

impl FramePlace {
    fn line(&self, names: Names) -> String {
        #[cfg(feature = "demangle")]
        if names == Names::Demangled
            && let Some(name) = super::demangle::demangle(&self.name)
        {
            let frame = FramePlace {
                name,
                ..self.clone()
            };
            return format!("  at {}\n", escape(&frame.to_string()));
        }
        let _ = names;
        format!("  at {}\n", escape(&self.to_string()))
    }
}

impl fmt::Display for FramePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.instruction {
            Some(instruction) => write!(f, "{}, instruction {instruction}", self.name)?,
            None => write!(f, "{}, native function", self.name)?,
        }
        match &self.source {
            Some((file, line)) => write!(f, " ({file}:{line})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for TrapReport {
    /// The message, then the calls, one on each line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.trap)?;
        for (i, frame) in self.frames.iter().enumerate() {
            if self.omitted > 0 && i + 1 == self.frames.len() {
                let more = counted(self.omitted as u64, "more call");
                write!(f, "\n  ... {more} ...")?;
            }
            write!(f, "\n  at {frame}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(frames: &[(&str, u32)], omitted: usize) -> TrapReport {
        let frame = |&(name, instruction): &(&str, u32)| FramePlace {
            function: 0,
            name: name.to_owned(),
            instruction: Some(instruction),
            source: None,
        };
        TrapReport {
            trap: Trap::Unreachable,
            frames: frames.iter().map(frame).collect(),
            omitted,
        }
    }

    /// The lines after the first.
    fn lines(frames: &[(&str, u32)], omitted: usize) -> Vec<String> {
        let text = report(frames, omitted).text("t", Names::Raw);
        text.lines()
            .skip(1)
            .map(|line| line.trim().to_owned())
            .collect()
    }

    #[test]
    fn the_calls_of_a_recursion_are_counted() {
        let deep = [&[("leaf", 1)][..], &[("f", 3); 20], &[("main", 0)]].concat();
        let expected = ["at leaf, instruction 1", "at f, instruction 3"];
        let rest = [
            "... the same call 19 more times ...",
            "at main, instruction 0",
        ];
        assert_eq!(lines(&deep, 0), [expected, rest].concat());
        // What is left out comes before the outermost call, whatever that is.
        let cut = [("f", 3); 50];
        assert_eq!(
            lines(&cut, 1),
            [
                "at f, instruction 3",
                "... the same call 48 more times ...",
                "... 1 more call ...",
                "at f, instruction 3"
            ]
        );
        // Functions that call each other, and the rest of a round.
        let mutual = [
            &[("even", 1), ("odd", 2)].repeat(5)[..],
            &[("even", 1), ("main", 0)],
        ]
        .concat();
        assert_eq!(
            lines(&mutual, 0),
            [
                "at even, instruction 1",
                "at odd, instruction 2",
                "... the same 2 calls 4 more times ...",
                "at even, instruction 1",
                "at main, instruction 0"
            ]
        );
        // Two are not a recursion, and different places of one function are different.
        assert_eq!(lines(&[("f", 3), ("f", 3), ("main", 0)], 0).len(), 3);
        assert_eq!(lines(&[("f", 1), ("f", 2), ("f", 3), ("f", 4)], 0).len(), 4);
        assert_eq!(lines(&[], 0), [""; 0]);
    }

    #[cfg(feature = "demangle")]
    #[test]
    fn names_are_demangled_where_that_is_asked() {
        let report = report(&[("_ZN5Shape4areaEd", 0)], 0);
        let line = |names| report.text("t", names).lines().nth(1).map(str::to_owned);
        let raw = "  at _ZN5Shape4areaEd, instruction 0";
        assert_eq!(line(Names::Raw).as_deref(), Some(raw));
        let shown = "  at Shape::area(double), instruction 0";
        assert_eq!(line(Names::Demangled).as_deref(), Some(shown));
    }
}
