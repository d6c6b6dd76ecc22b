//! What tests do to programs to show that it makes no difference.

use super::Attempts;

/// What a host makes harder. A program can observe nothing of it.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trial {
    /// Every call blocks once before it is made, and is made again at once where it blocks, as if what it waits for
    /// had come and gone.
    pub blocks: bool,
}

/// Where a call stands in a trial.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Stage {
    /// It has not been made.
    #[default]
    New,
    /// It has blocked, or has waited for what it wanted.
    Due,
    /// It has been made again too early.
    Early,
}

impl Trial {
    /// Whether the call blocks before it is made.
    pub(crate) fn holds_up(self, attempts: &mut Attempts) -> bool {
        let new = self.blocks && attempts.stage == Stage::New;
        if new {
            attempts.stage = Stage::Due;
        }
        new
    }

    /// Whether a call that blocks is made again at once.
    pub(crate) fn wakes_early(self, attempts: &mut Attempts) -> bool {
        let early = self.blocks && attempts.stage == Stage::Due;
        attempts.stage = if early { Stage::Early } else { Stage::Due };
        early
    }
}
