//! Managed objects.

use crate::cell::Cell;
use crate::predecode::Predecoder;
use vbc_core::isa::{DISCARD, Inst, ManagedOp as Op};
use vbc_core::module::Surroundings;
use vbc_runtime::heap::{Field, Storage};

impl<'a> Predecoder<'a> {
    /// Makes the cells of an instruction of the family.
    pub(super) fn managed(&mut self, op: Op, inst: &Inst<'a>) {
        match op {
            Op::RefAsNonNull => self.emit(Cell::NonNull, inst.dst(), inst.src(0), 0, 0),
            Op::RefEq => self.emit(Cell::Eq, inst.dst(), inst.src(0), inst.src(1), 0),
            Op::RefTest => self.cast(Cell::RefTest, inst),
            Op::RefCast => self.cast(Cell::RefCast, inst),
            Op::BrOnNull => {
                self.emit_reference_branch(Cell::BranchOnNull, inst);
                self.pay_backward(inst);
            }
            Op::BrOnCastFail => {
                self.emit_reference_branch(Cell::BranchOnCastFail, inst);
                self.cells.push(self.test(inst));
                self.pay_backward(inst);
            }
            Op::I31New => self.i31_new(inst),
            Op::I31Get => self.emit(Cell::I31Get, inst.dst(), inst.src(0), 0, 0),
            Op::I31GetU => self.emit(Cell::I31GetU, inst.dst(), inst.src(0), 0, 0),
            Op::AnyOfExtern | Op::ExternOfAny => {
                self.emit(Cell::Move, inst.dst(), inst.src(0), 0, 0);
            }

            Op::StructNew => self.struct_new(inst),
            Op::StructNewDefault => {
                let number = self.type_number(inst).into();
                self.emit_wide(Cell::StructNewDefault, inst.dst(), 0, 0, 0, number);
            }
            Op::StructGet | Op::StructGetU => self.struct_get(inst, false),
            Op::StructGetS => self.struct_get(inst, true),
            Op::StructSet => self.struct_set(inst),

            Op::ArrayNew => self.array_new(Cell::ArrayNew, inst, inst.src(0), inst.src(1)),
            Op::ArrayNewDefault => self.array_new(Cell::ArrayNewDefault, inst, 0, inst.src(0)),
            Op::ArrayNewFixed => self.array_new_fixed(inst),
            Op::ArrayNewData => {
                self.array_new(Cell::ArrayNewData, inst, inst.src(0), inst.src(1));
                self.cells.push(self.defined_data(inst.data()));
            }
            Op::ArrayNewElem => {
                self.array_new(Cell::ArrayNewElem, inst, inst.src(0), inst.src(1));
                self.cells.push(inst.elem().into());
            }
            Op::ArrayGet | Op::ArrayGetU => self.array_get(inst, false),
            Op::ArrayGetS => self.array_get(inst, true),
            Op::ArraySet => self.array_set(inst),
            Op::ArrayLen => self.emit(Cell::ArrayLen, inst.dst(), inst.src(0), 0, 0),
            Op::ArrayFill => {
                let word = self.of_object(inst, 0, 0);
                self.array_bulk(Cell::ArrayFill, inst, word);
                self.cells.push(inst.src(3).into());
            }
            Op::ArrayCopy => {
                let word = self.of_object(inst, 0, self.object_number(inst, 2));
                self.array_bulk(Cell::ArrayCopy, inst, word);
                self.cells
                    .push(u64::from(inst.src(3)) | u64::from(inst.src(4)) << 32);
            }
            Op::ArrayInitData => {
                let word = self.of_object(inst, 0, self.defined_data(inst.data()) as u32);
                self.array_bulk(Cell::ArrayInitData, inst, word);
                self.cells.push(inst.src(3).into());
            }
            Op::ArrayInitElem => {
                let word = self.of_object(inst, 0, inst.elem());
                self.array_bulk(Cell::ArrayInitElem, inst, word);
                self.cells.push(inst.src(3).into());
            }
            Op::ArrayToMemory => {
                let word = self.of_object(inst, 1, inst.src(3).into());
                let (array, index, address) = (inst.src(1), inst.src(2), inst.src(0));
                let paid = self.paid.into();
                self.emit_wide(Cell::ArrayToMemory, array, index, address, paid, word);
            }
            Op::MemoryToArray => {
                let word = self.of_object(inst, 0, inst.src(3).into());
                self.array_bulk(Cell::MemoryToArray, inst, word);
            }

            Op::CallRef => self.emit_call_ref(inst),
            Op::TailCallRef => self.emit_tail_call_ref(inst),
        }
    }

