//! What single instructions demand beyond what their rows say of each operand.

use super::context::Table;
use super::operands::{Checker, element};
use crate::diag::codes::verify::*;
use crate::isa::{Effects, IndexSpace, Op, Role, ValType};
use crate::module::{CompositeType, DataKind, FieldType, NameSpace, StorageType, Surroundings};

impl<'m> Checker<'_, '_, 'm> {
    /// What single instructions demand beyond their operands.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "others have no rules but those of their rows"
    )]
    pub(super) fn rules(&mut self) {
        match self.inst.op {
            Op::Return => self.returns(),
            Op::TailCall | Op::TailCallIndirect => self.tail_call(),
            Op::TailCallRef => {
                self.callee = self.object().and_then(CompositeType::func);
                self.tail_call();
            }
            Op::StructGet | Op::ArrayGet => self.packed(false),
            Op::StructGetS | Op::StructGetU | Op::ArrayGetS | Op::ArrayGetU => self.packed(true),
            Op::StructNewDefault | Op::ArrayNewDefault => self.has_defaults(),
            Op::ArrayNewData | Op::ArrayNewElem => self.items_fit(self.ty),
            Op::GlobalSet => self.global_set(),
            Op::DataAddr => self.data_row(false),
            Op::MemoryInit | Op::DataDrop => self.data_row(true),
            Op::TableCopy => {
                let [to, from] = self.tables.map(|table| table.and_then(|table| table.elem));
                self.elements_fit(from, to, "the second table", 1);
            }
            Op::TableInit => {
                let to = self.tables[0].and_then(|table| table.elem);
                self.elements_fit(self.elem, to, "the segment", 1);
            }
            _ => {}
        }
        if self.inst.info().effects.has(Effects::WRITES_HEAP) {
            self.writes_object();
        }
        if matches!(self.inst.op, Op::CallIndirect | Op::TailCallIndirect)
            && let Some(Table {
                elem: Some(elem), ..
            }) = self.tables[0]
            && !self.frame.context.is_subtype(elem, ValType::FUNCREF)
        {
            let message = format!(
                "{} needs a table of functions, this one holds {}",
                self.inst.info().full_mnemonic(),
                self.frame.context.module.type_text(elem)
            );
            self.report(&V0165, Some((0, 0)), message);
        }
    }

    /// Reading what is packed says how it is extended, reading what is not does not.
    fn packed(&mut self, wanted: bool) {
        let Some(part) = self.part() else {
            return;
        };
        if part.is_packed() == wanted {
            return;
        }
        let mnemonic = self.inst.info().full_mnemonic();
        let text = part
            .storage
            .text(|index| self.frame.context.module.type_name(index));
        let (message, help) = match wanted {
            true => (
                format!("{mnemonic} reads what holds {text}, which is not packed"),
                format!(
                    "use {}",
                    mnemonic.trim_end_matches("_U").trim_end_matches("_S")
                ),
            ),
            false => (
                format!("{mnemonic} reads what holds {text}, without saying how it is extended"),
                format!("use {mnemonic}_S or {mnemonic}_U"),
            ),
        };
        self.report(&V0182, None, message).help(help);
    }

    /// What the instruction writes is mutable, and what it copies there fits.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "others write what is in a register, whose type is demanded"
    )]
    fn writes_object(&mut self) {
        let Some(part) = self.part() else {
            return;
        };
        if !part.is_mutable {
            let mnemonic = self.inst.info().full_mnemonic();
            let what = match self.object() {
                Some(CompositeType::Struct(_)) => "a field that is",
                _ => "elements that are",
            };
            let message = format!("{mnemonic} writes {what} not mutable");
            self.report(&V0183, Some((0, 0)), message)
                .help("declare the field or the elements `mut`");
        }
        match self.inst.op {
            Op::ArrayCopy => {
                let from = self.frame.register_type(self.inst.src(2));
                let context = self.frame.context;
                let from = from.and_then(ValType::defined);
                let from = from.and_then(|index| context.module.types.get(index));
                if let Some(from) = from.and_then(|from| element(&from.composite))
                    && !context.identity.is_copyable(from, part)
                {
                    let name = |index| context.module.type_name(index);
                    let message = format!(
                        "ARRAY_COPY from an array of {} to one of {}",
                        from.storage.text(name),
                        part.storage.text(name)
                    );
                    self.report(&V0185, Some((2, 0)), message);
                }
            }
            Op::ArrayInitData | Op::ArrayInitElem => self.items_fit(self.object()),
            _ => {}
        }
    }

    /// What a data row or segment holds can be elements of arrays of type `ty`.
    fn items_fit(&mut self, ty: Option<&'m CompositeType>) {
        let Some(part) = ty.and_then(element) else {
            return;
        };
        let context = self.frame.context;
        let name = |index| context.module.type_name(index);
        let holds = part.storage.text(name);
        if let Some(elem) = self.elem {
            let fits = match part.storage {
                StorageType::Value(to) => context.is_subtype(elem, to),
                StorageType::I8 | StorageType::I16 => false,
            };
            if !fits {
                let items = elem.text(name);
                let message = format!("a segment of {items} for an array of {holds}");
                self.report(&V0185, None, message);
            }
        } else if self
            .named
            .is_some_and(|(space, _)| space == NameSpace::Data)
        {
            self.data_row(true);
            if part.unpacked().is_ref() {
                let message = format!("bytes of a data row for an array of {holds}");
                self.report(&V0185, None, message)
                    .help("references come from an element segment");
            }
        }
    }

    /// All fields of the type that the instruction names can be 0 or null.
    fn has_defaults(&mut self) {
        let Some(ty) = self.ty else {
            return;
        };
        let without = |field: &FieldType| !field.unpacked().has_default();
        let Some(at) = ty.fields().iter().position(without) else {
            return;
        };
        let module = self.frame.context.module;
        let mnemonic = self.inst.info().full_mnemonic();
        let text = module.type_text(ty.fields()[at].unpacked());
        let what = match ty {
            CompositeType::Array(_) => "the elements have".to_owned(),
            CompositeType::Struct(_) | CompositeType::Func(_) => format!("field {at} has"),
        };
        let message = format!("{mnemonic}: {what} type {text}, which has no null");
        self.report(&V0184, None, message)
            .help("give the values when it is made");
    }

    /// RETURN has a form for no result, one for one and one for more.
    fn returns(&mut self) {
        let results = self.frame.ty.results.len();
        let (is_right, gives) = match self.shape.operands.first().map(|operand| operand.role) {
            None => (results == 0, "no value"),
            Some(Role::Src(_)) => (results == 1, "one value"),
            Some(_) => (results >= 2, "a list of values"),
        };
        if is_right {
            return;
        }
        let message = match results {
            0 => format!("RETURN gives {gives}, but the function has no results"),
            1 => format!("RETURN gives {gives}, but the function has one result"),
            n => format!("RETURN gives {gives}, but the function has {n} results"),
        };
        self.report(&V0161, None, message);
    }

    fn tail_call(&mut self) {
        let Some(callee) = self.callee else {
            return;
        };
        let (results, own) = (&callee.results, &self.frame.ty.results);
        let mut pairs = results.iter().zip(own);
        let fit = pairs.all(|(&result, &own)| self.frame.context.is_subtype(result, own));
        if !fit || results.len() != own.len() {
            let module = self.frame.context.module;
            let message = format!(
                "{} of a function {} from a function {}: their results differ",
                self.inst.info().full_mnemonic(),
                module.func_text(callee),
                module.func_text(self.frame.ty)
            );
            self.report(&V0164, None, message)
                .help("call it and return its results instead");
        }
    }

    fn global_set(&mut self) {
        let context = self.frame.context;
        let (Some(global), Some((space, index))) = (self.global, self.named) else {
            return;
        };
        if global.mutable || global.defined && context.is_initialiser(self.frame.function) {
            return;
        }
        let name = context.name(space, index);
        let message = format!("GLOBAL_SET of `{name}`, which is immutable");
        let finding = self.report(&V0162, Some((0, 0)), message);
        if global.defined {
            finding.help("declare it `mut`, or set it in an initialiser (`.init`)");
        } else {
            finding.help("import it as `mut`");
        }
    }

    /// DATA_ADDR is for rows that have an address, MEMORY_INIT and DATA_DROP are for passive ones.
    fn data_row(&mut self, passive: bool) {
        let context = self.frame.context;
        let Some((space, index)) = self.named else {
            return;
        };
        let Some(kind) = context.data_kind(index) else {
            return;
        };
        if (kind == Some(DataKind::Passive)) == passive {
            return;
        }
        let name = context.name(space, index);
        let mnemonic = self.inst.info().full_mnemonic();
        let message = if passive {
            format!("{mnemonic} needs a passive data row, `{name}` is not one")
        } else {
            format!("`{name}` is a passive data row, it has no address")
        };
        let position = self
            .shape
            .operands
            .iter()
            .position(|operand| operand.role == Role::Index(IndexSpace::Data));
        self.report(&V0166, position.map(|position| (position, 0)), message);
    }

    fn elements_fit(
        &mut self,
        from: Option<ValType>,
        to: Option<ValType>,
        what: &str,
        position: usize,
    ) {
        if let (Some(from), Some(to)) = (from, to)
            && !self.frame.context.is_subtype(from, to)
        {
            let module = self.frame.context.module;
            let (from, to) = (module.type_text(from), module.type_text(to));
            let message = format!("{what} holds {from}, the table copied to holds {to}");
            self.report(&V0165, Some((position, 0)), message);
        }
    }
}
