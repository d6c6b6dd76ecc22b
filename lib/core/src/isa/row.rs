//! What a row of the op table consists of.

use std::fmt;

use super::Form;
use super::space::IndexSpace;
use super::table::Op;
use super::types::ValType;

/// The type that an operand must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ty {
    /// This one.
    Is(ValType),
    /// Any for a register that is written; for one that is read that of the one written.
    Any,
    /// Any reference, or `ptr`.
    AnyRef,
    /// Any reference that may be null, or `ptr`.
    Nullable,
    /// The reference that is not null to the type of the function that the instruction names.
    OfFunction,
    /// The function's one result type.
    Result,
    /// The index type of the memory, `i64` or `i32`.
    Addr,
    /// The type of the global that the instruction names.
    GlobalType,
    /// The index type of the instruction's first (0) or second (1) table operand.
    TableIndex(u8),
    /// The element type of the instruction's first (0) or second (1) table operand.
    TableElem(u8),
    /// `i64` when both table operands have that index type, else `i32`.
    TableLen,
    /// Any reference.
    Reference,
    /// The type of the first source, a reference, without null.
    NonNull,
    /// A reference of this kind, which is null only where the type of the first source may be.
    AsNullable(ValType),
    /// Any reference of the hierarchy of the reference type that the instruction names.
    SameTop,
    /// The reference type that the instruction names.
    RefOperand,
    /// The reference that is not null to the struct type that the instruction names.
    NewStruct,
    /// The reference that is not null to the array type that the instruction names.
    NewArray,
    /// A reference to a declared struct.
    Struct,
    /// A reference to a declared array.
    Array,
    /// A reference to a declared array of `i8`.
    ByteArray,
    /// A reference to a declared function type.
    Function,
    /// What the field holds that the instruction names, of the struct that it reads or writes; `i32` for packed fields.
    FieldType,
    /// What the elements of the array that it reads or writes hold, the first one's; `i32` for packed elements.
    Element,
    /// What the elements of arrays of the type that the instruction names hold; `i32` for packed elements.
    ElementOfType,
}

impl Ty {
    /// The type, where it is always the same.
    pub const fn fixed(self) -> Option<ValType> {
        match self {
            Ty::Is(ty) => Some(ty),
            Ty::Any
            | Ty::AnyRef
            | Ty::Nullable
            | Ty::OfFunction
            | Ty::Result
            | Ty::Addr
            | Ty::GlobalType
            | Ty::TableIndex(_)
            | Ty::TableElem(_)
            | Ty::TableLen
            | Ty::Reference
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
            | Ty::ElementOfType => None,
        }
    }
}

impl fmt::Display for Ty {
    /// The word that documentation and JSON use.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ty::Is(ty) => write!(f, "{ty}"),
            Ty::Any => f.write_str("any"),
            Ty::AnyRef => f.write_str("ref"),
            Ty::Nullable => f.write_str("nullable"),
            Ty::OfFunction => f.write_str("of-function"),
            Ty::Result => f.write_str("result"),
            Ty::Addr => f.write_str("addr"),
            Ty::GlobalType => f.write_str("of-global"),
            Ty::TableIndex(which) => write!(f, "index-of-table-{which}"),
            Ty::TableElem(which) => write!(f, "element-of-table-{which}"),
            Ty::TableLen => f.write_str("table-length"),
            Ty::Reference => f.write_str("reference"),
            Ty::NonNull => f.write_str("non-null"),
            Ty::AsNullable(ty) => write!(f, "{ty}-as-nullable"),
            Ty::SameTop => f.write_str("same-top"),
            Ty::RefOperand => f.write_str("of-reftype"),
            Ty::NewStruct => f.write_str("new-struct"),
            Ty::NewArray => f.write_str("new-array"),
            Ty::Struct => f.write_str("struct"),
            Ty::Array => f.write_str("array"),
            Ty::ByteArray => f.write_str("byte-array"),
            Ty::Function => f.write_str("function"),
            Ty::FieldType => f.write_str("of-field"),
            Ty::Element => f.write_str("of-element"),
            Ty::ElementOfType => f.write_str("of-element-of-type"),
        }
    }
}

/// Where the types of a register list come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// From the type of the function that the instruction names.
    Callee,
    /// From the type that the instruction names.
    TypeOperand,
    /// From the results of the function that the instruction is in.
    Own,
    /// From the function type that the first source refers to.
    Register,
    /// Arguments from the fields of the struct that the instruction names, `i32` for packed ones; the result is a
    /// reference to it, not null.
    Fields,
    /// Arguments from the elements of the array that the instruction names, as many as it counts; the result is a
    /// reference to it, not null.
    Items,
}

