//! Metrics of a worker: by OpenTelemetry, and as Prometheus text on its health address.
//!
//! Every label has a few known values, so the number of series is bounded, whatever is deployed: no
//! ids, no names of functions, projects or requesters. [`definitions`] lists all metrics;
//! `docs/operations.md` says what they mean. Recording never waits and never fails.

mod census;
pub mod definitions;
mod exemplars;
mod exporter;
mod labels;
mod observe;
mod text;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use longshore_cloud::pacing::waiting::TakenToken;
use longshore_ledger::Cause;
use longshore_messages::{FailureClass, Outcome, TraceContext};
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, MeterProvider as _, UpDownCounter};
use opentelemetry_sdk::metrics::{ManualReader, SdkMeterProvider};

pub(crate) use census::Counted;
pub(crate) use labels::{error_kind, topic_label};
pub(crate) use observe::Observed;
pub(crate) use text::content_type;

use definitions as names;
use exemplars::Exemplars;
use observe::Noted;
use text::SharedReader;

use crate::otlp::TelemetrySettings;
use crate::traces;

/// Metrics of one process; cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    shared: Arc<Shared>,
}

struct Shared {
    stage: KeyValue,
    provider: SdkMeterProvider,
    reader: SharedReader,
    exemplars: Arc<Exemplars>,
    noted: Noted,
    deliveries: Counter<u64>,
    redeliveries: Counter<u64>,
    extended: Counter<u64>,
    duplicates: Counter<u64>,
    errors: Counter<u64>,
    parked: Counter<u64>,
    outcomes: Counter<u64>,
    recovered: Counter<u64>,
    builds: Counter<u64>,
    stage_duration: Histogram<f64>,
    stage_waited: Histogram<f64>,
    queue_age: Histogram<f64>,
    deployment_duration: Histogram<f64>,
    quota_wait: Histogram<f64>,
    held: UpDownCounter<i64>,
    waiting: UpDownCounter<i64>,
}

/// How the handling of a delivery ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settled {
    /// Acknowledged.
    Done,
    /// To be delivered again.
    Retry,
    /// Given back because the worker stops.
    Aborted,
}

impl Settled {
    fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Retry => "retry",
            Self::Aborted => "aborted",
        }
    }
}

/// How a deployment gets its image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuildUse {
    /// By a build that it submits.
    Submitted,
    /// By a build of another deployment that is in progress: a build is saved.
    Joined,
    /// By a build that has ended: a build is saved.
    Reused,
}

impl BuildUse {
    fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Joined => "joined",
            Self::Reused => "reused",
        }
    }
}

/// A delivery that was handled.
pub(crate) struct Handled<'a> {
    pub(crate) topic: &'a str,
    pub(crate) attempt: Option<u32>,
    pub(crate) settled: Settled,
    /// Time from the publication of the message to the beginning of this handling.
    pub(crate) age: Duration,
    pub(crate) took: Duration,
    pub(crate) waited: Duration,
    /// Whether it was held for longer than one lease.
    pub(crate) is_extended: bool,
    pub(crate) trace: &'a TraceContext,
}

impl Metrics {
    /// Metrics of a worker. With an endpoint for them, they are also exported there, in OTLP, every
    /// minute or as `OTEL_METRIC_EXPORT_INTERVAL` says. Must be called within a Tokio runtime.
    #[must_use]
    pub fn start(stage: &'static str, settings: &TelemetrySettings) -> Self {
        let resource = traces::resource(stage, settings);
        let exemplars = Arc::<Exemplars>::default();
        let reader = SharedReader::new(ManualReader::builder().build());
        let mut provider =
            SdkMeterProvider::builder().with_resource(resource).with_reader(reader.clone());
        if let Some(destination) = &settings.metrics {
            let exemplars = Arc::clone(&exemplars);
            let exported = exporter::reader(destination, settings.temporality, exemplars);
            provider = provider.with_reader(exported);
        }
        Self::of(stage, provider.build(), reader, exemplars)
    }

    /// Metrics that are only read by [`Metrics::text`].
    #[must_use]
    pub fn unexported(stage: &'static str) -> Self {
        let reader = SharedReader::new(ManualReader::builder().build());
        let provider = SdkMeterProvider::builder().with_reader(reader.clone()).build();
        Self::of(stage, provider, reader, Arc::default())
    }

