//! The spans of a message of OTLP, without building it.
//!
//! The store receives many small requests, each with a few spans of many traces. It has to know which
//! trace a span belongs to and what a list shows of it, and keeps the rest as it was sent.

use std::collections::HashMap;

use crate::attributes::{self, DEPLOYMENT};
use crate::ids::{SpanId, TraceId};
use crate::wire::{self, Fields, Kind, Malformed, Shape, Value, check};

/// Attributes that a summary repeats, from whichever span has them first.
pub(crate) const LABELS: [&str; 3] = [attributes::FUNCTION, attributes::BATCH, attributes::OUTCOME];

/// Resource attribute that names the sender.
pub(crate) const SERVICE_NAME: &str = "service.name";

/// The shapes of OTLP's messages for traces
/// (<https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto>).
static TRACES: Shape = Shape(&[(1, Kind::Message(&RESOURCE_SPANS))]);
static RESOURCE_SPANS: Shape =
    Shape(&[(1, Kind::Message(&RESOURCE)), (2, Kind::Message(&SCOPE_SPANS)), (3, Kind::Text)]);
static RESOURCE: Shape =
    Shape(&[(1, Kind::Message(&KEY_VALUE)), (2, Kind::Varint), (3, Kind::Message(&ENTITY))]);
static ENTITY: Shape = Shape(&[(1, Kind::Text), (2, Kind::Text), (3, Kind::Text), (4, Kind::Text)]);
static SCOPE_SPANS: Shape =
    Shape(&[(1, Kind::Message(&SCOPE)), (2, Kind::Message(&SPAN)), (3, Kind::Text)]);
static SCOPE: Shape =
    Shape(&[(1, Kind::Text), (2, Kind::Text), (3, Kind::Message(&KEY_VALUE)), (4, Kind::Varint)]);
static SPAN: Shape = Shape(&[
    (1, Kind::Bytes),
    (2, Kind::Bytes),
    (3, Kind::Text),
    (4, Kind::Bytes),
    (5, Kind::Text),
    (6, Kind::Varint),
    (7, Kind::Fixed64),
    (8, Kind::Fixed64),
    (9, Kind::Message(&KEY_VALUE)),
    (10, Kind::Varint),
    (11, Kind::Message(&EVENT)),
    (12, Kind::Varint),
    (13, Kind::Message(&LINK)),
    (14, Kind::Varint),
    (15, Kind::Message(&STATUS)),
    (16, Kind::Fixed32),
]);
static EVENT: Shape = Shape(&[
    (1, Kind::Fixed64),
    (2, Kind::Text),
    (3, Kind::Message(&KEY_VALUE)),
    (4, Kind::Varint),
]);
static LINK: Shape = Shape(&[
    (1, Kind::Bytes),
    (2, Kind::Bytes),
    (3, Kind::Text),
    (4, Kind::Message(&KEY_VALUE)),
    (5, Kind::Varint),
    (6, Kind::Fixed32),
]);
static STATUS: Shape = Shape(&[(2, Kind::Text), (3, Kind::Varint)]);
static KEY_VALUE: Shape = Shape(&[(1, Kind::Text), (2, Kind::Message(&VALUE)), (3, Kind::Varint)]);
static VALUE: Shape = Shape(&[
    (1, Kind::Text),
    (2, Kind::Varint),
    (3, Kind::Varint),
    (4, Kind::Fixed64),
    (5, Kind::Message(&LIST)),
    (6, Kind::Message(&MAP)),
    (7, Kind::Bytes),
    (8, Kind::Varint),
]);
static LIST: Shape = Shape(&[(1, Kind::Message(&VALUE))]);
static MAP: Shape = Shape(&[(1, Kind::Message(&KEY_VALUE))]);

/// `Status.code` of a span that failed.
const STATUS_CODE_ERROR: u64 = 2;

