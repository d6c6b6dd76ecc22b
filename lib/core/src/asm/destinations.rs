//! The types that destinations get.

use crate::isa::{HeapType, RefType, Ty, ValType};
use crate::module::{CompositeType, FieldType};

use super::Assembler;
use super::instruction::Facts;

impl Assembler<'_> {
    /// The type that a destination gets; none where what it depends on is wrong, which the verifier reports.
    pub(super) fn type_of(&self, ty: Ty, facts: &Facts) -> Option<ValType> {
        let table = |at: u8| facts.tables.get(usize::from(at)).copied();
        let source = match facts.source {
            Some(ValType::Ref(ty)) => Some(ty),
            _ => None,
        };
        let composite = |index: u32| {
            let ty = self.module.types().get(index)?;
            Some(&ty.composite)
        };
        let object = || composite(source?.defined()?);
        let element = |ty: Option<&CompositeType>| match ty {
            Some(CompositeType::Array(element)) => Some(element.unpacked()),
            _ => None,
        };
        match ty {
            Ty::Is(ty) => Some(ty),
            Ty::Any => facts.any,
            Ty::AnyRef | Ty::Nullable | Ty::OfFunction => Some(ValType::FUNCREF),
            Ty::Addr => Some(self.addr),
            Ty::GlobalType => facts.global,
            Ty::TableElem(at) => table(at).map(|(elem, _)| elem),
            Ty::TableIndex(at) => table(at).map(|(_, index)| index),
            Ty::NonNull => source.map(|ty| ValType::Ref(ty.not_null())),
            Ty::AsNullable(ValType::Ref(ty)) => Some(match source {
                Some(source) if !source.is_nullable() => ValType::Ref(ty.not_null()),
                _ => ValType::Ref(ty),
            }),
            Ty::RefOperand => facts.ref_type.map(ValType::Ref),
            Ty::NewStruct | Ty::NewArray => {
                let heap = HeapType::Defined(facts.ty?);
                Some(ValType::Ref(RefType::new(false, heap)))
            }
            Ty::FieldType => {
                let fields = object()?.fields();
                let field = fields.get(usize::from(facts.field?));
                field.copied().map(FieldType::unpacked)
            }
            Ty::Element => element(object()),
            Ty::ElementOfType => element(composite(facts.ty?)),
            // Only sources are of these types.
            Ty::TableLen
            | Ty::Result
            | Ty::Reference
            | Ty::AsNullable(_)
            | Ty::SameTop
            | Ty::Struct
            | Ty::Array
            | Ty::ByteArray
            | Ty::Function => None,
        }
    }
}
