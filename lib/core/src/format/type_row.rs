//! Rows of the section TYPE.

use bytemuck::{Pod, Zeroable};

use super::container::over;
use crate::diag::Code;
use crate::diag::codes::format::*;
use crate::isa::{FuncType, ValType};
use crate::module::{CompositeType, FieldType, Limits, NONE, SubType};

/// A row as it lies in the file.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(super) struct TypeRow {
    /// Where its type words begin in the pool.
    pub first: u32,
    /// Parameters of a function, fields of the others.
    a: u16,
    /// Results of a function.
    b: u16,
    flags: u32,
    supertype: u32,
}

const FUNC: u32 = CompositeType::FUNC;
const STRUCT: u32 = CompositeType::STRUCT;
const ARRAY: u32 = CompositeType::ARRAY;
const KIND: u32 = 3;
const FINAL: u32 = 4;
const STARTS_GROUP: u32 = 8;

impl TypeRow {
    /// The row of a type whose words begin at `first` of the pool.
    pub fn of(ty: &SubType, first: u32) -> TypeRow {
        let (kind, a, b) = ty.composite.header();
        let flag = |is_set: bool, flag: u32| if is_set { flag } else { 0 };
        TypeRow {
            first,
            a: a as u16,
            b: b as u16,
            flags: kind | flag(ty.is_final, FINAL) | flag(ty.starts_group, STARTS_GROUP),
            supertype: ty.supertype.unwrap_or(NONE),
        }
    }

    /// The number of its words in the pool.
    pub fn words(&self) -> usize {
        usize::from(self.a) + usize::from(self.b)
    }

    /// What is wrong with the row itself, as row number `number`: where in it, the code and the words for it.
    pub fn fault(&self, number: usize, limits: &Limits) -> Option<(usize, &'static Code, String)> {
        let what = format!("type {number}");
        let kind = self.flags & KIND;
        let (most, counted, limit) = match kind {
            FUNC => (self.a.max(self.b), "parameters or results", limits.values),
            _ => (self.a, "fields", limits.fields),
        };
        if self.flags & !(KIND | FINAL | STARTS_GROUP) != 0 {
            let message = format!("reserved fields of {what} are not zero");
            return Some((8, &V0007, message));
        }
        if u64::from(most) > limit {
            return Some((4, &V0017, over(&what, most.into(), counted, limit)));
        }
        let fits = match kind {
            FUNC => true,
            STRUCT => self.b == 0,
            ARRAY => (self.a, self.b) == (1, 0),
            _ => {
                return Some((
                    8,
                    &V0026,
                    format!("{what} has kind {kind}, which is not known"),
                ));
            }
        };
        let message = || {
            format!(
                "{what} has {} and {} words, which its kind cannot have",
                self.a, self.b
            )
        };
        (!fits).then(|| (4, &V0026, message()))
    }

    /// The type, from its words in the pool; or the number of the first word that is not that of a
    /// type.
    pub fn read(&self, words: &[u32]) -> Result<SubType, usize> {
        let values = |words: &[u32], first: usize| -> Result<Box<[ValType]>, usize> {
            let types = words.iter().enumerate();
            let types = types.map(|(at, &word)| ValType::from_word(word).ok_or(first + at));
            types.collect()
        };
        let fields = || -> Result<Box<[FieldType]>, usize> {
            let fields = words.iter().enumerate();
            let fields = fields.map(|(at, &word)| FieldType::from_word(word).ok_or(at));
            fields.collect()
        };
        let composite = match self.flags & KIND {
            FUNC => {
                let (params, results) = words.split_at(words.len().min(self.a.into()));
                CompositeType::Func(FuncType {
                    params: values(params, 0)?,
                    results: values(results, params.len())?,
                })
            }
            ARRAY if words.len() == 1 => CompositeType::Array(fields()?[0]),
            // A row of another kind has been refused.
            _ => CompositeType::Struct(fields()?),
        };
        Ok(SubType {
            composite,
            is_final: self.flags & FINAL != 0,
            supertype: (self.supertype != NONE).then_some(self.supertype),
            starts_group: self.flags & STARTS_GROUP != 0,
        })
    }
}
