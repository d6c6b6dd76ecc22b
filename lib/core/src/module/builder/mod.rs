//! Making modules: what a compiler calls, without knowing the encoding.
//!
//! A [`ModuleBuilder`] collects definitions and hands out handles for them; a
//! [`FunctionBuilder`] collects the code of one function. Functions, tables and so on may be used
//! before they are defined, and imports may be added at any time: the numbers that a file needs
//! are assigned by [`ModuleBuilder::finish`], which returns a module in canonical form.
//!
//! ```
//! # use vbc_core as vbc;
//! use vbc::isa::ValType::I64;
//! use vbc::module::builder::{FunctionBuilder, ModuleBuilder};
//!
//! let mut module = ModuleBuilder::new();
//! let print = module.support_routine("vbc.print_i64").unwrap();
//!
//! // fn double(x) { x * 2 }
//! let mut f = FunctionBuilder::new(&[I64], &[I64]);
//! let x = f.param(0);
//! let d = f.reg(I64);
//! f.op("MUL", &[d.into(), x.into(), 2.into()]);
//! f.ret(&[d]);
//! let double = module.function("double", f);
//!
//! // The program.
//! let mut f = FunctionBuilder::new(&[], &[]);
//! let x = f.reg(I64);
//! f.constant(x, 21);
//! f.call(double, &[x], &[x]);
//! f.call(print, &[x], &[]);
//! f.ret(&[]);
//! let main = module.function("main", f);
//! module.entry(main);
//!
//! let module = module.finish()?;
//! assert_eq!(module.functions.len(), 2);
//! # Ok::<(), vbc::module::builder::BuildError>(())
//! ```
//!
//! Objects have declared types; a struct that refers to itself names the handle that it is going to get.
//!
//! ```
//! # use vbc_core as vbc;
//! use vbc::isa::ValType::I32;
//! use vbc::module::builder::{Arg, FunctionBuilder, ModuleBuilder};
//! use vbc::module::{CompositeType, FieldType, StorageType, SubType};
//!
//! let mut module = ModuleBuilder::new();
//! let tree = module.next_type();
//! let field = |ty| FieldType { storage: StorageType::Value(ty), is_mutable: false };
//! let child = field(tree.reference(true));
//! let fields = Box::new([child, child, field(I32)]);
//! module.type_group([SubType::new(CompositeType::Struct(fields), None, true)]);
//!
//! // fn leaf(x) { tree(null, null, x) }
//! let mut f = FunctionBuilder::new(&[I32], &[tree.reference(false)]);
//! let (x, t) = (f.param(0), f.reg(tree.reference(false)));
//! let none = f.zeroed_reg(tree.reference(true));
//! f.op("STRUCT_NEW", &[tree.into(), Arg::Regs(&[none, none, x]), Arg::Regs(&[t])]);
//! f.ret(&[t]);
//! let leaf = module.function("leaf", f);
//!
//! // fn sum(t) { t == null ? 0 : t.2 + sum(t.0) + sum(t.1) }
//! let mut f = FunctionBuilder::new(&[tree.reference(true)], &[I32]);
//! let (here, sum, part) = (f.reg(tree.reference(false)), f.reg(I32), f.reg(I32));
//! let (side, empty) = (f.reg(tree.reference(true)), f.label());
//! let own = module.declare(&f.func_type());
//! f.op("BR_ON_NULL", &[here.into(), f.param(0).into(), empty.into()]);
//! f.op("STRUCT_GET", &[sum.into(), here.into(), Arg::Field(2)]);
//! for number in 0..2 {
//!     f.op("STRUCT_GET", &[side.into(), here.into(), Arg::Field(number)]);
//!     f.call(own, &[side], &[part]);
//!     f.op("ADD", &[sum.into(), sum.into(), part.into()]);
//! }
//! f.ret(&[sum]);
//! f.bind(empty);
//! f.constant(sum, 0);
//! f.ret(&[sum]);
//! module.define(own, f);
//!
//! let module = module.finish()?;
//! assert!(vbc::verify::verify(&module, &Default::default()).is_empty());
//! # Ok::<(), vbc::module::builder::BuildError>(())
//! ```

