//! The methods of Cloud Build and their support.

use longshore_local_kit::coverage::{Method, Support};

/// Every method of <https://cloud.google.com/build/docs/api/reference/rest> v1.
pub const METHODS: &[Method] = &[
    missing(
        "google.devtools.cloudbuild.v1.CloudBuild.ApproveBuild",
        "POST /v1/projects/{project}/builds/{build}:approve",
        "builds do not require approval",
    ),
    missing(
        "google.devtools.cloudbuild.v1.CloudBuild.ApproveBuild",
        "POST /v1/projects/{project}/locations/{location}/builds/{build}:approve",
        "builds do not require approval",
    ),
    served(
        "google.devtools.cloudbuild.v1.CloudBuild.CancelBuild",
        "POST /v1/projects/{project}/builds/{build}:cancel",
        "",
    ),
    served(
        "google.devtools.cloudbuild.v1.CloudBuild.CancelBuild",
        "POST /v1/projects/{project}/locations/{location}/builds/{build}:cancel",
        "",
    ),
    served(
        "google.devtools.cloudbuild.v1.CloudBuild.CreateBuild",
        "POST /v1/projects/{project}/builds",
        "only steps that run Google's buildpacks, with a source in Cloud Storage",
    ),
    served(
        "google.devtools.cloudbuild.v1.CloudBuild.CreateBuild",
        "POST /v1/projects/{project}/locations/{location}/builds",
        "only steps that run Google's buildpacks, with a source in Cloud Storage",
    ),
    missing(
        "google.devtools.cloudbuild.v1.CloudBuild.CreateBuildTrigger",
        "POST /v1/projects/{project}/triggers",
        "triggers are not supported; create a build",
    ),
    missing(
        "google.devtools.cloudbuild.v1.CloudBuild.CreateBuildTrigger",
        "POST /v1/projects/{project}/locations/{location}/triggers",
        "triggers are not supported; create a build",
    ),
    missing(
        "google.devtools.cloudbuild.v1.CloudBuild.CreateWorkerPool",
        "POST /v1/projects/{project}/locations/{location}/workerPools",
        "builds run on this machine",
    ),
    missing(
        "google.devtools.cloudbuild.v1.CloudBuild.DeleteBuildTrigger",
        "DELETE /v1/projects/{project}/triggers/{trigger}",
        "triggers are not supported; create a build",
    ),
    missing(
        "google.devtools.cloudbuild.v1.CloudBuild.DeleteBuildTrigger",
        "DELETE /v1/projects/{project}/locations/{location}/triggers/{trigger}",
        "triggers are not supported; create a build",
    ),
    missing(
        "google.devtools.cloudbuild.v1.CloudBuild.DeleteWorkerPool",
        "DELETE /v1/projects/{project}/locations/{location}/workerPools/{workerPool}",
        "builds run on this machine",
    ),
    served(
        "google.devtools.cloudbuild.v1.CloudBuild.GetBuild",
        "GET /v1/projects/{project}/builds/{build}",
        "",
    ),
    served(
        "google.devtools.cloudbuild.v1.CloudBuild.GetBuild",
        "GET /v1/projects/{project}/locations/{location}/builds/{build}",
        "",
    ),
    missing(
        "google.devtools.cloudbuild.v1.CloudBuild.GetBuildTrigger",
        "GET /v1/projects/{project}/triggers/{trigger}",
        "triggers are not supported; create a build",
    ),
    missing(
        "google.devtools.cloudbuild.v1.CloudBuild.GetBuildTrigger",
        "GET /v1/projects/{project}/locations/{location}/triggers/{trigger}",
        "triggers are not supported; create a build",
    ),
    served(
        "google.devtools.cloudbuild.v1.CloudBuild.GetDefaultServiceAccount",
        "GET /v1/projects/{project}/locations/{location}/defaultServiceAccount",
        "builds run as the user who runs the local cloud, whatever their account",
    ),
    missing(
        "google.devtools.cloudbuild.v1.CloudBuild.GetWorkerPool",
        "GET /v1/projects/{project}/locations/{location}/workerPools/{workerPool}",
        "builds run on this machine",
    ),
    served(
        "google.devtools.cloudbuild.v1.CloudBuild.ListBuilds",
        "GET /v1/projects/{project}/builds",
        "filters by tags, status, id, images, times, source and substitutions",
    ),
    served(
        "google.devtools.cloudbuild.v1.CloudBuild.ListBuilds",
        "GET /v1/projects/{project}/locations/{location}/builds",
        "filters by tags, status, id, images, times, source and substitutions",
    ),
    missing(
        "google.devtools.cloudbuild.v1.CloudBuild.ListBuildTriggers",
        "GET /v1/projects/{project}/triggers",
        "triggers are not supported; create a build",
    ),
    missing(
        "google.devtools.cloudbuild.v1.CloudBuild.ListBuildTriggers",
        "GET /v1/projects/{project}/locations/{location}/triggers",
        "triggers are not supported; create a build",
    ),
    missing(
        "google.devtools.cloudbuild.v1.CloudBuild.ListWorkerPools",
        "GET /v1/projects/{project}/locations/{location}/workerPools",
        "builds run on this machine",
    ),
    missing(
        "google.devtools.cloudbuild.v1.CloudBuild.ReceiveTriggerWebhook",
        "POST /v1/projects/{project}/triggers/{trigger}:webhook",
        "triggers are not supported; create a build",
    ),
    missing(
        "google.devtools.cloudbuild.v1.CloudBuild.ReceiveTriggerWebhook",
        "POST /v1/projects/{project}/locations/{location}/triggers/{trigger}:webhook",
        "triggers are not supported; create a build",
    ),
    served(
        "google.devtools.cloudbuild.v1.CloudBuild.RetryBuild",
        "POST /v1/projects/{project}/builds/{build}:retry",
        "",
    ),
    served(
        "google.devtools.cloudbuild.v1.CloudBuild.RetryBuild",
        "POST /v1/projects/{project}/locations/{location}/builds/{build}:retry",
        "",
    ),
    missing(
        "google.devtools.cloudbuild.v1.CloudBuild.RunBuildTrigger",
        "POST /v1/projects/{project}/triggers/{trigger}:run",
        "triggers are not supported; create a build",
    ),
    missing(
        "google.devtools.cloudbuild.v1.CloudBuild.RunBuildTrigger",
        "POST /v1/projects/{project}/locations/{location}/triggers/{trigger}:run",
        "triggers are not supported; create a build",
    ),
    missing(
        "google.devtools.cloudbuild.v1.CloudBuild.UpdateBuildTrigger",
        "PATCH /v1/projects/{project}/triggers/{trigger}",
        "triggers are not supported; create a build",
    ),
    missing(
        "google.devtools.cloudbuild.v1.CloudBuild.UpdateBuildTrigger",
        "PATCH /v1/projects/{project}/locations/{location}/triggers/{trigger}",
        "triggers are not supported; create a build",
    ),
    missing(
        "google.devtools.cloudbuild.v1.CloudBuild.UpdateWorkerPool",
        "PATCH /v1/projects/{project}/locations/{location}/workerPools/{workerPool}",
        "builds run on this machine",
    ),
    served(
        "google.longrunning.Operations.GetOperation",
        "GET /v1/projects/{project}/locations/{location}/operations/{operation}",
        "",
    ),
    served(
        "google.longrunning.Operations.CancelOperation",
        "POST /v1/projects/{project}/locations/{location}/operations/{operation}:cancel",
        "",
    ),
    served("google.longrunning.Operations.GetOperation", "GET /v1/operations/{operation}", ""),
    served(
        "google.longrunning.Operations.CancelOperation",
        "POST /v1/operations/{operation}:cancel",
        "",
    ),
    missing(
        "cloudbuild.projects.locations.githubEnterpriseConfigs.create",
        "POST /v1/projects/{project}/locations/{location}/githubEnterpriseConfigs",
        "sources come from Cloud Storage",
    ),
    missing(
        "cloudbuild.projects.locations.githubEnterpriseConfigs.list",
        "GET /v1/projects/{project}/locations/{location}/githubEnterpriseConfigs",
        "sources come from Cloud Storage",
    ),
    missing(
        "cloudbuild.projects.locations.githubEnterpriseConfigs.get",
        "GET /v1/projects/{project}/locations/{location}/githubEnterpriseConfigs/{githubEnterpriseConfig}",
        "sources come from Cloud Storage",
    ),
    missing(
        "cloudbuild.projects.locations.githubEnterpriseConfigs.patch",
        "PATCH /v1/projects/{project}/locations/{location}/githubEnterpriseConfigs/{githubEnterpriseConfig}",
        "sources come from Cloud Storage",
    ),
    missing(
        "cloudbuild.projects.locations.githubEnterpriseConfigs.delete",
        "DELETE /v1/projects/{project}/locations/{location}/githubEnterpriseConfigs/{githubEnterpriseConfig}",
        "sources come from Cloud Storage",
    ),
    missing(
        "cloudbuild.projects.locations.gitLabConfigs.create",
        "POST /v1/projects/{project}/locations/{location}/gitLabConfigs",
        "sources come from Cloud Storage",
    ),
    missing(
        "cloudbuild.projects.locations.gitLabConfigs.list",
        "GET /v1/projects/{project}/locations/{location}/gitLabConfigs",
        "sources come from Cloud Storage",
    ),
    missing(
        "cloudbuild.projects.locations.gitLabConfigs.get",
        "GET /v1/projects/{project}/locations/{location}/gitLabConfigs/{gitLabConfig}",
        "sources come from Cloud Storage",
    ),
    missing(
        "cloudbuild.projects.locations.gitLabConfigs.patch",
        "PATCH /v1/projects/{project}/locations/{location}/gitLabConfigs/{gitLabConfig}",
        "sources come from Cloud Storage",
    ),
    missing(
        "cloudbuild.projects.locations.gitLabConfigs.delete",
        "DELETE /v1/projects/{project}/locations/{location}/gitLabConfigs/{gitLabConfig}",
        "sources come from Cloud Storage",
    ),
    missing(
        "cloudbuild.projects.locations.bitbucketServerConfigs.create",
        "POST /v1/projects/{project}/locations/{location}/bitbucketServerConfigs",
        "sources come from Cloud Storage",
    ),
    missing(
        "cloudbuild.projects.locations.bitbucketServerConfigs.list",
        "GET /v1/projects/{project}/locations/{location}/bitbucketServerConfigs",
        "sources come from Cloud Storage",
    ),
    missing(
        "cloudbuild.projects.locations.bitbucketServerConfigs.get",
        "GET /v1/projects/{project}/locations/{location}/bitbucketServerConfigs/{bitbucketServerConfig}",
        "sources come from Cloud Storage",
    ),
    missing(
        "cloudbuild.projects.locations.bitbucketServerConfigs.patch",
        "PATCH /v1/projects/{project}/locations/{location}/bitbucketServerConfigs/{bitbucketServerConfig}",
        "sources come from Cloud Storage",
    ),
    missing(
        "cloudbuild.projects.locations.bitbucketServerConfigs.delete",
        "DELETE /v1/projects/{project}/locations/{location}/bitbucketServerConfigs/{bitbucketServerConfig}",
        "sources come from Cloud Storage",
    ),
];

const fn served(name: &'static str, rest: &'static str, but: &'static str) -> Method {
    method(name, rest, Support::Served(but))
}

const fn missing(name: &'static str, rest: &'static str, why: &'static str) -> Method {
    method(name, rest, Support::Unimplemented(why))
}

const fn method(name: &'static str, rest: &'static str, support: Support) -> Method {
    Method { service: "Cloud Build", name, rest, grpc: "", support }
}
