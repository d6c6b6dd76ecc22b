//! `vbc-aot`: compiles a program to a native object file.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use vbc_cli::{
    Access, BinaryOutput, Common, Destination, Examples, Operand, Output, Session, Stop, Tool, exit,
};
use vbc_core::diag::codes::runtime::R0006;
use vbc_core::diag::{Diagnostic, Place as Where};
use vbc_core::module::native::not_repeatable;
use vbc_core::module::{Kind, NameSpace};
use vbc_linker::Program;
use vbc_native::aot::Compiler;
use vbc_native::codegen::{Arch, CodeFlags, Shown, Target};

/// Compiles a VITBC program to a native object file
///
/// The result is an ELF object for Linux, which vbc-link --exe makes an executable of. The program must
/// be finished: link its modules first. Functions that it exports can be called from C, and those that
/// it imports can be written in C.
#[derive(Parser)]
#[command(name = "vbc-aot")]
struct Aot {
    /// The program, .vitbc or .vitasm; - or none is standard input
    #[arg(value_name = "FILE", default_value = "-", hide_default_value = true)]
    file: Operand,

    #[command(flatten)]
    output: BinaryOutput,

    /// The processor to compile for; by default this machine's
    #[arg(long, value_name = "ARCH", value_enum)]
    target: Option<TargetArch>,

    /// Let code use more than the first processors of the kind have: native for all that this one has, or
    /// features and models such as sse41, x86-64-v3, separated by commas
    #[arg(long, value_name = "FEATURES", value_delimiter = ',')]
    cpu: Vec<String>,

    /// Add files, lines and functions for debuggers
    #[arg(short = 'g', long)]
    debug: bool,

    /// Also write a C header with the functions that the program exports and imports
    #[arg(long, value_name = "FILE")]
    header: Option<PathBuf>,

    /// Let C call every function with a global symbol, not only exported ones
    #[arg(long)]
    export_all: bool,

    /// What to write
    #[arg(
        long,
        value_name = "FORM",
        value_enum,
        default_value = "obj",
        help_heading = "Looking inside"
    )]
    emit: Emit,

    /// Print this function only
    #[arg(long, value_name = "FUNCTION", help_heading = "Looking inside")]
    only: Option<String>,

    #[command(flatten)]
    code: CodeFlags,

    /// Count fuel and look at the clock, so that VBC_FUEL and VBC_TIMEOUT can bound a run
    #[arg(long, help_heading = "Code")]
    metered: bool,

    /// Make runs the same bit for bit: clocks count, random numbers start with 0, all NaNs are the same
    #[arg(long, help_heading = "Code")]
    deterministic: bool,

    #[command(flatten)]
    common: Common,
}

/// What `--target` chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TargetArch {
    /// x86-64
    #[value(name = "x86_64")]
    X86_64,
    /// 64-bit Arm
    Aarch64,
    /// 64-bit RISC-V with the extensions of rv64gc
    Riscv64,
}

/// What `--emit` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Emit {
    /// An object file
    Obj,
    /// Machine code as text
    Asm,
    /// Cranelift's representation, as translated and as optimised
    Clif,
}

impl Tool for Aot {
    const EXAMPLES: Examples = &[
        (
            "Compile a program and make it an executable",
            "vbc-aot main.vitbc -o main.o && vbc-link --exe main.o -o main",
        ),
        (
            "Link two modules, and compile them for a debugger",
            "vbc-link main.vitbc list.vitbc | vbc-aot -g -o all.o",
        ),
        (
            "Compile functions for a C program",
            "vbc-aot add.vitbc -o add.o --header add.h",
        ),
        (
            "See the machine code of a function for another processor",
            "vbc-aot --emit asm --only main --target riscv64 main.vitbc",
        ),
    ];

    fn common(&self) -> &Common {
        &self.common
    }