impl Signature {
    /// The word that documentation uses.
    pub const fn word(self) -> &'static str {
        match self {
            Signature::Callee => "of-callee",
            Signature::TypeOperand => "of-type",
            Signature::Own => "own-results",
            Signature::Register => "of-source",
            Signature::Fields => "of-fields",
            Signature::Items => "of-items",
        }
    }
}

/// What an operand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A register that is written.
    Dst(Ty),
    /// A register that is read.
    Src(Ty),
    /// A constant of the type. Integers narrower than the type are sign-extended,
    /// wider fields hold the value sign-extended; floats are their bits.
    Imm(ValType),
    /// A constant added to an address, unsigned.
    Offset,
    /// A constant added to the address of a data row, signed.
    Addend,
    /// A branch target: signed distance in words from the instruction's first word.
    Label,
    /// A list of branch targets, as i32; its length is `b:c` + 1, the last is the default.
    Targets,
    /// An index in the space.
    Index(IndexSpace),
    /// A trap kind, [`super::Trap`].
    TrapKind,
    /// A type word that means a reference type.
    RefType,
    /// The number of a field of a struct.
    Field,
    /// The number of arguments in the list.
    Count,
    /// Registers that are read, one for each parameter of the signature (for
    /// [`Signature::Own`], each result).
    Args(Signature),
    /// Registers that are written, one for each result of the signature; [`super::DISCARD`]
    /// drops the result.
    Results(Signature),
}

impl Role {
    /// The type of a register outside lists that is written.
    pub const fn written(self) -> Option<Ty> {
        match self {
            Role::Dst(ty) => Some(ty),
            Role::Src(_)
            | Role::Imm(_)
            | Role::Offset
            | Role::Addend
            | Role::Label
            | Role::Targets
            | Role::Index(_)
            | Role::TrapKind
            | Role::RefType
            | Role::Field
            | Role::Count
            | Role::Args(_)
            | Role::Results(_) => None,
        }
    }

    /// The word that documentation and JSON use.
    pub const fn word(self) -> &'static str {
        match self {
            Role::Dst(_) => "dst",
            Role::Src(_) => "src",
            Role::Imm(_) => "imm",
            Role::Offset => "offset",
            Role::Addend => "addend",
            Role::Label => "label",
            Role::Targets => "labels",
            Role::Index(space) => space.word(),
            Role::TrapKind => "trap kind",
            Role::RefType => "reftype",
            Role::Field => "field",
            Role::Count => "count",
            Role::Args(_) => "args",
            Role::Results(_) => "results",
        }
    }
}

/// Where in the encoding an operand lies. The first word holds the opcode and three
/// 16-bit fields, from the low end: `op`, `a`, `b`, `c`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Bits 16-31 of the first word.
    A,
    /// Bits 32-47 of the first word.
    B,
    /// Bits 48-63 of the first word.
    C,
    /// Bits 32-63 of the first word.
    BC,
    /// The whole second word.
    W1,
    /// Bits 0-31 of the second word.
    W1Lo,
    /// Bits 32-63 of the second word.
    W1Hi,
    /// Bits 0-15 of the second word.
    W1A,
    /// Bits 16-31 of the second word.
    W1B,
    /// Bits 32-47 of the second word.
    W1C,
    /// The words after the fixed ones.
    List,
}

impl Field {
    /// The word that holds the field (0 or 1), the lowest bit and the number of bits;
    /// none for a list.
    #[inline]
    pub const fn bits(self) -> Option<(usize, u32, u32)> {
        match self {
            Field::A => Some((0, 16, 16)),
            Field::B => Some((0, 32, 16)),
            Field::C => Some((0, 48, 16)),
            Field::BC => Some((0, 32, 32)),
            Field::W1 => Some((1, 0, 64)),
            Field::W1Lo => Some((1, 0, 32)),
            Field::W1Hi => Some((1, 32, 32)),
            Field::W1A => Some((1, 0, 16)),
            Field::W1B => Some((1, 16, 16)),
            Field::W1C => Some((1, 32, 16)),
            Field::List => None,
        }
    }
}

impl Field {
    /// Whether a value fits, as an unsigned number.
    pub(crate) fn fits_unsigned(self, value: u64) -> bool {
        match self.bits() {
            Some((_, _, width)) if width < 64 => value >> width == 0,
            _ => true,
        }
    }

    /// Whether a value fits, as a signed number.
    pub(crate) fn fits_signed(self, value: i64) -> bool {
        match self.bits() {
            Some((_, _, width)) if width < 64 => {
                let high = value >> (width - 1);
                high == 0 || high == -1
            }
            _ => true,
        }
    }

    /// Whether a constant of a type fits. Of floats the bits count, as many as there is room for.
    pub(crate) fn fits_constant(self, ty: ValType, value: i64) -> bool {
        match ty {
            ValType::F32 | ValType::F64 => true,
            ValType::I32 => value == i64::from(value as i32) && self.fits_signed(value),
            ValType::I64 | ValType::Ref(_) | ValType::Ptr => self.fits_signed(value),
        }
    }

