//! One script of the suite on one engine: its directives in order.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};

use vbc::diag::Errors;
use vbc::isa::Trap;
use vbc::runtime::{Outcome, Value};
use wast::{QuoteWat, QuoteWatTest, WastDirective, WastExecute, WastInvoke, Wat};

use crate::features::needs_another_feature;
use crate::program::{Object, Program, Runner, codes, first, lift};
use crate::rename::{Imported, imports, rename};
use crate::values::{arguments, is_trap, match_all};

/// What a directive asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A module can be instantiated, or a call or a global's value can be had.
    Action,
    /// `assert_return`
    Return,
    /// `assert_trap`
    Trap,
    /// `assert_exhaustion`
    Exhaustion,
    /// `assert_invalid`
    Invalid,
    /// `assert_malformed` of a binary module
    Malformed,
    /// `assert_malformed` or `assert_invalid` of a text that is not a module, so that there is nothing to lift
    Text,
    /// `assert_unlinkable`
    Unlinkable,
}

/// How a directive came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it states.
    Passed,
    /// Otherwise, and this is what happened.
    Failed(String),
    /// It is excluded, or acts on a module that is; the line of the exclusion.
    Excluded(usize),
    /// It needs a feature that is not supported.
    OtherFeature,
    /// It acts on a program that trapped while it was instantiated; an engine for WebAssembly keeps nothing of it.
    Gone,
}

/// A directive, judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Its line.
    pub line: usize,
    /// What it asks for.
    pub kind: Kind,
    /// How it came out.
    pub verdict: Verdict,
}

/// Why a directive did not pass.
enum Not {
    /// It failed.
    Failed(String),
    /// What it acts on is excluded by this line.
    Excluded(usize),
    /// What it acts on needs another feature.
    OtherFeature,
    /// What it acts on is gone.
    Gone,
}

impl From<String> for Not {
    fn from(message: String) -> Not {
        Not::Failed(message)
    }
}

impl From<&str> for Not {
    fn from(message: &str) -> Not {
        Not::Failed(message.to_owned())
    }
}

/// A module that the script has instantiated, or tried to.
enum Instance {
    /// It is part of a program.
    Live {
        object: Box<Object>,
        /// The program in which it was linked last.
        program: usize,
        /// The script can still name it, or it shares something with a module that it can name.
        kept: bool,
    },
    /// It is not there, because of the exclusion of this line.
    Excluded(usize),
    /// It is not there, because it needs another feature.
    OtherFeature,
    /// It is not there.
    Failed,
}

/// A program, and which instances it consists of.
struct Linked {
    program: Program,
    members: Vec<usize>,
}

/// A script while it runs.
pub struct Script<'a> {
    text: &'a str,
    runner: Runner,
    /// Modules import from each other, so names are qualified.
    qualified: bool,
    excluded: &'a BTreeSet<usize>,
    instances: Vec<Instance>,
    /// The instance that directives without a name mean.
    current: Option<usize>,
    programs: Vec<Linked>,
    names: HashMap<String, usize>,
    registered: BTreeMap<String, usize>,
    definitions: HashMap<Option<String>, Vec<u8>>,
}

impl<'a> Script<'a> {
    /// Runs all directives of `text`. Those at the lines of `excluded` must not pass.
    pub fn run(
        text: &'a str,
        mut directives: Vec<WastDirective<'_>>,
        runner: Runner,
        excluded: &'a BTreeSet<usize>,
    ) -> Vec<Judged> {
        let registers =
            |directive: &WastDirective<'_>| matches!(directive, WastDirective::Register { .. });
        let mut script = Script {
            text,
            runner,
            qualified: directives.iter().any(registers),
            excluded,
            instances: Vec::new(),
            current: None,
            programs: Vec::new(),
            names: HashMap::new(),
            registered: BTreeMap::new(),
            definitions: HashMap::new(),
        };
        directives
            .iter_mut()
            .filter_map(|directive| script.judge(directive))
            .collect()
    }

