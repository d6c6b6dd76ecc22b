//! The ways in which the predecoder makes fewer cells, so that each can be switched off to measure
//! what it gains.

/// A way of making fewer cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fusion {
    /// Any two cells that the list of superinstructions names.
    Superinstructions,
    /// A register that counts, and the branch that compares it.
    Count,
    /// An arithmetic operation on the result of another.
    Arithmetic,
    /// A base plus a constant, and the access there.
    Near,
    /// A base plus an index, and the access there.
    Indexed,
    /// Two moves.
    Moves,
    /// Computing and returning.
    Returns,
    /// A jump to a few instructions that end in a branch becomes a copy of them.
    Copies,
    /// Moving bytes without looking at limits.
    Bulk,
}

#[cfg(feature = "measuring")]
impl Fusion {
    /// All of them.
    pub const ALL: &[Fusion] = &[
        Fusion::Superinstructions,
        Fusion::Count,
        Fusion::Arithmetic,
        Fusion::Near,
        Fusion::Indexed,
        Fusion::Moves,
        Fusion::Returns,
        Fusion::Copies,
        Fusion::Bulk,
    ];
}
