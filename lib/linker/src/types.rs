//! The types of the result.

use vbc_core::isa::{IndexSpace, ValType};
use vbc_core::module::{Identity, Kind, NONE, TypeInterner, TypeOrder, TypeUse, Types};

use super::object::Object;
use super::parallel;
use super::resolve::Wanted;

/// The types of all inputs, each once.
pub(super) struct Joined {
    pub types: Types,
    pub identity: Identity,
    /// What messages call each type; empty where no input has references to declared types.
    names: Vec<String>,
}

/// Puts the types of all inputs together; each input learns their new numbers.
pub(super) fn join(objects: &mut [Object<'_>]) -> Joined {
    let mut interner = TypeInterner::default();
    for object in objects.iter_mut() {
        object.types = interner.add(&object.module.types);
    }
    let (types, identity) = interner.finish();
    let names = match types.are_managed() {
        true => names(objects, types.len()),
        false => Vec::new(),
    };
    Joined {
        types,
        identity,
        names,
    }
}

/// By type, what the first input that has it calls it.
fn names(objects: &[Object<'_>], count: usize) -> Vec<String> {
    let mut names = vec![String::new(); count];
    for object in objects {
        for (index, &new) in (0..).zip(&object.types) {
            if let Some(name) = names.get_mut(new as usize)
                && name.is_empty()
            {
                *name = object.module.type_name(index);
            }
        }
    }
    names
}

impl Joined {
    fn name(&self, index: u32) -> String {
        let name = self.names.get(index as usize);
        name.cloned().unwrap_or_else(|| format!("#{index}"))
    }

    /// A type as messages show it.
    pub fn text(&self, ty: ValType) -> String {
        ty.text(|index| self.name(index))
    }

    /// A type of functions, by its index, as messages show it.
    pub fn func_text(&self, index: u32) -> String {
        let ty = self.types.func(index);
        ty.map_or_else(String::new, |ty| ty.text(|index| self.name(index)))
    }
}

/// Brings the types into the order in which rows and code first use them, as the canonical form has them, and leaves
/// out what nothing uses; each input learns their new numbers.
pub(super) fn order(objects: &mut [Object<'_>], imports: &mut [Wanted], types: Types) -> Types {
    let Some(mut order) = TypeOrder::new(&types) else {
        return types;
    };
    for ty in imports.iter().filter_map(|wanted| wanted.row.type_use()) {
        order.seen_use(ty);
    }
    // Each kind of all inputs before the next kind, as the sections of the result are.
    for object in &*objects {
        for (_, row) in object.kept(Kind::Table, &object.module.tables) {
            order.seen_use(TypeUse::Word(object.new_word(row.elem)));
        }
    }
    for object in &*objects {
        for (_, row) in object.kept(Kind::Global, &object.module.globals) {
            order.seen_use(TypeUse::Word(object.new_word(row.ty)));
        }
    }
    for object in &*objects {
        for (_, row) in object.kept(Kind::Tag, &object.module.tags) {
            order.seen(object.new_type(row.ty));
        }
    }
    for object in &*objects {
        for (_, row) in object.kept(Kind::Func, &object.module.functions) {
            order.seen(object.new_type(row.ty));
        }
    }
    for object in &*objects {
        for (defined, _) in object.kept(Kind::Func, &object.module.functions) {
            for run in object.module.function_runs(defined) {
                order.seen_use(TypeUse::Word(object.new_word(run.ty)));
            }
        }
    }
    for object in &*objects {
        for (segment, row) in object.module.elements.iter().enumerate() {
            if object.keeps_element(segment) {
                order.seen_use(TypeUse::Word(object.new_word(row.elem)));
            }
        }
    }
    for used in parallel::map(objects, |_, object| used_in_code(object)) {
        for ty in used {
            order.seen(ty);
        }
    }
    let Some((sorted, new)) = order.finish() else {
        return types;
    };
    let index = |ty: u32| new.get(ty as usize).copied().unwrap_or(NONE);
    for object in objects {
        for ty in &mut object.types {
            *ty = index(*ty);
        }
    }
    for wanted in imports {
        wanted.row.renumber_type(index);
    }
    sorted
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
