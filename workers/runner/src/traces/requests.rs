//! Joins the requests of Google's clients to the calls that sent them.
//!
//! A call has a span of our own, which knows what it is for. Each of its requests has one of the
//! client, with OpenTelemetry's attributes for HTTP or RPC. Most calls are one request, and two spans
//! of the same time would say no more than one: so the call gets the attributes of its request. If a
//! call has several, they are spans below it.

mod layer;

use std::collections::HashMap;

use opentelemetry::trace::{SpanId, SpanKind, Status};
use opentelemetry_sdk::trace::SpanData;
use parking_lot::Mutex;

pub(crate) use self::layer::{REQUESTS, RequestLayer};

/// Prefix of the names of spans of calls to Google.
const CALL: &str = "cloud.";

/// Prefix of the names of spans of repeated calls.
const RETRY: &str = "retry ";

/// Maximum number of requests that wait for the end of their calls. A list has a request for each
/// page; beyond this number, spans are left out.
const HELD_MAX: usize = 4_096;

/// What is below calls that have not ended.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    /// By the id of the span above.
    held: Mutex<HashMap<SpanId, Vec<SpanData>>>,
}

impl Requests {
    /// What is to be sent now that a span has ended: the span, and what is below it.
    ///
    /// Calls outside of all deployments, such as those that read the clock of the ledger, are never
    /// sent: each would be a trace.
    pub(super) fn ended(&self, mut span: SpanData) -> (Option<SpanData>, Vec<SpanData>) {
        if is_request(&span) {
            self.add(span);
            return (None, Vec::new());
        }
        let id = span.span_context.span_id();
        let mut below = self.held.lock().remove(&id).unwrap_or_default();
        if !is_call(&span) {
            return (Some(span), below);
        }
        describe(&mut span);
        let is_own = |one: &SpanData| !is_call(one) && one.parent_span_id == id;
        match below.iter().filter(|one| is_own(one)).count() {
            0 => {}
            1 => below.extract_if(.., |one| is_own(one)).for_each(|only| join(&mut span, only)),
            _ => {
                span.span_kind = SpanKind::Internal;
                // What failed below a call that succeeded was expected.
                if !matches!(span.status, Status::Error { .. }) {
                    below.iter_mut().filter(|one| is_own(one)).for_each(forgive);
                }
            }
        }
        if span.name.starts_with(RETRY) {
            // It ends before its call, which may be outside of all deployments.
            let above = span.parent_span_id;
            below.push(span);
            self.hold(above, below);
            return (None, Vec::new());
        }
        match span.parent_span_id {
            SpanId::INVALID => (None, Vec::new()),
            _ => (Some(span), below),
        }
    }

    /// Keeps a request until its call has ended.
    fn add(&self, request: SpanData) {
        self.hold(request.parent_span_id, vec![request]);
    }

    /// Keeps spans until the span above them has ended.
    fn hold(&self, above: SpanId, spans: Vec<SpanData>) {
        let mut held = self.held.lock();
        if held.len() >= HELD_MAX {
            // Of calls that were never seen to end, most likely.
            held.clear();
        }
        let below = held.entry(above).or_default();
        let room = HELD_MAX.saturating_sub(below.len());
        below.extend(spans.into_iter().take(room));
    }
}

fn is_call(span: &SpanData) -> bool {
    span.name.starts_with(CALL) || span.name.starts_with(RETRY)
}

/// Requests that no client of Google's sends have spans like those of the clients. Only a client knows
/// the server of a request.
fn is_request(span: &SpanData) -> bool {
    span.span_kind == SpanKind::Client
        && !is_call(span)
        && span.attributes.iter().any(|attribute| attribute.key.as_str() == "server.address")
}

/// Gives the span of a call the kind and the attributes that Google's own clients use.
fn describe(span: &mut SpanData) {
    span.span_kind = SpanKind::Client;
    let Some(operation) = span.name.strip_prefix(CALL).map(|name| name.replace('_', " ")) else {
        return;
    };
    for attribute in &mut span.attributes {
        let key = match attribute.key.as_str() {
            "service" => "gcp.client.service",
            "resource" => "gcp.resource.destination.id",
            _ => continue,
        };
        attribute.key = key.into();
    }
    span.name = operation.into();
}

fn forgive(request: &mut SpanData) {
    request.status = Status::Unset;
    request.attributes.retain(|attribute| attribute.key.as_str() != "error.type");
}

/// What the call says itself comes first: it knows which errors are expected.
fn join(call: &mut SpanData, request: SpanData) {
    for attribute in request.attributes {
        let is_known = call.attributes.iter().any(|own| own.key == attribute.key);
        if !is_known && attribute.key.as_str() != "error.type" {
            call.attributes.push(attribute);
        }
    }
}

#[cfg(test)]
mod tests;
