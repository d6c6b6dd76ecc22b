//! The instructions of a block as expression trees.
//!
//! A register that is written once and read once, in the same block, need not become a local: its
//! value can be computed where it is read. Going through a block in order, values that may wait are
//! *pending* until their reader takes them into its tree. A pending value is put into its local at last
//! when something is about to happen that it must come before.

use std::ops::Range;

use super::blocks::Blocks;
use super::effects::Effects;
use super::liveness::Liveness;
use super::operands::Signatures;
use vbc_core::isa::decode::Value;
use vbc_core::isa::{Class, DISCARD, Inst, Op, Role, ValType};

/// What a node of a tree does after its children.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Action {
    /// Reads a register.
    Get(u16),
    /// A constant: its type, and its bits.
    Const(ValType, u64),
    /// The instruction with this number.
    Inst(u32),
}

/// A node of a tree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub action: Action,
    /// The instruction that it is part of.
    pub at: u32,
    first: u32,
    count: u32,
}

/// Something that is done, in the order of a block.
#[derive(Clone, Copy, Debug)]
pub(super) enum Statement {
    /// The register becomes the value.
    Set(u16, u32),
    /// The value is computed for what happens on the way.
    Drop(u32),
    /// The instruction has no result.
    Do(u32),
    /// The instruction with this number, the tree's root, has several results.
    Spread(u32, u32),
}

/// The trees of a function.
#[derive(Default)]
pub(super) struct Trees {
    nodes: Vec<Node>,
    children: Vec<u32>,
    statements: Vec<Statement>,
    /// The statements of each block.
    blocks: Vec<Range<u32>>,
    /// The tree of each block's terminator.
    terminators: Vec<Option<u32>>,
    /// How often each register is named as a local.
    pub named: Vec<u32>,
}

impl Trees {
    /// A node.
    pub fn node(&self, node: u32) -> Node {
        self.nodes[node as usize]
    }

    /// The children of a node, in the order in which they are evaluated.
    pub fn children(&self, node: u32) -> &[u32] {
        let node = self.nodes[node as usize];
        &self.children[node.first as usize..(node.first + node.count) as usize]
    }

    /// What a block does before its terminator.
    pub fn statements(&self, block: u32) -> &[Statement] {
        let range = &self.blocks[block as usize];
        &self.statements[range.start as usize..range.end as usize]
    }

    /// The tree of a block's terminator.
    pub fn terminator(&self, block: u32) -> Option<u32> {
        self.terminators[block as usize]
    }

    fn add(&mut self, action: Action, at: u32, children: &[u32]) -> u32 {
        let first = self.children.len() as u32;
        self.children.extend_from_slice(children);
        self.nodes.push(Node {
            action,
            at,
            first,
            count: children.len() as u32,
        });
        self.nodes.len() as u32 - 1
    }
}

/// Values that may be pending at a time, and registers that one of them may read: bounds that keep
/// the work for an instruction constant.
const MOST_PENDING: usize = 16;
const MOST_READS: usize = 64;

/// A value that waits for its reader.
struct Pending {
    register: u16,
    node: u32,
    effects: Effects,
    /// The registers that its tree reads from their locals.
    reads: Vec<u16>,
}

/// What becomes of a value.
#[derive(Clone, Copy, Debug, Default)]
struct Fate {
    uses: u32,
    /// It is wanted after the block.
    leaves: bool,
}

/// Facts about registers.
pub(super) struct Registers<'a> {
    /// The type of each.
    pub types: &'a [ValType],
    /// Whether it holds something at entry: a parameter, or zeroed.
    pub is_given: &'a dyn Fn(u16) -> bool,
}

