//! One function: from its bytecode to a body.

use super::blocks::Blocks;
use super::coalesce;
use super::code::CodeWriter;
use super::environment::Environment;
use super::graph::{Graph, Kind};
use super::irreducible;
use super::liveness::Liveness;
use super::locals::Locals;
use super::operands::Signatures;
use super::trees::{self, Registers, Trees};
use vbc_core::isa::ValType;

/// A function's body and what debuggers want to know of it.
pub(super) struct Compiled {
    /// Locals and code.
    pub bytes: Vec<u8>,
    /// Locals and the registers that they are, where they are only one.
    pub names: Vec<(u32, u16)>,
    /// Where the code of an instruction begins, and the word of the instruction.
    pub places: Vec<(u32, u32)>,
}

/// Why a function cannot be expressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TooLarge {
    /// More locals than engines take.
    Locals(u32),
    /// More bytes than engines take.
    Bytes(usize),
}

/// What engines take: the limits of the JavaScript interface, which wasmparser has too.
pub(super) const MOST_LOCALS: u32 = 50_000;
pub(super) const MOST_BYTES: usize = 7_654_321;

/// A function while its code is made.
pub(super) struct Body<'a, 'm> {
    pub env: &'a Environment<'m>,
    pub signatures: &'a Signatures<'m>,
    pub blocks: &'a Blocks<'m>,
    pub graph: &'a Graph,
    pub trees: &'a Trees,
    /// The type of each register.
    pub types: &'a [ValType],
    pub locals: Locals,
    pub code: CodeWriter,
    /// Nodes of trees that wait for their operands, with the number of those that are done.
    pub waiting: Vec<(u32, usize)>,
}

/// Compiles defined function number `defined`.
pub(super) fn compile(env: &Environment<'_>, defined: usize) -> Result<Compiled, TooLarge> {
    let module = env.module;
    let ty = module.functions[defined].ty;
    let own = module.types.func(ty);
    let (types, given): (Vec<ValType>, Vec<bool>) = module.registers(defined).unzip();
    let signatures = Signatures::new(module, &env.spaces, ty, &types);
    let blocks = Blocks::new(module.function_code(defined));
    let graph = irreducible::reducible(&blocks);
    let mut reached = vec![false; blocks.ranges.len()];
    for kind in &graph.kinds {
        if let Kind::Block(block) = kind {
            reached[*block as usize] = true;
        }
    }
    let liveness = Liveness::new(&blocks, &signatures, types.len());
    let is_given = |register: u16| given[usize::from(register)];
    let registers = Registers {
        types: &types,
        is_given: &is_given,
    };
    let trees = trees::build(&blocks, &signatures, &liveness, &registers, &reached);
    let mut body = Body {
        env,
        signatures: &signatures,
        blocks: &blocks,
        graph: &graph,
        trees: &trees,
        types: &types,
        locals: Locals::new(
            &coalesce::LiveInput {
                blocks: &blocks,
                signatures: &signatures,
                trees: &trees,
                types: &types,
                params: own.map_or(0, |ty| ty.params.len()),
            },
            &trees.named,
            env.share_locals,
        ),
        code: CodeWriter::new(env.debug),
        waiting: Vec::new(),
    };
    body.structure(own.is_some_and(|ty| !ty.results.is_empty()));
    body.into_compiled()
}

impl Body<'_, '_> {
    fn into_compiled(self) -> Result<Compiled, TooLarge> {
        if self.locals.count() > MOST_LOCALS {
            return Err(TooLarge::Locals(self.locals.count()));
        }
        let mut bytes = Vec::new();
        self.locals.encode(&mut bytes);
        let declarations = bytes.len() as u32;
        let (code, places) = self.code.finish();
        bytes.extend_from_slice(&code);
        if bytes.len() > MOST_BYTES {
            return Err(TooLarge::Bytes(bytes.len()));
        }
        Ok(Compiled {
            bytes,
            names: self.locals.named(),
            places: places
                .iter()
                .map(|&(at, inst)| (declarations + at, self.blocks.words[inst as usize]))
                .collect(),
        })
    }
}
