//! The quotas of Google's APIs that count requests by the minute, and the calls that they count.
//!
//! Metrics and limits have Google's names where errors of Google's show them; the limits of Cloud
//! Functions, Artifact Registry, Eventarc and Cloud Scheduler are named after these. The values are
//! the defaults of new projects.

/// A quota of requests.
#[derive(Debug, PartialEq, Eq)]
pub struct Quota {
    /// Host name of the API.
    pub service: &'static str,
    /// `SERVICE/METRIC`, as `ErrorInfo` and Service Usage name it.
    pub metric: &'static str,
    /// The metric, for people.
    pub metric_name: &'static str,
    /// The limit, as `ErrorInfo` names it.
    pub limit: &'static str,
    /// The limit, for people.
    pub limit_name: &'static str,
    /// Whether each region of a project has its own.
    pub is_regional: bool,
    /// Google's default.
    pub per_minute: u32,
}

impl Quota {
    /// What is counted, as `ErrorInfo` and Service Usage write it.
    #[must_use]
    pub const fn unit(&self) -> &'static str {
        if self.is_regional { "1/min/{project}/{region}" } else { "1/min/{project}" }
    }
}

/// Cloud Run, changes. 60 is the lowest default that is common; the page documents 180
/// (<https://cloud.google.com/run/quotas>).
pub static RUN_WRITES: Quota = Quota {
    service: "run.googleapis.com",
    metric: "run.googleapis.com/write_regional",
    metric_name: "Write requests",
    limit: "WritePerMinutePerProjectRegion",
    limit_name: "Write requests per minute per region",
    is_regional: true,
    per_minute: 60,
};

/// Cloud Run, reads (<https://cloud.google.com/run/quotas>).
pub static RUN_READS: Quota = Quota {
    service: "run.googleapis.com",
    metric: "run.googleapis.com/read_regional",
    metric_name: "Read requests",
    limit: "ReadPerMinutePerProjectRegion",
    limit_name: "Read requests per minute per region",
    is_regional: true,
    per_minute: 3_000,
};

/// Cloud Build, submissions (<https://cloud.google.com/build/quotas>).
pub static BUILD_CREATES: Quota = Quota {
    service: "cloudbuild.googleapis.com",
    metric: "cloudbuild.googleapis.com/create_requests",
    metric_name: "Build Create requests",
    limit: "CreateRequestsPerMinutePerProject",
    limit_name: "Build Create requests per minute",
    is_regional: false,
    per_minute: 60,
};

/// Cloud Build, gets of builds and of their operations (<https://cloud.google.com/build/quotas>).
pub static BUILD_GETS: Quota = Quota {
    service: "cloudbuild.googleapis.com",
    metric: "cloudbuild.googleapis.com/get_requests",
    metric_name: "Build and Operation Get requests",
    limit: "GetRequestsPerMinutePerProject",
    limit_name: "Build and Operation Get requests per minute",
    is_regional: false,
    per_minute: 60,
};

/// Cloud Functions, changes. Google does not raise it
/// (<https://cloud.google.com/functions/quotas>).
pub static FUNCTION_WRITES: Quota = Quota {
    service: "cloudfunctions.googleapis.com",
    metric: "cloudfunctions.googleapis.com/per_project_mutation_requests",
    metric_name: "Per project mutation requests",
    limit: "PerProjectMutationRequestsPerMinutePerProjectRegion",
    limit_name: "Per project mutation requests per minute per region",
    is_regional: true,
    per_minute: 60,
};

/// Cloud Functions, reads (<https://cloud.google.com/functions/quotas>).
pub static FUNCTION_READS: Quota = Quota {
    service: "cloudfunctions.googleapis.com",
    metric: "cloudfunctions.googleapis.com/per_project_get_requests",
    metric_name: "Per project get requests",
    limit: "PerProjectGetRequestsPerMinutePerProjectRegion",
    limit_name: "Per project get requests per minute per region",
    is_regional: true,
    per_minute: 1_200,
};

/// Artifact Registry, all calls (<https://cloud.google.com/artifact-registry/quotas>).
pub static REGISTRY_REQUESTS: Quota = Quota {
    service: "artifactregistry.googleapis.com",
    metric: "artifactregistry.googleapis.com/project_region_requests",
    metric_name: "Requests per project in each region",
    limit: "RequestsPerMinutePerProjectPerRegion",
    limit_name: "Requests per minute per project in each region",
    is_regional: true,
    per_minute: 60_000,
};

/// Artifact Registry, changes (<https://cloud.google.com/artifact-registry/quotas>).
pub static REGISTRY_WRITES: Quota = Quota {
    service: "artifactregistry.googleapis.com",
    metric: "artifactregistry.googleapis.com/project_region_write_requests",
    metric_name: "Write requests per project in each region",
    limit: "WriteRequestsPerMinutePerProjectPerRegion",
    limit_name: "Write requests per minute per project in each region",
    is_regional: true,
    per_minute: 18_000,
};

/// Eventarc, changes (<https://cloud.google.com/eventarc/docs/quotas>).
pub static EVENTARC_WRITES: Quota = Quota {
    service: "eventarc.googleapis.com",
    metric: "eventarc.googleapis.com/write_requests",
    metric_name: "Write requests",
    limit: "WriteRequestsPerMinutePerProject",
    limit_name: "Write requests per minute",
    is_regional: false,
    per_minute: 600,
};

