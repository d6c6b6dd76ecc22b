//! The support table: name and type of every support routine.
//!
//! Support routines are VITBC code that programs call under the reserved names `vbc.*`
//! (`docs/support.md`). A module refers to them as undefined symbols and never defines one;
//! `link::load` adds the routines to a program. Assembler, verifier, linker and
//! engines all take the types from here.

use crate::isa::{FuncType, PlainRef, ValType};

/// What every name of a support routine begins with. No module defines such a symbol.
pub const PREFIX: &str = "vbc.";

/// Type of a parameter or result of a support routine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// The index type of the module's memory: an address or a number of bytes.
    Addr,
    /// This type.
    Val(ValType),
}

/// A support routine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Routine {
    /// Its full name, `vbc.alloc`.
    pub name: &'static str,
    /// Parameter types.
    pub params: &'static [Slot],
    /// Result types.
    pub results: &'static [Slot],
}

impl Routine {
    /// The routine's function type in a module whose memory has index type `addr`.
    pub fn func_type(&self, addr: ValType) -> FuncType {
        let types = |slots: &[Slot]| {
            slots
                .iter()
                .map(|slot| match slot {
                    Slot::Addr => addr,
                    Slot::Val(ty) => *ty,
                })
                .collect()
        };
        FuncType {
            params: types(self.params),
            results: types(self.results),
        }
    }
}

/// The routine called `name`, which is the full name with [`PREFIX`].
pub fn routine(name: &str) -> Option<&'static Routine> {
    if !name.starts_with(PREFIX) {
        return None;
    }
    ROUTINES.iter().find(|routine| routine.name == name)
}

/// The routine that writes a value of type `ty` to standard output, followed by a newline; none for managed objects
/// and `ptr`.
pub fn print_routine(ty: ValType) -> Option<&'static str> {
    Some(match ty {
        ValType::I32 => "vbc.print_i32",
        ValType::I64 => "vbc.print_i64",
        ValType::F32 => "vbc.print_f32",
        ValType::F64 => "vbc.print_f64",
        ValType::Ref(ty) => match ty.plain()? {
            PlainRef::Func => "vbc.print_funcref",
            PlainRef::Extern => "vbc.print_externref",
        },
        ValType::Ptr => return None,
    })
}

/// The routine that writes a value of type `ty` to standard output; none for managed objects and `ptr`.
pub fn write_routine(ty: ValType) -> Option<&'static str> {
    Some(match ty {
        ValType::I32 => "vbc.write_i32",
        ValType::I64 => "vbc.write_i64",
        ValType::F32 => "vbc.write_f32",
        ValType::F64 => "vbc.write_f64",
        ValType::Ref(ty) => match ty.plain()? {
            PlainRef::Func => "vbc.write_funcref",
            PlainRef::Extern => "vbc.write_externref",
        },
        ValType::Ptr => return None,
    })
}

macro_rules! routines {
    ($($name:literal ($($param:ident),*) -> ($($result:ident),*);)*) => {
        /// All of them, in the order of `docs/support.md`.
        pub const ROUTINES: &[Routine] = &[$(
            Routine {
                name: concat!("vbc.", $name),
                params: &[$(slot::$param),*],
                results: &[$(slot::$result),*],
            },
        )*];
    };
}

#[allow(non_upper_case_globals)]
mod slot {
    use super::Slot::{self, Val};
    use crate::isa::ValType;

    pub const addr: Slot = Slot::Addr;
    pub const i32: Slot = Val(ValType::I32);
    pub const i64: Slot = Val(ValType::I64);
    pub const f32: Slot = Val(ValType::F32);
    pub const f64: Slot = Val(ValType::F64);
    pub const funcref: Slot = Val(ValType::FUNCREF);
    pub const externref: Slot = Val(ValType::EXTERNREF);
}

routines! {
    "alloc" (addr) -> (addr);
    "free" (addr) -> ();
    "format_i32" (i32, addr) -> (addr);
    "format_i64" (i64, addr) -> (addr);
    "format_f32" (f32, addr) -> (addr);
    "format_f64" (f64, addr) -> (addr);
    "parse_i32" (addr, addr) -> (i32, i32);
    "parse_i64" (addr, addr) -> (i64, i32);
    "parse_f32" (addr, addr) -> (f32, i32);
    "parse_f64" (addr, addr) -> (f64, i32);
    "print_i32" (i32) -> ();
    "print_i64" (i64) -> ();
    "print_f32" (f32) -> ();
    "print_f64" (f64) -> ();
    "print_funcref" (funcref) -> ();
    "print_externref" (externref) -> ();
    "write_i32" (i32) -> ();
    "write_i64" (i64) -> ();
    "write_f32" (f32) -> ();
    "write_f64" (f64) -> ();
    "write_funcref" (funcref) -> ();
    "write_externref" (externref) -> ();
    "write_bytes" (addr, addr) -> ();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_name_routines_of_their_type() {
        for ty in ValType::PLAIN {
            for name in [print_routine(ty), write_routine(ty)].into_iter().flatten() {
                let routine = routine(name).expect(name);
                let expected = FuncType {
                    params: [ty].into(),
                    results: [].into(),
                };
                assert_eq!(routine.func_type(ValType::I64), expected, "{name}");
            }
        }
        assert_eq!(routine("alloc"), None);
        assert_eq!(
            routine("vbc.alloc").map(|r| r.func_type(ValType::I32).to_string()),
            Some("(i32) -> i32".to_owned())
        );
    }
}
