//! Filters of lists: the language of <https://google.aip.dev/160>, which most of Google's APIs speak.
//!
//! Comparisons of fields, with `AND`, which may be left out, `OR`, `NOT` (or `-`) and parentheses,
//! also on the right side of a comparison. `NOT` binds most tightly, then `OR`, then `AND`.
//!
//! - [`Filter`]: the language of lists of resources, which are given as their JSON.
//! - [`Language`]: what one API makes of the same grammar. Cloud Build and Cloud Logging have fields
//!   and functions of their own.
//! - `lex`: the words. `parse`: the grammar. `resource`: what a comparison means for a resource.

mod lex;
mod parse;
mod resource;

use std::cmp::Ordering;

pub use self::lex::Word;
pub use self::parse::parse;
pub use self::resource::Filter;
use crate::rest::RestError;

/// The fields of `google.cloud.location.Location`.
pub const LOCATION_FIELDS: [&str; 5] = ["displayName", "labels", "locationId", "metadata", "name"];

/// The fields of `google.longrunning.Operation`.
pub const OPERATION_FIELDS: [&str; 5] = ["done", "error", "metadata", "name", "response"];

/// A filter is invalid. Permanent error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("filter: {reason}, at character {position}")]
pub struct FilterError {
    pub reason: String,
    /// Where the reason is, counted from 1.
    pub position: usize,
}

impl FilterError {
    /// The error of a REST API: `INVALID_ARGUMENT`.
    #[must_use]
    pub fn into_rest(self) -> RestError {
        RestError::invalid(self.to_string())
    }
}

/// How terms are combined. `T` is what the language of an API makes of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression<T> {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Term(T),
}

impl<T> Expression<T> {
    /// Whether the expression holds for what the terms are about.
    pub fn matches(&self, term: &impl Fn(&T) -> bool) -> bool {
        match self {
            Self::All(all) => all.iter().all(|one| one.matches(term)),
            Self::Any(any) => any.iter().any(|one| one.matches(term)),
            Self::Not(one) => !one.matches(term),
            Self::Term(one) => term(one),
        }
    }
}

/// What an API makes of the terms of a filter. Errors are reasons, without the position.
pub trait Language {
    type Term;

    /// Google's maximum length of a filter.
    const LENGTH_MAX_CHARS: usize;

    /// Whether `--` begins a comment up to the end of the line.
    const HAS_COMMENTS: bool = false;

    /// Whether `and` is as good as `AND`.
    const HAS_KEYWORDS_IN_ANY_CASE: bool = false;

    /// Checks a field before the value that it is compared with is read.
    ///
    /// # Errors
    /// If there is no such field.
    fn check_field(&self, field: &Word) -> Result<(), String>;

    /// A field that was checked, and the value that it is compared with.
    ///
    /// # Errors
    /// If the field has no such operator or value.
    fn compare(&self, field: &Word, operator: Operator, value: &Word)
    -> Result<Self::Term, String>;

    /// A word alone.
    ///
    /// # Errors
    /// If it means nothing.
    fn text(&self, word: &Word) -> Result<Self::Term, String> {
        Err(format!("'{}' is not a comparison, such as name:word", word.text))
    }

    /// A function with its arguments.
    ///
    /// # Errors
    /// If there is no such function, or it has other arguments.
    fn call(&self, function: &str, _arguments: &[Word]) -> Result<Self::Term, String> {
        Err(format!("the function {function}() is unsupported"))
    }
}

/// The operator of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
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

impl Operator {
    /// How it is written.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Equals => "=",
            Self::Differs => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Has => ":",
            Self::Matches => "=~",
            Self::MatchesNot => "!~",
        }
    }

    /// Whether a value that compares so with that of the filter is what the filter asks for. A
    /// regular expression never is: it has no order.
    #[must_use]
    pub fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equals | Self::Has => order.is_eq(),
            Self::Differs => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
            Self::Matches | Self::MatchesNot => false,
        }
    }
}

#[cfg(test)]
mod tests;
