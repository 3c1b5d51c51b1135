//! Cloud Logging's query language
//! (<https://cloud.google.com/logging/docs/view/logging-query-language>), over the JSON of entries.
//!
//! Served: `AND`, which may be left out, `OR`, `NOT` and `-`, parentheses also as the right side of
//! a comparison, `=`, `!=`, `<`, `<=`, `>`, `>=`, `:`, `=~` and `!~`, texts without a field,
//! comments, and the functions `SEARCH` and `log_id`. All other functions are rejected by name.

mod evaluate;
mod lex;
mod parse;
mod pattern;
mod search;

use serde_json::Value;

use self::pattern::Pattern;
use self::search::Search;

/// Why a filter is invalid. Permanent error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("filter: {0}")]
pub(crate) struct FilterError(String);

/// A query. The empty one matches every entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    expression: Option<Expression>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Expression {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Compare(Comparison),
    /// The field does match the pattern, or does not.
    Matches {
        path: Vec<String>,
        pattern: Pattern,
        expected: bool,
    },
    /// The text occurs in any field.
    Text(String),
    /// A function.
    Search(Search),
    /// The name of the log, without its project, is this one.
    LogId(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Comparison {
    /// Names of the field and of what is inside of it.
    path: Vec<String>,
    operator: Operator,
    value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equals,
    Differs,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    /// The field contains the value, or exists in case of `*`.
    Has,
    /// The value is a regular expression.
    Matches,
    MatchesNot,
}

impl Filter {
    /// # Errors
    /// If this is not a query, or one with more than the supported part of the language.
    pub(crate) fn parse(text: &str) -> Result<Self, FilterError> {
        Ok(Self { expression: parse::parse(text)? })
    }

    /// Whether an entry matches, which is given as its JSON.
    pub(crate) fn matches(&self, entry: &Value) -> bool {
        self.expression.as_ref().is_none_or(|expression| evaluate::matches(expression, entry))
    }

    /// Whether an entry with this label of its resource can match, whatever else it has. Saves
    /// reading the files of other services.
    pub(crate) fn admits(&self, label: &str, value: &str) -> bool {
        let path = ["resource", "labels", label];
        let required = match &self.expression {
            None => return true,
            Some(Expression::All(all)) => all.as_slice(),
            Some(one) => std::slice::from_ref(one),
        };
        required.iter().all(|one| match one {
            Expression::Compare(Comparison {
                path: of,
                operator: Operator::Equals,
                value: wanted,
            }) if *of == path => wanted.eq_ignore_ascii_case(value),
            _ => true,
        })
    }
}

#[cfg(test)]
mod tests;
