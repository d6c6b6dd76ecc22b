//! Declared types at random: which are the same and which are subtypes, judged by a naive reading of
//! `docs/format.md`, and what becomes of their modules in files, in text and in linking.

use std::ops::Range;
use std::sync::Arc;

use vbc::format::{Limits, WriteOptions, read_bytes, write};
use vbc::isa::{FuncType, HeapType, RefType, ValType};
use vbc::link::{Input, link};
use vbc::module::builder::{Init, ModuleBuilder, TypeId};
use vbc::module::canonical::is_canonical;
use vbc::module::{CompositeType, FieldType, Kind, Module, NameSpace, StorageType, SubType, Types};
use vbc::verify::{Options, Verified};
use vbc_tests::generate::Random;
use vbc_tests::number_from_environment;

/// Types in groups, each of which may be used.
fn random_types(random: &mut Random) -> Types {
    let mut types = Types::default();
    while types.len() < 20 {
        let first = types.len() as u32;
        if first > 0 && random.once_in(3) {
            repeat_group(random, &mut types);
            continue;
        }
        let group = first..first + random.between(1, 4) as u32;
        for index in group.clone() {
            types.push(random_type(random, &types, index, group.clone()));
        }
    }
    types
}

/// Appends a group that is the same as one before.
fn repeat_group(random: &mut Random, types: &mut Types) {
    let groups: Vec<_> = types.groups().collect();
    let group = groups[random.below(groups.len() as u64) as usize].clone();
    let moved = (types.len() - group.start) as u32;
    for index in group.clone() {
        let ty = types.get(index as u32).expect("it is there");
        types.push(
            ty.renumbered(|other| match group.contains(&(other as usize)) {
                true => other + moved,
                false => other,
            }),
        );
    }
}

fn random_type(random: &mut Random, types: &Types, index: u32, group: Range<u32>) -> SubType {
    let supertype = (index > 0 && random.once_in(2)).then(|| random.below(index.into()) as u32);
    let supertype = supertype.filter(|&of| types.get(of).is_some_and(|ty| !ty.is_final));
    let composite = match supertype
        .and_then(|of| types.get(of))
        .map(|of| &of.composite)
    {
        Some(CompositeType::Struct(fields)) => {
            let more = (0..random.below(3)).map(|_| random_field(random, &group));
            CompositeType::Struct(
                fields
                    .iter()
                    .copied()
                    .chain(more.collect::<Vec<_>>())
                    .collect(),
            )
        }
        // As the super is.
        Some(other @ (CompositeType::Array(_) | CompositeType::Func(_))) => other.clone(),
        None => match random.below(4) {
            0 => CompositeType::Array(random_field(random, &group)),
            1 => {
                let params: Vec<_> = (0..random.below(3))
                    .map(|_| random_value(random, &group))
                    .collect();
                CompositeType::Func(FuncType::new(&params, &[]))
            }
            _ => CompositeType::Struct(
                (0..random.below(3))
                    .map(|_| random_field(random, &group))
                    .collect(),
            ),
        },
    };
    SubType {
        starts_group: index == group.start,
        ..SubType::new(composite, supertype, random.once_in(4))
    }
}

fn random_field(random: &mut Random, group: &Range<u32>) -> FieldType {
    let storage = match random.below(6) {
        0 => StorageType::I8,
        1 => StorageType::I16,
        _ => StorageType::Value(random_value(random, group)),
    };
    FieldType {
        storage,
        is_mutable: random.once_in(2),
    }
}

/// Of few kinds, so that equal types are frequent.
fn random_value(random: &mut Random, group: &Range<u32>) -> ValType {
    let most = random.pick(&[4, 4, 20]).min(group.end.into());
    let index = match random.once_in(2) {
        true => random.between(group.start.into(), u64::from(group.end) - 1),
        // Mostly of the first types, whose indexes are places in groups too.
        false => random.below(most),
    };
    match random.below(4) {
        0 => ValType::I64,
        1 => ValType::Ref(RefType::new(true, HeapType::Any)),
        _ => TypeId(index as u32).reference(random.once_in(2)),
    }
}

/// The groups, and the one that each type is in.
struct Groups<'t> {
    types: &'t Types,
    of: Vec<Range<usize>>,
}

