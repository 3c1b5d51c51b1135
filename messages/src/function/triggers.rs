//! What calls a function.

mod events;
mod ownership;
mod queue;
mod schedule;

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use crate::ids::{FunctionRef, short_hash};
use crate::marks::{FLEET_LABEL, FUNCTION_LABEL, REGION_LABEL};

pub use events::{EventEncoding, EventFilter, EventTrigger, write_event};
pub use queue::{Attempts, QueueRetry, QueueTrigger, Rate};
pub use schedule::{Method, ScheduleRetry, ScheduleTrigger};

/// Characters of the hash in the name of a trigger: 64 bits for the triggers of one function.
const HASH_CHARS: usize = 16;

/// Maximum length of the value of a label.
/// <https://cloud.google.com/pubsub/docs/create-topic#label-requirements>
const LABEL_CHARS_MAX: usize = 63;

/// The kinds of triggers. Each is a resource of another API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TriggerKind {
    /// A push subscription of Pub/Sub.
    Topic,
    /// A trigger of Eventarc.
    Event,
    /// A job of Cloud Scheduler.
    Schedule,
    /// A queue of Cloud Tasks.
    Queue,
}

impl TriggerKind {
    pub const ALL: [Self; 4] = [Self::Topic, Self::Event, Self::Schedule, Self::Queue];

    /// The name of the kind, as in a request.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Topic => "topic",
            Self::Event => "event",
            Self::Schedule => "schedule",
            Self::Queue => "queue",
        }
    }
}

/// Whose triggers are meant: those of a function, or those of all functions of a fleet in a project.
#[derive(Clone, Copy, Debug)]
pub struct TriggerOwner<'a> {
    pub fleet: &'a str,
    pub project: &'a str,
    /// The region of those that belong to one. `None` for all regions.
    pub region: Option<&'a str>,
    pub function: Option<&'a FunctionRef>,
}

impl<'a> TriggerOwner<'a> {
    /// A function of a fleet.
    #[must_use]
    pub fn function(fleet: &'a str, at: &'a FunctionRef) -> Self {
        Self { fleet, project: &at.project, region: Some(&at.region), function: Some(at) }
    }

    /// All functions of a fleet in a project.
    #[must_use]
    pub fn fleet(fleet: &'a str, project: &'a str) -> Self {
        Self { fleet, project, region: None, function: None }
    }

    /// Those of them that belong to a region.
    #[must_use]
    pub fn in_region(self, region: &'a str) -> Self {
        Self { region: Some(region), ..self }
    }

    /// `projects/P/locations/R`, unless it is about all regions.
    #[must_use]
    pub fn location(&self) -> Option<String> {
        self.region.map(|region| format!("projects/{}/locations/{region}", self.project))
    }

    /// The labels that all its triggers have, and no others.
    #[must_use]
    pub fn labels(&self) -> BTreeMap<String, String> {
        let label = |key: &str, value: &str| (key.to_owned(), label_value(value));
        let mut labels = BTreeMap::from([label(FLEET_LABEL, self.fleet)]);
        if let Some(at) = self.function {
            labels
                .extend([label(FUNCTION_LABEL, &at.service_id()), label(REGION_LABEL, &at.region)]);
        }
        labels
    }

    /// Whether a trigger with these labels is one of its triggers.
    #[must_use]
    pub fn has(&self, labels: &BTreeMap<String, String>) -> bool {
        self.labels().iter().all(|(key, value)| labels.get(key) == Some(value))
    }
}

