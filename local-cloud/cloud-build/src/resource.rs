//! A build as the resource `google.devtools.cloudbuild.v1.Build`, in responses and in
//! notifications.

use std::collections::HashMap;

use google_cloud_build_v1::model;
use google_cloud_build_v1::model::build::FailureInfo;
use google_cloud_build_v1::model::source::Source;
use google_cloud_wkt::{Duration, Timestamp};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::core::{End, Provenance, Record, Span, Spec, Status};
use crate::names::BuildNames;

/// Name of the build's only step. On Google it is the image of `pack`.
const STEP_NAME: &str = concat!("longshore.local/buildpacks:", env!("CARGO_PKG_VERSION"));

/// The build as JSON. Enum values are written by name, as by Google's own servers: every client
/// accepts names, and they are readable with `curl`.
pub(crate) fn build_json(names: BuildNames<'_>, record: &Record) -> serde_json::Result<Value> {
    let mut value = serde_json::to_value(model(names, record)?)?;
    name_enums(&mut value, record);
    Ok(value)
}

pub(crate) fn model(names: BuildNames<'_>, record: &Record) -> serde_json::Result<model::Build> {
    let spec = &record.spec;
    let logs_bucket = names.logs_bucket(spec);
    let build = model::Build::new()
        .set_name(names.build(record))
        .set_id(&record.id)
        .set_project_id(&spec.project)
        .set_source(source(spec))
        .set_steps(steps(record)?)
        .set_create_time(timestamp(record.created_at))
        .set_or_clear_start_time(record.started_at.map(timestamp))
        .set_or_clear_finish_time(record.ended_at.map(timestamp))
        .set_timeout(Duration::clamp(spec.timeout().as_secs().try_into().unwrap_or(i64::MAX), 0))
        .set_queue_ttl(Duration::clamp(spec.queue_ttl().whole_seconds(), 0))
        .set_images([&spec.image])
        .set_log_url(format!("gs://{logs_bucket}/{}", names.log_object(&record.id)))
        .set_logs_bucket(format!("gs://{logs_bucket}"))
        .set_tags(&spec.tags)
        .set_service_account(&spec.service_account)
        .set_or_clear_available_secrets(available_secrets(spec)?)
        .set_substitutions(substitutions(spec)?);
    Ok(match &record.end {
        Some(end) => with_end(build, end, build_step(record)),
        None => build,
    })
}

fn with_end(build: model::Build, end: &End, build_step: usize) -> model::Build {
    // One for each step; the steps before the build have no output.
    let before = std::iter::repeat_n(bytes::Bytes::new(), build_step);
    let outputs = end.output.iter().flat_map(|output| {
        before.clone().chain([bytes::Bytes::copy_from_slice(output.as_bytes())])
    });
    let images = end.image.iter().map(|image| {
        model::BuiltImage::new()
            .set_name(&image.name)
            .set_digest(&image.digest)
            .set_push_timing(time_span(image.push))
    });
    let failure =
        end.failure.as_ref().map(|failure| FailureInfo::new().set_detail(&failure.detail));
    build
        .set_status_detail(&end.detail)
        .set_results(model::Results::new().set_images(images).set_build_step_outputs(outputs))
        .set_timing(end.phases.iter().map(|(phase, span)| (phase, time_span(*span))))
        .set_or_clear_failure_info(failure)
}

fn source(spec: &Spec) -> model::Source {
    let storage = model::StorageSource::new()
        .set_bucket(&spec.bucket)
        .set_object(&spec.object)
        .set_generation(spec.generation);
    model::Source::new().set_source(Some(Source::StorageSource(Box::new(storage))))
}

