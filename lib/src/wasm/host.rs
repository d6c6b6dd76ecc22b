//! The functions of module `vbc1` in terms of WASI preview 1 (`docs/wasm.md`, section 4).

use wasm_encoder::ValType::{I32, I64};
use wasm_encoder::{BlockType, Function, ValType as Wasm};

use super::glue::{AREA, BUFFER, BUFFER_SIZE, Layout, PROGRAM, Writer};
use super::wasi::Wasi;
use crate::isa::Trap;

/// Functions and globals that are added, by what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Added {
    Write,
    Read,
    ArgCount,
    ArgLen,
    ArgGet,
    EnvGet,
    Exit,
    ClockWall,
    ClockMono,
    Random,
    /// Traps unless a range lies in the memory.
    Check,
    /// Ends the program because output cannot be written.
    OutputFailed,
    /// Copies the program's bytes to the buffer.
    ToBuffer,
    /// Copies bytes from WASI's memory to the program's.
    FromWasi,
    /// The list of arguments in WASI's memory, or 0.
    Arguments,
    /// The list of variables, or 0.
    Variables,
    /// The address of one argument, or 0.
    Argument,
    /// The length of text that ends with a zero byte.
    Length,
    /// Multiplies and traps on overflow.
    Multiply,
    /// Raises a trap; whether it says so first.
    Raise(Trap, bool),
    /// Runs the program: `_start`.
    Start,
    /// Runs the initialisers.
    Initialise,
}

/// Globals that are added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    Arguments,
    ArgumentCount,
    Variables,
    VariableCount,
    Clock,
    Random,
}

impl State {
    /// Its type and first value.
    pub fn first(self, seed: u64) -> (Wasm, i64) {
        match self {
            State::Clock => (I64, 0),
            State::Random => (I64, seed as i64),
            _ => (I32, 0),
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            State::Arguments => "vbc.arguments",
            State::ArgumentCount => "vbc.argument_count",
            State::Variables => "vbc.variables",
            State::VariableCount => "vbc.variable_count",
            State::Clock => "vbc.clock",
            State::Random => "vbc.random",
        }
    }
}

impl Added {
    /// The function of `vbc1` with this name.
    pub fn host(name: &str) -> Option<Added> {
        Some(match name {
            "write" => Added::Write,
            "read" => Added::Read,
            "arg_count" => Added::ArgCount,
            "arg_len" => Added::ArgLen,
            "arg_get" => Added::ArgGet,
            "env_get" => Added::EnvGet,
            "exit" => Added::Exit,
            "clock_wall" => Added::ClockWall,
            "clock_mono" => Added::ClockMono,
            "random" => Added::Random,
            _ => return None,
        })
    }

    /// Whether it never calls a function of WASI.
    pub fn is_silent(self) -> bool {
        matches!(
            self,
            Added::Raise(_, false) | Added::Multiply | Added::Start | Added::Initialise
        )
    }

    /// Its name for debuggers.
    pub fn name(self) -> String {
        let name = match self {
            Added::Write => "vbc1:write",
            Added::Read => "vbc1:read",
            Added::ArgCount => "vbc1:arg_count",
            Added::ArgLen => "vbc1:arg_len",
            Added::ArgGet => "vbc1:arg_get",
            Added::EnvGet => "vbc1:env_get",
            Added::Exit => "vbc1:exit",
            Added::ClockWall => "vbc1:clock_wall",
            Added::ClockMono => "vbc1:clock_mono",
            Added::Random => "vbc1:random",
            Added::Check => "vbc.check",
            Added::OutputFailed => "vbc.output_failed",
            Added::ToBuffer => "vbc.to_buffer",
            Added::FromWasi => "vbc.from_wasi",
            Added::Arguments => "vbc.arguments",
            Added::Variables => "vbc.variables",
            Added::Argument => "vbc.argument",
            Added::Length => "vbc.length",
            Added::Multiply => "vbc.multiply",
            Added::Raise(trap, _) => return format!("trap:{}", trap.word()),
            Added::Start => "_start",
            Added::Initialise => "_initialize",
        };
        name.to_owned()
    }

