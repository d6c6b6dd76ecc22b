//! The machine that cells run on: its registers, and access to operands and memory.

use super::state::Machine;
use vbc_core::isa::Trap;

/// A saved call: where the caller continues, and its frame.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(super) struct CallInfo {
    /// The words after the call's cell: its result registers, then the next cell.
    pub(super) ip: *const u64,
    /// The caller's frame.
    pub(super) fp: *mut u64,
}

/// What a cell's semantics decided.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Continue with the cell at `ip`.
    Go,
    /// The same, of a branch that is taken.
    Taken,
    /// Leave the engine; [`Machine::stop`] tells why.
    Stop,
    /// The fuel at hand does not suffice: get more, then run the same cell again. Nothing of the
    /// cell has been done.
    Refuel,
}

/// The registers of the machine while cells run.
///
/// `ip` points at a cell that the predecoder made from a verified function of this instance; `fp`
/// at that function's frame, which [`super::stack::Stack`] holds whole; `mem` at `len` usable
/// bytes; `csp` at the record of the present call; `vm` at the instance's machine, to which no
/// reference exists while a cell runs. Whoever makes a `Regs` promises that, and every cell keeps
/// it: operands of cells are registers inside the frame, because the verifier checked them and
/// the predecoder sized the frame for its own.
pub(super) struct Regs {
    pub(super) ip: *const u64,
    pub(super) fp: *mut u64,
    pub(super) mem: *mut u8,
    pub(super) len: usize,
    pub(super) csp: *mut CallInfo,
    pub(super) vm: *mut Machine,
    /// What the first half of a superinstruction computed.
    pub(super) forwarded_value: u64,
    /// The operand of the second half that `forwarded_value` is, although its register holds the same.
    pub(super) forwarded: Forwarded,
}

/// Which operand of a cell is the result of the cell before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Forwarded {
    Nothing,
    A,
    B,
    C,
    D,
}

/// A type that a register can be taken for. 32-bit types lie in the low half, the high half zero.
pub(super) trait Slot: Copy {
    fn from_slot(slot: u64) -> Self;
    fn to_slot(self) -> u64;
}

macro_rules! slot {
    ($($ty:ty: |$slot:ident| $from:expr, |$value:ident| $to:expr;)*) => {$(
        impl Slot for $ty {
            #[inline(always)]
            fn from_slot($slot: u64) -> Self { $from }
            #[inline(always)]
            fn to_slot(self) -> u64 { let $value = self; $to }
        }
    )*};
}

slot! {
    u64: |slot| slot, |value| value;
    i64: |slot| slot as i64, |value| value as u64;
    u32: |slot| slot as u32, |value| u64::from(value);
    i32: |slot| slot as i32, |value| u64::from(value as u32);
    f32: |slot| f32::from_bits(slot as u32), |value| u64::from(value.to_bits());
    f64: |slot| f64::from_bits(slot), |value| value.to_bits();
    bool: |slot| slot != 0, |value| u64::from(value);
}

/// A value anywhere in memory. Reading a field of a packed structure is a plain load in every
/// build, unlike `read_unaligned`, whose debug check would take the address of a stack slot and so
/// end tail calls.
#[derive(Clone, Copy)]
#[repr(C, packed)]
pub(super) struct Unaligned<T: Copy>(pub(super) T);

/// Keeps LLVM from making one condition of two, or a conditional move of a branch.
#[inline(always)]
pub(super) fn keep_the_branch() {
    #[cfg(not(miri))]
    // SAFETY: there are no instructions in it.
    unsafe {
        core::arch::asm!("", options(nomem, nostack, preserves_flags));
    }
}

// The accessors are safe to call because making a `Regs` promises what they need.
impl Regs {
    /// A machine at a cell that is alone.
    #[inline(always)]
    pub(super) fn new(
        ip: *const u64,
        fp: *mut u64,
        mem: *mut u8,
        len: usize,
        csp: *mut CallInfo,
        vm: *mut Machine,
    ) -> Regs {
        Regs {
            ip,
            fp,
            mem,
            len,
            csp,
            vm,
            forwarded_value: 0,
            forwarded: Forwarded::Nothing,
        }
    }

    /// Field `n` of the cell's operand word: 0 to 3 are `a` to `d`.
    #[inline(always)]
    fn field(&self, n: usize) -> usize {
        // SAFETY: every cell has at least two words.
        usize::from(unsafe { *self.ip.cast::<u16>().add(4 + n) })
    }

    #[inline(always)]
    pub(super) fn a(&self) -> usize {
        self.field(0)
    }

    #[inline(always)]
    pub(super) fn b(&self) -> usize {
        self.field(1)
    }

    #[inline(always)]
    pub(super) fn c(&self) -> usize {
        self.field(2)
    }

    #[inline(always)]
    pub(super) fn d(&self) -> usize {
        self.field(3)
    }

