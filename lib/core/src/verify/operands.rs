//! The operands of one instruction, checked by its row of the op table.
//!
//! This is the authority on what an instruction demands: [`super::checks`] only spares the work
//! in ordinary cases.

use super::finding::{Finding, OperandSite, Report};
use super::types::Frame;
use crate::diag::Code;
use crate::diag::codes::format::V0017;
use crate::diag::codes::verify::*;
use crate::isa::decode::{Inst, Value};
use crate::isa::{
    DISCARD, Form, FormInfo, FuncType, HeapType, IndexSpace, Operand, RefType, Role, Signature,
    Tail, Trap, Ty, ValType,
};
use crate::module::{CompositeType, FieldType, NameSpace, StorageType, Surroundings};

use super::checks::Checks;
use super::context::{Global, Table};

/// Checks the instruction at word `at` and reports what is wrong with it. False when its lists
/// cannot be told apart, so that what it reads and writes is unknown.
pub(super) fn check(frame: &Frame, at: usize, inst: &Inst, report: &mut Report) -> bool {
    let mut checker = Checker {
        frame,
        at,
        inst,
        shape: inst.shape(),
        tables: [None; 2],
        global: None,
        elem: None,
        callee: None,
        ty: None,
        named: None,
        clear: true,
        report,
    };
    checker.unused_bits();
    checker.resolve();
    checker.operands();
    checker.lists();
    checker.rules();
    checker.clear
}

/// Full mnemonic of the instruction that begins with `first`.
pub(super) fn mnemonic(first: u64) -> String {
    let form = Form::from_number(first as u16);
    form.map_or_else(String::new, |form| form.op().info().full_mnemonic())
}

/// The place of element `element` of the label operand of the instruction that begins with
/// `first`.
pub(super) fn label_site(first: u64, element: usize) -> Option<OperandSite> {
    let info = Form::from_number(first as u16)?.info();
    let index = info
        .operands
        .iter()
        .position(|operand| matches!(operand.role, Role::Label | Role::Targets))?;
    Some(OperandSite {
        index: index as u8,
        element: element as u32,
    })
}

pub(super) struct Checker<'a, 'c, 'm> {
    pub(super) frame: &'a Frame<'c, 'm>,
    at: usize,
    pub(super) inst: &'a Inst<'a>,
    pub(super) shape: &'static FormInfo,
    /// The tables that it names, in order.
    pub(super) tables: [Option<Table>; 2],
    pub(super) global: Option<Global>,
    /// The element type of the segment that it names.
    pub(super) elem: Option<ValType>,
    /// The type of the function called, directly, through a table or by reference.
    pub(super) callee: Option<&'m FuncType>,
    /// The type that it names, or that of the object that it reads or writes.
    pub(super) ty: Option<&'m CompositeType>,
    /// The space and index of the function, global or table that it names, for messages.
    pub(super) named: Option<(NameSpace, u32)>,
    clear: bool,
    report: &'a mut Report,
}

impl<'m> Checker<'_, '_, 'm> {
    pub(super) fn report(
        &mut self,
        code: &'static Code,
        operand: Option<(usize, usize)>,
        message: String,
    ) -> &mut Finding {
        let operand = operand.map(|(index, element)| OperandSite {
            index: index as u8,
            element: element as u32,
        });
        let site = self.frame.site(self.at, operand);
        self.report.add(Finding::new(code, site, message))
    }

    fn unused_bits(&mut self) {
        let (zero0, zero1) = self.shape.unused_bits();
        let words = self.inst.words;
        let second = if self.shape.fixed_words() == 2 {
            words[1]
        } else {
            0
        };
        if words[0] & zero0 != 0 || second & zero1 != 0 {
            let message = format!(
                "bits of {} that have no meaning are not zero",
                self.inst.info().full_mnemonic()
            );
            self.report(&V0154, None, message);
        }
    }

