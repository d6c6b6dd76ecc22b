//! Bodies of generated functions: structured control flow around random instructions.

use vbc::isa::decode::Value as Raw;
use vbc::isa::encode::{encode, encode_form, patch};
use vbc::isa::{
    DISCARD, Effects, Family, Field, Form, FormInfo, IndexSpace, Op, Operand, Role, Trap, Ty,
    ValType,
};

use super::Random;
use super::world::World;

/// A function's registers beyond its parameters, and its code.
#[derive(Clone, Debug)]
pub(super) struct Body {
    /// Type, and whether it is zeroed.
    pub(super) locals: Vec<(ValType, bool)>,
    pub(super) code: Vec<u64>,
}

/// A place in the code that branches go to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Label(usize);

pub(super) struct Builder<'r, 'w> {
    pub(super) random: &'r mut Random,
    pub(super) world: &'w World,
    results: Box<[ValType]>,
    pub(super) types: Vec<ValType>,
    /// Registers beyond the parameters: type, and whether it is zeroed.
    locals: Vec<(ValType, bool)>,
    /// Which registers hold something here; empty (false everywhere) where nothing arrives. Those that came later are
    /// not in it.
    pub(super) assigned: Vec<bool>,
    pub(super) code: Vec<u64>,
    /// Where each label is.
    labels: Vec<Option<usize>>,
    /// Instruction, and the label in its field (or in list element `n` of a SWITCH).
    branches: Vec<(usize, BranchPlace, Label)>,
    /// Instructions still to be made.
    left: u32,
    /// An object is being made, whose fields get what there is.
    pub(super) is_making: bool,
}

#[derive(Clone, Copy, Debug)]
enum BranchPlace {
    Field(Field),
    List(usize),
}

impl Body {
    /// A body for a function of type number `ty`.
    pub(super) fn generate(random: &mut Random, world: &World, ty: u32) -> Body {
        let ty = &world.types[ty as usize];
        let mut types = ty.params.to_vec();
        let mut assigned = vec![true; types.len()];
        let mut locals = Vec::new();
        for number in 0..random.between(8, 20) {
            let ty = match number {
                0 => ValType::I32,
                1 => ValType::I64,
                2 => ValType::F32,
                3 => ValType::F64,
                4 => ValType::FUNCREF,
                5 => ValType::EXTERNREF,
                6 => ValType::Ptr,
                _ => world.random_type(random),
            };
            let zeroed = ty.has_default() && random.once_in(if ty.is_managed() { 9 } else { 3 });
            locals.push((ty, zeroed));
            types.push(ty);
            assigned.push(zeroed);
        }
        let left = random.between(5, 60) as u32;
        let mut builder = Builder {
            random,
            world,
            results: ty.results.clone(),
            types,
            locals,
            assigned,
            code: Vec::new(),
            labels: Vec::new(),
            branches: Vec::new(),
            left,
            is_making: false,
        };
        if builder.block(0) {
            builder.leave();
        }
        builder.resolve();
        Body {
            locals: builder.locals,
            code: builder.code,
        }
    }
}

impl Builder<'_, '_> {
    /// Statements, until there are enough. Returns whether control continues after them.
    fn block(&mut self, depth: u32) -> bool {
        let count = self.random.between(1, 12);
        for _ in 0..count {
            if self.left == 0 {
                return true;
            }
            self.left -= 1;
            let continues = match self.random.below(30) {
                0 | 1 if depth < 4 => self.branch(depth),
                2 if depth < 4 => self.repeat(depth),
                3 if depth < 3 => self.switch(depth),
                4 | 5 => self.call(),
                6 if self.random.once_in(8) => self.leave(),
                _ => self.simple(),
            };
            if !continues {
                return false;
            }
        }
        true
    }

