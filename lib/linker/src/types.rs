//! The function types of the result.

use std::collections::HashMap;

use vbc_core::isa::{FuncType, IndexSpace};
use vbc_core::module::{Kind, NONE};

use super::object::Object;
use super::parallel;
use super::resolve::Wanted;

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

/// Brings the types into the order in which imports, functions and code first use them, as the canonical form
/// has them, and leaves out what nothing uses; each input learns their new numbers.
pub(super) fn order(
    objects: &mut [Object<'_>],
    imports: &mut [Wanted],
    types: &[FuncType],
) -> Vec<FuncType> {
    let mut order = Order {
        new: vec![NONE; types.len()],
        types,
        sorted: Vec::new(),
    };
    let functions = imports.iter_mut();
    for wanted in functions.filter(|wanted| wanted.row.kind() == Some(Kind::Func)) {
        wanted.row.ty = order.seen(wanted.row.ty);
    }
    for object in &*objects {
        for (defined, row) in object.module.functions.iter().enumerate() {
            if object.keeps(Kind::Func, defined) {
                order.seen(object.new_type(row.ty));
            }
        }
    }
    for used in parallel::map(objects, |_, object| used_in_code(object)) {
        for ty in used {
            order.seen(ty);
        }
    }
    let Order { new, sorted, .. } = order;
    for object in objects {
        for ty in &mut object.types {
            *ty = new.get(*ty as usize).copied().unwrap_or(NONE);
        }
    }
    sorted
}

struct Order<'t> {
    types: &'t [FuncType],
    new: Vec<u32>,
    sorted: Vec<FuncType>,
}

impl Order<'_> {
    /// Notes a use, and gives the new number.
    fn seen(&mut self, ty: u32) -> u32 {
        let Some(new) = self.new.get_mut(ty as usize) else {
            return NONE;
        };
        if *new == NONE {
            *new = self.sorted.len() as u32;
            self.sorted.push(self.types[ty as usize].clone());
        }
        *new
    }
}

/// The types that the code of an input uses, in the order of first use.
fn used_in_code(object: &Object<'_>) -> Vec<u32> {
    let mut used = Vec::new();
    let mut seen = vec![false; object.types.len()];
    let functions = 0..object.module.functions.len();
    for defined in functions.filter(|&defined| object.keeps(Kind::Func, defined)) {
        object.refers_to(defined, |space, index| {
            if space == IndexSpace::Type
                && let Some(seen) = seen.get_mut(index as usize)
                && !std::mem::replace(seen, true)
            {
                used.push(object.new_type(index));
            }
        });
    }
    used
}
