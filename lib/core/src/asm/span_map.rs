//! From places in the module back to places in the text, for what the verifier finds.

use std::collections::HashMap;

use crate::format::section::{self, Tag};
use crate::isa::decode::{Value, decode};
use crate::isa::{Inst, Role, ValType};
use crate::module::{Kind, Module, NONE};
use crate::text::Span;
use crate::text::interner::{Interner, Sym};
use crate::text::lexer::Lexer;
use crate::text::report::Report;
use crate::text::tree::{Function, Item, Operand, OperandKind, Statement, StatementKind, Tree};
use crate::verify::{Finding, OperandSite, Site};

/// Where everything in the module comes from.
#[derive(Debug, Default)]
pub(super) struct SpanMap {
    pub imports: Vec<Span>,
    pub functions: Vec<Span>,
    pub memories: Vec<Span>,
    pub tables: Vec<Span>,
    pub tags: Vec<Span>,
    pub globals: Vec<Span>,
    pub data: Vec<Span>,
    pub elements: Vec<Span>,
    pub initialisers: Vec<Span>,
    pub exports: Vec<(Sym, Span)>,
    pub symbols: Vec<(Sym, Span)>,
    /// Handle of the row and offset in it.
    pub addresses: Vec<(u32, u64, Span)>,
    pub entry: Option<Span>,
    /// For each function, where its instructions and registers begin in the vectors below.
    first: Vec<(usize, usize)>,
    /// For each instruction its statement; `NONE` for those that come at END.
    statements: Vec<u32>,
    /// Instructions that stand for something wrong, ascending.
    wrong: Vec<usize>,
    /// For each register the place of its definition.
    pub registers: Vec<u32>,
}

impl SpanMap {
    pub fn begin_function(&mut self) {
        self.first
            .push((self.statements.len(), self.registers.len()));
    }

    /// Notes that a statement has become `count` instructions.
    pub fn add(&mut self, statement: u32, count: u32, wrong: bool) {
        for _ in 0..count {
            if wrong {
                self.wrong.push(self.statements.len());
            }
            self.statements.push(statement);
        }
    }
}

/// Shows findings at their places in the text.
pub(super) struct Shower<'a> {
    text: &'a str,
    names: &'a Interner,
    tree: &'a Tree,
    module: &'a Module,
    sites: &'a SpanMap,
    /// The functions as they are written, in the order of their definitions.
    functions: Vec<&'a Function>,
    /// Number of imported functions.
    imported: u32,
    exports: HashMap<&'a str, Span>,
    symbols: HashMap<&'a str, Span>,
}

