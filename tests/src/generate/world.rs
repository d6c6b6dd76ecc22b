//! Everything of a generated module but the bodies of its functions.

use vbc::isa::{FuncType, ValType};
use vbc::module::{
    AddressRow, DataKind, DataRow, ElementMode, ElementRow, ExportRow, FunctionRow, GlobalRow,
    ImportRow, InitKind, Kind, MemoryRow, Module, NO_MAX, NONE, RegisterRun, StringsBuilder,
    TableRow, support,
};

use super::Random;
use super::body::Body;
use super::objects::Objects;
use crate::evaluator::Value;

/// A call of an exported function.
#[derive(Clone, Debug)]
pub struct Call {
    /// Its name.
    pub name: String,
    /// Its arguments.
    pub args: Vec<Value>,
}

/// A generated module and what to do with it.
#[derive(Clone, Debug)]
pub struct Generated {
    /// The module, with undefined support routines if it prints.
    pub module: Module,
    /// Calls to make one after another, in one instance.
    pub calls: Vec<Call>,
}

/// What a function body can refer to.
#[derive(Clone, Debug, Default)]
pub(super) struct World {
    pub(super) types: Vec<FuncType>,
    /// Type index of each function, imports first.
    pub(super) functions: Vec<u32>,
    /// Type and mutability.
    pub(super) globals: Vec<(ValType, bool)>,
    /// Element and index type.
    pub(super) tables: Vec<(ValType, ValType)>,
    /// Element type.
    pub(super) elements: Vec<ValType>,
    /// Data rows that are passive, and those that have an address.
    pub(super) passive: Vec<u32>,
    pub(super) placed: Vec<u32>,
    /// Index type of the memory.
    pub(super) address: Option<ValType>,
    /// The types of objects, in a module with managed ones.
    pub(super) objects: Option<Objects>,
}

impl World {
    /// A type for a register, a parameter or a global.
    pub(super) fn random_type(&self, random: &mut Random) -> ValType {
        match &self.objects {
            Some(objects) if random.once_in(3) => objects.random_type(random),
            _ => random_type(random),
        }
    }
}

const NUMBERS: [ValType; 4] = [ValType::I32, ValType::I64, ValType::F32, ValType::F64];

pub(super) fn random_type(random: &mut Random) -> ValType {
    if random.once_in(8) {
        random.pick(&[ValType::FUNCREF, ValType::EXTERNREF, ValType::Ptr])
    } else {
        random.pick(&NUMBERS)
    }
}

pub(super) fn random_value(random: &mut Random, ty: ValType) -> Value {
    match ty {
        ValType::I32 => Value::I32(random.integer(32) as i32),
        ValType::I64 => Value::I64(random.integer(64)),
        ValType::F32 => Value::F32(random.float(32) as u32),
        ValType::F64 => Value::F64(random.float(64)),
        ValType::Ref(_) | ValType::Ptr => Value::zero(ty),
    }
}

/// The module that belongs to `seed`.
pub fn generate(seed: u64) -> Generated {
    module_for(seed, false)
}

/// The module with managed objects that belongs to `seed`.
pub fn generate_managed(seed: u64) -> Generated {
    module_for(seed, true)
}

fn module_for(seed: u64, managed: bool) -> Generated {
    let random = &mut Random::new(seed);
    let mut module = Module {
        producer: "generate".into(),
        ..Module::default()
    };
    let mut strings = StringsBuilder::default();
    let mut world = World::default();
    add_types(random, &mut world);
    add_routines(random, &mut world, &mut module, &mut strings);
    if managed {
        world.objects = Some(Objects::generate(random, &world.types));
    }
    let imported = world.functions.len() as u32;
    let defined = random.between(2, 5) as u32;
    for _ in 0..defined {
        let ty = random.below(world.types.len() as u64) as u32;
        world.functions.push(ty);
    }
    add_memory(random, &mut world, &mut module);
    add_tables(random, &mut world, &mut module);
    add_data(random, &mut world, &mut module);
    add_globals(random, &mut world, &mut module);

    let mut calls = Vec::new();
    for index in 0..defined {
        let ty = world.functions[(imported + index) as usize];
        let body = Body::generate(random, &world, ty);
        add_function(&mut module, ty, &body);
        let name = format!("f{index}");
        module.exports.to_mut().push(ExportRow {
            name: strings.intern(&name),
            kind: Kind::Func as u32,
            index: imported + index,
            flags: 0,
        });
        let params = &world.types[ty as usize].params;
        let args = params.iter().map(|&ty| random_value(random, ty)).collect();
        calls.push(Call { name, args });
    }
    if random.once_in(4) {
        add_initialiser(random, &mut world, &mut module);
    }
    module.types = match world.objects {
        Some(objects) => objects.types,
        None => world.types.into_iter().collect(),
    };
    module.strings = strings.finish();
    module.highest_opcode = Some(vbc::format::highest_opcode(&module.code));
    Generated { module, calls }
}

