//! The op table: the one definition of each instruction.
//!
//! A row gives the opcode number, the variant's name, the mnemonic and the type
//! suffix of the text form, the operands in the order of the text form (name,
//! role and the field of the encoding that holds it), the effects, and what the
//! instruction does. Everything that has to know an instruction's shape reads it
//! here: encoder, decoder, printer, parser, JSON, verifier, index remapping, the
//! engines' exhaustive matches and `docs/instructions.md`.
//!
//! Rows with one mnemonic and suffix are *forms* of one instruction. A form with a
//! wider immediate stands directly after the narrower one, which is required
//! wherever the value fits it ([`OpInfo::narrower`]).

use super::Effects;
use super::row::{Field::*, OpInfo, Operand, Role, Signature::*, Ty::*};
use super::space::IndexSpace::*;
use super::types::ValType::*;

macro_rules! ops {
    ($(
        #[doc = $doc:literal]
        $number:literal $name:ident $mnemonic:ident [$($suffix:ident),*]
        ($($operand:ident : $role:ident $(($($arg:tt)*))? @ $field:ident),*)
        $($effect:ident)|+;
    )*) => {
        /// An instruction form; the discriminant is its opcode number.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        pub enum Op {
            $(#[doc = $doc] $name = $number,)*
        }

        impl Op {
            /// Every row, by ascending opcode number.
            pub const ALL: &[Op] = &[$(Op::$name),*];
        }

        /// The rows, in the order of [`Op::ALL`].
        pub(super) static ROWS: [OpInfo; Op::ALL.len()] = [$(
            OpInfo {
                op: Op::$name,
                name: stringify!($name),
                mnemonic: stringify!($mnemonic),
                suffix: &[$($suffix),*],
                operands: &[$(Operand {
                    name: stringify!($operand),
                    role: Role::$role $(($($arg)*))?,
                    field: $field,
                }),*],
                effects: Effects::NONE $(.and(Effects::$effect))+,
                doc: $doc,
            },
        )*];
    };
}