impl<'a> Shower<'a> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "only functions have code")]
    pub fn new(
        text: &'a str,
        names: &'a Interner,
        tree: &'a Tree,
        module: &'a Module,
        sites: &'a SpanMap,
    ) -> Self {
        let functions = tree.items.iter().filter_map(|item| match item {
            Item::Function(function) => Some(function),
            _ => None,
        });
        let functions = functions.collect();
        let named = |places: &'a [(Sym, Span)]| {
            let named = places.iter().map(|&(sym, span)| (names.get(sym), span));
            named.collect::<HashMap<&str, Span>>()
        };
        Shower {
            text,
            names,
            tree,
            module,
            sites,
            functions,
            imported: module.spaces().imported(Kind::Func),
            exports: named(&sites.exports),
            symbols: named(&sites.symbols),
        }
    }

    /// Adds a finding to the report, unless it follows from an error that is there already.
    pub fn show(&self, finding: Finding, report: &mut Report) {
        let Some((span, register)) = self.place(&finding.site) else {
            return;
        };
        let mut error = report.error(finding.code, span, finding.message);
        if let Some(label) = finding.label {
            let label = match (&register, label.split_once("` is ")) {
                (Some((written, _)), Some((_, found))) => format!("`{written}` is {found}"),
                _ => label,
            };
            error = error.label(label);
            if let Some((_, definition)) = register {
                error = error.declared(definition);
            }
        }
        let help = finding.help.or_else(|| self.results_help(&finding.site));
        error = error.maybe_help(help);
        for (message, site) in finding.notes {
            if let Some((span, _)) = self.place(&site) {
                error = error.note(message, span);
            }
        }
    }

    /// Without `->` results are i64. Where RETURN returns others, the message has to tell that nobody has written this.
    fn results_help(&self, site: &Site) -> Option<String> {
        let Site::Code { function, word, .. } = site else {
            return None;
        };
        let defined = function.checked_sub(self.imported)? as usize;
        let inst = decode(self.module.function_code(defined), *word as usize).ok()?;
        if inst.info().mnemonic != "RETURN" || self.functions.get(defined)?.results.is_some() {
            return None;
        }
        let types: Vec<ValType> = self.module.registers(defined).map(|(ty, _)| ty).collect();
        let operands = inst.operands().iter();
        let registers = operands.flat_map(|operand| match inst.value(operand) {
            Value::Reg(register) => vec![register],
            Value::Regs(lanes) => lanes.to_vec(),
            Value::Imm(_)
            | Value::Offset(_)
            | Value::Addend(_)
            | Value::Label(_)
            | Value::Index(_)
            | Value::TrapKind(_)
            | Value::RefType(_)
            | Value::Field(_)
            | Value::Count(_)
            | Value::Targets(_) => Vec::new(),
        });
        let ty = self.module.functions.get(defined)?.ty;
        let results = self.module.types.func(ty)?.results.len();
        let names: Vec<String> = registers
            .take(results)
            .map(|register| Some(self.module.type_text(*types.get(usize::from(register))?)))
            .collect::<Option<_>>()?;
        let names = match names.as_slice() {
            [one] => one.clone(),
            many => format!("({})", many.join(", ")),
        };
        Some(format!(
            "without `->` results are i64: write `-> {names}` after the parameters"
        ))
    }

    /// The place of a site, and for a register how it is written and where it was defined. None for what
    /// stands for something wrong.
    #[allow(clippy::type_complexity)]
    fn place(&self, site: &Site) -> Option<(Span, Option<(&'a str, Span)>)> {
        match site {
            Site::Header { .. } => Some((self.sites.entry.unwrap_or_default(), None)),
            Site::Row { section, row } => Some((self.row(*section, *row as usize), None)),
            Site::Code {
                function,
                instruction,
                word,
                operand,
            } => {
                let defined = function.checked_sub(self.imported)? as usize;
                let &(first, registers) = self.sites.first.get(defined)?;
                let at = first + *instruction as usize;
                if self.sites.wrong.binary_search(&at).is_ok() {
                    return None;
                }
                let statement = *self.sites.statements.get(at)?;
                if statement == NONE {
                    return Some((self.functions.get(defined)?.end, None));
                }
                let statement = self.tree.statements.get(statement as usize)?;
                let code = self.module.function_code(defined);
                let inst = decode(code, *word as usize).ok()?;
                let found = operand.and_then(|site| self.operand(statement, &inst, site));
                let Some((operand, register)) = found else {
                    let length = self.names.get(statement.name).len();
                    let start = statement.start as usize;
                    return Some((Span::new(start, start + length), None));
                };
                let definition = register.and_then(|register| {
                    let next = self.sites.first.get(defined + 1);
                    let end = next.map_or(self.sites.registers.len(), |next| next.1);
                    let own = self.sites.registers.get(registers..end)?;
                    let start = *own.get(usize::from(register))? as usize;
                    let span = Lexer::new(self.text, start).token().span;
                    Some((operand.span.of(self.text), span))
                });
                Some((operand.span, definition))
            }
        }
    }

    /// The written operand that a field of an instruction comes from, and the register that it is.
    fn operand(
        &self,
        statement: &Statement,
        inst: &Inst<'_>,
        site: OperandSite,
    ) -> Option<(Operand, Option<u16>)> {
        if statement.kind != StatementKind::Instruction {
            return None;
        }
        let first = statement.operands as usize;
        let all = self
            .tree
            .operands
            .get(first..first + statement.count as usize)?;
        // Without the base of an address, which follows it.
        let base = |at: usize| at > 0 && all[at - 1].kind == OperandKind::Address;
        let places: Vec<usize> = (0..all.len()).filter(|&at| !base(at)).collect();
        let operands: Vec<Operand> = places.iter().map(|&at| all[at]).collect();
        let info = inst.info();
        let operand = inst.operands().get(usize::from(site.index))?;
        let element = site.element as usize;
        let word = self.names.get(statement.name).to_ascii_uppercase();
        let syntax = inst.shape().syntax();
        let position = syntax
            .iter()
            .rposition(|operand| operand.first <= site.index)?;
        let written = match (operand.role, word.as_str()) {
            // The subtraction that a negative offset becomes.
            _ if info.mnemonic == "SUB" && !word.starts_with("SUB") => operands
                .iter()
                .position(|operand| operand.kind == OperandKind::Address)?,
            (Role::Args(_), "PRINT" | "WRITE" | "FREE") => 0,
            (Role::Args(_), "ALLOC") => 1,
            (Role::Results(_), "ALLOC") => 0,
            (Role::Args(_), _) => position + element,
            (Role::Results(_), _) => {
                let arrow = operands
                    .iter()
                    .position(|operand| operand.kind == OperandKind::Arrow)?;
                arrow + 1 + element
            }
            (Role::Targets, _) => {
                let labels = operands.iter().enumerate().skip(1);
                let mut labels = labels.filter(|(_, operand)| operand.kind != OperandKind::Else);
                labels.nth(element)?.0
            }
            _ => position,
        };
        let mut found = *operands.get(written)?;
        let register = match inst.value(operand) {
            Value::Reg(register) => Some(register),
            Value::Regs(lanes) if matches!(operand.role, Role::Args(_)) => {
                lanes.get(element).copied()
            }
            Value::Regs(_)
            | Value::Imm(_)
            | Value::Offset(_)
            | Value::Addend(_)
            | Value::Label(_)
            | Value::Index(_)
            | Value::TrapKind(_)
            | Value::RefType(_)
            | Value::Field(_)
            | Value::Count(_)
            | Value::Targets(_) => None,
        };
        if found.kind == OperandKind::Address && register.is_some() {
            // The base follows its address.
            found = *all.get(places.get(written)? + 1)?;
        }
        // The text of a string is not a register.
        let register = register.filter(|_| found.may_be_register() && word != "PRINT");
        Some((found, register))
    }

    /// The place of what is named by the string with an index.
    fn named(&self, places: &HashMap<&str, Span>, name: Option<u32>) -> Span {
        let name = name.map(|name| self.module.strings.get(name));
        let place = name.and_then(|name| places.get(name));
        place.copied().unwrap_or_default()
    }

    /// The place of a row.
    fn row(&self, section: Tag, row: usize) -> Span {
        let sites = self.sites;
        let rows = match section {
            section::IMPT => &sites.imports,
            section::FUNC => &sites.functions,
            section::MEMS => &sites.memories,
            section::TABL => &sites.tables,
            section::GLOB => &sites.globals,
            section::TAGS => &sites.tags,
            section::DATA => &sites.data,
            section::ELEM => &sites.elements,
            section::INIT => &sites.initialisers,
            section::EXPT => {
                let name = self.module.exports.get(row).map(|row| row.name);
                return self.named(&self.exports, name);
            }
            section::SYMS => {
                let name = self.module.symbols.get(row).map(|row| row.name);
                return self.named(&self.symbols, name);
            }
            section::ADDR => {
                let Some(address) = self.module.addresses.get(row) else {
                    return Span::default();
                };
                // Rows and places come in text order, which is that of their numbers.
                let key = (address.data, address.offset);
                let found = sites
                    .addresses
                    .binary_search_by_key(&key, |&(data, offset, _)| (data, offset));
                return found.map_or(Span::default(), |at| sites.addresses[at].2);
            }
            _ => return Span::default(),
        };
        rows.get(row).copied().unwrap_or_default()
    }
}
