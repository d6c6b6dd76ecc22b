//! Scripts of WASI calls, `tests/wasi/*.calls`: one call on each line with what must result from
//! it. They are turned into programs in the text form. `tests/README.md` describes the notation.

use std::fmt::Write as _;

use crate::conformance::literal::quoted as literal_bytes;

/// All functions of WASI preview 1 with their parameters: `i` stands for i32, `l` for i64. Written
/// from the specification, not from the host.
pub const FUNCTIONS: &[(&str, &str)] = &[
    ("args_get", "ii"),
    ("args_sizes_get", "ii"),
    ("environ_get", "ii"),
    ("environ_sizes_get", "ii"),
    ("clock_res_get", "ii"),
    ("clock_time_get", "ili"),
    ("fd_advise", "illi"),
    ("fd_allocate", "ill"),
    ("fd_close", "i"),
    ("fd_datasync", "i"),
    ("fd_fdstat_get", "ii"),
    ("fd_fdstat_set_flags", "ii"),
    ("fd_fdstat_set_rights", "ill"),
    ("fd_filestat_get", "ii"),
    ("fd_filestat_set_size", "il"),
    ("fd_filestat_set_times", "illi"),
    ("fd_pread", "iiili"),
    ("fd_prestat_get", "ii"),
    ("fd_prestat_dir_name", "iii"),
    ("fd_pwrite", "iiili"),
    ("fd_read", "iiii"),
    ("fd_readdir", "iiili"),
    ("fd_renumber", "ii"),
    ("fd_seek", "ilii"),
    ("fd_sync", "i"),
    ("fd_tell", "ii"),
    ("fd_write", "iiii"),
    ("path_create_directory", "iii"),
    ("path_filestat_get", "iiiii"),
    ("path_filestat_set_times", "iiiilli"),
    ("path_link", "iiiiiii"),
    ("path_open", "iiiiillii"),
    ("path_readlink", "iiiiii"),
    ("path_remove_directory", "iii"),
    ("path_rename", "iiiiii"),
    ("path_symlink", "iiiii"),
    ("path_unlink_file", "iii"),
    ("poll_oneoff", "iiii"),
    ("proc_exit", "i"),
    ("proc_raise", "i"),
    ("sched_yield", ""),
    ("random_get", "ii"),
    ("sock_accept", "iii"),
    ("sock_recv", "iiiiii"),
    ("sock_send", "iiiii"),
    ("sock_shutdown", "ii"),
];

/// The error numbers that scripts use.
const ERRNOS: &[(&str, u32)] = &[
    ("ok", 0),
    ("again", 6),
    ("badf", 8),
    ("exist", 20),
    ("fault", 21),
    ("fbig", 22),
    ("ilseq", 25),
    ("inval", 28),
    ("isdir", 31),
    ("loop", 32),
    ("nametoolong", 37),
    ("noent", 44),
    ("nospc", 51),
    ("nosys", 52),
    ("notdir", 54),
    ("notempty", 55),
    ("notsock", 57),
    ("notsup", 58),
    ("nxio", 60),
    ("perm", 63),
    ("spipe", 70),
    ("xdev", 75),
    ("notcapable", 76),
];

/// Rights by name, as numbers of bits.
const RIGHTS: &[(&str, u64)] = &[
    ("READ", 1),
    ("SEEK", 2),
    ("SET_FLAGS", 3),
    ("TELL", 5),
    ("WRITE", 6),
    ("READDIR", 14),
    ("FILESTAT", 21),
];

/// The imports of all functions.
pub fn imports() -> String {
    let mut text = String::new();
    for (name, params) in FUNCTIONS {
        let params: Vec<&str> = params.chars().map(type_name).collect();
        let result = if *name == "proc_exit" { "" } else { " -> i32" };
        let params = params.join(", ");
        let _ = writeln!(
            text,
            ".import func \"wasi_snapshot_preview1:{name}\" as {name}({params}){result}"
        );
    }
    text
}

