//! The columns against what the functions do, for operands drawn at random.

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::access::*;
use crate::cell::Cell;
use crate::code::{FuncEntry, address};
use crate::compute::*;
use crate::control::*;
use crate::heap::*;
use crate::list::for_each_cell;
use crate::machine::{CallInfo, Next, Regs};
use crate::numbers::*;
use crate::random::Random;
use crate::tests::{function, i64s, program_with_table};
use crate::{Config, Interpreter};
use vbc_core::isa::Op;
use vbc_core::isa::decode::Value::Reg;
use vbc_runtime::host::Host;

macro_rules! functions {
    (fast { $($fast:ident = $f:ident $(::<$($g:tt),+>)? ($($arg:expr),*) $([$exchanges:ident])?,)* }
     slow { $($slow:ident = $_s:ident,)* }) => {
        /// What the cells do that are not called.
        const FUNCTIONS: &[(Cell, fn(&mut Regs) -> Next)] =
            &[$((Cell::$fast, |m| $f $(::<$($g),+>)? (m $(, $arg)*))),*];
    };
}

for_each_cell!(functions);

/// What GLOBAL_GET reads and GLOBAL_SET writes.
static GLOBAL: AtomicU64 = AtomicU64::new(0);

/// Registers that operands name.
const NAMED: u64 = 6;
/// A register that no operand names.
const OTHER: u64 = NAMED;
/// Registers of the frame.
const REGISTERS: usize = 16;
/// Bytes at both ends of memory that are looked at.
const BYTES: usize = 512;
/// Zero, and the largest and smallest numbers of both widths.
const LIMITS: [u64; 5] = [
    0,
    0x7fff_ffff,
    0x8000_0000,
    i64::MAX as u64,
    i64::MIN as u64,
];
/// Numbers that references lead to.
const HEAP: usize = 4096;
/// What no cell computes.
const NOBODYS: u64 = 0x5bd1_e995_0bad_cafe;

impl Random {
    /// Small numbers, large ones, addresses some of which lie outside memory.
    fn register(&mut self) -> u64 {
        match self.next() % 6 {
            0 => self.next(),
            1 => (self.next() as i32 as f64).to_bits(),
            2 => 65_536 - self.next() % 12,
            3 => LIMITS[self.next() as usize % LIMITS.len()],
            4 => self.next() % 8,
            _ => self.next() % 400,
        }
    }
}

/// What a cell is run on.
#[derive(Clone)]
struct Before {
    words: [u64; 4],
    registers: [u64; REGISTERS],
    fuel: u64,
    forwarded_value: u64,
    forwarded: Forwarded,
}

impl Before {
    fn field(&self, n: u32) -> u64 {
        self.words[1] >> (n * 16) & 0xffff
    }

    fn set_field(&mut self, n: u32, value: u64) {
        self.words[1] &= !(0xffff << (n * 16));
        self.words[1] |= value << (n * 16);
    }
}

/// What can be seen of a run.
#[derive(Clone, Debug, PartialEq)]
struct After {
    goes_on: bool,
    refuels: bool,
    taken: bool,
    /// Where it goes on, in words from its start.
    at: i64,
    /// Calls that were begun, or ended.
    calls: i64,
    /// Where the last of them goes on, likewise.
    back: i64,
    registers: Vec<u64>,
    /// A checksum of both ends.
    memory: u64,
    fuel: u64,
    global: u64,
}

fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, &byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}

fn bytes(numbers: &[u32]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect()
}

struct Bench {
    interpreter: Interpreter,
    words: Box<[u64; 4]>,
    /// Of a small function, and of one for which the stack has no room.
    entries: Box<[FuncEntry; 2]>,
    /// Registers for results of the call that a return ends.
    results: Box<[u64; 2]>,
    /// What references lead to: small numbers, which can be lengths.
    heap: Box<[u32; HEAP]>,
}

impl Bench {
    fn new() -> Bench {
        let code = function(0, 0, &[(Op::Return, &[Reg(0)])]);
        let program = program_with_table(&[i64s(1, 1)], vec![code]);
        let mut config = Config::default();
        config.limits.max_stack = 8192;
        let mut interpreter = Interpreter::new(program, Host::default(), config).unwrap();
        let tables = &mut interpreter.machine.guest.thread.instance.tables;
        tables[0].elements_mut()[0] = 1;
        let code = interpreter.machine.functions[0].code;
        let entry = |slots| FuncEntry { code, slots, ty: 0 };
        Bench {
            entries: Box::new([entry(1), entry(4096)]),
            interpreter,
            words: Box::default(),
            heap: Box::new([0; HEAP]),
            results: Box::new([0x0003_0002_0001_0000, 0x0007_0006_0005_0004]),
        }
    }

    /// The word after the operands, as the cell wants it.
    fn third(&self, cell: Cell, random: &mut Random) -> u64 {
        let vm = &self.interpreter.machine;
        let name = format!("{cell:?}");
        if name.starts_with("Global") {
            address(GLOBAL.as_ptr())
        } else if name.starts_with("TableGet") || name.contains("CallIndirect") {
            address(vm.guest.thread.instance.tables.as_ptr())
        } else if name.starts_with("TailCall") {
            address(&raw const self.entries[random.next() as usize % 2])
        } else if name.starts_with("Call") {
            address(vm.stubs.as_ptr())
        } else {
            random.fields(NAMED)
        }
    }

