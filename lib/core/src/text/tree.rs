//! The tree of a text: what is where, before names mean anything.
//!
//! Functions' statements and operands lie in two flat vectors, because they are nearly all of a large
//! text. Directives are few and have a variant each.

use super::Span;
use super::interner::{Interner, Sym};
use crate::isa::ValType;
use crate::module::Kind;

/// A whole text.
#[derive(Debug, Default)]
pub struct Tree {
    /// The names.
    pub names: Interner,
    /// What is outside functions, and the functions, in text order.
    pub items: Vec<Item>,
    /// The statements of all functions, in text order.
    pub statements: Vec<Statement>,
    /// The operands of all instructions.
    pub operands: Vec<Operand>,
    /// The directives inside functions.
    pub directives: Vec<BodyDirective>,
    /// Signatures among operands.
    pub signatures: Vec<Signature>,
    /// Types among operands, `ref` with what follows.
    pub types: Vec<WrittenType>,
    /// Bytes of data rows.
    pub data: Vec<u8>,
}

/// A definition's or reference's name: `NAME`, `NAME#n` or `#n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name; [`Sym::NONE`] where only an index is written.
    pub sym: Sym,
    /// The index, where one is written.
    pub index: Option<u32>,
    /// Where.
    pub span: Span,
}

/// Something outside functions.
#[derive(Debug)]
pub enum Item {
    /// FUNC or MAIN.
    Function(Function),
    /// `.module`.
    Module(ModuleLine),
    /// `.type`, or the types between `.rec` and `.end`.
    Types(Vec<Type>),
    /// `.import` or `.extern`.
    Import(Import),
    /// `.memory`.
    Memory(Option<Name>, Size, Vec<Attribute>, Span),
    /// `.table`.
    Table(Name, WrittenType, Size, Vec<Attribute>),
    /// `.global`.
    Global(Global),
    /// `.tag`.
    Tag(Tag),
    /// `.data`.
    Data(Data),
    /// `.elem`.
    Elem(Elem),
    /// `.init`.
    Init(Vec<Name>),
    /// `.export`.
    Export(Kind, Name, Quoted),
    /// `.file`.
    File(u32, Quoted, Span),
    /// `.source`.
    Source(u32, Vec<u8>, Span),
    /// `.section`.
    Section([u8; 4], bool, Vec<u8>),
}

/// A name in quotes, or a bare one where either may appear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quoted {
    /// The name.
    pub sym: Sym,
    /// Where.
    pub span: Span,
}

/// Whether debug information is written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DebugMode {
    /// Names, files and lines are those of the text.
    Text,
    /// Only what directives state.
    Explicit,
    /// Nothing.
    None,
}

/// `.module`.
#[derive(Debug, Default)]
pub struct ModuleLine {
    /// Where.
    pub span: Span,
    /// `version=`.
    pub version: Option<(u64, Span)>,
    /// `draft=`.
    pub draft: Option<(u64, Span)>,
    /// `producer=`.
    pub producer: Option<Quoted>,
    /// `entry=`; the inner none is `entry=none`.
    pub entry: Option<Option<Name>>,
    /// `debug=`.
    pub debug: Option<DebugMode>,
}

/// A function type as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    /// Parameter types.
    pub params: Vec<WrittenType>,
    /// Result types.
    pub results: Vec<WrittenType>,
}

/// A type as written: what it is depends on the memory and on the types that the text declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrittenType {
    /// This type.
    Is(ValType),
    /// `addr`, the memory's index type.
    Addr,
    /// `ref NAME`, and with the flag `ref null NAME`.
    Ref(bool, Name),
}

/// `.type`.
#[derive(Debug)]
pub struct Type {
    /// Its name.
    pub name: Name,
    /// Its super.
    pub supertype: Option<Name>,
    /// `final`.
    pub is_final: bool,
    /// What it is.
    pub body: TypeBody,
}

/// What a `.type` is.
#[derive(Debug)]
pub enum TypeBody {
    /// A signature without `func`: final.
    Signature(Signature),
    /// `func (i64 -> i64)`.
    Func(Signature),
    /// `struct (x: i64)`.
    Struct(Vec<Field>),
    /// `array mut i8`.
    Array(Field),
}

/// A field of a struct, or the elements of an array.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name.
    pub name: Option<Name>,
    /// `mut`.
    pub is_mutable: bool,
    /// What it holds.
    pub storage: Storage,
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub enum Storage {
    /// `i8`.
    I8,
    /// `i16`.
    I16,
    /// A value.
    Value(WrittenType),
}

