//! Cloud Build: [`Builds`] over `google-cloud-run-v2` (submissions) and `google-cloud-build-v1`
//! (reads).

mod builder;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use google_cloud_build_v1::client::CloudBuild;
use google_cloud_build_v1::model::build::Status;
use google_cloud_build_v1::model::{self, BuildOperationMetadata};
use google_cloud_run_v2::client::Builds as RunBuilds;
use google_cloud_run_v2::model::submit_build_request::BuildpacksBuild;
use google_cloud_run_v2::model::{StorageSource, SubmitBuildRequest, SubmitBuildResponse};
use longshore_google_clients::Unpack as _;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::call::{Call, found};
use super::late::Late;
use super::masked::masked;
use super::profile::{Profile, REQUEST_LIMIT};
use super::timestamps::time_of;
use crate::error::ConnectError;
use crate::pacing::{Api, Key, Pacer};
use crate::{
    Build, BuildFailure, BuildPart, BuildRequest, BuildStatus, Builds, BuiltDigest, CloudError,
    Endpoints, Kind, Objects, SubmittedBuild,
};
use builder::builder;

/// Builds on one page of a list: more than are usually in progress in one region.
const PAGE_BUILDS: i32 = 100;

/// Maximum number of pages of recent builds: a thousand builds are more than Cloud Build runs at a
/// time, and older ones can be read one by one.
const RECENT_PAGES_MAX: usize = 10;

/// Maximum length of a line of a build's log in a failure, which is for people.
const LOG_LINE_LIMIT_BYTES: usize = 4 * 1024;

/// Maximum output of a build step in a failure, which is for people. The log has the rest.
const STEP_OUTPUT_LIMIT_BYTES: usize = 4 * 1024;

pub(crate) struct GoogleBuilds {
    submits: Late<RunBuilds>,
    reads: Late<CloudBuild>,
    logs: Arc<dyn Objects>,
    pacer: Pacer,
}

impl GoogleBuilds {
    pub(crate) async fn connect(
        profile: &Profile,
        endpoints: &Endpoints,
        logs: Arc<dyn Objects>,
        pacer: Pacer,
    ) -> Result<Self, ConnectError> {
        let (run, build) = (endpoints.run.as_deref(), endpoints.build.as_deref());
        Ok(Self {
            submits: profile.client("run", RunBuilds::builder, run).await?,
            reads: profile.client("build", CloudBuild::builder, build).await?,
            logs,
            pacer,
        })
    }

    /// The builds that match a filter, newest first, of at most this number of pages. Cloud Build
    /// lists the newest first (`ListBuilds` in `google/devtools/cloudbuild/v1/cloudbuild.proto`).
    async fn list(
        &self,
        call: Call<'_>,
        project: &str,
        region: &str,
        filter: &str,
        pages_max: usize,
    ) -> Result<Vec<Build>, CloudError> {
        let api = self.reads.get(call).await?;
        let parent = format!("projects/{project}/locations/{region}");
        let (mut builds, mut page_token) = (Vec::new(), String::new());
        for _ in 0..pages_max {
            self.pace(project, Api::BuildLists).await;
            let request = || {
                let request = api
                    .list_builds()
                    .set_parent(&parent)
                    .set_filter(filter)
                    .set_page_size(PAGE_BUILDS);
                request.set_page_token(&page_token).send()
            };
            let page = call.repeated(REQUEST_LIMIT, request).await;
            let page = self.pacer.note(&Key::of_project(project, Api::BuildLists), page)?;
            builds.extend(
                page.builds
                    .into_iter()
                    .map(|build| observed(build_name(project, region, &build.id), build)),
            );
            if page.next_page_token.is_empty() {
                break;
            }
            page_token = page.next_page_token;
        }
        builds.sort_by_key(|build| std::cmp::Reverse(build.created_at));
        Ok(builds)
    }

    /// Cloud Build's request quotas count a project in all its regions (`…PerMinutePerProject`).
    async fn pace(&self, project: &str, api: Api) {
        self.pacer.acquire(Key::of_project(project, api)).await;
    }
}

