//! The body of one WebAssembly function as VITBC code.
//!
//! The passes in their order: [`build`] reads the operators and makes values in static single assignment, folding what
//! is constant; [`simplify`] drops what is no choice and what nobody needs; [`induction`] lets loops advance their
//! variables in place; [`constants`] puts constants in registers where an instruction must read one; [`layout`] orders
//! the blocks; [`liveness`] and [`color`] give the values registers; [`emit`] writes the instructions.

mod build;
mod color;
mod constants;
mod control;
mod copies;
mod emit;
mod flow;
mod fold;
mod induction;
mod ir;
mod layout;
mod liveness;
mod locals;
mod operators;
mod simplify;

use wasmparser::FunctionBody;

use vbc_core::isa::{FuncType, ValType};
use vbc_core::module::builder::{Data, Elem, File, Func, FunctionBuilder, Global, Table, TypeId};

/// What a body refers to, by WebAssembly's indexes.
#[derive(Clone, Copy)]
pub(super) struct Environment<'a> {
    /// Function types, and the same as handles.
    pub types: &'a [FuncType],
    pub type_ids: &'a [TypeId],
    /// Functions, imported ones first.
    pub functions: &'a [FunctionInfo],
    pub globals: &'a [(Global, ValType)],
    pub tables: &'a [TableInfo],
    /// The index type of the memory, if there is one.
    pub memory: Option<ValType>,
    pub elements: &'a [Elem],
    pub data: &'a [Data],
    /// Where the code at a byte offset of the file comes from; none when the file has no lines.
    pub lines: Option<&'a Lines<'a>>,
}

/// Finds the place in the source for a byte offset in the file.
pub(super) type Lines<'a> = dyn Fn(u64) -> Option<Place> + Sync + 'a;

/// A function and the index of its type.
#[derive(Clone, Copy, Debug)]
pub(super) struct FunctionInfo {
    pub func: Func,
    pub ty: u32,
}

/// A table with its element and index type.
#[derive(Clone, Copy, Debug)]
pub(super) struct TableInfo {
    pub table: Table,
    pub elem: ValType,
    pub index: ValType,
}

/// A place in the source: line from 1, column from 1 or 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub file: File,
    pub line: u32,
    pub column: u32,
}

/// Why a body has no VITBC form.
#[derive(Clone, Debug)]
pub(super) enum BodyError {
    /// The function needs this many registers.
    Registers(usize),
    /// The operator at this offset is of a proposal that VITBC has no code for.
    Operator(u64, String),
    /// The bytes are not a function body.
    Malformed(wasmparser::BinaryReaderError),
}

/// Translates the body of a function of type `ty`; the body has been validated.
///
/// # Errors
///
/// [`BodyError`] when there is no VITBC code for the body.
pub(super) fn lift_body(
    env: &Environment<'_>,
    ty: u32,
    body: &FunctionBody<'_>,
) -> Result<FunctionBuilder, BodyError> {
    let ty = &env.types[ty as usize];
    let mut ir = build::build(env, ty, body)?;
    simplify::return_at_once(&mut ir);
    let flow = flow::Flow::new(&ir);
    let mut uses = simplify::simplify(&mut ir, &flow);
    let mut placements = induction::advance_in_place(&mut ir, &flow, &mut uses);
    constants::place_constants(&mut ir, &flow, &mut uses, &mut placements);
    let schedule = layout::Schedule::new(&ir, &flow, &uses, &placements);
    let liveness = liveness::liveness(&ir, &flow, &uses, &schedule);
    let colors = color::color(&ir, &flow, &uses, &schedule, &liveness, &ty.params);
    emit::Emitter {
        env,
        ir: &ir,
        uses: &uses,
        schedule: &schedule,
        colors: &colors,
    }
    .emit(ty)
}
