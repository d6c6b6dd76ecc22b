//! Calls of native functions without the runtime, for those whose arguments lie in registers: in their stubs, and in place
//! of calls of stubs.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    AbiParam, Block, BlockArg, InstBuilder, MemFlagsData, Signature, Type, Value, types,
};
use cranelift_frontend::FunctionBuilder;

use super::abi;
use super::context::{Runtime, Site, offset, trap_code};
use super::stubs::{call_runtime, flags as anywhere};
use super::{Arch, Plan};
use vbc_core::isa::Trap;
use vbc_core::module::native::{CParam, CType, Extent, Prototype, Scalar};
use vbc_runtime::host::NativePlace;

/// Floats that C passes in registers, on all targets.
const FLOATS: usize = 8;

/// How a native function is called directly.
pub(super) struct Direct<'p> {
    prototype: &'p Prototype,
    /// General registers for parameters, all of which are filled: so what the thunk takes lies on the stack.
    general: usize,
    /// Whether floats after `...` go to general registers.
    floats_are_general: bool,
}

/// Where such a call is.
pub(super) struct From {
    pub(super) context: Value,
    /// For fields of the context.
    pub(super) flags: MemFlagsData,
    /// For those that never change while code runs.
    pub(super) constant: MemFlagsData,
    /// What a report begins with when the program stops behind the call.
    pub(super) site: Site,
}

