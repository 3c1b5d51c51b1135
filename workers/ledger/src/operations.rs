//! Operations of the Cloud Functions API: what was begun for a deployment, with which runtime, and
//! which functions a sweep looks at.
//!
//! A mark is created *before* the function is written, so there is no write without one. It is
//! removed once its deployment has ended and the function is known to be what its newest deployment
//! wants: the API has no etag, so an older deployment may overwrite a newer one.

use longshore_cloud::ObjectMeta;
use longshore_messages::{DeploymentId, FunctionRef};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{Ledger, LedgerError, names};

/// An operation that was begun for a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BegunOperation {
    /// `projects/P/locations/R/operations/O`.
    pub name: String,
    #[serde(with = "time::serde::rfc3339")]
    pub begun_at: OffsetDateTime,
}

/// The runtime that a deployment uses whose request names a language.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct ChosenRuntime {
    runtime: String,
}

/// A deployment that may have written its function.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OperatingDeployment {
    pub function: FunctionRef,
    pub id: DeploymentId,
    /// When the mark was created, by Cloud Storage's clock.
    pub marked_at: OffsetDateTime,
}

impl Ledger {
    /// Marks that a deployment may write its function. Call this before the last look at the fence.
    pub async fn mark_operating(
        &self,
        function: &FunctionRef,
        id: DeploymentId,
    ) -> Result<(), LedgerError> {
        self.create(&names::operating(function, id), &()).await.map(drop)
    }

    /// Removes the mark of a deployment.
    pub async fn unmark_operating(
        &self,
        function: &FunctionRef,
        id: DeploymentId,
    ) -> Result<(), LedgerError> {
        self.delete(&names::operating(function, id)).await
    }

    /// All deployments that may have written their functions. Takes one list call per thousand.
    pub async fn list_operating(&self) -> Result<Vec<OperatingDeployment>, LedgerError> {
        let listed = self.list(names::OPERATING).await?;
        Ok(listed.iter().filter_map(OperatingDeployment::of).collect())
    }

    /// Records the runtime of a deployment whose request names a language, unless one is recorded.
    /// Returns the one that the ledger holds.
    pub async fn choose_runtime(
        &self,
        id: DeploymentId,
        runtime: &str,
    ) -> Result<String, LedgerError> {
        let chosen = ChosenRuntime { runtime: runtime.to_owned() };
        let (first, _) = self.create_or_read(&names::runtime(id), &chosen).await?;
        Ok(first.runtime)
    }

    /// The runtime that was recorded for a deployment, or `None` if its request names one itself.
    pub async fn chosen_runtime(&self, id: DeploymentId) -> Result<Option<String>, LedgerError> {
        let chosen = self.read::<ChosenRuntime>(&names::runtime(id)).await?;
        Ok(chosen.map(|(chosen, _)| chosen.runtime))
    }

    /// Records an operation that was begun for a deployment, unless it is recorded.
    pub async fn note_operation(
        &self,
        id: DeploymentId,
        operation: &BegunOperation,
    ) -> Result<(), LedgerError> {
        self.create(&names::operation(id, &operation.name), operation).await.map(drop)
    }

    /// The operations that were begun for a deployment, oldest first. Takes one list call.
    pub async fn operations(&self, id: DeploymentId) -> Result<Vec<BegunOperation>, LedgerError> {
        let mut listed = self.list(&names::operations(id)).await?;
        listed.sort_by_key(|meta| meta.created_at);
        let mut operations = Vec::new();
        for meta in listed {
            operations.extend(self.read(&meta.name).await?.map(|(operation, _)| operation));
        }
        Ok(operations)
    }
}

impl OperatingDeployment {
    fn of(meta: &ObjectMeta) -> Option<Self> {
        let (function, id) = meta.name.strip_prefix(names::OPERATING)?.rsplit_once('/')?;
        let (function, id) = (function.parse().ok()?, id.parse().ok()?);
        Some(Self { function, id, marked_at: meta.created_at })
    }
}
