//! A function's code, block by block, as Cranelift's intermediate representation.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    self, AliasRegion, AliasRegionData, Block, FuncRef, InstBuilder, MemFlagsData, SigRef,
    SourceLoc, StackSlot, Type, Value, types,
};
use cranelift_frontend::{FunctionBuilder, Variable};

use super::artifact::Inlined;
use super::context::{Runtime, Site, offset, trap_code};
use super::effort::MOST_TARGETS;
use super::flow::Flow;
use super::frame::{StackCheck, check_by_trap};
use super::{Plan, abi};
use vbc_core::isa::{self, FuncType, Inst, Trap, ValType};
use vbc_core::module::RegisterRun;

/// Registers times blocks beyond which registers live in the frame in any case.
const LARGE: usize = 1 << 22;

/// Instructions of a block, back from its present end, in which the value of a register in the frame is still at hand.
/// This few values fit into the registers of every processor: the allocator of large functions gives each value that
/// does not fit a place of its own in the frame.
const NEAR: usize = 8;

/// Turns of loops in support code between two looks at the clock.
const TURNS: i64 = 1_000;

/// Parts of the address space that never overlap.
#[derive(Clone, Copy, Debug)]
pub(super) struct Regions {
    pub(super) context: AliasRegion,
    pub(super) memory: AliasRegion,
    pub(super) globals: AliasRegion,
    pub(super) tables: AliasRegion,
}

/// A register of the bytecode.
#[derive(Clone, Copy, Debug)]
struct Register {
    ty: Type,
    place: Place,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Variable(Variable),
    /// In the frame. The value is the one that was read or written last, by that instruction.
    Slot {
        slot: StackSlot,
        offset: i32,
        last: Option<(ir::Inst, Value)>,
    },
}

/// A function whose code is being translated: the one that is compiled, or one inside it.
pub(super) struct Body<'p> {
    pub(super) function: u32,
    pub(super) code: &'p [u64],
    pub(super) ty: &'p FuncType,
    pub(super) flow: Flow,
    /// The first of its registers in [`Translator::registers`].
    registers: usize,
    /// By leader: its word and block.
    blocks: Vec<(u32, Block)>,
    /// Backward branches, calls and bulk operations cost fuel.
    pub(super) paid: bool,
    /// The place of its first word.
    pub(super) places: u32,
    /// Where its results go, when it is not the one that is compiled.
    pub(super) leave: Option<Leave>,
}

/// Where the results of a body inside another one go.
#[derive(Clone, Copy)]
pub(super) enum Leave {
    /// To a block, as its arguments.
    To(Block),
    /// To [`Translator::left`]: the body has one block, in the middle of which the outer one goes on.
    Here,
}

/// A body that is left for one inside it.
pub(super) struct Outer<'p> {
    body: Body<'p>,
    position: usize,
}

impl<'p> Body<'p> {
    /// A function with the place of its first word.
    pub(super) fn new(
        plan: &Plan<'p>,
        function: u32,
        (ty, code): (&'p FuncType, &'p [u64]),
        places: u32,
        leave: Option<Leave>,
    ) -> Body<'p> {
        Body {
            function,
            code,
            ty,
            flow: Flow::new(code),
            registers: 0,
            blocks: Vec::new(),
            paid: plan.is_paid(function),
            places,
            leave,
        }
    }
}

