//! Every view on a module with something of everything, as it is and damaged in every bit.

use std::sync::Arc;

use serde_json::Value;

use super::*;
use vbc_core::format::{ENTRY_BYTES, HEADER_BYTES, seal};
use vbc_core::isa::ValType::{self, F32, F64, I32, I64};
use vbc_core::isa::{FuncType, Trap};
use vbc_core::module::builder::*;
use vbc_core::module::{Binding, Module};

/// A module with every section.
fn module() -> Module {
    let mut module = ModuleBuilder::new();
    module.producer("dump test");
    let file = module.file("dump.vitasm");
    module.embed_source(file, b"first\nsecond \x1b[2J\nthird\n");
    let size = |min, max| Size {
        min,
        max,
        index_type: I64,
    };
    let host = module.import_func(Some("env"), "log", &FuncType::new(&[I32, F32], &[]));
    module.import_global(Some("env"), "limit", I64, false);
    let outside = module.import_func(None, "out side\u{202e}", &FuncType::new(&[I64], &[I64]));
    module.weak_import(outside);
    let memory = module.memory(size(1, Some(4)));
    module.export(memory, "memory");
    let table = module.table(
        ValType::FUNCREF,
        Size {
            index_type: I32,
            ..size(2, None)
        },
    );
    let bytes = module.data(
        Placement::Placed { align: 8, size: 64 },
        true,
        b"hello\n, world",
    );
    let other = module.data(Placement::Passive, false, &[0xff; 40]);
    module.symbol(bytes, "greeting", Binding::Local, false);
    module.data_address(bytes, 16, bytes, -4);
    let global = module.global(F64, true, Init::Const(1.5_f64.to_bits()));
    module.symbol(global, "half", Binding::Weak, true);
    module.global(ValType::EXTERNREF, false, Init::Null);
    let address = module.global(I64, false, Init::Data(bytes, -3));
    module.export(address, "address");

    let mut f = FunctionBuilder::new(&[I64, I64], &[I64, I64]);
    let (x, y, i) = (f.param(0), f.param(1), f.reg(I64));
    let (flag, half) = (f.zeroed_reg(I32), f.reg(F64));
    let (start, end, middle) = (f.label(), f.label(), f.label());
    f.name(x, "x");
    f.name(i, "sum of all");
    f.place(file, 2, 3);
    f.constant(i, 1 << 40);
    f.bind(start);
    f.op("ADD", &[i.into(), i.into(), 70_000.into()]);
    f.place(file, 3, 0);
    f.switch(x, &[start, middle, start], end);
    f.bind(middle);
    f.no_place();
    f.op("LOAD8_U.i32", &[flag.into(), Arg::Address(y, 9)]);
    f.branch_if(flag, start);
    f.op("GLOBAL_GET", &[half.into(), global.into()]);
    f.call(outside, &[i], &[Reg::DISCARD]);
    f.op("DATA_ADDR", &[y.into(), Arg::Data(bytes, -8)]);
    f.op("DATA_DROP", &[Arg::Data(other, 0)]);
    f.bind(end);
    f.ret(&[y, i]);
    let first = module.function("first<int>", f);
    module.export(first, "first");

    let mut f = FunctionBuilder::new(&[], &[]);
    let (a, b) = (f.reg(I32), f.reg(F32));
    f.constant(a, -1);
    f.constant_f32(b, f32::NAN);
    f.call(host, &[a, b], &[]);
    f.trap(Trap::Assertion);
    let main = module.function("main", f);
    module.entry(main);
    let mut f = FunctionBuilder::new(&[], &[]);
    f.ret(&[]);
    let start = module.function("start", f);
    module.initialiser(start);
    let segment = module.elem(
        ValType::FUNCREF,
        Segment::Active(table, 1),
        [Some(first), None],
    );
    module.elem_name(segment, "callbacks");
    module.unknown_section(*b"xtra", true, vec![1, 2, 3]);
    module.finish().expect("the module is complete")
}

const TEXT: &[View] = &[
    View::Summary,
    View::Headers,
    View::Definitions,
    View::Imports,
    View::Exports,
    View::Symbols,
    View::Strings,
    View::Code,
    View::Data,
    View::Lines,
    View::Sizes,
    View::Cfg,
    View::Bytes,
    View::Text,
];

fn show(bytes: &[u8], options: &Options) -> (String, Vec<Diagnostic>) {
    let mut out = Vec::new();
    let shared: SharedBytes = Arc::new(AlignedBytes::from(bytes));
    let faults = dump(&"m.vitbc".into(), shared, options, &mut out).expect("a vector takes all");
    (String::from_utf8(out).expect("text"), faults)
}

