//! The managed heap: structs, arrays, exceptions, and boxes of the host's values (`docs/heap.md`).

mod header;
mod layout;
mod reference;
#[cfg(test)]
mod tests;

pub use layout::{Field, Kind, Storage, TooManyTypes, TypeRow, TypeTable};
pub use reference::Ref;
