//! Instructions of managed objects. Null and ranges are checked before anything is paid, and paid before anything is
//! made or moves.

use super::bulk::{PIECE, in_parts, move_within, range};
use super::{BoundProgram, Guest};
use crate::heap::{Element, Heap, Kind, Ref};
use crate::{Managed, Meter, Stop, Value, reference};
use vbc_core::isa::{HeapType, RefType, Trap, ValType};

/// Elements that are written between two looks at the clock.
const PART: usize = 4 << 20;

/// What a reference must be for a cast to succeed, as a word that code can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefTest(u64);

impl RefTest {
    const NULLABLE: u64 = 1 << 3;
    const NOTHING: u64 = 0;
    const ANYTHING: u64 = 1;
    const I31: u64 = 2;
    const COMPARABLE: u64 = 3;
    const STRUCT: u64 = 4;
    const ARRAY: u64 = 5;
    const OBJECT: u64 = 6;
    const FUNCTION: u64 = 7;

    /// The test from its word.
    pub const fn from_word(word: u64) -> RefTest {
        RefTest(word)
    }

    /// The word.
    pub const fn word(self) -> u64 {
        self.0
    }

    /// What the test is about.
    const fn class(self) -> u64 {
        self.0 & 7
    }

    /// The number of the declared type.
    const fn number(self) -> u32 {
        (self.0 >> 32) as u32
    }
}

impl BoundProgram {
    /// The number by which objects know the declared type `index`.
    pub fn type_number(&self, index: u32) -> u32 {
        let types = self.heap_types.as_ref();
        types.map_or(index, |types| types.number(index))
    }

    /// Whether a type is another or a subtype of it, both by number.
    pub fn is_subtype(&self, sub: u32, of: u32) -> bool {
        let types = self.heap_types.as_ref();
        sub == of || types.is_some_and(|types| types.is_subtype(sub, of))
    }

    /// The test for a reference type.
    pub fn ref_test(&self, ty: RefType) -> RefTest {
        let types = &self.program.module().types;
        let class = match ty.heap() {
            HeapType::Func | HeapType::Extern | HeapType::Any | HeapType::Exn => RefTest::ANYTHING,
            HeapType::None | HeapType::NoFunc | HeapType::NoExtern | HeapType::NoExn => {
                RefTest::NOTHING
            }
            HeapType::Eq => RefTest::COMPARABLE,
            HeapType::I31 => RefTest::I31,
            HeapType::Struct => RefTest::STRUCT,
            HeapType::Array => RefTest::ARRAY,
            HeapType::Defined(index) if types.func(index).is_some() => RefTest::FUNCTION,
            HeapType::Defined(_) => RefTest::OBJECT,
        };
        let number = ty.defined().map_or(0, |index| self.type_number(index));
        let nullable = match ty.is_nullable() {
            true => RefTest::NULLABLE,
            false => 0,
        };
        RefTest(class | nullable | u64::from(number) << 32)
    }
}

/// What has to be known to make an array.
#[derive(Clone, Copy, Debug)]
pub struct NewArray {
    /// The number of the type.
    pub number: u32,
    /// The number of elements.
    pub count: u32,
    /// Whether moving costs fuel.
    pub paid: bool,
}

impl Guest {
    /// The value of type `ty` that a slot holds, as an embedder sees it.
    pub fn value(&self, ty: ValType, slot: u64) -> Value {
        let ty = self.bound.program.module().types.hierarchy(ty);
        match &self.thread.instance.heap {
            Some(heap) if ty == ValType::EXTERNREF => match Ref::from_slot(slot) {
                null if null.is_null() => Value::ExternRef(None),
                object => match heap.extern_value(object) {
                    Some(word) => Value::from_slot(ty, word),
                    // An object of the program's that it has made the host's.
                    None => Value::Managed(Managed::Object),
                },
            },
            _ => Value::from_slot(ty, slot),
        }
    }

    /// The slot that holds an embedder's value.
    ///
    /// # Errors
    ///
    /// Heap exhausted.
    pub fn slot(&mut self, value: Value) -> Result<u64, Stop> {
        match (value, &mut self.thread.instance.heap) {
            (Value::ExternRef(Some(_)), Some(heap)) => {
                Ok(heap.alloc_extern(value.to_slot(), &mut ())?.to_slot())
            }
            _ => Ok(value.to_slot()),
        }
    }