    fn cast(&mut self, cell: Cell, inst: &Inst<'a>) {
        let test = self.test(inst);
        self.emit_wide(cell, inst.dst(), inst.src(0), 0, 0, test);
    }

    /// The word of the test that a cast makes.
    fn test(&self, inst: &Inst<'a>) -> u64 {
        let ty = inst.ref_type();
        ty.map_or(0, |ty| self.facts.bound.ref_test(ty).word())
    }

    /// A branch that writes where it is not taken.
    fn emit_reference_branch(&mut self, cell: Cell, inst: &Inst<'a>) {
        let paid = std::mem::replace(&mut self.paid, false);
        self.emit_branch(cell, inst.dst(), inst.src(0), self.at, inst.distance());
        self.paid = paid;
    }

    /// The word that says whether a branch costs fuel.
    fn pay_backward(&mut self, inst: &Inst<'a>) {
        let pays = self.paid && inst.distance() <= 0;
        self.cells.push(pays.into());
    }

    /// Twice the number, plus one: as references hold it.
    fn i31_new(&mut self, inst: &Inst<'a>) {
        self.emit(Cell::ShlI32Imm, inst.dst(), inst.src(0), 1, 0);
        self.emit(Cell::OrI32Imm, inst.dst(), inst.dst(), 1, 0);
    }

    /// The number of the type that the instruction names.
    fn type_number(&self, inst: &Inst<'a>) -> u32 {
        self.facts.bound.type_number(inst.type_index())
    }

    /// The number of the type of the object in source `n`.
    fn object_number(&self, inst: &Inst<'a>, n: usize) -> u32 {
        let ty = self.register_type(inst.src(n));
        let index = ty.and_then(|ty| ty.defined());
        index.map_or(0, |index| self.facts.bound.type_number(index))
    }

    /// The number of the type of the object in source `n`, and another number.
    fn of_object(&self, inst: &Inst<'a>, n: usize, other: u32) -> u64 {
        u64::from(self.object_number(inst, n)) | u64::from(other) << 32
    }

    fn struct_new(&mut self, inst: &Inst<'a>) {
        let (fields, result) = self.made_of(inst);
        self.emit_cd(Cell::StructNew, result, 0, fields.len() as u32);
        self.cells.push(self.type_number(inst).into());
        self.emit_list(fields.iter().copied());
    }

    /// What an object is made of, and the register for it.
    fn made_of(&self, inst: &Inst<'a>) -> (&'a [u16], u16) {
        let (parts, results) = self.divided(inst);
        let result = results.first().copied();
        let result = result.filter(|&result| result != DISCARD);
        (parts, result.unwrap_or(self.scratch))
    }

    /// A field of the object in source 0, or its elements.
    fn part(&self, inst: &Inst<'a>, number: u16) -> Option<Field> {
        let types = self.facts.bound.heap_types.as_ref()?;
        let row = types.get(self.object_number(inst, 0))?;
        types.fields_of(row).get(usize::from(number)).copied()
    }

    fn struct_get(&mut self, inst: &Inst<'a>, signed: bool) {
        let Some(field) = self.part(inst, inst.field_number()) else {
            return;
        };
        let cell = match (field.storage.shift(), signed) {
            (0, true) => Cell::FieldLoad8,
            (0, false) => Cell::FieldLoad8U,
            (1, true) => Cell::FieldLoad16,
            (1, false) => Cell::FieldLoad16U,
            (2, _) => Cell::FieldLoad32,
            _ => Cell::FieldLoad64,
        };
        self.emit_cd(cell, inst.dst(), inst.src(0), field.offset);
    }

