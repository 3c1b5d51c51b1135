//! All problems of an input at once.

use std::error::Error;
use std::fmt::{self, Display, Formatter};

/// All problems of an input. Permanent: the input is rejected and never retried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// At least one, in the order of the fields.
    pub problems: Vec<Problem>,
}

impl Error for Invalid {}

/// The rule of a field that the protos define but that is not implemented.
const UNSUPPORTED: &str = "is not supported yet; omit it";

/// The rule of an enum whose number the protos do not define.
const UNKNOWN_VALUE: &str = "must be a value that this version supports";

impl Invalid {
    /// Whether all problems are fields and values that a newer version may support.
    pub(crate) fn is_from_newer(&self) -> bool {
        let may_be_newer =
            |problem: &Problem| [UNSUPPORTED, UNKNOWN_VALUE].contains(&problem.rule.as_str());
        !self.problems.is_empty() && self.problems.iter().all(may_be_newer)
    }
}

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
    /// The value, shortened and with control characters escaped. Empty for a missing field, and for
    /// the value of an environment variable, which may be a misplaced secret.
    pub value: String,
    /// The rule, as the predicate of a sentence whose subject is the field.
    pub rule: String,
}

impl Display for Problem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.rule)?;
        if self.value.is_empty() { Ok(()) } else { write!(f, ", but is \"{}\"", self.value) }
    }
}

/// Characters of a value or map key that a problem quotes: enough to recognize it, too few to flood
/// a log.
const QUOTED_CHARS_MAX: usize = 80;

/// A text from outside, in the form that a problem quotes.
pub(crate) fn quoted(text: &str) -> String {
    shortened(text, QUOTED_CHARS_MAX)
}

/// The first characters of a text from outside, with control characters and quotes escaped.
pub(crate) fn shortened(text: &str, chars_max: usize) -> String {
    let mut shown: String = text.chars().take(chars_max).flat_map(char::escape_debug).collect();
    if text.chars().nth(chars_max).is_some() {
        shown.push('…');
    }
    shown
}

/// Collects problems while the whole input is read.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    problems: Vec<Problem>,
}

impl Findings {
    /// Records that `value` breaks `rule`.
    pub(crate) fn add(&mut self, field: impl Into<String>, value: &str, rule: impl Into<String>) {
        self.problems.push(Problem {
            field: field.into(),
            value: quoted(value),
            rule: rule.into(),
        });
    }

    /// Records that a required field is missing.
    pub(crate) fn missing(&mut self, field: impl Into<String>) {
        self.add(field, "", "is required");
    }

    /// Records that a request sets a field that the protos define but that is not implemented.
    pub(crate) fn unsupported(&mut self, field: impl Into<String>, value: &str) {
        self.add(field, value, UNSUPPORTED);
    }

    /// Records that an enum has a number that the protos do not define.
    pub(crate) fn unknown_value(&mut self, field: impl Into<String>, number: i32) {
        self.add(field, &number.to_string(), UNKNOWN_VALUE);
    }

    /// Returns `value` if there are no problems, and all problems otherwise.
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
    fn all_problems_are_shown_in_one_line_and_values_are_escaped() {
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
    fn only_unsupported_fields_and_unknown_values_may_be_from_a_newer_version() {
        let invalid = |add: &dyn Fn(&mut Findings)| {
            let mut findings = Findings::default();
            add(&mut findings);
            findings.finish(Some(())).unwrap_err().is_from_newer()
        };
        assert!(invalid(&|findings| {
            findings.unsupported("function.triggers", "");
            findings.unknown_value("function.flavour", 9);
        }));
        assert!(!invalid(&|findings| {
            findings.unsupported("function.triggers", "");
            findings.missing("function.name");
        }));
    }

    #[test]
    fn a_value_without_problems_passes() {
        assert_eq!(Findings::default().finish(Some(7)), Ok(7));
    }
}
