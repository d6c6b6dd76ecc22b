//! What a function's code must know of its module.

use wasm_encoder::{RefType, ValType as Wasm};

use super::instruction::{Checked, Lowering, is_i32, lowering};
use vbc_core::isa::{self, Effects, Inst, Op, PlainRef, Trap, ValType, decode};
use vbc_core::module::{Module, Spaces};
use vbc_linker::Program;

/// Stands for a function or segment that does not exist.
pub(super) const NONE: u32 = u32::MAX;

/// Where things of the module are in the result.
pub(super) struct Environment<'p> {
    pub program: &'p Program,
    pub module: &'p Module,
    pub spaces: Spaces,
    /// The function for each function index.
    pub functions: Vec<u32>,
    /// The data segment of each passive data index.
    pub segments: Vec<u32>,
    /// The function that raises each trap, by its code; none for `unreachable`.
    pub traps: Vec<u32>,
    /// The function that multiplies i64 and traps on overflow.
    pub multiply: u32,
    /// Whether the program's addresses are i64.
    pub addresses_are_64: bool,
    /// Whether the memory's are.
    pub memory_is_64: bool,
    /// Whether every NaN that arithmetic makes is the same.
    pub canonical_nans: bool,
    /// Whether registers share locals wherever they can.
    pub share_locals: bool,
    /// Whether to note which instruction code comes from.
    pub debug: bool,
}

impl Environment<'_> {
    /// Whether the program's addresses are narrower than the memory's.
    pub fn widens(&self) -> bool {
        self.memory_is_64 && !self.addresses_are_64
    }

    /// The function that raises a trap.
    pub fn trap(&self, trap: Trap) -> Option<u32> {
        let function = self.traps.get(trap as usize).copied()?;
        (function != NONE).then_some(function)
    }
}

/// What the code of a program uses that must be added to the result.
#[derive(Default)]
pub(super) struct Uses {
    /// Kinds of TRAP instructions.
    pub traps: Vec<Trap>,
    /// Additions and so on that trap on overflow.
    pub checked: bool,
    /// A multiplication of i64 among them.
    pub multiply: bool,
    /// Any memory instruction.
    pub memory: bool,
    /// MEMORY_INIT or DATA_DROP.
    pub segments: bool,
    /// Functions that REF_FUNC names, ascending.
    pub referred: Vec<u32>,
    /// Globals that GLOBAL_SET names, ascending.
    pub set: Vec<u32>,
}

impl Uses {
    /// Of all code of `module`.
    pub fn find(module: &Module) -> Uses {
        let mut uses = Uses::default();
        let mut at = 0;
        while let Ok(inst) = decode(&module.code, at) {
            at += inst.words.len();
            uses.note(&inst);
        }
        uses.referred.sort_unstable();
        uses.referred.dedup();
        uses.set.sort_unstable();
        uses.set.dedup();
        uses.traps.sort_unstable();
        uses.traps.dedup();
        uses
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "of others the lowering says what they need"
    )]
    fn note(&mut self, inst: &Inst<'_>) {
        let effects = inst.info().effects;
        self.memory |= effects.has(Effects::READS_MEM) || effects.has(Effects::WRITES_MEM);
        match inst.op {
            Op::Trap => self.traps.extend(Trap::from_code(inst.trap_kind())),
            Op::RefFunc => self.referred.push(inst.func()),
            Op::GlobalSet => self.set.push(inst.global()),
            Op::MemoryInit | Op::DataDrop => self.segments = true,
            op => {
                if let Some(Lowering::Checked(kind)) = lowering(op) {
                    self.checked = true;
                    self.multiply |= kind == Checked::Mul && !is_i32(op);
                }
            }
        }
    }
}

/// A type as WebAssembly has it.
pub(super) fn wasm_type(ty: ValType) -> Wasm {
    match ty {
        ValType::I32 => Wasm::I32,
        ValType::I64 => Wasm::I64,
        ValType::F32 => Wasm::F32,
        ValType::F64 => Wasm::F64,
        ValType::Ref(ty) => Wasm::Ref(ref_type(ty)),
        // A number that programs can only pass on and compare with zero.
        ValType::Ptr => Wasm::I64,
    }
}

/// A type of references. No program that is lowered has managed ones.
pub(super) fn ref_type(ty: isa::RefType) -> RefType {
    match ty.plain() {
        Some(PlainRef::Func) => RefType::FUNCREF,
        Some(PlainRef::Extern) | None => RefType::EXTERNREF,
    }
}
