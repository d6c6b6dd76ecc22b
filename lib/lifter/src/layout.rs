//! Everything of a module but function bodies: what each part of WebAssembly becomes.

use wasmparser::{
    Data, DataKind, Element, ElementItems, ElementKind, Error, ExternalKind, MemoryType, TableInit,
    TableType, TypeRef,
};

use super::body::{FunctionInfo, TableInfo};
use super::constant::{Value, evaluate};
use super::source::Source;
use super::start::Starter;
use vbc_core::isa::{FuncType, ValType};
use vbc_core::module::builder::{
    Data as DataHandle, Elem, Func, Global, Init, Item, Memory, ModuleBuilder, Placement, Segment,
    Size, TypeId,
};

/// Handles of what a module has, by WebAssembly's indexes.
#[derive(Default)]
pub(super) struct Entities {
    pub types: Vec<FuncType>,
    pub type_ids: Vec<TypeId>,
    pub functions: Vec<FunctionInfo>,
    pub globals: Vec<(Global, ValType)>,
    pub tables: Vec<TableInfo>,
    pub memories: Vec<Memory>,
    /// The index type of the memory, if there is one.
    pub memory: Option<ValType>,
    pub elements: Vec<Elem>,
    /// The row with the bytes of each data segment.
    pub segments: Vec<DataHandle>,
    /// The row that MEMORY_INIT and DATA_DROP in bodies refer to.
    pub data: Vec<DataHandle>,
    /// Which functions have a debug name.
    pub named: Vec<bool>,
    imported: usize,
}

/// Why there is no layout.
pub(super) enum Fault {
    /// The bytes, which have been validated, cannot be read again; not to be expected.
    Unreadable(Error),
    /// A type is not one of ours.
    Type,
    /// Something that is valid and has a name, at an offset.
    Unsupported(&'static str, u64),
    /// An import or export, at an offset, has an impossible name.
    Name(String, u64),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Fault::Unreadable(error)
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "types of proposals are refused before"
)]
pub(super) fn val_type(ty: wasmparser::ValType) -> Option<ValType> {
    match ty {
        wasmparser::ValType::I32 => Some(ValType::I32),
        wasmparser::ValType::I64 => Some(ValType::I64),
        wasmparser::ValType::F32 => Some(ValType::F32),
        wasmparser::ValType::F64 => Some(ValType::F64),
        wasmparser::ValType::FUNCREF => Some(ValType::FUNCREF),
        wasmparser::ValType::EXTERNREF => Some(ValType::EXTERNREF),
        _ => None,
    }
}

fn supported(ty: wasmparser::ValType) -> Result<ValType, Fault> {
    val_type(ty).ok_or(Fault::Type)
}

fn index_type(is_64: bool) -> ValType {
    if is_64 { ValType::I64 } else { ValType::I32 }
}

fn table_size(ty: &TableType) -> Size {
    Size {
        min: ty.initial,
        max: ty.maximum,
        index_type: index_type(ty.table64),
    }
}

fn memory_size(ty: &MemoryType) -> Size {
    Size {
        min: ty.initial,
        max: ty.maximum,
        index_type: index_type(ty.memory64),
    }
}

impl Entities {
    /// Declares everything that `source` has.
    pub(super) fn lay_out(
        source: &Source<'_>,
        to: &mut ModuleBuilder,
    ) -> Result<(Entities, Starter), Fault> {
        let mut entities = Entities::default();
        entities.types(source, to)?;
        entities.imports(source, to)?;
        entities.imported = entities.functions.len();
        for (function, _) in &source.bodies {
            let func = to.declare(&entities.types[function.ty as usize]);
            let ty = function.ty;
            entities.functions.push(FunctionInfo { func, ty });
        }
        entities.named = vec![false; entities.functions.len()];
        let mut starter = Starter::default();
        entities.tables_and_memory(source, to)?;
        entities.globals(source, to, &mut starter)?;
        entities.table_values(source, &mut starter)?;
        entities.element_segments(source, to, &mut starter)?;
        entities.data_segments(source, to, &mut starter)?;
        entities.exports(source, to)?;
        Ok((entities, starter))
    }

    fn types(&mut self, source: &Source<'_>, to: &mut ModuleBuilder) -> Result<(), Fault> {
        for ty in source.types.iter().flat_map(|reader| {
            let reader = reader.clone();
            reader.into_iter_err_on_gc_types()
        }) {
            let ty = ty?;
            let all = |types: &[wasmparser::ValType]| {
                let types = types.iter().map(|&ty| supported(ty));
                types.collect::<Result<Vec<ValType>, Fault>>()
            };
            let ty = FuncType::new(&all(ty.params())?, &all(ty.results())?);
            self.type_ids.push(to.func_type(&ty));
            self.types.push(ty);
        }
        Ok(())
    }

