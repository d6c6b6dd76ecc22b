//! Source places from the line table.

use super::{Definition, Kind, Lines, Module};

/// A source file's name with the beginning replaced; of several replacements the last one that
/// applies is used.
pub fn map_prefix(file: &str, maps: &[(String, String)]) -> String {
    for (old, new) in maps.iter().rev() {
        if let Some(rest) = file.strip_prefix(old.as_str()) {
            return format!("{new}{rest}");
        }
    }
    file.to_owned()
}

impl Module {
    /// Source file and line of the instruction that begins at word `word` of function `function`;
    /// none where the table does not know them.
    pub fn source_place(&self, function: u32, word: u64) -> Option<(String, u32)> {
        let debug = self.debug.as_ref()?;
        let at = debug
            .lines
            .binary_search_by_key(&function, |row| row.function)
            .ok()?;
        let row = debug.lines.get(at)?;
        let start = usize::try_from(row.offset).ok()?;
        let end = start.checked_add(row.length as usize)?;
        let program = debug.line_programs.get(start..end)?;
        let words = match self.spaces().get(Kind::Func, function)? {
            Definition::Defined(defined) => self.functions.get(defined)?.words,
            Definition::Import(_) => return None,
        };
        let place = Lines::new(program, words, debug.files.len()).place_at(word)?;
        let file = debug.files.get(place.file as usize)?;
        Some((debug.strings.get(file.name).to_owned(), place.line))
    }
}
