//! One request, from the header to the text.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use vbc_core::diag::codes::bind::{B0003, B0009, B0010};
use vbc_core::diag::codes::cli::C0003;
use vbc_core::diag::{Diagnostic, Errors, Place};
use vbc_core::glob;
use vbc_core::module::native::{Prototype, is_symbol};

use crate::compiler::{Workshop, first_error, include};
use crate::convert::{Converter, Misfit, Rules, Wanted};
use crate::declarations::{Declarations, Tag};
use crate::object::{Object, Target};
use crate::pattern::usual_name;
use crate::question::{self, Answers, PREFIX, Question, variable};
use crate::select::{Chosen, Constant, Selector};
use crate::types::{Function, Node, Sections, TypeId, Types};
use crate::write::Text;
use crate::{Bindings, Failure, Request, constant};

fn usual_names(names: &[String]) -> Vec<String> {
    names.iter().map(|name| usual_name(name)).collect()
}

/// Constants that come together, and what is written above them.
struct Group {
    heading: Option<String>,
    constants: Vec<Constant>,
}

/// Does everything.
pub fn bind(request: &Request, place: &Place) -> Result<Bindings, Failure> {
    let headers = headers(request)?;
    let prologue = question::prologue(&headers);
    let mut workshop = Workshop::open(&request.compiler)?;
    let preprocessed = match workshop.preprocess(&prologue)? {
        Ok(preprocessed) => preprocessed,
        Err(said) => {
            let missing = missing(&mut workshop, request, &headers)?;
            return Err(missing.unwrap_or_else(|| question::refusal(&said)));
        }
    };
    let declared = Declarations::read(&String::from_utf8_lossy(&preprocessed));
    let mut selector = Selector::new(&declared, place.clone());
    let chosen = selector.functions(request);
    selector.check_flag("--errno", &request.errno, &chosen);
    selector.check_flag("--blocking", &request.blocking, &chosen);
    let mut groups = vec![Group {
        heading: None,
        constants: selector.constants(request),
    }];
    let structs = selector.types(&request.structs, &[Tag::Struct, Tag::Union]);
    enumerators(
        request,
        &mut selector,
        &mut workshop,
        &prologue,
        &mut groups,
    )?;

    let questions = Questions::new(&chosen, &groups, &structs, &declared);
    let answers = question::ask(&mut workshop, &prologue, &questions.all)?;
    let plan = Plan {
        request,
        place,
        declared: &declared,
        chosen: &chosen,
        groups: &groups,
        structs: &structs,
        questions: &questions,
    };
    let mut bindings = plan.write(&answers, selector)?;
    bindings.runs = workshop.runs;
    Ok(bindings)
}

/// What is to be written, before it is known what the compiler answers.
struct Plan<'a> {
    request: &'a Request,
    place: &'a Place,
    declared: &'a Declarations,
    chosen: &'a [Chosen],
    groups: &'a [Group],
    structs: &'a [(String, String)],
    questions: &'a Questions,
}

impl<'a> Plan<'a> {
    fn write(&self, answers: &Answers, selector: Selector<'a>) -> Result<Bindings, Failure> {
        let object = Object::read(&answers.object)?;
        let sections = Sections::of(&object);
        let types = Types::read(&sections, PREFIX)?;
        let header = self.request.header.to_string_lossy();
        let machine = object.machine().unwrap_or_default();
        let mut writer = Writer {
            plan: self,
            selector,
            object: &object,
            types: &types,
            refused: &answers.refused,
            text: Text::new(&header, machine),
            left_out: Vec::new(),
            functions: 0,
            constants: 0,
        };
        writer.functions()?;
        writer.constants()?;
        writer.structs()?;
        let errors = writer.selector.errors;
        if !errors.is_empty() {
            return Err(Failure::Diagnostics(Errors(errors)));
        }
        Ok(Bindings {
            text: writer.text.finish(),
            left_out: writer.left_out,
            functions: writer.functions,
            constants: writer.constants,
            runs: 0,
        })
    }
}

