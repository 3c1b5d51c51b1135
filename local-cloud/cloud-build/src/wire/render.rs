//! A build as Google's APIs show it.

use google_cloud_build_v1::model;
use google_cloud_build_v1::model::build::FailureInfo;
use google_cloud_build_v1::model::source::Source;
use google_cloud_wkt::{Any, Duration, Timestamp};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::core::{End, QUEUE_TTL, Record, Span, Spec, Status};
use longshore_local_kit::rest::RestError;

/// Name of the build's one step. On Google it is the image of `pack`.
const STEP_NAME: &str = "longshore.local/buildpacks";

/// How this local cloud names its builds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names {
    pub(crate) project_number: u64,
}

impl Names {
    /// `projects/NUMBER/locations/REGION/builds/ID`.
    pub(crate) fn build(self, record: &Record) -> String {
        format!(
            "projects/{}/locations/{}/builds/{}",
            self.project_number, record.spec.region, record.id
        )
    }

    /// `projects/PROJECT/locations/REGION/operations/ID`; the operation has the build's id.
    pub(crate) fn operation(self, record: &Record) -> String {
        format!(
            "projects/{}/locations/{}/operations/{}",
            record.spec.project, record.spec.region, record.id
        )
    }

    /// Bucket of the build's log: the caller's, or one that is named as Google's regional buckets
    /// that belong to the user.
    pub(crate) fn logs_bucket(self, spec: &Spec) -> String {
        match spec.request.as_ref().map_or("", |request| request.logs_bucket.as_str()) {
            "" => format!("{}-{}-cloudbuild-logs", self.project_number, spec.region),
            given => given.to_owned(),
        }
    }

    /// Object of the build's log.
    pub(crate) fn log_object(self, id: &str) -> String {
        format!("log-{id}.txt")
    }

    /// Whether a caller's `project` (id or number) and `region` (or `-`) mean this build's.
    pub(crate) fn owns(self, record: &Record, project: &str, region: &str) -> bool {
        let project_fits =
            record.spec.project == project || self.project_number.to_string() == project;
        project_fits && (region == "-" || record.spec.region == region)
    }
}

/// The build as JSON. Enum values go by name, as Google's own servers write them: people with
/// `curl` read it too, and every client accepts names.
pub(crate) fn build_json(names: Names, record: &Record) -> Result<Value, RestError> {
    let mut value = serde_json::to_value(build(names, record)?).map_err(unwritable)?;
    name_enums(&mut value, record);
    Ok(value)
}

/// The build's long-running operation, done when the build has ended.
pub(crate) fn operation_json(names: Names, record: &Record) -> Result<Value, RestError> {
    let build = build(names, record)?;
    let metadata = model::BuildOperationMetadata::new().set_build(build.clone());
    let mut operation = json!({
        "name": names.operation(record),
        "metadata": Any::from_msg(&metadata).map_err(unwritable)?,
        "done": record.status.is_terminal(),
    });
    if record.status == Status::Success {
        operation["response"] = json!(Any::from_msg(&build).map_err(unwritable)?);
    } else if let Some(code) = error_code(record.status) {
        let detail = record.end.as_ref().map(|end| end.detail.as_str()).unwrap_or_default();
        operation["error"] = json!({"code": code, "message": format!("Build failed; check build logs for details: {detail}")});
    }
    for place in ["/metadata/build", "/response"] {
        if let Some(build) = operation.pointer_mut(place) {
            name_enums(build, record);
        }
    }
    Ok(operation)
}

/// `google.rpc.Code` of an operation whose build ended like this.
fn error_code(status: Status) -> Option<i32> {
    match status {
        Status::Queued | Status::Working | Status::Success => None,
        Status::Cancelled => Some(1),
        Status::Failure => Some(2),
        Status::Timeout | Status::Expired => Some(4),
        Status::InternalError => Some(13),
    }
}

fn build(names: Names, record: &Record) -> Result<model::Build, RestError> {
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
        .set_queue_ttl(Duration::clamp(QUEUE_TTL.whole_seconds(), 0))
        .set_images([&spec.image])
        .set_log_url(format!("gs://{logs_bucket}/{}", names.log_object(&record.id)))
        .set_logs_bucket(format!("gs://{logs_bucket}"))
        .set_tags(&spec.tags)
        .set_service_account(&spec.service_account)
        .set_substitutions(substitutions(spec)?);
    Ok(match &record.end {
        Some(end) => with_end(build, end, build_step(record)),
        None => build,
    })
}

fn with_end(build: model::Build, end: &End, build_step: usize) -> model::Build {
    // One for each step: those before the build have nothing to say.
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

/// The caller's steps, or the one that `builds:submit` stands for. Its environment names variables
/// and leaves their values out: a log of builds is no place for them.
fn steps(record: &Record) -> Result<Vec<model::BuildStep>, RestError> {
    let mut steps = match &record.spec.request {
        Some(request) => request
            .steps
            .iter()
            .cloned()
            .map(serde_json::from_value)
            .collect::<Result<Vec<_>, _>>()
            .map_err(unwritable)?,
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

/// Index of the step that is the work.
fn build_step(record: &Record) -> usize {
    record.spec.request.as_ref().map_or(0, |request| request.build_step)
}

fn substitutions(spec: &Spec) -> Result<std::collections::HashMap<String, String>, RestError> {
    match spec.request.as_ref().and_then(|request| request.build.get("substitutions")) {
        Some(given) => serde_json::from_value(given.clone()).map_err(unwritable),
        None => Ok(std::collections::HashMap::new()),
    }
}

fn time_span(span: Span) -> model::TimeSpan {
    model::TimeSpan::new().set_start_time(timestamp(span.from)).set_end_time(timestamp(span.to))
}

fn timestamp(at: OffsetDateTime) -> Timestamp {
    Timestamp::clamp(at.unix_timestamp(), i32::try_from(at.nanosecond()).unwrap_or(0))
}

/// Writes the enum values of a serialised build by name; Google's model types write numbers.
fn name_enums(build: &mut Value, record: &Record) {
    build["status"] = json!(record.status.name());
    build["options"] = json!({"logging": "GCS_ONLY", "machineType": record.spec.machine_type});
    if record.spec.machine_type.is_empty() {
        build["options"] = json!({"logging": "GCS_ONLY"});
    }
    for step in build.get_mut("steps").and_then(Value::as_array_mut).into_iter().flatten() {
        // What stands beside the work is done with it.
        step["status"] = json!(step_status(record).name());
    }
    let failure = record.end.as_ref().and_then(|end| end.failure.as_ref());
    if let (Some(failure), Some(info)) = (failure, build.get_mut("failureInfo")) {
        info["type"] = json!(failure.kind.name());
    }
}

/// A step that was through before the push failed has succeeded.
fn step_status(record: &Record) -> Status {
    let Some(end) = &record.end else { return record.status };
    match &end.failure {
        Some(failure) => failure.kind.status_of_step(),
        None => record.status,
    }
}

fn unwritable(error: impl std::fmt::Display) -> RestError {
    RestError::internal(format!("cannot write the build as JSON: {error}"))
}
