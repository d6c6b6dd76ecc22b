//! Random numbers for tests, always the same ones (xorshift).

pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Four fields that can be any of this many registers.
    pub(super) fn fields(&mut self, registers: u64) -> u64 {
        (0..4).fold(0, |word, _| (word << 16) | (self.next() % registers))
    }
}
