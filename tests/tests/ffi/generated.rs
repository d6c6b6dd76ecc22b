//! Made-up signatures and values: what C gets and returns through each engine, against what C itself says.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Output};

use super::{ENGINES, library, permit, run};
use vbc_tests::generate::Random;
use vbc_tests::needs::there_are_for;
use vbc_tests::{program, project, scratch};

/// Types of values: in a signature, in C, in VITBC.
const SCALARS: [(&str, &str, &str); 12] = [
    ("i8", "int8_t", "i32"),
    ("u8", "uint8_t", "i32"),
    ("i16", "int16_t", "i32"),
    ("u16", "uint16_t", "i32"),
    ("i32", "int32_t", "i32"),
    ("u32", "uint32_t", "i32"),
    ("bool", "bool", "i32"),
    ("i64", "int64_t", "i64"),
    ("u64", "uint64_t", "i64"),
    ("f32", "float", "f32"),
    ("f64", "double", "f64"),
    ("ptr", "void *", "ptr"),
];
const I32: usize = 4;
const BOOL: usize = 6;
const F32: usize = 9;
const F64: usize = 10;
const PTR: usize = 11;

/// What C passes after `...`.
const PROMOTED: [usize; 6] = [4, 5, 7, 8, F64, PTR];

/// A type of an argument or a result.
#[derive(Clone)]
enum Type {
    Scalar(usize),
    /// By value; the number names the type in C.
    Struct(usize, Vec<Type>),
}

impl Type {
    fn random(random: &mut Random, structs: &mut usize, depth: u32) -> Type {
        if depth > 0 && random.once_in(5) {
            let fields = (0..random.between(1, 6))
                .map(|_| Type::random(random, structs, depth - 1))
                .collect();
            *structs += 1;
            return Type::Struct(*structs, fields);
        }
        Type::Scalar(random.below(SCALARS.len() as u64) as usize)
    }

    fn signature(&self) -> String {
        match self {
            Type::Scalar(scalar) => SCALARS[*scalar].0.to_owned(),
            Type::Struct(_, fields) => {
                let fields: Vec<_> = fields.iter().map(Type::signature).collect();
                format!("{{{}}}", fields.join(","))
            }
        }
    }

    fn c(&self) -> String {
        match self {
            Type::Scalar(scalar) => SCALARS[*scalar].1.to_owned(),
            Type::Struct(number, _) => format!("struct s{number}"),
        }
    }

    /// Declares the structs.
    fn declare(&self, c: &mut String) {
        let Type::Struct(number, fields) = self else {
            return;
        };
        fields.iter().for_each(|field| field.declare(c));
        write!(c, "struct s{number} {{ ").expect("written");
        for (n, field) in fields.iter().enumerate() {
            write!(c, "{} f{n}; ", field.c()).expect("written");
        }
        c.push_str("};\n");
    }

    /// The places of its scalars below a place in C.
    fn places(&self, place: &str, all: &mut Vec<(String, usize)>) {
        match self {
            Type::Scalar(scalar) => all.push((place.to_owned(), *scalar)),
            Type::Struct(_, fields) => {
                for (n, field) in fields.iter().enumerate() {
                    field.places(&format!("{place}.f{n}"), all);
                }
            }
        }
    }
}

/// The bits of a value of a scalar type, in C.
fn bits(place: &str, scalar: usize) -> String {
    match scalar {
        F32 => format!("bits32({place})"),
        F64 => format!("bits64({place})"),
        PTR => format!("(uint64_t)({place} != 0)"),
        _ => format!("(uint64_t){place}"),
    }
}

/// A value of a scalar type made from the bits of `h`, in C. Floats are never NaN.
fn made(scalar: usize) -> String {
    match scalar {
        BOOL => "(h & 1)".to_owned(),
        F32 => "((float)(int32_t)h / 8)".to_owned(),
        F64 => "((double)(int64_t)h / 8)".to_owned(),
        PTR => "(h & 1 ? (void *)&last_hash : (void *)0)".to_owned(),
        _ => format!("({})h", SCALARS[scalar].1),
    }
}

