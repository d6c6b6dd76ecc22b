//! Declaring everything that has a name, and filling in what is not code.

use crate::diag::codes::text::*;
use crate::isa::{FuncType, IndexSpace, ValType};
use crate::module::builder::{
    self, Func, Global, Init, Item as Defined, Memory, Segment, Table, Tag,
};
use crate::module::{Binding, Kind};
use crate::text::Span;
use crate::text::interner::Sym;
use crate::text::parser::{float_bits, int_bits};
use crate::text::tree::{
    self, Attribute, DebugMode, ElemPlace, Function, GlobalInit, Import, ImportType, Item, Name,
    OperandKind, Size,
};

use super::Assembler;
use super::names::Detail;

impl Assembler<'_> {
    /// Declares names in the order of their indexes, then fills in what refers to names.
    pub(super) fn declare(&mut self) {
        let items = std::mem::take(&mut self.tree.items);
        self.find_memory(&items);
        self.declare_types(&items);
        for item in &items {
            if let Item::Import(import) = item {
                self.import(import);
            }
        }
        for item in &items {
            self.definition(item);
        }
        for item in &items {
            self.fill(item);
        }
        self.tree.items = items;
    }

    /// The index type of the memory is needed wherever `addr` is written.
    fn find_memory(&mut self, items: &[Item]) {
        let mut first: Option<Span> = None;
        for item in items {
            let (size, span) = if let Item::Memory(_, size, _, span) = item {
                (size, *span)
            } else if let Item::Import(import) = item
                && let ImportType::Memory(size) = &import.ty
            {
                (size, import.local.span)
            } else {
                continue;
            };
            match first {
                Some(first) => {
                    self.report
                        .error(&A0028, span, "a second memory")
                        .note("the first one", first)
                        .help("a module has at most one memory");
                }
                None => {
                    first = Some(span);
                    self.addr = size.index_type;
                }
            }
        }
    }

    fn size(size: &Size) -> builder::Size {
        builder::Size {
            min: size.min,
            max: size.max,
            index_type: size.index_type,
        }
    }

    /// A second memory has been complained about, and is left out.
    fn has_memory(&self) -> bool {
        !self.spaces.get(IndexSpace::Memory).order.is_empty()
    }

    fn import(&mut self, import: &Import) {
        if matches!(import.ty, ImportType::Memory(_)) && self.has_memory() {
            return;
        }
        let text = |sym: Sym| self.names.get(sym).to_owned();
        let module = import.module.map(text);
        let name = text(import.name);
        self.check_name(import.name, import.local.span, import.module.is_none());
        let module = module.as_deref();
        let (handle, detail, item): (u32, Detail, Defined) = match &import.ty {
            ImportType::Func(ty, signature) => {
                let ty = self.signature_type(*ty, signature);
                let func = self.module.import_func_of(module, &name, ty);
                (func.0, Detail::Type(Some(ty)), func.into())
            }
            ImportType::Tag(ty, signature) => {
                let ty = self.signature_type(*ty, signature);
                let tag = self.module.import_tag(module, &name, ty);
                (tag.0, Detail::None, tag.into())
            }
            ImportType::Table(elem, size) => {
                let elem = self.val_type(*elem);
                let table = self
                    .module
                    .import_table(module, &name, elem, Self::size(size));
                (table.0, Detail::Table(elem, size.index_type), table.into())
            }
            ImportType::Memory(size) => {
                let memory = self.module.import_memory(module, &name, Self::size(size));
                (memory.0, Detail::None, memory.into())
            }
            ImportType::Global(ty, mutable) => {
                let ty = self.val_type(*ty);
                let global = self.module.import_global(module, &name, ty, *mutable);
                (global.0, Detail::Global(ty), global.into())
            }
            ImportType::Data => {
                let data = self.module.undefined_data(&name);
                (data.0, Detail::None, data.into())
            }
        };
        if import.weak {
            self.module.weak_import(item);
        }
        if import.renamed && import.module.is_some() && self.keeps_names() {
            self.module
                .debug_name(item, self.names.get(import.local.sym));
        }
        self.sites.imports.push(import.local.span);
        self.declare_name(
            IndexSpace::from(import.ty.kind()),
            import.local,
            handle,
            detail,
        );
    }

    /// Names that the format cannot hold.
    pub(super) fn check_name(&mut self, sym: Sym, span: Span, symbol: bool) {
        let name = self.names.get(sym);
        let limit = self.options.limits.string_bytes;
        if symbol && sym.is_some() && name.is_empty() {
            self.report
                .error(&A0032, span, "a symbol's name is not empty");
        } else if name.len() as u64 > limit {
            let message = format!("the name has {} bytes, more than {limit}", name.len());
            self.report.error(&A0032, span, message);
        }
    }

    fn definition(&mut self, item: &Item) {
        match item {
            Item::Function(function) => self.declare_function(function),
            Item::Memory(name, size, attributes, span) => {
                if self.has_memory() {
                    return;
                }
                let handle = self.module.memory(Self::size(size));
                let name = name.unwrap_or(Name {
                    sym: Sym::NONE,
                    index: None,
                    span: *span,
                });
                self.sites.memories.push(name.span);
                let named = self.declare_name(IndexSpace::Memory, name, handle.0, Detail::None);
                self.attributes(handle.into(), name, attributes, named);
            }
            Item::Table(name, elem, size, attributes) => {
                let elem = self.val_type(*elem);
                let handle = self.module.table(elem, Self::size(size));
                self.sites.tables.push(name.span);
                let detail = Detail::Table(elem, size.index_type);
                let named = self.declare_name(IndexSpace::Table, *name, handle.0, detail);
                self.attributes(handle.into(), *name, attributes, named);
            }
            Item::Global(global) => {
                let ty = self.val_type(global.ty);
                let handle = Global(self.spaces.get(IndexSpace::Global).order.len() as u32);
                let detail = Detail::Global(ty);
                let named = self.declare_name(IndexSpace::Global, global.name, handle.0, detail);
                self.global_named.push(named);
            }
            Item::Tag(tag) => {
                let ty = self.signature_type(tag.ty, &tag.signature);
                let handle = self.module.tag(ty);
                self.sites.tags.push(tag.name.span);
                let named = self.declare_name(IndexSpace::Tag, tag.name, handle.0, Detail::None);
                self.attributes(handle.into(), tag.name, &tag.attributes, named);
            }
            Item::Data(data) => {
                let handle = self.data(data);
                self.rows.push(handle);
                self.sites.data.push(data.name.span);
                let named = self.declare_name(IndexSpace::Data, data.name, handle.0, Detail::None);
                self.attributes(handle.into(), data.name, &data.attributes, named);
            }
            Item::Elem(elem) => {
                let handle = self.spaces.get(IndexSpace::Elem).order.len() as u32;
                self.declare_name(IndexSpace::Elem, elem.name, handle, Detail::None);
            }
            Item::Module(_)
            | Item::Types(_)
            | Item::Import(_)
            | Item::Init(_)
            | Item::Export(..)
            | Item::File(..)
            | Item::Source(..)
            | Item::Section(..) => {}
        }
    }

    fn declare_function(&mut self, function: &Function) {
        let params: Vec<ValType> = function
            .params
            .iter()
            .map(|&(_, ty)| self.val_type(ty))
            .collect();
        let results = self.function_results(function);
        let ty = FuncType::new(&params, &results);
        let ty = self.named_type(function.ty, ty);
        let handle = self.module.declare_of(ty);
        self.functions.push(handle);
        self.sites.functions.push(function.name.span);
        let ty = match function.bad_head {
            true => None,
            false => Some(ty),
        };
        let named = self.declare_name(IndexSpace::Func, function.name, handle.0, Detail::Type(ty));
        self.attributes(handle.into(), function.name, &function.attributes, named);
    }

    /// Symbol, exports and debug name of a definition; without a symbol when its name belongs to
    /// another.
    fn attributes(&mut self, item: Defined, name: Name, attributes: &[Attribute], named: bool) {
        let mut binding = None;
        let mut hidden = None;
        let mut no_symbol = None;
        for attribute in attributes {
            match *attribute {
                Attribute::Export(export, span) => {
                    let sym = export.map_or(name.sym, |export| export.sym);
                    if export.is_none() && !name.sym.is_some() {
                        self.report
                            .error(&A0031, span, "what has no name is exported under one")
                            .help("write `.export \"NAME\"`");
                    } else if item.kind() == Kind::Data {
                        self.report.error(&A0031, span, "data cannot be exported");
                    } else {
                        self.check_name(sym, export.map_or(span, |export| export.span), false);
                        self.sites.exports.push((sym, span));
                        self.module.export(item, self.names.get(sym));
                    }
                }
                Attribute::Local(span) | Attribute::Weak(span) => {
                    let new = match attribute {
                        Attribute::Local(_) => Binding::Local,
                        Attribute::Export(..)
                        | Attribute::Weak(_)
                        | Attribute::Hidden(_)
                        | Attribute::NoSymbol(_) => Binding::Weak,
                    };
                    if binding.replace((new, span)).is_some() {
                        self.report
                            .error(&A0028, span, "a second binding of the same symbol");
                    }
                }
                Attribute::Hidden(span) => hidden = Some(span),
                Attribute::NoSymbol(span) => no_symbol = Some(span),
            }
        }
        let stated = binding.map(|(_, span)| span).or(hidden);
        if let Some(span) = stated
            && (no_symbol.is_some() || !name.sym.is_some())
        {
            self.report
                .error(&A0031, span, "there is no symbol that this could concern");
        }
        if !name.sym.is_some() || !named {
            return;
        }
        self.check_name(name.sym, name.span, no_symbol.is_none());
        let text = self.names.get(name.sym);
        if no_symbol.is_none() {
            let binding = binding.map_or(Binding::Global, |(binding, _)| binding);
            self.module.symbol(item, text, binding, hidden.is_some());
            self.sites.symbols.push((name.sym, name.span));
        } else if self.keeps_names() {
            self.module.debug_name(item, text);
        }
    }

    /// What refers to names.
    fn fill(&mut self, item: &Item) {
        match item {
            Item::Module(line) => {
                if let Some(Some(entry)) = line.entry
                    && let Some(entry) = self.resolve(IndexSpace::Func, entry)
                {
                    self.entry(Func(entry.handle), line.span);
                } else if line.entry == Some(None) {
                    self.sites.entry.get_or_insert(line.span);
                }
            }
            Item::Function(function) => {
                // A second MAIN defines `main` twice, and reporting that is enough.
                if let (true, Some(&func)) = (function.main, self.functions.get(self.filled.0))
                    && !std::mem::replace(&mut self.main, true)
                {
                    self.entry(func, function.name.span);
                }
                self.filled.0 += 1;
            }
            Item::Global(global) => self.fill_global(global),
            Item::Data(data) => self.addresses(data),
            Item::Elem(elem) => self.fill_elem(elem),
            Item::Init(names) => {
                for &name in names {
                    self.sites.initialisers.push(name.span);
                    if let Some(entry) = self.resolve(IndexSpace::Func, name) {
                        self.module.initialiser(Func(entry.handle));
                    }
                }
            }
            Item::Export(kind, name, export) => {
                self.check_name(export.sym, export.span, false);
                let item: Option<Defined> =
                    self.resolve(IndexSpace::from(*kind), *name)
                        .and_then(|entry| match kind {
                            Kind::Func => Some(Func(entry.handle).into()),
                            Kind::Table => Some(Table(entry.handle).into()),
                            Kind::Memory => Some(Memory(entry.handle).into()),
                            Kind::Global => Some(Global(entry.handle).into()),
                            Kind::Tag => Some(Tag(entry.handle).into()),
                            Kind::Data => None,
                        });
                if let Some(item) = item {
                    self.sites.exports.push((export.sym, export.span));
                    self.module.export(item, self.names.get(export.sym));
                }
            }
            Item::File(number, path, span) => self.fill_file(*number, *path, *span),
            Item::Source(number, text, span) => {
                let number = *number as usize;
                if self.debug != DebugMode::Explicit {
                    self.debug_is_implicit(*span);
                } else if let Some(&file) = self.files.get(number) {
                    self.module.embed_source(file, text);
                } else {
                    self.report.error(
                        &A0029,
                        *span,
                        format!("there is no file {number} before this line"),
                    );
                }
            }
            Item::Section(tag, debug, bytes) if !*debug || self.keeps_names() => {
                self.module.unknown_section(*tag, *debug, bytes.clone());
            }
            Item::Types(_)
            | Item::Import(_)
            | Item::Tag(_)
            | Item::Memory(..)
            | Item::Table(..)
            | Item::Section(..) => {}
        }
        self.bad = false;
    }

    fn entry(&mut self, func: Func, span: Span) {
        if let Some(first) = self.sites.entry.replace(span) {
            self.report
                .error(&A0028, span, "a second entry")
                .note("the first one", first);
        }
        self.module.entry(func);
    }

    /// A directive that states debug information, in a text that is its own. A stripped module
    /// takes no notice of it.
    pub(super) fn debug_is_implicit(&mut self, span: Span) {
        if self.options.strip_debug || self.debug == DebugMode::None {
            return;
        }
        self.report
            .error(&A0029, span, "debug information is written out")
            .help("say so at the beginning: `.module debug=explicit`");
    }

    fn fill_file(&mut self, number: u32, path: tree::Quoted, span: Span) {
        if self.debug != DebugMode::Explicit {
            return self.debug_is_implicit(span);
        }
        if number as usize != self.files.len() {
            let message = format!("files are numbered in order; this is {}", self.files.len());
            self.report.error(&A0029, span, message);
        }
        self.check_name(path.sym, path.span, false);
        let file = self.module.file(self.names.get(path.sym));
        self.files.push(file);
    }

    fn fill_global(&mut self, global: &tree::Global) {
        let ty = self.val_type(global.ty);
        let init = match global.init {
            None if ty.is_ref_or_ptr() => Init::Null,
            None => Init::Const(0),
            Some(GlobalInit::Null(span)) => {
                if !ty.is_ref_or_ptr() {
                    let ty = self.type_text(ty);
                    self.error(&A0018, span, format!("`null` is not a value of type {ty}"));
                }
                Init::Null
            }
            Some(GlobalInit::Func(name)) => match self.resolve(IndexSpace::Func, name) {
                Some(entry) => Init::Func(Func(entry.handle)),
                None => Init::Const(0),
            },
            Some(GlobalInit::Data(name, addend)) => match self.resolve(IndexSpace::Data, name) {
                Some(entry) => Init::Data(builder::Data(entry.handle), addend),
                None => Init::Const(0),
            },
            Some(GlobalInit::Const(operand)) => {
                let bits = match ty {
                    ValType::I32 if operand.kind == OperandKind::Int => int_bits(&operand, 32),
                    ValType::I64 if operand.kind == OperandKind::Int => int_bits(&operand, 64),
                    ValType::F32 | ValType::F64 => float_bits(&operand, self.text, ty),
                    ValType::I32 | ValType::I64 | ValType::Ref(_) | ValType::Ptr => None,
                };
                if bits.is_none() {
                    let shown = self.shown(operand.span);
                    let ty = self.type_text(ty);
                    let message = format!("`{shown}` is not a value of type {ty}");
                    self.error(&A0020, operand.span, message);
                }
                Init::Const(bits.unwrap_or(0))
            }
        };
        // The verifier does not need to find what has been found here.
        let init = match init {
            Init::Const(_) if ty.is_ref_or_ptr() => Init::Null,
            Init::Null if !ty.is_ref_or_ptr() => Init::Const(0),
            other @ (Init::Const(_) | Init::Null | Init::Func(_) | Init::Data(..)) => other,
        };
        let named = self.global_named.get(self.sites.globals.len()).copied();
        self.sites.globals.push(global.name.span);
        let handle = self.module.global(ty, global.mutable, init);
        let named = named.unwrap_or(true);
        self.attributes(handle.into(), global.name, &global.attributes, named);
    }

    fn fill_elem(&mut self, elem: &tree::Elem) {
        let segment = match elem.place {
            ElemPlace::Passive => Segment::Passive,
            ElemPlace::Declarative => Segment::Declarative,
            ElemPlace::Active(table, offset) => match self.resolve(IndexSpace::Table, table) {
                Some(entry) => Segment::Active(Table(entry.handle), offset),
                None => Segment::Passive,
            },
        };
        let mut items = Vec::with_capacity(elem.items.len());
        for item in &elem.items {
            let entry = item.and_then(|name| self.resolve(IndexSpace::Func, name));
            items.push(entry.map(|entry| Func(entry.handle)));
        }
        self.sites.elements.push(elem.name.span);
        let ty = self.val_type(elem.ty);
        let handle = self.module.elem(ty, segment, items);
        if elem.name.sym.is_some() {
            self.check_name(elem.name.sym, elem.name.span, false);
            if self.keeps_names() {
                self.module.elem_name(handle, self.names.get(elem.name.sym));
            }
        }
    }
}
