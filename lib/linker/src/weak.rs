//! Weak symbols that nothing defines.
//!
//! In a program that runs, a reference to such a function is null and calling it traps; the address of
//! such data is 0. Other kinds have no such meaning: they must be defined.

use std::ops::Range;

use vbc_core::isa::decode::{Value, decode};
use vbc_core::isa::encode::{encode, patch};
use vbc_core::isa::{Field, Op, Trap};
use vbc_core::module::canonical::sort_symbols;
use vbc_core::module::{
    DataRow, FunctionRow, GlobalRow, ImportRow, InitKind, Kind, Module, NONE, StringsBuilder,
    SymbolRow,
};

/// Definitions for the undefined weak functions and data of `module`; none when it has none.
pub(super) fn stubs(module: &Module) -> Option<Module> {
    let mut stubs = Module {
        types: module.types.clone(),
        ..Module::default()
    };
    let mut strings = StringsBuilder::default();
    for row in module.imports.iter() {
        if row.module != NONE || row.flags & ImportRow::WEAK == 0 {
            continue;
        }
        let index = match row.kind() {
            Some(Kind::Func) => {
                let code = stubs.code.to_mut();
                let start = code.len() as u64;
                let kind = Trap::UninitializedElement as u16;
                encode(Op::Trap, &[Value::TrapKind(kind)], code);
                stubs.functions.to_mut().push(FunctionRow {
                    ty: row.ty,
                    code: start,
                    words: code.len() as u64 - start,
                    ..FunctionRow::default()
                });
                stubs.functions.len() - 1
            }
            Some(Kind::Data) => {
                stubs.data.to_mut().push(DataRow {
                    align: 1,
                    ..DataRow::default()
                });
                stubs.data.len() - 1
            }
            _ => continue,
        };
        stubs.symbols.to_mut().push(SymbolRow {
            name: strings.intern(module.strings.get(row.name)),
            kind: row.kind,
            index: index as u32,
            flags: SymbolRow::HIDDEN,
        });
    }
    stubs.strings = strings.finish();
    sort_symbols(&mut stubs);
    (!stubs.symbols.is_empty()).then_some(stubs)
}

/// Makes references to the functions with the indexes `absent` null.
pub(super) fn make_null(module: &mut Module, absent: Range<u32>) {
    if absent.is_empty() {
        return;
    }
    let code = module.code.to_mut();
    let mut at = 0;
    while let Ok(inst) = decode(code, at) {
        let words = inst.words.len();
        if inst.op == Op::RefFunc && absent.contains(&inst.func()) {
            // Both have one word and the destination in the same field.
            patch(code, at, Field::BC, 0);
            code[at] = code[at] & !0xffff | u64::from(Op::RefNull.forms()[0].number);
        }
        at += words;
    }
    for item in module.element_items.to_mut() {
        if absent.contains(item) {
            *item = NONE;
        }
    }
    for row in module.globals.to_mut() {
        if row.init == InitKind::Func as u32 && absent.contains(&row.index) {
            *row = GlobalRow {
                init: InitKind::Null as u32,
                index: 0,
                value: 0,
                ..*row
            };
        }
    }
}