/// Numbers at the edges of types.
const EDGES: [i64; 14] = [
    0,
    1,
    -1,
    127,
    -128,
    255,
    32_767,
    -32_768,
    65_535,
    i32::MAX as i64,
    i32::MIN as i64,
    u32::MAX as i64,
    i64::MAX,
    i64::MIN,
];

/// A number: one at an edge, or any.
fn any_number(random: &mut Random) -> i64 {
    match random.once_in(2) {
        true => random.pick(&EDGES),
        false => random.bits() as i64,
    }
}

/// A value of a scalar type made from a number: as C and as the text form write it.
fn value(number: i64, scalar: usize) -> (String, String) {
    match scalar {
        F32 | F64 => {
            let float = f64::from(number as i32) / 16.0;
            let text = format!(
                "{:?}",
                if scalar == F32 {
                    f64::from(float as f32)
                } else {
                    float
                }
            );
            (text.clone(), text)
        }
        BOOL => (
            format!("{}", i32::from(number as i32 != 0)),
            format!("{}", number as i32),
        ),
        PTR => match number & 1 {
            0 => ("0".to_owned(), "null".to_owned()),
            _ => ("&last_hash".to_owned(), "there".to_owned()),
        },
        7 | 8 => (
            format!("(int64_t){}u", number as u64).replace('u', "ULL"),
            format!("{number}"),
        ),
        // What does not fit is cut, in C by its conversion.
        _ => (
            format!("({})(int32_t){}u", SCALARS[scalar].1, number as u32),
            format!("{}", number as i32),
        ),
    }
}

/// A function.
struct Function {
    number: usize,
    params: Vec<Type>,
    /// How many parameters are before `...`.
    fixed: usize,
    is_variadic: bool,
    result: Option<Type>,
    /// Whether it sets `errno`, which the caller looks at.
    has_errno: bool,
    /// Whether a thread of its own runs it.
    is_blocking: bool,
}

/// Functions and their calls, in C and in VITBC.
#[derive(Default)]
struct Case {
    library: String,
    main: String,
    imports: String,
    program: String,
    pointers: BTreeSet<String>,
    structs: usize,
    functions: usize,
    /// Only functions whose arguments lie in registers on all processors, which code calls by their addresses.
    in_registers: bool,
}

/// Counts the registers that arguments take.
#[derive(Default)]
struct Registers {
    general: usize,
    floats: usize,
}

impl Registers {
    /// Whether one more lies in a register, in C for any processor. RISC-V has variadic floats in general ones.
    fn take(&mut self, ty: &Type, is_variadic: bool) -> bool {
        let is_float = matches!(ty, Type::Scalar(F32 | F64));
        self.general += usize::from(!is_float || is_variadic);
        self.floats += usize::from(is_float);
        self.general <= 6 && self.floats <= 8
    }
}

impl Case {
    fn add(&mut self, random: &mut Random, number: usize) {
        let count = match random.once_in(8) {
            true => random.between(9, 40),
            false => random.between(0, 8),
        };
        let depth = if self.in_registers { 0 } else { 2 };
        let mut params: Vec<Type> = (0..count)
            .map(|_| Type::random(random, &mut self.structs, depth))
            .collect();
        let mut registers = Registers::default();
        if self.in_registers {
            params.retain(|ty| registers.take(ty, false));
        }
        let fixed = params.len();
        let is_variadic = fixed > 0 && random.once_in(5);
        if is_variadic {
            let more = random.between(0, 12);
            let mut more: Vec<Type> = (0..more)
                .map(|_| Type::Scalar(random.pick(&PROMOTED)))
                .collect();
            more.retain(|ty| !self.in_registers || registers.take(ty, true));
            params.append(&mut more);
        }
        let result = (!random.once_in(6)).then(|| Type::random(random, &mut self.structs, depth));
        let function = Function {
            number,
            params,
            fixed,
            is_variadic,
            result,
            has_errno: random.once_in(6),
            is_blocking: !self.in_registers && random.once_in(20),
        };
        self.declare(&function);
        self.import(&function);
        self.call(&mut || any_number(random), &function);
    }

