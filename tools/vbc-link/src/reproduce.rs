//! `--reproduce`: everything that was read, and a response file, in a tar archive.

use std::borrow::Cow;
use std::io;
use std::path::{Component, Path, PathBuf};

use vbc_cli::{Destination, Operand, Output, Stop, quoted};
use vbc_core::format::{Kind, Limits, WriteOptions, kind, write as write_module};
use vbc_linker::is_archive;

use crate::Link;
use crate::inputs::Read;

/// Writes the archive. All files lie in one folder, which is named after it.
pub fn write(
    target: &Destination,
    link: &Link,
    read: &[&Read],
    limits: &Limits,
) -> Result<(), Stop> {
    let folder = match target {
        Destination::File(path) => path
            .file_stem()
            .map_or_else(|| "link".into(), |stem| stem.to_string_lossy().into_owned()),
        Destination::Stdout => "link".to_owned(),
    };
    let mut tar = tar::Builder::new(Output::create(target)?);
    let mut words = flags(link);
    let mut written = std::collections::HashSet::new();
    for read in read {
        let path = inside(&read.operand);
        words.push(path.to_string_lossy().into_owned());
        if written.insert(path.clone()) {
            let bytes = content(read, limits);
            add(&mut tar, &Path::new(&folder).join(path), &bytes)?;
        }
    }
    let mut response = String::new();
    for word in &words {
        response.push_str(&quoted(word));
        response.push('\n');
    }
    let path = Path::new(&folder).join("response.txt");
    add(&mut tar, &path, response.as_bytes())?;
    tar.into_inner()?.finish()?;
    Ok(())
}

fn add(tar: &mut tar::Builder<Output>, path: &Path, bytes: &[u8]) -> io::Result<()> {
    // The same link produces the same archive: no dates or owners.
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    header.set_mtime(0);
    tar.append_data(&mut header, path, bytes)
}

/// What stands for an operand in the archive. A text is assembled, because its debug information states how it was
/// called here; one that cannot be assembled goes as it is.
fn content<'r>(read: &'r Read, limits: &Limits) -> Cow<'r, [u8]> {
    let as_it_is = Cow::Borrowed(&**read.bytes);
    let is_text =
        !is_archive(&read.bytes) && matches!(kind(&read.name, &read.bytes), Ok(Kind::Text));
    if !is_text {
        return as_it_is;
    }
    match vbc_core::open(&read.name, read.bytes.clone(), limits) {
        Ok(module) => Cow::Owned(write_module(&module, &WriteOptions::default())),
        Err(_) => as_it_is,
    }
}

/// Where an operand lies in the archive: a path that goes only down, and begins with a name that no
/// option has.
fn inside(operand: &Operand) -> PathBuf {
    let Operand::File(path) = operand else {
        return "stdin".into();
    };
    let mut inside = PathBuf::from(match path.is_absolute() {
        true => "root",
        false => "files",
    });
    for part in path.components() {
        match part {
            Component::Normal(name) => inside.push(name),
            Component::ParentDir => inside.push("up"),
            Component::Prefix(_) | Component::RootDir | Component::CurDir => {}
        }
    }
    inside
}

/// The flags of the link that determine its result.
fn flags(link: &Link) -> Vec<String> {
    let mut words = Vec::new();
    let switches = [
        (link.archive, "--archive"),
        (link.relocatable, "--relocatable"),
        (link.export_all, "--export-all"),
        (link.allow_undefined, "--allow-undefined"),
        (link.gc_sections, "--gc-sections"),
        (link.no_gc_sections, "--no-gc-sections"),
        (link.strip_debug, "--strip-debug"),
        (link.strip_all, "--strip-all"),
        (link.zstd, "--zstd"),
    ];
    let given = switches.iter().filter(|(given, _)| *given);
    words.extend(given.map(|(_, flag)| (*flag).to_owned()));
    let entry = link.entry.iter().map(|name| format!("--entry={name}"));
    words.extend(entry);
    let exports = link.export.iter();
    words.extend(exports.map(|(symbol, name)| format!("--export={symbol}={name}")));
    let imports = link.import.iter();
    words.extend(imports.map(|(module, name)| format!("--import={module}:{name}")));
    words.extend(link.keep.iter().map(|name| format!("--keep={name}")));
    let limits = link.common.limit.iter();
    words.extend(limits.map(|(name, value)| format!("--limit={name}={value}")));
    if let Destination::File(path) = link.output.destination() {
        let name = path.file_name().map(|name| name.to_string_lossy());
        words.extend(name.map(|name| format!("--output=./{name}")));
    }
    words
}
