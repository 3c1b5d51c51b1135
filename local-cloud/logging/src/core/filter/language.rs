//! What Cloud Logging makes of the grammar of filters.

use longshore_local_kit::filter::{Language, Operator, Word};

use super::{Comparison, Pattern, Search, Term, evaluate};

/// The fields of `google.logging.v2.LogEntry` in JSON. Any other one is an error.
const FIELDS: [&str; 19] = [
    "logName",
    "resource",
    "timestamp",
    "receiveTimestamp",
    "severity",
    "insertId",
    "labels",
    "textPayload",
    "jsonPayload",
    "protoPayload",
    "httpRequest",
    "operation",
    "trace",
    "spanId",
    "traceSampled",
    "sourceLocation",
    "split",
    "errorGroups",
    "metadata",
];

/// The language of queries of log entries.
pub(super) struct Entries;

impl Language for Entries {
    type Term = Term;

    const LENGTH_MAX_CHARS: usize = 20_000;
    const HAS_COMMENTS: bool = true;

    fn check_field(&self, field: &Word) -> Result<(), String> {
        path(field).map(|_| ())
    }

    fn compare(&self, field: &Word, operator: Operator, value: &Word) -> Result<Term, String> {
        let (path, value) = (path(field)?, value.text.clone());
        if matches!(operator, Operator::Matches | Operator::MatchesNot) {
            let pattern = Pattern::parse(&value)?;
            return Ok(Term::Matches { path, pattern, expected: operator == Operator::Matches });
        }
        let comparison = Comparison { path, operator, value };
        evaluate::check(&comparison)?;
        Ok(Term::Compare(comparison))
    }

    fn text(&self, word: &Word) -> Result<Term, String> {
        Ok(Term::Text(word.text.clone()))
    }

    fn call(&self, function: &str, arguments: &[Word]) -> Result<Term, String> {
        let is_search = function.eq_ignore_ascii_case("SEARCH");
        match arguments {
            _ if !is_search && function != "log_id" => {
                Err(format!("the function {function}() is unsupported"))
            }
            [] => Err("a field or a value is missing".to_owned()),
            [query] if is_search => Ok(Term::Search(Search::new(Vec::new(), &query.text))),
            [field, query] if is_search => Ok(Term::Search(Search::new(path(field)?, &query.text))),
            [id] => Ok(Term::LogId(id.text.clone())),
            _ => Err(format!("{function}() has the wrong arguments")),
        }
    }
}

/// The path of a field. Names of fields may be written with underscores as well.
fn path(word: &Word) -> Result<Vec<String>, String> {
    let mut path = word.parts.clone();
    let unknown = || format!("log entries have no field '{}'", word.text);
    let first = path.first_mut().ok_or_else(unknown)?;
    let plain = first.replace('_', "");
    let known = FIELDS.iter().find(|field| field.eq_ignore_ascii_case(&plain));
    (**known.ok_or_else(unknown)?).clone_into(first);
    if path.iter().any(String::is_empty) {
        return Err(unknown());
    }
    Ok(path)
}