    /// Two structs with the same fields, for a parameter and a result.
    fn two_structs(&mut self, fields: Vec<Type>) -> [Type; 2] {
        self.structs += 2;
        [self.structs - 1, self.structs].map(|number| Type::Struct(number, fields.clone()))
    }

    /// A function that returns what it makes of its parameters.
    fn function(
        &mut self,
        params: Vec<Type>,
        fixed: Option<usize>,
        result: Option<Type>,
    ) -> Function {
        self.functions += 1;
        let function = Function {
            number: self.functions,
            fixed: fixed.unwrap_or(params.len()),
            is_variadic: fixed.is_some(),
            params,
            result,
            has_errno: false,
            is_blocking: false,
        };
        self.declare(&function);
        self.import(&function);
        function
    }

    /// The function in C: it mixes all that it gets, and makes its result of that.
    fn declare(&mut self, function: &Function) {
        let &Function {
            number,
            ref params,
            fixed,
            is_variadic,
            ref result,
            has_errno,
            ..
        } = function;
        let result = result.as_ref();
        let c = &mut self.library;
        params.iter().chain(result).for_each(|ty| ty.declare(c));
        let returns = result.map_or("void".to_owned(), Type::c);
        let mut list: Vec<_> = params[..fixed]
            .iter()
            .enumerate()
            .map(|(n, ty)| format!("{} a{n}", ty.c()))
            .collect();
        if is_variadic {
            list.push("...".to_owned());
        }
        let list = if list.is_empty() {
            "void".to_owned()
        } else {
            list.join(", ")
        };
        writeln!(
            c,
            "{returns} f{number}({list}) {{\n  uint64_t h = {number};"
        )
        .expect("written");
        if is_variadic {
            writeln!(c, "  va_list more; va_start(more, a{});", fixed - 1).expect("written");
            for (n, ty) in params.iter().enumerate().skip(fixed) {
                writeln!(c, "  {0} a{n} = va_arg(more, {0});", ty.c()).expect("written");
            }
        }
        let mut places = Vec::new();
        for (n, ty) in params.iter().enumerate() {
            ty.places(&format!("a{n}"), &mut places);
        }
        for (place, scalar) in places {
            writeln!(c, "  h = mix(h, {});", bits(&place, scalar)).expect("written");
        }
        c.push_str("  last_hash = h;\n");
        if has_errno {
            c.push_str("  if (h & 1) errno = (int)(h >> 33);\n");
        }
        if let Some(result) = result {
            let mut places = Vec::new();
            result.places("r", &mut places);
            writeln!(c, "  {} r;", result.c()).expect("written");
            for (place, scalar) in places {
                writeln!(c, "  {place} = {}; h = mix(h, 1);", made(scalar)).expect("written");
            }
            c.push_str("  return r;\n");
        }
        c.push_str("}\n");
    }

    /// The import of the function.
    fn import(&mut self, function: &Function) {
        let mut values: Vec<Vec<&str>> = Vec::new();
        for types in [&function.params[..], function.result.as_slice()] {
            let mut places = Vec::new();
            types.iter().for_each(|ty| ty.places("", &mut places));
            values.push(
                places
                    .iter()
                    .map(|(_, scalar)| SCALARS[*scalar].2)
                    .collect(),
            );
        }
        let mut signature: Vec<_> = function.params.iter().map(Type::signature).collect();
        if function.is_variadic {
            signature.insert(function.fixed, "...".to_owned());
        }
        let mut returns = function
            .result
            .as_ref()
            .map_or(String::new(), Type::signature);
        if function.has_errno {
            returns.push_str("+errno");
            values[1].push("i32");
        }
        let [params, results] = [&values[0], &values[1]].map(|types| types.join(", "));
        let arrow = match results.is_empty() {
            true => String::new(),
            false => format!(" -> ({results})"),
        };
        let number = function.number;
        let elsewhere = if function.is_blocking { "!" } else { "" };
        writeln!(
            self.imports,
            ".import func \"native:made.so\" \"{elsewhere}f{number}({}){returns}\" as f{number}({params}){arrow}",
            signature.join(","),
        )
        .expect("written");
    }

