//! The operands: modules, texts, archives and libraries, in their order on the command line.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use rayon::prelude::*;
use vbc::cli::{self, Access, Bytes, Operand, Session, Stop, exit};
use vbc::diag::Errors;
use vbc::format::Limits;
use vbc::link::{Archive, Input, Source, codes, is_archive};

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

impl Read {
    /// Its length in bytes.
    pub fn length(&self) -> u64 {
        self.bytes.len() as u64
    }
}

/// Reads all operands, or finds out why one cannot be found or read.
pub fn read(
    operands: &Operands,
    folders: &[PathBuf],
    session: &mut Session,
) -> Vec<Result<Read, Errors>> {
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
    // Standard input is read once, which the session sees to; all others go at once.
    let mut streams: Vec<Option<Result<cli::Input, Errors>>> = found
        .iter()
        .map(|operand| match operand {
            Ok(Operand::Stdin) => Some(session.read(&Operand::Stdin, Access::Copy)),
            _ => None,
        })
        .collect();
    let limits = session.limits();
    found
        .into_par_iter()
        .zip(streams.par_iter_mut())
        .map(|(operand, stream)| {
            let operand = operand?;
            let input = match stream.take() {
                Some(input) => input?,
                None => cli::read(&operand, Access::Copy, limits)?,
            };
            Ok(Read {
                operand,
                name: input.name,
                bytes: input.bytes,
            })
        })
        .collect()
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

/// Opens what was read: verifies modules, assembles texts, reads the indexes of archives. Everything that
/// is wrong with any operand is reported, in their order.
pub fn open(read: Vec<Result<Read, Errors>>, session: &mut Session) -> Result<Vec<Source>, Stop> {
    let limits = session.limits();
    let results: Vec<Result<Source, Errors>> = read
        .into_par_iter()
        .map(|one| open_one(one?, limits))
        .collect();
    all(results, session)
}

fn open_one(read: Read, limits: &Limits) -> Result<Source, Errors> {
    if is_archive(&read.bytes) {
        return Archive::read(&read.name, read.bytes).map(Source::Archive);
    }
    let module = vbc::open(&read.name, read.bytes, limits)?;
    let name = read.name;
    Ok(Source::Module(Box::new(Input { name, module })))
}

/// All results, or after reporting all errors, the end.
fn all<T>(results: Vec<Result<T, Errors>>, session: &mut Session) -> Result<Vec<T>, Stop> {
    let mut values = Vec::with_capacity(results.len());
    let mut faulty = false;
    for result in results {
        match result {
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
