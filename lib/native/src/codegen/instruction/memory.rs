//! Memory and data rows.

use cranelift_codegen::ir::types;

use super::super::translate::Translator;
use vbc_core::isa::{Inst, MemoryOp as Op};

impl<'p> Translator<'p, '_> {
    /// Translates an instruction of the family.
    pub(super) fn memory(&mut self, op: Op, inst: &Inst<'p>) {
        match op {
            Op::MemorySize => self.memory_size(inst),
            Op::MemoryGrow => self.memory_grow(inst),
            Op::MemoryCopy => self.memory_copy(inst),
            Op::MemoryFill => self.memory_fill(inst),
            Op::MemoryInit => self.memory_init(inst),
            Op::DataDrop => self.data_drop(inst),
            Op::LoadI32 => self.load(inst, types::I32),
            Op::LoadI64 => self.load(inst, types::I64),
            Op::LoadF32 => self.load(inst, types::F32),
            Op::LoadF64 => self.load(inst, types::F64),
            Op::Load8I32 => self.load_extended(inst, types::I8, types::I32, true),
            Op::Load8UI32 => self.load_extended(inst, types::I8, types::I32, false),
            Op::Store8I32 => self.store(inst, types::I8),
            Op::Load16I32 => self.load_extended(inst, types::I16, types::I32, true),
            Op::Load16UI32 => self.load_extended(inst, types::I16, types::I32, false),
            Op::Store16I32 => self.store(inst, types::I16),
            Op::Load8I64 => self.load_extended(inst, types::I8, types::I64, true),
            Op::Load8UI64 => self.load_extended(inst, types::I8, types::I64, false),
            Op::Store8I64 => self.store(inst, types::I8),
            Op::Load16I64 => self.load_extended(inst, types::I16, types::I64, true),
            Op::Load16UI64 => self.load_extended(inst, types::I16, types::I64, false),
            Op::Store16I64 => self.store(inst, types::I16),
            Op::Load32I64 => self.load_extended(inst, types::I32, types::I64, true),
            Op::Load32UI64 => self.load_extended(inst, types::I32, types::I64, false),
            Op::Store32I64 => self.store(inst, types::I32),
            Op::StoreI32 => self.store(inst, types::I32),
            Op::StoreI64 => self.store(inst, types::I64),
            Op::StoreF32 => self.store(inst, types::F32),
            Op::StoreF64 => self.store(inst, types::F64),
        }
    }
}