    /// Looks up what the indexes stand for.
    fn resolve(&mut self) {
        let context = self.frame.context;
        let mut tables = 0;
        for (position, operand) in self.shape.operands.iter().enumerate() {
            let Role::Index(space) = operand.role else {
                continue;
            };
            let index = self.inst.field(operand.field) as u32;
            if space == IndexSpace::Memory {
                if index != 0 {
                    let message = format!("there is no memory {index}, only memory 0");
                    self.report(&V0157, Some((position, 0)), message);
                }
                continue;
            }
            let space = NameSpace::of(space);
            if index >= context.count(space) {
                let count = context.count(space).into();
                self.no_such(position, word(space), index, count);
                tables += usize::from(space == NameSpace::Table);
                continue;
            }
            if space == NameSpace::Type {
                self.named_type(position, index);
                continue;
            }
            self.named = self.named.or(Some((space, index)));
            match space {
                NameSpace::Func => self.callee = context.func_type(index),
                NameSpace::Global => self.global = context.global(index),
                NameSpace::Table => {
                    self.tables[tables] = context.table(index);
                    tables += 1;
                }
                NameSpace::Elem => {
                    let row = &context.module.elements[index as usize];
                    self.elem = ValType::from_word(row.elem);
                }
                NameSpace::Memory
                | NameSpace::Data
                | NameSpace::Register
                | NameSpace::Tag
                | NameSpace::Type
                | NameSpace::Field => {}
            }
        }
    }

    /// The type that the instruction names, which has to be of the kind that it is about.
    fn named_type(&mut self, position: usize, index: u32) {
        let context = self.frame.context;
        let composite = context.module.types.get(index).map(|ty| &ty.composite);
        let is = |kind: &str| composite.is_some_and(|ty| ty.kind() == kind);
        let makes = |ty: Ty, of: Signature| {
            let roles = [Role::Dst(ty), Role::Args(of)];
            let mut operands = self.shape.operands.iter();
            operands.any(|operand| roles.contains(&operand.role))
        };
        let (is_right, wanted) = if makes(Ty::NewStruct, Signature::Fields) {
            (is("struct"), "structs")
        } else if makes(Ty::NewArray, Signature::Items) {
            (is("array"), "arrays")
        } else {
            (is("func"), "functions")
        };
        if !is_right {
            let message = context.not_of(index, wanted);
            self.report(&V0177, Some((position, 0)), message);
            return;
        }
        self.callee = context.module.types.func(index);
        self.ty = composite;
    }

    fn no_such(&mut self, position: usize, what: &str, index: u32, count: u64) {
        let whole = match what {
            "field" => "type",
            _ => "module",
        };
        let message = match count {
            0 => format!("there is no {what} {index}: the {whole} has none"),
            1 => format!("there is no {what} {index}: the {whole} has only number 0"),
            _ => format!(
                "there is no {what} {index}: the {whole} has numbers 0 to {}",
                count - 1
            ),
        };
        self.report(&V0157, Some((position, 0)), message);
    }

    /// Registers, constants and trap kinds outside lists.
    fn operands(&mut self) {
        // The type of the destination of type `Any`, or where that does not exist, of the first source.
        let mut any = None;
        for (position, operand) in self.shape.operands.iter().enumerate() {
            match self.inst.value(operand) {
                Value::Reg(register) => {
                    let (Role::Dst(ty) | Role::Src(ty)) = operand.role else {
                        continue;
                    };
                    let Some(found) = self.register(position, 0, register) else {
                        continue;
                    };
                    let written = operand.role.written().is_some();
                    if let Some(wanted) = self.demand(ty, &mut any, found, written) {
                        self.mismatch(position, 0, register, found, &wanted);
                    }
                }
                Value::Imm(value) => self.constant(position, operand, value as u64),
                Value::Offset(value) => self.constant(position, operand, value),
                Value::Addend(value) => self.constant(position, operand, value as u64),
                Value::TrapKind(kind) if Trap::from_code(kind).is_none() => {
                    let message = format!("there is no trap kind {kind}");
                    self.report(&V0163, Some((position, 0)), message);
                }
                Value::RefType(word) => self.ref_type(position, word),
                Value::Field(field) => self.field(position, field.into()),
                Value::Count(count) => self.count(position, count.into()),
                Value::Label(_)
                | Value::Index(_)
                | Value::TrapKind(_)
                | Value::Regs(_)
                | Value::Targets(_) => {}
            }
        }
    }

    /// Whether a register of type `found` may be written with a value of type `ty`, or read as one.
    fn fits(&self, found: ValType, ty: ValType, written: bool) -> bool {
        let context = self.frame.context;
        match written {
            true => context.is_subtype(ty, found),
            false => context.is_subtype(found, ty),
        }
    }

    /// The type of a register; none, with a report, when there is no such register.
    fn register(&mut self, position: usize, element: usize, register: u16) -> Option<ValType> {
        let ty = self.frame.register_type(register);
        if ty.is_none() {
            let whole = self.operand_words(position, element);
            let message = match self.frame.registers {
                0 => format!("{whole} is register {register}, but the function has no registers"),
                1 => {
                    format!("{whole} is register {register}, but the function has only register 0")
                }
                count => format!(
                    "{whole} is register {register}, but the function has registers 0 to {}",
                    count - 1
                ),
            };
            let finding = self.report(&V0156, Some((position, element)), message);
            if register == DISCARD {
                finding.help("65535 (`_`) drops a result; it cannot be used anywhere else");
            }
        }
        ty
    }

