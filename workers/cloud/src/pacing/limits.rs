//! How large the quotas are. The settings come first, then what Service Usage reports, and then the
//! defaults of new projects.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Api, Key};
use crate::CloudError;

/// Cloud Run Admin API, write requests of a project and region: the lowest default observed
/// (<https://cloud.google.com/run/quotas>).
const RUN_WRITES_PER_MINUTE: u32 = 60;
/// Cloud Build, `CreateRequestsPerMinutePerProject`: 60 on the projects observed
/// (<https://cloud.google.com/build/quotas>).
const BUILD_SUBMITS_PER_MINUTE: u32 = 60;
/// Cloud Build, `GetRequestsPerMinutePerProject`, which also counts gets of operations: 60 on new
/// projects.
const BUILD_GETS_PER_MINUTE: u32 = 60;
/// Cloud Build, list requests of a project. The documentation names no default, so it is assumed to
/// be that of gets.
const BUILD_LISTS_PER_MINUTE: u32 = 60;
/// Cloud Functions API, write requests of a project and region
/// (<https://cloud.google.com/functions/quotas>).
const FUNCTION_WRITES_PER_MINUTE: u32 = 60;
/// Cloud Scheduler, write requests of a project (<https://cloud.google.com/scheduler/quotas>).
const SCHEDULER_WRITES_PER_MINUTE: u32 = 500;
/// Cloud Tasks, requests that create, change and delete queues of a project. The documentation no
/// longer names them; 100 was the default (<https://cloud.google.com/tasks/docs/quotas>).
const QUEUE_WRITES_PER_MINUTE: u32 = 100;
/// Eventarc, write requests of a project (<https://cloud.google.com/eventarc/docs/quotas>).
const EVENTARC_WRITES_PER_MINUTE: u32 = 600;

impl Api {
    /// Every API.
    pub const ALL: [Self; 8] = [
        Self::RunWrites,
        Self::BuildSubmits,
        Self::BuildGets,
        Self::BuildLists,
        Self::FunctionWrites,
        Self::EventarcWrites,
        Self::SchedulerWrites,
        Self::QueueWrites,
    ];

    /// The name in settings, in the ledger and in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RunWrites => "run-writes",
            Self::BuildSubmits => "build-submits",
            Self::BuildGets => "build-gets",
            Self::BuildLists => "build-lists",
            Self::FunctionWrites => "function-writes",
            Self::EventarcWrites => "eventarc-writes",
            Self::SchedulerWrites => "scheduler-writes",
            Self::QueueWrites => "queue-writes",
        }
    }

    /// The name of the quota, for people.
    #[must_use]
    pub const fn quota(self) -> &'static str {
        match self {
            Self::RunWrites => "write quota of Cloud Run",
            Self::BuildSubmits => "quota of build submissions",
            Self::BuildGets => "read quota of Cloud Build",
            Self::BuildLists => "list quota of Cloud Build",
            Self::FunctionWrites => "write quota of the Cloud Functions API",
            Self::EventarcWrites => "write quota of Eventarc",
            Self::SchedulerWrites => "write quota of Cloud Scheduler",
            Self::QueueWrites => "quota of queue changes of Cloud Tasks",
        }
    }

    /// Calls in a minute, where nothing else is known.
    #[must_use]
    pub const fn default_per_minute(self) -> u32 {
        match self {
            Self::RunWrites => RUN_WRITES_PER_MINUTE,
            Self::BuildSubmits => BUILD_SUBMITS_PER_MINUTE,
            Self::BuildGets => BUILD_GETS_PER_MINUTE,
            Self::BuildLists => BUILD_LISTS_PER_MINUTE,
            Self::FunctionWrites => FUNCTION_WRITES_PER_MINUTE,
            Self::EventarcWrites => EVENTARC_WRITES_PER_MINUTE,
            Self::SchedulerWrites => SCHEDULER_WRITES_PER_MINUTE,
            Self::QueueWrites => QUEUE_WRITES_PER_MINUTE,
        }
    }

    /// Host name of the API, as Service Usage names it.
    #[must_use]
    pub const fn service(self) -> &'static str {
        match self {
            Self::RunWrites => "run.googleapis.com",
            Self::BuildSubmits | Self::BuildGets | Self::BuildLists => "cloudbuild.googleapis.com",
            Self::FunctionWrites => "cloudfunctions.googleapis.com",
            Self::EventarcWrites => "eventarc.googleapis.com",
            Self::SchedulerWrites => "cloudscheduler.googleapis.com",
            Self::QueueWrites => "cloudtasks.googleapis.com",
        }
    }

    /// Whether a metric of Service Usage is this quota. By its last part: the metrics of Cloud Run and
    /// Cloud Build are those in the errors of Google, and the others are not documented.
    fn is_metric(self, metric: &str) -> bool {
        let last = metric.rsplit('/').next().unwrap_or_default();
        match self {
            Self::RunWrites => last == "write_regional",
            Self::BuildSubmits => last == "create_requests",
            Self::BuildGets => last == "get_requests",
            Self::BuildLists => last == "list_requests",
            Self::FunctionWrites => last == "per_project_mutation_requests",
            Self::EventarcWrites | Self::SchedulerWrites => last == "write_requests",
            Self::QueueWrites => false,
        }
    }
}