    /// Operands, registers and fuel for a cell.
    fn before(&self, cell: Cell, random: &mut Random) -> Before {
        let mut before = Before {
            words: [
                cell as u64,
                random.fields(NAMED),
                self.third(cell, random),
                0,
            ],
            registers: std::array::from_fn(|_| random.register()),
            fuel: 10,
            forwarded_value: NOBODYS,
            forwarded: Forwarded::Nothing,
        };
        let name = format!("{cell:?}");
        if name.starts_with("Memory") {
            // Few bytes are looked at.
            let count = &mut before.registers[before.field(2) as usize];
            *count = (*count).min(*count & 0x3f | *count >> 16 << 16);
        }
        let is_object = ["Field", "Element", "NonNull", "ArrayLen"];
        if is_object.iter().any(|part| name.starts_with(part)) {
            // Null, and places where objects may be.
            before.registers[before.field(1) as usize] = random.next() % 5 * 2;
            if name.starts_with("Field") {
                before.words[1] = before.words[1] & 0xffff_ffff | (random.next() % 8 * 8) << 32;
            }
        }
        if name.starts_with("If") && random.next().is_multiple_of(2) {
            // Some comparisons are with what is there.
            before.words[2] = before.registers[before.field(0) as usize];
        }
        if name.starts_with("Switch") {
            before.set_field(2, random.next() % 2);
        }
        if name.starts_with("Switch") || name.starts_with("TailCall") || name == "Zero" {
            before.set_field(3, 0);
        } else if name.starts_with("Call") {
            before.set_field(3, [0, 4096][random.next() as usize % 2]);
        } else if cell.columns().branches {
            before.words[1] = before.words[1] & 0xffff_ffff | (40 * 8) << 32;
        }
        before
    }

    fn run(&mut self, function: fn(&mut Regs) -> Next, before: &Before) -> (After, u64) {
        let vm: *mut _ = &mut *self.interpreter.machine;
        // SAFETY: nobody else has the machine.
        let machine = unsafe { &mut *vm };
        let memory = machine.guest.thread.instance.memory.as_mut().unwrap();
        let end = memory.len() - BYTES as u64;
        for half in [0, end] {
            let bytes = memory.borrow_mut(half, BYTES as u64).unwrap();
            let bytes = bytes.iter_mut().enumerate();
            bytes.for_each(|(n, byte)| *byte = (n * 31 % 251) as u8);
        }
        let (mem, len) = machine.memory();
        machine.guest.thread.meter.fuel = before.fuel;
        GLOBAL.store(0x1_0000_0040, Ordering::Relaxed);
        let numbers = self.heap.iter_mut().enumerate();
        numbers.for_each(|(n, number)| *number = (n * 31 % 251) as u32);
        machine.heap = self.heap.as_mut_ptr().cast();
        let (fp, csp) = (machine.stack.bottom(), machine.stack.top().wrapping_sub(1));
        *self.words = before.words;
        let start = self.words.as_ptr();
        // SAFETY: the stack has room for the registers and a record.
        unsafe {
            std::ptr::copy_nonoverlapping(before.registers.as_ptr(), fp, REGISTERS);
            *csp = CallInfo {
                ip: self.results.as_ptr(),
                fp,
            };
        }
        let mut m = Regs::new(start, fp, mem, len, csp, vm);
        (m.forwarded_value, m.forwarded) = (before.forwarded_value, before.forwarded);
        let flow = function(&mut m);
        let words = |ip: *const u64| (ip as i64 - start as i64) / 8;
        let calls = (csp as i64 - m.csp as i64) / size_of::<CallInfo>() as i64;
        // SAFETY: as above; the record of a call that was begun lies below the other.
        let (back, registers) = unsafe {
            (
                (*m.csp.min(csp)).ip,
                std::slice::from_raw_parts(fp, REGISTERS),
            )
        };
        let memory = machine.guest.thread.instance.memory.as_ref().unwrap();
        let part = |at| checksum(memory.borrow(at, BYTES as u64).unwrap());
        let after = After {
            goes_on: flow == Next::Go || flow == Next::Taken,
            refuels: flow == Next::Refuel,
            taken: flow == Next::Taken,
            at: words(m.ip),
            calls,
            back: words(back),
            registers: registers.to_vec(),
            memory: part(0)
                ^ part(end).rotate_left(1)
                ^ checksum(&bytes(&self.heap[..])).rotate_left(2),
            fuel: machine.guest.thread.meter.fuel,
            global: GLOBAL.load(Ordering::Relaxed),
        };
        (after, m.forwarded_value)
    }
}

/// What was seen at least once.
#[derive(Default)]
struct Seen {
    pays: bool,
    traps: bool,
    forwarded: Vec<Forwarded>,
}

const OPERANDS: [Forwarded; 4] = [Forwarded::A, Forwarded::B, Forwarded::C, Forwarded::D];