    /// What a register of type `found` should have been where it is not what `ty` demands.
    fn demand(
        &mut self,
        ty: Ty,
        any: &mut Option<ValType>,
        found: ValType,
        written: bool,
    ) -> Option<String> {
        let context = self.frame.context;
        let (is_right, wanted) = match self.expected(ty, any, found) {
            Expected::Is(ty) => {
                let is_right = self.fits(found, ty, written);
                return (!is_right).then(|| context.module.type_text(ty));
            }
            Expected::Reference => (found.is_ref(), "a reference"),
            Expected::ReferenceOrPtr => (found.is_ref_or_ptr(), "a reference or ptr"),
            Expected::Nullable => (
                found.is_ref_or_ptr() && found.has_default(),
                "a reference that may be null, or ptr",
            ),
            Expected::Declared(kind) => {
                let wanted = kind.words();
                // A type that does not exist is reported where the register is declared.
                let Some(index) = found.defined() else {
                    return Some(wanted.to_owned());
                };
                self.ty = context.module.types.get(index).map(|ty| &ty.composite);
                let is_right = self.ty.is_none_or(|composite| kind.is(composite));
                (is_right, wanted)
            }
            Expected::Unknown => return None,
        };
        (!is_right).then(|| wanted.to_owned())
    }

    fn expected(&self, ty: Ty, any: &mut Option<ValType>, found: ValType) -> Expected {
        let table = |n: u8| self.tables[usize::from(n)];
        let source = || match self.frame.register_type(self.inst.src(0))? {
            ValType::Ref(ty) => Some(ty),
            ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64 | ValType::Ptr => None,
        };
        let wanted = match ty {
            Ty::Is(ty) => Some(ty),
            Ty::Any => Some(*any.get_or_insert(found)),
            Ty::AnyRef => return Expected::ReferenceOrPtr,
            Ty::Nullable => return Expected::Nullable,
            Ty::OfFunction => self
                .named
                .and_then(|(_, function)| self.frame.context.reference_to(function)),
            // A wrong number of results is reported by `rules`.
            Ty::Result => match &*self.frame.ty.results {
                [one] => Some(*one),
                _ => None,
            },
            Ty::Addr => Some(self.frame.context.address),
            Ty::GlobalType => self.global.and_then(|global| global.ty),
            Ty::TableIndex(n) => table(n).and_then(|table| table.index),
            Ty::TableElem(n) => table(n).and_then(|table| table.elem),
            Ty::TableLen => match self.tables.map(|table| table.and_then(|table| table.index)) {
                [Some(ValType::I64), Some(ValType::I64)] => Some(ValType::I64),
                [Some(_), Some(_)] => Some(ValType::I32),
                _ => None,
            },
            Ty::Reference => return Expected::Reference,
            Ty::NonNull => source().map(|ty| ValType::Ref(ty.not_null())),
            Ty::AsNullable(ValType::Ref(ty)) => source().map(|source| {
                let nullable = source.is_nullable();
                ValType::Ref(if nullable { ty } else { ty.not_null() })
            }),
            Ty::AsNullable(_) => None,
            Ty::SameTop => self.named_ref_type().map(|ty| {
                let top = self.frame.context.identity.top(ty.heap());
                ValType::Ref(RefType::new(true, top))
            }),
            Ty::RefOperand => self.named_ref_type().map(ValType::Ref),
            Ty::NewStruct | Ty::NewArray => self.ty.map(|_| {
                let heap = HeapType::Defined(self.inst.type_index());
                ValType::Ref(RefType::new(false, heap))
            }),
            Ty::Struct => return Expected::Declared(Declared::Struct),
            Ty::Array => return Expected::Declared(Declared::Array),
            Ty::ByteArray => return Expected::Declared(Declared::ByteArray),
            Ty::Function => return Expected::Declared(Declared::Function),
            Ty::FieldType | Ty::Element => self.part().map(FieldType::unpacked),
            Ty::ElementOfType => self.ty.and_then(element).map(FieldType::unpacked),
        };
        wanted.map_or(Expected::Unknown, Expected::Is)
    }