fn options(views: &[View], json: Option<JsonForm>) -> Options {
    Options {
        views: Views(views.to_vec()),
        json,
        listing: Listing {
            words: true,
            source: true,
        },
        ..Options::default()
    }
}

fn everything(bytes: &[u8]) -> usize {
    let mut size = 0;
    for json in [None, Some(JsonForm::Document), Some(JsonForm::Lines)] {
        let (text, _) = show(bytes, &options(TEXT, json));
        assert!(!text.contains('\x1b') && !text.contains('\u{202e}'));
        match json {
            Some(_) => {
                for line in text.lines() {
                    let value: Value = serde_json::from_str(line).expect(line);
                    assert_eq!(value["schema"], nodes::SCHEMA);
                }
            }
            None => size += text.len(),
        }
    }
    size
}

#[test]
fn all_views_of_a_sound_module() {
    for zstd in [false, true] {
        let bytes = write(
            &module(),
            &WriteOptions {
                zstd,
                strip_debug: false,
            },
        );
        assert!(everything(&bytes) > 1000);
        let (text, faults) = show(&bytes, &options(&[View::Summary, View::Code], None));
        assert_eq!(faults, []);
        assert!(text.contains(if zstd {
            ", not canonical"
        } else {
            ", canonical"
        }));
        for wanted in [
            "producer    dump test\n",
            "FUNC \"first<int>\"(x: i64, %1: i64) -> (i64, i64)\n",
            "  .reg \"sum of all\": i64\n",
            ";     2 | second \\u{1b}[2J\n",
            "LOAD_CONST.i64 \"sum of all\", 1099511627776\n",
            "SWITCH.i64 x, L0, L1, L0, else L2\n",
            "CALL \"out side\\u{202e}\", \"sum of all\" -> _\n",
        ] {
            assert!(text.contains(wanted), "{wanted}{text}");
        }
    }
}

#[test]
fn the_map_shows_each_byte_once() {
    let bytes = write(&module(), &WriteOptions::default());
    for file in [
        &bytes[..],
        &bytes[..bytes.len() - 9],
        &[&bytes[..], b"tail"].concat(),
    ] {
        let (text, _) = show(file, &options(&[View::Bytes], None));
        let mut seen = Vec::new();
        for line in text.lines() {
            let (offset, rest) = line.split_at(8);
            assert_eq!(usize::from_str_radix(offset, 16), Ok(seen.len()), "{line}");
            let hex = rest.get(2..2 + 48).unwrap_or(&rest[2..]);
            let hex = hex.split("   ").next().unwrap_or(hex);
            for byte in hex.split_whitespace() {
                seen.push(u8::from_str_radix(byte, 16).expect(line));
            }
        }
        assert_eq!(seen, file);
        assert!(!text.contains("not understood"));
        let (json, _) = show(file, &options(&[View::Bytes], Some(JsonForm::Document)));
        let json: Value = serde_json::from_str(&json).expect("JSON");
        let mut next = 0;
        for node in json["bytes"].as_array().expect("an array") {
            assert_eq!(node["offset"], next);
            next += node["size"].as_u64().expect("a number");
        }
        assert_eq!(next, file.len() as u64);
    }
}

/// A broken section hides nothing else.
#[test]
fn the_rest_is_shown() {
    let mut bytes = write(&module(), &WriteOptions::default());
    let at = bytes.windows(5).position(|w| w == b"hello").expect("data");
    bytes[at] ^= 1;
    let (text, faults) = show(&bytes, &options(TEXT, None));
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].code.id, "V0013");
    assert!(text.contains("SWITCH.i64") && text.contains("DATA(damaged)"));
    let regs = section(&bytes, b"REGS");
    bytes[regs..regs + 4].fill(0xff);
    let (text, faults) = show(&bytes, &options(TEXT, None));
    assert!(faults.iter().any(|fault| fault.code.id == "V0018"));
    assert!(
        text.contains("SWITCH.i64") && text.contains("greeting"),
        "{text}"
    );
}

/// Where a section begins.
fn section(bytes: &[u8], tag: &[u8; 4]) -> usize {
    let row = bytes[HEADER_BYTES..]
        .chunks_exact(ENTRY_BYTES)
        .find(|row| row.starts_with(tag))
        .expect("the section is there");
    u64::from_le_bytes(row[8..16].try_into().expect("eight bytes")) as usize
}

