//! What is known about a trap.

use std::fmt;

use crate::isa::Trap;
use crate::text::escape;

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

/// Where a call stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FramePlace {
    /// Function index.
    pub function: u32,
    /// The function's name: its symbol, its debug name or `#index`.
    pub name: String,
    /// Number of the instruction in the function, from 0.
    pub instruction: u32,
    /// Source file and line (from 1) where the line table knows them.
    pub source: Option<(String, u32)>,
}

impl TrapReport {
    /// What is said on a terminal: by whom, the message, then the calls, one a line.
    pub fn text(&self, by: &str) -> String {
        let mut text = format!("{by}: trap: {}\n", self.trap);
        for (n, frame) in self.frames.iter().enumerate() {
            if self.omitted > 0 && n + 1 == self.frames.len() {
                text.push_str(&format!("  ... {} more calls ...\n", self.omitted));
            }
            text.push_str(&format!("  at {}\n", escape(&frame.to_string())));
        }
        text
    }
}

impl fmt::Display for FramePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, instruction {}", self.name, self.instruction)?;
        match &self.source {
            Some((file, line)) => write!(f, " ({file}:{line})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for TrapReport {
    /// The message, then the calls, one a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.trap)?;
        for (i, frame) in self.frames.iter().enumerate() {
            if self.omitted > 0 && i + 1 == self.frames.len() {
                write!(f, "\n  ... {} more calls ...", self.omitted)?;
            }
            write!(f, "\n  at {frame}")?;
        }
        Ok(())
    }
}
