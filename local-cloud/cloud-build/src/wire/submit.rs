//! `POST /v2/projects/P/locations/R/builds:submit` of the Cloud Run Admin API.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use axum::http::Method;
use google_cloud_run_v2::model::submit_build_request::{BuildType, BuildpacksBuild, Source};
use google_cloud_run_v2::model::{StorageSource, SubmitBuildRequest};
use serde_json::{Value, json};

use super::error;
use super::operation::operation_json;
use crate::core::Spec;
use crate::image::Reference;
use crate::resource::build_json;
use crate::service::Service;
use longshore_local_kit::rest::{Call, RestApi, RestError};

/// The base image that Google reports if the caller names none.
const DEFAULT_BASE_IMAGE: &str = "us-docker.pkg.dev/serverless-runtimes/google-22/run/universal";

/// Maximum length of a tag. Cloud Build accepts letters, digits, `_`, `.` and `-`.
const TAG_LIMIT_CHARACTERS: usize = 128;

/// Maximum number of tags of a build on Cloud Build.
const TAGS_LIMIT: usize = 64;

/// The fields of a request. Its type ignores others.
const FIELDS: [&str; 11] = [
    "buildpackBuild",
    "client",
    "dockerBuild",
    "imageUri",
    "machineType",
    "parent",
    "releaseTrack",
    "serviceAccount",
    "storageSource",
    "tags",
    "workerPool",
];

pub(crate) struct SubmitApi(pub(crate) Arc<Service>);

#[async_trait]
impl RestApi for SubmitApi {
    async fn answer(&self, call: &Call) -> Option<Result<Value, RestError>> {
        match (&call.method, call.segments().as_slice(), call.verb.as_deref()) {
            (
                &Method::POST,
                ["v2", "projects", project, "locations", region, "builds"],
                Some("submit"),
            ) => Some(submit(&self.0, project, region, call)),
            _ => None,
        }
    }
}

fn submit(
    service: &Arc<Service>,
    project: &str,
    region: &str,
    call: &Call,
) -> Result<Value, RestError> {
    call.check_fields(&FIELDS)?;
    let request: SubmitBuildRequest = call.message()?;
    let warning = base_image_warning(&request);
    let base_image = match named_base_image(&request) {
        Some(named) => complete_base_image(named, region),
        None => DEFAULT_BASE_IMAGE.to_owned(),
    };
    let spec = spec(project, region, request)?;
    let record = service.submit(spec).map_err(|error| error::not_recorded(&error))?;
    Ok(json!({
        "buildOperation": operation_json(service.names(), &record)?,
        "baseImageUri": base_image,
        "baseImageWarning": warning,
    }))
}

/// See [`super::submit_as`].
pub(super) fn submit_as(
    service: &Arc<Service>,
    id: &str,
    project: &str,
    region: &str,
    request: Value,
) -> Result<Value, RestError> {
    let record = match service.get(id) {
        Some(record) => record,
        None => {
            let request: SubmitBuildRequest = serde_json::from_value(request)
                .map_err(|error| RestError::invalid(format!("request: {error}")))?;
            let spec = spec(project, region, request)?;
            let submitted = service.submit_as(id.to_owned(), spec);
            submitted.map_err(|error| error::not_recorded(&error))?
        }
    };
    build_json(service.names(), &record).map_err(error::unrenderable)
}

/// The request as a specification.
///
/// # Errors
/// `INVALID_ARGUMENT` with the field, or `UNIMPLEMENTED` for what only Google supports. Retrying
/// does not help.
pub(super) fn spec(
    project: &str,
    region: &str,
    request: SubmitBuildRequest,
) -> Result<Spec, RestError> {
    let source = match request.source {
        Some(Source::StorageSource(source)) => *source,
        Some(_) => {
            return Err(RestError::unimplemented(
                "builds from a source that is not in Cloud Storage",
            ));
        }
        None => return Err(RestError::invalid("storage_source: required")),
    };
    check_source(&source)?;
    let Some(image) = Reference::parse(&request.image_uri) else {
        let text = format!(
            "image_uri: `{}` is not HOST/PROJECT/REPOSITORY/IMAGE[:TAG]",
            request.image_uri
        );
        return Err(RestError::invalid(text));
    };
    check_tags(&request.tags)?;
    if !request.worker_pool.is_empty() {
        return Err(RestError::unimplemented("private worker pools (worker_pool)"));
    }
    let buildpack = match request.build_type {
        Some(BuildType::BuildpackBuild(buildpack)) => *buildpack,
        Some(BuildType::DockerBuild(_)) => {
            return Err(RestError::unimplemented("builds from a Dockerfile (docker_build)"));
        }
        Some(_) | None => {
            return Err(RestError::invalid("build_type: buildpack_build is required"));
        }
    };
    check_buildpack(&buildpack)?;
    Ok(Spec {
        project: project.to_owned(),
        region: region.to_owned(),
        bucket: source.bucket,
        object: source.object,
        generation: source.generation,
        image: image.to_string(),
        environment: environment(buildpack),
        secrets: BTreeMap::new(),
        service_account: request.service_account,
        machine_type: request.machine_type,
        tags: request.tags,
        request: None,
    })
}

