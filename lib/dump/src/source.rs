//! Source lines beside the disassembly: embedded ones, otherwise those of files.
//!
//! The names of the files are the module's, and the module may be a stranger's. Only files below
//! the current folder and the folders of `--source-dir` are opened, wherever symbolic links lead.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::image::Named;
use super::sink::{Sink, put, put_name};
use vbc_cli::escape;
use vbc_core::diag::codes::dump::C0031;
use vbc_core::diag::{Diagnostic, Place};
use vbc_core::module::{FileRow, LineEntry};

/// Longest source line that is shown, in bytes.
const SHORT_LINE: usize = 200;
/// How much of source files is read in all, in bytes.
const MOST_SOURCE: u64 = 256 << 20;

/// The source texts of a module.
pub struct Sources {
    files: HashMap<u32, Result<Source, Unread>>,
    last: Option<u32>,
    /// Bytes that were read.
    read: u64,
    /// The folders below which files may lie, without symbolic links.
    folders: Vec<PathBuf>,
    /// A warning for each file that was not opened because it lies elsewhere.
    pub refused: Vec<Diagnostic>,
}

/// Why there is no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unread {
    /// The line table has no such file.
    NoName,
    /// Nothing of this name lies below the folders.
    Missing,
    /// It lies outside of the folders.
    Outside,
    /// It is a folder, a pipe or a device, which might never end.
    NotRegular,
    /// It cannot be read, or is larger than what may be read of all files together.
    Unreadable,
}

impl Unread {
    fn words(self) -> &'static str {
        match self {
            Unread::NoName => "the module does not name the file",
            Unread::Missing => "not found",
            Unread::Outside => "not read: outside of the current folder and of --source-dir",
            Unread::NotRegular => "not read: no regular file",
            Unread::Unreadable => "not read: not readable, or too large",
        }
    }
}

struct Source {
    text: String,
    /// Where each line begins.
    lines: Vec<usize>,
}

impl Source {
    fn new(bytes: &[u8]) -> Source {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let lines = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        Source { text, lines }
    }

    fn line(&self, number: u32) -> Option<&str> {
        let start = *self.lines.get(number.checked_sub(1)? as usize)?;
        let end = self
            .lines
            .get(number as usize)
            .map_or(self.text.len(), |&next| next - 1);
        let line = &self.text[start..end];
        let line = line.strip_suffix('\r').unwrap_or(line);
        Some(&line[..line.floor_char_boundary(SHORT_LINE)])
    }
}

impl Sources {
    /// Sources below the current folder and `folders`.
    pub fn new(folders: &[PathBuf]) -> Sources {
        let current = Path::new(".").to_owned();
        let folders = std::iter::once(&current).chain(folders);
        Sources {
            files: HashMap::new(),
            last: None,
            read: 0,
            folders: folders
                .filter_map(|folder| folder.canonicalize().ok())
                .collect(),
            refused: Vec::new(),
        }
    }

    /// The comment that tells where the following instructions come from.
    pub fn line(&mut self, sink: &mut Sink<'_>, image: &Named<'_>, entry: &LineEntry) {
        let Some(place) = entry.place else {
            sink.text.push_str("; no source place\n");
            return;
        };
        if !self.files.contains_key(&place.file) {
            let source = self.open(image, place.file);
            self.files.insert(place.file, source);
        }
        let out = &mut sink.text;
        let source = &self.files[&place.file];
        if self.last != Some(place.file) {
            out.push_str("; ");
            put_name(out, image.file_path(place.file).unwrap_or(""), place.file);
            if let Err(unread) = source {
                put!(out, " ({})", unread.words());
            }
            out.push('\n');
            self.last = Some(place.file);
        }
        put!(out, "; {:5}", place.line);
        if let Some(line) = source.as_ref().ok().and_then(|file| file.line(place.line)) {
            put!(out, " | {}", escape(line));
        }
        out.push('\n');
    }

    /// The text of a source file.
    fn open(&mut self, image: &Named<'_>, file: u32) -> Result<Source, Unread> {
        let room = MOST_SOURCE.saturating_sub(self.read);
        let debug = image.module.debug.as_ref().ok_or(Unread::NoName)?;
        let row = debug.files.get(file as usize).ok_or(Unread::NoName)?;
        if row.flags & FileRow::EMBEDDED != 0 {
            let bytes = usize::try_from(row.offset).ok().and_then(|start| {
                let length = usize::try_from(row.length.min(room)).ok()?;
                debug.sources.get(start..start.checked_add(length)?)
            });
            let source = Source::new(bytes.ok_or(Unread::Unreadable)?);
            self.read += source.text.len() as u64;
            return Ok(source);
        }
        let path = image.file_path(file).ok_or(Unread::NoName)?;
        let source = self
            .find(Path::new(path))
            .and_then(|found| read(&found, room));
        match source {
            Ok(source) => {
                self.read += source.text.len() as u64;
                Ok(source)
            }
            Err(unread) => {
                if unread == Unread::Outside {
                    self.refuse(image, path);
                }
                Err(unread)
            }
        }
    }

    /// The place of a file below the folders, without symbolic links. An absolute name must lie
    /// below one of them; another is looked for in each.
    fn find(&self, path: &Path) -> Result<PathBuf, Unread> {
        let mut unread = Unread::Missing;
        for folder in &self.folders {
            // An absolute path replaces the folder.
            let Ok(found) = folder.join(path).canonicalize() else {
                continue;
            };
            if self.folders.iter().any(|folder| found.starts_with(folder)) {
                return Ok(found);
            }
            unread = Unread::Outside;
        }
        // Whether a file exists elsewhere is nobody's business.
        match path.is_absolute() || path.components().any(|part| part.as_os_str() == "..") {
            true => Err(Unread::Outside),
            false => Err(unread),
        }
    }

    fn refuse(&mut self, image: &Named<'_>, path: &str) {
        let message = format!(
            "the source file `{path}` was not read: it lies outside of the folders for sources"
        );
        let place = Place::File(image.container.name.clone());
        let warning = Diagnostic::error(&C0031, place, message).warning();
        self.refused.push(warning.with_help(
            "source files are read below the current folder; name another with --source-dir, if you trust the module",
        ));
    }
}

/// The text of a regular file of at most `room` bytes.
fn read(path: &Path, room: u64) -> Result<Source, Unread> {
    let metadata = fs::symlink_metadata(path).map_err(|_| Unread::Unreadable)?;
    // A pipe or a device of that name is not even opened.
    if !metadata.is_file() {
        return Err(Unread::NotRegular);
    }
    if metadata.len() > room {
        return Err(Unread::Unreadable);
    }
    let mut bytes = Vec::new();
    let opened = File::open(path).map_err(|_| Unread::Unreadable)?;
    let result = opened.take(room).read_to_end(&mut bytes);
    result.map_err(|_| Unread::Unreadable)?;
    Ok(Source::new(&bytes))
}
