//! Signatures of compiled code.

use cranelift_codegen::ir::{AbiParam, ArgumentPurpose, Signature, Type, types};
use cranelift_codegen::isa::CallConv;

use super::context::Runtime;
use super::translate::clif;
use super::{Arch, Plan};
use vbc_core::isa::FuncType;

/// Results that lie in registers; the others go to room that the caller provides.
pub(super) const IN_REGISTERS: usize = 4;

/// What tells the signatures that a function imports from each other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// Of code of this type.
    Code(FuncType),
    /// Of a function of the runtime.
    Runtime(Runtime),
}

/// How many results of a function go to memory.
pub(super) fn results_in_memory(ty: &FuncType) -> usize {
    ty.results.len().saturating_sub(IN_REGISTERS)
}

/// The type in which result `n` of code goes through its register. RISC-V returns two integers and two floats in
/// registers; more of a kind go as the other.
pub(super) fn result(plan: &Plan<'_>, ty: &FuncType, n: usize) -> Type {
    let own = clif(ty.results[n]);
    let earlier = ty.results[..n].iter();
    let alike = earlier.filter(|&&ty| clif(ty).is_float() == own.is_float());
    let few = plan.isa.name() == Arch::Riscv64.name();
    match own {
        _ if !few || alike.count() < 2 => own,
        types::F32 => types::I32,
        types::F64 => types::I64,
        types::I32 => types::F32,
        _ => types::F64,
    }
}

/// The signature of code.
pub(super) fn signature(plan: &Plan<'_>, ty: &FuncType) -> Signature {
    let mut signature = Signature::new(CallConv::Tail);
    signature
        .params
        .push(AbiParam::special(types::I64, ArgumentPurpose::VMContext));
    if results_in_memory(ty) > 0 {
        signature.params.push(AbiParam::new(types::I64));
    }
    let param = |&ty| AbiParam::new(clif(ty));
    signature.params.extend(ty.params.iter().map(param));
    let results = 0..ty.results.len().min(IN_REGISTERS);
    let results = results.map(|n| AbiParam::new(result(plan, ty, n)));
    signature.returns.extend(results);
    signature
}

/// The signature of a function of the runtime.
pub(super) fn runtime(plan: &Plan<'_>, function: Runtime) -> Signature {
    let (params, result) = function.shape();
    let word = AbiParam::new(types::I64);
    let mut signature = Signature::new(plan.platform());
    signature.params = vec![word; params + 1];
    signature.returns = vec![word; usize::from(result)];
    signature
}

/// The signature of an entry trampoline: context, code, arguments and results in slots; the
/// result is an [`Entered`](super::context::Entered).
pub(super) fn entry(plan: &Plan<'_>) -> Signature {
    let mut signature = Signature::new(plan.platform());
    signature.params = vec![AbiParam::new(types::I64); 4];
    signature.returns = vec![AbiParam::new(types::I32)];
    signature
}

/// The width of a value in a slot that holds less than 64 bits of it.
pub(super) fn narrow(ty: Type) -> bool {
    matches!(ty, types::I32 | types::F32)
}
