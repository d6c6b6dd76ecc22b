//! The operands: modules, texts, archives and libraries, in their order on the command line.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use rayon::prelude::*;
use vbc_cli::{Access, Bytes, Operand, Session, Stop, exit};
use vbc_core::diag::Errors;
use vbc_core::diag::codes::link as codes;
use vbc_core::format::Limits;
use vbc_linker::{Archive, Input, Source, is_archive};

use crate::about;

/// The operands and the libraries of `-l`.
#[derive(Clone, Debug, Default)]
pub struct Operands(Vec<Word>);

#[derive(Clone, Debug)]
enum Word {
    File(Operand),
    Library(String),
}

impl Args for Operands {
    fn augment_args(command: Command) -> Command {
        command
            .arg(
                Arg::new("files")
                    .value_name("FILE")
                    .help("Modules, texts and archives to link; - or none is standard input")
                    .value_parser(clap::value_parser!(OsString))
                    .action(ArgAction::Append)
                    .num_args(0..),
            )
            .arg(
                Arg::new("library")
                    .short('l')
                    .long("library")
                    .value_name("NAME")
                    .help("Link with libNAME.a of the folders of -L; may be repeated")
                    .action(ArgAction::Append),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Operands {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut words: Vec<(usize, Word)> = Vec::new();
        if let (Some(places), Some(values)) = (
            matches.indices_of("files"),
            matches.get_many::<OsString>("files"),
        ) {
            let files = values.map(|word| Word::File(Operand::from(word.clone())));
            words.extend(places.zip(files));
        }
        if let (Some(places), Some(values)) = (
            matches.indices_of("library"),
            matches.get_many::<String>("library"),
        ) {
            words.extend(places.zip(values.cloned().map(Word::Library)));
        }
        words.sort_by_key(|(place, _)| *place);
        Ok(Operands(words.into_iter().map(|(_, word)| word).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Operands {
    /// Files as they are, libraries as flags for a C compiler; none where one is standard input.
    pub fn for_cc(&self) -> Option<Vec<OsString>> {
        let words = self.0.iter().map(|word| match word {
            Word::File(Operand::File(path)) => Some(path.clone().into_os_string()),
            Word::File(Operand::Stdin) => None,
            Word::Library(name) => Some(format!("-l{name}").into()),
        });
        words.collect()
    }
}

/// An operand that was read.
pub struct Read {
    /// What it is.
    pub operand: Operand,
    /// Its name for messages.
    pub name: Arc<str>,
    /// What is in it.
    pub bytes: Arc<Bytes>,
}

/// An operand: what was read, and what it is. What cannot be read is neither.
pub struct Opened {
    /// What was read.
    pub read: Option<Read>,
    source: Result<Source, Errors>,
}

impl Read {
    fn new(operand: Operand, input: vbc_cli::Input) -> Read {
        Read {
            operand,
            name: input.name,
            bytes: input.bytes,
        }
    }

    /// Its length in bytes.
    pub fn length(&self) -> u64 {
        self.bytes.len() as u64
    }
}

/// Bytes of files that are read together.
const TOGETHER: u64 = 8 << 20;

/// Reads and opens all operands, or finds out why one cannot be found or read: verifies modules, assembles texts,
/// reads the indexes of archives. What was read is then still in the processor's caches.
pub fn read(operands: &Operands, folders: &[PathBuf], session: &mut Session) -> Vec<Opened> {
    let mut words = operands.0.clone();
    if words.is_empty() {
        words.push(Word::File(Operand::Stdin));
    }
    let found: Vec<Result<Operand, Errors>> = words
        .into_iter()
        .map(|word| match word {
            Word::File(operand) => Ok(operand),
            Word::Library(name) => find_library(&name, folders),
        })
        .collect();
    // Standard input is read once, which the session sees to.
    let mut groups: Vec<Group> = Vec::new();
    for operand in found {
        match operand {
            Err(errors) => groups.push(Group::Known(Err(errors))),
            Ok(Operand::Stdin) => {
                let input = session.read(&Operand::Stdin, Access::Copy);
                let read = input.map(|input| Read::new(Operand::Stdin, input));
                groups.push(Group::Known(read));
            }
            Ok(file) => add_file(&mut groups, file),
        }
    }
    let limits = session.limits();
    let opened = groups.into_par_iter().flat_map(|group| match group {
        Group::Known(read) => vec![open(read, limits)],
        Group::Files(operands, _) => {
            let inputs = vbc_cli::read_together(&operands, limits);
            let read = operands.into_par_iter().zip(inputs);
            let read = read.map(|(operand, input)| Ok(Read::new(operand, input?)));
            read.map(|read| open(read, limits)).collect()
        }
    });
    opened.collect()
}

/// Operands that are read together.
enum Group {
    /// One that was read, or cannot be.
    Known(Result<Read, Errors>),
    /// Files, and how many bytes they have.
    Files(Vec<Operand>, u64),
}

/// Adds a file to the last group, if that is not large yet.
fn add_file(groups: &mut Vec<Group>, file: Operand) {
    let length = match &file {
        Operand::File(path) => path.metadata().map_or(0, |metadata| metadata.len()),
        Operand::Stdin => 0,
    };
    match groups.last_mut() {
        Some(Group::Files(files, bytes)) if *bytes + length <= TOGETHER => {
            files.push(file);
            *bytes += length;
        }
        _ => groups.push(Group::Files(vec![file], length)),
    }
}

fn find_library(name: &str, folders: &[PathBuf]) -> Result<Operand, Errors> {
    let file = format!("lib{name}.a");
    let mut places = folders.iter().map(|folder| folder.join(&file));
    match places.find(|path| path.is_file()) {
        Some(path) => Ok(Operand::File(path)),
        None => {
            let message = match folders.len() {
                0 => "the library is not found, for there is no -L".to_owned(),
                1 => "the library is not in the folder of -L".to_owned(),
                count => format!("the library is in none of the {count} folders of -L"),
            };
            Err(about(&codes::L0017, &file, message))
        }
    }
}

fn open(read: Result<Read, Errors>, limits: &Limits) -> Opened {
    match read {
        Ok(read) => Opened {
            source: source(&read, limits),
            read: Some(read),
        },
        Err(errors) => Opened {
            read: None,
            source: Err(errors),
        },
    }
}

fn source(read: &Read, limits: &Limits) -> Result<Source, Errors> {
    let bytes = read.bytes.clone();
    if is_archive(&bytes) {
        return Archive::read(&read.name, bytes).map(Source::Archive);
    }
    let module = vbc_core::open(&read.name, bytes, limits)?;
    let name = read.name.clone();
    Ok(Source::Module(Box::new(Input { name, module })))
}

/// What all operands are. Everything that is wrong with any is reported, in their order.
pub fn sources(opened: Vec<Opened>, session: &mut Session) -> Result<Vec<Source>, Stop> {
    let mut values = Vec::with_capacity(opened.len());
    let mut faulty = false;
    for operand in opened {
        match operand.source {
            Ok(value) => values.push(value),
            Err(errors) => {
                session.report_all(&errors);
                faulty = true;
            }
        }
    }
    match faulty {
        true => Err(Stop::Exit(exit::NO)),
        false => Ok(values),
    }
}

/// The last part of a path, for the name of a member.
pub fn base_name(name: &str) -> String {
    match name {
        "<stdin>" => "stdin".to_owned(),
        _ => Path::new(name).file_name().map_or_else(
            || name.to_owned(),
            |name| name.to_string_lossy().into_owned(),
        ),
    }
}
