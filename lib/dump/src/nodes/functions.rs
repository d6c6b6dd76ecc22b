//! Functions: their blocks and instructions.

use std::io;

use super::Nodes;
use crate::JsonForm;
use crate::blocks::{Why, blocks};
use crate::code::{CodeView, Stretch};
use crate::image::{Extent, Named};
use crate::sink::put_number;
use crate::tables::put_constant;
use vbc_core::format::section::{self};
use vbc_core::isa::decode::Value;
use vbc_core::isa::walk::{Item, targets};
use vbc_core::isa::{DISCARD, Inst, Operand, Role, Trap, ValType};
use vbc_core::module::*;

impl Nodes<'_, '_> {
    pub(super) fn functions(
        &mut self,
        image: &Named<'_>,
        stretches: &[Stretch],
        instructions: bool,
        graph: bool,
    ) -> io::Result<()> {
        self.list("functions");
        for &stretch in stretches {
            let code = CodeView::new(image, stretch);
            self.begin(
                "function",
                match stretch {
                    Stretch::Function(defined, _) => image.row(section::FUNC, defined),
                    Stretch::Orphan => Extent::default(),
                },
            );
            self.function(image, &code)?;
            if graph {
                self.graph(&code)?;
            }
            if self.form == JsonForm::Lines {
                self.end()?;
            }
            if instructions {
                self.list("instructions");
                for (number, (at, item)) in code.walk().enumerate() {
                    self.begin("instruction", code.extent(at, item.words().len()));
                    if self.form == JsonForm::Lines {
                        self.optional("function", stretch.function().map(u64::from));
                    }
                    self.number("number", number as u64);
                    self.instruction(image, &code, at, item)?;
                    self.end()?;
                }
                self.end_list();
            }
            if self.form == JsonForm::Document {
                self.end()?;
            }
        }
        self.end_list();
        Ok(())
    }

    pub(super) fn function(&mut self, image: &Named<'_>, code: &CodeView<'_>) -> io::Result<()> {
        if let Stretch::Function(defined, index) = code.stretch {
            self.number("index", index.into());
            self.reference("name", image, NameSpace::Func, index);
            if let Some(row) = image.module.functions.get(defined) {
                self.number("type_index", row.ty.into());
            }
            let mut first = code.text.params.len() as u64;
            self.number("parameters", first);
            self.open("registers", '[');
            for run in image.module.function_runs(defined) {
                self.json.open(&mut self.sink.text, '{');
                self.number("first", first);
                self.number("count", run.count.into());
                self.value_type("type", run.ty);
                self.boolean("zeroed", run.flags & RegisterRun::ZEROED != 0);
                self.close('}');
                first += u64::from(run.count);
                self.sink.spill()?;
            }
            self.close(']');
        }
        self.open("code", '{');
        self.extent(code.extent(0, code.words.len()));
        self.number("words", code.words.len() as u64);
        self.number("instructions", code.walk().count() as u64);
        self.close('}');
        Ok(())
    }

    pub(super) fn graph(&mut self, code: &CodeView<'_>) -> io::Result<()> {
        self.open("blocks", '[');
        for block in blocks(code.words) {
            self.json.open(&mut self.sink.text, '{');
            self.extent(code.extent(block.start as usize, (block.end - block.start) as usize));
            self.number("word", block.start.into());
            self.number("words", (block.end - block.start).into());
            self.open("edges", '[');
            for edge in &block.edges {
                self.json.open(&mut self.sink.text, '{');
                self.number("to", edge.to.into());
                match edge.why {
                    Why::Next => self.string("when", "next"),
                    Why::Taken => self.string("when", "taken"),
                    Why::Default => self.string("when", "default"),
                    Why::Case(case) => {
                        self.string("when", "case");
                        self.number("case", case.into());
                    }
                }
                self.close('}');
                self.sink.spill()?;
            }
            self.close(']');
            self.close('}');
            self.sink.spill()?;
        }
        self.close(']');
        Ok(())
    }

