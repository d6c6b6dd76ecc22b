//! Compiling one thing: a function, or code that leads to or from functions.

use std::time::{Duration, Instant};

use cranelift_codegen::ir::{self, UserFuncName};
use cranelift_codegen::isa::TargetIsa;
use cranelift_codegen::print_errors::pretty_error;
use cranelift_codegen::{CodegenError, CompileError};
use cranelift_control::ControlPlane;
use cranelift_frontend::FunctionBuilderContext;

use super::artifact::Artifact;
use super::effort::{Effort, effort};
use super::frame::{self, StackCheck};
use super::translate::{self, Manner, Notes};
use super::{Plan, Shown, platform, stubs};
use crate::FRAME_AHEAD;
use vbc_core::diag::codes::runtime::{R0011, R0013};
use vbc_core::diag::{Diagnostic, Errors, Place};
use vbc_core::isa::FuncType;
use vbc_core::module::NameSpace;

/// Something to compile.
#[derive(Clone, Debug)]
pub(crate) enum Unit {
    /// A function of the program.
    Function(u32),
    /// A function that the host runs.
    Host(u32),
    /// The entry trampoline of a type.
    Entry(FuncType),
    /// An entry point for C: the function with that index.
    Export(u32),
    /// From slots to a C function: the import with that function index.
    Adapter(u32),
    /// C's `main`.
    Main,
}

/// A unit that has been compiled.
pub(crate) struct Made {
    pub(crate) unit: Unit,
    pub(crate) artifact: Artifact,
    pub(super) times: Times,
}

/// What compiling took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Times {
    /// From the bytecode to Cranelift's representation.
    pub(super) translating: Duration,
    /// From there to machine code.
    pub(super) compiling: Duration,
}

/// What a thread uses again and again.
#[derive(Default)]
pub(super) struct Scratch {
    context: Option<Box<cranelift_codegen::Context>>,
    builder: FunctionBuilderContext,
}