mod emit;
mod error;
mod finish;
mod function;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use super::lines::LinePlace;
use super::rows::{
    AddressRow, Binding, DataKind, DataRow, ElementMode, GlobalRow, ImportRow, InitKind, Kind,
    MemoryRow, NO_MAX, NONE, NameSpace, RegisterRun, TableRow, TagRow,
};
use super::strings::StringsBuilder;
use super::{SubType, Types, UnknownSection, support};
use crate::isa::{FuncType, HeapType, IndexSpace, RefType, ValType};

use error::Fault;

pub use emit::{Arg, form_of};
pub use error::BuildError;
pub use function::FunctionBuilder;

macro_rules! handles {
    ($($(#[doc = $doc:literal])+ $name:ident)*) => {$(
        $(#[doc = $doc])+
        ///
        /// Valid for the builder that issued it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(#[doc(hidden)] pub u32);
    )*};
}

handles! {
    /// A function, imported ones included.
    Func
    /// A table.
    Table
    /// The memory.
    Memory
    /// A global.
    Global
    /// A data row.
    Data
    /// An element segment.
    Elem
    /// A tag of exceptions.
    Tag
    /// A type.
    TypeId
    /// A source file.
    File
    /// A place in a function that branches go to.
    Label
}

/// A register of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reg(#[doc(hidden)] pub u16);

impl TypeId {
    /// The type of references to what has this type, which may be null only if `nullable`.
    pub fn reference(self, nullable: bool) -> ValType {
        ValType::Ref(RefType::new(nullable, HeapType::Defined(self.0)))
    }
}

impl Reg {
    /// In a list of results: the result is dropped.
    pub const DISCARD: Reg = Reg(crate::isa::DISCARD);

    /// The register's number in the function.
    pub fn number(self) -> u16 {
        self.0
    }
}

/// Something that can have a symbol: what [`ModuleBuilder::symbol`] and the like take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Item {
    kind: Kind,
    number: u32,
}

impl Item {
    /// Its kind.
    pub fn kind(self) -> Kind {
        self.kind
    }

    /// The number of its handle among those of its kind.
    pub fn number(self) -> u32 {
        self.number
    }
}

macro_rules! items {
    ($($name:ident)*) => {$(
        impl From<$name> for Item {
            fn from(handle: $name) -> Item {
                Item { kind: Kind::$name, number: handle.0 }
            }
        }
    )*};
}

items! { Func Table Memory Global Data Tag }

/// The size of a memory in pages of 64 KiB, or of a table in elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// At first.
    pub min: u64,
    /// At most; none where nothing limits it.
    pub max: Option<u64>,
    /// Type of addresses or indexes, `i32` or `i64`.
    pub index_type: ValType,
}

impl Size {
    fn max(self) -> u64 {
        self.max.unwrap_or(NO_MAX)
    }
}

/// The first value of a global.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Init {
    /// A constant's bits.
    Const(u64),
    /// The null reference.
    Null,
    /// A reference to a function.
    Func(Func),
    /// The address of a data row plus a number of bytes.
    Data(Data, i64),
}

/// Where a data row lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// Wherever loading puts it.
    Placed {
        /// Alignment in bytes, a power of two.
        align: u32,
        /// Size in bytes, at least that of the content; the rest is zeros.
        size: u64,
    },
    /// At this address.
    Fixed(u64),
    /// Nowhere; MEMORY_INIT copies from it.
    Passive,
}

/// What becomes of an element segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment {
    /// TABLE_INIT reads it.
    Passive,
    /// Copied to the table at the index when the program starts.
    Active(Table, u64),
    /// Nothing.
    Declarative,
}

/// What a handle stands for: an import row, or a definition.
#[derive(Clone, Copy, Debug)]
enum Entity {
    Import(u32),
    Defined(u32),
}

/// A defined function, its body in the builder's pools.
#[derive(Debug, Default)]
struct Body {
    ty: u32,
    runs: (usize, usize),
    code: (usize, usize),
    lines: (usize, usize),
    names: (usize, usize),
    defined: bool,
}

#[derive(Clone, Copy, Debug)]
struct Symbol {
    item: Item,
    name: u32,
    flags: u32,
}

