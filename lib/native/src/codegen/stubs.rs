//! Code that leads from compiled code to the host, and from the platform into compiled code.

use cranelift_codegen::ir::{
    self, Block, BlockArg, ExceptionTableData, ExceptionTableItem, Function, InstBuilder,
    MemFlagsData, StackSlotData, StackSlotKind, Type, Value, types,
};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};

use super::Plan;
use super::abi::{self, IN_REGISTERS};
use super::context::{Entered, Runtime, Site, offset};
use super::direct::{self, Direct};
use super::frame::{self, StackCheck};
use super::translate::clif;
use vbc_core::isa::FuncType;

/// Accesses to slots and the context here; nothing is optimised across them.
pub(super) fn flags() -> MemFlagsData {
    MemFlagsData::trusted()
}

/// The value of type `ty` in the slot at `address` + `at`.
pub(super) fn load_slot(b: &mut FunctionBuilder<'_>, ty: Type, address: Value, at: usize) -> Value {
    b.ins().load(ty, flags(), address, at as i32 * 8)
}

/// Puts a value into a slot, of which it fills the low part; the rest becomes zero.
pub(super) fn store_slot(b: &mut FunctionBuilder<'_>, value: Value, address: Value, at: usize) {
    let ty = b.func.dfg.value_type(value);
    let value = match ty {
        types::F32 => b.ins().bitcast(types::I32, MemFlagsData::new(), value),
        _ => value,
    };
    let value = match abi::narrow(ty) {
        true => b.ins().uextend(types::I64, value),
        false => value,
    };
    b.ins().store(flags(), value, address, at as i32 * 8);
}

/// Room for this many slots.
pub(super) fn slots(b: &mut FunctionBuilder<'_>, count: usize) -> Value {
    let bytes = count.max(1) as u32 * 8;
    let data = StackSlotData::new(StackSlotKind::ExplicitSlot, bytes, 3);
    let slot = b.create_sized_stack_slot(data);
    b.ins().stack_addr(types::I64, slot, 0)
}

/// Code of type `ty` that calls function `index` of the host, or a native one.
pub(super) fn host(
    plan: &Plan<'_>,
    index: u32,
    ty: &FuncType,
    check: StackCheck,
    function: &mut Function,
    scratch: &mut FunctionBuilderContext,
) {
    function.signature = abi::signature(plan, ty);
    let mut b = FunctionBuilder::new(function, scratch);
    let params = begin(&mut b);
    let (context, params) = (params[0], &params[1..]);
    if plan.options.signals {
        frame::check_by_trap(b.func, flags());
    } else if check == StackCheck::Inside {
        frame::check_by_call(plan, &mut b, context, 0);
    }
    let prototype = plan.prototype(index);
    if let Some(direct) = prototype.and_then(|one| Direct::of(plan, one)) {
        let runtimes = b.create_block();
        b.set_cold_block(runtimes);
        let from = direct::From {
            context,
            flags: flags(),
            constant: flags(),
            site: Site::CALLER,
        };
        let results = direct.call(plan, index, &mut b, &from, params, runtimes);
        b.ins().return_(&results);
        b.switch_to_block(runtimes);
        b.seal_block(runtimes);
    }
    let more = abi::results_in_memory(ty);
    let (room, params) = params.split_at(usize::from(more > 0));
    let args = slots(&mut b, ty.params.len());
    for (n, &param) in params.iter().enumerate() {
        store_slot(&mut b, param, args, n);
    }
    let results = slots(&mut b, ty.results.len());
    let called = match prototype {
        Some(_) => Runtime::NativeCall,
        None => Runtime::HostCall,
    };
    let number = b.ins().iconst(types::I64, i64::from(index));
    call_runtime(plan, &mut b, called, &[context, number, args, results]);
    let (registers, memory) = ty.results.split_at(ty.results.len().min(IN_REGISTERS));
    let values: Vec<Value> = (0..registers.len())
        .map(|n| load_slot(&mut b, abi::result(plan, ty, n), results, n))
        .collect();
    for (n, &ty) in memory.iter().enumerate() {
        let value = load_slot(&mut b, clif(ty), results, IN_REGISTERS + n);
        b.ins().store(flags(), value, room[0], n as i32 * 8);
    }
    b.ins().return_(&values);
    b.finalize(plan.target());
}

