//! The support code as a module, and what a program needs of it.

use std::sync::OnceLock;

use vbc_core::format::read_bytes;
use vbc_core::isa::{IndexSpace, ValType};
use vbc_core::module::renumber::indexes;
use vbc_core::module::{Definition, Kind, Module};

use vbc_support::{IMAGE_32, IMAGE_64};

use super::object::Object;

/// The support code for addresses of type `addr`.
pub(super) fn image(addr: ValType) -> &'static Module {
    static READ: [OnceLock<Module>; 2] = [const { OnceLock::new() }; 2];
    let (bytes, read) = match addr {
        ValType::I32 => (IMAGE_32, &READ[0]),
        ValType::I64 | ValType::F32 | ValType::F64 | ValType::Ref(_) | ValType::Ptr => {
            (IMAGE_64, &READ[1])
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
                | IndexSpace::Tag
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

#[cfg(test)]
mod tests {
    use vbc_core::module::support;
    use vbc_core::module::{MemoryRow, NO_MAX};
    use vbc_core::verify::{Options, verify};

    use super::*;

    #[test]
    fn every_routine_is_in_both_images() {
        for addr in [ValType::I32, ValType::I64] {
            let image = image(addr);
            let options = Options {
                support: true,
                ..Options::default()
            };
            let mut complete = image.clone();
            complete.memories = vec![MemoryRow {
                index_type: addr.word(),
                flags: 0,
                min: 1,
                max: NO_MAX,
            }]
            .into();
            let findings = verify(&complete, &options);
            assert!(findings.is_empty(), "{findings:?}");
            for routine in support::ROUTINES {
                let mut symbols = image.symbols.iter();
                let symbol = symbols.find(|row| image.strings.get(row.name) == routine.name);
                let index = symbol.expect(routine.name).index;
                let ty = image.spaces().func_type(image, index).unwrap();
                assert_eq!(
                    image.types.func(ty),
                    Some(&routine.func_type(addr)),
                    "{}",
                    routine.name
                );
            }
        }
    }
}