/// What stands after `#include` for each header, the one that is bound last.
fn headers(request: &Request) -> Result<Vec<Vec<u8>>, Failure> {
    let about = |header: &Path, code, message: String| {
        let place = Place::File(header.to_string_lossy().into());
        Failure::Diagnostics(Diagnostic::error(code, place, message).into())
    };
    let all = request.includes.iter().chain([&request.header]);
    all.map(|header| {
        if header.is_dir() {
            return Err(about(
                header,
                &C0003,
                "this is a folder, not a file".to_owned(),
            ));
        }
        let included = include(header).ok().flatten();
        included.ok_or_else(|| {
            about(
                header,
                &B0003,
                "no `#include` can have such a name".to_owned(),
            )
        })
    })
    .collect()
}

/// The first header that the compiler does not find.
fn missing(
    workshop: &mut Workshop<'_>,
    request: &Request,
    headers: &[Vec<u8>],
) -> Result<Option<Failure>, Failure> {
    // The compiler, or its flags, may be at fault.
    if workshop.preprocess(b"")?.is_err() {
        return Ok(None);
    }
    let names = request.includes.iter().chain([&request.header]);
    for (name, header) in names.zip(headers) {
        if workshop.preprocess(&question::search(header))?.is_err() {
            let place = Place::File(name.to_string_lossy().into());
            let missing = Diagnostic::error(&B0003, place, "no such header");
            let help = "-I names a folder to look for headers in";
            return Ok(Some(Failure::Diagnostics(missing.with_help(help).into())));
        }
    }
    Ok(None)
}

/// Adds the constants of the enums that are asked for, which the compiler has to list first.
fn enumerators(
    request: &Request,
    selector: &mut Selector<'_>,
    workshop: &mut Workshop<'_>,
    prologue: &[u8],
    groups: &mut Vec<Group>,
) -> Result<(), Failure> {
    let enums = selector.types(&request.enums, &[Tag::Enum]);
    if enums.is_empty() {
        return Ok(());
    }
    let mut questions: Vec<Question> = enums
        .iter()
        .map(|(_, written)| Question::Type(written.clone()))
        .collect();
    questions.push(Question::anything());
    let answers = question::ask(workshop, prologue, &questions)?;
    let object = Object::read(&answers.object)?;
    let sections = Sections::of(&object);
    let types = Types::read(&sections, PREFIX)?;
    let first = groups.iter().flat_map(|group| &group.constants);
    let mut taken: HashSet<String> = first.map(|constant| constant.name.clone()).collect();
    for (number, (_, written)) in enums.iter().enumerate() {
        if let Some(said) = answers.refused.get(&number) {
            selector.no_type(written, first_error(said));
            continue;
        }
        match pointee(&types, number)?.1 {
            Node::Enum {
                id, size: Some(_), ..
            } => {
                let names = types.enumerators(id)?.into_iter();
                let names = names.filter(|name| taken.insert(name.clone()));
                groups.push(Group {
                    heading: Some(written.clone()),
                    constants: names
                        .map(|name| Constant {
                            name,
                            is_named: true,
                        })
                        .collect(),
                });
            }
            Node::Enum { .. } => selector.wrong_type(format!("`{written}` is not defined")),
            _ => selector.wrong_type(format!("`{written}` is not an enum")),
        }
    }
    Ok(())
}

/// What the variable that answers a question points to.
fn pointee(types: &Types<'_>, number: usize) -> Result<(TypeId, Node), Failure> {
    let pointer = types.variable(&variable(number))?;
    match types.peel(pointer)?.node {
        Node::Pointer(id) => Ok((id, types.peel(id)?.node)),
        node => Ok((pointer, node)),
    }
}

/// All that is asked at once.
struct Questions {
    all: Vec<Question>,
    /// Where the structs begin; functions come first, then constants.
    structs: usize,
    /// Where functions begin that only tell what the library hands out.
    survey: usize,
}