/// Makes the CRCs right, as an attacker would.
fn reseal(bytes: &mut [u8]) {
    let sections = usize::from(u16::from_le_bytes([bytes[50], bytes[51]]));
    for row in 0..sections {
        let at = HEADER_BYTES + row * ENTRY_BYTES;
        let Some(entry) = bytes.get(at..at + ENTRY_BYTES) else {
            return;
        };
        let number = |at: usize| u64::from_le_bytes(entry[at..at + 8].try_into().expect("eight"));
        let (offset, stored) = (number(8), number(16));
        let end = offset.saturating_add(stored).min(bytes.len() as u64);
        let content = bytes.get(offset.min(end) as usize..end as usize);
        let crc = crc32fast::hash(content.unwrap_or_default());
        bytes[at + 32..at + 36].copy_from_slice(&crc.to_le_bytes());
    }
    seal(bytes);
}

#[test]
fn no_bit_makes_it_panic_or_run_away() {
    for zstd in [false, true] {
        let bytes = write(
            &module(),
            &WriteOptions {
                zstd,
                strip_debug: false,
            },
        );
        let most = 20 * everything(&bytes);
        // Every bit in turn would take minutes; the step meets all bits of a byte and all bytes of a row.
        for bit in (0..bytes.len() * 8).step_by(53) {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            reseal(&mut flipped);
            assert!(everything(&flipped) < most, "bit {bit}");
        }
    }
}

#[test]
fn truncated_files() {
    let bytes = write(&module(), &WriteOptions::default());
    // Fewer bytes than the magic look like text, and may even be an empty one.
    for length in (6..bytes.len()).step_by(5) {
        let (_, faults) = show(&bytes[..length], &options(TEXT, None));
        assert!(!faults.is_empty(), "{length}");
    }
}

#[test]
fn only_some_functions() {
    let bytes = write(&module(), &WriteOptions::default());
    let code = section(&bytes, b"CODE");
    let select = |which: &str| {
        let mut options = options(&[View::Code], None);
        options.only = vec![Selector::parse(which).expect("a selector")];
        show(&bytes, &options)
    };
    for (which, wanted) in [
        ("main", "FUNC main()"),
        ("f*>", "FUNC \"first<int>\""),
        ("#4", "FUNC start()"),
        (&format!("@{}", code + 9), "FUNC \"first<int>\""),
    ] {
        let (text, faults) = select(which);
        assert_eq!(faults, []);
        assert!(text.contains(wanted), "{which}: {text}");
        assert_eq!(text.matches("FUNC ").count(), 1);
    }
    let (text, faults) = select("nothing");
    assert_eq!((text.as_str(), faults[0].code.id), ("", "C0030"));
}

/// One name, one type and one run of registers, used everywhere: the text stays in proportion.
#[test]
fn output_is_linear() {
    let mut module = ModuleBuilder::new();
    let types = vec![I64; 1000];
    let ty = FuncType::new(&types, &[]);
    let callee = module.import_func(None, &"long ".repeat(10_000), &FuncType::new(&[], &[]));
    for number in 0..200 {
        let mut f = FunctionBuilder::new(&ty.params, &ty.results);
        for _ in 0..30_000 {
            f.reg(F32);
        }
        for _ in 0..50 {
            f.call(callee, &[], &[]);
        }
        f.ret(&[]);
        module.function(&format!("f{number}"), f);
    }
    let bytes = write(
        &module.finish().expect("complete"),
        &WriteOptions::default(),
    );
    for json in [None, Some(JsonForm::Document), Some(JsonForm::Lines)] {
        let views: Vec<View> = TEXT.iter().copied().filter(|v| *v != View::Text).collect();
        let (text, faults) = show(&bytes, &options(&views, json));
        assert_eq!(faults, []);
        assert!(
            text.len() < 60 * bytes.len(),
            "{} of {}",
            text.len(),
            bytes.len()
        );
    }
}

#[test]
fn layouts_of_version_2() {
    let tagged = [&b"VITBC\0\x02\0INTS\x04\0\0\0abcdCRCC"[..], &[0; 4]].concat();
    let counted = [&b"VITBC\0\x02\0\0\0"[..], &[0; 36], b"VEND\0\0"].concat();
    for (bytes, wanted) in [(tagged, "INTS"), (counted, "data blobs")] {
        let (text, faults) = show(&bytes, &options(TEXT, None));
        assert!(
            text.contains(wanted) && text.contains("wrong: the bytes have"),
            "{text}"
        );
        // Its framing is that of another version, and its CRC32 shows that it is damaged.
        let codes: Vec<&str> = faults.iter().map(|fault| fault.code.id).collect();
        assert_eq!(codes, ["V0013"]);
        let (json, _) = show(&bytes, &options(TEXT, Some(JsonForm::Document)));
        let json: Value = serde_json::from_str(&json).expect("JSON");
        assert!(
            json["format"]
                .as_str()
                .expect("a string")
                .starts_with("vitbc-2-")
        );
    }
}
