//! Loads, stores, and what grows memory or moves much of it.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Type, Value, types};

use super::context::{Runtime, access_code, offset};
use super::translate::{Translator, constant, trusted};
use vbc_core::isa::{Inst, Trap};
use vbc_core::module::Kind;
use vbc_runtime::GUARD;

/// An access to memory that has been checked.
struct Access {
    address: Value,
    offset: i32,
    flags: MemFlagsData,
}

impl<'p> Translator<'p, '_> {
    /// Checks an access of `size` bytes at the address in a register plus the instruction's offset.
    fn access(&mut self, inst: &Inst<'_>, size: u64) -> Access {
        let offset = inst.offset();
        let index = self.get_widened(inst.src(0));
        // Nothing here is known to be aligned.
        let checked = MemFlagsData::new()
            .with_alias_region(Some(self.regions.memory))
            .with_endianness(endianness());
        let near = offset.checked_add(size).is_some_and(|end| end <= GUARD);
        if self.plan.guarded() && near {
            if self.plan.memory_is_64 {
                let len = self.load_context(types::I64, offset::MEMORY_LEN);
                let outside = self
                    .b
                    .ins()
                    .icmp(IntCC::UnsignedGreaterThanOrEqual, index, len);
                self.trap_if(outside, Trap::MemoryOutOfBounds);
            }
            let code = access_code(self.accesses.len());
            self.accesses.push(self.b.srcloc().bits());
            let flags = checked.with_trap_code(Some(code));
            let base = self.memory_base();
            let address = self.b.ins().iadd(base, index);
            return Access {
                address,
                offset: offset as i32,
                flags,
            };
        }
        self.check(index, offset, size);
        let base = self.memory_base();
        let mut address = self.b.ins().iadd(base, index);
        let offset = match i32::try_from(offset) {
            Ok(offset) => offset,
            Err(_) => {
                let offset = self.b.ins().iconst(types::I64, offset as i64);
                address = self.b.ins().iadd(address, offset);
                0
            }
        };
        Access {
            address,
            offset,
            flags: checked.with_notrap(),
        }
    }

    /// Traps unless `size` bytes at `index` + `offset` lie in memory.
    fn check(&mut self, index: Value, offset: u64, size: u64) {
        let len = self.load_context(types::I64, offset::MEMORY_LEN);
        let Some(beyond) = offset.checked_add(size) else {
            let always = self.b.ins().iconst(types::I32, 1);
            return self.trap_if(always, Trap::MemoryOutOfBounds);
        };
        let beyond = self.b.ins().iconst(types::I64, beyond as i64);
        let end = self.b.ins().iadd(index, beyond);
        if self.plan.memory_is_64 || offset > u64::from(u32::MAX) {
            let wraps = self.b.ins().icmp(IntCC::UnsignedLessThan, end, index);
            self.trap_if(wraps, Trap::MemoryOutOfBounds);
        }
        let outside = self.b.ins().icmp(IntCC::UnsignedGreaterThan, end, len);
        self.trap_if(outside, Trap::MemoryOutOfBounds);
    }

    /// The address of memory. Where everything that addresses can reach is reserved ahead, it never
    /// changes.
    fn memory_base(&mut self) -> Value {
        if self.plan.guarded() && !self.plan.memory_is_64 {
            let flags = constant(self.regions.context);
            let context = self.context;
            self.b
                .ins()
                .load(types::I64, flags, context, offset::MEMORY)
        } else {
            self.load_context(types::I64, offset::MEMORY)
        }
    }

    /// Loads `ty` whole.
    pub(super) fn load(&mut self, inst: &Inst<'_>, ty: Type) {
        let Access {
            address,
            offset,
            flags,
        } = self.access(inst, u64::from(ty.bytes()));
        let value = self.b.ins().load(ty, flags, address, offset);
        self.set(inst.dst(), value);
    }

    /// Loads an integer `narrow` and extends it to `ty`.
    pub(super) fn load_extended(&mut self, inst: &Inst<'_>, narrow: Type, ty: Type, signed: bool) {
        let Access {
            address,
            offset,
            flags,
        } = self.access(inst, u64::from(narrow.bytes()));
        let value = self.b.ins().load(narrow, flags, address, offset);
        let value = match signed {
            true => self.b.ins().sextend(ty, value),
            false => self.b.ins().uextend(ty, value),
        };
        self.set(inst.dst(), value);
    }

    /// Stores the low bits of a register, as many as `ty` has.
    pub(super) fn store(&mut self, inst: &Inst<'_>, ty: Type) {
        let Access {
            address,
            offset,
            flags,
        } = self.access(inst, u64::from(ty.bytes()));
        let mut value = self.get(inst.src(1));
        if self.b.func.dfg.value_type(value) != ty {
            value = self.b.ins().ireduce(ty, value);
        }
        self.b.ins().store(flags, value, address, offset);
    }

    pub(super) fn memory_size(&mut self, inst: &Inst<'_>) {
        let bytes = self.load_context(types::I64, offset::MEMORY_LEN);
        let pages = self.b.ins().ushr_imm_u(bytes, 16);
        self.set_narrowed(inst.dst(), pages);
    }

    pub(super) fn memory_grow(&mut self, inst: &Inst<'_>) {
        let pages = self.get_widened(inst.src(0));
        let before = self.call_runtime(Runtime::MemoryGrow, &[pages]);
        if let Some(before) = before {
            self.set_narrowed(inst.dst(), before);
        }
    }

    /// The three registers that are read, whether moving is paid, and where this is, after `first`.
    fn bulk(&mut self, function: Runtime, first: Option<u64>, inst: &Inst<'_>) {
        self.bulk_of(function, first, &[inst.src(0), inst.src(1), inst.src(2)]);
    }

    /// Calls `function` with `first`, the values of registers, and what paying needs.
    fn bulk_of(
        &mut self,
        function: Runtime,
        first: Option<u64>,
        registers: &[u16],
    ) -> Option<Value> {
        let mut args = Vec::with_capacity(7);
        if let Some(first) = first {
            args.push(self.b.ins().iconst(types::I64, first as i64));
        }
        for &register in registers {
            args.push(self.get_widened(register));
        }
        let paid = self.body.paid;
        args.push(self.b.ins().iconst(types::I64, i64::from(paid)));
        let (site, fp) = self.whereabouts();
        args.extend([site, fp]);
        if paid {
            self.flush_fuel();
        }
        let result = self.call_runtime(function, &args);
        if paid {
            self.reload_fuel();
        }
        result
    }

    pub(super) fn memory_copy(&mut self, inst: &Inst<'_>) {
        self.bulk(Runtime::MemoryCopy, None, inst);
    }

    pub(super) fn memory_fill(&mut self, inst: &Inst<'_>) {
        self.bulk(Runtime::MemoryFill, None, inst);
    }

    /// The number among the defined rows of the data row with index `data`.
    fn defined_data(&self, data: u32) -> u64 {
        u64::from(data - self.plan.spaces.imported(Kind::Data))
    }

    pub(super) fn memory_init(&mut self, inst: &Inst<'_>) {
        let row = self.defined_data(inst.data());
        self.bulk(Runtime::MemoryInit, Some(row), inst);
    }

    pub(super) fn data_drop(&mut self, inst: &Inst<'_>) {
        let row = self.defined_data(inst.data()) as i64;
        let row = self.b.ins().iconst(types::I64, row);
        self.call_runtime(Runtime::DataDrop, &[row]);
    }

    pub(super) fn data_address(&mut self, inst: &Inst<'_>) {
        let addresses = self.plan.program.data_addresses();
        let address = addresses.get(inst.data() as usize).copied().unwrap_or(0);
        let address = address.wrapping_add_signed(inst.addend()) as i64;
        let address = self.b.ins().iconst(types::I64, address);
        self.set_narrowed(inst.dst(), address);
    }

    fn global(&mut self, inst: &Inst<'_>) -> (Value, i32) {
        let globals = self.load_constant(offset::GLOBALS);
        match i32::try_from(u64::from(inst.global()) * 8) {
            Ok(offset) => (globals, offset),
            Err(_) => {
                let offset = self
                    .b
                    .ins()
                    .iconst(types::I64, i64::from(inst.global()) * 8);
                (self.b.ins().iadd(globals, offset), 0)
            }
        }
    }

    pub(super) fn global_get(&mut self, inst: &Inst<'_>) {
        let ty = self.plan.global_type(inst.global());
        let (address, offset) = self.global(inst);
        let flags = trusted(self.regions.globals);
        let value = self.b.ins().load(ty, flags, address, offset);
        self.set(inst.dst(), value);
    }

    /// What lies above a narrow value in its slot is zero and stays so.
    pub(super) fn global_set(&mut self, inst: &Inst<'_>) {
        let (address, offset) = self.global(inst);
        let value = self.get(inst.src(0));
        let flags = trusted(self.regions.globals);
        self.b.ins().store(flags, value, address, offset);
    }

    // Tables: their elements lie at the address in the first word of `Table`, their number in the second.

    fn table(&mut self, table: u32) -> (Value, Value) {
        let tables = self.load_constant(offset::TABLES);
        let at = i64::from(table) * size_of::<vbc_runtime::Table>() as i64;
        let base = self.b.ins().iadd_imm_s(tables, at);
        // A table that nothing grows stays where it is.
        let flags = match self.plan.grows(table) {
            true => trusted(self.regions.tables),
            false => constant(self.regions.tables),
        };
        let elements = self.b.ins().load(types::I64, flags, base, 0);
        let len = self.b.ins().load(types::I64, flags, base, 8);
        (elements, len)
    }

    /// The address of an element, of which the index is checked.
    pub(super) fn element(&mut self, table: u32, index: Value, trap: Trap) -> Value {
        let (elements, len) = self.table(table);
        let outside = self
            .b
            .ins()
            .icmp(IntCC::UnsignedGreaterThanOrEqual, index, len);
        self.trap_if(outside, trap);
        let at = self.b.ins().ishl_imm_u(index, 3);
        self.b.ins().iadd(elements, at)
    }

    pub(super) fn table_get(&mut self, inst: &Inst<'_>) {
        let index = self.get_widened(inst.src(0));
        let table = inst.table(0);
        let place = self.element(table, index, Trap::TableOutOfBounds);
        let flags = trusted(self.regions.tables);
        let value = self.b.ins().load(types::I64, flags, place, 0);
        self.set(inst.dst(), value);
    }

    pub(super) fn table_set(&mut self, inst: &Inst<'_>) {
        let index = self.get_widened(inst.src(0));
        let table = inst.table(0);
        let place = self.element(table, index, Trap::TableOutOfBounds);
        let value = self.get(inst.src(1));
        let flags = trusted(self.regions.tables);
        self.b.ins().store(flags, value, place, 0);
    }

    pub(super) fn table_size(&mut self, inst: &Inst<'_>) {
        let (_, len) = self.table(inst.table(0));
        self.set_narrowed(inst.dst(), len);
    }

    pub(super) fn table_grow(&mut self, inst: &Inst<'_>) {
        let table = u64::from(inst.table(0));
        let registers = [inst.src(0), inst.src(1)];
        let before = self.bulk_of(Runtime::TableGrow, Some(table), &registers);
        if let Some(before) = before {
            self.set_narrowed(inst.dst(), before);
        }
    }

    pub(super) fn table_fill(&mut self, inst: &Inst<'_>) {
        let table = u64::from(inst.table(0));
        self.bulk(Runtime::TableFill, Some(table), inst);
    }

    pub(super) fn table_copy(&mut self, inst: &Inst<'_>) {
        let tables = two_indexes(inst.table(0), inst.table(1));
        self.bulk(Runtime::TableCopy, Some(tables), inst);
    }

    pub(super) fn table_init(&mut self, inst: &Inst<'_>) {
        let both = two_indexes(inst.table(0), inst.elem());
        self.bulk(Runtime::TableInit, Some(both), inst);
    }

    pub(super) fn elem_drop(&mut self, inst: &Inst<'_>) {
        let segment = self.b.ins().iconst(types::I64, i64::from(inst.elem()));
        self.call_runtime(Runtime::ElemDrop, &[segment]);
    }
}

/// Two indexes in one word, as the runtime takes them.
fn two_indexes(low: u32, high: u32) -> u64 {
    u64::from(low) | u64::from(high) << 32
}

/// Numbers in memory are little-endian on every host.
fn endianness() -> cranelift_codegen::ir::Endianness {
    cranelift_codegen::ir::Endianness::Little
}