impl Questions {
    fn new(
        chosen: &[Chosen],
        groups: &[Group],
        structs: &[(String, String)],
        declared: &Declarations,
    ) -> Questions {
        let functions = chosen.iter();
        let functions = functions.map(|one| Question::Function(one.function.clone()));
        let constants = groups.iter().flat_map(|group| &group.constants);
        let constants = constants.map(|constant| Question::Constant(constant.name.clone()));
        let mut all: Vec<Question> = functions.chain(constants).collect();
        let first_struct = all.len();
        all.extend(
            structs
                .iter()
                .map(|(_, written)| Question::Type(written.clone())),
        );
        // So that something is answered in any case.
        all.push(Question::anything());
        let survey = all.len();
        if !chosen.is_empty() {
            let mut asked: HashSet<&str> = chosen.iter().map(|one| one.function.as_str()).collect();
            let others = declared.functions.iter().map(|one| one.name.as_str());
            let others = others.filter(|name| asked.insert(name));
            all.extend(others.map(|name| Question::Function(name.to_owned())));
        }
        Questions {
            all,
            structs: first_struct,
            survey,
        }
    }
}

/// Writes what the compiler has answered.
struct Writer<'w, 'a, 's> {
    plan: &'w Plan<'a>,
    selector: Selector<'a>,
    object: &'w Object<'s>,
    types: &'w Types<'s>,
    refused: &'w BTreeMap<usize, String>,
    text: Text,
    left_out: Vec<Diagnostic>,
    functions: usize,
    constants: usize,
}

