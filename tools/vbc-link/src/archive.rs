//! `--archive`: the inputs as members of an archive.

use std::io::Write;

use vbc_cli::{BinaryOutput, Session, Stop};
use vbc_core::diag::{Errors, counted};
use vbc_core::format::{WriteOptions, write as write_module};
use vbc_linker::{Input, NewMember, Source, write_archive};

use crate::inputs::base_name;

/// Writes the archive. Members of archives among the inputs become its members; texts are assembled.
pub fn write(sources: Vec<Source>, output: &BinaryOutput, session: &Session) -> Result<(), Stop> {
    let mut inputs: Vec<(String, Input)> = Vec::new();
    for source in sources {
        match source {
            Source::Module(input) => inputs.push((base_name(&input.name), *input)),
            Source::Archive(archive) => {
                for member in 0..archive.len() {
                    let name = archive.member(member).map_or("", |(name, _)| name);
                    let input = archive.open(member, session.limits())?;
                    inputs.push((name.to_owned(), input));
                }
            }
        }
    }
    let bytes: Vec<Vec<u8>> = inputs
        .iter()
        .map(|(_, input)| write_module(&input.module, &WriteOptions::default()))
        .collect();
    let members: Vec<NewMember<'_>> = inputs
        .iter()
        .zip(&bytes)
        .map(|((name, input), bytes)| NewMember {
            name,
            bytes,
            module: &input.module,
        })
        .collect();
    let archive: Result<Vec<u8>, Errors> = write_archive(&members);
    let archive = archive?;
    session.say(1, counted(members.len() as u64, "member"));
    let mut out = session.binary_output(output)?;
    out.write_all(&archive)?;
    out.finish()?;
    Ok(())
}
