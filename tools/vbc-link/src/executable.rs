//! `--exe`: an executable from an object that `vbc-aot` has compiled.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use vbc_cli::{Destination, Output, Session, Stop, exit};
use vbc_core::interrupt::{Unfinished, temporary_folder};
use vbc_linker::Strip;
use vbc_native::exe::Request;

use crate::inputs::Operands;

/// The flags of executables.
#[derive(Args, Debug)]
#[command(next_help_heading = "Executables")]
pub struct Flags {
    /// Make an executable of an object of vbc-aot, and of objects and libraries of other compilers that
    /// define what the program imports
    #[arg(long)]
    pub exe: bool,

    /// The C compiler that links; cc, or the cross compiler of the target, such as aarch64-linux-gnu-gcc
    #[arg(long, value_name = "PROGRAM", requires = "exe")]
    cc: Option<OsString>,

    /// Make an executable that needs no shared libraries
    #[arg(long = "static", requires = "exe")]
    is_static: bool,

    /// Insist on a processor: x86_64, aarch64 or riscv64
    #[arg(long, value_name = "ARCH", requires = "exe")]
    target: Option<String>,

    /// The runtime library; by default libvbcrt.a as VBC_RUNTIME says, beside this program, or in
    /// ../lib/vbc/TRIPLE/ from there
    #[arg(long, value_name = "FILE", requires = "exe")]
    runtime: Option<PathBuf>,
}

impl Flags {
    /// Links an executable.
    pub fn link(
        &self,
        session: &Session,
        operands: &Operands,
        folders: &[PathBuf],
        output: Destination,
        strip: Strip,
    ) -> Result<u8, Stop> {
        if output == Destination::Stdout {
            return Err(Stop::Usage("--exe needs -o FILE".to_owned()));
        }
        let words = operands.for_cc().filter(|words| !words.is_empty());
        let words = words.ok_or_else(|| Stop::Usage("--exe links files".to_owned()))?;
        // The C compiler writes a file with a name, in a folder of ours; the output then appears as all others do.
        let mut output = Output::create(&output)?;
        let folder = temporary_folder("vbc-link")?;
        let made = Unfinished::new(folder.path().join("program"));
        vbc_native::exe::link(&Request {
            words,
            folders: folders.to_owned(),
            output: made.path().to_owned(),
            cc: self.cc.clone(),
            is_static: self.is_static,
            target: self.target.clone(),
            runtime: self.runtime.clone(),
            strip,
        })?;
        std::io::copy(&mut std::fs::File::open(made.path())?, &mut output)?;
        output.make_executable()?;
        output.finish()?;
        session.say(1, "executable linked");
        Ok(exit::YES)
    }
}
