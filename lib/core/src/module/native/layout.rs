//! Where C puts values.

use super::{CType, Scalar};

/// The bytes that a value takes, and the multiples at which it may lie, where nothing else was asked of the compiler.
/// The default is a struct to which fields are still to be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Bytes; of a struct under construction those up to the end of its last field.
    pub size: usize,
    /// A power of two.
    pub alignment: usize,
}

impl Default for Layout {
    fn default() -> Layout {
        Layout {
            size: 0,
            alignment: 1,
        }
    }
}

impl Layout {
    /// That of a type.
    pub fn of(ty: &CType) -> Layout {
        match ty {
            CType::Scalar(scalar) => Layout {
                size: scalar.size(),
                alignment: scalar.size(),
            },
            CType::Struct(fields) => {
                let mut layout = Layout::default();
                for field in fields {
                    layout.add(Layout::of(field));
                }
                layout.size = layout.padded();
                layout
            }
        }
    }

    /// Adds a field to a struct and returns its offset.
    pub fn add(&mut self, field: Layout) -> usize {
        let offset = self.size.next_multiple_of(field.alignment);
        self.size = offset + field.size;
        self.alignment = self.alignment.max(field.alignment);
        offset
    }

    /// The size with the bytes after the last field, so that structs in an array are aligned.
    pub fn padded(self) -> usize {
        self.size.next_multiple_of(self.alignment)
    }
}

impl Scalar {
    /// Bytes, which are its alignment too.
    pub const fn size(self) -> usize {
        match self {
            Scalar::I8 | Scalar::U8 | Scalar::Bool => 1,
            Scalar::I16 | Scalar::U16 => 2,
            Scalar::I32 | Scalar::U32 | Scalar::F32 => 4,
            Scalar::I64 | Scalar::U64 | Scalar::F64 | Scalar::Ptr => 8,
        }
    }
}
