//! Slots for values, for most functions without memory of the system's.

/// Values of most functions.
pub(crate) const FEW: usize = 8;

/// So many slots, which are 0 at first.
pub(crate) struct Slots {
    few: [u64; FEW],
    /// All, when they are many.
    many: Vec<u64>,
    count: usize,
}

impl Slots {
    pub(crate) fn new(count: usize) -> Slots {
        let many = if count > FEW { count } else { 0 };
        Slots {
            few: [0; FEW],
            many: vec![0; many],
            count,
        }
    }

    pub(crate) fn all(&mut self) -> &mut [u64] {
        match self.count > FEW {
            true => &mut self.many,
            false => &mut self.few[..self.count],
        }
    }
}
