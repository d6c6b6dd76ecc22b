//! Linking: from modules to one module ([`link`], [`link_with`]), and from a finished module to a
//! program that an engine can run ([`load`]).
//!
//! Both are the same passes, which are listed in their order in one place, `combine`.
//! `docs/link.md` states what a user can rely on.

// Whoever adds an instruction, a role, a type or a kind is told every place that must know of it.
#![deny(clippy::wildcard_enum_match_arm)]

#[cfg(feature = "archives")]
mod archive;
mod assign_indexes;
mod clock;
mod debug;
mod image;
mod layout;
mod literals;
mod live;
mod load;
mod map;
mod memory;
mod merge;
mod names;
mod object;
mod options;
mod parallel;
mod queries;
mod report;
mod resolve;
mod roots;
#[cfg(feature = "archives")]
mod select;
mod types;
mod weak;

use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "archives")]
pub use archive::{Archive, NewMember, is_archive, write_archive};
pub use layout::FIRST_ADDRESS;
pub use load::{Program, load};
pub use map::{Map, MapImport, MapRow};
pub use object::Input;
pub use options::{Options, Strip};
pub use queries::{Named, Traced, WhyLive};
#[cfg(feature = "archives")]
pub use select::{Source, Taken, select};
pub use vbc_core::isa::RefType;
pub use vbc_core::module::PAGE;

use vbc_core::diag::{Diagnostic, Errors};
use vbc_core::format::Limits;
use vbc_core::module::canonical::{Repeats, canonicalise_rows};
use vbc_core::module::{Module, Slice};
use vbc_core::verify::{self, Verified};

use assign_indexes::NewIndexes;
use clock::Clock;
use merge::Merger;
use object::Object;
use resolve::{Resolver, Wanted};

/// What `producer` in the result contains.
const PRODUCER: &str = concat!("vbc-link ", env!("CARGO_PKG_VERSION"));

/// A result, and what there is to tell about it.
#[derive(Clone, Debug)]
pub struct Linked {
    /// The result, in canonical form.
    pub module: Verified,
    /// What nothing needs, in the order of the inputs.
    pub left_out: Vec<Named>,
    /// How many data rows became one with an equal one.
    pub merged_literals: usize,
    /// Answers to [`Options::trace`].
    pub traced: Vec<Traced>,
    /// Answers to [`Options::why_live`].
    pub why_live: Vec<WhyLive>,
    /// What the result holds, if [`Options::map`] asks for it.
    pub map: Option<Map>,
    /// The passes and the time that each of them took.
    pub passes: Vec<(&'static str, Duration)>,
}

/// Links modules into one, in canonical form, with nothing left out.
///
/// The result is a program when an input has an entry, and then every symbol must be defined, `vbc.*`
/// and weak ones excepted. Without an entry it is an object, which may keep undefined symbols.
///
/// # Errors
///
/// What cannot be resolved or joined, L0001 to L0099.
pub fn link(inputs: &[Input], limits: &Limits) -> Result<Verified, Errors> {
    let options = Options {
        limits: limits.clone(),
        gc: Some(false),
        ..Options::default()
    };
    Ok(link_with(inputs, &options)?.module)
}

/// Links modules into one, in canonical form, as the options specify.
///
/// # Errors
///
/// What cannot be resolved or joined, and what the options name that is not there: L0001 to L0099.
#[allow(unsafe_code, reason = "the linker vouches for the code of its result")]
pub fn link_with(inputs: &[Input], options: &Options) -> Result<Linked, Errors> {
    let has_entry = inputs.iter().any(|input| input.module.entry.is_some());
    let program = (has_entry || options.entry.is_some()) && !options.relocatable;
    let mut clock = Clock::default();
    let mut objects: Vec<Object<'_>> = clock.time("find references", || {
        parallel::map(inputs, |_, input| {
            Object::with_references(input.name.clone(), &input.module)
        })
    });
    let job = Job {
        options,
        undefined: match program {
            true => Undefined::Support,
            false => Undefined::All,
        },
        gc: options.gc.unwrap_or(program),
        trim: true,
    };
    let Combined { mut module, report } = combine(&mut objects, &job, &mut clock)?;
    module.producer = PRODUCER.to_owned();
    strip(&mut module, options.strip);
    clock.time("canonical form", || {
        canonicalise_rows(&mut module, Repeats::None)
    });
    let verifying = verify::Options {
        limits: options.limits.clone(),
        threads: options.threads,
        ..verify::Options::default()
    };
    let verified = clock.time("verify the result", || {
        // SAFETY: the code is that of verified modules, and refers to the same things as before.
        unsafe { Verified::of_valid_code(module, &verifying) }
    });
    let module = verified.map_err(|rejected| rejected.into_errors(&Arc::from("<result>")))?;
    Ok(Linked {
        module,
        left_out: report.left_out,
        merged_literals: report.merged_literals,
        traced: report.traced,
        why_live: report.why_live,
        map: report.map,
        passes: clock.passes,
    })
}

