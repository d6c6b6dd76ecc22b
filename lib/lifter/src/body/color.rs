//! Registers for values.
//!
//! A phi and its arguments share a register where they are never live at one time, those of inner
//! loops first, so that a loop's variables change in place. What shares one is then one interval
//! for a linear scan, type by type.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::flow::Flow;
use super::ir::{Block, Edge, EdgeId, Ir, Kind, Term, Value};
use super::layout::Schedule;
use super::liveness::{Liveness, Segment};
use vbc_core::isa::ValType;

const NONE: u32 = u32::MAX;

/// Ranges to compare or to move for each instruction, on average, until no more values are put together: a tenth of
/// what an instruction costs in all.
const STEPS: usize = 16;

/// This many steps are allowed in any function.
const FEW: usize = 1 << 16;

/// This many ranges are moved in memory in the time that it takes to compare one.
const MOVED: usize = 8;

/// Values that share a register.
struct Classes<'a> {
    liveness: &'a Liveness,
    parent: Vec<u32>,
    /// For each class of several values its number in `merged`.
    merged_of: Vec<u32>,
    merged: Vec<Vec<Segment>>,
    /// For each class the parameter that it holds.
    param: Vec<u32>,
    /// How many ranges may still be compared.
    steps: usize,
}

impl<'a> Classes<'a> {
    fn new(ir: &Ir, liveness: &'a Liveness) -> Self {
        let count = ir.insts.len();
        let mut classes = Classes {
            liveness,
            parent: (0..count as u32).collect(),
            merged_of: vec![NONE; count],
            merged: Vec::new(),
            param: vec![NONE; count],
            steps: FEW + STEPS * count,
        };
        for (at, inst) in ir.insts.iter().enumerate() {
            if inst.kind == Kind::Param {
                classes.param[at] = inst.imm as u32;
            }
        }
        classes
    }

    fn find(&mut self, value: u32) -> u32 {
        let mut root = value;
        while self.parent[root as usize] != root {
            root = self.parent[root as usize];
        }
        let mut at = value;
        while at != root {
            at = std::mem::replace(&mut self.parent[at as usize], root);
        }
        root
    }

    fn segments(&self, class: u32) -> &[Segment] {
        match self.merged_of[class as usize] {
            NONE => self.liveness.of(Value(class)),
            merged => &self.merged[merged as usize],
        }
    }

    /// Adds segments to a class, which is not live then.
    fn extend(&mut self, class: u32, segments: &[Segment]) {
        let place = &mut self.merged_of[class as usize];
        if *place == NONE {
            *place = self.merged.len() as u32;
            self.merged.push(self.liveness.of(Value(class)).to_vec());
        }
        insert(&mut self.merged[*place as usize], segments);
    }

    /// Puts two values into one class, if they are never live together.
    fn merge(&mut self, a: Value, b: Value) {
        let (a, b) = (self.find(a.0), self.find(b.0));
        let two_params = self.param[a as usize] != NONE && self.param[b as usize] != NONE;
        if a == b || two_params || self.steps == 0 {
            return;
        }
        let (mut small, mut large) = (a, b);
        if self.segments(small).len() > self.segments(large).len() {
            (small, large) = (large, small);
        }
        let sizes = [small, large].map(|class| self.segments(class).len());
        self.steps = self.steps.saturating_sub(comparing(sizes));
        if meet(self.segments(small), self.segments(large)) {
            return;
        }
        self.steps = self.steps.saturating_sub(inserting(sizes));
        let mut segments = match self.merged_of[large as usize] {
            NONE => self.liveness.of(Value(large)).to_vec(),
            merged => std::mem::take(&mut self.merged[merged as usize]),
        };
        insert(&mut segments, self.segments(small));
        let place = match (
            self.merged_of[large as usize],
            self.merged_of[small as usize],
        ) {
            (NONE, NONE) => {
                self.merged.push(Vec::new());
                self.merged.len() as u32 - 1
            }
            (NONE, place) | (place, _) => place,
        };
        self.merged[place as usize] = segments;
        self.merged_of[large as usize] = place;
        self.parent[small as usize] = large;
        if self.param[large as usize] == NONE {
            self.param[large as usize] = self.param[small as usize];
        }
    }
}

