//! The intermediate form: values in static single assignment, in dense arrays.
//!
//! An instruction and the value that it computes share a number. A block's instructions are
//! consecutive; phis, constants, parameters and call results are values too, but have no place in
//! a block. Blocks are numbered in the order in which they are filled, which is a reverse
//! postorder: only edges back to loop headers lead to lower numbers.

use vbc_core::isa::{Op, ValType};

/// A value and the instruction that computes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Value(pub u32);

impl Value {
    /// No value.
    pub const NONE: Value = Value(u32::MAX);

    pub fn index(self) -> usize {
        self.0 as usize
    }

    pub fn is_some(self) -> bool {
        self != Value::NONE
    }
}

/// A basic block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Block(pub u32);

impl Block {
    pub const NONE: Block = Block(u32::MAX);

    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A way from one block to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EdgeId(pub u32);

impl EdgeId {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A range of [`Ir::lists`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct List {
    pub start: u32,
    pub len: u32,
}

impl List {
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.start as usize + self.len as usize
    }
}

/// What an instruction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Parameter number `imm`.
    Param,
    /// A constant with the bits `imm`, sign-extended; a null reference. It has a register only
    /// where [`Kind::Load`] puts it into one.
    Const,
    /// A constant in a register, made from constant `x`.
    Load,
    /// Takes the value that belongs to the edge by which its block, number `x`, was entered.
    Phi,
    /// Stands for `x`.
    Alias,
    /// The register of local number `imm`, in a function whose locals have one each.
    Home,
    /// Writes `x` into the home `y`.
    Set,
    /// The next result of the call before it.
    Result,
    /// `op` on the registers `x`, `y`, `z`, in the order in which its row lists them.
    Op,
    /// `op` on the register `x` and the constant `imm`.
    Imm,
    /// A call: `op` on a list of registers; for an indirect call the index is its last.
    /// `imm` holds the function, or table and type.
    List(List),
}

/// An instruction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inst {
    pub kind: Kind,
    pub op: Op,
    /// A placement specifies where it is; otherwise it is in its own block.
    pub is_moved: bool,
    /// The type of the value; none for an instruction that computes nothing.
    pub ty: Option<ValType>,
    pub x: Value,
    pub y: Value,
    pub z: Value,
    /// A constant, an offset, or the indexes that the instruction names: the first in the low half,
    /// the second in the high one.
    pub imm: i64,
}

/// How a block ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum Term {
    /// With its last instruction, which does not continue.
    Stop,
    /// Returns with these values.
    Return(List),
    Jump(EdgeId),
    /// To `then` when `cond` is not zero, or, with `negated`, when it is.
    Branch {
        cond: Value,
        negated: bool,
        /// `cond` is a comparison that the branch makes itself; it has no register.
        fused: bool,
        then: EdgeId,
        other: EdgeId,
    },
    /// To edge number `index` of the list, or the last. The edges in it are `count` consecutive ones
    /// from `first` on, each as often as it likes.
    Switch {
        index: Value,
        targets: List,
        first: EdgeId,
        count: u32,
    },
}

/// A block: a range of instructions, the phis at its start, its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct BlockData {
    pub start: u32,
    pub end: u32,
    /// The phis are consecutive values.
    pub first_phi: u32,
    pub phis: u32,
    pub term: Term,
    /// Nothing leads here any more.
    pub is_gone: bool,
}

/// An edge, with one value for each phi of the block that it leads to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub from: Block,
    pub to: Block,
    pub args: List,
}

/// A function.
#[derive(Debug, Default)]
pub(super) struct Ir {
    pub insts: Vec<Inst>,
    pub blocks: Vec<BlockData>,
    pub edges: Vec<Edge>,
    /// Arguments of calls and of edges; targets of switches.
    pub lists: Vec<u32>,
    /// Offset in the file of each instruction's operator; empty when nobody asks.
    pub offsets: Vec<u64>,
}

impl Ir {
    pub fn inst(&self, value: Value) -> &Inst {
        &self.insts[value.index()]
    }

    pub fn block(&self, block: Block) -> &BlockData {
        &self.blocks[block.index()]
    }

    pub fn edge(&self, edge: EdgeId) -> &Edge {
        &self.edges[edge.index()]
    }

    pub fn list(&self, list: List) -> &[u32] {
        &self.lists[list.range()]
    }

    /// Adds a value that no operator stands for.
    pub fn append(&mut self, inst: Inst) -> Value {
        self.insts.push(inst);
        if let Some(&offset) = self.offsets.last() {
            self.offsets.push(offset);
        }
        Value(self.insts.len() as u32 - 1)
    }

    /// Whether instructions of this kind are in a block.
    pub fn is_placed(kind: Kind) -> bool {
        matches!(kind, Kind::Op | Kind::Imm | Kind::Set | Kind::List(_))
    }

    /// Whether a value is a phi of this block.
    pub fn is_phi_of(&self, value: Value, block: Block) -> bool {
        let inst = self.inst(value);
        inst.kind == Kind::Phi && inst.x.0 == block.0
    }

    /// The bits of a constant.
    pub fn constant(&self, value: Value) -> Option<i64> {
        let inst = self.inst(value);
        (inst.kind == Kind::Const).then_some(inst.imm)
    }

    /// The value that `value` stands for. Aliases on the way then stand for it at once, so that long
    /// chains of them are walked only once.
    pub fn resolve(&mut self, value: Value) -> Value {
        let mut end = value;
        while self.inst(end).kind == Kind::Alias {
            end = self.inst(end).x;
        }
        let mut at = value;
        while at != end {
            at = std::mem::replace(&mut self.insts[at.index()].x, end);
        }
        end
    }

    pub fn phis(&self, block: Block) -> impl Iterator<Item = Value> + use<> {
        let data = self.block(block);
        (data.first_phi..data.first_phi + data.phis).map(Value)
    }

    /// Calls `f` with every register that an instruction reads.
    pub fn for_each_use(&self, inst: &Inst, mut f: impl FnMut(Value)) {
        match inst.kind {
            Kind::Op => {
                for value in [inst.x, inst.y, inst.z] {
                    if value.is_some() {
                        f(value);
                    }
                }
            }
            Kind::Imm | Kind::Set => f(inst.x),
            Kind::List(list) => {
                for &value in self.list(list) {
                    f(Value(value));
                }
            }
            Kind::Param
            | Kind::Const
            | Kind::Load
            | Kind::Phi
            | Kind::Alias
            | Kind::Home
            | Kind::Result => {}
        }
    }

    /// Calls `f` with every register that the end of a block reads, copies for edges aside.
    pub fn for_each_use_at_end(&self, block: Block, mut f: impl FnMut(Value)) {
        match self.block(block).term {
            Term::Branch {
                cond, fused: true, ..
            } => self.for_each_use(self.inst(cond), f),
            Term::Branch { cond: value, .. } | Term::Switch { index: value, .. } => f(value),
            Term::Return(values) => {
                for &value in self.list(values) {
                    f(Value(value));
                }
            }
            Term::Stop | Term::Jump(_) => {}
        }
    }

    /// Calls `f` with every edge that leaves a block, once.
    pub fn for_each_edge(&self, block: Block, mut f: impl FnMut(EdgeId)) {
        match self.block(block).term {
            Term::Stop | Term::Return(_) => {}
            Term::Jump(edge) => f(edge),
            Term::Branch { then, other, .. } => {
                f(then);
                f(other);
            }
            Term::Switch { first, count, .. } => {
                for edge in first.0..first.0 + count {
                    f(EdgeId(edge));
                }
            }
        }
    }
}
