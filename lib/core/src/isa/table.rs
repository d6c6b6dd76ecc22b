//! The op table: the one definition of each instruction.
//!
//! A row is an instruction: its variant's name, the mnemonic and the type suffix of the text form, its class, its
//! effects, its forms, what it has to do with other instructions, and what it does. A form is one way to encode it:
//! the opcode number, and the operands in the order of the text form (name, role and the field of the encoding that
//! holds it). Operands of a class that has any of its own follow from the class; of a form, they are `plain`
//! (registers only), `short` (a constant in the first word, or half of the second) or `long` (a constant that takes
//! the whole second word). Rows stand in families; a row belongs to the last one that is named before it.
//!
//! Everything that has to know an instruction's shape reads it here: encoder, decoder, printer, parser, JSON,
//! verifier, index remapping, the engines' exhaustive matches and `docs/instructions.md`.
//!
//! A form with a wider constant stands directly after the narrower one, which is required wherever the value fits it
//! ([`FormInfo::narrower`]).

use super::Form;
use super::row::{
    Class, Effects, Field::*, FormInfo, OpInfo, Operand, Related, Role, Signature::*, Ty::*,
};
use super::space::IndexSpace::*;
use super::types::ValType::{self, *};

/// The operands of a form, by the class of its instruction.
macro_rules! operands {
    (Other [] ($($operand:ident : $role:ident $(($($arg:tt)*))? @ $field:ident),*)) => {
        &[$(Operand {
            name: stringify!($operand),
            role: Role::$role $(($($arg)*))?,
            field: $field,
        }),*]
    };
    (Constant [$t:ident] short) => { operands!(Other [] (d: Dst(Is($t)) @ A, value: Imm($t) @ BC)) };
    (Constant [$t:ident] long) => { operands!(Other [] (d: Dst(Is($t)) @ A, value: Imm($t) @ W1)) };
    (Unary [$d:ident $x:ident] plain) => { operands!(Other [] (d: Dst(Is($d)) @ A, x: Src(Is($x)) @ B)) };
    (Binary [$t:ident] plain) => {
        operands!(Other [] (d: Dst(Is($t)) @ A, x: Src(Is($t)) @ B, y: Src(Is($t)) @ C))
    };
    (Binary [$t:ident] short) => {
        operands!(Other [] (d: Dst(Is($t)) @ A, x: Src(Is($t)) @ B, y: Imm($t) @ C))
    };
    (Binary [$t:ident] long) => {
        operands!(Other [] (d: Dst(Is($t)) @ A, x: Src(Is($t)) @ B, y: Imm($t) @ W1))
    };
    (Compare [$t:ident] plain) => {
        operands!(Other [] (d: Dst(Is(I32)) @ A, x: Src(Is($t)) @ B, y: Src(Is($t)) @ C))
    };
    (Compare [$t:ident] short) => {
        operands!(Other [] (d: Dst(Is(I32)) @ A, x: Src(Is($t)) @ B, y: Imm($t) @ C))
    };
    (Compare [$t:ident] long) => {
        operands!(Other [] (d: Dst(Is(I32)) @ A, x: Src(Is($t)) @ B, y: Imm($t) @ W1))
    };
    (CompareBranch [$t:ident] plain) => {
        operands!(Other [] (x: Src(Is($t)) @ A, y: Src(Is($t)) @ B, target: Label @ W1Lo))
    };
    (CompareBranch [$t:ident] short) => {
        operands!(Other [] (x: Src(Is($t)) @ A, y: Imm($t) @ W1Hi, target: Label @ W1Lo))
    };
    (Load [$t:ident] short) => {
        operands!(Other [] (d: Dst(Is($t)) @ A, addr: Src(Addr) @ B, offset: Offset @ C))
    };
    (Load [$t:ident] long) => {
        operands!(Other [] (d: Dst(Is($t)) @ A, addr: Src(Addr) @ B, offset: Offset @ W1, memory: Index(Memory) @ C))
    };
    (Store [$t:ident] short) => {
        operands!(Other [] (addr: Src(Addr) @ B, offset: Offset @ C, s: Src(Is($t)) @ A))
    };
    (Store [$t:ident] long) => {
        operands!(Other [] (addr: Src(Addr) @ B, offset: Offset @ W1, s: Src(Is($t)) @ A, memory: Index(Memory) @ C))
    };
}

