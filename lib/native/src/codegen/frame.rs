//! Room on the stack: how functions, and stubs like them, check whether there is enough before they use any.
//!
//! With signals Cranelift's own check does it, before the frame is made, by a trap instruction. Without,
//! the check is code, and has to call the runtime. How large the frame is turns out only when the function
//! has been compiled: then it is compared, and the function compiled again where it was too large.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    ExtFuncData, ExternalName, Function, GlobalValueData, InstBuilder, MemFlagsData,
    UserExternalName, UserFuncName, Value, types,
};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};

use super::Plan;
use super::abi;
use super::context::{Runtime, Site, offset, trap_code};
use super::stubs::{begin, call_runtime, flags};
use vbc_core::isa::{FuncType, Trap};

/// Where the stack is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StackCheck {
    /// In the function itself, when it has made its frame; that has at most
    /// [`FRAME_AHEAD`](crate::FRAME_AHEAD) bytes.
    Inside,
    /// Before the function is entered, by [`check`].
    Before,
}

/// Has the frame compared with the stack's limit before it is made; where it does not fit, a trap instruction follows.
pub(super) fn check_by_trap(function: &mut Function, flags: MemFlagsData) {
    let context = function.create_global_value(GlobalValueData::VMContext);
    // A new function has few kinds of accesses.
    let flags = function.dfg.mem_flags.insert_unchecked(flags);
    let limit = function.create_global_value(GlobalValueData::Load {
        base: context,
        offset: offset::STACK_LIMIT.into(),
        global_type: types::I64,
        flags,
    });
    function.stack_limit = Some(limit);
}

/// Whether the stack has no room for `bytes` more.
pub(super) fn is_beyond(b: &mut FunctionBuilder<'_>, context: Value, bytes: u32) -> Value {
    let limit = b
        .ins()
        .load(types::I64, flags(), context, offset::STACK_LIMIT);
    // Stacks lie in the lower half of the address space, so that the sum does not wrap.
    let lowest = b.ins().iadd_imm_s(limit, i64::from(bytes));
    let sp = b.ins().get_stack_pointer(types::I64);
    b.ins().icmp(IntCC::UnsignedLessThan, sp, lowest)
}

/// Calls the runtime where the stack has no room for `bytes` more: the caller's call has exhausted it.
pub(super) fn check_by_call(
    plan: &Plan<'_>,
    b: &mut FunctionBuilder<'_>,
    context: Value,
    bytes: u32,
) {
    let beyond = is_beyond(b, context, bytes);
    let (stop, go_on) = (b.create_block(), b.create_block());
    b.set_cold_block(stop);
    b.ins().brif(beyond, stop, &[], go_on, &[]);

    b.switch_to_block(stop);
    b.seal_block(stop);
    let trap = b.ins().iconst(types::I64, Trap::CallStackExhausted as i64);
    let site = b.ins().iconst(types::I64, Site::CALLER.0 as i64);
    call_runtime(plan, b, Runtime::Raise, &[context, trap, site]);
    b.ins().trap(trap_code(Trap::HostFault));

    b.switch_to_block(go_on);
    b.seal_block(go_on);
}

/// Bytes that a function uses below the frame of its caller, where its frame has `frame` bytes, outgoing
/// arguments included: the return address and the frame pointer, and what a tail call may need that has more
/// arguments than the function itself.
pub(super) fn stack_bytes(function: &Function, frame: u32) -> u32 {
    let makes_tail_calls = function.signature.call_conv == CallConv::Tail;
    let signatures = function.dfg.signatures.values();
    let signatures = signatures.filter(|_| makes_tail_calls);
    let most = signatures.map(|signature| signature.params.len()).max();
    // No argument takes more than 8 bytes, and all together are a multiple of 16.
    let arguments = (most.unwrap_or(0) as u32 * 8).next_multiple_of(16);
    frame.saturating_add(16 + arguments)
}

/// Code that checks whether the stack has room for `bytes` more, and continues in function `index`, which uses that
/// many.
pub(super) fn check(
    plan: &Plan<'_>,
    index: u32,
    ty: &FuncType,
    bytes: u32,
    function: &mut Function,
    scratch: &mut FunctionBuilderContext,
) {
    function.name = UserFuncName::user(5, index);
    function.signature = abi::signature(plan, ty);
    let signature = function.signature.clone();
    let mut b = FunctionBuilder::new(function, scratch);
    let params = begin(&mut b);
    let context = params[0];
    check_by_call(plan, &mut b, context, bytes);
    let signature = b.import_signature(signature);
    let name = b.func.declare_imported_user_function(UserExternalName {
        namespace: 0,
        index,
    });
    let body = b.import_function(ExtFuncData {
        name: ExternalName::user(name),
        signature,
        colocated: true,
        patchable: false,
    });
    b.ins().return_call(body, &params);
    b.finalize(plan.target());
}
