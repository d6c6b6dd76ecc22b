//! A program with what it is bound to, the same for all that run it.

use std::sync::Arc;

use crate::heap::TypeTable;
use crate::host::{Host, Native};
use crate::{FramePlace, Managed, Value};
use vbc_core::diag::codes::runtime::R0022;
use vbc_core::diag::{Diagnostic, Errors, Place};
use vbc_core::isa::{FuncType, HeapType, ValType};
use vbc_core::module::{Definition, Kind, Module, NameSpace, Spaces};
use vbc_linker::Program;

/// Which support routines run as native code instead of as they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NativeRoutines {
    /// None.
    None,
    /// Those that never take long, so that the end of a program's time is noticed.
    Short,
    /// All for which there is any.
    All,
}

/// A program whose imports and support routines are bound to what a host provides. It never changes, and all threads
/// that run the program share it.
pub struct BoundProgram {
    /// The program.
    pub program: Arc<Program>,
    /// Its index spaces.
    pub spaces: Spaces,
    /// What objects of its types are; none in a program without managed objects.
    pub heap_types: Option<Arc<TypeTable>>,
    /// For each function of the support code: native code in its place, and its type.
    natives: Box<[Option<(Native, u32)>]>,
}

impl BoundProgram {
    /// Binds a program to a host.
    ///
    /// # Errors
    ///
    /// Imports that `host` does not provide; more types and tags than a heap tells apart.
    pub fn new(
        program: Arc<Program>,
        host: &mut Host,
        routines: NativeRoutines,
    ) -> Result<BoundProgram, Errors> {
        host.resolve(program.module())?;
        let module = program.module();
        let spaces = module.spaces();
        let heap_types = match module.is_managed() {
            true => Some(Arc::new(heap_types(module)?)),
            false => None,
        };
        let is_chosen = |native: &Native| match routines {
            NativeRoutines::None => false,
            NativeRoutines::Short => native.is_short(),
            NativeRoutines::All => true,
        };
        let natives = (program.support_from()..spaces.count(Kind::Func))
            .map(|function| {
                let routine = program.routine(function)?;
                let native = host.native(routine.name).filter(is_chosen)?;
                Some((native, spaces.func_type(program.module(), function)?))
            })
            .collect();
        Ok(BoundProgram {
            program,
            spaces,
            heap_types,
            natives,
        })
    }

    /// Native code in place of the function, which is then a support routine.
    pub fn native(&self, function: u32) -> Option<Native> {
        let (native, _) = self.bound_native(function)?;
        Some(native)
    }

    /// The same with its type.
    pub(super) fn bound_native(&self, function: u32) -> Option<(Native, u32)> {
        let at = function.checked_sub(self.program.support_from())?;
        self.natives.get(at as usize).copied().flatten()
    }

    /// Whether the host runs function `index`: an import, or a routine with native code.
    pub fn is_host(&self, index: u32) -> bool {
        index < self.spaces.imported(Kind::Func) || self.native(index).is_some()
    }

    /// For each function, whether the host runs it.
    pub fn hosted(&self) -> impl Iterator<Item = bool> {
        (0..self.spaces.count(Kind::Func)).map(|index| self.is_host(index))
    }

    /// Whether function `index` is support code, inside which nothing costs fuel and nothing is
    /// shown.
    pub fn is_support(&self, index: u32) -> bool {
        index >= self.program.support_from()
    }

    /// The type of function `index`.
    pub fn function_type(&self, index: u32) -> Option<&FuncType> {
        let module = self.program.module();
        let ty = self.spaces.func_type(module, index)?;
        module.types.func(ty)
    }

    /// The number by which indirect calls compare the type of function `index`.
    pub fn canonical_type(&self, index: u32) -> u32 {
        let ty = self.spaces.func_type(self.program.module(), index);
        let ty = ty.and_then(|ty| self.program.canonical_types().get(ty as usize));
        ty.copied().unwrap_or(0)
    }

    /// The type of function `index`, when arguments fit it.
    pub fn callable(&self, index: u32, args: &[Value]) -> Option<FuncType> {
        let ty = self.function_type(index)?;
        let mut pairs = args.iter().zip(&ty.params);
        let fit = args.len() == ty.params.len() && pairs.all(|(arg, &ty)| self.fits(arg, ty));
        fit.then(|| ty.clone())
    }

    /// Whether an embedder may give `value` where one of type `ty` is wanted. Of managed references these are null, and
    /// small integers.
    fn fits(&self, value: &Value, ty: ValType) -> bool {
        let ValType::Ref(wanted) = ty else {
            return value.ty() == ty;
        };
        if !wanted.is_managed() {
            return value.ty() == ty;
        }
        if value.is_null_reference() {
            return wanted.is_nullable();
        }
        let types = &self.program.module().types;
        match (value, wanted.heap()) {
            (Value::Managed(Managed::I31(_)), HeapType::Any | HeapType::Eq | HeapType::I31) => true,
            (Value::ExternRef(_), HeapType::Extern) | (Value::FuncRef(_), HeapType::Func) => true,
            (Value::FuncRef(Some(function)), HeapType::Defined(of)) => {
                let own = self.spaces.func_type(self.program.module(), *function);
                own.is_some_and(|own| types.identities().is_declared_subtype(own, of))
            }
            _ => false,
        }
    }

    /// The place of the instruction at `word` of function `function`, for a report.
    pub fn frame_place(&self, function: u32, word: usize) -> FramePlace {
        let module = self.program.module();
        FramePlace {
            function,
            name: module.display_name(NameSpace::Func, function),
            instruction: self.instruction_number(function, word),
            source: module.source_place(function, word as u64),
        }
    }

    /// None for functions that have no code of the program's.
    fn instruction_number(&self, function: u32, word: usize) -> Option<u32> {
        let Some(Definition::Defined(defined)) = self.spaces.get(Kind::Func, function) else {
            return None;
        };
        let code = self.program.module().function_code(defined);
        let (mut at, mut number) = (0, 0);
        while at < word
            && let Ok(inst) = vbc_core::isa::decode(code, at)
        {
            at += inst.words.len();
            number += 1;
        }
        Some(number)
    }
}

/// What the objects of a program's types are.
fn heap_types(module: &Module) -> Result<TypeTable, Errors> {
    let imports = module.imports.iter();
    let imported = imports.filter(|row| row.kind() == Some(Kind::Tag));
    let tags: Vec<u32> = imported
        .map(|row| row.ty)
        .chain(module.tags.iter().map(|row| row.ty))
        .collect();
    TypeTable::new(&module.types, &module.types.identities(), &tags).map_err(|error| {
        let message = format!("the program has {error}");
        Diagnostic::error(&R0022, Place::Nowhere, message).into()
    })
}
