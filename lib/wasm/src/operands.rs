//! The registers that an instruction reads and writes, in the order in which WebAssembly takes them.

use vbc_core::isa::{FuncType, Inst, Op, Role, ValType};
use vbc_core::module::{Module, Spaces, Surroundings, Types};

/// What the lists of a function's instructions depend on.
pub(super) struct Signatures<'m> {
    module: &'m Module,
    spaces: &'m Spaces,
    /// The index of the function's type.
    own: u32,
    registers: &'m [ValType],
}

impl<'m> Signatures<'m> {
    /// For the function of type `own` with these registers.
    pub fn new(module: &'m Module, spaces: &'m Spaces, own: u32, registers: &'m [ValType]) -> Self {
        Signatures {
            module,
            spaces,
            own,
            registers,
        }
    }

    /// Reads the registers of `inst`; what was in the lists before goes.
    pub fn registers(&self, inst: &Inst<'_>, uses: &mut Vec<u16>, defs: &mut Vec<u16>) {
        uses.clear();
        defs.clear();
        let (args, results) = self.divided(inst);
        for operand in inst.operands() {
            match operand.role {
                Role::Src(_) => uses.push(inst.register(operand)),
                Role::Dst(_) => defs.push(inst.register(operand)),
                Role::Args(_) => uses.extend(args),
                Role::Results(_) => defs.extend(results),
                Role::Imm(_)
                | Role::Offset
                | Role::Addend
                | Role::Label
                | Role::Targets
                | Role::Index(_)
                | Role::TrapKind
                | Role::RefType
                | Role::Field
                | Role::Count => {}
            }
        }
        // The condition and the index of an indirect call come last on WebAssembly's stack.
        if matches!(
            inst.op,
            Op::Select | Op::CallIndirect | Op::TailCallIndirect
        ) {
            uses.rotate_left(1);
        }
    }
}

impl<'m> Surroundings<'m> for Signatures<'m> {
    fn types(&self) -> &'m Types {
        &self.module.types
    }

    fn function_type(&self, function: u32) -> Option<u32> {
        self.spaces.func_type(self.module, function)
    }

    fn own_type(&self) -> Option<&'m FuncType> {
        self.module.types.func(self.own)
    }

    fn register_type(&self, register: u16) -> Option<ValType> {
        self.registers.get(usize::from(register)).copied()
    }
}
