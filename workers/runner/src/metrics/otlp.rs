//! Metrics over OTLP.

use opentelemetry_otlp::{ExporterBuildError, MetricExporter, WithExportConfig as _};
use opentelemetry_sdk::metrics::{PeriodicReader, Temporality};

/// Exports all metrics at each interval. A collector that is away costs the exports of that time: the
/// values are cumulative, so the next one has all of them.
pub(super) fn reader(endpoint: &str) -> Result<PeriodicReader<MetricExporter>, ExporterBuildError> {
    let exporter = MetricExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .with_temporality(Temporality::Cumulative)
        .build()?;
    Ok(PeriodicReader::builder(exporter).build())
}
