//! From what the builder collected to a module: numbers assigned, code renumbered.

use super::super::canonical::canonicalise;
use super::super::lines::LinesWriter;
use super::super::renumber::{IndexMap, renumber};
use super::super::rows::{
    DebugNameRow, ExportRow, FileRow, FunctionRow, InitKind, Kind, LineRow, NONE, NameSpace,
    SymbolRow,
};
use super::super::{Debug, Module};
use super::error::Fault;
use super::{Body, BuildError, Entity, Func, FunctionBuilder, Item, ModuleBuilder};
use crate::diag::counted;
use crate::isa::Field;
use crate::isa::encode::patch;

/// Who made a module whose maker does not tell.
const PRODUCER: &str = concat!("vbc ", env!("CARGO_PKG_VERSION"));

impl FunctionBuilder {
    /// Points branches at their labels.
    fn resolve(&mut self) -> Result<(), Fault> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        for fixup in &self.fixups {
            let place = self.labels.get(fixup.label.0 as usize);
            let target = match place {
                Some(&place) if place != u32::MAX => place,
                _ => return Err(Fault::Unbound(fixup.label)),
            };
            let at = fixup.at as usize;
            let distance = (i64::from(target) - i64::from(fixup.at)) as u32;
            match fixup.field {
                Field::List => {
                    let word = at + 1 + fixup.lane as usize / 2;
                    self.code[word] |= u64::from(distance) << (fixup.lane % 2 * 32);
                }
                field @ (Field::A
                | Field::B
                | Field::C
                | Field::BC
                | Field::W1
                | Field::W1Lo
                | Field::W1Hi
                | Field::W1A
                | Field::W1B
                | Field::W1C) => patch(&mut self.code, at, field, distance.into()),
            }
        }
        Ok(())
    }
}

impl ModuleBuilder {
    /// Moves a body to the builder's pools.
    pub(super) fn take_body(
        &mut self,
        number: usize,
        mut body: FunctionBuilder,
    ) -> Result<(), Fault> {
        body.resolve()?;
        self.check_calls(&body)?;
        let runs = (self.runs.len(), body.runs.len());
        self.runs.append(&mut body.runs);
        let code = (self.code.len(), body.code.len());
        self.code.append(&mut body.code);
        let lines = (self.lines.len(), body.lines.len());
        self.lines.append(&mut body.lines);
        let names = (self.register_names.len(), body.names.len());
        for (reg, name) in body.names {
            let name = self.debug_strings.intern(&name);
            self.register_names.push((reg, name));
        }
        let slot = &mut self.bodies[number];
        *slot = Body {
            ty: slot.ty,
            runs,
            code,
            lines,
            names,
            defined: true,
        };
        Ok(())
    }

    /// The module, in canonical form.
    ///
    /// # Errors
    ///
    /// The first mistake in the use of the builder; see [`BuildError`]. Whether the module is valid
    /// is the verifier's question.
    pub fn finish(mut self) -> Result<Module, BuildError> {
        if let Some((func, fault)) = self.mistake.take() {
            return Err(fault.into_error(self.func_name(func)));
        }
        let map = self.index_map()?;
        self.renumber_rows(&map);
        let functions = self.lay_out()?;
        // Handles in code always have an entry in the map, unless they are another builder's.
        renumber(&mut self.code, &map).map_err(|_| BuildError::TooMany)?;
        let debug = self.debug(&map);
        let (exports, symbols) = (self.export_rows(&map), self.symbol_rows(&map)?);
        let initialisers = self.initialisers.iter();
        let initialisers = initialisers.filter_map(|func| map.get(Kind::Func, func.0));
        let mut module = Module {
            producer: self.producer.unwrap_or_else(|| PRODUCER.to_owned()),
            entry: self.entry.and_then(|func| map.get(Kind::Func, func.0)),
            types: self.types,
            imports: self.imports.into(),
            memories: self.memories.into(),
            tables: self.tables.into(),
            globals: self.globals.into(),
            tags: self.tags.into(),
            strings: self.strings.finish(),
            functions: functions.into(),
            register_runs: self.runs.into(),
            initialisers: initialisers.collect::<Vec<_>>().into(),
            elements: self.elements.into(),
            element_items: self.element_items.into(),
            code: self.code.into(),
            data: self.data.into(),
            data_bytes: self.data_bytes.into(),
            addresses: self.addresses.into(),
            exports: exports.into(),
            symbols: symbols.into(),
            debug: Some(debug),
            unknown: self.unknown,
            ..Module::default()
        };
        canonicalise(&mut module).map_err(|_| BuildError::TooMany)?;
        Ok(module)
    }

