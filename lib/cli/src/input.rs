//! Reading operands: files, standard input, zstd-compressed files.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, IsTerminal, Read};
use std::path::PathBuf;
use std::sync::Arc;

use super::bytes::{Bytes, ReadError};
use super::descriptors;
use vbc_core::diag::codes::cli::{C0001, C0002, C0003, C0004, C0006, C0007, C0008};
use vbc_core::diag::{Diagnostic, Errors, Place, system_reason};
use vbc_core::format::Limits;
use vbc_core::module::huge_pages::zeroed_words;
use vbc_core::storage;

/// Output of a zstd-compressed input that is always accepted, in bytes; beyond it the limit
/// `expansion` counts.
const ZSTD_FREE: u64 = 64 << 20;
/// Largest window of zstd that is accepted, as a power of two of bytes.
const ZSTD_WINDOW_LOG: u32 = 27;

const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// One input operand of a command line.
///
/// `-` is standard input; every other word, `./-` too, names a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operand {
    /// Standard input.
    Stdin,
    /// A file.
    File(PathBuf),
}

impl From<OsString> for Operand {
    fn from(word: OsString) -> Self {
        if word == "-" {
            Operand::Stdin
        } else {
            Operand::File(word.into())
        }
    }
}

impl Operand {
    /// The operands of a tool, where none means standard input.
    pub fn or_stdin(operands: &[Operand]) -> &[Operand] {
        if operands.is_empty() {
            &[Operand::Stdin]
        } else {
            operands
        }
    }

    /// What the operand is called in messages.
    pub fn name(&self) -> Arc<str> {
        match self {
            Operand::Stdin => "<stdin>".into(),
            Operand::File(path) => path.to_string_lossy().into(),
        }
    }
}

/// An input with its name.
#[derive(Debug)]
pub struct Input {
    /// How messages call it: the operand as given, `<stdin>` for standard input.
    pub name: Arc<str>,
    /// The contents, decompressed if the file was a `.zst`.
    pub bytes: Arc<Bytes>,
}

/// How an operand is brought into memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A private copy, which nobody can change any more. Whatever is executed is read like this.
    Copy,
    /// A view of the file where possible, for tools that only look.
    View,
}

/// Reads an operand whole.
///
/// The limits `file_bytes` (of the file and of what it decompresses to) and `expansion` are
/// checked before anything is allocated for it.
///
/// # Errors
///
/// One of the codes `C0001` to `C0008`.
pub fn read(operand: &Operand, access: Access, limits: &Limits) -> Result<Input, Errors> {
    let opened = Opened::new(operand, limits)?;
    if access == Access::View && *operand != Operand::Stdin && opened.length > Some(0) {
        let bytes = Bytes::map(&opened.file).map_err(|error| unreadable(&opened.name, &error))?;
        return Input::new(opened.name, bytes, limits);
    }
    opened.read(limits)
}

/// Reads several operands, each to a private copy. They share a buffer, because the system provides a large one much
/// faster than many small ones.
pub fn read_together(operands: &[Operand], limits: &Limits) -> Vec<Result<Input, Errors>> {
    let opened: Vec<Result<Opened, Errors>> = operands
        .iter()
        .map(|operand| Opened::new(operand, limits))
        .collect();
    let words = |one: &Result<Opened, Errors>| match one {
        Ok(opened) => (opened.length.unwrap_or(0) as usize).div_ceil(8),
        Err(_) => 0,
    };
    let mut buffer = zeroed_words(opened.iter().map(words).sum());
    let mut rest = &mut buffer[..];
    let mut filled = Vec::with_capacity(opened.len());
    let mut start = 0;
    for one in opened {
        let words = words(&one);
        let (part, behind) = rest.split_at_mut(words);
        rest = behind;
        filled.push(one.map(|opened| {
            let length = opened.fill(bytemuck::cast_slice_mut(part));
            (opened, start, length)
        }));
        start += words;
    }
    let buffer = Arc::new(buffer);
    let filled = operands.iter().zip(filled);
    filled
        .map(|(operand, one)| match one? {
            (opened, start, Some(length)) => {
                let bytes = Bytes::part(&buffer, start, length);
                Input::new(opened.name, bytes, limits)
            }
            (opened, ..) if opened.length.is_none() => opened.read(limits),
            // It has another length than it had a moment ago, or cannot be read.
            _ => read(operand, Access::Copy, limits),
        })
        .collect()
}

