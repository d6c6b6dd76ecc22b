//! How values lie where C has them.

use libffi::middle::Type;

use vbc_core::module::native::{self, CType, Scalar};

/// A scalar type as libffi knows it.
fn scalar_type(scalar: Scalar) -> Type {
    match scalar {
        Scalar::I8 => Type::i8(),
        Scalar::U8 | Scalar::Bool => Type::u8(),
        Scalar::I16 => Type::i16(),
        Scalar::U16 => Type::u16(),
        Scalar::I32 => Type::i32(),
        Scalar::U32 => Type::u32(),
        Scalar::I64 => Type::i64(),
        Scalar::U64 => Type::u64(),
        Scalar::F32 => Type::f32(),
        Scalar::F64 => Type::f64(),
        Scalar::Ptr => Type::pointer(),
    }
}

/// A type as libffi knows it.
pub(crate) fn ffi_type(ty: &CType) -> Type {
    match ty {
        CType::Scalar(scalar) => scalar_type(*scalar),
        CType::Struct(fields) => Type::structure(fields.iter().map(ffi_type)),
    }
}

/// Where in a value of a type its scalars are, which are as many slots of the program's.
#[derive(Debug)]
pub(crate) struct Layout {
    scalars: Box<[(usize, Scalar)]>,
    /// Bytes of the whole.
    size: usize,
    is_scalar: bool,
}

impl Layout {
    /// The layout of a type.
    pub(crate) fn of(ty: &CType) -> Layout {
        let mut scalars = Vec::new();
        place(ty, 0, &mut scalars);
        Layout {
            scalars: scalars.into(),
            size: native::Layout::of(ty).size,
            is_scalar: matches!(ty, CType::Scalar(_)),
        }
    }

    /// How many slots the program has for it.
    pub(crate) fn slots(&self) -> usize {
        self.scalars.len()
    }

    /// The number or pointer that it is; none for structs.
    pub(crate) fn scalar(&self) -> Option<Scalar> {
        match &*self.scalars {
            &[(_, scalar)] if self.is_scalar => Some(scalar),
            _ => None,
        }
    }

    /// How many words have room for it.
    pub(crate) fn words(&self) -> usize {
        self.size.div_ceil(8)
    }

    /// Writes the values of slots to where C expects them.
    ///
    /// # Safety
    ///
    /// Its bytes are writable at `to`.
    pub(crate) unsafe fn write(&self, slots: &[u64], to: *mut u8) {
        for (&(offset, scalar), &slot) in self.scalars.iter().zip(slots) {
            let bytes = value(scalar, slot).to_le_bytes();
            // SAFETY: the scalar lies within the bytes of the whole.
            unsafe { to.add(offset).copy_from(bytes.as_ptr(), scalar.size()) };
        }
    }

    /// Reads slots from where C has left the values.
    ///
    /// # Safety
    ///
    /// Its bytes are readable at `from`.
    pub(crate) unsafe fn read(&self, from: *const u8, slots: &mut [u64]) {
        for (&(offset, scalar), slot) in self.scalars.iter().zip(slots) {
            let mut bytes = [0; 8];
            // SAFETY: the scalar lies within the bytes of the whole.
            unsafe {
                bytes
                    .as_mut_ptr()
                    .copy_from(from.add(offset), scalar.size())
            };
            *slot = extended(scalar, u64::from_le_bytes(bytes));
        }
    }
}

/// Appends the scalars of a type that lies at an offset.
fn place(ty: &CType, offset: usize, scalars: &mut Vec<(usize, Scalar)>) {
    match ty {
        CType::Scalar(scalar) => scalars.push((offset, *scalar)),
        CType::Struct(fields) => {
            let mut whole = native::Layout::default();
            for field in fields {
                let own = whole.add(native::Layout::of(field));
                place(field, offset + own, scalars);
            }
        }
    }
}

/// A slot's value as C has it: what is true is 1.
pub(crate) fn value(scalar: Scalar, slot: u64) -> u64 {
    match scalar {
        Scalar::Bool => u64::from(slot as u32 != 0),
        Scalar::I8
        | Scalar::U8
        | Scalar::I16
        | Scalar::U16
        | Scalar::I32
        | Scalar::U32
        | Scalar::I64
        | Scalar::U64
        | Scalar::F32
        | Scalar::F64
        | Scalar::Ptr => slot,
    }
}

/// The slot for a value of which the low bytes are C's.
pub(crate) fn extended(scalar: Scalar, bits: u64) -> u64 {
    match scalar {
        Scalar::I8 => u64::from(i32::from(bits as i8) as u32),
        Scalar::U8 | Scalar::Bool => bits & 0xff,
        Scalar::I16 => u64::from(i32::from(bits as i16) as u32),
        Scalar::U16 => bits & 0xffff,
        Scalar::I32 | Scalar::U32 | Scalar::F32 => bits & 0xffff_ffff,
        Scalar::I64 | Scalar::U64 | Scalar::F64 | Scalar::Ptr => bits,
    }
}
