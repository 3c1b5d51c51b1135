//! Metrics as text, in the formats that Prometheus reads.
//!
//! <https://prometheus.io/docs/instrumenting/exposition_formats/> and
//! <https://prometheus.io/docs/specs/om/open_metrics_spec/>.

use std::fmt::{self, Display, Write as _};
use std::sync::{Arc, Weak};
use std::time::{Duration, UNIX_EPOCH};

use opentelemetry::KeyValue;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::{
    AggregatedMetrics, HistogramDataPoint, MetricData, ResourceMetrics,
};
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{InstrumentKind, ManualReader, Pipeline, Temporality};

use super::definitions::{ALL, Definition, Kind};
use super::exemplars::{Exemplar, Exemplars};

/// A reader that the provider and the renderer share.
#[derive(Clone, Debug)]
pub(super) struct SharedReader(Arc<ManualReader>);

impl SharedReader {
    pub(super) fn new(reader: ManualReader) -> Self {
        Self(Arc::new(reader))
    }
}

impl MetricReader for SharedReader {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.register_pipeline(pipeline);
    }

    fn collect(&self, metrics: &mut ResourceMetrics) -> OTelSdkResult {
        self.0.collect(metrics)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.0.temporality(kind)
    }
}

/// All metrics that have values. Empty after the shutdown of the provider.
pub(super) fn render(reader: &SharedReader, exemplars: &Exemplars, open_metrics: bool) -> String {
    let mut read = ResourceMetrics::default();
    let mut page = Page { text: String::new(), exemplars, open_metrics };
    if reader.collect(&mut read).is_ok() {
        let metrics = read.scope_metrics().flat_map(|scope| scope.metrics());
        for metric in metrics {
            if let Some(definition) = ALL.into_iter().find(|one| one.name == metric.name()) {
                page.family(definition, metric.data());
            }
        }
    }
    if open_metrics {
        page.text.push_str("# EOF\n");
    }
    page.text
}

struct Page<'a> {
    text: String,
    exemplars: &'a Exemplars,
    open_metrics: bool,
}

impl Page<'_> {
    fn family(&mut self, definition: Definition, data: &AggregatedMetrics) {
        let family = definition.family();
        let kind = match definition.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        // In the older format, a counter is named like its sample.
        let named = match (definition.kind, self.open_metrics) {
            (Kind::Counter, false) => format!("{family}_total"),
            _ => family.clone(),
        };
        self.line(format_args!("# HELP {named} {}", definition.help));
        self.line(format_args!("# TYPE {named} {kind}"));
        if self.open_metrics && definition.unit == "s" {
            self.line(format_args!("# UNIT {named} seconds"));
        }
        let suffix = if definition.kind == Kind::Counter { "_total" } else { "" };
        match data {
            AggregatedMetrics::U64(data) => self.numbers(&family, suffix, data),
            AggregatedMetrics::I64(data) => self.numbers(&family, suffix, data),
            AggregatedMetrics::F64(MetricData::Histogram(histogram)) => {
                for point in histogram.data_points() {
                    self.histogram(definition, &family, point);
                }
            }
            AggregatedMetrics::F64(_) => {}
        }
    }

    fn numbers<T: Copy + Display>(&mut self, family: &str, suffix: &str, data: &MetricData<T>) {
        match data {
            MetricData::Sum(sum) => {
                for point in sum.data_points() {
                    let labels = Labels::of(point.attributes());
                    self.line(format_args!("{family}{suffix}{labels} {}", point.value()));
                }
            }
            MetricData::Gauge(gauge) => {
                for point in gauge.data_points() {
                    let labels = Labels::of(point.attributes());
                    self.line(format_args!("{family}{suffix}{labels} {}", point.value()));
                }
            }
            MetricData::Histogram(_) | MetricData::ExponentialHistogram(_) => {}
        }
    }

    /// Buckets of Prometheus are cumulative, and those of OpenTelemetry are not.
    fn histogram(&mut self, of: Definition, family: &str, point: &HistogramDataPoint<f64>) {
        let attributes: Vec<KeyValue> = point.attributes().cloned().collect();
        let bounds = point.bounds().map(|bound| format!("{bound:?}"));
        let bounds = bounds.chain(std::iter::once("+Inf".to_owned()));
        let mut total = 0;
        for (number, (bound, count)) in bounds.zip(point.bucket_counts()).enumerate() {
            total += count;
            let labels = Labels::of(attributes.iter()).and("le", &bound);
            let exemplar = match self.open_metrics && count > 0 {
                true => self.exemplars.of(of.name, &attributes, number),
                false => None,
            };
            let example = exemplar.as_ref().map(Example).map(|one| one.to_string());
            let example = example.unwrap_or_default();
            self.line(format_args!("{family}_bucket{labels} {total}{example}"));
        }
        let labels = Labels::of(attributes.iter());
        self.line(format_args!("{family}_sum{labels} {}", point.sum()));
        self.line(format_args!("{family}_count{labels} {}", point.count()));
    }

    fn line(&mut self, line: fmt::Arguments<'_>) {
        // Writing to a text never fails.
        let _ = writeln!(self.text, "{line}");
    }
}

/// Labels in braces, or nothing.
struct Labels(Vec<(String, String)>);

impl Labels {
    fn of<'a>(attributes: impl Iterator<Item = &'a KeyValue>) -> Self {
        let label = |pair: &KeyValue| {
            (pair.key.as_str().replace('.', "_"), pair.value.as_str().into_owned())
        };
        let mut labels: Vec<_> = attributes.map(label).collect();
        labels.sort();
        Self(labels)
    }

    fn and(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }
}

impl Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (name, value)) in self.0.iter().enumerate() {
            let before = if number == 0 { '{' } else { ',' };
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            write!(f, "{before}{name}=\"{value}\"")?;
        }
        if self.0.is_empty() { Ok(()) } else { f.write_char('}') }
    }
}

struct Example<'a>(&'a Exemplar);

impl Display for Example<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Exemplar { trace_id, span_id, seconds, at } = self.0;
        let at = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        write!(f, " # {{trace_id=\"{trace_id}\",span_id=\"{span_id}\"}} {seconds} {at:.3}")
    }
}

/// The content type of the text, by the formats that the client accepts.
pub(crate) fn content_type(open_metrics: bool) -> &'static str {
    if open_metrics {
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    } else {
        "text/plain; version=0.0.4; charset=utf-8"
    }
}
