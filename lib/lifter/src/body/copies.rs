//! Copies that belong to an edge, which happen all at once, one after the other.

/// A register, and what it becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Copy {
    pub to: u32,
    pub from: u32,
}

/// Puts parallel copies in an order in which each reads what was there before.
#[derive(Debug, Default)]
pub(super) struct Sequencer {
    /// For each register how many of the copies that are left read it.
    readers: Vec<u32>,
    /// For each register the copy that writes it, plus one; 0 when there is none.
    writer: Vec<u32>,
    ready: Vec<u32>,
}

impl Sequencer {
    /// Calls `f` with each copy in turn. `spare` returns a register for the value of the one named,
    /// where copies go round in a circle.
    pub fn run(
        &mut self,
        copies: &[Copy],
        mut spare: impl FnMut(u32) -> u32,
        mut f: impl FnMut(Copy),
    ) {
        if let [copy] = copies {
            f(*copy);
            return;
        }
        let highest = copies.iter().map(|copy| copy.to.max(copy.from)).max();
        let count = highest.map_or(0, |highest| highest as usize + 1);
        if self.readers.len() < count {
            self.readers.resize(count, 0);
            self.writer.resize(count, 0);
        }
        for (i, copy) in copies.iter().enumerate() {
            self.readers[copy.from as usize] += 1;
            self.writer[copy.to as usize] = i as u32 + 1;
        }
        for (i, copy) in copies.iter().enumerate().rev() {
            if self.readers[copy.to as usize] == 0 {
                self.ready.push(i as u32);
            }
        }
        self.chains(copies, &mut f);
        for &copy in copies {
            if self.writer[copy.to as usize] == 0 {
                continue;
            }
            // What is left are circles: one register is kept elsewhere until its reader comes.
            let kept = spare(copy.to);
            f(Copy {
                to: kept,
                from: copy.to,
            });
            let mut next = copy;
            while next.from != copy.to {
                f(next);
                self.writer[next.to as usize] = 0;
                self.readers[next.from as usize] = 0;
                let writer = self.writer[next.from as usize];
                next = copies[writer as usize - 1];
            }
            f(Copy {
                to: next.to,
                from: kept,
            });
            self.writer[next.to as usize] = 0;
            self.readers[copy.to as usize] = 0;
        }
    }

    /// The copies to registers that no other one reads, and those that become so.
    fn chains(&mut self, copies: &[Copy], f: &mut impl FnMut(Copy)) {
        while let Some(at) = self.ready.pop() {
            let copy = copies[at as usize];
            f(copy);
            self.writer[copy.to as usize] = 0;
            let readers = &mut self.readers[copy.from as usize];
            *readers -= 1;
            let writer = self.writer[copy.from as usize];
            if *readers == 0 && writer > 0 {
                self.ready.push(writer - 1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the registers hold after the copies, one after the other.
    fn run(copies: &[(u32, u32)]) -> (Vec<u32>, usize) {
        let copies: Vec<Copy> = copies.iter().map(|&(to, from)| Copy { to, from }).collect();
        let mut registers: Vec<u32> = (0..10).collect();
        let mut count = 0;
        let mut sequencer = Sequencer::default();
        for _ in 0..2 {
            registers = (0..10).collect();
            count = 0;
            sequencer.run(
                &copies,
                |_| 9,
                |copy| {
                    registers[copy.to as usize] = registers[copy.from as usize];
                    count += 1;
                },
            );
        }
        registers.truncate(9);
        (registers, count)
    }

    #[test]
    fn copies_read_what_was_there_before() {
        assert_eq!(run(&[(1, 2), (2, 3)]), (vec![0, 2, 3, 3, 4, 5, 6, 7, 8], 2));
        assert_eq!(run(&[(2, 3), (1, 2)]), (vec![0, 2, 3, 3, 4, 5, 6, 7, 8], 2));
        // A swap, and a circle of three with a reader outside.
        assert_eq!(run(&[(1, 2), (2, 1)]), (vec![0, 2, 1, 3, 4, 5, 6, 7, 8], 3));
        let circle = [(5, 4), (1, 2), (2, 4), (4, 1), (7, 8), (8, 7)];
        assert_eq!(run(&circle), (vec![0, 2, 4, 3, 1, 4, 6, 8, 7], 8));
    }
}
