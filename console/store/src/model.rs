//! A trace as people read it: what OTLP's messages say, validated and without their nesting.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::ids::{SpanId, TraceId};

/// One trace. Its spans are sorted by start, and each id occurs once.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Trace {
    pub spans: Vec<Span>,
}

/// One span. Times are nanoseconds since the epoch, and the end is never before the start.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Span {
    pub trace_id: TraceId,
    pub span_id: SpanId,
    /// The span that caused this one. It may be of another system, and then it is not in the trace.
    pub parent: Option<SpanId>,
    pub links: Vec<Link>,
    pub name: String,
    pub kind: Kind,
    /// `service.name` of the resource that sent the span, or an empty text.
    pub service: String,
    pub start_ns: u64,
    pub end_ns: u64,
    pub status: Status,
    pub attributes: BTreeMap<String, Value>,
    pub events: Vec<Event>,
}

/// Another span that a span is related to, in the same trace or in another one.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    pub trace_id: TraceId,
    pub span_id: SpanId,
    pub attributes: BTreeMap<String, Value>,
}

/// Something that happened at one time within a span.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    pub name: String,
    pub at_ns: u64,
    pub attributes: BTreeMap<String, Value>,
}

/// The role of a span in a request or a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    #[default]
    Internal,
    Server,
    Client,
    Producer,
    Consumer,
}

/// Whether a span succeeded, and the reason if it did not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Status {
    pub code: StatusCode,
    pub message: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StatusCode {
    /// The sender did not say.
    #[default]
    Unset,
    Ok,
    Error,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    Text(String),
    Bool(bool),
    Int(i64),
    Double(f64),
    List(Vec<Value>),
    Map(BTreeMap<String, Value>),
    /// Bytes, as hexadecimal characters.
    Bytes(String),
    /// An attribute without a value.
    Empty,
}

impl Trace {
    /// When the first span started, in nanoseconds since the epoch.
    #[must_use]
    pub fn start_ns(&self) -> Option<u64> {
        self.spans.iter().map(|span| span.start_ns).min()
    }

    /// When the last span ended, in nanoseconds since the epoch.
    #[must_use]
    pub fn end_ns(&self) -> Option<u64> {
        self.spans.iter().map(|span| span.end_ns).max()
    }

    /// The spans of one deployment, and of everything that they caused. A trace holds several
    /// deployments if their requester requested them in one trace.
    #[must_use]
    pub fn of_deployment(&self, deployment: &str) -> Self {
        let by_id: BTreeMap<SpanId, &Span> =
            self.spans.iter().map(|span| (span.span_id, span)).collect();
        let belongs = |span: &&Span| {
            let mut next = Some(*span);
            // A chain of parents is at most as long as the trace, even if it is a circle.
            for _ in 0..=self.spans.len() {
                let Some(span) = next else { break };
                if let Some(owner) = span.text(crate::attributes::DEPLOYMENT) {
                    return owner == deployment;
                }
                next = span.parent.and_then(|parent| by_id.get(&parent).copied());
            }
            false
        };
        Self { spans: self.spans.iter().filter(belongs).cloned().collect() }
    }
}

impl Span {
    #[must_use]
    pub fn duration_ns(&self) -> u64 {
        self.end_ns.saturating_sub(self.start_ns)
    }

    /// An attribute that is a text.
    #[must_use]
    pub fn text(&self, attribute: &str) -> Option<&str> {
        match self.attributes.get(attribute)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.status.code == StatusCode::Error
    }

    /// Whether the span's own time is waiting, not work.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.attributes.contains_key(crate::attributes::WAITS_FOR)
    }
}