    /// A call in C and one in VITBC, which print the same.
    fn call(&mut self, numbers: &mut dyn FnMut() -> i64, function: &Function) {
        let &Function {
            number,
            ref params,
            ref result,
            has_errno,
            ..
        } = function;
        let result = result.as_ref();
        let mut places = Vec::new();
        for (n, ty) in params.iter().enumerate() {
            ty.places(&format!("a{n}"), &mut places);
        }
        let main = &mut self.main;
        main.push_str("  {\n");
        for (n, ty) in params.iter().enumerate() {
            writeln!(main, "    {} a{n};", ty.c()).expect("written");
        }
        let mut registers = Vec::new();
        for (n, (place, scalar)) in places.iter().enumerate() {
            let (c, text) = value(numbers(), *scalar);
            writeln!(main, "    {place} = {c};").expect("written");
            let ty = SCALARS[*scalar].2;
            registers.push(format!("{ty}_{n}"));
            if *scalar == PTR {
                self.pointers.insert(format!("  .reg ptr_{n}: ptr\n"));
            }
            match &*text {
                "null" => writeln!(self.program, "  REF_NULL ptr_{n}"),
                "there" => writeln!(self.program, "  MOVE ptr_{n}, there"),
                _ => writeln!(self.program, "  LOAD_CONST.{ty} {ty}_{n}, {text}"),
            }
            .expect("written");
        }
        let args: Vec<_> = (0..params.len()).map(|n| format!("a{n}")).collect();
        let call = format!("f{number}({})", args.join(", "));
        let mut results = Vec::new();
        main.push_str("    errno = 0;\n");
        match result {
            None => writeln!(main, "    {call}; int seen = errno; (void)seen;").expect("written"),
            Some(ty) => {
                writeln!(
                    main,
                    "    {} r = {call}; int seen = errno; (void)seen;",
                    ty.c()
                )
                .expect("written");
                let mut places = Vec::new();
                ty.places("r", &mut places);
                for (n, (place, scalar)) in places.iter().enumerate() {
                    writeln!(
                        main,
                        "    printf(\"%lld\\n\", (long long){});",
                        shown(place, *scalar)
                    )
                    .expect("written");
                    results.push((format!("r{}_{n}", SCALARS[*scalar].2), *scalar));
                }
            }
        }
        if has_errno {
            // What is printed changes it.
            main.push_str("    printf(\"%d\\n\", seen);\n");
            results.push(("error".to_owned(), I32));
        }
        main.push_str("    printf(\"%lld\\n\", (long long)last());\n  }\n");
        let names: Vec<_> = results.iter().map(|(name, _)| name.as_str()).collect();
        let mut operands = vec![format!("f{number}")];
        operands.extend(registers);
        let arrow = if names.is_empty() {
            String::new()
        } else {
            format!(" -> {}", names.join(", "))
        };
        writeln!(self.program, "  CALL {}{arrow}", operands.join(", ")).expect("written");
        for (name, scalar) in &results {
            match *scalar {
                F32 => writeln!(
                    self.program,
                    "  REINTERPRET.i32.f32 seen, {name}\n  PRINT seen"
                ),
                F64 => writeln!(
                    self.program,
                    "  REINTERPRET.i64.f64 long, {name}\n  PRINT long"
                ),
                PTR => writeln!(
                    self.program,
                    "  REF_IS_NULL seen, {name}\n  XOR.i32 seen, seen, 1\n  PRINT seen"
                ),
                _ => writeln!(self.program, "  PRINT {name}"),
            }
            .expect("written");
        }
        self.program.push_str("  CALL last -> long\n  PRINT long\n");
    }
}

