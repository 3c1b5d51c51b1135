//! Deployments that wait for a build.
//!
//! **No deployment waits forever.** A deployment that waits creates its waiter *and then* reads the
//! result; a worker that concludes a build creates the result *and then* lists the waiters. However
//! the four steps interleave, one of the two sees the other.

use futures::stream::{self, StreamExt as _};
use longshore_messages::{BuildRef, BuildSubmitted, DeploymentId, TraceContext, WireMessage};
use serde::{Deserialize, Serialize};

use crate::builds::decode_submitted;
use crate::store::READS_AT_ONCE;
use crate::{Ledger, LedgerError, names};

/// A deployment that waits for a build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiter {
    /// Its `BuildSubmitted` message, with its trace.
    pub submitted: WireMessage,
}

impl Waiter {
    /// The waiting deployment's `BuildSubmitted` message, and its trace.
    pub fn decode(&self) -> Result<(BuildSubmitted, TraceContext), LedgerError> {
        decode_submitted(&self.submitted)
    }
}

impl Ledger {
    /// Adds a waiter to a build. Read the result afterwards.
    pub async fn wait_for(
        &self,
        build: BuildRef,
        id: DeploymentId,
        waiter: &Waiter,
    ) -> Result<(), LedgerError> {
        self.create(&names::waiter(build, id), waiter).await.map(drop)
    }

    /// Removes a waiter: its deployment is woken, or ends before its build does.
    pub async fn stop_waiting(&self, build: BuildRef, id: DeploymentId) -> Result<(), LedgerError> {
        self.delete(&names::waiter(build, id)).await
    }

    /// The deployments that wait for a build. Takes one list call per thousand.
    pub async fn waiting_for(&self, build: BuildRef) -> Result<Vec<DeploymentId>, LedgerError> {
        let prefix = names::waiters(build);
        let listed = self.list(&prefix).await?;
        Ok(listed.iter().filter_map(|meta| meta.name.strip_prefix(&prefix)?.parse().ok()).collect())
    }

    /// All waiters of a build, or why one of them cannot be read. Call this after its result is
    /// written.
    pub async fn waiters(
        &self,
        build: BuildRef,
    ) -> Result<Vec<(DeploymentId, Result<Waiter, LedgerError>)>, LedgerError> {
        self.waiters_with(build, None).await
    }

    /// Like [`Ledger::waiters`], without a read of the one whose content the caller knows.
    pub async fn waiters_with(
        &self,
        build: BuildRef,
        known: Option<(DeploymentId, &Waiter)>,
    ) -> Result<Vec<(DeploymentId, Result<Waiter, LedgerError>)>, LedgerError> {
        let read = stream::iter(self.waiting_for(build).await?).map(async |id| {
            if let Some((_, waiter)) = known.filter(|(known, _)| *known == id) {
                return Some((id, Ok(waiter.clone())));
            }
            let read = self.read::<Waiter>(&names::waiter(build, id)).await.transpose()?;
            Some((id, read.map(|(waiter, _)| waiter)))
        });
        Ok(read.buffered(READS_AT_ONCE).filter_map(async |read| read).collect().await)
    }
}
