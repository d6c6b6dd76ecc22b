//! Which registers hold something that is still wanted at the end of each block.

use super::blocks::Blocks;
use super::operands::Signatures;
use vbc_core::cfg::{Accesses, LiveOut};
use vbc_core::isa::DISCARD;

/// Words of sets to look at for each instruction, on average, beyond which every register that crosses a
/// block boundary anywhere counts as wanted everywhere.
const STEPS: usize = 64;

/// This many steps are allowed in any function.
const FEW: usize = 1 << 14;

/// Registers that are wanted at the end of blocks.
pub(super) struct Liveness {
    /// For each register its number among those that cross a boundary, [`LOCAL`] for one that never does.
    numbers: Vec<u32>,
    /// None when there are too many to tell.
    out: Option<LiveOut>,
}

const LOCAL: u32 = u32::MAX;

impl Liveness {
    /// Of a function with `registers` registers.
    pub fn new(blocks: &Blocks<'_>, signatures: &Signatures<'_>, registers: usize) -> Liveness {
        let mut numbers = vec![LOCAL; registers];
        let crossing = number_crossing(blocks, signatures, &mut numbers);
        let steps = FEW + STEPS * blocks.insts.len();
        // Every edge is looked at once at least.
        let edges = blocks.ranges.len() + blocks.successors.list().len();
        let few = crossing.div_ceil(64).saturating_mul(edges) <= steps;
        let out = few.then(|| accesses(blocks, signatures, &numbers, crossing));
        Liveness {
            numbers,
            out: out.and_then(|accesses| accesses.live_out(&blocks.successors, steps)),
        }
    }

    /// Whether `register` is wanted when `block` ends.
    pub fn is_wanted(&self, block: u32, register: u16) -> bool {
        match self.numbers.get(usize::from(register)) {
            None | Some(&LOCAL) => false,
            Some(&number) => match &self.out {
                Some(out) => out.contains(block, number),
                None => true,
            },
        }
    }
}

/// Numbers the registers that some block reads before it writes them.
fn number_crossing(blocks: &Blocks<'_>, signatures: &Signatures<'_>, numbers: &mut [u32]) -> usize {
    let (mut uses, mut defs) = (Vec::new(), Vec::new());
    let mut written_in = vec![u32::MAX; numbers.len()];
    let mut count = 0;
    for (block, range) in blocks.ranges.iter().enumerate() {
        for inst in &blocks.insts[range.start as usize..range.end as usize] {
            signatures.registers(inst, &mut uses, &mut defs);
            for &register in &uses {
                let at = usize::from(register);
                if written_in[at] != block as u32 && numbers[at] == LOCAL {
                    numbers[at] = count;
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

/// What each block reads and writes of the registers that cross a boundary.
fn accesses(
    blocks: &Blocks<'_>,
    signatures: &Signatures<'_>,
    numbers: &[u32],
    crossing: usize,
) -> Accesses {
    let mut accesses = Accesses::new(blocks.ranges.len(), crossing);
    let (mut uses, mut defs) = (Vec::new(), Vec::new());
    let number = |&register: &u16| {
        let number = *numbers.get(usize::from(register))?;
        (number != LOCAL).then_some(number)
    };
    for (block, range) in (0..).zip(&blocks.ranges) {
        for inst in &blocks.insts[range.start as usize..range.end as usize] {
            signatures.registers(inst, &mut uses, &mut defs);
            for register in uses.iter().filter_map(number) {
                accesses.read(block, register);
            }
            for register in defs.iter().filter_map(number) {
                accesses.write(block, register);
            }
        }
    }
    accesses
}