/// What PRINT shows of a value, as a number in C: an i32 is signed.
fn shown(place: &str, scalar: usize) -> String {
    match scalar {
        F32 => format!("(int32_t)bits32({place})"),
        7 | 8 | F64 | PTR => bits(place, scalar),
        _ => format!("(int32_t){place}"),
    }
}

const HEAD: &str = "#include <errno.h>\n#include <stdarg.h>\n#include <stdbool.h>\n#include <stdint.h>\n#include <stdio.h>\n#include <string.h>\n\
    static uint64_t last_hash;\n\
    static uint64_t mix(uint64_t h, uint64_t x) { return (h ^ x) * 0x9e3779b97f4a7c15u + (h >> 29); }\n\
    static uint64_t bits32(float x) { uint32_t b; memcpy(&b, &x, 4); return b; }\n\
    static uint64_t bits64(double x) { uint64_t b; memcpy(&b, &x, 8); return b; }\n\
    uint64_t last(void) { return last_hash; }\nvoid *there(void) { return &last_hash; }\n";

/// Made-up functions as texts.
struct Texts {
    /// A library in C.
    library: String,
    /// A program in C that includes it and calls its functions.
    c: String,
    /// A program in VITBC that does the same.
    vitbc: String,
}

impl Texts {
    fn new(seed: u64, functions: usize, in_registers: bool) -> Texts {
        let mut random = Random::new(seed);
        let mut case = Case {
            in_registers,
            ..Case::default()
        };
        (0..functions).for_each(|number| case.add(&mut random, number));
        Texts::of(case)
    }

    fn of(case: Case) -> Texts {
        let library = format!("{HEAD}{}", case.library);
        Texts {
            c: format!("{library}int main(void) {{\n{}  return 0;\n}}\n", case.main),
            library,
            vitbc: format!(
                ".import func \"native:made.so\" \"last()u64\" as last() -> i64\n.import func \"native:made.so\" \"there()ptr\" as c_there() -> ptr\n{}MAIN\n{}  CALL c_there -> there\n{}END\n",
                case.imports,
                case.pointers.into_iter().collect::<String>(),
                case.program
            ),
        }
    }

    /// Compares the calls on every engine with those of C. Returns how many lines both print.
    fn compare(&self, what: &str) -> usize {
        let folder = scratch();
        let path = library(folder.path(), "made.so", &self.library);
        let expected = self.expected(folder.path(), "cc", None);
        for tool in ENGINES {
            let output = run(tool, &[&permit("made.so", &path)], &self.vitbc);
            agree(&lines(&output), &expected, &format!("{what}, {tool}"));
        }
        expected.len()
    }

    /// What the program in C prints, by the compiler and, for another processor, the emulator.
    fn expected(&self, folder: &Path, cc: &str, emulator: Option<(&str, &str)>) -> Vec<String> {
        let (source, path) = (folder.join("c.c"), folder.join("c"));
        std::fs::write(&source, &self.c).expect("a source");
        let mut cc = Command::new(cc);
        cc.args(["-O1", "-o"]).arg(&path).arg(&source);
        assert!(cc.status().expect("a C compiler").success());
        lines(&emulated(&path, emulator))
    }
}

/// Has a program run, under an emulator with the libraries of another processor.
fn emulated(path: &Path, emulator: Option<(&str, &str)>) -> Output {
    let mut command = match emulator {
        None => Command::new(path),
        Some((emulator, libraries)) => {
            let mut command = Command::new(emulator);
            command.args(["-L", libraries]).arg(path);
            command
        }
    };
    command.output().expect("it runs")
}