/// Makes the trees of all blocks that `is_reached` names.
pub(super) fn build(
    blocks: &Blocks<'_>,
    signatures: &Signatures<'_>,
    liveness: &Liveness,
    registers: &Registers<'_>,
    is_reached: &[bool],
) -> Trees {
    let count = registers.types.len();
    let mut builder = Builder {
        blocks,
        signatures,
        liveness,
        trees: Trees {
            named: vec![0; count],
            ..Trees::default()
        },
        pending: Vec::new(),
        constants: vec![None; count],
        everywhere: vec![false; count],
        local_constants: Vec::new(),
        counts: vec![(u32::MAX, Fate::default()); count],
        fates: Vec::new(),
        uses: Vec::new(),
        defs: Vec::new(),
    };
    builder.find_constants(registers);
    for block in 0..blocks.ranges.len() as u32 {
        let first = builder.trees.statements.len() as u32;
        let terminator = match is_reached[block as usize] {
            true => builder.block(block),
            false => None,
        };
        let last = builder.trees.statements.len() as u32;
        builder.trees.blocks.push(first..last);
        builder.trees.terminators.push(terminator);
    }
    builder.trees
}

struct Builder<'a, 'm> {
    blocks: &'a Blocks<'m>,
    signatures: &'a Signatures<'m>,
    liveness: &'a Liveness,
    trees: Trees,
    pending: Vec<Pending>,
    /// Registers that hold a constant here, which is repeated where it is read.
    constants: Vec<Option<(ValType, u64)>>,
    /// Those of them that do so everywhere.
    everywhere: Vec<bool>,
    /// Those that do so in this block only.
    local_constants: Vec<u16>,
    /// For each register the block in which it was last looked at, and what was found so far.
    counts: Vec<(u32, Fate)>,
    /// What becomes of the values that the block's instructions produce, the last value first.
    fates: Vec<Fate>,
    uses: Vec<u16>,
    defs: Vec<u16>,
}

impl Builder<'_, '_> {
    /// Registers that only one instruction writes, with a constant that is no longer than the
    /// locals would be, are that constant everywhere.
    fn find_constants(&mut self, registers: &Registers<'_>) {
        let count = registers.types.len();
        let mut written = vec![0_u32; count];
        let mut read = vec![0_u32; count];
        let (mut uses, mut defs) = (Vec::new(), Vec::new());
        for inst in &self.blocks.insts {
            self.signatures.registers(inst, &mut uses, &mut defs);
            for &register in &uses {
                read[usize::from(register)] += 1;
            }
            for &register in defs.iter().filter(|&&register| register != DISCARD) {
                written[usize::from(register)] += 1;
            }
        }
        for inst in &self.blocks.insts {
            if let Some(constant) = constant(inst)
                && let register = inst.dst()
                && written[usize::from(register)] == 1
                && !(registers.is_given)(register)
                && is_worth_repeating(constant, read[usize::from(register)])
            {
                self.constants[usize::from(register)] = Some(constant);
                self.everywhere[usize::from(register)] = true;
            }
        }
    }

    fn block(&mut self, block: u32) -> Option<u32> {
        self.find_fates(block);
        let body = self.blocks.body(block);
        for at in body {
            self.instruction(at);
        }
        let terminator = self.blocks.terminator(block).map(|at| {
            let inst = &self.blocks.insts[at as usize];
            self.signatures
                .registers(inst, &mut self.uses, &mut self.defs);
            let uses = std::mem::take(&mut self.uses);
            while let Some(unused) =
                (self.pending.iter()).position(|one| !uses.contains(&one.register))
            {
                self.settle(unused);
            }
            let (node, ..) = self.tree(at, &uses);
            self.uses = uses;
            node
        });
        while !self.pending.is_empty() {
            self.settle(0);
        }
        for register in self.local_constants.drain(..) {
            self.constants[usize::from(register)] = None;
        }
        terminator
    }

    /// Goes through the block backwards and counts who reads each value.
    fn find_fates(&mut self, block: u32) {
        self.fates.clear();
        let range = self.blocks.ranges[block as usize].clone();
        for at in range.rev() {
            let inst = &self.blocks.insts[at as usize];
            self.signatures
                .registers(inst, &mut self.uses, &mut self.defs);
            for at in (0..self.defs.len()).rev() {
                let register = self.defs[at];
                let fate = match register {
                    DISCARD => Fate::default(),
                    _ => std::mem::take(self.count(block, register)),
                };
                self.fates.push(fate);
            }
            for at in 0..self.uses.len() {
                let register = self.uses[at];
                self.count(block, register).uses += 1;
            }
        }
    }