fn strip(module: &mut Module, what: Strip) {
    if what != Strip::Nothing {
        module.strip_debug();
    }
    if what == Strip::All {
        module.symbols = Slice::default();
    }
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

/// What is to be done with some objects.
struct Job<'j> {
    options: &'j Options,
    undefined: Undefined,
    /// Leave out what nothing needs.
    gc: bool,
    /// Join equal literals, leave out what goes with weak definitions that others replace, and order the types as
    /// files have them.
    trim: bool,
}

/// The result of the passes: a module of which only the types are in canonical form.
struct Combined {
    module: Module,
    report: Report,
}

/// What the passes have to tell.
#[derive(Default)]
struct Report {
    left_out: Vec<Named>,
    merged_literals: usize,
    traced: Vec<Traced>,
    why_live: Vec<WhyLive>,
    map: Option<Map>,
}

/// The passes of linking, in their order.
fn combine(
    objects: &mut [Object<'_>],
    job: &Job<'_>,
    clock: &mut Clock,
) -> Result<Combined, Errors> {
    let mut report = Report::default();
    let options = job.options;

    let count = objects
        .iter()
        .map(|object| object.module.types.len() as u64);
    let most = u64::from(RefType::INDEXES);
    if count.sum::<u64>() > most {
        return Err(assign_indexes::too_many("type", most).into());
    }
    // Types first: whether a use fits its definition is then a comparison of numbers.
    let types = clock.time("join types", || types::join(objects));
    let mut resolver = Resolver::new(objects, &types);
    // Names to definitions; weak definitions that others replace are left out from here on.
    clock.time("resolve symbols", || resolver.run());
    clock.time("check symbols", || {
        resolver.import_undefined(options);
        report::undefined(&mut resolver, job.undefined);
    });
    let roots = roots::find(&mut resolver, options);
    let memory = clock.time("join memories", || memory::merge(&mut resolver));
    stop_at_errors(&mut resolver.errors)?;

    for symbol in &options.trace {
        report.traced.extend(queries::trace(&resolver, symbol));
    }
    // Dead code before literals, so that a literal of dead code is not the one that stays.
    if job.gc || !options.why_live.is_empty() {
        let live = clock.time("mark live code", || live::mark(&resolver, &roots));
        let answers = options.why_live.iter();
        report.why_live = answers.map(|name| live.why(&resolver, name)).collect();
        if job.gc {
            report.left_out = clock.time("sweep dead code", || live.sweep(&mut resolver));
        }
    }
    if job.trim && !job.gc {
        report.left_out = clock.time("sweep followers", || live::sweep_followers(&mut resolver));
    }
    if job.trim {
        report.merged_literals = clock.time("join literals", || literals::merge(&mut resolver));
    }
    let numbers = clock.time("number", || NewIndexes::new(&mut resolver, &options.limits));
    stop_at_errors(&mut resolver.errors)?;

    let mut imports = std::mem::take(&mut resolver.imports);
    let types = match job.trim {
        true => clock.time("order types", || {
            types::order(objects, &mut imports, types.types)
        }),
        false => types.types,
    };
    let objects: &[Object<'_>] = objects;
    let mut merger = Merger::new(objects, &numbers);
    merger.keep_hidden = options.relocatable;
    let module = clock.time("merge", || merger.run(&imports, types, memory, &roots));
    let module = module.map_err(Errors)?;
    check_counts(&module, &options.limits)?;
    if options.map {
        let names = import_names(objects, &imports);
        report.map = Some(map::describe(objects, &numbers, &names, &module));
    }
    Ok(Combined { module, report })
}

fn check_counts(module: &Module, limits: &Limits) -> Result<(), Errors> {
    for (what, rows, limit) in [
        ("type", module.types.len(), limits.types),
        ("tag", module.tags.len(), limits.types),
        ("import", module.imports.len(), limits.rows),
        ("export", module.exports.len(), limits.rows),
        ("symbol", module.symbols.len(), limits.rows),
    ] {
        if rows as u64 > limit {
            return Err(assign_indexes::too_many(what, limit).into());
        }
    }
    Ok(())
}

/// For each import of the result the input that has it first, and its name.
fn import_names(objects: &[Object<'_>], imports: &[Wanted]) -> Vec<(usize, String)> {
    let names = imports.iter().map(|wanted| {
        let name = objects[wanted.object].import_name(&wanted.row);
        let name = match &wanted.import_from {
            Some(module) => format!("{module}:{name}"),
            None => name,
        };
        (wanted.object, name)
    });
    names.collect()
}

fn stop_at_errors(errors: &mut Vec<Diagnostic>) -> Result<(), Errors> {
    match errors.is_empty() {
        true => Ok(()),
        false => Err(Errors(std::mem::take(errors))),
    }
}