fn type_name(letter: char) -> &'static str {
    if letter == 'i' { "i32" } else { "i64" }
}

/// What a script comes to.
pub struct Script {
    /// The program.
    pub text: String,
    /// Flags of `vbc-run`.
    pub flags: Vec<String>,
    /// Arguments of the program.
    pub args: Vec<String>,
    /// Its standard input.
    pub stdin: Vec<u8>,
    /// The exit code.
    pub exit: i32,
    /// Line numbers of the script with what the program must write for them.
    pub expected: Vec<(usize, Vec<u8>)>,
    /// Files of the folder that must hold this at the end; none for those that must not be there.
    pub files: Vec<(String, Option<Vec<u8>>)>,
}

/// Turns a script into a program.
///
/// # Errors
///
/// The line that cannot be understood.
pub fn script(source: &str) -> Result<Script, String> {
    let mut writer = Writer::default();
    for (n, line) in source.lines().enumerate() {
        let line = line.trim();
        if !line.is_empty() && !line.starts_with('#') {
            writer.line = n + 1;
            let done = writer.statement(line);
            done.map_err(|error| format!("line {}: {error}: {line}", n + 1))?;
        }
    }
    Ok(writer.finish())
}

#[derive(Default)]
struct Writer {
    line: usize,
    registers: usize,
    data: String,
    cells: Vec<String>,
    code: String,
    flags: Vec<String>,
    args: Vec<String>,
    stdin: Vec<u8>,
    exit: i32,
    expected: Vec<(usize, Vec<u8>)>,
    files: Vec<(String, Option<Vec<u8>>)>,
}

