//! Cells of managed objects.
//!
//! Where not said otherwise `a` is the destination, or the object that is written, and word 2 the type's number. `d` is 1
//! where moving costs fuel.

use super::control;
use super::machine::{Next, Regs};
use super::state::Machine;
use vbc_core::isa::Trap;
use vbc_runtime::Stop;
use vbc_runtime::guest::{NewArray, RefTest};
use vbc_runtime::heap::{Element, Ref};

type Done = Result<(), Stop>;

/// Whether the cell is one that costs fuel.
fn paid(m: &Regs) -> bool {
    m.d() == 1
}

/// The number of the type in the low half of word 2.
fn number(m: &Regs) -> u32 {
    m.half(0) as u32
}

/// The index in the high half of word 2.
fn index(m: &Regs) -> u32 {
    m.half(1) as u32
}

/// An element of the array in register `array`, whose type is in word 2: the one whose index is in register `at`.
fn element(m: &Regs, array: usize, at: usize) -> Element {
    Element {
        array: Ref::from_slot(m.get(array)),
        number: number(m),
        index: m.get(at),
    }
}

/// The array to make of the type in word 2, with as many elements as register `count` says.
fn new_array(m: &Regs, count: usize) -> NewArray {
    NewArray {
        number: number(m),
        count: m.get(count),
        paid: paid(m),
    }
}

/// What the registers hold that the cell lists from word `from` on.
fn listed(m: &Regs, from: usize, count: usize) -> impl Iterator<Item = u64> + use<> {
    let (list, fp) = (m.ip.wrapping_add(from).cast::<u16>(), m.fp);
    // SAFETY: the cell lists `count` registers of the frame.
    (0..count).map(move |n| unsafe { *fp.add(usize::from(*list.add(n))) })
}

/// Whether `b` passes the test in word 2.
pub(super) fn ref_test(vm: &mut Machine, m: &mut Regs) -> Done {
    let passes = vm.guest.passes(m.get(m.b()), RefTest::from_word(m.word(2)));
    m.set(m.a(), passes);
    m.next(3);
    Ok(())
}

/// `a` becomes `b`, which passes the test in word 2.
pub(super) fn ref_cast(vm: &mut Machine, m: &mut Regs) -> Done {
    let slot = m.get(m.b());
    if !vm.guest.passes(slot, RefTest::from_word(m.word(2))) {
        return Err(Trap::CastFailure.into());
    }
    m.set(m.a(), slot);
    m.next(3);
    Ok(())
}

/// Pays a unit.
fn charge(vm: &mut Machine) -> Done {
    let meter = &mut vm.guest.thread.meter;
    if meter.fuel == 0 {
        meter.refuel()?;
    }
    meter.fuel -= 1;
    Ok(())
}

/// Goes on at the distance in `c:d`, or, where `slot` is some, has `a` hold it and goes on after the cell, whose last
/// word, number `last`, is 1 where the branch costs fuel.
fn branch_unless(vm: &mut Machine, m: &mut Regs, last: usize, slot: Option<u64>) -> Done {
    match slot {
        Some(slot) => {
            m.set(m.a(), slot);
            m.next(last + 1);
        }
        None => {
            if m.word(last) == 1 {
                charge(vm)?;
            }
            m.jump(m.cd());
        }
    }
    Ok(())
}

/// Branches when `b` is null.
pub(super) fn branch_on_null(vm: &mut Machine, m: &mut Regs) -> Done {
    let slot: u64 = m.get(m.b());
    branch_unless(vm, m, 2, (slot != 0).then_some(slot))
}

/// Branches unless `b` passes the test in word 2.
pub(super) fn branch_on_cast_fail(vm: &mut Machine, m: &mut Regs) -> Done {
    let slot = m.get(m.b());
    let passes = vm.guest.passes(slot, RefTest::from_word(m.word(2)));
    branch_unless(vm, m, 3, passes.then_some(slot))
}

fn small_integer(m: &Regs) -> Result<Ref, Stop> {
    match Ref::from_slot(m.get(m.b())) {
        null if null.is_null() => Err(Trap::NullReference.into()),
        small => Ok(small),
    }
}

pub(super) fn i31_get(_: &mut Machine, m: &mut Regs) -> Done {
    let value = small_integer(m)?.i31_signed();
    m.set(m.a(), value);
    m.next(2);
    Ok(())
}