impl Input {
    fn new(name: Arc<str>, bytes: Bytes, limits: &Limits) -> Result<Input, Errors> {
        let bytes = match bytes.starts_with(&ZSTD_MAGIC) {
            true => decompress(&bytes, &name, limits)?,
            false => bytes,
        };
        Ok(Input {
            name,
            bytes: Arc::new(bytes),
        })
    }
}

/// An operand that can be read.
struct Opened {
    name: Arc<str>,
    file: File,
    /// Of a regular file.
    length: Option<u64>,
}

impl Opened {
    fn new(operand: &Operand, limits: &Limits) -> Result<Opened, Errors> {
        let name = operand.name();
        let fault = |error: &io::Error| unreadable(&name, error);
        let file = match operand {
            // The descriptor is duplicated to get rid of the standard library's buffer.
            Operand::Stdin => {
                descriptors::duplicate(libc::STDIN_FILENO).map_err(|error| fault(&error))?
            }
            Operand::File(path) => File::open(path).map_err(|e| fault(&e))?,
        };
        let metadata = file.metadata().map_err(|e| fault(&e))?;
        if metadata.is_dir() {
            return Err(folder(&name).into());
        }
        let regular = metadata.is_file();
        if !regular && file.is_terminal() {
            return Err(terminal(&name).into());
        }
        if regular && metadata.len() > limits.file_bytes {
            return Err(too_large(&name, limits.file_bytes).into());
        }
        let length = regular.then_some(metadata.len());
        Ok(Opened { name, file, length })
    }

    /// Reads what is to be read to its end.
    fn read(self, limits: &Limits) -> Result<Input, Errors> {
        let expected = self.length.unwrap_or(0) as usize;
        let bytes = Bytes::read(&self.file, expected, limits.file_bytes);
        let bytes = bytes.map_err(|error| match error {
            ReadError::Io(error) => unreadable(&self.name, &error),
            ReadError::TooLarge => too_large(&self.name, limits.file_bytes),
        })?;
        Input::new(self.name, bytes, limits)
    }

    /// Reads a regular file whole, if it has the length that it had.
    fn fill(&self, part: &mut [u8]) -> Option<usize> {
        let length = self.length? as usize;
        (&self.file).read_exact(part.get_mut(..length)?).ok()?;
        // One more byte would be one too many.
        let more = (&self.file).read(&mut [0]).ok()?;
        (more == 0).then_some(length)
    }
}

/// Decompresses a whole `.zst` file, in memory bounded by its own size.
fn decompress(compressed: &[u8], name: &Arc<str>, limits: &Limits) -> Result<Bytes, Errors> {
    let limit = limits.file_bytes;
    let place = || Place::File(name.clone());
    let broken = |error: io::Error| {
        let reason = system_reason(&error);
        // The decoder's storage is C's, and this is all that it tells.
        if reason.contains("not enough memory") {
            storage::exhausted();
        }
        let message = format!("the zstd data is broken: {reason}");
        Diagnostic::error(&C0007, place(), message)
    };
    let by_ratio = ZSTD_FREE.max((compressed.len() as u64).saturating_mul(limits.expansion));
    let mut decoder = zstd::stream::read::Decoder::with_buffer(compressed).map_err(broken)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(broken)?;
    let bytes = Bytes::read(decoder, 0, limit.min(by_ratio)).map_err(|error| match error {
        ReadError::Io(error) => broken(error),
        ReadError::TooLarge if by_ratio < limit => Diagnostic::error(
            &C0008,
            place(),
            format!(
                "the zstd data expands beyond {} times its size ({} bytes)",
                limits.expansion,
                compressed.len()
            ),
        ),
        ReadError::TooLarge => too_large(name, limit),
    })?;
    Ok(bytes)
}

