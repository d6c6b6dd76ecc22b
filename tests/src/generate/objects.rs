//! Random instructions of managed objects.

use vbc::isa::decode::Value as Raw;
use vbc::isa::encode::encode;
use vbc::isa::{FuncType, HeapType, ManagedOp, Op, RefType, ValType};
use vbc::module::{CompositeType, FieldType, Identity, StorageType, SubType, Types};

use super::Random;
use super::body::{Builder, Label};

/// The types of a module with managed objects.
#[derive(Clone, Debug)]
pub(super) struct Objects {
    /// All types: those of functions first.
    pub(super) types: Types,
    pub(super) identity: Identity,
    /// The number of types of functions.
    functions: u32,
}

/// A reference to a declared type.
fn reference(nullable: bool, index: u32) -> ValType {
    ValType::Ref(RefType::new(nullable, HeapType::Defined(index)))
}

fn mutable(storage: StorageType) -> FieldType {
    FieldType {
        storage,
        is_mutable: true,
    }
}

impl Objects {
    /// Structs, one of them a subtype, and arrays, after these types of functions.
    pub(super) fn generate(random: &mut Random, functions: &[FuncType]) -> Objects {
        let first = functions.len() as u32;
        let mut types: Types = functions.iter().cloned().collect();
        let field = |random: &mut Random| {
            let storage = match random.below(11) {
                0 | 9 => StorageType::I8,
                1 | 10 => StorageType::I16,
                2 => StorageType::Value(ValType::I32),
                3 => StorageType::Value(ValType::I64),
                4 => StorageType::Value(ValType::F32),
                5 => StorageType::Value(ValType::F64),
                6 => StorageType::Value(ValType::FUNCREF),
                7 => StorageType::Value(ValType::ANYREF),
                _ => StorageType::Value(reference(true, first)),
            };
            FieldType {
                storage,
                is_mutable: !random.once_in(4),
            }
        };
        let mut fields = vec![mutable(StorageType::Value(reference(true, first)))];
        fields.extend((0..random.below(5)).map(|_| field(random)));
        let composite = |fields: &[FieldType]| CompositeType::Struct(fields.into());
        types.push(SubType::new(composite(&fields), None, false));
        fields.extend((0..random.between(1, 4)).map(|_| field(random)));
        types.push(SubType::new(
            composite(&fields),
            Some(first),
            random.once_in(2),
        ));
        let other: Vec<FieldType> = (0..random.below(12)).map(|_| field(random)).collect();
        types.push(SubType::new(composite(&other), None, true));
        let number = random.pick(&[ValType::I32, ValType::I64, ValType::F32, ValType::F64]);
        let elements = [
            StorageType::I8,
            StorageType::I16,
            StorageType::Value(number),
            StorageType::Value(reference(true, first)),
            StorageType::Value(ValType::ANYREF),
            StorageType::Value(ValType::FUNCREF),
        ];
        for element in elements {
            let array = CompositeType::Array(mutable(element));
            types.push(SubType::new(array, None, true));
        }
        Objects {
            identity: types.identities(),
            types,
            functions: first,
        }
    }

    fn is(&self, index: u32, kind: &str) -> bool {
        let ty = self.types.get(index);
        ty.is_some_and(|ty| ty.composite.kind() == kind)
    }

    /// Some declared type of a kind.
    fn some(&self, random: &mut Random, kind: &str) -> u32 {
        let all = 0..self.types.len() as u32;
        let all: Vec<u32> = all.filter(|&index| self.is(index, kind)).collect();
        random.pick(&all)
    }

    /// Some reference type whose values may be null, but now and then.
    pub(super) fn random_type(&self, random: &mut Random) -> ValType {
        let declared = self.functions
            + random.below(self.types.len() as u64 - u64::from(self.functions)) as u32;
        match random.below(10) {
            0 => ValType::ANYREF,
            1 => ValType::EQREF,
            2 => ValType::I31REF,
            3 => ValType::ARRAYREF,
            4 => reference(true, random.below(self.functions.into()) as u32),
            5 => reference(false, declared),
            _ => reference(true, declared),
        }
    }

    /// The fields of a struct, or the elements of an array.
    fn fields(&self, index: u32) -> Vec<FieldType> {
        let ty = self.types.get(index).expect("a declared type");
        ty.composite.fields().to_vec()
    }
}