    fn label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() - 1)
    }

    fn bind(&mut self, label: Label) {
        self.labels[label.0] = Some(self.code.len());
    }

    fn resolve(&mut self) {
        for &(at, target, label) in &self.branches {
            // A label after the last instruction is never branched to: block() gives a continuing
            // statement something to continue at.
            let place = self.labels[label.0].expect("every label is bound");
            let distance = (place as i64 - at as i64) as u32;
            match target {
                BranchPlace::Field(field) => patch(&mut self.code, at, field, u64::from(distance)),
                BranchPlace::List(n) => {
                    let field = if n % 2 == 0 { Field::W1Lo } else { Field::W1Hi };
                    patch(&mut self.code, at + n / 2, field, u64::from(distance));
                }
            }
        }
    }

    /// Whether a register of type `sub` may be read, or written, as one of type `of`.
    fn fits(&self, sub: ValType, of: ValType) -> bool {
        match &self.world.objects {
            Some(objects) => objects.identity.is_subtype(sub, of),
            None => sub == of,
        }
    }

    /// A new register.
    pub(super) fn new_register(&mut self, ty: ValType) -> u16 {
        self.types.push(ty);
        self.locals.push((ty, false));
        self.assigned.push(false);
        self.types.len() as u16 - 1
    }

    /// A register that can be read as the type and holds something; one gets a value if there is none.
    pub(super) fn source(&mut self, ty: ValType) -> u16 {
        let ready: Vec<u16> = (0..self.types.len())
            .filter(|&n| self.fits(self.types[n], ty) && self.assigned[n])
            .map(|n| n as u16)
            .collect();
        if ready.is_empty() || !ty.is_ref_or_ptr() && self.random.once_in(6) {
            return self.constant(ty);
        }
        self.random.pick(&ready)
    }

    /// Any register that a value of the type can be written to.
    pub(super) fn destination(&mut self, ty: ValType) -> u16 {
        let all: Vec<u16> = (0..self.types.len())
            .filter(|&n| self.fits(ty, self.types[n]))
            .map(|n| n as u16)
            .collect();
        match all.is_empty() {
            true => self.new_register(ty),
            false => self.random.pick(&all),
        }
    }

    pub(super) fn assign(&mut self, register: u16) {
        self.assigned[usize::from(register)] = true;
    }

    /// A register that has just been given a random constant.
    fn constant(&mut self, ty: ValType) -> u16 {
        let register = match ty.is_managed() {
            true => self.new_register(ty),
            false => self.destination_of(ty),
        };
        self.fill(register);
        register
    }

    /// A register of just this type, to be written.
    fn destination_of(&mut self, ty: ValType) -> u16 {
        let all: Vec<u16> = (0..self.types.len())
            .filter(|&n| self.types[n] == ty)
            .map(|n| n as u16)
            .collect();
        self.random.pick(&all)
    }

    /// Gives a register a random value.
    pub(super) fn fill(&mut self, register: u16) {
        let ty = self.types[usize::from(register)];
        match ty {
            ValType::I32 | ValType::I64 => {
                let width = if ty == ValType::I32 { 32 } else { 64 };
                let value = self.random.integer(width);
                self.load_integer(register, value);
            }
            ValType::F32 => {
                let bits = self.random.float(32) as i64;
                let values = [Raw::Reg(register), Raw::Imm(bits)];
                encode(Op::ConstF32, &values, &mut self.code);
            }
            ValType::F64 => {
                let bits = self.random.float(64) as i64;
                let values = [Raw::Reg(register), Raw::Imm(bits)];
                encode(Op::ConstF64, &values, &mut self.code);
            }
            ValType::FUNCREF if !self.random.once_in(4) => {
                let function = self.random.below(self.world.functions.len() as u64);
                let values = [Raw::Reg(register), Raw::Index(function as u32)];
                encode(Op::RefFunc, &values, &mut self.code);
            }
            ValType::Ref(reference) if self.makes(reference) => self.make(reference, register),
            _ => encode(Op::RefNull, &[Raw::Reg(register)], &mut self.code),
        }
        self.assign(register);
    }

    /// LOAD_CONST of an integer in its shortest form.
    pub(super) fn load_integer(&mut self, register: u16, value: i64) {
        let op = match self.types[usize::from(register)] {
            ValType::I32 => Op::ConstI32,
            _ => Op::ConstI64,
        };
        encode(op, &[Raw::Reg(register), Raw::Imm(value)], &mut self.code);
        self.assign(register);
    }

    /// A register with an address, index or length that is mostly a small one.
    pub(super) fn small(&mut self, ty: ValType, most: u64) -> u16 {
        if self.random.once_in(12) {
            return self.source(ty);
        }
        let register = self.destination(ty);
        let value = self.random.below(most) as i64;
        self.load_integer(register, value);
        register
    }

    fn form(&mut self) -> Form {
        let number = self.random.below(Form::COUNT as u64) as usize;
        Form::all().nth(number).expect("a form")
    }

    /// A random instruction that neither calls nor ends a block.
    fn simple(&mut self) -> bool {
        if self.world.objects.is_some() && self.random.once_in(2) {
            self.managed();
            return true;
        }
        let form = loop {
            let form = self.form();
            let effects = form.op().info().effects;
            let managed = matches!(form.op().family(), Family::Managed(_));
            let excluded = effects.has(Effects::ENDS) || effects.has(Effects::CALLS) || managed;
            let rare = effects.has(Effects::TRAPS) && !is_access(form) && !self.random.once_in(4);
            if !excluded && !rare && self.possible(form.info()) {
                break form;
            }
        };
        self.instruction(form, None);
        true
    }

    /// Whether the module has what the instruction refers to.
    fn possible(&self, info: &FormInfo) -> bool {
        let world = self.world;
        info.operands.iter().all(|operand| {
            let Role::Index(space) = operand.role else {
                return true;
            };
            match space {
                IndexSpace::Global => {
                    let any = !world.globals.is_empty();
                    any && (info.op != Op::GlobalSet || world.globals.iter().any(|global| global.1))
                }
                IndexSpace::Table => !world.tables.is_empty(),
                IndexSpace::Elem => !world.elements.is_empty(),
                IndexSpace::Data => match info.op {
                    Op::DataAddr => !world.placed.is_empty(),
                    _ => !world.passive.is_empty(),
                },
                IndexSpace::Func | IndexSpace::Memory | IndexSpace::Type | IndexSpace::Tag => true,
            }
        })
    }

    /// Emits an instruction in a form with random operands, its branch (if it has one) to `label`.
    fn instruction(&mut self, form: Form, label: Option<Label>) {
        let (op, info) = (form.op(), form.info());
        let any = match op {
            Op::RefNull | Op::RefIsNull => {
                self.random
                    .pick(&[ValType::FUNCREF, ValType::EXTERNREF, ValType::Ptr])
            }
            _ => self.world.random_type(self.random),
        };
        let indexes = self.indexes(op);
        let mut values = Vec::new();
        let mut destination = None;
        // The constant for one source may replace an earlier one's value: that is as good a value
        // as any.
        for (n, operand) in info.operands.iter().enumerate() {
            let value = self.operand(form, n, operand, any, &indexes);
            if let (Role::Dst(_), Raw::Reg(register)) = (operand.role, value) {
                destination = Some(register);
            }
            values.push(value);
        }
        let at = self.code.len();
        encode_form(form, &values, &mut self.code);
        if let Some(register) = destination {
            self.assign(register);
        }
        if let Some(label) = label {
            let is_label = |operand: &&Operand| operand.role == Role::Label;
            if let Some(operand) = info.operands.iter().find(is_label) {
                self.branches
                    .push((at, BranchPlace::Field(operand.field), label));
            }
        }
    }

    /// Things that the instruction's other operands depend on: global, tables, segment.
    fn indexes(&mut self, op: Op) -> Indexes {
        let world = self.world;
        let mut indexes = Indexes::default();
        if !world.globals.is_empty() {
            indexes.global = loop {
                let index = self.random.below(world.globals.len() as u64) as u32;
                if op != Op::GlobalSet || world.globals[index as usize].1 {
                    break index;
                }
                if !world.globals.iter().any(|global| global.1) {
                    break 0;
                }
            };
        }
        if !world.tables.is_empty() {
            let count = world.tables.len() as u64;
            indexes.elem = self.random.below(world.elements.len() as u64) as u32;
            indexes.tables[0] = self.random.below(count) as u32;
            // Of the same element type as the first, or as the segment.
            if op == Op::TableInit {
                indexes.tables[0] = self.table_of(world.elements[indexes.elem as usize]);
            }
            let elem = world.tables[indexes.tables[0] as usize].0;
            indexes.tables[1] = self.table_of(elem);
        }
        indexes
    }

    fn table_of(&mut self, elem: ValType) -> u32 {
        let matching: Vec<u32> = (0..self.world.tables.len() as u32)
            .filter(|&n| self.world.tables[n as usize].0 == elem)
            .collect();
        self.random.pick(&matching)
    }

    fn operand(
        &mut self,
        form: Form,
        n: usize,
        operand: &Operand,
        any: ValType,
        indexes: &Indexes,
    ) -> Raw<'static> {
        let world = self.world;
        match operand.role {
            Role::Dst(ty) => {
                let ty = self.resolve_type(ty, any, indexes);
                Raw::Reg(self.destination(ty))
            }
            Role::Src(ty) => {
                let resolved = self.resolve_type(ty, any, indexes);
                let small = matches!(ty, Ty::Addr | Ty::TableIndex(_) | Ty::TableLen);
                let segment = matches!(form.op(), Op::MemoryInit | Op::TableInit) && n >= 2;
                if small || segment {
                    let most = self.random.pick(&[12, 12, 12, 70_000]);
                    Raw::Reg(self.small(resolved, most))
                } else {
                    Raw::Reg(self.source(resolved))
                }
            }
            Role::Imm(ty) => Raw::Imm(self.immediate(form, ty)),
            Role::Offset if operand.field == Field::W1 => {
                Raw::Offset(self.random.between(65_536, 70_000))
            }
            Role::Offset => Raw::Offset(self.random.below(300)),
            Role::Addend => Raw::Addend(self.random.integer(16) | 1),
            Role::Label => Raw::Label(0),
            Role::Index(IndexSpace::Func) => {
                Raw::Index(self.random.below(world.functions.len() as u64) as u32)
            }
            Role::Index(IndexSpace::Global) => Raw::Index(indexes.global),
            Role::Index(IndexSpace::Table) => {
                let first = operand.name != "from";
                Raw::Index(indexes.tables[usize::from(!first)])
            }
            Role::Index(IndexSpace::Memory) => Raw::Index(0),
            Role::Index(IndexSpace::Data) => match form.op() {
                Op::DataAddr => Raw::Index(self.random.pick(&world.placed)),
                _ => Raw::Index(self.random.pick(&world.passive)),
            },
            Role::Index(IndexSpace::Elem) => Raw::Index(indexes.elem),
            Role::TrapKind => Raw::TrapKind(self.random.pick(Trap::ALL) as u16),
            Role::Index(IndexSpace::Type | IndexSpace::Tag)
            | Role::RefType
            | Role::Field
            | Role::Count
            | Role::Targets
            | Role::Args(_)
            | Role::Results(_) => {
                unreachable!("calls, switches and managed objects are not made here")
            }
        }
    }

    fn resolve_type(&self, ty: Ty, any: ValType, indexes: &Indexes) -> ValType {
        let table = |n: u8| self.world.tables[indexes.tables[usize::from(n)] as usize];
        match ty {
            Ty::Is(ty) => ty,
            Ty::Any | Ty::AnyRef | Ty::Nullable => any,
            Ty::OfFunction => ValType::FUNCREF,
            Ty::Result => self.results[0],
            Ty::Addr => self.world.address.unwrap_or(ValType::I64),
            Ty::GlobalType => self.world.globals[indexes.global as usize].0,
            Ty::TableIndex(n) => table(n).1,
            Ty::TableElem(n) => table(n).0,
            Ty::TableLen if table(0).1 == ValType::I64 && table(1).1 == ValType::I64 => {
                ValType::I64
            }
            Ty::TableLen => ValType::I32,
            Ty::Reference
            | Ty::NonNull
            | Ty::AsNullable(_)
            | Ty::SameTop
            | Ty::RefOperand
            | Ty::NewStruct
            | Ty::NewArray
            | Ty::Struct
            | Ty::Array
            | Ty::ByteArray
            | Ty::Function
            | Ty::FieldType
            | Ty::Element
            | Ty::ElementOfType => unreachable!("managed objects are not made here"),
        }
    }

    /// A constant that needs just the width that the form has.
    fn immediate(&mut self, form: Form, ty: ValType) -> i64 {
        let field = form
            .info()
            .operands
            .iter()
            .find(|operand| matches!(operand.role, Role::Imm(_)))
            .map(|operand| operand.field);
        let width = if ty == ValType::I32 || ty == ValType::F32 {
            32
        } else {
            64
        };
        if matches!(ty, ValType::F32 | ValType::F64) {
            return self.random.float(width) as i64;
        }
        let narrow = |value: i64| match form.op() {
            Op::ConstI64 => i32::try_from(value).is_ok(),
            _ => i16::try_from(value).is_ok(),
        };
        loop {
            let value = match field {
                Some(Field::C) => self.random.integer(16),
                Some(Field::W1) => self.random.integer(width),
                _ => self.random.integer(32),
            };
            if field != Some(Field::W1) || !narrow(value) {
                return value;
            }
        }
    }

    /// Some conditional branch to `label`.
    fn branch_to(&mut self, label: Label) {
        if self.world.objects.is_some() && self.random.once_in(3) && self.reference_branch(label) {
            return;
        }
        let form = loop {
            let form = self.form();
            let effects = form.op().info().effects;
            let managed = matches!(form.op().family(), Family::Managed(_));
            if effects.has(Effects::ENDS) && !effects.has(Effects::STOPS) && !managed {
                break form;
            }
        };
        self.instruction(form, Some(label));
    }

    /// Has the branch whose second word is at `at` + 1 go to a label.
    pub(super) fn branch_from(&mut self, at: usize, label: Label) {
        let place = BranchPlace::Field(Field::W1Lo);
        self.branches.push((at, place, label));
    }

    fn jump(&mut self, label: Label) {
        let at = self.code.len();
        encode(Op::Jump, &[Raw::Label(0)], &mut self.code);
        self.branches
            .push((at, BranchPlace::Field(Field::BC), label));
    }

    /// Something that continues must have an instruction to continue with.
    fn landing(&mut self) {
        let before = self.code.len();
        while self.code.len() == before {
            self.simple();
        }
    }

    /// If, with or without an else part.
    fn branch(&mut self, depth: u32) -> bool {
        let (other, end) = (self.label(), self.label());
        self.branch_to(other);
        let before = self.assigned.clone();
        let first = self.block(depth + 1);
        if first {
            self.jump(end);
        }
        let after_first = self.assigned_as(before);
        self.bind(other);
        self.landing();
        let second = self.random.once_in(2) || self.block(depth + 1);
        self.bind(end);
        match (first, second) {
            (true, true) => self.meet(&after_first),
            (true, false) => {
                self.assigned_as(after_first);
            }
            (false, true) => {}
            (false, false) => return false,
        }
        self.landing();
        true
    }

    fn meet(&mut self, other: &[bool]) {
        for (n, here) in self.assigned.iter_mut().enumerate() {
            *here &= other.get(n).copied().unwrap_or(false);
        }
    }

    /// Goes on with what was assigned at another place.
    fn assigned_as(&mut self, mut other: Vec<bool>) -> Vec<bool> {
        other.resize(self.types.len(), false);
        std::mem::replace(&mut self.assigned, other)
    }

    /// A loop that is left when its branch is not taken, or when the fuel is used up.
    fn repeat(&mut self, depth: u32) -> bool {
        let top = self.label();
        self.bind(top);
        // What the loop needs at its top is what was there before.
        let continues = self.block(depth + 1);
        if continues {
            self.branch_to(top);
        }
        continues
    }

    fn switch(&mut self, depth: u32) -> bool {
        let ops = [Op::SwitchI32, Op::SwitchI64];
        let op = self.random.pick(&ops);
        let index = self.small(
            if op == Op::SwitchI32 {
                ValType::I32
            } else {
                ValType::I64
            },
            6,
        );
        let arms = self.random.between(1, 4) as usize;
        let count = arms + self.random.below(3) as usize;
        let at = self.code.len();
        let targets = vec![0; count];
        encode(
            op,
            &[Raw::Reg(index), Raw::Targets(&targets)],
            &mut self.code,
        );
        let labels: Vec<Label> = (0..arms).map(|_| self.label()).collect();
        for n in 0..count {
            let label = self.random.pick(&labels);
            self.branches.push((at, BranchPlace::List(n), label));
        }
        let end = self.label();
        let before = self.assigned.clone();
        let mut after: Option<Vec<bool>> = None;
        for label in labels {
            self.assigned_as(before.clone());
            self.bind(label);
            self.landing();
            if self.block(depth + 1) {
                self.jump(end);
                if let Some(other) = after.take() {
                    self.meet(&other);
                }
                after = Some(self.assigned.clone());
            }
        }
        self.bind(end);
        match after {
            Some(assigned) => {
                self.assigned_as(assigned);
                self.landing();
                true
            }
            None => {
                self.assigned_as(before);
                false
            }
        }
    }

    /// Registers for a list of types.
    pub(super) fn arguments(&mut self, types: &[ValType]) -> Vec<u16> {
        types.iter().map(|&ty| self.source(ty)).collect()
    }

    fn call(&mut self) -> bool {
        let world = self.world;
        let by_reference = world.objects.is_some() && self.random.once_in(3);
        let indirect = !by_reference && self.random.once_in(3) && !world.tables.is_empty();
        let tail = self.random.once_in(12);
        let (callee, type_index) = if indirect || by_reference {
            (0, self.random.below(world.types.len() as u64) as u32)
        } else {
            let callee = self.random.below(world.functions.len() as u64) as u32;
            (callee, world.functions[callee as usize])
        };
        let ty = &world.types[type_index as usize];
        if tail && ty.results != self.results {
            return true;
        }
        let args = self.arguments(&ty.params);
        let mut values = Vec::new();
        if indirect {
            let table = self.table_of(ValType::FUNCREF);
            let index = self.small(world.tables[table as usize].1, 9);
            values.extend([Raw::Index(table), Raw::Reg(index), Raw::Index(type_index)]);
        } else if by_reference {
            values.push(Raw::Reg(self.callee(type_index)));
        } else {
            values.push(Raw::Index(callee));
        }
        values.push(Raw::Regs(&args));
        let results: Vec<u16> = ty
            .results
            .iter()
            .map(|&ty| match self.random.once_in(8) {
                true => DISCARD,
                false => self.destination(ty),
            })
            .collect();
        let op = match (indirect, tail) {
            (_, false) if by_reference => Op::CallRef,
            (_, true) if by_reference => Op::TailCallRef,
            (false, false) => Op::Call,
            (true, false) => Op::CallIndirect,
            (false, true) => Op::TailCall,
            (true, true) => Op::TailCallIndirect,
        };
        if !tail {
            values.push(Raw::Regs(&results));
        }
        encode(op, &values, &mut self.code);
        if tail {
            return false;
        }
        for register in results {
            if register != DISCARD {
                self.assign(register);
            }
        }
        true
    }

    /// RETURN, or now and then TRAP.
    fn leave(&mut self) -> bool {
        if self.random.once_in(10) {
            self.instruction(Op::Trap.forms()[0].form, None);
            return false;
        }
        let results = self.results.clone();
        let registers = self.arguments(&results);
        match &registers[..] {
            [] => encode(Op::Return, &[], &mut self.code),
            &[one] => encode(Op::Return, &[Raw::Reg(one)], &mut self.code),
            many => encode(Op::Return, &[Raw::Regs(many)], &mut self.code),
        }
        false
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Indexes {
    global: u32,
    tables: [u32; 2],
    elem: u32,
}

/// Loads, stores and other instructions whose traps depend on an address or index, which is
/// mostly a good one.
fn is_access(form: Form) -> bool {
    form.info().operands.iter().any(|operand| {
        matches!(
            operand.role,
            Role::Src(Ty::Addr | Ty::TableIndex(_) | Ty::TableLen)
        )
    })
}