fn add_types(random: &mut Random, world: &mut World) {
    world.types.push(FuncType::default());
    for _ in 0..random.between(1, 4) {
        let list = |random: &mut Random, most| {
            let count = random.between(0, most);
            (0..count).map(|_| random_type(random)).collect::<Box<_>>()
        };
        let ty = FuncType {
            params: list(random, 5),
            results: list(random, 3),
        };
        if !world.types.contains(&ty) {
            world.types.push(ty);
        }
    }
}

/// Now and then the module prints.
fn add_routines(
    random: &mut Random,
    world: &mut World,
    module: &mut Module,
    strings: &mut StringsBuilder,
) {
    if !random.once_in(4) {
        return;
    }
    for ty in ValType::PLAIN {
        let func_type = FuncType::new(&[ty], &[]);
        let index = world.types.iter().position(|other| *other == func_type);
        let index = index.unwrap_or_else(|| {
            world.types.push(func_type);
            world.types.len() - 1
        });
        module.imports.to_mut().push(ImportRow {
            kind: Kind::Func as u32,
            module: NONE,
            name: strings.intern(support::print_routine(ty).expect("a routine")),
            ty: index as u32,
            ..ImportRow::default()
        });
        world.functions.push(index as u32);
    }
}

fn add_memory(random: &mut Random, world: &mut World, module: &mut Module) {
    if random.once_in(10) {
        return;
    }
    let address = random.pick(&[ValType::I32, ValType::I64]);
    world.address = Some(address);
    let min = random.pick(&[0, 1, 1, 2, 2, 2]);
    module.memories.to_mut().push(MemoryRow {
        index_type: address.word(),
        flags: 0,
        min,
        max: if random.once_in(8) {
            NO_MAX
        } else {
            min + random.between(2, 6)
        },
    });
}

fn add_tables(random: &mut Random, world: &mut World, module: &mut Module) {
    let all = world.functions.len() as u64;
    for number in 0..random.between(1, 3) {
        let elem = match number {
            0 => ValType::FUNCREF,
            _ => random.pick(&[ValType::FUNCREF, ValType::EXTERNREF]),
        };
        let index_type = random.pick(&[ValType::I32, ValType::I64]);
        let min = random.between(4, 9);
        module.tables.to_mut().push(TableRow {
            elem: elem.word(),
            index_type: index_type.word(),
            min,
            max: min + random.below(600),
        });
        world.tables.push((elem, index_type));
        let mode = match number {
            0 => ElementMode::Active,
            _ => random.pick(&[
                ElementMode::Passive,
                ElementMode::Active,
                ElementMode::Declarative,
            ]),
        };
        let active = mode == ElementMode::Active;
        let first = module.element_items.len();
        let count = random.between(1, 4);
        for _ in 0..count {
            let function = elem == ValType::FUNCREF && !random.once_in(5);
            let item = if function {
                random.below(all) as u32
            } else {
                NONE
            };
            module.element_items.to_mut().push(item);
        }
        module.elements.to_mut().push(ElementRow {
            mode: mode as u32,
            elem: elem.word(),
            table: if active { number as u32 } else { 0 },
            count: count as u32,
            first: first as u64,
            offset: if active {
                random.below(min - count + 1)
            } else {
                0
            },
        });
        world.elements.push(elem);
    }
}

