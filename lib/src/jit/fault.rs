//! Which instruction met a guard page.
//!
//! Processors can combine a load with the instruction that uses what it gives, and a load and a store of
//! the same place with what lies between. The code's place is then that of the later instruction.

use crate::isa::{Effects, Inst, Role, decode};

/// The word of the access to memory that code of the instruction at `word` makes.
pub(super) fn access(code: &[u64], word: usize) -> usize {
    let Ok(inst) = decode(code, word) else {
        return word;
    };
    let effects = inst.info().effects;
    if effects.has(Effects::READS_MEM) {
        return word;
    }
    let is_store = effects.has(Effects::WRITES_MEM);
    let mut found = None;
    let mut at = 0;
    while at < word
        && let Ok(before) = decode(code, at)
    {
        let effects = before.info().effects;
        let is_load = effects.has(Effects::READS_MEM.and(Effects::TRAPS));
        if effects.has(Effects::ENDS) {
            found = None;
        } else if is_load && !is_store {
            found = Some(at);
        } else if is_load && found.is_none() && place(&before) == place(&inst) {
            // Both reach the same bytes, so the store cannot be the first to miss them.
            found = Some(at);
        }
        if is_store && writes(&before, inst.b()) {
            found = None;
        }
        at += before.words.len();
    }
    found.unwrap_or(word)
}

/// Base register, offset and width in bits of a load or a store.
fn place(inst: &Inst<'_>) -> Option<(u16, u64, u32)> {
    let info = inst.info();
    let offset = info.operands.iter().find(|one| one.role == Role::Offset)?;
    let digits = |name: &str| {
        let digits: String = name.chars().filter(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    let width = digits(info.mnemonic).or_else(|| digits(info.suffix.first()?.name()))?;
    Some((inst.b(), inst.field(offset.field), width))
}

fn writes(inst: &Inst<'_>, register: u16) -> bool {
    let mut operands = inst.info().operands.iter();
    operands.any(|operand| match operand.role {
        Role::Dst(_) => inst.field(operand.field) as u16 == register,
        // Which of the list's registers are results does not matter: better no guess than a wrong one.
        Role::Results(_) => inst.registers().contains(&register),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::access;
    use crate::isa::decode::Value::{Imm, Offset, Reg};
    use crate::isa::{Op, encode};

    #[test]
    fn the_load_is_found() {
        let mut code = Vec::new();
        encode(Op::LoadI64, &[Reg(1), Reg(0), Offset(8)], &mut code);
        encode(Op::AddChkI64I, &[Reg(1), Reg(1), Imm(1)], &mut code);
        encode(Op::StoreI64, &[Reg(0), Offset(8), Reg(1)], &mut code);
        encode(Op::StoreI64, &[Reg(0), Offset(16), Reg(1)], &mut code);
        encode(Op::AddI64I, &[Reg(0), Reg(0), Imm(1)], &mut code);
        encode(Op::StoreI64, &[Reg(0), Offset(8), Reg(1)], &mut code);
        assert_eq!(
            [0, 1, 2, 3, 5].map(|word| access(&code, word)),
            [0, 0, 0, 3, 5]
        );
    }
}
