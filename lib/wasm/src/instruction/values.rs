//! Constants, moves, references and addresses.

use wasm_encoder::{HeapType, Instruction as I};

use super::super::environment::{ref_type, wasm_type};
use super::super::function::Body;
use vbc_core::isa::{Inst, ValType, ValueOp as Op};

impl Body<'_, '_> {
    /// An instruction of the family, whose operands lie on the stack.
    pub(super) fn value(&mut self, op: Op, inst: &Inst<'_>) {
        let env = self.env;
        let instruction = match op {
            // They are not nodes.
            Op::ConstI32 | Op::ConstI64 | Op::ConstF32 | Op::ConstF64 | Op::Move => return,
            Op::Select => {
                let ty = self.types[usize::from(inst.dst())];
                match ty.is_ref() {
                    true => I::TypedSelect(wasm_type(ty)),
                    false => I::Select,
                }
            }
            Op::RefNull => match self.types[usize::from(inst.dst())] {
                ValType::Ref(ty) => I::RefNull(ref_type(ty).heap_type),
                ValType::Ptr => I::I64Const(0),
                ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64 => {
                    I::RefNull(HeapType::FUNC)
                }
            },
            Op::RefFunc => I::RefFunc(env.functions[inst.func() as usize]),
            Op::RefIsNull => match self.types[usize::from(inst.src(0))] {
                ValType::Ptr => I::I64Eqz,
                ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64 | ValType::Ref(_) => {
                    I::RefIsNull
                }
            },
            Op::DataAddr => {
                let address = env.program.data_addresses().get(inst.data() as usize);
                let address = address.copied().unwrap_or(0);
                let address = address.wrapping_add_signed(inst.addend());
                match env.addresses_are_64 {
                    true => I::I64Const(address as i64),
                    false => I::I32Const(address as i32),
                }
            }
        };
        self.code.push(instruction);
    }
}
