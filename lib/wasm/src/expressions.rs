//! Trees as code for WebAssembly's stack.

use wasm_encoder::{BlockType, Ieee32, Ieee64, Instruction as I, MemArg, MemArgTarget};

use super::environment::wasm_type;
use super::function::Body;
use super::locals::Extra;
use super::ops::{Checked, Lowering, lowering};
use super::trees::{Action, Statement};
use vbc_core::isa::{Class, DISCARD, Inst, Op, Trap, ValType};
use vbc_core::module::Kind;

/// The memory of the program.
const MEMORY: u32 = 0;

impl Body<'_, '_> {
    /// Does what a statement says.
    pub(super) fn statement(&mut self, statement: Statement) {
        match statement {
            Statement::Set(register, tree) => {
                self.tree(tree);
                let local = self.locals.of(register);
                self.code.set(local);
            }
            Statement::Drop(tree) => {
                self.tree(tree);
                self.code.push(I::Drop);
            }
            Statement::Do(tree) => self.tree(tree),
            Statement::Spread(tree, at) => {
                self.tree(tree);
                self.spread(at);
            }
        }
    }

    /// Puts the results of a call into its registers. The last one lies on top; of a register that is named more
    /// than once, the last result stays.
    fn spread(&mut self, at: u32) {
        let inst = self.blocks.insts[at as usize];
        let (mut uses, mut defs) = (Vec::new(), Vec::new());
        self.signatures.registers(&inst, &mut uses, &mut defs);
        let mut seen = std::collections::HashSet::new();
        for &register in defs.iter().rev() {
            if register != DISCARD && seen.insert(register) {
                let local = self.locals.of(register);
                self.code.set(local);
            } else {
                self.code.push(I::Drop);
            }
        }
    }

    /// Evaluates a tree. Trees may be deep, so their nodes wait on a stack of our own.
    pub(super) fn tree(&mut self, root: u32) {
        let base = self.waiting.len();
        self.waiting.push((root, 0));
        while self.waiting.len() > base {
            let top = self.waiting.len() - 1;
            let (node, next) = self.waiting[top];
            let children = self.trees.children(node);
            let count = children.len();
            if next == 0 && count == 2 && self.is_swapped(node) {
                let (first, second) = (children[0], children[1]);
                self.waiting[top].1 = 2;
                // The first operand is a leaf; the second one goes first.
                self.waiting.push((first, 0));
                self.waiting.push((second, 0));
                continue;
            }
            if next > 0 {
                self.code.comes_from(self.trees.node(node).at);
                self.after_operand(node, next - 1);
            }
            if next < count && !(next == 1 && self.is_zero_test(node)) {
                let child = children[next];
                self.waiting[top].1 += 1;
                self.waiting.push((child, 0));
                continue;
            }
            self.waiting.pop();
            self.finish(node);
        }
    }

    /// Whether the operands may change places, and should: the second begins with what was just set.
    fn is_swapped(&self, node: u32) -> bool {
        let Action::Inst(at) = self.trees.node(node).action else {
            return false;
        };
        let children = self.trees.children(node);
        let Action::Get(first) = self.trees.node(children[0]).action else {
            return false;
        };
        if self.code.has_just_set(self.locals.of(first))
            || !is_commutative(self.blocks.insts[at as usize].op)
        {
            return false;
        }
        let mut leaf = children[1];
        while let Some(&child) = self.trees.children(leaf).first() {
            leaf = child;
        }
        match self.trees.node(leaf).action {
            Action::Get(register) => self.code.has_just_set(self.locals.of(register)),
            Action::Const(..) | Action::Inst(_) => false,
        }
    }

    /// Whether the node compares with zero for equality.
    fn is_zero_test(&self, node: u32) -> bool {
        let Action::Inst(at) = self.trees.node(node).action else {
            return false;
        };
        let equality = matches!(
            lowering(self.blocks.insts[at as usize].op),
            Lowering::Plain(I::I32Eq | I::I64Eq)
        );
        equality && self.is_zero(self.trees.children(node)[1])
    }

    fn is_zero(&self, node: u32) -> bool {
        matches!(self.trees.node(node).action, Action::Const(_, 0))
    }

