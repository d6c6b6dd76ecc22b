//! The machine that code is for.

use cranelift_codegen::isa::{self, OwnedTargetIsa};
use cranelift_codegen::settings::{self, Configurable};

use super::{Optimise, Options};

/// A processor's instruction set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arch {
    /// x86-64.
    X86_64,
    /// 64-bit Arm.
    Aarch64,
    /// 64-bit RISC-V with the extensions of `rv64gc`.
    Riscv64,
}

impl Arch {
    /// All of them.
    pub const ALL: [Arch; 3] = [Arch::X86_64, Arch::Aarch64, Arch::Riscv64];

    /// The name that flags use, `x86_64`.
    pub fn name(self) -> &'static str {
        match self {
            Arch::X86_64 => "x86_64",
            Arch::Aarch64 => "aarch64",
            Arch::Riscv64 => "riscv64",
        }
    }

    /// The one that this process runs on.
    pub fn host() -> Option<Arch> {
        Arch::ALL
            .into_iter()
            .find(|arch| arch.name() == std::env::consts::ARCH)
    }

    /// The target as compilers call it.
    fn triple(self) -> &'static str {
        match self {
            Arch::X86_64 => "x86_64-unknown-linux-gnu",
            Arch::Aarch64 => "aarch64-unknown-linux-gnu",
            Arch::Riscv64 => "riscv64gc-unknown-linux-gnu",
        }
    }
}

/// What an object file is for: position-independent code for Linux.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The instruction set.
    pub arch: Arch,
    /// Features and models of processors that the code may rely on, as Cranelift names them; `native` for
    /// everything that this process's has.
    pub cpu: Vec<String>,
}

/// The code generator.
pub(super) fn isa(options: &Options, optimise: Optimise) -> Result<OwnedTargetIsa, String> {
    let mut flags = settings::builder();
    let (level, allocator) = match optimise {
        Optimise::None => ("none", "single_pass"),
        Optimise::Speed => ("speed", "backtracking"),
        Optimise::Size => ("speed_and_size", "backtracking"),
    };
    let truth = |value| if value { "true" } else { "false" };
    let object = truth(options.target.is_some());
    for (name, value) in [
        ("opt_level", level),
        ("regalloc_algorithm", allocator),
        ("enable_verifier", truth(options.verify)),
        ("preserve_frame_pointers", "true"),
        ("enable_probestack", "false"),
        ("unwind_info", object),
        ("is_pic", object),
        ("use_colocated_libcalls", object),
    ] {
        flags.set(name, value).map_err(|error| error.to_string())?;
    }
    let builder = match &options.target {
        None => cranelift_native::builder().map_err(str::to_owned)?,
        Some(target) => builder(target)?,
    };
    builder
        .finish(settings::Flags::new(flags))
        .map_err(|error| error.to_string())
}

fn builder(target: &Target) -> Result<isa::Builder, String> {
    let name = target.arch.triple();
    let triple = name
        .parse()
        .map_err(|_| format!("`{name}` is no known target"))?;
    let mut builder = isa::lookup(triple).map_err(|error| format!("{name}: {error}"))?;
    if target.arch == Arch::Riscv64 {
        for feature in [
            "has_m",
            "has_a",
            "has_f",
            "has_d",
            "has_c",
            "has_zicsr",
            "has_zifencei",
        ] {
            builder.enable(feature).map_err(|error| error.to_string())?;
        }
    }
    for feature in &target.cpu {
        if feature == "native" {
            if Arch::host() != Some(target.arch) {
                return Err("`native` is this machine's processor, which the target is not".into());
            }
            cranelift_native::infer_native_flags(&mut builder).map_err(str::to_owned)?;
        } else {
            let known = builder
                .enable(feature)
                .or_else(|_| builder.enable(&format!("has_{feature}")));
            let arch = target.arch.name();
            known.map_err(|_| format!("{arch} has no processor or feature `{feature}`"))?;
        }
    }
    Ok(builder)
}