impl Groups<'_> {
    fn new(types: &Types) -> Groups<'_> {
        let of = types
            .groups()
            .flat_map(|group| vec![group.clone(); group.len()]);
        Groups {
            types,
            of: of.collect(),
        }
    }

    /// Whether two types are the same, by looking at everything that they lead to.
    fn same(&self, a: u32, b: u32) -> bool {
        let (in_a, in_b) = (&self.of[a as usize], &self.of[b as usize]);
        a as usize - in_a.start == b as usize - in_b.start
            && in_a.len() == in_b.len()
            && in_a
                .clone()
                .zip(in_b.clone())
                .all(|(a, b)| self.alike(a as u32, b as u32))
    }

    fn alike(&self, a: u32, b: u32) -> bool {
        let (Some(row_a), Some(row_b)) = (self.types.get(a), self.types.get(b)) else {
            return false;
        };
        let lead = |to_a: u32, to_b: u32| {
            let place = |from: u32, to: u32| {
                let group = &self.of[from as usize];
                group
                    .contains(&(to as usize))
                    .then(|| to as usize - group.start)
            };
            match (place(a, to_a), place(b, to_b)) {
                (None, None) => self.same(to_a, to_b),
                (a, b) => a == b,
            }
        };
        let shape = |ty: &SubType| {
            let words: Vec<u32> = ty.renumbered(|_| 0).composite.words().collect();
            let parts = ty.func().map(|ty| ty.params.len());
            (
                ty.composite.kind(),
                ty.is_final,
                ty.supertype.is_some(),
                words,
                parts,
            )
        };
        let references = row_a.references().zip(row_b.references());
        shape(row_a) == shape(row_b)
            && row_a.references().count() == row_b.references().count()
            && references.into_iter().all(|(a, b)| lead(a, b))
    }

    /// Whether one is the other, or has it among its supers.
    fn is_subtype(&self, mut sub: u32, of: u32) -> bool {
        loop {
            if self.same(sub, of) {
                return true;
            }
            match self.types.get(sub).and_then(|ty| ty.supertype) {
                Some(above) => sub = above,
                None => return false,
            }
        }
    }
}

#[test]
fn identity_and_subtyping_are_those_of_a_naive_reading() {
    let (mut same, mut subtypes) = (0, 0);
    for seed in 0..number_from_environment("VBC_COUNT", 1_000) {
        let types = random_types(&mut Random::new(seed));
        let identity = types.identities();
        assert_eq!(identity.faults(&types), [], "seed {seed}");
        let groups = Groups::new(&types);
        let all = 0..types.len() as u32;
        for (a, b) in all.clone().flat_map(|a| all.clone().map(move |b| (a, b))) {
            let found = (
                identity.first(a) == identity.first(b),
                identity.is_declared_subtype(a, b),
            );
            assert_eq!(
                found,
                (groups.same(a, b), groups.is_subtype(a, b)),
                "seed {seed}: {a}, {b}"
            );
            same += u32::from(a != b && found.0);
            subtypes += u32::from(found.1 && !found.0);
        }
    }
    assert!(
        same > 100 && subtypes > 100,
        "{same} are the same, {subtypes} subtypes"
    );
}

/// A module with a global for each of some types.
fn module(random: &mut Random, types: &Types) -> Module {
    let mut builder = ModuleBuilder::new();
    for group in types.groups() {
        let rows = group
            .clone()
            .filter_map(|index| types.get(index as u32).cloned());
        builder.type_group(rows);
        for index in group {
            let id = TypeId(index as u32);
            if random.once_in(2) {
                builder.type_name(id, &format!("t{}", random.below(12)));
            }
            if random.once_in(3) {
                builder.field_name(id, 0, &format!("f{}", random.below(3)));
            }
            if random.once_in(2) {
                builder.global(id.reference(true), true, Init::Null);
            }
        }
    }
    builder.finish().expect("a module")
}

fn verified(module: &Module) -> Verified {
    let verified = Verified::new(module.clone(), &Options::default());
    verified.unwrap_or_else(|rejected| panic!("{:?}", rejected.findings))
}

/// The types of all globals, in words that do not depend on indexes.
fn globals(module: &Module) -> Vec<String> {
    let shown = |word: u32| {
        let ty = ValType::from_word(word).expect("a type");
        let index = ty.defined().expect("a declared type");
        let ty = module.types.get(index).expect("it is there");
        let bare = ty.renumbered(|_| 0);
        let words: Vec<u32> = bare.composite.words().collect();
        format!("{} {} {words:?}", ty.composite.kind(), ty.is_final)
    };
    module.globals.iter().map(|row| shown(row.ty)).collect()
}

