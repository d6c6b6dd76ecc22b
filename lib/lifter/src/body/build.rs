//! From a body's operators to the intermediate form.

use wasmparser::{FunctionBody, Operator};

use super::control::Control;
use super::ir::{Inst, Ir, Kind, Value};
use super::locals::{Locals, LoopInfo, find_loops, find_repeated};
use super::{BodyError, Environment};
use vbc_core::isa::{FuncType, Op, ValType};

/// More values than this for each operator may not be copied from list to list; where more would be, locals
/// have registers of their own, so that the time stays linear.
const LISTED: usize = 16;

/// Functions with fewer listed values are never too large.
const FEW: usize = 1 << 20;

/// The number of places in the table of constants, a power of two.
const CONSTANTS: usize = 256;

/// The state while a body is read.
pub(super) struct Builder<'e> {
    pub env: &'e Environment<'e>,
    pub ir: Ir,
    pub stack: Vec<Value>,
    pub locals: Locals,
    pub local_types: Vec<ValType>,
    pub control: Control,
    pub loops: Vec<LoopInfo>,
    /// The registers of the locals, where they have one each.
    pub homes: Vec<Value>,
    /// Whether the present place is reached.
    pub reachable: bool,
    /// Constants met so far; one pushes out another.
    constants: Vec<Value>,
    offset: u64,
}

/// The type of the same name. The module level has refused the others.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "types of proposals are refused before"
)]
pub(super) fn val_type(ty: wasmparser::ValType) -> ValType {
    match ty {
        wasmparser::ValType::I32 => ValType::I32,
        wasmparser::ValType::I64 => ValType::I64,
        wasmparser::ValType::F32 => ValType::F32,
        wasmparser::ValType::F64 => ValType::F64,
        wasmparser::ValType::Ref(ty) if ty.is_func_ref() => ValType::FUNCREF,
        _ => ValType::EXTERNREF,
    }
}

/// Reads a body.
///
/// # Errors
///
/// [`BodyError`] for an operator without VITBC code.
pub(super) fn build(
    env: &Environment<'_>,
    ty: &FuncType,
    body: &FunctionBody<'_>,
) -> Result<Ir, BodyError> {
    let operators = read(body)?;
    let most = FEW + LISTED * operators.len();
    let loops = find_loops(&operators, most);
    let with_homes = loops.is_none();
    let mut builder = Builder::new(env, loops.unwrap_or_default());
    builder.run(ty, body, &operators, with_homes, most)?;
    if !builder.is_small(most) {
        builder = Builder::new(env, Vec::new());
        builder.run(ty, body, &operators, true, most)?;
    }
    Ok(builder.ir)
}

fn read<'a>(body: &FunctionBody<'a>) -> Result<Vec<(Operator<'a>, u64)>, BodyError> {
    let mut reader = body.get_operators_reader().map_err(BodyError::Malformed)?;
    let mut operators = Vec::new();
    while !reader.eof() {
        operators.push(reader.read_with_offset().map_err(BodyError::Malformed)?);
    }
    Ok(operators)
}

impl<'e> Builder<'e> {
    fn new(env: &'e Environment<'e>, loops: Vec<LoopInfo>) -> Self {
        Builder {
            env,
            ir: Ir::default(),
            stack: Vec::new(),
            locals: Locals::default(),
            local_types: Vec::new(),
            control: Control::default(),
            loops,
            homes: Vec::new(),
            reachable: true,
            constants: vec![Value::NONE; CONSTANTS],
            offset: 0,
        }
    }

