//! `vbc-bind`: declarations of native functions, from C headers.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use vbc_bindings::{Compiler, Pattern, Request, bind, is_constant, is_type};
use vbc_cli::{Common, Examples, Session, Stop, TextOutput, Tool, exit};
use vbc_core::diag::counted;
use vbc_core::module::native::library_fault;

/// Writes declarations of native functions (.vitasm) from C headers
///
/// A C compiler says what the headers mean, by the debug information that it writes. The result is a text to put before
/// a program's own. What has no counterpart in VITBC is left out, with a comment that says why.
#[derive(Parser)]
#[command(name = "vbc-bind")]
struct Bind {
    /// C header, as in #include: a file here, or one that the compiler finds
    #[arg(value_name = "HEADER", required_unless_present_any = ["explain", "limits", "generate"])]
    header: Option<PathBuf>,

    /// Functions: NAME, 'NAME*' for all that match, NAME=FUNCTION to call one otherwise, or with types for parameters
    /// and result: 'compress(_,_,buf[#3])', 'printf(...,i32,f64)', where _ is what the header says
    #[arg(value_name = "FUNCTION", value_parser = Pattern::parse)]
    functions: Vec<Pattern>,

    /// The library that has the functions, as the dynamic linker knows it: libz.so.1
    #[arg(long, value_name = "NAME", value_parser = library)]
    lib: Option<String>,

    /// Take all functions that the header itself declares
    #[arg(long)]
    all: bool,

    /// Take all functions that an included header declares, by the end of its path: bits/mathcalls.h; may be repeated
    #[arg(long, value_name = "HEADER")]
    from: Vec<String>,

    /// Take a constant, a macro or an enumerator, or all that match 'Z_*'; may be repeated
    #[arg(long = "const", value_name = "NAME", value_parser = constant)]
    constants: Vec<String>,

    /// Take all enumerators of an enum; may be repeated
    #[arg(long = "enum", value_name = "NAME", value_parser = type_name)]
    enums: Vec<String>,

    /// Take the size of a struct or a union, and the offsets of its fields; may be repeated
    #[arg(long = "struct", value_name = "NAME", value_parser = type_name)]
    structs: Vec<String>,

    /// Take parameters that point to a type for ptr, which the program does not look into; may be repeated
    #[arg(long, value_name = "TYPE", value_parser = type_name)]
    ptr: Vec<String>,

    /// Take parameters that point to a type for buf, memory of the program; may be repeated
    #[arg(long, value_name = "TYPE", value_parser = type_name)]
    buf: Vec<String>,

    /// Have a function return errno, too, or all that match; may be repeated
    #[arg(long, value_name = "FUNCTION", value_parser = constant)]
    errno: Vec<String>,

    /// Have a function called on a thread of its own, as it may wait, or all that match; may be repeated
    #[arg(long, value_name = "FUNCTION", value_parser = constant)]
    blocking: Vec<String>,

    /// Put something before every name in the text
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    prefix: String,

    #[command(flatten)]
    output: TextOutput,

    #[command(flatten)]
    compiler: CompilerFlags,

    #[command(flatten)]
    common: Common,
}

/// How the compiler is called.
#[derive(clap::Args)]
#[command(next_help_heading = "The C compiler")]
struct CompilerFlags {
    /// The C compiler; by default what the variable CC says, or cc
    #[arg(long, value_name = "PROGRAM")]
    cc: Option<OsString>,

    /// Include another header first; may be repeated
    #[arg(long, value_name = "HEADER")]
    include: Vec<PathBuf>,

    /// Look for headers in a folder; may be repeated
    #[arg(short = 'I', value_name = "DIR")]
    include_path: Vec<OsString>,

    /// Define a macro; may be repeated
    #[arg(short = 'D', value_name = "NAME[=VALUE]")]
    define: Vec<OsString>,

    /// Give the compiler a flag, such as -std=c99; may be repeated
    #[arg(long, value_name = "FLAG", allow_hyphen_values = true)]
    cflag: Vec<OsString>,
}

impl CompilerFlags {
    fn compiler(&self) -> Compiler {
        let command = match &self.cc {
            Some(program) => vec![program.clone()],
            None => vbc_bindings::words(&std::env::var_os("CC").unwrap_or_default()),
        };
        let mut flags = self.cflag.clone();
        for (flag, values) in [("-I", &self.include_path), ("-D", &self.define)] {
            for value in values {
                let mut word = OsString::from(flag);
                word.push(value);
                flags.push(word);
            }
        }
        Compiler { command, flags }
    }
}

