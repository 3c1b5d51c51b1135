//! Filters of lists: <https://cloud.google.com/secret-manager/docs/filtering>, in the language of
//! <https://google.aip.dev/160>.
//!
//! Comparisons of fields, with `AND`, `OR`, `NOT` (or `-`) and parentheses. Two expressions beside
//! each other are both required. `:` means that a text contains another one, or that a map has a
//! key. A filter is applied to the resource as the API returns it.

use std::cmp::Ordering;

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Maximum length of a filter, which also bounds the depth of its parentheses.
const LENGTH_MAX: usize = 1024;

/// A filter is malformed. Retrying does not help.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("filter: {0}")]
pub(crate) struct InvalidFilter(String);

/// Which resources a list returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Filter {
    /// Everything: the filter is empty.
    All,
    Not(Box<Self>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Compare(Comparison),
}

/// `labels.env = "prod"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Comparison {
    /// In camel case, except for the keys of maps.
    field: Vec<String>,
    operator: Operator,
    value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Has,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Operator(Operator),
    /// A word without quotes.
    Word(String),
    Quoted(String),
}

impl Filter {
    /// # Errors
    /// [`InvalidFilter`].
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidFilter> {
        if text.len() > LENGTH_MAX {
            return Err(InvalidFilter(format!("longer than {LENGTH_MAX} characters")));
        }
        let mut parser = Parser { tokens: tokens(text)?, next: 0 };
        if parser.tokens.is_empty() {
            return Ok(Self::All);
        }
        let filter = parser.all()?;
        match parser.take() {
            None => Ok(filter),
            Some(token) => Err(InvalidFilter(format!("{token:?} is not expected"))),
        }
    }

    /// Whether a resource is in the list.
    pub(crate) fn matches(&self, resource: &Value) -> bool {
        match self {
            Self::All => true,
            Self::Not(inner) => !inner.matches(resource),
            Self::And(left, right) => left.matches(resource) && right.matches(resource),
            Self::Or(left, right) => left.matches(resource) || right.matches(resource),
            Self::Compare(comparison) => comparison.matches(resource),
        }
    }
}

impl Comparison {
    fn matches(&self, resource: &Value) -> bool {
        let found = self.field.iter().try_fold(resource, |value, name| value.get(name));
        let Some(found) = found else { return self.operator == Operator::NotEqual };
        match self.operator {
            Operator::Has => has(found, &self.value),
            Operator::Equal => self.compared(found) == Some(Ordering::Equal),
            Operator::NotEqual => self.compared(found) != Some(Ordering::Equal),
            Operator::Less => self.compared(found) == Some(Ordering::Less),
            Operator::LessOrEqual => self.compared(found).is_some_and(Ordering::is_le),
            Operator::Greater => self.compared(found) == Some(Ordering::Greater),
            Operator::GreaterOrEqual => self.compared(found).is_some_and(Ordering::is_ge),
        }
    }

    /// How the resource's value compares to that of the filter.
    fn compared(&self, found: &Value) -> Option<Ordering> {
        let text = match found {
            Value::String(text) => text.clone(),
            Value::Bool(_) | Value::Number(_) => found.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
        };
        let time = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
        if let (Some(found), Some(wanted)) = (time(&text), time(&self.value)) {
            return Some(found.cmp(&wanted));
        }
        // The name of a resource may be given without its parent.
        let is_id = self.field == ["name"] && !self.value.contains('/');
        let text = if is_id { text.rsplit('/').next().unwrap_or_default() } else { &text };
        Some(text.cmp(&self.value))
    }
}

fn has(found: &Value, wanted: &str) -> bool {
    match found {
        Value::String(text) => {
            wanted == "*" || text.to_lowercase().contains(&wanted.to_lowercase())
        }
        Value::Object(fields) => wanted == "*" || fields.contains_key(wanted),
        Value::Array(values) => values.iter().any(|value| has(value, wanted)),
        Value::Bool(found) => wanted == if *found { "true" } else { "false" },
        Value::Number(found) => found.to_string() == wanted,
        Value::Null => false,
    }
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn take(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.next).cloned();
        self.next += 1;
        token
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(found)) if found == word);
        self.next += usize::from(found);
        found
    }

    /// Expressions that are all required. In this language, `OR` binds more tightly than `AND`.
    fn all(&mut self) -> Result<Filter, InvalidFilter> {
        let mut all = self.any()?;
        while self.takes_word("AND") || !matches!(self.peek(), None | Some(Token::Close)) {
            all = Filter::And(Box::new(all), Box::new(self.any()?));
        }
        Ok(all)
    }

    fn any(&mut self) -> Result<Filter, InvalidFilter> {
        let mut any = self.term()?;
        while self.takes_word("OR") {
            any = Filter::Or(Box::new(any), Box::new(self.term()?));
        }
        Ok(any)
    }

    fn term(&mut self) -> Result<Filter, InvalidFilter> {
        if self.takes_word("NOT") || self.takes_word("-") {
            return Ok(Filter::Not(Box::new(self.term()?)));
        }
        match self.take() {
            Some(Token::Open) => {
                let inner = self.all()?;
                match self.take() {
                    Some(Token::Close) => Ok(inner),
                    _ => Err(InvalidFilter("a parenthesis is not closed".to_owned())),
                }
            }
            Some(Token::Word(field)) => self.comparison(&field),
            _ => Err(InvalidFilter("a comparison is expected, such as name:word".to_owned())),
        }
    }

    fn comparison(&mut self, field: &str) -> Result<Filter, InvalidFilter> {
        let Some(Token::Operator(operator)) = self.take() else {
            return Err(InvalidFilter(format!("an operator is expected after '{field}'")));
        };
        let value = match self.take() {
            Some(Token::Word(value) | Token::Quoted(value)) => value,
            _ => return Err(InvalidFilter(format!("a value is expected after '{field}'"))),
        };
        let (first, rest) = field.split_once('.').unwrap_or((field, ""));
        let mut path = vec![camel_case(first)];
        // A key of labels may have dots.
        path.extend((!rest.is_empty()).then(|| rest.to_owned()));
        Ok(Filter::Compare(Comparison { field: path, operator, value }))
    }
}

