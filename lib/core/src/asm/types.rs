//! The types that a text declares, and types as it writes them.

use crate::diag::codes::text::*;
use crate::isa::{FuncType, IndexSpace, ValType};
use crate::module::builder::TypeId;
use crate::module::{CompositeType, FieldType, StorageType, SubType};
use crate::text::tree::{
    self, Function, Item, Name, Signature, Storage, Type, TypeBody, WrittenType,
};
use crate::verify;

use super::Assembler;
use super::names::Detail;

impl Assembler<'_> {
    /// Declares the names of all types, so that they may be used before they are defined, then the types.
    pub(super) fn declare_types(&mut self, items: &[Item]) {
        let groups = items.iter().filter_map(|item| {
            let Item::Types(types) = item else {
                return None;
            };
            Some(types.as_slice())
        });
        let mut spans = Vec::new();
        let ids = self.module.next_type().0..;
        for (id, ty) in ids.map(TypeId).zip(groups.clone().flatten()) {
            self.declare_name(IndexSpace::Type, ty.name, id.0, Detail::Type(Some(id)));
            spans.push(ty.name.span);
        }
        for group in groups {
            let types: Vec<SubType> = group.iter().map(|ty| self.sub_type(ty)).collect();
            let first = self.module.type_group(types);
            for (id, ty) in (first.0..).zip(group) {
                self.type_names(TypeId(id), ty);
            }
        }
        // Reported here, where the types still are in the order of the text.
        let types = self.module.types();
        for (index, fault) in types.identities().faults(types) {
            let words = verify::type_fault(types, index, fault, &|index| self.type_name(index));
            let span = spans.get(index as usize).copied().unwrap_or_default();
            self.types_are_wrong = true;
            self.report
                .error(words.code, span, words.message)
                .help(words.help);
        }
    }

    /// The name of a declared type.
    pub(super) fn type_name(&self, index: u32) -> String {
        let names = self.spaces.get(IndexSpace::Type);
        match names.entries.get(index as usize) {
            Some(entry) if entry.sym.is_some() => self.show_name(entry.sym),
            _ => format!("#{index}"),
        }
    }

    /// A type as messages show it.
    pub(super) fn type_text(&self, ty: ValType) -> String {
        ty.text(|index| self.type_name(index))
    }

    fn sub_type(&mut self, ty: &Type) -> SubType {
        let supertype = ty.supertype.and_then(|name| self.type_named(name));
        let composite = match &ty.body {
            TypeBody::Signature(signature) | TypeBody::Func(signature) => {
                CompositeType::Func(self.func_type(signature))
            }
            TypeBody::Struct(fields) => {
                CompositeType::Struct(fields.iter().map(|field| self.field(field)).collect())
            }
            TypeBody::Array(element) => CompositeType::Array(self.field(element)),
        };
        let is_final = ty.is_final || matches!(ty.body, TypeBody::Signature(_));
        SubType::new(composite, supertype.map(|ty| ty.0), is_final)
    }

    fn field(&mut self, field: &tree::Field) -> FieldType {
        let storage = match field.storage {
            Storage::I8 => StorageType::I8,
            Storage::I16 => StorageType::I16,
            Storage::Value(ty) => StorageType::Value(self.val_type(ty)),
        };
        FieldType {
            storage,
            is_mutable: field.is_mutable,
        }
    }

    /// The debug names of a type and its fields.
    fn type_names(&mut self, id: TypeId, ty: &Type) {
        let mut known: Vec<Name> = Vec::new();
        if ty.name.sym.is_some() {
            self.check_name(ty.name.sym, ty.name.span, false);
        }
        let fields = match &ty.body {
            TypeBody::Struct(fields) => fields.as_slice(),
            TypeBody::Signature(_) | TypeBody::Func(_) | TypeBody::Array(_) => &[],
        };
        if self.keeps_names() && ty.name.sym.is_some() {
            self.module.type_name(id, self.names.get(ty.name.sym));
        }
        for (number, field) in (0..).zip(fields) {
            let Some(name) = field.name.filter(|name| name.sym.is_some()) else {
                continue;
            };
            self.check_name(name.sym, name.span, false);
            if name.index.is_some_and(|index| index != number) {
                let message =
                    format!("this field has number {number}, not the one that is written");
                self.report.error(&A0021, name.span, message);
            }
            known.push(name);
            let numbers = self.fields.entry((id.0, name.sym)).or_default();
            numbers.push(number);
            if self.keeps_names() {
                self.module.field_name(id, number, self.names.get(name.sym));
            }
        }
        known.sort_by_key(|name| (name.sym, name.span.start));
        for pair in known.windows(2) {
            if pair[0].sym == pair[1].sym && pair[1].index.is_none() {
                let shown = self.show_name(pair[1].sym);
                let message = format!("field `{shown}` is defined twice");
                self.report
                    .error(&A0012, pair[1].span, message)
                    .note("the first definition", pair[0].span);
            }
        }
    }

    /// A type as written. One whose name is unknown, which is reported, is funcref.
    pub(super) fn val_type(&mut self, ty: WrittenType) -> ValType {
        match ty {
            WrittenType::Is(ty) => ty,
            WrittenType::Addr => self.addr,
            WrittenType::Ref(nullable, name) => match self.type_named(name) {
                Some(ty) => ty.reference(nullable),
                None => ValType::FUNCREF,
            },
        }
    }

    fn type_named(&mut self, name: Name) -> Option<TypeId> {
        let entry = self.resolve(IndexSpace::Type, name);
        self.types_are_wrong |= entry.is_none();
        entry.map(|entry| TypeId(entry.handle))
    }

    /// A type of functions as written.
    pub(super) fn func_type(&mut self, signature: &Signature) -> FuncType {
        let mut types = |types: &[WrittenType]| -> Vec<ValType> {
            types.iter().map(|&ty| self.val_type(ty)).collect()
        };
        FuncType::new(&types(&signature.params), &types(&signature.results))
    }

    /// The results of a function.
    pub(super) fn function_results(&mut self, function: &Function) -> Vec<ValType> {
        match &function.results {
            Some(results) => results.iter().map(|&ty| self.val_type(ty)).collect(),
            None => vec![ValType::I64; function.first_return.unwrap_or(0) as usize],
        }
    }

    /// The type that is named, or else that of the signature.
    pub(super) fn signature_type(&mut self, name: Option<Name>, signature: &Signature) -> TypeId {
        let ty = self.func_type(signature);
        self.named_type(name, ty)
    }

    /// The type that is named, which has to have the signature if one is written there too, or else the type of the
    /// signature.
    pub(super) fn named_type(&mut self, name: Option<Name>, ty: FuncType) -> TypeId {
        let Some(name) = name else {
            return self.module.func_type(&ty);
        };
        let Some(id) = self.type_named(name) else {
            return self.module.func_type(&ty);
        };
        if self.module.type_of(id) == Some(&ty) {
            return id;
        }
        let shown = self.show_name(name.sym);
        let message = match self.module.type_of(id) {
            Some(named) => format!(
                "`{shown}` is {}, but {} stands here",
                named.text(|index| self.type_name(index)),
                ty.text(|index| self.type_name(index))
            ),
            None => format!("`{shown}` is not a type of functions"),
        };
        self.report.error(&A0018, name.span, message);
        self.types_are_wrong = true;
        self.module.func_type(&ty)
    }
}
