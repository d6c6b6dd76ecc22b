//! Patterns for names, in which `*` stands for any characters and `?` for one.

/// Whether `name` is `pattern`.
pub fn matches(pattern: &str, name: &str) -> bool {
    let (mut pattern, mut name) = (pattern.chars(), name.chars());
    // After the last star: what follows it in the pattern, and the name from where it may begin.
    let mut retry = None;
    loop {
        let before = name.clone();
        match (pattern.next(), name.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                name = before;
                retry = Some((pattern.clone(), name.clone()));
                continue;
            }
            (Some('?'), Some(_)) => continue,
            (Some(wanted), Some(found)) if wanted == found => continue,
            _ => {}
        }
        // The last star takes one character more.
        let Some((rest, mut from)) = retry.take() else {
            return false;
        };
        if from.next().is_none() {
            return false;
        }
        pattern = rest.clone();
        name = from.clone();
        retry = Some((rest, from));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        for (pattern, name, wanted) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abcb", false),
            ("*ab*ab", "xabyabab", true),
            ("a?c", "aéc", true),
            ("a?", "a", false),
            ("std::*<int>", "std::vec<int>", true),
            ("**a", "bca", true),
        ] {
            assert_eq!(matches(pattern, name), wanted, "{pattern} {name}");
        }
        let long = "a".repeat(3000);
        assert!(!matches(&format!("{}b", "*a".repeat(20)), &long));
    }
}
