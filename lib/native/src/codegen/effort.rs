//! How much a function may cost the compiler.
//!
//! Cranelift's optimiser and its better register allocator take more than linear time for some shapes of code. What
//! they would do is predicted here in linear time, or until it is too much; a function for which it is gets neither.

use std::collections::HashSet;
use std::iter;

use cranelift_codegen::dominator_tree::DominatorTree;
use cranelift_codegen::flowgraph::ControlFlowGraph;
use cranelift_codegen::ir::{Block, Function, Inst, InstructionData, Opcode, Value, ValueDef};
use cranelift_codegen::loop_analysis::LoopAnalysis;

/// Instructions of Cranelift's representation up to which a function is optimised.
pub const LARGEST_OPTIMISED: usize = 1 << 16;

/// Functions of fewer instructions are always optimised: nothing in them can be much.
const SMALL: usize = 512;

/// The sum of the squares of how deep in loops each instruction lies. For each value, Cranelift looks through all loops
/// around it, and for each of these through those around where its operands are made.
const DEEPEST: u64 = 1 << 23;

/// Loops times blocks up to which it is found out how deep they lie.
const MOST_LOOPS: usize = 1 << 24;

/// Targets of SWITCH. Cranelift is quadratic in them, and so is making SSA form: each register that a target's block
/// reads is looked for among all of them.
pub(super) const MOST_TARGETS: usize = 1 << 12;

/// Instructions after those without effects have been moved to where they are wanted, which can make a copy for each
/// such place: this many for each there was, and this many more.
const COPIES: (usize, usize) = (2, 1 << 12);

/// Pairs of a value and a block that it is alive in.
const MOST_ALIVE: usize = 1 << 22;

/// Blocks between where a value is made and where it is used last, in the order of the code, for each instruction. The
/// allocator that goes through the code once takes it for alive in all of them.
const FARTHEST: usize = 64;

/// Instructions at which values are alive before the next call, in all: for each of these, the allocator looks through
/// what else is in a register there, again and again. A call, which keeps nothing in registers, ends the search.
const MOST_CONFLICTS: usize = 1 << 21;

/// Blocks from where an instruction is back to where it could be computed first, on average. Cranelift takes this path
/// for each new one.
const MOST_BACK: u64 = 1 << 10;

/// Parameters of blocks: values that depend on the path there.
const MOST_JOINED: usize = 1 << 19;

/// How hard the compiler tries with a function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Effort {
    /// As hard as the options specify.
    #[default]
    Full,
    /// Without optimisation, and with the allocator that goes through the code once.
    Little,
    /// The same, and registers live in the frame, so that no value is alive in two blocks.
    Least,
}

/// Decides for a function that has been translated.
pub(super) fn effort(function: &Function) -> Effort {
    let dfg = &function.dfg;
    let instructions = dfg.num_insts();
    if instructions < SMALL {
        return Effort::Full;
    }
    let blocks = function.layout.blocks();
    let joined: usize = blocks.map(|block| dfg.num_block_params(block)).sum();
    if joined > MOST_JOINED {
        return Effort::Least;
    }
    let cfg = ControlFlowGraph::with_function(function);
    let alive = Alive::count(function, &cfg);
    if alive.blocks > MOST_ALIVE {
        return Effort::Least;
    }
    let cheaply = match alive.between > FARTHEST * instructions {
        true => Effort::Least,
        false => Effort::Little,
    };
    let tables = dfg.jump_tables.values();
    let targets: usize = tables.map(|table| table.as_slice().len()).sum();
    let large = instructions > LARGEST_OPTIMISED
        || targets > MOST_TARGETS
        || alive.conflicts > MOST_CONFLICTS;
    if large {
        return cheaply;
    }
    let tree = DominatorTree::with_function(function, &cfg);
    if nesting(function, &cfg, &tree) > DEEPEST
        || way_back(function, &tree) / instructions as u64 > MOST_BACK
        || copies(function, &tree) > COPIES.0 * instructions + COPIES.1
    {
        return cheaply;
    }
    Effort::Full
}