pub(super) fn i31_get_u(_: &mut Machine, m: &mut Regs) -> Done {
    let value = small_integer(m)?.i31_unsigned();
    m.set(m.a(), value);
    m.next(2);
    Ok(())
}

/// `c:d` is the number of fields, which are listed from word 3 on.
pub(super) fn struct_new(vm: &mut Machine, m: &mut Regs) -> Done {
    let count = m.cd() as usize;
    let object = vm.guest.struct_new(number(m), listed(m, 3, count))?;
    m.set(m.a(), object);
    m.next(3 + count.div_ceil(4));
    Ok(())
}

pub(super) fn struct_new_default(vm: &mut Machine, m: &mut Regs) -> Done {
    let object = vm.guest.struct_new(number(m), std::iter::empty())?;
    m.set(m.a(), object);
    m.next(3);
    Ok(())
}

/// The field is in the high half of word 2, its value in `b`.
pub(super) fn struct_set(vm: &mut Machine, m: &mut Regs) -> Done {
    let (object, value) = (m.get(m.a()), m.get(m.b()));
    vm.guest.struct_set(object, number(m), index(m), value)?;
    m.next(3);
    Ok(())
}

/// `b` is the value, `c` the number of elements.
pub(super) fn array_new(vm: &mut Machine, m: &mut Regs) -> Done {
    let array = vm.guest.array_new(new_array(m, m.c()), m.get(m.b()))?;
    m.set(m.a(), array);
    m.next(3);
    Ok(())
}

/// `c` is the number of elements.
pub(super) fn array_new_default(vm: &mut Machine, m: &mut Regs) -> Done {
    let array = vm.guest.array_new_default(new_array(m, m.c()))?;
    m.set(m.a(), array);
    m.next(3);
    Ok(())
}

/// The high half of word 2 is the number of elements, which are listed from word 3 on.
pub(super) fn array_new_fixed(vm: &mut Machine, m: &mut Regs) -> Done {
    let count = index(m);
    let new = NewArray {
        number: number(m),
        count,
        paid: paid(m),
    };
    let array = vm
        .guest
        .array_new_fixed(new, listed(m, 3, count as usize))?;
    m.set(m.a(), array);
    m.next(3 + (count as usize).div_ceil(4));
    Ok(())
}

/// `b` is where in the data row, whose number is in word 3, the elements begin, `c` how many they are.
pub(super) fn array_new_data(vm: &mut Machine, m: &mut Regs) -> Done {
    let row = m.word(3) as usize;
    let array = vm
        .guest
        .array_new_data(new_array(m, m.c()), row, m.get(m.b()))?;
    m.set(m.a(), array);
    m.next(4);
    Ok(())
}

/// The same of the segment in word 3.
pub(super) fn array_new_elem(vm: &mut Machine, m: &mut Regs) -> Done {
    let elem = m.word(3) as u32;
    let array = vm
        .guest
        .array_new_elem(new_array(m, m.c()), elem, m.get(m.b()))?;
    m.set(m.a(), array);
    m.next(4);
    Ok(())
}

/// `b` is the index, `c` the value.
pub(super) fn array_set(vm: &mut Machine, m: &mut Regs) -> Done {
    vm.guest.array_set(element(m, m.a(), m.b()), m.get(m.c()))?;
    m.next(3);
    Ok(())
}

/// `b` is the first index, `c` the value, and the register in word 3 the number of elements.
pub(super) fn array_fill(vm: &mut Machine, m: &mut Regs) -> Done {
    let (first, count) = (element(m, m.a(), m.b()), m.get(m.word(3) as usize));
    vm.guest.array_fill(first, m.get(m.c()), count, paid(m))?;
    m.next(4);
    Ok(())
}

/// `b` is the first index, `c` the array copied from, whose type is in the high half of word 2; the registers in word 3
/// hold the first index there and the number of elements.
pub(super) fn array_copy(vm: &mut Machine, m: &mut Regs) -> Done {
    let registers = m.word(3);
    let (at, count) = (registers as u32 as usize, (registers >> 32) as usize);
    let from = Element {
        array: Ref::from_slot(m.get(m.c())),
        number: index(m),
        index: m.get(at),
    };
    let to = element(m, m.a(), m.b());
    vm.guest.array_copy(to, from, m.get(count), paid(m))?;
    m.next(4);
    Ok(())
}

/// What ARRAY_INIT_DATA and ARRAY_INIT_ELEM have in common: `b` is the first index, `c` where in the row or segment in
/// the high half of word 2 the elements begin, and the register in word 3 their number.
fn source(m: &Regs) -> (Element, (u32, u32)) {
    let range = (m.get(m.c()), m.get(m.word(3) as usize));
    (element(m, m.a(), m.b()), range)
}

