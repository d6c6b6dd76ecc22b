//! Locals while a body is read: their current values, and what has changed since when.

use wasmparser::Operator;

use super::ir::Value;

/// A local got another value.
#[derive(Clone, Copy, Debug)]
struct Change {
    local: u32,
    old: Value,
    /// [`Locals::last`] of the local before.
    old_last: u32,
}

/// The current value of each local, with a log by which a frame's changes are listed and undone.
#[derive(Debug, Default)]
pub(super) struct Locals {
    values: Vec<Value>,
    log: Vec<Change>,
    /// For each local the length of the log after its last entry, 0 when there is none.
    last: Vec<u32>,
    /// For each local the listing that met it last.
    met: Vec<u32>,
    listings: u32,
}

impl Locals {
    pub fn push(&mut self, value: Value) {
        self.values.push(value);
        self.last.push(0);
        self.met.push(0);
    }

    pub fn len(&self) -> usize {
        self.values.len()
    }

    pub fn get(&self, local: u32) -> Value {
        self.values[local as usize]
    }

    /// A mark of the present state, for [`Self::changes`] and [`Self::undo`].
    pub fn mark(&self) -> u32 {
        self.log.len() as u32
    }

    /// Gives a local a value. `frame` is the mark of the innermost frame: within one frame only a
    /// local's first change is logged.
    pub fn set(&mut self, local: u32, value: Value, frame: u32) {
        let at = local as usize;
        let old = self.values[at];
        if old == value {
            return;
        }
        if self.last[at] <= frame {
            self.log.push(Change {
                local,
                old,
                old_last: self.last[at],
            });
            self.last[at] = self.log.len() as u32;
        }
        self.values[at] = value;
    }

    /// Calls `f` with each local that has changed since `mark`, and its value.
    pub fn changes(&mut self, mark: u32, mut f: impl FnMut(u32, Value)) {
        self.listings += 1;
        for change in &self.log[mark as usize..] {
            let at = change.local as usize;
            if self.met[at] != self.listings {
                self.met[at] = self.listings;
                f(change.local, self.values[at]);
            }
        }
    }

    /// Gives every local the value that it had at `mark`.
    pub fn undo(&mut self, mark: u32) {
        while self.log.len() > mark as usize {
            if let Some(change) = self.log.pop() {
                self.values[change.local as usize] = change.old;
                self.last[change.local as usize] = change.old_last;
            }
        }
    }
}

/// What a loop does, as far as its header has to know.
#[derive(Clone, Debug, Default)]
pub(super) struct LoopInfo {
    /// The locals that it assigns, inner loops included, in ascending order.
    pub assigned: Vec<u32>,
    /// Whether anything branches to it.
    pub repeats: bool,
}

/// Looks through a body for its loops, in the order in which they begin. Returns none when their
/// lists of locals have more than `most` entries together.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "others neither set locals nor begin or end blocks"
)]
pub(super) fn find_loops(operators: &[(Operator<'_>, u64)], most: usize) -> Option<Vec<LoopInfo>> {
    let mut loops = find_repeated(operators);
    let mut begun = 0;
    // For each open frame the loop that it is, if it is one.
    let mut frames: Vec<Option<usize>> = vec![None];
    let mut open: Vec<usize> = Vec::new();
    let mut listed = 0;
    for (operator, _) in operators {
        match operator {
            Operator::Block { .. } | Operator::If { .. } => frames.push(None),
            Operator::Loop { .. } => {
                frames.push(Some(begun));
                open.push(begun);
                begun += 1;
            }
            Operator::End => {
                if let Some(Some(number)) = frames.pop() {
                    open.pop();
                    let assigned = &mut loops[number].assigned;
                    assigned.sort_unstable();
                    assigned.dedup();
                    listed += assigned.len();
                    if listed > most {
                        return None;
                    }
                    if let Some(&outer) = open.last() {
                        let inner = loops[number].assigned.clone();
                        loops[outer].assigned.extend(inner);
                    }
                }
            }
            Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => {
                if let Some(&number) = open.last() {
                    loops[number].assigned.push(*local_index);
                }
            }
            _ => {}
        }
    }
    Some(loops)
}

/// Looks through a body for its loops and the branches to them.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "others neither set locals nor begin or end blocks"
)]
pub(super) fn find_repeated(operators: &[(Operator<'_>, u64)]) -> Vec<LoopInfo> {
    let mut loops: Vec<LoopInfo> = Vec::new();
    // For each open frame the loop that it is, if it is one.
    let mut frames: Vec<Option<usize>> = vec![None];
    let branch = |loops: &mut Vec<LoopInfo>, frames: &[Option<usize>], depth: u32| {
        let frame = frames.len().checked_sub(depth as usize + 1);
        if let Some(Some(number)) = frame.map(|at| frames[at]) {
            loops[number].repeats = true;
        }
    };
    for (operator, _) in operators {
        match operator {
            Operator::Block { .. } | Operator::If { .. } => frames.push(None),
            Operator::Loop { .. } => {
                frames.push(Some(loops.len()));
                loops.push(LoopInfo::default());
            }
            Operator::End => {
                frames.pop();
            }
            Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => {
                branch(&mut loops, &frames, *relative_depth);
            }
            Operator::BrTable { targets } => {
                branch(&mut loops, &frames, targets.default());
                for depth in targets.targets().flatten() {
                    branch(&mut loops, &frames, depth);
                }
            }
            _ => {}
        }
    }
    loops
}
