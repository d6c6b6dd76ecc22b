//! Control flow of a function's code: basic blocks, the edges between them, which block dominates which, and what is live
//! where blocks end.
//!
//! Blocks and edges come from the op table: a block begins at the first word, at the target of a branch, and after an
//! instruction that ends one. Everything is linear in the length of the code, dominators nearly so, and nothing recurses.
//! The verifier finds blocks by itself, in the pass that checks them.

mod blocks;
mod dominators;
mod edges;
mod liveness;
mod order;
mod word_set;

pub use blocks::Blocks;
pub use dominators::Dominators;
pub use edges::Edges;
pub use liveness::{Accesses, LiveOut};
pub use order::DepthFirst;
pub use word_set::{WordSet, branch_targets};