pub(super) fn array_init_data(vm: &mut Machine, m: &mut Regs) -> Done {
    let (first, range) = source(m);
    let row = index(m) as usize;
    vm.guest.array_init_data(first, row, range, paid(m))?;
    m.next(4);
    Ok(())
}

pub(super) fn array_init_elem(vm: &mut Machine, m: &mut Regs) -> Done {
    let (first, range) = source(m);
    vm.guest.array_init_elem(first, index(m), range, paid(m))?;
    m.next(4);
    Ok(())
}

/// `a` is the array, `b` the first index, `c` the address, and the register in the high half of word 2 the number of
/// bytes.
fn bytes(m: &Regs) -> (Element, u64, u32) {
    let count = m.get(index(m) as usize);
    (element(m, m.a(), m.b()), m.get(m.c()), count)
}

pub(super) fn array_to_memory(vm: &mut Machine, m: &mut Regs) -> Done {
    let (first, address, count) = bytes(m);
    vm.guest.array_to_memory(address, first, count, paid(m))?;
    m.next(3);
    Ok(())
}

pub(super) fn memory_to_array(vm: &mut Machine, m: &mut Regs) -> Done {
    let (first, address, count) = bytes(m);
    vm.guest.memory_to_array(first, address, count, paid(m))?;
    m.next(3);
    Ok(())
}

/// The function that `b` refers to; paid for where word 2 is 1.
fn callee(vm: &mut Machine, m: &Regs) -> Result<usize, Stop> {
    if m.word(2) & 1 == 1 {
        charge(vm)?;
    }
    let slot: u64 = m.get(m.b());
    let number = slot.checked_sub(1).ok_or(Trap::NullReference)?;
    Ok(number as usize)
}

/// The function that element `b` of the table in word 2 refers to, whose type is that in word 3 or a subtype; `d` is 1
/// where the call costs fuel.
fn indirect(vm: &mut Machine, m: &Regs) -> Result<usize, Stop> {
    if paid(m) {
        charge(vm)?;
    }
    let table = vm.guest.thread.instance.tables.get(m.word(2) as usize);
    let element = table.and_then(|table| table.get(m.get(m.b())));
    let element = element.ok_or(Trap::UndefinedElement)?;
    let number = element.checked_sub(1).ok_or(Trap::UninitializedElement)? as usize;
    let own = vm.functions[number].ty;
    match vm.guest.bound.is_subtype(own, m.word(3) as u32) {
        true => Ok(number),
        false => Err(Trap::IndirectCallType.into()),
    }
}

/// What a step of a fast cell means that enters a function: the stack may have no room.
fn entered(next: Next) -> Done {
    match next {
        Next::Go | Next::Taken => Ok(()),
        Next::Stop | Next::Refuel => Err(Trap::CallStackExhausted.into()),
    }
}

/// CALL_INDIRECT of a type that may have subtypes: `a` is the window.
pub(super) fn call_indirect_subtype(vm: &mut Machine, m: &mut Regs) -> Done {
    let function = indirect(vm, m)?;
    let entry = &vm.functions[function];
    let (slots, code) = (entry.slots as usize, entry.code);
    entered(control::enter(m, m.a(), slots, code, 4))
}

/// TAIL_CALL_INDIRECT of such a type, with `c` arguments in the window.
pub(super) fn tail_call_indirect_subtype(vm: &mut Machine, m: &mut Regs) -> Done {
    let function = indirect(vm, m)?;
    let entry = &raw const vm.functions[function];
    entered(control::replace(m, entry, m.a(), m.c()))
}

/// `a` is the window, in which the arguments lie; the registers for results are listed from word 3 on.
pub(super) fn call_ref(vm: &mut Machine, m: &mut Regs) -> Done {
    let function = callee(vm, m)?;
    let entry = &vm.functions[function];
    let (slots, code) = (entry.slots as usize, entry.code);
    entered(control::enter(m, m.a(), slots, code, 3))
}

/// `a` is the window, in which `c:d` arguments lie.
pub(super) fn tail_call_ref(vm: &mut Machine, m: &mut Regs) -> Done {
    let function = callee(vm, m)?;
    let entry = &raw const vm.functions[function];
    entered(control::replace(m, entry, m.a(), m.cd() as usize))
}