#[async_trait]
impl Builds for GoogleBuilds {
    async fn pace_submit(&self, project: &str) -> Duration {
        self.pacer.acquire(Key::of_project(project, Api::BuildSubmits)).await
    }

    #[tracing::instrument(name = "cloud.submit_build", skip_all, fields(service = "run", resource = request.image))]
    async fn submit(&self, request: &BuildRequest) -> Result<SubmittedBuild, CloudError> {
        let call = Call::new("submit build", &request.image);
        let api = self.submits.get(call).await?;
        let quota = Key::of_project(&request.project, Api::BuildSubmits);
        let submit = api.submit_build().with_request(submission(request));
        let response = call.once(REQUEST_LIMIT, submit.send()).await;
        let response = self.pacer.note(&quota, response)?;
        let id = submitted_id(&response)
            .ok_or_else(|| call.caused(Kind::Internal, "the response does not name a build"))?;
        if !response.base_image_warning.is_empty() {
            let (image, warning) = (&request.image, &response.base_image_warning);
            tracing::info!(image, warning, "Cloud Run warns about the base image");
        }
        let name = build_name(&request.project, &request.region, &id);
        Ok(SubmittedBuild { name, base_image: response.base_image_uri })
    }

    #[tracing::instrument(name = "cloud.get_build", skip_all, fields(service = "cloudbuild", resource = name))]
    async fn get(&self, name: &str) -> Result<Option<Build>, CloudError> {
        let call = Call::new("get build", name);
        let api = self.reads.get(call).await?;
        let parts = BuildName::of(name).ok_or_else(|| not_a_build(call))?;
        self.pace(parts.project, Api::BuildGets).await;
        let request = || api.get_build().set_name(name).send();
        let got = call.repeated(REQUEST_LIMIT, request).await;
        let got = found(self.pacer.note(&Key::of_project(parts.project, Api::BuildGets), got))?;
        Ok(got.map(|build| observed(name.to_owned(), build)))
    }

    #[tracing::instrument(name = "cloud.list_builds", skip_all, fields(service = "cloudbuild", resource = tag))]
    async fn list_by_tag(
        &self,
        project: &str,
        region: &str,
        tag: &str,
    ) -> Result<Vec<Build>, CloudError> {
        let call = Call::new("list builds", tag);
        let filter =
            tag_filter(tag).ok_or_else(|| call.caused(Kind::InvalidArgument, "not a tag"))?;
        self.list(call, project, region, &filter, usize::MAX).await
    }

    #[tracing::instrument(name = "cloud.list_builds", skip_all, fields(service = "cloudbuild", resource = tag))]
    async fn list_recent(
        &self,
        project: &str,
        region: &str,
        tag: &str,
        since: OffsetDateTime,
    ) -> Result<Vec<Build>, CloudError> {
        let call = Call::new("list builds", tag);
        let filter = recent_filter(tag, since)
            .ok_or_else(|| call.caused(Kind::InvalidArgument, "not a tag or a time"))?;
        self.list(call, project, region, &filter, RECENT_PAGES_MAX).await
    }

    #[tracing::instrument(name = "cloud.build_log", skip_all, fields(service = "storage", resource = build.name))]
    async fn log_tail(&self, build: &Build, lines: usize) -> Result<Vec<String>, CloudError> {
        let Some((bucket, object)) = log_object(build) else { return Ok(Vec::new()) };
        let Some((_, content)) = self.logs.get(&bucket, &object).await? else {
            return Ok(Vec::new());
        };
        Ok(last_lines(&String::from_utf8_lossy(&content), lines))
    }
}

fn not_a_build(call: Call<'_>) -> CloudError {
    call.caused(Kind::InvalidArgument, "a build is named projects/P/locations/R/builds/ID")
}

