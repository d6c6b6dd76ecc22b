//! TYPE and TAGS, and the feature bits that follow from them.

use super::super::finding::{Finding, Site};
use super::*;
use crate::diag::Code;
use crate::format::FEATURES_AT;
use crate::format::section::{TAGS, TYPE};
use crate::module::{MANAGED, StorageType, TypeFault, Types};

/// How a fault of a type is reported.
pub(crate) struct Words {
    pub code: &'static Code,
    pub message: String,
    pub help: &'static str,
}

pub(super) fn check(context: &Context, report: &mut Report) {
    let types = &context.module.types;
    let name = |index: u32| context.module.type_name(index);
    for (row, fault) in context.identity.faults(types) {
        let words = type_fault(types, row, fault, &name);
        report
            .row(words.code, TYPE, row as usize, words.message)
            .help(words.help);
    }
    for (row, ty) in types.iter().enumerate() {
        let pointer = StorageType::Value(ValType::Ptr);
        let fields = ty.composite.fields();
        if let Some(at) = fields.iter().position(|field| field.storage == pointer) {
            let message = format!("field {at} has type ptr, which no field can have");
            report
                .row(&V0022, TYPE, row, message)
                .help("keep the pointer in a register or a global");
        }
    }
    features(context, report);
}

/// How a fault of type `row` is reported; `name` returns the names of types.
pub(crate) fn type_fault(
    types: &Types,
    row: u32,
    fault: TypeFault,
    name: &dyn Fn(u32) -> String,
) -> Words {
    let plural = |index| types.get(index).map_or("", |ty| ty.composite.plural());
    let (code, message, help) = match fault {
        TypeFault::NoGroup => {
            let message = "the first type does not begin a group".to_owned();
            (&V0178, message, "set flag 8 of its row")
        }
        TypeFault::Later(other) | TypeFault::SuperLater(other) if other as usize >= types.len() => {
            let message = format!("type {other} does not exist: there are {}", types.len());
            (&V0103, message, "types are counted from 0")
        }
        TypeFault::Later(other) => {
            let message = format!("the type refers to `{}`, of a later group", name(other));
            let help = "put types that refer to each other into one group (`.rec`)";
            (&V0171, message, help)
        }
        TypeFault::SuperItself => {
            let message = "the type is its own super".to_owned();
            (&V0172, message, "a super stands before the type")
        }
        TypeFault::SuperLater(other) => {
            let message = format!("the super `{}` does not stand before the type", name(other));
            (&V0172, message, "exchange the two")
        }
        TypeFault::SuperFinal(other) => {
            let message = format!("the super `{}` is final", name(other));
            (&V0172, message, "declare it without `final`")
        }
        TypeFault::SuperKind(other) => {
            let message = format!(
                "the type is one of {}, its super `{}` one of {}",
                plural(row),
                name(other),
                plural(other)
            );
            (&V0172, message, "a super is of the same kind")
        }
        TypeFault::Depth => {
            let message = "more than 63 types lie above the type".to_owned();
            (&V0172, message, "make the hierarchy flatter")
        }
        TypeFault::Mismatch(other) => {
            let message = format!(
                "the type does not have what its super `{}` has",
                name(other)
            );
            let help = "mutable fields have the super's type, others a subtype";
            (&V0173, message, help)
        }
    };
    Words {
        code,
        message,
        help,
    }
}

/// The header's feature bits, where the module comes from a file.
fn features(context: &Context, report: &mut Report) {
    let managed = context.module.is_managed();
    let features = if managed { MANAGED } else { 0 };
    if let Some(stated) = context.module.features
        && stated != features
    {
        let has = if managed { "has" } else { "does not have" };
        let message = format!(
            "the header states the features {stated:#x}, but the module {has} types or references of managed objects, or tags"
        );
        let site = Site::Header {
            offset: FEATURES_AT,
        };
        report.add(Finding::new(&V0175, site, message));
    }
}

pub(super) fn tags(context: &Context, report: &mut Report) {
    for (row, tag) in context.module.tags.iter().enumerate() {
        must_be_zero(report, TAGS, row, "the reserved field", tag.flags.into());
        tag_type(context, report, TAGS, row, tag.ty);
    }
}

/// The type of a tag, defined or imported.
pub(super) fn tag_type(
    context: &Context,
    report: &mut Report,
    section: Tag,
    row: usize,
    index: u32,
) {
    if let Some(ty) = function_type(context, report, section, row, index)
        && !ty.results.is_empty()
    {
        let message = format!(
            "the tag has type {}, which has results",
            context.module.func_text(ty)
        );
        report.row(&V0174, section, row, message);
    }
}
