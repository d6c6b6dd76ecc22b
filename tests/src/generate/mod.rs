//! Random programs: valid modules that use every row of the op table.
//!
//! A module is generated from a seed, so that a failing one is named by a number. Loops and
//! recursion are bounded by fuel alone.

mod body;
mod objects;
mod random;
mod world;

pub use random::Random;
pub use world::{Call, Generated, generate, generate_managed};
