//! The support code as it is kept: assembled, once for each index type.
//!
//! `lib/support/*.vitasm` are the sources. `support32.vitbc` and `support64.vitbc` are made from them by
//! `cargo run -p xtask -- --write`; assembling them at every start would cost more time than a small
//! program takes. In them the routines have their full names, and the memory that the
//! sources declare is left out: they use memory 0, whatever it is.

use std::sync::OnceLock;

use crate::format::read_bytes;
use crate::isa::{IndexSpace, ValType};
use crate::module::renumber::indexes;
use crate::module::{Definition, Kind, Module};

use super::object::Object;

static IMAGE32: &[u8] = include_bytes!("../../support/support32.vitbc");
static IMAGE64: &[u8] = include_bytes!("../../support/support64.vitbc");

/// The support code for addresses of type `addr`.
pub(super) fn image(addr: ValType) -> &'static Module {
    static READ: [OnceLock<Module>; 2] = [const { OnceLock::new() }; 2];
    let (bytes, read) = match addr {
        ValType::I32 => (IMAGE32, &READ[0]),
        ValType::I64 | ValType::F32 | ValType::F64 | ValType::FuncRef | ValType::ExternRef => {
            (IMAGE64, &READ[1])
        }
    };
    // A test reads both; an empty module would make every routine undefined.
    read.get_or_init(|| read_bytes(bytes).unwrap_or_default())
}

/// Leaves out of support code everything that the routines called `wanted` do not need.
pub(super) fn keep_needed<'n>(object: &mut Object<'_>, wanted: impl Iterator<Item = &'n str>) {
    let module = object.module;
    let mut needed = Needed {
        functions: vec![false; object.defined(Kind::Func)],
        data: vec![false; object.defined(Kind::Data)],
        imports: vec![false; module.imports.len()],
        open: Vec::new(),
    };
    for name in wanted {
        let mut symbols = module.symbols.iter();
        if let Some(symbol) = symbols.find(|row| module.strings.get(row.name) == name) {
            needed.function(object, symbol.index);
        }
    }
    while let Some(defined) = needed.open.pop() {
        indexes(
            module.function_code(defined),
            |space, index, _| match space {
                IndexSpace::Func => needed.function(object, index),
                IndexSpace::Data => {
                    if let Some(flag) = needed.data.get_mut(index as usize) {
                        *flag = true;
                    }
                }
                IndexSpace::Table
                | IndexSpace::Memory
                | IndexSpace::Global
                | IndexSpace::Elem
                | IndexSpace::Type => {}
            },
        );
    }
    object.keep_only(Kind::Func, needed.functions);
    object.keep_only(Kind::Data, needed.data);
    object.keep_imports(needed.imports);
}

struct Needed {
    functions: Vec<bool>,
    data: Vec<bool>,
    imports: Vec<bool>,
    /// Functions whose code has not been looked at.
    open: Vec<usize>,
}

impl Needed {
    fn function(&mut self, object: &Object<'_>, index: u32) {
        match object.spaces.get(Kind::Func, index) {
            Some(Definition::Import(row)) => self.imports[row] = true,
            Some(Definition::Defined(defined)) if !self.functions[defined] => {
                self.functions[defined] = true;
                self.open.push(defined);
            }
            _ => {}
        }
    }
}