    fn of(
        stage: &'static str,
        provider: SdkMeterProvider,
        reader: SharedReader,
        exemplars: Arc<Exemplars>,
    ) -> Self {
        let meter = provider.meter("longshore");
        let shared = Shared {
            stage: KeyValue::new("stage", stage),
            deliveries: names::DELIVERIES.counter_in(&meter),
            redeliveries: names::REDELIVERIES.counter_in(&meter),
            extended: names::EXTENDED.counter_in(&meter),
            duplicates: names::DUPLICATES.counter_in(&meter),
            errors: names::ERRORS.counter_in(&meter),
            parked: names::PARKED.counter_in(&meter),
            outcomes: names::OUTCOMES.counter_in(&meter),
            recovered: names::RECOVERED.counter_in(&meter),
            builds: names::BUILDS.counter_in(&meter),
            stage_duration: names::STAGE_DURATION.histogram_in(&meter),
            stage_waited: names::STAGE_WAITED.histogram_in(&meter),
            queue_age: names::QUEUE_AGE.histogram_in(&meter),
            deployment_duration: names::DEPLOYMENT_DURATION.histogram_in(&meter),
            quota_wait: names::QUOTA_WAIT.histogram_in(&meter),
            held: names::HELD.level_in(&meter),
            waiting: names::WAITING.level_in(&meter),
            exemplars,
            noted: Noted::default(),
            provider,
            reader,
        };
        shared.noted.observe(&meter, &shared.stage);
        shared.begin();
        Self { shared: Arc::new(shared) }
    }

    /// Reads these whenever the metrics are read. Call this once.
    pub(crate) fn observe(&self, observed: Observed) {
        observed.observe(&self.shared.provider.meter("longshore"), &self.shared.stage);
    }

    /// A delivery is held until the guard is dropped.
    pub(crate) fn hold(&self) -> Level {
        Level::raise(self, |shared| &shared.held)
    }

    /// A delivery waits, and takes no slot, until the guard is dropped.
    pub(crate) fn wait(&self) -> Level {
        Level::raise(self, |shared| &shared.waiting)
    }

    pub(crate) fn handled(&self, handled: &Handled<'_>) {
        let shared = &self.shared;
        let topic = KeyValue::new("topic", topic_label(handled.topic));
        let result = KeyValue::new("result", handled.settled.as_str());
        let stage = || shared.stage.clone();
        shared.deliveries.add(1, &[stage(), topic.clone(), result.clone()]);
        if handled.attempt.is_some_and(|attempt| attempt > 1) {
            shared.redeliveries.add(1, std::slice::from_ref(&shared.stage));
        } else {
            self.record(names::QUEUE_AGE, &[stage(), topic], handled.age, handled.trace);
        }
        if handled.is_extended {
            shared.extended.add(1, std::slice::from_ref(&shared.stage));
        }
        let by_result = [stage(), result];
        self.record(names::STAGE_DURATION, &by_result, handled.took, handled.trace);
        if !handled.waited.is_zero() {
            self.record(names::STAGE_WAITED, &[stage()], handled.waited, handled.trace);
        }
    }

    /// A message was published, or delivered, a second time, and had no effect.
    pub(crate) fn duplicate(&self) {
        self.shared.duplicates.add(1, std::slice::from_ref(&self.shared.stage));
    }

    /// An input was not handled. `kind` is of a few known values.
    pub(crate) fn error(&self, kind: &'static str) {
        self.shared.errors.add(1, &[self.shared.stage.clone(), KeyValue::new("kind", kind)]);
    }

    pub(crate) fn parked(&self, cause: Cause) {
        let cause = KeyValue::new("cause", cause.as_str());
        self.shared.parked.add(1, &[self.shared.stage.clone(), cause]);
    }

    /// A deployment has ended, this long after its admission.
    pub(crate) fn ended(&self, outcome: &Outcome, took: Option<Duration>, trace: &TraceContext) {
        let class = match outcome {
            Outcome::Failed(failure) => match failure.class {
                FailureClass::User => "user",
                FailureClass::System => "system",
            },
            _ => "none",
        };
        let outcome = KeyValue::new("outcome", outcome.as_str());
        let stage = self.shared.stage.clone();
        self.shared.outcomes.add(1, &[stage, outcome.clone(), KeyValue::new("class", class)]);
        if let Some(took) = took {
            self.record(names::DEPLOYMENT_DURATION, &[outcome], took, trace);
        }
    }

