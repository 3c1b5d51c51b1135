//! Every method of Google's Cloud Tasks, and whether it is served.

use longshore_local_kit::coverage::Support::{self, Served, Unimplemented};
use longshore_local_kit::coverage::{Api, Method};

const API: Api = Api("Cloud Tasks");

const WHOLE: Support = Served("");
const LIST: Support = Served("");
const QUEUES: Support = Served("no routing to App Engine; logging has no effect");
const HTTP: Support = Served("HTTP targets only; no OAuth tokens");
const RUN: Support = Served("a task that runs is attempted again after that, not meanwhile");
const POLICY: Support = Served("policies are stored and returned; they have no effect");
const LOCATIONS: Support =
    Served("a list of some of Google's locations; queues can be created in any location");
const BATCH: Support = Unimplemented("create and delete tasks one by one");
const BUFFER: Support = Unimplemented("use CreateTask");
const ENCRYPTION: Support = Unimplemented("tasks are not encrypted");
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

/// Every method of `google.cloud.tasks.v2`, and those of `google.cloud.location` and
/// `google.longrunning` that Cloud Tasks has.
pub const METHODS: &[Method] = &[
    method!(
        "google.cloud.tasks.v2.CloudTasks",
        "ListQueues",
        "GET /v2/projects/{project}/locations/{location}/queues",
        LIST
    ),
    method!(
        "google.cloud.tasks.v2.CloudTasks",
        "GetQueue",
        "GET /v2/projects/{project}/locations/{location}/queues/{queue}",
        WHOLE
    ),
    method!(
        "google.cloud.tasks.v2.CloudTasks",
        "CreateQueue",
        "POST /v2/projects/{project}/locations/{location}/queues",
        QUEUES
    ),
    method!(
        "google.cloud.tasks.v2.CloudTasks",
        "UpdateQueue",
        "PATCH /v2/projects/{project}/locations/{location}/queues/{queue}",
        QUEUES
    ),
    method!(
        "google.cloud.tasks.v2.CloudTasks",
        "DeleteQueue",
        "DELETE /v2/projects/{project}/locations/{location}/queues/{queue}",
        WHOLE
    ),
    method!(
        "google.cloud.tasks.v2.CloudTasks",
        "PurgeQueue",
        "POST /v2/projects/{project}/locations/{location}/queues/{queue}:purge",
        WHOLE
    ),
    method!(
        "google.cloud.tasks.v2.CloudTasks",
        "PauseQueue",
        "POST /v2/projects/{project}/locations/{location}/queues/{queue}:pause",
        WHOLE
    ),
    method!(
        "google.cloud.tasks.v2.CloudTasks",
        "ResumeQueue",
        "POST /v2/projects/{project}/locations/{location}/queues/{queue}:resume",
        WHOLE
    ),
    method!(
        "google.cloud.tasks.v2.CloudTasks",
        "GetIamPolicy",
        "POST /v2/projects/{project}/locations/{location}/queues/{queue}:getIamPolicy",
        POLICY
    ),
    method!(
        "google.cloud.tasks.v2.CloudTasks",
        "SetIamPolicy",
        "POST /v2/projects/{project}/locations/{location}/queues/{queue}:setIamPolicy",
        POLICY
    ),
    method!(
        "google.cloud.tasks.v2.CloudTasks",
        "TestIamPermissions",
        "POST /v2/projects/{project}/locations/{location}/queues/{queue}:testIamPermissions",
        POLICY
    ),
    method!(
        "google.cloud.tasks.v2.CloudTasks",
        "ListTasks",
        "GET /v2/projects/{project}/locations/{location}/queues/{queue}/tasks",
        WHOLE
    ),
    method!(
        "google.cloud.tasks.v2.CloudTasks",
        "GetTask",
        "GET /v2/projects/{project}/locations/{location}/queues/{queue}/tasks/{task}",
        WHOLE
    ),
    method!(
        "google.cloud.tasks.v2.CloudTasks",
        "CreateTask",
        "POST /v2/projects/{project}/locations/{location}/queues/{queue}/tasks",
        HTTP
    ),
    method!(
        "google.cloud.tasks.v2.CloudTasks",
        "DeleteTask",
        "DELETE /v2/projects/{project}/locations/{location}/queues/{queue}/tasks/{task}",
        WHOLE
    ),
    method!(
        "google.cloud.tasks.v2.CloudTasks",
        "RunTask",
        "POST /v2/projects/{project}/locations/{location}/queues/{queue}/tasks/{task}:run",
        RUN
    ),
    method!(
        "google.cloud.tasks.v2.CloudTasks",
        "BufferTask",
        "POST /v2/projects/{project}/locations/{location}/queues/{queue}/tasks/{task}:buffer",
        BUFFER
    ),
    method!(
        "google.cloud.tasks.v2.CloudTasks",
        "BatchCreateTasks",
        "POST /v2/projects/{project}/locations/{location}/queues/{queue}/tasks:batchCreate",
        BATCH
    ),
    method!(
        "google.cloud.tasks.v2.CloudTasks",
        "BatchDeleteTasks",
        "POST /v2/projects/{project}/locations/{location}/queues/{queue}/tasks:batchDelete",
        BATCH
    ),
    method!(
        "google.cloud.tasks.v2.CloudTasks",
        "GetCmekConfig",
        "GET /v2/projects/{project}/locations/{location}/cmekConfig",
        ENCRYPTION
    ),
    method!(
        "google.cloud.tasks.v2.CloudTasks",
        "UpdateCmekConfig",
        "PATCH /v2/projects/{project}/locations/{location}/cmekConfig",
        ENCRYPTION
    ),
    method!(
        "google.cloud.location.Locations",
        "ListLocations",
        "GET /v2/projects/{project}/locations",
        LOCATIONS
    ),
    method!(
        "google.cloud.location.Locations",
        "GetLocation",
        "GET /v2/projects/{project}/locations/{location}",
        LOCATIONS
    ),
    method!(
        "google.longrunning.Operations",
        "GetOperation",
        "GET /v2/projects/{project}/locations/{location}/operations/{operation}",
        OPERATIONS
    ),
];
