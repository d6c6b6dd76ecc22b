//! A module that has been verified.

#![allow(unsafe_code, reason = "it has a function for those who vouch for code")]

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::{Finding, Options, verify};
use crate::diag::{Diagnostic, Errors, Place};
use crate::module::Module;

/// A module in which the verifier has found nothing wrong.
///
/// Whatever executes or compiles a module takes this type, so that nothing unverified can reach
/// it, and relies on every rule of `docs/format.md` and `docs/instructions.md`.
#[derive(Clone, Debug)]
pub struct Verified {
    module: Module,
}

/// A module that is not valid, with the reasons.
#[derive(Debug)]
pub struct Rejected {
    /// The module, as it was given.
    pub module: Box<Module>,
    /// What is wrong, in file order; not empty.
    pub findings: Vec<Finding>,
}

impl Verified {
    /// Verifies `module`, its code included whatever the options are.
    ///
    /// # Errors
    ///
    /// When something is wrong with it.
    pub fn new(module: Module, options: &Options) -> Result<Verified, Rejected> {
        let options = Options {
            code: true,
            most: options.most.max(1),
            ..options.clone()
        };
        Verified::checked(module, &options)
    }

    fn checked(module: Module, options: &Options) -> Result<Verified, Rejected> {
        let findings = verify(&module, options);
        if findings.is_empty() {
            Ok(Verified { module })
        } else {
            Err(Rejected {
                module: Box::new(module),
                findings,
            })
        }
    }

    /// Verifies a module whose code is known to be valid: that of verified modules, in which each index has
    /// become that of something of the same kind and type. This is what the linker makes.
    ///
    /// Where debug assertions are on, code is verified too.
    ///
    /// # Safety
    ///
    /// The code of every function is valid: engines run what is verified without looking at it again.
    #[doc(hidden)]
    pub unsafe fn of_valid_code(module: Module, options: &Options) -> Result<Verified, Rejected> {
        let options = Options {
            code: cfg!(debug_assertions),
            most: options.most.max(1),
            ..options.clone()
        };
        Verified::checked(module, &options)
    }

    /// The module, free to be changed.
    pub fn into_inner(self) -> Module {
        self.module
    }
}

impl Rejected {
    /// The findings as diagnostics about the input called `name` as a whole, for a module that does
    /// not come from a file whose places could be named.
    pub fn into_errors(self, name: &Arc<str>) -> Errors {
        let findings = self.findings.into_iter();
        Errors(
            findings
                .map(|finding| {
                    let place = Place::File(name.clone());
                    let mut error = Diagnostic::error(finding.code, place, finding.message);
                    error.label = finding.label;
                    error.help = finding.help;
                    error
                })
                .collect(),
        )
    }
}

impl Deref for Verified {
    type Target = Module;

    fn deref(&self) -> &Module {
        &self.module
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.findings.as_slice() {
            [] => f.write_str("the module is not valid"),
            [one] => write!(f, "error[{}]: {}", one.code.id, one.message),
            [first, rest @ ..] => write!(
                f,
                "error[{}]: {} (and {} more)",
                first.code.id,
                first.message,
                rest.len()
            ),
        }
    }
}

impl std::error::Error for Rejected {}
