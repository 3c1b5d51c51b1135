//! Names of builds, of their operations and of their logs.

use longshore_local_kit::projects::LocalProject;

use crate::core::{Record, Spec};

/// Derives the names of builds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BuildNames<'a> {
    pub(crate) projects: &'a LocalProject,
}

impl BuildNames<'_> {
    /// `projects/NUMBER/locations/REGION/builds/ID`.
    pub(crate) fn build(self, record: &Record) -> String {
        format!(
            "projects/{}/locations/{}/builds/{}",
            self.projects.number_of(&record.spec.project),
            record.spec.region,
            record.id
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

    /// Bucket of the build's log: the one that the caller chose, or one of the project, named like
    /// Google's regional, user-owned log buckets.
    pub(crate) fn logs_bucket(self, spec: &Spec) -> String {
        match spec.request.as_ref().map_or("", |request| request.logs_bucket.as_str()) {
            "" => {
                let number = self.projects.number_of(&spec.project);
                format!("{number}-{}-cloudbuild-logs", spec.region)
            }
            given => given.to_owned(),
        }
    }

    pub(crate) fn log_object(self, id: &str) -> String {
        format!("log-{id}.txt")
    }

    /// Whether a caller's `project` (id or number) and `region` (or `-` for any) match those of the
    /// build.
    pub(crate) fn owns(self, record: &Record, project: &str, region: &str) -> bool {
        let number = |project| self.projects.number_of(project);
        let project_fits = number(&record.spec.project) == number(project);
        project_fits && (region == "-" || record.spec.region == region)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_project_has_a_log_bucket_of_its_own() {
        let projects = LocalProject { id: "demo".to_owned(), number: 42 };
        let names = BuildNames { projects: &projects };
        let bucket = |project: &str| {
            names.logs_bucket(&Spec {
                project: project.to_owned(),
                region: "europe-west1".to_owned(),
                ..Spec::default()
            })
        };
        assert_eq!(bucket("demo"), "42-europe-west1-cloudbuild-logs");
        assert_eq!(bucket("demo"), bucket("42"));
        assert_ne!(bucket("demo"), bucket("other"));
        assert_ne!(bucket("another"), bucket("other"));
    }
}