/// What an instruction does with an object's field or elements.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Read,
    Write,
}

impl Builder<'_, '_> {
    fn objects(&self) -> &Objects {
        self.world.objects.as_ref().expect("a module with objects")
    }

    fn some_type(&mut self, kind: &str) -> u32 {
        let objects = self.world.objects.as_ref().expect("a module with objects");
        objects.some(self.random, kind)
    }

    /// Some type of references.
    fn some_reference(&mut self) -> ValType {
        let objects = self.world.objects.as_ref().expect("a module with objects");
        objects.random_type(self.random)
    }

    /// A register of its own with a count, an index or a start: mostly a small number.
    fn count(&mut self) -> u16 {
        let value = match self.random.below(24) {
            0 => -1,
            1 => self.random.below(6000) as i64,
            2 => self.random.below(12) as i64,
            _ => self.random.below(4) as i64,
        };
        self.number(value)
    }

    /// A register of its own with the length of an array.
    fn length(&mut self) -> u16 {
        let value = match self.random.below(24) {
            0 => -1,
            1 => self.random.below(6000) as i64,
            _ => self.random.below(16) as i64,
        };
        self.number(value)
    }

    fn number(&mut self, value: i64) -> u16 {
        let register = self.new_register(ValType::I32);
        self.load_integer(register, value);
        register
    }

    /// Has a global remember what an i32 register holds, so that it is seen.
    fn note(&mut self, register: u16) {
        if self.random.once_in(3) {
            return;
        }
        let [wide, sum] = [0; 2].map(|_| self.new_register(ValType::I64));
        let global = Raw::Index(0);
        let (wide, sum) = (Raw::Reg(wide), Raw::Reg(sum));
        encode(
            Op::ExtendI64I32,
            &[wide, Raw::Reg(register)],
            &mut self.code,
        );
        encode(Op::GlobalGet, &[sum, global], &mut self.code);
        encode(Op::MulI64, &[sum, sum, Raw::Imm(31)], &mut self.code);
        encode(Op::AddI64, &[sum, sum, wide], &mut self.code);
        encode(Op::GlobalSet, &[global, sum], &mut self.code);
    }

    /// Whether a register of a reference type gets something instead of null: where it has to, and mostly where it can.
    pub(super) fn makes(&mut self, ty: RefType) -> bool {
        let possible = match ty.heap() {
            HeapType::Any | HeapType::Eq | HeapType::I31 => true,
            HeapType::Defined(index) => {
                let objects = self.world.objects.as_ref();
                objects.is_some_and(|objects| !objects.is(index, "func"))
            }
            _ => false,
        };
        !ty.is_nullable() || possible && !self.random.once_in(6)
    }

    /// Makes something of a reference type.
    pub(super) fn make(&mut self, ty: RefType, register: u16) {
        let d = Raw::Reg(register);
        match ty.heap() {
            HeapType::Defined(index) if self.objects().is(index, "struct") && !self.is_making => {
                self.is_making = true;
                self.struct_new(index, register);
                self.is_making = false;
            }
            HeapType::Defined(index) if self.objects().is(index, "struct") => {
                let values = [d, Raw::Index(index)];
                encode(Op::StructNewDefault, &values, &mut self.code);
            }
            HeapType::Defined(index) if self.objects().is(index, "array") => {
                let n = self.length();
                let values = [d, Raw::Index(index), Raw::Reg(n)];
                encode(Op::ArrayNewDefault, &values, &mut self.code);
            }
            _ => {
                let s = self.source(ValType::I32);
                encode(Op::I31New, &[d, Raw::Reg(s)], &mut self.code);
            }
        }
        self.assign(register);
    }

