//! The filter of `ListBuilds`, in the language of the kit.
//! <https://docs.cloud.google.com/build/docs/view-build-results#filtering_build_results_using_queries>
//!
//! Google documents more fields. An unsupported field is rejected, so that it never matches by
//! accident.

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::record::Record;
use longshore_local_kit::filter::{Expression, FilterError, Language, Operator, Word, parse};

/// A parsed filter. The empty one matches every build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filter(Option<Expression<Term>>);

impl Filter {
    /// # Errors
    /// If this is not a filter, or names a field that is unsupported. Retrying does not help.
    pub(crate) fn parse(text: &str) -> Result<Self, FilterError> {
        parse(&Builds, text).map(Self)
    }

    pub(crate) fn matches(&self, record: &Record) -> bool {
        let matches = |term: &Term| term.matches(record);
        self.0.as_ref().is_none_or(|expression| expression.matches(&matches))
    }
}

/// What a build must be.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    /// The field has this value, or has another one.
    Equals {
        field: Field,
        value: String,
        expected: bool,
    },
    Time {
        of: Moment,
        operator: Operator,
        at: OffsetDateTime,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Field {
    Tag,
    Status,
    Id,
    Image,
    Bucket,
    Object,
    Substitution(String),
    /// No build here is started by a trigger.
    Trigger,
}

/// One of the times of a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    Created,
    Started,
    Finished,
}

impl Term {
    fn matches(&self, record: &Record) -> bool {
        match self {
            Self::Equals { field, value, expected } => field.is(value, record) == *expected,
            Self::Time { of, operator, at } => {
                let moment = match of {
                    Moment::Created => Some(record.created_at),
                    Moment::Started => record.started_at,
                    Moment::Finished => record.ended_at,
                };
                moment.is_some_and(|moment| operator.holds(moment.cmp(at)))
            }
        }
    }
}

impl Field {
    fn is(&self, value: &str, record: &Record) -> bool {
        let spec = &record.spec;
        match self {
            Self::Tag => spec.tags.iter().any(|tag| tag == value),
            Self::Status => record.status.name() == value,
            Self::Id => record.id == value,
            Self::Image => spec.image == value || spec.image.strip_suffix(":latest") == Some(value),
            Self::Bucket => spec.bucket == value,
            Self::Object => spec.object == value,
            Self::Substitution(name) => {
                let request = spec.request.as_ref();
                let given =
                    request.and_then(|request| request.build.get("substitutions")?.get(name));
                given.and_then(Value::as_str) == Some(value)
            }
            Self::Trigger => false,
        }
    }

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "tags" => Self::Tag,
            "status" => Self::Status,
            "id" | "build_id" | "buildId" => Self::Id,
            "images" | "results.images.name" => Self::Image,
            "source.storage_source.bucket" | "source.storageSource.bucket" => Self::Bucket,
            "source.storage_source.object" | "source.storageSource.object" => Self::Object,
            "trigger_id" | "build_trigger_id" | "buildTriggerId" => Self::Trigger,
            _ => Self::Substitution(name.strip_prefix("substitutions.")?.to_owned()),
        })
    }
}

impl Moment {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "create_time" | "createTime" => Self::Created,
            "start_time" | "startTime" => Self::Started,
            "finish_time" | "finishTime" => Self::Finished,
            _ => return None,
        })
    }
}

/// The fields of builds.
struct Builds;

impl Language for Builds {
    type Term = Term;

    const LENGTH_MAX_CHARS: usize = 20_000;

    fn check_field(&self, field: &Word) -> Result<(), String> {
        let name = &field.text;
        if Moment::named(name).is_some() || Field::named(name).is_some() {
            return Ok(());
        }
        Err(format!(
            "`{name}` is not a field that the local cloud can filter by; supported fields: tags, \
             status, build_id, images, create_time, start_time, finish_time, substitutions.NAME, \
             source.storage_source.bucket and .object"
        ))
    }

    fn compare(&self, field: &Word, operator: Operator, value: &Word) -> Result<Term, String> {
        let value = value.text.clone();
        let unsupported =
            || format!("the operator {} is unsupported for `{}`", operator.sign(), field.text);
        if let Some(of) = Moment::named(&field.text) {
            if matches!(operator, Operator::Matches | Operator::MatchesNot) {
                return Err(unsupported());
            }
            let at = OffsetDateTime::parse(&value, &Rfc3339)
                .map_err(|_| format!("`{value}` is not a time such as \"2026-01-31T00:00:00Z\""))?;
            return Ok(Term::Time { of, operator, at });
        }
        let expected = match operator {
            Operator::Equals | Operator::Has => true,
            Operator::Differs => false,
            Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual
            | Operator::Matches
            | Operator::MatchesNot => return Err(unsupported()),
        };
        let field = Field::named(&field.text).ok_or_else(unsupported)?;
        Ok(Term::Equals { field, value, expected })
    }
}
