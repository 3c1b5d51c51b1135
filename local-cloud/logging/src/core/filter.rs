//! Cloud Logging's query language
//! (<https://cloud.google.com/logging/docs/view/logging-query-language>), over the JSON of entries. The
//! grammar is that of the kit.
//!
//! Served: `AND`, which may be left out, `OR`, `NOT` and `-`, parentheses also as the right side of
//! a comparison, `=`, `!=`, `<`, `<=`, `>`, `>=`, `:`, `=~` and `!~`, texts without a field,
//! comments, and the functions `SEARCH` and `log_id`. All other functions are rejected by name.

mod evaluate;
mod language;
mod pattern;
mod search;

use longshore_local_kit::filter::{self, FilterError, Operator};
use serde_json::Value;

use self::language::Entries;
use self::pattern::Pattern;
use self::search::Search;

/// A query. The empty one matches every entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    expression: Option<Expression>,
}

type Expression = filter::Expression<Term>;

/// What an entry must be.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
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

impl Filter {
    /// # Errors
    /// If this is not a query, or one with more than the supported part of the language.
    pub(crate) fn parse(text: &str) -> Result<Self, FilterError> {
        Ok(Self { expression: filter::parse(&Entries, text)? })
    }

    /// Whether an entry matches, which is given as its JSON.
    pub(crate) fn matches(&self, entry: &Value) -> bool {
        let matches = |term: &Term| evaluate::matches(term, entry);
        self.expression.as_ref().is_none_or(|expression| expression.matches(&matches))
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
            Expression::Term(Term::Compare(Comparison {
                path: of,
                operator: Operator::Equals,
                value: wanted,
            })) if *of == path => wanted.eq_ignore_ascii_case(value),
            _ => true,
        })
    }
}

#[cfg(test)]
mod tests;