impl Writer<'_, '_, '_> {
    fn leave_out(&mut self, name: &str, reason: &str) {
        let message = format!("`{name}` is left out: {reason}");
        let warning = Diagnostic::error(&B0009, self.plan.place.clone(), message).warning();
        self.left_out.push(warning);
    }

    fn functions(&mut self) -> Result<(), Failure> {
        let plan = self.plan;
        let rules = Rules {
            ptr: usual_names(&self.plan.request.ptr),
            buf: usual_names(&self.plan.request.buf),
            handed_out: self.handed_out()?,
        };
        let types = self.types;
        let mut converter = Converter {
            types,
            rules: &rules,
            met: HashSet::new(),
            pointees: HashSet::new(),
            remarks: Vec::new(),
        };
        for (number, one) in plan.chosen.iter().enumerate() {
            if let Some(said) = self.refused.get(&number) {
                let said = first_error(said);
                if one.is_named {
                    self.selector.no_function(&one.function, said);
                } else {
                    let reason = format!("the C compiler refuses it: {said}");
                    self.function_left_out(one, None, &reason)?;
                }
                continue;
            }
            let (id, Node::Function(function)) = pointee(self.types, number)? else {
                self.selector.other_than_function(&one.function);
                continue;
            };
            match self.prototype(number, one, &function, &mut converter) {
                Ok(prototype) => {
                    self.declaration(one, id)?;
                    for remark in &converter.remarks {
                        self.text.comment(remark);
                    }
                    let name = format!("{}{}", self.plan.request.prefix, one.name);
                    self.text
                        .import(&self.plan.request.library, &prototype, &name);
                    self.functions += 1;
                }
                Err(Misfit::LeftOut(reason)) => self.function_left_out(one, Some(id), &reason)?,
                Err(Misfit::Wrong(message)) => {
                    let message = format!("`{}`: {message}", one.function);
                    let error = Diagnostic::error(&B0010, self.plan.place.clone(), message);
                    self.selector.errors.push(error);
                }
                Err(Misfit::Failed(failure)) => return Err(failure),
            }
        }
        // Where something is missing, so are its parameters.
        if self.selector.errors.is_empty() && self.left_out.is_empty() {
            let (met, pointees) = (converter.met, converter.pointees);
            let flags = [("--ptr", &plan.request.ptr), ("--buf", &plan.request.buf)];
            for (flag, names) in flags {
                self.selector.check_rule(flag, names, &met, &pointees);
            }
        }
        Ok(())
    }

    /// The structs and unions to which functions return pointers.
    fn handed_out(&self) -> Result<HashSet<gimli::UnitOffset>, Failure> {
        let mut handed_out = HashSet::new();
        let questions = self.plan.questions;
        let survey = questions.survey..questions.all.len();
        for number in (0..self.plan.chosen.len()).chain(survey) {
            if self.refused.contains_key(&number) {
                continue;
            }
            let Node::Function(function) = pointee(self.types, number)?.1 else {
                continue;
            };
            if let Node::Pointer(target) = self.types.peel(function.result)?.node
                && let Node::Struct { id, .. } = self.types.peel(target)?.node
            {
                handed_out.insert(id);
            }
        }
        Ok(handed_out)
    }

    fn prototype(
        &self,
        number: usize,
        one: &Chosen,
        function: &Function,
        converter: &mut Converter<'_, '_>,
    ) -> Result<Prototype, Misfit> {
        let symbol = match self.object.address(&variable(number)) {
            Some(Target::Symbol(symbol)) => symbol,
            Some(Target::Here) | None => {
                let reason = "the header defines it, so that no library has it";
                return Err(Misfit::LeftOut(reason.to_owned()));
            }
        };
        if !is_symbol(&symbol) {
            let reason = format!("its symbol is `{symbol}`");
            return Err(Misfit::LeftOut(reason));
        }
        let is_meant = |patterns: &[String]| {
            let mut patterns = patterns.iter();
            patterns.any(|pattern| glob::matches(pattern, &one.function))
        };
        let wanted = Wanted {
            types: one.types.as_ref(),
            blocking: is_meant(&self.plan.request.blocking),
            errno: is_meant(&self.plan.request.errno),
        };
        converter.prototype(&symbol, function, wanted)
    }

    /// An empty line, and how the header declares a function.
    fn declaration(&mut self, one: &Chosen, id: TypeId) -> Result<(), Failure> {
        let declared = self.plan.declared.function(&one.function);
        let shown = match declared.and_then(|function| function.text.clone()) {
            Some(text) => text,
            None => self.types.shown(id, &one.function)?,
        };
        self.text.gap();
        self.text.comment(&shown);
        Ok(())
    }

    fn function_left_out(
        &mut self,
        one: &Chosen,
        id: Option<TypeId>,
        reason: &str,
    ) -> Result<(), Failure> {
        match id {
            Some(id) => self.declaration(one, id)?,
            None => self.text.gap(),
        }
        self.text
            .comment(&format!("{} is left out: {reason}", one.name));
        self.leave_out(&one.name, reason);
        Ok(())
    }

    fn constants(&mut self) -> Result<(), Failure> {
        let plan = self.plan;
        let mut number = plan.chosen.len();
        for group in plan
            .groups
            .iter()
            .filter(|group| !group.constants.is_empty())
        {
            self.text.gap();
            if let Some(heading) = &group.heading {
                self.text.comment(heading);
            }
            for constant in &group.constants {
                self.constant(constant, number)?;
                number += 1;
            }
        }
        Ok(())
    }

    fn constant(&mut self, constant: &Constant, number: usize) -> Result<(), Failure> {
        if let Some(said) = self.refused.get(&number) {
            // What matches a pattern may well be something else.
            if constant.is_named {
                self.selector.no_constant(&constant.name, first_error(said));
            }
            return Ok(());
        }
        let name = format!("{}{}", self.plan.request.prefix, constant.name);
        let (object, types) = (self.object, self.types);
        match constant::write(&mut self.text, &name, &variable(number), object, types)? {
            Ok(()) => self.constants += 1,
            Err(reason) => {
                self.text
                    .comment(&format!("{} is left out: {reason}", constant.name));
                self.leave_out(&constant.name, &reason);
            }
        }
        Ok(())
    }

    fn structs(&mut self) -> Result<(), Failure> {
        let plan = self.plan;
        let mut there = HashMap::new();
        for (number, (name, written)) in plan.structs.iter().enumerate() {
            let number = plan.questions.structs + number;
            if let Some(said) = self.refused.get(&number) {
                self.selector.no_type(written, first_error(said));
                continue;
            }
            match pointee(self.types, number)?.1 {
                Node::Struct {
                    id,
                    size: Some(size),
                    ..
                } => {
                    match there.insert(name, id) {
                        None => {}
                        Some(other) if other == id => continue,
                        Some(_) => {
                            self.selector.two_structs(name);
                            continue;
                        }
                    }
                    self.text.gap();
                    self.text.comment(written);
                    let names = (plan.request.prefix.as_str(), name.as_str());
                    let without =
                        constant::write_layout(&mut self.text, names, (id, size), self.types)?;
                    for (field, reason) in without {
                        self.leave_out(&field, &reason);
                    }
                    self.constants += 1;
                }
                Node::Struct { .. } => {
                    let message = format!("`{written}` is not defined, only mentioned");
                    self.selector.wrong_type(message);
                }
                _ => {
                    let message = format!("`{written}` is not a struct or a union");
                    self.selector.wrong_type(message);
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Compiler;

    /// A header, and the object that GCC 12 makes of the questions about it (`cc -g -gno-record-gcc-switches`).
    const HEADER: &str = include_str!("answers/answers.h");
    const OBJECT: &[u8] = include_bytes!("answers/answers.elf");

    /// What is bound when the compiler answers with this object.
    fn answered(object: Vec<u8>) -> Result<Bindings, Failure> {
        let request = Request {
            header: "answers.h".into(),
            includes: Vec::new(),
            compiler: Compiler {
                command: Vec::new(),
                flags: Vec::new(),
            },
            library: "liba.so".to_owned(),
            functions: Vec::new(),
            all: true,
            from: Vec::new(),
            constants: ["TEXT", "LIMIT", "HALF"].map(str::to_owned).into(),
            enums: Vec::new(),
            structs: vec!["mixed".to_owned()],
            ptr: Vec::new(),
            buf: Vec::new(),
            errno: Vec::new(),
            blocking: Vec::new(),
            prefix: String::new(),
        };
        let preprocessed = format!(
            "# 1 \"<vbc-bind>\"\nstruct vbc_mark_0;\n# 1 \"answers.h\" 1\n{HEADER}# 3 \"<vbc-bind>\" 2\n"
        );
        let declared = Declarations::read(&preprocessed);
        let place = Place::Nowhere;
        let mut selector = Selector::new(&declared, place.clone());
        let chosen = selector.functions(&request);
        let structs = selector.types(&request.structs, &[Tag::Struct, Tag::Union]);
        let groups = [Group {
            heading: None,
            constants: selector.constants(&request),
        }];
        let questions = Questions::new(&chosen, &groups, &structs, &declared);
        let plan = Plan {
            request: &request,
            place: &place,
            declared: &declared,
            chosen: &chosen,
            groups: &groups,
            structs: &structs,
            questions: &questions,
        };
        let answers = Answers {
            object,
            refused: BTreeMap::new(),
        };
        plan.write(&answers, selector)
    }

    #[test]
    fn an_object_is_read() {
        let bindings = answered(OBJECT.to_vec()).expect("the object is whole");
        let lines: Vec<&str> = bindings.text.lines().collect();
        for line in [
            "; From answers.h, for x86_64.",
            ".import func \"native:liba.so\" \"open_it(str,u32)ptr\" as open_it(addr, i32) -> ptr",
            "; old is left out: it is declared in the old way; `(i32)` after its name would say what it takes",
            "; inside is left out: the header defines it, so that no library has it",
            ".data TEXT readonly = \"text\\0\" .local",
            ".global HALF: f64 = 0.5 .local",
            ".global mixed.f: addr = 28 .local     ; float",
        ] {
            assert!(lines.contains(&line), "{line}\n{}", bindings.text);
        }
        assert_eq!((bindings.functions, bindings.constants), (2, 4));
        assert_eq!(bindings.left_out.len(), 4);
    }

    /// Whatever a compiler writes, there is an answer or an error.
    #[test]
    fn damaged_objects_are_errors() {
        let mut outcomes = [0, 0];
        let mut try_out = |object: Vec<u8>| match answered(object) {
            Ok(_) => outcomes[0] += 1,
            Err(_) => outcomes[1] += 1,
        };
        for at in 0..OBJECT.len() {
            let mut flipped = OBJECT.to_vec();
            flipped[at] ^= 1 << (at % 8);
            try_out(flipped);
            let mut filled = OBJECT.to_vec();
            filled[at] = 0xff;
            try_out(filled);
        }
        for length in (0..OBJECT.len()).step_by(7) {
            try_out(OBJECT[..length].to_vec());
        }
        assert!(outcomes.iter().all(|count| *count > 100), "{outcomes:?}");
    }
}