    /// The name that documentation uses.
    pub const fn name(self) -> &'static str {
        match self {
            Field::A => "a",
            Field::B => "b",
            Field::C => "c",
            Field::BC => "b:c",
            Field::W1 => "w1",
            Field::W1Lo => "w1.lo",
            Field::W1Hi => "w1.hi",
            Field::W1A => "w1.a",
            Field::W1B => "w1.b",
            Field::W1C => "w1.c",
            Field::List => "list",
        }
    }
}

/// One operand of an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operand {
    /// The name that the row's documentation uses.
    pub name: &'static str,
    /// What it is.
    pub role: Role,
    /// Where it lies.
    pub field: Field,
}

/// What an instruction may do besides writing its destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effects(u16);

impl Effects {
    pub(super) const NONE: Effects = Effects(0);
    /// Nothing: the same operands always give the same result.
    pub const PURE: Effects = Effects(0);
    /// Reads memory, its size included.
    pub const READS_MEM: Effects = Effects(1);
    /// Writes memory, its size included.
    pub const WRITES_MEM: Effects = Effects(1 << 1);
    /// Reads globals, tables or segments.
    pub const READS_STATE: Effects = Effects(1 << 2);
    /// Writes globals, tables or segments.
    pub const WRITES_STATE: Effects = Effects(1 << 3);
    /// May trap.
    pub const TRAPS: Effects = Effects(1 << 4);
    /// Calls a function.
    pub const CALLS: Effects = Effects(1 << 5);
    /// Ends a basic block.
    pub const ENDS: Effects = Effects(1 << 6);
    /// Never continues at the next instruction.
    pub const STOPS: Effects = Effects(1 << 7);
    /// A collector may run here.
    pub const SAFEPOINT: Effects = Effects(1 << 8);
    /// Asks for storage.
    pub const ALLOCATES: Effects = Effects(1 << 9);
    /// May raise an exception.
    pub const THROWS: Effects = Effects(1 << 10);
    /// Costs a unit of fuel for each 4 KiB that it moves.
    pub const BULK: Effects = Effects(1 << 11);
    /// Reads managed objects.
    pub const READS_HEAP: Effects = Effects(1 << 12);
    /// Writes managed objects.
    pub const WRITES_HEAP: Effects = Effects(1 << 13);

    /// The effects with the words that documentation and JSON use for them.
    pub const NAMES: &'static [(Effects, &'static str)] = &[
        (Effects::READS_MEM, "reads memory"),
        (Effects::WRITES_MEM, "writes memory"),
        (Effects::READS_STATE, "reads state"),
        (Effects::WRITES_STATE, "writes state"),
        (Effects::TRAPS, "may trap"),
        (Effects::CALLS, "calls"),
        (Effects::ENDS, "ends a block"),
        (Effects::STOPS, "does not continue"),
        (Effects::SAFEPOINT, "safepoint"),
        (Effects::ALLOCATES, "allocates"),
        (Effects::THROWS, "may throw"),
        (Effects::BULK, "bulk"),
        (Effects::READS_HEAP, "reads objects"),
        (Effects::WRITES_HEAP, "writes objects"),
    ];

    /// Both together.
    pub const fn and(self, other: Effects) -> Effects {
        Effects(self.0 | other.0)
    }

    /// Whether all of `other` are among these.
    #[inline]
    pub const fn has(self, other: Effects) -> bool {
        self.0 & other.0 == other.0
    }
}

/// What kind of instruction it is: those of a class have the same operands, except for their types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A constant into a register.
    Constant,
    /// A register from one.
    Unary,
    /// A register from two, or from one and a constant.
    Binary,
    /// The same, and the result is 1 or 0.
    Compare,
    /// A branch on such a comparison.
    CompareBranch,
    /// A register from memory.
    Load,
    /// Memory from a register.
    Store,
    /// None of these.
    Other,
}

/// The instructions to which one is related.
#[derive(Clone, Copy, Debug)]
pub(super) struct Related {
    pub(super) inverse: Option<Op>,
    pub(super) mirror: Option<Op>,
    pub(super) branch: Option<Op>,
}

impl Related {
    pub(super) const NONE: Related = Related {
        inverse: None,
        mirror: None,
        branch: None,
    };

    pub(super) const fn inverse(self, other: Op) -> Related {
        Related {
            inverse: Some(other),
            ..self
        }
    }

    pub(super) const fn mirror(self, other: Op) -> Related {
        Related {
            mirror: Some(other),
            ..self
        }
    }

    pub(super) const fn branch(self, other: Op) -> Related {
        Related {
            branch: Some(other),
            ..self
        }
    }
}

