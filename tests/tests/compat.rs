//! The frozen files of `tests/compat/`: those of this draft stay readable, older layouts recognised.

use std::fs;
use std::sync::Arc;

use vbc::diag::Errors;
use vbc::format::legacy::Legacy;
use vbc::format::{AlignedBytes, WriteOptions, seal, write};
use vbc::module::{Kind, NameSpace};
use vbc::verify::{Options, Verified, open};
use vbc_tests::project;

/// Files and the CRC32 of all their bytes. Neither ever changes; files are only added.
const FROZEN: [(&str, u32); 4] = [
    ("v2-counted.vitbc", 0x9d0b_70bb),
    ("v2-tagged.vitbc", 0x03f4_2568),
    ("v3-draft1.vitbc", 0x9a38_b0a7),
    ("v3-draft2.vitbc", 0x0306_00e8),
];

fn frozen(name: &str) -> Vec<u8> {
    let path = project().join("tests/compat").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn read(name: &str, bytes: &[u8]) -> Result<Verified, Errors> {
    open(
        name,
        Arc::new(AlignedBytes::from(bytes)),
        &Options::default(),
    )
}

fn only_error(name: &str, bytes: &[u8]) -> (&'static str, String) {
    let Errors(errors) = read(name, bytes).expect_err(name);
    assert_eq!(errors.len(), 1, "{name}: {errors:?}");
    (errors[0].code.id, errors[0].message.clone())
}

#[test]
fn the_files_are_as_they_were() {
    for (name, crc) in FROZEN {
        assert_eq!(crc32fast::hash(&frozen(name)), crc, "{name}");
    }
}

#[test]
fn draft_2_is_readable() {
    let bytes = frozen("v3-draft2.vitbc");
    let module = read("v3-draft2.vitbc", &bytes).expect("it is valid");
    assert_eq!(write(&module, &WriteOptions::default()), bytes);
    let spaces = module.spaces();
    // Of the functions one is the support routine that PRINT calls.
    let counts = Kind::ALL.map(|kind| spaces.count(kind));
    assert_eq!(counts, [8, 3, 1, 7, 5, 3]);
    let entry = module.entry.expect("it has an entry");
    assert_eq!(module.display_name(NameSpace::Func, entry), "main");
    assert_eq!(module.display_name(NameSpace::Func, 0), "notify");
    assert_eq!(module.data_content(0), b"hello\n");
    assert_eq!((module.addresses.len(), module.elements.len()), (2, 2));
    let place = module.source_place(entry, 0).expect("it has lines");
    assert!(place.0.ends_with("v3-draft2.vitasm"), "{place:?}");
    assert!(module.is_managed());
    let types = module.types.iter().enumerate();
    let named = types.filter_map(|(index, _)| {
        let name = module.debug_name(NameSpace::Type, 0, index as u32)?;
        Some((name, module.types.get(index as u32)?))
    });
    let supers: Vec<_> = named
        .filter_map(|(name, ty)| {
            let of = module.display_name(NameSpace::Type, ty.supertype?);
            Some(format!("{name}: {of}, {}", ty.composite.kind()))
        })
        .collect();
    assert_eq!(supers, ["leaf: tree, struct", "visit_all: visit, func"]);
}

#[test]
fn another_draft_is_refused_in_one_sentence() {
    let mut bytes = frozen("v3-draft2.vitbc");
    bytes[8] = 9;
    seal(&mut bytes);
    for (draft, bytes) in [(9, bytes), (1, frozen("v3-draft1.vitbc"))] {
        let (code, message) = only_error("another draft", &bytes);
        assert_eq!(code, "V0004");
        assert!(
            message.contains(&format!("version 3 draft {draft}")),
            "{message}"
        );
        assert!(message.contains("supports version 3 draft 2"), "{message}");
    }
}

#[test]
fn older_layouts_are_recognised() {
    for name in ["v2-counted.vitbc", "v2-tagged.vitbc"] {
        let bytes = frozen(name);
        assert_eq!(only_error(name, &bytes).0, "V0005");
        let legacy = Legacy::parse(&bytes).expect(name);
        let (stated, crc) = legacy.crc(&bytes).expect("it has a CRC");
        assert_eq!(stated, crc, "{name}");
    }
}