impl Plan<'_> {
    /// Compiles one unit.
    pub(super) fn unit(
        &self,
        unit: &Unit,
        scratch: &mut Scratch,
    ) -> Result<(Artifact, Times), Errors> {
        if self
            .deadline
            .is_some_and(|deadline| Instant::now() >= deadline)
        {
            return Err(late());
        }
        let mut times = Times::default();
        let mut artifact = self.compile_once(unit, StackCheck::Inside, scratch, &mut times)?;
        let room = match *unit {
            Unit::Function(_) | Unit::Host(_) if self.options.signals => Room::Checked,
            Unit::Function(index) | Unit::Host(index) if artifact.stack > FRAME_AHEAD => {
                // The frame is too large to be made before the stack is looked at.
                let body = self.compile_once(unit, StackCheck::Before, scratch, &mut times)?;
                let bytes = body.stack;
                let check = self.compile_check(index, bytes, scratch)?;
                assert!(check.stack <= FRAME_AHEAD, "{}", self.describe(unit));
                let joined = Artifact::behind_check(check, body, index);
                artifact = joined.ok_or_else(|| self.refused(unit, "the code is too long"))?;
                Room::Bytes(bytes)
            }
            Unit::Function(_) | Unit::Host(_) | Unit::Entry(_) => Room::Bytes(FRAME_AHEAD),
            // They run on the thread's own stack.
            Unit::Export(_) | Unit::Adapter(_) | Unit::Main => Room::Checked,
        };
        if let Room::Bytes(bytes) = room {
            // Memory beyond the stack is safe only as long as this holds.
            assert!(
                artifact.stack <= bytes,
                "{} takes {} bytes of the stack, and {bytes} are sure to be there",
                self.describe(unit),
                artifact.stack
            );
        }
        Ok((artifact, times))
    }

    /// Compiles a unit with the given check of the stack.
    fn compile_once(
        &self,
        unit: &Unit,
        check: StackCheck,
        scratch: &mut Scratch,
        times: &mut Times,
    ) -> Result<Artifact, Errors> {
        let start = Instant::now();
        let context = scratch
            .context
            .get_or_insert_with(|| Box::new(cranelift_codegen::Context::new()));
        context.clear();
        let (notes, effort) = self.translate_within(unit, check, context, &mut scratch.builder);
        let translated = start.elapsed();
        let artifact = self
            .finish(context, notes, effort)
            .map_err(|reason| self.refused(unit, &reason))?;
        times.translating += translated;
        times.compiling += start.elapsed() - translated;
        Ok(artifact)
    }

    /// Compiles the code that checks whether the stack has room for a function before it is
    /// entered.
    fn compile_check(
        &self,
        index: u32,
        bytes: u32,
        scratch: &mut Scratch,
    ) -> Result<Artifact, Errors> {
        let context = scratch
            .context
            .get_or_insert_with(|| Box::new(cranelift_codegen::Context::new()));
        context.clear();
        let ty = self.function_type(index);
        let function = &mut context.func;
        frame::check(self, index, ty, bytes, function, &mut scratch.builder);
        self.finish(context, Notes::default(), Effort::Full)
            .map_err(|reason| self.refused(&Unit::Function(index), &reason))
    }

    /// Translates a unit so that compiling it is no more than its size allows, and returns with what effort it is to be
    /// compiled.
    fn translate_within(
        &self,
        unit: &Unit,
        check: StackCheck,
        context: &mut cranelift_codegen::Context,
        builder: &mut FunctionBuilderContext,
    ) -> (Notes, Effort) {
        let mut manner = Manner {
            check,
            in_frame: self.options.registers_in_frame,
        };
        let notes = self.translate(unit, manner, &mut context.func, builder);
        let effort = effort(&context.func);
        if effort != Effort::Least || notes.in_frame {
            return (notes, effort);
        }
        context.clear();
        manner.in_frame = true;
        let notes = self.translate(unit, manner, &mut context.func, builder);
        (notes, effort)
    }

    /// The code generator that makes the effort.
    fn isa_for(&self, effort: Effort) -> &dyn TargetIsa {
        match effort {
            Effort::Full => &*self.isa,
            Effort::Little | Effort::Least => &*self.large_isa,
        }
    }

    /// From Cranelift's representation to machine code.
    fn finish(
        &self,
        context: &mut cranelift_codegen::Context,
        notes: Notes,
        effort: Effort,
    ) -> Result<Artifact, String> {
        let instructions = context.func.dfg.num_insts();
        let isa = self.isa_for(effort);
        context
            .compile(isa, &mut ControlPlane::default())
            .map_err(reason)?;
        let compiled = context.take_compiled_code();
        let compiled = compiled.ok_or("no code")?;
        let artifact = Artifact::new(&context.func, &compiled, notes, instructions, isa);
        let mut artifact = artifact.map_err(|_| "unknown symbol")?;
        artifact.effort = effort;
        if self.options.target.is_some() {
            let unwind = compiled.create_unwind_info(&*self.isa);
            let unwind = unwind.map_err(|error| error.to_string())?;
            artifact.unwind = unwind.into_iter().map(|info| (0, info)).collect();
        }
        Ok(artifact)
    }

    /// Shows function `function`.
    ///
    /// # Errors
    ///
    /// R0011 when Cranelift refuses it.
    pub(crate) fn show(&self, function: u32, shown: Shown) -> Result<String, Errors> {
        let mut context = cranelift_codegen::Context::new();
        let unit = match self.hosted.get(function as usize) {
            Some(true) => Unit::Host(function),
            _ => Unit::Function(function),
        };
        let mut builder = FunctionBuilderContext::new();
        let check = StackCheck::Inside;
        let (notes, effort) = self.translate_within(&unit, check, &mut context, &mut builder);
        context.set_disasm(shown == Shown::Assembly);
        let before = context.func.display().to_string();
        let instructions = context.func.dfg.num_insts();
        let isa = self.isa_for(effort);
        context
            .compile(isa, &mut ControlPlane::default())
            .map_err(|error| cannot_compile(&reason(error)))?;
        let compiled = context.take_compiled_code();
        Ok(match (shown, compiled) {
            (Shown::Assembly, Some(compiled)) => {
                let artifact = Artifact::new(&context.func, &compiled, notes, instructions, isa);
                let head = artifact.map_or_else(|_| String::new(), |artifact| artifact.to_string());
                format!("; {head}\n{}", compiled.vcode.unwrap_or_default())
            }
            _ => format!("{before}\n; optimised\n{}", context.func.display()),
        })
    }

    fn translate(
        &self,
        unit: &Unit,
        manner: Manner,
        function: &mut ir::Function,
        builder: &mut FunctionBuilderContext,
    ) -> Notes {
        match unit {
            Unit::Function(index) => {
                function.name = UserFuncName::user(0, *index);
                return translate::translate(self, *index, manner, function, builder);
            }
            Unit::Host(index) => {
                function.name = UserFuncName::user(0, *index);
                let ty = self.function_type(*index);
                stubs::host(self, *index, ty, manner.check, function, builder);
            }
            Unit::Entry(ty) => stubs::entry(self, ty, function, builder),
            Unit::Export(index) => {
                platform::export(self, *index, self.function_type(*index), function, builder);
            }
            Unit::Adapter(index) => {
                platform::adapter(self, *index, self.function_type(*index), function, builder);
            }
            Unit::Main => platform::main(self, function, builder),
        }
        Notes::default()
    }

    /// What a unit is called in messages.
    fn describe(&self, unit: &Unit) -> String {
        match unit {
            Unit::Function(index)
            | Unit::Host(index)
            | Unit::Export(index)
            | Unit::Adapter(index) => {
                let name = self.program.module().display_name(NameSpace::Func, *index);
                format!("function `{name}`")
            }
            Unit::Entry(ty) => format!("entry of type {ty}"),
            Unit::Main => "`main`".into(),
        }
    }

    fn refused(&self, unit: &Unit, reason: &str) -> Errors {
        cannot_compile(&format!("{}: {reason}", self.describe(unit)))
    }
}

/// What is known of the stack when code begins to use it.
enum Room {
    /// Cranelift compares the frame that it makes with the limit, or the stack is not the program's.
    Checked,
    /// This many bytes are there.
    Bytes(u32),
}

/// Why Cranelift refused a function. What its verifier finds is our mistake, and shown whole.
#[expect(clippy::wildcard_enum_match_arm, reason = "Cranelift words the others")]
fn reason(error: CompileError<'_>) -> String {
    match error.inner {
        CodegenError::Verifier(_) => pretty_error(error.func, error.inner),
        other => other.to_string(),
    }
}

fn late() -> Errors {
    let message = "the time was up before the program had been compiled";
    Diagnostic::error(&R0013, Place::Nowhere, message).into()
}

pub(super) fn cannot_compile(reason: &str) -> Errors {
    let message = format!("cannot compile to native code: {reason}");
    Diagnostic::error(&R0011, Place::Nowhere, message).into()
}
