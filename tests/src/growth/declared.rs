//! Modules that declare many types, as compilers of languages with classes make them. Of the engines
//! only the interpreter runs them.

use super::{Shape, TYPES, number_in};

/// All shapes. Their sizes result in about 50 KB of text.
pub const DECLARED: &[Shape] = &[
    Shape {
        name: "types in groups",
        size: 200,
        most: 0,
        write: |n| types(n, 2_000, 1),
    },
    Shape {
        name: "types with 12 supers",
        size: 200,
        most: 0,
        write: |n| types(n, 1, 12),
    },
    Shape {
        name: "types in groups, with 12 supers",
        size: 200,
        most: 0,
        write: |n| types(n, 2_000, 12),
    },
    Shape {
        name: "types in one group",
        size: 200,
        most: 0,
        write: |n| types(n, n, 12),
    },
    Shape {
        name: "moved references",
        size: 200,
        most: 0,
        write: moves,
    },
    Shape {
        name: "managed objects",
        size: 200,
        most: 0,
        write: objects,
    },
    Shape {
        name: "fields",
        size: 700,
        most: 0,
        write: fields,
    },
    Shape {
        name: "branches on null",
        size: 500,
        most: 0,
        write: null_branches,
    },
];

/// `n` structs in groups of 1, 2, 4 and so on to `largest`, in families of `depth`, each a subtype of the one before
/// it, and five globals for two of them. No two are the same type.
fn types(n: u64, largest: u64, depth: u64) -> String {
    let mut text = String::new();
    let (mut first, mut size) = (0, 1);
    let mut family = String::new();
    while first < n {
        let end = n.min(first + size);
        text.push_str(".rec\n");
        for i in first..end {
            let mut supertype = String::new();
            match i % depth {
                0 => {
                    let digits = number_in(i, TYPES.len() as u64);
                    let numbers = digits.iter().map(|&digit| TYPES[digit as usize]);
                    family = format!(
                        "ref null t{first}, {}",
                        numbers.collect::<Vec<_>>().join(", ")
                    );
                }
                _ => {
                    supertype = format!(": t{}", i - 1);
                    family.push_str(", mut i32");
                }
            }
            text += &format!(".type t{i}{supertype} struct ({family})\n");
        }
        text.push_str(".end\n");
        (first, size) = (end, (size * 2).min(largest));
    }
    for i in 0..n * 5 / 2 {
        text += &format!(".global g{i}: mut ref null t{}\n", i * 7 % n);
    }
    text
}

/// A function that moves references of subtypes from register to register.
fn moves(n: u64) -> String {
    let mut text = types(100, 1, 50);
    text.push_str("FUNC f(a: ref t49, b: ref t99)\n  .reg c: ref null t0\n  .reg d: ref t25\n  .reg e: eqref\n");
    for _ in 0..n {
        text.push_str("  MOVE d, a\n  MOVE c, d\n  MOVE e, b\n  MOVE e, c\n");
    }
    text.push_str("END\n");
    text
}

/// A function that makes objects of many types, reads and writes them, and casts them.
fn objects(n: u64) -> String {
    let mut text = types(100, 1, 10);
    text.push_str(".type list array mut eqref\n");
    text.push_str("FUNC f(a: ref list, i: i32)\n  .reg e: eqref\n");
    for at in 0..n {
        let ty = at * 7 % 100;
        text += &format!("  .reg p{at}: ref t{ty}\n  STRUCT_NEW_DEFAULT p{at}, t{ty}\n");
        text += &format!("  ARRAY_SET a, i, p{at}\n  ARRAY_GET e, a, i\n");
        text += &format!(
            "  REF_CAST p{at}, e, ref t{ty}\n  REF_TEST i, e, ref t{}\n",
            ty / 10 * 10
        );
    }
    text.push_str("END\nMAIN\nEND\n");
    text
}

/// A struct with many fields, each read and written by its name, and an object made of as many registers.
fn fields(n: u64) -> String {
    let most = n.min(5_000);
    let list: Vec<String> = (0..most).map(|at| format!("f{at}: mut i64")).collect();
    let mut text = format!(".type wide struct ({})\n", list.join(", "));
    text.push_str("FUNC f(p: ref wide, x: i64)\n");
    for at in 0..n {
        let field = at * 7 % most;
        text += &format!("  STRUCT_GET x, p, f{field}\n  STRUCT_SET p, f{field}, x\n");
    }
    let args = vec!["x"; most as usize].join(", ");
    text += &format!("  STRUCT_NEW wide, {args} -> p\nEND\nMAIN\nEND\n");
    text
}

/// A function with many branches that write where control does not branch, all of them to one place.
fn null_branches(n: u64) -> String {
    let mut text = String::from(".type t struct (i64)\nFUNC f(p: ref null t)\n");
    for at in 0..n {
        text +=
            &format!("  BR_ON_NULL q{at}, p, out\n  BR_ON_CAST_FAIL r{at}, q{at}, out, ref t\n");
    }
    text.push_str("out:\nEND\nMAIN\nEND\n");
    text
}
