//! The registers that an instruction reads and writes, in the order in which WebAssembly takes them.

use vbc_core::isa::{Inst, Op, Role, Signature};
use vbc_core::module::Module;
use vbc_core::module::Spaces;

/// Numbers of parameters and results.
#[derive(Clone, Copy)]
pub(super) struct Arity {
    pub params: usize,
    pub results: usize,
}

/// What the lists of a function's instructions depend on.
pub(super) struct Signatures<'m> {
    module: &'m Module,
    spaces: &'m Spaces,
    own: Arity,
}

impl<'m> Signatures<'m> {
    /// For the function of type `ty`.
    pub fn new(module: &'m Module, spaces: &'m Spaces, ty: u32) -> Self {
        let own = arity(module, ty);
        Signatures {
            module,
            spaces,
            own,
        }
    }

    /// Reads the registers of `inst`; what was in the lists before goes.
    pub fn registers(&self, inst: &Inst<'_>, uses: &mut Vec<u16>, defs: &mut Vec<u16>) {
        uses.clear();
        defs.clear();
        let mut read = 0;
        for operand in inst.operands() {
            match operand.role {
                Role::Src(_) => uses.push(inst.register(operand)),
                Role::Dst(_) => defs.push(inst.register(operand)),
                Role::Args(signature) => {
                    let count = match signature {
                        Signature::Own => self.own.results,
                        Signature::Callee | Signature::TypeOperand => {
                            self.callee(inst, signature).params
                        }
                    };
                    read = count;
                    uses.extend(inst.registers().iter().take(count));
                }
                Role::Results(signature) => {
                    let count = self.callee(inst, signature).results;
                    defs.extend(inst.registers().iter().skip(read).take(count));
                }
                Role::Imm(_)
                | Role::Offset
                | Role::Addend
                | Role::Label
                | Role::Targets
                | Role::Index(_)
                | Role::TrapKind => {}
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

    fn callee(&self, inst: &Inst<'_>, signature: Signature) -> Arity {
        let ty = match signature {
            Signature::Callee => self.spaces.func_type(self.module, inst.func()),
            Signature::TypeOperand => Some(inst.type_index()),
            Signature::Own => return self.own,
        };
        ty.map_or(
            Arity {
                params: 0,
                results: 0,
            },
            |ty| arity(self.module, ty),
        )
    }
}

fn arity(module: &Module, ty: u32) -> Arity {
    let ty = module.types.func(ty);
    Arity {
        params: ty.map_or(0, |ty| ty.params.len()),
        results: ty.map_or(0, |ty| ty.results.len()),
    }
}