    fn imports(&mut self, source: &Source<'_>, to: &mut ModuleBuilder) -> Result<(), Fault> {
        let Some(reader) = source.imports.clone() else {
            return Ok(());
        };
        for import in reader.into_imports() {
            let import = import?;
            let (module, name) = (Some(import.module), import.name);
            match import.ty {
                TypeRef::Func(ty) | TypeRef::FuncExact(ty) => {
                    let func = to.import_func(module, name, &self.types[ty as usize]);
                    self.functions.push(FunctionInfo { func, ty });
                }
                TypeRef::Table(ty) => {
                    let elem = supported(ty.element_type.into())?;
                    let size = table_size(&ty);
                    let table = to.import_table(module, name, elem, size);
                    let index = size.index_type;
                    self.tables.push(TableInfo { table, elem, index });
                }
                TypeRef::Memory(ty) => {
                    let size = memory_size(&ty);
                    self.memories.push(to.import_memory(module, name, size));
                    self.memory = Some(size.index_type);
                }
                TypeRef::Global(ty) => {
                    let value = supported(ty.content_type)?;
                    let global = to.import_global(module, name, value, ty.mutable);
                    self.globals.push((global, value));
                }
                TypeRef::Tag(_) => return Err(Fault::Type),
            }
        }
        Ok(())
    }

    fn tables_and_memory(
        &mut self,
        source: &Source<'_>,
        to: &mut ModuleBuilder,
    ) -> Result<(), Fault> {
        for table in source.tables.clone().into_iter().flatten() {
            let ty = table?.ty;
            let elem = supported(ty.element_type.into())?;
            let size = table_size(&ty);
            let table = to.table(elem, size);
            let index = size.index_type;
            self.tables.push(TableInfo { table, elem, index });
        }
        for ty in source.memories.clone().into_iter().flatten() {
            let size = memory_size(&ty?);
            self.memories.push(to.memory(size));
            self.memory = Some(size.index_type);
        }
        Ok(())
    }

    fn globals(
        &mut self,
        source: &Source<'_>,
        to: &mut ModuleBuilder,
        starter: &mut Starter,
    ) -> Result<(), Fault> {
        for global in source.globals.clone().into_iter().flatten() {
            let global = global?;
            let ty = supported(global.ty.content_type)?;
            let value = evaluate(&global.init_expr)?;
            let init = match value {
                Some(Value::I32(value)) => Init::Const(u64::from(value as u32)),
                Some(Value::I64(value)) => Init::Const(value as u64),
                Some(Value::F32(bits)) => Init::Const(bits.into()),
                Some(Value::F64(bits)) => Init::Const(bits),
                Some(Value::Func(index)) => Init::Func(self.functions[index as usize].func),
                Some(Value::Null(_)) => Init::Null,
                None if ty.is_ref() => Init::Null,
                None => Init::Const(0),
            };
            let handle = to.global(ty, global.ty.mutable, init);
            self.globals.push((handle, ty));
            if value.is_none() {
                starter.set_global(handle, &global.init_expr, self)?;
            }
        }
        Ok(())
    }

    /// First values of tables other than null.
    fn table_values(&self, source: &Source<'_>, starter: &mut Starter) -> Result<(), Fault> {
        let Some(reader) = &source.tables else {
            return Ok(());
        };
        let imported = self.tables.len() - reader.count() as usize;
        for (number, table) in reader.clone().into_iter().enumerate() {
            let table = table?;
            if let TableInit::Expr(expr) = &table.init
                && table.ty.initial > 0
                && !matches!(evaluate(expr)?, Some(Value::Null(_)))
            {
                let info = self.tables[imported + number];
                starter.fill_table(info, table.ty.initial, expr, self)?;
            }
        }
        Ok(())
    }

    fn element_segments(
        &mut self,
        source: &Source<'_>,
        to: &mut ModuleBuilder,
        starter: &mut Starter,
    ) -> Result<(), Fault> {
        for element in source.elements.clone().into_iter().flatten() {
            let elem = self.element_segment(&element?, to, starter)?;
            self.elements.push(elem);
        }
        Ok(())
    }

