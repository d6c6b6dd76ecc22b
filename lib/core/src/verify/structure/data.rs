//! DATA and ADDR: bytes and the addresses among them.

use super::*;
use crate::format::section::{ADDR, DATA};
use crate::module::{AddressRow, DataKind, DataRow, Definition, NameSpace};

pub(super) fn rows(context: &Context, report: &mut Report) {
    let data = &context.module.data;
    // The first row decides whether the module has placed or fixed rows. Another one is reported
    // once.
    let mut first = None;
    let mut mixed = false;
    for (row, data) in data.iter().enumerate() {
        must_be_zero(
            report,
            DATA,
            row,
            "the part of the flags that has no meaning",
            (data.flags & !DataRow::READ_ONLY).into(),
        );
        must_be_zero(report, DATA, row, "the memory index", data.memory.into());
        let Some(kind) = data.kind() else {
            report.row(&V0104, DATA, row, format!("there is no kind {}", data.kind));
            continue;
        };
        if kind != DataKind::Fixed {
            must_be_zero(
                report,
                DATA,
                row,
                "the address, which is not used,",
                data.address,
            );
        }
        size(context, row, data, kind, report);
        alignment(row, data, kind, report);
        if kind == DataKind::Passive {
            continue;
        }
        let other = *first.get_or_insert(kind);
        if other != kind && !mixed {
            mixed = true;
            report
                .row(
                    &V0124,
                    DATA,
                    row,
                    "the module has both placed and fixed data rows",
                )
                .help("give all rows addresses, or none");
        }
    }
}

fn size(context: &Context, row: usize, data: &DataRow, kind: DataKind, report: &mut Report) {
    let limit = context.limits.data_bytes;
    if !within(
        report,
        DATA,
        row,
        "the size of the data row",
        data.size,
        limit,
    ) {
        return;
    }
    let wrong = match kind {
        DataKind::Placed => data.length > data.size,
        DataKind::Fixed | DataKind::Passive => data.length != data.size,
    };
    if wrong {
        let message = format!(
            "the number of bytes is {}, the size is {}",
            data.length, data.size
        );
        let help = match kind {
            DataKind::Placed => "the size is at least the number of bytes; the rest is zeros",
            DataKind::Fixed | DataKind::Passive => {
                "only placed rows may be larger than their bytes"
            }
        };
        report.row(&V0123, DATA, row, message).help(help);
    }
}

fn alignment(row: usize, data: &DataRow, kind: DataKind, report: &mut Report) {
    let message = if kind != DataKind::Placed && data.align != 1 {
        format!(
            "the alignment is {}, but only placed rows have one",
            data.align
        )
    } else if !data.align.is_power_of_two() || data.align > 1 << 16 {
        format!(
            "the alignment is {}, expected a power of two from 1 to 65536",
            data.align
        )
    } else {
        return;
    };
    report.row(&V0122, DATA, row, message);
}

pub(super) fn addresses(context: &Context, report: &mut Report) {
    let width = context.address.address_bytes() as u64;
    let mut last: Option<&AddressRow> = None;
    for (row, address) in context.module.addresses.iter().enumerate() {
        let rows = count(context, Kind::Data);
        if index_exists(report, ADDR, row, "data row (target)", address.target, rows)
            && context.data_kind(address.target) == Some(Some(DataKind::Passive))
        {
            let name = context.name(NameSpace::Data, address.target);
            let message = format!("data row `{name}` is passive, it has no address");
            report.row(&V0118, ADDR, row, message);
        }
        if index_exists(report, ADDR, row, "data row", address.data, rows) {
            place(context, row, address, width, report);
        }
        if let Some(last) = last {
            let key = |row: &AddressRow| (row.data, row.offset);
            if key(last) >= key(address) {
                report.row(
                    &V0126,
                    ADDR,
                    row,
                    "the row is not in order of data row and offset",
                );
            } else if last.data == address.data && address.offset - last.offset < width {
                let message =
                    format!("the address overlaps the one before, which takes {width} bytes");
                report.row(&V0126, ADDR, row, message);
            }
        }
        last = Some(address);
    }
}

/// The place that the address is written to.
fn place(context: &Context, row: usize, address: &AddressRow, width: u64, report: &mut Report) {
    let defined = match context.spaces.get(Kind::Data, address.data) {
        Some(Definition::Defined(defined)) => defined,
        _ => {
            let message = format!(
                "data row {} is undefined, it can hold no address",
                address.data
            );
            report.row(&V0125, ADDR, row, message);
            return;
        }
    };
    let data = &context.module.data[defined];
    if data.kind() == Some(DataKind::Passive) {
        let message = format!(
            "data row {} is passive, it can hold no address",
            address.data
        );
        report.row(&V0125, ADDR, row, message);
        return;
    }
    let end = address.offset.checked_add(width);
    let Some(end) = end.filter(|&end| end <= data.size) else {
        let message = format!(
            "the address takes {width} bytes from {} of a data row of {}",
            address.offset, data.size
        );
        report.row(&V0125, ADDR, row, message);
        return;
    };
    let content = context.module.data_content(defined);
    let stored = content.len() as u64;
    let beneath = &content[address.offset.min(stored) as usize..end.min(stored) as usize];
    if beneath.iter().any(|&byte| byte != 0) {
        report
            .row(
                &V0127,
                ADDR,
                row,
                "the bytes where the address will be written are not zero",
            )
            .help("an address is data symbol + addend; nothing is added to the bytes in the file");
    }
}