    /// The slots that hold an embedder's arguments.
    ///
    /// # Errors
    ///
    /// Heap exhausted.
    pub fn argument_slots(&mut self, args: &[Value]) -> Result<Vec<u64>, Stop> {
        args.iter().map(|&arg| self.slot(arg)).collect()
    }

    /// The address that references count from; null without a heap.
    pub fn heap_base(&self) -> *mut u8 {
        let heap = self.thread.instance.heap.as_ref();
        heap.map_or(std::ptr::null_mut(), Heap::base)
    }

    fn heap(&mut self) -> Result<&mut Heap, Stop> {
        Ok(self.heap_and_meter()?.0)
    }

    /// What is written, and what is looked at meanwhile.
    fn heap_and_meter(&mut self) -> Result<(&mut Heap, &Meter), Stop> {
        let heap = self.thread.instance.heap.as_mut();
        let heap = heap.ok_or(Stop::Trapped(Trap::HeapExhausted))?;
        Ok((heap, &self.thread.meter))
    }

    fn heap_ref(&self) -> Result<&Heap, Stop> {
        let heap = self.thread.instance.heap.as_ref();
        heap.ok_or(Stop::Trapped(Trap::HeapExhausted))
    }

    /// Whether the reference in a slot passes a test.
    pub fn passes(&self, slot: u64, test: RefTest) -> bool {
        if slot == 0 {
            return test.0 & RefTest::NULLABLE != 0;
        }
        if test.class() == RefTest::FUNCTION {
            let own = self.bound.canonical_type((slot - 1) as u32);
            return self.bound.is_subtype(own, test.number());
        }
        let Ok(heap) = self.heap_ref() else {
            return false;
        };
        let object = Ref::from_slot(slot);
        let is = |kinds: &[Kind]| heap.kind_of(object).is_some_and(|own| kinds.contains(&own));
        match test.class() {
            RefTest::ANYTHING => true,
            RefTest::I31 => object.is_i31(),
            RefTest::COMPARABLE => object.is_i31() || is(&[Kind::Struct, Kind::Array]),
            RefTest::STRUCT => is(&[Kind::Struct]),
            RefTest::ARRAY => is(&[Kind::Array]),
            RefTest::OBJECT => !object.is_i31() && heap.is_instance(object, test.number()),
            _ => false,
        }
    }

    /// STRUCT_NEW: a new struct with values in its fields.
    ///
    /// # Errors
    ///
    /// Heap exhausted.
    pub fn struct_new(
        &mut self,
        number: u32,
        values: impl Iterator<Item = u64>,
    ) -> Result<u64, Stop> {
        let heap = self.heap()?;
        let object = heap.alloc_struct(number, &mut ())?;
        for (field, value) in (0..).zip(values) {
            heap.set_field(object, number, field, value)?;
        }
        Ok(object.to_slot())
    }

    /// STRUCT_SET.
    ///
    /// # Errors
    ///
    /// Null reference.
    pub fn struct_set(
        &mut self,
        object: u64,
        number: u32,
        field: u32,
        value: u64,
    ) -> Result<(), Stop> {
        let object = Ref::from_slot(object);
        Ok(self.heap()?.set_field(object, number, field, value)?)
    }

    /// What `count` elements of arrays of a type take, in bytes.
    fn elements_bytes(&self, number: u32, count: u32) -> Result<u64, Stop> {
        let row = self.heap_ref()?.types().get(number);
        let shift = row.map_or(0, |row| row.element_shift);
        Ok(u64::from(count) << shift)
    }

    /// A new array of zeros or nulls, paid for.
    fn new_array(&mut self, new: NewArray) -> Result<Element, Stop> {
        let NewArray {
            number,
            count,
            paid,
        } = new;
        self.heap_ref()?.array_size(number, count)?;
        self.pay(paid, self.elements_bytes(number, count)?)?;
        let array = self.heap()?.alloc_array(number, count, &mut ())?;
        Ok(Element {
            array,
            number,
            index: 0,
        })
    }

