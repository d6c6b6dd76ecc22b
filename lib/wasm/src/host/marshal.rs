//! Bytes on their way between the memory of the program and the one that WASI sees.

use wasm_encoder::ValType::{I32, I64};
use wasm_encoder::{BlockType, Function};

use super::{Host, Synthetic};
use crate::emitter::{AREA, BUFFER, BUFFER_SIZE, Emitter, PROGRAM};
use vbc_core::isa::Trap;

impl Host<'_> {
    /// Calls `check` with an address and a length in locals.
    pub(super) fn check_range(&self, w: &mut Emitter, address: u32, length: u32) {
        let check = self.index.added(Synthetic::Check);
        w.put().local_get(address).local_get(length).call(check);
    }

    /// Traps unless the range at (0) of (1) bytes lies inside the memory.
    pub(super) fn check(&self) -> Function {
        let mut w = self.writer(&[I64]);
        let size = 2;
        w.put().memory_size(PROGRAM);
        if !self.layout.memory_is_64 {
            w.put().i64_extend_i32_u();
        }
        w.put().i64_const(16).i64_shl().local_set(size);
        let wide = |w: &mut Emitter, local: u32| {
            w.put().local_get(local);
            if !self.layout.addresses_are_64 {
                w.put().i64_extend_i32_u();
            }
        };
        wide(&mut w, 1);
        w.put().local_get(size).i64_gt_u();
        wide(&mut w, 0);
        w.put().local_get(size);
        wide(&mut w, 1);
        w.put().i64_sub().i64_gt_u().i32_or().if_(BlockType::Empty);
        w.trap_out_of_bounds();
        w.put().end();
        w.finish()
    }

    /// Sets `chunk` to as much of the length in `length` as one call takes.
    pub(super) fn chunk(&self, w: &mut Emitter, length: u32, chunk: u32) {
        let most = match self.layout.two {
            true => BUFFER_SIZE,
            false => i32::MAX,
        };
        w.put().local_get(length);
        w.addr_to_i32();
        w.put().i32_const(most).local_get(length);
        w.addr_const(i64::from(most));
        w.addr_lt();
        w.put().select().local_set(chunk);
    }

    /// In the program's own memory: sets `area` to an address where 16 bytes can be borrowed, and
    /// makes `chunk` smaller if it reaches there. A range that WASI cannot name traps.
    pub(super) fn borrow(&self, w: &mut Emitter, address: u32, chunk: u32, area: u32) {
        if self.layout.two {
            return;
        }
        if self.layout.addresses_are_64 {
            let raise = self.index.added(Synthetic::Raise(Trap::HostFault, true));
            w.put()
                .local_get(address)
                .local_get(chunk)
                .i64_extend_i32_u()
                .i64_add();
            w.put().i64_const(1 << 32).i64_gt_u().if_(BlockType::Empty);
            w.put().call(raise).unreachable().end();
        }
        // After the range where it begins too low: at the end of the memory, or of what WASI can name.
        w.put().local_get(address);
        w.addr_const(16);
        w.addr_lt();
        w.put().if_(BlockType::Empty);
        w.put().memory_size(PROGRAM);
        if self.layout.memory_is_64 {
            w.put()
                .i64_const(1 << 16)
                .memory_size(PROGRAM)
                .i64_const(1 << 16)
                .i64_lt_u();
            w.put().select().i32_wrap_i64();
        }
        w.put()
            .i32_const(16)
            .i32_shl()
            .i32_const(16)
            .i32_sub()
            .local_set(area);
        w.put().local_get(area).local_get(address);
        w.addr_to_i32();
        w.put()
            .i32_sub()
            .local_get(chunk)
            .local_get(area)
            .local_get(address);
        w.addr_to_i32();
        w.put()
            .i32_sub()
            .local_get(chunk)
            .i32_lt_u()
            .select()
            .local_set(chunk);
        w.put().else_().i32_const(0).local_set(area).end();
    }

    /// Writes the two numbers of an area: the buffer, or the address in a local; and the length.
    pub(super) fn describe(&self, w: &mut Emitter, area: u32, address: u32, chunk: u32) {
        w.io_address(area);
        match self.layout.two {
            true => {
                w.put().i32_const(BUFFER);
            }
            false => {
                w.put().local_get(address);
                w.addr_to_i32();
            }
        }
        let place = w.io(AREA, 0);
        w.put().i32_store(place);
        w.io_address(area);
        let place = w.io(AREA + 4, 0);
        w.put().local_get(chunk).i32_store(place);
    }

    /// Eight bytes at a time, then one: copying between memories of different kinds in one instruction
    /// is refused by some engines and tools.
    pub(super) fn copy_to_buffer(&self) -> Function {
        let (from, length, at) = (0, 1, 2);
        let mut w = self.writer(&[I32]);
        self.copy_loop(&mut w, length, at, |w, size| {
            let (source, target) = (w.program(0, 0), w.io(BUFFER, 0));
            w.put().local_get(at).local_get(from).local_get(at);
            w.addr_from_i32();
            w.addr_add();
            match size {
                8 => w.put().i64_load(source).i64_store(target),
                _ => w.put().i32_load8_u(source).i32_store8(target),
            };
        });
        w.finish()
    }

    pub(super) fn copy_from_wasi(&self) -> Function {
        let (to, from, length, at) = (0, 1, 2, 3);
        let mut w = self.writer(&[I32]);
        self.copy_loop(&mut w, length, at, |w, size| {
            let (source, target) = (w.io(0, 0), w.program(0, 0));
            w.put().local_get(to).local_get(at);
            w.addr_from_i32();
            w.addr_add();
            w.widen();
            w.put().local_get(from).local_get(at).i32_add();
            if self.layout.io() == PROGRAM && self.layout.memory_is_64 {
                w.put().i64_extend_i32_u();
            }
            match size {
                8 => w.put().i64_load(source).i64_store(target),
                _ => w.put().i32_load8_u(source).i32_store8(target),
            };
        });
        w.finish()
    }

    /// Calls `step` for the places 0, 8, 16 and so on, then 1 apart, below the length in a local.
    pub(super) fn copy_loop(
        &self,
        w: &mut Emitter,
        length: u32,
        at: u32,
        step: impl Fn(&mut Emitter, i32),
    ) {
        for size in [8, 1] {
            w.put().block(BlockType::Empty).loop_(BlockType::Empty);
            w.put()
                .local_get(length)
                .local_get(at)
                .i32_sub()
                .i32_const(size)
                .i32_lt_u()
                .br_if(1);
            step(w, size);
            w.put()
                .local_get(at)
                .i32_const(size)
                .i32_add()
                .local_set(at)
                .br(0);
            w.put().end().end();
        }
    }
}
