//! Where each value is live, as ranges of the schedule.
//!
//! Instruction number `i` of the schedule reads at time `2i` and writes at `2i + 1`; each block has one more
//! instruction, which ends it. A value's ranges are found by walking back from its readers to its
//! definition (Boissinot, Hack, Grund, Dupont de Dinechin, Rastello: Fast Liveness Checking for
//! SSA-Form Programs, "path exploration"). Where a function has so many values that live so long that
//! this would no longer be linear in its length, the values that are left count as live from their
//! definition to their last reader, through all of each loop on the way.

use super::flow::Flow;
use super::ir::{Block, Ir, Kind, Value};
use super::layout::Schedule;

/// Blocks to go back to for each instruction, on average, before the rest is done more coarsely.
const STEPS: usize = 32;

/// This many steps are allowed in any function.
const FEW: usize = 1 << 16;

/// A range of time, its end not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Segment {
    pub start: u32,
    pub end: u32,
}

/// A value is read at a time in a block; at the block's end by an edge that leaves it.
#[derive(Clone, Copy, Debug, Default)]
struct Read {
    block: u32,
    end: u32,
}

/// When each value is live, and when each block begins and ends.
#[derive(Debug, Default)]
pub(super) struct Liveness {
    /// The segments of all values, ascending for each.
    pub segments: Vec<Segment>,
    /// For each value its range of `segments`.
    pub ranges: Vec<(u32, u32)>,
    /// For each block its range of time.
    pub times: Vec<Segment>,
}

impl Liveness {
    pub fn of(&self, value: Value) -> &[Segment] {
        let (start, end) = self.ranges[value.index()];
        &self.segments[start as usize..end as usize]
    }
}

/// Finds the ranges of all values that are read or written.
pub(super) fn liveness(ir: &Ir, flow: &Flow, uses: &[u32], schedule: &Schedule) -> Liveness {
    let times = times(ir, schedule);
    let reads = Reads::new(ir, uses, schedule, &times);
    let mut walk = Walk {
        ir,
        flow,
        times: &times,
        loops: loop_times(ir, flow, schedule, &times),
        steps: FEW + STEPS * ir.insts.len(),
        met: vec![(u32::MAX, 0); ir.blocks.len()],
        live_in: Vec::new(),
        work: Vec::new(),
    };
    let defined = definitions(ir, uses, schedule, &times);
    let mut segments = Vec::with_capacity(ir.insts.len());
    let mut ranges = vec![(0, 0); ir.insts.len()];
    for at in 0..ir.insts.len() {
        let (block, time) = defined[at];
        if block == u32::MAX {
            continue;
        }
        let start = segments.len() as u32;
        walk.value(at as u32, Block(block), time, reads.of(at), &mut segments);
        ranges[at] = (start, segments.len() as u32);
    }
    Liveness {
        segments,
        ranges,
        times,
    }
}

fn times(ir: &Ir, schedule: &Schedule) -> Vec<Segment> {
    let mut times = vec![Segment { start: 0, end: 0 }; ir.blocks.len()];
    let mut time = 0;
    for &block in &schedule.blocks {
        let next = time + 2 * (schedule.of(block).len() as u32 + 1);
        times[block.index()] = Segment {
            start: time,
            end: next,
        };
        time = next;
    }
    times
}

/// For each header the range of its loop, whose blocks are consecutive.
fn loop_times(ir: &Ir, flow: &Flow, schedule: &Schedule, times: &[Segment]) -> Vec<Segment> {
    let nothing = Segment {
        start: u32::MAX,
        end: 0,
    };
    let mut loops = vec![nothing; ir.blocks.len()];
    let mut cover = |header: Block, time: Segment| {
        let range = &mut loops[header.index()];
        range.start = range.start.min(time.start);
        range.end = range.end.max(time.end);
        *range
    };
    for &block in &schedule.blocks {
        if let Some(header) = flow.loop_of(block) {
            cover(header, times[block.index()]);
        }
    }
    // Inner loops have higher numbers than those around.
    for header in (0..ir.blocks.len() as u32).rev().map(Block) {
        if let Some(outer) = flow.outer(header) {
            let inner = cover(header, nothing);
            cover(outer, inner);
        }
    }
    loops
}

/// For each value that has a register, the block and time of its definition.
fn definitions(ir: &Ir, uses: &[u32], schedule: &Schedule, times: &[Segment]) -> Vec<(u32, u32)> {
    let mut defined = vec![(u32::MAX, 0); ir.insts.len()];
    for (at, inst) in ir.insts.iter().enumerate() {
        match inst.kind {
            // Live throughout: a home's class is made by hand.
            Kind::Home => {}
            _ if uses[at] == 0 => {}
            Kind::Param => defined[at] = (0, times[0].start),
            Kind::Phi => defined[at] = (inst.x.0, times[inst.x.index()].start),
            Kind::Const
            | Kind::Load
            | Kind::Alias
            | Kind::Set
            | Kind::Result
            | Kind::Op
            | Kind::Imm
            | Kind::List(_) => {}
        }
    }
    for &block in &schedule.blocks {
        let mut time = times[block.index()].start + 1;
        for &value in schedule.of(block) {
            let inst = ir.inst(value);
            if let Kind::List(_) = inst.kind {
                let mut result = value.index() + 1;
                while ir
                    .insts
                    .get(result)
                    .is_some_and(|inst| inst.kind == Kind::Result)
                {
                    if uses[result] > 0 {
                        defined[result] = (block.0, time);
                    }
                    result += 1;
                }
            } else if inst.ty.is_some() {
                defined[value.index()] = (block.0, time);
            }
            time += 2;
        }
    }
    defined
}