    fn judge(&mut self, directive: &mut WastDirective<'_>) -> Option<Judged> {
        let line = directive.span().linecol_in(self.text).0 + 1;
        let run = catch_unwind(AssertUnwindSafe(|| self.directive(directive, line)));
        let (kind, result) = match run {
            Ok(judged) => judged?,
            Err(panic) => {
                let message = panic.downcast_ref::<String>().cloned();
                let message =
                    message.or_else(|| panic.downcast_ref().map(|s: &&str| s.to_string()));
                let message = message.unwrap_or_default();
                (Kind::Action, Err(format!("panic: {message}").into()))
            }
        };
        let verdict = match (result, self.excluded.contains(&line)) {
            (Ok(()), false) => Verdict::Passed,
            (Ok(()), true) => Verdict::Failed("is excluded, but passes".to_owned()),
            (Err(Not::Failed(_)), true) => Verdict::Excluded(line),
            (Err(Not::Failed(message)), false) => Verdict::Failed(message),
            (Err(Not::Excluded(line)), _) => Verdict::Excluded(line),
            (Err(Not::OtherFeature), _) => Verdict::OtherFeature,
            (Err(Not::Gone), _) => Verdict::Gone,
        };
        Some(Judged {
            line,
            kind,
            verdict,
        })
    }

    /// What a directive asks for, and whether it is so; none when it asks for nothing.
    fn directive(
        &mut self,
        directive: &mut WastDirective<'_>,
        line: usize,
    ) -> Option<(Kind, Result<(), Not>)> {
        Some(match directive {
            WastDirective::Module(module) => (Kind::Action, self.module(module, line)),
            WastDirective::ModuleDefinition(module) => {
                let name = module.name().map(|id| id.name().to_owned());
                let result = encode(module).map(|wasm| {
                    self.definitions.insert(name, wasm);
                });
                (Kind::Action, result)
            }
            WastDirective::ModuleInstance {
                instance, module, ..
            } => {
                let definition = module.map(|id| id.name().to_owned());
                let name = instance.map(|id| id.name().to_owned());
                let result = match self.definitions.get(&definition).cloned() {
                    Some(wasm) => self.instantiate_as(&wasm, name, line),
                    None => Err("there is no such definition".into()),
                };
                (Kind::Action, result)
            }
            WastDirective::Register { name, module, .. } => {
                let at = self.instance(module.map(|id| id.name()));
                if let Some(Instance::Live { kept, .. }) =
                    at.and_then(|at| self.instances.get_mut(at))
                {
                    *kept = true;
                }
                self.registered.insert((*name).to_owned(), at?);
                return None;
            }
            WastDirective::Invoke(invoke) => (Kind::Action, self.finished(invoke).map(drop)),
            WastDirective::AssertReturn { exec, results, .. } => {
                let values = match exec {
                    WastExecute::Invoke(invoke) => self.finished(invoke),
                    WastExecute::Get { module, global, .. } => {
                        self.global(module.map(|id| id.name()), global)
                    }
                    WastExecute::Wat(_) => Err("a module returns nothing".into()),
                };
                let result = values.and_then(|values| match match_all(results, &values) {
                    true => Ok(()),
                    false => Err(format!("gives {values:?}, expected {results:?}").into()),
                });
                (Kind::Return, result)
            }
            WastDirective::AssertTrap { exec, message, .. } => {
                let outcome = match exec {
                    WastExecute::Invoke(invoke) => self.invoke(invoke),
                    WastExecute::Wat(module) => self.started(module),
                    WastExecute::Get { .. } => Err("a global does not trap".into()),
                };
                let result = outcome.and_then(|outcome| self.expect_trap(&outcome, message));
                (Kind::Trap, result)
            }
            WastDirective::AssertExhaustion { call, .. } => {
                let expected = Trap::CallStackExhausted.message();
                let outcome = self.invoke(call);
                let result = outcome.and_then(|outcome| self.expect_trap(&outcome, expected));
                (Kind::Exhaustion, result)
            }
            WastDirective::AssertInvalid {
                module, message, ..
            } => refused(module, Kind::Invalid, message),
            WastDirective::AssertMalformed {
                module, message, ..
            } => refused(module, Kind::Malformed, message),
            WastDirective::AssertUnlinkable {
                module, message, ..
            } => (Kind::Unlinkable, self.unlinkable(module, message)),
            _ => (Kind::Action, Err(Not::OtherFeature)),
        })
    }

