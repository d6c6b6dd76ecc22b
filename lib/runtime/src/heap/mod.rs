//! The managed heap: structs, arrays, exceptions, and boxes of the host's values (`docs/heap.md`).

mod reference;

pub use reference::Ref;
