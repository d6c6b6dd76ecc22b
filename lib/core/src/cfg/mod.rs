//! Control flow of a function's code: basic blocks, the edges between them, which block dominates which, loops, and
//! what is live where blocks end.
//!
//! Blocks and edges come from the op table: a block begins at the first word, at the target of a branch, and after an
//! instruction that ends one. Everything is linear in the length of the code, dominators and loops nearly so, and
//! nothing recurses. The verifier needs none of it in the one walk that nearly every function takes, and that finds its
//! targets while it checks them; where a walk is not enough, it divides the code like everybody else.
//!
//! Exceptions will enter in [`Blocks`] alone, which makes all edges from code; no instruction is caught yet. They pose
//! two questions, and a graph will have an answer to each. For dominators, loops and what is assigned, a handler is a
//! successor of the block with which its region begins, so it becomes one more of [`Blocks::successors`]. For liveness,
//! and for all that moves values, it is a successor of every instruction of the region that may throw: those edges go
//! into a second [`Edges`], from each block with such an instruction, and what that block writes hides nothing from
//! them, as it does from the others in [`Accesses::live_out`]. All else works on [`Edges`] and need not know where they
//! come from.

mod blocks;
mod dominators;
mod edges;
mod liveness;
mod loops;
mod order;
#[cfg(test)]
mod random;
mod word_set;

pub use blocks::Blocks;
pub use dominators::Dominators;
pub use edges::Edges;
pub use liveness::{Accesses, LiveOut};
pub use loops::{Loops, irreducible};
pub use order::DepthFirst;
pub use word_set::{WordSet, branch_targets, labels};
