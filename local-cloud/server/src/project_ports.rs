//! What services know about projects, implemented with the services of this process.

use std::collections::BTreeSet;
use std::sync::Arc;

use longshore_local_cloud_run as run;
use longshore_local_firebase as firebase;
use longshore_local_projects as projects;
use longshore_local_storage as storage;

/// The numbers of projects. Cloud Storage derives those of all but the default one.
pub(crate) struct Numbers(pub(crate) Arc<storage::Service>);

impl projects::ProjectNumbers for Numbers {
    fn number_of(&self, project: &str) -> Option<u64> {
        self.0.project_number(project).ok()
    }
}

/// Who may call the services of Cloud Run.
pub(crate) struct Grants(pub(crate) Arc<projects::Service>);

impl run::ProjectGrants for Grants {
    fn members_with(&self, project: &str, roles: &[&str]) -> BTreeSet<String> {
        self.0.members_with(project, roles)
    }
}

/// The buckets that Firebase looks for.
pub(crate) struct Buckets(pub(crate) Arc<storage::Service>);

impl firebase::Buckets for Buckets {
    fn has(&self, project: &str, bucket: &str) -> bool {
        self.0.is_of_project(bucket, project) == Some(true)
    }
}
