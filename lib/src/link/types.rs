//! The function types of the result.

use std::collections::HashMap;

use crate::isa::FuncType;

use super::object::Object;

/// The types of all inputs without repetition; each input learns their new numbers.
pub(super) fn join(objects: &mut [Object<'_>]) -> Vec<FuncType> {
    let mut types: Vec<FuncType> = Vec::new();
    let mut index: HashMap<&FuncType, u32> = HashMap::new();
    for object in objects {
        object.types = object
            .module
            .types
            .iter()
            .map(|ty| {
                *index.entry(ty).or_insert_with(|| {
                    types.push(ty.clone());
                    types.len() as u32 - 1
                })
            })
            .collect();
    }
    types
}
