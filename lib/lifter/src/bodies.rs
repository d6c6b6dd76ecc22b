//! Function bodies: validated and translated on all processors, added in order.

use rayon::prelude::*;
use wasmparser::{Error, FuncValidatorAllocations};

use super::body::{BodyError, Environment, lift_body};
use super::source::Body;
use vbc_core::module::builder::{Func, FunctionBuilder, ModuleBuilder};

/// About this many bytes of bodies are translated at a time, which bounds the memory that it takes.
const CHUNK: u64 = 1 << 20;

/// Bodies of up to this many bytes together are translated without starting threads.
const SMALL: u64 = 1 << 16;

/// Why a function, by index, is not translated.
pub(super) enum Fault {
    Invalid(Error),
    Refused(u64, BodyError),
    /// No threads can be had.
    Threads,
}

/// Translates `bodies`, which define `funcs` in order. Of several faults the first is reported.
pub(super) fn lift_all(
    bodies: Vec<Body<'_>>,
    env: &Environment<'_>,
    imported: usize,
    threads: usize,
    to: &mut ModuleBuilder,
) -> Result<(), Fault> {
    let size: u64 = bodies.iter().map(length).sum();
    let funcs = env.functions.get(imported..).unwrap_or_default();
    let funcs: Vec<Func> = funcs.iter().map(|info| info.func).collect();
    if size <= SMALL || threads == 1 {
        let mut allocations = FuncValidatorAllocations::default();
        for (body, func) in bodies.into_iter().zip(funcs) {
            let code = lift_one(body, env, &mut allocations)?;
            to.define(func, code);
        }
        return Ok(());
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|_| Fault::Threads)?;
    pool.install(|| in_chunks(bodies, &funcs, env, to))
}

fn length((_, body): &Body<'_>) -> u64 {
    let range = body.range();
    range.end - range.start
}

fn in_chunks(
    bodies: Vec<Body<'_>>,
    funcs: &[Func],
    env: &Environment<'_>,
    to: &mut ModuleBuilder,
) -> Result<(), Fault> {
    let mut bodies = bodies.into_iter();
    let mut funcs = funcs.iter();
    let mut ready: Vec<FunctionBuilder> = Vec::new();
    loop {
        let chunk = next_chunk(&mut bodies);
        if chunk.is_empty() && ready.is_empty() {
            return Ok(());
        }
        // While one chunk is translated, the one before is added.
        let add = || {
            for (code, &func) in ready.into_iter().zip(&mut funcs) {
                to.define(func, code);
            }
        };
        let (results, ()) = rayon::join(|| translate(chunk, env), add);
        // In order, so that the first fault is the same whatever the threads do.
        ready = results.into_iter().collect::<Result<_, _>>()?;
    }
}

fn translate(chunk: Vec<Body<'_>>, env: &Environment<'_>) -> Vec<Result<FunctionBuilder, Fault>> {
    chunk
        .into_par_iter()
        .map_init(FuncValidatorAllocations::default, |allocations, body| {
            lift_one(body, env, allocations)
        })
        .collect()
}

fn next_chunk<'a>(bodies: &mut impl Iterator<Item = Body<'a>>) -> Vec<Body<'a>> {
    let mut size = 0;
    let mut chunk = Vec::new();
    while size < CHUNK
        && let Some(body) = bodies.next()
    {
        size += length(&body);
        chunk.push(body);
    }
    chunk
}

fn lift_one(
    (function, body): Body<'_>,
    env: &Environment<'_>,
    allocations: &mut FuncValidatorAllocations,
) -> Result<FunctionBuilder, Fault> {
    let ty = function.ty;
    let mut validator = function.into_validator(std::mem::take(allocations));
    validator.validate(&body).map_err(Fault::Invalid)?;
    *allocations = validator.into_allocations();
    lift_body(env, ty, &body).map_err(|refusal| Fault::Refused(body.range().start, refusal))
}