    fn count(&mut self, block: u32, register: u16) -> &mut Fate {
        let (seen, fate) = &mut self.counts[usize::from(register)];
        if *seen != block {
            *seen = block;
            *fate = Fate {
                uses: 0,
                leaves: self.liveness.is_wanted(block, register),
            };
        }
        fate
    }

    fn instruction(&mut self, at: u32) {
        let inst = &self.blocks.insts[at as usize];
        self.signatures
            .registers(inst, &mut self.uses, &mut self.defs);
        let uses = std::mem::take(&mut self.uses);
        let defs = std::mem::take(&mut self.defs);
        match defs[..] {
            [] => self.statement(at, &uses),
            [register] => self.value(at, &uses, register),
            _ => self.values(at, &uses, &defs),
        }
        self.uses = uses;
        self.defs = defs;
    }

    fn statement(&mut self, at: u32, uses: &[u16]) {
        let own = Effects::of(self.blocks.insts[at as usize].info());
        self.make_way(own, uses);
        let (node, ..) = self.tree(at, uses);
        self.trees.statements.push(Statement::Do(node));
    }

    fn values(&mut self, at: u32, uses: &[u16], defs: &[u16]) {
        self.fates.truncate(self.fates.len() - defs.len());
        for &register in defs {
            self.overwrite(register, uses);
        }
        self.make_way(Effects::of(self.blocks.insts[at as usize].info()), uses);
        let (node, ..) = self.tree(at, uses);
        for &register in defs.iter().filter(|&&register| register != DISCARD) {
            self.forget_constant(register);
            self.trees.named[usize::from(register)] += 1;
        }
        self.trees.statements.push(Statement::Spread(node, at));
    }

    fn value(&mut self, at: u32, uses: &[u16], register: u16) {
        let fate = self.fates.pop().unwrap_or_default();
        let inst = self.blocks.insts[at as usize];
        if let Some(constant) = constant(&inst) {
            if self.everywhere[usize::from(register)] {
                return;
            }
            if !fate.leaves && is_worth_repeating(constant, fate.uses) {
                self.constants[usize::from(register)] = Some(constant);
                self.local_constants.push(register);
                return;
            }
        }
        let needed = fate.leaves || fate.uses > 0;
        if needed {
            self.overwrite(register, uses);
        }
        let own = Effects::of(inst.info());
        if needed && !fate.leaves && fate.uses == 1 {
            let (node, effects, reads) = self.tree(at, uses);
            self.forget_constant(register);
            self.pending.push(Pending {
                register,
                node,
                effects,
                reads,
            });
            let long = self
                .pending
                .last()
                .is_some_and(|last| last.reads.len() > MOST_READS);
            if long {
                self.settle(self.pending.len() - 1);
            } else if self.pending.len() > MOST_PENDING {
                self.settle(0);
            }
            return;
        }
        self.make_way(own, uses);
        let (node, effects, _) = self.tree(at, uses);
        if needed {
            self.forget_constant(register);
            self.set(register, node);
        } else if effects.is_needed() {
            self.trees.statements.push(Statement::Drop(node));
        }
    }

    fn forget_constant(&mut self, register: u16) {
        if register != DISCARD {
            self.constants[usize::from(register)] = None;
        }
    }

    fn set(&mut self, register: u16, node: u32) {
        self.trees.named[usize::from(register)] += 1;
        self.trees.statements.push(Statement::Set(register, node));
    }

    /// Settles what reads the old value of `register`, unless the next instruction takes it.
    fn overwrite(&mut self, register: u16, uses: &[u16]) {
        while let Some(reader) = (self.pending.iter())
            .position(|one| one.reads.contains(&register) && !uses.contains(&one.register))
        {
            self.settle(reader);
        }
    }

    /// Settles what cannot wait until after an instruction with these effects and all that it takes.
    fn make_way(&mut self, own: Effects, uses: &[u16]) {
        let taken = self
            .pending
            .iter()
            .filter(|one| uses.contains(&one.register));
        let effects = taken.fold(own, |effects, one| effects.and(one.effects));
        while let Some(blocked) = (self.pending.iter())
            .position(|one| !one.effects.commutes(effects) && !uses.contains(&one.register))
        {
            self.settle(blocked);
        }
    }

