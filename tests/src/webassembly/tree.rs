//! Folders as trees of JSON, in which they are given to programs in memory: `{"file": HEX}`, `{"link": TARGET}`,
//! `{"folder": {NAME: ...}}`.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value as Json, json};

use super::{hex, unhex};

/// A folder with everything in it but pipes and devices.
pub fn of(folder: &Path) -> Json {
    let mut entries = Map::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let path = entry.path();
        let kind = entry.file_type().expect("a type");
        let item = if kind.is_symlink() {
            json!({"link": fs::read_link(&path).expect("a link")})
        } else if kind.is_dir() {
            of(&path)
        } else if kind.is_file() {
            json!({"file": hex(&fs::read(&path).expect("a file"))})
        } else {
            continue;
        };
        entries.insert(entry.file_name().to_string_lossy().into_owned(), item);
    }
    json!({"folder": entries})
}

/// What is in the file at a path, if there is one.
pub fn file(tree: &Json, path: &str) -> Option<Vec<u8>> {
    let item = path
        .split('/')
        .try_fold(tree, |tree, name| tree.get("folder")?.get(name))?;
    item.get("file")?.as_str().map(unhex)
}