/// The spans of a request, or of the records of a file.
#[derive(Debug, Default)]
pub(crate) struct Spans<'a> {
    resources: Vec<Sender<'a>>,
    scopes: Vec<Scope<'a>>,
    spans: Vec<Span<'a>>,
    /// Spans without a valid trace id or span id, which are left out.
    pub(crate) invalid: usize,
}

#[derive(Debug)]
struct Sender<'a> {
    service: &'a str,
    /// Everything but the spans.
    fields: Vec<&'a [u8]>,
}

#[derive(Debug)]
struct Scope<'a> {
    resource: usize,
    /// Everything but the spans.
    fields: Vec<&'a [u8]>,
}

/// What a list shows of a span.
#[derive(Clone, Debug)]
pub(crate) struct Span<'a> {
    pub(crate) trace_id: TraceId,
    pub(crate) service: &'a str,
    pub(crate) is_root: bool,
    pub(crate) name: &'a str,
    pub(crate) start_ns: u64,
    pub(crate) end_ns: u64,
    pub(crate) has_failed: bool,
    pub(crate) deployment: Option<&'a str>,
    pub(crate) labels: [Option<&'a str>; LABELS.len()],
    scope: usize,
    /// The whole span, as a field of its scope.
    raw: &'a [u8],
}

/// Whether bytes are a message that [`Spans::read`] and all other readers can decode.
pub(crate) fn is_valid(message: &[u8]) -> bool {
    check(message, &TRACES).is_ok()
}

impl<'a> Spans<'a> {
    /// Reads a `TracesData` or an `ExportTraceServiceRequest`, which have the same form.
    pub(crate) fn read(message: &'a [u8]) -> Result<Self, Malformed> {
        check(message, &TRACES)?;
        let mut spans = Self::default();
        for field in Fields::of(message) {
            if let (1, Value::Bytes(sender)) = (field?.number, field?.value) {
                spans.add_sender(sender)?;
            }
        }
        Ok(spans)
    }

    fn add_sender(&mut self, message: &'a [u8]) -> Result<(), Malformed> {
        let mut sender = Sender { service: "", fields: Vec::new() };
        let mut scopes = Vec::new();
        for field in Fields::of(message) {
            let field = field?;
            match (field.number, field.value) {
                (2, Value::Bytes(scope)) => scopes.push(scope),
                (1, Value::Bytes(resource)) => {
                    sender.service = service(resource)?.unwrap_or(sender.service);
                    sender.fields.push(field.raw);
                }
                _ => sender.fields.push(field.raw),
            }
        }
        let service = sender.service;
        self.resources.push(sender);
        scopes.into_iter().try_for_each(|scope| self.add_scope(scope, service))
    }

    fn add_scope(&mut self, message: &'a [u8], service: &'a str) -> Result<(), Malformed> {
        let scope = self.scopes.len();
        let mut fields = Vec::new();
        for field in Fields::of(message) {
            let field = field?;
            match (field.number, field.value) {
                (2, Value::Bytes(span)) => match Span::read(span, service, scope, field.raw)? {
                    Some(span) => self.spans.push(span),
                    None => self.invalid += 1,
                },
                _ => fields.push(field.raw),
            }
        }
        self.scopes.push(Scope { resource: self.resources.len() - 1, fields });
        Ok(())
    }

    /// The spans of each trace, in their order.
    pub(crate) fn by_trace(&self) -> HashMap<TraceId, Vec<&Span<'a>>> {
        let mut traces: HashMap<TraceId, Vec<&Span<'a>>> = HashMap::new();
        for span in &self.spans {
            traces.entry(span.trace_id).or_default().push(span);
        }
        traces
    }

    /// A `TracesData` with these spans, and with what describes their sender and scope.
    pub(crate) fn message(&self, spans: &[&Span<'a>]) -> Vec<u8> {
        let mut message = Vec::new();
        let resource_of = |span: &Span<'_>| self.scopes[span.scope].resource;
        for of_sender in spans.chunk_by(|one, next| resource_of(one) == resource_of(next)) {
            let mut sender = self.resources[resource_of(of_sender[0])].fields.concat();
            for of_scope in of_sender.chunk_by(|one, next| one.scope == next.scope) {
                let mut scope = self.scopes[of_scope[0].scope].fields.concat();
                of_scope.iter().for_each(|span| scope.extend_from_slice(span.raw));
                wire::put(&mut sender, 2, &scope);
            }
            wire::put(&mut message, 1, &sender);
        }
        message
    }
}

