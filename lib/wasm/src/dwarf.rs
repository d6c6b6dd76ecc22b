//! Debug sections.

use gimli_write::LittleEndian;
use gimli_write::write::{Address, EndianVec, Sections};

use super::Fault;
use super::environment::Environment;
use super::function::Compiled;
use super::plan::Plan;
use vbc_core::dwarf::Describer;
use vbc_core::module::Kind;

/// Names and contents of the debug sections. Addresses in them count from the beginning of the code section's contents.
pub(super) fn sections(
    env: &Environment<'_>,
    plan: &Plan,
    bodies: &[Compiled],
) -> Result<Vec<(&'static str, Vec<u8>)>, Fault> {
    let (ranges, end) = ranges(plan, bodies);
    let low = ranges.first().map_or(end, |&(start, _)| start);
    let address_size = if env.memory_is_64 { 8 } else { 4 };
    let all = (Address::Constant(low), end - low);
    let mut all = Describer::new(env.module, &env.spaces, "vbc-wasm", address_size, all);
    let imported = env.spaces.imported(Kind::Func);
    for (index, (body, (start, length))) in (imported..).zip(bodies.iter().zip(ranges)) {
        let range = (Address::Constant(start), length);
        let places = body.places.iter();
        let rows = places.map(|&(offset, word)| (offset.into(), index, word));
        all.function(index, range, rows);
    }
    let mut sections = Sections::new(EndianVec::new(LittleEndian));
    let failed = |error: gimli_write::write::Error| Fault::Debug(error.to_string());
    all.unit.write(&mut sections).map_err(failed)?;
    let mut result = Vec::new();
    let _: Result<(), ()> = sections.for_each_mut(|id, section| {
        let data = section.take();
        if !data.is_empty() {
            result.push((id.name(), data));
        }
        Ok(())
    });
    Ok(result)
}

/// Where each body, declarations included, begins in the code section, and its length; where the last one ends.
fn ranges(plan: &Plan, bodies: &[Compiled]) -> (Vec<(u64, u64)>, u64) {
    // Numbers in front of things have seven bits a byte.
    let size = |number: usize| u64::from((number | 1).ilog2() / 7) + 1;
    let mut at = size(bodies.len() + plan.added.len());
    let ranges = bodies.iter().map(|body| {
        let start = at + size(body.bytes.len());
        at = start + body.bytes.len() as u64;
        (start, body.bytes.len() as u64)
    });
    (ranges.collect(), at)
}