    /// ARRAY_NEW_DEFAULT.
    ///
    /// # Errors
    ///
    /// Allocation too large; heap exhausted; no fuel.
    pub fn array_new_default(&mut self, new: NewArray) -> Result<u64, Stop> {
        Ok(self.new_array(new)?.array.to_slot())
    }

    /// ARRAY_NEW.
    ///
    /// # Errors
    ///
    /// As for [`Guest::array_new_default`], and time.
    pub fn array_new(&mut self, new: NewArray, value: u64) -> Result<u64, Stop> {
        let first = self.new_array(new)?;
        if value != 0 {
            self.fill_elements(first, value, new.count)?;
        }
        Ok(first.array.to_slot())
    }

    /// ARRAY_NEW_FIXED.
    ///
    /// # Errors
    ///
    /// As for [`Guest::array_new_default`].
    pub fn array_new_fixed(
        &mut self,
        new: NewArray,
        values: impl Iterator<Item = u64>,
    ) -> Result<u64, Stop> {
        let first = self.new_array(new)?;
        let heap = self.heap()?;
        for (index, value) in (0..).zip(values) {
            heap.set_element(Element { index, ..first }, value)?;
        }
        Ok(first.array.to_slot())
    }

    /// ARRAY_NEW_DATA: from byte `start` of the passive data row with this number among the defined ones.
    ///
    /// # Errors
    ///
    /// Out of bounds memory access; then as for [`Guest::array_new_default`].
    pub fn array_new_data(&mut self, new: NewArray, row: usize, start: u32) -> Result<u64, Stop> {
        let bytes = self.elements_bytes(new.number, new.count)?;
        let bound = self.bound.clone();
        let content = self.data(&bound, row, start, bytes)?;
        let first = self.new_array(new)?;
        self.copy_data(first, content)?;
        Ok(first.array.to_slot())
    }

    /// ARRAY_NEW_ELEM: from item `start` of a segment.
    ///
    /// # Errors
    ///
    /// Out of bounds table access; then as for [`Guest::array_new_default`].
    pub fn array_new_elem(&mut self, new: NewArray, elem: u32, start: u32) -> Result<u64, Stop> {
        let bound = self.bound.clone();
        let items = self.items(&bound, elem, start, new.count)?;
        let first = self.new_array(new)?;
        self.copy_items(first, items)?;
        Ok(first.array.to_slot())
    }

    /// ARRAY_SET.
    ///
    /// # Errors
    ///
    /// Null reference; out of bounds array access.
    pub fn array_set(&mut self, element: Element, value: u64) -> Result<(), Stop> {
        Ok(self.heap()?.set_element(element, value)?)
    }

    /// That elements are there; null is none.
    fn check_elements(&self, first: Element, count: u32) -> Result<(), Stop> {
        let length = self.heap_ref()?.array_len(first.array)?;
        match u64::from(first.index) + u64::from(count) <= u64::from(length) {
            true => Ok(()),
            false => Err(Trap::ArrayOutOfBounds.into()),
        }
    }

    /// ARRAY_FILL.
    ///
    /// # Errors
    ///
    /// Null reference; out of bounds array access; no fuel or time.
    pub fn array_fill(
        &mut self,
        first: Element,
        value: u64,
        count: u32,
        paid: bool,
    ) -> Result<(), Stop> {
        self.check_elements(first, count)?;
        self.pay(paid, self.elements_bytes(first.number, count)?)?;
        self.fill_elements(first, value, count)
    }

    fn fill_elements(&mut self, first: Element, value: u64, count: u32) -> Result<(), Stop> {
        let (heap, meter) = self.heap_and_meter()?;
        let mut done = Ok(());
        in_parts(meter, count as usize, PART, false, |at| {
            let index = first.index + at.start as u32;
            let part = Element { index, ..first };
            done = done.and(heap.array_fill(part, value, at.len() as u32));
        })?;
        Ok(done?)
    }

