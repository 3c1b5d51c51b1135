//! Regular expressions, as RE2 understands them, without its classes of Unicode (`\p`).

use regex_lite::{Regex, RegexBuilder};

/// Maximum size of a compiled expression, in bytes. An entry is searched in time proportional to
/// its size and that of the expression.
const COMPILED_BYTES: usize = 1024 * 1024;

/// Maximum depth of groups.
const DEPTH_MAX: u32 = 50;

/// A regular expression, which is searched anywhere in a text, with regard to case.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Regex);

impl Pattern {
    /// Fails with the reason for an expression that is invalid or too large.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let built =
            RegexBuilder::new(text).size_limit(COMPILED_BYTES).nest_limit(DEPTH_MAX).build();
        built.map(Self).map_err(|error| format!("'{text}' is not a regular expression: {error}"))
    }

    pub(super) fn is_in(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Pattern {}
