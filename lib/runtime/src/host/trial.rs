//! What tests do to programs to show that it makes no difference.

/// What a host makes harder. A program can observe nothing of it.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trial {
    /// Every call blocks once before it is made. Where it may have to wait, it has to: nothing is ready, and there is
    /// room for half of what is written; and it is made again at once, as if what it waits for had come and gone.
    pub blocks: bool,
    /// The memory lends no bytes, so that everybody has to copy them.
    pub copies: bool,
}