/// The caller's steps, or the single step that `builds:submit` stands for. That step lists the
/// names of environment variables without their values, which may be secret.
fn steps(record: &Record) -> serde_json::Result<Vec<model::BuildStep>> {
    let mut steps = match &record.spec.request {
        Some(request) => request
            .steps
            .iter()
            .cloned()
            .map(serde_json::from_value)
            .collect::<Result<Vec<_>, _>>()?,
        None => {
            let names = record.spec.environment.keys().map(|name| format!("--env={name}"));
            vec![model::BuildStep::new().set_name(STEP_NAME).set_args(names)]
        }
    };
    let span = record.end.as_ref().and_then(|end| end.phases.get("BUILD"));
    if let Some(step) = steps.get_mut(build_step(record)) {
        step.timing = span.map(|span| time_span(*span));
    }
    Ok(steps)
}

/// Index of the step that runs the buildpacks.
fn build_step(record: &Record) -> usize {
    record.spec.request.as_ref().map_or(0, |request| request.build_step)
}

/// As the caller wrote it: it names secrets and does not have their values.
fn available_secrets(spec: &Spec) -> serde_json::Result<Option<model::Secrets>> {
    match spec.requested("/availableSecrets") {
        Some(given) => serde_json::from_value(given.clone()).map(Some),
        None => Ok(None),
    }
}

fn substitutions(spec: &Spec) -> serde_json::Result<HashMap<String, String>> {
    match spec.requested("/substitutions") {
        Some(given) => serde_json::from_value(given.clone()),
        None => Ok(HashMap::new()),
    }
}

fn time_span(span: Span) -> model::TimeSpan {
    model::TimeSpan::new().set_start_time(timestamp(span.from)).set_end_time(timestamp(span.to))
}

fn timestamp(at: OffsetDateTime) -> Timestamp {
    Timestamp::clamp(at.unix_timestamp(), i32::try_from(at.nanosecond()).unwrap_or(0))
}

/// The caller's options. By default, logs are objects of Cloud Storage.
fn options(spec: &Spec) -> Value {
    let given = spec.requested("/options").and_then(Value::as_object);
    let mut options = given.cloned().unwrap_or_default();
    options.entry("logging").or_insert_with(|| json!("GCS_ONLY"));
    if !spec.machine_type.is_empty() {
        options.insert("machineType".to_owned(), json!(spec.machine_type));
    }
    Value::Object(options)
}

/// Replaces the enum values of a serialized build with names; Google's model types write numbers.
pub(crate) fn name_enums(build: &mut Value, record: &Record) {
    build["status"] = json!(record.status.name());
    if let Some(provenance) = record.end.as_ref().and_then(|end| end.provenance.as_ref()) {
        build["sourceProvenance"] = source_provenance(&record.spec, provenance);
    }
    build["options"] = options(&record.spec);
    if let Some(fetcher) = record.spec.requested("/source/storageSource/sourceFetcher") {
        build["source"]["storageSource"]["sourceFetcher"] = fetcher.clone();
    }
    for step in build.get_mut("steps").and_then(Value::as_array_mut).into_iter().flatten() {
        // The other steps finish together with the build step.
        step["status"] = json!(step_status(record).name());
    }
    let failure = record.end.as_ref().and_then(|end| end.failure.as_ref());
    if let (Some(failure), Some(info)) = (failure, build.get_mut("failureInfo")) {
        info["type"] = json!(failure.kind.name());
    }
}

/// The generation that was read. <https://cloud.google.com/build/docs/api/reference/rest/v1/projects.builds#SourceProvenance>
fn source_provenance(spec: &Spec, provenance: &Provenance) -> Value {
    let (bucket, object, generation) = (&spec.bucket, &spec.object, provenance.generation);
    let mut value = json!({"resolvedStorageSource": {
        "bucket": bucket,
        "object": object,
        "generation": generation.to_string(),
    }});
    if let Some(md5) = &provenance.md5 {
        let file = format!("gs://{bucket}/{object}#{generation}");
        value["fileHashes"] = json!({file: {"fileHash": [{"type": "MD5", "value": md5}]}});
    }
    value
}

/// A step that finished before the push failed has succeeded.
fn step_status(record: &Record) -> Status {
    let Some(end) = &record.end else { return record.status };
    match &end.failure {
        Some(failure) => failure.kind.status_of_step(),
        None => record.status,
    }
}