/// Why a file cannot be opened or read: `C0001`, `C0002`, `C0003`.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "for other reasons the system's words are shown"
)]
pub fn unreadable(name: &Arc<str>, error: &io::Error) -> Diagnostic {
    let place = Place::File(name.clone());
    match error.kind() {
        io::ErrorKind::OutOfMemory => storage::exhausted(),
        io::ErrorKind::NotFound => Diagnostic::error(&C0001, place, "no such file"),
        io::ErrorKind::IsADirectory => folder(name),
        _ => Diagnostic::error(
            &C0002,
            place,
            format!("cannot read the file: {}", system_reason(error)),
        ),
    }
}

fn folder(name: &Arc<str>) -> Diagnostic {
    Diagnostic::error(
        &C0003,
        Place::File(name.clone()),
        "this is a folder, not a file",
    )
}

fn terminal(name: &Arc<str>) -> Diagnostic {
    Diagnostic::error(
        &C0004,
        Place::File(name.clone()),
        "the input would be read from the terminal",
    )
    .with_help("name a file, or connect a pipe; --help shows examples")
}

fn too_large(name: &Arc<str>, limit: u64) -> Diagnostic {
    Diagnostic::error(
        &C0006,
        Place::File(name.clone()),
        format!("the input is larger than {limit} bytes"),
    )
}

/// All files below the folders among `operands` whose names end in one of
/// `extensions` (without the dot), in the order of their names; other operands
/// stay as they are. For tools that recurse.
///
/// Symbolic links to folders are not followed.
///
/// # Errors
///
/// `C0002` for each folder that cannot be read; the rest is found all the same.
pub fn expand_folders(
    operands: &[Operand],
    extensions: &[&str],
) -> (Vec<Operand>, Vec<Diagnostic>) {
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for operand in operands {
        let Operand::File(path) = operand else {
            found.push(operand.clone());
            continue;
        };
        if !path.is_dir() {
            found.push(operand.clone());
            continue;
        }
        // A stack of our own: the depth of the folders is not ours to choose.
        let mut pending = vec![path.clone()];
        while let Some(path) = pending.pop() {
            let is_root = matches!(operand, Operand::File(root) if *root == path);
            if !is_root && !path.symlink_metadata().is_ok_and(|m| m.is_dir()) {
                found.push(Operand::File(path));
                continue;
            }
            match entries(&path, extensions) {
                // Reversed, so that the stack gives them back in order.
                Ok(paths) => pending.extend(paths.into_iter().rev()),
                Err(error) => errors.push(unreadable(&path.to_string_lossy().into(), &error)),
            }
        }
    }
    (found, errors)
}

