//! Functions that are added to a program: the tools with which they are written.

use wasm_encoder::{Function, InstructionSink, MemArg, MemArgTarget, ValType as Wasm};

/// The memory of the program.
pub(super) const PROGRAM: u32 = 0;

/// Where the memory lies through which WASI's functions are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Whether it is a memory of its own, with 32-bit addresses, and not the program's.
    pub two: bool,
    /// Whether the program's addresses are i64.
    pub addresses_are_64: bool,
    /// Whether the addresses of the program's memory are.
    pub memory_is_64: bool,
}

/// In a memory of its own: two numbers of an area of bytes, and results.
pub(super) const AREA: i32 = 0;
/// Where bytes lie on their way, and how many there is room for.
pub(super) const BUFFER: i32 = 16;
pub(super) const BUFFER_SIZE: i32 = 65_520;

impl Layout {
    /// The number of the memory that WASI sees.
    pub fn io(self) -> u32 {
        u32::from(self.two)
    }

    /// The type of the program's addresses and lengths.
    pub fn addr(self) -> Wasm {
        match self.addresses_are_64 {
            true => Wasm::I64,
            false => Wasm::I32,
        }
    }

    fn io_is_64(self) -> bool {
        !self.two && self.memory_is_64
    }
}

/// A function that is being written.
pub(super) struct Emitter {
    function: Function,
    layout: Layout,
}

impl Emitter {
    /// A function with these locals after its parameters.
    pub fn new(layout: Layout, locals: &[Wasm]) -> Emitter {
        Emitter {
            function: Function::new_with_locals_types(locals.iter().copied()),
            layout,
        }
    }

    /// The end.
    pub fn finish(mut self) -> Function {
        self.function.instructions().end();
        self.function
    }

    /// Further instructions.
    pub fn put(&mut self) -> InstructionSink<'_> {
        self.function.instructions()
    }

    /// The program's kind of address as a constant.
    pub fn addr_const(&mut self, value: i64) {
        match self.layout.addresses_are_64 {
            true => self.put().i64_const(value),
            false => self.put().i32_const(value as i32),
        };
    }

    /// The address or length on the stack as an i32; it is known to fit.
    pub fn addr_to_i32(&mut self) {
        if self.layout.addresses_are_64 {
            self.put().i32_wrap_i64();
        }
    }

    /// The i32 on the stack, unsigned, as the program's kind of address.
    pub fn addr_from_i32(&mut self) {
        if self.layout.addresses_are_64 {
            self.put().i64_extend_i32_u();
        }
    }

    /// Adds two addresses.
    pub fn addr_add(&mut self) {
        match self.layout.addresses_are_64 {
            true => self.put().i64_add(),
            false => self.put().i32_add(),
        };
    }

    /// Subtracts them.
    pub fn addr_sub(&mut self) {
        match self.layout.addresses_are_64 {
            true => self.put().i64_sub(),
            false => self.put().i32_sub(),
        };
    }

    /// Compares them, unsigned: whether the first is less.
    pub fn addr_lt(&mut self) {
        match self.layout.addresses_are_64 {
            true => self.put().i64_lt_u(),
            false => self.put().i32_lt_u(),
        };
    }

    /// Whether it is zero.
    pub fn addr_eqz(&mut self) {
        match self.layout.addresses_are_64 {
            true => self.put().i64_eqz(),
            false => self.put().i32_eqz(),
        };
    }

    /// The address on the stack as one of the program's memory.
    pub fn widen(&mut self) {
        if self.layout.memory_is_64 && !self.layout.addresses_are_64 {
            self.put().i64_extend_i32_u();
        }
    }

    /// The i32 in a local as an address of WASI's memory.
    pub fn io_address(&mut self, local: u32) {
        let wide = self.layout.io_is_64();
        let mut put = self.put();
        put.local_get(local);
        if wide {
            put.i64_extend_i32_u();
        }
    }

    /// A place in WASI's memory.
    pub fn io(&self, offset: i32, align: u32) -> MemArg {
        arg(self.layout.io(), offset as u64, align)
    }

    /// A place in the program's memory.
    pub fn program(&self, offset: u64, align: u32) -> MemArg {
        arg(PROGRAM, offset, align)
    }

    /// Saves the `words.len()` 64-bit words at the address in `area` in these locals, if the memory is the program's.
    pub fn save(&mut self, area: u32, words: &[u32]) {
        if self.layout.two {
            return;
        }
        for (at, &word) in words.iter().enumerate() {
            self.io_address(area);
            let place = self.io(8 * at as i32, 0);
            self.put().i64_load(place).local_set(word);
        }
    }

    /// Puts them back.
    pub fn restore(&mut self, area: u32, words: &[u32]) {
        if self.layout.two {
            return;
        }
        for (at, &word) in words.iter().enumerate() {
            self.io_address(area);
            let place = self.io(8 * at as i32, 0);
            self.put().local_get(word).i64_store(place);
        }
    }

    /// An access outside the program's memory.
    pub fn trap_out_of_bounds(&mut self) {
        let wide = self.layout.memory_is_64;
        let (mut put, place) = (
            self.function.instructions(),
            arg(PROGRAM, u64::from(u32::MAX), 0),
        );
        match wide {
            true => put.i64_const(-1),
            false => put.i32_const(-1),
        };
        put.i32_load8_u(place).drop().unreachable();
    }
}

fn arg(memory: u32, offset: u64, align: u32) -> MemArg {
    MemArg {
        offset,
        align,
        target: MemArgTarget::Memory(memory),
        ordering: None,
    }
}