/// A quota that an operator sets, because it was raised, or because the fleet is to leave some of it
/// to others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuotaRule {
    /// [`Api::name`].
    pub api: String,
    /// Calls in a minute. 0 counts as 1.
    pub per_minute: u32,
    /// Id of a project. Empty: every project.
    #[serde(default)]
    pub project: String,
    /// Empty: every region.
    #[serde(default)]
    pub region: String,
}

impl QuotaRule {
    /// What is wrong with a rule, or `None`.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        if Api::ALL.iter().any(|api| api.name() == self.api) {
            return None;
        }
        let known = Api::ALL.map(Api::name).join(", ");
        Some(format!("quotas: there is no api {:?}; there are {known}", self.api))
    }
}

/// What Service Usage reports about the quotas of one API in one project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceQuotas {
    /// Number of the project.
    pub project_number: String,
    pub limits: Vec<ReportedLimit>,
}

/// The limit of requests by the minute of a metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedLimit {
    /// `SERVICE/METRIC`.
    pub metric: String,
    /// Empty: in regions without one of their own.
    pub region: String,
    /// `None`: no limit.
    pub per_minute: Option<u32>,
}

/// Reads quotas.
#[async_trait]
pub trait ReportedQuotas: Send + Sync {
    /// The quotas of an API, named by its host, in a project, named by its id or number.
    async fn read(&self, project: &str, service: &str) -> Result<ServiceQuotas, CloudError>;
}

/// The most specific rule for a key: that of a project before that of a region, and of equally specific
/// ones the last.
pub(super) fn ruled(rules: &[QuotaRule], key: &Key, number: Option<&str>) -> Option<u32> {
    let is_of = |rule: &&QuotaRule| {
        rule.api == key.api.name()
            && (rule.project.is_empty()
                || rule.project == key.project
                || Some(rule.project.as_str()) == number)
            && (rule.region.is_empty() || rule.region == key.region)
    };
    let specific = |rule: &&QuotaRule| (!rule.project.is_empty(), !rule.region.is_empty());
    rules.iter().filter(is_of).max_by_key(specific).map(|rule| rule.per_minute)
}

/// The reported limit for a key: `None` if none is reported, `Some(None)` if there is no limit.
pub(super) fn reported(quotas: &ServiceQuotas, key: &Key) -> Option<Option<u32>> {
    let of_metric = quotas.limits.iter().filter(|limit| key.api.is_metric(&limit.metric));
    let of_region = of_metric.filter(|limit| limit.region.is_empty() || limit.region == key.region);
    of_region.max_by_key(|limit| !limit.region.is_empty()).map(|limit| limit.per_minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quota_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> =
            Api::ALL.into_iter().flat_map(|api| [api.name(), api.quota()]).collect();
        assert_eq!(names.len(), 2 * Api::ALL.len());
    }

    #[test]
    fn the_most_specific_rule_counts() {
        let rule = |project: &str, region: &str, per_minute| QuotaRule {
            api: "run-writes".to_owned(),
            per_minute,
            project: project.to_owned(),
            region: region.to_owned(),
        };
        let rules = [rule("p", "", 180), rule("", "r", 30), rule("", "", 90)];
        let key = |project: &str, region: &str, api| Key {
            project: project.to_owned(),
            region: region.to_owned(),
            api,
        };
        assert_eq!(ruled(&rules, &key("p", "r", Api::RunWrites), None), Some(180));
        assert_eq!(ruled(&rules, &key("q", "r", Api::RunWrites), None), Some(30));
        assert_eq!(ruled(&rules, &key("q", "s", Api::RunWrites), None), Some(90));
        assert_eq!(ruled(&rules, &key("p", "r", Api::BuildGets), None), None);
        assert_eq!(rules[0].problem(), None);
        let unknown = QuotaRule { api: "writes".to_owned(), ..rules[0].clone() };
        assert!(unknown.problem().unwrap().contains("run-writes"));
    }

    #[test]
    fn the_limit_of_a_region_is_reported_before_that_of_others() {
        let limit = |region: &str, per_minute| ReportedLimit {
            metric: "run.googleapis.com/write_regional".to_owned(),
            region: region.to_owned(),
            per_minute,
        };
        let limits = vec![limit("", Some(60)), limit("far", None)];
        let quotas = ServiceQuotas { project_number: "1".to_owned(), limits };
        let key =
            |region: &str, api| Key { project: "p".to_owned(), region: region.to_owned(), api };
        assert_eq!(reported(&quotas, &key("near", Api::RunWrites)), Some(Some(60)));
        assert_eq!(reported(&quotas, &key("far", Api::RunWrites)), Some(None));
        assert_eq!(reported(&quotas, &key("near", Api::BuildGets)), None);
    }
}