/// Collects the parts of a module. See the [module documentation](self).
#[derive(Debug, Default)]
pub struct ModuleBuilder {
    producer: Option<String>,
    entry: Option<Func>,
    types: Types,
    type_index: HashMap<FuncType, u32>,
    imports: Vec<ImportRow>,
    /// For each kind, what its handles stand for.
    entities: [Vec<Entity>; Kind::ALL.len()],
    strings: StringsBuilder,
    tables: Vec<TableRow>,
    memories: Vec<MemoryRow>,
    globals: Vec<GlobalRow>,
    tags: Vec<TagRow>,
    data: Vec<DataRow>,
    data_bytes: Vec<u8>,
    addresses: Vec<AddressRow>,
    elements: Vec<super::ElementRow>,
    element_items: Vec<u32>,
    initialisers: Vec<Func>,
    bodies: Vec<Body>,
    runs: Vec<RegisterRun>,
    code: Vec<u64>,
    lines: Vec<(u32, Option<LinePlace>)>,
    register_names: Vec<(u16, u32)>,
    exports: Vec<(Item, u32)>,
    symbols: Vec<Symbol>,
    debug_strings: StringsBuilder,
    names: Vec<(NameSpace, u32, u32)>,
    field_names: Vec<(u32, u32, u32)>,
    files: Vec<(u32, Option<(usize, usize)>)>,
    sources: Vec<u8>,
    unknown: Vec<UnknownSection>,
    support: HashMap<&'static str, Func>,
    /// The first mistake, and the function in which it was made.
    mistake: Option<(Func, Fault)>,
}

impl ModuleBuilder {
    /// A module without anything.
    pub fn new() -> Self {
        ModuleBuilder::default()
    }

    /// Names the program that makes the module, at most 16 bytes; `vbc` and its version unless
    /// called.
    pub fn producer(&mut self, name: &str) {
        self.producer = Some(name.to_owned());
    }

    /// Makes `func` the entry.
    pub fn entry(&mut self, func: Func) {
        self.entry = Some(func);
    }

    /// The handle of a final type of functions; equal types have equal handles.
    pub fn func_type(&mut self, ty: &FuncType) -> TypeId {
        if let Some(&index) = self.type_index.get(ty) {
            return TypeId(index);
        }
        let index = self.types.len() as u32;
        self.types.push(ty.clone().into());
        self.type_index.insert(ty.clone(), index);
        TypeId(index)
    }

    /// The handle that the next declared type gets, for types that refer to each other.
    pub fn next_type(&self) -> TypeId {
        TypeId(self.types.len() as u32)
    }

    /// Declares a group of types, which may refer to each other by the handles from [`Self::next_type`] on, and to
    /// types declared before. Returns the handle of the first; the others follow it. Whether a group begins with a type
    /// is set here.
    ///
    /// ```
    /// # use vbc_core as vbc;
    /// use vbc::isa::ValType::{self, I64};
    /// use vbc::module::builder::ModuleBuilder;
    /// use vbc::module::{CompositeType, FieldType, StorageType, SubType};
    ///
    /// let mut module = ModuleBuilder::new();
    /// let list = module.next_type();
    /// let field = |ty: ValType| FieldType { storage: StorageType::Value(ty), is_mutable: false };
    /// let node = CompositeType::Struct([field(I64), field(list.reference(true))].into());
    /// let list = module.type_group([SubType::new(node, None, true)]);
    /// module.global(list.reference(true), true, vbc::module::builder::Init::Null);
    ///
    /// let module = module.finish()?;
    /// assert!(module.is_managed());
    /// # Ok::<(), vbc::module::builder::BuildError>(())
    /// ```
    pub fn type_group(&mut self, types: impl IntoIterator<Item = SubType>) -> TypeId {
        let first = self.next_type();
        for (at, ty) in types.into_iter().enumerate() {
            self.types.push(SubType {
                starts_group: at == 0,
                ..ty
            });
        }
        first
    }

    /// The types so far, by the numbers of their handles.
    pub fn types(&self) -> &Types {
        &self.types
    }

    /// The function type of a handle.
    pub fn type_of(&self, ty: TypeId) -> Option<&FuncType> {
        self.types.func(ty.0)
    }

