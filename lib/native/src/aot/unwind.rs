//! `.eh_frame`: how to leave every frame. Addresses are relative to their place, so that a linker makes a
//! position-independent executable from it without relocations at run time.

use cranelift_codegen::isa::TargetIsa;
use cranelift_codegen::isa::unwind::UnwindInfo;
use gimli_write::constants::{DW_EH_PE_pcrel, DW_EH_PE_sdata4};
use gimli_write::write::{EhFrame, FrameTable};

use super::object::failed;
use super::sections::{Relocated, in_text};
use super::text::Text;
use vbc_core::diag::Errors;

/// The section.
pub(super) fn eh_frame(isa: &dyn TargetIsa, text: &Text) -> Result<Relocated, Errors> {
    let mut cie = isa
        .create_systemv_cie()
        .ok_or_else(|| failed("no way to unwind"))?;
    cie.fde_address_encoding = gimli_write::DwEhPe(DW_EH_PE_pcrel.0 | DW_EH_PE_sdata4.0);
    let mut table = FrameTable::default();
    let cie = table.add_cie(cie);
    for piece in &text.pieces {
        for (offset, info) in &piece.artifact.unwind {
            if let UnwindInfo::SystemV(info) = info {
                table.add_fde(cie, info.to_fde(in_text(piece.start + offset)));
            }
        }
    }
    let mut section = EhFrame::from(Relocated::default());
    table
        .write_eh_frame(&mut section)
        .map_err(|error| failed(&error.to_string()))?;
    Ok(section.0)
}
