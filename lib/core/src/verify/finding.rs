//! What the verifier reports, and where.

use crate::diag::Code;
use crate::format::section::Tag;

/// A place in a module.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Site {
    /// A field of the header.
    Header {
        /// Its offset in the file.
        offset: u32,
    },
    /// A row of a table section, counted from 0 in the section.
    Row {
        /// The section.
        section: Tag,
        /// The row.
        row: u32,
    },
    /// An instruction, or one of its operands.
    Code {
        /// Function index, imports counted.
        function: u32,
        /// Number of the instruction in its function, from 0.
        instruction: u32,
        /// Its first word, from the beginning of the function.
        word: u32,
        /// The operand.
        operand: Option<OperandSite>,
    },
}

/// An operand of an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperandSite {
    /// Position in the row of the op table.
    pub index: u8,
    /// For lists (arguments, results, targets) the position in the list, else 0.
    pub element: u32,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The stable code.
    pub code: &'static Code,
    /// Where.
    pub site: Site,
    /// One sentence without a final full stop.
    pub message: String,
    /// The text beside the caret.
    pub label: Option<String>,
    /// What the user can do about it.
    pub help: Option<String>,
    /// Further places.
    pub notes: Vec<(String, Site)>,
}

impl Finding {
    pub(super) fn new(code: &'static Code, site: Site, message: impl Into<String>) -> Finding {
        Finding {
            code,
            site,
            message: message.into(),
            label: None,
            help: None,
            notes: Vec::new(),
        }
    }

    /// Puts words beside the caret.
    pub(super) fn label(&mut self, label: impl Into<String>) -> &mut Finding {
        self.label = Some(label.into());
        self
    }

    /// Tells what the user can do.
    pub(super) fn help(&mut self, help: impl Into<String>) -> &mut Finding {
        self.help = Some(help.into());
        self
    }

    /// Adds a further place.
    pub(super) fn note(&mut self, message: impl Into<String>, site: Site) -> &mut Finding {
        self.notes.push((message.into(), site));
        self
    }

    /// What orders the findings inside one function: the word, then the operand.
    pub(super) fn order_in_function(&self) -> (u32, Option<OperandSite>) {
        match self.site {
            Site::Code { word, operand, .. } => (word, operand),
            Site::Header { .. } | Site::Row { .. } => (0, None),
        }
    }
}

/// Collects findings up to a number.
pub(super) struct Report {
    pub findings: Vec<Finding>,
    most: usize,
    /// Takes the place of the findings that are too many.
    spare: Finding,
}

impl Report {
    pub fn new(most: usize) -> Report {
        Report {
            findings: Vec::new(),
            most,
            spare: Finding::new(
                &crate::diag::codes::verify::V0100,
                Site::Header { offset: 0 },
                "",
            ),
        }
    }

    pub fn most(&self) -> usize {
        self.most
    }

    pub fn is_full(&self) -> bool {
        self.findings.len() >= self.most
    }

    pub fn add(&mut self, finding: Finding) -> &mut Finding {
        if self.is_full() {
            self.spare = finding;
            return &mut self.spare;
        }
        self.findings.push(finding);
        let last = self.findings.len() - 1;
        &mut self.findings[last]
    }

    /// A finding that comes before all others.
    pub fn add_first(&mut self, finding: Finding) {
        self.findings.truncate(self.most.saturating_sub(1));
        if self.most > 0 {
            self.findings.insert(0, finding);
        }
    }

    /// A finding about a row of a table section.
    pub fn row(
        &mut self,
        code: &'static Code,
        section: Tag,
        row: usize,
        message: impl Into<String>,
    ) -> &mut Finding {
        let site = Site::Row {
            section,
            row: row as u32,
        };
        self.add(Finding::new(code, site, message))
    }
}