fn add_data(random: &mut Random, world: &mut World, module: &mut Module) {
    // In a module with fixed rows, placed ones are not allowed. Fixed ones reach no further than
    // the memory, or nothing else of the module would ever run.
    let pages = module.memories.first().map_or(0, |row| row.min);
    let with_address = match random.below(3) {
        0 if pages > 0 => DataKind::Fixed,
        _ => DataKind::Placed,
    };
    for index in 0..random.below(5) as u32 {
        let kind = random.pick(&[with_address, DataKind::Passive]);
        let length = random.between(1, 40);
        let bytes = module.data_bytes.to_mut();
        let offset = bytes.len() as u64;
        bytes.extend((0..length).map(|_| random.bits() as u8));
        let placed = kind == DataKind::Placed;
        module.data.to_mut().push(DataRow {
            kind: kind as u32,
            align: if placed { 1 << random.below(8) } else { 1 },
            flags: random.below(2) as u32,
            memory: 0,
            size: length + if placed { random.below(20) } else { 0 },
            address: match kind {
                DataKind::Fixed => random.below(pages * 65_536 - length),
                _ => 0,
            },
            offset,
            length,
        });
        match kind {
            DataKind::Passive => world.passive.push(index),
            _ => world.placed.push(index),
        }
    }
    add_addresses(random, world, module);
}

/// A static address at the start of some row that is long enough.
fn add_addresses(random: &mut Random, world: &World, module: &mut Module) {
    let Some(&target) = world.placed.first() else {
        return;
    };
    let long = |&&row: &&u32| module.data[row as usize].length >= 8;
    if let Some(&data) = world.placed.iter().find(long) {
        let start = module.data[data as usize].offset as usize;
        module.data_bytes.to_mut()[start..start + 8].fill(0);
        module.addresses.to_mut().push(AddressRow {
            data,
            target,
            offset: 0,
            addend: random.integer(16),
        });
    }
}

fn add_globals(random: &mut Random, world: &mut World, module: &mut Module) {
    let address = world.address.unwrap_or(ValType::I64);
    for number in 0..random.between(2, 8) {
        let ty = match number {
            0 => ValType::I64,
            _ => match world.random_type(random) {
                ty if ty.has_default() => ty,
                _ => ValType::ANYREF,
            },
        };
        let mutable = number == 0 || !random.once_in(4);
        let mut row = GlobalRow {
            ty: ty.word(),
            flags: if mutable { GlobalRow::MUTABLE } else { 0 },
            ..GlobalRow::default()
        };
        match random_value(random, ty) {
            Value::I32(x) => row.value = u64::from(x as u32),
            Value::I64(x) => row.value = x as u64,
            Value::F32(bits) => row.value = u64::from(bits),
            Value::F64(bits) => row.value = bits,
            _ => row.init = InitKind::Null as u32,
        }
        if ty == ValType::FUNCREF && random.once_in(2) {
            row.init = InitKind::Func as u32;
            row.index = random.below(world.functions.len() as u64) as u32;
        } else if ty == address && !world.placed.is_empty() && random.once_in(3) {
            row.init = InitKind::Data as u32;
            row.index = random.pick(&world.placed);
            row.value = random.integer(12) as u64;
        }
        module.globals.to_mut().push(row);
        world.globals.push((ty, mutable));
    }
}

fn add_function(module: &mut Module, ty: u32, body: &Body) {
    let first_run = module.register_runs.len() as u32;
    let runs = module.register_runs.to_mut();
    for &(ty, zeroed) in &body.locals {
        let flags = if zeroed { RegisterRun::ZEROED } else { 0 };
        let next = RegisterRun {
            count: 1,
            ty: ty.word(),
            flags,
        };
        match runs[first_run as usize..].last_mut() {
            Some(run) if (run.ty, run.flags) == (next.ty, next.flags) => run.count += 1,
            _ => runs.push(next),
        }
    }
    let row = FunctionRow {
        first_handler: 0,
        handlers: 0,
        ty,
        flags: 0,
        first_run,
        runs: runs.len() as u32 - first_run,
        code: module.code.len() as u64,
        words: body.code.len() as u64,
    };
    module.functions.to_mut().push(row);
    module.code.to_mut().extend_from_slice(&body.code);
}

/// An initialiser may set every global of the module.
fn add_initialiser(random: &mut Random, world: &mut World, module: &mut Module) {
    let index = world.functions.len() as u32;
    world.functions.push(0);
    let mutable = std::mem::take(&mut world.globals);
    world.globals = mutable.iter().map(|&(ty, _)| (ty, true)).collect();
    let body = Body::generate(random, world, 0);
    add_function(module, 0, &body);
    module.initialisers.to_mut().push(index);
}
