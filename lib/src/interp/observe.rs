//! Watching a program: the observer sees every instruction of the program's own functions before
//! it runs, and again behind it when it wrote registers.

use super::machine::M;
use super::state::Machine;

/// A function begins.
pub(super) const ENTER: u16 = 0;
/// An instruction is about to run.
pub(super) const BEFORE: u16 = 1;
/// An instruction has written its destinations.
pub(super) const BEHIND: u16 = 2;

/// What is watched, and what has been seen.
#[derive(Debug, Default)]
pub struct Observer {}

/// Shows the observer where `m` stands.
pub(super) fn observe(_vm: &mut Machine, _m: &mut M) {}