    /// Fields `c` and `d` as one signed number.
    #[inline(always)]
    pub(super) fn cd(&self) -> i32 {
        // SAFETY: as for `field`.
        unsafe { *self.ip.cast::<i32>().add(3) }
    }

    /// Field `n` (of four) of word 2 of a cell that has one.
    #[inline(always)]
    pub(super) fn word2_field(&self, n: usize) -> usize {
        // SAFETY: only cells with a third word use it.
        usize::from(unsafe { *self.ip.cast::<u16>().add(8 + n) })
    }

    /// Word `n` of a cell that has that many.
    #[inline(always)]
    pub(super) fn word(&self, n: usize) -> u64 {
        // SAFETY: only cells with that word use it.
        unsafe { *self.ip.add(n) }
    }

    /// Half `n` of word 2 and those after it, as a signed number.
    #[inline(always)]
    pub(super) fn half(&self, n: usize) -> i32 {
        // SAFETY: only cells with that word use it.
        unsafe { *self.ip.cast::<i32>().add(4 + n) }
    }

    /// Register `r`.
    #[inline(always)]
    pub(super) fn get<T: Slot>(&self, r: usize) -> T {
        // SAFETY: registers of cells lie in the frame; the verifier proved them assigned, and
        // the stack's pages are zero before that.
        T::from_slot(unsafe { *self.fp.add(r) })
    }

    #[inline(always)]
    pub(super) fn set<T: Slot>(&mut self, r: usize, value: T) {
        // SAFETY: as for `get`.
        unsafe { *self.fp.add(r) = value.to_slot() }
    }

    #[inline(always)]
    fn source<T: Slot>(&self, operand: Forwarded, r: usize) -> T {
        if self.forwarded == operand {
            T::from_slot(self.forwarded_value)
        } else {
            self.get(r)
        }
    }

    /// What register `a` holds.
    #[inline(always)]
    pub(super) fn source_a<T: Slot>(&self) -> T {
        self.source(Forwarded::A, self.a())
    }

    /// What register `b` holds.
    #[inline(always)]
    pub(super) fn source_b<T: Slot>(&self) -> T {
        self.source(Forwarded::B, self.b())
    }

    /// What register `c` holds.
    #[inline(always)]
    pub(super) fn source_c<T: Slot>(&self) -> T {
        self.source(Forwarded::C, self.c())
    }

    /// What register `d` holds.
    #[inline(always)]
    pub(super) fn source_d<T: Slot>(&self) -> T {
        self.source(Forwarded::D, self.d())
    }

    /// Writes the cell's result to register `a`.
    #[inline(always)]
    pub(super) fn result<T: Slot>(&mut self, value: T) {
        self.result_in(self.a(), value);
    }

    /// Writes the cell's result to register `r`.
    #[inline(always)]
    pub(super) fn result_in<T: Slot>(&mut self, r: usize, value: T) {
        self.forwarded_value = value.to_slot();
        self.set(r, value);
    }

    /// Continues `words` words further.
    #[inline(always)]
    pub(super) fn next(&mut self, words: usize) -> Next {
        // SAFETY: a cell that can continue has another after it.
        self.ip = unsafe { self.ip.add(words) };
        Next::Go
    }

    /// Continues `bytes` bytes from the cell's start.
    #[inline(always)]
    pub(super) fn jump(&mut self, bytes: i32) -> Next {
        // SAFETY: the predecoder put the distance to another cell there.
        self.ip = unsafe { self.ip.byte_offset(bytes as isize) };
        Next::Go
    }

    #[inline(always)]
    pub(super) fn trap(&mut self, kind: Trap) -> Next {
        // SAFETY: `vm` points at the machine.
        unsafe { (*self.vm).trap = kind };
        Next::Stop
    }

    /// Pays one unit of fuel; false when there is none at hand.
    #[inline(always)]
    pub(super) fn charge(&mut self) -> bool {
        // SAFETY: `vm` points at the machine.
        let fuel = unsafe { &mut (*self.vm).guest.thread.meter.fuel };
        match fuel.checked_sub(1) {
            Some(left) => {
                *fuel = left;
                true
            }
            None => false,
        }
    }

    /// The place of a `T` at `base` + `offset` in memory; none when it does not lie inside.
    #[inline(always)]
    pub(super) fn at<T: Copy>(&self, base: u64, offset: u64) -> Option<*mut Unaligned<T>> {
        let (size, len) = (size_of::<T>(), self.len as u64);
        // Below, `end` cannot overflow.
        if base > len {
            return None;
        }
        keep_the_branch();
        let end = base.wrapping_add(offset + size as u64);
        if end > len {
            return None;
        }
        // SAFETY: `end` is at least `size` and at most `len`.
        Some(unsafe { self.mem.add(end as usize - size) }.cast())
    }

    /// The address of `T` at register `b` plus the offset in `c` and `d`.
    #[inline(always)]
    pub(super) fn operand_at<T: Copy>(&self) -> Option<*mut Unaligned<T>> {
        self.at(self.source_b(), u64::from(self.cd() as u32))
    }
}