/// The reads of each value.
struct Reads {
    first: Vec<u32>,
    reads: Vec<Read>,
}

impl Reads {
    fn new(ir: &Ir, uses: &[u32], schedule: &Schedule, times: &[Segment]) -> Reads {
        let mut first = vec![0_u32; ir.insts.len() + 1];
        each_read(ir, uses, schedule, times, |value, _| {
            first[value.index() + 1] += 1
        });
        for i in 1..first.len() {
            first[i] += first[i - 1];
        }
        let mut next = first.clone();
        let total = first.last().copied().unwrap_or(0);
        let mut reads = vec![Read::default(); total as usize];
        each_read(ir, uses, schedule, times, |value, read| {
            let at = &mut next[value.index()];
            reads[*at as usize] = read;
            *at += 1;
        });
        Reads { first, reads }
    }

    fn of(&self, value: usize) -> &[Read] {
        &self.reads[self.first[value] as usize..self.first[value + 1] as usize]
    }
}

fn each_read(
    ir: &Ir,
    uses: &[u32],
    schedule: &Schedule,
    times: &[Segment],
    mut f: impl FnMut(Value, Read),
) {
    for &block in &schedule.blocks {
        let time = times[block.index()];
        let mut read = Read {
            block: block.0,
            end: time.start + 1,
        };
        for &value in schedule.of(block) {
            let inst = ir.inst(value);
            ir.for_each_use(inst, |value| f(value, read));
            read.end += 2;
        }
        ir.for_each_use_at_end(block, |value| f(value, read));
        read.end = time.end;
        ir.for_each_edge(block, |edge| {
            let edge = ir.edge(edge);
            for (phi, &value) in ir.phis(edge.to).zip(ir.list(edge.args)) {
                let value = Value(value);
                if uses[phi.index()] > 0 && ir.inst(value).kind != Kind::Const {
                    f(value, read);
                }
            }
        });
    }
}

struct Walk<'a> {
    ir: &'a Ir,
    flow: &'a Flow,
    times: &'a [Segment],
    /// For each header the range of its loop.
    loops: Vec<Segment>,
    /// How many edges may still be followed.
    steps: usize,
    /// For each block the value that was last found live at its start, and its segment.
    met: Vec<(u32, u32)>,
    live_in: Vec<Segment>,
    work: Vec<Block>,
}

impl Walk<'_> {
    /// Appends the segments of one value.
    fn value(
        &mut self,
        value: u32,
        home: Block,
        time: u32,
        reads: &[Read],
        segments: &mut Vec<Segment>,
    ) {
        // What is written is occupied at least when it is written.
        let mut own = time + 1;
        self.live_in.clear();
        if self.steps == 0 {
            segments.push(self.coarse(home, time, reads));
            return;
        }
        for read in reads {
            if read.block == home.0 {
                own = own.max(read.end);
            } else {
                self.live_at_start(value, Block(read.block), read.end);
            }
        }
        while let Some(block) = self.work.pop() {
            let flow = self.flow;
            let preds = flow.preds(block);
            self.steps = self.steps.saturating_sub(preds.len());
            if self.steps == 0 {
                self.work.clear();
                segments.push(self.coarse(home, time, reads));
                return;
            }
            for &edge in preds {
                let from = self.ir.edge(edge).from;
                let end = self.times[from.index()].end;
                if from == home {
                    own = own.max(end);
                } else {
                    self.live_at_start(value, from, end);
                }
            }
        }
        self.live_in.push(Segment {
            start: time,
            end: own,
        });
        self.live_in.sort_unstable();
        let first = segments.len();
        for &segment in &self.live_in {
            match segments[first..].last_mut() {
                Some(last) if last.end >= segment.start => last.end = segment.end,
                _ => segments.push(segment),
            }
        }
        if cfg!(debug_assertions) {
            // What is right for large functions is tried on all.
            let coarse = self.coarse(home, time, reads);
            let covered = |exact: &Segment| coarse.start <= exact.start && exact.end <= coarse.end;
            assert!(segments[first..].iter().all(covered), "value {value}");
        }
    }

    /// All of the time from a value's definition to its last reader. A loop that has a reader but not the
    /// definition needs the value until it is left for good. Control never gets from the definition to a
    /// reader through the header of a loop around both, because then the definition would not be on every path to the
    /// reader; what is between them in the schedule is all that can be between them. Only a header that follows the
    /// other blocks of its loop comes before them.
    fn coarse(&self, home: Block, time: u32, reads: &[Read]) -> Segment {
        let mut range = Segment {
            start: time,
            end: time + 1,
        };
        if self.flow.loop_of(home) == Some(home) {
            let around = self.loops[home.index()];
            if around.start < self.times[home.index()].start {
                range = around;
            }
        }
        for read in reads {
            let around = self.flow.outermost_without(Block(read.block), home);
            let end = around.map_or(read.end, |header| self.loops[header.index()].end);
            range.end = range.end.max(end);
        }
        range
    }

    fn live_at_start(&mut self, value: u32, block: Block, end: u32) {
        let met = &mut self.met[block.index()];
        if met.0 == value {
            let segment = &mut self.live_in[met.1 as usize];
            segment.end = segment.end.max(end);
            return;
        }
        *met = (value, self.live_in.len() as u32);
        self.live_in.push(Segment {
            start: self.times[block.index()].start,
            end,
        });
        self.work.push(block);
    }
}