    /// Its parameters and results.
    pub fn signature(self, layout: Layout) -> (Vec<Wasm>, Vec<Wasm>) {
        let addr = layout.addr();
        match self {
            Added::Write => (vec![I32, addr, addr], vec![I32]),
            Added::Read => (vec![I32, addr, addr], vec![addr]),
            Added::ArgCount => (vec![], vec![addr]),
            Added::ArgLen => (vec![addr], vec![addr]),
            Added::ArgGet => (vec![addr; 3], vec![addr]),
            Added::EnvGet => (vec![addr; 4], vec![addr]),
            Added::Exit | Added::OutputFailed => (vec![I32], vec![]),
            Added::ClockWall | Added::ClockMono => (vec![], vec![I64]),
            Added::Random | Added::Check => (vec![addr; 2], vec![]),
            Added::ToBuffer => (vec![addr, I32], vec![]),
            Added::FromWasi => (vec![addr, I32, I32], vec![]),
            Added::Arguments | Added::Variables => (vec![], vec![I32]),
            Added::Argument => (vec![addr], vec![I32]),
            Added::Length => (vec![I32], vec![I32]),
            Added::Multiply => (vec![I64; 2], vec![I64]),
            Added::Raise(..) | Added::Start | Added::Initialise => (vec![], vec![]),
        }
    }

    /// The functions of our own, of WASI and the globals that it uses itself.
    pub fn needs(self, layout: Layout, deterministic: bool) -> (Vec<Added>, Vec<Wasi>, Vec<State>) {
        let mut added = Vec::new();
        let mut wasi = Vec::new();
        let mut state = Vec::new();
        match self {
            Added::Write => {
                added.extend([Added::Check, Added::OutputFailed]);
                added.extend(match layout.two {
                    true => Some(Added::ToBuffer),
                    false => high(layout),
                });
                wasi.push(Wasi::FdWrite);
            }
            Added::Read => {
                added.push(Added::Check);
                added.extend(match layout.two {
                    true => Some(Added::FromWasi),
                    false => high(layout),
                });
                wasi.push(Wasi::FdRead);
            }
            Added::ArgCount => {
                added.push(Added::Arguments);
                state.push(State::ArgumentCount);
            }
            Added::ArgLen => added.extend([Added::Argument, Added::Length]),
            Added::ArgGet => {
                added.extend([
                    Added::Argument,
                    Added::Length,
                    Added::Check,
                    Added::FromWasi,
                ]);
            }
            Added::EnvGet => {
                added.extend([
                    Added::Variables,
                    Added::Length,
                    Added::Check,
                    Added::FromWasi,
                ]);
                state.push(State::VariableCount);
            }
            Added::Exit | Added::OutputFailed => wasi.push(Wasi::ProcExit),
            Added::ClockWall | Added::ClockMono => match deterministic {
                true => state.push(State::Clock),
                false => wasi.push(Wasi::ClockTimeGet),
            },
            Added::Random => {
                added.push(Added::Check);
                if deterministic {
                    state.push(State::Random);
                } else {
                    added.push(Added::Raise(Trap::HostFault, true));
                    added.extend(layout.two.then_some(Added::FromWasi));
                    wasi.push(Wasi::RandomGet);
                }
            }
            Added::Arguments => {
                wasi.extend([Wasi::ArgsSizesGet, Wasi::ArgsGet]);
                state.extend([State::Arguments, State::ArgumentCount]);
            }
            Added::Variables => {
                wasi.extend([Wasi::EnvironSizesGet, Wasi::EnvironGet]);
                state.extend([State::Variables, State::VariableCount]);
            }
            Added::Argument => {
                added.push(Added::Arguments);
                state.push(State::ArgumentCount);
            }
            Added::Raise(_, true) => wasi.push(Wasi::FdWrite),
            Added::Multiply => added.push(Added::Raise(Trap::IntegerOverflow, false)),
            Added::Check
            | Added::ToBuffer
            | Added::FromWasi
            | Added::Length
            | Added::Raise(_, false)
            | Added::Start
            | Added::Initialise => {}
        }
        (added, wasi, state)
    }
}

/// What is needed where the program may have addresses that WASI cannot name.
fn high(layout: Layout) -> Option<Added> {
    layout
        .addresses_are_64
        .then_some(Added::Raise(Trap::HostFault, true))
}

/// Where the functions and globals are that the bodies refer to.
pub(super) trait Index {
    /// A function of our own.
    fn added(&self, added: Added) -> u32;
    /// A function of WASI.
    fn wasi(&self, wasi: Wasi) -> u32;
    /// A global.
    fn state(&self, state: State) -> u32;
}

