//! Structured control flow from the dominator tree (Norman Ramsey, "Beyond Relooper", ICFP 2022).
//!
//! A node's code contains that of the nodes that it dominates. One that is entered by several forward
//! edges, or by a SWITCH, follows a `block` that all of them leave; one that is entered from later on is a
//! `loop`; any other follows its only predecessor immediately. Everything waits on a stack of our own.

use wasm_encoder::{BlockType, Instruction as I};

use super::blocks::is_switch;
use super::function::Body;
use super::graph::Kind;
use super::locals::Extra;
use super::trees::Action;
use vbc_core::isa::Op;

/// What is still to be written.
enum Step {
    /// A node, with those that it dominates.
    Node(u32),
    /// `else`.
    Else,
    /// The end of the innermost block, loop or `if`.
    End,
}

/// The most entries of a `br_table` that all engines take, its default included.
const MOST_TARGETS: usize = 65_000;

/// A block, loop or `if` that is open.
struct Frame {
    /// Whether it is an `if` whose branch ends without a jump, or a block.
    falls_to: Option<u32>,
}

struct Structure {
    frames: Vec<Frame>,
    /// For each node that is a label, the number of frames outside of its frame.
    depth: Vec<u32>,
    steps: Vec<Step>,
    /// For each node those that it dominates directly: where they begin in `children`.
    starts: Vec<u32>,
    children: Vec<u32>,
    /// Whether what was written last does not go on to what follows.
    closed: bool,
}

impl Structure {
    fn merges<'g>(
        &self,
        node: u32,
        is_merge: &'g [bool],
    ) -> impl DoubleEndedIterator<Item = u32> + use<'_, 'g> {
        let (start, end) = (self.starts[node as usize], self.starts[node as usize + 1]);
        let children = &self.children[start as usize..end as usize];
        children
            .iter()
            .copied()
            .filter(|&child| is_merge[child as usize])
    }

    /// Where control goes at the end of what is open now.
    fn falls_to(&self) -> Option<u32> {
        self.frames.last().and_then(|frame| frame.falls_to)
    }
}

impl Body<'_, '_> {
    /// Writes the whole function.
    pub(super) fn structure(&mut self, has_results: bool) {
        let (starts, children) = dominated(&self.graph.dominator);
        let mut at = Structure {
            frames: Vec::new(),
            depth: vec![0; self.graph.len()],
            steps: vec![Step::Node(0)],
            starts,
            children,
            closed: false,
        };
        while let Some(step) = at.steps.pop() {
            match step {
                Step::Node(node) => self.node(&mut at, node),
                // What does not come to its end needs nothing to jump over: the other branch follows.
                Step::Else if at.closed => {
                    self.code.push(I::End);
                    at.frames.pop();
                    let other = at.steps.pop();
                    at.steps.pop();
                    at.steps.extend(other);
                }
                Step::Else => self.code.push(I::Else),
                Step::End => {
                    self.code.push(I::End);
                    at.frames.pop();
                    at.closed = false;
                }
            }
        }
        // Blocks have no values, so after the last of them the results are missing.
        if has_results && !at.closed {
            self.code.push(I::Unreachable);
        }
        self.code.push(I::End);
    }

    fn node(&mut self, at: &mut Structure, node: u32) {
        if self.graph.is_loop[node as usize] {
            self.code.push(I::Loop(BlockType::Empty));
            at.depth[node as usize] = at.frames.len() as u32;
            let falls_to = at.falls_to();
            at.frames.push(Frame { falls_to });
            at.steps.push(Step::End);
        }
        // Children are in reverse postorder: the last one is the outermost block.
        let merges: Vec<u32> = at.merges(node, &self.graph.is_merge).collect();
        for &merge in merges.iter().rev() {
            self.code.push(I::Block(BlockType::Empty));
            at.depth[merge as usize] = at.frames.len() as u32;
            at.frames.push(Frame {
                falls_to: Some(merge),
            });
            at.steps.push(Step::Node(merge));
            at.steps.push(Step::End);
        }
        at.closed = false;
        match self.graph.kinds[node as usize] {
            Kind::Block(block) => self.block(at, node, block),
            Kind::Start => self.go(at, node, 0),
            Kind::SetLabel(label) => {
                let local = self.locals.extra(Extra::Label);
                self.code.push(I::I32Const(label as i32));
                self.code.set(local);
                self.go(at, node, 0);
            }
            Kind::Dispatch => {
                let local = self.locals.extra(Extra::Label);
                self.code.get(local);
                self.table(at, node);
            }
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what else ends a block is a branch"
    )]
    fn block(&mut self, at: &mut Structure, node: u32, block: u32) {
        for number in 0..self.trees.statements(block).len() {
            self.statement(self.trees.statements(block)[number]);
        }
        let Some(terminator) = self.trees.terminator(block) else {
            return self.go(at, node, 0);
        };
        let Action::Inst(inst) = self.trees.node(terminator).action else {
            return;
        };
        match self.blocks.insts[inst as usize].op {
            Op::Jump => {
                self.code.comes_from(inst);
                self.go(at, node, 0);
            }
            op if is_switch(op) => {
                self.operands(terminator);
                if op == Op::SwitchI64 {
                    self.narrow_index(self.graph.successors(node).len() as u32 - 1);
                }
                self.table(at, node);
            }
            Op::Return => {
                self.operands(terminator);
                let has_values = !self.blocks.insts[inst as usize].operands().is_empty();
                // After the outermost block nothing follows but the end of the function.
                let is_last = match has_values {
                    true => at.frames.is_empty(),
                    false => at.falls_to().is_none(),
                };
                if !is_last {
                    self.code.push(I::Return);
                }
                // Where it is the last thing, control goes to the end of the function by itself.
                at.closed = !is_last || at.frames.is_empty();
            }
            Op::TailCall | Op::TailCallIndirect | Op::Trap => {
                self.tree(terminator);
                at.closed = true;
            }
            _ => self.branch(at, node, terminator),
        }
    }