    /// ARRAY_COPY.
    ///
    /// # Errors
    ///
    /// Null reference; out of bounds array access; no fuel.
    pub fn array_copy(
        &mut self,
        to: Element,
        from: Element,
        count: u32,
        paid: bool,
    ) -> Result<(), Stop> {
        if to.array.is_null() || from.array.is_null() {
            return Err(Trap::NullReference.into());
        }
        self.check_elements(to, count)?;
        self.check_elements(from, count)?;
        self.pay(paid, self.elements_bytes(to.number, count)?)?;
        let (heap, meter) = self.heap_and_meter()?;
        let start = from.index as usize;
        let source = start..start + count as usize;
        let mut done = Ok(());
        move_within(meter, source, to.index as usize, PART, |part, index| {
            let element = |index: usize, of: Element| Element {
                index: index as u32,
                ..of
            };
            let (to, from) = (element(index, to), element(part.start, from));
            done = done.and(heap.array_copy(to, from, part.len() as u32));
        })?;
        Ok(done?)
    }

    /// ARRAY_INIT_DATA: from byte `start` of the passive data row with this number among the defined ones.
    ///
    /// # Errors
    ///
    /// Null reference; out of bounds array access; out of bounds memory access; no fuel.
    pub fn array_init_data(
        &mut self,
        first: Element,
        row: usize,
        (start, count): (u32, u32),
        paid: bool,
    ) -> Result<(), Stop> {
        self.check_elements(first, count)?;
        let bytes = self.elements_bytes(first.number, count)?;
        let bound = self.bound.clone();
        let content = self.data(&bound, row, start, bytes)?;
        self.pay(paid, bytes)?;
        self.copy_data(first, content)
    }

