//! Where data rows lie in memory.

use vbc_core::diag::{Diagnostic, Place, counted};
use vbc_core::isa::ValType;
use vbc_core::module::{DataKind, Kind, MemoryRow, Module, NO_MAX, PAGE, most_pages};

use vbc_core::diag::codes::link as codes;

/// The first address that loading gives to a data row. Nothing has address 0.
pub const FIRST_ADDRESS: u64 = 1024;

/// Gives every placed row its address, raises the memory's initial size to fit, and adds a memory
/// where data or support code need one. Data rows from `support_data` (a data index) and functions
/// from `support_from` are support code's.
///
/// The result has the address of each data index: 0 for undefined and passive ones.
pub(super) fn lay_out(
    module: &mut Module,
    support_data: u32,
    support_from: u32,
    place: &Place,
) -> Result<Vec<u64>, Box<Diagnostic>> {
    let spaces = module.spaces();
    let has_support = spaces.count(Kind::Func) > support_from;
    let in_memory = |kind| matches!(kind, Some(DataKind::Placed | DataKind::Fixed));
    let needed = has_support || module.data.iter().any(|row| in_memory(row.kind()));
    if needed && spaces.count(Kind::Memory) == 0 {
        module.memories = vec![MemoryRow {
            index_type: ValType::I64.word(),
            flags: 0,
            min: 0,
            max: NO_MAX,
        }]
        .into();
        // Memory that the program did not declare has room for its fixed rows too.
        let fixed = module
            .data
            .iter()
            .filter(|row| row.kind() == Some(DataKind::Fixed));
        let pages = fixed.map(|row| match row.address.checked_add(row.size) {
            Some(end) => end.div_ceil(PAGE),
            None => u64::MAX,
        });
        raise(module, pages.max().unwrap_or(0), place)?;
    }

    let imported = spaces.imported(Kind::Data);
    let mut addresses = vec![0; imported as usize];
    let pages = memory_size(module).map_or(0, |(_, min, _)| min);
    let fixed = module
        .data
        .iter()
        .any(|row| row.kind() == Some(DataKind::Fixed));
    // Fixed rows may be anywhere in the memory that the program declares.
    let mut next = match fixed {
        true => pages.checked_mul(PAGE),
        false => Some(FIRST_ADDRESS),
    };
    let mut end = Some(0);
    for (index, row) in (imported..).zip(module.data.iter()) {
        addresses.push(match row.kind() {
            Some(DataKind::Placed) if !fixed || index >= support_data => {
                let address = next
                    .and_then(|next| next.checked_next_multiple_of(u64::from(row.align.max(1))));
                next = address.and_then(|address| address.checked_add(row.size));
                end = next;
                address.unwrap_or(0)
            }
            _ => row.address,
        });
    }
    // An end that does not fit 64 bits is beyond every memory.
    raise(
        module,
        end.map_or(u64::MAX, |end| end.div_ceil(PAGE)),
        place,
    )?;
    Ok(addresses)
}

/// Index type, minimum and maximum of the memory, imported ones included.
fn memory_size(module: &Module) -> Option<(u32, u64, u64)> {
    let defined = module.memories.first();
    let defined = defined.map(|row| (row.index_type, row.min, row.max));
    defined.or_else(|| {
        let mut imports = module.imports.iter();
        let row = imports.find(|row| row.kind() == Some(Kind::Memory))?;
        Some((row.index_type, row.min, row.max))
    })
}

/// Raises the memory's minimum to `pages`.
fn raise(module: &mut Module, pages: u64, place: &Place) -> Result<(), Box<Diagnostic>> {
    let Some((index_type, min, max)) = memory_size(module) else {
        return Ok(());
    };
    if pages <= min {
        return Ok(());
    }
    let addressable = most_pages(ValType::from_word(index_type).unwrap_or(ValType::I64));
    if pages > max.min(addressable) {
        let message = format!(
            "the data need {} of memory, but it has at most {}",
            counted(pages, "page"),
            max.min(addressable)
        );
        return Err(Box::new(Diagnostic::error(
            &codes::L0009,
            place.clone(),
            message,
        )));
    }
    if module.memories.is_empty() {
        let rows = module.imports.to_mut().iter_mut();
        for row in rows.filter(|row| row.kind() == Some(Kind::Memory)) {
            row.min = pages;
        }
    } else {
        for row in module.memories.to_mut() {
            row.min = pages;
        }
    }
    Ok(())
}