/// Translates one function.
pub(super) struct Translator<'p, 'f> {
    pub(super) plan: &'p Plan<'p>,
    pub(super) b: FunctionBuilder<'f>,
    pub(super) body: Body<'p>,
    /// The function that is compiled.
    pub(super) own: u32,
    /// The parameters after those of the convention.
    pub(super) context: Value,
    /// Where results beyond those in registers go.
    pub(super) results: Option<Value>,
    registers: Vec<Register>,
    pub(super) regions: Regions,
    /// Fuel at hand, where it is counted; in support code, turns of loops up to the next look at the
    /// clock.
    fuel: Option<Variable>,
    /// Whether that is support code.
    polls: bool,
    /// Whether all registers live in the frame.
    in_frame: bool,
    /// Where they do.
    frame: Option<StackSlot>,
    pub(super) functions: std::collections::HashMap<u32, FuncRef>,
    pub(super) signatures: std::collections::HashMap<abi::Key, SigRef>,
    /// Room for results of calls beyond those in registers: one for all of them.
    pub(super) room: Option<StackSlot>,
    pub(super) inlined: Vec<Inlined>,
    /// The results of the last body that was left by [`Leave::Here`].
    pub(super) left: Vec<Value>,
    /// The first place that no function has.
    pub(super) next_place: u32,
    /// The places of accesses to memory that may meet a guard page, by their numbers.
    pub(super) accesses: Vec<u32>,
    /// The functions inside `own` that are being translated, outermost first.
    active: Vec<u32>,
    /// Words of code that may still be translated into this function.
    pub(super) budget: usize,
    /// The word that is being translated; in the copy of a block, the jump that it replaces.
    position: usize,
    /// Whether the present block has ended.
    ended: bool,
}

/// What only translating a function tells about its code.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// The functions that were translated into it.
    pub(super) inlined: Vec<Inlined>,
    /// The places of accesses to memory that may meet a guard page, by their numbers.
    pub(super) accesses: Vec<u32>,
    /// Whether all registers live in the frame.
    pub(super) in_frame: bool,
}

/// What a function is translated for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    pub(super) check: StackCheck,
    /// Registers live in the frame, however few they are.
    pub(super) in_frame: bool,
}

/// Translates function `own` into `function`.
pub(super) fn translate(
    plan: &Plan<'_>,
    own: u32,
    manner: Manner,
    function: &mut ir::Function,
    scratch: &mut cranelift_frontend::FunctionBuilderContext,
) -> Notes {
    let Some((ty, code, runs)) = plan.defined(own) else {
        return Notes::default();
    };
    function.signature = abi::signature(plan, ty);
    let regions = regions(function);
    let mut b = FunctionBuilder::new(function, scratch);
    let entry = b.create_block();
    b.append_block_params_for_function_params(entry);
    b.switch_to_block(entry);
    b.seal_block(entry);
    let params = b.block_params(entry).to_vec();
    let spilled = abi::results_in_memory(ty) > 0;
    let mut translator = Translator {
        plan,
        body: Body::new(plan, own, (ty, code), 0, None),
        own,
        context: params[0],
        results: spilled.then(|| params[1]),
        registers: Vec::new(),
        regions,
        fuel: None,
        polls: plan.polls(own),
        in_frame: manner.in_frame,
        frame: None,
        functions: Default::default(),
        signatures: Default::default(),
        room: None,
        inlined: Vec::new(),
        left: Vec::new(),
        accesses: Vec::new(),
        next_place: code.len() as u32,
        budget: plan.inline_budget(code.len()),
        active: Vec::new(),
        position: 0,
        ended: false,
        b,
    };
    translator.prologue(manner.check);
    translator.declare(runs, &params[1 + usize::from(spilled)..]);
    translator.run();
    let Translator {
        b,
        inlined,
        accesses,
        in_frame,
        ..
    } = translator;
    b.finalize(plan.target());
    Notes {
        inlined,
        accesses,
        in_frame,
    }
}

fn regions(function: &mut ir::Function) -> Regions {
    let mut region = |user_id, description: &'static str| {
        function.dfg.alias_regions.insert(AliasRegionData {
            user_id,
            description: description.into(),
        })
    };
    Regions {
        context: region(0, "context"),
        memory: region(1, "memory"),
        globals: region(2, "globals"),
        tables: region(3, "tables"),
    }
}

/// The representation of a type.
pub(super) fn clif(ty: ValType) -> Type {
    match ty {
        ValType::I32 => types::I32,
        ValType::I64 | ValType::Ref(_) | ValType::Ptr => types::I64,
        ValType::F32 => types::F32,
        ValType::F64 => types::F64,
    }
}

/// An access that cannot trap.
pub(super) fn trusted(region: AliasRegion) -> MemFlagsData {
    MemFlagsData::trusted().with_alias_region(Some(region))
}