    fn add_import(&mut self, kind: Kind, module: Option<&str>, name: &str, row: ImportRow) -> u32 {
        let module = module.map_or(NONE, |module| self.strings.intern(module));
        let name = self.strings.intern(name);
        let number = self.imports.len() as u32;
        self.imports.push(ImportRow {
            kind: kind as u32,
            module,
            name,
            ..row
        });
        let handles = &mut self.entities[kind as usize];
        handles.push(Entity::Import(number));
        handles.len() as u32 - 1
    }

    fn add_defined(&mut self, kind: Kind, number: usize) -> u32 {
        let handles = &mut self.entities[kind as usize];
        handles.push(Entity::Defined(number as u32));
        handles.len() as u32 - 1
    }

    /// Imports a function: `module` is the first part of its name, or none for an undefined
    /// symbol, which linking resolves.
    pub fn import_func(&mut self, module: Option<&str>, name: &str, ty: &FuncType) -> Func {
        let ty = self.func_type(ty);
        self.import_func_of(module, name, ty)
    }

    /// Like [`Self::import_func`], but of a declared type.
    pub fn import_func_of(&mut self, module: Option<&str>, name: &str, ty: TypeId) -> Func {
        let TypeId(ty) = ty;
        let row = ImportRow {
            ty,
            ..ImportRow::default()
        };
        Func(self.add_import(Kind::Func, module, name, row))
    }

    /// Imports a table of `elem`; `module` as for functions.
    pub fn import_table(
        &mut self,
        module: Option<&str>,
        name: &str,
        elem: ValType,
        size: Size,
    ) -> Table {
        let row = ImportRow {
            ty: elem.word(),
            index_type: size.index_type.word(),
            min: size.min,
            max: size.max(),
            ..ImportRow::default()
        };
        Table(self.add_import(Kind::Table, module, name, row))
    }

    /// Imports the memory; `module` as for functions.
    pub fn import_memory(&mut self, module: Option<&str>, name: &str, size: Size) -> Memory {
        let row = ImportRow {
            index_type: size.index_type.word(),
            min: size.min,
            max: size.max(),
            ..ImportRow::default()
        };
        Memory(self.add_import(Kind::Memory, module, name, row))
    }

    /// Imports a global; `module` as for functions.
    pub fn import_global(
        &mut self,
        module: Option<&str>,
        name: &str,
        ty: ValType,
        mutable: bool,
    ) -> Global {
        let row = ImportRow {
            ty: ty.word(),
            flags: if mutable { ImportRow::MUTABLE } else { 0 },
            ..ImportRow::default()
        };
        Global(self.add_import(Kind::Global, module, name, row))
    }

    /// A data row that another object defines under `name`.
    pub fn undefined_data(&mut self, name: &str) -> Data {
        Data(self.add_import(Kind::Data, None, name, ImportRow::default()))
    }

    /// Lets an undefined symbol stay undefined where nothing refers to it. No effect on others.
    pub fn weak_import(&mut self, item: impl Into<Item>) {
        let item = item.into();
        if let Some(&Entity::Import(row)) =
            self.entities[item.kind as usize].get(item.number as usize)
        {
            self.imports[row as usize].flags |= ImportRow::WEAK;
        }
    }

    /// The support routine `name` (`vbc.print_i64`), which is imported when it is first asked for.
    /// None when there is no such routine. Its addresses have the index type of the memory, so the
    /// memory comes first.
    pub fn support_routine(&mut self, name: &str) -> Option<Func> {
        let routine = support::routine(name)?;
        if let Some(&func) = self.support.get(routine.name) {
            return Some(func);
        }
        let ty = routine.func_type(self.addr());
        let func = self.import_func(None, name, &ty);
        self.support.insert(routine.name, func);
        Some(func)
    }

    /// The index type of the memory, i64 when there is none so far.
    pub fn addr(&self) -> ValType {
        let imported = self.imports.iter();
        let imported = imported
            .filter(|row| row.kind == Kind::Memory as u32)
            .map(|row| row.index_type);
        let defined = self.memories.iter().map(|row| row.index_type);
        let code = imported.chain(defined).next();
        code.and_then(ValType::from_word).unwrap_or(ValType::I64)
    }

