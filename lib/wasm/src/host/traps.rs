//! Traps, what is reported about them, and arithmetic that may trap.

use wasm_encoder::ValType::{I32, I64};
use wasm_encoder::{BlockType, Function};

use super::{Host, Synthetic};
use crate::emitter::{AREA, BUFFER, Emitter};
use crate::wasi::Wasi;
use vbc_core::isa::Trap;

impl Host<'_> {
    pub(super) fn multiply(&self) -> Function {
        let (x, y, product) = (0, 1, 2);
        let overflow = self
            .index
            .added(Synthetic::Raise(Trap::IntegerOverflow, false));
        let mut w = self.writer(&[I64]);
        w.put()
            .local_get(x)
            .local_get(y)
            .i64_mul()
            .local_set(product);
        // Dividing again yields the other factor, except for -1 times the least number, which is its own negative.
        w.put()
            .local_get(x)
            .i64_const(-1)
            .i64_eq()
            .if_(BlockType::Result(I32));
        w.put().local_get(y).i64_const(i64::MIN).i64_eq().else_();
        w.put()
            .local_get(x)
            .i64_eqz()
            .if_(BlockType::Result(I32))
            .i32_const(0)
            .else_();
        w.put()
            .local_get(product)
            .local_get(x)
            .i64_div_s()
            .local_get(y)
            .i64_ne()
            .end()
            .end();
        w.put()
            .if_(BlockType::Empty)
            .call(overflow)
            .end()
            .local_get(product);
        w.finish()
    }

    /// Reports what happened, if `says_so`, and traps in the same way if WebAssembly has it.
    pub(super) fn raise(&self, trap: Trap, says_so: bool) -> Function {
        let mut w = match says_so {
            true => self.say(&format!("trap: {}\n", trap.message())),
            false => self.writer(&[]),
        };
        match trap {
            Trap::IntegerDivideByZero => {
                w.put().i32_const(1).i32_const(0).i32_div_s().drop();
            }
            Trap::IntegerOverflow => {
                w.put().i32_const(i32::MIN).i32_const(-1).i32_div_s().drop();
            }
            Trap::InvalidConversion => {
                w.put().f32_const(f32::NAN.into()).i32_trunc_f32_s().drop();
            }
            Trap::MemoryOutOfBounds => w.trap_out_of_bounds(),
            Trap::Unreachable
            | Trap::TableOutOfBounds
            | Trap::UndefinedElement
            | Trap::UninitializedElement
            | Trap::IndirectCallType
            | Trap::CallStackExhausted
            | Trap::HostFault
            | Trap::Assertion
            | Trap::NullReference
            | Trap::CastFailure
            | Trap::ArrayOutOfBounds
            | Trap::AllocationTooLarge
            | Trap::HeapExhausted
            | Trap::UninitializedGlobal => {}
        }
        w.put().unreachable();
        w.finish()
    }

    /// Writes a text to standard error.
    fn say(&self, text: &str) -> Emitter {
        let mut bytes = text.as_bytes().to_vec();
        bytes.resize(text.len().next_multiple_of(8), 0);
        let words = bytes.len() / 8 + 2;
        let area = 0;
        let saved: Vec<u32> = (1..=words as u32).collect();
        let mut locals = vec![I32];
        locals.resize(1 + words, I64);
        let mut w = self.writer(&locals);
        w.save(area, &saved);
        for (at, word) in bytes.chunks_exact(8).enumerate() {
            let mut number = [0; 8];
            number.copy_from_slice(word);
            let place = w.io(BUFFER + 8 * at as i32, 0);
            w.io_address(area);
            w.put()
                .i64_const(i64::from_le_bytes(number))
                .i64_store(place);
        }
        for (offset, number) in [(AREA, BUFFER), (AREA + 4, text.len() as i32)] {
            let place = w.io(offset, 0);
            w.io_address(area);
            w.put().i32_const(number).i32_store(place);
        }
        let write = self.index.wasi(Wasi::FdWrite);
        w.put()
            .i32_const(2)
            .i32_const(AREA)
            .i32_const(1)
            .i32_const(8)
            .call(write)
            .drop();
        w.restore(area, &saved);
        w
    }
}
