use super::*;

fn parsed(name: &str) -> Prototype {
    Prototype::parse(name).expect(name)
}

#[test]
fn signatures_have_their_types() {
    for (name, ty) in [
        ("f()", "()"),
        ("sqrt(f64)f64", "(f64) -> f64"),
        ("printf(str,...,i32,f64)i32", "(i64, i32, f64) -> i32"),
        (
            "f(i8,u8,i16,u16,i32,u32,bool)bool",
            "(i32, i32, i32, i32, i32, i32, i32) -> i32",
        ),
        (
            "f(i64,u64,f32,f64,ptr)u64",
            "(i64, i64, f32, f64, ptr) -> i64",
        ),
        (
            "!read(i32,buf[#2],u64)i64+errno",
            "(i32, i64, i64) -> (i64, i32)",
        ),
        ("f(buf,buf[16])+errno", "(i64, i64) -> i32"),
        (
            "qsort(buf,u64,u64,fn(ptr,ptr)i32)",
            "(i64, i64, i64, funcref)",
        ),
        ("atexit(fn())i32", "(funcref) -> i32"),
        ("div(i32,i32){i32,i32}", "(i32, i32) -> (i32, i32)"),
        ("f({f64,{i32,ptr}},i32)ptr", "(f64, i32, ptr, i32) -> ptr"),
    ] {
        assert_eq!(
            parsed(name).func_type(ValType::I64).to_string(),
            ty,
            "{name}"
        );
    }
    let narrow = parsed("puts(str)i32").func_type(ValType::I32);
    assert_eq!(narrow.to_string(), "(i32) -> i32");
}

#[test]
fn the_text_form_leaves_the_type_of_addresses_open() {
    for (name, ty) in [
        ("f()", "()"),
        ("puts(str)i32", "(addr) -> i32"),
        (
            "!read(i32,buf[#2],u64)i64+errno",
            "(i32, addr, i64) -> (i64, i32)",
        ),
        ("visit({f32,ptr},fn(ptr)i32)", "(f32, ptr, funcref)"),
    ] {
        assert_eq!(parsed(name).text_type().to_string(), ty, "{name}");
    }
}

#[test]
fn prototypes_are_written_as_c_has_them() {
    for (name, c) in [
        ("f()", "void f(void)"),
        ("sqrt(f64)f64", "double sqrt(double)"),
        (
            "printf(str,...,i32,f64)i32",
            "int32_t printf(const char *, ...) /* int32_t, double */",
        ),
        ("printf(str,...)i32", "int32_t printf(const char *, ...)"),
        (
            "qsort(buf,u64,u64,fn(ptr,ptr)i32)",
            "void qsort(void *, uint64_t, uint64_t, int32_t (*)(void *, void *))",
        ),
        (
            "f({f32,{i8,bool}})ptr",
            "void *f(struct { float; struct { int8_t; _Bool; }; })",
        ),
    ] {
        assert_eq!(parsed(name).in_c().to_string(), c, "{name}");
    }
}

/// Signatures in which every kind of type appears at every place where it may.
fn signatures() -> Vec<String> {
    let scalars: Vec<&str> = Scalar::ALL.iter().map(|scalar| scalar.word()).collect();
    let mut values: Vec<String> = scalars.iter().map(|&word| word.to_owned()).collect();
    values.extend(scalars.iter().map(|word| format!("{{{word}}}")));
    values.push(format!("{{{}}}", scalars.join(",")));
    values.push("{{f64,{i8}},ptr,{{bool,u16}}}".to_owned());
    values.push(format!("{}f32{}", "{".repeat(DEPTH), "}".repeat(DEPTH)));
    let mut params = values.clone();
    params.extend(
        [
            "str",
            "buf",
            "buf[0]",
            "buf[18446744073709551615]",
            "buf[#0]",
        ]
        .map(str::to_owned),
    );
    params.push("fn()".to_owned());
    params.extend(values.iter().map(|ty| format!("fn(){ty}")));
    params.extend(values.iter().map(|ty| format!("fn({ty},i32,{ty})")));
    let mut all = vec![
        "f()".to_owned(),
        "_$1()+errno".to_owned(),
        "!f()".to_owned(),
    ];
    for ty in &values {
        all.extend([format!("f(){ty}"), format!("!f(i32){ty}+errno")]);
    }
    for ty in &params {
        // The first is the length of `buf[#0]`.
        all.extend([
            format!("f(i64,{ty})"),
            format!("f(u8,{ty},{ty},{ty})ptr+errno"),
            format!("f(i64,{ty},...)"),
            format!("f(i64,{ty},...,f64)i32"),
        ]);
        let word = ty.as_str();
        if Scalar::named(word).is_none_or(|scalar| scalar.promoted().is_none()) {
            all.push(format!("f(i32,...,{ty},{ty})+errno"));
        }
    }
    all
}

#[test]
fn what_is_read_is_written_again() {
    let signatures = signatures();
    assert!(signatures.len() > 400, "{}", signatures.len());
    for name in &signatures {
        let prototype = parsed(name);
        assert_eq!(prototype.to_string(), *name);
        assert_eq!(parsed(&prototype.to_string()), prototype, "{name}");
    }
}

#[test]
fn integers_are_found_by_size_and_sign() {
    for scalar in Scalar::ALL.iter().filter(|scalar| scalar.is_integer()) {
        let is_signed = scalar.word().starts_with('i');
        let found = Scalar::integer(scalar.size() as u64, is_signed);
        assert_eq!(found, Some(*scalar));
    }
    for bytes in [0, 3, 16, u64::MAX] {
        assert_eq!(Scalar::integer(bytes, true), None);
    }
}

