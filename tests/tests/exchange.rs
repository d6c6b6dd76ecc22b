//! Exchanging an instruction with any other of the same shape must make a conformance file fail:
//! otherwise the files would not notice if the two were mixed up.
//!
//! Two forms of the op table have the same shape when their operands have the same roles, types
//! and places. Every pair of them is tried, neighbours in the table or not. `VBC_FILES=part`
//! takes only the files with `part` in their path.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use vbc::interp::Dispatch;
use vbc::isa::{Form, FormInfo, decode};
use vbc::module::Module;
use vbc::verify::{Options, Verified};
use vbc_tests::conformance::{Case, Engine, files, holds, in_parallel, prepare};
use vbc_tests::machine::MachineKind;

struct Prepared {
    path: String,
    case: Case,
    module: Verified,
    opcodes: Vec<u16>,
    /// How long it takes without a flaw.
    time: Duration,
}

fn shape(info: &FormInfo) -> String {
    let operands = info.operands.iter();
    let operands: Vec<String> = operands
        .map(|operand| format!("{:?}@{:?}", operand.role, operand.field))
        .collect();
    operands.join(" ")
}

/// Pairs of forms that could be mixed up, and those that have no partner.
fn pairs() -> (Vec<(Form, Form)>, Vec<Form>) {
    let mut groups: BTreeMap<String, Vec<Form>> = BTreeMap::new();
    for form in Form::all() {
        groups.entry(shape(form.info())).or_default().push(form);
    }
    let (mut pairs, mut alone) = (Vec::new(), Vec::new());
    for group in groups.into_values() {
        match group[..] {
            [one] => alone.push(one),
            _ => {
                for (n, &one) in group.iter().enumerate() {
                    pairs.extend(group[n + 1..].iter().map(|&other| (one, other)));
                }
            }
        }
    }
    (pairs, alone)
}

fn prepared(engine: Dispatch) -> Vec<Prepared> {
    let part = std::env::var("VBC_FILES").unwrap_or_default();
    let files: Vec<_> = files()
        .into_iter()
        .filter(|file| file.path.contains(&part))
        .collect();
    let prepared = in_parallel(&files, |file| {
        let mut case = file.case.clone();
        let (module, touched) = prepare(&case)?;
        // A flaw may make a loop endless.
        case.bound = Some(5_000_000);
        let start = Instant::now();
        holds(
            &case,
            module.clone(),
            Engine::Machine(MachineKind::Interpreter(engine)),
        )
        .ok()?;
        Some(Prepared {
            path: file.path.clone(),
            case,
            module,
            opcodes: touched.opcodes,
            time: start.elapsed(),
        })
    });
    let mut prepared: Vec<Prepared> = prepared.into_iter().flatten().collect();
    prepared.sort_by_key(|file| file.time);
    prepared
}

/// The module with two instructions in each other's place; none if that is not valid.
fn exchanged(module: &Module, one: Form, other: Form) -> Option<Verified> {
    let mut module = module.clone();
    // A fact about the file that the module was.
    module.highest_opcode = None;
    let mut at = 0;
    while let Ok(inst) = decode(&module.code, at) {
        let (form, words) = (inst.form, inst.words.len());
        let new = match form {
            _ if form == one => other,
            _ if form == other => one,
            _ => form,
        };
        let first = &mut module.code.to_mut()[at];
        *first = *first & !0xffff | u64::from(new.number());
        at += words;
    }
    Verified::new(module, &Options::default()).ok()
}

#[test]
fn every_exchange_is_noticed() {
    let (pairs, alone) = pairs();
    let engine = Dispatch::best();
    let files = prepared(engine);
    let noticed_by = Mutex::new(BTreeMap::<String, usize>::new());
    let unnoticed = in_parallel(&pairs, |&(one, other)| {
        let has = |file: &&Prepared, form: Form| file.opcodes.contains(&form.number());
        let concerned = files
            .iter()
            .filter(|file| has(file, one) || has(file, other));
        let (mut refused, mut valid) = (false, false);
        for file in concerned {
            // The two have the same shape, so what is valid stays so, except for what the verifier
            // asks of single instructions.
            let Some(flawed) = exchanged(&file.module, one, other) else {
                refused = true;
                continue;
            };
            valid = true;
            if holds(
                &file.case,
                flawed,
                Engine::Machine(MachineKind::Interpreter(engine)),
            )
            .is_err()
            {
                let mut by = noticed_by.lock().expect("nobody panics");
                *by.entry(file.path.clone()).or_default() += 1;
                return None;
            }
        }
        // What is never valid, the verifier notices.
        let by_verifier = refused && !valid;
        (!by_verifier).then(|| format!("{one} and {other}"))
    });
    let unnoticed: Vec<String> = unnoticed.into_iter().flatten().collect();
    let names: Vec<String> = alone.iter().map(Form::to_string).collect();
    println!(
        "{} pairs in {} files, {} unnoticed",
        pairs.len(),
        files.len(),
        unnoticed.len()
    );
    println!("without a partner: {}", names.join(", "));
    assert!(
        unnoticed.is_empty(),
        "nobody notices: {}",
        unnoticed.join("; ")
    );
}
