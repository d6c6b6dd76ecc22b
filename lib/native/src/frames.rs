//! The frames of compiled code, which backtraces and whoever else looks for active calls walk.

#![allow(unsafe_code, reason = "frames are read where they lie")]

use super::stack::Stack;

/// An active call that waits for what it has called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// Its frame pointer.
    pub(crate) fp: usize,
    /// Where it goes on when the call returns: the address by which [`super::map::CodeMap`] finds function and word.
    pub(crate) return_to: usize,
}

/// The active calls outside of one, innermost first, up to the entry trampoline, whose own frame is not one of them.
///
/// Frames are a chain through the stack: each begins with the frame pointer and the return address of its caller, on
/// all processors. A chain that is damaged ends where that shows. Nothing outside the stack is read, and as every
/// caller lies further up than what it has called, no walk takes more steps than the stack has words.
pub(crate) struct Frames<'s> {
    stack: &'s Stack,
    /// The frame pointer of the last call that was visited.
    at: usize,
    /// That of the entry trampoline.
    entry: usize,
}

impl<'s> Frames<'s> {
    /// The calls outside of the one with its frame at `fp`, inside of the trampoline with its frame at `entry`.
    ///
    /// # Safety
    ///
    /// Nothing writes the stack while it is walked: its code has stopped, or waits for the walker.
    pub(super) unsafe fn new(stack: &'s Stack, fp: usize, entry: usize) -> Frames<'s> {
        let at = fp;
        Frames { stack, at, entry }
    }
}

impl Iterator for Frames<'_> {
    type Item = Frame;

    fn next(&mut self) -> Option<Frame> {
        // SAFETY: nothing writes the stack, as whoever made the walker has promised.
        let (fp, return_to) = unsafe { (self.stack.word(self.at)?, self.stack.word(self.at + 8)?) };
        if fp <= self.at || fp >= self.entry {
            return None;
        }
        let frame = Frame { fp, return_to };
        self.at = frame.fp;
        Some(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stack with words that are written from the top down.
    struct Fake(Stack);

    impl Fake {
        fn new() -> Fake {
            Fake(Stack::new(64 << 10).expect("there is room"))
        }

        /// The address of word `n` below the top.
        fn address(&self, n: usize) -> usize {
            self.0.range().end - n * 8
        }

        fn write(&self, address: usize, word: usize) {
            assert!(self.0.range().contains(&address));
            // SAFETY: the address lies in the stack, on which nothing runs.
            unsafe { *(address as *mut usize) = word }
        }

        /// A frame at word `n` below the top, called by one with frame pointer `outer`.
        fn frame(&self, n: usize, outer: usize, return_to: usize) -> usize {
            let at = self.address(n);
            self.write(at, outer);
            self.write(at + 8, return_to);
            at
        }

        fn walk(&self, fp: usize, entry: usize) -> Vec<Frame> {
            // SAFETY: nothing runs on the stack.
            unsafe { Frames::new(&self.0, fp, entry) }.collect()
        }
    }

    #[test]
    fn the_walk_ends_at_the_entry() {
        let fake = Fake::new();
        let entry = fake.frame(4, 0, 1);
        let outer = fake.frame(10, entry, 2);
        let middle = fake.frame(20, outer, 3);
        let inner = fake.frame(30, middle, 4);
        let expected = [(middle, 4), (outer, 3)].map(|(fp, return_to)| Frame { fp, return_to });
        assert_eq!(fake.walk(inner, entry), expected);
        assert_eq!(fake.walk(outer, entry), []);
        assert_eq!(fake.walk(entry, entry), []);
    }

    #[test]
    fn a_damaged_chain_ends_where_that_shows() {
        let fake = Fake::new();
        let entry = fake.frame(4, 0, 1);
        let stack = fake.0.range();
        let outer = fake.frame(10, 0, 2);
        let inner = fake.frame(20, outer, 3);
        let damaged = [
            0,
            1,
            outer,
            inner,
            outer + 4,
            entry + 8,
            stack.start - 8,
            stack.end,
            usize::MAX,
            usize::MAX - 7,
        ];
        for next in damaged {
            fake.write(outer, next);
            let walked = fake.walk(inner, entry);
            // What begins at a place that is not a frame is not known not to be one before it is
            // read.
            let seen = if next == outer + 4 { 2 } else { 1 };
            assert_eq!(walked.len(), seen, "{next:#x}");
        }
        for start in damaged.into_iter().filter(|&start| start != inner) {
            fake.write(outer, entry);
            assert_eq!(fake.walk(start, entry), [], "{start:#x}");
        }
        // An entry that is not one does not let the walk out of the stack.
        fake.write(outer, stack.end);
        assert_eq!(fake.walk(inner, usize::MAX).len(), 2);
    }

    #[test]
    fn no_contents_of_the_stack_make_a_walk_endless() {
        let fake = Fake::new();
        let words = fake.0.range().len() / 8;
        let mut random = 1_u64;
        for n in 1..=words {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            // Mostly addresses of the stack.
            let word = fake.address(1 + (random >> 33) as usize % (words + 50));
            fake.write(fake.address(n), word + (random >> 60) as usize / 15);
        }
        for n in 1..=1000 {
            let walked = fake.walk(fake.address(n * words / 1000), fake.address(1));
            assert!(walked.len() < words);
            assert!(walked.is_sorted_by_key(|frame| frame.fp));
        }
    }
}
