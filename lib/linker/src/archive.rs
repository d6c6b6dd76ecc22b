//! Archives: `ar` files with modules as members and an index of what they define.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use object::read::archive::ArchiveFile;

use vbc_core::diag::{Diagnostic, Errors, Place};
use vbc_core::format::{AlignedBytes, Header, Limits, MAGIC as MODULE_MAGIC};
use vbc_core::module::{Binding, Module, NONE, SharedBytes};
use vbc_core::verify::Verified;

use super::object::Input;
use vbc_core::diag::codes::link as codes;

/// The first bytes of an archive.
const MAGIC: &[u8] = b"!<arch>\n";

/// The first bytes of an archive that only names its members.
const THIN_MAGIC: &[u8] = b"!<thin>\n";

/// In the Darwin form members are filled up to a multiple of this many bytes, within the size that
/// their headers state.
const DARWIN_ALIGNMENT: usize = 8;

/// Bytes of the header of a member.
const HEADER: usize = 60;

/// Names of up to this length are in the header of a member.
const SHORT_NAME: usize = 15;

/// Whether a file begins like an archive.
pub fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC) || bytes.starts_with(THIN_MAGIC)
}

/// An archive that was read. Its members are opened one by one.
#[derive(Clone)]
pub struct Archive {
    name: Arc<str>,
    bytes: SharedBytes,
    members: Vec<Member>,
    /// The names that members define, in the order of the index, and which member it is. None when
    /// the archive has no index.
    index: Option<Vec<(String, usize)>>,
}

#[derive(Clone, Debug)]
struct Member {
    name: String,
    range: Range<usize>,
}

impl Archive {
    /// Reads the headers and the index of an archive. `name` is the file's name for messages.
    ///
    /// # Errors
    ///
    /// L0013 when it is not an archive or a part does not lie where it claims, L0014 when the index
    /// names members that are not there.
    pub fn read(name: &str, bytes: SharedBytes) -> Result<Archive, Errors> {
        let name: Arc<str> = Arc::from(name);
        let broken = |reason: &str| {
            let message = format!("the archive is broken: {reason}");
            Diagnostic::error(&codes::L0013, Place::File(name.clone()), message)
        };
        let content: &[u8] = (*bytes).as_ref();
        if content.starts_with(THIN_MAGIC) {
            let error = broken("it is a thin one, which only names its members");
            return Err(error.with_help("make it without `--thin`").into());
        }
        if !content.starts_with(MAGIC) {
            return Err(broken("it does not begin with `!<arch>`").into());
        }
        let file = ArchiveFile::parse(content).map_err(|error| broken(&error.to_string()))?;
        let mut members = Vec::new();
        let mut by_place = HashMap::new();
        for member in file.members() {
            let member = member.map_err(|error| broken(&error.to_string()))?;
            let (start, size) = member.file_range();
            let range = usize::try_from(start)
                .ok()
                .zip(usize::try_from(size).ok())
                .and_then(|(start, size)| Some(start..start.checked_add(size)?))
                .filter(|range| range.end <= content.len())
                .map(|range| without_padding(content, range))
                .ok_or_else(|| broken("a member reaches beyond its end"))?;
            by_place.insert(range.start, members.len());
            members.push(Member {
                name: String::from_utf8_lossy(member.name()).into_owned(),
                range,
            });
        }
        let index = read_index(&name, content, &file, &by_place)?;
        Ok(Archive {
            name,
            bytes,
            members,
            index,
        })
    }

    /// The archive's name for messages.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The number of members.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether it has no members.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The name of a member for messages, `libx.a(list.vitbc)`; empty when there is no such member.
    pub fn member_name(&self, member: usize) -> String {
        match self.members.get(member) {
            Some(found) => format!("{}({})", self.name, found.name),
            None => String::new(),
        }
    }

    /// A member's own name, `list.vitbc`, and its bytes.
    pub fn member(&self, member: usize) -> Option<(&str, &[u8])> {
        let member = self.members.get(member)?;
        let bytes = (*self.bytes).as_ref().get(member.range.clone())?;
        Some((&member.name, bytes))
    }