fn submission(request: &BuildRequest) -> SubmitBuildRequest {
    let source = StorageSource::new()
        .set_bucket(&request.source.bucket)
        .set_object(&request.source.object)
        .set_generation(request.source.generation);
    let buildpacks = BuildpacksBuild::new()
        .set_function_target(&request.function_target)
        .set_base_image(&request.base_image)
        .set_environment_variables(request.environment.clone());
    SubmitBuildRequest::new()
        .set_parent(format!("projects/{}/locations/{}", request.project, request.region))
        .set_image_uri(&request.image)
        .set_storage_source(source)
        .set_buildpack_build(buildpacks)
        .set_service_account(&request.service_account)
        .set_worker_pool(&request.worker_pool)
        .set_machine_type(&request.machine_type)
        .set_tags(request.tags.clone())
}

/// Reads the build's id from the operation's metadata
/// (`google.devtools.cloudbuild.v1.BuildOperationMetadata`).
fn submitted_id(response: &SubmitBuildResponse) -> Option<String> {
    let metadata = response.build_operation.as_ref()?.metadata.as_ref()?;
    let build = BuildOperationMetadata::unpack(metadata)?.build?;
    (!build.id.is_empty()).then_some(build.id)
}

/// Cloud Build names a build by its project's number. The fleet uses the project's id, so that a
/// build has one name.
fn build_name(project: &str, region: &str, id: &str) -> String {
    format!("projects/{project}/locations/{region}/builds/{id}")
}

/// The parts of a build's resource name that are used.
struct BuildName<'a> {
    project: &'a str,
    id: &'a str,
}

impl<'a> BuildName<'a> {
    fn of(name: &'a str) -> Option<Self> {
        match name.split('/').collect::<Vec<_>>()[..] {
            ["projects", project, "locations", region, "builds", id]
                if [project, region, id].iter().all(|part| !part.is_empty()) =>
            {
                Some(Self { project, id })
            }
            _ => None,
        }
    }
}

/// `None` for a text that cannot be a tag (`[\w][\w.-]{0,127}`), because it would change the
/// meaning of the filter.
fn tag_filter(tag: &str) -> Option<String> {
    let is_tag =
        !tag.is_empty() && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
    is_tag.then(|| format!("tags=\"{tag}\""))
}

/// The builds with a tag that were created after this time
/// (<https://cloud.google.com/build/docs/view-build-results#filtering_build_results_using_queries>).
fn recent_filter(tag: &str, since: OffsetDateTime) -> Option<String> {
    let since = since.format(&Rfc3339).ok()?;
    Some(format!("{} AND create_time>\"{since}\"", tag_filter(tag)?))
}

fn observed(name: String, build: model::Build) -> Build {
    let status = status(&build.status);
    Build {
        name,
        status,
        failure: failure(status, &build),
        targets: targets(&build),
        images: built_images(build.results.as_ref()),
        phases: phases(&build),
        steps: steps(&build),
        builder: builder(&build),
        tags: build.tags,
        log_url: build.log_url,
        logs_bucket: build.logs_bucket,
        created_at: build.create_time.as_ref().map(time_of),
        started_at: build.start_time.as_ref().map(time_of),
        finished_at: build.finish_time.as_ref().map(time_of),
    }
}

fn targets(build: &model::Build) -> Vec<String> {
    let artifacts = build.artifacts.as_ref().map(|artifacts| artifacts.images.as_slice());
    build.images.iter().chain(artifacts.unwrap_or_default()).cloned().collect()
}

fn built_images(results: Option<&model::Results>) -> Vec<BuiltDigest> {
    let images = results.map(|results| results.images.as_slice()).unwrap_or_default();
    images
        .iter()
        .map(|image| BuiltDigest { name: image.name.clone(), digest: image.digest.clone() })
        .collect()
}

/// `Build.timing` has the phases by name.
fn phases(build: &model::Build) -> Vec<BuildPart> {
    let phases = build.timing.iter().map(|(name, times)| part(name, false, Some(times)));
    let mut phases: Vec<BuildPart> = phases.collect();
    phases.sort_by_key(|phase| phase.begun_at);
    phases
}

fn steps(build: &model::Build) -> Vec<BuildPart> {
    let steps = build.steps.iter().map(|step| {
        let name = if step.id.is_empty() { &step.name } else { &step.id };
        part(name, status(&step.status).is_failure(), step.timing.as_ref())
    });
    steps.collect()
}