/// What [`meet`] takes at most.
fn comparing([small, large]: [usize; 2]) -> usize {
    match small * 8 < large {
        true => small * (1 + large.ilog2() as usize),
        false => small + large,
    }
}

/// What [`insert`] takes at most.
fn inserting([small, large]: [usize; 2]) -> usize {
    match small * 8 < large {
        true => small * (large / MOVED),
        false => small + large,
    }
}

/// Whether two sets of segments have a time in common; the first is the shorter one.
fn meet(small: &[Segment], large: &[Segment]) -> bool {
    if small.len() * 8 < large.len() {
        return small.iter().any(|segment| {
            let after = large.partition_point(|other| other.end <= segment.start);
            large
                .get(after)
                .is_some_and(|other| other.start < segment.end)
        });
    }
    let (mut i, mut j) = (0, 0);
    while let (Some(a), Some(b)) = (small.get(i), large.get(j)) {
        if a.start < b.end && b.start < a.end {
            return true;
        }
        match a.end <= b.start {
            true => i += 1,
            false => j += 1,
        }
    }
    false
}

/// Adds segments that have no time in common with those there.
fn insert(segments: &mut Vec<Segment>, others: &[Segment]) {
    if others.len() * 8 < segments.len() {
        for &segment in others {
            let at = segments.partition_point(|other| other.end < segment.start);
            // Segments that touch become one.
            let before = segments
                .get(at)
                .is_some_and(|other| other.end == segment.start);
            let next = at + usize::from(before);
            let after = segments
                .get(next)
                .is_some_and(|other| other.start == segment.end);
            match (before, after) {
                (true, true) => {
                    segments[at].end = segments[next].end;
                    segments.remove(next);
                }
                (true, false) => segments[at].end = segment.end,
                (false, true) => segments[at].start = segment.start,
                (false, false) => segments.insert(at, segment),
            }
        }
        return;
    }
    segments.extend_from_slice(others);
    segments.sort_unstable();
    segments.dedup_by(|next, last| {
        let touches = last.end == next.start;
        if touches {
            last.end = next.end;
        }
        touches
    });
}

/// Registers of a function: parameters first, then these.
#[derive(Debug, Default)]
pub(super) struct Colors {
    /// For each value its register.
    pub register: Vec<u32>,
    /// The type of each register that is not a parameter.
    pub types: Vec<ValType>,
    /// For each of these whether it is a local's, which is zero at first.
    pub homes: Vec<bool>,
    /// By ascending block.
    pub early: Vec<Early>,
}

impl Colors {
    /// What is copied early in a block.
    pub fn early_in(&self, block: Block) -> Option<Early> {
        let found = self.early.binary_search_by_key(&block, |early| early.block);
        found.ok().map(|at| self.early[at])
    }
}

/// A branch that repeats a loop, with the copies of that edge made before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Early {
    pub block: Block,
    pub edge: EdgeId,
    /// They even come before the comparison, which stays next to its branch.
    pub before_last: bool,
}

/// Gives every live value a register.
pub(super) fn color(
    ir: &Ir,
    flow: &Flow,
    uses: &[u32],
    schedule: &Schedule,
    liveness: &Liveness,
    params: &[ValType],
) -> Colors {
    let mut classes = Classes::new(ir, liveness);
    coalesce(ir, flow, uses, &mut classes);
    let early = copy_early(ir, uses, schedule, &mut classes);
    let mut scan = Scan::new(params.len());
    // Each class with its first time.
    let mut order: Vec<(u32, u32)> = Vec::new();
    let mut held = vec![false; params.len()];
    for value in 0..ir.insts.len() as u32 {
        if classes.parent[value as usize] != value || liveness.ranges[value as usize] == (0, 0) {
            continue;
        }
        if let Some(first) = classes.segments(value).first() {
            order.push((first.start, value));
        }
        if let Some(held) = held.get_mut(classes.param[value as usize] as usize) {
            *held = true;
        }
    }
    let has_homes = ir.insts.iter().any(|inst| inst.kind == Kind::Home);
    for (number, &ty) in params.iter().enumerate() {
        if !held[number] && !has_homes {
            scan.free[usize::from(ty.class())].push(Reverse(number as u32));
        }
    }
    order.sort_unstable();
    let mut register = vec![NONE; ir.insts.len()];
    for (at, inst) in ir.insts.iter().enumerate() {
        if inst.kind == Kind::Home {
            register[at] = match (inst.imm as usize) < params.len() {
                true => inst.imm as u32,
                false => scan.add(inst.ty.unwrap_or(ValType::I32)),
            };
        }
    }
    let homes = scan.types.len();
    for (start, class) in order {
        let ty = ir.inst(Value(class)).ty.unwrap_or(ValType::I32);
        let end = classes.segments(class).last().map_or(0, |last| last.end);
        register[class as usize] = scan.take(ty, start, end, classes.param[class as usize]);
    }
    for value in 0..ir.insts.len() as u32 {
        let class = classes.find(value);
        register[value as usize] = register[class as usize];
    }
    Colors {
        register,
        homes: (0..scan.types.len()).map(|at| at < homes).collect(),
        types: scan.types,
        early,
    }
}