    /// Whether the target's code is written where control goes there, with nothing to jump over.
    fn is_inline(&self, node: u32, target: u32) -> bool {
        target > node && !self.graph.is_merge[target as usize]
    }

    /// Continues at successor number `number`.
    fn go(&mut self, at: &mut Structure, node: u32, number: usize) {
        let target = self.graph.successors(node)[number];
        if self.is_inline(node, target) {
            at.steps.push(Step::Node(target));
        } else if at.falls_to() != Some(target) || target <= node {
            let label = self.label(at, target);
            self.code.push(I::Br(label));
            at.closed = true;
        }
    }

    fn label(&self, at: &Structure, target: u32) -> u32 {
        at.frames.len() as u32 - 1 - at.depth[target as usize]
    }

    fn branch(&mut self, at: &mut Structure, node: u32, terminator: u32) {
        let successors = self.graph.successors(node);
        let (taken, next) = (successors[0], successors[1]);
        if taken == next {
            self.condition(terminator, true);
            self.code.push(I::Drop);
            return self.go(at, node, 0);
        }
        let falls = |target| at.falls_to() == Some(target) && target > node;
        match (self.is_inline(node, taken), self.is_inline(node, next)) {
            (true, true) => {
                self.condition(terminator, true);
                self.code.push(I::If(BlockType::Empty));
                let falls_to = at.falls_to();
                at.frames.push(Frame { falls_to });
                at.steps.push(Step::End);
                at.steps.push(Step::Node(next));
                at.steps.push(Step::Else);
                at.steps.push(Step::Node(taken));
            }
            (false, true) => self.leave(at, terminator, taken, true, node, 1),
            (true, false) => self.leave(at, terminator, next, false, node, 0),
            (false, false) if falls(taken) => self.leave(at, terminator, next, false, node, 0),
            (false, false) => self.leave(at, terminator, taken, true, node, 1),
        }
    }

    /// Goes to a label if the branch is taken (or is not), else to successor number `other`.
    fn leave(
        &mut self,
        at: &mut Structure,
        terminator: u32,
        target: u32,
        taken: bool,
        node: u32,
        other: usize,
    ) {
        self.condition(terminator, taken);
        let label = self.label(at, target);
        self.code.push(I::BrIf(label));
        self.go(at, node, other);
    }

    /// Goes to the successor whose number lies on the stack, the last one if there are not that
    /// many.
    fn table(&mut self, at: &mut Structure, node: u32) {
        let successors = self.graph.successors(node);
        let mut labels: Vec<u32> = successors
            .iter()
            .map(|&target| self.label(at, target))
            .collect();
        let mut rest = labels.as_mut_slice();
        while rest.len() > MOST_TARGETS {
            let (part, others) = rest.split_at_mut(MOST_TARGETS);
            self.part_of_table(part);
            rest = others;
        }
        if let Some((default, labels)) = rest.split_last() {
            self.code.push(I::BrTable(labels.into(), *default));
        }
        at.closed = true;
    }

    /// Goes to one of `labels` if the number on the stack is small enough, otherwise leaves there how much larger it
    /// is.
    fn part_of_table(&mut self, labels: &mut [u32]) {
        let local = self.locals.extra(Extra::Part);
        let count = I::I32Const(labels.len() as i32);
        self.code.set(local);
        self.code.get(local);
        self.code.push(count.clone());
        self.code.push(I::I32LtU);
        self.code.push(I::If(BlockType::Empty));
        self.code.get(local);
        // From inside the `if`.
        labels.iter_mut().for_each(|label| *label += 1);
        if let Some((last, labels)) = labels.split_last() {
            self.code.push(I::BrTable(labels.into(), *last));
        }
        self.code.push(I::End);
        self.code.get(local);
        self.code.push(count);
        self.code.push(I::I32Sub);
    }

    /// The i64 on the stack as an i32 that is the same below `default` and `default` otherwise.
    fn narrow_index(&mut self, default: u32) {
        let index = self.locals.extra(Extra::Index);
        self.code.set(index);
        self.code.get(index);
        self.code.push(I::I32WrapI64);
        self.code.push(I::I32Const(default as i32));
        self.code.get(index);
        self.code.push(I::I64Const(i64::from(default)));
        self.code.push(I::I64LtU);
        self.code.push(I::Select);
    }
}

/// For each node those that it dominates directly, ascending.
fn dominated(dominator: &[u32]) -> (Vec<u32>, Vec<u32>) {
    // The entry dominates itself, and is nobody's child.
    let mut starts = vec![0_u32; dominator.len() + 1];
    for &above in &dominator[1..] {
        starts[above as usize + 1] += 1;
    }
    for at in 0..dominator.len() {
        starts[at + 1] += starts[at];
    }
    let mut next = starts.clone();
    let mut children = vec![0; dominator.len() - 1];
    for (node, &above) in dominator.iter().enumerate().skip(1) {
        children[next[above as usize] as usize] = node as u32;
        next[above as usize] += 1;
    }
    (starts, children)
}
