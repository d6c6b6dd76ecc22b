//! WebAssembly's nested control as blocks and edges.
//!
//! At a branch forwards, the locals that have changed since the target's frame began are listed
//! on the edge; where the edges meet, those that differ become phis. A loop's header has a phi for each
//! local that the loop assigns, which [`super::locals::find_loops`] found out beforehand.

use wasmparser::BlockType;

use super::BodyError;
use super::build::Builder;
use super::ir::{Block, BlockData, Edge, EdgeId, Inst, Kind, List, Term, Value};
use vbc_core::isa::{Op, Trap, ValType};

/// No pending edge.
const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
enum FrameKind {
    Function,
    Block,
    /// With its header and its number among the loops.
    Loop(Block, usize),
    /// With the edge to its second arm, until that begins.
    If(Option<EdgeId>),
}

/// An open block, loop or if.
#[derive(Debug)]
pub(super) struct Frame {
    kind: FrameKind,
    params: Box<[ValType]>,
    results: Box<[ValType]>,
    /// Height of the stack below the parameters.
    height: usize,
    /// Mark of the locals at the frame's beginning.
    pub mark: u32,
    /// The last of the edges that lead to the frame's end.
    pending: u32,
    /// Length of [`Control::saved`] below what the frame has saved.
    saved: usize,
}

/// An edge to the end of a frame.
#[derive(Clone, Copy, Debug)]
struct Pending {
    edge: EdgeId,
    /// Range of [`Control::moves`].
    moves: (u32, u32),
    /// The one before it.
    next: u32,
}

/// The state of translating control.
#[derive(Debug, Default)]
pub(super) struct Control {
    pub frames: Vec<Frame>,
    pending: Vec<Pending>,
    /// Locals and their values on pending edges; results are numbered after the locals.
    moves: Vec<(u32, Value)>,
    /// Parameters that the second arm of an if needs again.
    saved: Vec<Value>,
    /// Begun blocks, loops and ifs in code that is not reached.
    pub dead_frames: u32,
    loops_begun: usize,
    /// Entries of the tables that there have been.
    listed: usize,
    /// An edge of the current block that leaves the function.
    exit: Option<EdgeId>,
    /// For each local and result its column in the table of the meeting at hand.
    column: Vec<u32>,
    /// For each depth the last edge by which a `br_table` left that many frames.
    edge_of: Vec<Option<EdgeId>>,
}

impl Control {
    /// The number of values listed so far.
    pub fn listed(&self) -> usize {
        self.moves.len() + self.listed
    }

    /// Passes over a loop that is not reached.
    pub fn skip_loop(&mut self) {
        self.loops_begun += 1;
    }
}