/// A load that always yields the same value and may be made anywhere.
pub(super) fn constant(region: AliasRegion) -> MemFlagsData {
    trusted(region).with_readonly().with_can_move()
}

impl<'p> Translator<'p, '_> {
    /// What comes before the function's own code: the stack's limit, and the fuel.
    fn prologue(&mut self, check: StackCheck) {
        if self.plan.options.signals {
            let flags = trusted(self.regions.context);
            check_by_trap(self.b.func, flags);
        } else if check == StackCheck::Inside {
            let limit = self.load_context(types::I64, offset::STACK_LIMIT);
            // The frame has been made, and this is its end.
            let sp = self.b.ins().get_stack_pointer(types::I64);
            let beyond = self.b.ins().icmp(IntCC::UnsignedLessThan, sp, limit);
            self.trap_call(beyond, Trap::CallStackExhausted, Site::CALLER);
        }
        if self.body.paid {
            let fuel = self.b.declare_var(types::I64);
            self.fuel = Some(fuel);
            self.reload_fuel();
        } else if self.polls {
            let turns = self.b.declare_var(types::I64);
            self.fuel = Some(turns);
            let first = self.b.ins().iconst(types::I64, TURNS);
            self.b.def_var(turns, first);
        }
    }

    /// Declares the registers of the present body.
    pub(super) fn declare(&mut self, runs: &[RegisterRun], params: &[Value]) {
        let first = self.registers.len();
        self.body.registers = first;
        let types = self.body.ty.params.iter().map(|&ty| (clif(ty), true));
        let own = runs.iter().flat_map(|run| {
            let ty = ValType::from_word(run.ty).unwrap_or(ValType::I64);
            let assigned = run.flags & RegisterRun::ZEROED == 0;
            std::iter::repeat_n((clif(ty), assigned), usize::from(run.count))
        });
        let all: Vec<(Type, bool)> = types.chain(own).collect();
        let flow = &self.body.flow;
        let large = all.len().saturating_mul(flow.block_count()) > LARGE
            || flow.switch_targets > MOST_TARGETS;
        self.in_frame |= large && self.active.is_empty();
        let slot = (large || self.in_frame).then(|| self.frame_of(first + all.len()));
        for (n, &(ty, assigned)) in all.iter().enumerate() {
            let place = match slot {
                Some(slot) => Place::Slot {
                    slot,
                    offset: (first + n) as i32 * 8,
                    last: None,
                },
                None => Place::Variable(self.b.declare_var(ty)),
            };
            self.registers.push(Register { ty, place });
            if let Some(&param) = params.get(n).filter(|_| n < self.body.ty.params.len()) {
                self.set(n as u16, param);
            } else if !assigned {
                let zero = self.zero(ty);
                self.set(n as u16, zero);
            }
        }
    }

    /// The room in the frame for this many registers. Bodies that are translated into the function one after another
    /// have theirs in the same place.
    fn frame_of(&mut self, registers: usize) -> StackSlot {
        let slot = *self.frame.get_or_insert_with(|| {
            let data = ir::StackSlotData::new(ir::StackSlotKind::ExplicitSlot, 8, 3);
            self.b.create_sized_stack_slot(data)
        });
        let size = &mut self.b.func.sized_stack_slots[slot].size;
        *size = (*size).max(registers as u32 * 8);
        slot
    }

    /// Begins to translate `body` inside the present one, which is returned.
    pub(super) fn enter(&mut self, body: Body<'p>) -> Outer<'p> {
        self.active.push(body.function);
        Outer {
            body: std::mem::replace(&mut self.body, body),
            position: self.position,
        }
    }

    /// Goes back to the body that [`Translator::enter`] left, at the end of a block.
    pub(super) fn go_back(&mut self, outer: Outer<'p>) {
        self.active.pop();
        self.registers.truncate(self.body.registers);
        self.body = outer.body;
        self.position = outer.position;
    }

    /// Whether the function is being translated already, around the present place.
    pub(super) fn is_active(&self, function: u32) -> bool {
        function == self.own || self.active.contains(&function)
    }

    pub(super) fn zero(&mut self, ty: Type) -> Value {
        match ty {
            types::F32 => self.b.ins().f32const(0.0),
            types::F64 => self.b.ins().f64const(0.0),
            _ => self.b.ins().iconst(ty, 0),
        }
    }

    /// The value of a register.
    pub(super) fn get(&mut self, register: u16) -> Value {
        let index = self.body.registers + usize::from(register);
        let Register { ty, place } = self.registers[index];
        let (slot, offset) = match place {
            Place::Variable(variable) => return self.b.use_var(variable),
            Place::Slot {
                last: Some((inst, value)),
                ..
            } if self.is_near(inst) => return value,
            Place::Slot { slot, offset, .. } => (slot, offset),
        };
        let value = self.b.ins().stack_load(types::I64, ty, slot, offset);
        let load = self.b.func.dfg.value_def(value).unwrap_inst();
        self.registers[index].place = Place::Slot {
            slot,
            offset,
            last: Some((load, value)),
        };
        value
    }

    /// Whether the instruction is one of the last few of the present block, and no call comes after it.
    fn is_near(&self, inst: ir::Inst) -> bool {
        let ir::function::FunctionStencil { layout, dfg, .. } = &**self.b.func;
        let mut later = self
            .b
            .current_block()
            .and_then(|block| layout.last_inst(block));
        for _ in 0..NEAR {
            match later {
                Some(other) if other == inst => return true,
                Some(other) if !dfg.insts[other].opcode().is_call() => {
                    later = layout.prev_inst(other);
                }
                _ => return false,
            }
        }
        false
    }

    /// Sets a register.
    pub(super) fn set(&mut self, register: u16, value: Value) {
        let index = self.body.registers + usize::from(register);
        match &mut self.registers[index].place {
            Place::Variable(variable) => self.b.def_var(*variable, value),
            Place::Slot { slot, offset, last } => {
                let store = self.b.ins().stack_store(types::I64, value, *slot, *offset);
                *last = Some((store, value));
            }
        }
    }

    /// Sets a register to a value of 64 bits, of which narrower ones see the low half.
    pub(super) fn set_narrowed(&mut self, register: u16, value: Value) {
        let ty = self.registers[self.body.registers + usize::from(register)].ty;
        let value = if ty == types::I32 {
            self.b.ins().ireduce(types::I32, value)
        } else {
            value
        };
        self.set(register, value);
    }

    /// An integer as 64 bits, zero-extended.
    pub(super) fn widened(&mut self, value: Value) -> Value {
        match self.b.func.dfg.value_type(value) {
            types::I32 => self.b.ins().uextend(types::I64, value),
            _ => value,
        }
    }

    /// The value of an integer register as 64 bits.
    pub(super) fn get_widened(&mut self, register: u16) -> Value {
        let value = self.get(register);
        self.widened(value)
    }

    pub(super) fn load_context(&mut self, ty: Type, offset: i32) -> Value {
        let flags = trusted(self.regions.context);
        self.b.ins().load(ty, flags, self.context, offset)
    }

    /// Loads an address from the context that never changes while code runs.
    pub(super) fn load_constant(&mut self, offset: i32) -> Value {
        let flags = constant(self.regions.context);
        self.b.ins().load(types::I64, flags, self.context, offset)
    }

    /// Creates the blocks of the present body.
    fn blocks(&mut self) {
        let leaders: Vec<usize> = self.body.flow.leaders().collect();
        self.body.blocks = leaders
            .into_iter()
            .map(|word| (word as u32, self.b.create_block()))
            .collect();
    }

    /// The block that begins at a word.
    fn block(&self, word: usize) -> Block {
        let blocks = &self.body.blocks;
        let at = blocks.partition_point(|&(leader, _)| (leader as usize) < word);
        blocks[at].1
    }

    /// Translates the present body, from a block that has not ended.
    pub(super) fn run(&mut self) {
        if matches!(self.body.leave, Some(Leave::Here)) {
            let mut at = 0;
            while let Ok(inst) = isa::decode(self.body.code, at) {
                self.position = at;
                self.step(&inst, at);
                at += inst.words.len();
            }
            return;
        }
        self.blocks();
        let first = self.block(0);
        self.b.ins().jump(first, &[]);
        self.ended = true;
        let (mut at, mut known) = (0, 0);
        let mut leader = 0;
        while let Ok(inst) = isa::decode(self.body.code, at) {
            if self
                .body
                .blocks
                .get(leader)
                .is_some_and(|one| one.0 as usize == at)
            {
                let block = self.body.blocks[leader].1;
                leader += 1;
                self.ended = self.body.flow.is_unreachable(at);
                if !self.ended {
                    self.b.switch_to_block(block);
                }
            }
            if !self.ended {
                self.position = at;
                self.step(&inst, at);
            }
            let behind = at + inst.words.len();
            if !self.ended && self.body.flow.is_leader(behind) {
                let next = self.block(behind);
                self.b.ins().jump(next, &[]);
                self.end();
            }
            while let Some(&(from, to)) = self.body.flow.known_behind.get(known)
                && from as usize <= at
            {
                known += 1;
                let block = self.block(to as usize);
                self.b.seal_block(block);
            }
            at = behind;
        }
    }

    fn step(&mut self, inst: &Inst<'p>, at: usize) {
        self.b
            .set_srcloc(SourceLoc::new(self.body.places + at as u32));
        self.instruction(inst, at);
    }

    /// Where the present instruction is.
    pub(super) fn site(&self) -> Site {
        Site::new(self.own, self.b.srcloc().bits())
    }

    /// Records that the present block has ended.
    pub(super) fn end(&mut self) {
        self.ended = true;
    }

    /// Records that a block has begun which has not ended.
    pub(super) fn begin(&mut self) {
        self.ended = false;
    }

    /// A block to which all paths are known, which continues the present one.
    pub(super) fn continue_at(&mut self, block: Block) {
        self.b.switch_to_block(block);
        self.b.seal_block(block);
    }

    /// Continues at `target`, from the instruction at `at`.
    pub(super) fn jump(&mut self, at: usize, target: usize) {
        if target <= at {
            self.charge();
        }
        if self.body.flow.is_rotated(at, target) && self.position == at {
            self.copy_block(target);
        } else {
            let block = self.block(target);
            self.b.ins().jump(block, &[]);
        }
        self.end();
    }

    /// Translates the block at `head` once more, in place of a jump there.
    fn copy_block(&mut self, head: usize) {
        let mut at = head;
        while let Ok(inst) = isa::decode(self.body.code, at) {
            self.step(&inst, at);
            if self.ended {
                return;
            }
            at += inst.words.len();
        }
    }

    /// Continues at `at` + `distance` when a condition holds, else after the instruction of `words`
    /// words. `condition` returns the value to test, or its negation when asked for that.
    pub(super) fn branch(
        &mut self,
        at: usize,
        distance: i32,
        words: usize,
        condition: impl FnOnce(&mut Self, bool) -> Value,
    ) {
        let target = at.wrapping_add_signed(distance as isize);
        let behind = at + words;
        let flow = &self.body.flow;
        // The successor that stays in the loop is the last one, see `docs/codegen.md`.
        let negated = flow.stays(self.position, target) && !flow.stays(self.position, behind);
        let value = condition(self, negated);
        let taken = self.way(at, target);
        let other = self.block(behind);
        match negated {
            true => self.b.ins().brif(value, other, &[], taken, &[]),
            false => self.b.ins().brif(value, taken, &[], other, &[]),
        };
        self.pay_on(at, target, taken);
        self.end();
    }

    /// The block through which a branch at `at` reaches `target`: one of its own where it costs fuel.
    pub(super) fn way(&mut self, at: usize, target: usize) -> Block {
        if target <= at && (self.body.paid || self.polls) {
            self.b.create_block()
        } else {
            self.block(target)
        }
    }

    /// Fills the block that [`Translator::way`] returned, when it is one of its own.
    pub(super) fn pay_on(&mut self, at: usize, target: usize, way: Block) {
        let block = self.block(target);
        if way != block && target <= at {
            self.continue_at(way);
            self.charge();
            self.b.ins().jump(block, &[]);
        }
    }

    /// Pays one unit of fuel for a call.
    pub(super) fn pay_call(&mut self) {
        if self.body.paid {
            self.charge();
        }
    }

    /// Pays one unit of fuel for a branch back, or looks at the clock now and then.
    pub(super) fn charge(&mut self) {
        let Some(variable) = self.fuel.filter(|_| self.body.paid || self.polls) else {
            return;
        };
        let fuel = self.b.use_var(variable);
        let less = self.b.ins().iadd_imm_s(fuel, -1);
        let none = self.b.ins().icmp_imm_u(IntCC::Equal, fuel, 0);
        self.b.def_var(variable, less);
        let (refuel, go_on) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(refuel);
        self.b.ins().brif(none, refuel, &[], go_on, &[]);
        self.continue_at(refuel);
        let (site, fp) = self.whereabouts();
        let fuel = if self.polls {
            self.call_runtime(Runtime::Poll, &[site, fp]);
            self.b.ins().iconst(types::I64, TURNS)
        } else {
            let flags = trusted(self.regions.context);
            self.b.ins().store(flags, fuel, self.context, offset::FUEL);
            self.call_runtime(Runtime::Refuel, &[site, fp]);
            self.load_context(types::I64, offset::FUEL)
        };
        let less = self.b.ins().iadd_imm_s(fuel, -1);
        self.b.def_var(variable, less);
        self.b.ins().jump(go_on, &[]);
        self.continue_at(go_on);
    }

    /// Writes the fuel at hand to the context.
    pub(super) fn flush_fuel(&mut self) {
        if let Some(variable) = self.fuel.filter(|_| !self.polls) {
            let fuel = self.b.use_var(variable);
            let flags = trusted(self.regions.context);
            self.b.ins().store(flags, fuel, self.context, offset::FUEL);
        }
    }

    /// Reads the fuel at hand from the context.
    pub(super) fn reload_fuel(&mut self) {
        if let Some(variable) = self.fuel.filter(|_| !self.polls) {
            let fuel = self.load_context(types::I64, offset::FUEL);
            self.b.def_var(variable, fuel);
        }
    }

    /// The present site and the frame pointer, as the runtime takes them.
    pub(super) fn whereabouts(&mut self) -> (Value, Value) {
        let site = self.site().0 as i64;
        let site = self.b.ins().iconst(types::I64, site);
        let fp = self.b.ins().get_frame_pointer(types::I64);
        (site, fp)
    }

    /// Traps.
    pub(super) fn trap(&mut self, trap: Trap) {
        if self.plan.options.signals {
            self.b.ins().trap(trap_code(trap));
        } else {
            let site = self.site();
            self.raise(trap, site);
        }
    }

    /// Traps when `condition` is not zero.
    pub(super) fn trap_if(&mut self, condition: Value, trap: Trap) {
        if self.plan.options.signals {
            self.b.ins().trapnz(condition, trap_code(trap));
        } else {
            let site = self.site();
            self.trap_call(condition, trap, site);
        }
    }

    /// The same by a call.
    fn trap_call(&mut self, condition: Value, trap: Trap, site: Site) {
        let (stop, go_on) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(stop);
        self.b.ins().brif(condition, stop, &[], go_on, &[]);
        self.continue_at(stop);
        self.raise(trap, site);
        self.continue_at(go_on);
    }

    /// Calls the runtime, which does not return.
    fn raise(&mut self, trap: Trap, site: Site) {
        let trap = self.b.ins().iconst(types::I64, trap as i64);
        let site = self.b.ins().iconst(types::I64, site.0 as i64);
        let fp = self.b.ins().get_frame_pointer(types::I64);
        self.call_runtime(Runtime::Raise, &[trap, site, fp]);
        self.b.ins().trap(trap_code(Trap::HostFault));
    }
}
