//! Every superinstruction does what its two cells do one after the other: the same registers, memory, trap and
//! place, for operands drawn at random.

use std::sync::atomic::{AtomicU64, Ordering};

use super::super::machine::CallInfo;
use super::super::state::Saved;
use super::super::tests::{function, i64s, program_with_table};
use super::*;
use crate::code::address;
use crate::random::Random;
use crate::{Config, Dispatch, Interpreter};
use vbc_core::isa::decode::Value::Reg;
use vbc_core::isa::{Op, Trap};
use vbc_runtime::host::Host;

/// What GLOBAL_GET reads and GLOBAL_SET writes.
static GLOBAL: AtomicU64 = AtomicU64::new(0);

/// Registers that cells name.
const REGISTERS: u64 = 6;
/// Bytes at both ends of memory that are looked at.
const BYTES: usize = 512;

fn field_of(forwarded: Forwarded) -> Option<u32> {
    match forwarded {
        Forwarded::Nothing => None,
        Forwarded::A => Some(0),
        Forwarded::B => Some(1),
        Forwarded::C => Some(2),
        Forwarded::D => Some(3),
    }
}

/// What can be seen of a run: registers, memory, what ended it and where, counted from the start of the second
/// cell, whose operands are its second word.
#[derive(Debug, PartialEq)]
struct Seen {
    registers: Vec<u64>,
    memory: Vec<u8>,
    trap: Trap,
    at: i64,
    calls: usize,
    global: u64,
}

struct Bench {
    interpreter: Interpreter,
    dispatch: Dispatch,
    /// The record on the stack is for a return without result.
    returns_nothing: bool,
}

impl Bench {
    fn run(&mut self, words: &[u64], second: usize, registers: &[u64], content: &[u8]) -> Seen {
        let vm = &mut *self.interpreter.machine;
        let memory = vm.guest.thread.instance.memory.as_mut().unwrap();
        let end = memory.len() - BYTES as u64;
        memory.write(0, content).unwrap();
        memory.write(end, content).unwrap();
        let (fp, top) = (vm.stack.bottom(), vm.stack.top());
        let csp = top.wrapping_sub(1);
        // A return leads to a trap, after the register for its result.
        let back = [5, self.dispatch.word(Cell::Trap), 0];
        // SAFETY: the stack has room for a few registers and a record.
        unsafe {
            std::ptr::copy_nonoverlapping(registers.as_ptr(), fp, registers.len());
            *csp = CallInfo {
                ip: back[usize::from(self.returns_nothing)..].as_ptr(),
                fp,
            };
        }
        vm.trap = Trap::Unreachable;
        GLOBAL.store(0x1_0000_0040, Ordering::Relaxed);
        vm.saved = Saved {
            ip: words.as_ptr(),
            fp,
            csp,
        };
        // SAFETY: cells of this engine, whose operands lie in the frame.
        unsafe { self.dispatch.run(vm) };
        let memory = vm.guest.thread.instance.memory.as_ref().unwrap();
        let ip = vm.saved.ip as i64;
        let at = match vm.saved.csp == csp {
            true => (ip - words[second..].as_ptr() as i64) / 8,
            false => (ip - back.as_ptr() as i64) / 8,
        };
        Seen {
            // SAFETY: as above.
            registers: unsafe { std::slice::from_raw_parts(fp, registers.len()) }.to_vec(),
            memory: [0, end]
                .map(|at| memory.borrow(at, BYTES as u64).unwrap())
                .concat(),
            trap: vm.trap,
            at,
            global: GLOBAL.load(Ordering::Relaxed),
            calls: (top as usize - vm.saved.csp as usize) / size_of::<CallInfo>(),
        }
    }
}

#[test]
fn every_superinstruction_does_what_its_cells_do() {
    let code = function(0, 0, &[(Op::Return, &[Reg(0)])]);
    let interpreter = Interpreter::new(
        program_with_table(&[i64s(1, 1)], vec![code]),
        Host::default(),
        Config::default(),
    );
    let mut bench = Bench {
        dispatch: Dispatch::best(),
        returns_nothing: false,
        interpreter: interpreter.unwrap(),
    };
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let (mut count, mut trapped) = (0, 0);
    for (row, &(first, seconds)) in SUPERINSTRUCTIONS.iter().enumerate() {
        for (column, &(second, forwarded)) in seconds.iter().enumerate() {
            let Some(word) = bench.dispatch.superinstruction_word((row, column)) else {
                return;
            };
            count += 1;
            assert_eq!(find(first, second, forwarded), Some((row, column)));
            for _ in 0..50 {
                let cells = [first, second];
                trapped += u32::from(compare(&mut bench, &mut random, cells, word, forwarded));
            }
        }
    }
    assert!(
        count > 100 && trapped > 100,
        "{count} superinstructions, {trapped} traps"
    );
}

