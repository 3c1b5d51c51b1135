//! Logs on standard error: a line for each event, for people or for programs.
//!
//! A line about a deployment has its id, from the span in which it was written. JSON has the fields
//! that Cloud Logging moves into the entry itself
//! (<https://cloud.google.com/logging/docs/structured-logging#structured_logging_special_fields>).
//! Text that others wrote cannot forge a line or control a terminal, and credentials in it are
//! replaced.

mod fields;
mod redact;

use std::cell::Cell;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::OnceLock;

use opentelemetry::trace::{SpanContext, TraceContextExt as _};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tracing::dispatcher::WeakDispatch;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Event, Level, Metadata, Subscriber};
use tracing_opentelemetry::get_otel_context;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{FilterFn, filter_fn};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use fields::{Fields, Labels};

/// Format of the logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Human,
    /// One JSON object per line.
    Json,
}

/// Prefix of the targets of our own logs and spans: all our crates are named with it.
pub(crate) const OUR_CRATES: &str = "longshore";

/// Fields of spans that become labels of every line within: few values at a time, and what an
/// operator filters by.
const LABELS: [&str; 2] = ["deployment", "stage"];

fn has_labels(span: &Metadata<'_>) -> bool {
    LABELS.iter().any(|label| span.fields().field(label).is_some())
}

/// Writes lines.
pub(crate) struct LogLayer {
    format: LogFormat,
    service: &'static str,
    /// For the resource names of traces; empty if it is not known.
    project: String,
    coloured: bool,
    /// Where the spans are. Within an event, there is no current dispatcher to ask.
    dispatch: OnceLock<WeakDispatch>,
}

impl LogLayer {
    pub(crate) fn new(
        format: LogFormat,
        service: &'static str,
        project: &str,
        coloured: bool,
    ) -> Self {
        let dispatch = OnceLock::new();
        Self { format, service, project: project.to_owned(), coloured, dispatch }
    }
}

impl<S> Layer<S> for LogLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        // Set twice only if the layer is used twice, which it is not.
        let _ = self.dispatch.set(dispatch.downgrade());
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        // Most spans have none.
        if !has_labels(attributes.metadata()) {
            return;
        }
        let Some(span) = context.span(id) else { return };
        let mut labels = Labels::default();
        attributes.values().record(&mut labels);
        span.extensions_mut().insert(labels);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(labels) = span.extensions_mut().get_mut::<Labels>() {
            values.record(labels);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        // One write for each line, so that lines of processes with one standard error do not mix.
        // Nothing can be done if it is closed.
        let _ = std::io::stderr().lock().write_all(self.line(event, &context).as_bytes());
    }
}

impl LogLayer {
    fn line<S>(&self, event: &Event<'_>, context: &Context<'_, S>) -> String
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let mut labels = Fields::default();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            let extensions = span.extensions();
            for (name, value) in extensions.get::<Labels>().into_iter().flat_map(Labels::iter) {
                labels.set(name, value.clone());
            }
        }
        let trace = context.event_span(event).and_then(|span| {
            let id = span.id();
            drop(span);
            let dispatch = self.dispatch.get()?.upgrade()?;
            let context = unnested(|| get_otel_context(&id, &dispatch))??;
            Some(context.span().span_context().clone()).filter(SpanContext::is_valid)
        });
        let line = Line {
            at: OffsetDateTime::now_utc(),
            metadata: event.metadata(),
            fields,
            labels,
            trace,
        };
        match self.format {
            LogFormat::Json => line.json(self.service, &self.project),
            LogFormat::Human => line.human(self.coloured),
        }
    }
}

/// Runs `read`, unless it is running on this thread: reading a trace may log, and that line must not
/// read the trace again.
fn unnested<T>(read: impl FnOnce() -> T) -> Option<T> {
    thread_local! {
        static IS_READING: Cell<bool> = const { Cell::new(false) };
    }
    if IS_READING.replace(true) {
        return None;
    }
    let result = read();
    IS_READING.set(false);
    Some(result)
}

/// A line, before its format.
struct Line {
    at: OffsetDateTime,
    metadata: &'static Metadata<'static>,
    fields: Fields,
    /// Fields of the spans around it.
    labels: Fields,
    trace: Option<SpanContext>,
}

