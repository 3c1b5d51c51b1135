//! Every method of Google's Cloud Scheduler, and whether it is served.

use longshore_local_kit::coverage::Support::{self, Served, Unimplemented};
use longshore_local_kit::coverage::{Api, Method};

const API: Api = Api("Cloud Scheduler");

const WHOLE: Support = Served("");
const TARGETS: Support = Served("HTTP and Pub/Sub targets; no OAuth tokens");
const LOCATIONS: Support =
    Served("a list of some of Google's locations; jobs can be created in any location");
const ENCRYPTION: Support = Unimplemented("jobs are not encrypted");
const OPERATIONS: Support = Unimplemented("no method returns an operation");

/// The gRPC path of the methods that are served over gRPC.
macro_rules! method {
    ($service:literal, $name:literal, $rest:literal, $support:expr) => {{
        let method = API.method(concat!($service, ".", $name), $rest, $support);
        match $support {
            Served(_) => method.with_grpc(concat!("/", $service, "/", $name)),
            Unimplemented(_) => method,
        }
    }};
}

/// Every method of `google.cloud.scheduler.v1`, and those of `google.cloud.location` and
/// `google.longrunning` that Cloud Scheduler has.
pub const METHODS: &[Method] = &[
    method!(
        "google.cloud.scheduler.v1.CloudScheduler",
        "ListJobs",
        "GET /v1/projects/{project}/locations/{location}/jobs",
        WHOLE
    ),
    method!(
        "google.cloud.scheduler.v1.CloudScheduler",
        "GetJob",
        "GET /v1/projects/{project}/locations/{location}/jobs/{job}",
        WHOLE
    ),
    method!(
        "google.cloud.scheduler.v1.CloudScheduler",
        "CreateJob",
        "POST /v1/projects/{project}/locations/{location}/jobs",
        TARGETS
    ),
    method!(
        "google.cloud.scheduler.v1.CloudScheduler",
        "UpdateJob",
        "PATCH /v1/projects/{project}/locations/{location}/jobs/{job}",
        TARGETS
    ),
    method!(
        "google.cloud.scheduler.v1.CloudScheduler",
        "DeleteJob",
        "DELETE /v1/projects/{project}/locations/{location}/jobs/{job}",
        WHOLE
    ),
    method!(
        "google.cloud.scheduler.v1.CloudScheduler",
        "PauseJob",
        "POST /v1/projects/{project}/locations/{location}/jobs/{job}:pause",
        WHOLE
    ),
    method!(
        "google.cloud.scheduler.v1.CloudScheduler",
        "ResumeJob",
        "POST /v1/projects/{project}/locations/{location}/jobs/{job}:resume",
        WHOLE
    ),
    method!(
        "google.cloud.scheduler.v1.CloudScheduler",
        "RunJob",
        "POST /v1/projects/{project}/locations/{location}/jobs/{job}:run",
        WHOLE
    ),
    method!(
        "google.cloud.scheduler.v1.CloudScheduler",
        "GetCmekConfig",
        "GET /v1/projects/{project}/locations/{location}/cmekConfig",
        ENCRYPTION
    ),
    method!(
        "google.cloud.scheduler.v1.CloudScheduler",
        "UpdateCmekConfig",
        "PATCH /v1/projects/{project}/locations/{location}/cmekConfig",
        ENCRYPTION
    ),
    method!(
        "google.cloud.location.Locations",
        "ListLocations",
        "GET /v1/projects/{project}/locations",
        LOCATIONS
    ),
    method!(
        "google.cloud.location.Locations",
        "GetLocation",
        "GET /v1/projects/{project}/locations/{location}",
        LOCATIONS
    ),
    method!(
        "google.longrunning.Operations",
        "ListOperations",
        "GET /v1/projects/{project}/locations/{location}/operations",
        OPERATIONS
    ),
    method!(
        "google.longrunning.Operations",
        "GetOperation",
        "GET /v1/projects/{project}/locations/{location}/operations/{operation}",
        OPERATIONS
    ),
    method!(
        "google.longrunning.Operations",
        "CancelOperation",
        "POST /v1/projects/{project}/locations/{location}/operations/{operation}:cancel",
        OPERATIONS
    ),
    method!(
        "google.longrunning.Operations",
        "DeleteOperation",
        "DELETE /v1/projects/{project}/locations/{location}/operations/{operation}",
        OPERATIONS
    ),
];
