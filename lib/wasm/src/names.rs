//! The name section.

use wasm_encoder::{IndirectNameMap, NameMap, NameSection};

use super::environment::Environment;
use super::function::Compiled;
use super::plan::{ImportedFunction, Plan};
use super::wasi;
use vbc_core::module::{Kind, NameSpace};

/// Engines take no longer ones.
const LONGEST: usize = 100_000;

/// What functions, locals, globals and so on are called.
pub(super) fn section(
    env: &Environment<'_>,
    plan: &Plan,
    bodies: &[Compiled],
    has_memory: bool,
) -> NameSection {
    let mut section = NameSection::new();
    add(functions(env, plan), |names| section.functions(names));
    if let Some(locals) = locals(env, plan, bodies) {
        section.locals(&locals);
    }
    add(defined(env, NameSpace::Table), |names| {
        section.tables(names)
    });
    let mut memories = defined(env, NameSpace::Memory);
    if plan.layout.two && has_memory {
        memories.append(plan.layout.io(), "wasi");
    }
    add(memories, |names| section.memories(names));
    let mut globals = defined(env, NameSpace::Global);
    for (at, state) in (env.spaces.count(Kind::Global)..).zip(&plan.state) {
        globals.append(at, state.name());
    }
    add(globals, |names| section.globals(names));
    let mut elements = NameMap::new();
    for index in 0..env.module.elements.len() as u32 {
        append(
            &mut elements,
            index,
            env.module.debug_name(NameSpace::Elem, 0, index),
        );
    }
    add(elements, |names| section.elements(names));
    section
}

fn add(names: NameMap, put: impl FnOnce(&NameMap)) {
    if !names.is_empty() {
        put(&names);
    }
}

fn append(names: &mut NameMap, index: u32, name: Option<&str>) {
    if let Some(name) = name.filter(|name| !name.is_empty() && name.len() <= LONGEST) {
        names.append(index, name);
    }
}

fn functions(env: &Environment<'_>, plan: &Plan) -> NameMap {
    let module = env.module;
    let mut names = NameMap::new();
    for (index, import) in (0..).zip(&plan.imports) {
        let name = match import {
            ImportedFunction::Row(row) => {
                let row = &module.imports[*row];
                format!(
                    "{}:{}",
                    module.strings.get(row.module),
                    module.strings.get(row.name)
                )
            }
            ImportedFunction::Wasi(wasi, _) => format!("{}:{}", wasi::MODULE, wasi.signature().0),
        };
        append(&mut names, index, Some(&name));
    }
    let imported = env.spaces.imported(Kind::Func);
    for defined in 0..module.functions.len() as u32 {
        let index = imported + defined;
        append(
            &mut names,
            plan.first_defined + defined,
            module.definition_name(NameSpace::Func, index),
        );
    }
    let first_added = plan.first_defined + module.functions.len() as u32;
    for (index, added) in (first_added..).zip(&plan.added) {
        append(&mut names, index, Some(&added.name()));
    }
    names
}

/// Names of registers; what has no name stays without.
fn locals(env: &Environment<'_>, plan: &Plan, bodies: &[Compiled]) -> Option<IndirectNameMap> {
    let module = env.module;
    let imported = env.spaces.imported(Kind::Func);
    module.debug.as_ref()?;
    let mut all = IndirectNameMap::new();
    let mut any = false;
    for (defined, body) in (0..).zip(bodies) {
        let mut names = NameMap::new();
        for &(local, register) in &body.names {
            let name = module.debug_name(NameSpace::Register, imported + defined, register.into());
            append(&mut names, local, name);
        }
        if !names.is_empty() {
            any = true;
            all.append(plan.first_defined + defined, &names);
        }
    }
    any.then_some(all)
}

fn defined(env: &Environment<'_>, space: NameSpace) -> NameMap {
    let mut names = NameMap::new();
    let Some(kind) = space.kind() else {
        return names;
    };
    for index in 0..env.spaces.count(kind) {
        append(&mut names, index, env.module.definition_name(space, index));
    }
    names
}