impl Line {
    fn json(self, service: &str, project: &str) -> String {
        let mut entry = Map::new();
        entry.insert("severity".to_owned(), severity(self.metadata.level()).into());
        entry.insert("time".to_owned(), rfc3339(self.at).into());
        entry.insert("message".to_owned(), self.fields.message().into());
        let mut labels = Map::from_iter([("service".to_owned(), Value::from(service))]);
        let text = |value: &Value| Value::from(fields::text(value));
        labels.extend(self.labels.iter().map(|(name, value)| (name.to_owned(), text(value))));
        for (name, value) in self.fields.others() {
            if LABELS.contains(&name) {
                labels.insert(name.to_owned(), text(value));
            }
            entry.insert(name.to_owned(), value.clone());
        }
        entry.insert("logging.googleapis.com/labels".to_owned(), labels.into());
        if let Some(trace) = &self.trace {
            let id = trace.trace_id().to_string();
            let name = match project {
                "" => id,
                project => format!("projects/{project}/traces/{id}"),
            };
            let span = trace.span_id().to_string();
            entry.insert("logging.googleapis.com/trace".to_owned(), name.into());
            entry.insert("logging.googleapis.com/spanId".to_owned(), span.into());
            let sampled = trace.is_sampled();
            entry.insert("logging.googleapis.com/trace_sampled".to_owned(), sampled.into());
        }
        let location = json!({
            "file": self.metadata.file().unwrap_or_default(),
            // A number of 64 bits is a text in the JSON of Google's APIs.
            "line": self.metadata.line().unwrap_or_default().to_string(),
            "function": self.metadata.target(),
        });
        entry.insert("logging.googleapis.com/sourceLocation".to_owned(), location);
        format!("{}\n", Value::Object(entry))
    }

    fn human(self, coloured: bool) -> String {
        let level = self.metadata.level();
        let mut line = format!("{}  ", rfc3339(self.at));
        match (coloured, colour(level)) {
            (true, Some(colour)) => {
                let _ = write!(line, "\x1b[{colour}m{level:>5}\x1b[0m");
            }
            _ => {
                let _ = write!(line, "{level:>5}");
            }
        }
        let _ = write!(line, "  {}", self.fields.message());
        let own = self.fields.others();
        for (name, value) in own.chain(self.labels.iter().filter(|(name, _)| {
            // What the line itself says comes first.
            self.fields.get(name).is_none()
        })) {
            let _ = write!(line, "  {name}={}", fields::quoted(value));
        }
        line.push('\n');
        line
    }
}

/// The severity of Cloud Logging (`google.logging.type.LogSeverity`).
fn severity(level: &Level) -> &'static str {
    match *level {
        Level::ERROR => "ERROR",
        Level::WARN => "WARNING",
        Level::INFO => "INFO",
        Level::DEBUG | Level::TRACE => "DEBUG",
    }
}

fn colour(level: &Level) -> Option<u8> {
    match *level {
        Level::ERROR => Some(31),
        Level::WARN => Some(33),
        Level::INFO => Some(32),
        Level::DEBUG | Level::TRACE => None,
    }
}

fn rfc3339(at: OffsetDateTime) -> String {
    // Microseconds, as Cloud Logging keeps no more than nanoseconds and people read fewer.
    let at = at.replace_nanosecond(at.nanosecond() / 1_000 * 1_000).unwrap_or(at);
    at.format(&Rfc3339).unwrap_or_default()
}

/// Prefixes of the targets of what Google's clients report about each call that fails. Many failures
/// are expected, such as that of a read of what does not exist, and the caller logs the others.
const FAILED_CALLS: [&str; 2] = ["experimental.", "google_cloud_storage::"];

/// Which lines are written: those of our own crates at `level`, and warnings of libraries. Our own
/// spans are always seen, because lines take their labels from them.
pub(crate) fn filter(level: LevelFilter) -> FilterFn<impl Fn(&Metadata<'_>) -> bool> {
    let is_ours = |metadata: &Metadata<'_>| metadata.target().starts_with(OUR_CRATES);
    filter_fn(move |metadata| match (metadata.is_span(), is_ours(metadata)) {
        (true, ours) => ours && *metadata.level() <= Level::INFO,
        (false, true) => *metadata.level() <= level,
        (false, false) => {
            *metadata.level() <= LevelFilter::WARN.min(level)
                && !FAILED_CALLS.iter().any(|prefix| metadata.target().starts_with(prefix))
        }
    })
}

#[cfg(test)]
mod tests;