    fn run(self, session: &mut Session) -> Result<u8, Stop> {
        if self.only.is_some() && self.emit == Emit::Obj {
            return Err(Stop::Usage(
                "--only needs --emit asm or --emit clif".to_owned(),
            ));
        }
        vbc_core::storage::keep_freed_memory();
        let compiler = self.compiler(session)?;
        let _progress = session.working("compiling");
        let input = session.read(&self.file, Access::Copy)?;
        let module = vbc_core::open(&input.name, input.bytes, session.limits())?;
        session.say(1, "module read and verified");
        if self.deterministic
            && let Some(warning) = not_repeatable(&module)
        {
            session.report(&warning);
        }
        let program = vbc_linker::load(&input.name, module)?;
        match self.emit {
            Emit::Obj => self.write(session, &compiler, &program),
            Emit::Asm => self.show(&compiler, &program, Shown::Assembly),
            Emit::Clif => self.show(&compiler, &program, Shown::Clif),
        }
    }
}

impl Aot {
    fn compiler(&self, session: &Session) -> Result<Compiler, Stop> {
        let arch = match self.target {
            Some(TargetArch::X86_64) => Some(Arch::X86_64),
            Some(TargetArch::Aarch64) => Some(Arch::Aarch64),
            Some(TargetArch::Riscv64) => Some(Arch::Riscv64),
            None => Arch::host(),
        };
        let arch = arch.ok_or_else(|| {
            Stop::Usage("there is no code for this machine: say --target".to_owned())
        })?;
        let target = Target {
            arch,
            cpu: self.cpu.clone(),
        };
        let mut compiler = Compiler::new(target).with_options(|options| {
            self.code.apply(options);
            options.metered = self.metered;
            options.timed = self.metered;
            options.threads = Some(session.threads());
        });
        if self.debug {
            compiler = compiler.with_debug();
        }
        if self.export_all {
            compiler = compiler.with_all_symbols();
        }
        if self.deterministic {
            compiler = compiler.deterministic();
        }
        Ok(compiler)
    }

    /// Writes the object, and the header if one is wanted.
    fn write(
        &self,
        session: &mut Session,
        compiler: &Compiler,
        program: &Program,
    ) -> Result<u8, Stop> {
        let object = compiler.compile(program)?;
        let (functions, bytes) = (object.stats.functions, object.stats.bytes);
        session.say(
            1,
            format_args!("{functions} functions compiled to {bytes} bytes of code"),
        );
        let mut output = session.binary_output(&self.output)?;
        if let Some(path) = &self.header {
            let mut header = Output::create(&Destination::File(path.clone()))?;
            header.write_all(object.header.as_bytes())?;
            header.finish()?;
        }
        output.write_all(&object.bytes)?;
        output.finish()?;
        Ok(exit::YES)
    }

    /// Prints functions.
    fn show(&self, compiler: &Compiler, program: &Program, form: Shown) -> Result<u8, Stop> {
        let module = program.module();
        let first = module.spaces().imported(Kind::Func);
        let all = first..program.support_from();
        let name = |index: u32| module.display_name(NameSpace::Func, index);
        let functions: Vec<u32> = match &self.only {
            None => all.collect(),
            Some(wanted) => {
                let found = all.clone().find(|&index| name(index) == *wanted);
                let message = || format!("there is no function `{wanted}`");
                vec![found.ok_or_else(|| Diagnostic::error(&R0006, Where::Nowhere, message()))?]
            }
        };
        let mut output = Output::create(&self.output.destination())?;
        for function in functions {
            let text = compiler.show(program, function, form)?;
            writeln!(output, "; {}\n{text}", vbc_cli::escape(&name(function)))?;
        }
        output.finish()?;
        Ok(exit::YES)
    }
}

#[global_allocator]
static ALLOCATOR: vbc_core::storage::Allocator = vbc_core::storage::Allocator;

fn main() -> ExitCode {
    vbc_cli::run::<Aot>()
}
