//! The verifier: structure, types and definite assignment.
//!
//! [`verify`] reports everything that is wrong with a module which the container's reader could
//! frame. Nothing checks again what it has accepted: engines, linker and back ends rely on
//! it, and take a [`Verified`] module.
//!
//! Structure is what rows mean together (`structure`); types are one linear pass over the code of
//! each function (`types`), definite assignment a second one (`assignment`). Both passes take what
//! an instruction is from the op table by way of `checks`, a few bytes for each row that decide
//! the ordinary case; whatever they doubt goes to `operands`, which reads the row itself and finds
//! the words.
//!
//! ```
//! # use vbc_core as vbc;
//! use std::sync::Arc;
//! use vbc::format::{AlignedBytes, write};
//!
//! let module = vbc::asm::assemble(b"MAIN\n  PRINT \"1\"\nEND\n", "one.vitasm", &Default::default())?;
//! let mut file = write(&module, &Default::default());
//! let open = |file: &[u8]| {
//!     vbc::verify::open("one.vitbc", Arc::new(AlignedBytes::from(file)), &Default::default())
//! };
//! assert!(open(&file).is_ok());
//!
//! *file.last_mut().unwrap() ^= 1;
//! let errors = open(&file).unwrap_err();
//! assert_eq!(errors.0[0].code.id, "V0013");
//! # Ok::<(), vbc::diag::Errors>(())
//! ```

mod assignment;
mod checks;
mod context;
mod finding;
mod locate;
mod operands;
mod pool;
mod quick;
mod rules;
mod structure;
#[cfg(test)]
mod tests;
mod types;
mod verified;

pub use finding::{Finding, OperandSite, Site};
pub use locate::{locate, open, verify_container};
pub(crate) use structure::type_fault;
pub use verified::{Rejected, Verified};

use crate::format::{HIGHEST_OPCODE_AT, Limits};
use crate::module::Module;
use context::Context;
use finding::Report;

/// How to verify.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether code is checked too, or only structure.
    pub code: bool,
    /// Threads to use; 0 for as many as the machine has. Small modules use one in any case.
    pub threads: usize,
    /// At most this many findings are returned, the first in file order.
    pub most: usize,
    /// Whether the module may define support routines (`vbc.*`), as one does that the link core has
    /// completed for an engine. A file never may.
    pub support: bool,
    /// The limits to apply.
    pub limits: Limits,
}

impl Default for Options {
    /// Everything is checked, on all processors, by the rules for files.
    fn default() -> Self {
        Options {
            code: true,
            threads: 0,
            most: 10_000,
            support: false,
            limits: Limits::default(),
        }
    }
}

/// Everything that is wrong with `module`, in file order; empty when it is valid.
///
/// No finding is a consequence of another one, and neither their number nor their order depends on
/// the number of threads.
pub fn verify(module: &Module, options: &Options) -> Vec<Finding> {
    let mut report = Report::new(options.most);
    if !structure::pools_are_sound(module, &mut report) {
        return report.findings;
    }
    let context = Context::new(module, options);
    structure::before_code(&context, &mut report);
    if options.code {
        let highest = pool::check_functions(&context, options.threads, &mut report);
        check_highest_opcode(module, highest, &mut report);
    }
    structure::after_code(&context, &mut report);
    report.findings
}

/// The header's highest opcode, where the module comes from a file and all code could be read. The
/// finding is the header's and goes first.
fn check_highest_opcode(module: &Module, highest: Option<u16>, report: &mut Report) {
    if let (Some(stated), Some(highest)) = (module.highest_opcode, highest)
        && stated != highest
    {
        let message = format!(
            "the header states {stated:#05x} as the highest opcode, but it is {highest:#05x}"
        );
        let site = Site::Header {
            offset: HIGHEST_OPCODE_AT,
        };
        report.add_first(Finding::new(
            &crate::diag::codes::verify::V0102,
            site,
            message,
        ));
    }
}