    /// Instantiates a module and makes it the current one.
    fn module(&mut self, module: &mut QuoteWat<'_>, line: usize) -> Result<(), Not> {
        let name = module.name().map(|id| id.name().to_owned());
        let wasm = encode(module)?;
        self.definitions.insert(name.clone(), wasm.clone());
        self.instantiate_as(&wasm, name, line)
    }

    fn instantiate_as(
        &mut self,
        wasm: &[u8],
        name: Option<String>,
        line: usize,
    ) -> Result<(), Not> {
        let kept = name.is_some();
        let at = self.instances.len();
        let made = self
            .instantiate(wasm, kept)
            .and_then(|(program, outcome)| match outcome {
                Ok(()) => Ok(program),
                Err(outcome) => Err(format!("ends: {}", describe(&outcome)).into()),
            });
        let result = match made {
            Ok(_) => Ok(()),
            Err(not) => {
                self.instances.truncate(at);
                self.instances.push(match not {
                    Not::Failed(_) if self.excluded.contains(&line) => Instance::Excluded(line),
                    Not::Failed(_) => Instance::Failed,
                    Not::Excluded(line) => Instance::Excluded(line),
                    Not::OtherFeature => Instance::OtherFeature,
                    Not::Gone => Instance::Failed,
                });
                Err(not)
            }
        };
        self.current = Some(at);
        if let Some(name) = name {
            self.names.insert(name, at);
        }
        result
    }

    /// Makes an instance out of a module, in a program with what it imports. Returns the program's number and how
    /// starting it ended.
    fn instantiate(
        &mut self,
        wasm: &[u8],
        kept: bool,
    ) -> Result<(usize, Result<(), Outcome>), Not> {
        let object = self.object(wasm)?;
        let groups = self.groups(&object)?;
        let mut linked = Err("it needs a second memory, so another live instance".into());
        for group in groups {
            let members = self.objects(&group);
            let objects: Vec<&Object> = members.into_iter().chain([&object]).collect();
            if objects.iter().filter(|object| object.has_memory()).count() <= 1 {
                let program = Program::new(&objects, self.runner);
                linked = program
                    .map(|program| (program, group))
                    .map_err(|errors| Not::Failed(format!("cannot be linked: {}", first(&errors))));
                break;
            }
        }
        let (mut program, mut members) = linked?;
        let outcome = program.start();
        let at = self.instances.len();
        let number = self.programs.len();
        let shares = object.imports.iter().any(|import| import.shared);
        members.push(at);
        self.instances.push(Instance::Live {
            object: Box::new(object),
            program: number,
            // One that did not start is not linked again: it would end every program that it is in.
            kept: outcome.is_ok() && (kept || shares),
        });
        for &member in &members {
            if let Some(Instance::Live { program, .. }) = self.instances.get_mut(member) {
                *program = number;
            }
        }
        self.programs.push(Linked { program, members });
        Ok((number, outcome))
    }

    /// What comes before the names of exports of the instance with this number.
    fn own_name(&self, instance: usize) -> String {
        match self.qualified {
            true => format!("m{instance}:"),
            false => String::new(),
        }
    }

    /// Lifts a module, with the names that others know it by.
    fn object(&self, wasm: &[u8]) -> Result<Object, Not> {
        let imports = imports(wasm);
        let own = self.own_name(self.instances.len());
        let names = self.registered.iter();
        let names = names.map(|(name, &at)| (name.clone(), format!("m{at}")));
        let lifted = match self.qualified {
            true => {
                let wasm = rename(wasm, &own, &names.collect())
                    .map_err(|error| format!("the module cannot be read: {error}"))?;
                lift(&wasm)
            }
            false => lift(wasm),
        };
        match lifted {
            Ok(module) => Ok(Object {
                prefix: own,
                module,
                imports,
            }),
            Err(errors) if codes(&errors) == ["W0004"] => match needs_another_feature(wasm) {
                true => Err(Not::OtherFeature),
                false => Err(format!("needs no other feature, but: {}", first(&errors)).into()),
            },
            Err(errors) => Err(format!("cannot be lifted: {}", first(&errors)).into()),
        }
    }