fn coalesce(ir: &Ir, flow: &Flow, uses: &[u32], classes: &mut Classes<'_>) {
    let blocks = 0..ir.blocks.len() as u32;
    let mut order: Vec<(Reverse<u32>, Block)> = blocks
        .map(Block)
        .filter(|&block| ir.block(block).phis > 0)
        .map(|block| (Reverse(flow.depth(block)), block))
        .collect();
    order.sort_unstable();
    for (_, block) in order {
        // From the last: a loop's back edges come after the one that enters it.
        for &edge in flow.preds(block).iter().rev() {
            let args = ir.edge(edge).args;
            for (phi, at) in ir.phis(block).zip(args.range()) {
                let arg = Value(ir.lists[at]);
                let is_live = uses[phi.index()] > 0 && ir.inst(phi).kind == Kind::Phi;
                if is_live && ir.inst(arg).kind != Kind::Const {
                    classes.merge(phi, arg);
                }
            }
        }
    }
}

/// Finds the loops whose repeating edge has copies that may be made before the branch: then that
/// needs no code of its own, which would end in a jump.
fn copy_early(ir: &Ir, uses: &[u32], schedule: &Schedule, classes: &mut Classes<'_>) -> Vec<Early> {
    let mut early = Vec::new();
    let mut ends = Ends::new(ir.insts.len());
    for block in (0..ir.blocks.len() as u32).map(Block) {
        let Term::Branch {
            cond,
            fused,
            then,
            other,
            ..
        } = ir.block(block).term
        else {
            continue;
        };
        let repeats = |edge: &EdgeId| ir.edge(*edge).to <= block;
        let Some(edge) = [then, other].into_iter().find(repeats) else {
            continue;
        };
        let last = schedule.of(block).last();
        let before_last = !fused && last == Some(&cond);
        let places: &[bool] = if before_last {
            &[true, false]
        } else {
            &[false]
        };
        for &before_last in places {
            let instructions = 1 + u32::from(before_last);
            let end = classes.liveness.times[block.index()].end;
            let time = Segment {
                start: end - 2 * instructions,
                end,
            };
            let computed = before_last.then_some(cond);
            ends.look_at(ir, classes, edge, computed);
            if reserve(ir, uses, classes, &ends, edge, time, computed) {
                early.push(Early {
                    block,
                    edge,
                    before_last,
                });
                break;
            }
        }
    }
    early
}

/// Keeps the registers of an edge's phis free for `time`, when all of them are free then. `computed`
/// is what is computed only after the copies.
fn reserve(
    ir: &Ir,
    uses: &[u32],
    classes: &mut Classes<'_>,
    ends: &Ends,
    edge: EdgeId,
    time: Segment,
    computed: Option<Value>,
) -> bool {
    let edge = ir.edge(edge);
    let mut copied = Vec::new();
    for (phi, &arg) in ir.phis(edge.to).zip(ir.list(edge.args)) {
        if uses[phi.index()] == 0 {
            continue;
        }
        let is_const = ir.inst(Value(arg)).kind == Kind::Const;
        let (to, from) = (classes.find(phi.0), classes.find(arg));
        if !is_const && to == from {
            continue;
        }
        if Some(Value(arg)) == computed {
            return false;
        }
        if !meet(&[time], classes.segments(to)) {
            copied.push(to);
        } else if !ends.here(ir, classes, edge, to) {
            return false;
        }
    }
    for class in copied {
        classes.extend(class, &[time]);
    }
    true
}