impl<'p> Direct<'p> {
    /// None when the runtime has to make the call.
    pub(super) fn of(plan: &Plan<'_>, prototype: &'p Prototype) -> Option<Direct<'p>> {
        if prototype.is_blocking {
            return None;
        }
        if let Some(CType::Struct(_)) = prototype.result {
            return None;
        }
        let target = plan.options.target.as_ref();
        let arch = target.map(|target| target.arch).or_else(Arch::host)?;
        let direct = Direct {
            prototype,
            general: match arch {
                Arch::X86_64 => 6,
                Arch::Aarch64 | Arch::Riscv64 => 8,
            },
            floats_are_general: arch == Arch::Riscv64,
        };
        let (mut general, mut floats) = (0, 0);
        for (n, param) in prototype.params.iter().enumerate() {
            match param {
                CParam::Value(CType::Scalar(scalar)) if direct.is_float(n, *scalar) => floats += 1,
                CParam::Value(CType::Scalar(_))
                | CParam::Buffer(_)
                | CParam::Text
                | CParam::Callback(_) => general += 1,
                CParam::Value(CType::Struct(_)) => return None,
            }
        }
        (general <= direct.general && floats <= FLOATS).then_some(direct)
    }

    /// Whether parameter `n` lies in a register for floats.
    fn is_float(&self, n: usize, scalar: Scalar) -> bool {
        let follows = self.prototype.fixed.is_some_and(|fixed| n >= fixed);
        matches!(scalar, Scalar::F32 | Scalar::F64) && !(follows && self.floats_are_general)
    }

    /// Whether the call is short enough to stand in place of one of the stub: no argument needs the runtime.
    pub(super) fn is_short(&self) -> bool {
        let is_short = |param: &CParam| matches!(param, CParam::Value(_) | CParam::Buffer(_));
        self.prototype.params.iter().all(is_short)
    }

    /// Calls function `index`, whose results are returned. Leads to `runtimes` where the runtime has to make the call.
    pub(super) fn call(
        &self,
        plan: &Plan<'_>,
        index: u32,
        b: &mut FunctionBuilder<'_>,
        from: &From,
        args: &[Value],
        runtimes: Block,
    ) -> Vec<Value> {
        let &From {
            context,
            flags,
            constant,
            site,
        } = from;
        let hold = b
            .ins()
            .load(types::I64, flags, context, offset::NATIVE_HOLD);
        go_on_unless(b, hold, runtimes);
        let addresses = b
            .ins()
            .load(types::I64, constant, context, offset::NATIVE_ADDRESSES);
        let address = b
            .ins()
            .load(types::I64, constant, addresses, index as i32 * 8);
        // An embedder may have defined a function of that name.
        let is_none = b.ins().icmp_imm_u(IntCC::Equal, address, 0);
        go_on_unless(b, is_none, runtimes);

        let word = AbiParam::new(types::I64);
        let mut signature = Signature::new(plan.platform());
        let (mut general, mut floats) = (Vec::new(), Vec::new());
        for (n, (param, &arg)) in self.prototype.params.iter().zip(args).enumerate() {
            match param {
                CParam::Buffer(extent) => {
                    general.push(self.buffer(b, from, arg, *extent, args, runtimes));
                }
                CParam::Value(CType::Scalar(scalar)) if self.is_float(n, *scalar) => {
                    floats.push(arg);
                }
                CParam::Value(CType::Scalar(scalar)) => general.push(argument(b, *scalar, arg)),
                CParam::Text => {
                    let address = as_word(b, arg);
                    let at = Runtime::NativeText;
                    general.push(pointer(plan, b, at, context, &[], address, runtimes));
                }
                CParam::Callback(_) => {
                    let named = i64::from(index) | (n as i64) << 32;
                    let named = b.ins().iconst(types::I64, named);
                    let at = Runtime::NativeCallback;
                    general.push(pointer(plan, b, at, context, &[named], arg, runtimes));
                }
                // Of these there are none.
                CParam::Value(CType::Struct(_)) => {}
            }
        }
        while general.len() < self.general {
            general.push(b.ins().iconst(types::I64, 0));
        }
        general.extend(floats);
        general.extend([context, address]);
        let of_args = general.iter().map(|&arg| b.func.dfg.value_type(arg));
        signature.params = of_args.map(AbiParam::new).collect();
        signature.returns = match self.prototype.result {
            None => Vec::new(),
            Some(CType::Scalar(Scalar::F32)) => vec![AbiParam::new(types::F32)],
            Some(CType::Scalar(Scalar::F64)) => vec![AbiParam::new(types::F64)],
            Some(_) => vec![word],
        };
        let number = b.ins().iconst(types::I64, i64::from(index));
        b.ins()
            .store(flags, number, context, offset::NATIVE_FUNCTION);
        let thunk = b
            .ins()
            .load(types::I64, constant, context, offset::NATIVE_THUNK);
        let signature = b.import_signature(signature);
        let errno = self.prototype.has_errno.then(|| {
            let errno = b
                .ins()
                .load(types::I64, flags, context, offset::NATIVE_ERRNO);
            let none = b.ins().iconst(types::I32, 0);
            b.ins().store(anywhere(), none, errno, 0);
            errno
        });
        let call = b.ins().call_indirect(signature, thunk, &general);
        let returned = b.inst_results(call).first().copied();
        let errno = errno.map(|errno| b.ins().load(types::I32, anywhere(), errno, 0));

        let stops = b.create_block();
        b.set_cold_block(stops);
        let frame = b
            .ins()
            .load(types::I64, flags, context, offset::NATIVE_FRAME);
        let stopped = b
            .ins()
            .icmp_imm_u(IntCC::Equal, frame, NativePlace::STOPPED as i64);
        let go_on = b.create_block();
        b.ins().brif(stopped, stops, &[], go_on, &[]);
        b.switch_to_block(stops);
        b.seal_block(stops);
        let site = b.ins().iconst(types::I64, site.0 as i64);
        call_runtime(plan, b, Runtime::NativeStop, &[context, site]);
        b.ins().trap(trap_code(Trap::HostFault));

        b.switch_to_block(go_on);
        b.seal_block(go_on);
        let none = b.ins().iconst(types::I64, 0);
        b.ins().store(flags, none, context, offset::NATIVE_FRAME);
        let mut results: Vec<Value> = match (returned, &self.prototype.result) {
            (Some(value), Some(CType::Scalar(scalar))) => vec![result(b, *scalar, value)],
            _ => Vec::new(),
        };
        results.extend(errno);
        results
    }

    /// The pointer for a buffer. What lies outside the memory is left to the runtime.
    fn buffer(
        &self,
        b: &mut FunctionBuilder<'_>,
        &From { context, flags, .. }: &From,
        address: Value,
        extent: Extent,
        args: &[Value],
        runtimes: Block,
    ) -> Value {
        let address = as_word(b, address);
        let len = b.ins().load(types::I64, flags, context, offset::MEMORY_LEN);
        let bytes = match extent {
            Extent::Unknown => None,
            Extent::Bytes(count) => Some(b.ins().iconst(types::I64, count as i64)),
            Extent::Argument(n) => {
                let scalar = match self.prototype.params[n] {
                    CParam::Value(CType::Scalar(scalar)) => scalar,
                    // The parser refuses all others.
                    CParam::Value(CType::Struct(_))
                    | CParam::Buffer(_)
                    | CParam::Text
                    | CParam::Callback(_) => Scalar::U64,
                };
                Some(length(b, scalar, args[n]))
            }
        };
        // With the null pointer there is nothing that could lie outside.
        let is_null = b.ins().icmp_imm_u(IntCC::Equal, address, 0);
        let mut outside = b.ins().icmp(IntCC::UnsignedGreaterThan, address, len);
        if let Some(bytes) = bytes {
            // Where the address is inside, this does not wrap.
            let room = b.ins().isub(len, address);
            let too_long = b.ins().icmp(IntCC::UnsignedGreaterThan, bytes, room);
            outside = b.ins().bor(outside, too_long);
        }
        let is_outside = b.ins().band_not(outside, is_null);
        go_on_unless(b, is_outside, runtimes);
        let base = b.ins().load(types::I64, flags, context, offset::MEMORY);
        let pointer = b.ins().iadd(base, address);
        b.ins().select(is_null, address, pointer)
    }
}

