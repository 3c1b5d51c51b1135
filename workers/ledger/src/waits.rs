//! Long waits of a stage: why a deployment does not proceed.
//!
//! Nothing depends on these notes. A wait of some seconds is not noted, so most deployments have
//! none. A note is never deleted: the time in it, and what else the ledger says, show whether the
//! wait is over.

use std::time::Duration;

use longshore_messages::DeploymentId;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{Ledger, LedgerError, names};

/// For how long a note without an end is believed: no delivery is handled longer, and the next one
/// notes its own wait.
const BELIEVED_FOR: Duration = Duration::from_secs(15 * 60);

/// For how long a note is believed beyond its end, which is an estimate: Pub/Sub's backoff is on a
/// best-effort basis.
const END_GRACE: Duration = Duration::from_secs(30);

/// A wait of a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotedWait {
    pub cause: WaitCause,
    /// When it began, by the bucket's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
    /// When it is expected to end, or `None` if that is not known.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub until: Option<OffsetDateTime>,
}

/// What a stage waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitCause {
    /// A token of a quota of Google's.
    Quota {
        /// Name of the quota for people.
        quota: String,
        project: String,
        /// Empty for a quota that covers all regions of the project.
        region: String,
        /// Position among the calls that waited when this wait began, from 1.
        position: u32,
    },
    /// The next delivery of the message, after an error that may be gone by then.
    Backoff {
        error: String,
        /// Number of the delivery that failed, if Pub/Sub counts them.
        attempt: Option<u32>,
    },
    /// Anything else, in words that complete "waiting for …".
    Other { awaited: String },
}

impl NotedWait {
    /// Whether the wait may still go on at `now`.
    #[must_use]
    pub fn is_current(&self, now: OffsetDateTime) -> bool {
        match self.until {
            Some(until) => now < until + END_GRACE,
            None => now < self.since + BELIEVED_FOR,
        }
    }

    /// Whether it is a wait for an operation of the function.
    #[must_use]
    pub(crate) fn is_for_operation(&self) -> bool {
        match &self.cause {
            WaitCause::Other { awaited } => awaited.contains("operation"),
            WaitCause::Quota { .. } | WaitCause::Backoff { .. } => false,
        }
    }
}

impl Ledger {
    /// Notes that a stage waits. Call this only for a wait that an operator would notice.
    pub async fn note_wait(
        &self,
        id: DeploymentId,
        stage: &str,
        wait: &NotedWait,
    ) -> Result<(), LedgerError> {
        self.create(&names::wait(id, stage, wait.since), wait).await.map(drop)
    }

    /// The last wait that a stage has noted for a deployment, if it may still go on. Takes a list call
    /// and at most one read.
    pub async fn last_wait(
        &self,
        id: DeploymentId,
        stage: &str,
    ) -> Result<Option<NotedWait>, LedgerError> {
        let listed = self.list(&names::waits(id, stage)).await?;
        // Names sort by time.
        let Some(last) = listed.iter().map(|meta| meta.name.as_str()).max() else {
            return Ok(None);
        };
        let now = self.now();
        Ok(self.noted_wait(last).await?.filter(|wait| wait.is_current(now)))
    }

    /// A noted wait, by the name of its object. `None` if only a newer version can read it.
    pub(crate) async fn noted_wait(&self, name: &str) -> Result<Option<NotedWait>, LedgerError> {
        match self.read::<NotedWait>(name).await {
            Ok(noted) => Ok(noted.map(|(wait, _)| wait)),
            Err(LedgerError::Unreadable { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