ops! {

    // Control flow.
    /// Continues at `target`.
    0x001 Jump JUMP [] (target: Label @ BC) ENDS | STOPS;
    /// Continues at `target` when `cond` is not zero.
    0x002 IfI32 IF [I32] (cond: Src(Is(I32)) @ A, target: Label @ BC) ENDS;
    /// Continues at `target` when `cond` is not zero.
    0x003 IfI64 IF [I64] (cond: Src(Is(I64)) @ A, target: Label @ BC) ENDS;
    /// Continues at `target` when `cond` is zero.
    0x004 IfNotI32 IF_NOT [I32] (cond: Src(Is(I32)) @ A, target: Label @ BC) ENDS;
    /// Continues at `target` when `cond` is zero.
    0x005 IfNotI64 IF_NOT [I64] (cond: Src(Is(I64)) @ A, target: Label @ BC) ENDS;
    /// Continues at target number `index`, taken as unsigned, or at the last target when there are not so many.
    0x006 SwitchI32 SWITCH [I32] (index: Src(Is(I32)) @ A, targets: Targets @ List) ENDS | STOPS;
    /// Continues at target number `index`, taken as unsigned, or at the last target when there are not so many.
    0x007 SwitchI64 SWITCH [I64] (index: Src(Is(I64)) @ A, targets: Targets @ List) ENDS | STOPS;
    /// Calls `callee`.
    0x008 Call CALL [] (callee: Index(Func) @ BC, args: Args(Callee) @ List, results: Results(Callee) @ List) CALLS | TRAPS | SAFEPOINT | THROWS;
    /// Calls element `index` of `table`, which must be a function of exactly type `type`. Traps: undefined element when `index` is outside the table, uninitialized element when it is null, indirect call type mismatch.
    0x009 CallIndirect CALL_INDIRECT [] (table: Index(Table) @ W1Hi, index: Src(TableIndex(0)) @ B, type: Index(Type) @ W1Lo, args: Args(TypeOperand) @ List, results: Results(TypeOperand) @ List) CALLS | TRAPS | SAFEPOINT | THROWS | READS_STATE;
    /// Leaves the function and calls `callee` in its place; the result types of both are the same.
    0x00a TailCall TAIL_CALL [] (callee: Index(Func) @ BC, args: Args(Callee) @ List) CALLS | TRAPS | SAFEPOINT | THROWS | ENDS | STOPS;
    /// Leaves the function and calls element `index` of `table` in its place. Traps as CALL_INDIRECT.
    0x00b TailCallIndirect TAIL_CALL_INDIRECT [] (table: Index(Table) @ W1Hi, index: Src(TableIndex(0)) @ B, type: Index(Type) @ W1Lo, args: Args(TypeOperand) @ List) CALLS | TRAPS | SAFEPOINT | THROWS | READS_STATE | ENDS | STOPS;
    /// Leaves a function that has no results.
    0x00c Return RETURN [] () ENDS | STOPS;
    /// Leaves a function that has one result with `value`.
    0x00d Return1 RETURN [] (value: Src(Result) @ A) ENDS | STOPS;
    /// Leaves a function that has two or more results with `values`.
    0x00e ReturnN RETURN [] (values: Args(Own) @ List) ENDS | STOPS;
    /// Traps with `kind`.
    0x00f Trap TRAP [] (kind: TrapKind @ A) TRAPS | ENDS | STOPS;

    // Constants and moves.
    /// `d` becomes `value`.
    0x010 ConstI32 LOAD_CONST [I32] (d: Dst(Is(I32)) @ A, value: Imm(I32) @ BC) PURE;
    /// `d` becomes `value`, which fits in 32 bits signed.
    0x011 ConstI64 LOAD_CONST [I64] (d: Dst(Is(I64)) @ A, value: Imm(I64) @ BC) PURE;
    /// `d` becomes `value`.
    0x012 ConstI64W LOAD_CONST [I64] (d: Dst(Is(I64)) @ A, value: Imm(I64) @ W1) PURE;
    /// `d` becomes the number with the bits `value`.
    0x013 ConstF32 LOAD_CONST [F32] (d: Dst(Is(F32)) @ A, value: Imm(F32) @ BC) PURE;
    /// `d` becomes the number with the bits `value`.
    0x014 ConstF64 LOAD_CONST [F64] (d: Dst(Is(F64)) @ A, value: Imm(F64) @ W1) PURE;
    /// `d` becomes `s`.
    0x015 Move MOVE [] (d: Dst(Any) @ A, s: Src(Any) @ B) PURE;
    /// `d` becomes `x` when `cond` is not zero, else `y`.
    0x016 Select SELECT [] (d: Dst(Any) @ A, cond: Src(Is(I32)) @ W1A, x: Src(Any) @ B, y: Src(Any) @ C) PURE;
    /// `d` becomes the null reference.
    0x017 RefNull REF_NULL [] (d: Dst(AnyRef) @ A) PURE;
    /// `d` becomes a reference to `function`.
    0x018 RefFunc REF_FUNC [] (d: Dst(Is(FuncRef)) @ A, function: Index(Func) @ BC) PURE;
    /// `d` becomes 1 when `s` is null, else 0.
    0x019 RefIsNull REF_IS_NULL [] (d: Dst(Is(I32)) @ A, s: Src(AnyRef) @ B) PURE;
    /// `d` becomes the address of `data`.
    0x01a DataAddr DATA_ADDR [] (d: Dst(Addr) @ A, data: Index(Data) @ BC) PURE;
    /// `d` becomes the address of `data` plus `addend`, wrapping to the width of `d`.
    0x01b DataAddrW DATA_ADDR [] (d: Dst(Addr) @ A, data: Index(Data) @ BC, addend: Addend @ W1) PURE;

    // Globals.
    /// `d` becomes the value of `global`.
    0x01c GlobalGet GLOBAL_GET [] (d: Dst(GlobalType) @ A, global: Index(Global) @ BC) READS_STATE;
    /// `global` becomes `s`. The global must be mutable, or the function an initialiser.
    0x01d GlobalSet GLOBAL_SET [] (global: Index(Global) @ BC, s: Src(GlobalType) @ A) WRITES_STATE;

    // Tables.
    /// `d` becomes element `index` of `table`. Traps: out of bounds table access.
    0x020 TableGet TABLE_GET [] (d: Dst(TableElem(0)) @ A, table: Index(Table) @ W1Lo, index: Src(TableIndex(0)) @ B) READS_STATE | TRAPS;
    /// Element `index` of `table` becomes `s`. Traps: out of bounds table access.
    0x021 TableSet TABLE_SET [] (table: Index(Table) @ W1Lo, index: Src(TableIndex(0)) @ A, s: Src(TableElem(0)) @ B) WRITES_STATE | TRAPS;
    /// `d` becomes the number of elements of `table`.
    0x022 TableSize TABLE_SIZE [] (d: Dst(TableIndex(0)) @ A, table: Index(Table) @ BC) READS_STATE;
    /// Appends `n` elements `s` to `table`; `d` becomes the former number of elements, or -1 when the table cannot grow so far.
    0x023 TableGrow TABLE_GROW [] (d: Dst(TableIndex(0)) @ A, table: Index(Table) @ W1Lo, s: Src(TableElem(0)) @ B, n: Src(TableIndex(0)) @ C) READS_STATE | WRITES_STATE | ALLOCATES | BULK;
    /// The `n` elements of `table` from `i` become `s`. Traps, before any is written: out of bounds table access.
    0x024 TableFill TABLE_FILL [] (table: Index(Table) @ W1Lo, i: Src(TableIndex(0)) @ A, s: Src(TableElem(0)) @ B, n: Src(TableIndex(0)) @ C) WRITES_STATE | TRAPS | BULK;
    /// Copies `n` elements of table `from` at `s` to `table` at `d`, as if by way of a buffer. Traps, before any is written: out of bounds table access.
    0x025 TableCopy TABLE_COPY [] (table: Index(Table) @ W1Lo, from: Index(Table) @ W1Hi, d: Src(TableIndex(0)) @ A, s: Src(TableIndex(1)) @ B, n: Src(TableLen) @ C) READS_STATE | WRITES_STATE | TRAPS | BULK;
    /// Copies `n` elements of segment `elem` at `s` to `table` at `d`. Traps, before any is written: out of bounds table access.
    0x026 TableInit TABLE_INIT [] (table: Index(Table) @ W1Hi, elem: Index(Elem) @ W1Lo, d: Src(TableIndex(0)) @ A, s: Src(Is(I32)) @ B, n: Src(Is(I32)) @ C) WRITES_STATE | TRAPS | BULK;
    /// Empties segment `elem`.
    0x027 ElemDrop ELEM_DROP [] (elem: Index(Elem) @ BC) WRITES_STATE;

    // Memory. An address is the base register, unsigned, plus the offset, without wrapping; an access outside the memory traps: out of bounds memory access.
    /// `d` becomes the size of the memory in pages of 64 KiB.
    0x028 MemorySize MEMORY_SIZE [] (d: Dst(Addr) @ A, memory: Index(Memory) @ C) READS_MEM;
    /// Grows the memory by `n` pages of zeros; `d` becomes the former size in pages, or -1 when the memory cannot grow so far.
    0x029 MemoryGrow MEMORY_GROW [] (d: Dst(Addr) @ A, n: Src(Addr) @ B, memory: Index(Memory) @ C) READS_MEM | WRITES_MEM | ALLOCATES;
    /// Copies `n` bytes from `s` to `d`, as if by way of a buffer. Traps, before any is written: out of bounds memory access.
    0x02a MemoryCopy MEMORY_COPY [] (d: Src(Addr) @ A, s: Src(Addr) @ B, n: Src(Addr) @ C, memory: Index(Memory) @ W1A, from: Index(Memory) @ W1B) READS_MEM | WRITES_MEM | TRAPS | BULK;
    /// The `n` bytes from `d` become the low 8 bits of `s`. Traps, before any is written: out of bounds memory access.
    0x02b MemoryFill MEMORY_FILL [] (d: Src(Addr) @ A, s: Src(Is(I32)) @ B, n: Src(Addr) @ C, memory: Index(Memory) @ W1A) WRITES_MEM | TRAPS | BULK;
    /// Copies `n` bytes of passive row `data` at `s` to `d`. Traps, before any is written: out of bounds memory access.
    0x02c MemoryInit MEMORY_INIT [] (data: Index(Data) @ W1Lo, d: Src(Addr) @ A, s: Src(Is(I32)) @ B, n: Src(Is(I32)) @ C, memory: Index(Memory) @ W1C) WRITES_MEM | TRAPS | BULK;
    /// Empties passive row `data`.
    0x02d DataDrop DATA_DROP [] (data: Index(Data) @ BC) WRITES_STATE;
    /// `d` becomes the 32 bits at `addr` + `offset`.
    0x030 LoadI32 LOAD [I32] (d: Dst(Is(I32)) @ A, addr: Src(Addr) @ B, offset: Offset @ C) READS_MEM | TRAPS;
    /// `d` becomes the 32 bits at `addr` + `offset`.
    0x031 LoadI32W LOAD [I32] (d: Dst(Is(I32)) @ A, addr: Src(Addr) @ B, offset: Offset @ W1, memory: Index(Memory) @ C) READS_MEM | TRAPS;
    /// `d` becomes the 8 bits at `addr` + `offset`, sign-extended.
    0x032 Load8I32 LOAD8 [I32] (d: Dst(Is(I32)) @ A, addr: Src(Addr) @ B, offset: Offset @ C) READS_MEM | TRAPS;
    /// `d` becomes the 8 bits at `addr` + `offset`, sign-extended.
    0x033 Load8I32W LOAD8 [I32] (d: Dst(Is(I32)) @ A, addr: Src(Addr) @ B, offset: Offset @ W1, memory: Index(Memory) @ C) READS_MEM | TRAPS;
    /// `d` becomes the 8 bits at `addr` + `offset`, zero-extended.
    0x034 Load8UI32 LOAD8_U [I32] (d: Dst(Is(I32)) @ A, addr: Src(Addr) @ B, offset: Offset @ C) READS_MEM | TRAPS;
    /// `d` becomes the 8 bits at `addr` + `offset`, zero-extended.
    0x035 Load8UI32W LOAD8_U [I32] (d: Dst(Is(I32)) @ A, addr: Src(Addr) @ B, offset: Offset @ W1, memory: Index(Memory) @ C) READS_MEM | TRAPS;
    /// `d` becomes the 16 bits at `addr` + `offset`, sign-extended.
    0x036 Load16I32 LOAD16 [I32] (d: Dst(Is(I32)) @ A, addr: Src(Addr) @ B, offset: Offset @ C) READS_MEM | TRAPS;
    /// `d` becomes the 16 bits at `addr` + `offset`, sign-extended.
    0x037 Load16I32W LOAD16 [I32] (d: Dst(Is(I32)) @ A, addr: Src(Addr) @ B, offset: Offset @ W1, memory: Index(Memory) @ C) READS_MEM | TRAPS;
    /// `d` becomes the 16 bits at `addr` + `offset`, zero-extended.
    0x038 Load16UI32 LOAD16_U [I32] (d: Dst(Is(I32)) @ A, addr: Src(Addr) @ B, offset: Offset @ C) READS_MEM | TRAPS;
    /// `d` becomes the 16 bits at `addr` + `offset`, zero-extended.
    0x039 Load16UI32W LOAD16_U [I32] (d: Dst(Is(I32)) @ A, addr: Src(Addr) @ B, offset: Offset @ W1, memory: Index(Memory) @ C) READS_MEM | TRAPS;
    /// `d` becomes the 64 bits at `addr` + `offset`.
    0x03a LoadI64 LOAD [I64] (d: Dst(Is(I64)) @ A, addr: Src(Addr) @ B, offset: Offset @ C) READS_MEM | TRAPS;
    /// `d` becomes the 64 bits at `addr` + `offset`.
    0x03b LoadI64W LOAD [I64] (d: Dst(Is(I64)) @ A, addr: Src(Addr) @ B, offset: Offset @ W1, memory: Index(Memory) @ C) READS_MEM | TRAPS;
    /// `d` becomes the 8 bits at `addr` + `offset`, sign-extended.
    0x03c Load8I64 LOAD8 [I64] (d: Dst(Is(I64)) @ A, addr: Src(Addr) @ B, offset: Offset @ C) READS_MEM | TRAPS;
    /// `d` becomes the 8 bits at `addr` + `offset`, sign-extended.
    0x03d Load8I64W LOAD8 [I64] (d: Dst(Is(I64)) @ A, addr: Src(Addr) @ B, offset: Offset @ W1, memory: Index(Memory) @ C) READS_MEM | TRAPS;
    /// `d` becomes the 8 bits at `addr` + `offset`, zero-extended.
    0x03e Load8UI64 LOAD8_U [I64] (d: Dst(Is(I64)) @ A, addr: Src(Addr) @ B, offset: Offset @ C) READS_MEM | TRAPS;
    /// `d` becomes the 8 bits at `addr` + `offset`, zero-extended.
    0x03f Load8UI64W LOAD8_U [I64] (d: Dst(Is(I64)) @ A, addr: Src(Addr) @ B, offset: Offset @ W1, memory: Index(Memory) @ C) READS_MEM | TRAPS;
    /// `d` becomes the 16 bits at `addr` + `offset`, sign-extended.
    0x040 Load16I64 LOAD16 [I64] (d: Dst(Is(I64)) @ A, addr: Src(Addr) @ B, offset: Offset @ C) READS_MEM | TRAPS;
    /// `d` becomes the 16 bits at `addr` + `offset`, sign-extended.
    0x041 Load16I64W LOAD16 [I64] (d: Dst(Is(I64)) @ A, addr: Src(Addr) @ B, offset: Offset @ W1, memory: Index(Memory) @ C) READS_MEM | TRAPS;
    /// `d` becomes the 16 bits at `addr` + `offset`, zero-extended.
    0x042 Load16UI64 LOAD16_U [I64] (d: Dst(Is(I64)) @ A, addr: Src(Addr) @ B, offset: Offset @ C) READS_MEM | TRAPS;
    /// `d` becomes the 16 bits at `addr` + `offset`, zero-extended.
    0x043 Load16UI64W LOAD16_U [I64] (d: Dst(Is(I64)) @ A, addr: Src(Addr) @ B, offset: Offset @ W1, memory: Index(Memory) @ C) READS_MEM | TRAPS;
    /// `d` becomes the 32 bits at `addr` + `offset`, sign-extended.
    0x044 Load32I64 LOAD32 [I64] (d: Dst(Is(I64)) @ A, addr: Src(Addr) @ B, offset: Offset @ C) READS_MEM | TRAPS;
    /// `d` becomes the 32 bits at `addr` + `offset`, sign-extended.
    0x045 Load32I64W LOAD32 [I64] (d: Dst(Is(I64)) @ A, addr: Src(Addr) @ B, offset: Offset @ W1, memory: Index(Memory) @ C) READS_MEM | TRAPS;
    /// `d` becomes the 32 bits at `addr` + `offset`, zero-extended.
    0x046 Load32UI64 LOAD32_U [I64] (d: Dst(Is(I64)) @ A, addr: Src(Addr) @ B, offset: Offset @ C) READS_MEM | TRAPS;
    /// `d` becomes the 32 bits at `addr` + `offset`, zero-extended.
    0x047 Load32UI64W LOAD32_U [I64] (d: Dst(Is(I64)) @ A, addr: Src(Addr) @ B, offset: Offset @ W1, memory: Index(Memory) @ C) READS_MEM | TRAPS;
    /// `d` becomes the 32 bits at `addr` + `offset`.
    0x048 LoadF32 LOAD [F32] (d: Dst(Is(F32)) @ A, addr: Src(Addr) @ B, offset: Offset @ C) READS_MEM | TRAPS;
    /// `d` becomes the 32 bits at `addr` + `offset`.
    0x049 LoadF32W LOAD [F32] (d: Dst(Is(F32)) @ A, addr: Src(Addr) @ B, offset: Offset @ W1, memory: Index(Memory) @ C) READS_MEM | TRAPS;
    /// `d` becomes the 64 bits at `addr` + `offset`.
    0x04a LoadF64 LOAD [F64] (d: Dst(Is(F64)) @ A, addr: Src(Addr) @ B, offset: Offset @ C) READS_MEM | TRAPS;
    /// `d` becomes the 64 bits at `addr` + `offset`.
    0x04b LoadF64W LOAD [F64] (d: Dst(Is(F64)) @ A, addr: Src(Addr) @ B, offset: Offset @ W1, memory: Index(Memory) @ C) READS_MEM | TRAPS;
    /// The 32 bits at `addr` + `offset` become `s`.
    0x050 StoreI32 STORE [I32] (addr: Src(Addr) @ B, offset: Offset @ C, s: Src(Is(I32)) @ A) WRITES_MEM | TRAPS;
    /// The 32 bits at `addr` + `offset` become `s`.
    0x051 StoreI32W STORE [I32] (addr: Src(Addr) @ B, offset: Offset @ W1, s: Src(Is(I32)) @ A, memory: Index(Memory) @ C) WRITES_MEM | TRAPS;
    /// The 8 bits at `addr` + `offset` become the low bits of `s`.
    0x052 Store8I32 STORE8 [I32] (addr: Src(Addr) @ B, offset: Offset @ C, s: Src(Is(I32)) @ A) WRITES_MEM | TRAPS;
    /// The 8 bits at `addr` + `offset` become the low bits of `s`.
    0x053 Store8I32W STORE8 [I32] (addr: Src(Addr) @ B, offset: Offset @ W1, s: Src(Is(I32)) @ A, memory: Index(Memory) @ C) WRITES_MEM | TRAPS;
    /// The 16 bits at `addr` + `offset` become the low bits of `s`.
    0x054 Store16I32 STORE16 [I32] (addr: Src(Addr) @ B, offset: Offset @ C, s: Src(Is(I32)) @ A) WRITES_MEM | TRAPS;
    /// The 16 bits at `addr` + `offset` become the low bits of `s`.
    0x055 Store16I32W STORE16 [I32] (addr: Src(Addr) @ B, offset: Offset @ W1, s: Src(Is(I32)) @ A, memory: Index(Memory) @ C) WRITES_MEM | TRAPS;
    /// The 64 bits at `addr` + `offset` become `s`.
    0x056 StoreI64 STORE [I64] (addr: Src(Addr) @ B, offset: Offset @ C, s: Src(Is(I64)) @ A) WRITES_MEM | TRAPS;
    /// The 64 bits at `addr` + `offset` become `s`.
    0x057 StoreI64W STORE [I64] (addr: Src(Addr) @ B, offset: Offset @ W1, s: Src(Is(I64)) @ A, memory: Index(Memory) @ C) WRITES_MEM | TRAPS;
    /// The 8 bits at `addr` + `offset` become the low bits of `s`.
    0x058 Store8I64 STORE8 [I64] (addr: Src(Addr) @ B, offset: Offset @ C, s: Src(Is(I64)) @ A) WRITES_MEM | TRAPS;
    /// The 8 bits at `addr` + `offset` become the low bits of `s`.
    0x059 Store8I64W STORE8 [I64] (addr: Src(Addr) @ B, offset: Offset @ W1, s: Src(Is(I64)) @ A, memory: Index(Memory) @ C) WRITES_MEM | TRAPS;
    /// The 16 bits at `addr` + `offset` become the low bits of `s`.
    0x05a Store16I64 STORE16 [I64] (addr: Src(Addr) @ B, offset: Offset @ C, s: Src(Is(I64)) @ A) WRITES_MEM | TRAPS;
    /// The 16 bits at `addr` + `offset` become the low bits of `s`.
    0x05b Store16I64W STORE16 [I64] (addr: Src(Addr) @ B, offset: Offset @ W1, s: Src(Is(I64)) @ A, memory: Index(Memory) @ C) WRITES_MEM | TRAPS;
    /// The 32 bits at `addr` + `offset` become the low bits of `s`.
    0x05c Store32I64 STORE32 [I64] (addr: Src(Addr) @ B, offset: Offset @ C, s: Src(Is(I64)) @ A) WRITES_MEM | TRAPS;
    /// The 32 bits at `addr` + `offset` become the low bits of `s`.
    0x05d Store32I64W STORE32 [I64] (addr: Src(Addr) @ B, offset: Offset @ W1, s: Src(Is(I64)) @ A, memory: Index(Memory) @ C) WRITES_MEM | TRAPS;
    /// The 32 bits at `addr` + `offset` become `s`.
    0x05e StoreF32 STORE [F32] (addr: Src(Addr) @ B, offset: Offset @ C, s: Src(Is(F32)) @ A) WRITES_MEM | TRAPS;
    /// The 32 bits at `addr` + `offset` become `s`.
    0x05f StoreF32W STORE [F32] (addr: Src(Addr) @ B, offset: Offset @ W1, s: Src(Is(F32)) @ A, memory: Index(Memory) @ C) WRITES_MEM | TRAPS;
    /// The 64 bits at `addr` + `offset` become `s`.
    0x060 StoreF64 STORE [F64] (addr: Src(Addr) @ B, offset: Offset @ C, s: Src(Is(F64)) @ A) WRITES_MEM | TRAPS;
    /// The 64 bits at `addr` + `offset` become `s`.
    0x061 StoreF64W STORE [F64] (addr: Src(Addr) @ B, offset: Offset @ W1, s: Src(Is(F64)) @ A, memory: Index(Memory) @ C) WRITES_MEM | TRAPS;

    // Integer arithmetic, i32.
    /// `d` becomes `x` + `y`, wrapping.
    0x080 AddI32 ADD [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Src(Is(I32)) @ C) PURE;
    /// `d` becomes `x` + `y`, wrapping.
    0x081 AddI32I ADD [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ C) PURE;
    /// `d` becomes `x` + `y`, wrapping.
    0x082 AddI32W ADD [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ W1) PURE;
    /// `d` becomes `x` - `y`, wrapping.
    0x083 SubI32 SUB [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Src(Is(I32)) @ C) PURE;
    /// `d` becomes `x` - `y`, wrapping.
    0x084 SubI32I SUB [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ C) PURE;
    /// `d` becomes `x` - `y`, wrapping.
    0x085 SubI32W SUB [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ W1) PURE;
    /// `d` becomes `x` * `y`, wrapping.
    0x086 MulI32 MUL [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Src(Is(I32)) @ C) PURE;
    /// `d` becomes `x` * `y`, wrapping.
    0x087 MulI32I MUL [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ C) PURE;
    /// `d` becomes `x` * `y`, wrapping.
    0x088 MulI32W MUL [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ W1) PURE;
    /// `d` becomes `x` / `y`, signed, towards zero. Traps: integer divide by zero, integer overflow.
    0x089 DivI32 DIV [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Src(Is(I32)) @ C) TRAPS;
    /// `d` becomes `x` / `y`, signed, towards zero. Traps: integer divide by zero, integer overflow.
    0x08a DivI32I DIV [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ C) TRAPS;
    /// `d` becomes `x` / `y`, signed, towards zero. Traps: integer divide by zero, integer overflow.
    0x08b DivI32W DIV [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ W1) TRAPS;
    /// `d` becomes `x` / `y`, unsigned. Traps: integer divide by zero.
    0x08c DivUI32 DIV_U [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Src(Is(I32)) @ C) TRAPS;
    /// `d` becomes `x` / `y`, unsigned. Traps: integer divide by zero.
    0x08d DivUI32I DIV_U [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ C) TRAPS;
    /// `d` becomes `x` / `y`, unsigned. Traps: integer divide by zero.
    0x08e DivUI32W DIV_U [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ W1) TRAPS;
    /// `d` becomes the remainder of `x` / `y`, signed, with the sign of `x`; 0 where the quotient overflows. Traps: integer divide by zero.
    0x08f RemI32 REM [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Src(Is(I32)) @ C) TRAPS;
    /// `d` becomes the remainder of `x` / `y`, signed, with the sign of `x`; 0 where the quotient overflows. Traps: integer divide by zero.
    0x090 RemI32I REM [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ C) TRAPS;
    /// `d` becomes the remainder of `x` / `y`, signed, with the sign of `x`; 0 where the quotient overflows. Traps: integer divide by zero.
    0x091 RemI32W REM [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ W1) TRAPS;
    /// `d` becomes the remainder of `x` / `y`, unsigned. Traps: integer divide by zero.
    0x092 RemUI32 REM_U [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Src(Is(I32)) @ C) TRAPS;
    /// `d` becomes the remainder of `x` / `y`, unsigned. Traps: integer divide by zero.
    0x093 RemUI32I REM_U [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ C) TRAPS;
    /// `d` becomes the remainder of `x` / `y`, unsigned. Traps: integer divide by zero.
    0x094 RemUI32W REM_U [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ W1) TRAPS;
    /// `d` becomes `x` and `y`, bit by bit.
    0x095 AndI32 AND [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Src(Is(I32)) @ C) PURE;
    /// `d` becomes `x` and `y`, bit by bit.
    0x096 AndI32I AND [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ C) PURE;
    /// `d` becomes `x` and `y`, bit by bit.
    0x097 AndI32W AND [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ W1) PURE;
    /// `d` becomes `x` or `y`, bit by bit.
    0x098 OrI32 OR [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Src(Is(I32)) @ C) PURE;
    /// `d` becomes `x` or `y`, bit by bit.
    0x099 OrI32I OR [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ C) PURE;
    /// `d` becomes `x` or `y`, bit by bit.
    0x09a OrI32W OR [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ W1) PURE;
    /// `d` becomes `x` exclusive-or `y`, bit by bit.
    0x09b XorI32 XOR [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Src(Is(I32)) @ C) PURE;
    /// `d` becomes `x` exclusive-or `y`, bit by bit.
    0x09c XorI32I XOR [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ C) PURE;
    /// `d` becomes `x` exclusive-or `y`, bit by bit.
    0x09d XorI32W XOR [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ W1) PURE;
    /// `d` becomes `x` shifted left by `y` modulo the width.
    0x09e ShlI32 SHL [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Src(Is(I32)) @ C) PURE;
    /// `d` becomes `x` shifted left by `y` modulo the width.
    0x09f ShlI32I SHL [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ C) PURE;
    /// `d` becomes `x` shifted left by `y` modulo the width.
    0x0a0 ShlI32W SHL [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ W1) PURE;
    /// `d` becomes `x` shifted right by `y` modulo the width, filled with the sign.
    0x0a1 ShrI32 SHR [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Src(Is(I32)) @ C) PURE;
    /// `d` becomes `x` shifted right by `y` modulo the width, filled with the sign.
    0x0a2 ShrI32I SHR [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ C) PURE;
    /// `d` becomes `x` shifted right by `y` modulo the width, filled with the sign.
    0x0a3 ShrI32W SHR [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ W1) PURE;
    /// `d` becomes `x` shifted right by `y` modulo the width, filled with zeros.
    0x0a4 ShrUI32 SHR_U [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Src(Is(I32)) @ C) PURE;
    /// `d` becomes `x` shifted right by `y` modulo the width, filled with zeros.
    0x0a5 ShrUI32I SHR_U [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ C) PURE;
    /// `d` becomes `x` shifted right by `y` modulo the width, filled with zeros.
    0x0a6 ShrUI32W SHR_U [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ W1) PURE;
    /// `d` becomes `x` rotated left by `y` modulo the width.
    0x0a7 RotlI32 ROTL [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Src(Is(I32)) @ C) PURE;
    /// `d` becomes `x` rotated left by `y` modulo the width.
    0x0a8 RotlI32I ROTL [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ C) PURE;
    /// `d` becomes `x` rotated left by `y` modulo the width.
    0x0a9 RotlI32W ROTL [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ W1) PURE;
    /// `d` becomes `x` rotated right by `y` modulo the width.
    0x0aa RotrI32 ROTR [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Src(Is(I32)) @ C) PURE;
    /// `d` becomes `x` rotated right by `y` modulo the width.
    0x0ab RotrI32I ROTR [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ C) PURE;
    /// `d` becomes `x` rotated right by `y` modulo the width.
    0x0ac RotrI32W ROTR [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ W1) PURE;
    /// `d` becomes `x` + `y`, signed. Traps: integer overflow.
    0x0ad AddChkI32 ADD_CHK [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Src(Is(I32)) @ C) TRAPS;
    /// `d` becomes `x` + `y`, signed. Traps: integer overflow.
    0x0ae AddChkI32I ADD_CHK [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ C) TRAPS;
    /// `d` becomes `x` + `y`, signed. Traps: integer overflow.
    0x0af AddChkI32W ADD_CHK [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ W1) TRAPS;
    /// `d` becomes `x` - `y`, signed. Traps: integer overflow.
    0x0b0 SubChkI32 SUB_CHK [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Src(Is(I32)) @ C) TRAPS;
    /// `d` becomes `x` - `y`, signed. Traps: integer overflow.
    0x0b1 SubChkI32I SUB_CHK [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ C) TRAPS;
    /// `d` becomes `x` - `y`, signed. Traps: integer overflow.
    0x0b2 SubChkI32W SUB_CHK [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ W1) TRAPS;
    /// `d` becomes `x` * `y`, signed. Traps: integer overflow.
    0x0b3 MulChkI32 MUL_CHK [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Src(Is(I32)) @ C) TRAPS;
    /// `d` becomes `x` * `y`, signed. Traps: integer overflow.
    0x0b4 MulChkI32I MUL_CHK [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ C) TRAPS;
    /// `d` becomes `x` * `y`, signed. Traps: integer overflow.
    0x0b5 MulChkI32W MUL_CHK [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ W1) TRAPS;

    // Integer comparisons, i32.
    /// `d` becomes 1 when `x` equals `y`, else 0.
    0x0b6 EqI32 EQ [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Src(Is(I32)) @ C) PURE;
    /// `d` becomes 1 when `x` equals `y`, else 0.
    0x0b7 EqI32I EQ [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ C) PURE;
    /// `d` becomes 1 when `x` equals `y`, else 0.
    0x0b8 EqI32W EQ [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ W1) PURE;
    /// `d` becomes 1 when `x` differs from `y`, else 0.
    0x0b9 NeI32 NE [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Src(Is(I32)) @ C) PURE;
    /// `d` becomes 1 when `x` differs from `y`, else 0.
    0x0ba NeI32I NE [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ C) PURE;
    /// `d` becomes 1 when `x` differs from `y`, else 0.
    0x0bb NeI32W NE [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ W1) PURE;
    /// `d` becomes 1 when `x` is less than `y`, signed, else 0.
    0x0bc LtI32 LT [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Src(Is(I32)) @ C) PURE;
    /// `d` becomes 1 when `x` is less than `y`, signed, else 0.
    0x0bd LtI32I LT [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ C) PURE;
    /// `d` becomes 1 when `x` is less than `y`, signed, else 0.
    0x0be LtI32W LT [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ W1) PURE;
    /// `d` becomes 1 when `x` is less than `y`, unsigned, else 0.
    0x0bf LtUI32 LT_U [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Src(Is(I32)) @ C) PURE;
    /// `d` becomes 1 when `x` is less than `y`, unsigned, else 0.
    0x0c0 LtUI32I LT_U [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ C) PURE;
    /// `d` becomes 1 when `x` is less than `y`, unsigned, else 0.
    0x0c1 LtUI32W LT_U [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ W1) PURE;
    /// `d` becomes 1 when `x` is at most `y`, signed, else 0.
    0x0c2 LeI32 LE [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Src(Is(I32)) @ C) PURE;
    /// `d` becomes 1 when `x` is at most `y`, signed, else 0.
    0x0c3 LeI32I LE [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ C) PURE;
    /// `d` becomes 1 when `x` is at most `y`, signed, else 0.
    0x0c4 LeI32W LE [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ W1) PURE;
    /// `d` becomes 1 when `x` is at most `y`, unsigned, else 0.
    0x0c5 LeUI32 LE_U [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Src(Is(I32)) @ C) PURE;
    /// `d` becomes 1 when `x` is at most `y`, unsigned, else 0.
    0x0c6 LeUI32I LE_U [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ C) PURE;
    /// `d` becomes 1 when `x` is at most `y`, unsigned, else 0.
    0x0c7 LeUI32W LE_U [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ W1) PURE;
    /// `d` becomes 1 when `x` is greater than `y`, signed, else 0.
    0x0c8 GtI32 GT [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Src(Is(I32)) @ C) PURE;
    /// `d` becomes 1 when `x` is greater than `y`, signed, else 0.
    0x0c9 GtI32I GT [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ C) PURE;
    /// `d` becomes 1 when `x` is greater than `y`, signed, else 0.
    0x0ca GtI32W GT [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ W1) PURE;
    /// `d` becomes 1 when `x` is greater than `y`, unsigned, else 0.
    0x0cb GtUI32 GT_U [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Src(Is(I32)) @ C) PURE;
    /// `d` becomes 1 when `x` is greater than `y`, unsigned, else 0.
    0x0cc GtUI32I GT_U [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ C) PURE;
    /// `d` becomes 1 when `x` is greater than `y`, unsigned, else 0.
    0x0cd GtUI32W GT_U [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ W1) PURE;
    /// `d` becomes 1 when `x` is at least `y`, signed, else 0.
    0x0ce GeI32 GE [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Src(Is(I32)) @ C) PURE;
    /// `d` becomes 1 when `x` is at least `y`, signed, else 0.
    0x0cf GeI32I GE [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ C) PURE;
    /// `d` becomes 1 when `x` is at least `y`, signed, else 0.
    0x0d0 GeI32W GE [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ W1) PURE;
    /// `d` becomes 1 when `x` is at least `y`, unsigned, else 0.
    0x0d1 GeUI32 GE_U [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Src(Is(I32)) @ C) PURE;
    /// `d` becomes 1 when `x` is at least `y`, unsigned, else 0.
    0x0d2 GeUI32I GE_U [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ C) PURE;
    /// `d` becomes 1 when `x` is at least `y`, unsigned, else 0.
    0x0d3 GeUI32W GE_U [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B, y: Imm(I32) @ W1) PURE;

    // Integer unary operations, i32.
    /// `d` becomes `x` with every bit inverted.
    0x0d4 NotI32 NOT [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B) PURE;
    /// `d` becomes 0 - `x`, wrapping.
    0x0d5 NegI32 NEG [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B) PURE;
    /// `d` becomes the number of zero bits above the highest one bit of `x`.
    0x0d6 ClzI32 CLZ [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B) PURE;
    /// `d` becomes the number of zero bits below the lowest one bit of `x`.
    0x0d7 CtzI32 CTZ [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B) PURE;
    /// `d` becomes the number of one bits of `x`.
    0x0d8 PopcntI32 POPCNT [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B) PURE;
    /// `d` becomes the low 8 bits of `x`, sign-extended.
    0x0d9 Extend8I32 EXTEND8 [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B) PURE;
    /// `d` becomes the low 16 bits of `x`, sign-extended.
    0x0da Extend16I32 EXTEND16 [I32] (d: Dst(Is(I32)) @ A, x: Src(Is(I32)) @ B) PURE;

    // Compare and branch, i32.
    /// Continues at `target` when `x` equals `y`.
    0x0db IfEqI32 IF_EQ [I32] (x: Src(Is(I32)) @ A, y: Src(Is(I32)) @ B, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` equals `y`.
    0x0dc IfEqI32I IF_EQ [I32] (x: Src(Is(I32)) @ A, y: Imm(I32) @ W1Hi, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` differs from `y`.
    0x0dd IfNeI32 IF_NE [I32] (x: Src(Is(I32)) @ A, y: Src(Is(I32)) @ B, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` differs from `y`.
    0x0de IfNeI32I IF_NE [I32] (x: Src(Is(I32)) @ A, y: Imm(I32) @ W1Hi, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is less than `y`, signed.
    0x0df IfLtI32 IF_LT [I32] (x: Src(Is(I32)) @ A, y: Src(Is(I32)) @ B, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is less than `y`, signed.
    0x0e0 IfLtI32I IF_LT [I32] (x: Src(Is(I32)) @ A, y: Imm(I32) @ W1Hi, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is less than `y`, unsigned.
    0x0e1 IfLtUI32 IF_LT_U [I32] (x: Src(Is(I32)) @ A, y: Src(Is(I32)) @ B, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is less than `y`, unsigned.
    0x0e2 IfLtUI32I IF_LT_U [I32] (x: Src(Is(I32)) @ A, y: Imm(I32) @ W1Hi, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is at most `y`, signed.
    0x0e3 IfLeI32 IF_LE [I32] (x: Src(Is(I32)) @ A, y: Src(Is(I32)) @ B, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is at most `y`, signed.
    0x0e4 IfLeI32I IF_LE [I32] (x: Src(Is(I32)) @ A, y: Imm(I32) @ W1Hi, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is at most `y`, unsigned.
    0x0e5 IfLeUI32 IF_LE_U [I32] (x: Src(Is(I32)) @ A, y: Src(Is(I32)) @ B, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is at most `y`, unsigned.
    0x0e6 IfLeUI32I IF_LE_U [I32] (x: Src(Is(I32)) @ A, y: Imm(I32) @ W1Hi, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is greater than `y`, signed.
    0x0e7 IfGtI32 IF_GT [I32] (x: Src(Is(I32)) @ A, y: Src(Is(I32)) @ B, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is greater than `y`, signed.
    0x0e8 IfGtI32I IF_GT [I32] (x: Src(Is(I32)) @ A, y: Imm(I32) @ W1Hi, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is greater than `y`, unsigned.
    0x0e9 IfGtUI32 IF_GT_U [I32] (x: Src(Is(I32)) @ A, y: Src(Is(I32)) @ B, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is greater than `y`, unsigned.
    0x0ea IfGtUI32I IF_GT_U [I32] (x: Src(Is(I32)) @ A, y: Imm(I32) @ W1Hi, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is at least `y`, signed.
    0x0eb IfGeI32 IF_GE [I32] (x: Src(Is(I32)) @ A, y: Src(Is(I32)) @ B, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is at least `y`, signed.
    0x0ec IfGeI32I IF_GE [I32] (x: Src(Is(I32)) @ A, y: Imm(I32) @ W1Hi, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is at least `y`, unsigned.
    0x0ed IfGeUI32 IF_GE_U [I32] (x: Src(Is(I32)) @ A, y: Src(Is(I32)) @ B, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is at least `y`, unsigned.
    0x0ee IfGeUI32I IF_GE_U [I32] (x: Src(Is(I32)) @ A, y: Imm(I32) @ W1Hi, target: Label @ W1Lo) ENDS;

    // Integer arithmetic, i64.
    /// `d` becomes `x` + `y`, wrapping.
    0x140 AddI64 ADD [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Src(Is(I64)) @ C) PURE;
    /// `d` becomes `x` + `y`, wrapping.
    0x141 AddI64I ADD [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ C) PURE;
    /// `d` becomes `x` + `y`, wrapping.
    0x142 AddI64W ADD [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ W1) PURE;
    /// `d` becomes `x` - `y`, wrapping.
    0x143 SubI64 SUB [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Src(Is(I64)) @ C) PURE;
    /// `d` becomes `x` - `y`, wrapping.
    0x144 SubI64I SUB [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ C) PURE;
    /// `d` becomes `x` - `y`, wrapping.
    0x145 SubI64W SUB [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ W1) PURE;
    /// `d` becomes `x` * `y`, wrapping.
    0x146 MulI64 MUL [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Src(Is(I64)) @ C) PURE;
    /// `d` becomes `x` * `y`, wrapping.
    0x147 MulI64I MUL [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ C) PURE;
    /// `d` becomes `x` * `y`, wrapping.
    0x148 MulI64W MUL [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ W1) PURE;
    /// `d` becomes `x` / `y`, signed, towards zero. Traps: integer divide by zero, integer overflow.
    0x149 DivI64 DIV [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Src(Is(I64)) @ C) TRAPS;
    /// `d` becomes `x` / `y`, signed, towards zero. Traps: integer divide by zero, integer overflow.
    0x14a DivI64I DIV [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ C) TRAPS;
    /// `d` becomes `x` / `y`, signed, towards zero. Traps: integer divide by zero, integer overflow.
    0x14b DivI64W DIV [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ W1) TRAPS;
    /// `d` becomes `x` / `y`, unsigned. Traps: integer divide by zero.
    0x14c DivUI64 DIV_U [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Src(Is(I64)) @ C) TRAPS;
    /// `d` becomes `x` / `y`, unsigned. Traps: integer divide by zero.
    0x14d DivUI64I DIV_U [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ C) TRAPS;
    /// `d` becomes `x` / `y`, unsigned. Traps: integer divide by zero.
    0x14e DivUI64W DIV_U [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ W1) TRAPS;
    /// `d` becomes the remainder of `x` / `y`, signed, with the sign of `x`; 0 where the quotient overflows. Traps: integer divide by zero.
    0x14f RemI64 REM [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Src(Is(I64)) @ C) TRAPS;
    /// `d` becomes the remainder of `x` / `y`, signed, with the sign of `x`; 0 where the quotient overflows. Traps: integer divide by zero.
    0x150 RemI64I REM [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ C) TRAPS;
    /// `d` becomes the remainder of `x` / `y`, signed, with the sign of `x`; 0 where the quotient overflows. Traps: integer divide by zero.
    0x151 RemI64W REM [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ W1) TRAPS;
    /// `d` becomes the remainder of `x` / `y`, unsigned. Traps: integer divide by zero.
    0x152 RemUI64 REM_U [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Src(Is(I64)) @ C) TRAPS;
    /// `d` becomes the remainder of `x` / `y`, unsigned. Traps: integer divide by zero.
    0x153 RemUI64I REM_U [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ C) TRAPS;
    /// `d` becomes the remainder of `x` / `y`, unsigned. Traps: integer divide by zero.
    0x154 RemUI64W REM_U [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ W1) TRAPS;
    /// `d` becomes `x` and `y`, bit by bit.
    0x155 AndI64 AND [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Src(Is(I64)) @ C) PURE;
    /// `d` becomes `x` and `y`, bit by bit.
    0x156 AndI64I AND [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ C) PURE;
    /// `d` becomes `x` and `y`, bit by bit.
    0x157 AndI64W AND [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ W1) PURE;
    /// `d` becomes `x` or `y`, bit by bit.
    0x158 OrI64 OR [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Src(Is(I64)) @ C) PURE;
    /// `d` becomes `x` or `y`, bit by bit.
    0x159 OrI64I OR [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ C) PURE;
    /// `d` becomes `x` or `y`, bit by bit.
    0x15a OrI64W OR [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ W1) PURE;
    /// `d` becomes `x` exclusive-or `y`, bit by bit.
    0x15b XorI64 XOR [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Src(Is(I64)) @ C) PURE;
    /// `d` becomes `x` exclusive-or `y`, bit by bit.
    0x15c XorI64I XOR [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ C) PURE;
    /// `d` becomes `x` exclusive-or `y`, bit by bit.
    0x15d XorI64W XOR [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ W1) PURE;
    /// `d` becomes `x` shifted left by `y` modulo the width.
    0x15e ShlI64 SHL [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Src(Is(I64)) @ C) PURE;
    /// `d` becomes `x` shifted left by `y` modulo the width.
    0x15f ShlI64I SHL [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ C) PURE;
    /// `d` becomes `x` shifted left by `y` modulo the width.
    0x160 ShlI64W SHL [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ W1) PURE;
    /// `d` becomes `x` shifted right by `y` modulo the width, filled with the sign.
    0x161 ShrI64 SHR [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Src(Is(I64)) @ C) PURE;
    /// `d` becomes `x` shifted right by `y` modulo the width, filled with the sign.
    0x162 ShrI64I SHR [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ C) PURE;
    /// `d` becomes `x` shifted right by `y` modulo the width, filled with the sign.
    0x163 ShrI64W SHR [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ W1) PURE;
    /// `d` becomes `x` shifted right by `y` modulo the width, filled with zeros.
    0x164 ShrUI64 SHR_U [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Src(Is(I64)) @ C) PURE;
    /// `d` becomes `x` shifted right by `y` modulo the width, filled with zeros.
    0x165 ShrUI64I SHR_U [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ C) PURE;
    /// `d` becomes `x` shifted right by `y` modulo the width, filled with zeros.
    0x166 ShrUI64W SHR_U [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ W1) PURE;
    /// `d` becomes `x` rotated left by `y` modulo the width.
    0x167 RotlI64 ROTL [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Src(Is(I64)) @ C) PURE;
    /// `d` becomes `x` rotated left by `y` modulo the width.
    0x168 RotlI64I ROTL [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ C) PURE;
    /// `d` becomes `x` rotated left by `y` modulo the width.
    0x169 RotlI64W ROTL [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ W1) PURE;
    /// `d` becomes `x` rotated right by `y` modulo the width.
    0x16a RotrI64 ROTR [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Src(Is(I64)) @ C) PURE;
    /// `d` becomes `x` rotated right by `y` modulo the width.
    0x16b RotrI64I ROTR [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ C) PURE;
    /// `d` becomes `x` rotated right by `y` modulo the width.
    0x16c RotrI64W ROTR [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ W1) PURE;
    /// `d` becomes `x` + `y`, signed. Traps: integer overflow.
    0x16d AddChkI64 ADD_CHK [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Src(Is(I64)) @ C) TRAPS;
    /// `d` becomes `x` + `y`, signed. Traps: integer overflow.
    0x16e AddChkI64I ADD_CHK [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ C) TRAPS;
    /// `d` becomes `x` + `y`, signed. Traps: integer overflow.
    0x16f AddChkI64W ADD_CHK [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ W1) TRAPS;
    /// `d` becomes `x` - `y`, signed. Traps: integer overflow.
    0x170 SubChkI64 SUB_CHK [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Src(Is(I64)) @ C) TRAPS;
    /// `d` becomes `x` - `y`, signed. Traps: integer overflow.
    0x171 SubChkI64I SUB_CHK [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ C) TRAPS;
    /// `d` becomes `x` - `y`, signed. Traps: integer overflow.
    0x172 SubChkI64W SUB_CHK [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ W1) TRAPS;
    /// `d` becomes `x` * `y`, signed. Traps: integer overflow.
    0x173 MulChkI64 MUL_CHK [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Src(Is(I64)) @ C) TRAPS;
    /// `d` becomes `x` * `y`, signed. Traps: integer overflow.
    0x174 MulChkI64I MUL_CHK [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ C) TRAPS;
    /// `d` becomes `x` * `y`, signed. Traps: integer overflow.
    0x175 MulChkI64W MUL_CHK [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ W1) TRAPS;

    // Integer comparisons, i64.
    /// `d` becomes 1 when `x` equals `y`, else 0.
    0x176 EqI64 EQ [I64] (d: Dst(Is(I32)) @ A, x: Src(Is(I64)) @ B, y: Src(Is(I64)) @ C) PURE;
    /// `d` becomes 1 when `x` equals `y`, else 0.
    0x177 EqI64I EQ [I64] (d: Dst(Is(I32)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ C) PURE;
    /// `d` becomes 1 when `x` equals `y`, else 0.
    0x178 EqI64W EQ [I64] (d: Dst(Is(I32)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ W1) PURE;
    /// `d` becomes 1 when `x` differs from `y`, else 0.
    0x179 NeI64 NE [I64] (d: Dst(Is(I32)) @ A, x: Src(Is(I64)) @ B, y: Src(Is(I64)) @ C) PURE;
    /// `d` becomes 1 when `x` differs from `y`, else 0.
    0x17a NeI64I NE [I64] (d: Dst(Is(I32)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ C) PURE;
    /// `d` becomes 1 when `x` differs from `y`, else 0.
    0x17b NeI64W NE [I64] (d: Dst(Is(I32)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ W1) PURE;
    /// `d` becomes 1 when `x` is less than `y`, signed, else 0.
    0x17c LtI64 LT [I64] (d: Dst(Is(I32)) @ A, x: Src(Is(I64)) @ B, y: Src(Is(I64)) @ C) PURE;
    /// `d` becomes 1 when `x` is less than `y`, signed, else 0.
    0x17d LtI64I LT [I64] (d: Dst(Is(I32)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ C) PURE;
    /// `d` becomes 1 when `x` is less than `y`, signed, else 0.
    0x17e LtI64W LT [I64] (d: Dst(Is(I32)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ W1) PURE;
    /// `d` becomes 1 when `x` is less than `y`, unsigned, else 0.
    0x17f LtUI64 LT_U [I64] (d: Dst(Is(I32)) @ A, x: Src(Is(I64)) @ B, y: Src(Is(I64)) @ C) PURE;
    /// `d` becomes 1 when `x` is less than `y`, unsigned, else 0.
    0x180 LtUI64I LT_U [I64] (d: Dst(Is(I32)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ C) PURE;
    /// `d` becomes 1 when `x` is less than `y`, unsigned, else 0.
    0x181 LtUI64W LT_U [I64] (d: Dst(Is(I32)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ W1) PURE;
    /// `d` becomes 1 when `x` is at most `y`, signed, else 0.
    0x182 LeI64 LE [I64] (d: Dst(Is(I32)) @ A, x: Src(Is(I64)) @ B, y: Src(Is(I64)) @ C) PURE;
    /// `d` becomes 1 when `x` is at most `y`, signed, else 0.
    0x183 LeI64I LE [I64] (d: Dst(Is(I32)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ C) PURE;
    /// `d` becomes 1 when `x` is at most `y`, signed, else 0.
    0x184 LeI64W LE [I64] (d: Dst(Is(I32)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ W1) PURE;
    /// `d` becomes 1 when `x` is at most `y`, unsigned, else 0.
    0x185 LeUI64 LE_U [I64] (d: Dst(Is(I32)) @ A, x: Src(Is(I64)) @ B, y: Src(Is(I64)) @ C) PURE;
    /// `d` becomes 1 when `x` is at most `y`, unsigned, else 0.
    0x186 LeUI64I LE_U [I64] (d: Dst(Is(I32)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ C) PURE;
    /// `d` becomes 1 when `x` is at most `y`, unsigned, else 0.
    0x187 LeUI64W LE_U [I64] (d: Dst(Is(I32)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ W1) PURE;
    /// `d` becomes 1 when `x` is greater than `y`, signed, else 0.
    0x188 GtI64 GT [I64] (d: Dst(Is(I32)) @ A, x: Src(Is(I64)) @ B, y: Src(Is(I64)) @ C) PURE;
    /// `d` becomes 1 when `x` is greater than `y`, signed, else 0.
    0x189 GtI64I GT [I64] (d: Dst(Is(I32)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ C) PURE;
    /// `d` becomes 1 when `x` is greater than `y`, signed, else 0.
    0x18a GtI64W GT [I64] (d: Dst(Is(I32)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ W1) PURE;
    /// `d` becomes 1 when `x` is greater than `y`, unsigned, else 0.
    0x18b GtUI64 GT_U [I64] (d: Dst(Is(I32)) @ A, x: Src(Is(I64)) @ B, y: Src(Is(I64)) @ C) PURE;
    /// `d` becomes 1 when `x` is greater than `y`, unsigned, else 0.
    0x18c GtUI64I GT_U [I64] (d: Dst(Is(I32)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ C) PURE;
    /// `d` becomes 1 when `x` is greater than `y`, unsigned, else 0.
    0x18d GtUI64W GT_U [I64] (d: Dst(Is(I32)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ W1) PURE;
    /// `d` becomes 1 when `x` is at least `y`, signed, else 0.
    0x18e GeI64 GE [I64] (d: Dst(Is(I32)) @ A, x: Src(Is(I64)) @ B, y: Src(Is(I64)) @ C) PURE;
    /// `d` becomes 1 when `x` is at least `y`, signed, else 0.
    0x18f GeI64I GE [I64] (d: Dst(Is(I32)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ C) PURE;
    /// `d` becomes 1 when `x` is at least `y`, signed, else 0.
    0x190 GeI64W GE [I64] (d: Dst(Is(I32)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ W1) PURE;
    /// `d` becomes 1 when `x` is at least `y`, unsigned, else 0.
    0x191 GeUI64 GE_U [I64] (d: Dst(Is(I32)) @ A, x: Src(Is(I64)) @ B, y: Src(Is(I64)) @ C) PURE;
    /// `d` becomes 1 when `x` is at least `y`, unsigned, else 0.
    0x192 GeUI64I GE_U [I64] (d: Dst(Is(I32)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ C) PURE;
    /// `d` becomes 1 when `x` is at least `y`, unsigned, else 0.
    0x193 GeUI64W GE_U [I64] (d: Dst(Is(I32)) @ A, x: Src(Is(I64)) @ B, y: Imm(I64) @ W1) PURE;

    // Integer unary operations, i64.
    /// `d` becomes `x` with every bit inverted.
    0x194 NotI64 NOT [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B) PURE;
    /// `d` becomes 0 - `x`, wrapping.
    0x195 NegI64 NEG [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B) PURE;
    /// `d` becomes the number of zero bits above the highest one bit of `x`.
    0x196 ClzI64 CLZ [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B) PURE;
    /// `d` becomes the number of zero bits below the lowest one bit of `x`.
    0x197 CtzI64 CTZ [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B) PURE;
    /// `d` becomes the number of one bits of `x`.
    0x198 PopcntI64 POPCNT [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B) PURE;
    /// `d` becomes the low 8 bits of `x`, sign-extended.
    0x199 Extend8I64 EXTEND8 [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B) PURE;
    /// `d` becomes the low 16 bits of `x`, sign-extended.
    0x19a Extend16I64 EXTEND16 [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B) PURE;
    /// `d` becomes the low 32 bits of `x`, sign-extended.
    0x19b Extend32I64 EXTEND32 [I64] (d: Dst(Is(I64)) @ A, x: Src(Is(I64)) @ B) PURE;

    // Compare and branch, i64.
    /// Continues at `target` when `x` equals `y`.
    0x19c IfEqI64 IF_EQ [I64] (x: Src(Is(I64)) @ A, y: Src(Is(I64)) @ B, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` equals `y`.
    0x19d IfEqI64I IF_EQ [I64] (x: Src(Is(I64)) @ A, y: Imm(I64) @ W1Hi, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` differs from `y`.
    0x19e IfNeI64 IF_NE [I64] (x: Src(Is(I64)) @ A, y: Src(Is(I64)) @ B, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` differs from `y`.
    0x19f IfNeI64I IF_NE [I64] (x: Src(Is(I64)) @ A, y: Imm(I64) @ W1Hi, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is less than `y`, signed.
    0x1a0 IfLtI64 IF_LT [I64] (x: Src(Is(I64)) @ A, y: Src(Is(I64)) @ B, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is less than `y`, signed.
    0x1a1 IfLtI64I IF_LT [I64] (x: Src(Is(I64)) @ A, y: Imm(I64) @ W1Hi, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is less than `y`, unsigned.
    0x1a2 IfLtUI64 IF_LT_U [I64] (x: Src(Is(I64)) @ A, y: Src(Is(I64)) @ B, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is less than `y`, unsigned.
    0x1a3 IfLtUI64I IF_LT_U [I64] (x: Src(Is(I64)) @ A, y: Imm(I64) @ W1Hi, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is at most `y`, signed.
    0x1a4 IfLeI64 IF_LE [I64] (x: Src(Is(I64)) @ A, y: Src(Is(I64)) @ B, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is at most `y`, signed.
    0x1a5 IfLeI64I IF_LE [I64] (x: Src(Is(I64)) @ A, y: Imm(I64) @ W1Hi, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is at most `y`, unsigned.
    0x1a6 IfLeUI64 IF_LE_U [I64] (x: Src(Is(I64)) @ A, y: Src(Is(I64)) @ B, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is at most `y`, unsigned.
    0x1a7 IfLeUI64I IF_LE_U [I64] (x: Src(Is(I64)) @ A, y: Imm(I64) @ W1Hi, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is greater than `y`, signed.
    0x1a8 IfGtI64 IF_GT [I64] (x: Src(Is(I64)) @ A, y: Src(Is(I64)) @ B, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is greater than `y`, signed.
    0x1a9 IfGtI64I IF_GT [I64] (x: Src(Is(I64)) @ A, y: Imm(I64) @ W1Hi, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is greater than `y`, unsigned.
    0x1aa IfGtUI64 IF_GT_U [I64] (x: Src(Is(I64)) @ A, y: Src(Is(I64)) @ B, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is greater than `y`, unsigned.
    0x1ab IfGtUI64I IF_GT_U [I64] (x: Src(Is(I64)) @ A, y: Imm(I64) @ W1Hi, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is at least `y`, signed.
    0x1ac IfGeI64 IF_GE [I64] (x: Src(Is(I64)) @ A, y: Src(Is(I64)) @ B, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is at least `y`, signed.
    0x1ad IfGeI64I IF_GE [I64] (x: Src(Is(I64)) @ A, y: Imm(I64) @ W1Hi, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is at least `y`, unsigned.
    0x1ae IfGeUI64 IF_GE_U [I64] (x: Src(Is(I64)) @ A, y: Src(Is(I64)) @ B, target: Label @ W1Lo) ENDS;
    /// Continues at `target` when `x` is at least `y`, unsigned.
    0x1af IfGeUI64I IF_GE_U [I64] (x: Src(Is(I64)) @ A, y: Imm(I64) @ W1Hi, target: Label @ W1Lo) ENDS;

    // Floating point, f32: IEEE 754, rounded to nearest, ties to even; the sign and payload of a NaN made by arithmetic are unspecified.
    /// `d` becomes `x` + `y`.
    0x200 AddF32 ADD [F32] (d: Dst(Is(F32)) @ A, x: Src(Is(F32)) @ B, y: Src(Is(F32)) @ C) PURE;
    /// `d` becomes `x` - `y`.
    0x201 SubF32 SUB [F32] (d: Dst(Is(F32)) @ A, x: Src(Is(F32)) @ B, y: Src(Is(F32)) @ C) PURE;
    /// `d` becomes `x` * `y`.
    0x202 MulF32 MUL [F32] (d: Dst(Is(F32)) @ A, x: Src(Is(F32)) @ B, y: Src(Is(F32)) @ C) PURE;
    /// `d` becomes `x` / `y`.
    0x203 DivF32 DIV [F32] (d: Dst(Is(F32)) @ A, x: Src(Is(F32)) @ B, y: Src(Is(F32)) @ C) PURE;
    /// `d` becomes the lesser of `x` and `y`; NaN when either is, and -0 is less than 0.
    0x204 MinF32 MIN [F32] (d: Dst(Is(F32)) @ A, x: Src(Is(F32)) @ B, y: Src(Is(F32)) @ C) PURE;
    /// `d` becomes the greater of `x` and `y`; NaN when either is, and -0 is less than 0.
    0x205 MaxF32 MAX [F32] (d: Dst(Is(F32)) @ A, x: Src(Is(F32)) @ B, y: Src(Is(F32)) @ C) PURE;
    /// `d` becomes `x` with the sign of `y`.
    0x206 CopysignF32 COPYSIGN [F32] (d: Dst(Is(F32)) @ A, x: Src(Is(F32)) @ B, y: Src(Is(F32)) @ C) PURE;
    /// `d` becomes 1 when `x` equals `y`, else 0.
    0x207 EqF32 EQ [F32] (d: Dst(Is(I32)) @ A, x: Src(Is(F32)) @ B, y: Src(Is(F32)) @ C) PURE;
    /// `d` becomes 1 when `x` differs from `y` or either is NaN, else 0.
    0x208 NeF32 NE [F32] (d: Dst(Is(I32)) @ A, x: Src(Is(F32)) @ B, y: Src(Is(F32)) @ C) PURE;
    /// `d` becomes 1 when `x` is less than `y`, else 0.
    0x209 LtF32 LT [F32] (d: Dst(Is(I32)) @ A, x: Src(Is(F32)) @ B, y: Src(Is(F32)) @ C) PURE;
    /// `d` becomes 1 when `x` is at most `y`, else 0.
    0x20a LeF32 LE [F32] (d: Dst(Is(I32)) @ A, x: Src(Is(F32)) @ B, y: Src(Is(F32)) @ C) PURE;
    /// `d` becomes 1 when `x` is greater than `y`, else 0.
    0x20b GtF32 GT [F32] (d: Dst(Is(I32)) @ A, x: Src(Is(F32)) @ B, y: Src(Is(F32)) @ C) PURE;
    /// `d` becomes 1 when `x` is at least `y`, else 0.
    0x20c GeF32 GE [F32] (d: Dst(Is(I32)) @ A, x: Src(Is(F32)) @ B, y: Src(Is(F32)) @ C) PURE;
    /// `d` becomes `x` with the other sign, NaN included.
    0x20d NegF32 NEG [F32] (d: Dst(Is(F32)) @ A, x: Src(Is(F32)) @ B) PURE;
    /// `d` becomes `x` with a positive sign, NaN included.
    0x20e AbsF32 ABS [F32] (d: Dst(Is(F32)) @ A, x: Src(Is(F32)) @ B) PURE;
    /// `d` becomes the square root of `x`, correctly rounded.
    0x20f SqrtF32 SQRT [F32] (d: Dst(Is(F32)) @ A, x: Src(Is(F32)) @ B) PURE;
    /// `d` becomes `x` rounded to an integer upwards.
    0x210 CeilF32 CEIL [F32] (d: Dst(Is(F32)) @ A, x: Src(Is(F32)) @ B) PURE;
    /// `d` becomes `x` rounded to an integer downwards.
    0x211 FloorF32 FLOOR [F32] (d: Dst(Is(F32)) @ A, x: Src(Is(F32)) @ B) PURE;
    /// `d` becomes `x` rounded to an integer towards zero.
    0x212 TruncF32 TRUNC [F32] (d: Dst(Is(F32)) @ A, x: Src(Is(F32)) @ B) PURE;
    /// `d` becomes `x` rounded to the nearest integer, ties to even.
    0x213 NearestF32 NEAREST [F32] (d: Dst(Is(F32)) @ A, x: Src(Is(F32)) @ B) PURE;

    // Floating point, f64: IEEE 754, rounded to nearest, ties to even; the sign and payload of a NaN made by arithmetic are unspecified.
    /// `d` becomes `x` + `y`.
    0x220 AddF64 ADD [F64] (d: Dst(Is(F64)) @ A, x: Src(Is(F64)) @ B, y: Src(Is(F64)) @ C) PURE;
    /// `d` becomes `x` - `y`.
    0x221 SubF64 SUB [F64] (d: Dst(Is(F64)) @ A, x: Src(Is(F64)) @ B, y: Src(Is(F64)) @ C) PURE;
    /// `d` becomes `x` * `y`.
    0x222 MulF64 MUL [F64] (d: Dst(Is(F64)) @ A, x: Src(Is(F64)) @ B, y: Src(Is(F64)) @ C) PURE;
    /// `d` becomes `x` / `y`.
    0x223 DivF64 DIV [F64] (d: Dst(Is(F64)) @ A, x: Src(Is(F64)) @ B, y: Src(Is(F64)) @ C) PURE;
    /// `d` becomes the lesser of `x` and `y`; NaN when either is, and -0 is less than 0.
    0x224 MinF64 MIN [F64] (d: Dst(Is(F64)) @ A, x: Src(Is(F64)) @ B, y: Src(Is(F64)) @ C) PURE;
    /// `d` becomes the greater of `x` and `y`; NaN when either is, and -0 is less than 0.
    0x225 MaxF64 MAX [F64] (d: Dst(Is(F64)) @ A, x: Src(Is(F64)) @ B, y: Src(Is(F64)) @ C) PURE;
    /// `d` becomes `x` with the sign of `y`.
    0x226 CopysignF64 COPYSIGN [F64] (d: Dst(Is(F64)) @ A, x: Src(Is(F64)) @ B, y: Src(Is(F64)) @ C) PURE;
    /// `d` becomes 1 when `x` equals `y`, else 0.
    0x227 EqF64 EQ [F64] (d: Dst(Is(I32)) @ A, x: Src(Is(F64)) @ B, y: Src(Is(F64)) @ C) PURE;
    /// `d` becomes 1 when `x` differs from `y` or either is NaN, else 0.
    0x228 NeF64 NE [F64] (d: Dst(Is(I32)) @ A, x: Src(Is(F64)) @ B, y: Src(Is(F64)) @ C) PURE;
    /// `d` becomes 1 when `x` is less than `y`, else 0.
    0x229 LtF64 LT [F64] (d: Dst(Is(I32)) @ A, x: Src(Is(F64)) @ B, y: Src(Is(F64)) @ C) PURE;
    /// `d` becomes 1 when `x` is at most `y`, else 0.
    0x22a LeF64 LE [F64] (d: Dst(Is(I32)) @ A, x: Src(Is(F64)) @ B, y: Src(Is(F64)) @ C) PURE;
    /// `d` becomes 1 when `x` is greater than `y`, else 0.
    0x22b GtF64 GT [F64] (d: Dst(Is(I32)) @ A, x: Src(Is(F64)) @ B, y: Src(Is(F64)) @ C) PURE;
    /// `d` becomes 1 when `x` is at least `y`, else 0.
    0x22c GeF64 GE [F64] (d: Dst(Is(I32)) @ A, x: Src(Is(F64)) @ B, y: Src(Is(F64)) @ C) PURE;
    /// `d` becomes `x` with the other sign, NaN included.
    0x22d NegF64 NEG [F64] (d: Dst(Is(F64)) @ A, x: Src(Is(F64)) @ B) PURE;
    /// `d` becomes `x` with a positive sign, NaN included.
    0x22e AbsF64 ABS [F64] (d: Dst(Is(F64)) @ A, x: Src(Is(F64)) @ B) PURE;
    /// `d` becomes the square root of `x`, correctly rounded.
    0x22f SqrtF64 SQRT [F64] (d: Dst(Is(F64)) @ A, x: Src(Is(F64)) @ B) PURE;
    /// `d` becomes `x` rounded to an integer upwards.
    0x230 CeilF64 CEIL [F64] (d: Dst(Is(F64)) @ A, x: Src(Is(F64)) @ B) PURE;
    /// `d` becomes `x` rounded to an integer downwards.
    0x231 FloorF64 FLOOR [F64] (d: Dst(Is(F64)) @ A, x: Src(Is(F64)) @ B) PURE;
    /// `d` becomes `x` rounded to an integer towards zero.
    0x232 TruncF64 TRUNC [F64] (d: Dst(Is(F64)) @ A, x: Src(Is(F64)) @ B) PURE;
    /// `d` becomes `x` rounded to the nearest integer, ties to even.
    0x233 NearestF64 NEAREST [F64] (d: Dst(Is(F64)) @ A, x: Src(Is(F64)) @ B) PURE;

    // Conversions. The first type is the result's, the second the operand's.
    /// `d` becomes the low 32 bits of `x`.
    0x240 WrapI32I64 WRAP [I32, I64] (d: Dst(Is(I32)) @ A, x: Src(Is(I64)) @ B) PURE;
    /// `d` becomes `x`, sign-extended.
    0x241 ExtendI64I32 EXTEND [I64, I32] (d: Dst(Is(I64)) @ A, x: Src(Is(I32)) @ B) PURE;
    /// `d` becomes `x`, zero-extended.
    0x242 ExtendUI64I32 EXTEND_U [I64, I32] (d: Dst(Is(I64)) @ A, x: Src(Is(I32)) @ B) PURE;
    /// `d` becomes `x` rounded towards zero, signed. Traps: invalid conversion to integer for NaN, integer overflow when the result does not fit.
    0x243 ToIntI32F32 TO_INT [I32, F32] (d: Dst(Is(I32)) @ A, x: Src(Is(F32)) @ B) TRAPS;
    /// `d` becomes `x` rounded towards zero, signed; NaN becomes 0, a result that does not fit the nearest that does.
    0x244 ToIntSatI32F32 TO_INT_SAT [I32, F32] (d: Dst(Is(I32)) @ A, x: Src(Is(F32)) @ B) PURE;
    /// `d` becomes `x` rounded towards zero, unsigned. Traps: invalid conversion to integer for NaN, integer overflow when the result does not fit.
    0x245 ToIntUI32F32 TO_INT_U [I32, F32] (d: Dst(Is(I32)) @ A, x: Src(Is(F32)) @ B) TRAPS;
    /// `d` becomes `x` rounded towards zero, unsigned; NaN becomes 0, a result that does not fit the nearest that does.
    0x246 ToIntSatUI32F32 TO_INT_SAT_U [I32, F32] (d: Dst(Is(I32)) @ A, x: Src(Is(F32)) @ B) PURE;
    /// `d` becomes `x` rounded towards zero, signed. Traps: invalid conversion to integer for NaN, integer overflow when the result does not fit.
    0x247 ToIntI32F64 TO_INT [I32, F64] (d: Dst(Is(I32)) @ A, x: Src(Is(F64)) @ B) TRAPS;
    /// `d` becomes `x` rounded towards zero, signed; NaN becomes 0, a result that does not fit the nearest that does.
    0x248 ToIntSatI32F64 TO_INT_SAT [I32, F64] (d: Dst(Is(I32)) @ A, x: Src(Is(F64)) @ B) PURE;
    /// `d` becomes `x` rounded towards zero, unsigned. Traps: invalid conversion to integer for NaN, integer overflow when the result does not fit.
    0x249 ToIntUI32F64 TO_INT_U [I32, F64] (d: Dst(Is(I32)) @ A, x: Src(Is(F64)) @ B) TRAPS;
    /// `d` becomes `x` rounded towards zero, unsigned; NaN becomes 0, a result that does not fit the nearest that does.
    0x24a ToIntSatUI32F64 TO_INT_SAT_U [I32, F64] (d: Dst(Is(I32)) @ A, x: Src(Is(F64)) @ B) PURE;
    /// `d` becomes `x` rounded towards zero, signed. Traps: invalid conversion to integer for NaN, integer overflow when the result does not fit.
    0x24b ToIntI64F32 TO_INT [I64, F32] (d: Dst(Is(I64)) @ A, x: Src(Is(F32)) @ B) TRAPS;
    /// `d` becomes `x` rounded towards zero, signed; NaN becomes 0, a result that does not fit the nearest that does.
    0x24c ToIntSatI64F32 TO_INT_SAT [I64, F32] (d: Dst(Is(I64)) @ A, x: Src(Is(F32)) @ B) PURE;
    /// `d` becomes `x` rounded towards zero, unsigned. Traps: invalid conversion to integer for NaN, integer overflow when the result does not fit.
    0x24d ToIntUI64F32 TO_INT_U [I64, F32] (d: Dst(Is(I64)) @ A, x: Src(Is(F32)) @ B) TRAPS;
    /// `d` becomes `x` rounded towards zero, unsigned; NaN becomes 0, a result that does not fit the nearest that does.
    0x24e ToIntSatUI64F32 TO_INT_SAT_U [I64, F32] (d: Dst(Is(I64)) @ A, x: Src(Is(F32)) @ B) PURE;
    /// `d` becomes `x` rounded towards zero, signed. Traps: invalid conversion to integer for NaN, integer overflow when the result does not fit.
    0x24f ToIntI64F64 TO_INT [I64, F64] (d: Dst(Is(I64)) @ A, x: Src(Is(F64)) @ B) TRAPS;
    /// `d` becomes `x` rounded towards zero, signed; NaN becomes 0, a result that does not fit the nearest that does.
    0x250 ToIntSatI64F64 TO_INT_SAT [I64, F64] (d: Dst(Is(I64)) @ A, x: Src(Is(F64)) @ B) PURE;
    /// `d` becomes `x` rounded towards zero, unsigned. Traps: invalid conversion to integer for NaN, integer overflow when the result does not fit.
    0x251 ToIntUI64F64 TO_INT_U [I64, F64] (d: Dst(Is(I64)) @ A, x: Src(Is(F64)) @ B) TRAPS;
    /// `d` becomes `x` rounded towards zero, unsigned; NaN becomes 0, a result that does not fit the nearest that does.
    0x252 ToIntSatUI64F64 TO_INT_SAT_U [I64, F64] (d: Dst(Is(I64)) @ A, x: Src(Is(F64)) @ B) PURE;
    /// `d` becomes `x`, signed, rounded to nearest, ties to even.
    0x253 ToFloatF32I32 TO_FLOAT [F32, I32] (d: Dst(Is(F32)) @ A, x: Src(Is(I32)) @ B) PURE;
    /// `d` becomes `x`, unsigned, rounded to nearest, ties to even.
    0x254 ToFloatUF32I32 TO_FLOAT_U [F32, I32] (d: Dst(Is(F32)) @ A, x: Src(Is(I32)) @ B) PURE;
    /// `d` becomes `x`, signed, rounded to nearest, ties to even.
    0x255 ToFloatF32I64 TO_FLOAT [F32, I64] (d: Dst(Is(F32)) @ A, x: Src(Is(I64)) @ B) PURE;
    /// `d` becomes `x`, unsigned, rounded to nearest, ties to even.
    0x256 ToFloatUF32I64 TO_FLOAT_U [F32, I64] (d: Dst(Is(F32)) @ A, x: Src(Is(I64)) @ B) PURE;
    /// `d` becomes `x`, signed, rounded to nearest, ties to even.
    0x257 ToFloatF64I32 TO_FLOAT [F64, I32] (d: Dst(Is(F64)) @ A, x: Src(Is(I32)) @ B) PURE;
    /// `d` becomes `x`, unsigned, rounded to nearest, ties to even.
    0x258 ToFloatUF64I32 TO_FLOAT_U [F64, I32] (d: Dst(Is(F64)) @ A, x: Src(Is(I32)) @ B) PURE;
    /// `d` becomes `x`, signed, rounded to nearest, ties to even.
    0x259 ToFloatF64I64 TO_FLOAT [F64, I64] (d: Dst(Is(F64)) @ A, x: Src(Is(I64)) @ B) PURE;
    /// `d` becomes `x`, unsigned, rounded to nearest, ties to even.
    0x25a ToFloatUF64I64 TO_FLOAT_U [F64, I64] (d: Dst(Is(F64)) @ A, x: Src(Is(I64)) @ B) PURE;
    /// `d` becomes `x` exactly.
    0x25b PromoteF64F32 PROMOTE [F64, F32] (d: Dst(Is(F64)) @ A, x: Src(Is(F32)) @ B) PURE;
    /// `d` becomes `x` rounded to nearest, ties to even.
    0x25c DemoteF32F64 DEMOTE [F32, F64] (d: Dst(Is(F32)) @ A, x: Src(Is(F64)) @ B) PURE;
    /// `d` becomes the bits of `x`.
    0x25d ReinterpretI32F32 REINTERPRET [I32, F32] (d: Dst(Is(I32)) @ A, x: Src(Is(F32)) @ B) PURE;
    /// `d` becomes the bits of `x`.
    0x25e ReinterpretI64F64 REINTERPRET [I64, F64] (d: Dst(Is(I64)) @ A, x: Src(Is(F64)) @ B) PURE;
    /// `d` becomes the bits of `x`.
    0x25f ReinterpretF32I32 REINTERPRET [F32, I32] (d: Dst(Is(F32)) @ A, x: Src(Is(I32)) @ B) PURE;
    /// `d` becomes the bits of `x`.
    0x260 ReinterpretF64I64 REINTERPRET [F64, I64] (d: Dst(Is(F64)) @ A, x: Src(Is(I64)) @ B) PURE;
}
