//! What was probably meant by a word that is not known.

/// What looking for similar words may cost in all, in characters that are compared with characters;
/// each candidate that is looked at costs one more. It takes some hundredths of a second: a text in
/// which every name is wrong is refused as quickly as a right one is read.
pub const BUDGET: u64 = 10_000_000;

/// Longest word for which another is suggested, in characters.
const LONGEST: usize = 40;

/// Looks for similar words until its budget is used up.
#[derive(Clone, Debug)]
pub struct Suggester {
    left: u64,
}

impl Default for Suggester {
    fn default() -> Self {
        Suggester { left: BUDGET }
    }
}

impl Suggester {
    /// What has been spent of [`BUDGET`].
    pub fn spent(&self) -> u64 {
        BUDGET - self.left
    }

    /// The candidate that `word` was probably meant to be, if one is near: one that differs in case
    /// only, or by one insertion, deletion, replacement or exchange of neighbours for every three
    /// characters, three at most.
    pub fn nearest<'a>(
        &mut self,
        word: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Option<&'a str> {
        let word_lower = word.to_lowercase();
        let length = word_lower.chars().count();
        if length > LONGEST {
            return None;
        }
        let allowed = (length / 3).min(3);
        let mut best: Option<(usize, &str)> = None;
        for candidate in candidates {
            self.left = self.left.checked_sub(1)?;
            // A character has at most four bytes.
            if candidate == word || candidate.len() > 4 * (length + allowed) {
                continue;
            }
            let other = candidate.chars().count();
            if other.abs_diff(length) > allowed {
                continue;
            }
            self.left = self.left.checked_sub((length * other) as u64)?;
            let distance = strsim::osa_distance(&word_lower, &candidate.to_lowercase());
            if distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
                best = Some((distance, candidate));
            }
        }
        best.map(|(_, candidate)| candidate)
    }

    /// The question whether the nearest candidate was meant, as help of an error.
    pub fn help<'a>(
        &mut self,
        word: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Option<String> {
        let near = self.nearest(word, candidates)?;
        Some(format!("did you mean `{near}`?"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
        Suggester::default().nearest(word, candidates.iter().copied())
    }

    #[test]
    fn near_words() {
        assert_eq!(nearest("MVOE", &["ADD", "MOVE", "MUL"]), Some("MOVE"));
        assert_eq!(nearest("cuont", &["count", "amount"]), Some("count"));
        assert_eq!(nearest("Main", &["mine", "main"]), Some("main"));
        assert_eq!(nearest("R1", &["r2", "r1"]), Some("r1"));
        // What differs in half of its letters is something else.
        assert_eq!(nearest("x", &["y", "total"]), None);
        assert_eq!(nearest("CMP", &["CLZ", "CALL", "COPY"]), None);
        assert_eq!(nearest("loop", &["lock", "pool"]), None);
        assert_eq!(nearest("abc", &["uvw"]), None);
        assert_eq!(
            nearest("größe", &["grösse", "grobe", "GRÖßE"]),
            Some("GRÖßE")
        );
    }

    #[test]
    fn the_cost_is_bounded() {
        let known: Vec<String> = (0..20_000)
            .map(|n| format!("name_of_something_{n}"))
            .collect();
        let mut suggester = Suggester::default();
        for n in 0..20_000 {
            let wrong = format!("name_of_somethink_{n}");
            suggester.nearest(&wrong, known.iter().map(String::as_str));
        }
        assert!(suggester.spent() > BUDGET / 2 && suggester.spent() <= BUDGET);
        assert_eq!(suggester.nearest("mian", ["main"; 100]), None);
    }
}