    fn struct_set(&mut self, inst: &Inst<'a>) {
        let Some(field) = self.part(inst, inst.field_number()) else {
            return;
        };
        let (object, value) = (inst.src(0), inst.src(1));
        let cell = match (field.storage, field.storage.shift()) {
            (Storage::Ref, _) => {
                let word = self.of_object(inst, 0, inst.field_number().into());
                return self.emit_wide(Cell::StructSet, object, value, 0, 0, word);
            }
            (_, 0) => Cell::FieldStore8,
            (_, 1) => Cell::FieldStore16,
            (_, 2) => Cell::FieldStore32,
            _ => Cell::FieldStore64,
        };
        self.emit_cd(cell, value, object, field.offset);
    }

    /// An array with as many elements as register `count` says.
    fn array_new(&mut self, cell: Cell, inst: &Inst<'a>, b: u16, count: u16) {
        let (paid, number) = (self.paid.into(), self.type_number(inst).into());
        self.emit_wide(cell, inst.dst(), b, count, paid, number);
    }

    fn array_new_fixed(&mut self, inst: &Inst<'a>) {
        let (items, result) = self.made_of(inst);
        let word = u64::from(self.type_number(inst)) | u64::from(inst.count()) << 32;
        self.emit_wide(Cell::ArrayNewFixed, result, 0, 0, self.paid.into(), word);
        self.emit_list(items.iter().copied());
    }

    fn array_get(&mut self, inst: &Inst<'a>, signed: bool) {
        let Some(element) = self.part(inst, 0) else {
            return;
        };
        let cell = match (element.storage.shift(), signed) {
            (0, true) => Cell::ElementLoad8,
            (0, false) => Cell::ElementLoad8U,
            (1, true) => Cell::ElementLoad16,
            (1, false) => Cell::ElementLoad16U,
            (2, _) => Cell::ElementLoad32,
            _ => Cell::ElementLoad64,
        };
        self.emit(cell, inst.dst(), inst.src(0), inst.src(1), 0);
    }

    fn array_set(&mut self, inst: &Inst<'a>) {
        let Some(element) = self.part(inst, 0) else {
            return;
        };
        let (array, index, value) = (inst.src(0), inst.src(1), inst.src(2));
        let cell = match (element.storage, element.storage.shift()) {
            (Storage::Ref, _) => {
                let word = self.of_object(inst, 0, 0);
                return self.emit_wide(Cell::ArraySet, array, index, value, 0, word);
            }
            (_, 0) => Cell::ElementStore8,
            (_, 1) => Cell::ElementStore16,
            (_, 2) => Cell::ElementStore32,
            _ => Cell::ElementStore64,
        };
        self.emit(cell, value, array, index, 0);
    }

    /// A cell with the first three sources.
    fn array_bulk(&mut self, cell: Cell, inst: &Inst<'a>, word: u64) {
        let paid = self.paid.into();
        self.emit_wide(cell, inst.src(0), inst.src(1), inst.src(2), paid, word);
    }

    fn emit_call_ref(&mut self, inst: &Inst<'a>) {
        let (arguments, results) = self.divided(inst);
        self.emit_arguments(arguments, 0);
        let paid = self.paid.into();
        self.emit_wide(Cell::CallRef, self.window, inst.src(0), 0, 0, paid);
        self.emit_results(results);
    }

    fn emit_tail_call_ref(&mut self, inst: &Inst<'a>) {
        let (arguments, _) = self.divided(inst);
        self.emit_arguments(arguments, 0);
        let count = arguments.len() as u32;
        self.emit_cd(Cell::TailCallRef, self.window, inst.src(0), count);
        self.cells.push(self.paid.into());
    }
}
