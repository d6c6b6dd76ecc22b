//! Which declared types are the same, and which are subtypes of which.
//!
//! Identity is WebAssembly's (iso-recursive): groups of equal shape are equal, place by place. One pass in index order
//! gives each row the index of the first row that is the same type, which stands for all of them.
//!
//! Declared subtyping is a forest. Numbering it in preorder makes the subtypes of a type an interval, so that a
//! question takes two comparisons and the answers four bytes a type and two numbers, however deep the forest is.

use std::collections::HashMap;
use std::ops::Range;

use foldhash::fast::RandomState;

use super::{CompositeType, FieldType, StorageType, SubType, Types};
use crate::isa::{FuncType, HeapType, MUTABLE_FIELD, RefType, ValType};
use crate::module::NONE;

/// Supers above a type, at most.
pub(crate) const DEPTH: u8 = 63;

/// What is the same and what is a subtype, for the types of one module.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// By type: the first that is the same.
    first: Vec<u32>,
    /// By type: where its subtypes, itself included, begin and end in preorder.
    subtypes: Vec<(u32, u32)>,
    /// By type: the abstract type that it belongs to.
    heap: Vec<HeapType>,
}

/// What is wrong with a type's group or super.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeFault {
    /// It is the first of all and does not begin a group.
    NoGroup,
    /// It refers to the type with this index, which lies in a later group or is not there.
    Later(u32),
    /// It is its own super.
    SuperItself,
    /// Its super does not come before it.
    SuperLater(u32),
    /// Its super is final.
    SuperFinal(u32),
    /// Its super is another kind of type.
    SuperKind(u32),
    /// More than 63 types lie above it.
    Depth,
    /// It does not have what its super has.
    Mismatch(u32),
}

impl Identity {
    pub(super) fn of(types: &Types) -> Identity {
        let mut first: Vec<u32> = Vec::with_capacity(types.len());
        let mut shapes = Shapes::default();
        for group in types.groups() {
            let start = group.start as u32;
            let rows = &types.rows[group];
            let same = shapes.first(rows, start, &first, || start);
            first.extend(same..same + rows.len() as u32);
        }
        Identity::with_firsts(types, first)
    }

    /// Of types among which no two are the same.
    pub(super) fn of_distinct(types: &Types) -> Identity {
        Identity::with_firsts(types, (0..types.len() as u32).collect())
    }

    fn with_firsts(types: &Types, first: Vec<u32>) -> Identity {
        Identity {
            subtypes: preorder(types, &first),
            heap: types.iter().map(|ty| ty.composite.heap()).collect(),
            first,
        }
    }

    /// The first type that is the same as type `index`, which stands for it; the index itself where there is no such
    /// type.
    pub fn first(&self, index: u32) -> u32 {
        self.first.get(index as usize).copied().unwrap_or(index)
    }

    /// For all types, in their order, the first that is the same.
    pub fn firsts(&self) -> &[u32] {
        &self.first
    }

    /// Whether two declared types are the same, or the first is declared a subtype of the second, directly or not.
    pub fn is_declared_subtype(&self, sub: u32, of: u32) -> bool {
        let (sub, of) = (self.first(sub) as usize, self.first(of) as usize);
        match (self.subtypes.get(sub), self.subtypes.get(of)) {
            (Some(&(at, _)), Some(&(start, end))) => start <= at && at < end,
            _ => false,
        }
    }

    /// The places of a type and of its subtypes in an order in which the subtypes of each type follow it: that of the
    /// type itself comes first. Types that are the same have the same. Empty where there is no such type.
    pub fn subtypes(&self, index: u32) -> Range<u32> {
        let interval = self.subtypes.get(self.first(index) as usize);
        interval.map_or(0..0, |&(start, end)| start..end)
    }

    /// Whether two types are the same.
    pub fn is_same(&self, a: ValType, b: ValType) -> bool {
        let first = |ty: ValType| ty.renumbered(|index| self.first(index));
        first(a) == first(b)
    }

    /// The abstract type of everything in the hierarchy of `heap`.
    pub fn top(&self, heap: HeapType) -> HeapType {
        use HeapType::*;
        match heap {
            Defined(index) => match self.heap.get(index as usize) {
                Some(Func) => Func,
                _ => Any,
            },
            Func | NoFunc => Func,
            Extern | NoExtern => Extern,
            Exn | NoExn => Exn,
            Any | Eq | I31 | Struct | Array | None => Any,
        }
    }