fn part(name: &str, has_failed: bool, times: Option<&model::TimeSpan>) -> BuildPart {
    BuildPart {
        name: name.to_owned(),
        has_failed,
        begun_at: times.and_then(|times| times.start_time.as_ref()).map(time_of),
        ended_at: times.and_then(|times| times.end_time.as_ref()).map(time_of),
    }
}

fn status(status: &Status) -> BuildStatus {
    match status {
        Status::Pending | Status::Queued => BuildStatus::Queued,
        Status::Working => BuildStatus::Working,
        Status::Success => BuildStatus::Success,
        Status::Failure => BuildStatus::Failure,
        Status::InternalError => BuildStatus::InternalError,
        Status::Timeout => BuildStatus::Timeout,
        Status::Cancelled => BuildStatus::Cancelled,
        Status::Expired => BuildStatus::Expired,
        // UNKNOWN, and statuses that Cloud Build adds: not terminal, so the build is read again.
        _ => BuildStatus::Unknown,
    }
}

fn failure(status: BuildStatus, build: &model::Build) -> Option<BuildFailure> {
    if status == BuildStatus::Success || !status.is_terminal() {
        return None;
    }
    let info = build.failure_info.as_ref();
    let kind = info
        .and_then(|info| info.r#type.name())
        .filter(|name| !name.ends_with("_UNSPECIFIED"))
        .unwrap_or_default();
    let detail = info
        .map(|info| info.detail.as_str())
        .filter(|detail| !detail.is_empty())
        .unwrap_or(&build.status_detail);
    let outputs = build
        .results
        .as_ref()
        .map(|results| results.build_step_outputs.as_slice())
        .unwrap_or_default();
    let mut texts = vec![detail.trim().to_owned()];
    for message in outputs.iter().map(|output| step_output(output)) {
        if !texts.iter().any(|text| text.contains(&message)) {
            texts.push(message);
        }
    }
    texts.retain(|text| !text.is_empty());
    Some(BuildFailure { kind: kind.to_owned(), detail: masked(&texts.join("\n")) })
}

/// The message of a step. Google's buildpacks write a JSON document whose `error.errorMessage` is
/// for people (<https://github.com/GoogleCloudPlatform/buildpacks>, `pkg/buildererror`,
/// `pkg/builderoutput`); other steps write plain text.
fn step_output(output: &[u8]) -> String {
    let document: Option<serde_json::Map<String, serde_json::Value>> =
        serde_json::from_slice(output).ok();
    let message = document.map(|mut document| {
        document.remove("error").unwrap_or_default()["errorMessage"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    });
    let text = message.unwrap_or_else(|| String::from_utf8_lossy(output).into_owned());
    cut(&text, STEP_OUTPUT_LIMIT_BYTES).trim().to_owned()
}

/// The beginning of a text, cut at a character boundary.
fn cut(text: &str, limit_bytes: usize) -> &str {
    &text[..text.floor_char_boundary(limit_bytes)]
}

/// Cloud Build stores the log as `log-ID.txt` in `logs_bucket`, which may include a folder.
fn log_object(build: &Build) -> Option<(String, String)> {
    let location =
        build.logs_bucket.strip_prefix("gs://").unwrap_or(&build.logs_bucket).trim_end_matches('/');
    let (bucket, folder) = location.split_once('/').unwrap_or((location, ""));
    let id = BuildName::of(&build.name)?.id;
    let object =
        if folder.is_empty() { format!("log-{id}.txt") } else { format!("{folder}/log-{id}.txt") };
    (!bucket.is_empty()).then(|| (bucket.to_owned(), object))
}

fn last_lines(text: &str, lines: usize) -> Vec<String> {
    let line = |line: &str| masked(cut(line, LOG_LINE_LIMIT_BYTES));
    let mut last: Vec<String> = text.lines().rev().take(lines).map(line).collect();
    last.reverse();
    last
}

#[cfg(test)]
mod tests;
