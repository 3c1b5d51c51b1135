//! The methods of Cloud Run, and which of them are served.

mod knative;

use longshore_local_kit::coverage::{Method, Support};

pub use knative::KNATIVE_METHODS;

/// Every method of <https://cloud.google.com/run/docs/reference/rest> v2.
pub const METHODS: &[Method] = &[
    served(
        "google.cloud.run.v2.Builds.SubmitBuild",
        "POST /v2/projects/{project}/locations/{location}/builds:submit",
        "buildpacks, from a source in Cloud Storage",
    ),
    served(
        "google.longrunning.Operations.DeleteOperation",
        "DELETE /v2/projects/{project}/locations/{location}/operations/{operation}",
        "",
    ),
    served(
        "google.longrunning.Operations.GetOperation",
        "GET /v2/projects/{project}/locations/{location}/operations/{operation}",
        "",
    ),
    served(
        "google.longrunning.Operations.ListOperations",
        "GET /v2/projects/{project}/locations/{location}/operations",
        "",
    ),
    served(
        "google.longrunning.Operations.WaitOperation",
        "POST /v2/projects/{project}/locations/{location}/operations/{operation}:wait",
        "",
    ),
    missing(
        "google.cloud.run.v2.Executions.CancelExecution",
        "POST /v2/projects/{project}/locations/{location}/jobs/{job}/executions/{execution}:cancel",
        "jobs are not supported",
    ),
    missing(
        "google.cloud.run.v2.Executions.DeleteExecution",
        "DELETE /v2/projects/{project}/locations/{location}/jobs/{job}/executions/{execution}",
        "jobs are not supported",
    ),
    missing(
        "google.cloud.run.v2.Executions.GetExecution",
        "GET /v2/projects/{project}/locations/{location}/jobs/{job}/executions/{execution}",
        "jobs are not supported",
    ),
    missing(
        "google.cloud.run.v2.Executions.ListExecutions",
        "GET /v2/projects/{project}/locations/{location}/jobs/{job}/executions",
        "jobs are not supported",
    ),
    missing(
        "google.cloud.run.v2.Instances.CreateInstance",
        "POST /v2/projects/{project}/locations/{location}/instances",
        "instances exist only for services",
    ),
    missing(
        "google.cloud.run.v2.Instances.DeleteInstance",
        "DELETE /v2/projects/{project}/locations/{location}/instances/{instance}",
        "instances exist only for services",
    ),
    missing(
        "google.cloud.run.v2.Instances.GetInstance",
        "GET /v2/projects/{project}/locations/{location}/instances/{instance}",
        "instances exist only for services",
    ),
    missing(
        "google.cloud.run.v2.Instances.ListInstances",
        "GET /v2/projects/{project}/locations/{location}/instances",
        "instances exist only for services",
    ),
    missing(
        "google.cloud.run.v2.Instances.StartInstance",
        "POST /v2/projects/{project}/locations/{location}/instances/{instance}:start",
        "instances exist only for services",
    ),
    missing(
        "google.cloud.run.v2.Instances.StopInstance",
        "POST /v2/projects/{project}/locations/{location}/instances/{instance}:stop",
        "instances exist only for services",
    ),
    missing(
        "google.cloud.run.v2.Jobs.CreateJob",
        "POST /v2/projects/{project}/locations/{location}/jobs",
        "jobs are not supported",
    ),
    missing(
        "google.cloud.run.v2.Jobs.DeleteJob",
        "DELETE /v2/projects/{project}/locations/{location}/jobs/{job}",
        "jobs are not supported",
    ),
    missing(
        "google.cloud.run.v2.Jobs.GetIamPolicy",
        "GET /v2/projects/{project}/locations/{location}/jobs/{job}:getIamPolicy",
        "jobs are not supported",
    ),
    missing(
        "google.cloud.run.v2.Jobs.GetJob",
        "GET /v2/projects/{project}/locations/{location}/jobs/{job}",
        "jobs are not supported",
    ),
    missing(
        "google.cloud.run.v2.Jobs.ListJobs",
        "GET /v2/projects/{project}/locations/{location}/jobs",
        "jobs are not supported",
    ),
    missing(
        "google.cloud.run.v2.Jobs.RunJob",
        "POST /v2/projects/{project}/locations/{location}/jobs/{job}:run",
        "jobs are not supported",
    ),
    missing(
        "google.cloud.run.v2.Jobs.SetIamPolicy",
        "POST /v2/projects/{project}/locations/{location}/jobs/{job}:setIamPolicy",
        "jobs are not supported",
    ),
    missing(
        "google.cloud.run.v2.Jobs.TestIamPermissions",
        "POST /v2/projects/{project}/locations/{location}/jobs/{job}:testIamPermissions",
        "jobs are not supported",
    ),
    missing(
        "google.cloud.run.v2.Jobs.UpdateJob",
        "PATCH /v2/projects/{project}/locations/{location}/jobs/{job}",
        "jobs are not supported",
    ),
    served(
        "google.cloud.run.v2.Revisions.DeleteRevision",
        "DELETE /v2/projects/{project}/locations/{location}/services/{service}/revisions/{revision}",
        "",
    ),
    missing(
        "google.cloud.run.v2.Revisions.DeleteRevision",
        "DELETE /v2/projects/{project}/locations/{location}/workerPools/{workerPool}/revisions/{revision}",
        "worker pools are not supported",
    ),
    served(
        "google.cloud.run.v2.Revisions.GetRevision",
        "GET /v2/projects/{project}/locations/{location}/services/{service}/revisions/{revision}",
        "",
    ),
    missing(
        "google.cloud.run.v2.Revisions.GetRevision",
        "GET /v2/projects/{project}/locations/{location}/workerPools/{workerPool}/revisions/{revision}",
        "worker pools are not supported",
    ),
    served(
        "google.cloud.run.v2.Revisions.ListRevisions",
        "GET /v2/projects/{project}/locations/{location}/services/{service}/revisions",
        "",
    ),
    missing(
        "google.cloud.run.v2.Revisions.ListRevisions",
        "GET /v2/projects/{project}/locations/{location}/workerPools/{workerPool}/revisions",
        "worker pools are not supported",
    ),
    served(
        "google.cloud.run.v2.Services.CreateService",
        "POST /v2/projects/{project}/locations/{location}/services",
        "unsupported fields are rejected",
    ),
    served(
        "google.cloud.run.v2.Services.DeleteService",
        "DELETE /v2/projects/{project}/locations/{location}/services/{service}",
        "",
    ),
    served(
        "google.cloud.run.v2.Services.GetIamPolicy",
        "GET /v2/projects/{project}/locations/{location}/services/{service}:getIamPolicy",
        "",
    ),
    served(
        "google.cloud.run.v2.Services.GetService",
        "GET /v2/projects/{project}/locations/{location}/services/{service}",
        "",
    ),
    served(
        "google.cloud.run.v2.Services.ListServices",
        "GET /v2/projects/{project}/locations/{location}/services",
        "deleted services are not listed",
    ),
    served(
        "google.cloud.run.v2.Services.SetIamPolicy",
        "POST /v2/projects/{project}/locations/{location}/services/{service}:setIamPolicy",
        "",
    ),
    served(
        "google.cloud.run.v2.Services.TestIamPermissions",
        "POST /v2/projects/{project}/locations/{location}/services/{service}:testIamPermissions",
        "every permission is granted",
    ),
    served(
        "google.cloud.run.v2.Services.UpdateService",
        "PATCH /v2/projects/{project}/locations/{location}/services/{service}",
        "as for CreateService",
    ),
    missing(
        "google.cloud.run.v2.Tasks.GetTask",
        "GET /v2/projects/{project}/locations/{location}/jobs/{job}/executions/{execution}/tasks/{task}",
        "jobs are not supported",
    ),
    missing(
        "google.cloud.run.v2.Tasks.ListTasks",
        "GET /v2/projects/{project}/locations/{location}/jobs/{job}/executions/{execution}/tasks",
        "jobs are not supported",
    ),
    missing(
        "google.cloud.run.v2.WorkerPools.CreateWorkerPool",
        "POST /v2/projects/{project}/locations/{location}/workerPools",
        "worker pools are not supported",
    ),
    missing(
        "google.cloud.run.v2.WorkerPools.DeleteWorkerPool",
        "DELETE /v2/projects/{project}/locations/{location}/workerPools/{workerPool}",
        "worker pools are not supported",
    ),
    missing(
        "google.cloud.run.v2.WorkerPools.GetIamPolicy",
        "GET /v2/projects/{project}/locations/{location}/workerPools/{workerPool}:getIamPolicy",
        "worker pools are not supported",
    ),
    missing(
        "google.cloud.run.v2.WorkerPools.GetWorkerPool",
        "GET /v2/projects/{project}/locations/{location}/workerPools/{workerPool}",
        "worker pools are not supported",
    ),
    missing(
        "google.cloud.run.v2.WorkerPools.ListWorkerPools",
        "GET /v2/projects/{project}/locations/{location}/workerPools",
        "worker pools are not supported",
    ),
    missing(
        "google.cloud.run.v2.WorkerPools.SetIamPolicy",
        "POST /v2/projects/{project}/locations/{location}/workerPools/{workerPool}:setIamPolicy",
        "worker pools are not supported",
    ),
    missing(
        "google.cloud.run.v2.WorkerPools.TestIamPermissions",
        "POST /v2/projects/{project}/locations/{location}/workerPools/{workerPool}:testIamPermissions",
        "worker pools are not supported",
    ),
    missing(
        "google.cloud.run.v2.WorkerPools.UpdateWorkerPool",
        "PATCH /v2/projects/{project}/locations/{location}/workerPools/{workerPool}",
        "worker pools are not supported",
    ),
    missing(
        "run.projects.locations.services.revisions.exportStatus",
        "GET /v2/projects/{project}/locations/{location}/services/{service}/revisions/{revision}/{operation}:exportStatus",
        "pull the image from the registry instead",
    ),
];

const fn served(name: &'static str, rest: &'static str, but: &'static str) -> Method {
    method(name, rest, Support::Served(but))
}

const fn missing(name: &'static str, rest: &'static str, why: &'static str) -> Method {
    method(name, rest, Support::Unimplemented(why))
}

const fn method(name: &'static str, rest: &'static str, support: Support) -> Method {
    Method { service: "Cloud Run", name, rest, grpc: "", support }
}
