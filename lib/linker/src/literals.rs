//! Equal anonymous literals become one.

use std::collections::HashMap;

use vbc_core::module::{DataKind, DataRow, Kind};

use super::object::Object;
use super::resolve::{Def, Resolver};

/// Replaces each read-only data row without a name by the first equal one, which gets the greatest
/// of their alignments. Returns how many rows that leaves out.
pub(super) fn merge(resolver: &mut Resolver<'_, '_>) -> usize {
    let mut first: HashMap<(&[u8], u64), (Def, u32)> = HashMap::new();
    let mut equal = Vec::new();
    for (number, object) in resolver.objects.iter().enumerate() {
        if object.is_support {
            continue;
        }
        let module = object.module;
        let mut holders = module.addresses.iter().map(|row| row.data).peekable();
        for (defined, row) in module.data.iter().enumerate() {
            let index = object.spaces.index_of(Kind::Data, defined);
            while holders.next_if(|&holder| holder < index).is_some() {}
            let holds_addresses = holders.peek() == Some(&index);
            if holds_addresses || !is_literal(object, defined, row) {
                continue;
            }
            let def = (number, Kind::Data, defined);
            let key = (module.data_content(defined), row.size);
            match first.get_mut(&key) {
                None => {
                    first.insert(key, (def, row.align));
                }
                Some((kept, align)) => {
                    *align = (*align).max(row.align);
                    equal.push((def, *kept, *align));
                }
            }
        }
    }
    for &(lost, kept, align) in &equal {
        resolver.replace(lost, kept);
        resolver.objects[kept.0].raise_alignment(kept.2, align);
    }
    equal.len()
}

/// Whether a row may share its place with an equal one.
fn is_literal(object: &Object<'_>, defined: usize, row: &DataRow) -> bool {
    let index = object.spaces.index_of(Kind::Data, defined);
    row.kind() == Some(DataKind::Placed)
        && row.flags & DataRow::READ_ONLY != 0
        && object.keeps(Kind::Data, defined)
        && object.module.symbol(Kind::Data, index).is_none()
}