/// A row of the op table: an instruction.
#[derive(Debug)]
pub struct OpInfo {
    /// The instruction.
    pub op: Op,
    /// Its name in the library.
    pub name: &'static str,
    /// The mnemonic, in capitals.
    pub mnemonic: &'static str,
    /// The types that follow the mnemonic: `ADD.i64`, `WRAP.i32.i64`.
    pub suffix: &'static [ValType],
    /// What kind of instruction it is.
    pub class: Class,
    /// What it may do.
    pub effects: Effects,
    pub(super) related: Related,
    /// The first of its forms, and their number.
    pub(super) forms: (u16, u16),
    pub(super) doc: &'static str,
}

impl OpInfo {
    /// What the instruction does, in one or two sentences of Markdown.
    pub fn doc(&self) -> &'static str {
        self.doc.trim_ascii()
    }

    /// Mnemonic and suffix, as canonical text writes them.
    pub fn full_mnemonic(&self) -> String {
        let mut text = self.mnemonic.to_owned();
        for ty in self.suffix {
            text.push('.');
            text.push_str(&ty.to_string());
        }
        text
    }
}

/// A form: one way to encode an instruction.
#[derive(Clone, Copy, Debug)]
pub struct FormInfo {
    /// The form.
    pub form: Form,
    /// The instruction.
    pub op: Op,
    /// The opcode number.
    pub number: u16,
    /// The operands in the order of the text form.
    pub operands: &'static [Operand],
    fixed_words: u8,
    tail: Tail,
    unused_bits: (u64, u64),
}

impl FormInfo {
    pub(super) const fn of(
        form: Form,
        number: u16,
        op: Op,
        operands: &'static [Operand],
    ) -> FormInfo {
        FormInfo {
            form,
            op,
            number,
            operands,
            fixed_words: fixed_words(operands),
            tail: tail(operands),
            unused_bits: unused_bits(operands),
        }
    }

    /// The number of words that every instance has, 1 or 2; lists follow them.
    #[inline]
    pub const fn fixed_words(&self) -> usize {
        self.fixed_words as usize
    }

    /// What follows the fixed words.
    #[inline]
    pub const fn tail(&self) -> Tail {
        self.tail
    }

    /// The bits of word 0 and word 1 that no operand uses; they are zero in a valid
    /// instruction.
    #[inline]
    pub const fn unused_bits(&self) -> (u64, u64) {
        self.unused_bits
    }

    /// For a form with a wide constant: the operand, and the narrower form that must be
    /// used instead when the constant fits it.
    pub fn narrower(&self) -> Option<(&'static Operand, &'static FormInfo)> {
        let wide = self.operands.iter().find(|operand| {
            operand.field == Field::W1
                && matches!(operand.role, Role::Imm(_) | Role::Offset | Role::Addend)
        })?;
        let mut forms = self.op.forms().iter().rev();
        let narrower = forms.find(|form| form.number < self.number)?;
        Some((wide, narrower))
    }
}

const fn fixed_words(operands: &[Operand]) -> u8 {
    let mut i = 0;
    while i < operands.len() {
        if let Some((1, ..)) = operands[i].field.bits() {
            return 2;
        }
        i += 1;
    }
    1
}

const fn unused_bits(operands: &[Operand]) -> (u64, u64) {
    let mut used = [0xffff_u64, 0];
    match tail(operands) {
        Tail::None => {}
        // The number of list words lies in `a`, the number of targets in `b:c`.
        Tail::Registers => used[0] |= 0xffff_0000,
        Tail::Targets => used[0] |= 0xffff_ffff_0000_0000,
    }
    let mut i = 0;
    while i < operands.len() {
        if let Some((word, shift, width)) = operands[i].field.bits() {
            used[word] |= (u64::MAX >> (64 - width)) << shift;
        }
        i += 1;
    }
    let second = if fixed_words(operands) == 2 {
        !used[1]
    } else {
        0
    };
    (!used[0], second)
}

const fn tail(operands: &[Operand]) -> Tail {
    let mut i = 0;
    while i < operands.len() {
        if matches!(operands[i].field, Field::List) {
            return match operands[i].role {
                Role::Targets => Tail::Targets,
                Role::Dst(_)
                | Role::Src(_)
                | Role::Imm(_)
                | Role::Offset
                | Role::Addend
                | Role::Label
                | Role::Index(_)
                | Role::TrapKind
                | Role::RefType
                | Role::Field
                | Role::Count
                | Role::Args(_)
                | Role::Results(_) => Tail::Registers,
            };
        }
        i += 1;
    }
    Tail::None
}

/// What may follow an instruction's fixed words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// Nothing.
    None,
    /// Registers as u16, `a` words of them, padded with zero.
    Registers,
    /// Branch targets as i32, `b:c` + 1 of them, padded with zero.
    Targets,
}
