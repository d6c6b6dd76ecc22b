//! Constants, and where fields are.

use gimli::UnitOffset;

use vbc_core::module::native::Scalar;
use vbc_core::text::float_text;

use crate::Failure;
use crate::convert::number;
use crate::object::Object;
use crate::types::{Node, TypeId, Types};
use crate::write::Text;

/// Structs in structs that are looked into.
const NESTED: usize = 100;
/// Fields of a struct with those of structs in it.
const FIELDS: usize = 100_000;

/// Writes the constant that a variable holds as `name`; the reason if it cannot be written.
///
/// # Errors
///
/// B0008.
pub fn write(
    text: &mut Text,
    name: &str,
    variable: &str,
    object: &Object<'_>,
    types: &Types<'_>,
) -> Result<Result<(), String>, Failure> {
    let node = types.peel(types.variable(variable)?)?.node;
    if object.address(variable).is_some() {
        return Ok(Err("it is the address of something".to_owned()));
    }
    let Some(bytes) = object.datum(variable) else {
        return Ok(Err("it has no value".to_owned()));
    };
    let ty = match node {
        Node::Base {
            encoding,
            size,
            name,
            is_partial,
        } => match number(encoding, size).filter(|_| !is_partial) {
            Some(ty) => ty,
            None => return Ok(Err(format!("it is a `{name}`"))),
        },
        Node::Enum {
            size: Some(size),
            signed,
            ..
        } => match Scalar::integer(size, signed) {
            Some(ty) => ty,
            None => return Ok(Err("it is not a number or a text".to_owned())),
        },
        Node::Pointer(_) => Scalar::Ptr,
        Node::Array {
            is_vector: false, ..
        } => {
            text.data(name, &bytes);
            return Ok(Ok(()));
        }
        Node::Struct { word, .. } => return Ok(Err(format!("it is a {word}"))),
        _ => return Ok(Err("it is not a number or a text".to_owned())),
    };
    let mut word = [0; 8];
    let count = bytes.len().min(8);
    word[..count].copy_from_slice(&bytes[..count]);
    let bits = u64::from_le_bytes(word);
    match ty {
        Scalar::Ptr if bits != 0 => {
            let value = (bits as i64).to_string();
            text.global(name, "i64", &value, Some("a pointer"));
        }
        _ => text.global(name, &ty.val_type().to_string(), &value(ty, bits), None),
    }
    Ok(Ok(()))
}

/// A value with these bits, as the text form writes it.
fn value(ty: Scalar, bits: u64) -> String {
    match ty {
        Scalar::I8 => (bits as i8).to_string(),
        Scalar::I16 => (bits as i16).to_string(),
        Scalar::I32 => (bits as i32).to_string(),
        Scalar::I64 => (bits as i64).to_string(),
        Scalar::U8 | Scalar::U16 | Scalar::U32 | Scalar::U64 | Scalar::Bool => bits.to_string(),
        Scalar::F32 | Scalar::F64 => float_text(ty.val_type(), bits),
        Scalar::Ptr => "null".to_owned(),
    }
}

/// Writes the size of a struct or a union and the offsets of its fields; returns those that have none, each with the
/// reason.
///
/// # Errors
///
/// B0008.
pub fn write_layout(
    text: &mut Text,
    (prefix, name): (&str, &str),
    (id, size): (UnitOffset, u64),
    types: &Types<'_>,
) -> Result<Vec<(String, String)>, Failure> {
    text.global(
        &format!("{prefix}sizeof.{name}"),
        "addr",
        &size.to_string(),
        None,
    );
    let mut fields = Fields {
        text,
        prefix,
        types,
        left_out: Vec::new(),
        count: 0,
    };
    fields.write(id, name, 0, NESTED)?;
    Ok(fields.left_out)
}

struct Fields<'a, 't, 's> {
    text: &'t mut Text,
    prefix: &'a str,
    types: &'a Types<'s>,
    left_out: Vec<(String, String)>,
    count: usize,
}

impl Fields<'_, '_, '_> {
    fn write(
        &mut self,
        id: UnitOffset,
        path: &str,
        base: u64,
        nested: usize,
    ) -> Result<(), Failure> {
        for member in self.types.members(id)? {
            self.count += 1;
            if self.count > FIELDS || nested == 0 {
                return Err(crate::failure(
                    &vbc_core::diag::codes::bind::B0008,
                    "the debug information makes no sense: a struct is inside of itself",
                ));
            }
            let inner = self.inner(member.ty)?;
            let offset = base.saturating_add(member.offset);
            let Some(name) = &member.name else {
                // A nameless struct or union, whose fields are called as if they were the outer one's.
                if let Some(inner) = inner {
                    self.write(inner, path, offset, nested - 1)?;
                }
                continue;
            };
            let path = format!("{path}.{name}");
            if let Some(bits) = member.bits {
                let reason = format!("a bit field of {bits} bits has no offset");
                self.text.comment(&format!("{path}: {reason}"));
                self.left_out.push((path, reason));
                continue;
            }
            let shown = self.types.shown(member.ty, "")?;
            let full = format!("{}{path}", self.prefix);
            self.text
                .global(&full, "addr", &offset.to_string(), Some(&shown));
            if let Some(inner) = inner {
                self.write(inner, &path, offset, nested - 1)?;
            }
        }
        Ok(())
    }

    /// The struct or union that a field is.
    fn inner(&self, ty: TypeId) -> Result<Option<UnitOffset>, Failure> {
        Ok(match self.types.peel(ty)?.node {
            Node::Struct { id, .. } => Some(id),
            _ => None,
        })
    }
}
