//! Arguments and variables, of which WASI provides lists.

use wasm_encoder::ValType::{I32, I64};
use wasm_encoder::{BlockType, Function};

use super::{Host, State, Synthetic};
use crate::emitter::Emitter;
use crate::wasi::Wasi;

impl Host<'_> {
    /// Asks for arguments or variables, once: they go to new pages.
    pub(super) fn list(&self, [sizes, get]: [Wasi; 2], [list, number]: [State; 2]) -> Function {
        let (area, size, at) = (0, 1, 2);
        let saved = [3];
        let (list, number) = (self.index.state(list), self.index.state(number));
        let (sizes, get) = (self.index.wasi(sizes), self.index.wasi(get));
        let mut w = self.writer(&[I32, I32, I32, I64]);
        w.put()
            .global_get(list)
            .if_(BlockType::Empty)
            .global_get(list)
            .return_()
            .end();
        w.save(area, &saved);
        w.put()
            .local_get(area)
            .local_get(area)
            .i32_const(4)
            .i32_add()
            .call(sizes)
            .local_set(at);
        w.io_address(area);
        let place = w.io(0, 0);
        w.put().i32_load(place).global_set(number);
        w.io_address(area);
        let place = w.io(4, 0);
        w.put().i32_load(place).local_set(size);
        w.restore(area, &saved);
        w.put()
            .local_get(at)
            .if_(BlockType::Empty)
            .i32_const(0)
            .return_()
            .end();
        w.put()
            .global_get(number)
            .i32_const(2)
            .i32_shl()
            .local_get(size)
            .i32_add();
        w.put()
            .i32_const(0xffff)
            .i32_add()
            .i32_const(16)
            .i32_shr_u();
        let wide = !self.layout.two && self.layout.memory_is_64;
        if wide {
            w.put().i64_extend_i32_u();
        }
        w.put().memory_grow(self.layout.io());
        if wide {
            w.put().i32_wrap_i64();
        }
        // Pages that WASI cannot name are of no use; -1 is among them.
        w.put().local_tee(at).i32_const(1 << 16).i32_ge_u();
        w.put().if_(BlockType::Empty).i32_const(0).return_().end();
        w.put().local_get(at).i32_const(16).i32_shl().local_tee(at);
        w.put()
            .local_get(at)
            .global_get(number)
            .i32_const(2)
            .i32_shl()
            .i32_add();
        w.put()
            .call(get)
            .if_(BlockType::Empty)
            .i32_const(0)
            .return_()
            .end();
        w.put().local_get(at).global_set(list).local_get(at);
        w.finish()
    }

    pub(super) fn argument(&self) -> Function {
        let list = 1;
        let arguments = self.index.added(Synthetic::Arguments);
        let number = self.index.state(State::ArgumentCount);
        let mut w = self.writer(&[I32]);
        w.put().call(arguments).local_tee(list).i32_eqz();
        w.put().local_get(0).global_get(number);
        w.addr_from_i32();
        w.addr_lt();
        w.put()
            .i32_eqz()
            .i32_or()
            .if_(BlockType::Empty)
            .i32_const(0)
            .return_()
            .end();
        w.put().local_get(list).local_get(0);
        w.addr_to_i32();
        w.put().i32_const(2).i32_shl().i32_add().local_set(list);
        w.io_address(list);
        let place = w.io(0, 0);
        w.put().i32_load(place);
        w.finish()
    }

    pub(super) fn length(&self) -> Function {
        let (text, at) = (0, 1);
        let mut w = self.writer(&[I32]);
        w.put()
            .local_get(text)
            .local_set(at)
            .loop_(BlockType::Empty);
        w.io_address(at);
        let place = w.io(0, 0);
        w.put().i32_load8_u(place).if_(BlockType::Empty);
        w.put()
            .local_get(at)
            .i32_const(1)
            .i32_add()
            .local_set(at)
            .br(1)
            .end()
            .end();
        w.put().local_get(at).local_get(text).i32_sub();
        w.finish()
    }

    pub(super) fn arg_count(&self) -> Function {
        let arguments = self.index.added(Synthetic::Arguments);
        let number = self.index.state(State::ArgumentCount);
        let mut w = self.writer(&[]);
        w.put()
            .call(arguments)
            .if_(BlockType::Result(self.layout.addr()))
            .global_get(number);
        w.addr_from_i32();
        w.put().else_();
        w.addr_const(0);
        w.put().end();
        w.finish()
    }

    /// Leaves the function with all ones if the local is 0.
    pub(super) fn absent(&self, w: &mut Emitter, local: u32) {
        w.put().local_get(local).i32_eqz().if_(BlockType::Empty);
        w.addr_const(-1);
        w.put().return_().end();
    }

    pub(super) fn arg_len(&self) -> Function {
        let text = 1;
        let (argument, length) = (
            self.index.added(Synthetic::Argument),
            self.index.added(Synthetic::Length),
        );
        let mut w = self.writer(&[I32]);
        w.put().local_get(0).call(argument).local_set(text);
        self.absent(&mut w, text);
        w.put().local_get(text).call(length);
        w.addr_from_i32();
        w.finish()
    }

    /// Hands over the text at the address in `text`: copies what there is room for, leaves its
    /// length.
    pub(super) fn give(&self, w: &mut Emitter, text: u32, length: u32, [to, room]: [u32; 2]) {
        let measure = self.index.added(Synthetic::Length);
        let copy = self.index.added(Synthetic::FromWasi);
        w.put().local_get(text).call(measure).local_set(length);
        w.put()
            .local_get(to)
            .local_get(text)
            .local_get(length)
            .local_get(room);
        w.addr_to_i32();
        w.put().local_get(length);
        w.addr_from_i32();
        w.put().local_get(room);
        w.addr_lt();
        w.put().select().call(copy).local_get(length);
        w.addr_from_i32();
    }

    pub(super) fn arg_get(&self) -> Function {
        let (number, to, room, text, length) = (0, 1, 2, 3, 4);
        let argument = self.index.added(Synthetic::Argument);
        let mut w = self.writer(&[I32, I32]);
        self.check_range(&mut w, to, room);
        w.put().local_get(number).call(argument).local_set(text);
        self.absent(&mut w, text);
        self.give(&mut w, text, length, [to, room]);
        w.finish()
    }

    pub(super) fn env_get(&self) -> Function {
        let (name, name_length, to, room) = (0, 1, 2, 3);
        let (entry, end, text, length, at) = (4, 5, 6, 7, 8);
        let variables = self.index.added(Synthetic::Variables);
        let number = self.index.state(State::VariableCount);
        let mut w = self.writer(&[I32, I32, I32, I32, self.layout.addr()]);
        self.check_range(&mut w, name, name_length);
        self.check_range(&mut w, to, room);
        w.put().call(variables).local_set(entry);
        self.absent(&mut w, entry);
        w.put()
            .local_get(entry)
            .global_get(number)
            .i32_const(2)
            .i32_shl()
            .i32_add()
            .local_set(end);
        w.put()
            .loop_(BlockType::Empty)
            .local_get(entry)
            .local_get(end)
            .i32_ge_u();
        w.put().if_(BlockType::Empty);
        w.addr_const(-1);
        w.put().return_().end();
        w.io_address(entry);
        let place = w.io(0, 0);
        w.put().i32_load(place).local_set(text);
        w.addr_const(0);
        w.put()
            .local_set(at)
            .block(BlockType::Empty)
            .block(BlockType::Empty)
            .loop_(BlockType::Empty);
        w.put().local_get(at).local_get(name_length);
        w.addr_lt();
        w.put().i32_eqz().br_if(1);
        // The text ends before its zero byte, so a name with one in it belongs to no variable.
        w.io_address(text);
        let place = w.io(0, 0);
        w.put()
            .i32_load8_u(place)
            .local_tee(length)
            .i32_eqz()
            .br_if(2);
        w.put().local_get(length).local_get(name).local_get(at);
        w.addr_add();
        w.widen();
        let place = w.program(0, 0);
        w.put().i32_load8_u(place).i32_ne().br_if(2);
        w.put()
            .local_get(text)
            .i32_const(1)
            .i32_add()
            .local_set(text)
            .local_get(at);
        w.addr_const(1);
        w.addr_add();
        w.put().local_set(at).br(0).end().end();
        w.io_address(text);
        let place = w.io(0, 0);
        w.put()
            .i32_load8_u(place)
            .i32_const(i32::from(b'='))
            .i32_ne()
            .br_if(0);
        w.put()
            .local_get(text)
            .i32_const(1)
            .i32_add()
            .local_set(text);
        self.give(&mut w, text, length, [to, room]);
        w.put().return_().end();
        w.put()
            .local_get(entry)
            .i32_const(4)
            .i32_add()
            .local_set(entry)
            .br(0)
            .end()
            .unreachable();
        w.finish()
    }
}
