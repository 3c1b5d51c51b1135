//! What stages handed on, and how deployments ended: the first writer wins.

use longshore_cloud::Created;
use longshore_messages::DeploymentId;

use crate::{Ledger, LedgerError, Record, names};

/// What is now in the ledger, and whether we put it there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The record that counts.
    pub record: Record,
    /// Whether it is the one that we brought.
    pub ours: bool,
}

impl Ledger {
    /// What that stage handed on for a deployment, or `None`.
    ///
    /// # Errors
    /// See [`LedgerError`].
    pub async fn stage_record(
        &self,
        id: DeploymentId,
        stage: &str,
    ) -> Result<Option<Record>, LedgerError> {
        Ok(self.read(&names::stage(id, stage)).await?.map(|(record, _)| record))
    }

    /// Records what a stage hands on.
    ///
    /// # Errors
    /// See [`LedgerError`]; nothing must be published then.
    pub async fn record_stage(
        &self,
        id: DeploymentId,
        record: &Record,
    ) -> Result<Recorded, LedgerError> {
        self.record(&names::stage(id, &record.stage), record).await
    }

    /// How a deployment ended, or `None` while it is under way.
    ///
    /// # Errors
    /// See [`LedgerError`].
    pub async fn outcome(&self, id: DeploymentId) -> Result<Option<Record>, LedgerError> {
        Ok(self.read(&names::outcome(id)).await?.map(|(record, _)| record))
    }

    /// Records how a deployment ended.
    ///
    /// # Errors
    /// See [`LedgerError`]; nothing must be published then.
    pub async fn record_outcome(
        &self,
        id: DeploymentId,
        record: &Record,
    ) -> Result<Recorded, LedgerError> {
        self.record(&names::outcome(id), record).await
    }

    /// Takes a deployment off the list of those under way; to be called once its outcome is
    /// published.
    ///
    /// # Errors
    /// See [`LedgerError`].
    pub async fn close(&self, id: DeploymentId) -> Result<(), LedgerError> {
        self.delete(&names::open(id)).await
    }

    async fn record(&self, name: &str, record: &Record) -> Result<Recorded, LedgerError> {
        let (record, created) = self.create_or_read(name, record).await?;
        Ok(Recorded { record, ours: matches!(created, Created::New(_)) })
    }
}
