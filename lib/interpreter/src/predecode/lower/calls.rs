//! Calls and switches: cells with lists after them.

use crate::cell::Cell;
use crate::code::address;
use crate::predecode::{Fixup, Predecoder};
use vbc_core::isa::{DISCARD, FuncType, Inst};
use vbc_core::module::NONE;

/// The cell of a direct call with `copied` arguments.
pub(crate) fn call_cell(copied: usize, paid: bool) -> Cell {
    let cell = match copied {
        0 => Cell::Call0,
        1 => Cell::Call1,
        _ => Cell::Call2,
    };
    if paid { cell.paid() } else { cell }
}

impl<'a> Predecoder<'a> {
    /// Puts the arguments from number `copied` on into the window; the call's own cell copies the
    /// others.
    pub(super) fn emit_arguments(&mut self, arguments: &[u16], copied: usize) {
        self.out = self.out.max(arguments.len());
        let mut rest = arguments.iter().enumerate().skip(copied);
        while let Some((n, &argument)) = rest.next() {
            let slot = self.window + n as u16;
            match rest.next() {
                Some((_, &second)) => {
                    self.emit(Cell::MoveTwo, slot, argument, slot + 1, second);
                }
                None => self.emit(Cell::Move, slot, argument, 0, 0),
            }
        }
    }

    pub(super) fn emit_results(&mut self, results: &[u16]) {
        let scratch = self.scratch;
        self.emit_list(results.iter().map(|&register| match register {
            DISCARD => scratch,
            register => register,
        }));
    }

    fn callee_type(&self, function: u32) -> &'a FuncType {
        let module = self.facts.bound.program.module();
        let ty = self.facts.bound.spaces.func_type(module, function);
        self.func_type(ty.unwrap_or(NONE))
    }

    fn func_type(&self, ty: u32) -> &'a FuncType {
        static NO_TYPE: std::sync::LazyLock<FuncType> = std::sync::LazyLock::new(FuncType::default);
        let module = self.facts.bound.program.module();
        module.types.func(ty).unwrap_or(&NO_TYPE)
    }

    pub(super) fn emit_call(&mut self, inst: &Inst<'a>) {
        let function = inst.func();
        let ty = self.callee_type(function);
        let (arguments, rest) = inst.registers().split_at(ty.params.len());
        let copied = arguments.len().min(2);
        self.emit_arguments(arguments, copied);
        let argument = |n: usize| arguments.get(n).copied().unwrap_or(0);
        let entry = &self.facts.functions[function as usize];
        let (window, first, second) = (self.window, argument(0), argument(1));
        if self.facts.is_ready(function) {
            let cell = call_cell(copied, self.paid);
            let (slots, code) = (entry.slots as u16, address(entry.code));
            self.emit_wide(cell, window, first, second, slots, code);
        } else {
            let kind = copied as u16 | u16::from(self.paid) << 2;
            let cell = Cell::CallUnready;
            self.emit_wide(cell, window, first, second, kind, function.into());
        }
        self.emit_results(&rest[..ty.results.len()]);
    }

    /// Whether functions of other types may be called where one of type `ty` is named.
    fn has_subtypes(&self, ty: u32) -> bool {
        let ty = self.facts.bound.program.module().types.get(ty);
        ty.is_some_and(|ty| !ty.is_final)
    }

    pub(super) fn table_address(&self, index: u32) -> u64 {
        address(&raw const self.facts.thread.instance.tables[index as usize])
    }

    pub(super) fn emit_call_indirect(&mut self, inst: &Inst<'a>) {
        let (table, ty_index) = (inst.table(0), inst.type_index());
        let ty = self.func_type(ty_index);
        let (arguments, rest) = inst.registers().split_at(ty.params.len());
        self.emit_arguments(arguments, 0);
        match self.has_subtypes(ty_index) {
            true => {
                let (cell, paid) = (Cell::CallIndirectSubtype, self.paid.into());
                self.emit_wide(cell, self.window, inst.src(0), 0, paid, table.into());
            }
            false => {
                let cell = self.paid_or(Cell::CallIndirect);
                let table = self.table_address(table);
                self.emit_wide(cell, self.window, inst.src(0), 0, 0, table);
            }
        }
        let canonical = self.facts.bound.program.canonical_types()[ty_index as usize];
        self.cells.push(canonical.into());
        self.emit_results(&rest[..ty.results.len()]);
    }

    pub(super) fn emit_tail_call(&mut self, inst: &Inst<'a>) {
        let function = inst.func();
        let count = self.callee_type(function).params.len();
        self.emit_arguments(&inst.registers()[..count], 0);
        let cell = self.paid_or(Cell::TailCall);
        self.emit_cd(cell, self.window, 0, count as u32);
        let entry = &raw const self.facts.functions[function as usize];
        self.cells.push(address(entry));
    }

    pub(super) fn emit_tail_call_indirect(&mut self, inst: &Inst<'a>) {
        let (table, ty_index) = (inst.table(0), inst.type_index());
        let count = self.func_type(ty_index).params.len();
        self.emit_arguments(&inst.registers()[..count], 0);
        match self.has_subtypes(ty_index) {
            true => {
                let (cell, paid) = (Cell::TailCallIndirectSubtype, self.paid.into());
                let count = count as u16;
                self.emit_wide(cell, self.window, inst.src(0), count, paid, table.into());
            }
            false => {
                let cell = self.paid_or(Cell::TailCallIndirect);
                self.emit_cd(cell, self.window, inst.src(0), count as u32);
                let table = self.table_address(table);
                self.cells.push(table);
            }
        }
        let canonical = self.facts.bound.program.canonical_types()[ty_index as usize];
        self.cells.push(canonical.into());
    }

    pub(super) fn emit_switch(&mut self, inst: &Inst<'a>) {
        let targets = inst.targets();
        let cell = self.paid_or(Cell::Switch);
        self.emit_cd(cell, inst.src(0), 0, targets.len() as u32 - 1);
        let start = self.start;
        for (n, &distance) in targets.iter().enumerate() {
            if n % 2 == 0 {
                self.cells.push(0);
            }
            self.fixups.push(Fixup {
                cell: start,
                half: (start + 2) * 2 + n,
                target: self.at.wrapping_add_signed(distance as isize),
            });
        }
    }

    fn paid_or(&self, cell: Cell) -> Cell {
        if self.paid { cell.paid() } else { cell }
    }
}