    /// Reads and verifies a member.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn open(&self, member: usize, limits: &Limits) -> Result<Input, Errors> {
        let name = self.member_name(member);
        let (_, bytes) = self.member(member).unwrap_or_default();
        let module: Verified = vbc_core::open(&name, Arc::new(AlignedBytes::from(bytes)), limits)?;
        Ok(Input {
            name: Arc::from(name),
            module,
        })
    }

    /// The names that members define and which member it is: from the index, or where there is
    /// none, from the members.
    ///
    /// # Errors
    ///
    /// What is wrong with a member that has to be read for it.
    pub fn definitions(&self, limits: &Limits) -> Result<Vec<(String, usize)>, Errors> {
        if let Some(index) = &self.index {
            return Ok(index.clone());
        }
        let mut names = Vec::new();
        for member in 0..self.members.len() {
            let input = self.open(member, limits)?;
            let defined = defined_names(&input.module);
            names.extend(defined.map(|(_, name)| (name.to_owned(), member)));
        }
        Ok(names)
    }

    /// The error that the index lists `symbol` for a member that does not define it.
    pub(super) fn lying_index(&self, symbol: &str, member: usize) -> Diagnostic {
        let member = self.members.get(member).map_or("", |member| &member.name);
        let message = format!("the index says that `{member}` defines `{symbol}`, but it does not");
        wrong_index(&self.name, &message)
    }
}

/// Where the module in a member ends: before the newlines by which the Darwin form fills members
/// up. What follows a module otherwise belongs to the member, and is an error when that is opened.
fn without_padding(archive: &[u8], member: Range<usize>) -> Range<usize> {
    let bytes = &archive[member.clone()];
    let length = Header::parse(bytes)
        .filter(|_| bytes.starts_with(&MODULE_MAGIC))
        .and_then(|header| usize::try_from(header.file_length).ok());
    match length {
        Some(length)
            if length.checked_next_multiple_of(DARWIN_ALIGNMENT) == Some(bytes.len())
                && bytes[length..].iter().all(|&byte| byte == b'\n') =>
        {
            member.start..member.start + length
        }
        _ => member,
    }
}

fn wrong_index(archive: &Arc<str>, message: &str) -> Diagnostic {
    Diagnostic::error(&codes::L0014, Place::File(archive.clone()), message)
        .with_help("make the archive again, with `vbc-link --archive`")
}

type Index = Vec<(String, usize)>;

/// The index, if there is one that is not empty.
fn read_index(
    name: &Arc<str>,
    content: &[u8],
    file: &ArchiveFile<'_>,
    by_place: &HashMap<usize, usize>,
) -> Result<Option<Index>, Errors> {
    let unreadable = |error: object::read::Error| {
        let message = format!("the index cannot be read: {error}");
        wrong_index(name, &message)
    };
    let Some(symbols) = file.symbols().map_err(unreadable)? else {
        return Ok(None);
    };
    let mut index = Vec::new();
    // Each name has bytes of its own in every form; where many rows name one, the index is not an honest one.
    let mut left = content.len();
    for symbol in symbols {
        let symbol = symbol.map_err(unreadable)?;
        let member = file.member(symbol.offset()).ok();
        let start = member.and_then(|member| usize::try_from(member.file_range().0).ok());
        let Some(rest) = left.checked_sub(symbol.name().len()) else {
            let message = "the names in the index are longer than the archive";
            return Err(wrong_index(name, message).into());
        };
        left = rest;
        let symbol = String::from_utf8_lossy(symbol.name()).into_owned();
        let Some(&member) = start.and_then(|start| by_place.get(&start)) else {
            let message = format!("the index names a member for `{symbol}` that is not there");
            return Err(wrong_index(name, &message).into());
        };
        index.push((symbol, member));
    }
    Ok((!index.is_empty()).then_some(index))
}

/// The names by which other inputs can refer to what a module defines: symbols that are not local
/// (false), and exports of the form `module:name`, which satisfy imports (true).
pub(super) fn defined_names(module: &Module) -> impl Iterator<Item = (bool, &str)> {
    let symbols = module.symbols.iter();
    let symbols = symbols.filter(|row| row.binding() != Binding::Local);
    let exports = module.exports.iter();
    symbols
        .map(|row| (false, module.strings.get(row.name)))
        .chain(exports.filter_map(|row| {
            let name = module.strings.get(row.name);
            name.contains(':').then_some((true, name))
        }))
}