fn check_source(source: &StorageSource) -> Result<(), RestError> {
    for (field, value) in [("bucket", &source.bucket), ("object", &source.object)] {
        if value.is_empty() {
            return Err(RestError::invalid(format!("storage_source.{field}: required")));
        }
    }
    if source.generation < 0 {
        return Err(RestError::invalid("storage_source.generation: negative"));
    }
    Ok(())
}

pub(super) fn check_tags(tags: &[String]) -> Result<(), RestError> {
    if tags.len() > TAGS_LIMIT {
        return Err(RestError::invalid(format!("tags: more than {TAGS_LIMIT}")));
    }
    let valid = |tag: &&String| {
        (1..=TAG_LIMIT_CHARACTERS).contains(&tag.len())
            && tag.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
    };
    match tags.iter().find(|tag| !valid(tag)) {
        Some(tag) => Err(RestError::invalid(format!(
            "tags: `{tag}` does not match [A-Za-z0-9_.-]{{1,{TAG_LIMIT_CHARACTERS}}}"
        ))),
        None => Ok(()),
    }
}

fn check_buildpack(buildpack: &BuildpacksBuild) -> Result<(), RestError> {
    if !buildpack.project_descriptor.is_empty() {
        return Err(RestError::unimplemented("project descriptors (project_descriptor)"));
    }
    if !buildpack.cache_image_uri.is_empty() {
        return Err(RestError::unimplemented("cache images (cache_image_uri)"));
    }
    let invalid = |name: &&String| name.is_empty() || name.contains(['=', '\0']);
    match buildpack.environment_variables.keys().find(invalid) {
        Some(name) => {
            Err(RestError::invalid(format!("environment_variables: `{name}` is not a valid name")))
        }
        None => Ok(()),
    }
}

/// The build's environment: the caller's variables, and those that the request sets in separate
/// fields.
fn environment(buildpack: BuildpacksBuild) -> BTreeMap<String, String> {
    #[expect(deprecated, reason = "clients still send it")]
    let runtime = buildpack.runtime;
    let mut environment: BTreeMap<_, _> = buildpack.environment_variables.into_iter().collect();
    for (name, value) in
        [("GOOGLE_RUNTIME", runtime), ("GOOGLE_FUNCTION_TARGET", buildpack.function_target)]
    {
        if !value.is_empty() {
            environment.insert(name.to_owned(), value);
        }
    }
    environment
}

fn named_base_image(request: &SubmitBuildRequest) -> Option<&str> {
    match &request.build_type {
        Some(BuildType::BuildpackBuild(buildpack)) => {
            Some(buildpack.base_image.as_str()).filter(|image| !image.is_empty())
        }
        Some(_) | None => None,
    }
}

/// The name of a base image, which may be given by a runtime's id or by its stack and id. The image
/// of the region is used, and `google-22` stands in for the default stack, which differs between
/// runtimes
/// (<https://cloud.google.com/run/docs/configuring/services/runtime-base-images#how-to-obtain>).
fn complete_base_image(named: &str, region: &str) -> String {
    let is_id = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            && text.ends_with(|c: char| c.is_ascii_digit())
    };
    let (stack, runtime) = named.split_once('/').unwrap_or(("google-22", named));
    if !is_id(runtime) || !stack.starts_with("google-") {
        return named.to_owned();
    }
    format!("{region}-docker.pkg.dev/serverless-runtimes/{stack}/runtimes/{runtime}")
}

/// What the response warns of: gcloud shows it, and goes on.
fn base_image_warning(request: &SubmitBuildRequest) -> String {
    let warning = |image: &str| {
        let updates = if has_automatic_updates(request) { ", and never updated" } else { "" };
        format!(
            "the local cloud builds on the host's own root file system; `{image}` is not \
             used{updates}"
        )
    };
    named_base_image(request).map(warning).unwrap_or_default()
}

/// gcloud requests updates of the base image by default.
fn has_automatic_updates(request: &SubmitBuildRequest) -> bool {
    match &request.build_type {
        Some(BuildType::BuildpackBuild(buildpack)) => buildpack.enable_automatic_updates,
        Some(_) | None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_image_can_be_named_by_its_runtime() {
        let runtimes = "r-docker.pkg.dev/serverless-runtimes";
        for (named, complete) in [
            ("python312", format!("{runtimes}/google-22/runtimes/python312")),
            ("google-24-full/nodejs24", format!("{runtimes}/google-24-full/runtimes/nodejs24")),
            ("google-24", "google-24".to_owned()),
            ("r-docker.pkg.dev/p/r/image", "r-docker.pkg.dev/p/r/image".to_owned()),
        ] {
            assert_eq!(complete_base_image(named, "r"), complete);
        }
    }
}