    /// Puts a pending value into its local, after those that must come before it.
    fn settle(&mut self, at: usize) {
        let mut chosen = vec![at];
        for other in (0..at).rev() {
            let effects = self.pending[other].effects;
            let before = |&one: &usize| !effects.commutes(self.pending[one].effects);
            if chosen.iter().any(before) {
                chosen.push(other);
            }
        }
        // The earliest came last.
        for &at in chosen.iter().rev() {
            let (register, node) = (self.pending[at].register, self.pending[at].node);
            self.set(register, node);
        }
        for &at in &chosen {
            self.pending.remove(at);
        }
    }

    /// The tree of an instruction, what it does and which locals it reads.
    fn tree(&mut self, at: u32, uses: &[u16]) -> (u32, Effects, Vec<u16>) {
        while let Some(misplaced) = self.misplaced(uses) {
            self.settle(misplaced);
        }
        let inst = self.blocks.insts[at as usize];
        let mut effects = Effects::of(inst.info());
        let mut reads = Vec::new();
        let mut children = Vec::with_capacity(uses.len() + 1);
        for &register in uses {
            if let Some((ty, bits)) = self.constants[usize::from(register)] {
                children.push(self.trees.add(Action::Const(ty, bits), at, &[]));
                continue;
            }
            let position = self.pending.iter().position(|one| one.register == register);
            if let Some(position) = position {
                let taken = self.pending.remove(position);
                effects = effects.and(taken.effects);
                reads.extend(taken.reads);
                children.push(taken.node);
                continue;
            }
            self.trees.named[usize::from(register)] += 1;
            reads.push(register);
            children.push(self.trees.add(Action::Get(register), at, &[]));
        }
        if inst.op == Op::Move {
            return (children[0], effects, reads);
        }
        if let Some((ty, bits)) = constant(&inst) {
            return (
                self.trees.add(Action::Const(ty, bits), at, &[]),
                effects,
                reads,
            );
        }
        if let Some((ty, bits)) = last_operand(&inst) {
            children.push(self.trees.add(Action::Const(ty, bits), at, &[]));
        }
        (
            self.trees.add(Action::Inst(at), at, &children),
            effects,
            reads,
        )
    }

    /// A pending value among the operands that cannot be evaluated in its operand's place.
    fn misplaced(&self, uses: &[u16]) -> Option<usize> {
        let operand = |one: &Pending| uses.iter().position(|&register| register == one.register);
        for (at, one) in self.pending.iter().enumerate() {
            let Some(place) = operand(one) else { continue };
            let passes = |other: &Pending| {
                let stays_behind = operand(other).is_some_and(|other| other > place);
                stays_behind || one.effects.commutes(other.effects)
            };
            if !self.pending[at + 1..].iter().all(passes) {
                return Some(at);
            }
        }
        None
    }
}

/// The constant that an instruction loads.
fn constant(inst: &Inst<'_>) -> Option<(ValType, u64)> {
    let loads = inst.info().class == Class::Constant;
    loads.then(|| last_operand(inst)).flatten()
}

/// The constant among an instruction's operands: its type and bits, integers sign-extended.
fn last_operand(inst: &Inst<'_>) -> Option<(ValType, u64)> {
    let operands = inst.operands().iter();
    let mut values = operands
        .rev()
        .map(|operand| (operand.role, inst.value(operand)));
    values.find_map(|found| match found {
        (Role::Imm(ty), Value::Imm(value)) => Some((ty, value as u64)),
        _ => None,
    })
}

/// Whether repeating a constant for each of its readers takes no more bytes than a local.
fn is_worth_repeating((ty, bits): (ValType, u64), readers: u32) -> bool {
    let size = match ty {
        ValType::F32 => 5,
        ValType::F64 => 9,
        ValType::I32 | ValType::I64 | ValType::Ref(_) | ValType::Ptr => {
            let value = bits as i64;
            let significant = 65 - (value ^ value >> 63).leading_zeros();
            1 + u64::from(significant.div_ceil(7))
        }
    };
    let readers = u64::from(readers);
    readers == 0 || (readers - 1) * size <= 2 * readers
}
