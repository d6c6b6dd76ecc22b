//! Memory and data rows.

use wasm_encoder::{Instruction as I, MemArg, MemArgTarget};

use super::super::function::Body;
use vbc_core::isa::{Class, Inst, MemoryOp as Op};
use vbc_core::module::Kind;

/// The memory of the program.
const MEMORY: u32 = 0;

impl Body<'_, '_> {
    /// An instruction of the family, whose operands lie on the stack.
    pub(super) fn memory(&mut self, op: Op, inst: &Inst<'_>) {
        match op {
            Op::MemorySize => self.pages(I::MemorySize(MEMORY)),
            Op::MemoryGrow => self.pages(I::MemoryGrow(MEMORY)),
            Op::MemoryCopy => self.code.push(I::MemoryCopy {
                src_mem: MEMORY,
                dst_mem: MEMORY,
            }),
            Op::MemoryFill => self.code.push(I::MemoryFill(MEMORY)),
            Op::MemoryInit => {
                let data_index = self.segment(inst.data());
                self.code.push(I::MemoryInit {
                    mem: MEMORY,
                    data_index,
                });
            }
            Op::DataDrop => {
                let segment = self.segment(inst.data());
                self.code.push(I::DataDrop(segment));
            }
            Op::LoadI32 => self.access(inst, I::I32Load, 2),
            Op::Load8I32 => self.access(inst, I::I32Load8S, 0),
            Op::Load8UI32 => self.access(inst, I::I32Load8U, 0),
            Op::Load16I32 => self.access(inst, I::I32Load16S, 1),
            Op::Load16UI32 => self.access(inst, I::I32Load16U, 1),
            Op::LoadI64 => self.access(inst, I::I64Load, 3),
            Op::Load8I64 => self.access(inst, I::I64Load8S, 0),
            Op::Load8UI64 => self.access(inst, I::I64Load8U, 0),
            Op::Load16I64 => self.access(inst, I::I64Load16S, 1),
            Op::Load16UI64 => self.access(inst, I::I64Load16U, 1),
            Op::Load32I64 => self.access(inst, I::I64Load32S, 2),
            Op::Load32UI64 => self.access(inst, I::I64Load32U, 2),
            Op::LoadF32 => self.access(inst, I::F32Load, 2),
            Op::LoadF64 => self.access(inst, I::F64Load, 3),
            Op::StoreI32 => self.access(inst, I::I32Store, 2),
            Op::Store8I32 => self.access(inst, I::I32Store8, 0),
            Op::Store16I32 => self.access(inst, I::I32Store16, 1),
            Op::StoreI64 => self.access(inst, I::I64Store, 3),
            Op::Store8I64 => self.access(inst, I::I64Store8, 0),
            Op::Store16I64 => self.access(inst, I::I64Store16, 1),
            Op::Store32I64 => self.access(inst, I::I64Store32, 2),
            Op::StoreF32 => self.access(inst, I::F32Store, 2),
            Op::StoreF64 => self.access(inst, I::F64Store, 3),
        }
    }

    /// An instruction whose result is a number of pages, which may be too wide.
    fn pages(&mut self, instruction: I<'static>) {
        self.code.push(instruction);
        if self.env.widens() {
            self.code.push(I::I32WrapI64);
        }
    }

    fn segment(&self, data: u32) -> u32 {
        let imported = self.env.spaces.imported(Kind::Data);
        self.env.segments[(data - imported) as usize]
    }

    /// An access, and the logarithm of its natural alignment.
    fn access(&mut self, inst: &Inst<'_>, make: fn(MemArg) -> I<'static>, align: u32) {
        let offset = inst.offset();
        let arg = |offset| MemArg {
            offset,
            align,
            target: MemArgTarget::Memory(MEMORY),
            ordering: None,
        };
        if self.env.memory_is_64 || offset <= u64::from(u32::MAX) {
            self.code.push(make(arg(offset)));
            return;
        }
        // No address reaches that far: whatever the operands are, the access traps.
        if inst.info().class == Class::Store {
            self.code.push(I::Drop);
        }
        self.code.push(I::Drop);
        self.code.push(I::I32Const(-1));
        self.code.push(I::I32Load8U(MemArg {
            align: 0,
            ..arg(u64::from(u32::MAX))
        }));
        self.code.push(I::Unreachable);
    }
}