/// The sum over all instructions of the square of the number of loops around them; the largest number where that would
/// take long to find out.
fn nesting(function: &Function, cfg: &ControlFlowGraph, tree: &DominatorTree) -> u64 {
    let is_head = |&block: &Block| {
        let mut before = cfg.pred_iter(block);
        before.any(|before| tree.block_dominates(block, before.block))
    };
    let heads = function.layout.blocks().filter(is_head).count();
    if heads.saturating_mul(function.dfg.num_blocks()) > MOST_LOOPS {
        return u64::MAX;
    }
    let mut loops = LoopAnalysis::new();
    loops.compute(function, cfg, tree);
    let blocks = function.layout.blocks();
    blocks
        .map(|block| {
            let depth = loops.loop_level(block).level() as u64;
            let length = function.layout.block_insts(block).count() as u64;
            depth * depth * length
        })
        .sum()
}

/// Where values are alive; not more than is needed to tell that it is too much.
#[derive(Default)]
struct Alive {
    /// Pairs of a value and a block that it enters.
    blocks: usize,
    /// The sum of the blocks between where each value is made and where it is used last, in the order of the code.
    between: usize,
    /// The sum of the instructions at which each value is alive, up to the next call.
    conflicts: usize,
}

impl Alive {
    fn count(function: &Function, cfg: &ControlFlowGraph) -> Alive {
        let dfg = &function.dfg;
        // Where each value is made: its block, and its place there.
        let mut made: Vec<Option<(Block, u32)>> = vec![None; dfg.num_values()];
        let mut lengths = vec![0_u32; dfg.num_blocks()];
        let mut order = vec![0_u32; dfg.num_blocks()];
        for (number, block) in function.layout.blocks().enumerate() {
            order[block.as_u32() as usize] = number as u32;
            for &param in dfg.block_params(block) {
                made[param.as_u32() as usize] = Some((block, 0));
            }
            let mut place = 0_u32;
            for inst in function.layout.block_insts(block) {
                place += 1;
                for &result in dfg.inst_results(inst) {
                    made[result.as_u32() as usize] = Some((block, place));
                }
            }
            lengths[block.as_u32() as usize] = place;
        }
        let mut alive = Alive::default();
        // At how many instructions, in the block where it is made and in others.
        let mut spans = vec![(0_u32, 0_usize); dfg.num_values()];
        // How many blocks after the one where it is made it is used last.
        let mut distances = vec![0_u32; dfg.num_values()];
        let mut seen: HashSet<(Value, Block), foldhash::fast::RandomState> = HashSet::default();
        let mut open: Vec<Block> = Vec::new();
        for block in function.layout.blocks() {
            let mut place = 0_u32;
            for inst in function.layout.block_insts(block) {
                place += 1;
                for value in dfg.inst_values(inst) {
                    let value = dfg.resolve_aliases(value);
                    let number = value.as_u32() as usize;
                    let Some((home, from)) = made[number] else {
                        continue;
                    };
                    let (here, elsewhere) = &mut spans[number];
                    if home == block {
                        *here = (*here).max(place - from);
                        continue;
                    }
                    *here = lengths[home.as_u32() as usize] - from;
                    let [home_at, at] = [home, block].map(|block| order[block.as_u32() as usize]);
                    distances[number] = distances[number].max(at.saturating_sub(home_at));
                    open.push(block);
                    while let Some(block) = open.pop() {
                        if block == home || !seen.insert((value, block)) {
                            continue;
                        }
                        alive.blocks += 1;
                        *elsewhere += lengths[block.as_u32() as usize] as usize;
                        if alive.blocks > MOST_ALIVE {
                            return alive;
                        }
                        open.extend(cfg.pred_iter(block).map(|pred| pred.block));
                    }
                }
            }
        }
        alive.between = distances.iter().map(|&distance| distance as usize).sum();
        alive.conflicts = until_calls(function, &spans);
        alive
    }
}

/// The sum of the instructions at which each value is alive before the next call. `spans` has for each value how many
/// there are without calls, in the block where it is made and in others.
fn until_calls(function: &Function, spans: &[(u32, usize)]) -> usize {
    let dfg = &function.dfg;
    let mut sum = 0;
    // From the end on: how many instructions come before the next call.
    let mut free = 0_usize;
    let mut add = |values: &[Value], free: usize| {
        for value in values {
            let (here, elsewhere) = spans[value.as_u32() as usize];
            sum += free.min(here as usize + elsewhere);
        }
    };
    let layout = &function.layout;
    let blocks = iter::successors(layout.last_block(), |&block| layout.prev_block(block));
    for block in blocks {
        for inst in layout.block_insts(block).rev() {
            add(dfg.inst_results(inst), free);
            free = match dfg.insts[inst].opcode().is_call() {
                true => 0,
                false => free + 1,
            };
        }
        add(dfg.block_params(block), free);
    }
    sum
}

