use super::*;
use crate::isa::decode::decode;
use crate::isa::{Form, Op, Trap, ValType::*};
use crate::module::{Definition, Module};

fn forms_of(module: &Module, defined: usize) -> Vec<Form> {
    let code = module.function_code(defined);
    let mut forms = Vec::new();
    let mut at = 0;
    while at < code.len() {
        let inst = decode(code, at).expect("an instruction");
        forms.push(inst.form);
        at += inst.words.len();
    }
    forms
}

#[test]
fn constants_take_the_narrowest_form() {
    let mut f = FunctionBuilder::new(&[I64, I32], &[]);
    let (x, y) = (f.param(0), f.param(1));
    for value in [32767, -32768, 32768, -32769, i64::MAX] {
        f.op("ADD", &[x.into(), x.into(), value.into()]);
    }
    f.op("ADD", &[y.into(), y.into(), 40_000.into()]);
    f.constant(x, 1 << 31);
    f.constant(x, -(1 << 31));
    f.op("LOAD", &[x.into(), Arg::Address(x, 65535)]);
    f.op("LOAD.f64", &[x.into(), Arg::Address(x, 65536)]);
    f.ret(&[]);
    let mut module = ModuleBuilder::new();
    module.function("f", f);
    let module = module.finish().expect("builds");
    // The instruction, and which of its forms.
    let forms = |form: Form| (form.op(), form.index() - form.op().forms()[0].form.index());
    let made: Vec<_> = forms_of(&module, 0).into_iter().map(forms).collect();
    assert_eq!(
        made,
        [
            (Op::AddI64, 1),
            (Op::AddI64, 1),
            (Op::AddI64, 2),
            (Op::AddI64, 2),
            (Op::AddI64, 2),
            (Op::AddI32, 2),
            (Op::ConstI64, 1),
            (Op::ConstI64, 0),
            (Op::LoadI64, 0),
            (Op::LoadF64, 1),
            (Op::Return, 0)
        ]
    );
}

/// Imports made after definitions still come first, and everything that refers follows.
#[test]
fn imports_may_come_late() {
    let mut module = ModuleBuilder::new();
    let ty = FuncType::new(&[], &[]);
    let first = module.declare(&ty);
    let data = module.data(Placement::Passive, false, b"x");
    let late = module.import_func(Some("env"), "late", &FuncType::new(&[I64], &[]));
    let there = module.undefined_data("there");
    let global = module.global(I64, true, Init::Data(there, 4));
    let table = module.table(
        ValType::FUNCREF,
        Size {
            min: 1,
            max: None,
            index_type: I32,
        },
    );
    module.elem(
        ValType::FUNCREF,
        Segment::Active(table, 0),
        [Some(first), None],
    );
    let mut f = FunctionBuilder::new(&[], &[]);
    let x = f.reg(I64);
    f.op("DATA_ADDR", &[x.into(), Arg::Data(there, 0)]);
    f.op("DATA_DROP", &[data.into()]);
    f.op("GLOBAL_GET", &[x.into(), global.into()]);
    f.call(late, &[x], &[]);
    f.tail_call(first, &[]);
    module.define(first, f);
    module.export(first, "b");
    module.export(first, "a");
    module.entry(first);
    let module = module.finish().expect("builds");
    assert_eq!(module.entry, Some(1));
    assert_eq!(
        module.spaces().get(Kind::Func, 0),
        Some(Definition::Import(0))
    );
    assert_eq!((module.globals[0].index, module.globals[0].value), (0, 4));
    assert_eq!(module.element_items(0), [1, NONE]);
    // Types in the order of first use: the import's first.
    assert_eq!(&*module.types.func(0).unwrap().params, [I64]);
    let names: Vec<&str> = module
        .exports
        .iter()
        .map(|row| module.strings.get(row.name))
        .collect();
    assert_eq!(names, ["a", "b"]);
    let code = module.function_code(0);
    assert_eq!(code[0] >> 32, 0);
    assert_eq!(code[1] >> 32, 1);
    assert_eq!(code[3] >> 32, 0);
}

#[test]
fn branches_and_lists() {
    let mut f = FunctionBuilder::new(&[I64], &[I64, I64]);
    let x = f.param(0);
    let (top, out) = (f.label(), f.label());
    f.bind(top);
    f.switch(x, &[top, out], out);
    f.bind(out);
    f.op("IF_LT", &[x.into(), 5.into(), top.into()]);
    f.ret(&[x, x]);
    let mut module = ModuleBuilder::new();
    module.function("f", f);
    let module = module.finish().expect("builds");
    let code = module.function_code(0);
    assert_eq!(decode(code, 0).expect("SWITCH").targets(), [0, 3, 3]);
    assert_eq!(code[4] as u32 as i32, -3);
    assert_eq!(decode(code, 5).expect("RETURN").registers(), [0, 0, 0, 0]);
}

