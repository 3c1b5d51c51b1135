//! `projects.builds.create` and `projects.locations.builds.create`: maps a `Build` of the Cloud
//! Build API to a specification.
//!
//! Google runs any container image as a step. The local cloud only runs Google's buildpacks, so the
//! steps must be equivalent to that (see [`pack`]). Everything else is rejected; nothing that would
//! change the image is ignored silently.

mod fields;
mod new_build;
mod pack;
mod secrets;
mod substitutions;

pub(super) use self::new_build::NewBuild;

use google_cloud_build_v1::model::{Build, BuildStep, StorageSource, source};
use google_cloud_wkt::Duration;
use serde_json::Value;

use self::fields::BUILD;
use self::pack::Pack;
use self::substitutions::Substitutions;
use super::submit::check_tags;
use crate::core::{Request, Spec};
use crate::image::Reference;
use longshore_local_kit::rest::RestError;
use longshore_local_kit::shape::{Mismatch, checked_message};

const NOT_IN_STORAGE: &str = "builds from a source that is not in Cloud Storage (source)";

/// Cloud Build's maximum for `Build.timeout`.
const TIMEOUT_MAX_SECONDS: i64 = 24 * 60 * 60;

/// The document as a specification.
///
/// # Errors
/// `INVALID_ARGUMENT` with the field, or `UNIMPLEMENTED` for what only Google supports. Retrying
/// does not help.
pub(super) fn spec(new_build: &NewBuild<'_>, document: Value) -> Result<Spec, RestError> {
    // Of all fields, also of those that only Google sets.
    check_supported(&read(&document)?)?;
    let document = checked_message(document, BUILD).map_err(Mismatch::into_rest)?;
    let build = read(&document)?;
    if build.steps.is_empty() {
        return Err(RestError::invalid("steps: at least one is required"));
    }
    let source = storage_source(&build)?;
    check_tags(&build.tags)?;
    let mut substitutions = Substitutions::new(new_build, &build);
    let steps = substituted_steps(&build.steps, &mut substitutions)?;
    let images = build
        .images
        .iter()
        .map(|image| substitutions.apply(image))
        .collect::<Result<Vec<_>, _>>()?;
    let versions = secrets::versions(&build, &mut substitutions)?;
    substitutions.check_all_used()?;
    let Pack { image, environment, secrets, build_step } = pack::read(&steps, &images)?;
    let secrets = secrets::of_build(&steps, versions, &secrets)?;
    let Some(reference) = Reference::parse(&image) else {
        return Err(RestError::invalid(format!(
            "images: `{image}` is not HOST/PROJECT/REPOSITORY/IMAGE[:TAG] of Artifact Registry"
        )));
    };
    let request = Request {
        steps: steps
            .iter()
            .map(serde_json::to_value)
            .collect::<Result<_, _>>()
            .map_err(unwritable)?,
        build_step,
        timeout_seconds: timeout_seconds(build.timeout.as_ref())?,
        queue_ttl_seconds: queue_ttl_seconds(build.queue_ttl.as_ref())?,
        logs_bucket: build.logs_bucket.trim_start_matches("gs://").trim_end_matches('/').to_owned(),
        build: document,
    };
    Ok(Spec {
        project: new_build.project.to_owned(),
        region: new_build.region.to_owned(),
        bucket: source.bucket,
        object: source.object,
        generation: source.generation,
        image: reference.to_string(),
        environment,
        secrets,
        service_account: build.service_account,
        machine_type: machine_type(&request.build),
        tags: build.tags,
        request: Some(Box::new(request)),
    })
}

fn read(document: &Value) -> Result<Build, RestError> {
    serde_json::from_value(document.clone())
        .map_err(|error| RestError::invalid(format!("build: {error}")))
}

fn check_supported(build: &Build) -> Result<(), RestError> {
    let options = build.options.clone().unwrap_or_default();
    let source = build.source.as_ref().and_then(|source| source.source.as_ref());
    let is_elsewhere =
        source.is_some_and(|source| !matches!(source, source::Source::StorageSource(_)));
    let unsupported = [
        (is_elsewhere, NOT_IN_STORAGE),
        (build.artifacts.is_some(), "artifacts other than images (artifacts)"),
        (
            !build.secrets.is_empty(),
            "secrets that are encrypted in a build (secrets); use available_secrets.secret_manager",
        ),
        (!build.dependencies.is_empty(), "dependencies fetched before a build (dependencies)"),
        (build.git_config.is_some(), "Git settings (git_config)"),
        (options.pool.is_some(), "private worker pools (options.pool)"),
        (!options.volumes.is_empty(), "volumes (options.volumes)"),
        (
            !options.secret_env.is_empty(),
            "secrets of all steps (options.secret_env); use secret_env of the step with `pack build`",
        ),
        (
            !options.env.is_empty(),
            "environment variables of all steps (options.env); set them for the build with `pack build --env NAME=VALUE`",
        ),
        (
            !options.source_provenance_hash.is_empty(),
            "source hashes (options.source_provenance_hash)",
        ),
    ];
    match unsupported.iter().find(|(asked, _)| *asked) {
        Some((_, what)) => Err(RestError::unimplemented(*what)),
        None => Ok(()),
    }
}

fn storage_source(build: &Build) -> Result<StorageSource, RestError> {
    let source = match build.source.clone().and_then(|source| source.source) {
        Some(source::Source::StorageSource(source)) => *source,
        Some(_) => {
            return Err(RestError::unimplemented(NOT_IN_STORAGE));
        }
        None => {
            return Err(RestError::unimplemented(
                "builds without a source (source.storage_source is required)",
            ));
        }
    };
    for (field, value) in [("bucket", &source.bucket), ("object", &source.object)] {
        if value.is_empty() {
            return Err(RestError::invalid(format!("source.storage_source.{field}: required")));
        }
    }
    Ok(source)
}

fn substituted_steps(
    steps: &[BuildStep],
    substitutions: &mut Substitutions<'_>,
) -> Result<Vec<BuildStep>, RestError> {
    let mut substituted = steps.to_vec();
    for step in &mut substituted {
        for text in step.args.iter_mut().chain(&mut step.env).chain([
            &mut step.name,
            &mut step.dir,
            &mut step.entrypoint,
        ]) {
            *text = substitutions.apply(text)?;
        }
    }
    Ok(substituted)
}

/// 0 means that the caller set none.
fn timeout_seconds(timeout: Option<&Duration>) -> Result<u64, RestError> {
    match timeout.map_or(0, Duration::seconds) {
        seconds @ 0..=TIMEOUT_MAX_SECONDS => Ok(seconds.unsigned_abs()),
        _ => Err(RestError::invalid("timeout: must be between 0 and 24 hours")),
    }
}

/// 0 means that the caller set none.
fn queue_ttl_seconds(ttl: Option<&Duration>) -> Result<u64, RestError> {
    let seconds = ttl.map_or(0, Duration::seconds);
    u64::try_from(seconds).map_err(|_| RestError::invalid("queue_ttl: negative"))
}

/// As the caller wrote it, because the numbers of the enum mean nothing to a reader.
fn machine_type(build: &Value) -> String {
    build.pointer("/options/machineType").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn unwritable(error: serde_json::Error) -> RestError {
    RestError::internal(format!("cannot store the build: {error}"))
}

#[cfg(test)]
mod tests;
