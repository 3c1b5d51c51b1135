//! Triggers of events: triggers of Eventarc whose destination is a Cloud Run service.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use longshore_messages::{EventEncoding, EventFilter, TriggerKind, TriggerOwner, write_event};

use super::TriggerShape;

/// A trigger of Eventarc. Limits of the fields: `google.cloud.eventarc.v1.Trigger`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRoute {
    /// `projects/P/locations/L/triggers/T`.
    pub name: String,
    /// Type of the events. Cannot be changed.
    pub event_type: String,
    /// Conditions on other attributes, sorted.
    pub filters: Vec<EventFilter>,
    /// `projects/P/topics/T` of messages that are the events. Cannot be changed. `None`: Eventarc
    /// creates a topic.
    pub topic: Option<String>,
    /// `projects/P/locations/L/channels/C`. Cannot be changed.
    pub channel: Option<String>,
    pub labels: BTreeMap<String, String>,
    /// Email address of the account whose identity token each request carries.
    pub account: String,
    pub destination: EventDestination,
    /// Whether events that the service does not accept are delivered again, for up to 24 hours.
    pub retries: bool,
    pub encoding: EventEncoding,
}

/// A path of a Cloud Run service in the trigger's project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventDestination {
    pub service: String,
    pub region: String,
    /// Starts with a slash, or is empty.
    pub path: String,
}

/// A field of a trigger, or those that are changed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventField {
    /// Cannot be changed, as the next two.
    Type,
    Topic,
    Channel,
    Filters,
    Labels,
    Account,
    Destination,
    Retries,
    Encoding,
}

impl Display for EventRoute {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_event(f, &self.event_type, self.topic.as_deref(), &self.filters)
    }
}

impl TriggerShape for EventRoute {
    type Field = EventField;

    const KIND: TriggerKind = TriggerKind::Event;
    const IS_LISTED_BY_REGION: bool = false;

    fn name(&self) -> &str {
        &self.name
    }

    fn is_of(&self, owner: &TriggerOwner<'_>) -> bool {
        owner.has(&self.labels)
    }

    /// Labels that other tools add do not count, nor does a topic that Eventarc has created.
    fn differences(&self, live: &Self) -> Vec<EventField> {
        let has_labels = self.labels.iter().all(|(key, value)| live.labels.get(key) == Some(value));
        let compared = [
            (EventField::Type, self.event_type != live.event_type),
            (EventField::Topic, self.topic.is_some() && self.topic != live.topic),
            (EventField::Channel, self.channel != live.channel),
            (EventField::Filters, self.filters != live.filters),
            (EventField::Labels, !has_labels),
            (EventField::Account, self.account != live.account),
            (EventField::Destination, self.destination != live.destination),
            (EventField::Retries, self.retries != live.retries),
            (EventField::Encoding, self.encoding != live.encoding),
        ];
        compared.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
    }

    /// <https://cloud.google.com/eventarc/docs/reference/rest/v1/projects.locations.triggers>
    fn is_mutable(field: EventField) -> bool {
        match field {
            EventField::Type | EventField::Topic | EventField::Channel => false,
            EventField::Filters
            | EventField::Labels
            | EventField::Account
            | EventField::Destination
            | EventField::Retries
            | EventField::Encoding => true,
        }
    }
}