/// The pointer that a function of the runtime has for a text or a function; null for null. What there is no pointer for is
/// left to the runtime.
fn pointer(
    plan: &Plan<'_>,
    b: &mut FunctionBuilder<'_>,
    function: Runtime,
    context: Value,
    named: &[Value],
    value: Value,
    runtimes: Block,
) -> Value {
    let (found, go_on) = (b.create_block(), b.create_block());
    b.append_block_param(go_on, types::I64);
    b.ins()
        .brif(value, found, &[], go_on, &[BlockArg::Value(value)]);
    b.switch_to_block(found);
    b.seal_block(found);
    let signature = b.import_signature(abi::runtime(plan, function));
    let at = offset::RUNTIME + function as i32 * 8;
    let code = b.ins().load(types::I64, anywhere(), context, at);
    let args: Vec<Value> = [context]
        .iter()
        .chain(named)
        .chain([&value])
        .copied()
        .collect();
    let call = b.ins().call_indirect(signature, code, &args);
    let pointer = b.inst_results(call)[0];
    let is_none = b.ins().icmp_imm_s(IntCC::Equal, pointer, -1);
    go_on_unless(b, is_none, runtimes);
    b.ins().jump(go_on, &[BlockArg::Value(pointer)]);
    b.switch_to_block(go_on);
    b.seal_block(go_on);
    b.block_params(go_on)[0]
}

/// Leads to another block where a condition is true.
fn go_on_unless(b: &mut FunctionBuilder<'_>, condition: Value, other: Block) {
    let next = b.create_block();
    b.ins().brif(condition, other, &[], next, &[]);
    b.switch_to_block(next);
    b.seal_block(next);
}

/// An address or a length as 64 bits.
fn as_word(b: &mut FunctionBuilder<'_>, value: Value) -> Value {
    match b.func.dfg.value_type(value) {
        types::I32 => b.ins().uextend(types::I64, value),
        _ => value,
    }
}

/// An argument as it lies in a general register. C may rely on the bits above those of its type, and RISC-V extends 32 bits
/// with their sign, whatever the type.
fn argument(b: &mut FunctionBuilder<'_>, scalar: Scalar, value: Value) -> Value {
    match scalar {
        Scalar::Bool => {
            let truth = b.ins().icmp_imm_u(IntCC::NotEqual, value, 0);
            b.ins().uextend(types::I64, truth)
        }
        Scalar::I8 => extended(b, types::I8, true, value),
        Scalar::I16 => extended(b, types::I16, true, value),
        Scalar::U8 => extended(b, types::I8, false, value),
        Scalar::U16 => extended(b, types::I16, false, value),
        Scalar::I32 | Scalar::U32 => b.ins().sextend(types::I64, value),
        Scalar::I64 | Scalar::U64 | Scalar::Ptr => value,
        Scalar::F32 | Scalar::F64 => b.ins().bitcast(types::I64, MemFlagsData::new(), value),
    }
}

/// A result as VITBC has it. Above the bits of its type, C leaves anything in the register.
fn result(b: &mut FunctionBuilder<'_>, scalar: Scalar, value: Value) -> Value {
    let wide = match scalar {
        Scalar::I8 => extended(b, types::I8, true, value),
        Scalar::I16 => extended(b, types::I16, true, value),
        Scalar::U8 | Scalar::Bool => extended(b, types::I8, false, value),
        Scalar::U16 => extended(b, types::I16, false, value),
        Scalar::I32 | Scalar::U32 => value,
        Scalar::I64 | Scalar::U64 | Scalar::Ptr | Scalar::F32 | Scalar::F64 => return value,
    };
    b.ins().ireduce(types::I32, wide)
}

/// The low bits of an integer, extended to a register.
fn extended(b: &mut FunctionBuilder<'_>, width: Type, signed: bool, value: Value) -> Value {
    let narrow = b.ins().ireduce(width, value);
    match signed {
        true => b.ins().sextend(types::I64, narrow),
        false => b.ins().uextend(types::I64, narrow),
    }
}

/// The argument that tells the length of a buffer.
fn length(b: &mut FunctionBuilder<'_>, scalar: Scalar, value: Value) -> Value {
    match scalar {
        Scalar::I8 | Scalar::U8 => extended(b, types::I8, false, value),
        Scalar::I16 | Scalar::U16 => extended(b, types::I16, false, value),
        Scalar::I32
        | Scalar::U32
        | Scalar::I64
        | Scalar::U64
        | Scalar::Bool
        | Scalar::F32
        | Scalar::F64
        | Scalar::Ptr => as_word(b, value),
    }
}
