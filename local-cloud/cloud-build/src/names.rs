//! Names of builds, of their operations and of their logs.

use crate::core::{Record, Spec};

/// Derives the names of builds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BuildNames {
    pub(crate) project_number: u64,
}

impl BuildNames {
    /// `projects/NUMBER/locations/REGION/builds/ID`.
    pub(crate) fn build(self, record: &Record) -> String {
        format!(
            "projects/{}/locations/{}/builds/{}",
            self.project_number, record.spec.region, record.id
        )
    }

    /// `projects/PROJECT/locations/REGION/operations/ID`. The id of the operation is that of the
    /// build.
    pub(crate) fn operation(self, record: &Record) -> String {
        format!(
            "projects/{}/locations/{}/operations/{}",
            record.spec.project, record.spec.region, record.id
        )
    }

    /// Bucket of the build's log: the one that the caller chose, or one named like Google's
    /// regional, user-owned log buckets.
    pub(crate) fn logs_bucket(self, spec: &Spec) -> String {
        match spec.request.as_ref().map_or("", |request| request.logs_bucket.as_str()) {
            "" => format!("{}-{}-cloudbuild-logs", self.project_number, spec.region),
            given => given.to_owned(),
        }
    }

    pub(crate) fn log_object(self, id: &str) -> String {
        format!("log-{id}.txt")
    }

    /// Whether a caller's `project` (id or number) and `region` (or `-` for any) match those of the
    /// build.
    pub(crate) fn owns(self, record: &Record, project: &str, region: &str) -> bool {
        let project_fits =
            record.spec.project == project || self.project_number.to_string() == project;
        project_fits && (region == "-" || record.spec.region == region)
    }
}