    /// Reads the operators, as long as not too much is copied.
    fn run(
        &mut self,
        ty: &FuncType,
        body: &FunctionBody<'_>,
        operators: &[(Operator<'_>, u64)],
        with_homes: bool,
        most: usize,
    ) -> Result<(), BodyError> {
        self.declare_locals(ty, body)?;
        if with_homes {
            self.move_home(operators);
        }
        self.begin_function(&ty.results);
        for (operator, offset) in operators {
            self.offset = *offset;
            self.step(operator)?;
            if !with_homes && !self.is_small(most) {
                return Ok(());
            }
        }
        Ok(())
    }

    fn is_small(&self, most: usize) -> bool {
        !self.homes.is_empty() || self.ir.lists.len() + self.control.listed() <= most
    }

    /// Gives each local a register of its own.
    fn move_home(&mut self, operators: &[(Operator<'_>, u64)]) {
        self.loops = find_repeated(operators);
        for local in 0..self.locals.len() {
            let ty = self.local_types[local];
            let home = self.unplaced(Kind::Home, ty, local as i64);
            self.homes.push(home);
        }
    }

    pub fn get_local(&mut self, local: u32) -> Value {
        match self.homes.get(local as usize) {
            None => self.locals.get(local),
            Some(&home) => {
                let ty = self.local_types[local as usize];
                self.operation(Op::Move, Some(ty), [home, Value::NONE, Value::NONE], 0)
            }
        }
    }

    pub fn put_local(&mut self, local: u32, value: Value) {
        let Some(&home) = self.homes.get(local as usize) else {
            self.set_local(local, value);
            return;
        };
        self.emit(Kind::Set, Op::Move, 0);
        if let Some(set) = self.ir.insts.last_mut() {
            (set.x, set.y) = (value, home);
        }
    }
}

impl Builder<'_> {
    fn declare_locals(&mut self, ty: &FuncType, body: &FunctionBody<'_>) -> Result<(), BodyError> {
        for (number, &ty) in ty.params.iter().enumerate() {
            let value = self.unplaced(Kind::Param, ty, number as i64);
            self.locals.push(value);
            self.local_types.push(ty);
        }
        let reader = body.get_locals_reader().map_err(BodyError::Malformed)?;
        for group in reader {
            let (count, ty) = group.map_err(BodyError::Malformed)?;
            let ty = val_type(ty);
            for _ in 0..count {
                let zero = self.constant(ty, 0);
                self.locals.push(zero);
                self.local_types.push(ty);
            }
        }
        Ok(())
    }

    /// Translates one operator.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "all others are operators without blocks"
    )]
    fn step(&mut self, operator: &Operator<'_>) -> Result<(), BodyError> {
        if !self.reachable {
            match operator {
                Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
                    if matches!(operator, Operator::Loop { .. }) {
                        self.control.skip_loop();
                    }
                    self.control.dead_frames += 1;
                }
                Operator::Else => self.begin_else(),
                Operator::End => self.end()?,
                _ => {}
            }
            return Ok(());
        }
        match self.operator(operator)? {
            true => Ok(()),
            false => Err(BodyError::Operator(self.offset, name_of(operator))),
        }
    }

    pub fn pop(&mut self) -> Value {
        self.stack.pop().unwrap_or(Value::NONE)
    }

    pub fn push(&mut self, value: Value) {
        self.stack.push(value);
    }

    pub fn set_local(&mut self, local: u32, value: Value) {
        let mark = self.mark();
        self.locals.set(local, value, mark);
    }

    /// Appends an instruction.
    pub fn add(&mut self, inst: Inst) -> Value {
        self.ir.insts.push(inst);
        if self.env.lines.is_some() {
            self.ir.offsets.push(self.offset);
        }
        Value(self.ir.insts.len() as u32 - 1)
    }

    /// Appends an instruction without operands, or with a list of them, that computes nothing.
    pub fn emit(&mut self, kind: Kind, op: Op, imm: i64) {
        self.add(Inst {
            kind,
            op,
            is_moved: false,
            ty: None,
            x: Value::NONE,
            y: Value::NONE,
            z: Value::NONE,
            imm,
        });
    }

    fn unplaced(&mut self, kind: Kind, ty: ValType, imm: i64) -> Value {
        self.add(Inst {
            kind,
            op: Op::Move,
            is_moved: false,
            ty: Some(ty),
            x: Value::NONE,
            y: Value::NONE,
            z: Value::NONE,
            imm,
        })
    }

    /// Appends an instruction on registers.
    pub fn operation(&mut self, op: Op, ty: Option<ValType>, uses: [Value; 3], imm: i64) -> Value {
        self.add(Inst {
            kind: Kind::Op,
            op,
            is_moved: false,
            ty,
            x: uses[0],
            y: uses[1],
            z: uses[2],
            imm,
        })
    }

    /// The next result of the call before.
    pub fn result_of_call(&mut self, ty: ValType) -> Value {
        self.unplaced(Kind::Result, ty, 0)
    }

    /// A constant with these bits, those of an i32 or f32 sign-extended.
    pub fn constant(&mut self, ty: ValType, bits: i64) -> Value {
        let hash = (bits as u64 ^ u64::from(ty.class()) << 56).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let place = (hash >> 56) as usize % CONSTANTS;
        let known = self.constants[place];
        if known.is_some() {
            let inst = self.ir.inst(known);
            if inst.imm == bits && inst.ty == Some(ty) {
                return known;
            }
        }
        let value = self.unplaced(Kind::Const, ty, bits);
        self.constants[place] = value;
        value
    }
}

/// An operator's name as its variant is called, without its operands.
fn name_of(operator: &Operator<'_>) -> String {
    let text = format!("{operator:?}");
    let end = text.find(|c: char| !c.is_ascii_alphanumeric());
    text[..end.unwrap_or(text.len())].to_owned()
}