/// Runs two cells and the superinstruction of them. Whether the second one trapped.
#[expect(clippy::wildcard_enum_match_arm, reason = "others do not branch")]
fn compare(
    bench: &mut Bench,
    random: &mut Random,
    [first, second]: [Cell; 2],
    superinstruction: u64,
    forwarded: Forwarded,
) -> bool {
    let operands = [random.fields(REGISTERS), random.fields(REGISTERS)];
    let [mut before, mut behind] = [vec![operands[0]], vec![operands[1]]];
    for (cell, words) in [(first, &mut before), (second, &mut behind)] {
        if matches!(cell, Cell::GlobalGet | Cell::GlobalSet) {
            words.push(address(GLOBAL.as_ptr()));
        } else if cell == Cell::TableGet {
            let instance = &bench.interpreter.machine.guest.thread.instance;
            words.push(address(instance.tables.as_ptr()));
        } else if cell == Cell::ReturnN {
            // Two registers.
            words[0] = words[0] & !0xffff | 2;
            words.push(random.fields(REGISTERS));
        } else if cell == Cell::Switch || cell.columns().words == 3 {
            // The table of targets, or the operands that the cell's function reads.
            words.push(random.fields(REGISTERS));
        }
    }
    if let Some(field) = field_of(forwarded) {
        let [a, _, c, _] = std::array::from_fn(|n| (before[0] >> (n * 16)) as u16);
        // A cell that combines two instructions has the second's result in its third word.
        let result = result(first, a, c).unwrap_or_else(|| before[1] as u16);
        behind[0] &= !(0xffff << (field * 16));
        behind[0] |= u64::from(result) << (field * 16);
    }
    // Branches lead over one trap to the next.
    let lead = |words: &mut [u64], to: usize| {
        words[0] = words[0] & 0xffff_ffff | (to as u64 * 8) << 32;
    };
    let end = 1 + behind.len();
    match second {
        Cell::Switch => {
            behind[0] = behind[0] & 0xffff_ffff | 1 << 32;
            behind[1] = (end as u64 * 8) | (((end as u64 + 2) * 8) << 32);
        }
        _ if second.columns().branches => lead(&mut behind, end + 2),
        _ => {}
    }
    let trap = bench.dispatch.word(Cell::Trap);
    let make = |head: u64, inner: Option<u64>| {
        let mut before = before.clone();
        if first.columns().branches {
            let to = 1 + before.len() + usize::from(inner.is_some()) + behind.len() + 2;
            lead(&mut before, to);
        }
        let mut words = vec![head];
        words.extend(before);
        words.extend(inner);
        words.extend(&behind);
        words.extend([trap, 1, trap, 2]);
        words
    };
    let apart = make(
        bench.dispatch.word(first),
        Some(bench.dispatch.word(second)),
    );
    let joined = make(superinstruction, None);
    // Small numbers and others; addresses are such that some lie outside memory.
    let registers: Vec<u64> = (0..REGISTERS)
        .map(|_| match random.next() % 4 {
            0 => random.next(),
            1 => (random.next() as i32 as f64).to_bits(),
            2 => 65_536 - random.next() % 12,
            _ => random.next() % 400,
        })
        .collect();
    let content: Vec<u8> = (0..BYTES).map(|_| random.next() as u8).collect();
    bench.returns_nothing = second == Cell::Return0;
    let one = bench.run(&apart, 1 + before.len(), &registers, &content);
    let other = bench.run(&joined, before.len(), &registers, &content);
    let what = || format!("{first:?} and {second:?}, {forwarded:?}: {registers:x?} {operands:x?}");
    let second_trapped = one.at == 0 && one.trap != Trap::Unreachable;
    // The second cell's own start is one word nearer to the first cell's in a superinstruction.
    let other = match one.at < 0 {
        true => Seen {
            at: other.at - 1,
            ..other
        },
        false => other,
    };
    assert_eq!(one, other, "{}", what());
    let first_trapped = one.at < 0 && one.trap != Trap::Unreachable;
    for (cell, trapped) in [(first, first_trapped), (second, second_trapped)] {
        assert!(cell.columns().traps || !trapped, "{cell:?}: {}", what());
    }
    second_trapped
}
