//! The limits of quotas, from a file in TOML:
//!
//! ```toml
//! google = true              # begin with Google's defaults; without it, nothing else is limited
//! tells_retry = true         # send RetryInfo and Retry-After, which Google does for few quotas
//!
//! [[limits]]
//! metric = "run.googleapis.com/write_regional"
//! per_minute = 1
//! project = "slow-project"   # id or number; without it: every project
//! region = "europe-west1"    # without it: every region
//!
//! [[refused]]                # one call, however much of the quota is left
//! metric = "run.googleapis.com/write_regional"
//! call = 7                   # the seventh since the start
//! ```

use serde::Deserialize;

use super::catalog::{self, Quota};
use crate::projects::LocalProject;

/// The limits of quotas. By default, nothing is limited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuotaSettings {
    /// Whether Google's defaults hold for quotas that no entry changes.
    #[serde(default)]
    pub google: bool,
    /// Whether a refusal says when to retry.
    #[serde(default)]
    pub tells_retry: bool,
    /// The most specific one counts: that of a project before that of a region.
    #[serde(default)]
    pub limits: Vec<Limit>,
    /// Calls that are refused on purpose.
    #[serde(default)]
    pub refused: Vec<Refused>,
}

/// A call that is refused on purpose, to see what a client makes of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// One of [`catalog::ALL`]. It has to have a limit.
    pub metric: String,
    /// From 1, since the start.
    pub call: u64,
}

/// The limit of one quota.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// One of [`catalog::ALL`].
    pub metric: String,
    pub per_minute: u32,
    /// Empty: every project.
    #[serde(default)]
    pub project: String,
    /// Empty: every region.
    #[serde(default)]
    pub region: String,
}

/// Settings that cannot be used. The user has to correct the file.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("cannot read the settings")]
    Malformed(#[from] toml::de::Error),
    #[error("there is no quota with the metric {metric:?}; there are {known}")]
    UnknownMetric { metric: String, known: String },
    #[error("{0} counts all regions of a project together, so it has no limit of a region")]
    NotRegional(String),
}

impl QuotaSettings {
    /// Google's defaults.
    #[must_use]
    pub fn google() -> Self {
        Self { google: true, ..Self::default() }
    }

    /// Nothing is limited but this quota, which has Google's default.
    #[must_use]
    pub fn only(quota: &Quota) -> Self {
        Self::default().with(quota, quota.per_minute)
    }

    /// The same with another limit of one quota.
    #[must_use]
    pub fn with(mut self, quota: &Quota, per_minute: u32) -> Self {
        let metric = quota.metric.to_owned();
        let (project, region) = (String::new(), String::new());
        self.limits.push(Limit { metric, per_minute, project, region });
        self
    }

    /// Reads a file.
    ///
    /// # Errors
    /// If it is malformed, or names what does not exist.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let settings: Self = toml::from_str(text)?;
        for refused in &settings.refused {
            known(&refused.metric)?;
        }
        for limit in &settings.limits {
            let quota = known(&limit.metric)?;
            if !quota.is_regional && !limit.region.is_empty() {
                return Err(SettingsError::NotRegional(limit.metric.clone()));
            }
        }
        Ok(settings)
    }

    pub(super) fn refuses(&self, quota: &Quota, call: u64) -> bool {
        self.refused.iter().any(|refused| refused.metric == quota.metric && refused.call == call)
    }

    pub(super) fn is_unlimited(&self) -> bool {
        !self.google && self.limits.is_empty()
    }

    /// The limit of a quota, or `None` if there is none.
    pub(super) fn limit(&self, quota: &Quota, project: &Numbered<'_>, region: &str) -> Option<u32> {
        let of_region = |limit: &&Limit| limit.region.is_empty() || limit.region == region;
        let own = self.of(quota, project).filter(of_region);
        let specific = |limit: &&Limit| (!limit.project.is_empty(), !limit.region.is_empty());
        // Of equally specific ones the last.
        let limit = own.max_by_key(specific).map(|limit| limit.per_minute);
        limit.or_else(|| self.google.then_some(quota.per_minute))
    }

    /// The regions that have a limit of their own.
    pub(super) fn regions(&self, quota: &Quota, project: &Numbered<'_>) -> Vec<String> {
        let own = self.of(quota, project).map(|limit| limit.region.clone());
        let mut regions: Vec<_> = own.filter(|region| !region.is_empty()).collect();
        regions.sort();
        regions.dedup();
        regions
    }

    fn of(&self, quota: &Quota, project: &Numbered<'_>) -> impl Iterator<Item = &Limit> {
        self.limits.iter().filter(|limit| {
            let is_projects = limit.project.is_empty()
                || project.projects.number_of(&limit.project) == project.number;
            limit.metric == quota.metric && is_projects
        })
    }
}

fn known(metric: &str) -> Result<&'static Quota, SettingsError> {
    let quota = catalog::ALL.iter().copied().find(|quota| quota.metric == metric);
    quota.ok_or_else(|| SettingsError::UnknownMetric {
        metric: metric.to_owned(),
        known: catalog::ALL.map(|quota| quota.metric).join(", "),
    })
}

/// A project by its number, and the numbers of the others.
pub(super) struct Numbered<'a> {
    pub(super) number: u64,
    pub(super) projects: &'a LocalProject,
}

#[cfg(test)]
mod tests {
    use super::catalog::{BUILD_GETS, RUN_READS, RUN_WRITES};
    use super::*;

    #[test]
    fn the_most_specific_limit_counts() {
        let text = r#"
            google = true
            [[limits]]
            metric = "run.googleapis.com/write_regional"
            per_minute = 1
            project = "slow"
            [[limits]]
            metric = "run.googleapis.com/write_regional"
            per_minute = 30
            region = "far"
        "#;
        let settings = QuotaSettings::parse(text).unwrap();
        let projects = LocalProject { id: "slow".to_owned(), number: 42 };
        let project = |id| Numbered { number: projects.number_of(id), projects: &projects };
        let writes = |id, region| settings.limit(&RUN_WRITES, &project(id), region);
        assert_eq!(writes("slow", "near"), Some(1));
        assert_eq!(writes("slow", "far"), Some(1));
        assert_eq!(writes("42", "near"), Some(1));
        assert_eq!(writes("other", "far"), Some(30));
        assert_eq!(writes("other", "near"), Some(60));
        assert_eq!(settings.limit(&RUN_READS, &project("slow"), "near"), Some(3_000));
        assert_eq!(settings.regions(&RUN_WRITES, &project("other")), ["far"]);
        let only = QuotaSettings::only(&RUN_WRITES);
        assert_eq!(only.limit(&RUN_WRITES, &project("p"), "r"), Some(60));
        assert_eq!(only.limit(&BUILD_GETS, &project("p"), "r"), None);
        assert!(QuotaSettings::parse("").unwrap().is_unlimited());
    }

    #[test]
    fn what_does_not_exist_is_rejected() {
        for (text, expected) in [
            ("gogle = true", "cannot read"),
            ("[[limits]]\nmetric = \"run.googleapis.com/writes\"\nper_minute = 1", "no quota"),
            (
                "[[limits]]\nmetric = \"cloudbuild.googleapis.com/get_requests\"\nper_minute = 1\n\
                 region = \"r\"",
                "all regions",
            ),
        ] {
            let error = QuotaSettings::parse(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