/// `.tag`.
#[derive(Debug)]
pub struct Tag {
    /// Its name.
    pub name: Name,
    /// Its type, where it is named.
    pub ty: Option<Name>,
    /// What its exceptions carry.
    pub signature: Signature,
    /// Attributes.
    pub attributes: Vec<Attribute>,
}

/// `MIN [max MAX] [index i64]`, or a memory's type and size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Type of indexes.
    pub index_type: ValType,
    /// Smallest size.
    pub min: u64,
    /// Largest.
    pub max: Option<u64>,
}

/// What an import or undefined symbol is.
#[derive(Debug)]
pub enum ImportType {
    /// A function; its type, where it is named, and its signature.
    Func(Option<Name>, Signature),
    /// A table.
    Table(WrittenType, Size),
    /// The memory.
    Memory(Size),
    /// A global; the flag means mutable.
    Global(WrittenType, bool),
    /// A data row.
    Data,
    /// A tag; its type, where it is named, and what its exceptions carry.
    Tag(Option<Name>, Signature),
}

impl ImportType {
    /// The kind.
    pub fn kind(&self) -> Kind {
        match self {
            ImportType::Func(..) => Kind::Func,
            ImportType::Table(..) => Kind::Table,
            ImportType::Memory(_) => Kind::Memory,
            ImportType::Global(..) => Kind::Global,
            ImportType::Data => Kind::Data,
            ImportType::Tag(..) => Kind::Tag,
        }
    }
}

/// `.import` or `.extern`.
#[derive(Debug)]
pub struct Import {
    /// First part of the name; none for an undefined symbol.
    pub module: Option<Sym>,
    /// Second part, or the symbol's name.
    pub name: Sym,
    /// The name in this text: that after `as`, else the import's own.
    pub local: Name,
    /// Whether `as` is written.
    pub renamed: bool,
    /// `.weak`.
    pub weak: bool,
    /// What it is.
    pub ty: ImportType,
}

/// What follows a definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// `.export ["NAME"]`.
    Export(Option<Quoted>, Span),
    /// `.local`.
    Local(Span),
    /// `.weak`.
    Weak(Span),
    /// `.hidden`.
    Hidden(Span),
    /// `.nosymbol`.
    NoSymbol(Span),
}

/// `.global`.
#[derive(Debug)]
pub struct Global {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: WrittenType,
    /// `mut`.
    pub mutable: bool,
    /// The first value, 0 or null where none is written.
    pub init: Option<GlobalInit>,
    /// Attributes.
    pub attributes: Vec<Attribute>,
}

/// The first value of a global.
#[derive(Clone, Copy, Debug)]
pub enum GlobalInit {
    /// A literal.
    Const(Operand),
    /// `null`.
    Null(Span),
    /// `func REF`.
    Func(Name),
    /// `data REF + N`.
    Data(Name, i64),
}

/// Where a data row lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataPlace {
    /// `[align N] [size N]`.
    Placed {
        /// Alignment.
        align: u32,
        /// Size, where one is written.
        size: Option<(u64, Span)>,
    },
    /// `at N`.
    Fixed(u64),
    /// `passive`.
    Passive,
}

/// `.data`.
#[derive(Debug)]
pub struct Data {
    /// Its name.
    pub name: Name,
    /// Where it lies.
    pub place: DataPlace,
    /// `readonly`.
    pub read_only: bool,
    /// Content.
    pub chunks: Vec<Chunk>,
    /// Attributes.
    pub attributes: Vec<Attribute>,
}

/// A piece of a data row's content.
#[derive(Clone, Copy, Debug)]
pub enum Chunk {
    /// Bytes of [`Tree::data`].
    Bytes {
        /// The first.
        start: usize,
        /// After the last.
        end: usize,
    },
    /// This many zeros.
    Zeros(u64, Span),
    /// A static address.
    Address(Name, i64),
}

/// What becomes of an element segment.
#[derive(Clone, Copy, Debug)]
pub enum ElemPlace {
    /// `passive`, or nothing.
    Passive,
    /// `declare`.
    Declarative,
    /// `at TABLE + N`.
    Active(Name, u64),
}

/// `.elem`.
#[derive(Debug)]
pub struct Elem {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: WrittenType,
    /// What becomes of it.
    pub place: ElemPlace,
    /// Functions, none for null.
    pub items: Vec<Option<Name>>,
}

