//! Which registers hold something that is still wanted at the end of each block.

use super::blocks::Blocks;
use super::operands::Signatures;
use vbc_core::isa::DISCARD;

/// Words of sets to look at for each instruction, on average, beyond which every register that crosses a
/// block boundary anywhere counts as wanted everywhere.
const STEPS: usize = 64;

/// So many are allowed in any function.
const FEW: usize = 1 << 14;

/// Registers that are wanted at the end of blocks.
pub(super) struct Liveness {
    /// For each register its bit, [`LOCAL`] for one that never crosses a boundary.
    bits: Vec<u32>,
    /// Words of a block's set; 0 when there are too many to tell.
    width: usize,
    out: Vec<u64>,
}

const LOCAL: u32 = u32::MAX;

impl Liveness {
    /// Of a function with `registers` registers.
    pub fn new(blocks: &Blocks<'_>, signatures: &Signatures<'_>, registers: usize) -> Liveness {
        let mut bits = vec![LOCAL; registers];
        let crossing = number_crossing(blocks, signatures, &mut bits);
        let width = crossing.div_ceil(64);
        let steps = FEW + STEPS * blocks.insts.len();
        // Every edge is looked at once at least.
        let edges = blocks.ranges.len() + blocks.successors.list().len();
        if width.saturating_mul(edges) <= steps {
            let mut sets = Sets::new(blocks, signatures, &bits, width);
            if sets.solve(blocks, steps) {
                return Liveness {
                    bits,
                    width,
                    out: sets.out,
                };
            }
        }
        Liveness {
            bits,
            width: 0,
            out: Vec::new(),
        }
    }

    /// Whether `register` is wanted when `block` ends.
    pub fn is_wanted(&self, block: u32, register: u16) -> bool {
        let bit = self.bits.get(usize::from(register)).copied();
        match bit {
            None | Some(LOCAL) => false,
            Some(_) if self.width == 0 => true,
            Some(bit) => {
                let word = self.out[block as usize * self.width + bit as usize / 64];
                word >> (bit % 64) & 1 == 1
            }
        }
    }
}

/// Gives numbers to the registers that some block reads before it writes them.
fn number_crossing(blocks: &Blocks<'_>, signatures: &Signatures<'_>, bits: &mut [u32]) -> usize {
    let (mut uses, mut defs) = (Vec::new(), Vec::new());
    let mut written_in = vec![u32::MAX; bits.len()];
    let mut count = 0;
    for (block, range) in blocks.ranges.iter().enumerate() {
        for inst in &blocks.insts[range.start as usize..range.end as usize] {
            signatures.registers(inst, &mut uses, &mut defs);
            for &register in &uses {
                let at = usize::from(register);
                if written_in[at] != block as u32 && bits[at] == LOCAL {
                    bits[at] = count;
                    count += 1;
                }
            }
            for &register in defs.iter().filter(|&&register| register != DISCARD) {
                written_in[usize::from(register)] = block as u32;
            }
        }
    }
    count as usize
}

struct Sets {
    width: usize,
    /// Read before written, for each block.
    wanted: Vec<u64>,
    /// Written.
    written: Vec<u64>,
    out: Vec<u64>,
}

impl Sets {
    fn new(blocks: &Blocks<'_>, signatures: &Signatures<'_>, bits: &[u32], width: usize) -> Sets {
        let size = blocks.ranges.len() * width;
        let mut sets = Sets {
            width,
            wanted: vec![0; size],
            written: vec![0; size],
            out: vec![0; size],
        };
        let (mut uses, mut defs) = (Vec::new(), Vec::new());
        for (block, range) in blocks.ranges.iter().enumerate() {
            let base = block * width;
            for inst in &blocks.insts[range.start as usize..range.end as usize] {
                signatures.registers(inst, &mut uses, &mut defs);
                for &register in &uses {
                    let bit = bits[usize::from(register)];
                    if bit != LOCAL {
                        let (at, mask) = (base + bit as usize / 64, 1 << (bit % 64));
                        sets.wanted[at] |= mask & !sets.written[at];
                    }
                }
                for &register in defs.iter().filter(|&&register| register != DISCARD) {
                    let bit = bits[usize::from(register)];
                    if bit != LOCAL {
                        sets.written[base + bit as usize / 64] |= 1 << (bit % 64);
                    }
                }
            }
        }
        sets
    }

    /// Goes through the blocks from the last to the first until nothing changes; code is mostly
    /// laid out so that few rounds are needed. Gives up when that takes more than so many steps.
    fn solve(&mut self, blocks: &Blocks<'_>, mut steps: usize) -> bool {
        let width = self.width;
        let mut live = vec![0_u64; width];
        let before = blocks.successors.reversed();
        let count = blocks.ranges.len();
        let mut queued = vec![true; count];
        let mut queue: std::collections::VecDeque<u32> = (0..count as u32).rev().collect();
        while let Some(block) = queue.pop_front() {
            queued[block as usize] = false;
            let before = before.of(block);
            let Some(left) = steps.checked_sub(width * (1 + before.len())) else {
                return false;
            };
            steps = left;
            let row = block as usize * width..(block as usize + 1) * width;
            let wanted = self.wanted[row.clone()].iter();
            let sets = wanted.zip(&self.out[row.clone()]).zip(&self.written[row]);
            for (live, ((wanted, out), written)) in live.iter_mut().zip(sets) {
                *live = wanted | (out & !written);
            }
            for &from in before {
                let mut added = 0;
                let out = &mut self.out[from as usize * width..][..width];
                for (out, live) in out.iter_mut().zip(&live) {
                    added |= live & !*out;
                    *out |= live;
                }
                if added != 0 && !std::mem::replace(&mut queued[from as usize], true) {
                    queue.push_back(from);
                }
            }
        }
        true
    }
}