/// What is read at the end of a block, by the copies of one edge and by others. It is found out once for all
/// copies of the edge; what was found out before is told apart by its number.
struct Ends {
    number: u32,
    /// For each class the first value that the edge copies and that is in it.
    held: Vec<(u32, Value)>,
    /// For each value whether something else than the edge's copies reads it.
    is_read: Vec<u32>,
}

impl Ends {
    fn new(count: usize) -> Ends {
        Ends {
            number: 0,
            held: vec![(0, Value::NONE); count],
            is_read: vec![0; count],
        }
    }

    fn look_at(
        &mut self,
        ir: &Ir,
        classes: &mut Classes<'_>,
        edge: EdgeId,
        computed: Option<Value>,
    ) {
        self.number += 1;
        let number = self.number;
        let edge = ir.edge(edge);
        for arg in ir.list(edge.args).iter().copied().map(Value) {
            if ir.inst(arg).kind == Kind::Const {
                continue;
            }
            let held = &mut self.held[classes.find(arg.0) as usize];
            if held.0 != number {
                *held = (number, arg);
            }
        }
        let mut read = |value: Value| self.is_read[value.index()] = number;
        ir.for_each_use_at_end(edge.from, &mut read);
        if let Some(computed) = computed {
            ir.for_each_use(ir.inst(computed), &mut read);
        }
        ir.for_each_edge(edge.from, |other| {
            let other = ir.edge(other);
            if other.to != edge.to {
                let args = ir.list(other.args).iter();
                args.copied().map(Value).for_each(&mut read);
            }
        });
    }

    /// Whether what a class holds at the end of the block is read there by the copies of the edge and by
    /// nothing else.
    fn here(&self, ir: &Ir, classes: &Classes<'_>, edge: &Edge, class: u32) -> bool {
        let (number, held) = self.held[class as usize];
        if number != self.number || self.is_read[held.index()] == number {
            return false;
        }
        let liveness = classes.liveness;
        let mut stays = false;
        ir.for_each_edge(edge.from, |other| {
            let other = ir.edge(other);
            if other.to != edge.to {
                let start = liveness.times[other.to.index()].start;
                let begin = [Segment {
                    start,
                    end: start + 1,
                }];
                stays |= meet(&begin, liveness.of(held));
            }
        });
        !stays
    }
}

/// A linear scan (Poletto, Sarkar: Linear Scan Register Allocation); there is always a register.
struct Scan {
    params: usize,
    types: Vec<ValType>,
    /// For each type the registers in use, by the time at which they become free.
    active: [BinaryHeap<Reverse<(u32, u32)>>; 7],
    free: [BinaryHeap<Reverse<u32>>; 7],
}

impl Scan {
    fn new(params: usize) -> Scan {
        Scan {
            params,
            types: Vec::new(),
            active: Default::default(),
            free: Default::default(),
        }
    }

    /// A new register.
    fn add(&mut self, ty: ValType) -> u32 {
        self.types.push(ty);
        (self.params + self.types.len()) as u32 - 1
    }

    /// A register of a type from `start` to `end`: that of the parameter `fixed`, if it is one.
    fn take(&mut self, ty: ValType, start: u32, end: u32, fixed: u32) -> u32 {
        let (active, free) = (
            &mut self.active[usize::from(ty.class())],
            &mut self.free[usize::from(ty.class())],
        );
        while let Some(&Reverse((end, register))) = active.peek()
            && end <= start
        {
            active.pop();
            free.push(Reverse(register));
        }
        let register = match fixed {
            NONE => match free.pop() {
                Some(Reverse(register)) => register,
                None => {
                    self.types.push(ty);
                    (self.params + self.types.len()) as u32 - 1
                }
            },
            fixed => fixed,
        };
        active.push(Reverse((end, register)));
        register
    }
}