/// How many instructions the function has when each without effects has been moved to where it is wanted first, on
/// every path. Not many more than are too many.
fn copies(function: &Function, tree: &DominatorTree) -> usize {
    enum Step {
        Enter(Block),
        Leave(usize),
    }
    let dfg = &function.dfg;
    let most = COPIES.0 * dfg.num_insts() + COPIES.1;
    // What has been computed in this block or one that dominates it.
    let mut there = vec![false; dfg.num_insts()];
    let mut computed: Vec<Inst> = Vec::new();
    let mut count = 0;
    let mut wanted: Vec<Value> = Vec::new();
    let mut steps: Vec<Step> = function
        .layout
        .entry_block()
        .map(Step::Enter)
        .into_iter()
        .collect();
    while let Some(step) = steps.pop() {
        let block = match step {
            Step::Enter(block) => block,
            Step::Leave(before) => {
                for inst in computed.drain(before..) {
                    there[inst.as_u32() as usize] = false;
                }
                continue;
            }
        };
        steps.push(Step::Leave(computed.len()));
        for inst in function.layout.block_insts(block) {
            if is_movable(function, inst) {
                continue;
            }
            count += 1;
            wanted.extend(dfg.inst_values(inst));
            while let Some(value) = wanted.pop() {
                let value = dfg.resolve_aliases(value);
                if let ValueDef::Result(inst, _) = dfg.value_def(value)
                    && is_movable(function, inst)
                    && !std::mem::replace(&mut there[inst.as_u32() as usize], true)
                {
                    computed.push(inst);
                    count += 1;
                    wanted.extend(dfg.inst_values(inst));
                }
            }
            if count > most {
                return count;
            }
        }
        steps.extend(tree.children(block).map(Step::Enter));
    }
    count
}

/// How many blocks, in the tree of dominators, lie between where each instruction without effects is and where it could
/// be computed first: their sum.
fn way_back(function: &Function, tree: &DominatorTree) -> u64 {
    let dfg = &function.dfg;
    // How deep in the tree of dominators each value can be computed.
    let mut depths = vec![0_u32; dfg.num_values()];
    let mut sum = 0;
    let entry = function.layout.entry_block();
    let mut open: Vec<(Block, u32)> = entry.map(|block| (block, 0)).into_iter().collect();
    while let Some((block, depth)) = open.pop() {
        for &param in dfg.block_params(block) {
            depths[param.as_u32() as usize] = depth;
        }
        for inst in function.layout.block_insts(block) {
            let mut first = depth;
            if is_movable(function, inst) {
                let values = dfg.inst_values(inst);
                let depths =
                    values.map(|value| depths[dfg.resolve_aliases(value).as_u32() as usize]);
                first = depths.max().unwrap_or(0);
                sum += u64::from(depth - first.min(depth));
            }
            for &result in dfg.inst_results(inst) {
                depths[result.as_u32() as usize] = first;
            }
        }
        open.extend(tree.children(block).map(|child| (child, depth + 1)));
    }
    sum
}

/// Whether Cranelift may compute an instruction elsewhere.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "other formats are not moved, which is always right"
)]
fn is_movable(function: &Function, inst: Inst) -> bool {
    let data = &function.dfg.insts[inst];
    let op = data.opcode();
    let constant_load = match *data {
        InstructionData::Load {
            opcode: Opcode::Load,
            flags,
            ..
        } => {
            let flags = function.dfg.mem_flags[flags];
            flags.readonly() && flags.notrap() && flags.can_move()
        }
        _ => false,
    };
    let has_effects = op.is_call()
        || op.is_branch()
        || op.is_terminator()
        || op.is_return()
        || op.can_trap()
        || op.other_side_effects()
        || op.can_store();
    function.dfg.inst_results(inst).len() == 1 && (constant_load || !op.can_load() && !has_effects)
}