/// The names that a module wants: undefined symbols that are not weak, and imports as `module:name`.
pub(super) fn wanted_names(module: &Module) -> impl Iterator<Item = (bool, String)> {
    let rows = module.imports.iter();
    rows.filter(|row| row.module != NONE || row.flags & vbc_core::module::ImportRow::WEAK == 0)
        .map(|row| {
            let name = module.strings.get(row.name);
            match row.module {
                NONE => (false, name.to_owned()),
                part => (true, format!("{}:{name}", module.strings.get(part))),
            }
        })
}

/// A member of an archive to be.
pub struct NewMember<'a> {
    /// Its name: no path.
    pub name: &'a str,
    /// Its bytes, a module.
    pub bytes: &'a [u8],
    /// The module that they are.
    pub module: &'a Module,
}

/// Writes an archive in GNU's form: an index, long names, members; all dates and owners are zero.
///
/// # Errors
///
/// L0011 when it would be larger than 4 GiB.
pub fn write_archive(members: &[NewMember<'_>]) -> Result<Vec<u8>, Errors> {
    let names: Vec<String> = members.iter().map(|member| clean(member.name)).collect();
    let mut long_names = Vec::new();
    let mut fields = Vec::with_capacity(members.len());
    for name in &names {
        if name.len() <= SHORT_NAME {
            fields.push(format!("{name}/"));
        } else {
            fields.push(format!("/{}", long_names.len()));
            long_names.extend_from_slice(name.as_bytes());
            long_names.extend_from_slice(b"/\n");
        }
    }
    let symbols: Vec<(&str, usize)> = members
        .iter()
        .enumerate()
        .flat_map(|(n, member)| defined_names(member.module).map(move |(_, name)| (name, n)))
        // A name with a zero byte cannot be in an index.
        .filter(|(name, _)| !name.contains('\0'))
        .collect();
    let strings: usize = symbols.iter().map(|(name, _)| name.len() + 1).sum();
    let index = 4 + 4 * symbols.len() + strings;
    let mut next = MAGIC.len() + part(index);
    if !long_names.is_empty() {
        next += part(long_names.len());
    }
    let mut places = Vec::with_capacity(members.len());
    for member in members {
        let place = u32::try_from(next).map_err(|_| too_large())?;
        places.push(place);
        next += part(member.bytes.len());
    }
    let mut out = Vec::with_capacity(next);
    out.extend_from_slice(MAGIC);
    put_header(&mut out, "/", index);
    out.extend_from_slice(&(symbols.len() as u32).to_be_bytes());
    for (_, member) in &symbols {
        out.extend_from_slice(&places[*member].to_be_bytes());
    }
    for (name, _) in &symbols {
        out.extend_from_slice(name.as_bytes());
        out.push(0);
    }
    pad(&mut out);
    if !long_names.is_empty() {
        put_header(&mut out, "//", long_names.len());
        out.extend_from_slice(&long_names);
        pad(&mut out);
    }
    for (field, member) in fields.iter().zip(members) {
        put_header(&mut out, field, member.bytes.len());
        out.extend_from_slice(member.bytes);
        pad(&mut out);
    }
    Ok(out)
}

fn too_large() -> Errors {
    let message = "the archive would be larger than 4 GiB";
    Diagnostic::error(&codes::L0011, Place::Nowhere, message).into()
}

/// A name as it can be written in an archive.
fn clean(name: &str) -> String {
    name.replace(['/', '\n', '\0'], "_")
}

/// The length of a member with its header and the byte that makes it even.
fn part(length: usize) -> usize {
    (HEADER + length).next_multiple_of(2)
}

fn put_header(out: &mut Vec<u8>, name: &str, length: usize) {
    let header = format!(
        "{name:<16}{:<12}{:<6}{:<6}{:<8}{length:<10}`\n",
        0, 0, 0, 644
    );
    out.extend_from_slice(header.as_bytes());
}

fn pad(out: &mut Vec<u8>) {
    if out.len() % 2 == 1 {
        out.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vbc_core::asm::assemble;
    use vbc_core::format::{WriteOptions, write};

    /// Whoever makes an archive decides what it looks like.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Form {
        Gnu,
        Gnu64,
        Bsd,
        /// As BSD's, members filled up to a multiple of 8 bytes.
        Darwin,
        /// With 64-bit numbers in the index.
        Darwin64,
        /// Of Windows: two indexes, names that end with a zero byte.
        Coff,
    }

    const NAMES: [&str; 2] = ["a.vitbc", "a_name_of_more_than_sixteen_bytes.vitbc"];

    fn module(name: &str) -> Vec<u8> {
        let text = format!("FUNC {name}() -> ()\n  RETURN\nEND\n");
        let module = assemble(text.as_bytes(), "test", &Default::default()).unwrap();
        write(&module, &WriteOptions::default())
    }

    /// Two modules that define `first` and `second`.
    fn modules() -> [Vec<u8>; 2] {
        ["first", "second"].map(module)
    }

    fn part_of(out: &mut Vec<u8>, name: &str, bytes: &[u8]) {
        put_header(out, name, bytes.len());
        out.extend_from_slice(bytes);
        pad(out);
    }

    /// The index of an archive, when its members begin at `places`.
    fn index(form: Form, places: [u32; 2]) -> Vec<u8> {
        let names = b"first\0second\0";
        let mut out = Vec::new();
        let mut number = |number: u32| match form {
            Form::Gnu => out.extend_from_slice(&number.to_be_bytes()),
            Form::Gnu64 => out.extend_from_slice(&u64::from(number).to_be_bytes()),
            Form::Darwin64 => out.extend_from_slice(&u64::from(number).to_le_bytes()),
            Form::Bsd | Form::Darwin | Form::Coff => {
                out.extend_from_slice(&number.to_le_bytes());
            }
        };
        let end = names.len() as u32;
        let numbers: &[u32] = match form {
            Form::Gnu | Form::Gnu64 => &[2, places[0], places[1]],
            Form::Coff => &[2, places[0], places[1], 2],
            Form::Bsd | Form::Darwin => &[16, 0, places[0], 6, places[1], end],
            Form::Darwin64 => &[32, 0, places[0], 6, places[1], end],
        };
        numbers.iter().copied().for_each(&mut number);
        if form == Form::Coff {
            out.extend_from_slice(&[1, 0, 2, 0]);
        }
        out.extend_from_slice(names);
        out
    }

    fn archive(form: Form, places: [u32; 2]) -> (Vec<u8>, [u32; 2]) {
        let mut out = MAGIC.to_vec();
        let inline = |name: &str, align: usize| {
            let mut bytes = name.as_bytes().to_vec();
            bytes.resize(bytes.len().next_multiple_of(align), 0);
            bytes
        };
        match form {
            Form::Gnu => part_of(&mut out, "/", &index(form, places)),
            Form::Gnu64 => part_of(&mut out, "/SYM64/", &index(form, places)),
            Form::Bsd => part_of(&mut out, "__.SYMDEF", &index(form, places)),
            Form::Darwin | Form::Darwin64 => {
                let name = if form == Form::Darwin {
                    "__.SYMDEF"
                } else {
                    "__.SYMDEF_64"
                };
                let name = inline(name, 4);
                let bytes = [name.clone(), index(form, places)].concat();
                part_of(&mut out, &format!("#1/{}", name.len()), &bytes);
            }
            Form::Coff => {
                part_of(&mut out, "/", &index(Form::Gnu, places));
                part_of(&mut out, "/", &index(form, places));
            }
        }
        match form {
            Form::Gnu | Form::Gnu64 => {
                part_of(&mut out, "//", format!("{}/\n", NAMES[1]).as_bytes())
            }
            Form::Coff => part_of(&mut out, "//", format!("{}\0", NAMES[1]).as_bytes()),
            Form::Bsd | Form::Darwin | Form::Darwin64 => {}
        }
        let mut places = [0; 2];
        for (at, bytes) in modules().iter().enumerate() {
            places[at] = out.len() as u32;
            match (form, at) {
                (Form::Gnu | Form::Gnu64 | Form::Coff, 0) => part_of(&mut out, "a.vitbc/", bytes),
                (Form::Gnu | Form::Gnu64 | Form::Coff, _) => part_of(&mut out, "/0", bytes),
                _ => {
                    let align = if form == Form::Bsd { 1 } else { 4 };
                    let name = inline(NAMES[at], align);
                    let mut bytes = [&name, &bytes[..]].concat();
                    if form != Form::Bsd {
                        let length = bytes.len() - name.len();
                        bytes.resize(name.len() + length.next_multiple_of(8), b'\n');
                    }
                    part_of(&mut out, &format!("#1/{}", name.len()), &bytes);
                }
            }
        }
        (out, places)
    }

    fn read(bytes: &[u8]) -> Result<Archive, Errors> {
        Archive::read("lib.a", Arc::new(AlignedBytes::from(bytes)))
    }

    #[test]
    fn archives_of_all_forms_are_read() {
        let modules = modules();
        assert!(modules.iter().any(|module| module.len() % 8 != 0));
        for form in [
            Form::Gnu,
            Form::Gnu64,
            Form::Bsd,
            Form::Darwin,
            Form::Darwin64,
            Form::Coff,
        ] {
            // Where the members are does not depend on what the index states about it.
            let (_, places) = archive(form, [0, 0]);
            let (bytes, _) = archive(form, places);
            let archive = read(&bytes).unwrap_or_else(|errors| panic!("{form:?}: {errors}"));
            assert_eq!(archive.len(), 2, "{form:?}");
            let expected = [("first".to_owned(), 0), ("second".to_owned(), 1)];
            assert_eq!(archive.index.as_deref(), Some(&expected[..]), "{form:?}");
            for (at, module) in modules.iter().enumerate() {
                assert_eq!(
                    archive.member(at),
                    Some((NAMES[at], &module[..])),
                    "{form:?}"
                );
                archive
                    .open(at, &Limits::default())
                    .unwrap_or_else(|errors| panic!("{form:?}: {errors}"));
            }
        }
    }

    #[test]
    fn what_follows_a_module_in_a_member_is_no_padding_elsewhere() {
        let module = module("first");
        let with = |more: &[u8]| {
            let mut out = MAGIC.to_vec();
            part_of(&mut out, "a/", &[&module[..], more].concat());
            let archive = read(&out).unwrap();
            archive.open(0, &Limits::default()).map(|_| ())
        };
        let missing = module.len().next_multiple_of(8) - module.len();
        with(&b"\n".repeat(missing)).unwrap();
        for more in [b"\0".repeat(missing.max(1)), b"\n".repeat(missing + 8)] {
            assert_eq!(with(&more).unwrap_err().0[0].code.id, "V0003");
        }
    }

    #[test]
    fn a_module_longer_than_everything_is_an_error_of_its_member() {
        let mut module = module("first");
        module[40..48].fill(0xff);
        let mut out = MAGIC.to_vec();
        part_of(&mut out, "a/", &module);
        let archive = read(&out).unwrap();
        let errors = archive.open(0, &Limits::default()).map(|_| ()).unwrap_err();
        assert_eq!(errors.0[0].code.id, "V0006");
    }

    #[test]
    fn an_index_does_not_name_one_long_name_often() {
        let mut index = 8_000_u32.to_le_bytes().to_vec();
        let place = (MAGIC.len() + HEADER + 4 + 8_000 + 4 + 8_000) as u32;
        for _ in 0..1_000 {
            index.extend_from_slice(&0_u32.to_le_bytes());
            index.extend_from_slice(&place.to_le_bytes());
        }
        index.extend_from_slice(&8_000_u32.to_le_bytes());
        index.extend_from_slice(&[b'x'; 7_999]);
        index.push(0);
        let mut out = MAGIC.to_vec();
        part_of(&mut out, "__.SYMDEF", &index);
        assert_eq!(out.len(), place as usize);
        part_of(&mut out, "a", &module("first"));
        let error = read(&out).map(|_| ()).unwrap_err();
        assert_eq!(error.0[0].code.id, "L0014");
    }
}
