//! What relocations mean.

use cranelift_codegen::binemit::Reloc;

/// Writes `value` at the beginning of `place`, relative to the address `at` where that is asked for. Nothing when
/// it does not fit, or when code never has such a relocation.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "Cranelift's other relocations are never asked for"
)]
pub(crate) fn apply(kind: Reloc, place: &mut [u8], value: i64, at: i64) -> Option<()> {
    let relative = value.wrapping_sub(at);
    match kind {
        Reloc::Abs8 => place.get_mut(..8)?.copy_from_slice(&value.to_le_bytes()),
        Reloc::X86PCRel4 | Reloc::X86CallPCRel4 => {
            let distance = i32::try_from(relative).ok()?;
            place.get_mut(..4)?.copy_from_slice(&distance.to_le_bytes());
        }
        Reloc::Arm64Call => {
            let words = relative >> 2;
            if !(-(1 << 25)..1 << 25).contains(&words) {
                return None;
            }
            let place = place.first_chunk_mut::<4>()?;
            let word = u32::from_le_bytes(*place) | words as u32 & 0x03ff_ffff;
            *place = word.to_le_bytes();
        }
        Reloc::RiscvCallPlt => {
            let distance = i32::try_from(relative).ok()?;
            let high = distance.wrapping_add(0x800) as u32 & 0xffff_f000;
            let low = (distance as u32).wrapping_sub(high) & 0xfff;
            let place = place.first_chunk_mut::<8>()?;
            let word = u64::from_le_bytes(*place) | u64::from(high) | u64::from(low) << 52;
            *place = word.to_le_bytes();
        }
        _ => return None,
    }
    Some(())
}
