//! The trace of a deployment: which spans it has, and where they are sent.
//!
//! Spans go to two places, each with a queue of its own: the store of `longshore up`, which gets all
//! of them, and the endpoint of OpenTelemetry's variables. A place that is away, slow or refuses
//! never holds up a message: its queue is bounded, and what does not fit is dropped and counted.
//!
//! # Who decides what is kept?
//! All spans are recorded, because only the end of a deployment shows whether it failed. The sampler
//! of `OTEL_TRACES_SAMPLER` decides by the trace's id, so all workers decide alike. Of a trace that
//! it does not keep, each worker still sends the spans that failed or were slow, and the span of a
//! deployment that failed or was slow: enough to find it, but not the spans around it, which only a
//! program that sees all workers could keep. For complete traces of all failures, send everything to
//! an OpenTelemetry Collector with its tail sampling processor, or look into the store.

mod batches;
mod builds;
mod exporter;
mod requests;
mod root;
mod spans;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, Span, SpanData, SpanProcessor,
};

use self::exporter::OtlpExporter;
use self::requests::Requests;
use crate::otlp::{Sampler, TelemetrySettings};

pub use self::batches::batch_finished;
pub(crate) use self::batches::of_batch;
pub(crate) use self::builds::shared_build;
pub use self::builds::{build_span_id, claimants_trace};
pub(crate) use self::requests::{REQUESTS, RequestLayer};
pub(crate) use self::root::{finished, rooted};
pub(crate) use self::spans::{Delivered, TaskResult, parked_by, queued, stage_span, swept, waited};
pub use self::spans::{NewSpan, record, span_id};

/// How long spans wait for others before they are sent to the store of `longshore up`. Short, so that
/// a trace can be looked at soon after its deployment has ended, and long enough for one request to
/// have the spans of several deployments.
const OWN_DELAY: Duration = Duration::from_millis(500);

/// Name of the instrumentation.
pub(crate) const SCOPE: &str = "longshore";

/// Where spans of this process go that are not measured as they happen.
static PROCESSORS: OnceLock<Processors> = OnceLock::new();

/// What describes the sender of spans and metrics.
pub(crate) fn resource(service: &'static str, settings: &TelemetrySettings) -> Resource {
    let resource = Resource::builder();
    // The variable names the service of one program.
    match settings.service_name {
        Some(_) => resource.build(),
        None => resource.with_service_name(format!("longshore-{service}")).build(),
    }
}

/// Sets up the recording of spans, and of the requests below them. Call this once, inside the runtime.
/// Without a destination, spans are recorded only for their ids, which messages carry.
pub(crate) fn provider(
    service: &'static str,
    settings: &TelemetrySettings,
) -> (SdkTracerProvider, RequestLayer) {
    let resource = resource(service, settings);
    let own = settings.own.iter().map(|own| {
        let exporter = OtlpExporter::new(own.clone(), Sampler::AlwaysOn, &resource);
        let config = BatchConfigBuilder::default().with_scheduled_delay(OWN_DELAY).build();
        BatchSpanProcessor::builder(exporter).with_batch_config(config).build()
    });
    let theirs = settings.destination.iter().map(|destination| {
        let exporter = OtlpExporter::new(destination.clone(), settings.sampler, &resource);
        BatchSpanProcessor::builder(exporter).build()
    });
    let requests = Arc::<Requests>::default();
    let layer = RequestLayer::new(Arc::clone(&requests));
    let processors = Processors { all: own.chain(theirs).collect(), requests };
    // Only a test sets up telemetry twice, and then the first one stays.
    let _ = PROCESSORS.set(processors.clone());
    let sampler = opentelemetry_sdk::trace::Sampler::AlwaysOn;
    let provider = SdkTracerProvider::builder().with_resource(resource).with_sampler(sampler);
    (provider.with_span_processor(processors).build(), layer)
}

/// Sends a span that is complete already.
fn emit(span: SpanData) {
    if let Some(processors) = PROCESSORS.get() {
        processors.send(span);
    }
}

/// All processors of this process.
#[derive(Clone, Debug)]
struct Processors {
    all: Arc<[BatchSpanProcessor]>,
    requests: Arc<Requests>,
}

impl Processors {
    fn send(&self, span: SpanData) {
        let Some((last, others)) = self.all.split_last() else { return };
        for processor in others {
            processor.on_end(span.clone());
        }
        last.on_end(span);
    }
}

impl SpanProcessor for Processors {
    fn on_start(&self, span: &mut Span, context: &Context) {
        for processor in self.all.iter() {
            processor.on_start(span, context);
        }
    }

    fn on_end(&self, span: SpanData) {
        if self.all.is_empty() {
            return;
        }
        let (span, requests) = self.requests.ended(span);
        span.into_iter().chain(requests).for_each(|span| self.send(span));
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.all.iter().try_for_each(SpanProcessor::force_flush)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        // All of them, and then the first error: one that is away must not cost the others theirs.
        let ended: Vec<OTelSdkResult> =
            self.all.iter().map(|processor| processor.shutdown_with_timeout(timeout)).collect();
        ended.into_iter().collect()
    }
}
