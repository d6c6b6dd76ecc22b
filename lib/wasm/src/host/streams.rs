//! Standard input, output and error.

use wasm_encoder::ValType::{I32, I64};
use wasm_encoder::{BlockType, Function};

use super::{Host, Synthetic};
use crate::emitter::{BUFFER, Emitter};
use crate::wasi::Wasi;

impl Host<'_> {
    /// Calls `fd_read` or `fd_write` for the stream in `stream`; sets `error` and `count`.
    pub(super) fn transfer(
        &self,
        w: &mut Emitter,
        call: Wasi,
        stream: u32,
        [area, error, count]: [u32; 3],
    ) {
        let function = self.index.wasi(call);
        w.put().local_get(stream).local_get(area).i32_const(1);
        w.put()
            .local_get(area)
            .i32_const(8)
            .i32_add()
            .call(function)
            .local_set(error);
        w.io_address(area);
        let place = w.io(8, 0);
        w.put().i32_load(place).local_set(count);
    }

    pub(super) fn write(&self) -> Function {
        let (stream, address, length) = (0, 1, 2);
        let (area, chunk, error, count) = (3, 4, 5, 6);
        let saved = [7, 8];
        let mut w = self.writer(&[I32, I32, I32, I32, I64, I64]);
        self.check_range(&mut w, address, length);
        w.put()
            .local_get(stream)
            .i32_const(1)
            .i32_sub()
            .i32_const(2)
            .i32_ge_u();
        w.put().if_(BlockType::Empty).i32_const(1).return_().end();
        w.put().loop_(BlockType::Empty).local_get(length);
        w.addr_eqz();
        w.put().if_(BlockType::Empty).i32_const(0).return_().end();
        self.chunk(&mut w, length, chunk);
        self.borrow(&mut w, address, chunk, area);
        if self.layout.two {
            let copy = self.index.added(Synthetic::ToBuffer);
            w.put().local_get(address).local_get(chunk).call(copy);
        }
        w.save(area, &saved);
        self.describe(&mut w, area, address, chunk);
        self.transfer(&mut w, Wasi::FdWrite, stream, [area, error, count]);
        w.restore(area, &saved);
        // Nothing written without an error would go on for ever.
        w.put()
            .local_get(error)
            .local_get(count)
            .i32_eqz()
            .i32_or()
            .if_(BlockType::Empty);
        w.put().local_get(stream).i32_const(2).i32_eq();
        w.put().if_(BlockType::Empty).i32_const(0).return_().end();
        let failed = self.index.added(Synthetic::OutputFailed);
        w.put().local_get(error).call(failed).end();
        w.put().local_get(address).local_get(count);
        w.addr_from_i32();
        w.addr_add();
        w.put()
            .local_set(address)
            .local_get(length)
            .local_get(count);
        w.addr_from_i32();
        w.addr_sub();
        w.put().local_set(length).br(0).end().unreachable();
        w.finish()
    }

    pub(super) fn read(&self) -> Function {
        let (stream, address, length) = (0, 1, 2);
        let (area, chunk, error, count) = (3, 4, 5, 6);
        let saved = [7, 8];
        let mut w = self.writer(&[I32, I32, I32, I32, I64, I64]);
        self.check_range(&mut w, address, length);
        w.put().local_get(stream).if_(BlockType::Empty);
        w.addr_const(-1);
        w.put().return_().end().local_get(length);
        w.addr_eqz();
        w.put().if_(BlockType::Empty);
        w.addr_const(0);
        w.put().return_().end();
        self.chunk(&mut w, length, chunk);
        self.borrow(&mut w, address, chunk, area);
        w.save(area, &saved);
        self.describe(&mut w, area, address, chunk);
        self.transfer(&mut w, Wasi::FdRead, stream, [area, error, count]);
        w.restore(area, &saved);
        w.put().local_get(error).if_(BlockType::Empty);
        w.addr_const(-1);
        w.put().return_().end();
        if self.layout.two {
            let copy = self.index.added(Synthetic::FromWasi);
            w.put()
                .local_get(address)
                .i32_const(BUFFER)
                .local_get(count)
                .call(copy);
        }
        w.put().local_get(count);
        w.addr_from_i32();
        w.finish()
    }
}
