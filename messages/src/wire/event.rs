//! The CloudEvents attributes of a message.

use std::collections::BTreeMap;

use thiserror::Error;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::trace::TraceContext;

/// The CloudEvents version that the fleet speaks.
pub(super) const SPEC_VERSION: &str = "1.0";

/// A message is not a CloudEvent. Permanent. It has no deployment id, so there is no requester to
/// notify: park or drop it.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum EventError {
    /// An attribute that CloudEvents requires is missing or empty.
    #[error("attribute {0} is missing: the message is not a CloudEvent in Pub/Sub's binary mode")]
    Missing(&'static str),
    /// A version of CloudEvents other than 1.0.
    #[error("attribute ce-specversion is {0:?}, but only 1.0 is supported")]
    SpecVersion(String),
}

/// The CloudEvents attributes of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The producer. Unique together with `id`.
    pub source: String,
    pub id: String,
    /// `dev.longshore.NAME.vMAJOR`.
    pub ty: String,
    /// The function.
    pub subject: Option<String>,
    /// Time of the event by the sender's clock. An invalid time is `None`, because nothing depends
    /// on it.
    pub time: Option<OffsetDateTime>,
    /// Media type of the data, without parameters, in lower case.
    pub content_type: Option<String>,
    /// The sender's trace context.
    pub trace: TraceContext,
}

impl Event {
    /// Reads a message's attributes.
    ///
    /// # Errors
    /// If the attributes are not those of a CloudEvent 1.0 in binary mode.
    pub fn of(attributes: &BTreeMap<String, String>) -> Result<Self, EventError> {
        let optional = |name: &str| find(attributes, name).filter(|value| !value.is_empty());
        let required =
            |name: &'static str| optional(name).cloned().ok_or(EventError::Missing(name));
        let version = required("ce-specversion")?;
        if version != SPEC_VERSION {
            return Err(EventError::SpecVersion(version));
        }
        // The binding's text names it without a prefix; its example maps it like the other
        // attributes.
        let content_type = optional("content-type").or_else(|| optional("ce-datacontenttype"));
        Ok(Self {
            source: required("ce-source")?,
            id: required("ce-id")?,
            ty: required("ce-type")?,
            subject: optional("ce-subject").cloned(),
            time: optional("ce-time").and_then(|time| OffsetDateTime::parse(time, &Rfc3339).ok()),
            content_type: content_type.map(|value| essence(value)),
            trace: TraceContext::from_attributes(attributes),
        })
    }
}

/// Attribute names are case-insensitive in the binding.
fn find<'a>(attributes: &'a BTreeMap<String, String>, name: &str) -> Option<&'a String> {
    let in_any_case = || {
        attributes
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    };
    attributes.get(name).or_else(in_any_case)
}

/// Reduces `Application/JSON; charset=utf-8` to `application/json`.
fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The encoding of a message's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentType {
    /// `application/protobuf`, the default of a message without a content type.
    Protobuf,
    /// `application/json`, in the proto3 mapping.
    Json,
}

impl ContentType {
    /// The media type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Protobuf => "application/protobuf",
            Self::Json => "application/json",
        }
    }

    /// `None` for an unsupported media type.
    pub(super) fn of(event: &Event) -> Option<Self> {
        match event.content_type.as_deref() {
            None | Some("application/protobuf" | "application/x-protobuf") => Some(Self::Protobuf),
            Some("application/json") => Some(Self::Json),
            Some(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(changes: &[(&str, &str)]) -> BTreeMap<String, String> {
        let mut attributes: BTreeMap<String, String> = [
            ("ce-specversion", "1.0"),
            ("ce-source", "//ci"),
            ("ce-id", "42"),
            ("ce-type", "dev.longshore.deploy-requested.v1"),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
        for (name, value) in changes {
            attributes.insert((*name).to_owned(), (*value).to_owned());
        }
        attributes
    }

    #[test]
    fn four_attributes_are_required() {
        let event = Event::of(&attributes(&[])).unwrap();
        assert_eq!((event.source.as_str(), event.id.as_str()), ("//ci", "42"));
        assert_eq!((event.subject, event.time, event.content_type), (None, None, None));
    }

    #[test]
    fn names_are_case_insensitive_and_the_content_type_has_two_names() {
        for name in ["content-type", "Content-Type", "ce-datacontenttype"] {
            let event = Event::of(&attributes(&[(name, "application/json")])).unwrap();
            assert_eq!(ContentType::of(&event), Some(ContentType::Json), "{name}");
        }
        let shouting =
            attributes(&[]).into_iter().map(|(name, value)| (name.to_uppercase(), value)).collect();
        assert_eq!(Event::of(&shouting), Event::of(&attributes(&[])));
    }

    #[test]
    fn a_missing_attribute_is_named() {
        for name in ["ce-specversion", "ce-source", "ce-id", "ce-type"] {
            assert_eq!(Event::of(&attributes(&[(name, "")])), Err(EventError::Missing(name)));
        }
        assert_eq!(
            Event::of(&attributes(&[("ce-specversion", "0.3")])),
            Err(EventError::SpecVersion("0.3".to_owned()))
        );
    }

    #[test]
    fn parameters_of_a_media_type_and_an_invalid_time_are_ignored() {
        let event = Event::of(&attributes(&[
            ("content-type", "Application/JSON; charset=utf-8"),
            ("ce-time", "yesterday"),
        ]))
        .unwrap();
        assert_eq!((ContentType::of(&event), event.time), (Some(ContentType::Json), None));
        let event = Event::of(&attributes(&[
            ("content-type", "text/plain"),
            ("ce-time", "2026-01-02T03:04:05Z"),
        ]))
        .unwrap();
        assert_eq!(
            (ContentType::of(&event), event.time.map(|time| time.year())),
            (None, Some(2026))
        );
    }
}