impl Builder<'_> {
    fn signature(&self, ty: BlockType) -> (Box<[ValType]>, Box<[ValType]>) {
        match ty {
            BlockType::Empty => Default::default(),
            BlockType::Type(ty) => (Box::default(), Box::new([super::build::val_type(ty)])),
            BlockType::FuncType(ty) => {
                let ty = &self.env.types[ty as usize];
                (ty.params.clone(), ty.results.clone())
            }
        }
    }

    pub fn mark(&self) -> u32 {
        self.control.frames.last().map_or(0, |frame| frame.mark)
    }

    fn push_frame(&mut self, kind: FrameKind, params: Box<[ValType]>, results: Box<[ValType]>) {
        let frame = Frame {
            kind,
            height: self.stack.len() - params.len(),
            params,
            results,
            mark: self.locals.mark(),
            pending: NONE,
            saved: self.control.saved.len(),
        };
        self.control.frames.push(frame);
    }

    pub fn begin_function(&mut self, results: &[ValType]) {
        self.begin_block();
        self.push_frame(FrameKind::Function, Box::default(), results.into());
    }

    /// Starts a block and makes it the current one.
    fn begin_block(&mut self) -> Block {
        let at = self.ir.insts.len() as u32;
        self.ir.blocks.push(BlockData {
            start: at,
            end: at,
            first_phi: 0,
            phis: 0,
            term: Term::Stop,
            is_gone: false,
        });
        self.reachable = true;
        Block(self.ir.blocks.len() as u32 - 1)
    }

    pub fn current(&self) -> Block {
        Block(self.ir.blocks.len() as u32 - 1)
    }

    /// Ends the current block.
    pub fn finish(&mut self, term: Term) {
        let end = self.ir.insts.len() as u32;
        if let Some(block) = self.ir.blocks.last_mut() {
            block.end = end;
            block.term = term;
        }
        self.reachable = false;
    }

    fn new_edge(&mut self, to: Block) -> EdgeId {
        self.ir.edges.push(Edge {
            from: self.current(),
            to,
            args: List::default(),
        });
        EdgeId(self.ir.edges.len() as u32 - 1)
    }

    fn set_target(&mut self, edge: EdgeId, to: Block) {
        self.ir.edges[edge.index()].to = to;
    }

    /// Ends the current block with a branch on `cond`.
    fn branch(&mut self, cond: Value, then: EdgeId, other: EdgeId) {
        self.finish(Term::Branch {
            cond,
            negated: false,
            fused: false,
            then,
            other,
        });
    }

    /// Ends the current block with a branch on `cond`; the block that it falls into is the new one.
    fn finish_branch(&mut self, cond: Value, then: EdgeId) {
        let other = self.new_edge(Block::NONE);
        self.branch(cond, then, other);
        self.finish_exit();
        let next = self.begin_block();
        self.set_target(other, next);
    }

    /// Appends the block that returns, when an edge of the block before leaves the function.
    fn finish_exit(&mut self) {
        if let Some(edge) = self.control.exit.take() {
            let block = self.begin_block();
            self.set_target(edge, block);
            self.emit_return();
        }
    }

    /// Returns with the values on top of the stack.
    pub fn emit_return(&mut self) {
        let count = self.control.frames[0].results.len();
        let values = self.push_list(count);
        self.finish(Term::Return(values));
    }

    /// Copies the `count` values on top of the stack to a list.
    pub fn push_list(&mut self, count: usize) -> List {
        let start = self.ir.lists.len() as u32;
        let from = self.stack.len() - count;
        let values = self.stack[from..].iter().map(|value| value.0);
        self.ir.lists.extend(values);
        List {
            start,
            len: count as u32,
        }
    }

    /// An edge from the current block to the label `depth` frames out; the values for it are on
    /// the stack.
    fn branch_edge(&mut self, depth: u32) -> EdgeId {
        let number = self.control.frames.len() - 1 - depth as usize;
        let frame = &self.control.frames[number];
        match frame.kind {
            FrameKind::Function => {
                let edge = self.new_edge(Block::NONE);
                self.control.exit = Some(edge);
                edge
            }
            FrameKind::Loop(header, number) => {
                let params = frame.params.len();
                let edge = self.new_edge(header);
                self.ir.edges[edge.index()].args = self.loop_args(number, params);
                edge
            }
            FrameKind::Block | FrameKind::If(_) => {
                let edge = self.new_edge(Block::NONE);
                self.add_pending(number, edge);
                edge
            }
        }
    }

    fn loop_args(&mut self, number: usize, params: usize) -> List {
        let start = self.ir.lists.len() as u32;
        let assigned = &self.loops[number].assigned;
        let values = assigned.iter().map(|&local| self.locals.get(local).0);
        self.ir.lists.extend(values);
        let stacked = self.push_list(params);
        List {
            start,
            len: stacked.start + stacked.len - start,
        }
    }

    /// Notes that `edge` leads from here to the end of frame `number`, with results from the stack.
    fn add_pending(&mut self, number: usize, edge: EdgeId) {
        let control = &mut self.control;
        let frame = &mut control.frames[number];
        let start = control.moves.len() as u32;
        let results = frame.results.len();
        let from = self.stack.len() - results;
        for (i, &value) in self.stack[from..].iter().enumerate() {
            let number = self.locals.len() + i;
            control.moves.push((number as u32, value));
        }
        let moves = &mut control.moves;
        let note = |local, value| moves.push((local, value));
        self.locals.changes(frame.mark, note);
        control.pending.push(Pending {
            edge,
            moves: (start, control.moves.len() as u32),
            next: frame.pending,
        });
        frame.pending = control.pending.len() as u32 - 1;
    }

    pub fn block(&mut self, ty: BlockType) {
        let (params, results) = self.signature(ty);
        self.push_frame(FrameKind::Block, params, results);
    }

    pub fn begin_loop(&mut self, ty: BlockType) {
        let number = self.control.loops_begun;
        self.control.loops_begun += 1;
        let (params, results) = self.signature(ty);
        if !self.loops[number].repeats {
            self.push_frame(FrameKind::Block, params, results);
            return;
        }
        let edge = self.new_edge(Block::NONE);
        self.ir.edges[edge.index()].args = self.loop_args(number, params.len());
        self.finish(Term::Jump(edge));
        let header = self.begin_block();
        self.set_target(edge, header);
        let base = self.stack.len() - params.len();
        let types = params.clone();
        self.push_frame(FrameKind::Loop(header, number), params, results);
        let first = self.ir.insts.len() as u32;
        for at in 0..self.loops[number].assigned.len() {
            let local = self.loops[number].assigned[at];
            let phi = self.phi(self.local_types[local as usize]);
            self.set_local(local, phi);
        }
        for (i, &ty) in types.iter().enumerate() {
            self.stack[base + i] = self.phi(ty);
        }
        let count = self.ir.insts.len() as u32 - first;
        let data = &mut self.ir.blocks[header.index()];
        (data.first_phi, data.phis) = (first, count);
    }

    fn phi(&mut self, ty: ValType) -> Value {
        self.add(Inst {
            kind: Kind::Phi,
            op: Op::Move,
            is_moved: false,
            ty: Some(ty),
            x: Value(self.current().0),
            y: Value::NONE,
            z: Value::NONE,
            imm: 0,
        })
    }

    pub fn begin_if(&mut self, ty: BlockType) {
        let cond = self.pop();
        let (params, results) = self.signature(ty);
        let other = self.new_edge(Block::NONE);
        let saved = self.control.saved.len();
        let from = self.stack.len() - params.len();
        self.control.saved.extend_from_slice(&self.stack[from..]);
        self.push_frame(FrameKind::If(Some(other)), params, results);
        if let Some(frame) = self.control.frames.last_mut() {
            frame.saved = saved;
        }
        let then = self.new_edge(Block::NONE);
        self.branch(cond, then, other);
        let next = self.begin_block();
        self.set_target(then, next);
    }

    pub fn begin_else(&mut self) {
        if self.control.dead_frames > 0 {
            return;
        }
        self.jump_to_end();
        let Some(frame) = self.control.frames.last_mut() else {
            return;
        };
        self.locals.undo(frame.mark);
        self.stack.truncate(frame.height);
        self.stack
            .extend_from_slice(&self.control.saved[frame.saved..]);
        if let FrameKind::If(other) = &mut frame.kind
            && let Some(edge) = other.take()
        {
            let next = self.begin_block();
            self.set_target(edge, next);
        }
    }

    /// Leads the current block, if it is reached, to the end of the innermost frame.
    fn jump_to_end(&mut self) {
        if self.reachable {
            let edge = self.new_edge(Block::NONE);
            self.add_pending(self.control.frames.len() - 1, edge);
            self.finish(Term::Jump(edge));
        }
    }

    /// # Errors
    ///
    /// [`BodyError`] when too many values meet.
    pub fn end(&mut self) -> Result<(), BodyError> {
        if self.control.dead_frames > 0 {
            self.control.dead_frames -= 1;
            return Ok(());
        }
        let Some(frame) = self.control.frames.last_mut() else {
            return Ok(());
        };
        match &mut frame.kind {
            FrameKind::Function => {
                if self.reachable {
                    self.emit_return();
                }
                self.control.frames.clear();
                return Ok(());
            }
            FrameKind::If(other) => {
                if let Some(edge) = other.take() {
                    self.jump_to_end();
                    self.missing_else(edge);
                }
            }
            FrameKind::Block | FrameKind::Loop(..) => {}
        }
        let is_plain = self
            .control
            .frames
            .last()
            .is_none_or(|frame| frame.pending == NONE);
        if !is_plain {
            self.jump_to_end();
        }
        let Some(frame) = self.control.frames.pop() else {
            return Ok(());
        };
        self.control.saved.truncate(frame.saved);
        if is_plain && self.reachable {
            // What has changed is now the enclosing frame's.
            return Ok(());
        }
        self.locals.undo(frame.mark);
        self.stack.truncate(frame.height);
        if is_plain {
            return Ok(());
        }
        self.meet(&frame);
        Ok(())
    }

    /// An if without a second arm: its parameters are its results.
    fn missing_else(&mut self, edge: EdgeId) {
        let number = self.control.frames.len() - 1;
        let frame = &self.control.frames[number];
        let (mark, height, saved) = (frame.mark, frame.height, frame.saved);
        self.locals.undo(mark);
        self.stack.truncate(height);
        self.stack.extend_from_slice(&self.control.saved[saved..]);
        self.add_pending(number, edge);
    }

    /// Starts the block at the end of `frame`, where its pending edges meet.
    fn meet(&mut self, frame: &Frame) {
        let block = self.begin_block();
        let mut edges = Vec::new();
        let mut at = frame.pending;
        while let Some(&pending) = self.control.pending.get(at as usize) {
            edges.push(pending);
            at = pending.next;
        }
        edges.reverse();
        for pending in &edges {
            self.set_target(pending.edge, block);
        }
        let locals = self.locals.len();
        let base = self.stack.len();
        self.stack.resize(base + frame.results.len(), Value::NONE);
        if let [only] = edges[..] {
            for at in only.moves.0..only.moves.1 {
                let (number, value) = self.control.moves[at as usize];
                self.set_number(number, base, value);
            }
            return;
        }
        // One row for each edge, one column for each local or result.
        let columns = self.columns(&edges);
        self.control.listed += edges.len() * columns.len();
        let mut table = Vec::with_capacity(edges.len() * columns.len());
        for pending in &edges {
            let row = table.len();
            table.extend(columns.iter().map(|&number| match number {
                _ if (number as usize) < locals => self.locals.get(number),
                _ => Value::NONE,
            }));
            for at in pending.moves.0..pending.moves.1 {
                let (number, value) = self.control.moves[at as usize];
                table[row + self.control.column[number as usize] as usize] = value;
            }
        }
        let width = columns.len();
        let mut phis = Vec::new();
        let first = self.ir.insts.len() as u32;
        for (i, &number) in columns.iter().enumerate() {
            let mut rows = table.iter().skip(i).step_by(width);
            let one = rows.next().copied().unwrap_or(Value::NONE);
            let value = if rows.all(|&value| value == one) {
                one
            } else {
                phis.push(i);
                let ty = match (number as usize).checked_sub(locals) {
                    Some(result) => frame.results[result],
                    None => self.local_types[number as usize],
                };
                self.phi(ty)
            };
            self.set_number(number, base, value);
        }
        for (row, pending) in edges.iter().enumerate() {
            let start = self.ir.lists.len() as u32;
            let row = &table[row * width..][..width];
            self.ir.lists.extend(phis.iter().map(|&i| row[i].0));
            self.ir.edges[pending.edge.index()].args = List {
                start,
                len: phis.len() as u32,
            };
        }
        let data = &mut self.ir.blocks[block.index()];
        (data.first_phi, data.phis) = (first, phis.len() as u32);
    }

    /// The locals and results that are on any of the edges.
    fn columns(&mut self, edges: &[Pending]) -> Vec<u32> {
        let mut columns: Vec<u32> = Vec::new();
        let control = &mut self.control;
        for pending in edges {
            for at in pending.moves.0..pending.moves.1 {
                let number = control.moves[at as usize].0;
                let at = number as usize;
                if at >= control.column.len() {
                    control.column.resize(at + 1, NONE);
                }
                let column = control.column[at] as usize;
                if columns.get(column) != Some(&number) {
                    control.column[at] = columns.len() as u32;
                    columns.push(number);
                }
            }
        }
        columns
    }

    fn set_number(&mut self, number: u32, base: usize, value: Value) {
        match (number as usize).checked_sub(self.locals.len()) {
            Some(result) => self.stack[base + result] = value,
            None => self.set_local(number, value),
        }
    }

    pub fn br(&mut self, depth: u32) {
        if depth as usize + 1 == self.control.frames.len() {
            self.emit_return();
            return;
        }
        let edge = self.branch_edge(depth);
        self.finish(Term::Jump(edge));
    }

    pub fn br_if(&mut self, depth: u32) {
        let cond = self.pop();
        match self.ir.constant(cond) {
            Some(0) => {}
            Some(_) => self.br(depth),
            None => {
                let then = self.branch_edge(depth);
                self.finish_branch(cond, then);
            }
        }
    }

    /// # Errors
    ///
    /// [`BodyError::Malformed`] when the targets cannot be read.
    pub fn br_table(&mut self, table: &wasmparser::BrTable<'_>) -> Result<(), BodyError> {
        let index = self.pop();
        let mut depths = Vec::with_capacity(table.len() as usize + 1);
        for depth in table.targets() {
            depths.push(depth.map_err(BodyError::Malformed)?);
        }
        depths.push(table.default());
        // Targets at the end of the list that equal the default are redundant.
        while depths.len() > 1 && depths[depths.len() - 2] == depths[depths.len() - 1] {
            depths.pop();
        }
        if let [only] = depths[..] {
            self.br(only);
            return Ok(());
        }
        let first = self.ir.edges.len() as u32;
        let frames = self.control.frames.len();
        if self.control.edge_of.len() < frames {
            self.control.edge_of.resize(frames, None);
        }
        let mut targets = Vec::with_capacity(depths.len());
        for &depth in &depths {
            // An edge from before this table has nothing to do with it.
            let known = self.control.edge_of[depth as usize].filter(|edge| edge.0 >= first);
            let edge = known.unwrap_or_else(|| self.branch_edge(depth));
            self.control.edge_of[depth as usize] = Some(edge);
            targets.push(edge.0);
        }
        let list = List {
            start: self.ir.lists.len() as u32,
            len: targets.len() as u32,
        };
        self.ir.lists.extend(targets);
        self.finish(Term::Switch {
            index,
            targets: list,
            first: EdgeId(first),
            count: self.ir.edges.len() as u32 - first,
        });
        self.finish_exit();
        Ok(())
    }

    pub fn unreachable(&mut self) {
        self.emit(Kind::Op, Op::Trap, Trap::Unreachable as i64);
        self.finish(Term::Stop);
    }
}