    pub(super) fn instruction(
        &mut self,
        image: &Named<'_>,
        code: &CodeView<'_>,
        at: usize,
        item: Item<'_>,
    ) -> io::Result<()> {
        self.number("word", at as u64);
        if let Some(label) = code.text.label_at(at) {
            self.string("label", &format!("L{label}"));
        }
        self.number("opcode", item.words()[0] & 0xffff);
        let mut text = String::new();
        code.item(&mut text, at, item);
        match item {
            Item::Inst(inst) => {
                self.string("mnemonic", inst.info().mnemonic);
                self.open("types", '[');
                for ty in inst.info().suffix {
                    self.json.string(&mut self.sink.text, &ty.to_string());
                }
                self.close(']');
                self.string("text", &text);
                self.open("operands", '[');
                for operand in inst.operands() {
                    self.json.open(&mut self.sink.text, '{');
                    self.operand(image, code, at, &inst, operand)?;
                    self.close('}');
                }
                self.close(']');
            }
            Item::Words(words) => {
                self.raw("mnemonic", "null");
                self.string("text", &text);
                self.hex("hex", bytemuck::cast_slice(words))?;
            }
        }
        Ok(())
    }

    pub(super) fn operand(
        &mut self,
        image: &Named<'_>,
        code: &CodeView<'_>,
        at: usize,
        inst: &Inst<'_>,
        operand: &Operand,
    ) -> io::Result<()> {
        self.string("name", operand.name);
        self.string("role", operand.role.word());
        match (operand.role, inst.value(operand)) {
            (_, Value::Reg(register)) => self.number("register", register.into()),
            (role, Value::Imm(value)) => {
                let ty = match role {
                    Role::Imm(ty) => ty,
                    Role::Dst(_)
                    | Role::Src(_)
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
                    | Role::Results(_) => ValType::I64,
                };
                let mut text = String::new();
                put_constant(&mut text, ty, value as u64);
                self.string("type", &ty.to_string());
                self.string("value", &text);
            }
            (_, Value::Offset(offset)) => self.string("value", &offset.to_string()),
            (_, Value::Addend(addend)) => self.string("value", &addend.to_string()),
            (_, Value::Label(distance)) => {
                let target = at as i64 + i64::from(distance);
                self.raw("target", &target.to_string());
            }
            (_, Value::Targets(_)) => {
                self.open("targets", '[');
                for target in targets(*inst, at) {
                    self.json.raw(&mut self.sink.text, "");
                    if target < 0 {
                        self.sink.text.push('-');
                    }
                    put_number(&mut self.sink.text, target.unsigned_abs());
                    self.sink.spill()?;
                }
                self.close(']');
            }
            (_, Value::TrapKind(kind)) => match Trap::from_code(kind) {
                Some(trap) => self.string("trap", trap.word()),
                None => self.number("code", kind.into()),
            },
            (_, Value::RefType(word)) => self.value_type("type", word),
            (_, Value::Field(field)) => {
                self.number("field", field.into());
                let name = code.text.field_name(inst.src(0), field.into());
                self.string("refers_to", &name);
            }
            (_, Value::Count(count)) => self.number("count", count.into()),
            (role, Value::Regs(_)) => {
                let (args, rest) = code.text.split(inst);
                let results = matches!(role, Role::Results(_));
                let list = if results { rest } else { args };
                self.open("registers", '[');
                for &register in list {
                    match register {
                        DISCARD if results => self.json.raw(&mut self.sink.text, "null"),
                        _ => self.json.number(&mut self.sink.text, register.into()),
                    }
                    self.sink.spill()?;
                }
                self.close(']');
            }
            (role, Value::Index(index)) => {
                self.number("index", index.into());
                if let Role::Index(space) = role {
                    self.reference("refers_to", image, NameSpace::of(space), index);
                }
            }
        }
        Ok(())
    }
}
