//! Linking: from modules to one module ([`link`]), and from a finished module to a program that an
//! engine can run ([`load`]).
//!
//! Both are the same passes: names are resolved, definitions get new numbers, rows and code are
//! put together. `docs/link.md` says what a user can rely on.

pub mod codes;
mod debug;
mod image;
mod layout;
mod load;
mod memory;
mod merge;
mod number;
mod object;
mod resolve;
#[cfg(test)]
mod tests;
mod weak;

use std::collections::HashMap;
use std::sync::Arc;

pub use crate::module::support;
pub use layout::{FIRST_ADDRESS, PAGE};
pub use load::{Program, load};
pub use object::Input;

use crate::diag::{Diagnostic, Errors};
use crate::format::Limits;
use crate::isa::FuncType;
use crate::module::canonical::canonicalise;
use crate::module::{MemoryRow, Module};
use crate::verify::{Options, Verified};

use merge::Merger;
use number::Numbers;
use object::Object;
use resolve::Resolver;

/// What is said about the result in `producer`.
const PRODUCER: &str = concat!("vbc-link ", env!("CARGO_PKG_VERSION"));

/// Links modules into one, in canonical form.
///
/// The result is a program when an input has an entry, and then every symbol must be defined, `vbc.*`
/// and weak ones excepted. Without an entry it is an object, which may keep undefined symbols.
///
/// # Errors
///
/// What cannot be resolved or joined, L0001 to L0099.
pub fn link(inputs: &[Input], limits: &Limits) -> Result<Verified, Errors> {
    let mut objects: Vec<Object<'_>> = inputs
        .iter()
        .map(|input| Object::new(input.name.clone(), &input.module))
        .collect();
    let undefined = match inputs.iter().any(|input| input.module.entry.is_some()) {
        true => Undefined::Support,
        false => Undefined::All,
    };
    let mut module = combine(&mut objects, limits, undefined)?;
    module.producer = PRODUCER.to_owned();
    // Code that cannot be walked is not valid either, which is said next.
    let _ = canonicalise(&mut module);
    let options = Options {
        limits: limits.clone(),
        ..Options::default()
    };
    Verified::new(module, &options).map_err(|rejected| rejected.into_errors(&Arc::from("<result>")))
}

/// Which symbols may be left undefined.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Undefined {
    /// Any.
    All,
    /// Support routines and weak symbols.
    Support,
    /// None at all.
    None,
}

/// The passes of linking, up to a module that is not yet in canonical form.
fn combine(
    objects: &mut [Object<'_>],
    limits: &Limits,
    undefined: Undefined,
) -> Result<Module, Errors> {
    let types = join_types(objects);
    let mut resolver = Resolver::new(objects, &types);
    resolver.run();
    resolver.check_undefined(undefined);
    let memory = memory::merge(&mut resolver);
    stop_at_errors(&mut resolver.errors)?;
    let numbers = Numbers::new(&mut resolver, limits);
    stop_at_errors(&mut resolver.errors)?;
    let imports = std::mem::take(&mut resolver.imports);
    finish(objects, &numbers, &imports, types, memory, limits)
}

fn finish(
    objects: &[Object<'_>],
    numbers: &Numbers,
    imports: &[resolve::Wanted],
    types: Vec<FuncType>,
    memory: Option<MemoryRow>,
    limits: &Limits,
) -> Result<Module, Errors> {
    let module = Merger::new(objects, numbers)
        .run(imports, types, memory)
        .map_err(Errors)?;
    for (what, rows) in [
        ("type", module.types.len()),
        ("import", module.imports.len()),
        ("export", module.exports.len()),
        ("symbol", module.symbols.len()),
    ] {
        if rows as u64 > limits.rows {
            return Err(number::too_many(what, limits.rows).into());
        }
    }
    Ok(module)
}

/// The types of all inputs without repetition; each input learns their new numbers.
fn join_types(objects: &mut [Object<'_>]) -> Vec<FuncType> {
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

fn stop_at_errors(errors: &mut Vec<Diagnostic>) -> Result<(), Errors> {
    match errors.is_empty() {
        true => Ok(()),
        false => Err(Errors(std::mem::take(errors))),
    }
}