#[test]
fn symbols_are_identifiers() {
    for symbol in ["f", "_", "$", "f$1", "_9"] {
        assert!(is_symbol(symbol), "{symbol}");
        assert_eq!(&*parsed(&format!("{symbol}()")).symbol, symbol);
    }
    for symbol in ["", "1", "f.g", "f g", "größe", "!f"] {
        assert!(!is_symbol(symbol), "{symbol}");
    }
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let deep = format!("f({}i32{})", "{".repeat(17), "}".repeat(17));
    let many = format!("f({}i32)", "i32,".repeat(1_000));
    for (name, at, message) in [
        ("", 0, "expected the name of a C function"),
        ("!", 1, "expected the name of a C function"),
        ("1f()", 0, "expected the name of a C function"),
        ("f", 1, "expected `(`"),
        ("f(", 2, "expected a C type"),
        ("f(i32", 5, "expected `,` or `)`"),
        ("f(i32,)", 6, "expected a C type"),
        ("f(int)", 2, "`int` is not a C type"),
        ("f (i32)", 1, "expected `(`"),
        ("f(i32) i32", 6, "expected a C type"),
        ("f()i32 ", 6, "expected the end of the signature"),
        ("f()i32+errn", 6, "expected the end of the signature"),
        ("f()str", 3, "a pointer that a function returns is `ptr`"),
        ("f()buf[3]", 3, "a pointer that a function returns is `ptr`"),
        ("f(...)", 2, "a parameter must precede `...`"),
        ("f(i32,...,...)", 10, "`...` appears twice"),
        (
            "f(i32,...,f32)",
            10,
            "after `...` C passes f64 instead of this type",
        ),
        (
            "f(i32,...,u8)",
            10,
            "after `...` C passes i32 instead of this type",
        ),
        ("f({})", 3, "expected a C type"),
        ("f({i32)", 6, "expected `,` or `}`"),
        (
            "f({buf})",
            3,
            "`buf` is for parameters of the function itself only",
        ),
        (
            "f(fn(str))",
            5,
            "`str` is for parameters of the function itself only",
        ),
        ("f(fn)", 4, "expected `(`"),
        ("f(fn(i32)", 9, "expected `,` or `)`"),
        ("f(fn(i32,...))", 9, "expected a C type"),
        (
            "f(buf[)",
            6,
            "expected a number of bytes, or `#` and an argument",
        ),
        (
            "f(buf[-1])",
            6,
            "expected a number of bytes, or `#` and an argument",
        ),
        (
            "f(buf[18446744073709551616])",
            6,
            "expected a number of bytes, or `#` and an argument",
        ),
        ("f(buf[3)", 7, "expected `]`"),
        (
            "f(buf[#1])",
            6,
            "there is no argument 1; they are counted from 0",
        ),
        ("f(buf[#1],f64)", 6, "argument 1 is not an integer"),
        ("f(buf[#0])", 6, "argument 0 is not an integer"),
        (&deep, 18, "structs lie more than 16 deep"),
        (&many, many.len(), "1001 arguments are more than 1000"),
        ("größe()", 2, "expected `(`"),
        (
            "!f(fn())",
            0,
            "a function on a thread of its own (`!`) cannot be given functions",
        ),
    ] {
        let fault = Prototype::parse(name).expect_err(name);
        assert_eq!((fault.at, &*fault.message), (at, message), "{name}");
    }
}

#[test]
fn no_name_makes_the_parser_panic() {
    // Every prefix of a signature with everything in it, and each with one byte exchanged.
    let whole =
        "!f_1(buf[16],buf[#4],str,fn({i8,{u16}},ptr)f32,u64,...,f64,{i32,ptr}){f32,f64}+errno";
    for end in 0..=whole.len() {
        let _ = Prototype::parse(&whole[..end]);
    }
    for at in 0..whole.len() {
        for other in "!(){}[]#.,+0aé ".chars() {
            let mut changed: Vec<char> = whole.chars().collect();
            changed[at] = other;
            let _ = Prototype::parse(&changed.iter().collect::<String>());
        }
    }
}

#[test]
fn structs_lie_as_c_has_them() {
    // (type, size, alignment, offset of a field after it in a struct that begins with a byte)
    for (ty, size, alignment, next) in [
        ("i8", 1, 1, 2),
        ("u16", 2, 2, 4),
        ("bool", 1, 1, 2),
        ("f32", 4, 4, 8),
        ("ptr", 8, 8, 16),
        ("{i8,i16}", 4, 2, 6),
        ("{f64,u8}", 16, 8, 24),
        ("{i8,i16,{f64,f64},ptr,f32,bool}", 40, 8, 48),
        ("{{{u8}},{u32,u8},u8}", 16, 4, 20),
    ] {
        let ty = parsed(&format!("f(){ty}")).result.expect("a result");
        let layout = Layout::of(&ty);
        assert_eq!((layout.size, layout.alignment), (size, alignment), "{ty}");
        let mut whole = Layout::default();
        whole.add(Layout::of(&CType::Scalar(Scalar::I8)));
        whole.add(layout);
        let byte = Layout::of(&CType::Scalar(Scalar::I8));
        assert_eq!(whole.add(byte), next, "{ty}");
    }
}