    /// Checks that calls have as many arguments and results as the functions that they name.
    fn check_calls(&self, body: &FunctionBuilder) -> Result<(), Fault> {
        for call in &body.calls {
            let entity = self.entities[Kind::Func as usize].get(call.callee.0 as usize);
            let ty = match entity {
                Some(&Entity::Import(row)) => self.imports[row as usize].ty,
                Some(&Entity::Defined(number)) => self.bodies[number as usize].ty,
                None => continue,
            };
            let Some(ty) = self.types.func(ty) else {
                continue;
            };
            let lists = [
                (ty.params.len(), Some(call.args), "argument"),
                (ty.results.len(), call.results, "result"),
            ];
            for (wanted, given, noun) in lists {
                let Some(given) = given.filter(|&given| given as usize != wanted) else {
                    continue;
                };
                let reason = format!(
                    "{} of `{}` takes {}, {given} given",
                    call.op.info().mnemonic,
                    self.func_name(call.callee),
                    counted(wanted as u64, noun)
                );
                return Err(Fault::Instruction(call.instruction, reason));
            }
        }
        Ok(())
    }

    /// What messages call a function.
    fn func_name(&self, func: Func) -> String {
        let item = Item::from(func);
        let symbol = self.symbols.iter().find(|symbol| symbol.item == item);
        if let Some(symbol) = symbol {
            return self.symbol_name(symbol.name);
        }
        if let Some(&Entity::Import(row)) = self.entities[Kind::Func as usize].get(func.0 as usize)
        {
            return self.symbol_name(self.imports[row as usize].name);
        }
        let named = self
            .names
            .iter()
            .find(|(space, number, _)| *space == NameSpace::Func && *number == func.0);
        let name = named.map(|&(_, _, name)| self.debug_strings.get(name));
        name.map_or_else(|| format!("#{}", func.0), str::to_owned)
    }

    fn symbol_name(&self, name: u32) -> String {
        self.strings.get(name).to_owned()
    }

    /// Imports first, then definitions, each in the order of their handles. What cannot be imported keeps its index.
    fn index_map(&self) -> Result<IndexMap, BuildError> {
        let mut map = IndexMap::default();
        for kind in Kind::ALL {
            let handles = &self.entities[kind as usize];
            if handles.len() >= NONE as usize {
                return Err(BuildError::TooMany);
            }
            let imported = handles
                .iter()
                .filter(|entity| matches!(entity, Entity::Import(_)))
                .count() as u32;
            let (mut import, mut defined) = (0, imported);
            let table: Vec<u32> = handles
                .iter()
                .map(|entity| {
                    let next = match entity {
                        Entity::Import(_) => &mut import,
                        Entity::Defined(_) => &mut defined,
                    };
                    *next += 1;
                    *next - 1
                })
                .collect();
            if !table.is_sorted() {
                map.set(kind, table);
            }
        }
        Ok(map)
    }

    fn renumber_rows(&mut self, map: &IndexMap) {
        let renew = |kind: Kind, index: &mut u32| {
            *index = map.get(kind, *index).unwrap_or(NONE);
        };
        for row in &mut self.globals {
            match InitKind::from_code(row.init) {
                Some(InitKind::Func) => renew(Kind::Func, &mut row.index),
                Some(InitKind::Data) => renew(Kind::Data, &mut row.index),
                _ => {}
            }
        }
        for row in &mut self.addresses {
            renew(Kind::Data, &mut row.data);
            renew(Kind::Data, &mut row.target);
        }
        for row in &mut self.elements {
            if row.mode == super::ElementMode::Active as u32 {
                renew(Kind::Table, &mut row.table);
            }
        }
        for item in &mut self.element_items {
            if *item != NONE {
                renew(Kind::Func, item);
            }
        }
    }