    /// Whether what one field or array holds may be copied to another: the same if packed, else a subtype.
    pub fn is_copyable(&self, from: FieldType, to: FieldType) -> bool {
        match (from.storage, to.storage) {
            (StorageType::Value(from), StorageType::Value(to)) => self.is_subtype(from, to),
            (from, to) => from == to,
        }
    }

    /// Whether every value of type `sub` is one of type `of`.
    pub fn is_subtype(&self, sub: ValType, of: ValType) -> bool {
        match (sub, of) {
            _ if sub == of => true,
            (ValType::Ref(sub), ValType::Ref(of)) => self.is_ref_subtype(sub, of),
            _ => false,
        }
    }

    fn is_ref_subtype(&self, sub: RefType, of: RefType) -> bool {
        (of.is_nullable() || !sub.is_nullable()) && self.is_heap_subtype(sub.heap(), of.heap())
    }

    fn is_heap_subtype(&self, sub: HeapType, of: HeapType) -> bool {
        use HeapType::*;
        let heap = |index: u32| self.heap.get(index as usize).copied();
        match (sub, of) {
            (Defined(sub), Defined(of)) => self.is_declared_subtype(sub, of),
            (Defined(sub), _) => heap(sub).is_some_and(|sub| self.is_heap_subtype(sub, of)),
            (None, Defined(of)) => heap(of).is_some_and(|of| of != Func),
            (NoFunc, Defined(of)) => heap(of) == Some(Func),
            (None, Any | Eq | I31 | Struct | Array) => true,
            (I31 | Struct | Array, Eq | Any) | (Eq, Any) => true,
            (NoFunc, Func) | (NoExtern, Extern) | (NoExn, Exn) => true,
            _ => sub == of,
        }
    }

    fn is_storage_subtype(&self, sub: FieldType, of: FieldType) -> bool {
        let same = |sub, of| match (sub, of) {
            (StorageType::Value(sub), StorageType::Value(of)) => self.is_same(sub, of),
            _ => sub == of,
        };
        match (sub.is_mutable, of.is_mutable) {
            (true, true) => same(sub.storage, of.storage),
            (false, false) => self.is_copyable(sub, of),
            _ => false,
        }
    }

    /// Whether functions of type `sub` can be used as functions of type `of`: they take as much and return as little.
    pub fn is_func_subtype(&self, sub: &FuncType, of: &FuncType) -> bool {
        let all = |subs: &[ValType], ofs: &[ValType]| {
            let mut pairs = subs.iter().zip(ofs);
            subs.len() == ofs.len() && pairs.all(|(&sub, &of)| self.is_subtype(sub, of))
        };
        all(&of.params, &sub.params) && all(&sub.results, &of.results)
    }

    /// Whether a type has what its super has.
    fn matches(&self, sub: &CompositeType, of: &CompositeType) -> bool {
        match (sub, of) {
            (CompositeType::Func(sub), CompositeType::Func(of)) => self.is_func_subtype(sub, of),
            (CompositeType::Struct(_), CompositeType::Struct(_))
            | (CompositeType::Array(_), CompositeType::Array(_)) => {
                let (sub, of) = (sub.fields(), of.fields());
                let mut pairs = sub.iter().zip(of);
                sub.len() >= of.len() && pairs.all(|(&sub, &of)| self.is_storage_subtype(sub, of))
            }
            _ => false,
        }
    }

    /// What is wrong with the groups and supers of types, each with the index of its type. Linear in the types' size.
    pub fn faults(&self, types: &Types) -> Vec<(u32, TypeFault)> {
        let mut faults = Vec::new();
        let mut depths = vec![0_u8; types.len()];
        if types.get(0).is_some_and(|ty| !ty.starts_group) {
            faults.push((0, TypeFault::NoGroup));
        }
        for group in types.groups() {
            let end = group.end as u32;
            for index in group {
                let ty = &types.rows[index];
                let mut words = ty.references().skip(ty.supertype.iter().len());
                if let Some(later) = words.find(|&other| other >= end) {
                    faults.push((index as u32, TypeFault::Later(later)));
                }
                let fault = ty.supertype.and_then(|of| {
                    let fault = self.super_fault(types, index as u32, of);
                    if fault.is_none() {
                        depths[index] = depths[of as usize].saturating_add(1);
                    }
                    fault.or((depths[index] > DEPTH).then_some(TypeFault::Depth))
                });
                faults.extend(fault.map(|fault| (index as u32, fault)));
            }
        }
        faults
    }

