//! From addresses in code to instructions.

use super::context::Site;
use vbc_core::isa::Trap;
use vbc_runtime::FramePlace;
use vbc_runtime::guest::Guest;

/// Takes function and word of a call, those into which a function was translated innermost first.
pub(crate) type Add<'a> = &'a mut dyn FnMut(u32, usize);

/// What is known of compiled code, wherever it lies.
pub(crate) trait CodeMap: Send + Sync {
    /// The trap of the instruction at `address`, if it is one that may trap, and whether it is that of a
    /// function's prologue. Allocates nothing and takes no lock.
    fn trap_at(&self, address: usize) -> Option<(Trap, bool)>;

    /// The calls that stand at the instruction at `address`, which has trapped; `is_fault` when the
    /// processor refused its access to memory.
    fn at_trap(&self, address: usize, is_fault: bool, add: Add<'_>);

    /// The calls that stand at the call which returns to `address`.
    fn at_call(&self, address: usize, add: Add<'_>);

    /// The calls that stand at a place which code passed on.
    fn at_site(&self, site: Site, add: Add<'_>);

    /// The instruction at `word` of function `function`, for a report.
    fn describe(&self, guest: &Guest, function: u32, word: usize) -> FramePlace;
}
