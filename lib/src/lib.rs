//! The library on which the VITBC tools are built.
//!
//! VITBC is a typed register bytecode kept in `.vitbc` files. Everything that
//! the command-line tools share lives here; each tool is a thin `main` over one
//! call into this crate.
//!
//! # Running a program
//!
//! [`Vm`] loads a module, binary or text, and runs it:
//!
//! ```no_run
//! let mut vm = vbc::Vm::new();
//! vm.load_file("main.vitbc")?;
//! let code = vm.run()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Host functions, limits and native code are its `with_...` methods; a compiled program without a
//! `Vm` is the module `jit`.
//!
//! # Writing a compiler
//!
//! A compiler declares functions with a [`ModuleBuilder`], writes the code of each with a
//! [`FunctionBuilder`], and gets a [`Module`], which it saves or runs. Registers have a type
//! ([`ValType`]) and are made as they are needed; labels are made before they are bound.
//!
//! ```
//! use vbc::ValType::I64;
//! use vbc::{FunctionBuilder, ModuleBuilder};
//!
//! let mut module = ModuleBuilder::new();
//!
//! // fn power(x, n) { let mut d = 1; while n != 0 { d *= x; n -= 1; } d }
//! let mut f = FunctionBuilder::new(&[I64, I64], &[I64]);
//! let (x, n) = (f.param(0), f.param(1));
//! let d = f.reg(I64);
//! let (head, done) = (f.label(), f.label());
//! f.constant(d, 1);
//! f.bind(head);
//! f.branch_if_not(n, done);
//! f.op("MUL", &[d.into(), d.into(), x.into()]);
//! f.op("SUB", &[n.into(), n.into(), 1.into()]);
//! f.jump(head);
//! f.bind(done);
//! f.ret(&[d]);
//! let power = module.function("power", f);
//! module.export(power, "power");
//!
//! let module = module.finish()?;
//! # let path = std::env::temp_dir().join(format!("power-{}.vitbc", std::process::id()));
//! module.save(&path)?;
//!
//! let mut vm = vbc::Vm::new();
//! vm.load_file(&path)?;
//! # std::fs::remove_file(&path)?;
//! let results = vm.invoke("power", &[vbc::Value::I64(3), vbc::Value::I64(5)])?;
//! assert_eq!(results, [vbc::Value::I64(243)]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What goes wrong is a [`BuildError`], which names function, instruction and operand, or
//! [`Errors`], one [`Diagnostic`] for each fault that the verifier finds. The mnemonics are in
//! `docs/instructions.md`, and `lib/examples/expressions.rs` is a compiler in two hundred lines.
//!
//! # The parts
//!
//! | module | what |
//! | --- | --- |
//! | [`module`], [`mod@format`] | modules in memory, and as files |
//! | [`text`], [`asm`] | the text form, and what it means |
//! | [`isa`] | the instructions: one table |
//! | [`verify`] | the verifier |
//! | [`link`] | the linker |
//! | [`engine`], [`interp`], `jit`, `aot`, `exe` | the engines, and what they have in common: interpreter, native code in memory, in objects, in executables |
//! | [`host`], [`runtime`] | what programs are given, and what they run on |
//! | `lift`, `wasm` | from WebAssembly, and to it |
//! | `cli`, `runner`, `dump` | what the tools share |
//! | `sandbox` | bounds of the system's for the whole process |
//!
//! Nearly all of this lies in separate crates, on which programs that need no more may depend: `vbc-core` (modules,
//! text, verifier), `vbc-linker`, `vbc-runtime` (host functions, values, what engines have in common),
//! `vbc-interpreter`, `vbc-native`, `vbc-lifter`, `vbc-lowering`, `vbc-cli`, `vbc-runner`, `vbc-inspect`,
//! `vbc-sandbox`. What is public there and not re-exported here may change with every version.
//!
//! Those without a link need a cargo feature: `jit`, `aot`, `exe`, `wasi` (the files of WASI),
//! `archives` (the linker's), `lift`, `wat`, `wasm`, `wasm-text`, `demangle`, `cli`, `sandbox`. The
//! default is none of them.

// Whoever adds an instruction, a role, a type or a kind is told every place that must know of it.
#![deny(clippy::wildcard_enum_match_arm)]

pub mod runtime;
mod vm;

#[cfg(feature = "cli")]
pub use vbc_cli as cli;
pub use vbc_core::{asm, diag, format, isa, module, open, open_with, storage, text, verify};
#[doc(hidden)]
pub use vbc_core::{descriptors, interrupt};
#[cfg(feature = "ffi")]
pub use vbc_ffi as ffi;
#[cfg(feature = "cli")]
pub use vbc_inspect as dump;
pub use vbc_interpreter as interp;
#[cfg(feature = "lift")]
pub use vbc_lifter as lift;
pub use vbc_linker as link;
#[cfg(feature = "wasm")]
pub use vbc_lowering as wasm;
#[cfg(feature = "aot")]
pub use vbc_native::aot;
#[cfg(feature = "exe")]
pub use vbc_native::exe;
#[cfg(feature = "jit")]
pub use vbc_native::{codegen, jit};
#[cfg(feature = "cli")]
pub use vbc_runner as runner;
pub use vbc_runtime::{engine, host};
#[cfg(feature = "sandbox")]
pub use vbc_sandbox as sandbox;

pub use diag::{Diagnostic, Errors};
pub use engine::RunError;
pub use isa::{FuncType, Op, Trap, ValType};
pub use module::Module;
pub use module::builder::{
    Arg, BuildError, Data, Elem, Func, FunctionBuilder, Global, Init, Label, ModuleBuilder,
    Placement, Reg, Segment, Size, Table, TypeId,
};
pub use runtime::{Managed, Pointer, Value};
pub use vm::Vm;
