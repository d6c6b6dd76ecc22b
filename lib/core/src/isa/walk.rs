//! Code, instruction by instruction, whatever it holds; and where it branches to.

use super::{DecodeError, Inst, Role, decode};

/// What is at a place in the code.
#[derive(Clone, Copy, Debug)]
pub enum Item<'a> {
    /// An instruction.
    Inst(Inst<'a>),
    /// Words that are not an instruction of this version: an unknown opcode (one word), one of a
    /// reserved range (as many words as the range specifies), or one that the end of the code cuts
    /// off.
    Words(&'a [u64]),
}

impl<'a> Item<'a> {
    /// The words.
    #[inline]
    pub fn words(&self) -> &'a [u64] {
        match self {
            Item::Inst(inst) => inst.words,
            Item::Words(words) => words,
        }
    }
}

/// Steps through code; every word is in one item.
#[derive(Clone, Debug)]
pub struct Walk<'a> {
    code: &'a [u64],
    at: usize,
}

impl<'a> Walk<'a> {
    /// Steps through `code` from its beginning.
    pub fn new(code: &'a [u64]) -> Self {
        Walk { code, at: 0 }
    }
}

impl<'a> Iterator for Walk<'a> {
    /// The word at which the item begins, and the item.
    type Item = (usize, Item<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let at = self.at;
        let rest = self.code.get(at..)?;
        let item = match decode(self.code, at) {
            Ok(inst) => Item::Inst(inst),
            Err(DecodeError::End) => return None,
            Err(DecodeError::Unknown(_)) => Item::Words(&rest[..1]),
            Err(DecodeError::Reserved(_, length)) => {
                Item::Words(&rest[..length.unwrap_or(1).min(rest.len())])
            }
            Err(DecodeError::Truncated(_, length)) => Item::Words(&rest[..length.min(rest.len())]),
        };
        self.at += item.words().len();
        Some((at, item))
    }
}

/// Where an instruction at word `at` may branch to, in the order of its operands; distances
/// that leave the range of numbers are left out.
#[inline]
pub fn targets<'a>(inst: Inst<'a>, at: usize) -> impl Iterator<Item = i64> + 'a {
    let label = inst
        .operands()
        .iter()
        .find(|operand| operand.role == Role::Label)
        .map(|operand| inst.field(operand.field) as u32 as i32);
    let list = inst.targets();
    label
        .into_iter()
        .chain(list.iter().copied())
        .map(move |distance| at as i64 + i64::from(distance))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isa::decode::Value;
    use crate::isa::{Op, encode};

    fn code() -> Vec<u64> {
        let mut code = Vec::new();
        // 0: IF to 4; 1: SWITCH to 0, 99, 4; 4: unknown; 5: JUMP into the SWITCH; 6: reserved, cut off.
        encode(Op::IfI64, &[Value::Reg(0), Value::Label(4)], &mut code);
        encode(
            Op::SwitchI64,
            &[Value::Reg(0), Value::Targets(&[-1, 98, 3])],
            &mut code,
        );
        code.push(0xffff);
        encode(Op::Jump, &[Value::Label(-3)], &mut code);
        code.push(0x0009_0600);
        code
    }

    #[test]
    fn every_word_is_walked_once() {
        let code = code();
        let items: Vec<_> = Walk::new(&code)
            .map(|(at, item)| (at, item.words().len()))
            .collect();
        assert_eq!(items, [(0, 1), (1, 3), (4, 1), (5, 1), (6, 1)]);
    }
}