/// What a program prints that ends well.
fn lines(output: &Output) -> Vec<String> {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(str::to_owned).collect()
}

/// Panics at the first line that is not as C says.
fn agree(found: &[String], expected: &[String], what: &str) {
    let mut pairs = found.iter().zip(expected);
    let first = pairs.position(|(found, expected)| found != expected);
    assert_eq!((first, found.len()), (None, expected.len()), "{what}");
}

/// Compares the calls of made-up functions on every engine with those of C.
fn compare(seed: u64, functions: usize, in_registers: bool) {
    let texts = Texts::new(seed, functions, in_registers);
    assert!(texts.compare(&format!("seed {seed}")) >= functions);
}

/// Each type of C as an argument and as a result: all widths and signs at their edges, mixed lists of up to 40 arguments,
/// floats beyond the registers, variadic arguments of each type that C passes so, and structs of 1 to 40 bytes.
#[test]
fn all_types_agree_with_c() {
    let mut case = Case::default();
    for scalar in 0..SCALARS.len() {
        let ty = Type::Scalar(scalar);
        let function = case.function(vec![ty.clone()], None, Some(ty));
        EDGES
            .iter()
            .for_each(|&edge| case.call(&mut || edge, &function));
    }
    let mut next = 0;
    let mut numbers = || {
        next += 1;
        EDGES[next % EDGES.len()]
    };
    let scalar = |n: usize| Type::Scalar(n % SCALARS.len());
    for count in 1..=40 {
        let params = (0..count).map(|n| scalar(count + n * 5)).collect();
        let function = case.function(params, None, Some(scalar(count)));
        case.call(&mut numbers, &function);
    }
    for (float, count) in [F32, F64]
        .into_iter()
        .flat_map(|ty| (8..=20).map(move |n| (ty, n)))
    {
        let function = case.function(
            vec![Type::Scalar(float); count],
            None,
            Some(Type::Scalar(float)),
        );
        case.call(&mut numbers, &function);
    }
    for (ty, count) in PROMOTED
        .into_iter()
        .flat_map(|ty| (1..=12).map(move |n| (ty, n)))
    {
        let mut params = vec![Type::Scalar(I32)];
        params.resize(count + 1, Type::Scalar(ty));
        let function = case.function(params, Some(1), Some(Type::Scalar(ty)));
        case.call(&mut numbers, &function);
    }
    // With as many of each type as make 40 bytes.
    for (ty, most) in [
        (0, 40),
        (1, 40),
        (2, 20),
        (3, 20),
        (I32, 10),
        (5, 10),
        (BOOL, 40),
        (7, 5),
        (8, 5),
        (F32, 10),
        (F64, 5),
        (PTR, 5),
    ] {
        for count in 1..=most {
            let [whole, result] = case.two_structs(vec![Type::Scalar(ty); count]);
            let function = case.function(vec![whole, scalar(count)], None, Some(result));
            case.call(&mut numbers, &function);
        }
    }
    // With integers and floats in one word, and with room between.
    for count in 1..=20 {
        let fields = (0..1 + count % 5).map(|n| scalar(count + n * 7)).collect();
        let [whole, result] = case.two_structs(fields);
        let function = case.function(vec![scalar(count), whole], None, Some(result));
        case.call(&mut numbers, &function);
    }
    assert!(Texts::of(case).compare("all types") > 1_000);
}

/// Functions in all: `VBC_SIGNATURES`, or a sample.
fn signatures() -> usize {
    let all = std::env::var("VBC_SIGNATURES").ok();
    all.map_or(400, |all| all.parse().expect("VBC_SIGNATURES is a number"))
}

#[test]
fn made_up_signatures_agree_with_c() {
    for seed in 0..signatures().div_ceil(100) {
        // Every fourth hundred is of functions that code calls by their addresses.
        compare(seed as u64, 100, seed % 4 == 3);
    }
}

