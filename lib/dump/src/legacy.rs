//! The framing of the two layouts called version 2.

use std::io;

use super::json::Json;
use super::sink::{Sink, put};
use vbc_cli::escape;
use vbc_core::diag::{Diagnostic, Severity};
use vbc_core::format::legacy::{COUNTED, Legacy};

/// The framing as text; `fault` is what is wrong with the file.
pub fn text(
    sink: &mut Sink<'_>,
    legacy: &Legacy,
    bytes: &[u8],
    fault: &Option<Diagnostic>,
) -> io::Result<()> {
    let out = &mut sink.text;
    put!(out, "format     VITBC version 2{}\n", legacy.description());
    put!(out, "size       {} bytes\n", bytes.len());
    match legacy {
        Legacy::Tagged { sections, .. } => {
            put!(out, "sections   {}\n", sections.len());
            for (tag, offset, size) in sections {
                let tag = String::from_utf8_lossy(tag);
                put!(
                    sink.text,
                    "  {:6} {size:10} bytes at {offset:#x}\n",
                    escape(&tag)
                );
                sink.spill()?;
            }
        }
        Legacy::Counted {
            flags,
            entry,
            counts,
            ..
        } => {
            put!(
                out,
                "flags      {flags:#x}{}\n",
                if flags & 1 != 0 { " (compressed)" } else { "" }
            );
            match entry {
                -1 => out.push_str("entry      none\n"),
                _ => put!(out, "entry      {entry}\n"),
            }
            for (count, what) in counts.iter().zip(COUNTED) {
                put!(out, "{what:10} {count}\n");
            }
        }
    }
    let out = &mut sink.text;
    match legacy.crc(bytes) {
        None => out.push_str("CRC32      none\n"),
        Some((stated, found)) if stated == found => put!(out, "CRC32      {stated:08x}, correct\n"),
        Some((stated, found)) => {
            put!(
                out,
                "CRC32      {stated:08x}, wrong: the bytes have {found:08x}\n"
            );
        }
    }
    if fault
        .as_ref()
        .is_none_or(|fault| fault.severity != Severity::Error)
    {
        out.push_str("Code of this version cannot be executed or shown; compile the source again for version 3.\n");
    }
    Ok(())
}

/// The framing as the fields of a JSON object that is open.
pub fn json(json: &mut Json, out: &mut String, legacy: &Legacy, bytes: &[u8]) {
    match legacy {
        Legacy::Tagged { sections, .. } => {
            json.key(out, "format");
            json.string(out, "vitbc-2-tagged");
            json.key(out, "sections");
            json.open(out, '[');
            for (tag, offset, size) in sections {
                json.open(out, '{');
                json.key(out, "offset");
                json.number(out, *offset);
                json.key(out, "size");
                json.number(out, *size);
                json.key(out, "tag");
                json.string(out, &String::from_utf8_lossy(tag));
                json.close(out, '}');
            }
            json.close(out, ']');
        }
        Legacy::Counted {
            flags,
            entry,
            counts,
            ..
        } => {
            json.key(out, "format");
            json.string(out, "vitbc-2-counted");
            json.key(out, "flags");
            json.number(out, (*flags).into());
            json.key(out, "entry");
            json.string(out, &entry.to_string());
            json.key(out, "counts");
            json.open(out, '{');
            for (count, what) in counts.iter().zip(COUNTED) {
                json.key(out, what);
                json.number(out, (*count).into());
            }
            json.close(out, '}');
        }
    }
    if let Some((stated, found)) = legacy.crc(bytes) {
        json.key(out, "crc");
        json.number(out, stated.into());
        json.key(out, "crc_found");
        json.number(out, found.into());
    }
}
