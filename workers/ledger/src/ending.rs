//! Who may end a deployment once its service is about to be written, and why that takes so long.
//!
//! Before the write, any stage may end a deployment, and so may the sweep at its deadline. After
//! it, only the worker that wrote the service knows the outcome. The change of hands is one object
//! that is created once: either service-deployer creates it before it writes, or the sweep does
//! before it gives the deployment up. The other one reads whose it is.

use longshore_messages::DeploymentId;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{Ledger, LedgerError, names};

/// The worker that alone may end a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// Name of the worker.
    pub by: String,
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
}

/// Why a deployment has to be tried again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delay {
    pub reason: String,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

impl Ledger {
    /// Reserves the ending of a deployment for a worker, unless another one has it. Returns whose
    /// it is. Idempotent for the same worker.
    ///
    /// On `Err` the caller must neither end the deployment nor write its service.
    pub async fn reserve_ending(
        &self,
        id: DeploymentId,
        worker: &str,
        now: OffsetDateTime,
    ) -> Result<Ending, LedgerError> {
        let own = Ending { by: worker.to_owned(), since: now };
        Ok(self.create_or_read(&names::ending(id), &own).await?.0)
    }

    /// The worker that alone may end a deployment, or `None` as long as any may.
    pub async fn ending(&self, id: DeploymentId) -> Result<Option<Ending>, LedgerError> {
        Ok(self.read(&names::ending(id)).await?.map(|(ending, _)| ending))
    }

    /// Notes why a deployment has to be tried again. Called at most once per delivery.
    pub async fn note_delay(&self, id: DeploymentId, delay: &Delay) -> Result<(), LedgerError> {
        self.create(&names::delay(id, delay.at), delay).await.map(drop)
    }

    /// Why a deployment was last tried again, or `None`. Takes one list call and one read.
    pub async fn last_delay(&self, id: DeploymentId) -> Result<Option<Delay>, LedgerError> {
        let listed = self.list(&names::delays(id)).await?;
        // Names have the time, in a fixed number of digits.
        let Some(last) = listed.into_iter().map(|meta| meta.name).max() else { return Ok(None) };
        Ok(self.read(&last).await?.map(|(delay, _)| delay))
    }
}