/// Objects for other processors, with the runtime in C, which leaves native functions to code.
#[test]
fn objects_for_other_processors_agree_with_c() {
    for target in ["aarch64", "riscv64"] {
        let cc = format!("{target}-linux-gnu-gcc");
        let (emulator, libraries) = (format!("qemu-{target}"), format!("/usr/{target}-linux-gnu"));
        if !there_are_for(
            target,
            &[&cc, &emulator, &format!("{libraries}/lib/libc.so")],
        ) {
            continue;
        }
        let emulator = Some((&*emulator, &*libraries));
        for seed in 0..signatures().div_ceil(200) {
            let texts = Texts::new(1_000_000 + seed as u64, 100, true);
            let folder = scratch();
            let expected = texts.expected(folder.path(), &cc, emulator);
            let made = folder.path().join("made.c");
            std::fs::write(&made, &texts.library).expect("a source");
            let found = on_processor(target, folder.path(), &texts.vitbc, &[&made], emulator);
            agree(&lines(&found), &expected, &format!("seed {seed}, {target}"));
        }
        let folder = scratch();
        let found = on_processor(target, folder.path(), MEMORY, &[], emulator);
        assert_eq!(lines(&found), ["5", "1", "hello", "0", "2"], "{target}");
        // What is not in memory is the whole runtime's matter, which this one refuses.
        let outside = MEMORY.replace("LOAD_CONST n, 6", "LOAD_CONST n, 60000000");
        let found = on_processor(target, folder.path(), &outside, &[], emulator);
        let error = String::from_utf8_lossy(&found.stderr);
        assert!(
            error.contains("this runtime calls no native functions"),
            "{target}: {error}"
        );
    }
}

/// Buffers, texts and `errno`.
const MEMORY: &str = r#"
.import func "native:libc.so.6" "strlen(str)u64" as c_strlen(addr) -> i64
.import func "native:libc.so.6" "memcpy(buf[#2],buf[#2],u64)ptr" as c_memcpy(addr, addr, i64) -> ptr
.import func "native:libc.so.6" "puts(str)i32" as c_puts(addr) -> i32
.import func "native:libc.so.6" "access(str,i32)i32+errno" as c_access(addr, i32) -> (i32, i32)
.data text = "hello\0"
.data room size 6
.data nowhere = "/nothing/here\0"
MAIN
  DATA_ADDR p, text
  CALL c_strlen, p -> n
  PRINT n
  DATA_ADDR q, room
  LOAD_CONST n, 6
  CALL c_memcpy, q, p, n -> r
  REF_IS_NULL none, r
  LOAD_CONST.i32 one, 1
  XOR none, none, one
  PRINT none
  CALL c_puts, q -> _
  LOAD_CONST.i32 zero, 0
  DATA_ADDR p, nowhere
  CALL c_access, p, zero -> done, error
  LOAD_CONST.i32 one, 1
  ADD done, done, one
  PRINT done
  PRINT error
END
"#;

/// Runs a program as an object for another processor, linked with some files in C and the runtime of the tests.
fn on_processor(
    target: &str,
    folder: &Path,
    vitbc: &str,
    files: &[&Path],
    emulator: Option<(&str, &str)>,
) -> Output {
    let path = |name| folder.join(name);
    std::fs::write(path("main.vitasm"), vitbc).expect("a text");
    let mut aot = Command::new(program("vbc-aot"));
    aot.args(["--target", target]).arg(path("main.vitasm"));
    aot.arg("-o").arg(path("main.o"));
    lines(&aot.output().expect("the tool runs"));
    let mut link = Command::new(format!("{target}-linux-gnu-gcc"));
    link.args(["-O1", "-pie", "-o"]).arg(path("main"));
    link.arg(path("main.o")).args(files);
    link.arg(project().join("tests/cross/runtime.c"));
    lines(&link.output().expect("a C compiler"));
    emulated(&path("main"), emulator)
}
