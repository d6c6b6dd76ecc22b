//! The C file: what the compiler is asked about, and what it refuses to answer.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::compiler::{FILE, Workshop};
use crate::preprocessed::MARK;
use crate::{Failure, failure};
use vbc_core::diag::codes::bind::B0002;

/// How the names of our variables begin; their number follows.
pub const PREFIX: &str = "vbc_item_";

/// One thing to find out about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// What type and symbol a function has.
    Function(String),
    /// What type and value a constant has.
    Constant(String),
    /// What a type is, which is written as in C.
    Type(String),
}

impl Question {
    /// One that every compiler can answer.
    pub fn anything() -> Question {
        Question::Type("char".to_owned())
    }

    /// The variable that answers it.
    fn line(&self, number: usize) -> String {
        match self {
            Question::Function(name) => {
                format!("__typeof__({name}) *{PREFIX}{number} = &{name};\n")
            }
            Question::Constant(name) => {
                format!("const __typeof__({name}) {PREFIX}{number} = {name};\n")
            }
            Question::Type(name) => format!("{name} *{PREFIX}{number};\n"),
        }
    }
}

/// The name of the variable that answers a question.
pub fn variable(number: usize) -> String {
    format!("{PREFIX}{number}")
}

/// The beginning of every file: the headers, as [`include`](crate::compiler::include) has them, with marks around them.
pub fn prologue(headers: &[Vec<u8>]) -> Vec<u8> {
    let mut text = format!("#line 1 \"{FILE}\"\n").into_bytes();
    for (number, header) in headers.iter().enumerate() {
        text.extend_from_slice(format!("struct {MARK}{number};\n#include ").as_bytes());
        text.extend_from_slice(header);
        text.push(b'\n');
    }
    text.extend_from_slice(format!("struct {MARK}{};\n", headers.len()).as_bytes());
    text
}

/// A file that asks whether a header can be found; it cannot be preprocessed if not.
pub fn search(header: &[u8]) -> Vec<u8> {
    let ask = [
        b"#if !__has_include(",
        header,
        b")\n#error missing\n#endif\n",
    ]
    .concat();
    [b"#ifdef __has_include\n", &ask[..], b"#endif\n"].concat()
}

/// What the compiler has answered.
#[derive(Debug)]
pub struct Answers {
    /// The object.
    pub object: Vec<u8>,
    /// What it says against the questions that it refuses, by their numbers.
    pub refused: BTreeMap<usize, String>,
}

/// Asks all questions at once, and finds out which of them are refused.
///
/// # Errors
///
/// B0001; B0002 where it refuses more than questions.
pub fn ask(
    workshop: &mut Workshop<'_>,
    prologue: &[u8],
    questions: &[Question],
) -> Result<Answers, Failure> {
    let mut asker = Asker {
        workshop,
        prologue,
        questions,
        refused: BTreeMap::new(),
    };
    let all = 0..questions.len();
    let said = match asker.compile(all.clone())? {
        Ok(object) => {
            return Ok(Answers {
                object,
                refused: BTreeMap::new(),
            });
        }
        Err(said) => said,
    };
    // The headers themselves may be at fault.
    if let Err(said) = asker.compile(0..0)? {
        return Err(refusal(&said));
    }
    asker.search(all.clone(), said)?;
    match asker.compile(all)? {
        Ok(object) => Ok(Answers {
            object,
            refused: asker.refused,
        }),
        Err(said) => Err(refusal(&said)),
    }
}

/// The compiler refuses the headers.
pub fn refusal(said: &str) -> Failure {
    failure(&B0002, format!("the C compiler failed: {said}"))
}

struct Asker<'a, 'c> {
    workshop: &'a mut Workshop<'c>,
    prologue: &'a [u8],
    questions: &'a [Question],
    refused: BTreeMap<usize, String>,
}

impl Asker<'_, '_> {
    /// Asks those of the questions that have not been refused.
    fn compile(&mut self, range: Range<usize>) -> Result<Result<Vec<u8>, String>, Failure> {
        let mut text = self.prologue.to_vec();
        for number in range {
            if !self.refused.contains_key(&number) {
                text.extend_from_slice(self.questions[number].line(number).as_bytes());
            }
        }
        self.workshop.compile(&text)
    }

    /// Looks for refused questions among some that are refused together, for which the compiler has said `said`.
    fn search(&mut self, range: Range<usize>, said: String) -> Result<(), Failure> {
        if range.len() <= 1 {
            self.refused.insert(range.start, said);
            return Ok(());
        }
        let middle = range.start + range.len() / 2;
        for half in [range.start..middle, middle..range.end] {
            if let Err(said) = self.compile(half.clone())? {
                self.search(half, said)?;
            }
        }
        Ok(())
    }
}