/// Whether fuel is paid as the column states; and where it is lacking, nothing may have happened.
fn check_fuel(bench: &mut Bench, cell: Cell, before: &Before, after: &After) -> bool {
    let function = FUNCTIONS[cell as usize].1;
    let paid = before.fuel - after.fuel;
    let empty = Before {
        fuel: 0,
        ..before.clone()
    };
    let (without, _) = bench.run(function, &empty);
    assert!(paid <= 1, "{cell:?}");
    assert_eq!(without.refuels, paid == 1, "{cell:?}");
    if without.refuels {
        assert!(cell.columns().safepoint, "{cell:?}");
        assert_eq!(without.registers, before.registers, "{cell:?}");
        assert_eq!((without.at, without.calls), (0, 0), "{cell:?}");
    }
    paid == 1
}

/// Where the cell goes on.
fn check_way(cell: Cell, after: &After) {
    let columns = cell.columns();
    let words = i64::from(columns.words);
    match after.calls {
        1 => assert!(columns.safepoint && after.back == words, "{cell:?}"),
        0 if after.goes_on && !columns.safepoint && !columns.branches && cell != Cell::Switch => {
            assert_eq!(after.at, words, "{cell:?}");
        }
        0 if after.goes_on && columns.branches => {
            let jumps = after.taken || matches!(cell, Cell::Jump | Cell::JumpPaid);
            assert_eq!(after.at == words, !jumps, "{cell:?}");
        }
        _ => {}
    }
    assert!(columns.branches || !after.taken, "{cell:?}");
    assert!(columns.traps || after.goes_on, "{cell:?}");
}

/// What the cell hands over.
fn check_result(cell: Cell, before: &Before, after: &After, forwarded_value: u64) {
    if !after.goes_on {
        return;
    }
    let register = match cell.columns().result {
        ResultIn::Nothing => return assert_eq!(forwarded_value, NOBODYS, "{cell:?}"),
        ResultIn::A => before.field(0),
        ResultIn::C => before.field(2),
        ResultIn::Last => before.words[2] & 0xffff,
    };
    assert_eq!(
        forwarded_value, after.registers[register as usize],
        "{cell:?}"
    );
}

/// Whether each operand is taken over as the column states: a cell that takes it does what it does with another
/// register that holds the same, any other cell what it does anyway. Which of them made a difference.
fn check_forwarded(
    bench: &mut Bench,
    cell: Cell,
    before: &Before,
    after: &After,
    value: u64,
) -> Vec<Forwarded> {
    let function = FUNCTIONS[cell as usize].1;
    let mut different = Vec::new();
    for (n, operand) in OPERANDS.into_iter().enumerate() {
        let mut handed = before.clone();
        (handed.forwarded, handed.forwarded_value) = (operand, value);
        let (handed, _) = bench.run(function, &handed);
        let mut named = before.clone();
        if cell.columns().forwardable.contains(&operand) {
            named.set_field(n as u32, OTHER);
        }
        let (named, _) = bench.run(function, &named);
        assert_eq!(handed, named, "{cell:?} forwarded {operand:?}");
        if handed != *after {
            different.push(operand);
        }
    }
    different
}

/// Operands that can change places do.
fn check_exchange(bench: &mut Bench, cell: Cell, before: &Before, after: &After) {
    let name = format!("{cell:?}");
    let first = OPERANDS
        .iter()
        .position(|&one| one == cell.columns().exchanges);
    // Of two NaNs, either may be the result.
    let Some(first) = first.filter(|_| !name.contains("F32") && !name.contains("F64")) else {
        return;
    };
    let first = first as u32;
    let mut exchanged = before.clone();
    exchanged.set_field(first, before.field(first + 1));
    exchanged.set_field(first + 1, before.field(first));
    let (exchanged, _) = bench.run(FUNCTIONS[cell as usize].1, &exchanged);
    assert_eq!(exchanged, *after, "{cell:?}");
}

#[test]
fn columns_say_what_cells_do() {
    let mut bench = Bench::new();
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for &(cell, function) in FUNCTIONS {
        let mut seen = Seen::default();
        for _ in 0..300 {
            let mut before = bench.before(cell, &mut random);
            let value = random.register();
            before.registers[OTHER as usize] = value;
            let (after, forwarded_value) = bench.run(function, &before);
            seen.pays |= check_fuel(&mut bench, cell, &before, &after);
            seen.traps |= !after.goes_on;
            check_way(cell, &after);
            check_result(cell, &before, &after, forwarded_value);
            check_exchange(&mut bench, cell, &before, &after);
            let forwarded = check_forwarded(&mut bench, cell, &before, &after, value);
            seen.forwarded.extend(forwarded);
        }
        let columns = cell.columns();
        let pays = columns.fuel == Fuel::Unit;
        assert_eq!((seen.pays, seen.traps), (pays, columns.traps), "{cell:?}");
        for operand in OPERANDS {
            let forwarded = columns.forwardable.contains(&operand);
            assert_eq!(
                seen.forwarded.contains(&operand),
                forwarded,
                "{cell:?} {operand:?}"
            );
        }
    }
}
