//! Calls and returns.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    self, ExtFuncData, ExternalName, FuncRef, InstBuilder, MemFlagsData, SigRef, StackSlot,
    StackSlotData, StackSlotKind, Type, UserExternalName, Value, types,
};

use super::Optimise;
use super::abi::{self, IN_REGISTERS, Key};
use super::artifact::Inlined;
use super::context::{Entry, Runtime, offset};
use super::direct::{self, Direct};
use super::translate::{Body, Leave, Translator, clif, constant, trusted};
use vbc_core::isa::{DISCARD, FuncType, Inst, Trap};

/// The size of an [`Entry`] as a power of two.
const ENTRY_SHIFT: i32 = size_of::<Entry>().ilog2() as i32;

impl<'p> Translator<'p, '_> {
    /// The signature of code of a type.
    fn signature(&mut self, ty: &FuncType) -> SigRef {
        if let Some(&known) = self.signatures.get(&Key::Code(ty.clone())) {
            return known;
        }
        let signature = abi::signature(self.plan, ty);
        let signature = self.b.import_signature(signature);
        self.signatures.insert(Key::Code(ty.clone()), signature);
        signature
    }

    /// A reference to function `function`, of type `ty`.
    fn function(&mut self, function: u32, ty: &FuncType) -> FuncRef {
        if let Some(&known) = self.functions.get(&function) {
            return known;
        }
        let signature = self.signature(ty);
        let name = self
            .b
            .func
            .declare_imported_user_function(UserExternalName {
                namespace: 0,
                index: function,
            });
        let reference = self.b.import_function(ExtFuncData {
            name: ExternalName::user(name),
            signature,
            colocated: true,
            patchable: false,
        });
        self.functions.insert(function, reference);
        reference
    }

    /// Calls a function of the runtime; returns its result, if it has one.
    pub(super) fn call_runtime(&mut self, function: Runtime, args: &[Value]) -> Option<Value> {
        let key = Key::Runtime(function);
        let signature = match self.signatures.get(&key) {
            Some(&known) => known,
            None => {
                let signature = abi::runtime(self.plan, function);
                let signature = self.b.import_signature(signature);
                self.signatures.insert(key, signature);
                signature
            }
        };
        let at = offset::RUNTIME + function as i32 * 8;
        let code = self.load_constant(at);
        let mut all = Vec::with_capacity(args.len() + 1);
        all.push(self.context);
        all.extend_from_slice(args);
        let call = self.b.ins().call_indirect(signature, code, &all);
        self.b.inst_results(call).first().copied()
    }

    /// Room for at least this many bytes in the frame, whose contents matter only around one call: it is the same for
    /// all of them.
    fn room(&mut self, bytes: u32) -> StackSlot {
        let slot = *self.room.get_or_insert_with(|| {
            let data = StackSlotData::new(StackSlotKind::ExplicitSlot, 0, 3);
            self.b.create_sized_stack_slot(data)
        });
        let data = &mut self.b.func.sized_stack_slots[slot];
        data.size = data.size.max(bytes);
        slot
    }

    /// The parameters of the convention for a call of type `ty`, and where results go.
    fn hidden(&mut self, ty: &FuncType) -> (Vec<Value>, Option<StackSlot>) {
        let mut args = Vec::with_capacity(ty.params.len() + 2);
        args.push(self.context);
        let more = abi::results_in_memory(ty);
        let slot = (more > 0).then(|| self.room(more as u32 * 8));
        if let Some(slot) = slot {
            args.push(self.b.ins().stack_addr(types::I64, slot, 0));
        }
        (args, slot)
    }

    /// Splits an instruction's registers by a signature.
    fn registers<'i>(inst: &Inst<'i>, ty: &FuncType) -> (&'i [u16], &'i [u16]) {
        let (args, rest) = inst.registers().split_at(ty.params.len());
        (args, rest.get(..ty.results.len()).unwrap_or_default())
    }

    /// CALL.
    pub(super) fn call(&mut self, inst: &Inst<'p>) {
        let function = inst.func();
        let ty = self.plan.function_type(function);
        let (args, results) = Self::registers(inst, ty);
        self.pay_call();
        if self.inline(function, args, results) || self.call_native(function, args, results) {
            return;
        }
        let reference = self.function(function, ty);
        let (mut all, slot) = self.hidden(ty);
        all.extend(args.iter().map(|&register| self.get(register)));
        self.flush_fuel();
        let call = self.b.ins().call(reference, &all);
        self.reload_fuel();
        self.take_results(call, ty, slot, results);
    }

    /// Calls a native function by its address, without its stub; whether that was done.
    fn call_native(&mut self, function: u32, args: &[u16], results: &[u16]) -> bool {
        /// Words of code that such a call counts as.
        const WORDS: usize = 8;
        let plan = self.plan;
        let direct = plan
            .prototype(function)
            .and_then(|one| Direct::of(plan, one));
        let Some(direct) = direct.filter(Direct::is_short) else {
            return false;
        };
        let wanted = plan.options.inline && plan.options.optimise == Optimise::Speed;
        if !wanted || self.budget < WORDS {
            return false;
        }
        self.budget -= WORDS;
        let ty = plan.function_type(function);
        let args: Vec<Value> = args.iter().map(|&register| self.get(register)).collect();
        self.flush_fuel();
        let from = direct::From {
            context: self.context,
            flags: trusted(self.regions.context),
            constant: constant(self.regions.context),
            site: self.site(),
        };
        let (stub, done) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(stub);
        for &ty in &ty.results {
            self.b.append_block_param(done, clif(ty));
        }
        let values = direct.call(plan, function, &mut self.b, &from, &args, stub);
        let values: Vec<ir::BlockArg> = values.into_iter().map(ir::BlockArg::Value).collect();
        self.b.ins().jump(done, &values);

        self.continue_at(stub);
        let reference = self.function(function, ty);
        let all: Vec<Value> = [self.context].into_iter().chain(args).collect();
        let call = self.b.ins().call(reference, &all);
        let values = self.b.inst_results(call).to_vec();
        let values: Vec<ir::BlockArg> = values
            .into_iter()
            .zip(&ty.results)
            .map(|(value, &ty)| self.with_type(value, clif(ty)).into())
            .collect();
        self.b.ins().jump(done, &values);

        self.continue_at(done);
        self.reload_fuel();
        let values = self.b.block_params(done).to_vec();
        for (&register, value) in results.iter().zip(values) {
            if register != DISCARD {
                self.set(register, value);
            }
        }
        true
    }

    /// CALL_INDIRECT.
    pub(super) fn call_indirect(&mut self, inst: &Inst<'p>) {
        let ty = self.plan.type_of(inst.type_index());
        let (args, results) = Self::registers(inst, ty);
        self.pay_call();
        let code = self.indirect(inst);
        let signature = self.signature(ty);
        let (mut all, slot) = self.hidden(ty);
        all.extend(args.iter().map(|&register| self.get(register)));
        self.flush_fuel();
        let call = self.b.ins().call_indirect(signature, code, &all);
        self.reload_fuel();
        self.take_results(call, ty, slot, results);
    }

    /// A result of a call, or one to return, with another type of the same width, unless it has that type.
    fn with_type(&mut self, value: Value, ty: Type) -> Value {
        match self.b.func.dfg.value_type(value) == ty {
            true => value,
            false => self.b.ins().bitcast(ty, MemFlagsData::new(), value),
        }
    }

    fn take_results(
        &mut self,
        call: ir::Inst,
        ty: &FuncType,
        slot: Option<StackSlot>,
        registers: &[u16],
    ) {
        let values = self.b.inst_results(call).to_vec();
        for (n, &register) in registers.iter().enumerate() {
            if register == DISCARD {
                continue;
            }
            let value = match (values.get(n), slot) {
                (Some(&value), _) => self.with_type(value, clif(ty.results[n])),
                (None, Some(slot)) => {
                    let ty = clif(ty.results[n]);
                    let at = (n - IN_REGISTERS) as i32 * 8;
                    self.b.ins().stack_load(types::I64, ty, slot, at)
                }
                (None, None) => continue,
            };
            self.set(register, value);
        }
    }

    /// The code of the function that an indirect call means.
    fn indirect(&mut self, inst: &Inst<'_>) -> Value {
        let (table, ty) = (inst.table(0), inst.type_index());
        let index = self.get_widened(inst.src(0));
        let wanted = i64::from(self.plan.program.canonical_types()[ty as usize]);
        match self.plan.constant_table(table) {
            Some(len) => self.constant_entry(table, len, index, wanted),
            None => self.entry(table, index, wanted),
        }
    }

    /// The code of an element of a table that never changes.
    fn constant_entry(&mut self, table: u32, len: usize, index: Value, wanted: i64) -> Value {
        let greater = IntCC::UnsignedGreaterThanOrEqual;
        let outside = self.b.ins().icmp_imm_u(greater, index, len as i64);
        self.trap_if(outside, Trap::UndefinedElement);
        let tables = self.load_constant(offset::CONSTANT_TABLES);
        let flags = constant(self.regions.tables);
        let entries = self
            .b
            .ins()
            .load(types::I64, flags, tables, table as i32 * 8);
        let at = self.b.ins().ishl_imm_u(index, i64::from(ENTRY_SHIFT));
        let entry = self.b.ins().iadd(entries, at);
        // Not before the index has been checked.
        let flags = trusted(self.regions.tables).with_readonly();
        let known = self.b.ins().load(types::I64, flags, entry, 8);
        let other = self.b.ins().icmp_imm_u(IntCC::NotEqual, known, wanted);
        let (stop, go_on) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(stop);
        self.b.ins().brif(other, stop, &[], go_on, &[]);
        self.continue_at(stop);
        let null = self.b.ins().icmp_imm_s(IntCC::Equal, known, -1);
        self.trap_if(null, Trap::UninitializedElement);
        self.trap(Trap::IndirectCallType);
        self.continue_at(go_on);
        self.b.ins().load(types::I64, flags, entry, 0)
    }

    /// The code of an element of any table.
    fn entry(&mut self, table: u32, index: Value, wanted: i64) -> Value {
        let place = self.element(table, index, Trap::UndefinedElement);
        let flags = trusted(self.regions.tables);
        let element = self.b.ins().load(types::I64, flags, place, 0);
        let null = self.b.ins().icmp_imm_u(IntCC::Equal, element, 0);
        self.trap_if(null, Trap::UninitializedElement);
        let entries = self.load_constant(offset::ENTRIES);
        // Elements are numbers plus one.
        let at = self.b.ins().ishl_imm_u(element, i64::from(ENTRY_SHIFT));
        let entry = self.b.ins().iadd(entries, at);
        let flags = trusted(self.regions.context).with_readonly();
        let before = -(1 << ENTRY_SHIFT);
        let known = self.b.ins().load(types::I64, flags, entry, before + 8);
        let other = self.b.ins().icmp_imm_u(IntCC::NotEqual, known, wanted);
        self.trap_if(other, Trap::IndirectCallType);
        self.b.ins().load(types::I64, flags, entry, before)
    }

    /// TAIL_CALL. In a function that was translated into another, a call.
    pub(super) fn tail_call(&mut self, inst: &Inst<'p>) {
        let function = inst.func();
        let ty = self.plan.function_type(function);
        self.pay_call();
        let reference = self.function(function, ty);
        let args = inst.registers().get(..ty.params.len()).unwrap_or_default();
        let args = self.tail_arguments(ty, args);
        self.flush_fuel();
        match self.body.leave {
            None => {
                self.b.ins().return_call(reference, &args.0);
                self.end();
            }
            Some(_) => {
                self.stand_at_call();
                let call = self.b.ins().call(reference, &args.0);
                self.pass_on(call, ty, args.1);
            }
        }
    }

    /// TAIL_CALL_INDIRECT.
    pub(super) fn tail_call_indirect(&mut self, inst: &Inst<'p>) {
        let ty = self.plan.type_of(inst.type_index());
        self.pay_call();
        let code = self.indirect(inst);
        let signature = self.signature(ty);
        let args = inst.registers().get(..ty.params.len()).unwrap_or_default();
        let args = self.tail_arguments(ty, args);
        self.flush_fuel();
        match self.body.leave {
            None => {
                self.b.ins().return_call_indirect(signature, code, &args.0);
                self.end();
            }
            Some(_) => {
                self.stand_at_call();
                let call = self.b.ins().call_indirect(signature, code, &args.0);
                self.pass_on(call, ty, args.1);
            }
        }
    }

    /// Lets the next instruction come from the call in whose place the present body is translated: a
    /// function that has made a tail call is no longer active, and its caller is.
    fn stand_at_call(&mut self) {
        let first = self.body.places;
        let at = self.inlined.partition_point(|one| one.first < first);
        if let Some(inlined) = self.inlined.get(at).filter(|one| one.first == first) {
            self.b.set_srcloc(ir::SourceLoc::new(inlined.call));
        }
    }

    /// The arguments of a call in place of the function, whose room for results is passed on.
    fn tail_arguments(
        &mut self,
        ty: &FuncType,
        registers: &[u16],
    ) -> (Vec<Value>, Option<StackSlot>) {
        let (mut all, slot) = match (self.body.leave, self.results) {
            (Some(_), _) => self.hidden(ty),
            (None, Some(results)) => (vec![self.context, results], None),
            (None, None) => (vec![self.context], None),
        };
        all.extend(registers.iter().map(|&register| self.get(register)));
        (all, slot)
    }

    /// Leaves a function that was translated into another with the results of a call.
    fn pass_on(&mut self, call: ir::Inst, ty: &FuncType, slot: Option<StackSlot>) {
        self.reload_fuel();
        let results = self.b.inst_results(call).to_vec();
        let results = results.into_iter().zip(&ty.results);
        let mut values: Vec<Value> = results
            .map(|(value, &ty)| self.with_type(value, clif(ty)))
            .collect();
        for n in values.len()..ty.results.len() {
            if let Some(slot) = slot {
                let ty = clif(ty.results[n]);
                let at = (n - IN_REGISTERS) as i32 * 8;
                values.push(self.b.ins().stack_load(types::I64, ty, slot, at));
            }
        }
        self.leave(&values);
    }

    /// RETURN.
    pub(super) fn return_registers(&mut self, registers: &[u16]) {
        let values: Vec<Value> = registers.iter().map(|&one| self.get(one)).collect();
        if self.body.leave.is_none() {
            self.flush_fuel();
        }
        self.leave(&values);
    }

    /// Leaves the present body with results.
    fn leave(&mut self, values: &[Value]) {
        match self.body.leave {
            Some(Leave::To(block)) => {
                let args: Vec<ir::BlockArg> = values.iter().map(|&value| value.into()).collect();
                self.b.ins().jump(block, &args);
            }
            Some(Leave::Here) => {
                self.left = values.to_vec();
                return;
            }
            None => {
                let (first, more) = values.split_at(values.len().min(IN_REGISTERS));
                if let Some(room) = self.results {
                    for (n, &value) in more.iter().enumerate() {
                        let flags = ir::MemFlagsData::trusted();
                        self.b.ins().store(flags, value, room, n as i32 * 8);
                    }
                }
                let own = self.body.ty;
                let first = first.iter().enumerate();
                let first: Vec<Value> = first
                    .map(|(n, &value)| self.with_type(value, abi::result(self.plan, own, n)))
                    .collect();
                self.b.ins().return_(&first);
            }
        }
        self.end();
    }

    /// Translates a small function in place of a call; whether that was done.
    fn inline(&mut self, function: u32, args: &[u16], results: &[u16]) -> bool {
        let Some((ty, code, runs)) = self.plan.inlinable(function) else {
            return false;
        };
        if code.len() > self.budget || self.is_active(function) {
            return false;
        }
        self.budget -= code.len();
        let call = self.b.srcloc();
        let args: Vec<Value> = args.iter().map(|&register| self.get(register)).collect();
        let first = self.next_place;
        self.next_place += code.len() as u32;
        self.inlined.push(Inlined {
            first,
            function,
            call: call.bits(),
        });
        let mut body = Body::new(self.plan, function, (ty, code), first, Some(Leave::Here));
        let after = (!body.flow.is_straight(code)).then(|| self.b.create_block());
        if let Some(after) = after {
            for &ty in &ty.results {
                self.b.append_block_param(after, clif(ty));
            }
            body.leave = Some(Leave::To(after));
        }
        let outer = self.enter(body);
        self.declare(runs, &args);
        self.run();
        self.go_back(outer);
        self.b.set_srcloc(call);
        let values = match after {
            Some(after) => {
                self.continue_at(after);
                self.begin();
                self.b.block_params(after).to_vec()
            }
            None => std::mem::take(&mut self.left),
        };
        for (&register, value) in results.iter().zip(values) {
            if register != DISCARD {
                self.set(register, value);
            }
        }
        true
    }
}
