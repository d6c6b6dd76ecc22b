//! Trees as code for WebAssembly's stack.

use wasm_encoder::{Ieee32, Ieee64, Instruction as I};

use super::function::Body;
use super::instruction::{Lowering, is_i32, lowering};
use super::trees::{Action, Statement};
use vbc_core::isa::{DISCARD, Op, Role, Ty, ValType};

impl Body<'_, '_> {
    /// Does what a statement specifies.
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
            Some(Lowering::Plain(I::I32Eq | I::I64Eq))
        );
        equality && self.is_zero(self.trees.children(node)[1])
    }

    fn is_zero(&self, node: u32) -> bool {
        matches!(self.trees.node(node).action, Action::Const(_, 0))
    }

    /// What an operand needs that has just been evaluated: an address may be too narrow, and what
    /// is computed in 64 bits to see whether it overflows has to be extended.
    fn after_operand(&mut self, node: u32, operand: usize) {
        let Action::Inst(at) = self.trees.node(node).action else {
            return;
        };
        let inst = self.blocks.insts[at as usize];
        let mut read = (inst.operands().iter().map(|operand| operand.role))
            .filter(|role| matches!(role, Role::Src(_)));
        let is_address = read.nth(operand) == Some(Role::Src(Ty::Addr));
        if is_address && self.env.widens() {
            self.code.push(I::I64ExtendI32U);
        } else if matches!(lowering(inst.op), Some(Lowering::Checked(_))) && is_i32(inst.op) {
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

    /// A node of i32 as a condition, or its opposite.
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

    /// A comparison, or its opposite; of a branch, the one that it branches on.
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
        let Some(Lowering::Plain(instruction)) = comparison.and_then(lowering) else {
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
        ValType::I64 | ValType::Ref(_) | ValType::Ptr => I::I64Const(bits as i64),
    }
}

/// Whether the operands of what an instruction becomes may change places.
fn is_commutative(op: Op) -> bool {
    op.commutes() && matches!(lowering(op), Some(Lowering::Plain(_)))
}