/// The text, or its hash if it cannot be the value of a label.
fn label_value(text: &str) -> String {
    let is_valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
    if text.len() <= LABEL_CHARS_MAX && text.chars().all(is_valid) {
        text.to_owned()
    } else {
        hex(&short_hash(&[text]))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Something that calls a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// Messages of a topic, pushed by Pub/Sub.
    Topic(TopicTrigger),
    /// Events, delivered by Eventarc.
    Event(EventTrigger),
    /// Times, called by Cloud Scheduler.
    Schedule(ScheduleTrigger),
    /// Tasks of a queue, sent by Cloud Tasks.
    Queue(QueueTrigger),
}

impl Trigger {
    #[must_use]
    pub fn kind(&self) -> TriggerKind {
        match self {
            Self::Topic(_) => TriggerKind::Topic,
            Self::Event(_) => TriggerKind::Event,
            Self::Schedule(_) => TriggerKind::Schedule,
            Self::Queue(_) => TriggerKind::Queue,
        }
    }

    /// The service account that the calls are made as, unless it is the one that the function runs
    /// as.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Topic(topic) => topic.account.as_deref(),
            Self::Event(event) => event.account.as_deref(),
            Self::Schedule(schedule) => schedule.account.as_deref(),
            Self::Queue(queue) => queue.account.as_deref(),
        }
    }
}

/// How an error names the trigger.
impl Display for Trigger {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Topic(topic) => write!(f, "topic {}", topic.topic),
            Self::Event(event) => event.fmt(f),
            Self::Schedule(schedule) => write!(f, "schedule {:?}", schedule.schedule),
            Self::Queue(queue) => write!(f, "queue {}", queue.name),
        }
    }
}

/// A push subscription to a topic. `None` leaves a field to its default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicTrigger {
    /// `projects/P/topics/T`.
    pub topic: String,
    /// Selects messages by their attributes, or empty for all.
    pub filter: String,
    /// Whether messages with the same ordering key are delivered in order.
    pub ordered: bool,
    /// Time that the function has to answer.
    pub ack_deadline: Option<Duration>,
    /// Shortest wait before a redelivery.
    pub minimum_backoff: Option<Duration>,
    /// Longest wait before a redelivery.
    pub maximum_backoff: Option<Duration>,
    /// Where messages go that the function does not accept.
    pub dead_letters: Option<DeadLetters>,
    /// Email address of the account that the requests are made as.
    pub account: Option<String>,
    pub payload: Payload,
}

impl TopicTrigger {
    /// What makes a subscription another one. Pub/Sub cannot change these fields.
    /// <https://cloud.google.com/pubsub/docs/subscription-properties>
    #[must_use]
    pub fn identity(&self) -> [&str; 3] {
        [&self.topic, &self.filter, if self.ordered { "ordered" } else { "" }]
    }

    /// Resource name of the subscription. The same trigger of the same function has the same name
    /// in every deployment, and another identity has another name.
    #[must_use]
    pub fn subscription(&self, fleet: &str, at: &FunctionRef) -> String {
        let (region, service) = (&at.region, at.service_id());
        let mut parts = vec![fleet, "topic", region, &service];
        parts.extend(self.identity());
        let hash: String = hex(&short_hash(&parts)).chars().take(HASH_CHARS).collect();
        let project = &at.project;
        format!("projects/{project}/subscriptions/{fleet}.trigger.{region}.{service}.{hash}")
    }
}

/// `google.pubsub.v1.DeadLetterPolicy`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetters {
    /// `projects/P/topics/T`.
    pub topic: String,
    /// Number of deliveries after which a message moves there, 5 to 100.
    pub max_delivery_attempts: u32,
}

/// What a request of a topic trigger contains.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Payload {
    /// JSON with the message, its attributes and its id.
    #[default]
    Wrapped,
    /// The data of the message.
    Unwrapped,
    /// The data of the message, and headers with its attributes and its id.
    UnwrappedWithMetadata,
}

/// A principal of IAM, such as `serviceAccount:EMAIL`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member(String);

impl Member {
    pub(crate) fn new(member: String) -> Self {
        Self(member)
    }

    /// The service account with this email address.
    #[must_use]
    pub fn service_account(email: &str) -> Self {
        Self(format!("serviceAccount:{email}"))
    }

    /// The form in which bindings of IAM name it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for Member {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
