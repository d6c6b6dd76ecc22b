//! How a heap makes room.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use vbc_core::isa::Trap;

use super::Ref;
use super::none::Bump;
use super::space::Space;

/// How a heap makes room for new objects. Programs compute the same with each; layout, allocation and barrier are the
/// same too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Collector {
    /// Nothing is ever freed.
    #[default]
    None,
}

impl Collector {
    /// All that there are.
    pub const ALL: &[Collector] = &[Collector::None];

    /// The word that users know it by.
    pub const fn name(self) -> &'static str {
        match self {
            Collector::None => "none",
        }
    }

    pub(super) fn policy(self) -> Box<dyn Policy> {
        match self {
            Collector::None => Box::new(Bump),
        }
    }
}

impl fmt::Display for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A word that names no [`Collector`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCollector(String);

impl fmt::Display for UnknownCollector {
    /// The word, and those that would do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = Collector::ALL.iter().map(|it| it.name()).collect();
        let names = names.join("`, `");
        write!(f, "`{}` is no collector; there is `{names}`", self.0)
    }
}

impl std::error::Error for UnknownCollector {}

impl FromStr for Collector {
    type Err = UnknownCollector;

    fn from_str(word: &str) -> Result<Collector, UnknownCollector> {
        let found = Collector::ALL.iter().find(|it| it.name() == word);
        found.copied().ok_or_else(|| UnknownCollector(word.into()))
    }
}

/// Whoever holds references outside the heap: registers, globals, tables, handles of the host's.
pub trait Roots {
    /// Calls `visit` for each reference, once for each place that holds one. It may change them, because a collector
    /// moves objects.
    fn visit(&mut self, visit: &mut dyn FnMut(&mut Ref));
}

/// Nobody holds any.
impl Roots for () {
    fn visit(&mut self, _: &mut dyn FnMut(&mut Ref)) {}
}

/// What one collector does differently from others.
pub(super) trait Policy: fmt::Debug + Send {
    /// Finds a place of `size` zero bytes, a multiple of 8, after [`Space::bump`] found none, or since the object is
    /// large. Objects may move: then all references in `roots` and in objects lead to where they are.
    fn allocate(
        &mut self,
        space: &mut Space,
        size: u64,
        roots: &mut dyn Roots,
    ) -> Result<Ref, Trap>;

    /// Notes that references are going to be stored at these places, in bytes from the base, in an object whose header
    /// says that this must be noted.
    fn log(&mut self, space: &mut Space, object: Ref, slots: Range<u64>);
}
