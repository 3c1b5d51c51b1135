//! `deployment-events`: one message for each transition of a deployment, for reports.
//!
//! The data is flat JSON with the names and types of `deploy/schemas/deployment-event.proto`, so that
//! a BigQuery subscription writes it to a table without any code
//! (<https://cloud.google.com/pubsub/docs/bigquery>). A field without a value is left out, which is
//! NULL in the table. Fields are only ever added. `docs/events.md` describes them.

use serde::{Deserialize, Serialize};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

use crate::wire::{TraceContext, WireMessage, encode_event};

/// A transition of a deployment: a stage has handed it off, or it has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeploymentEvent {
    /// The same for each copy of the event: readers recognize duplicates by it.
    pub event_id: String,
    /// When the stage recorded the transition, in RFC 3339, UTC.
    pub occurred_at: String,
    pub fleet: String,
    pub deployment_id: String,
    /// `PROJECT/REGION/NAME`, as far as it is known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub function: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub project: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub region: String,
    /// The generation of the function, from 1; absent before admission.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation: Option<u64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub requester: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub batch_id: String,
    /// The topic of the message that the stage handed off, such as `source-uploaded`, or
    /// `deployment-finished`.
    pub transition: String,
    /// The worker that handed it off.
    pub stage: String,
    /// How the deployment ended.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub outcome: String,
    /// `user` or `system`: who has to act on a failure.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub failure_class: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub failure_code: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub failure_reason: String,
    /// The shared build, `KEY-N`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub build: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub revision: String,
    /// Time from the publication of the stage's input to the beginning of its handling.
    pub queued_ms: u64,
    /// Time from there to this transition, without waits.
    pub worked_ms: u64,
    /// Time that the stage only waited.
    pub waited_ms: u64,
    /// What it waited for longest.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub waited_for: String,
    /// Number of the delivery of its input that led to the transition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub trace_id: String,
}

impl DeploymentEvent {
    /// The message for the bus, from `worker`: a CloudEvent whose data is JSON. Its attributes are
    /// for the filters of subscriptions.
    #[must_use]
    pub fn encode(&self, worker: &str, trace: &TraceContext, at: OffsetDateTime) -> WireMessage {
        let source = format!("//longshore/{}/{worker}", self.fleet);
        // Serializing texts and numbers does not fail.
        let data = serde_json::to_vec(self).unwrap_or_default();
        let labels = [
            ("ce-subject", self.function.as_str()),
            ("deployment", &self.deployment_id),
            ("function", &self.function),
            ("outcome", &self.outcome),
            ("transition", &self.transition),
        ];
        encode_event(data, &source, &self.event_id, &labels, trace, at)
    }

    /// A time in the form of `occurred_at`. BigQuery keeps microseconds.
    #[must_use]
    pub fn time(at: OffsetDateTime) -> String {
        let at = at.to_offset(UtcOffset::UTC);
        let at = at.replace_nanosecond(at.nanosecond() / 1_000 * 1_000).unwrap_or(at);
        at.format(&Rfc3339).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_flat_json_without_empty_fields() {
        let event = DeploymentEvent {
            event_id: "d/source-uploaded/event".to_owned(),
            occurred_at: DeploymentEvent::time(
                OffsetDateTime::UNIX_EPOCH + time::Duration::nanoseconds(1_234_567),
            ),
            fleet: "blue".to_owned(),
            deployment_id: "d".to_owned(),
            transition: "source-uploaded".to_owned(),
            stage: "uploader".to_owned(),
            generation: Some(3),
            queued_ms: 5,
            ..DeploymentEvent::default()
        };
        let message =
            event.encode("uploader", &TraceContext::default(), OffsetDateTime::UNIX_EPOCH);
        let json = r#"{"event_id":"d/source-uploaded/event","occurred_at":"1970-01-01T00:00:00.001234Z","fleet":"blue","deployment_id":"d","generation":3,"transition":"source-uploaded","stage":"uploader","queued_ms":5,"worked_ms":0,"waited_ms":0}"#;
        assert_eq!(std::str::from_utf8(&message.data).unwrap(), json);
        let attribute = |name: &str| message.attributes.get(name).map(String::as_str);
        assert_eq!(attribute("ce-type"), Some("dev.longshore.deployment-events.v1"));
        assert_eq!(attribute("ce-source"), Some("//longshore/blue/uploader"));
        assert_eq!(attribute("content-type"), Some("application/json"));
        assert_eq!((attribute("deployment"), attribute("outcome")), (Some("d"), None));
    }
}
