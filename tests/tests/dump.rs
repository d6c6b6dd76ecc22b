//! The JSON of vbc-dump, of every example and conformance file, against its schema.

use std::collections::BTreeSet;
use std::process::{Command, Output};

use serde_json::Value;
use vbc_tests::schema::Schema;
use vbc_tests::{files, program, project};

/// Runs vbc-dump with `flags` on all texts in folders of the project, whether they assemble or not.
fn dump_all(folders: &[&str], flags: &[&str]) -> (usize, Output) {
    let mut paths = Vec::new();
    for folder in folders {
        paths.extend(files(&project().join(folder), "vitasm"));
    }
    let output = Command::new(program("vbc-dump"))
        .args(flags)
        .args(["--error-limit", "0"])
        .args(&paths)
        .output()
        .expect("vbc-dump runs");
    // Some of the files are wrong on purpose.
    assert!(matches!(output.status.code(), Some(0 | 1)), "{output:?}");
    (paths.len(), output)
}

fn lines(output: &Output) -> impl Iterator<Item = Value> {
    let text = std::str::from_utf8(&output.stdout).expect("the output is UTF-8");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
}

#[test]
fn documents_follow_the_schema() {
    let schema = Schema::of_project("vbc-dump-1");
    let (files, output) = dump_all(
        &["examples", "tests/conformance", "lib/core/diagnostics"],
        &["--json", "--all", "--cfg", "--bytes", "--text"],
    );
    let mut shown = 0;
    for document in lines(&output) {
        shown += 1;
        let file = document["file"].as_str().expect("a name").to_owned();
        schema
            .check(&document)
            .unwrap_or_else(|fault| panic!("{file}: {fault}"));
        assert_eq!(document["canonical"], true, "{file}");
        let size = document["size"].as_u64().expect("a number");
        let bytes = document["bytes"].as_array().expect("an array");
        let mapped: u64 = bytes.iter().filter_map(|node| node["size"].as_u64()).sum();
        assert_eq!(mapped, size, "{file}");
    }
    assert!(shown >= 40 && shown <= files, "{shown} of {files}");
}

#[test]
fn records_follow_the_schema() {
    let schema = Schema::of_project("vbc-dump-1");
    let (_, output) = dump_all(
        &[
            "tests/conformance/data",
            "tests/conformance/globals",
            "tests/conformance/tables",
            "lib/core/diagnostics",
        ],
        &["--jsonl", "--all", "--cfg", "--bytes", "--text"],
    );
    let mut kinds = BTreeSet::new();
    for record in lines(&output) {
        schema
            .check(&record)
            .unwrap_or_else(|fault| panic!("{record}: {fault}"));
        kinds.insert(record["record"].as_str().expect("a word").to_owned());
    }
    for kind in [
        "address",
        "bytes",
        "data",
        "debug_name",
        "debug_string",
        "element",
        "export",
        "file",
        "file_name",
        "function",
        "global",
        "import",
        "initialiser",
        "instruction",
        "line",
        "memory",
        "section",
        "string",
        "symbol",
        "table",
        "text",
        "type",
    ] {
        assert!(kinds.contains(kind), "no file has a record `{kind}`");
    }
}

/// Every operand of the schema's text is a role of the op table, and every role is in the schema.
#[test]
fn the_schema_knows_all_roles() {
    let path = project().join("docs/schema/vbc-dump-1.schema.json");
    let text = std::fs::read_to_string(path).expect("the schema");
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    let roles = schema["$defs"]["operand"]["properties"]["role"]["enum"].clone();
    let known: BTreeSet<&str> = roles
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let used: BTreeSet<&str> = vbc::isa::Form::all()
        .flat_map(|form| form.info().operands)
        .map(|operand| operand.role.word())
        .collect();
    assert_eq!(known, used);
}