    /// A random instruction that neither calls nor ends a block.
    pub(super) fn managed(&mut self) {
        let op = self.random.pick(ManagedOp::ALL);
        match op {
            Op::RefAsNonNull if !self.random.once_in(4) => {}
            Op::RefAsNonNull => {
                let ty = self.some_reference();
                let s = self.source(ty);
                let ValType::Ref(own) = self.types[usize::from(s)] else {
                    return;
                };
                let d = self.destination(ValType::Ref(own.not_null()));
                self.put(op, d, &[Raw::Reg(s)]);
            }
            Op::RefEq => {
                let (x, y) = (self.source(ValType::EQREF), self.source(ValType::EQREF));
                let d = self.destination(ValType::I32);
                self.put(op, d, &[Raw::Reg(x), Raw::Reg(y)]);
            }
            Op::RefTest | Op::RefCast => {
                let (s, to) = self.cast();
                let d = match op {
                    Op::RefTest => self.destination(ValType::I32),
                    _ => self.destination(to),
                };
                self.put(op, d, &[Raw::Reg(s), Raw::RefType(to.word())]);
            }
            Op::I31New => {
                let s = self.source(ValType::I32);
                let d = self.destination(ValType::I31);
                self.put(op, d, &[Raw::Reg(s)]);
            }
            Op::I31Get | Op::I31GetU => {
                let s = self.source(ValType::I31REF);
                let d = self.destination(ValType::I32);
                self.put(op, d, &[Raw::Reg(s)]);
            }
            Op::AnyOfExtern => {
                let s = self.source(ValType::EXTERNREF);
                let d = self.destination(ValType::ANYREF);
                self.put(op, d, &[Raw::Reg(s)]);
            }
            Op::ExternOfAny => {
                let s = self.source(ValType::ANYREF);
                let d = self.destination(ValType::EXTERNREF);
                self.put(op, d, &[Raw::Reg(s)]);
            }
            Op::StructNew => {
                let ty = self.some_type("struct");
                let d = self.destination(reference(false, ty));
                self.struct_new(ty, d);
            }
            Op::ArrayNewFixed => self.array_new_fixed(),
            Op::StructNewDefault => {
                let ty = self.some_type("struct");
                let d = self.destination(reference(false, ty));
                self.put(op, d, &[Raw::Index(ty)]);
            }
            Op::StructGet | Op::StructGetS | Op::StructGetU | Op::StructSet => self.field(),
            Op::ArrayGet | Op::ArrayGetS | Op::ArrayGetU | Op::ArraySet => self.element(),
            Op::ArrayNew | Op::ArrayNewDefault => {
                let ty = self.some_type("array");
                let n = self.length();
                let value = self.objects().fields(ty)[0].unpacked();
                let value = self.source(value);
                let d = self.destination(reference(false, ty));
                match op {
                    Op::ArrayNew => {
                        let values = [Raw::Index(ty), Raw::Reg(value), Raw::Reg(n)];
                        self.put(op, d, &values);
                    }
                    _ => self.put(op, d, &[Raw::Index(ty), Raw::Reg(n)]),
                }
            }
            Op::ArrayLen => {
                let s = self.source(ValType::ARRAYREF);
                let d = self.destination(ValType::I32);
                self.put(op, d, &[Raw::Reg(s)]);
            }
            Op::ArrayNewData | Op::ArrayInitData => self.data_items(op),
            Op::ArrayNewElem | Op::ArrayInitElem => self.segment_items(op),
            Op::ArrayFill | Op::ArrayCopy => self.bulk(op),
            Op::ArrayToMemory | Op::MemoryToArray => self.bytes(op),
            // Those branch, or call.
            _ => {}
        }
    }

