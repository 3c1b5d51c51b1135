//! OTLP's messages, in protobuf and JSON, and the traces in them.
//! <https://opentelemetry.io/docs/specs/otlp/>

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::common::v1::any_value::Value as AnyValue;
use opentelemetry_proto::tonic::common::v1::{AnyValue as Wrapped, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event as OtlpEvent, Link as OtlpLink, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode as OtlpStatus;
use opentelemetry_proto::tonic::trace::v1::{Span as OtlpSpan, TracesData};
use thiserror::Error;

use crate::ids::{SpanId, TraceId};
use crate::model::{Event, Kind, Link, Span, Status, StatusCode, Trace, Value};
use crate::spans::SERVICE_NAME;

/// Bytes are not OTLP. Permanent: reject them.
#[derive(Debug, Error)]
pub enum OtlpError {
    #[error("not a protobuf message of OTLP")]
    Protobuf,
    #[error("not a JSON message of OTLP")]
    Json(#[source] serde_json::Error),
}

/// Reads the JSON form of an `ExportTraceServiceRequest` or a `TracesData`, as OTLP/HTTP sends it and
/// files contain it.
///
/// # Errors
/// When the bytes are no such message.
pub fn from_json(bytes: &[u8]) -> Result<TracesData, OtlpError> {
    serde_json::from_slice(bytes).map_err(OtlpError::Json)
}

/// Writes OTLP's JSON form, for files and for other programs.
///
/// # Errors
/// None is known: the message has a JSON form for each value.
pub fn to_json(data: &TracesData) -> Result<Vec<u8>, OtlpError> {
    serde_json::to_vec(data).map_err(OtlpError::Json)
}

impl Trace {
    /// All traces in OTLP data as one, sorted by start. A span that occurs twice is taken once: a
    /// sender repeats what it does not know to have arrived. Invalid spans are left out.
    #[must_use]
    pub fn from_otlp(data: TracesData) -> Self {
        let mut spans: BTreeMap<(TraceId, SpanId), Span> = BTreeMap::new();
        for span in spans_of(data) {
            spans.insert((span.trace_id, span.span_id), span);
        }
        let mut spans: Vec<Span> = spans.into_values().collect();
        spans.sort_by_key(|span| (span.start_ns, std::cmp::Reverse(span.end_ns)));
        Self { spans }
    }
}

fn spans_of(data: TracesData) -> impl Iterator<Item = Span> {
    data.resource_spans.into_iter().flat_map(|resource| {
        let service = service(resource.resource.as_ref());
        let spans = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
        spans.filter_map(move |span| read(span, &service))
    })
}

fn service(resource: Option<&Resource>) -> String {
    let attributes = resource.map(|resource| resource.attributes.as_slice()).unwrap_or_default();
    let name = attributes.iter().find(|attribute| attribute.key == SERVICE_NAME);
    match name.and_then(|name| name.value.as_ref()?.value.as_ref()) {
        Some(AnyValue::StringValue(name)) => name.clone(),
        _ => String::new(),
    }
}

fn read(span: OtlpSpan, service: &str) -> Option<Span> {
    let status = span.status.unwrap_or_default();
    let code = match status.code() {
        OtlpStatus::Unset => StatusCode::Unset,
        OtlpStatus::Ok => StatusCode::Ok,
        OtlpStatus::Error => StatusCode::Error,
    };
    let kind = match SpanKind::try_from(span.kind).unwrap_or_default() {
        SpanKind::Unspecified | SpanKind::Internal => Kind::Internal,
        SpanKind::Server => Kind::Server,
        SpanKind::Client => Kind::Client,
        SpanKind::Producer => Kind::Producer,
        SpanKind::Consumer => Kind::Consumer,
    };
    Some(Span {
        trace_id: TraceId::from_bytes(&span.trace_id)?,
        span_id: SpanId::from_bytes(&span.span_id)?,
        parent: SpanId::from_bytes(&span.parent_span_id),
        links: span.links.into_iter().filter_map(link).collect(),
        name: span.name,
        kind,
        service: service.to_owned(),
        start_ns: span.start_time_unix_nano,
        end_ns: span.end_time_unix_nano.max(span.start_time_unix_nano),
        status: Status { code, message: status.message },
        attributes: attributes(span.attributes),
        events: span.events.into_iter().map(event).collect(),
    })
}

fn link(link: OtlpLink) -> Option<Link> {
    Some(Link {
        trace_id: TraceId::from_bytes(&link.trace_id)?,
        span_id: SpanId::from_bytes(&link.span_id)?,
        attributes: attributes(link.attributes),
    })
}

fn event(event: OtlpEvent) -> Event {
    Event {
        name: event.name,
        at_ns: event.time_unix_nano,
        attributes: attributes(event.attributes),
    }
}

fn attributes(pairs: Vec<KeyValue>) -> BTreeMap<String, Value> {
    pairs.into_iter().map(|pair| (pair.key, value(pair.value))).collect()
}

fn value(wrapped: Option<Wrapped>) -> Value {
    match wrapped.and_then(|wrapped| wrapped.value) {
        None => Value::Empty,
        Some(AnyValue::StringValue(text)) => Value::Text(text),
        Some(AnyValue::BoolValue(bool)) => Value::Bool(bool),
        Some(AnyValue::IntValue(int)) => Value::Int(int),
        Some(AnyValue::DoubleValue(double)) => Value::Double(double),
        Some(AnyValue::ArrayValue(list)) => {
            Value::List(list.values.into_iter().map(|item| value(Some(item))).collect())
        }
        Some(AnyValue::KvlistValue(map)) => Value::Map(attributes(map.values)),
        Some(AnyValue::BytesValue(bytes)) => {
            Value::Bytes(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
        }
        // Only profiles use the index of a string, in a table that traces do not have.
        Some(AnyValue::StringValueStrindex(_)) => Value::Empty,
    }
}

#[cfg(test)]
mod tests;