    /// The instances with which `object` may be linked, the best choice first: all that share something with those
    /// that it imports from, or only these and what they import from in turn.
    fn groups(&self, object: &Object) -> Result<[Vec<usize>; 2], Not> {
        let mut needed = BTreeSet::new();
        let mut pending = vec![&object.imports];
        while let Some(imports) = pending.pop() {
            for at in self.exporters(imports) {
                match self.instances.get(at) {
                    Some(Instance::Live { object, .. }) if needed.insert(at) => {
                        pending.push(&object.imports);
                    }
                    Some(Instance::Live { .. }) => {}
                    Some(Instance::Excluded(line)) => return Err(Not::Excluded(*line)),
                    Some(Instance::OtherFeature) => return Err(Not::OtherFeature),
                    Some(Instance::Failed) | None => {
                        return Err("what it imports from could not be instantiated".into());
                    }
                }
            }
        }
        let mut all = needed.clone();
        for &at in &needed {
            if let Some(Instance::Live { program, .. }) = self.instances.get(at) {
                let members = self.programs[*program].members.iter().copied();
                all.extend(members.filter(|&member| self.is_kept(member)));
            }
        }
        Ok([all.into_iter().collect(), needed.into_iter().collect()])
    }

    fn exporters(&self, imports: &[Imported]) -> BTreeSet<usize> {
        let modules = imports.iter();
        modules
            .filter_map(|import| self.registered.get(&import.module).copied())
            .collect()
    }

    fn is_kept(&self, at: usize) -> bool {
        matches!(
            self.instances.get(at),
            Some(Instance::Live { kept: true, .. })
        )
    }

    fn objects(&self, members: &[usize]) -> Vec<&Object> {
        let instances = members.iter().filter_map(|&at| self.instances.get(at));
        instances
            .filter_map(|instance| match instance {
                Instance::Live { object, .. } => Some(&**object),
                _ => None,
            })
            .collect()
    }

    /// The number of the instance called `name`, or else of the current one.
    fn instance(&self, name: Option<&str>) -> Option<usize> {
        match name {
            Some(name) => self.names.get(name).copied(),
            None => self.current,
        }
    }

    /// The program of an instance, and what comes before the names of its exports.
    fn target(&mut self, name: Option<&str>) -> Result<(&mut Program, String), Not> {
        let at = self.instance(name);
        match at.and_then(|at| self.instances.get(at)) {
            Some(Instance::Live {
                object, program, ..
            }) => {
                let prefix = object.prefix.clone();
                Ok((&mut self.programs[*program].program, prefix))
            }
            Some(Instance::Excluded(line)) => Err(Not::Excluded(*line)),
            Some(Instance::OtherFeature) => Err(Not::OtherFeature),
            Some(Instance::Failed) => Err("its module could not be instantiated".into()),
            None => Err("there is no such module".into()),
        }
    }

    fn invoke(&mut self, invoke: &WastInvoke<'_>) -> Result<Outcome, Not> {
        let (program, prefix) = self.target(invoke.module.map(|id| id.name()))?;
        let args = arguments(&invoke.args).ok_or(Not::OtherFeature)?;
        if program.is_gone() {
            return Err(Not::Gone);
        }
        let outcome = program.invoke(&format!("{prefix}{}", invoke.name), &args);
        outcome.ok_or_else(|| format!("there is no function `{}`", invoke.name).into())
    }

    fn finished(&mut self, invoke: &WastInvoke<'_>) -> Result<Vec<Value>, Not> {
        match self.invoke(invoke)? {
            Outcome::Finished(values) => Ok(values),
            outcome => Err(format!("ends: {}", describe(&outcome)).into()),
        }
    }