    fn super_fault(&self, types: &Types, index: u32, of: u32) -> Option<TypeFault> {
        let (Some(ty), Some(above)) = (types.get(index), types.get(of).filter(|_| of < index))
        else {
            let itself = of == index;
            return Some(if itself {
                TypeFault::SuperItself
            } else {
                TypeFault::SuperLater(of)
            });
        };
        if above.is_final {
            Some(TypeFault::SuperFinal(of))
        } else if ty.composite.kind() != above.composite.kind() {
            Some(TypeFault::SuperKind(of))
        } else if !self.matches(&ty.composite, &above.composite) {
            Some(TypeFault::Mismatch(of))
        } else {
            None
        }
    }
}

/// Groups by their shapes.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    known: HashMap<Box<[u32]>, u32, RandomState>,
    key: Vec<u32>,
}

impl Shapes {
    /// The index of the first of the first group that has the shape of `rows`: what `new` returns where there is none
    /// yet. The rows begin at `start`; which of the rows before it are the same types is in `firsts`.
    pub fn first(
        &mut self,
        rows: &[SubType],
        start: u32,
        firsts: &[u32],
        new: impl FnOnce() -> u32,
    ) -> u32 {
        self.key.clear();
        for ty in rows {
            shape(ty, start, firsts, &mut self.key);
        }
        match self.known.get(&*self.key) {
            Some(&first) => first,
            None => *self
                .known
                .entry(self.key.as_slice().into())
                .or_insert_with(new),
        }
    }
}

/// Appends what makes a row the type that it is: a reference inside the group by its place there, one to another group
/// by the type that stands for it.
fn shape(ty: &SubType, start: u32, first: &[u32], key: &mut Vec<u32>) {
    /// A kind that no type word has: the next word is a place in the group.
    const OWN: u32 = 0;
    let index = |index: u32| match first.get(index as usize) {
        Some(&first) => (false, first),
        // A wrapped place is not one that a group can have; such a type is refused.
        None => (true, index.wrapping_sub(start)),
    };
    let (kind, a, b) = ty.composite.header();
    let supertype = ty.supertype.map(index);
    let (inside, above) = supertype.unwrap_or((false, NONE));
    let flags = kind | u32::from(ty.is_final) << 2 | u32::from(inside) << 3;
    key.extend([flags, above, a as u32, b as u32]);
    for word in ty.composite.words() {
        let (mutable, value) = (
            word & MUTABLE_FIELD,
            ValType::from_word(word & !MUTABLE_FIELD),
        );
        let defined = value.and_then(ValType::defined);
        match (value, defined.map(index)) {
            (Some(value), Some((inside, place))) => {
                key.extend(inside.then_some(OWN));
                key.push(value.renumbered(|_| place).word() | mutable);
            }
            _ => key.push(word),
        }
    }
}

/// By type: the interval of its declared subtypes in preorder of the forest, in which supers stand for themselves.
fn preorder(types: &Types, first: &[u32]) -> Vec<(u32, u32)> {
    // Supers come before their subtypes, so sizes are summed from the last to the first.
    let above = |index: usize| {
        let of = types.rows[index].supertype?;
        let of = *first.get(of as usize)? as usize;
        (of < index).then_some(of)
    };
    let mut sizes = vec![1_u32; types.len()];
    for index in (0..types.len()).rev() {
        if let Some(of) = above(index) {
            sizes[of] += sizes[index];
        }
    }
    // Each takes the next free part of its super's interval.
    let mut intervals = Vec::with_capacity(types.len());
    let mut free = vec![0_u32; types.len()];
    let mut end = 0;
    for index in 0..types.len() {
        let start = match above(index) {
            Some(of) => &mut free[of],
            None => &mut end,
        };
        let start = std::mem::replace(start, *start + sizes[index]);
        intervals.push((start, start + sizes[index]));
        free[index] = start + 1;
    }
    intervals
}