/// Cloud Scheduler, changes (<https://cloud.google.com/scheduler/quotas>).
pub static SCHEDULER_WRITES: Quota = Quota {
    service: "cloudscheduler.googleapis.com",
    metric: "cloudscheduler.googleapis.com/write_requests",
    metric_name: "Write requests",
    limit: "WriteRequestsPerMinutePerProject",
    limit_name: "Write requests per minute",
    is_regional: false,
    per_minute: 500,
};

/// Pub/Sub, operations on topics and subscriptions (<https://cloud.google.com/pubsub/quotas>).
pub static PUBSUB_ADMINISTRATION: Quota = Quota {
    service: "pubsub.googleapis.com",
    metric: "pubsub.googleapis.com/administrator",
    metric_name: "Administrator operations",
    limit: "administratorPerMinutePerProject",
    limit_name: "Administrator operations per minute",
    is_regional: false,
    per_minute: 6_000,
};

/// Every quota.
pub static ALL: [&Quota; 11] = [
    &RUN_WRITES,
    &RUN_READS,
    &BUILD_CREATES,
    &BUILD_GETS,
    &FUNCTION_WRITES,
    &FUNCTION_READS,
    &REGISTRY_REQUESTS,
    &REGISTRY_WRITES,
    &EVENTARC_WRITES,
    &SCHEDULER_WRITES,
    &PUBSUB_ADMINISTRATION,
];

/// The quotas that count a method, named as Google names it, of the API with this host name. Empty for
/// a method that is not limited here.
#[must_use]
pub fn counting(service: &str, method: &str) -> Vec<&'static Quota> {
    let last = method.rsplit('.').next().unwrap_or_default();
    let is_read = is_read(last);
    match (service, is_read) {
        // Submissions cost a build. That they are changes of Cloud Run, too, is not documented.
        ("run.googleapis.com", false) if method.contains(".Builds.") => vec![&BUILD_CREATES],
        ("run.googleapis.com", true) => vec![&RUN_READS],
        ("run.googleapis.com", false) => vec![&RUN_WRITES],
        ("cloudbuild.googleapis.com", _) => match last {
            "CreateBuild" | "RetryBuild" => vec![&BUILD_CREATES],
            "GetBuild" | "GetOperation" => vec![&BUILD_GETS],
            _ => Vec::new(),
        },
        // Both generations of the API count together.
        ("cloudfunctions.googleapis.com", true) => vec![&FUNCTION_READS],
        ("cloudfunctions.googleapis.com", false) => vec![&FUNCTION_WRITES],
        ("artifactregistry.googleapis.com", true) => vec![&REGISTRY_REQUESTS],
        ("artifactregistry.googleapis.com", false) => vec![&REGISTRY_REQUESTS, &REGISTRY_WRITES],
        ("eventarc.googleapis.com", false) => vec![&EVENTARC_WRITES],
        ("cloudscheduler.googleapis.com", false) => vec![&SCHEDULER_WRITES],
        ("pubsub.googleapis.com", _) if is_administration(last) => vec![&PUBSUB_ADMINISTRATION],
        _ => Vec::new(),
    }
}

/// By the beginning of the name: `GetService`, `list`, `TestIamPermissions`, `GenerateUploadUrl`.
fn is_read(last: &str) -> bool {
    const READS: [&str; 8] =
        ["get", "list", "wait", "test", "generate", "fetch", "search", "query"];
    READS
        .iter()
        .any(|read| last.get(..read.len()).is_some_and(|start| start.eq_ignore_ascii_case(read)))
}

fn is_administration(last: &str) -> bool {
    const ADMINISTRATION: [&str; 6] = ["Create", "Update", "Delete", "Get", "List", "Modify"];
    ADMINISTRATION.iter().any(|start| last.starts_with(start)) && last != "ModifyAckDeadline"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_count_against_googles_quotas() {
        let none: &[&Quota] = &[];
        for (service, method, expected) in [
            ("run", "google.cloud.run.v2.Services.CreateService", &[&RUN_WRITES][..]),
            ("run", "google.cloud.run.v2.Services.SetIamPolicy", &[&RUN_WRITES]),
            ("run", "run.namespaces.services.replaceService", &[&RUN_WRITES]),
            ("run", "google.cloud.run.v2.Services.GetService", &[&RUN_READS]),
            ("run", "google.longrunning.Operations.WaitOperation", &[&RUN_READS]),
            ("run", "google.cloud.run.v2.Builds.SubmitBuild", &[&BUILD_CREATES]),
            ("cloudbuild", "google.devtools.cloudbuild.v1.CloudBuild.GetBuild", &[&BUILD_GETS]),
            ("cloudbuild", "google.devtools.cloudbuild.v1.CloudBuild.ListBuilds", none),
            (
                "cloudfunctions",
                "google.cloud.functions.v2.FunctionService.UpdateFunction",
                &[&FUNCTION_WRITES],
            ),
            (
                "cloudfunctions",
                "google.cloud.functions.v2.FunctionService.GenerateUploadUrl",
                &[&FUNCTION_READS],
            ),
            (
                "artifactregistry",
                "google.devtools.artifactregistry.v1.ArtifactRegistry.CreateRepository",
                &[&REGISTRY_REQUESTS, &REGISTRY_WRITES],
            ),
            ("pubsub", "google.pubsub.v1.Publisher.CreateTopic", &[&PUBSUB_ADMINISTRATION]),
            ("pubsub", "google.pubsub.v1.Publisher.Publish", none),
            ("storage", "storage.objects.insert", none),
        ] {
            assert_eq!(
                counting(&format!("{service}.googleapis.com"), method),
                expected,
                "{method}"
            );
        }
    }
}
