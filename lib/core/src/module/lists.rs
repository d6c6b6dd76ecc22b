//! The registers in an instruction's list: how many are read and written, and their types.
//!
//! How a list divides follows from a signature, which depends on the instruction: that of a function or type that it
//! names, that of the function in which it stands, or the fields of a type. This is the one place that knows.

use crate::isa::{FuncType, HeapType, Inst, RefType, Role, Signature, ValType};

use super::types::{CompositeType, FieldType, Types};

/// The types of registers side by side in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListTypes<'m> {
    /// These.
    Values(&'m [ValType]),
    /// Those that values of the fields have in registers.
    Fields(&'m [FieldType]),
    /// All the same, so many times.
    Same(ValType, u32),
}

impl<'m> ListTypes<'m> {
    /// No registers.
    pub const NONE: ListTypes<'static> = ListTypes::Values(&[]);

    /// The number of registers.
    pub fn len(self) -> usize {
        match self {
            ListTypes::Values(types) => types.len(),
            ListTypes::Fields(fields) => fields.len(),
            ListTypes::Same(_, count) => count as usize,
        }
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The type of register number `at`, if there are so many.
    pub fn get(self, at: usize) -> Option<ValType> {
        match self {
            ListTypes::Values(types) => types.get(at).copied(),
            ListTypes::Fields(fields) => fields.get(at).map(|field| field.unpacked()),
            ListTypes::Same(ty, count) => (at < count as usize).then_some(ty),
        }
    }

    /// The types, in order.
    pub fn iter(self) -> impl Iterator<Item = ValType> + 'm {
        (0..self.len()).filter_map(move |at| self.get(at))
    }
}

/// The types of the registers in an instruction's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lists<'m> {
    /// Those that are read, which come first.
    pub args: ListTypes<'m>,
    /// Those that are written.
    pub results: ListTypes<'m>,
}

impl<'m> From<(ListTypes<'m>, ListTypes<'m>)> for Lists<'m> {
    fn from((args, results): (ListTypes<'m>, ListTypes<'m>)) -> Self {
        Lists { args, results }
    }
}

impl Lists<'_> {
    /// The registers of `inst` that are read and those that are written. A list that is too short is divided as far as
    /// it goes.
    pub fn divide<'i>(&self, inst: &Inst<'i>) -> (&'i [u16], &'i [u16]) {
        let lanes = inst.registers();
        let (args, rest) = lanes.split_at(self.args.len().min(lanes.len()));
        (args, &rest[..self.results.len().min(rest.len())])
    }
}

/// What the list of an instruction depends on, besides the instruction.
pub trait Surroundings<'m> {
    /// The types of the module.
    fn types(&self) -> &'m Types;

    /// The index of a function's type.
    fn function_type(&self, function: u32) -> Option<u32>;

    /// The type of the function in which the instruction stands.
    fn own_type(&self) -> Option<&'m FuncType>;

    /// The type of a register of that function.
    fn register_type(&self, register: u16) -> Option<ValType>;

    /// The types of the registers in the list of `inst`, none of both where it has no list. None where something that
    /// they depend on does not exist or is of another kind.
    fn lists(&self, inst: &Inst<'_>) -> Option<Lists<'m>> {
        let mut lists = Lists {
            args: ListTypes::NONE,
            results: ListTypes::NONE,
        };
        for operand in inst.operands() {
            if let Role::Args(signature) = operand.role {
                lists.args = self.signature(inst, signature)?.0;
            }
            if let Role::Results(signature) = operand.role {
                lists.results = self.signature(inst, signature)?.1;
            }
        }
        Some(lists)
    }

    /// The registers in the list of `inst` that are read and those that are written; none of both where
    /// [`Surroundings::lists`] has none.
    fn divided<'i>(&self, inst: &Inst<'i>) -> (&'i [u16], &'i [u16]) {
        let lists = self.lists(inst);
        lists.map_or((&[], &[]), |lists| lists.divide(inst))
    }

    /// What a signature means for `inst`: the types of its arguments and of its results.
    fn signature(
        &self,
        inst: &Inst<'_>,
        signature: Signature,
    ) -> Option<(ListTypes<'m>, ListTypes<'m>)> {
        let types = self.types();
        let func = |index: u32| {
            let ty = types.func(index)?;
            let values = ListTypes::Values;
            Some((values(&ty.params), values(&ty.results)))
        };
        let named = || inst.type_index();
        let composite = || Some(&types.get(named())?.composite);
        let new = || {
            let reference = RefType::new(false, HeapType::Defined(named()));
            ListTypes::Same(ValType::Ref(reference), 1)
        };
        match signature {
            Signature::Callee => func(self.function_type(inst.func())?),
            Signature::TypeOperand => func(named()),
            Signature::Register => func(self.register_type(inst.src(0))?.defined()?),
            Signature::Own => Some((
                ListTypes::Values(&self.own_type()?.results),
                ListTypes::NONE,
            )),
            Signature::Fields => match composite()? {
                CompositeType::Struct(fields) => Some((ListTypes::Fields(fields), new())),
                CompositeType::Func(_) | CompositeType::Array(_) => None,
            },
            Signature::Items => match composite()? {
                CompositeType::Array(element) => {
                    let items = ListTypes::Same(element.unpacked(), inst.count());
                    Some((items, new()))
                }
                CompositeType::Func(_) | CompositeType::Struct(_) => None,
            },
        }
    }
}