    fn element_segment(
        &self,
        element: &Element<'_>,
        to: &mut ModuleBuilder,
        starter: &mut Starter,
    ) -> Result<Elem, Fault> {
        let mut items: Vec<Option<Func>> = Vec::new();
        // Items that the initialiser computes, and where they belong.
        let mut computed = Vec::new();
        let mut ty = ValType::FUNCREF;
        match &element.items {
            ElementItems::Functions(reader) => {
                for index in reader.clone() {
                    items.push(Some(self.functions[index? as usize].func));
                }
            }
            ElementItems::Expressions(elem, reader) => {
                ty = supported((*elem).into())?;
                for (number, expr) in reader.clone().into_iter().enumerate() {
                    let expr = expr?;
                    items.push(match evaluate(&expr)? {
                        Some(Value::Func(index)) => Some(self.functions[index as usize].func),
                        Some(_) => None,
                        None => {
                            computed.push((number as u64, expr));
                            None
                        }
                    });
                }
            }
        }
        match &element.kind {
            ElementKind::Declared => Ok(to.elem(ty, Segment::Declarative, items)),
            ElementKind::Passive if !computed.is_empty() => Err(Fault::Unsupported(
                "a passive element segment that reads a global",
                element.range.start,
            )),
            ElementKind::Passive => Ok(to.elem(ty, Segment::Passive, items)),
            ElementKind::Active {
                table_index,
                offset_expr,
            } => {
                let info = self.tables[table_index.unwrap_or(0) as usize];
                let offset = evaluate(offset_expr)?;
                if let Some(offset) = offset
                    && computed.is_empty()
                    && !starter.has_begun()
                {
                    let segment = Segment::Active(info.table, offset.offset());
                    return Ok(to.elem(ty, segment, items));
                }
                let count = items.len() as u32;
                let elem = to.elem(ty, Segment::Passive, items);
                starter.init_table(info, elem, count, offset_expr, &computed, self)?;
                Ok(elem)
            }
        }
    }

    fn data_segments(
        &mut self,
        source: &Source<'_>,
        to: &mut ModuleBuilder,
        starter: &mut Starter,
    ) -> Result<(), Fault> {
        let mut fixed = Vec::new();
        for (number, data) in source.data.clone().into_iter().flatten().enumerate() {
            let data = data?;
            let placement = self.placement(&data, starter)?;
            let row = to.data(placement, false, data.data);
            match (&data.kind, placement) {
                (_, Placement::Fixed(_)) => fixed.push(number),
                (DataKind::Active { offset_expr, .. }, _) => {
                    starter.init_memory(row, data.data.len() as u32, offset_expr, self)?;
                }
                (DataKind::Passive, _) => {}
            }
            self.segments.push(row);
        }
        self.data.clone_from(&self.segments);
        if source.data_count && !fixed.is_empty() {
            // What was active has been dropped when code runs: it is an empty segment.
            let empty = to.data(Placement::Passive, false, &[]);
            for number in fixed {
                self.data[number] = empty;
            }
        }
        Ok(())
    }

    fn placement(&self, data: &Data<'_>, starter: &Starter) -> Result<Placement, Fault> {
        if let DataKind::Active { offset_expr, .. } = &data.kind
            && !starter.has_begun()
            && let Some(offset) = evaluate(offset_expr)?
        {
            return Ok(Placement::Fixed(offset.offset()));
        }
        Ok(Placement::Passive)
    }

    fn exports(&self, source: &Source<'_>, to: &mut ModuleBuilder) -> Result<(), Fault> {
        let Some(reader) = source.exports.clone() else {
            return Ok(());
        };
        for export in reader.into_iter_with_offsets() {
            let (offset, export) = export?;
            let reserved = ["vbc1:", "wasi_snapshot_preview1:"];
            if reserved.iter().any(|r| export.name.starts_with(r)) {
                let name = export.name;
                let message =
                    format!("the name of export \"{name}\" is reserved for what the host provides");
                return Err(Fault::Name(message, offset));
            }
            let index = export.index as usize;
            let item: Item = match export.kind {
                ExternalKind::Func | ExternalKind::FuncExact => {
                    let function = self.functions[index];
                    let ty = &self.types[function.ty as usize];
                    if export.name == "_start" && *ty == FuncType::default() {
                        to.entry(function.func);
                    }
                    function.func.into()
                }
                ExternalKind::Table => self.tables[index].table.into(),
                ExternalKind::Memory => self.memories[index].into(),
                ExternalKind::Global => self.globals[index].0.into(),
                ExternalKind::Tag => return Err(Fault::Type),
            };
            to.export(item, export.name);
        }
        Ok(())
    }

    /// Names functions without a name by what they are exported as.
    pub(super) fn name_exports(
        &mut self,
        source: &Source<'_>,
        to: &mut ModuleBuilder,
    ) -> Result<(), Error> {
        for export in source.exports.clone().into_iter().flatten() {
            let export = export?;
            let index = export.index as usize;
            if export.kind == ExternalKind::Func && index >= self.imported && !self.named[index] {
                to.debug_name(self.functions[index].func, export.name);
                self.named[index] = true;
            }
        }
        Ok(())
    }
}
