//! Records of handoffs and outcomes: the first writer wins.

use std::collections::BTreeMap;
use std::time::Duration;

use longshore_cloud::Created;
use longshore_messages::DeploymentId;

use crate::happened::record_metadata;
use crate::listed::outcome_metadata;
use crate::{Ledger, LedgerError, Record, Refused, names};

/// The record that the ledger holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub record: Record,
    /// Whether this call wrote it.
    pub ours: bool,
}

impl Ledger {
    /// What a stage handed off for a deployment.
    pub async fn stage_record(
        &self,
        id: DeploymentId,
        stage: &str,
    ) -> Result<Option<Record>, LedgerError> {
        Ok(self.read(&names::stage(id, stage)).await?.map(|(record, _)| record))
    }

    /// Records what a stage hands off. On `Err` the message must not be published.
    pub async fn record_stage(
        &self,
        id: DeploymentId,
        record: &Record,
    ) -> Result<Recorded, LedgerError> {
        let metadata = record_metadata(record, false);
        self.record(&names::stage(id, &record.stage), record, metadata).await
    }

    /// Like [`Ledger::record_stage`], for a deployment that claimed the build of the message and
    /// waits for it without a waiter.
    pub async fn record_claimant(
        &self,
        id: DeploymentId,
        record: &Record,
    ) -> Result<Recorded, LedgerError> {
        let metadata = record_metadata(record, true);
        self.record(&names::stage(id, &record.stage), record, metadata).await
    }

    /// The outcome of a deployment, or `None` until it has ended.
    pub async fn outcome(&self, id: DeploymentId) -> Result<Option<Record>, LedgerError> {
        Ok(self.read(&names::outcome(id)).await?.map(|(record, _)| record))
    }

    /// Records the outcome of a deployment. On `Err` the message must not be published.
    pub async fn record_outcome(
        &self,
        id: DeploymentId,
        record: &Record,
    ) -> Result<Recorded, LedgerError> {
        self.record(&names::outcome(id), record, outcome_metadata(record)).await
    }

    /// Removes a deployment from the open ones. Call this after its outcome is published.
    pub async fn close(&self, id: DeploymentId) -> Result<(), LedgerError> {
        self.delete(&names::open(id)).await
    }

    async fn record(
        &self,
        name: &str,
        record: &Record,
        metadata: BTreeMap<String, String>,
    ) -> Result<Recorded, LedgerError> {
        let (record, created) = self.create_described_or_read(name, record, metadata).await?;
        Ok(Recorded { record, ours: matches!(created, Created::New(_)) })
    }

    /// For how long the calls of a deployment's stage have been refused, by the bucket's clock. The
    /// first call of this function starts the count.
    pub async fn refused_for(
        &self,
        id: DeploymentId,
        stage: &str,
    ) -> Result<Duration, LedgerError> {
        let refused = Refused { at: self.now() };
        let (first, _) = self.create_or_read(&names::refused(id, stage), &refused).await?;
        Ok(Duration::try_from(self.now() - first.at).unwrap_or_default())
    }
}