    /// `bytes` of a passive data row from `start`.
    fn data<'b>(
        &self,
        bound: &'b BoundProgram,
        row: usize,
        start: u32,
        bytes: u64,
    ) -> Result<&'b [u8], Stop> {
        let content = self.passive_data(bound, row);
        let range = range(start.into(), bytes, content.len());
        Ok(&content[range.ok_or(Trap::MemoryOutOfBounds)?])
    }

    /// Writes elements from their bytes.
    fn copy_data(&mut self, first: Element, content: &[u8]) -> Result<(), Stop> {
        let (heap, meter) = self.heap_and_meter()?;
        let row = heap.types().get(first.number);
        let shift = row.map_or(0, |row| row.element_shift);
        let mut done = Ok(());
        in_parts(meter, content.len(), PIECE, false, |at| {
            let index = first.index + (at.start >> shift) as u32;
            let part = Element { index, ..first };
            done = done.and(heap.array_init_bytes(part, &content[at]));
        })?;
        Ok(done?)
    }

    /// `count` items of a segment from `start`.
    fn items<'b>(
        &self,
        bound: &'b BoundProgram,
        elem: u32,
        start: u32,
        count: u32,
    ) -> Result<&'b [u32], Stop> {
        let items = self.passive_items(bound, elem);
        let range = range(start.into(), count.into(), items.len());
        Ok(&items[range.ok_or(Trap::TableOutOfBounds)?])
    }

    /// ARRAY_INIT_ELEM: from item `start` of a segment.
    ///
    /// # Errors
    ///
    /// Null reference; out of bounds array access; out of bounds table access; no fuel.
    pub fn array_init_elem(
        &mut self,
        first: Element,
        elem: u32,
        (start, count): (u32, u32),
        paid: bool,
    ) -> Result<(), Stop> {
        self.check_elements(first, count)?;
        let bound = self.bound.clone();
        let items = self.items(&bound, elem, start, count)?;
        self.pay(paid, self.elements_bytes(first.number, count)?)?;
        self.copy_items(first, items)
    }

    /// Writes elements from items of a segment.
    fn copy_items(&mut self, first: Element, items: &[u32]) -> Result<(), Stop> {
        let (heap, meter) = self.heap_and_meter()?;
        let mut done = Ok(());
        in_parts(meter, items.len(), PART, false, |at| {
            for n in at {
                let index = first.index + n as u32;
                let element = Element { index, ..first };
                done = done.and(heap.set_element(element, reference(items[n])));
            }
        })?;
        Ok(done?)
    }

    /// ARRAY_TO_MEMORY.
    ///
    /// # Errors
    ///
    /// Null reference; out of bounds array access; out of bounds memory access; no fuel.
    pub fn array_to_memory(
        &mut self,
        address: u64,
        first: Element,
        count: u32,
        paid: bool,
    ) -> Result<(), Stop> {
        self.check_elements(first, count)?;
        self.check_memory(address, count.into())?;
        self.pay(paid, count.into())?;
        let instance = &mut self.thread.instance;
        let (Some(heap), Some(memory)) = (&instance.heap, &mut instance.memory) else {
            return Ok(());
        };
        let bytes = heap.array_bytes(first, count)?;
        in_parts(&self.thread.meter, bytes.len(), PIECE, false, |at| {
            // All of it lies inside.
            let _ = memory.write(address + at.start as u64, &bytes[at]);
        })
    }

    /// MEMORY_TO_ARRAY.
    ///
    /// # Errors
    ///
    /// As for [`Guest::array_to_memory`].
    pub fn memory_to_array(
        &mut self,
        first: Element,
        address: u64,
        count: u32,
        paid: bool,
    ) -> Result<(), Stop> {
        self.check_elements(first, count)?;
        self.check_memory(address, count.into())?;
        self.pay(paid, count.into())?;
        let instance = &mut self.thread.instance;
        let (Some(heap), Some(memory)) = (&mut instance.heap, &instance.memory) else {
            return Ok(());
        };
        let bytes = heap.array_bytes_mut(first, count)?;
        in_parts(&self.thread.meter, bytes.len(), PIECE, false, |at| {
            // All of it lies inside.
            let _ = memory.read(address + at.start as u64, &mut bytes[at]);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;
    use crate::guest::NativeRoutines;
    use crate::host::Host;
    use std::time::Duration;
    use vbc_core::module::{ElementMode, ElementRow};

    /// Elements that are more than one part.
    const MANY: u32 = 5 << 20;

    /// A guest with a data row and a segment of so many elements, and no time left.
    fn late_guest() -> Guest {
        let text = ".type longs array mut i64
            .type functions array mut funcref
            .data row passive = zero 1
            FUNC f(a: ref longs, b: ref functions)
              ARRAY_LEN n, a
              ARRAY_LEN n, b
            END";
        let module = vbc_core::asm::assemble(text.as_bytes(), "late.vitasm", &Default::default());
        let mut module = module.unwrap();
        let bytes = u64::from(MANY) * 8;
        let mut row = module.data[0];
        (row.size, row.length) = (bytes, bytes);
        module.data = vec![row].into();
        module.data_bytes = vec![1; bytes as usize].into();
        module.elements = vec![ElementRow {
            mode: ElementMode::Passive as u32,
            elem: ValType::FUNCREF.word(),
            count: MANY,
            ..ElementRow::default()
        }]
        .into();
        module.element_items = vec![0; MANY as usize].into();
        let module = vbc_core::verify::Verified::new(module, &Default::default()).unwrap();
        let program = vbc_linker::load("late.vitasm", module).unwrap();
        let mut guest = Guest::new(
            program.into(),
            Host::default(),
            Limits::default(),
            NativeRoutines::None,
            false,
        )
        .unwrap();
        guest.thread.meter = Meter::new(&Limits {
            timeout: Some(Duration::ZERO),
            ..Limits::default()
        });
        guest
    }

    #[test]
    fn filling_from_data_and_segments_looks_at_the_clock() {
        for (number, from_segment) in [(0, false), (1, true)] {
            let mut guest = late_guest();
            let new = NewArray {
                number,
                count: MANY,
                paid: false,
            };
            let array = guest.array_new_default(new).unwrap();
            let first = Element {
                array: Ref::from_slot(array),
                number,
                index: 0,
            };
            let mut fill = |count| match from_segment {
                true => guest.array_init_elem(first, 0, (0, count), false),
                false => guest.array_init_data(first, 0, (0, count), false),
            };
            // What is one part is done.
            assert_eq!(fill(1000), Ok(()));
            assert_eq!(fill(MANY), Err(Stop::TimedOut));
        }
    }
}