/// The folders and the files with one of the extensions in a folder, by name.
fn entries(folder: &PathBuf, extensions: &[&str]) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let wanted = path
            .extension()
            .is_some_and(|e| extensions.iter().any(|wanted| e == *wanted));
        if entry.file_type()?.is_dir() || (wanted && path.is_file()) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn file(bytes: &[u8]) -> (tempfile::NamedTempFile, Operand) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let operand = Operand::File(file.path().to_owned());
        (file, operand)
    }

    fn limits(file_bytes: u64) -> Limits {
        Limits {
            file_bytes,
            ..Limits::default()
        }
    }

    fn code(operand: &Operand, limit: u64) -> &'static str {
        read(operand, Access::Copy, &limits(limit)).unwrap_err().0[0]
            .code
            .id
    }

    #[test]
    fn a_dash_is_standard_input_and_dot_slash_dash_a_file() {
        assert_eq!(Operand::from(OsString::from("-")), Operand::Stdin);
        assert_eq!(
            Operand::from(OsString::from("./-")),
            Operand::File("./-".into())
        );
        assert_eq!(Operand::or_stdin(&[]), [Operand::Stdin]);
    }

    #[test]
    fn copies_and_views_give_the_same_bytes() {
        for length in [0, 1, 8, 100_001] {
            let contents: Vec<u8> = (0..length).map(|i| i as u8).collect();
            let (_keep, operand) = file(&contents);
            for access in [Access::Copy, Access::View] {
                let input = read(&operand, access, &Limits::default()).unwrap();
                assert_eq!(input.bytes.as_bytes(), contents);
                assert_eq!(input.bytes.as_ptr() as usize % 8, 0);
                assert_eq!(
                    input.bytes.is_mapped(),
                    access == Access::View && length > 0
                );
            }
        }
    }

    #[test]
    fn faults_have_codes() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(
            code(&Operand::File(folder.path().join("missing")), 10),
            "C0001"
        );
        assert_eq!(code(&Operand::File(folder.path().to_owned()), 10), "C0003");
        let (_keep, operand) = file(&[0; 11]);
        assert_eq!(code(&operand, 10), "C0006");
        assert!(read(&operand, Access::Copy, &limits(11)).is_ok());
    }

    #[test]
    fn endless_devices_stop_at_the_limit() {
        assert_eq!(code(&Operand::File("/dev/zero".into()), 1 << 20), "C0006");
    }

    #[test]
    fn zstd_files_are_decompressed() {
        let contents: Vec<u8> = (0..100_000u32).map(|i| (i / 7) as u8).collect();
        let mut packed = zstd::encode_all(contents.as_slice(), 3).unwrap();
        let (_keep, operand) = file(&packed);
        for access in [Access::Copy, Access::View] {
            assert_eq!(
                read(&operand, access, &Limits::default())
                    .unwrap()
                    .bytes
                    .as_bytes(),
                contents
            );
        }
        assert_eq!(code(&operand, 99_999), "C0006");

        packed.extend(zstd::encode_all(&b"second frame"[..], 3).unwrap());
        let (_keep, operand) = file(&packed);
        assert_eq!(
            read(&operand, Access::Copy, &Limits::default())
                .unwrap()
                .bytes
                .len(),
            100_012
        );

        let (_keep, operand) = file(&packed[..packed.len() - 1]);
        assert_eq!(code(&operand, 1 << 32), "C0007");
        packed.push(b'x');
        let (_keep, operand) = file(&packed);
        assert_eq!(code(&operand, 1 << 32), "C0007");
    }

    #[test]
    fn zstd_bombs_are_refused() {
        let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
        io::copy(&mut io::Read::take(io::repeat(0), 300 << 20), &mut encoder).unwrap();
        let bomb = encoder.finish().unwrap();
        assert!(bomb.len() < 100_000);
        let (_keep, operand) = file(&bomb);
        assert_eq!(code(&operand, 1 << 32), "C0008");
        assert_eq!(code(&operand, 1 << 20), "C0006");
    }

    #[test]
    fn folders_are_expanded_in_order() {
        let root = tempfile::tempdir().unwrap();
        for name in ["b.vitbc", "a/z.vitbc", "a/a.vitasm", "c.txt"] {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        std::os::unix::fs::symlink(root.path(), root.path().join("a/loop")).unwrap();
        let operands = [
            Operand::Stdin,
            Operand::File(root.path().to_owned()),
            Operand::File("c.txt".into()),
        ];
        let (found, errors) = expand_folders(&operands, &["vitbc", "vitasm"]);
        let names: Vec<String> = found
            .iter()
            .map(|operand| operand.name().replace(root.path().to_str().unwrap(), ""))
            .collect();
        assert_eq!(
            names,
            ["<stdin>", "/a/a.vitasm", "/a/z.vitbc", "/b.vitbc", "c.txt"]
        );
        assert_eq!(errors, []);
    }
}