/// The body of an added function, `_start` and `_initialize` excepted.
pub(super) fn body(
    added: Added,
    layout: Layout,
    deterministic: bool,
    index: &dyn Index,
) -> Function {
    let host = Host { layout, index };
    match added {
        Added::Write => host.write(),
        Added::Read => host.read(),
        Added::ArgCount => host.arg_count(),
        Added::ArgLen => host.arg_len(),
        Added::ArgGet => host.arg_get(),
        Added::EnvGet => host.env_get(),
        Added::Exit => host.exit(),
        Added::ClockWall | Added::ClockMono if deterministic => host.fixed_clock(),
        Added::ClockWall => host.clock(0),
        Added::ClockMono => host.clock(1),
        Added::Random if deterministic => host.fixed_random(),
        Added::Random => host.random(),
        Added::Check => host.check(),
        Added::OutputFailed => host.output_failed(),
        Added::ToBuffer => host.copy_to_buffer(),
        Added::FromWasi => host.copy_from_wasi(),
        Added::Arguments => host.list(
            [Wasi::ArgsSizesGet, Wasi::ArgsGet],
            [State::Arguments, State::ArgumentCount],
        ),
        Added::Variables => host.list(
            [Wasi::EnvironSizesGet, Wasi::EnvironGet],
            [State::Variables, State::VariableCount],
        ),
        Added::Argument => host.argument(),
        Added::Length => host.length(),
        Added::Multiply => host.multiply(),
        Added::Raise(trap, says_so) => host.raise(trap, says_so),
        Added::Start | Added::Initialise => Function::new([]),
    }
}

/// WASI's error for a pipe that nobody reads any more.
const CLOSED_PIPE: i32 = 64;

/// The highest exit code that WASI's hosts accept.
const MOST_EXIT: i32 = 125;

struct Host<'i> {
    layout: Layout,
    index: &'i dyn Index,
}

