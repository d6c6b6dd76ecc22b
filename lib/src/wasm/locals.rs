//! Which local each register is.

use wasm_encoder::{Encode, ValType as Wasm};

use super::environment::wasm_type;
use crate::isa::ValType;

/// The locals of a function: parameters, registers that are named, and those that the code needs besides.
pub(super) struct Locals {
    params: u32,
    /// For each register its local; meaningless where the register is never named.
    of: Vec<u32>,
    /// Runs of the locals behind the parameters.
    runs: Vec<(u32, Wasm)>,
    /// The number of locals so far, parameters included.
    count: u32,
    /// Further ones by what they are for.
    extra: [Option<u32>; 8],
}

/// What a further local is for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Extra {
    /// Where a dispatch goes.
    Label,
    /// The index of a SWITCH.I64.
    Index,
    /// Operands and result of arithmetic that may overflow.
    Left,
    /// See `Left`.
    Right,
    /// See `Left`; of i32 too, in 64 bits.
    Result,
    /// An f32 that may be a NaN.
    Single,
    /// An f64 that may be.
    Double,
}

impl Extra {
    fn ty(self) -> Wasm {
        match self {
            Extra::Label => Wasm::I32,
            Extra::Index | Extra::Left | Extra::Right | Extra::Result => Wasm::I64,
            Extra::Single => Wasm::F32,
            Extra::Double => Wasm::F64,
        }
    }
}

/// Locals below this have numbers of one byte; where there are more registers, those that are named most
/// often come first.
const SHORT: usize = 128;

impl Locals {
    /// For registers of these types, of which the first `params` are parameters.
    pub fn new(types: &[ValType], params: usize, named: &[u32]) -> Locals {
        let mut order: Vec<u16> = (params..types.len())
            .filter(|&register| named[register] > 0)
            .map(|register| register as u16)
            .collect();
        let many = params + order.len() > SHORT;
        order.sort_by_key(|&register| {
            let often = if many {
                named[usize::from(register)]
            } else {
                0
            };
            (types[usize::from(register)], std::cmp::Reverse(often))
        });
        let mut locals = Locals {
            params: params as u32,
            of: (0..types.len() as u32).collect(),
            runs: Vec::new(),
            count: params as u32,
            extra: [None; 8],
        };
        for register in order {
            let register = usize::from(register);
            locals.of[register] = locals.add(wasm_type(types[register]));
        }
        locals
    }

    fn add(&mut self, ty: Wasm) -> u32 {
        match self.runs.last_mut() {
            Some((count, last)) if *last == ty => *count += 1,
            _ => self.runs.push((1, ty)),
        }
        self.count += 1;
        self.count - 1
    }

    /// The local of a register.
    pub fn of(&self, register: u16) -> u32 {
        self.of[usize::from(register)]
    }

    /// The local for a purpose.
    pub fn extra(&mut self, extra: Extra) -> u32 {
        if let Some(local) = self.extra[extra as usize] {
            return local;
        }
        let local = self.add(extra.ty());
        self.extra[extra as usize] = Some(local);
        local
    }

    /// The number of locals, parameters included.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Registers and their locals, by ascending local.
    pub fn named(&self, named: &[u32]) -> Vec<(u32, u16)> {
        let mut list: Vec<(u32, u16)> = (0..self.of.len())
            .filter(|&register| register < self.params as usize || named[register] > 0)
            .map(|register| (self.of[register], register as u16))
            .collect();
        list.sort_unstable();
        list
    }

    /// The declarations at the beginning of a body.
    pub fn encode(&self, bytes: &mut Vec<u8>) {
        (self.runs.len() as u32).encode(bytes);
        for (count, ty) in &self.runs {
            count.encode(bytes);
            ty.encode(bytes);
        }
    }
}