    /// The type of the object that the first source refers to; none where it is not a declared one.
    pub(super) fn object(&self) -> Option<&'m CompositeType> {
        let ty = self.frame.register_type(self.inst.src(0))?.defined()?;
        let ty = self.frame.context.module.types.get(ty)?;
        Some(&ty.composite)
    }

    /// The field or element that the instruction is about.
    pub(super) fn part(&self) -> Option<FieldType> {
        let object = self.object()?;
        let mut operands = self.shape.operands.iter();
        let names_field = operands.any(|operand| operand.role == Role::Field);
        match object {
            CompositeType::Struct(fields) if names_field => {
                let number = usize::from(self.inst.field_number());
                fields.get(number).copied()
            }
            CompositeType::Array(_) if !names_field => element(object),
            CompositeType::Func(_) | CompositeType::Struct(_) | CompositeType::Array(_) => None,
        }
    }

    /// The reference type that the instruction names; none, which is reported, where there is no such type.
    fn named_ref_type(&self) -> Option<RefType> {
        let ty = self.inst.ref_type()?;
        let types = &self.frame.context.module.types;
        let exists = ty.defined().is_none_or(|index| types.get(index).is_some());
        exists.then_some(ty)
    }

    fn ref_type(&mut self, position: usize, word: u32) {
        match self.inst.ref_type() {
            None => {
                let message = format!("type word {word:#x} does not mean a reference type");
                self.report(&V0181, Some((position, 0)), message);
            }
            Some(ty) if self.named_ref_type().is_none() => {
                let count = self.frame.context.module.types.len() as u64;
                self.no_such(position, "type", ty.defined().unwrap_or(0), count);
            }
            Some(_) => {}
        }
    }

    fn field(&mut self, position: usize, field: u32) {
        let Some(CompositeType::Struct(fields)) = self.object() else {
            return;
        };
        if field as usize >= fields.len() {
            self.no_such(position, "field", field, fields.len() as u64);
        }
    }

    fn count(&mut self, position: usize, count: u64) {
        let limit = self.frame.context.limits.items;
        if count > limit {
            let what = self.inst.info().full_mnemonic();
            let message = format!("the number of items of {what} is {count}, the limit is {limit}");
            self.report(&V0017, Some((position, 0)), message);
        }
    }

    fn mismatch(
        &mut self,
        position: usize,
        element: usize,
        register: u16,
        found: ValType,
        wanted: &str,
    ) {
        let message = format!(
            "{} has type {}, expected {wanted}",
            self.operand_words(position, element),
            self.frame.context.module.type_text(found)
        );
        let name = self
            .frame
            .context
            .module
            .register_display_name(self.frame.function, register);
        let named = self.named;
        let context = self.frame.context;
        let callee = self.callee;
        let finding = self.report(&V0137, Some((position, element)), message);
        finding.label(format!("`{name}` is {}", context.module.type_text(found)));
        if let (Some((space @ NameSpace::Func, index)), Some(ty)) = (named, callee) {
            let ty = context.module.func_text(ty);
            finding.help(format!("`{}` is {ty}", context.name(space, index)));
        }
    }

    /// "operand 2 of ADD.i64", counted from 1 without the destination.
    fn operand_words(&self, position: usize, element: usize) -> String {
        let mnemonic = self.inst.info().full_mnemonic();
        match self.shape.operands[position].role {
            Role::Dst(_) => format!("the destination of {mnemonic}"),
            Role::Args(Signature::Own) => format!("value {} of {mnemonic}", element + 1),
            Role::Args(_) => format!("argument {} of {mnemonic}", element + 1),
            Role::Results(_) => format!("result {} of {mnemonic}", element + 1),
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
            | Role::Count => {
                let before = self.shape.operands[..position]
                    .iter()
                    .filter(|operand| !matches!(operand.role, Role::Dst(_)));
                format!("operand {} of {mnemonic}", before.count() + 1)
            }
        }
    }

    /// The rules about constants with a word of their own.
    fn constant(&mut self, position: usize, operand: &'static Operand, value: u64) {
        let of_i32 = matches!(operand.role, Role::Imm(ValType::I32));
        if of_i32 && i64::from(value as i32) as u64 != value {
            let message = format!(
                "{} is {:#x}, which is not a sign-extended 32-bit value",
                self.operand_words(position, 0),
                value
            );
            self.report(&V0167, Some((position, 0)), message);
            return;
        }
        let Some((wide, narrower)) = self.shape.narrower() else {
            return;
        };
        if !std::ptr::eq(wide, operand)
            || Checks::of(self.frame.context.address)
                .get(self.inst.words[0])
                .wide
                .accepts(value)
        {
            return;
        }
        let message = format!(
            "{} is {}, for which there is a shorter form",
            self.operand_words(position, 0),
            value as i64
        );
        let help = format!(
            "encode {} with opcode {:#05x} instead of {:#05x}",
            self.inst.info().full_mnemonic(),
            narrower.number,
            self.shape.number
        );
        self.report(&V0155, Some((position, 0)), message).help(help);
    }

    /// Register lists and the padding after lists.
    fn lists(&mut self) {
        match self.shape.tail() {
            Tail::None => {}
            Tail::Targets => {
                let lanes: &[i32] =
                    bytemuck::cast_slice(&self.inst.words[self.shape.fixed_words()..]);
                if lanes[self.inst.targets().len()..]
                    .iter()
                    .any(|&lane| lane != 0)
                {
                    self.padding();
                }
            }
            Tail::Registers => self.registers_of_lists(),
        }
    }

    fn registers_of_lists(&mut self) {
        let lanes = self.inst.registers();
        let is_own = |operand: &Operand| operand.role == Role::Args(Signature::Own);
        if self.shape.operands.iter().any(is_own) && self.frame.ty.results.len() < 2 {
            // The form is wrong, which `rules` reports; so is its list.
            self.clear = false;
            return;
        }
        // What the list divides by is unknown: so is how it does.
        let Some(of) = self.frame.lists(self.inst) else {
            self.clear = false;
            return;
        };
        let operands = self.shape.operands.iter().enumerate();
        let expected: Vec<_> = operands
            .filter_map(|(position, operand)| {
                let is_args = matches!(operand.role, Role::Args(_));
                let is_results = matches!(operand.role, Role::Results(_));
                let types = if is_args { of.args } else { of.results };
                (is_args || is_results).then_some((position, is_results, types))
            })
            .collect();
        let count: usize = expected.iter().map(|(.., types)| types.len()).sum();
        if lanes.len() != count.next_multiple_of(4) {
            self.clear = false;
            let message = format!(
                "the register list of {} is {} words long, expected {} (4 registers a word, {count} in all)",
                self.inst.info().full_mnemonic(),
                lanes.len() / 4,
                count.div_ceil(4)
            );
            self.report(&V0160, None, message);
            return;
        }
        let mut lane = lanes.iter();
        for (position, written, types) in expected {
            for (element, (ty, &register)) in types.iter().zip(lane.by_ref()).enumerate() {
                if register == DISCARD && written {
                    continue;
                }
                if let Some(found) = self.register(position, element, register)
                    && !self.fits(found, ty, written)
                {
                    let wanted = self.frame.context.module.type_text(ty);
                    self.mismatch(position, element, register, found, &wanted);
                }
            }
        }
        if lane.any(|&lane| lane != 0) {
            self.padding();
        }
    }

    fn padding(&mut self) {
        let message = format!(
            "the padding after the list of {} is not zero",
            self.inst.info().full_mnemonic()
        );
        self.report(&V0154, None, message);
    }
}

