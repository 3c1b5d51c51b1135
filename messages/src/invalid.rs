//! What is wrong with an input, all of it at once.

use std::error::Error;
use std::fmt::{self, Display, Formatter};

/// Everything that is wrong with one input. It stays wrong: the input is refused, not tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// At least one, in the order of the fields.
    pub problems: Vec<Problem>,
}

impl Error for Invalid {}

impl Display for Invalid {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

/// One field that breaks one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Path of the field in JSON names, such as `function.service.minInstances`.
    pub field: String,
    /// The value that was found, shortened and without control characters. Empty for a missing
    /// field, and for the value of an environment variable, which may be a secret that should not
    /// be there.
    pub value: String,
    /// What the field must be, as the rest of a sentence that starts with the field.
    pub rule: String,
}

impl Display for Problem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.rule)?;
        if self.value.is_empty() { Ok(()) } else { write!(f, ", but is \"{}\"", self.value) }
    }
}

/// Characters of a foreign value or map key that a problem quotes: enough to recognise it, too few
/// to flood a log.
const QUOTED_CHARS_MAX: usize = 80;

/// A foreign text as a problem quotes it.
pub(crate) fn quoted(text: &str) -> String {
    shortened(text, QUOTED_CHARS_MAX)
}

/// The first characters of a foreign text, with control characters and quotes written as escapes.
pub(crate) fn shortened(text: &str, chars_max: usize) -> String {
    let mut shown: String = text.chars().take(chars_max).flat_map(char::escape_debug).collect();
    if text.chars().nth(chars_max).is_some() {
        shown.push('…');
    }
    shown
}

/// Collects problems while an input is read to its end.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    problems: Vec<Problem>,
}

impl Findings {
    /// `value` breaks `rule`.
    pub(crate) fn add(&mut self, field: impl Into<String>, value: &str, rule: impl Into<String>) {
        self.problems.push(Problem {
            field: field.into(),
            value: quoted(value),
            rule: rule.into(),
        });
    }

    /// A field that the message cannot do without is not there.
    pub(crate) fn missing(&mut self, field: impl Into<String>) {
        self.add(field, "", "is required");
    }

    /// A field that is laid out in the protos, and that no code obeys yet, is set.
    pub(crate) fn not_served(&mut self, field: impl Into<String>, value: &str) {
        self.add(field, value, "is not served yet: leave it out");
    }

    /// `value`, unless a reader of one of its parts found a problem; then all problems.
    pub(crate) fn finish<T>(self, value: Option<T>) -> Result<T, Invalid> {
        match value {
            Some(value) if self.problems.is_empty() => Ok(value),
            _ => Err(Invalid { problems: self.problems }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_told_in_one_line_and_foreign_text_is_tamed() {
        let mut findings = Findings::default();
        findings.missing("function.name");
        findings.add(
            "function.region",
            &format!("a\n\u{1b}{}", "é".repeat(100)),
            "must be a region",
        );
        let invalid = findings.finish(Some(())).unwrap_err();
        let shown = format!(
            "function.name is required; function.region must be a region, but is \"a\\n\\u{{1b}}{}…\"",
            "é".repeat(QUOTED_CHARS_MAX - 3)
        );
        assert_eq!(invalid.to_string(), shown);
    }

    #[test]
    fn a_value_without_problems_passes() {
        assert_eq!(Findings::default().finish(Some(7)), Ok(7));
    }
}
