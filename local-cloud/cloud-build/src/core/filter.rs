//! The filter of `ListBuilds`: comparisons joined by `AND` and `OR`, with parentheses.
//! <https://docs.cloud.google.com/build/docs/view-build-results#filtering_build_results_using_queries>
//!
//! Google documents more fields. An unsupported field is rejected, so that it never matches by
//! accident. `AND` may be omitted (`tags="a" tags="b"`), and `OR` binds more tightly than `AND`, as
//! in AIP-160.

use std::cmp::Ordering;

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::record::Record;

/// A parsed filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Tag(String),
    Status(String),
    Id(String),
    Image(String),
    Bucket(String),
    Object(String),
    Substitution {
        name: String,
        value: String,
    },
    /// Matches no build, because no build here is started by a trigger.
    Nothing,
    Time {
        of: Moment,
        order: Order,
        at: OffsetDateTime,
    },
}

/// One of the times of a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Created,
    Started,
    Finished,
}

/// How a time must compare with the one in the filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Before,
    NotAfter,
    At,
    NotBefore,
    After,
}

/// Why a filter is rejected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FilterError {
    #[error(
        "filter: `{0}` is not a field that the local cloud can filter by; supported fields: tags, status, build_id, images, \
             create_time, start_time, finish_time, substitutions.NAME, source.storage_source.bucket and .object"
    )]
    Field(String),
    #[error("filter: `{0}` is not a time such as \"2026-01-31T00:00:00Z\"")]
    Time(String),
    #[error("filter: expected {expected} instead of `{found}`")]
    Unexpected { expected: &'static str, found: String },
    #[error("filter: ends where {0} is expected")]
    Short(&'static str),
    #[error("filter: a quoted string is not closed")]
    Unquoted,
    #[error("filter: nested too deeply")]
    Deep,
}

/// Maximum nesting of a filter. Parsing is recursive, and no real filter comes close.
const DEPTH_LIMIT: usize = 32;

impl Filter {
    /// # Errors
    /// If the filter does not match this grammar. Retrying does not help.
    pub(crate) fn parse(text: &str) -> Result<Self, FilterError> {
        let mut parser = Parser { tokens: tokens(text)?, next: 0 };
        let filter = parser.all(0)?;
        match parser.take() {
            None => Ok(filter),
            Some(token) => Err(FilterError::Unexpected { expected: "the end", found: token.text }),
        }
    }

    pub(crate) fn matches(&self, record: &Record) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.matches(record)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(record)),
            Self::Not(part) => !part.matches(record),
            Self::Tag(tag) => record.spec.tags.contains(tag),
            Self::Status(name) => record.status.name() == name,
            Self::Id(id) => record.id == *id,
            Self::Image(image) => {
                record.spec.image == *image
                    || record.spec.image.strip_suffix(":latest") == Some(image)
            }
            Self::Bucket(bucket) => record.spec.bucket == *bucket,
            Self::Object(object) => record.spec.object == *object,
            Self::Substitution { name, value } => {
                let request = record.spec.request.as_ref();
                let given =
                    request.and_then(|request| request.build.get("substitutions")?.get(name));
                given.and_then(Value::as_str) == Some(value)
            }
            Self::Nothing => false,
            Self::Time { of, order, at } => {
                let moment = match of {
                    Moment::Created => Some(record.created_at),
                    Moment::Started => record.started_at,
                    Moment::Finished => record.ended_at,
                };
                moment.is_some_and(|moment| order.holds(moment.cmp(at)))
            }
        }
    }
}

impl Order {
    fn read(operator: &str) -> Option<Self> {
        Some(match operator {
            "<" => Self::Before,
            "<=" => Self::NotAfter,
            "=" | ":" => Self::At,
            ">=" => Self::NotBefore,
            ">" => Self::After,
            _ => return None,
        })
    }

    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Before => ordering.is_lt(),
            Self::NotAfter => ordering.is_le(),
            Self::At => ordering.is_eq(),
            Self::NotBefore => ordering.is_ge(),
            Self::After => ordering.is_gt(),
        }
    }
}

#[derive(Clone, Debug)]
struct Token {
    text: String,
    quoted: bool,
}

impl Token {
    fn is(&self, word: &str) -> bool {
        !self.quoted && self.text == word
    }
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
}

