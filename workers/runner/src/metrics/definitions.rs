//! Every metric: its name, its kind, its unit and what it counts.

use opentelemetry::KeyValue;
use opentelemetry::metrics::{AsyncInstrument, Counter, Histogram, Meter, UpDownCounter};

/// A metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The name in OpenTelemetry.
    pub name: &'static str,
    pub kind: Kind,
    /// `s` for seconds, or what is counted, in braces
    /// (<https://opentelemetry.io/docs/specs/semconv/general/metrics/#instrument-units>).
    pub unit: &'static str,
    pub help: &'static str,
}

/// The kind of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// Upper bounds of the buckets of all durations, in seconds: from the handling of a message, which
/// takes milliseconds, to a deployment that waits for its deadline.
pub const DURATION_BUCKETS_S: [f64; 20] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0,
    600.0, 1_800.0, 3_600.0, 14_400.0,
];

pub(crate) const DELIVERIES: Definition = Definition::counter(
    "longshore.deliveries",
    "{delivery}",
    "Deliveries that were handled, by topic and result",
);
pub(crate) const REDELIVERIES: Definition = Definition::counter(
    "longshore.redeliveries",
    "{delivery}",
    "Deliveries of messages that had been delivered before",
);
pub(crate) const EXTENDED: Definition = Definition::counter(
    "longshore.deliveries.extended",
    "{delivery}",
    "Deliveries that the worker held for longer than one lease",
);
pub(crate) const DUPLICATES: Definition = Definition::counter(
    "longshore.duplicates",
    "{delivery}",
    "Deliveries that had no effect, because an earlier one had done the work",
);
pub(crate) const ERRORS: Definition = Definition::counter(
    "longshore.errors",
    "{error}",
    "Deliveries that were not handled, by the kind of the error",
);
pub(crate) const PARKED: Definition = Definition::counter(
    "longshore.parked",
    "{message}",
    "Messages that were parked for an operator, by cause",
);
pub(crate) const OUTCOMES: Definition = Definition::counter(
    "longshore.outcomes",
    "{deployment}",
    "Deployments that ended, by outcome and by who has to act on a failure",
);
pub(crate) const RECOVERED: Definition = Definition::counter(
    "longshore.sweep.recovered",
    "{item}",
    "Deployments and builds that the sweep moved on, because no message did",
);
pub(crate) const BUILDS: Definition = Definition::counter(
    "longshore.builds",
    "{deployment}",
    "Deployments by how they got their image: submitted, joined or reused",
);
pub(crate) const LEDGER_REQUESTS: Definition = Definition::counter(
    "longshore.ledger.requests",
    "{request}",
    "Requests to the bucket of the ledger, by operation",
);
pub(crate) const STAGE_DURATION: Definition = Definition::histogram(
    "longshore.stage.duration",
    "Time from the beginning of a delivery's handling to its end, with waits",
);
pub(crate) const STAGE_WAITED: Definition = Definition::histogram(
    "longshore.stage.waited",
    "The part of that time in which the delivery waited without a slot",
);
pub(crate) const QUEUE_AGE: Definition = Definition::histogram(
    "longshore.queue.age",
    "Age of a message when its first delivery is handled",
);
pub(crate) const DEPLOYMENT_DURATION: Definition = Definition::histogram(
    "longshore.deployment.duration",
    "Time from the admission of a deployment to its outcome",
);
pub(crate) const QUOTA_WAIT: Definition = Definition::histogram(
    "longshore.quota.wait",
    "Time for which a call was delayed to stay within a quota",
);
pub(crate) const HELD: Definition = Definition::gauge(
    "longshore.deliveries.held",
    "{delivery}",
    "Deliveries that the worker holds, handled or waiting",
);
pub(crate) const WAITING: Definition = Definition::gauge(
    "longshore.deliveries.waiting",
    "{delivery}",
    "Deliveries that wait without a slot",
);
pub(crate) const QUOTA_TOKENS: Definition = Definition::gauge(
    "longshore.quota.tokens",
    "{call}",
    "Calls that a quota allows at once, in the project that has the fewest left",
);
pub(crate) const READY: Definition = Definition::gauge(
    "longshore.ready",
    "{worker}",
    "1 if the worker accepts work, as /readyz says",
);
pub(crate) const DRIFT: Definition = Definition::gauge(
    "longshore.subscriptions.drifted",
    "{subscription}",
    "Subscriptions whose settings could lose messages, as they were when the worker started",
);
pub(crate) const SWEEP_FAILING: Definition = Definition::gauge(
    "longshore.sweep.failing",
    "{item}",
    "Items that failed when the sweep last handled them",
);
pub(crate) const OPEN: Definition = Definition::gauge(
    "longshore.deployments.open",
    "{deployment}",
    "Deployments that have not ended",
);
pub(crate) const LATE: Definition = Definition::gauge(
    "longshore.deployments.late",
    "{deployment}",
    "Deployments that have not ended and are past their deadlines",
);
pub(crate) const PARKED_NOW: Definition = Definition::gauge(
    "longshore.parked.messages",
    "{message}",
    "Messages that wait for an operator",
);
pub(crate) const BATCHES: Definition =
    Definition::gauge("longshore.batches.open", "{batch}", "Batches that have not ended");
