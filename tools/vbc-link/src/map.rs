//! `--map` and `--map-json`.

use std::fmt::Write as _;
use std::io::Write as _;

use serde::Serialize;
use vbc_cli::{Destination, Output, Stop, escape};
use vbc_linker::{Linked, Taken};

/// The map as JSON. `docs/schema/vbc-link-map-1.schema.json` describes it.
#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    inputs: Vec<InputRecord<'a>>,
    imports: Vec<ImportRecord<'a>>,
    definitions: Vec<DefinitionRecord<'a>>,
    left_out: Vec<NamedRecord<'a>>,
    merged_literals: usize,
}

#[derive(Serialize)]
struct InputRecord<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    taken_for: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    taken_by: Option<&'a str>,
}

#[derive(Serialize)]
struct ImportRecord<'a> {
    kind: &'a str,
    index: u32,
    name: &'a str,
    input: &'a str,
}

#[derive(Serialize)]
struct DefinitionRecord<'a> {
    kind: &'a str,
    index: u32,
    name: &'a str,
    input: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    align: Option<u32>,
}

#[derive(Serialize)]
struct NamedRecord<'a> {
    kind: &'a str,
    name: &'a str,
    input: &'a str,
}

/// Writes the map as JSON.
pub fn write_json(target: &Destination, linked: &Linked, taken: &[Taken]) -> Result<(), Stop> {
    let map = linked.map.as_ref();
    let inputs = map.into_iter().flat_map(|map| &map.inputs);
    let imports = map.into_iter().flat_map(|map| &map.imports);
    let rows = map.into_iter().flat_map(|map| &map.rows);
    let document = Document {
        schema: "vbc-link-map/1",
        inputs: inputs
            .map(|input| {
                let taken = taken.iter().find(|taken| taken.member == *input);
                InputRecord {
                    name: input,
                    taken_for: taken.map(|taken| &*taken.symbol),
                    taken_by: taken.and_then(|taken| taken.by.as_deref()),
                }
            })
            .collect(),
        imports: imports
            .map(|import| ImportRecord {
                kind: import.kind,
                index: import.index,
                name: &import.name,
                input: &import.input,
            })
            .collect(),
        definitions: rows
            .map(|row| DefinitionRecord {
                kind: row.what.kind,
                index: row.index,
                name: &row.what.name,
                input: &row.what.input,
                size: row.size,
                align: row.align,
            })
            .collect(),
        left_out: linked
            .left_out
            .iter()
            .map(|what| NamedRecord {
                kind: what.kind,
                name: &what.name,
                input: &what.input,
            })
            .collect(),
        merged_literals: linked.merged_literals,
    };
    let mut text = serde_json::to_string_pretty(&document).map_err(std::io::Error::from)?;
    text.push('\n');
    put(target, &text)
}

/// Writes the map as text.
pub fn write_text(target: &Destination, linked: &Linked, taken: &[Taken]) -> Result<(), Stop> {
    let mut text = String::from("Inputs\n");
    let map = linked.map.as_ref();
    // Writing into a string cannot fail.
    for input in map.into_iter().flat_map(|map| &map.inputs) {
        let name = escape(input);
        let _ = match taken.iter().find(|taken| taken.member == *input) {
            None => writeln!(text, "  {name}"),
            Some(Taken { symbol, by, .. }) => {
                let by = match by {
                    Some(by) => format!("which {} uses", escape(by)),
                    None => "which a flag names".to_owned(),
                };
                writeln!(text, "  {name}: for `{}`, {by}", escape(symbol))
            }
        };
    }
    text.push_str("\nImports and undefined symbols\n");
    for import in map.into_iter().flat_map(|map| &map.imports) {
        let (name, input) = (escape(&import.name), escape(&import.input));
        let _ = writeln!(
            text,
            "  {:<6} {:>6}  {name}  ({input})",
            import.kind, import.index
        );
    }
    text.push_str("\nDefinitions\n  kind    index       size  align  name\n");
    for row in map.into_iter().flat_map(|map| &map.rows) {
        let (name, input) = (escape(&row.what.name), escape(&row.what.input));
        let size = row.size.map_or(String::new(), |size| size.to_string());
        let align = row.align.map_or(String::new(), |align| align.to_string());
        let _ = writeln!(
            text,
            "  {:<6} {:>6} {size:>10} {align:>6}  {name}  ({input})",
            row.what.kind, row.index
        );
    }
    text.push_str("\nLeft out, because nothing needs it\n");
    for what in &linked.left_out {
        let (name, input) = (escape(&what.name), escape(&what.input));
        let _ = writeln!(text, "  {:<6} {name}  ({input})", what.kind);
    }
    let _ = writeln!(
        text,
        "\n{} literals became one with an equal one",
        linked.merged_literals
    );
    put(target, &text)
}

fn put(target: &Destination, text: &str) -> Result<(), Stop> {
    let mut out = Output::create(target)?;
    out.write_all(text.as_bytes())?;
    out.finish()?;
    Ok(())
}
