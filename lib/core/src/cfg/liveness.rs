//! What is live where blocks end: what will be read before it is written again.

use std::collections::VecDeque;
use std::mem;

use super::Edges;

/// What blocks by themselves read and write of numbered things, such as registers.
#[derive(Clone, Debug)]
pub struct Accesses {
    /// Words of a block's set.
    width: usize,
    /// Read before written, for each block.
    read: Vec<u64>,
    written: Vec<u64>,
}

impl Accesses {
    /// Of `blocks` blocks, to `things` things. Takes two bits for each pair.
    pub fn new(blocks: usize, things: usize) -> Accesses {
        let width = things.div_ceil(64);
        Accesses {
            width,
            read: vec![0; blocks * width],
            written: vec![0; blocks * width],
        }
    }

    /// Where the bit of a thing lies.
    #[inline]
    fn at(&self, block: u32, thing: u32) -> (usize, u64) {
        let word = block as usize * self.width + thing as usize / 64;
        (word, 1 << (thing % 64))
    }

    /// The block reads a thing. What it has written before is reported before.
    #[inline]
    pub fn read(&mut self, block: u32, thing: u32) {
        let (word, bit) = self.at(block, thing);
        self.read[word] |= bit & !self.written[word];
    }

    /// The block writes a thing.
    #[inline]
    pub fn write(&mut self, block: u32, thing: u32) {
        let (word, bit) = self.at(block, thing);
        self.written[word] |= bit;
    }

    /// Finds what is live where each block ends. Gives up when that takes more than `steps` steps, a word of a set for
    /// each edge being one.
    ///
    /// Goes through the blocks from the last to the first until nothing changes; code is mostly laid out so that few
    /// rounds are needed.
    pub fn live_out(&self, successors: &Edges, mut steps: usize) -> Option<LiveOut> {
        let width = self.width;
        let count = successors.len();
        let mut out = vec![0_u64; self.read.len()];
        let mut live = vec![0_u64; width];
        let before = successors.reversed();
        let mut queued = vec![true; count];
        let mut queue: VecDeque<u32> = (0..count as u32).rev().collect();
        while let Some(block) = queue.pop_front() {
            queued[block as usize] = false;
            let before = before.of(block);
            steps = steps.checked_sub(width * (1 + before.len()))?;
            let row = block as usize * width..(block as usize + 1) * width;
            let read = self.read[row.clone()].iter();
            let sets = read.zip(&out[row.clone()]).zip(&self.written[row]);
            for (live, ((read, out), written)) in live.iter_mut().zip(sets) {
                *live = read | (out & !written);
            }
            for &from in before {
                let mut added = 0;
                let out = &mut out[from as usize * width..][..width];
                for (out, live) in out.iter_mut().zip(&live) {
                    added |= live & !*out;
                    *out |= live;
                }
                if added != 0 && !mem::replace(&mut queued[from as usize], true) {
                    queue.push_back(from);
                }
            }
        }
        Some(LiveOut { width, out })
    }
}

/// What is live where each block ends.
#[derive(Clone, Debug)]
pub struct LiveOut {
    width: usize,
    out: Vec<u64>,
}

impl LiveOut {
    /// Whether a thing is live where a block ends.
    #[inline]
    pub fn contains(&self, block: u32, thing: u32) -> bool {
        let word = self.out[block as usize * self.width + thing as usize / 64];
        word >> (thing % 64) & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0 leads to 1, that to itself and to 2.
    fn a_loop() -> Edges {
        let mut edges = Edges::default();
        edges.push([1]);
        edges.push([1, 2]);
        edges.push([]);
        edges
    }

    fn live(accesses: &Accesses) -> [Vec<u32>; 3] {
        let out = accesses.live_out(&a_loop(), 1000).expect("enough steps");
        [0, 1, 2].map(|block| {
            (0..70)
                .filter(|&thing| out.contains(block, thing))
                .collect()
        })
    }

    #[test]
    fn what_a_later_block_or_another_turn_reads_is_live() {
        let mut accesses = Accesses::new(3, 70);
        // Thing 0 is read after the loop, 65 in each turn.
        accesses.write(0, 0);
        accesses.write(0, 65);
        accesses.read(1, 65);
        accesses.write(1, 65);
        accesses.read(2, 0);
        assert_eq!(live(&accesses), [vec![0, 65], vec![0, 65], vec![]]);
    }

    #[test]
    fn what_is_written_first_is_not() {
        let mut accesses = Accesses::new(3, 70);
        accesses.write(1, 3);
        accesses.read(1, 3);
        accesses.read(2, 4);
        accesses.write(1, 4);
        assert_eq!(live(&accesses), [vec![], vec![4], vec![]]);
    }

    #[test]
    fn it_gives_up() {
        let accesses = Accesses::new(3, 70);
        // Two words for each of three blocks and three edges.
        assert!(accesses.live_out(&a_loop(), 12).is_some());
        assert!(accesses.live_out(&a_loop(), 11).is_none());
    }
}