pub(crate) const BATCH_FUNCTIONS: Definition = Definition::gauge(
    "longshore.batch.functions",
    "{function}",
    "Functions of the running batches, by whether they wait, are admitted, have ended or failed",
);

/// Every metric.
pub const ALL: [Definition; 26] = [
    DELIVERIES,
    REDELIVERIES,
    EXTENDED,
    DUPLICATES,
    ERRORS,
    PARKED,
    OUTCOMES,
    RECOVERED,
    BUILDS,
    LEDGER_REQUESTS,
    STAGE_DURATION,
    STAGE_WAITED,
    QUEUE_AGE,
    DEPLOYMENT_DURATION,
    QUOTA_WAIT,
    HELD,
    WAITING,
    QUOTA_TOKENS,
    READY,
    DRIFT,
    SWEEP_FAILING,
    OPEN,
    LATE,
    PARKED_NOW,
    BATCHES,
    BATCH_FUNCTIONS,
];

impl Definition {
    const fn counter(name: &'static str, unit: &'static str, help: &'static str) -> Self {
        Self { name, kind: Kind::Counter, unit, help }
    }

    const fn gauge(name: &'static str, unit: &'static str, help: &'static str) -> Self {
        Self { name, kind: Kind::Gauge, unit, help }
    }

    const fn histogram(name: &'static str, help: &'static str) -> Self {
        Self { name, kind: Kind::Histogram, unit: "s", help }
    }

    /// The name of the family in Prometheus, without the suffixes of its samples
    /// (<https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/>).
    #[must_use]
    pub fn family(&self) -> String {
        let unit = if self.unit == "s" { "_seconds" } else { "" };
        format!("{}{unit}", self.name.replace('.', "_"))
    }

    /// The names of its samples in Prometheus.
    #[must_use]
    pub fn samples(&self) -> Vec<String> {
        let family = self.family();
        let suffixes: &[&str] = match self.kind {
            Kind::Counter => &["_total"],
            Kind::Gauge => &[""],
            Kind::Histogram => &["_bucket", "_sum", "_count"],
        };
        suffixes.iter().map(|suffix| format!("{family}{suffix}")).collect()
    }

    pub(crate) fn counter_in(self, meter: &Meter) -> Counter<u64> {
        meter.u64_counter(self.name).with_unit(self.unit).with_description(self.help).build()
    }

    pub(crate) fn histogram_in(self, meter: &Meter) -> Histogram<f64> {
        let histogram = meter.f64_histogram(self.name).with_boundaries(DURATION_BUCKETS_S.to_vec());
        histogram.with_unit(self.unit).with_description(self.help).build()
    }

    pub(crate) fn level_in(self, meter: &Meter) -> UpDownCounter<i64> {
        let counter = meter.i64_up_down_counter(self.name).with_unit(self.unit);
        counter.with_description(self.help).build()
    }

    /// A gauge that is read when the metrics are.
    pub(crate) fn observed_in(
        self,
        meter: &Meter,
        read: impl Fn() -> Vec<(u64, Vec<KeyValue>)> + Send + Sync + 'static,
    ) {
        let gauge = meter.u64_observable_gauge(self.name).with_unit(self.unit);
        let observe = move |observer: &dyn AsyncInstrument<u64>| {
            read().iter().for_each(|(value, labels)| observer.observe(*value, labels));
        };
        gauge.with_description(self.help).with_callback(observe).build();
    }

    /// A counter that is read when the metrics are.
    pub(crate) fn observed_counter_in(
        self,
        meter: &Meter,
        read: impl Fn() -> Vec<(u64, Vec<KeyValue>)> + Send + Sync + 'static,
    ) {
        let counter = meter.u64_observable_counter(self.name).with_unit(self.unit);
        let observe = move |observer: &dyn AsyncInstrument<u64>| {
            read().iter().for_each(|(value, labels)| observer.observe(*value, labels));
        };
        counter.with_description(self.help).with_callback(observe).build();
    }
}