#[test]
fn mistakes_are_reported() {
    let build = |f: FunctionBuilder| {
        let mut module = ModuleBuilder::new();
        module.function("f", f);
        module.finish().expect_err("a mistake").to_string()
    };
    let mut f = FunctionBuilder::new(&[], &[]);
    let label = f.label();
    f.jump(label);
    assert_eq!(build(f), "function `f`: label 0 is not bound");

    let mut f = FunctionBuilder::new(&[], &[]);
    let label = f.label();
    f.bind(label);
    f.jump(label);
    f.bind(label);
    assert_eq!(build(f), "function `f`: label 0 is bound twice");

    let mut f = FunctionBuilder::new(&[], &[]);
    for _ in 0..70_000 {
        f.reg(I64);
    }
    assert_eq!(build(f), "function `f` is too large");

    let mut module = ModuleBuilder::new();
    module.declare(&FuncType::default());
    let error = module.finish().expect_err("it is not defined");
    assert_eq!(error, BuildError::Undefined("#0".to_owned()));

    let mut module = ModuleBuilder::new();
    let func = module.import_func(None, "g", &FuncType::default());
    module.symbol(func, "h", Binding::Global, false);
    let error = module.finish().expect_err("an import has a name");
    assert_eq!(error, BuildError::Symbol("h".to_owned()));
}

/// An instruction that does not exist is reported with its mnemonic, its function and its operand.
#[test]
fn wrong_instructions_are_named() {
    type Write<'a> = &'a dyn Fn(&mut FunctionBuilder, [Func; 2], [Reg; 2]);
    let reason = |write: Write<'_>| {
        let mut module = ModuleBuilder::new();
        let two = module.declare(&FuncType::new(&[I64, I64], &[I64]));
        module.symbol(two, "two", Binding::Global, false);
        let none = module.import_func(Some("vbc1"), "none", &FuncType::default());
        let mut f = FunctionBuilder::new(&[I64, I64], &[]);
        let regs = [f.param(0), f.param(1)];
        f.copy(regs[0], regs[1]);
        write(&mut f, [two, none], regs);
        module.function("f", f);
        let error = module.finish().expect_err("a mistake").to_string();
        let start = "function `f`, instruction 1: ";
        error.strip_prefix(start).expect(&error).to_owned()
    };
    let op = |mnemonic: &'static str, args: &'static [Arg<'static>]| {
        reason(&|f, _, [x, y]| {
            let regs: &[Arg<'_>] = &[x.into(), y.into()];
            f.op(mnemonic, &[regs, args].concat());
        })
    };
    assert_eq!(op("MOV", &[]), "unknown mnemonic MOV");
    assert_eq!(
        op("mul", &[]),
        "unknown mnemonic mul; mnemonics are in capitals: MUL"
    );
    assert_eq!(op("ADD", &[]), "ADD takes 3 operands, 2 given");
    assert_eq!(
        op("ADD.i8", &[]),
        "there is no ADD.i8, only ADD.i32, ADD.i64, ADD.f32, ADD.f64"
    );
    assert_eq!(op("SQRT", &[Arg::Imm(1)]), "SQRT takes 2 operands, 3 given");
    assert_eq!(
        op("ADD", &[Arg::Trap(Trap::Unreachable)]),
        "operand 3 of ADD is a trap kind, not a constant or a register"
    );
    assert_eq!(
        op("IF_EQ.i32", &[Arg::Imm(1)]),
        "operand 3 of IF_EQ.i32 is a constant, not a label"
    );
    assert_eq!(
        reason(&|f, _, [x, y]| f.emit(Op::LoadI64, &[x.into(), y.into()])),
        "operand 2 of LOAD is a register, not an address"
    );
    assert_eq!(
        reason(&|f, [two, _], [x, _]| f.call(two, &[x, x, x], &[x])),
        "CALL of `two` takes 2 arguments, 3 given"
    );
    assert_eq!(
        reason(&|f, [two, _], [x, _]| f.call(two, &[x, x], &[])),
        "CALL of `two` takes 1 result, 0 given"
    );
    assert_eq!(
        reason(&|f, [_, none], [x, _]| f.tail_call(none, &[x])),
        "TAIL_CALL of `none` takes 0 arguments, 1 given"
    );
}

#[test]
fn functions_may_be_defined_in_any_order() {
    let mut module = ModuleBuilder::new();
    let ty = FuncType::new(&[], &[I64]);
    let handles = [module.declare(&ty), module.declare(&ty)];
    for (value, handle) in [(2, handles[1]), (1, handles[0])] {
        let mut f = FunctionBuilder::new(&[], &[I64]);
        let x = f.reg(I64);
        f.name(x, "x");
        f.constant(x, value);
        f.ret(&[x]);
        module.define(handle, f);
    }
    let module = module.finish().expect("builds");
    assert_eq!(module.function_code(0)[0] >> 32, 1);
    assert_eq!(module.function_code(1)[0] >> 32, 2);
    assert_eq!(module.function_runs(1).len(), 1);
    let debug = module.debug.as_ref().expect("names");
    assert_eq!((debug.names.len(), debug.strings.len()), (2, 1));
    assert!(crate::module::canonical::is_canonical(&module));
}