/// Calls a function of the runtime, which gets the frame pointer after the arguments.
pub(super) fn call_runtime(
    plan: &Plan<'_>,
    b: &mut FunctionBuilder<'_>,
    function: Runtime,
    args: &[Value],
) {
    let signature = b.import_signature(abi::runtime(plan, function));
    let at = offset::RUNTIME + function as i32 * 8;
    let code = b.ins().load(types::I64, flags(), args[0], at);
    let fp = b.ins().get_frame_pointer(types::I64);
    let args: Vec<Value> = args.iter().copied().chain([fp]).collect();
    b.ins().call_indirect(signature, code, &args);
}

/// The entry trampoline of a type; see [`abi::entry`].
pub(super) fn entry(
    plan: &Plan<'_>,
    ty: &FuncType,
    function: &mut Function,
    scratch: &mut FunctionBuilderContext,
) {
    function.signature = abi::entry(plan);
    let mut b = FunctionBuilder::new(function, scratch);
    let params = begin(&mut b);
    let &[context, code, args, results] = &params[..] else {
        return;
    };
    // Nothing leads out of the trampoline yet, so that it cannot trap.
    let beyond = frame::is_beyond(&mut b, context, 0);
    let (no_room, calling) = (b.create_block(), b.create_block());
    b.set_cold_block(no_room);
    b.ins().brif(beyond, no_room, &[], calling, &[]);
    leave(&mut b, no_room, Entered::NoRoom);

    b.switch_to_block(calling);
    b.seal_block(calling);
    let (returned, stopped) = (b.create_block(), b.create_block());
    let mut all = vec![context];
    if abi::results_in_memory(ty) > 0 {
        // They go where they are wanted.
        all.push(b.ins().iadd_imm_s(results, IN_REGISTERS as i64 * 8));
    }
    for (n, &ty) in ty.params.iter().enumerate() {
        all.push(load_slot(&mut b, clif(ty), args, n));
    }
    let pc = b
        .ins()
        .get_exception_handler_address(types::I64, calling, 0);
    let sp = b.ins().get_stack_pointer(types::I64);
    let fp = b.ins().get_frame_pointer(types::I64);
    b.ins().store(flags(), pc, context, offset::RESUME_PC);
    b.ins().store(flags(), sp, context, offset::RESUME_SP);
    b.ins().store(flags(), fp, context, offset::RESUME_FP);
    let signature = b.import_signature(abi::signature(plan, ty));
    let mut passed = Vec::new();
    for n in 0..ty.results.len().min(IN_REGISTERS) {
        b.append_block_param(returned, abi::result(plan, ty, n));
        passed.push(BlockArg::TryCallRet(n as u32));
    }
    let pool = &mut b.func.dfg.value_lists;
    let none: [BlockArg; 0] = [];
    let normal = ir::BlockCall::new(returned, passed, pool);
    let other = ir::BlockCall::new(stopped, none, pool);
    let table = ExceptionTableData::new(signature, normal, [ExceptionTableItem::Default(other)]);
    let table = b.func.dfg.exception_tables.push(table);
    b.ins().try_call_indirect(code, &all, table);

    b.switch_to_block(returned);
    b.seal_block(returned);
    for (n, value) in b.block_params(returned).to_vec().into_iter().enumerate() {
        store_slot(&mut b, value, results, n);
    }
    for (n, &ty) in ty.results.iter().enumerate().skip(IN_REGISTERS) {
        // Code fills no more of a slot than the value has.
        if abi::narrow(clif(ty)) {
            let value = load_slot(&mut b, clif(ty), results, n);
            store_slot(&mut b, value, results, n);
        }
    }
    let end = b.create_block();
    b.ins().jump(end, &[]);
    leave(&mut b, end, Entered::Returned);
    leave(&mut b, stopped, Entered::Stopped);
    b.finalize(plan.target());
}

/// Fills the last block on a way out of an entry trampoline.
fn leave(b: &mut FunctionBuilder<'_>, block: Block, how: Entered) {
    b.switch_to_block(block);
    b.seal_block(block);
    let number = b.ins().iconst(types::I32, how as i64);
    b.ins().return_(&[number]);
}

pub(super) fn begin(b: &mut FunctionBuilder<'_>) -> Vec<Value> {
    let block = b.create_block();
    b.append_block_params_for_function_params(block);
    b.switch_to_block(block);
    b.seal_block(block);
    b.block_params(block).to_vec()
}