impl<'a> Span<'a> {
    /// `None` if its ids are not valid.
    fn read(
        message: &'a [u8],
        service: &'a str,
        scope: usize,
        raw: &'a [u8],
    ) -> Result<Option<Self>, Malformed> {
        let Some(trace_id) = trace_of(message)? else { return Ok(None) };
        let mut span = Self {
            trace_id,
            service,
            is_root: true,
            name: "",
            start_ns: 0,
            end_ns: 0,
            has_failed: false,
            deployment: None,
            labels: [None; LABELS.len()],
            scope,
            raw,
        };
        for field in Fields::of(message) {
            let field = field?;
            match (field.number, field.value) {
                (4, Value::Bytes(bytes)) => span.is_root = SpanId::from_bytes(bytes).is_none(),
                (5, Value::Bytes(name)) => span.name = text(name)?,
                (7, Value::Fixed64(start)) => span.start_ns = start,
                (8, Value::Fixed64(end)) => span.end_ns = end,
                (9, Value::Bytes(attribute)) => span.note(attribute)?,
                (15, Value::Bytes(status)) => {
                    for field in Fields::of(status) {
                        let field = field?;
                        if field.number == 3 {
                            span.has_failed = field.value == Value::Varint(STATUS_CODE_ERROR);
                        }
                    }
                }
                _ => {}
            }
        }
        span.end_ns = span.end_ns.max(span.start_ns);
        Ok(Some(span))
    }

    fn note(&mut self, attribute: &'a [u8]) -> Result<(), Malformed> {
        let (key, value) = key_value(attribute)?;
        if key == DEPLOYMENT {
            self.deployment = value;
        }
        for (label, known) in LABELS.iter().zip(&mut self.labels) {
            if key == *label {
                *known = value;
            }
        }
        Ok(())
    }
}

/// The trace of a span, or `None` if its ids are not valid.
fn trace_of(span: &[u8]) -> Result<Option<TraceId>, Malformed> {
    let (mut trace_id, mut id) = (None, None);
    for field in Fields::of(span) {
        let field = field?;
        match (field.number, field.value) {
            (1, Value::Bytes(bytes)) => trace_id = TraceId::from_bytes(bytes),
            (2, Value::Bytes(bytes)) => id = SpanId::from_bytes(bytes),
            _ => {}
        }
    }
    Ok(trace_id.filter(|_| id.is_some()))
}

/// The name of the sender that a `Resource` describes.
fn service(resource: &[u8]) -> Result<Option<&str>, Malformed> {
    for field in Fields::of(resource) {
        if let (1, Value::Bytes(attribute)) = (field?.number, field?.value)
            && let (SERVICE_NAME, Some(name)) = key_value(attribute)?
        {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// The key of a `KeyValue`, and its value if that is a text.
fn key_value(message: &[u8]) -> Result<(&str, Option<&str>), Malformed> {
    let (mut key, mut value) = ("", None);
    for field in Fields::of(message) {
        let field = field?;
        match (field.number, field.value) {
            (1, Value::Bytes(bytes)) => key = text(bytes)?,
            (2, Value::Bytes(any)) => {
                for field in Fields::of(any) {
                    let field = field?;
                    value = match (field.number, field.value) {
                        (1, Value::Bytes(bytes)) => Some(text(bytes)?),
                        _ => None,
                    };
                }
            }
            _ => {}
        }
    }
    Ok((key, value))
}

fn text(bytes: &[u8]) -> Result<&str, Malformed> {
    std::str::from_utf8(bytes).map_err(|_| Malformed)
}

#[cfg(test)]
mod tests;