    /// Imports a tag, whose exceptions carry the parameters of `ty`.
    pub fn import_tag(&mut self, module: Option<&str>, name: &str, ty: TypeId) -> Tag {
        let row = ImportRow {
            ty: ty.0,
            ..ImportRow::default()
        };
        Tag(self.add_import(Kind::Tag, module, name, row))
    }

    /// Declares a function that is defined later. Definitions keep the order of their declarations.
    pub fn declare(&mut self, ty: &FuncType) -> Func {
        let ty = self.func_type(ty);
        self.declare_of(ty)
    }

    /// Like [`Self::declare`], but of a declared type, which has to be one of functions.
    pub fn declare_of(&mut self, ty: TypeId) -> Func {
        let TypeId(ty) = ty;
        self.bodies.push(Body {
            ty,
            ..Body::default()
        });
        Func(self.add_defined(Kind::Func, self.bodies.len() - 1))
    }

    /// Gives a declared function its code. Its type is that of the declaration.
    pub fn define(&mut self, func: Func, body: FunctionBuilder) {
        let entity = self.entities[Kind::Func as usize].get(func.0 as usize);
        let taken = match entity {
            Some(&Entity::Defined(number)) => self.take_body(number as usize, body),
            _ => Err(Fault::Undefined),
        };
        if let Err(fault) = taken {
            self.mistake.get_or_insert((func, fault));
        }
    }

    /// A new function with a global symbol.
    pub fn function(&mut self, name: &str, body: FunctionBuilder) -> Func {
        let func = self.declare(&body.func_type());
        self.define(func, body);
        self.symbol(func, name, Binding::Global, false);
        func
    }

    /// A new memory.
    pub fn memory(&mut self, size: Size) -> Memory {
        self.memories.push(MemoryRow {
            index_type: size.index_type.word(),
            flags: 0,
            min: size.min,
            max: size.max(),
        });
        Memory(self.add_defined(Kind::Memory, self.memories.len() - 1))
    }

    /// A new table of `elem`, which is a reference type.
    pub fn table(&mut self, elem: ValType, size: Size) -> Table {
        self.tables.push(TableRow {
            elem: elem.word(),
            index_type: size.index_type.word(),
            min: size.min,
            max: size.max(),
        });
        Table(self.add_defined(Kind::Table, self.tables.len() - 1))
    }

    /// A new global.
    pub fn global(&mut self, ty: ValType, mutable: bool, init: Init) -> Global {
        let (init, index, value) = match init {
            Init::Const(bits) => (InitKind::Const, 0, bits),
            Init::Null => (InitKind::Null, 0, 0),
            Init::Func(func) => (InitKind::Func, func.0, 0),
            Init::Data(data, addend) => (InitKind::Data, data.0, addend as u64),
        };
        self.globals.push(GlobalRow {
            ty: ty.word(),
            flags: if mutable { GlobalRow::MUTABLE } else { 0 },
            init: init as u32,
            index,
            value,
        });
        Global(self.add_defined(Kind::Global, self.globals.len() - 1))
    }

    /// A new data row. `read_only` is a promise that the program does not write it.
    pub fn data(&mut self, placement: Placement, read_only: bool, content: &[u8]) -> Data {
        let length = content.len() as u64;
        let (kind, align, size, address) = match placement {
            Placement::Placed { align, size } => (DataKind::Placed, align, size.max(length), 0),
            Placement::Fixed(address) => (DataKind::Fixed, 1, length, address),
            Placement::Passive => (DataKind::Passive, 1, length, 0),
        };
        self.data.push(DataRow {
            kind: kind as u32,
            align,
            flags: if read_only { DataRow::READ_ONLY } else { 0 },
            memory: 0,
            size,
            address,
            offset: self.data_bytes.len() as u64,
            length,
        });
        self.data_bytes.extend_from_slice(content);
        Data(self.add_defined(Kind::Data, self.data.len() - 1))
    }

    /// Puts the address of `target` plus `addend` at `offset` of `data`, which is defined here.
    pub fn data_address(&mut self, data: Data, offset: u64, target: Data, addend: i64) {
        self.addresses.push(AddressRow {
            data: data.0,
            target: target.0,
            offset,
            addend,
        });
    }

