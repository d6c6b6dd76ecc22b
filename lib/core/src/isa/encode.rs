//! From instructions to words.

use super::decode::Value;
use super::{Field, Form, FormInfo, Op, Operand, Role, Tail};

/// Appends an instruction to `code`, in the first of its forms that holds `values`: its operands in the order of the
/// row. Arguments and results are two values, each the registers of one list.
///
/// # Panics
///
/// When there is no such form, which is a bug in the caller.
pub fn encode(op: Op, values: &[Value<'_>], code: &mut Vec<u64>) {
    let mut forms = op.forms().iter();
    let form = forms.find(|form| form.holds(values));
    let form = form.unwrap_or_else(|| panic!("{op:?} has no form for {values:?}"));
    encode_form(form.form, values, code);
}

impl FormInfo {
    /// Whether the form has operands of the kinds of `values`, in fields wide enough for them.
    pub fn holds(&self, values: &[Value<'_>]) -> bool {
        self.operands.len() == values.len()
            && self
                .operands
                .iter()
                .zip(values)
                .all(|(operand, &value)| holds(operand, value))
    }
}

/// Whether an operand may have a value.
fn holds(operand: &Operand, value: Value<'_>) -> bool {
    let field = operand.field;
    match operand.role {
        Role::Dst(_) | Role::Src(_) => matches!(value, Value::Reg(_)),
        Role::Imm(ty) => matches!(value, Value::Imm(value) if field.fits_constant(ty, value)),
        Role::Offset => matches!(value, Value::Offset(offset) if field.fits_unsigned(offset)),
        Role::Addend => matches!(value, Value::Addend(addend) if field.fits_signed(addend)),
        Role::Label => matches!(value, Value::Label(_)),
        Role::Targets => matches!(value, Value::Targets(_)),
        Role::Index(_) => matches!(value, Value::Index(index) if field.fits_unsigned(index.into())),
        Role::TrapKind => matches!(value, Value::TrapKind(_)),
        Role::RefType => matches!(value, Value::RefType(_)),
        Role::Field => matches!(value, Value::Field(_)),
        Role::Count => matches!(value, Value::Count(_)),
        Role::Args(_) | Role::Results(_) => matches!(value, Value::Regs(_)),
    }
}

/// Appends an instruction in a given form to `code`; see [`encode`].
///
/// A value that does not fit its field is cut to the field's width.
///
/// # Panics
///
/// When `values` are not of the kinds and number that the form asks for, which is a bug in the caller.
pub fn encode_form(form: Form, values: &[Value<'_>], code: &mut Vec<u64>) {
    let info = form.info();
    assert_eq!(values.len(), info.operands.len(), "operands of {form}");
    let start = code.len();
    code.push(u64::from(info.number));
    if info.fixed_words() == 2 {
        code.push(0);
    }
    let mut lanes = 0;
    for (operand, &value) in info.operands.iter().zip(values) {
        let Some((word, shift, width)) = operand.field.bits() else {
            match value {
                Value::Regs(registers) => {
                    push_lanes(code, start + info.fixed_words(), &mut lanes, registers);
                }
                Value::Targets(targets) => {
                    code[start] |= (targets.len() as u64 - 1) << 32;
                    for pair in targets.chunks(2) {
                        let high = pair.get(1).map_or(0, |&target| target as u32);
                        code.push(u64::from(pair[0] as u32) | u64::from(high) << 32);
                    }
                }
                Value::Reg(_)
                | Value::Imm(_)
                | Value::Offset(_)
                | Value::Addend(_)
                | Value::Label(_)
                | Value::Index(_)
                | Value::TrapKind(_)
                | Value::RefType(_)
                | Value::Field(_)
                | Value::Count(_) => {
                    panic!("operand `{}` of {form} is a list", operand.name)
                }
            }
            continue;
        };
        code[start + word] |= (raw(value) & (u64::MAX >> (64 - width))) << shift;
    }
    if info.tail() == Tail::Registers {
        let words = code.len() - start - info.fixed_words();
        code[start] |= (words as u64 & 0xffff) << 16;
    }
}

fn push_lanes(code: &mut Vec<u64>, first: usize, lanes: &mut usize, registers: &[u16]) {
    for &register in registers {
        let word = first + *lanes / 4;
        if word == code.len() {
            code.push(0);
        }
        code[word] |= u64::from(register) << (*lanes % 4 * 16);
        *lanes += 1;
    }
}

fn raw(value: Value<'_>) -> u64 {
    match value {
        Value::Reg(register) => u64::from(register),
        Value::Imm(value) | Value::Addend(value) => value as u64,
        Value::Offset(offset) => offset,
        Value::Label(target) => target as u64,
        Value::Index(index) => u64::from(index),
        Value::TrapKind(kind) => u64::from(kind),
        Value::RefType(word) => u64::from(word),
        Value::Field(field) => u64::from(field),
        Value::Count(count) => u64::from(count),
        Value::Regs(_) | Value::Targets(_) => panic!("a list lies in no field"),
    }
}

/// Replaces the value in `field` of the instruction that begins at word `at`.
///
/// Used to point branches at labels that were not known yet, and to renumber indexes.
pub fn patch(code: &mut [u64], at: usize, field: Field, value: u64) {
    if let Some((word, shift, width)) = field.bits() {
        let mask = (u64::MAX >> (64 - width)) << shift;
        let word = &mut code[at + word];
        *word = *word & !mask | value << shift & mask;
    }
}

#[cfg(test)]
mod tests {
    use super::super::{IndexSpace, decode};
    use super::*;

    /// Each operand of each form gets a value of its own and must read back.
    #[test]
    fn every_form_reads_back() {
        for form in Form::all() {
            let info = form.info();
            let values: Vec<Value> = info
                .operands
                .iter()
                .enumerate()
                .map(|(i, operand)| {
                    let n = 0x1111 * (i as u32 + 1);
                    match operand.role {
                        Role::Dst(_) | Role::Src(_) => Value::Reg(n as u16),
                        Role::Imm(ty) if ty.is_ref() || matches!(operand.field, Field::C) => {
                            Value::Imm(-5)
                        }
                        Role::Imm(_) => Value::Imm(i64::from(n)),
                        Role::Offset => Value::Offset(u64::from(n)),
                        Role::Addend => Value::Addend(-i64::from(n)),
                        Role::Label => Value::Label(-7 - i as i32),
                        Role::TrapKind => Value::TrapKind(n as u16),
                        Role::RefType => Value::RefType(n),
                        Role::Field => Value::Field(n as u16),
                        Role::Count => Value::Count(n),
                        Role::Targets => Value::Targets(&[1, -2, 3]),
                        Role::Args(_) => Value::Regs(&[1, 2, 3]),
                        Role::Results(_) => Value::Regs(&[4, 5]),
                        Role::Index(IndexSpace::Memory) => Value::Index(n & 0xffff),
                        Role::Index(_) => Value::Index(n),
                    }
                })
                .collect();
            let mut code = Vec::new();
            encode_form(form, &values, &mut code);
            let inst = decode(&code, 0).expect("decodes");
            assert_eq!((inst.form, inst.words.len()), (form, code.len()));
            for (operand, &value) in info.operands.iter().zip(&values) {
                let back = inst.value(operand);
                match (back, value) {
                    (Value::Regs(all), Value::Regs(some)) => {
                        let start = usize::from(matches!(operand.role, Role::Results(_))) * 3;
                        assert_eq!(&all[start..start + some.len()], some, "{form}");
                    }
                    _ => assert_eq!(back, value, "`{}` of {form}", operand.name),
                }
            }
            let (zero0, zero1) = info.unused_bits();
            assert_eq!(code[0] & zero0, 0);
            assert!(code.len() < 2 || info.fixed_words() < 2 || code[1] & zero1 == 0);
        }
    }
}