fn camel_case(field: &str) -> String {
    let mut words = field.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |camel, word| {
        let mut letters = word.chars();
        let upper = letters.next().map(|c| c.to_ascii_uppercase());
        camel + &upper.into_iter().chain(letters).collect::<String>()
    })
}

fn tokens(text: &str) -> Result<Vec<Token>, InvalidFilter> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '"' | '\'' => quoted(rest, first)?,
            _ => match operator(rest) {
                Some((operator, length)) => (Token::Operator(operator), length),
                None => word(rest),
            },
        };
        tokens.push(token);
        rest = rest.get(length..).unwrap_or_default().trim_start();
    }
    Ok(tokens)
}

fn operator(text: &str) -> Option<(Operator, usize)> {
    let operators = [
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("!=", Operator::NotEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
        ("=", Operator::Equal),
        (":", Operator::Has),
    ];
    let found = operators.into_iter().find(|(sign, _)| text.starts_with(sign));
    found.map(|(sign, operator)| (operator, sign.len()))
}

fn quoted(text: &str, quote: char) -> Result<(Token, usize), InvalidFilter> {
    let mut value = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            end if end == quote => return Ok((Token::Quoted(value), at + 1)),
            other => value.push(other),
        }
    }
    Err(InvalidFilter("a quotation mark is not closed".to_owned()))
}

/// A word up to a space, a parenthesis or an operator. A time has colons, and is one word.
fn word(text: &str) -> (Token, usize) {
    if text.starts_with('-') {
        return (Token::Word("-".to_owned()), 1);
    }
    let starts_with_digit = text.starts_with(|c: char| c.is_ascii_digit());
    let ends = |c: char| {
        c.is_whitespace()
            || matches!(c, '(' | ')' | '=' | '<' | '>' | '!' | '"')
            || (c == ':' && !starts_with_digit)
    };
    let length = text.find(ends).unwrap_or(text.len()).max(1);
    (Token::Word(text.get(..length).unwrap_or(text).to_owned()), length)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn filters_select_resources() {
        let secret = json!({
            "name": "projects/p/secrets/tls-key",
            "createTime": "2026-03-01T10:00:00Z",
            "labels": {"env": "prod", "team.io/x": "a"},
            "state": "ENABLED",
            "topics": [{"name": "projects/p/topics/rotated"}],
        });
        let table = [
            ("", true),
            ("name:tls", true),
            ("name:TLS", true),
            ("name:secrets", true),
            ("name:other", false),
            ("name=tls-key", true),
            ("name = \"projects/p/secrets/tls-key\"", true),
            ("name=tls", false),
            ("labels.env=prod", true),
            ("labels.env = 'test'", false),
            ("labels.env!=test", true),
            ("labels.none!=test", true),
            ("labels:env", true),
            ("labels:none", false),
            ("labels.team.io/x=a", true),
            ("NOT name:other", true),
            ("-name:tls", false),
            ("create_time>2026-01-01T00:00:00Z", true),
            ("create_time < \"2026-01-01T00:00:00Z\"", false),
            ("createTime>=2026-03-01T11:00:00+01:00", true),
            ("state:ENABLED AND name:tls", true),
            ("state=ENABLED name:other", false),
            ("name:other OR labels.env:prod", true),
            // OR binds more tightly than AND.
            ("name:other AND name:tls OR name:key", false),
            ("(name:other AND name:tls) OR name:key", true),
            ("NOT (name:other OR name:none)", true),
        ];
        for (text, expected) in table {
            let filter = Filter::parse(text).unwrap();
            assert_eq!(filter.matches(&secret), expected, "{text}: {filter:?}");
        }
    }

    #[test]
    fn malformed_filters_are_refused() {
        let long = format!("name:{}", "x".repeat(LENGTH_MAX));
        for text in ["name", "name:", ":x", "(name:x", "name:x)", "name:\"x", "AND", &long] {
            assert!(Filter::parse(text).is_err(), "{text}");
        }
    }
}
