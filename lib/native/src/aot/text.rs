//! All code, one piece after another.

use cranelift_codegen::binemit::Reloc;
use cranelift_codegen::isa::TargetIsa;
use cranelift_control::ControlPlane;

use super::too_large;
use crate::codegen::{Artifact, External, Made, Symbol, Unit};
use vbc_core::diag::codes::runtime::R0011;
use vbc_core::diag::{Diagnostic, Errors, Place};

/// A piece of code at its place.
pub(super) struct Piece {
    pub(super) unit: Unit,
    pub(super) artifact: Artifact,
    pub(super) start: u32,
}

/// A place in the text that depends on a symbol which the object does not define.
pub(super) struct Outside {
    pub(super) offset: u64,
    pub(super) kind: Reloc,
    pub(super) symbol: External,
    pub(super) addend: i64,
}

/// The code of an object.
pub(super) struct Text {
    pub(super) bytes: Vec<u8>,
    /// Ascending.
    pub(super) pieces: Vec<Piece>,
    pub(super) outside: Vec<Outside>,
    pub(super) align: u64,
}

impl Text {
    /// Puts pieces one after another, with a way from each call to its target.
    ///
    /// # Errors
    ///
    /// R0011 when they are too large, or a reference is of a kind that code never has.
    pub(super) fn new(isa: &dyn TargetIsa, made: Vec<Made>) -> Result<Text, Errors> {
        let functions = made.iter().filter_map(|made| match made.unit {
            Unit::Function(index) | Unit::Host(index) => Some(index as usize + 1),
            Unit::Entry(_) | Unit::Export(_) | Unit::Adapter(_) | Unit::Main => None,
        });
        // Labels are numbers of pieces.
        let mut labels = vec![usize::MAX; functions.max().unwrap_or(0)];
        for (n, made) in made.iter().enumerate() {
            if let Unit::Function(index) | Unit::Host(index) = made.unit {
                labels[index as usize] = n;
            }
        }
        let mut builder = isa.text_section_builder(made.len());
        let mut control = ControlPlane::default();
        let mut text = Text {
            bytes: Vec::new(),
            pieces: Vec::with_capacity(made.len()),
            outside: Vec::new(),
            align: 1,
        };
        for made in made {
            let Made { unit, artifact, .. } = made;
            text.align = text.align.max(artifact.align.into());
            let start = builder.append(true, &artifact.bytes, artifact.align, &mut control);
            for reloc in &artifact.relocs {
                let offset = start + u64::from(reloc.offset);
                let symbol = match reloc.symbol {
                    Symbol::Function(index) => {
                        let label = labels.get(index as usize).copied().unwrap_or(usize::MAX);
                        if label == usize::MAX
                            || !builder.resolve_reloc(offset, reloc.kind, reloc.addend, label)
                        {
                            return Err(unknown(reloc.kind));
                        }
                        continue;
                    }
                    Symbol::Own(_) => return Err(unknown(reloc.kind)),
                    Symbol::External(external) => external,
                };
                text.outside.push(Outside {
                    offset,
                    kind: reloc.kind,
                    symbol,
                    addend: reloc.addend,
                });
            }
            let start = u32::try_from(start).map_err(|_| too_large("code"))?;
            text.pieces.push(Piece {
                unit,
                artifact,
                start,
            });
        }
        text.bytes = builder.finish(&mut control);
        if u32::try_from(text.bytes.len()).is_err() {
            return Err(too_large("code"));
        }
        Ok(text)
    }
}

fn unknown(kind: Reloc) -> Errors {
    let message = format!("cannot compile to native code: a reference of the kind {kind}");
    Diagnostic::error(&R0011, Place::Nowhere, message).into()
}