/// Splits at blanks outside quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for c in line.chars() {
        if c == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = c == '\\' && !escaped;
        match words.last_mut() {
            Some(word) if c != ' ' || quoted => word.push(c),
            Some(word) if !word.is_empty() => words.push(String::new()),
            _ => {}
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

impl Writer {
    fn statement(&mut self, line: &str) -> Result<(), String> {
        let words = words(line);
        let (first, rest) = words.split_first().ok_or("empty")?;
        match first.as_str() {
            "flags:" => self.flags.extend_from_slice(rest),
            "args:" => self.args.extend_from_slice(rest),
            "stdin:" => self.stdin = literal_bytes(rest.first().ok_or("no text")?)?,
            "exit:" => self.exit = number(rest.first().ok_or("no code")?)? as i32,
            "after:" => match rest {
                [name, text] if text == "absent" => self.files.push((name.clone(), None)),
                [name, text] => {
                    let text = literal_bytes(text)?;
                    self.files.push((name.clone(), Some(text)));
                }
                _ => return Err("a name and a text or `absent` belong here".into()),
            },
            "store8" | "store32" | "store64" => {
                let [place, value] = rest else {
                    return Err("a place and a value belong here".into());
                };
                self.store(first, place, value)?;
            }
            name => self.call(name, rest)?,
        }
        Ok(())
    }

    fn register(&mut self) -> String {
        self.registers += 1;
        format!("t{}", self.registers)
    }

    fn emit(&mut self, instruction: impl AsRef<str>) {
        let _ = writeln!(self.code, "  {}", instruction.as_ref());
    }

    fn constant(&mut self, ty: &str, value: u64) -> String {
        let register = self.register();
        let value = if ty == "i32" {
            (value as u32).to_string()
        } else {
            value.to_string()
        };
        self.emit(format!("LOAD_CONST.{ty} {register}, {value}"));
        register
    }

    /// A register with the address of a cell and an offset: `name+8`.
    fn address(&mut self, place: &str) -> Result<String, String> {
        let (name, offset) = match place.split_once('+') {
            Some((name, offset)) => (name, number(offset)?),
            None => (place, 0),
        };
        if name != "buf" && !self.cells.iter().any(|cell| cell == name) {
            self.cells.push(name.to_owned());
        }
        let register = self.register();
        self.emit(format!("DATA_ADDR {register}, cell_{name} + {offset}"));
        Ok(register)
    }

    /// A register with the address of these bytes.
    fn bytes(&mut self, bytes: &[u8]) -> String {
        let name = format!("text{}", self.registers);
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x} ")).collect();
        // One byte more, because no row is empty.
        let _ = writeln!(self.data, ".data {name} = hex \"{hex}\", i8 0");
        let register = self.register();
        self.emit(format!("DATA_ADDR {register}, {name}"));
        register
    }

    fn store(&mut self, width: &str, place: &str, value: &str) -> Result<(), String> {
        let ty = if width == "store64" { "i64" } else { "i32" };
        let value = match value.strip_prefix('&') {
            Some(place) => self.address(place)?,
            None => match value.strip_prefix('$') {
                Some(place) => self.load(ty, place)?,
                None => self.constant(ty, number(value)?),
            },
        };
        let place = self.address(place)?;
        let mnemonic = if width == "store8" {
            "STORE8.i32".to_owned()
        } else {
            format!("STORE.{ty}")
        };
        self.emit(format!("{mnemonic} [{place}], {value}"));
        Ok(())
    }

    fn load(&mut self, ty: &str, place: &str) -> Result<String, String> {
        let address = self.address(place)?;
        let register = self.register();
        self.emit(format!("LOAD.{ty} {register}, [{address}]"));
        Ok(register)
    }

    /// A list of pieces of memory, as two arguments.
    fn pieces(&mut self, pieces: &[(String, u64)]) -> Result<[String; 2], String> {
        let name = format!("list{}", self.line);
        for (n, (pointer, length)) in pieces.iter().enumerate() {
            let place = self.address(&format!("{name}+{}", n * 8))?;
            let length = self.constant("i32", *length);
            self.emit(format!("STORE.i32 [{place}], {pointer}"));
            self.emit(format!("STORE.i32 [{place} + 4], {length}"));
        }
        let count = self.constant("i32", pieces.len() as u64);
        Ok([self.address(&name)?, count])
    }

    /// The registers of one word, of which texts and buffers take two.
    fn argument(&mut self, word: &str, ty: &str) -> Result<Vec<String>, String> {
        if word.starts_with('"') {
            let bytes = literal_bytes(word)?;
            let pointer = self.bytes(&bytes);
            return Ok(vec![pointer, self.constant("i32", bytes.len() as u64)]);
        }
        if let Some(size) = word.strip_prefix("buf:") {
            let pointer = self.address("buf")?;
            return Ok(vec![pointer, self.constant("i32", number(size)?)]);
        }
        if let Some(sizes) = word.strip_prefix("in:") {
            let mut pieces = Vec::new();
            let mut at = 0;
            for size in sizes.split(',') {
                pieces.push((self.address(&format!("buf+{at}"))?, number(size)?));
                at += number(size)?;
            }
            return Ok(self.pieces(&pieces)?.into());
        }
        if let Some(texts) = word.strip_prefix("out:") {
            let mut pieces = Vec::new();
            for text in texts
                .split_inclusive("\",")
                .map(|text| text.trim_end_matches(','))
            {
                let bytes = literal_bytes(text)?;
                pieces.push((self.bytes(&bytes), bytes.len() as u64));
            }
            return Ok(self.pieces(&pieces)?.into());
        }
        if let Some(place) = word.strip_prefix('&') {
            return Ok(vec![self.address(place)?]);
        }
        if let Some(place) = word.strip_prefix('$') {
            return Ok(vec![self.load(ty, place)?]);
        }
        Ok(vec![self.constant(ty, number(word)?)])
    }

    fn call(&mut self, name: &str, words: &[String]) -> Result<(), String> {
        let row = FUNCTIONS.iter().find(|(function, _)| *function == name);
        let (_, params) = row.ok_or("no such function")?;
        let equals = words.iter().position(|word| word == "=");
        let (given, expected) = words.split_at(equals.unwrap_or(words.len()));
        let mut arguments = Vec::new();
        for word in given {
            let letter = params.chars().nth(arguments.len()).unwrap_or('i');
            let registers = self.argument(word, type_name(letter))?;
            arguments.extend(registers);
        }
        if arguments.len() != params.len() {
            return Err(format!(
                "{} arguments, not {}",
                params.len(),
                arguments.len()
            ));
        }
        let list: String = arguments.iter().map(|word| format!(", {word}")).collect();
        if name == "proc_exit" {
            self.emit(format!("CALL proc_exit{list}"));
            return Ok(());
        }
        let status = self.register();
        self.emit(format!("CALL {name}{list} -> {status}"));
        let (errno, checks) = match expected {
            [_, errno, checks @ ..] => (errno, checks),
            _ => return Err("`= ERRNO` is missing".into()),
        };
        let errno = ERRNOS.iter().find(|(name, _)| name == errno);
        let (_, errno) = errno.ok_or("no such error number")?;
        self.emit(format!("PRINT {status}"));
        self.expect(errno.to_string());
        checks.iter().try_for_each(|check| self.check(check))
    }

    fn expect(&mut self, text: impl Into<Vec<u8>>) {
        let mut text = text.into();
        text.push(b'\n');
        self.expected.push((self.line, text));
    }

    /// `place.u8=5`, `place.u16=5`, `place=5` (u32), `place.u64=5`, `place="text"`.
    fn check(&mut self, check: &str) -> Result<(), String> {
        let (place, value) = check.split_once('=').ok_or("`=` is missing")?;
        if value.starts_with('"') {
            let bytes = literal_bytes(value)?;
            let address = self.address(place)?;
            let length = self.constant("i32", bytes.len() as u64);
            self.emit(format!("CALL vbc.write_bytes, {address}, {length}"));
            self.emit("PRINT \"\"");
            self.expect(bytes);
            return Ok(());
        }
        let (place, load) = match place.split_once('.') {
            Some((place, "u8")) => (place, "LOAD8_U.i64"),
            Some((place, "u16")) => (place, "LOAD16_U.i64"),
            Some((place, "u64")) => (place, "LOAD.i64"),
            Some(_) => return Err("no such width".into()),
            None => (place, "LOAD32_U.i64"),
        };
        let address = self.address(place)?;
        let register = self.register();
        self.emit(format!("{load} {register}, [{address}]"));
        self.emit(format!("PRINT {register}"));
        self.expect((number(value)? as i64).to_string());
        Ok(())
    }

    fn finish(self) -> Script {
        let mut text = imports();
        text.push_str(".memory i32 1\n.data cell_buf align 8 size 16384\n");
        for cell in &self.cells {
            let _ = writeln!(text, ".data cell_{cell} align 8 size 256");
        }
        text.push_str(&self.data);
        text.push_str("MAIN\n");
        text.push_str(&self.code);
        text.push_str("END\n");
        Script {
            text,
            flags: self.flags,
            args: self.args,
            stdin: self.stdin,
            exit: self.exit,
            expected: self.expected,
            files: self.files,
        }
    }
}

/// A number, or rights joined by `|`.
fn number(word: &str) -> Result<u64, String> {
    if word == "ALL" {
        return Ok(u64::MAX);
    }
    let wrong = || format!("`{word}` is no number");
    if word.starts_with(|c: char| c.is_ascii_uppercase()) {
        let mut rights = 0;
        for name in word.split('|') {
            let right = RIGHTS.iter().find(|(right, _)| *right == name);
            rights |= 1 << right.ok_or_else(wrong)?.1;
        }
        return Ok(rights);
    }
    if let Some(digits) = word.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16).map_err(|_| wrong());
    }
    match word.parse::<i64>() {
        Ok(number) => Ok(number as u64),
        Err(_) => word.parse().map_err(|_| wrong()),
    }
}