impl Parser {
    fn all(&mut self, depth: usize) -> Result<Filter, FilterError> {
        let mut parts = Vec::new();
        while self.peek().is_some_and(|token| !token.is(")")) {
            if !parts.is_empty() {
                self.accept("AND");
            }
            parts.push(self.any(depth)?);
        }
        Ok(single_or(parts, Filter::All))
    }

    fn any(&mut self, depth: usize) -> Result<Filter, FilterError> {
        let mut parts = vec![self.term(depth)?];
        while self.accept("OR") {
            parts.push(self.term(depth)?);
        }
        Ok(single_or(parts, Filter::Any))
    }

    fn term(&mut self, depth: usize) -> Result<Filter, FilterError> {
        if depth > DEPTH_LIMIT {
            return Err(FilterError::Deep);
        }
        if self.accept("NOT") {
            return Ok(Filter::Not(Box::new(self.term(depth + 1)?)));
        }
        if self.accept("(") {
            let inner = self.all(depth + 1)?;
            return if self.accept(")") { Ok(inner) } else { Err(FilterError::Short("`)`")) };
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Filter, FilterError> {
        let field = self.take().ok_or(FilterError::Short("a field"))?;
        let operator = self.take().ok_or(FilterError::Short("`=`"))?;
        if operator.quoted {
            return Err(FilterError::Unexpected { expected: "`=`", found: operator.text });
        }
        let value = self
            .take()
            .filter(|token| !is_symbol(token))
            .ok_or(FilterError::Short("a value"))?
            .text;
        if let (Some(of), Some(order)) = (moment(&field.text), Order::read(&operator.text)) {
            let at =
                OffsetDateTime::parse(&value, &Rfc3339).map_err(|_| FilterError::Time(value))?;
            return Ok(Filter::Time { of, order, at });
        }
        let negated = match operator.text.as_str() {
            "=" | ":" => false,
            "!=" => true,
            _ => return Err(FilterError::Unexpected { expected: "`=`", found: operator.text }),
        };
        let filter = equality(field.text, value)?;
        Ok(if negated { Filter::Not(Box::new(filter)) } else { filter })
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn take(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.next += usize::from(token.is_some());
        token
    }

    fn accept(&mut self, word: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.is(word));
        self.next += usize::from(found);
        found
    }
}

fn moment(field: &str) -> Option<Moment> {
    Some(match field {
        "create_time" | "createTime" => Moment::Created,
        "start_time" | "startTime" => Moment::Started,
        "finish_time" | "finishTime" => Moment::Finished,
        _ => return None,
    })
}

fn equality(field: String, value: String) -> Result<Filter, FilterError> {
    Ok(match field.as_str() {
        "tags" => Filter::Tag(value),
        "status" => Filter::Status(value),
        "id" | "build_id" | "buildId" => Filter::Id(value),
        "images" | "results.images.name" => Filter::Image(value),
        "source.storage_source.bucket" | "source.storageSource.bucket" => Filter::Bucket(value),
        "source.storage_source.object" | "source.storageSource.object" => Filter::Object(value),
        "trigger_id" | "build_trigger_id" | "buildTriggerId" => Filter::Nothing,
        _ => match field.strip_prefix("substitutions.") {
            Some(name) => Filter::Substitution { name: name.to_owned(), value },
            None => return Err(FilterError::Field(field)),
        },
    })
}

fn single_or(mut parts: Vec<Filter>, join: impl FnOnce(Vec<Filter>) -> Filter) -> Filter {
    if parts.len() == 1 { parts.remove(0) } else { join(parts) }
}

fn is_symbol(token: &Token) -> bool {
    ["=", "!=", ":", "(", ")", "<", ">", "<=", ">="].iter().any(|symbol| token.is(symbol))
}

fn tokens(text: &str) -> Result<Vec<Token>, FilterError> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (text, quoted, length) = match first {
            '"' => {
                let end = rest[1..].find('"').ok_or(FilterError::Unquoted)?;
                (&rest[1..=end], true, end + 2)
            }
            '<' | '>' | '!' if rest[1..].starts_with('=') => (&rest[..2], false, 2),
            '=' | ':' | '(' | ')' | '<' | '>' => (&rest[..1], false, 1),
            _ => {
                let ends = |c: char| c.is_whitespace() || "=:()!<>\"".contains(c);
                let length = rest
                    .char_indices()
                    .skip(1)
                    .find(|(_, c)| ends(*c))
                    .map_or(rest.len(), |(at, _)| at);
                (&rest[..length], false, length)
            }
        };
        tokens.push(Token { text: text.to_owned(), quoted });
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}