    /// A new element segment of `elem`; items are functions or null.
    pub fn elem(
        &mut self,
        elem: ValType,
        segment: Segment,
        items: impl IntoIterator<Item = Option<Func>>,
    ) -> Elem {
        let (mode, table, offset) = match segment {
            Segment::Passive => (ElementMode::Passive, 0, 0),
            Segment::Active(table, offset) => (ElementMode::Active, table.0, offset),
            Segment::Declarative => (ElementMode::Declarative, 0, 0),
        };
        let first = self.element_items.len();
        let items = items.into_iter();
        self.element_items
            .extend(items.map(|item| item.map_or(NONE, |func| func.0)));
        self.elements.push(super::ElementRow {
            mode: mode as u32,
            elem: elem.word(),
            table,
            count: (self.element_items.len() - first) as u32,
            first: first as u64,
            offset,
        });
        Elem(self.elements.len() as u32 - 1)
    }

    /// Runs `func` before the entry, after the initialisers added so far.
    pub fn initialiser(&mut self, func: Func) {
        self.initialisers.push(func);
    }

    /// Exports something under `name`.
    pub fn export(&mut self, item: impl Into<Item>, name: &str) {
        let name = self.strings.intern(name);
        self.exports.push((item.into(), name));
    }

    /// Gives a definition its symbol. `hidden` symbols take part in linking, but do not outlive it.
    pub fn symbol(&mut self, item: impl Into<Item>, name: &str, binding: Binding, hidden: bool) {
        use super::SymbolRow;
        let binding = match binding {
            Binding::Local => SymbolRow::LOCAL,
            Binding::Global => 0,
            Binding::Weak => SymbolRow::WEAK,
        };
        let hidden = if hidden { SymbolRow::HIDDEN } else { 0 };
        let name = self.strings.intern(name);
        self.symbols.push(Symbol {
            item: item.into(),
            name,
            flags: binding | hidden,
        });
    }

    /// Gives something without a symbol a name for debuggers and listings.
    pub fn debug_name(&mut self, item: impl Into<Item>, name: &str) {
        let item = item.into();
        let space = NameSpace::of_kind(item.kind);
        let name = self.debug_strings.intern(name);
        self.names.push((space, item.number, name));
    }

    /// Defines a tag, whose exceptions carry the parameters of `ty`.
    pub fn tag(&mut self, ty: TypeId) -> Tag {
        self.tags.push(TagRow { ty: ty.0, flags: 0 });
        Tag(self.add_defined(Kind::Tag, self.tags.len() - 1))
    }

    /// Gives a type a name for listings.
    pub fn type_name(&mut self, ty: TypeId, name: &str) {
        let name = self.debug_strings.intern(name);
        self.names.push((NameSpace::Type, ty.0, name));
    }

    /// Gives a field of a struct a name for listings.
    pub fn field_name(&mut self, ty: TypeId, field: u32, name: &str) {
        let name = self.debug_strings.intern(name);
        self.field_names.push((ty.0, field, name));
    }

    /// Gives an element segment a name for listings.
    pub fn elem_name(&mut self, elem: Elem, name: &str) {
        let name = self.debug_strings.intern(name);
        self.names.push((NameSpace::Elem, elem.0, name));
    }

    /// A source file, which [`FunctionBuilder::place`] refers to.
    pub fn file(&mut self, path: &str) -> File {
        let name = self.debug_strings.intern(path);
        self.files.push((name, None));
        File(self.files.len() as u32 - 1)
    }

    /// Embeds the text of a source file.
    pub fn embed_source(&mut self, file: File, text: &[u8]) {
        let start = self.sources.len();
        self.sources.extend_from_slice(text);
        if let Some((_, source)) = self.files.get_mut(file.0 as usize) {
            *source = Some((start, text.len()));
        }
    }

    /// A section that readers may ignore. `debug` ones go when debug information is stripped.
    pub fn unknown_section(&mut self, tag: [u8; 4], debug: bool, bytes: Vec<u8>) {
        self.unknown.push(UnknownSection {
            tag,
            debug,
            bytes: bytes.into(),
        });
    }
}

impl From<Item> for IndexSpace {
    fn from(item: Item) -> IndexSpace {
        item.kind.into()
    }
}
