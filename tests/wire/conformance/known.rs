//! The differences that are known, with their reasons: `known/SERVICE.txt`.
//!
//! A line is `METHOD | CASE | REASON`. `*` stands for any text. Lines that begin with `#` and empty
//! lines are comments.

use std::collections::BTreeSet;
use std::path::PathBuf;

/// The known differences of a service.
pub(super) struct Known {
    lines: Vec<Line>,
    used: BTreeSet<usize>,
}

struct Line {
    method: String,
    case: String,
    text: String,
}

impl Known {
    pub(super) fn read(service: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/wire/conformance/known");
        let path = folder.join(format!("{service}.txt"));
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        Self::parse(&text)
    }

    fn parse(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
        let lines = lines.map(|line| {
            let mut parts = line.splitn(3, " | ");
            let (Some(method), Some(case), Some(reason)) =
                (parts.next(), parts.next(), parts.next())
            else {
                panic!("a known difference is METHOD | CASE | REASON: {line}")
            };
            assert!(!reason.trim().is_empty(), "a known difference has a reason: {line}");
            let (method, case) = (method.trim().to_owned(), case.trim().to_owned());
            Line { method, case, text: line.to_owned() }
        });
        Self { lines: lines.collect(), used: BTreeSet::new() }
    }

    pub(super) fn has(&mut self, method: &str, case: &str) -> bool {
        let found = self
            .lines
            .iter()
            .position(|line| matches(&line.method, method) && matches(&line.case, case));
        self.used.extend(found);
        found.is_some()
    }

    /// The lines that no difference had.
    pub(super) fn unused(&self) -> Vec<&str> {
        let lines = self.lines.iter().enumerate();
        let unused = lines.filter(|(index, _)| !self.used.contains(index));
        unused.map(|(_, line)| line.text.as_str()).collect()
    }
}

/// `*` in the pattern stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == text };
    text.strip_prefix(before).is_some_and(|rest| {
        let ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
        ends.into_iter().any(|at| matches(after, &rest[at..]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, expected) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("a*", "ab", true),
            ("*: value", "x: value", true),
            ("*: value", "x: value: null", false),
            ("*: value", "value: value: value", true),
            ("a*c*", "abcd", true),
            ("a*d", "abc", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn lines_without_a_use_are_found() {
        let mut known = Known::parse("# why\na | b | c\n\nd | * | e\n");
        assert!(known.has("d", "anything"));
        assert!(!known.has("a", "c"));
        assert_eq!(known.unused(), ["a | b | c"]);
    }
}
