//! Subscription filters: <https://cloud.google.com/pubsub/docs/subscription-message-filter>.
//!
//! ```text
//! filter    = term { "AND" term } | term { "OR" term }        (mixing them needs parentheses)
//! term      = ( "NOT" | "-" ) term | "(" filter ")" | predicate
//! predicate = "attributes" ":" key
//!           | "attributes" "." key ( "=" | "!=" ) string
//!           | "hasPrefix" "(" "attributes" "." key "," string ")"
//! key       = letters, digits, "_" and "-", or a string
//! string    = double quotes around characters and the escapes \\ \" \n \r \t \xHH \uHHHH
//! ```
//!
//! A comparison with `!=` is the negation of one with `=`: it also holds if the attribute is
//! missing.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

use serde::{Deserialize, Serialize};

/// Maximum length of a filter, in bytes.
const FILTER_BYTES: usize = 256;

/// Selects the messages that a subscription gets, by their attributes. The default selects all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Filter {
    text: String,
    root: Option<Expression>,
}

/// A text is not a filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    #[error("the filter has {0} bytes, the maximum is {FILTER_BYTES}")]
    TooLong(usize),
    #[error("filter: expected {expected} before {rest:?}")]
    Expected {
        expected: &'static str,
        /// The text that was not parsed.
        rest: String,
    },
}

impl Filter {
    /// Parses a filter. The empty text selects all messages.
    ///
    /// # Errors
    /// When the text is too long or does not follow the grammar.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        if text.len() > FILTER_BYTES {
            return Err(FilterError::TooLong(text.len()));
        }
        if text.trim().is_empty() {
            return Ok(Self { text: text.to_owned(), root: None });
        }
        let mut parser = Parser { rest: text.chars().peekable() };
        let root = parser.filter()?;
        parser.end()?;
        Ok(Self { text: text.to_owned(), root: Some(root) })
    }

    /// The text that the filter was parsed from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the filter selects a message with these attributes.
    #[must_use]
    pub fn passes(&self, attributes: &BTreeMap<String, String>) -> bool {
        self.root.as_ref().is_none_or(|root| root.holds(attributes))
    }
}

impl TryFrom<String> for Filter {
    type Error = FilterError;

    fn try_from(text: String) -> Result<Self, FilterError> {
        Self::parse(&text)
    }
}

impl From<Filter> for String {
    fn from(filter: Filter) -> Self {
        filter.text
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Expression {
    Has(String),
    Equals(String, String),
    HasPrefix(String, String),
    Not(Box<Expression>),
    All(Vec<Expression>),
    Any(Vec<Expression>),
}

impl Expression {
    fn holds(&self, attributes: &BTreeMap<String, String>) -> bool {
        match self {
            Self::Has(key) => attributes.contains_key(key),
            Self::Equals(key, value) => attributes.get(key) == Some(value),
            Self::HasPrefix(key, prefix) => {
                attributes.get(key).is_some_and(|value| value.starts_with(prefix))
            }
            Self::Not(inner) => !inner.holds(attributes),
            Self::All(parts) => parts.iter().all(|part| part.holds(attributes)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(attributes)),
        }
    }
}

struct Parser<'a> {
    rest: Peekable<Chars<'a>>,
}

impl Parser<'_> {
    fn filter(&mut self) -> Result<Expression, FilterError> {
        let first = self.term()?;
        for (word, join) in [("AND", Expression::All as fn(_) -> _), ("OR", Expression::Any)] {
            if !self.takes_word(word) {
                continue;
            }
            let mut parts = vec![first, self.term()?];
            while self.takes_word(word) {
                parts.push(self.term()?);
            }
            return Ok(join(parts));
        }
        Ok(first)
    }

    fn term(&mut self) -> Result<Expression, FilterError> {
        if self.takes_word("NOT") || self.takes("-") {
            return Ok(Expression::Not(Box::new(self.term()?)));
        }
        if self.takes("(") {
            let inner = self.filter()?;
            self.must(")", "AND or OR (not mixed without parentheses) or )")?;
            return Ok(inner);
        }
        if self.takes_word("hasPrefix") {
            self.must("(", "(")?;
            self.must_word("attributes")?;
            self.must(".", ".")?;
            let key = self.key()?;
            self.must(",", ",")?;
            let prefix = self.string()?;
            self.must(")", ")")?;
            return Ok(Expression::HasPrefix(key, prefix));
        }
        self.must_word("attributes")?;
        if self.takes(":") {
            return Ok(Expression::Has(self.key()?));
        }
        self.must(".", ". or :")?;
        let key = self.key()?;
        if self.takes("!=") {
            return Ok(Expression::Not(Box::new(Expression::Equals(key, self.string()?))));
        }
        self.must("=", "= or !=")?;
        Ok(Expression::Equals(key, self.string()?))
    }

