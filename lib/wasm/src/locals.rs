//! Which local each register is.

use wasm_encoder::{Encode, ValType as Wasm};

use super::coalesce::{self, LiveInput};
use super::environment::wasm_type;

/// The locals of a function: parameters, registers that are named, and those that the code needs besides.
pub(super) struct Locals {
    /// For each register its local; meaningless where the register is never named.
    of: Vec<u32>,
    /// Locals that are one register, ascending, and the register.
    names: Vec<(u32, u16)>,
    /// Runs of the locals after the parameters.
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
    /// The index of a SWITCH with very many targets.
    Part,
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
            Extra::Label | Extra::Part => Wasm::I32,
            Extra::Index | Extra::Left | Extra::Right | Extra::Result => Wasm::I64,
            Extra::Single => Wasm::F32,
            Extra::Double => Wasm::F64,
        }
    }
}

/// Locals below this have numbers of one byte; where there are more, those that are named most
/// often come first.
const SHORT: usize = 128;

/// Functions that name no more registers than this have a local for each, which is best for debuggers; with
/// more of them engines take long.
const MANY: usize = 200;

impl Locals {
    /// For a function whose code names each register as often as `named` counts; `share` lets registers share locals
    /// although they are few.
    pub fn new(code: &LiveInput<'_, '_>, named: &[u32], share: bool) -> Locals {
        let (types, params) = (code.types, code.params);
        let named_ones = (params..types.len()).filter(|&register| named[register] > 0);
        let slots = match share || named_ones.clone().count() > MANY {
            true => coalesce::slots(code),
            false => (0..types.len() as u32).collect(),
        };
        // Code that came to nothing may have named registers, too.
        let registers = || {
            named_ones
                .clone()
                .filter(|&register| slots[register] != coalesce::NONE)
        };
        // How often each slot is named, and by which registers first and last.
        let mut often = vec![0_u32; types.len()];
        let mut first: Vec<Option<u16>> = vec![None; types.len()];
        let mut last = first.clone();
        for register in registers() {
            let slot = slots[register] as usize;
            often[slot] = often[slot].saturating_add(named[register]);
            first[slot].get_or_insert(register as u16);
            last[slot] = Some(register as u16);
        }
        let mut order: Vec<u16> = first.iter().copied().flatten().collect();
        let many = params + order.len() > SHORT;
        order.sort_by_key(|&register| {
            let register = usize::from(register);
            let often = match many {
                true => often[slots[register] as usize],
                false => 0,
            };
            (types[register], std::cmp::Reverse(often))
        });
        let mut locals = Locals {
            of: (0..types.len() as u32).collect(),
            names: (0..params).map(|at| (at as u32, at as u16)).collect(),
            runs: Vec::new(),
            count: params as u32,
            extra: [None; 8],
        };
        let mut local_of = vec![0; types.len()];
        for register in order {
            let slot = slots[usize::from(register)] as usize;
            local_of[slot] = locals.add(wasm_type(types[usize::from(register)]));
            if last[slot] == Some(register) {
                locals.names.push((local_of[slot], register));
            }
        }
        for register in registers() {
            locals.of[register] = local_of[slots[register] as usize];
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

    /// Locals that are one register, ascending, and the register.
    pub fn named(&self) -> Vec<(u32, u16)> {
        self.names.clone()
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
