//! Triggers of Eventarc.

use std::fmt::{self, Display, Formatter};

use super::{HASH_CHARS, hex};
use crate::ids::{FunctionRef, short_hash};

/// Maximum length of the id of a trigger.
/// <https://cloud.google.com/eventarc/docs/reference/rest/v1/projects.locations.triggers/create>
const ID_CHARS_MAX: usize = 63;

/// A trigger of Eventarc. `None` leaves a field to its default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventTrigger {
    /// The CloudEvents type.
    pub event_type: String,
    /// Conditions on attributes of the event, sorted by attribute.
    pub filters: Vec<EventFilter>,
    /// Location of the trigger.
    pub region: String,
    /// Email address of the account that the requests are made as.
    pub account: Option<String>,
    /// `projects/P/locations/R/channels/C`.
    pub channel: Option<String>,
    /// Whether an event that the function does not accept is delivered again.
    pub retries: bool,
    /// Path of the requests, which starts with a slash.
    pub path: Option<String>,
    /// `projects/P/topics/T`.
    pub topic: Option<String>,
    pub encoding: EventEncoding,
    /// Whether the function may be deleted and created again, if its API cannot change its own trigger
    /// in place.
    pub allows_replacement: bool,
}

/// A condition on an attribute of an event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventFilter {
    pub attribute: String,
    /// A value, or a pattern of a path.
    pub value: String,
    pub is_pattern: bool,
}

impl EventFilter {
    /// The operator for patterns of paths. <https://cloud.google.com/eventarc/docs/path-patterns>
    pub const PATTERN: &str = "match-path-pattern";

    /// The operator, which is empty for equality.
    #[must_use]
    pub fn operator(&self) -> &'static str {
        if self.is_pattern { Self::PATTERN } else { "" }
    }
}

/// How the data of an event is encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventEncoding {
    #[default]
    Json,
    Protobuf,
}

impl EventEncoding {
    pub const ALL: [Self; 2] = [Self::Json, Self::Protobuf];

    /// The MIME type.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Protobuf => "application/protobuf",
        }
    }
}

impl EventTrigger {
    /// What makes a trigger another one. Eventarc cannot change the type, the location, the channel
    /// and the topic, and a function may have triggers that differ in their filters only.
    #[must_use]
    pub fn identity(&self) -> Vec<&str> {
        let mut parts = vec![
            self.event_type.as_str(),
            &self.region,
            self.channel.as_deref().unwrap_or_default(),
            self.topic.as_deref().unwrap_or_default(),
        ];
        for filter in &self.filters {
            parts.extend([filter.attribute.as_str(), filter.operator(), &filter.value]);
        }
        parts
    }

    /// Resource name of the trigger. The same trigger of the same function has the same name in every
    /// deployment, and another identity has another name.
    #[must_use]
    pub fn name(&self, fleet: &str, at: &FunctionRef) -> String {
        let service = at.service_id();
        let mut parts = vec![fleet, "event", &at.region, &service];
        parts.extend(self.identity());
        let hash: String = hex(&short_hash(&parts)).chars().take(HASH_CHARS).collect();
        // A service has ASCII characters only.
        let prefix: String = service.chars().take(ID_CHARS_MAX - HASH_CHARS - 1).collect();
        format!("projects/{}/locations/{}/triggers/{prefix}-{hash}", at.project, self.region)
    }
}

impl Display for EventTrigger {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_event(f, &self.event_type, self.topic.as_deref(), &self.filters)
    }
}

/// Writes how errors name a trigger of events: by its type, and by what distinguishes it from others
/// of this type.
pub fn write_event(
    f: &mut Formatter<'_>,
    event_type: &str,
    topic: Option<&str>,
    filters: &[EventFilter],
) -> fmt::Result {
    write!(f, "event {event_type}")?;
    if let Some(topic) = topic {
        write!(f, " topic={topic}")?;
    }
    for EventFilter { attribute, value, .. } in filters {
        write!(f, " {attribute}={value}")?;
    }
    Ok(())
}