    /// Writes an instruction whose first operand is a register that it writes.
    fn put(&mut self, op: Op, d: u16, rest: &[Raw<'_>]) {
        let mut values = vec![Raw::Reg(d)];
        values.extend_from_slice(rest);
        encode(op, &values, &mut self.code);
        self.assign(d);
        if self.types[usize::from(d)] == ValType::I32 {
            self.note(d);
        }
    }

    /// A register and what it may be cast to.
    fn cast(&mut self) -> (u16, ValType) {
        let from = self.some_reference();
        // Casts that fail end the program.
        if !self.random.once_in(3) {
            let register = self.source(from);
            let own = self.types[usize::from(register)];
            return (register, if self.random.once_in(2) { own } else { from });
        }
        let types = self.objects().types.clone();
        let to = loop {
            let to = self.some_reference();
            if types.hierarchy(to) == types.hierarchy(from) {
                break to;
            }
        };
        (self.source(from), to)
    }

    /// A branch on null, or on a failed cast, if there is a register that it can write.
    pub(super) fn reference_branch(&mut self, label: Label) -> bool {
        let (s, mut to) = self.cast();
        let on_null = self.random.once_in(2);
        if on_null {
            let ValType::Ref(own) = self.types[usize::from(s)] else {
                return false;
            };
            to = ValType::Ref(own.not_null());
        }
        // Control may arrive at the target without its having been written.
        let identity = &self.objects().identity;
        let ready = (0..self.types.len()).filter(|&register| {
            self.assigned[register] && identity.is_subtype(to, self.types[register])
        });
        let ready: Vec<u16> = ready.map(|register| register as u16).collect();
        if ready.is_empty() {
            return false;
        }
        let d = Raw::Reg(self.random.pick(&ready));
        let at = self.code.len();
        match on_null {
            true => encode(
                Op::BrOnNull,
                &[d, Raw::Reg(s), Raw::Label(0)],
                &mut self.code,
            ),
            false => {
                let values = [d, Raw::Reg(s), Raw::Label(0), Raw::RefType(to.word())];
                encode(Op::BrOnCastFail, &values, &mut self.code);
            }
        }
        self.branch_from(at, label);
        true
    }

    /// STRUCT_NEW.
    fn struct_new(&mut self, ty: u32, d: u16) {
        let fields = self.objects().fields(ty);
        let types: Vec<ValType> = fields.iter().map(|field| field.unpacked()).collect();
        let args = self.arguments(&types);
        let values = [Raw::Index(ty), Raw::Regs(&args), Raw::Regs(&[d])];
        encode(Op::StructNew, &values, &mut self.code);
        self.assign(d);
    }

    /// ARRAY_NEW_FIXED.
    fn array_new_fixed(&mut self) {
        let ty = self.some_type("array");
        let element = self.objects().fields(ty)[0].unpacked();
        let types = vec![element; self.random.below(12) as usize];
        let args = self.arguments(&types);
        let d = self.destination(reference(false, ty));
        let count = Raw::Count(args.len() as u32);
        let values = [Raw::Index(ty), count, Raw::Regs(&args), Raw::Regs(&[d])];
        encode(Op::ArrayNewFixed, &values, &mut self.code);
        self.assign(d);
    }

    /// A part of an object that can be read or written, and which instruction does so.
    fn part(&mut self, ty: u32, object: &str) -> Option<(u16, FieldType, Op, Access)> {
        let fields = self.objects().fields(ty);
        if fields.is_empty() {
            return None;
        }
        let number = self.random.below(fields.len() as u64) as u16;
        let field = fields[usize::from(number)];
        let access = match field.is_mutable && self.random.once_in(2) {
            true => Access::Write,
            false => Access::Read,
        };
        let is_struct = object == "struct";
        let op = match (access, field.is_packed(), self.random.once_in(2)) {
            (Access::Write, ..) if is_struct => Op::StructSet,
            (Access::Write, ..) => Op::ArraySet,
            (_, false, _) if is_struct => Op::StructGet,
            (_, false, _) => Op::ArrayGet,
            (_, true, true) if is_struct => Op::StructGetS,
            (_, true, false) if is_struct => Op::StructGetU,
            (_, true, true) => Op::ArrayGetS,
            (_, true, false) => Op::ArrayGetU,
        };
        Some((number, field, op, access))
    }

    /// A register whose type is exactly this one: what is accessed follows from it.
    fn exact(&mut self, ty: ValType) -> u16 {
        let ready: Vec<u16> = (0..self.types.len())
            .filter(|&n| self.types[n] == ty && self.assigned[n])
            .map(|n| n as u16)
            .collect();
        match ready.is_empty() {
            true => {
                let register = self.new_register(ty);
                self.fill(register);
                register
            }
            false => self.random.pick(&ready),
        }
    }

    fn object(&mut self, ty: u32) -> u16 {
        let nullable = self.random.once_in(6);
        self.exact(reference(nullable, ty))
    }

    fn field(&mut self) {
        let ty = self.some_type("struct");
        let Some((number, field, op, access)) = self.part(ty, "struct") else {
            return;
        };
        let s = Raw::Reg(self.object(ty));
        let number = Raw::Field(number);
        match access {
            Access::Write => {
                let v = Raw::Reg(self.source(field.unpacked()));
                encode(op, &[s, number, v], &mut self.code);
            }
            Access::Read => {
                let d = self.destination(field.unpacked());
                self.put(op, d, &[s, number]);
            }
        }
    }

    fn element(&mut self) {
        let ty = self.some_type("array");
        let Some((_, field, op, access)) = self.part(ty, "array") else {
            return;
        };
        let a = Raw::Reg(self.object(ty));
        let i = Raw::Reg(self.count());
        match access {
            Access::Write => {
                let v = Raw::Reg(self.source(field.unpacked()));
                encode(op, &[a, i, v], &mut self.code);
            }
            Access::Read => {
                let d = self.destination(field.unpacked());
                self.put(op, d, &[a, i]);
            }
        }
    }

    /// ARRAY_FILL, ARRAY_COPY.
    fn bulk(&mut self, op: Op) {
        let ty = self.some_type("array");
        let value = self.objects().fields(ty)[0].unpacked();
        let v = Raw::Reg(self.source(value));
        let from = Raw::Reg(self.object(ty));
        let a = Raw::Reg(self.object(ty));
        let [i, j, n] = [0; 3].map(|_| Raw::Reg(self.count()));
        match op {
            Op::ArrayFill => encode(op, &[a, i, v, n], &mut self.code),
            _ => encode(op, &[a, i, from, j, n], &mut self.code),
        }
    }

    /// ARRAY_NEW_DATA, ARRAY_INIT_DATA.
    fn data_items(&mut self, op: Op) {
        let ty = self.some_type("array");
        if self.world.passive.is_empty() || self.objects().fields(ty)[0].unpacked().is_ref() {
            return;
        }
        let data = Raw::Index(self.random.pick(&self.world.passive));
        self.filled(op, ty, data);
    }

    /// ARRAY_NEW_ELEM, ARRAY_INIT_ELEM.
    fn segment_items(&mut self, op: Op) {
        let ty = self.some_type("array");
        let element = self.objects().fields(ty)[0].unpacked();
        let all = 0..self.world.elements.len();
        let fits = |&n: &usize| self.world.elements[n] == element;
        let fitting: Vec<u32> = all.filter(fits).map(|n| n as u32).collect();
        if fitting.is_empty() {
            return;
        }
        let elem = Raw::Index(self.random.pick(&fitting));
        self.filled(op, ty, elem);
    }

    fn filled(&mut self, op: Op, ty: u32, source: Raw<'static>) {
        let (s, n) = (Raw::Reg(self.count()), Raw::Reg(self.count()));
        match op {
            Op::ArrayNewData | Op::ArrayNewElem => {
                let d = self.destination(reference(false, ty));
                self.put(op, d, &[Raw::Index(ty), source, s, n]);
            }
            _ => {
                let a = Raw::Reg(self.object(ty));
                let i = Raw::Reg(self.count());
                encode(op, &[a, i, source, s, n], &mut self.code);
            }
        }
    }

    /// ARRAY_TO_MEMORY, MEMORY_TO_ARRAY.
    fn bytes(&mut self, op: Op) {
        let objects = self.objects();
        let all = 0..objects.types.len() as u32;
        let is_bytes = |&index: &u32| {
            objects.is(index, "array") && objects.fields(index)[0].storage == StorageType::I8
        };
        let ty = all.clone().find(is_bytes).expect("an array of bytes");
        let a = Raw::Reg(self.object(ty));
        let (i, n) = (Raw::Reg(self.count()), Raw::Reg(self.count()));
        let address = self.world.address.unwrap_or(ValType::I64);
        let address = Raw::Reg(self.small(address, 70_000));
        let memory = Raw::Index(0);
        match op {
            Op::ArrayToMemory => encode(op, &[address, a, i, n, memory], &mut self.code),
            _ => encode(op, &[a, i, address, n, memory], &mut self.code),
        }
    }

    /// A register with a function of a type, and the instruction that calls it.
    pub(super) fn callee(&mut self, ty: u32) -> u16 {
        let all = 0..self.world.functions.len() as u32;
        let of_type: Vec<u32> = all
            .filter(|&function| self.world.functions[function as usize] == ty)
            .collect();
        if of_type.is_empty() || self.random.once_in(6) {
            return self.exact(reference(true, ty));
        }
        let register = self.exact(reference(true, ty));
        let function = Raw::Index(self.random.pick(&of_type));
        encode(Op::RefFunc, &[Raw::Reg(register), function], &mut self.code);
        register
    }
}