impl Host<'_> {
    fn writer(&self, locals: &[Wasm]) -> Writer {
        Writer::new(self.layout, locals)
    }

    /// Calls `check` with an address and a length in locals.
    fn check_range(&self, w: &mut Writer, address: u32, length: u32) {
        let check = self.index.added(Added::Check);
        w.put().local_get(address).local_get(length).call(check);
    }

    /// Traps unless the range at (0) of (1) bytes lies inside the memory.
    fn check(&self) -> Function {
        let mut w = self.writer(&[I64]);
        let size = 2;
        w.put().memory_size(PROGRAM);
        if !self.layout.memory_is_64 {
            w.put().i64_extend_i32_u();
        }
        w.put().i64_const(16).i64_shl().local_set(size);
        let wide = |w: &mut Writer, local: u32| {
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
    fn chunk(&self, w: &mut Writer, length: u32, chunk: u32) {
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
    fn borrow(&self, w: &mut Writer, address: u32, chunk: u32, area: u32) {
        if self.layout.two {
            return;
        }
        if self.layout.addresses_are_64 {
            let raise = self.index.added(Added::Raise(Trap::HostFault, true));
            w.put()
                .local_get(address)
                .local_get(chunk)
                .i64_extend_i32_u()
                .i64_add();
            w.put().i64_const(1 << 32).i64_gt_u().if_(BlockType::Empty);
            w.put().call(raise).unreachable().end();
        }
        // Behind the range where it begins too low: at the end of the memory, or of what WASI can name.
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
    fn describe(&self, w: &mut Writer, area: u32, address: u32, chunk: u32) {
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

    /// Calls `fd_read` or `fd_write` for the stream in `stream`; sets `error` and `count`.
    fn transfer(&self, w: &mut Writer, call: Wasi, stream: u32, [area, error, count]: [u32; 3]) {
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

    fn write(&self) -> Function {
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
            let copy = self.index.added(Added::ToBuffer);
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
        let failed = self.index.added(Added::OutputFailed);
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

    fn read(&self) -> Function {
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
            let copy = self.index.added(Added::FromWasi);
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

    /// Ends the program: quietly where nobody reads any more.
    fn output_failed(&self) -> Function {
        let exit = self.index.wasi(Wasi::ProcExit);
        let mut w = self.writer(&[]);
        w.put()
            .local_get(0)
            .i32_const(CLOSED_PIPE)
            .i32_ne()
            .call(exit)
            .unreachable();
        w.finish()
    }

    fn exit(&self) -> Function {
        let exit = self.index.wasi(Wasi::ProcExit);
        let mut w = self.writer(&[]);
        exit_code(&mut w, 0);
        w.put().call(exit).unreachable();
        w.finish()
    }

    /// Eight bytes at a time, then one: copying between memories of different kinds in one instruction
    /// is refused by some engines and tools.
    fn copy_to_buffer(&self) -> Function {
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

    fn copy_from_wasi(&self) -> Function {
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
    fn copy_loop(&self, w: &mut Writer, length: u32, at: u32, step: impl Fn(&mut Writer, i32)) {
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

    /// Asks for arguments or variables, once: they go to new pages.
    fn list(&self, [sizes, get]: [Wasi; 2], [list, number]: [State; 2]) -> Function {
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

    fn argument(&self) -> Function {
        let list = 1;
        let arguments = self.index.added(Added::Arguments);
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

    fn length(&self) -> Function {
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

    fn arg_count(&self) -> Function {
        let arguments = self.index.added(Added::Arguments);
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
    fn absent(&self, w: &mut Writer, local: u32) {
        w.put().local_get(local).i32_eqz().if_(BlockType::Empty);
        w.addr_const(-1);
        w.put().return_().end();
    }

    fn arg_len(&self) -> Function {
        let text = 1;
        let (argument, length) = (
            self.index.added(Added::Argument),
            self.index.added(Added::Length),
        );
        let mut w = self.writer(&[I32]);
        w.put().local_get(0).call(argument).local_set(text);
        self.absent(&mut w, text);
        w.put().local_get(text).call(length);
        w.addr_from_i32();
        w.finish()
    }

    /// Gives the text at the address in `text`: copies what there is room for, leaves its length.
    fn give(&self, w: &mut Writer, text: u32, length: u32, [to, room]: [u32; 2]) {
        let measure = self.index.added(Added::Length);
        let copy = self.index.added(Added::FromWasi);
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

    fn arg_get(&self) -> Function {
        let (number, to, room, text, length) = (0, 1, 2, 3, 4);
        let argument = self.index.added(Added::Argument);
        let mut w = self.writer(&[I32, I32]);
        self.check_range(&mut w, to, room);
        w.put().local_get(number).call(argument).local_set(text);
        self.absent(&mut w, text);
        self.give(&mut w, text, length, [to, room]);
        w.finish()
    }

    fn env_get(&self) -> Function {
        let (name, name_length, to, room) = (0, 1, 2, 3);
        let (entry, end, text, length, at) = (4, 5, 6, 7, 8);
        let variables = self.index.added(Added::Variables);
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
        // The text ends before its zero byte, so a name with one in it is no variable's.
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

    fn clock(&self, number: i32) -> Function {
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
    fn fixed_clock(&self) -> Function {
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

    fn random(&self) -> Function {
        let (address, length, chunk) = (0, 1, 2);
        let get = self.index.wasi(Wasi::RandomGet);
        let fault = self.index.added(Added::Raise(Trap::HostFault, true));
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
            let copy = self.index.added(Added::FromWasi);
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
    fn fixed_random(&self) -> Function {
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

    fn multiply(&self) -> Function {
        let (x, y, product) = (0, 1, 2);
        let overflow = self.index.added(Added::Raise(Trap::IntegerOverflow, false));
        let mut w = self.writer(&[I64]);
        w.put()
            .local_get(x)
            .local_get(y)
            .i64_mul()
            .local_set(product);
        // Dividing again gives the other factor, but for -1 times the least number, which is its own negative.
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

    /// Says what happened, if `says_so`, and traps in the same way if WebAssembly has it.
    fn raise(&self, trap: Trap, says_so: bool) -> Function {
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
            _ => {}
        }
        w.put().unreachable();
        w.finish()
    }

    /// Writes a text to standard error.
    fn say(&self, text: &str) -> Writer {
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

/// Leaves the exit code for the i32 in a local: its low 8 bits, at most 125.
pub(super) fn exit_code(w: &mut Writer, local: u32) {
    w.put()
        .local_get(local)
        .i32_const(255)
        .i32_and()
        .local_tee(local);
    w.put()
        .i32_const(MOST_EXIT)
        .local_get(local)
        .i32_const(MOST_EXIT)
        .i32_lt_u()
        .select();
}