    fn key(&mut self) -> Result<String, FilterError> {
        self.skip_spaces();
        if self.rest.peek() == Some(&'"') {
            return self.string();
        }
        let mut key = String::new();
        while let Some(c) = self.rest.next_if(|c| is_word(*c)) {
            key.push(c);
        }
        if key.is_empty() { Err(self.expected("an attribute's key")) } else { Ok(key) }
    }

    fn string(&mut self) -> Result<String, FilterError> {
        self.must("\"", "a string in double quotes")?;
        let mut text = String::new();
        loop {
            match self.rest.next() {
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escape()?),
                Some(c) => text.push(c),
                None => return Err(self.expected("a closing double quote")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, FilterError> {
        let escaped = match self.rest.next() {
            Some(c @ ('\\' | '"' | '\'')) => Some(c),
            Some('n') => Some('\n'),
            Some('r') => Some('\r'),
            Some('t') => Some('\t'),
            Some('x') => self.hexadecimal(2),
            Some('u') => self.hexadecimal(4),
            Some(_) | None => None,
        };
        escaped.ok_or_else(|| self.expected("an escape sequence"))
    }

    fn hexadecimal(&mut self, digits: usize) -> Option<char> {
        let text: String = self.rest.by_ref().take(digits).collect();
        u32::from_str_radix(&text, 16)
            .ok()
            .filter(|_| text.len() == digits)
            .and_then(char::from_u32)
    }

    fn end(&mut self) -> Result<(), FilterError> {
        self.skip_spaces();
        if self.rest.peek().is_none() {
            Ok(())
        } else {
            Err(self.expected("AND or OR (not mixed without parentheses) or the end"))
        }
    }

    fn must(&mut self, token: &str, expected: &'static str) -> Result<(), FilterError> {
        if self.takes(token) { Ok(()) } else { Err(self.expected(expected)) }
    }

    fn must_word(&mut self, word: &'static str) -> Result<(), FilterError> {
        if self.takes_word(word) { Ok(()) } else { Err(self.expected(word)) }
    }

    /// Consumes a word, if it comes next and ends there.
    fn takes_word(&mut self, word: &str) -> bool {
        let mut ahead = self.rest.clone();
        let found = self.takes(word) && !self.rest.peek().is_some_and(|c| is_word(*c));
        if !found {
            std::mem::swap(&mut self.rest, &mut ahead);
        }
        found
    }

    /// Consumes a token, if it comes next.
    fn takes(&mut self, token: &str) -> bool {
        self.skip_spaces();
        let mut ahead = self.rest.clone();
        let found = token.chars().all(|c| ahead.next() == Some(c));
        if found {
            self.rest = ahead;
        }
        found
    }

    fn skip_spaces(&mut self) {
        while self.rest.next_if(|c| c.is_whitespace()).is_some() {}
    }

    fn expected(&self, expected: &'static str) -> FilterError {
        FilterError::Expected { expected, rest: self.rest.clone().collect() }
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_selects_messages_by_their_attributes() {
        for (text, passes) in [
            ("", true),
            ("attributes:a", true),
            ("attributes:b", false),
            (r#"attributes.a = "1""#, true),
            (r#"attributes.a="2""#, false),
            (r#"attributes.a != "2""#, true),
            (r#"attributes.missing != "2""#, true),
            (r#"hasPrefix(attributes.ce-type, "longshore.")"#, true),
            (r#"hasPrefix ( attributes."ce-type" , "other" )"#, false),
            ("NOT attributes:a", false),
            ("-attributes:b", true),
            ("attributes:a AND attributes:b", false),
            ("attributes:a OR attributes:b", true),
            ("attributes:a AND NOT attributes:b AND attributes:ce-type", true),
            ("(attributes:b OR attributes:a) AND attributes:ce-type", true),
            (r#"attributes.quoted = "a\"b\\\x41\u00e9""#, true),
            ("attributes:NOT", false),
        ] {
            let attributes = [("a", "1"), ("ce-type", "longshore.x"), ("quoted", "a\"b\\Aé")];
            let attributes =
                attributes.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
            assert_eq!(
                Filter::parse(text).map(|filter| filter.passes(&attributes)),
                Ok(passes),
                "{text}"
            );
        }
    }

    #[test]
    fn malformed_filters_are_rejected() {
        for text in [
            "a",
            "attributes",
            "attributes.a",
            "attributes.a = 1",
            "attributes.a = \"1",
            r#"attributes.a = "\q""#,
            "attributes:a and attributes:b",
            "attributes:a AND attributes:b OR attributes:c",
            "(attributes:a",
            "attributes:a)",
            "ANDattributes:a",
            "data:a",
            &format!("attributes:{}", "a".repeat(246)),
        ] {
            assert!(Filter::parse(text).is_err(), "{text}");
        }
    }
}