    /// What an operand needs that has just been evaluated: an address may be too narrow, and what
    /// is computed in 64 bits to see whether it overflows has to be extended.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "others are pure instructions, of which the table has the code"
    )]
    fn after_operand(&mut self, node: u32, operand: usize) {
        let Action::Inst(at) = self.trees.node(node).action else {
            return;
        };
        let op = self.blocks.insts[at as usize].op;
        let extends = match op {
            Op::MemoryCopy => true,
            Op::MemoryFill => operand != 1,
            Op::MemoryGrow | Op::MemoryInit => operand == 0,
            _ => matches!(lowering(op), Lowering::Access(..)) && operand == 0,
        };
        if extends && self.env.widens() {
            self.code.push(I::I64ExtendI32U);
        } else if matches!(lowering(op), Lowering::Checked(_)) && is_i32(op) {
            self.code.push(I::I64ExtendI32S);
        }
    }

    fn finish(&mut self, node: u32) {
        self.code.comes_from(self.trees.node(node).at);
        match self.trees.node(node).action {
            Action::Get(register) => {
                let local = self.locals.of(register);
                self.code.get(local);
            }
            Action::Const(ty, bits) => self.code.push(constant(ty, bits)),
            Action::Inst(at) if self.is_zero_test(node) => {
                let wide = !is_i32(self.blocks.insts[at as usize].op);
                self.code.push(if wide { I::I64Eqz } else { I::I32Eqz });
            }
            Action::Inst(at) => {
                self.instruction(at);
            }
        }
    }

    /// An instruction whose operands lie on the stack.
    fn instruction(&mut self, at: u32) {
        let inst = self.blocks.insts[at as usize];
        match lowering(inst.op) {
            Lowering::Plain(instruction) => self.code.push(instruction),
            Lowering::Float(instruction) => {
                self.code.push(instruction);
                self.canonical_nan(inst.op.info().suffix[0]);
            }
            Lowering::Access(make, align) => self.access(&inst, make, align),
            Lowering::Checked(kind) => match is_i32(inst.op) {
                true => self.checked_i32(kind),
                false => self.checked_i64(kind),
            },
            Lowering::Not => {
                let narrow = is_i32(inst.op);
                let (ones, xor) = match narrow {
                    true => (I::I32Const(-1), I::I32Xor),
                    false => (I::I64Const(-1), I::I64Xor),
                };
                self.code.push(ones);
                self.code.push(xor);
            }
            Lowering::Negate => {
                let (minus_one, times) = match is_i32(inst.op) {
                    true => (I::I32Const(-1), I::I32Mul),
                    false => (I::I64Const(-1), I::I64Mul),
                };
                self.code.push(minus_one);
                self.code.push(times);
            }
            Lowering::Branch | Lowering::Own => self.own(&inst),
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "others are lowered by the table"
    )]
    fn own(&mut self, inst: &Inst<'_>) {
        let env = self.env;
        let instruction = match inst.op {
            Op::Select => {
                let ty = self.types[usize::from(inst.dst())];
                match ty.is_ref() {
                    true => I::TypedSelect(wasm_type(ty)),
                    false => I::Select,
                }
            }
            Op::RefNull => match wasm_type(self.types[usize::from(inst.dst())]) {
                wasm_encoder::ValType::Ref(ty) => I::RefNull(ty.heap_type),
                _ => I::RefNull(wasm_encoder::HeapType::FUNC),
            },
            Op::RefFunc => I::RefFunc(env.functions[inst.func() as usize]),
            Op::DataAddr => {
                let address = env.program.data_addresses().get(inst.data() as usize);
                let address = address.copied().unwrap_or(0);
                let address = address.wrapping_add_signed(inst.addend());
                match env.addresses_are_64 {
                    true => I::I64Const(address as i64),
                    false => I::I32Const(address as i32),
                }
            }
            Op::GlobalGet => I::GlobalGet(inst.global()),
            Op::GlobalSet => I::GlobalSet(inst.global()),
            Op::TableGet => I::TableGet(inst.table(0)),
            Op::TableSet => I::TableSet(inst.table(0)),
            Op::TableSize => I::TableSize(inst.table(0)),
            Op::TableGrow => I::TableGrow(inst.table(0)),
            Op::TableFill => I::TableFill(inst.table(0)),
            Op::TableCopy => I::TableCopy {
                dst_table: inst.table(0),
                src_table: inst.table(1),
            },
            Op::TableInit => I::TableInit {
                elem_index: inst.elem(),
                table: inst.table(0),
            },
            Op::ElemDrop => I::ElemDrop(inst.elem()),
            Op::MemorySize | Op::MemoryGrow => {
                self.code.push(match inst.op {
                    Op::MemorySize => I::MemorySize(MEMORY),
                    _ => I::MemoryGrow(MEMORY),
                });
                if env.widens() {
                    self.code.push(I::I32WrapI64);
                }
                return;
            }
            Op::MemoryCopy => I::MemoryCopy {
                src_mem: MEMORY,
                dst_mem: MEMORY,
            },
            Op::MemoryFill => I::MemoryFill(MEMORY),
            Op::MemoryInit => I::MemoryInit {
                mem: MEMORY,
                data_index: self.segment(inst.data()),
            },
            Op::DataDrop => I::DataDrop(self.segment(inst.data())),
            Op::Call => I::Call(env.functions[inst.func() as usize]),
            Op::CallIndirect => I::CallIndirect {
                type_index: inst.type_index(),
                table_index: inst.table(0),
            },
            Op::TailCall => I::ReturnCall(env.functions[inst.func() as usize]),
            Op::TailCallIndirect => I::ReturnCallIndirect {
                type_index: inst.type_index(),
                table_index: inst.table(0),
            },
            Op::Trap => {
                return self.trap(Trap::from_code(inst.trap_kind()).unwrap_or(Trap::Unreachable));
            }
            // Moves and constants are no nodes; where the others go is the structure's business.
            _ => return,
        };
        self.code.push(instruction);
    }

    fn segment(&self, data: u32) -> u32 {
        let imported = self.env.spaces.imported(Kind::Data);
        self.env.segments[(data - imported) as usize]
    }

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
        // No address reaches so far: whatever the operands are, the access traps.
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

    /// Makes the NaN on the stack, if it is one, the one that all engines give.
    fn canonical_nan(&mut self, ty: ValType) {
        if !self.env.canonical_nans {
            return;
        }
        let (extra, nan, equal) = match ty {
            ValType::F32 => (
                Extra::Single,
                I::F32Const(Ieee32::new(0x7fc0_0000)),
                I::F32Eq,
            ),
            ValType::I32 | ValType::I64 | ValType::F64 | ValType::Ref(_) => (
                Extra::Double,
                I::F64Const(Ieee64::new(0x7ff8 << 48)),
                I::F64Eq,
            ),
        };
        let local = self.locals.extra(extra);
        self.code.set(local);
        self.code.get(local);
        self.code.push(nan);
        self.code.get(local);
        self.code.get(local);
        self.code.push(equal);
        self.code.push(I::Select);
    }

    /// Both operands are extended to 64 bits, in which nothing overflows.
    fn checked_i32(&mut self, kind: Checked) {
        let result = self.locals.extra(Extra::Result);
        self.code.push(match kind {
            Checked::Add => I::I64Add,
            Checked::Sub => I::I64Sub,
            Checked::Mul => I::I64Mul,
        });
        self.code.set(result);
        self.code.get(result);
        self.code.push(I::I64Extend32S);
        self.code.get(result);
        self.code.push(I::I64Ne);
        self.overflow();
        self.code.get(result);
        self.code.push(I::I32WrapI64);
    }

    /// The sign of a sum is wrong where it differs from those of both operands; of a difference where
    /// the operands' signs differ, and it has not that of the first.
    fn checked_i64(&mut self, kind: Checked) {
        let (left, right) = (
            self.locals.extra(Extra::Left),
            self.locals.extra(Extra::Right),
        );
        let result = self.locals.extra(Extra::Result);
        let (operate, other) = match kind {
            Checked::Add => (I::I64Add, result),
            Checked::Sub => (I::I64Sub, left),
            Checked::Mul => return self.code.push(I::Call(self.env.multiply)),
        };
        self.code.set(right);
        self.code.set(left);
        self.code.get(left);
        self.code.get(right);
        self.code.push(operate);
        self.code.set(result);
        self.code.get(result);
        self.code.get(left);
        self.code.push(I::I64Xor);
        self.code.get(right);
        self.code.get(other);
        self.code.push(I::I64Xor);
        self.code.push(I::I64And);
        self.code.push(I::I64Const(0));
        self.code.push(I::I64LtS);
        self.overflow();
        self.code.get(result);
    }

    /// Traps if the stack's top is not zero.
    fn overflow(&mut self) {
        self.code.push(I::If(BlockType::Empty));
        self.trap(Trap::IntegerOverflow);
        self.code.push(I::End);
    }

    /// Traps.
    pub(super) fn trap(&mut self, trap: Trap) {
        if let Some(function) = self.env.trap(trap) {
            self.code.push(I::Call(function));
        }
        self.code.push(I::Unreachable);
    }

    /// Leaves a number on the stack that is not zero exactly when the branch that ends a block is
    /// taken (or, for `taken` false, when it is not).
    #[expect(clippy::wildcard_enum_match_arm, reason = "others are no branches")]
    pub(super) fn condition(&mut self, terminator: u32, taken: bool) {
        let Action::Inst(at) = self.trees.node(terminator).action else {
            return;
        };
        let op = self.blocks.insts[at as usize].op;
        let children = self.trees.children(terminator);
        match op {
            Op::IfI32 => self.truth(children[0], taken),
            Op::IfNotI32 => self.truth(children[0], !taken),
            Op::IfI64 | Op::IfNotI64 => {
                self.tree(children[0]);
                self.code.comes_from(at);
                self.test_i64((op == Op::IfI64) == taken);
            }
            _ => self.comparison(at, terminator, taken),
        }
        self.code.comes_from(at);
    }

    fn test_i64(&mut self, wanted: bool) {
        if wanted {
            self.code.push(I::I64Const(0));
            self.code.push(I::I64Ne);
        } else {
            self.code.push(I::I64Eqz);
        }
    }

    /// A node of i32 as a condition, or its contrary.
    fn truth(&mut self, node: u32, wanted: bool) {
        if let Action::Inst(at) = self.trees.node(node).action
            && self.blocks.insts[at as usize].op.inverse().is_some()
        {
            return self.comparison(at, node, wanted);
        }
        self.tree(node);
        if !wanted {
            self.code.push(I::I32Eqz);
        }
    }

    /// A comparison, or its contrary; of a branch, the one that it branches on.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "other instructions of WebAssembly are no comparisons"
    )]
    fn comparison(&mut self, at: u32, node: u32, wanted: bool) {
        let op = self.blocks.insts[at as usize].op;
        let comparison = op.comparison().unwrap_or(op);
        let comparison = match wanted {
            true => Some(comparison),
            false => comparison.inverse(),
        };
        let Some(Lowering::Plain(instruction)) = comparison.map(lowering) else {
            return;
        };
        let children = self.trees.children(node);
        let (left, right) = (children[0], children[1]);
        self.tree(left);
        self.code.comes_from(at);
        if self.is_zero(right) {
            match instruction {
                I::I32Ne => return,
                I::I32Eq => return self.code.push(I::I32Eqz),
                I::I64Eq => return self.code.push(I::I64Eqz),
                _ => {}
            }
        }
        self.tree(right);
        self.code.comes_from(at);
        self.code.push(instruction);
    }

    /// The operands of a terminator, without the terminator itself.
    pub(super) fn operands(&mut self, terminator: u32) {
        for at in 0..self.trees.children(terminator).len() {
            let child = self.trees.children(terminator)[at];
            self.tree(child);
        }
        self.code.comes_from(self.trees.node(terminator).at);
    }
}

fn constant(ty: ValType, bits: u64) -> I<'static> {
    match ty {
        ValType::I32 => I::I32Const(bits as i32),
        ValType::F32 => I::F32Const(Ieee32::new(bits as u32)),
        ValType::F64 => I::F64Const(Ieee64::new(bits)),
        ValType::I64 | ValType::Ref(_) => I::I64Const(bits as i64),
    }
}

/// Whether an instruction of integers works on i32.
fn is_i32(op: Op) -> bool {
    op.info().suffix.first() == Some(&ValType::I32)
}

/// Whether the operands of what an instruction becomes may change places.
fn is_commutative(op: Op) -> bool {
    op.commutes() && matches!(lowering(op), Lowering::Plain(_))
}