#[test]
fn modules_with_types_are_written_printed_and_linked() {
    for seed in 0..number_from_environment("VBC_COUNT", 1_000) {
        let mut random = Random::new(1_000 + seed);
        let modules: Vec<Module> = (0..2)
            .map(|_| {
                let types = random_types(&mut random);
                module(&mut random, &types)
            })
            .collect();
        for module in &modules {
            verified(module);
            assert!(is_canonical(module), "seed {seed}");
            let bytes = write(module, &WriteOptions::default());
            let back = read_bytes(&bytes).expect("what was written");
            assert_eq!(write(&back, &WriteOptions::default()), bytes, "seed {seed}");
            let mut text = Vec::new();
            vbc::text::print(module, &mut text).expect("room");
            let again = vbc::asm::assemble(&text, "again.vitasm", &Default::default());
            let again = again.unwrap_or_else(|errors| {
                panic!("seed {seed}: {errors}\n{}", String::from_utf8_lossy(&text))
            });
            assert_eq!(
                write(&again, &WriteOptions::default()),
                bytes,
                "seed {seed}"
            );
        }
        let inputs: Vec<Input> = (modules.iter())
            .map(|module| Input {
                name: Arc::from("input"),
                module: verified(module),
            })
            .collect();
        let linked = link(&inputs, &Limits::default()).expect("they do not contradict each other");
        assert!(is_canonical(&linked), "seed {seed}");
        verified(&linked);
        let expected: Vec<String> = modules.iter().flat_map(globals).collect();
        assert_eq!(globals(&linked), expected, "seed {seed}");
        let named =
            |module: &Module, index: u32| module.debug_name(NameSpace::Type, 0, index).is_some();
        let count = (0..linked.types.len() as u32)
            .filter(|&index| named(&linked, index))
            .count();
        assert!(
            count > 0 || modules.iter().all(|module| module.debug.is_none()),
            "seed {seed}"
        );
    }
}

/// A reference inside a group is a place there, and none outside, even where the two have one number.
#[test]
fn a_place_in_a_group_is_no_index() {
    let holder = |index| {
        let field = FieldType {
            storage: StorageType::Value(TypeId(index).reference(true)),
            is_mutable: false,
        };
        SubType::new(CompositeType::Struct([field].into()), None, true)
    };
    // The first and the third refer to themselves, the second to the first.
    let types: Types = [holder(0), holder(0), holder(2)].into_iter().collect();
    let identity = types.identities();
    assert_eq!(identity.firsts(), [0, 1, 0]);
}

/// A text in which each row names a type of its own, which it defines after those of the rows that follow.
const EVERY_ROW: &str = r#"
.type in_elem func (i64, i64, i64, i64 -> i64)
.type in_run struct (i64, i64, i64)
.type in_function func (i64, i64 -> i64)
.type in_tag func (i64, i64 ->)
.type in_global array i64
.type in_table func (i64 -> i64)
.type in_import_tag func (i64 ->)
.type in_import_global struct (i64)
.type in_import_table func (-> i32)
.type in_import_func func (i32 ->)
.import func "env:f": in_import_func (i32)
.import table "env:t": ref null in_import_table 0
.import global "env:g": ref null in_import_global
.import tag "env:x": in_import_tag (i64)
.table table: ref null in_table 0
.global global: mut ref null in_global
.tag tag: in_tag (i64, i64)
FUNC function: in_function (a: i64, b: i64) -> i64
  .reg run: ref null in_run
  REF_NULL run
  RETURN a
END
.elem elem ref null in_elem passive = null
"#;

/// The name of the type that each row of [`EVERY_ROW`] names.
fn types_of_rows(module: &Module) -> Vec<String> {
    let index = |index: u32| module.type_name(index);
    let word = |word: u32| {
        let ty = ValType::from_word(word).and_then(ValType::defined);
        index(ty.expect("a declared type"))
    };
    let import = |kind: Kind| {
        let row = module.imports.iter().find(|row| row.kind() == Some(kind));
        row.expect("an import").ty
    };
    let function = module.functions.len() - 1;
    vec![
        index(import(Kind::Func)),
        word(import(Kind::Table)),
        word(import(Kind::Global)),
        index(import(Kind::Tag)),
        word(module.tables[0].elem),
        word(module.globals[0].ty),
        index(module.tags[0].ty),
        index(module.functions[function].ty),
        word(module.function_runs(function)[0].ty),
        word(module.elements[0].elem),
    ]
}

/// Numbering types anew reaches every row that names one.
#[test]
fn every_row_keeps_its_type() {
    let assemble = |text: &str| {
        vbc::asm::assemble(text.as_bytes(), "rows.vitasm", &Default::default())
            .unwrap_or_else(|errors| panic!("{errors}"))
    };
    let module = assemble(EVERY_ROW);
    let expected = [
        "in_import_func",
        "in_import_table",
        "in_import_global",
        "in_import_tag",
        "in_table",
        "in_global",
        "in_tag",
        "in_function",
        "in_run",
        "in_elem",
    ];
    assert_eq!(types_of_rows(&module), expected);
    assert!(is_canonical(&module));
    // Canonical form has them in the order of the rows.
    let numbered: Vec<String> = (0..).map(|at| module.type_name(at)).take(10).collect();
    assert_eq!(numbered, expected);

    // Types of an input before it move all of them.
    let other = "FUNC other(a: f64, b: f32) -> i32\n  LOAD_CONST.i32 r, 0\n  RETURN r\nEND\n";
    let inputs = [assemble(other), module].map(|module| Input {
        name: Arc::from("input"),
        module: verified(&module),
    });
    let linked = link(&inputs, &Limits::default()).expect("they have nothing in common");
    verified(&linked);
    assert_eq!(types_of_rows(&linked), expected);
}
