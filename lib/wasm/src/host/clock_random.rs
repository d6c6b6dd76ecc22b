//! Clocks and random numbers.

use wasm_encoder::ValType::{I32, I64};
use wasm_encoder::{BlockType, Function};

use super::{Host, State, Synthetic};
use crate::emitter::BUFFER;
use crate::wasi::Wasi;
use vbc_core::isa::Trap;

impl Host<'_> {
    pub(super) fn clock(&self, number: i32) -> Function {
        let (area, time) = (0, 1);
        let saved = [2];
        let read = self.index.wasi(Wasi::ClockTimeGet);
        let mut w = self.writer(&[I32, I64, I64]);
        w.save(area, &saved);
        w.put()
            .i32_const(number)
            .i64_const(1)
            .local_get(area)
            .call(read)
            .drop();
        w.io_address(area);
        let place = w.io(0, 0);
        w.put().i64_load(place).local_set(time);
        w.restore(area, &saved);
        w.put().local_get(time);
        w.finish()
    }

    /// Each reading is 1,000 more than the one before.
    pub(super) fn fixed_clock(&self) -> Function {
        let clock = self.index.state(State::Clock);
        let mut w = self.writer(&[]);
        w.put()
            .global_get(clock)
            .global_get(clock)
            .i64_const(1000)
            .i64_add()
            .global_set(clock);
        w.finish()
    }

    pub(super) fn random(&self) -> Function {
        let (address, length, chunk) = (0, 1, 2);
        let get = self.index.wasi(Wasi::RandomGet);
        let fault = self.index.added(Synthetic::Raise(Trap::HostFault, true));
        let mut w = self.writer(&[I32]);
        self.check_range(&mut w, address, length);
        w.put().loop_(BlockType::Empty).local_get(length);
        w.addr_eqz();
        w.put().if_(BlockType::Empty).return_().end();
        self.chunk(&mut w, length, chunk);
        if self.layout.two {
            w.put().i32_const(BUFFER);
        } else {
            if self.layout.addresses_are_64 {
                w.put()
                    .local_get(address)
                    .local_get(chunk)
                    .i64_extend_i32_u()
                    .i64_add();
                w.put()
                    .i64_const(1 << 32)
                    .i64_gt_u()
                    .if_(BlockType::Empty)
                    .call(fault)
                    .unreachable()
                    .end();
            }
            w.put().local_get(address);
            w.addr_to_i32();
        }
        w.put()
            .local_get(chunk)
            .call(get)
            .if_(BlockType::Empty)
            .call(fault)
            .unreachable()
            .end();
        if self.layout.two {
            let copy = self.index.added(Synthetic::FromWasi);
            w.put()
                .local_get(address)
                .i32_const(BUFFER)
                .local_get(chunk)
                .call(copy);
        }
        w.put().local_get(address).local_get(chunk);
        w.addr_from_i32();
        w.addr_add();
        w.put()
            .local_set(address)
            .local_get(length)
            .local_get(chunk);
        w.addr_from_i32();
        w.addr_sub();
        w.put().local_set(length).br(0).end();
        w.finish()
    }

    /// SplitMix64: the bytes of one number after the other, what is left of the last one is dropped.
    pub(super) fn fixed_random(&self) -> Function {
        let (address, length, number, left) = (0, 1, 2, 3);
        let state = self.index.state(State::Random);
        let mut w = self.writer(&[I64, I32]);
        self.check_range(&mut w, address, length);
        let byte = w.program(0, 0);
        w.put().loop_(BlockType::Empty).local_get(length);
        w.addr_eqz();
        w.put()
            .if_(BlockType::Empty)
            .return_()
            .end()
            .local_get(left)
            .i32_eqz()
            .if_(BlockType::Empty);
        w.put()
            .global_get(state)
            .i64_const(0x9e37_79b9_7f4a_7c15_u64 as i64)
            .i64_add();
        w.put().local_tee(number).global_set(state);
        for (shift, factor) in [(30, 0xbf58_476d_1ce4_e5b9_u64), (27, 0x94d0_49bb_1331_11eb)] {
            w.put()
                .local_get(number)
                .local_get(number)
                .i64_const(shift)
                .i64_shr_u()
                .i64_xor();
            w.put().i64_const(factor as i64).i64_mul().local_set(number);
        }
        w.put()
            .local_get(number)
            .local_get(number)
            .i64_const(31)
            .i64_shr_u()
            .i64_xor();
        w.put().local_set(number).i32_const(8).local_set(left).end();
        w.put().local_get(address);
        w.widen();
        w.put().local_get(number).i64_store8(byte);
        w.put()
            .local_get(number)
            .i64_const(8)
            .i64_shr_u()
            .local_set(number);
        w.put()
            .local_get(left)
            .i32_const(1)
            .i32_sub()
            .local_set(left)
            .local_get(address);
        w.addr_const(1);
        w.addr_add();
        w.put().local_set(address).local_get(length);
        w.addr_const(1);
        w.addr_sub();
        w.put().local_set(length).br(0).end();
        w.finish()
    }
}
