//! A compiler for a tiny expression language, to show the builder.
//!
//! A program is a list of functions, one on each line: `name parameter ... = expression`.
//! Expressions have 64-bit integers, parameters, calls `name(a, b)`, `+ - * / ( )`, comparison `<`,
//! and `if a then b else c`. The function `main` is the program; its value is printed.
//!
//!     cargo run -p vbc --example expressions
//!
//! The compiler is one pass: a function is declared with its parameters when its line is met, and
//! each expression leaves its value in a register.

use std::collections::HashMap;

use vbc::isa::{FuncType, ValType::I64};
use vbc::module::Module;
use vbc::module::builder::{Func, FunctionBuilder, ModuleBuilder, Reg};

/// The greatest common divisor, powers, and a sum over both.
const PROGRAM: &str = "
gcd a b = if b < 1 then a else gcd(b, a - a / b * b)
power x n = if n < 1 then 1 else x * power(x, n - 1)
sum n = if n < 1 then 0 else gcd(n, 12) + sum(n - 1)
main = power(3, 13) + sum(100)
";

fn main() {
    match compile(PROGRAM) {
        Ok(module) => {
            let mut vm = vbc::Vm::new();
            if let Err(error) = vm.load(module) {
                eprintln!("{error}");
            } else if let Err(error) = vm.run() {
                eprintln!("{error}");
            }
        }
        Err(message) => eprintln!("{message}"),
    }
}

/// Compiles a program.
fn compile(program: &str) -> Result<Module, String> {
    let mut module = ModuleBuilder::new();
    module.producer("expressions");
    let lines: Vec<Line> = program
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(Line::read)
        .collect::<Result<_, _>>()?;
    // Functions are declared first, so that they can call each other.
    let mut functions = HashMap::new();
    for line in &lines {
        let ty = FuncType::new(&vec![I64; line.params.len()], &[I64]);
        functions.insert(line.name, (module.declare(&ty), line.params.len()));
    }
    for line in &lines {
        let (func, _) = functions[line.name];
        let body = Compiler::function(line, &functions)?;
        module.define(func, body);
        module.debug_name(func, line.name);
    }
    let &(main, 0) = functions.get("main").ok_or("there is no `main`")? else {
        return Err("`main` has parameters".to_owned());
    };
    let start = start_function(&mut module, main).ok_or("there is no routine that prints")?;
    module.entry(start);
    module.finish().map_err(|error| error.to_string())
}

/// The entry: calls `main` and prints its value.
fn start_function(module: &mut ModuleBuilder, main: Func) -> Option<Func> {
    let print = module.support_routine("vbc.print_i64")?;
    let mut f = FunctionBuilder::new(&[], &[]);
    let value = f.reg(I64);
    f.call(main, &[], &[value]);
    f.call(print, &[value], &[]);
    f.ret(&[]);
    Some(module.function("start", f))
}

/// A function of the program.
struct Line<'a> {
    name: &'a str,
    params: Vec<&'a str>,
    expression: Vec<&'a str>,
}

impl<'a> Line<'a> {
    fn read(line: &'a str) -> Result<Line<'a>, String> {
        let (head, expression) = line.split_once('=').ok_or(format!("no `=` in `{line}`"))?;
        let mut words = head.split_whitespace();
        Ok(Line {
            name: words.next().ok_or(format!("no name in `{line}`"))?,
            params: words.collect(),
            expression: tokens(expression),
        })
    }
}

/// Words, numbers and single characters.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let word = rest
            .find(|c: char| !c.is_alphanumeric())
            .unwrap_or(rest.len());
        let (token, behind) = rest.split_at(word.max(first.len_utf8()));
        tokens.push(token);
        rest = behind.trim_start();
    }
    tokens
}

type Functions<'a> = HashMap<&'a str, (Func, usize)>;

/// The state while one function is compiled.
struct Compiler<'a> {
    f: FunctionBuilder,
    params: &'a [&'a str],
    functions: &'a Functions<'a>,
    rest: &'a [&'a str],
}

impl<'a> Compiler<'a> {
    fn function(
        line: &'a Line<'a>,
        functions: &'a Functions<'a>,
    ) -> Result<FunctionBuilder, String> {
        let mut f = FunctionBuilder::new(&vec![I64; line.params.len()], &[I64]);
        for (number, name) in line.params.iter().enumerate() {
            let reg = f.param(number as u16);
            f.name(reg, name);
        }
        let mut compiler = Compiler {
            f,
            params: &line.params,
            functions,
            rest: &line.expression,
        };
        let value = compiler.expression()?;
        if let Some(token) = compiler.rest.first() {
            return Err(format!("`{token}` is not expected in `{}`", line.name));
        }
        compiler.f.ret(&[value]);
        Ok(compiler.f)
    }