macro_rules! ops {
    ($(
        family $family:ident($family_op:ident) $title:literal;
        $(
            #[doc = $doc:literal]
            $name:ident $mnemonic:ident [$($suffix:ident),*] $class:ident $types:tt
            $($effect:ident)|+ { $($number:literal $form:tt),* $(,)? }
            $(: $($relation:ident $other:ident),*)?;
        )*
    )*) => {
        /// An instruction, whatever its form.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum Op {
            $($(#[doc = $doc] $name,)*)*
        }

        $(
            #[doc = $title]
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
            pub enum $family_op {
                $(#[doc = $doc] $name,)*
            }

            impl $family_op {
                /// All of them.
                pub const ALL: &[Op] = &[$(Op::$name),*];
            }
        )*

        /// An instruction in its family: who has to know all instructions matches them in parts, a family in a file.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Family {
            $(#[doc = $title] $family($family_op),)*
        }

        impl Op {
            /// Every instruction, in the order of the table.
            pub const ALL: &[Op] = &[$($(Op::$name),*),*];

            /// The instruction in its family.
            #[inline]
            pub const fn family(self) -> Family {
                match self {
                    $($(Op::$name => Family::$family($family_op::$name),)*)*
                }
            }
        }

        /// The rows, in the order of [`Op::ALL`].
        pub(super) static ROWS: [OpInfo; Op::ALL.len()] = [$($(OpInfo {
                op: Op::$name,
                name: stringify!($name),
                mnemonic: stringify!($mnemonic),
                suffix: &[$($suffix),*],
                class: Class::$class,
                effects: Effects::NONE $(.and(Effects::$effect))+,
                related: Related::NONE $($(.$relation(Op::$other))*)?,
                forms: forms_of(Op::$name),
                doc: $doc,
            }),*),*];

        /// The opcode number and the operands of each form, instruction by instruction.
        const ENCODINGS: &[(u16, Op, &[Operand])] = &[
            $($($(($number, Op::$name, operands!($class $types $form)),)*)*)*
        ];

        /// Every form, by ascending opcode number.
        pub(super) static FORMS: [FormInfo; ENCODINGS.len()] = {
            let mut forms = [FormInfo::of(Form(0), ENCODINGS[0].0, ENCODINGS[0].1, ENCODINGS[0].2); ENCODINGS.len()];
            let mut i = 1;
            while i < forms.len() {
                let (number, op, operands) = ENCODINGS[i];
                assert!(ENCODINGS[i - 1].0 < number, "the op table is not in ascending order");
                forms[i] = FormInfo::of(Form(i as u16), number, op, operands);
                i += 1;
            }
            forms
        };
    };
}

/// The first form of an instruction, and their number.
const fn forms_of(op: Op) -> (u16, u16) {
    let (mut first, mut count, mut i) = (0, 0, 0);
    while i < ENCODINGS.len() {
        if ENCODINGS[i].1 as u16 == op as u16 {
            first = if count == 0 { i } else { first };
            count += 1;
        }
        i += 1;
    }
    (first as u16, count)
}

ops! {
    family Control(ControlOp) "Control flow, calls included; comparisons that branch are among the numbers.";

    /// Continues at `target`.
    Jump JUMP [] Other [] ENDS | STOPS { 0x001 (target: Label @ BC) };
    /// Continues at `target` when `cond` is not zero.
    IfI32 IF [I32] Other [] ENDS { 0x002 (cond: Src(Is(I32)) @ A, target: Label @ BC) };
    /// Continues at `target` when `cond` is not zero.
    IfI64 IF [I64] Other [] ENDS { 0x003 (cond: Src(Is(I64)) @ A, target: Label @ BC) };
    /// Continues at `target` when `cond` is zero.
    IfNotI32 IF_NOT [I32] Other [] ENDS { 0x004 (cond: Src(Is(I32)) @ A, target: Label @ BC) };
    /// Continues at `target` when `cond` is zero.
    IfNotI64 IF_NOT [I64] Other [] ENDS { 0x005 (cond: Src(Is(I64)) @ A, target: Label @ BC) };
    /// Continues at target number `index`, taken as unsigned, or at the last target when there are not so many.
    SwitchI32 SWITCH [I32] Other [] ENDS | STOPS { 0x006 (index: Src(Is(I32)) @ A, targets: Targets @ List) };
    /// Continues at target number `index`, taken as unsigned, or at the last target when there are not so many.
    SwitchI64 SWITCH [I64] Other [] ENDS | STOPS { 0x007 (index: Src(Is(I64)) @ A, targets: Targets @ List) };
    /// Calls `callee`.
    Call CALL [] Other [] CALLS | TRAPS | SAFEPOINT | THROWS { 0x008 (callee: Index(Func) @ BC, args: Args(Callee) @ List, results: Results(Callee) @ List) };
    /// Calls element `index` of `table`, which must be a function of type `type` or a subtype of it. Traps: undefined element when `index` is outside the table, uninitialized element when it is null, indirect call type mismatch.
    CallIndirect CALL_INDIRECT [] Other [] CALLS | TRAPS | SAFEPOINT | THROWS | READS_STATE { 0x009 (table: Index(Table) @ W1Hi, index: Src(TableIndex(0)) @ B, type: Index(Type) @ W1Lo, args: Args(TypeOperand) @ List, results: Results(TypeOperand) @ List) };
    /// Leaves the function and calls `callee` in its place; its results are those of the function, or subtypes.
    TailCall TAIL_CALL [] Other [] CALLS | TRAPS | SAFEPOINT | THROWS | ENDS | STOPS { 0x00a (callee: Index(Func) @ BC, args: Args(Callee) @ List) };
    /// Leaves the function and calls element `index` of `table` in its place. Traps as CALL_INDIRECT.
    TailCallIndirect TAIL_CALL_INDIRECT [] Other [] CALLS | TRAPS | SAFEPOINT | THROWS | READS_STATE | ENDS | STOPS { 0x00b (table: Index(Table) @ W1Hi, index: Src(TableIndex(0)) @ B, type: Index(Type) @ W1Lo, args: Args(TypeOperand) @ List) };
    /// Leaves the function with its results: none, one `value`, or two or more `values`.
    Return RETURN [] Other [] ENDS | STOPS {
        0x00c (),
        0x00d (value: Src(Result) @ A),
        0x00e (values: Args(Own) @ List),
    };
    /// Traps with `kind`.
    Trap TRAP [] Other [] TRAPS | ENDS | STOPS { 0x00f (kind: TrapKind @ A) };

    family Value(ValueOp) "Constants, moves, references and addresses.";

    /// `d` becomes `value`.
    ConstI32 LOAD_CONST [I32] Constant [I32] PURE { 0x010 short };
    /// `d` becomes `value`.
    ConstI64 LOAD_CONST [I64] Constant [I64] PURE { 0x011 short, 0x012 long };
    /// `d` becomes the number with the bits `value`.
    ConstF32 LOAD_CONST [F32] Constant [F32] PURE { 0x013 short };
    /// `d` becomes the number with the bits `value`.
    ConstF64 LOAD_CONST [F64] Constant [F64] PURE { 0x014 long };
    /// `d` becomes `s`.
    Move MOVE [] Other [] PURE { 0x015 (d: Dst(Any) @ A, s: Src(Any) @ B) };
    /// `d` becomes `x` when `cond` is not zero, else `y`.
    Select SELECT [] Other [] PURE { 0x016 (d: Dst(Any) @ A, cond: Src(Is(I32)) @ W1A, x: Src(Any) @ B, y: Src(Any) @ C) };
    /// `d` becomes the null reference.
    RefNull REF_NULL [] Other [] PURE { 0x017 (d: Dst(Nullable) @ A) };
    /// `d` becomes a reference to `function`.
    RefFunc REF_FUNC [] Other [] PURE { 0x018 (d: Dst(OfFunction) @ A, function: Index(Func) @ BC) };
    /// `d` becomes 1 when `s` is null, else 0.
    RefIsNull REF_IS_NULL [] Other [] PURE { 0x019 (d: Dst(Is(I32)) @ A, s: Src(AnyRef) @ B) };
    /// `d` becomes the address of `data`, plus `addend` where there is one, wrapping to the width of `d`.
    DataAddr DATA_ADDR [] Other [] PURE {
        0x01a (d: Dst(Addr) @ A, data: Index(Data) @ BC),
        0x01b (d: Dst(Addr) @ A, data: Index(Data) @ BC, addend: Addend @ W1),
    };

    family State(StateOp) "The state of a module outside its memory: globals, tables and element segments.";

    // Globals.
    /// `d` becomes the value of `global`.
    GlobalGet GLOBAL_GET [] Other [] READS_STATE { 0x01c (d: Dst(GlobalType) @ A, global: Index(Global) @ BC) };
    /// `global` becomes `s`. The global must be mutable, or the function an initialiser.
    GlobalSet GLOBAL_SET [] Other [] WRITES_STATE { 0x01d (global: Index(Global) @ BC, s: Src(GlobalType) @ A) };

    // Tables.
    /// `d` becomes element `index` of `table`. Traps: out of bounds table access.
    TableGet TABLE_GET [] Other [] READS_STATE | TRAPS { 0x020 (d: Dst(TableElem(0)) @ A, table: Index(Table) @ W1Lo, index: Src(TableIndex(0)) @ B) };
    /// Element `index` of `table` becomes `s`. Traps: out of bounds table access.
    TableSet TABLE_SET [] Other [] WRITES_STATE | TRAPS { 0x021 (table: Index(Table) @ W1Lo, index: Src(TableIndex(0)) @ A, s: Src(TableElem(0)) @ B) };
    /// `d` becomes the number of elements of `table`.
    TableSize TABLE_SIZE [] Other [] READS_STATE { 0x022 (d: Dst(TableIndex(0)) @ A, table: Index(Table) @ BC) };
    /// Appends `n` elements `s` to `table`; `d` becomes the former number of elements, or -1 when the table cannot grow so far.
    TableGrow TABLE_GROW [] Other [] READS_STATE | WRITES_STATE | ALLOCATES | BULK { 0x023 (d: Dst(TableIndex(0)) @ A, table: Index(Table) @ W1Lo, s: Src(TableElem(0)) @ B, n: Src(TableIndex(0)) @ C) };
    /// The `n` elements of `table` from `i` become `s`. Traps, before any is written: out of bounds table access.
    TableFill TABLE_FILL [] Other [] WRITES_STATE | TRAPS | BULK { 0x024 (table: Index(Table) @ W1Lo, i: Src(TableIndex(0)) @ A, s: Src(TableElem(0)) @ B, n: Src(TableIndex(0)) @ C) };
    /// Copies `n` elements of table `from` at `s` to `table` at `d`, as if by way of a buffer. Traps, before any is written: out of bounds table access.
    TableCopy TABLE_COPY [] Other [] READS_STATE | WRITES_STATE | TRAPS | BULK { 0x025 (table: Index(Table) @ W1Lo, from: Index(Table) @ W1Hi, d: Src(TableIndex(0)) @ A, s: Src(TableIndex(1)) @ B, n: Src(TableLen) @ C) };
    /// Copies `n` elements of segment `elem` at `s` to `table` at `d`. Traps, before any is written: out of bounds table access.
    TableInit TABLE_INIT [] Other [] WRITES_STATE | TRAPS | BULK { 0x026 (table: Index(Table) @ W1Hi, elem: Index(Elem) @ W1Lo, d: Src(TableIndex(0)) @ A, s: Src(Is(I32)) @ B, n: Src(Is(I32)) @ C) };
    /// Empties segment `elem`.
    ElemDrop ELEM_DROP [] Other [] WRITES_STATE { 0x027 (elem: Index(Elem) @ BC) };

    family Memory(MemoryOp) "Memory and data rows.";

    // An address is the base register, unsigned, plus the offset, without wrapping; an access outside the memory traps: out of bounds memory access.
    /// `d` becomes the size of the memory in pages of 64 KiB.
    MemorySize MEMORY_SIZE [] Other [] READS_MEM { 0x028 (d: Dst(Addr) @ A, memory: Index(Memory) @ C) };
    /// Grows the memory by `n` pages of zeros; `d` becomes the former size in pages, or -1 when the memory cannot grow so far.
    MemoryGrow MEMORY_GROW [] Other [] READS_MEM | WRITES_MEM | ALLOCATES { 0x029 (d: Dst(Addr) @ A, n: Src(Addr) @ B, memory: Index(Memory) @ C) };
    /// Copies `n` bytes from `s` to `d`, as if by way of a buffer. Traps, before any is written: out of bounds memory access.
    MemoryCopy MEMORY_COPY [] Other [] READS_MEM | WRITES_MEM | TRAPS | BULK { 0x02a (d: Src(Addr) @ A, s: Src(Addr) @ B, n: Src(Addr) @ C, memory: Index(Memory) @ W1A, from: Index(Memory) @ W1B) };
    /// The `n` bytes from `d` become the low 8 bits of `s`. Traps, before any is written: out of bounds memory access.
    MemoryFill MEMORY_FILL [] Other [] WRITES_MEM | TRAPS | BULK { 0x02b (d: Src(Addr) @ A, s: Src(Is(I32)) @ B, n: Src(Addr) @ C, memory: Index(Memory) @ W1A) };
    /// Copies `n` bytes of passive row `data` at `s` to `d`. Traps, before any is written: out of bounds memory access.
    MemoryInit MEMORY_INIT [] Other [] WRITES_MEM | TRAPS | BULK { 0x02c (data: Index(Data) @ W1Lo, d: Src(Addr) @ A, s: Src(Is(I32)) @ B, n: Src(Is(I32)) @ C, memory: Index(Memory) @ W1C) };
    /// Empties passive row `data`.
    DataDrop DATA_DROP [] Other [] WRITES_STATE { 0x02d (data: Index(Data) @ BC) };
    /// `d` becomes the 32 bits at `addr` + `offset`.
    LoadI32 LOAD [I32] Load [I32] READS_MEM | TRAPS { 0x030 short, 0x031 long };
    /// `d` becomes the 8 bits at `addr` + `offset`, sign-extended.
    Load8I32 LOAD8 [I32] Load [I32] READS_MEM | TRAPS { 0x032 short, 0x033 long };
    /// `d` becomes the 8 bits at `addr` + `offset`, zero-extended.
    Load8UI32 LOAD8_U [I32] Load [I32] READS_MEM | TRAPS { 0x034 short, 0x035 long };
    /// `d` becomes the 16 bits at `addr` + `offset`, sign-extended.
    Load16I32 LOAD16 [I32] Load [I32] READS_MEM | TRAPS { 0x036 short, 0x037 long };
    /// `d` becomes the 16 bits at `addr` + `offset`, zero-extended.
    Load16UI32 LOAD16_U [I32] Load [I32] READS_MEM | TRAPS { 0x038 short, 0x039 long };
    /// `d` becomes the 64 bits at `addr` + `offset`.
    LoadI64 LOAD [I64] Load [I64] READS_MEM | TRAPS { 0x03a short, 0x03b long };
    /// `d` becomes the 8 bits at `addr` + `offset`, sign-extended.
    Load8I64 LOAD8 [I64] Load [I64] READS_MEM | TRAPS { 0x03c short, 0x03d long };
    /// `d` becomes the 8 bits at `addr` + `offset`, zero-extended.
    Load8UI64 LOAD8_U [I64] Load [I64] READS_MEM | TRAPS { 0x03e short, 0x03f long };
    /// `d` becomes the 16 bits at `addr` + `offset`, sign-extended.
    Load16I64 LOAD16 [I64] Load [I64] READS_MEM | TRAPS { 0x040 short, 0x041 long };
    /// `d` becomes the 16 bits at `addr` + `offset`, zero-extended.
    Load16UI64 LOAD16_U [I64] Load [I64] READS_MEM | TRAPS { 0x042 short, 0x043 long };
    /// `d` becomes the 32 bits at `addr` + `offset`, sign-extended.
    Load32I64 LOAD32 [I64] Load [I64] READS_MEM | TRAPS { 0x044 short, 0x045 long };
    /// `d` becomes the 32 bits at `addr` + `offset`, zero-extended.
    Load32UI64 LOAD32_U [I64] Load [I64] READS_MEM | TRAPS { 0x046 short, 0x047 long };
    /// `d` becomes the 32 bits at `addr` + `offset`.
    LoadF32 LOAD [F32] Load [F32] READS_MEM | TRAPS { 0x048 short, 0x049 long };
    /// `d` becomes the 64 bits at `addr` + `offset`.
    LoadF64 LOAD [F64] Load [F64] READS_MEM | TRAPS { 0x04a short, 0x04b long };
    /// The 32 bits at `addr` + `offset` become `s`.
    StoreI32 STORE [I32] Store [I32] WRITES_MEM | TRAPS { 0x050 short, 0x051 long };
    /// The 8 bits at `addr` + `offset` become the low bits of `s`.
    Store8I32 STORE8 [I32] Store [I32] WRITES_MEM | TRAPS { 0x052 short, 0x053 long };
    /// The 16 bits at `addr` + `offset` become the low bits of `s`.
    Store16I32 STORE16 [I32] Store [I32] WRITES_MEM | TRAPS { 0x054 short, 0x055 long };
    /// The 64 bits at `addr` + `offset` become `s`.
    StoreI64 STORE [I64] Store [I64] WRITES_MEM | TRAPS { 0x056 short, 0x057 long };
    /// The 8 bits at `addr` + `offset` become the low bits of `s`.
    Store8I64 STORE8 [I64] Store [I64] WRITES_MEM | TRAPS { 0x058 short, 0x059 long };
    /// The 16 bits at `addr` + `offset` become the low bits of `s`.
    Store16I64 STORE16 [I64] Store [I64] WRITES_MEM | TRAPS { 0x05a short, 0x05b long };
    /// The 32 bits at `addr` + `offset` become the low bits of `s`.
    Store32I64 STORE32 [I64] Store [I64] WRITES_MEM | TRAPS { 0x05c short, 0x05d long };
    /// The 32 bits at `addr` + `offset` become `s`.
    StoreF32 STORE [F32] Store [F32] WRITES_MEM | TRAPS { 0x05e short, 0x05f long };
    /// The 64 bits at `addr` + `offset` become `s`.
    StoreF64 STORE [F64] Store [F64] WRITES_MEM | TRAPS { 0x060 short, 0x061 long };

    family Number(NumberOp) "Integers, floating point and conversions.";

    // Integer arithmetic, i32.
    /// `d` becomes `x` + `y`, wrapping.
    AddI32 ADD [I32] Binary [I32] PURE { 0x080 plain, 0x081 short, 0x082 long }: mirror AddI32;
    /// `d` becomes `x` - `y`, wrapping.
    SubI32 SUB [I32] Binary [I32] PURE { 0x083 plain, 0x084 short, 0x085 long };
    /// `d` becomes `x` * `y`, wrapping.
    MulI32 MUL [I32] Binary [I32] PURE { 0x086 plain, 0x087 short, 0x088 long }: mirror MulI32;
    /// `d` becomes `x` / `y`, signed, towards zero. Traps: integer divide by zero, integer overflow.
    DivI32 DIV [I32] Binary [I32] TRAPS { 0x089 plain, 0x08a short, 0x08b long };
    /// `d` becomes `x` / `y`, unsigned. Traps: integer divide by zero.
    DivUI32 DIV_U [I32] Binary [I32] TRAPS { 0x08c plain, 0x08d short, 0x08e long };
    /// `d` becomes the remainder of `x` / `y`, signed, with the sign of `x`; 0 where the quotient overflows. Traps: integer divide by zero.
    RemI32 REM [I32] Binary [I32] TRAPS { 0x08f plain, 0x090 short, 0x091 long };
    /// `d` becomes the remainder of `x` / `y`, unsigned. Traps: integer divide by zero.
    RemUI32 REM_U [I32] Binary [I32] TRAPS { 0x092 plain, 0x093 short, 0x094 long };
    /// `d` becomes `x` and `y`, bit by bit.
    AndI32 AND [I32] Binary [I32] PURE { 0x095 plain, 0x096 short, 0x097 long }: mirror AndI32;
    /// `d` becomes `x` or `y`, bit by bit.
    OrI32 OR [I32] Binary [I32] PURE { 0x098 plain, 0x099 short, 0x09a long }: mirror OrI32;
    /// `d` becomes `x` exclusive-or `y`, bit by bit.
    XorI32 XOR [I32] Binary [I32] PURE { 0x09b plain, 0x09c short, 0x09d long }: mirror XorI32;
    /// `d` becomes `x` shifted left by `y` modulo the width.
    ShlI32 SHL [I32] Binary [I32] PURE { 0x09e plain, 0x09f short, 0x0a0 long };
    /// `d` becomes `x` shifted right by `y` modulo the width, filled with the sign.
    ShrI32 SHR [I32] Binary [I32] PURE { 0x0a1 plain, 0x0a2 short, 0x0a3 long };
    /// `d` becomes `x` shifted right by `y` modulo the width, filled with zeros.
    ShrUI32 SHR_U [I32] Binary [I32] PURE { 0x0a4 plain, 0x0a5 short, 0x0a6 long };
    /// `d` becomes `x` rotated left by `y` modulo the width.
    RotlI32 ROTL [I32] Binary [I32] PURE { 0x0a7 plain, 0x0a8 short, 0x0a9 long };
    /// `d` becomes `x` rotated right by `y` modulo the width.
    RotrI32 ROTR [I32] Binary [I32] PURE { 0x0aa plain, 0x0ab short, 0x0ac long };
    /// `d` becomes `x` + `y`, signed. Traps: integer overflow.
    AddChkI32 ADD_CHK [I32] Binary [I32] TRAPS { 0x0ad plain, 0x0ae short, 0x0af long }: mirror AddChkI32;
    /// `d` becomes `x` - `y`, signed. Traps: integer overflow.
    SubChkI32 SUB_CHK [I32] Binary [I32] TRAPS { 0x0b0 plain, 0x0b1 short, 0x0b2 long };
    /// `d` becomes `x` * `y`, signed. Traps: integer overflow.
    MulChkI32 MUL_CHK [I32] Binary [I32] TRAPS { 0x0b3 plain, 0x0b4 short, 0x0b5 long }: mirror MulChkI32;

    // Integer comparisons, i32.
    /// `d` becomes 1 when `x` equals `y`, else 0.
    EqI32 EQ [I32] Compare [I32] PURE { 0x0b6 plain, 0x0b7 short, 0x0b8 long }: inverse NeI32, mirror EqI32, branch IfEqI32;
    /// `d` becomes 1 when `x` differs from `y`, else 0.
    NeI32 NE [I32] Compare [I32] PURE { 0x0b9 plain, 0x0ba short, 0x0bb long }: inverse EqI32, mirror NeI32, branch IfNeI32;
    /// `d` becomes 1 when `x` is less than `y`, signed, else 0.
    LtI32 LT [I32] Compare [I32] PURE { 0x0bc plain, 0x0bd short, 0x0be long }: inverse GeI32, mirror GtI32, branch IfLtI32;
    /// `d` becomes 1 when `x` is less than `y`, unsigned, else 0.
    LtUI32 LT_U [I32] Compare [I32] PURE { 0x0bf plain, 0x0c0 short, 0x0c1 long }: inverse GeUI32, mirror GtUI32, branch IfLtUI32;
    /// `d` becomes 1 when `x` is at most `y`, signed, else 0.
    LeI32 LE [I32] Compare [I32] PURE { 0x0c2 plain, 0x0c3 short, 0x0c4 long }: inverse GtI32, mirror GeI32, branch IfLeI32;
    /// `d` becomes 1 when `x` is at most `y`, unsigned, else 0.
    LeUI32 LE_U [I32] Compare [I32] PURE { 0x0c5 plain, 0x0c6 short, 0x0c7 long }: inverse GtUI32, mirror GeUI32, branch IfLeUI32;
    /// `d` becomes 1 when `x` is greater than `y`, signed, else 0.
    GtI32 GT [I32] Compare [I32] PURE { 0x0c8 plain, 0x0c9 short, 0x0ca long }: inverse LeI32, mirror LtI32, branch IfGtI32;
    /// `d` becomes 1 when `x` is greater than `y`, unsigned, else 0.
    GtUI32 GT_U [I32] Compare [I32] PURE { 0x0cb plain, 0x0cc short, 0x0cd long }: inverse LeUI32, mirror LtUI32, branch IfGtUI32;
    /// `d` becomes 1 when `x` is at least `y`, signed, else 0.
    GeI32 GE [I32] Compare [I32] PURE { 0x0ce plain, 0x0cf short, 0x0d0 long }: inverse LtI32, mirror LeI32, branch IfGeI32;
    /// `d` becomes 1 when `x` is at least `y`, unsigned, else 0.
    GeUI32 GE_U [I32] Compare [I32] PURE { 0x0d1 plain, 0x0d2 short, 0x0d3 long }: inverse LtUI32, mirror LeUI32, branch IfGeUI32;

    // Integer unary operations, i32.
    /// `d` becomes `x` with every bit inverted.
    NotI32 NOT [I32] Unary [I32 I32] PURE { 0x0d4 plain };
    /// `d` becomes 0 - `x`, wrapping.
    NegI32 NEG [I32] Unary [I32 I32] PURE { 0x0d5 plain };
    /// `d` becomes the number of zero bits above the highest one bit of `x`.
    ClzI32 CLZ [I32] Unary [I32 I32] PURE { 0x0d6 plain };
    /// `d` becomes the number of zero bits below the lowest one bit of `x`.
    CtzI32 CTZ [I32] Unary [I32 I32] PURE { 0x0d7 plain };
    /// `d` becomes the number of one bits of `x`.
    PopcntI32 POPCNT [I32] Unary [I32 I32] PURE { 0x0d8 plain };
    /// `d` becomes the low 8 bits of `x`, sign-extended.
    Extend8I32 EXTEND8 [I32] Unary [I32 I32] PURE { 0x0d9 plain };
    /// `d` becomes the low 16 bits of `x`, sign-extended.
    Extend16I32 EXTEND16 [I32] Unary [I32 I32] PURE { 0x0da plain };

    // Compare and branch, i32.
    /// Continues at `target` when `x` equals `y`.
    IfEqI32 IF_EQ [I32] CompareBranch [I32] ENDS { 0x0db plain, 0x0dc short };
    /// Continues at `target` when `x` differs from `y`.
    IfNeI32 IF_NE [I32] CompareBranch [I32] ENDS { 0x0dd plain, 0x0de short };
    /// Continues at `target` when `x` is less than `y`, signed.
    IfLtI32 IF_LT [I32] CompareBranch [I32] ENDS { 0x0df plain, 0x0e0 short };
    /// Continues at `target` when `x` is less than `y`, unsigned.
    IfLtUI32 IF_LT_U [I32] CompareBranch [I32] ENDS { 0x0e1 plain, 0x0e2 short };
    /// Continues at `target` when `x` is at most `y`, signed.
    IfLeI32 IF_LE [I32] CompareBranch [I32] ENDS { 0x0e3 plain, 0x0e4 short };
    /// Continues at `target` when `x` is at most `y`, unsigned.
    IfLeUI32 IF_LE_U [I32] CompareBranch [I32] ENDS { 0x0e5 plain, 0x0e6 short };
    /// Continues at `target` when `x` is greater than `y`, signed.
    IfGtI32 IF_GT [I32] CompareBranch [I32] ENDS { 0x0e7 plain, 0x0e8 short };
    /// Continues at `target` when `x` is greater than `y`, unsigned.
    IfGtUI32 IF_GT_U [I32] CompareBranch [I32] ENDS { 0x0e9 plain, 0x0ea short };
    /// Continues at `target` when `x` is at least `y`, signed.
    IfGeI32 IF_GE [I32] CompareBranch [I32] ENDS { 0x0eb plain, 0x0ec short };
    /// Continues at `target` when `x` is at least `y`, unsigned.
    IfGeUI32 IF_GE_U [I32] CompareBranch [I32] ENDS { 0x0ed plain, 0x0ee short };

    // Integer arithmetic, i64.
    /// `d` becomes `x` + `y`, wrapping.
    AddI64 ADD [I64] Binary [I64] PURE { 0x140 plain, 0x141 short, 0x142 long }: mirror AddI64;
    /// `d` becomes `x` - `y`, wrapping.
    SubI64 SUB [I64] Binary [I64] PURE { 0x143 plain, 0x144 short, 0x145 long };
    /// `d` becomes `x` * `y`, wrapping.
    MulI64 MUL [I64] Binary [I64] PURE { 0x146 plain, 0x147 short, 0x148 long }: mirror MulI64;
    /// `d` becomes `x` / `y`, signed, towards zero. Traps: integer divide by zero, integer overflow.
    DivI64 DIV [I64] Binary [I64] TRAPS { 0x149 plain, 0x14a short, 0x14b long };
    /// `d` becomes `x` / `y`, unsigned. Traps: integer divide by zero.
    DivUI64 DIV_U [I64] Binary [I64] TRAPS { 0x14c plain, 0x14d short, 0x14e long };
    /// `d` becomes the remainder of `x` / `y`, signed, with the sign of `x`; 0 where the quotient overflows. Traps: integer divide by zero.
    RemI64 REM [I64] Binary [I64] TRAPS { 0x14f plain, 0x150 short, 0x151 long };
    /// `d` becomes the remainder of `x` / `y`, unsigned. Traps: integer divide by zero.
    RemUI64 REM_U [I64] Binary [I64] TRAPS { 0x152 plain, 0x153 short, 0x154 long };
    /// `d` becomes `x` and `y`, bit by bit.
    AndI64 AND [I64] Binary [I64] PURE { 0x155 plain, 0x156 short, 0x157 long }: mirror AndI64;
    /// `d` becomes `x` or `y`, bit by bit.
    OrI64 OR [I64] Binary [I64] PURE { 0x158 plain, 0x159 short, 0x15a long }: mirror OrI64;
    /// `d` becomes `x` exclusive-or `y`, bit by bit.
    XorI64 XOR [I64] Binary [I64] PURE { 0x15b plain, 0x15c short, 0x15d long }: mirror XorI64;
    /// `d` becomes `x` shifted left by `y` modulo the width.
    ShlI64 SHL [I64] Binary [I64] PURE { 0x15e plain, 0x15f short, 0x160 long };
    /// `d` becomes `x` shifted right by `y` modulo the width, filled with the sign.
    ShrI64 SHR [I64] Binary [I64] PURE { 0x161 plain, 0x162 short, 0x163 long };
    /// `d` becomes `x` shifted right by `y` modulo the width, filled with zeros.
    ShrUI64 SHR_U [I64] Binary [I64] PURE { 0x164 plain, 0x165 short, 0x166 long };
    /// `d` becomes `x` rotated left by `y` modulo the width.
    RotlI64 ROTL [I64] Binary [I64] PURE { 0x167 plain, 0x168 short, 0x169 long };
    /// `d` becomes `x` rotated right by `y` modulo the width.
    RotrI64 ROTR [I64] Binary [I64] PURE { 0x16a plain, 0x16b short, 0x16c long };
    /// `d` becomes `x` + `y`, signed. Traps: integer overflow.
    AddChkI64 ADD_CHK [I64] Binary [I64] TRAPS { 0x16d plain, 0x16e short, 0x16f long }: mirror AddChkI64;
    /// `d` becomes `x` - `y`, signed. Traps: integer overflow.
    SubChkI64 SUB_CHK [I64] Binary [I64] TRAPS { 0x170 plain, 0x171 short, 0x172 long };
    /// `d` becomes `x` * `y`, signed. Traps: integer overflow.
    MulChkI64 MUL_CHK [I64] Binary [I64] TRAPS { 0x173 plain, 0x174 short, 0x175 long }: mirror MulChkI64;

    // Integer comparisons, i64.
    /// `d` becomes 1 when `x` equals `y`, else 0.
    EqI64 EQ [I64] Compare [I64] PURE { 0x176 plain, 0x177 short, 0x178 long }: inverse NeI64, mirror EqI64, branch IfEqI64;
    /// `d` becomes 1 when `x` differs from `y`, else 0.
    NeI64 NE [I64] Compare [I64] PURE { 0x179 plain, 0x17a short, 0x17b long }: inverse EqI64, mirror NeI64, branch IfNeI64;
    /// `d` becomes 1 when `x` is less than `y`, signed, else 0.
    LtI64 LT [I64] Compare [I64] PURE { 0x17c plain, 0x17d short, 0x17e long }: inverse GeI64, mirror GtI64, branch IfLtI64;
    /// `d` becomes 1 when `x` is less than `y`, unsigned, else 0.
    LtUI64 LT_U [I64] Compare [I64] PURE { 0x17f plain, 0x180 short, 0x181 long }: inverse GeUI64, mirror GtUI64, branch IfLtUI64;
    /// `d` becomes 1 when `x` is at most `y`, signed, else 0.
    LeI64 LE [I64] Compare [I64] PURE { 0x182 plain, 0x183 short, 0x184 long }: inverse GtI64, mirror GeI64, branch IfLeI64;
    /// `d` becomes 1 when `x` is at most `y`, unsigned, else 0.
    LeUI64 LE_U [I64] Compare [I64] PURE { 0x185 plain, 0x186 short, 0x187 long }: inverse GtUI64, mirror GeUI64, branch IfLeUI64;
    /// `d` becomes 1 when `x` is greater than `y`, signed, else 0.
    GtI64 GT [I64] Compare [I64] PURE { 0x188 plain, 0x189 short, 0x18a long }: inverse LeI64, mirror LtI64, branch IfGtI64;
    /// `d` becomes 1 when `x` is greater than `y`, unsigned, else 0.
    GtUI64 GT_U [I64] Compare [I64] PURE { 0x18b plain, 0x18c short, 0x18d long }: inverse LeUI64, mirror LtUI64, branch IfGtUI64;
    /// `d` becomes 1 when `x` is at least `y`, signed, else 0.
    GeI64 GE [I64] Compare [I64] PURE { 0x18e plain, 0x18f short, 0x190 long }: inverse LtI64, mirror LeI64, branch IfGeI64;
    /// `d` becomes 1 when `x` is at least `y`, unsigned, else 0.
    GeUI64 GE_U [I64] Compare [I64] PURE { 0x191 plain, 0x192 short, 0x193 long }: inverse LtUI64, mirror LeUI64, branch IfGeUI64;

    // Integer unary operations, i64.
    /// `d` becomes `x` with every bit inverted.
    NotI64 NOT [I64] Unary [I64 I64] PURE { 0x194 plain };
    /// `d` becomes 0 - `x`, wrapping.
    NegI64 NEG [I64] Unary [I64 I64] PURE { 0x195 plain };
    /// `d` becomes the number of zero bits above the highest one bit of `x`.
    ClzI64 CLZ [I64] Unary [I64 I64] PURE { 0x196 plain };
    /// `d` becomes the number of zero bits below the lowest one bit of `x`.
    CtzI64 CTZ [I64] Unary [I64 I64] PURE { 0x197 plain };
    /// `d` becomes the number of one bits of `x`.
    PopcntI64 POPCNT [I64] Unary [I64 I64] PURE { 0x198 plain };
    /// `d` becomes the low 8 bits of `x`, sign-extended.
    Extend8I64 EXTEND8 [I64] Unary [I64 I64] PURE { 0x199 plain };
    /// `d` becomes the low 16 bits of `x`, sign-extended.
    Extend16I64 EXTEND16 [I64] Unary [I64 I64] PURE { 0x19a plain };
    /// `d` becomes the low 32 bits of `x`, sign-extended.
    Extend32I64 EXTEND32 [I64] Unary [I64 I64] PURE { 0x19b plain };

    // Compare and branch, i64.
    /// Continues at `target` when `x` equals `y`.
    IfEqI64 IF_EQ [I64] CompareBranch [I64] ENDS { 0x19c plain, 0x19d short };
    /// Continues at `target` when `x` differs from `y`.
    IfNeI64 IF_NE [I64] CompareBranch [I64] ENDS { 0x19e plain, 0x19f short };
    /// Continues at `target` when `x` is less than `y`, signed.
    IfLtI64 IF_LT [I64] CompareBranch [I64] ENDS { 0x1a0 plain, 0x1a1 short };
    /// Continues at `target` when `x` is less than `y`, unsigned.
    IfLtUI64 IF_LT_U [I64] CompareBranch [I64] ENDS { 0x1a2 plain, 0x1a3 short };
    /// Continues at `target` when `x` is at most `y`, signed.
    IfLeI64 IF_LE [I64] CompareBranch [I64] ENDS { 0x1a4 plain, 0x1a5 short };
    /// Continues at `target` when `x` is at most `y`, unsigned.
    IfLeUI64 IF_LE_U [I64] CompareBranch [I64] ENDS { 0x1a6 plain, 0x1a7 short };
    /// Continues at `target` when `x` is greater than `y`, signed.
    IfGtI64 IF_GT [I64] CompareBranch [I64] ENDS { 0x1a8 plain, 0x1a9 short };
    /// Continues at `target` when `x` is greater than `y`, unsigned.
    IfGtUI64 IF_GT_U [I64] CompareBranch [I64] ENDS { 0x1aa plain, 0x1ab short };
    /// Continues at `target` when `x` is at least `y`, signed.
    IfGeI64 IF_GE [I64] CompareBranch [I64] ENDS { 0x1ac plain, 0x1ad short };
    /// Continues at `target` when `x` is at least `y`, unsigned.
    IfGeUI64 IF_GE_U [I64] CompareBranch [I64] ENDS { 0x1ae plain, 0x1af short };

    // Floating point, f32: IEEE 754, rounded to nearest, ties to even; the sign and payload of a NaN made by arithmetic are unspecified.
    /// `d` becomes `x` + `y`.
    AddF32 ADD [F32] Binary [F32] PURE { 0x200 plain }: mirror AddF32;
    /// `d` becomes `x` - `y`.
    SubF32 SUB [F32] Binary [F32] PURE { 0x201 plain };
    /// `d` becomes `x` * `y`.
    MulF32 MUL [F32] Binary [F32] PURE { 0x202 plain }: mirror MulF32;
    /// `d` becomes `x` / `y`.
    DivF32 DIV [F32] Binary [F32] PURE { 0x203 plain };
    /// `d` becomes the lesser of `x` and `y`; NaN when either is, and -0 is less than 0.
    MinF32 MIN [F32] Binary [F32] PURE { 0x204 plain }: mirror MinF32;
    /// `d` becomes the greater of `x` and `y`; NaN when either is, and -0 is less than 0.
    MaxF32 MAX [F32] Binary [F32] PURE { 0x205 plain }: mirror MaxF32;
    /// `d` becomes `x` with the sign of `y`.
    CopysignF32 COPYSIGN [F32] Binary [F32] PURE { 0x206 plain };
    /// `d` becomes 1 when `x` equals `y`, else 0.
    EqF32 EQ [F32] Compare [F32] PURE { 0x207 plain }: inverse NeF32, mirror EqF32;
    /// `d` becomes 1 when `x` differs from `y` or either is NaN, else 0.
    NeF32 NE [F32] Compare [F32] PURE { 0x208 plain }: inverse EqF32, mirror NeF32;
    /// `d` becomes 1 when `x` is less than `y`, else 0.
    LtF32 LT [F32] Compare [F32] PURE { 0x209 plain }: mirror GtF32;
    /// `d` becomes 1 when `x` is at most `y`, else 0.
    LeF32 LE [F32] Compare [F32] PURE { 0x20a plain }: mirror GeF32;
    /// `d` becomes 1 when `x` is greater than `y`, else 0.
    GtF32 GT [F32] Compare [F32] PURE { 0x20b plain }: mirror LtF32;
    /// `d` becomes 1 when `x` is at least `y`, else 0.
    GeF32 GE [F32] Compare [F32] PURE { 0x20c plain }: mirror LeF32;
    /// `d` becomes `x` with the other sign, NaN included.
    NegF32 NEG [F32] Unary [F32 F32] PURE { 0x20d plain };
    /// `d` becomes `x` with a positive sign, NaN included.
    AbsF32 ABS [F32] Unary [F32 F32] PURE { 0x20e plain };
    /// `d` becomes the square root of `x`, correctly rounded.
    SqrtF32 SQRT [F32] Unary [F32 F32] PURE { 0x20f plain };
    /// `d` becomes `x` rounded to an integer upwards.
    CeilF32 CEIL [F32] Unary [F32 F32] PURE { 0x210 plain };
    /// `d` becomes `x` rounded to an integer downwards.
    FloorF32 FLOOR [F32] Unary [F32 F32] PURE { 0x211 plain };
    /// `d` becomes `x` rounded to an integer towards zero.
    TruncF32 TRUNC [F32] Unary [F32 F32] PURE { 0x212 plain };
    /// `d` becomes `x` rounded to the nearest integer, ties to even.
    NearestF32 NEAREST [F32] Unary [F32 F32] PURE { 0x213 plain };

    // Floating point, f64: IEEE 754, rounded to nearest, ties to even; the sign and payload of a NaN made by arithmetic are unspecified.
    /// `d` becomes `x` + `y`.
    AddF64 ADD [F64] Binary [F64] PURE { 0x220 plain }: mirror AddF64;
    /// `d` becomes `x` - `y`.
    SubF64 SUB [F64] Binary [F64] PURE { 0x221 plain };
    /// `d` becomes `x` * `y`.
    MulF64 MUL [F64] Binary [F64] PURE { 0x222 plain }: mirror MulF64;
    /// `d` becomes `x` / `y`.
    DivF64 DIV [F64] Binary [F64] PURE { 0x223 plain };
    /// `d` becomes the lesser of `x` and `y`; NaN when either is, and -0 is less than 0.
    MinF64 MIN [F64] Binary [F64] PURE { 0x224 plain }: mirror MinF64;
    /// `d` becomes the greater of `x` and `y`; NaN when either is, and -0 is less than 0.
    MaxF64 MAX [F64] Binary [F64] PURE { 0x225 plain }: mirror MaxF64;
    /// `d` becomes `x` with the sign of `y`.
    CopysignF64 COPYSIGN [F64] Binary [F64] PURE { 0x226 plain };
    /// `d` becomes 1 when `x` equals `y`, else 0.
    EqF64 EQ [F64] Compare [F64] PURE { 0x227 plain }: inverse NeF64, mirror EqF64;
    /// `d` becomes 1 when `x` differs from `y` or either is NaN, else 0.
    NeF64 NE [F64] Compare [F64] PURE { 0x228 plain }: inverse EqF64, mirror NeF64;
    /// `d` becomes 1 when `x` is less than `y`, else 0.
    LtF64 LT [F64] Compare [F64] PURE { 0x229 plain }: mirror GtF64;
    /// `d` becomes 1 when `x` is at most `y`, else 0.
    LeF64 LE [F64] Compare [F64] PURE { 0x22a plain }: mirror GeF64;
    /// `d` becomes 1 when `x` is greater than `y`, else 0.
    GtF64 GT [F64] Compare [F64] PURE { 0x22b plain }: mirror LtF64;
    /// `d` becomes 1 when `x` is at least `y`, else 0.
    GeF64 GE [F64] Compare [F64] PURE { 0x22c plain }: mirror LeF64;
    /// `d` becomes `x` with the other sign, NaN included.
    NegF64 NEG [F64] Unary [F64 F64] PURE { 0x22d plain };
    /// `d` becomes `x` with a positive sign, NaN included.
    AbsF64 ABS [F64] Unary [F64 F64] PURE { 0x22e plain };
    /// `d` becomes the square root of `x`, correctly rounded.
    SqrtF64 SQRT [F64] Unary [F64 F64] PURE { 0x22f plain };
    /// `d` becomes `x` rounded to an integer upwards.
    CeilF64 CEIL [F64] Unary [F64 F64] PURE { 0x230 plain };
    /// `d` becomes `x` rounded to an integer downwards.
    FloorF64 FLOOR [F64] Unary [F64 F64] PURE { 0x231 plain };
    /// `d` becomes `x` rounded to an integer towards zero.
    TruncF64 TRUNC [F64] Unary [F64 F64] PURE { 0x232 plain };
    /// `d` becomes `x` rounded to the nearest integer, ties to even.
    NearestF64 NEAREST [F64] Unary [F64 F64] PURE { 0x233 plain };

    // Conversions. The first type is the result's, the second the operand's.
    /// `d` becomes the low 32 bits of `x`.
    WrapI32I64 WRAP [I32, I64] Unary [I32 I64] PURE { 0x240 plain };
    /// `d` becomes `x`, sign-extended.
    ExtendI64I32 EXTEND [I64, I32] Unary [I64 I32] PURE { 0x241 plain };
    /// `d` becomes `x`, zero-extended.
    ExtendUI64I32 EXTEND_U [I64, I32] Unary [I64 I32] PURE { 0x242 plain };
    /// `d` becomes `x` rounded towards zero, signed. Traps: invalid conversion to integer for NaN, integer overflow when the result does not fit.
    ToIntI32F32 TO_INT [I32, F32] Unary [I32 F32] TRAPS { 0x243 plain };
    /// `d` becomes `x` rounded towards zero, signed; NaN becomes 0, a result that does not fit the nearest that does.
    ToIntSatI32F32 TO_INT_SAT [I32, F32] Unary [I32 F32] PURE { 0x244 plain };
    /// `d` becomes `x` rounded towards zero, unsigned. Traps: invalid conversion to integer for NaN, integer overflow when the result does not fit.
    ToIntUI32F32 TO_INT_U [I32, F32] Unary [I32 F32] TRAPS { 0x245 plain };
    /// `d` becomes `x` rounded towards zero, unsigned; NaN becomes 0, a result that does not fit the nearest that does.
    ToIntSatUI32F32 TO_INT_SAT_U [I32, F32] Unary [I32 F32] PURE { 0x246 plain };
    /// `d` becomes `x` rounded towards zero, signed. Traps: invalid conversion to integer for NaN, integer overflow when the result does not fit.
    ToIntI32F64 TO_INT [I32, F64] Unary [I32 F64] TRAPS { 0x247 plain };
    /// `d` becomes `x` rounded towards zero, signed; NaN becomes 0, a result that does not fit the nearest that does.
    ToIntSatI32F64 TO_INT_SAT [I32, F64] Unary [I32 F64] PURE { 0x248 plain };
    /// `d` becomes `x` rounded towards zero, unsigned. Traps: invalid conversion to integer for NaN, integer overflow when the result does not fit.
    ToIntUI32F64 TO_INT_U [I32, F64] Unary [I32 F64] TRAPS { 0x249 plain };
    /// `d` becomes `x` rounded towards zero, unsigned; NaN becomes 0, a result that does not fit the nearest that does.
    ToIntSatUI32F64 TO_INT_SAT_U [I32, F64] Unary [I32 F64] PURE { 0x24a plain };
    /// `d` becomes `x` rounded towards zero, signed. Traps: invalid conversion to integer for NaN, integer overflow when the result does not fit.
    ToIntI64F32 TO_INT [I64, F32] Unary [I64 F32] TRAPS { 0x24b plain };
    /// `d` becomes `x` rounded towards zero, signed; NaN becomes 0, a result that does not fit the nearest that does.
    ToIntSatI64F32 TO_INT_SAT [I64, F32] Unary [I64 F32] PURE { 0x24c plain };
    /// `d` becomes `x` rounded towards zero, unsigned. Traps: invalid conversion to integer for NaN, integer overflow when the result does not fit.
    ToIntUI64F32 TO_INT_U [I64, F32] Unary [I64 F32] TRAPS { 0x24d plain };
    /// `d` becomes `x` rounded towards zero, unsigned; NaN becomes 0, a result that does not fit the nearest that does.
    ToIntSatUI64F32 TO_INT_SAT_U [I64, F32] Unary [I64 F32] PURE { 0x24e plain };
    /// `d` becomes `x` rounded towards zero, signed. Traps: invalid conversion to integer for NaN, integer overflow when the result does not fit.
    ToIntI64F64 TO_INT [I64, F64] Unary [I64 F64] TRAPS { 0x24f plain };
    /// `d` becomes `x` rounded towards zero, signed; NaN becomes 0, a result that does not fit the nearest that does.
    ToIntSatI64F64 TO_INT_SAT [I64, F64] Unary [I64 F64] PURE { 0x250 plain };
    /// `d` becomes `x` rounded towards zero, unsigned. Traps: invalid conversion to integer for NaN, integer overflow when the result does not fit.
    ToIntUI64F64 TO_INT_U [I64, F64] Unary [I64 F64] TRAPS { 0x251 plain };
    /// `d` becomes `x` rounded towards zero, unsigned; NaN becomes 0, a result that does not fit the nearest that does.
    ToIntSatUI64F64 TO_INT_SAT_U [I64, F64] Unary [I64 F64] PURE { 0x252 plain };
    /// `d` becomes `x`, signed, rounded to nearest, ties to even.
    ToFloatF32I32 TO_FLOAT [F32, I32] Unary [F32 I32] PURE { 0x253 plain };
    /// `d` becomes `x`, unsigned, rounded to nearest, ties to even.
    ToFloatUF32I32 TO_FLOAT_U [F32, I32] Unary [F32 I32] PURE { 0x254 plain };
    /// `d` becomes `x`, signed, rounded to nearest, ties to even.
    ToFloatF32I64 TO_FLOAT [F32, I64] Unary [F32 I64] PURE { 0x255 plain };
    /// `d` becomes `x`, unsigned, rounded to nearest, ties to even.
    ToFloatUF32I64 TO_FLOAT_U [F32, I64] Unary [F32 I64] PURE { 0x256 plain };
    /// `d` becomes `x`, signed, rounded to nearest, ties to even.
    ToFloatF64I32 TO_FLOAT [F64, I32] Unary [F64 I32] PURE { 0x257 plain };
    /// `d` becomes `x`, unsigned, rounded to nearest, ties to even.
    ToFloatUF64I32 TO_FLOAT_U [F64, I32] Unary [F64 I32] PURE { 0x258 plain };
    /// `d` becomes `x`, signed, rounded to nearest, ties to even.
    ToFloatF64I64 TO_FLOAT [F64, I64] Unary [F64 I64] PURE { 0x259 plain };
    /// `d` becomes `x`, unsigned, rounded to nearest, ties to even.
    ToFloatUF64I64 TO_FLOAT_U [F64, I64] Unary [F64 I64] PURE { 0x25a plain };
    /// `d` becomes `x` exactly.
    PromoteF64F32 PROMOTE [F64, F32] Unary [F64 F32] PURE { 0x25b plain };
    /// `d` becomes `x` rounded to nearest, ties to even.
    DemoteF32F64 DEMOTE [F32, F64] Unary [F32 F64] PURE { 0x25c plain };
    /// `d` becomes the bits of `x`.
    ReinterpretI32F32 REINTERPRET [I32, F32] Unary [I32 F32] PURE { 0x25d plain };
    /// `d` becomes the bits of `x`.
    ReinterpretI64F64 REINTERPRET [I64, F64] Unary [I64 F64] PURE { 0x25e plain };
    /// `d` becomes the bits of `x`.
    ReinterpretF32I32 REINTERPRET [F32, I32] Unary [F32 I32] PURE { 0x25f plain };
    /// `d` becomes the bits of `x`.
    ReinterpretF64I64 REINTERPRET [F64, I64] Unary [F64 I64] PURE { 0x260 plain };

    family Managed(ManagedOp) "References, what they refer to on the managed heap, and calls through them.";

    // References. What they are and which is a subtype of which is WebAssembly 3.0's (docs/format.md, section 2).
    /// `d` becomes `s`, which must not be null. Traps: null reference.
    RefAsNonNull REF_AS_NON_NULL [] Other [] TRAPS { 0x400 (d: Dst(NonNull) @ A, s: Src(Reference) @ B) };
    /// `d` becomes 1 when `x` and `y` are both null, the same small integer or the same object, else 0.
    RefEq REF_EQ [] Other [] PURE { 0x401 (d: Dst(Is(I32)) @ A, x: Src(Is(ValType::EQREF)) @ B, y: Src(Is(ValType::EQREF)) @ C) };
    /// `d` becomes 1 when `s` is a value of type `to`, else 0.
    RefTest REF_TEST [] Other [] PURE { 0x402 (d: Dst(Is(I32)) @ A, s: Src(SameTop) @ B, to: RefType @ W1Lo) };
    /// `d` becomes `s`, which must be a value of type `to`. Traps: cast failure.
    RefCast REF_CAST [] Other [] TRAPS { 0x403 (d: Dst(RefOperand) @ A, s: Src(SameTop) @ B, to: RefType @ W1Lo) };
    /// Continues at `target` when `s` is null; else `d` becomes `s`. `d` is written only where control does not branch.
    BrOnNull BR_ON_NULL [] Other [] ENDS { 0x404 (d: Dst(NonNull) @ A, s: Src(Reference) @ B, target: Label @ W1Lo) };
    /// Continues at `target` when `s` is not a value of type `to`; else `d` becomes `s`. `d` is written only where control does not branch.
    BrOnCastFail BR_ON_CAST_FAIL [] Other [] ENDS { 0x405 (d: Dst(RefOperand) @ A, s: Src(SameTop) @ B, target: Label @ W1Lo, to: RefType @ W1Hi) };
    /// `d` becomes the small integer with the low 31 bits of `s`.
    I31New I31_NEW [] Other [] PURE { 0x406 (d: Dst(Is(ValType::I31)) @ A, s: Src(Is(I32)) @ B) };
    /// `d` becomes the small integer `s`, sign-extended. Traps: null reference.
    I31Get I31_GET [] Other [] TRAPS { 0x407 (d: Dst(Is(I32)) @ A, s: Src(Is(ValType::I31REF)) @ B) };
    /// `d` becomes the small integer `s`, zero-extended. Traps: null reference.
    I31GetU I31_GET_U [] Other [] TRAPS { 0x408 (d: Dst(Is(I32)) @ A, s: Src(Is(ValType::I31REF)) @ B) };
    /// `d` becomes `s` as an object; null stays null. What was an object before it became the host's is that object again.
    AnyOfExtern ANY_OF_EXTERN [] Other [] PURE { 0x409 (d: Dst(AsNullable(ValType::ANYREF)) @ A, s: Src(Is(ValType::EXTERNREF)) @ B) };
    /// `d` becomes `s` as something of the host's; null stays null. What was the host's before it became an object is that again.
    ExternOfAny EXTERN_OF_ANY [] Other [] PURE { 0x40a (d: Dst(AsNullable(ValType::EXTERNREF)) @ A, s: Src(Is(ValType::ANYREF)) @ B) };

    // Structs.
    /// `d` becomes a new struct of type `type` with the fields `fields`; packed fields take the low bits. Traps: heap exhausted.
    StructNew STRUCT_NEW [] Other [] ALLOCATES | SAFEPOINT | TRAPS { 0x410 (type: Index(Type) @ BC, fields: Args(Fields) @ List, d: Results(Fields) @ List) };
    /// `d` becomes a new struct of type `type`, whose fields are 0 or null. Traps: heap exhausted.
    StructNewDefault STRUCT_NEW_DEFAULT [] Other [] ALLOCATES | SAFEPOINT | TRAPS { 0x411 (d: Dst(NewStruct) @ A, type: Index(Type) @ BC) };
    /// `d` becomes field `field` of `s`. Traps: null reference.
    StructGet STRUCT_GET [] Other [] READS_HEAP | TRAPS { 0x412 (d: Dst(FieldType) @ A, s: Src(Struct) @ B, field: Field @ C) };
    /// `d` becomes packed field `field` of `s`, sign-extended. Traps: null reference.
    StructGetS STRUCT_GET_S [] Other [] READS_HEAP | TRAPS { 0x413 (d: Dst(FieldType) @ A, s: Src(Struct) @ B, field: Field @ C) };
    /// `d` becomes packed field `field` of `s`, zero-extended. Traps: null reference.
    StructGetU STRUCT_GET_U [] Other [] READS_HEAP | TRAPS { 0x414 (d: Dst(FieldType) @ A, s: Src(Struct) @ B, field: Field @ C) };
    /// Field `field` of `s` becomes `v`; a packed field takes the low bits. Traps: null reference.
    StructSet STRUCT_SET [] Other [] WRITES_HEAP | TRAPS { 0x415 (s: Src(Struct) @ B, field: Field @ C, v: Src(FieldType) @ A) };

    // Arrays. Lengths and indexes are unsigned. A range that reaches beyond its array, data row or segment traps before anything is written.
    /// `d` becomes a new array of type `type` with `n` elements `v`. Traps: allocation too large, heap exhausted.
    ArrayNew ARRAY_NEW [] Other [] ALLOCATES | SAFEPOINT | TRAPS | BULK { 0x420 (d: Dst(NewArray) @ A, type: Index(Type) @ W1Lo, v: Src(ElementOfType) @ B, n: Src(Is(I32)) @ C) };
    /// `d` becomes a new array of type `type` with `n` elements, which are 0 or null. Traps: allocation too large, heap exhausted.
    ArrayNewDefault ARRAY_NEW_DEFAULT [] Other [] ALLOCATES | SAFEPOINT | TRAPS | BULK { 0x421 (d: Dst(NewArray) @ A, type: Index(Type) @ W1Lo, n: Src(Is(I32)) @ B) };
    /// `d` becomes a new array of type `type` with the elements `items`, of which there are `n`. Traps: heap exhausted.
    ArrayNewFixed ARRAY_NEW_FIXED [] Other [] ALLOCATES | SAFEPOINT | TRAPS | BULK { 0x422 (type: Index(Type) @ BC, n: Count @ W1Lo, items: Args(Items) @ List, d: Results(Items) @ List) };
    /// `d` becomes a new array of type `type` with `n` elements from byte `s` of `data`, little-endian. Traps: out of bounds memory access, allocation too large, heap exhausted.
    ArrayNewData ARRAY_NEW_DATA [] Other [] ALLOCATES | SAFEPOINT | TRAPS | BULK | READS_STATE { 0x423 (d: Dst(NewArray) @ A, type: Index(Type) @ W1Lo, data: Index(Data) @ W1Hi, s: Src(Is(I32)) @ B, n: Src(Is(I32)) @ C) };
    /// `d` becomes a new array of type `type` with `n` items of segment `elem` from `s` on. Traps: out of bounds table access, allocation too large, heap exhausted.
    ArrayNewElem ARRAY_NEW_ELEM [] Other [] ALLOCATES | SAFEPOINT | TRAPS | BULK | READS_STATE { 0x424 (d: Dst(NewArray) @ A, type: Index(Type) @ W1Lo, elem: Index(Elem) @ W1Hi, s: Src(Is(I32)) @ B, n: Src(Is(I32)) @ C) };
    /// `d` becomes element `i` of `a`. Traps: null reference, out of bounds array access.
    ArrayGet ARRAY_GET [] Other [] READS_HEAP | TRAPS { 0x425 (d: Dst(Element) @ A, a: Src(Array) @ B, i: Src(Is(I32)) @ C) };
    /// `d` becomes packed element `i` of `a`, sign-extended. Traps: null reference, out of bounds array access.
    ArrayGetS ARRAY_GET_S [] Other [] READS_HEAP | TRAPS { 0x426 (d: Dst(Element) @ A, a: Src(Array) @ B, i: Src(Is(I32)) @ C) };
    /// `d` becomes packed element `i` of `a`, zero-extended. Traps: null reference, out of bounds array access.
    ArrayGetU ARRAY_GET_U [] Other [] READS_HEAP | TRAPS { 0x427 (d: Dst(Element) @ A, a: Src(Array) @ B, i: Src(Is(I32)) @ C) };
    /// Element `i` of `a` becomes `v`; a packed element takes the low bits. Traps: null reference, out of bounds array access.
    ArraySet ARRAY_SET [] Other [] WRITES_HEAP | TRAPS { 0x428 (a: Src(Array) @ B, i: Src(Is(I32)) @ C, v: Src(Element) @ A) };
    /// `d` becomes the number of elements of `a`. Traps: null reference.
    ArrayLen ARRAY_LEN [] Other [] READS_HEAP | TRAPS { 0x429 (d: Dst(Is(I32)) @ A, a: Src(Is(ValType::ARRAYREF)) @ B) };
    /// The `n` elements of `a` from `i` become `v`. Traps: null reference, out of bounds array access.
    ArrayFill ARRAY_FILL [] Other [] WRITES_HEAP | TRAPS | BULK { 0x42a (a: Src(Array) @ A, i: Src(Is(I32)) @ B, v: Src(Element) @ C, n: Src(Is(I32)) @ W1A) };
    /// Copies `n` elements of `from` at `j` to `a` at `i`, as if by way of a buffer. Traps: null reference, out of bounds array access.
    ArrayCopy ARRAY_COPY [] Other [] READS_HEAP | WRITES_HEAP | TRAPS | BULK { 0x42b (a: Src(Array) @ A, i: Src(Is(I32)) @ B, from: Src(Array) @ C, j: Src(Is(I32)) @ W1A, n: Src(Is(I32)) @ W1B) };
    /// The `n` elements of `a` from `i` are read from byte `s` of `data` on, little-endian. Traps: null reference, out of bounds array access, out of bounds memory access.
    ArrayInitData ARRAY_INIT_DATA [] Other [] WRITES_HEAP | TRAPS | BULK | READS_STATE { 0x42c (a: Src(Array) @ A, i: Src(Is(I32)) @ B, data: Index(Data) @ W1Hi, s: Src(Is(I32)) @ C, n: Src(Is(I32)) @ W1A) };
    /// Copies `n` items of segment `elem` at `s` to `a` at `i`. Traps: null reference, out of bounds array access, out of bounds table access.
    ArrayInitElem ARRAY_INIT_ELEM [] Other [] WRITES_HEAP | TRAPS | BULK | READS_STATE { 0x42d (a: Src(Array) @ A, i: Src(Is(I32)) @ B, elem: Index(Elem) @ W1Hi, s: Src(Is(I32)) @ C, n: Src(Is(I32)) @ W1A) };
    /// The `n` bytes of memory from `addr` become the elements of `a` from `i`. Traps: null reference, out of bounds array access, out of bounds memory access.
    ArrayToMemory ARRAY_TO_MEMORY [] Other [] READS_HEAP | WRITES_MEM | TRAPS | BULK { 0x42e (addr: Src(Addr) @ A, a: Src(ByteArray) @ B, i: Src(Is(I32)) @ C, n: Src(Is(I32)) @ W1A, memory: Index(Memory) @ W1C) };
    /// The `n` elements of `a` from `i` become the bytes of memory from `addr`. Traps: null reference, out of bounds array access, out of bounds memory access.
    MemoryToArray MEMORY_TO_ARRAY [] Other [] WRITES_HEAP | READS_MEM | TRAPS | BULK { 0x42f (a: Src(ByteArray) @ A, i: Src(Is(I32)) @ B, addr: Src(Addr) @ C, n: Src(Is(I32)) @ W1A, memory: Index(Memory) @ W1C) };

    // Calls through references.
    /// Calls `f`. Traps: null reference.
    CallRef CALL_REF [] Other [] CALLS | TRAPS | SAFEPOINT | THROWS { 0x440 (f: Src(Function) @ B, args: Args(Register) @ List, results: Results(Register) @ List) };
    /// Leaves the function and calls `f` in its place; its results are those of the function, or subtypes. Traps: null reference.
    TailCallRef TAIL_CALL_REF [] Other [] CALLS | TRAPS | SAFEPOINT | THROWS | ENDS | STOPS { 0x441 (f: Src(Function) @ B, args: Args(Register) @ List) };
}