    /// Function rows, with runs and code in the order of the functions.
    fn lay_out(&mut self) -> Result<Vec<FunctionRow>, BuildError> {
        let bodies = &self.bodies;
        if let Some(undefined) = bodies.iter().position(|body| !body.defined) {
            let handles = &self.entities[Kind::Func as usize];
            let handle = handles.iter().position(
                |entity| matches!(entity, Entity::Defined(number) if *number as usize == undefined),
            );
            let func = Func(handle.unwrap_or(0) as u32);
            return Err(BuildError::Undefined(self.func_name(func)));
        }
        if !bodies.is_sorted_by_key(|body| body.code.0) {
            let mut runs = Vec::with_capacity(self.runs.len());
            let mut code = Vec::with_capacity(self.code.len());
            for body in &mut self.bodies {
                let start = (runs.len(), code.len());
                runs.extend_from_slice(&self.runs[body.runs.0..][..body.runs.1]);
                code.extend_from_slice(&self.code[body.code.0..][..body.code.1]);
                (body.runs.0, body.code.0) = start;
            }
            (self.runs, self.code) = (runs, code);
        }
        let row = |body: &Body| FunctionRow {
            ty: body.ty,
            flags: 0,
            first_run: body.runs.0 as u32,
            runs: body.runs.1 as u32,
            code: body.code.0 as u64,
            words: body.code.1 as u64,
            first_handler: 0,
            handlers: 0,
        };
        Ok(self.bodies.iter().map(row).collect())
    }

    fn export_rows(&self, map: &IndexMap) -> Vec<ExportRow> {
        let row = |&(item, name): &(Item, u32)| ExportRow {
            name,
            kind: item.kind as u32,
            index: map.get(item.kind, item.number).unwrap_or(NONE),
            flags: 0,
        };
        self.exports.iter().map(row).collect()
    }

    fn symbol_rows(&self, map: &IndexMap) -> Result<Vec<SymbolRow>, BuildError> {
        let mut rows = Vec::with_capacity(self.symbols.len());
        for symbol in &self.symbols {
            let Item { kind, number } = symbol.item;
            let entity = self.entities[kind as usize].get(number as usize);
            let (Some(Entity::Defined(_)), Some(index)) = (entity, map.get(kind, number)) else {
                return Err(BuildError::Symbol(self.symbol_name(symbol.name)));
            };
            rows.push(SymbolRow {
                name: symbol.name,
                kind: kind as u32,
                index,
                flags: symbol.flags,
            });
        }
        rows.sort_by_key(|row| (row.kind, row.index));
        let key = |row: &SymbolRow| (row.kind, row.index);
        if let Some(pair) = rows.windows(2).find(|pair| key(&pair[0]) == key(&pair[1])) {
            return Err(BuildError::Symbol(self.symbol_name(pair[1].name)));
        }
        Ok(rows)
    }

    fn debug(&mut self, map: &IndexMap) -> Debug {
        let imported = self.entities[Kind::Func as usize].len() - self.bodies.len();
        let mut names: Vec<DebugNameRow> = Vec::with_capacity(self.names.len());
        for &(space, number, name) in &self.names {
            let index = match space.kind() {
                Some(kind) => map.get(kind, number).unwrap_or(NONE),
                None => number,
            };
            names.push(DebugNameRow {
                space: space as u32,
                owner: 0,
                index,
                name,
            });
        }
        for &(owner, index, name) in &self.field_names {
            names.push(DebugNameRow {
                space: NameSpace::Field as u32,
                owner,
                index,
                name,
            });
        }
        let mut programs = Vec::new();
        let mut rows = Vec::new();
        for (number, body) in self.bodies.iter().enumerate() {
            let function = (imported + number) as u32;
            for &(reg, name) in &self.register_names[body.names.0..][..body.names.1] {
                names.push(DebugNameRow {
                    space: NameSpace::Register as u32,
                    owner: function,
                    index: reg.into(),
                    name,
                });
            }
            let mut writer = LinesWriter::default();
            for &(word, place) in &self.lines[body.lines.0..][..body.lines.1] {
                // What is set after the last instruction concerns none.
                if (word as usize) < body.code.1 {
                    writer.add(word.into(), place);
                }
            }
            let program = writer.finish();
            if !program.is_empty() {
                rows.push(LineRow {
                    function,
                    length: program.len() as u32,
                    offset: programs.len() as u64,
                });
                programs.extend_from_slice(&program);
            }
        }
        let files = self.files.iter().map(|&(name, source)| FileRow {
            name,
            flags: source.map_or(0, |_| FileRow::EMBEDDED),
            offset: source.map_or(0, |(start, _)| start as u64),
            length: source.map_or(0, |(_, length)| length as u64),
        });
        Debug {
            files: files.collect::<Vec<_>>().into(),
            strings: std::mem::take(&mut self.debug_strings).finish(),
            names: names.into(),
            sources: std::mem::take(&mut self.sources).into(),
            lines: rows.into(),
            line_programs: programs.into(),
        }
    }
}