    /// The sweep found what no message announced. `what` is of a few known values.
    pub(crate) fn recovered(&self, what: &'static str) {
        self.shared.recovered.add(1, &[self.shared.stage.clone(), KeyValue::new("what", what)]);
    }

    pub(crate) fn build(&self, how: BuildUse) {
        self.shared.builds.add(1, &[KeyValue::new("how", how.as_str())]);
    }

    pub(crate) fn token(&self, taken: &TakenToken, trace: &TraceContext) {
        let api = KeyValue::new("api", taken.key.api.name());
        self.record(names::QUOTA_WAIT, &[self.shared.stage.clone(), api], taken.wait, trace);
    }

    /// A subscription could lose messages.
    pub(crate) fn drifted(&self) {
        self.shared.noted.drifted.fetch_add(1, Ordering::Relaxed);
    }

    /// How many items the sweep could not handle.
    pub(crate) fn sweep_failing(&self, items: usize) {
        let items = u64::try_from(items).unwrap_or(u64::MAX);
        self.shared.noted.failing.store(items, Ordering::Relaxed);
    }

    pub(crate) fn counted(&self, counted: Counted) {
        *self.shared.noted.counted.lock() = Some(counted);
    }

    /// Records a duration, with its trace as an example of its bucket.
    fn record(
        &self,
        name: names::Definition,
        labels: &[KeyValue],
        took: Duration,
        trace: &TraceContext,
    ) {
        let shared = &self.shared;
        let histogram = match name {
            names::STAGE_DURATION => &shared.stage_duration,
            names::STAGE_WAITED => &shared.stage_waited,
            names::QUEUE_AGE => &shared.queue_age,
            names::DEPLOYMENT_DURATION => &shared.deployment_duration,
            _ => &shared.quota_wait,
        };
        let seconds = took.as_secs_f64();
        histogram.record(seconds, labels);
        shared.exemplars.note(name.name, labels, seconds, trace);
    }

    /// All metrics as text: in the format of Prometheus, version 0.0.4, or of OpenMetrics 1.0, which
    /// has examples of traces.
    #[must_use]
    pub fn text(&self, open_metrics: bool) -> String {
        text::render(&self.shared.reader, &self.shared.exemplars, open_metrics)
    }

    /// Exports what was not exported yet. Logs an error.
    pub(crate) fn shutdown(&self) {
        if let Err(error) = self.shared.provider.shutdown() {
            tracing::debug!(%error, "the last metrics may be lost");
        }
    }
}

impl Shared {
    /// Begins the counters that alerts watch at zero. One that began at its first event would show no
    /// increase.
    fn begin(&self) {
        let none = |counter: &Counter<u64>, name: &'static str, values: &[&'static str]| {
            for value in values {
                counter.add(0, &[self.stage.clone(), KeyValue::new(name, *value)]);
            }
        };
        none(&self.parked, "cause", &Cause::ALL.map(Cause::as_str));
        none(&self.recovered, "what", &["build", "deployment"]);
        none(&self.errors, "kind", &["permission-denied", "unauthenticated"]);
        self.duplicates.add(0, std::slice::from_ref(&self.stage));
        self.redeliveries.add(0, std::slice::from_ref(&self.stage));
        self.extended.add(0, std::slice::from_ref(&self.stage));
        let (failed, system) =
            (KeyValue::new("outcome", "failed"), KeyValue::new("class", "system"));
        self.outcomes.add(0, &[self.stage.clone(), failed, system]);
    }
}

/// Something that is counted as long as it exists.
pub(crate) struct Level {
    metrics: Metrics,
    of: fn(&Shared) -> &UpDownCounter<i64>,
}

impl Level {
    fn raise(metrics: &Metrics, of: fn(&Shared) -> &UpDownCounter<i64>) -> Self {
        of(&metrics.shared).add(1, std::slice::from_ref(&metrics.shared.stage));
        Self { metrics: metrics.clone(), of }
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        let shared = &self.metrics.shared;
        (self.of)(shared).add(-1, std::slice::from_ref(&shared.stage));
    }
}

#[cfg(test)]
mod tests;
