//! Marks of builds in progress: what a sweep looks at, so that ended builds cost it nothing.
//!
//! A mark is created *before* its build is claimed, so there is no claim without one. It is deleted
//! once every waiter of the build is known to be woken. A mark without a claim is of a worker that
//! died in between.

use std::collections::BTreeMap;

use longshore_cloud::ObjectMeta;
use longshore_messages::{BuildRef, DeploymentId};
use serde::Serialize;
use time::OffsetDateTime;

use crate::{Ledger, LedgerError, names};

/// Key of the claimant in the metadata of a mark, so that a list call returns it.
const CLAIMANT: &str = "claimant";

/// A build in progress.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PendingBuild {
    pub project: String,
    pub region: String,
    pub build: BuildRef,
    /// The deployment that claims the build, or `None` if the mark does not say.
    pub claimant: Option<DeploymentId>,
    /// When the mark was created, by Cloud Storage's clock.
    pub marked_at: OffsetDateTime,
}

/// The content of a mark.
#[derive(Serialize)]
struct Mark {
    claimant: DeploymentId,
}

impl Ledger {
    /// Marks a build as in progress. Call this before the build is claimed.
    pub async fn mark_pending(
        &self,
        project: &str,
        region: &str,
        build: BuildRef,
        claimant: DeploymentId,
    ) -> Result<(), LedgerError> {
        let metadata = BTreeMap::from([(CLAIMANT.to_owned(), claimant.to_string())]);
        let name = names::pending(project, region, build);
        self.create_described(&name, &Mark { claimant }, metadata).await.map(drop)
    }

    /// Removes the mark of a build. Call this once every waiter is woken, and published.
    pub async fn unmark_pending(
        &self,
        project: &str,
        region: &str,
        build: BuildRef,
    ) -> Result<(), LedgerError> {
        self.delete(&names::pending(project, region, build)).await
    }

    /// Whether a build is marked as in progress.
    pub async fn is_pending(
        &self,
        project: &str,
        region: &str,
        build: BuildRef,
    ) -> Result<bool, LedgerError> {
        self.exists(&names::pending(project, region, build)).await
    }

    /// All builds in progress. Takes one list call per thousand.
    pub async fn list_pending(&self) -> Result<Vec<PendingBuild>, LedgerError> {
        let listed = self.list(names::PENDING).await?;
        Ok(listed.iter().filter_map(PendingBuild::of).collect())
    }
}

impl PendingBuild {
    fn of(meta: &ObjectMeta) -> Option<Self> {
        let mut parts = meta.name.strip_prefix(names::PENDING)?.split('/');
        let (project, region, build) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self {
            project: project.to_owned(),
            region: region.to_owned(),
            build: build.parse().ok()?,
            claimant: meta.metadata.get(CLAIMANT).and_then(|id| id.parse().ok()),
            marked_at: meta.created_at,
        })
    }
}