/// FUNC or MAIN up to END.
#[derive(Debug)]
pub struct Function {
    /// Its name.
    pub name: Name,
    /// MAIN.
    pub main: bool,
    /// Its type, where it is named.
    pub ty: Option<Name>,
    /// Parameters.
    pub params: Vec<(Option<Name>, WrittenType)>,
    /// Results, where they are written.
    pub results: Option<Vec<WrittenType>>,
    /// The number of operands of the first RETURN.
    pub first_return: Option<u32>,
    /// Something in the head could not be read: the type is not known.
    pub bad_head: bool,
    /// Its part of [`Tree::statements`].
    pub statements: std::ops::Range<u32>,
    /// Attributes.
    pub attributes: Vec<Attribute>,
    /// END.
    pub end: Span,
    /// Line and column of END.
    pub end_at: (u32, u32),
}

/// What a statement inside a function is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementKind {
    /// An instruction; `name` is its mnemonic.
    Instruction,
    /// A label; `name` is its name.
    Label,
    /// A directive; `operands` is its index in [`Tree::directives`].
    Directive,
    /// Something that could not be read; it has been complained about. `name` is a mnemonic, if
    /// it had one.
    Bad,
}

/// A statement inside a function.
#[derive(Clone, Copy, Debug)]
pub struct Statement {
    /// What it is.
    pub kind: StatementKind,
    /// See [`StatementKind`].
    pub name: Sym,
    /// The first byte.
    pub start: u32,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
    /// The first of its operands.
    pub operands: u32,
    /// The number of its operands.
    pub count: u32,
}

/// What an operand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperandKind {
    /// A bare name, with or without index; `value` is an addend.
    Word,
    /// A name or string in quotes; read from the text when it is asked for.
    Quoted,
    /// `#n`.
    Index,
    /// `%n`; the number is in `index`.
    Register,
    /// An integer; `value` is its magnitude.
    Int,
    /// A float; read from the text when its type is known.
    Float,
    /// `[base + offset]`, or `[base - offset]` where it is negative; the offset is in `value`, and
    /// the base, a Word, Quoted or Register operand, follows.
    Address,
    /// A signature; `index` is its place in [`Tree::signatures`].
    Signature,
    /// `ref` with what follows; `index` is its place in [`Tree::types`].
    Type,
    /// `->`: what follows are results.
    Arrow,
    /// `else`: what follows is the default target.
    Else,
}

/// An operand of an instruction.
#[derive(Clone, Copy, Debug)]
pub struct Operand {
    /// What it is.
    pub kind: OperandKind,
    /// There is a minus before the number.
    pub negative: bool,
    /// The integer or addend has more than 64 bits, or the addend is written: see `value`.
    pub flag: Flag,
    /// The name.
    pub sym: Sym,
    /// An index; `u32::MAX` where none is written.
    pub index: u32,
    /// Where.
    pub span: Span,
    /// See [`OperandKind`].
    pub value: u64,
}

/// More about an operand's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flag {
    /// Nothing.
    Plain,
    /// An integer that has more than 64 bits.
    Huge,
    /// A name with an addend.
    Addend,
    /// An integer that was written as a character, or as `true` or `false`.
    Other,
}

impl Operand {
    /// No index.
    pub const NO_INDEX: u32 = u32::MAX;

    /// An operand of a kind at a place, without anything else.
    pub fn new(kind: OperandKind, span: Span) -> Operand {
        Operand {
            kind,
            negative: false,
            flag: Flag::Plain,
            sym: Sym::NONE,
            index: Operand::NO_INDEX,
            span,
            value: 0,
        }
    }

    /// The operand as a reference.
    pub fn name(&self) -> Name {
        Name {
            sym: self.sym,
            index: (self.index != Operand::NO_INDEX).then_some(self.index),
            span: self.span,
        }
    }
}

/// A directive inside a function.
#[derive(Debug)]
pub enum BodyDirective {
    /// `.reg`.
    Registers {
        /// The registers.
        registers: Vec<NewRegister>,
        /// Their type.
        ty: WrittenType,
        /// `zeroed`.
        zeroed: bool,
    },
    /// `.loc FILE LINE COLUMN`, or `.loc none`.
    Loc(Option<(u32, u32, u32)>, Span),
}

/// One entry of `.reg`.
#[derive(Clone, Copy, Debug)]
pub enum NewRegister {
    /// A named one.
    Named(Name),
    /// `%first..%last`, unnamed.
    Unnamed(u32, u32, Span),
}