/// What the elements of an array are.
pub(super) fn element(ty: &CompositeType) -> Option<FieldType> {
    match ty {
        CompositeType::Array(element) => Some(*element),
        CompositeType::Func(_) | CompositeType::Struct(_) => None,
    }
}

/// What a register operand's type must be.
enum Expected {
    Is(ValType),
    Reference,
    ReferenceOrPtr,
    Nullable,
    /// A reference to a declared type of a kind.
    Declared(Declared),
    /// What it depends on is wrong, and reported.
    Unknown,
}

/// A kind of declared types.
#[derive(Clone, Copy)]
enum Declared {
    Struct,
    Array,
    ByteArray,
    Function,
}

impl Declared {
    fn words(self) -> &'static str {
        match self {
            Declared::Struct => "a reference to a struct type",
            Declared::Array => "a reference to an array type",
            Declared::ByteArray => "a reference to an array type of i8",
            Declared::Function => "a reference to a function type",
        }
    }

    fn is(self, ty: &CompositeType) -> bool {
        match (self, ty) {
            (Declared::Struct, CompositeType::Struct(_))
            | (Declared::Array, CompositeType::Array(_))
            | (Declared::Function, CompositeType::Func(_)) => true,
            (Declared::ByteArray, CompositeType::Array(of)) => of.storage == StorageType::I8,
            _ => false,
        }
    }
}

fn word(space: NameSpace) -> &'static str {
    match space {
        NameSpace::Func => "function",
        NameSpace::Table => "table",
        NameSpace::Memory => "memory",
        NameSpace::Global => "global",
        NameSpace::Data => "data row",
        NameSpace::Elem => "element segment",
        NameSpace::Register => "register",
        NameSpace::Tag => "tag",
        NameSpace::Type => "type",
        NameSpace::Field => "field",
    }
}
