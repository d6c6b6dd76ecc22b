//! Code of the platform's calling convention, for objects: what C calls, and what calls C
//! (`docs/abi.md`).

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    AbiParam, ExtFuncData, ExternalName, FuncRef, Function, InstBuilder, Signature,
    UserExternalName, UserFuncName, Value, types,
};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};

use super::Plan;
use super::artifact::External;
use super::stubs::{begin, flags, load_slot, slots, store_slot};
use super::translate::clif;
use vbc_core::isa::{FuncType, ValType};

/// A parameter as C passes it: RISC-V wants narrow integers extended.
fn param(ty: ValType) -> AbiParam {
    let param = AbiParam::new(clif(ty));
    match ty {
        ValType::I32 => param.sext(),
        ValType::I64 | ValType::F32 | ValType::F64 | ValType::Ref(_) | ValType::Ptr => param,
    }
}

fn status() -> AbiParam {
    AbiParam::new(types::I32).sext()
}

/// Instance, parameters, a pointer for each result; the result is a status.
fn c_signature(plan: &Plan<'_>, ty: &FuncType) -> Signature {
    let word = AbiParam::new(types::I64);
    let mut signature = Signature::new(plan.platform());
    signature.params.push(word);
    signature
        .params
        .extend(ty.params.iter().map(|&ty| param(ty)));
    signature.params.extend(ty.results.iter().map(|_| word));
    signature.returns.push(status());
    signature
}

fn external(b: &mut FunctionBuilder<'_>, external: External, signature: Signature) -> FuncRef {
    let name = b.func.declare_imported_user_function(UserExternalName {
        namespace: 1,
        index: external.index(),
    });
    let signature = b.import_signature(signature);
    b.import_function(ExtFuncData {
        name: ExternalName::user(name),
        signature,
        // The linker leads a call further where its target is far.
        colocated: true,
        patchable: false,
    })
}

/// The entry point for C of function `index`.
pub(super) fn export(
    plan: &Plan<'_>,
    index: u32,
    ty: &FuncType,
    function: &mut Function,
    scratch: &mut FunctionBuilderContext,
) {
    function.name = UserFuncName::user(2, index);
    function.signature = c_signature(plan, ty);
    let mut b = FunctionBuilder::new(function, scratch);
    let params = begin(&mut b);
    let (instance, params) = (params[0], &params[1..]);
    let (values, pointers) = params.split_at(ty.params.len());
    let args = slots(&mut b, values.len());
    for (n, &value) in values.iter().enumerate() {
        store_slot(&mut b, value, args, n);
    }
    let results = slots(&mut b, pointers.len());
    let mut signature = Signature::new(plan.platform());
    signature.params = [types::I64, types::I32, types::I64, types::I64]
        .map(AbiParam::new)
        .into();
    signature.returns.push(status());
    let call = external(&mut b, External::Call, signature);
    let number = b.ins().iconst(types::I32, i64::from(index));
    let call = b.ins().call(call, &[instance, number, args, results]);
    let end = b.inst_results(call)[0];
    let (give, leave) = (b.create_block(), b.create_block());
    let stopped = b.ins().icmp_imm_u(IntCC::NotEqual, end, 0);
    b.ins().brif(stopped, leave, &[], give, &[]);
    b.switch_to_block(give);
    b.seal_block(give);
    for (n, (&pointer, &ty)) in pointers.iter().zip(ty.results.iter()).enumerate() {
        let value = load_slot(&mut b, clif(ty), results, n);
        b.ins().store(flags(), value, pointer, 0);
    }
    b.ins().jump(leave, &[]);
    b.switch_to_block(leave);
    b.seal_block(leave);
    b.ins().return_(&[end]);
    b.finalize(plan.target());
}

/// From slots to the C function of import `index`: instance, arguments, results; the result is a
/// status. The slots of results are zero before.
pub(super) fn adapter(
    plan: &Plan<'_>,
    index: u32,
    ty: &FuncType,
    function: &mut Function,
    scratch: &mut FunctionBuilderContext,
) {
    function.name = UserFuncName::user(3, index);
    let mut signature = Signature::new(plan.platform());
    signature.params = vec![AbiParam::new(types::I64); 3];
    signature.returns.push(status());
    function.signature = signature;
    let mut b = FunctionBuilder::new(function, scratch);
    let params = begin(&mut b);
    let &[instance, args, results] = &params[..] else {
        return;
    };
    let mut all: Vec<Value> = vec![instance];
    for (n, &ty) in ty.params.iter().enumerate() {
        let value = load_slot(&mut b, clif(ty), args, n);
        all.push(value);
    }
    for n in 0..ty.results.len() {
        all.push(b.ins().iadd_imm_s(results, n as i64 * 8));
    }
    let target = external(&mut b, External::Import(index), c_signature(plan, ty));
    let call = b.ins().call(target, &all);
    let end = b.inst_results(call)[0];
    b.ins().return_(&[end]);
    b.finalize(plan.target());
}

/// C's `main`, which leaves everything to the runtime.
pub(super) fn main(plan: &Plan<'_>, function: &mut Function, scratch: &mut FunctionBuilderContext) {
    function.name = UserFuncName::user(4, 0);
    let mut signature = Signature::new(plan.platform());
    signature.params = vec![status(), AbiParam::new(types::I64)];
    signature.returns.push(status());
    function.signature = signature.clone();
    let mut b = FunctionBuilder::new(function, scratch);
    let params = begin(&mut b);
    let target = external(&mut b, External::Main, signature);
    let call = b.ins().call(target, &params);
    let end = b.inst_results(call)[0];
    b.ins().return_(&[end]);
    b.finalize(plan.target());
}
