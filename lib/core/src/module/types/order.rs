//! The order of types in canonical form: groups by first use, each after those that it refers to.

use std::ops::Range;

use super::{Identity, TypeUse, Types};
use crate::isa::ValType;
use crate::module::NONE;

/// Types as they are used, one after another.
#[doc(hidden)]
pub struct TypeOrder<'t> {
    types: &'t Types,
    identity: Identity,
    /// By type: its group.
    groups: Vec<Range<u32>>,
    /// By type that stands for itself: its new index, [`NONE`] while it is not used.
    new: Vec<u32>,
    /// The types in their new order.
    sorted: Vec<u32>,
}

impl<'t> TypeOrder<'t> {
    /// None where some type refers to one of a later group, or to none, which verifying refuses.
    pub fn new(types: &'t Types) -> Option<TypeOrder<'t>> {
        let mut groups = Vec::with_capacity(types.len());
        for group in types.groups() {
            let range = group.start as u32..group.end as u32;
            let mut rows = types.rows[group.clone()].iter();
            if rows.any(|ty| ty.references().any(|other| other >= range.end)) {
                return None;
            }
            groups.extend(group.map(|_| range.clone()));
        }
        Some(TypeOrder {
            types,
            identity: types.identities(),
            groups,
            new: vec![NONE; types.len()],
            sorted: Vec::new(),
        })
    }

    /// Notes a use; false when there is no such type.
    pub fn seen(&mut self, ty: u32) -> bool {
        if ty as usize >= self.types.len() {
            return false;
        }
        let first = self.identity.first(ty);
        if self.new[first as usize] != NONE {
            return true;
        }
        // Groups that wait for others, each with the references that are still to be followed.
        let mut waiting = vec![self.references(first)];
        while let Some((group, references)) = waiting.last_mut() {
            let (new, groups) = (&self.new, &self.groups);
            let missing = references
                .find(|&other| new[other as usize] == NONE && groups[other as usize] != *group);
            match missing {
                Some(other) => waiting.push(self.references(other)),
                None => {
                    for index in group.clone() {
                        self.new[index as usize] = self.sorted.len() as u32;
                        self.sorted.push(index);
                    }
                    waiting.pop();
                }
            }
        }
        true
    }

    /// Notes what a row names; of a type word the declared type in it, if there is one.
    pub fn seen_use(&mut self, ty: TypeUse) {
        let index = match ty {
            TypeUse::Index(index) => Some(index),
            TypeUse::Word(word) => ValType::from_word(word).and_then(ValType::defined),
        };
        if let Some(index) = index {
            self.seen(index);
        }
    }

    /// The group of a type that stands for itself, and the types, standing for themselves, to which its types refer.
    fn references(&self, ty: u32) -> (Range<u32>, std::vec::IntoIter<u32>) {
        let group = self.groups[ty as usize].clone();
        let rows = &self.types.rows[group.start as usize..group.end as usize];
        let references = rows.iter().flat_map(|ty| ty.references());
        let firsts: Vec<u32> = references.map(|other| self.identity.first(other)).collect();
        (group, firsts.into_iter())
    }

    /// The types in their new order, and by old index the new one, [`NONE`] for types that are not used. None when
    /// everything stays as it is.
    pub fn finish(self) -> Option<(Types, Vec<u32>)> {
        let old = 0..self.types.len() as u32;
        let new: Vec<u32> = old
            .map(|ty| self.new[self.identity.first(ty) as usize])
            .collect();
        if new.iter().enumerate().all(|(old, &new)| new == old as u32) {
            return None;
        }
        let types = self.sorted.iter().map(|&index| {
            let ty = &self.types.rows[index as usize];
            ty.renumbered(|other| new[other as usize])
        });
        Some((types.collect(), new))
    }
}