/// Reads the value of `--lib`.
fn library(word: &str) -> Result<String, String> {
    match library_fault(word) {
        None => Ok(word.to_owned()),
        Some(fault) => Err(format!(
            "{fault}; it is the one that the dynamic linker knows, such as libz.so.1"
        )),
    }
}

/// Reads the value of a flag that takes the name of a constant or a function, or a pattern.
fn constant(word: &str) -> Result<String, String> {
    match is_constant(word) {
        true => Ok(word.to_owned()),
        false => Err("not a name of C's, or a pattern of such names".to_owned()),
    }
}

/// Reads the value of a flag that takes a type.
fn type_name(word: &str) -> Result<String, String> {
    match is_type(word) {
        true => Ok(word.to_owned()),
        false => Err("not a type's name in C".to_owned()),
    }
}

impl Tool for Bind {
    const EXAMPLES: Examples = &[
        (
            "Declare two functions of zlib, for a program that is assembled with them",
            "vbc-bind zlib.h --lib libz.so.1 compress uncompress > zlib.vitasm\n      cat zlib.vitasm main.vitasm | vbc-as -o main.vitbc",
        ),
        (
            "Say what is passed to a variadic function",
            "vbc-bind stdio.h --lib libc.so.6 'printf(...,i32,f64)'",
        ),
        (
            "Take everything, with constants",
            "vbc-bind sqlite3.h --lib libsqlite3.so.0 --all --const 'SQLITE_*'",
        ),
        (
            "See where the fields of a struct are on another processor",
            "vbc-bind time.h --struct tm --cc aarch64-linux-gnu-gcc",
        ),
    ];

    const EXIT_CODES: &'static [exit::Row] = exit::PARTIAL;

    fn common(&self) -> &Common {
        &self.common
    }

    fn run(self, session: &mut Session) -> Result<u8, Stop> {
        let request = self.request()?;
        let progress = session.working("asking the C compiler");
        let bindings = bind(&request)?;
        drop(progress);
        for warning in &bindings.left_out {
            session.report(warning);
        }
        session.say(
            1,
            format_args!(
                "{}, {}; the C compiler was started {}",
                counted(bindings.functions as u64, "function"),
                counted(bindings.constants as u64, "constant"),
                counted(bindings.runs as u64, "time"),
            ),
        );
        let mut output = session.text_output(&self.output)?;
        output.write_all(bindings.text.as_bytes())?;
        output.finish()?;
        Ok(match bindings.left_out.is_empty() {
            true => exit::YES,
            false => exit::PARTLY,
        })
    }
}

impl Bind {
    /// The request, if the flags are one.
    fn request(&self) -> Result<Request, Stop> {
        let usage = |message: &str| Err(Stop::Usage(message.to_owned()));
        let header = self.header.clone().unwrap_or_default();
        if header.as_os_str() == "-" {
            return usage("a header is read by the C compiler, not from standard input");
        }
        let functions = !self.functions.is_empty() || self.all || !self.from.is_empty();
        let others = [&self.constants, &self.enums, &self.structs];
        if !functions && others.iter().all(|names| names.is_empty()) {
            return usage(
                "nothing is asked for: name functions, or use --all, --const, --enum or --struct",
            );
        }
        if functions && self.lib.is_none() {
            return usage("--lib has to name the library that has the functions");
        }
        if let Some(both) = self.ptr.iter().find(|name| self.buf.contains(name)) {
            return usage(&format!("--ptr and --buf both name `{both}`"));
        }
        Ok(Request {
            header,
            includes: self.compiler.include.clone(),
            compiler: self.compiler.compiler(),
            library: self.lib.clone().unwrap_or_default(),
            functions: self.functions.clone(),
            all: self.all,
            from: self.from.clone(),
            constants: self.constants.clone(),
            enums: self.enums.clone(),
            structs: self.structs.clone(),
            ptr: self.ptr.clone(),
            buf: self.buf.clone(),
            errno: self.errno.clone(),
            blocking: self.blocking.clone(),
            prefix: self.prefix.clone(),
        })
    }
}

#[global_allocator]
static ALLOCATOR: vbc_core::storage::Allocator = vbc_core::storage::Allocator;

fn main() -> ExitCode {
    vbc_cli::run::<Bind>()
}