    fn global(&mut self, module: Option<&str>, name: &str) -> Result<Vec<Value>, Not> {
        let (program, prefix) = self.target(module)?;
        if program.is_gone() {
            return Err(Not::Gone);
        }
        let value = program.global(&format!("{prefix}{name}"));
        let value = value.ok_or_else(|| format!("there is no global `{name}`"))?;
        Ok(vec![value])
    }

    /// How starting a module ends that does not become the current one.
    fn started(&mut self, module: &mut Wat<'_>) -> Result<Outcome, Not> {
        let wasm = module.encode().map_err(|error| error.message())?;
        let (_, outcome) = self.instantiate(&wasm, false)?;
        match outcome {
            Ok(()) => Ok(Outcome::Finished(Vec::new())),
            Err(outcome) => Ok(outcome),
        }
    }

    fn expect_trap(&self, outcome: &Outcome, message: &str) -> Result<(), Not> {
        // wasmtime has one kind for what is outside of a table, whoever looks there.
        let message = match self.runner {
            Runner::Wasmtime { .. } if message.starts_with(Trap::UndefinedElement.message()) => {
                Trap::TableOutOfBounds.message()
            }
            _ => message,
        };
        match outcome {
            Outcome::Trapped(report) if is_trap(report.trap, message) => Ok(()),
            outcome => Err(format!("{}, expected: {message}", describe(outcome)).into()),
        }
    }

    fn unlinkable(&mut self, module: &mut Wat<'_>, message: &str) -> Result<(), Not> {
        let wasm = module.encode().map_err(|error| error.message())?;
        let object = self.object(&wasm)?;
        let [_, needed] = self.groups(&object)?;
        let members = self.objects(&needed);
        let objects: Vec<&Object> = members.into_iter().chain([&object]).collect();
        match Program::new(&objects, self.runner) {
            Ok(_) => Err("can be linked".into()),
            Err(errors) if is_unlinkable(&errors, message) => Ok(()),
            Err(errors) => Err(format!("{} instead of: {message}", first(&errors)).into()),
        }
    }
}

fn encode(module: &mut QuoteWat<'_>) -> Result<Vec<u8>, Not> {
    let wasm = module.encode();
    wasm.map_err(|error| format!("the text is no module: {}", error.message()).into())
}

/// Whether lift refuses a module that it must refuse.
fn refused(module: &mut QuoteWat<'_>, kind: Kind, message: &str) -> (Kind, Result<(), Not>) {
    let is_binary = matches!(module.to_test(), Ok(QuoteWatTest::Binary(_)));
    let Ok(wasm) = module.encode() else {
        return (Kind::Text, Ok(()));
    };
    let kind = match (kind, is_binary) {
        (Kind::Malformed, false) => Kind::Text,
        _ => kind,
    };
    let result = match lift(&wasm) {
        Ok(_) => Err(format!("is lifted, but: {message}").into()),
        Err(errors) => match codes(&errors)[..] {
            ["W0002" | "W0003"] => Ok(()),
            // Without its header a module is nothing.
            ["W0001"] if message.contains("magic header") || message == "unexpected end" => Ok(()),
            ["W0004"] => Err(Not::OtherFeature),
            _ => Err(format!("{} instead of: {message}", first(&errors)).into()),
        },
    };
    (kind, result)
}

fn describe(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Trapped(report) => format!("traps: {}", report.trap),
        outcome => format!("{outcome:?}"),
    }
}

/// Whether linking failed for the reason that the suite states.
fn is_unlinkable(errors: &Errors, message: &str) -> bool {
    let expected: &[&str] = match message {
        // Before it is unknown, an imported memory is a second one if there is one already.
        "unknown import" => &["R0001", "L0007"],
        _ => &["L0003", "L0007", "R0002"],
    };
    let codes = codes(errors);
    !codes.is_empty() && codes.iter().all(|code| expected.contains(code))
}
