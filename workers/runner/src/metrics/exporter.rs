//! Metrics over OTLP, with the examples of traces that the SDK does not collect.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::exemplar::Value as Example;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Exemplar as OtlpExemplar, HistogramDataPoint};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{PeriodicReader, Temporality};

use super::exemplars::{Exemplar, Exemplars};
use crate::otlp::{Destination, Sender};

/// Exports all metrics at each interval. A collector that is away costs the exports of that time: the
/// values are cumulative, unless a variable says otherwise, so the next one has all of them.
///
/// Call this inside the runtime: a reader exports on a thread of its own.
pub(super) fn reader(
    destination: &Destination,
    temporality: Temporality,
    exemplars: Arc<Exemplars>,
) -> PeriodicReader<Exporter> {
    let sender = Sender::new(destination.clone());
    PeriodicReader::builder(Exporter { sender, temporality, exemplars, upto: AtomicU64::new(0) })
        .build()
}

pub(super) struct Exporter {
    sender: Sender,
    temporality: Temporality,
    exemplars: Arc<Exemplars>,
    /// Time of the last export that arrived, in nanoseconds since the epoch: its examples are not sent
    /// again.
    upto: AtomicU64,
}

impl PushMetricExporter for Exporter {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let (now, upto) = (nanos(SystemTime::now()), self.upto.load(Ordering::Relaxed));
        let mut request = ExportMetricsServiceRequest::from(metrics);
        add_examples(&mut request, &self.exemplars, upto);
        self.sender.send("metrics", request).await?;
        self.upto.store(now, Ordering::Relaxed);
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        self.temporality
    }
}

/// Gives each histogram its examples since a time, in nanoseconds since the epoch.
fn add_examples(request: &mut ExportMetricsServiceRequest, exemplars: &Exemplars, since: u64) {
    let scopes = request.resource_metrics.iter_mut().flat_map(|of| &mut of.scope_metrics);
    for metric in scopes.flat_map(|scope| &mut scope.metrics) {
        let Some(Data::Histogram(histogram)) = &mut metric.data else { continue };
        for point in &mut histogram.data_points {
            let examples = exemplars.all_of(&metric.name, &labels(point)).into_iter();
            let examples = examples.filter(|example| nanos(example.at) >= since);
            point.exemplars.extend(examples.filter_map(encoded));
        }
    }
}

/// All labels are texts.
fn labels(point: &HistogramDataPoint) -> Vec<KeyValue> {
    let label = |(key, value): (&String, &Value)| match value {
        Value::StringValue(text) => Some(KeyValue::new(key.clone(), text.clone())),
        _ => None,
    };
    let attributes = point.attributes.iter();
    let attributes = attributes.filter_map(|one| Some((&one.key, one.value.as_ref()?)));
    attributes.filter_map(|(key, value)| label((key, value.value.as_ref()?))).collect()
}

fn encoded(example: Exemplar) -> Option<OtlpExemplar> {
    let trace_id = TraceId::from_hex(&example.trace_id).ok()?.to_bytes().to_vec();
    let span_id = SpanId::from_hex(&example.span_id).ok()?.to_bytes().to_vec();
    Some(OtlpExemplar {
        filtered_attributes: Vec::new(),
        time_unix_nano: nanos(example.at),
        span_id,
        trace_id,
        value: Some(Example::AsDouble(example.seconds)),
    })
}

fn nanos(at: SystemTime) -> u64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use longshore_messages::TraceContext;
    use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue as OtlpKeyValue};
    use opentelemetry_proto::tonic::metrics::v1::{
        Histogram, Metric, ResourceMetrics as OtlpMetrics, ScopeMetrics,
    };

    use super::*;

    const METRIC: &str = "longshore.stage.duration";

    fn request() -> ExportMetricsServiceRequest {
        let value = Some(AnyValue { value: Some(Value::StringValue("uploader".to_owned())) });
        let stage = OtlpKeyValue { key: "stage".to_owned(), value, ..OtlpKeyValue::default() };
        let point = HistogramDataPoint { attributes: vec![stage], ..HistogramDataPoint::default() };
        let histogram = Histogram { data_points: vec![point], ..Histogram::default() };
        let metric = Metric {
            name: METRIC.to_owned(),
            data: Some(Data::Histogram(histogram)),
            ..Metric::default()
        };
        let scope = ScopeMetrics { metrics: vec![metric], ..ScopeMetrics::default() };
        let of = OtlpMetrics { scope_metrics: vec![scope], ..OtlpMetrics::default() };
        ExportMetricsServiceRequest { resource_metrics: vec![of] }
    }

    fn examples(request: &ExportMetricsServiceRequest) -> Vec<(Vec<u8>, Option<Example>)> {
        let metric = &request.resource_metrics[0].scope_metrics[0].metrics[0];
        let Some(Data::Histogram(histogram)) = &metric.data else { panic!("{metric:?}") };
        let exemplars = histogram.data_points[0].exemplars.iter();
        exemplars.map(|one| (one.trace_id.clone(), one.value)).collect()
    }

    #[test]
    fn a_histogram_is_exported_with_the_examples_since_the_last_export() {
        let exemplars = Exemplars::default();
        for (number, seconds) in [(1_u8, 0.001), (2, 7.0)] {
            let traceparent = Some(format!("00-{number:032x}-{number:016x}-01"));
            let trace = TraceContext { traceparent, tracestate: None };
            exemplars.note(METRIC, &[KeyValue::new("stage", "uploader")], seconds, &trace);
        }
        let mut first = request();
        add_examples(&mut first, &exemplars, 0);
        let trace = |number: u8| [vec![0; 15], vec![number]].concat();
        let expected = [(1, 0.001), (2, 7.0)]
            .map(|(number, seconds)| (trace(number), Some(Example::AsDouble(seconds))));
        assert_eq!(examples(&first), expected);
        let mut next = request();
        add_examples(&mut next, &exemplars, nanos(SystemTime::now()) + 1);
        assert_eq!(examples(&next), []);
    }
}