    fn next(&mut self) -> Option<&'a str> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest.first() == Some(&token);
        if found {
            self.next();
        }
        found
    }

    fn expect(&mut self, token: &str) -> Result<(), String> {
        match self.eat(token) {
            true => Ok(()),
            false => Err(format!("expected `{token}`, found {:?}", self.rest.first())),
        }
    }

    fn expression(&mut self) -> Result<Reg, String> {
        if self.eat("if") {
            return self.choice();
        }
        let left = self.sum()?;
        if !self.eat("<") {
            return Ok(left);
        }
        let right = self.sum()?;
        let bit = self.f.reg(vbc::isa::ValType::I32);
        self.f.op("LT", &[bit.into(), left.into(), right.into()]);
        let value = self.f.reg(I64);
        self.f.op("EXTEND_U", &[value.into(), bit.into()]);
        Ok(value)
    }

    /// `a then b else c`: both branches write the same register.
    fn choice(&mut self) -> Result<Reg, String> {
        let condition = self.expression()?;
        let value = self.f.reg(I64);
        let (otherwise, end) = (self.f.label(), self.f.label());
        self.f.branch_if_not(condition, otherwise);
        self.expect("then")?;
        let then = self.expression()?;
        self.f.copy(value, then);
        self.f.jump(end);
        self.f.bind(otherwise);
        self.expect("else")?;
        let other = self.expression()?;
        self.f.copy(value, other);
        self.f.bind(end);
        Ok(value)
    }

    fn sum(&mut self) -> Result<Reg, String> {
        self.chain(&[("+", "ADD"), ("-", "SUB")], Self::product)
    }

    fn product(&mut self) -> Result<Reg, String> {
        self.chain(&[("*", "MUL"), ("/", "DIV")], Self::atom)
    }

    /// Operands with operators between them, from left to right.
    fn chain(
        &mut self,
        operators: &[(&str, &str)],
        operand: fn(&mut Self) -> Result<Reg, String>,
    ) -> Result<Reg, String> {
        let mut left = operand(self)?;
        while let Some((_, mnemonic)) = operators.iter().find(|(token, _)| self.eat(token)) {
            let right = operand(self)?;
            let value = self.f.reg(I64);
            self.f
                .op(mnemonic, &[value.into(), left.into(), right.into()]);
            left = value;
        }
        Ok(left)
    }

    fn atom(&mut self) -> Result<Reg, String> {
        let token = self.next().ok_or("the expression ends too early")?;
        if token == "(" {
            let value = self.expression()?;
            self.expect(")")?;
            return Ok(value);
        }
        if let Ok(number) = token.parse() {
            let value = self.f.reg(I64);
            self.f.constant(value, number);
            return Ok(value);
        }
        if let Some(number) = self.params.iter().position(|name| *name == token) {
            return Ok(self.f.param(number as u16));
        }
        let &(func, count) = self
            .functions
            .get(token)
            .ok_or(format!("`{token}` is not defined"))?;
        let args = self.arguments()?;
        if args.len() != count {
            return Err(format!("`{token}` takes {count} arguments"));
        }
        let value = self.f.reg(I64);
        self.f.call(func, &args, &[value]);
        Ok(value)
    }

    fn arguments(&mut self) -> Result<Vec<Reg>, String> {
        let mut args = Vec::new();
        if !self.eat("(") {
            return Ok(args);
        }
        while !self.eat(")") {
            args.push(self.expression()?);
            if self.rest.first() != Some(&")") {
                self.expect(",")?;
            }
        }
        Ok(args)
    }
}

#[cfg(test)]
mod tests {
    use vbc::isa::{FuncType, ValType::I64};
    use vbc::module::Binding;
    use vbc::module::builder::ModuleBuilder;
    use vbc::runtime::Value;
    use vbc::verify::{Options, Verified};

    use super::*;

    #[test]
    fn the_program_is_valid_and_computes() {
        let module = compile(PROGRAM).expect("compiles");
        let main = module.display_name(vbc::module::NameSpace::Func, module.entry.unwrap_or(0));
        assert_eq!(main, "start");
        assert!(Verified::new(module, &Options::default()).is_ok());

        // The same functions, called from outside.
        let mut builder = ModuleBuilder::new();
        let line = Line::read("gcd a b = if b < 1 then a else gcd(b, a - a / b * b)").unwrap();
        let func = builder.declare(&FuncType::new(&[I64, I64], &[I64]));
        let functions = HashMap::from([("gcd", (func, 2))]);
        let body = Compiler::function(&line, &functions).expect("compiles");
        builder.define(func, body);
        builder.symbol(func, "gcd", Binding::Global, false);
        let mut vm = vbc::Vm::new();
        vm.load(builder.finish().expect("builds")).expect("loads");
        let args = [Value::I64(1071), Value::I64(462)];
        assert_eq!(vm.invoke("gcd", &args), Ok(vec![Value::I64(21)]));
    }

    #[test]
    fn mistakes_are_told() {
        assert_eq!(compile("main = x"), Err("`x` is not defined".to_owned()));
        assert_eq!(compile("f = 1"), Err("there is no `main`".to_owned()));
        assert!(compile("main = (1").is_err());
        assert!(compile("f a = a\nmain = f(1, 2)").is_err());
    }
}
