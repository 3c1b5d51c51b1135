//! How the newest deployments of functions ended, as list calls return it: what a report about
//! thousands of functions shows without a read of each.
//!
//! Only an end after which the requested revision is up is noted; what went wrong is read from the
//! outcome itself. So is the end of a deployment that was never admitted or that an older worker
//! ended.

use std::collections::BTreeMap;

use longshore_cloud::ObjectMeta;
use longshore_messages::{DeploymentId, FunctionRef};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::{Ledger, LedgerError, names};

/// Keys of a note in the metadata of its object.
const DEPLOYMENT: &str = "deployment";
const OUTCOME: &str = "outcome";
const ENDED_AT: &str = "ended-at";

/// How a deployment ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The name of its outcome.
    pub outcome: String,
    pub ended_at: OffsetDateTime,
}

impl Ledger {
    /// Notes how an admitted deployment ended, if that is noted, and removes the note of the
    /// generation before it. Call this after the outcome is recorded. Idempotent.
    pub async fn note_end(
        &self,
        function: &FunctionRef,
        id: DeploymentId,
        generation: u64,
        ended: Option<&Ended>,
    ) -> Result<(), LedgerError> {
        let note = async {
            let Some(Ended { outcome, ended_at }) = ended else { return Ok(()) };
            let ended_at = ended_at.format(&Rfc3339).unwrap_or_default();
            let entries =
                [(DEPLOYMENT, id.to_string()), (OUTCOME, outcome.clone()), (ENDED_AT, ended_at)];
            let metadata = entries.map(|(key, value)| (key.to_owned(), value)).into();
            let name = names::ended(function, generation);
            self.create_described(&name, &(), metadata).await.map(drop)
        };
        let remove = async {
            match generation.checked_sub(1) {
                Some(before) if before > 0 => self.delete(&names::ended(function, before)).await,
                Some(_) | None => Ok(()),
            }
        };
        let (noted, removed) = tokio::join!(note, remove);
        noted?;
        removed
    }

    /// The deployments whose end is noted: about one of each function. Takes one list call per
    /// thousand.
    pub async fn list_ended(&self) -> Result<BTreeMap<DeploymentId, Ended>, LedgerError> {
        let listed = self.list(names::ENDED).await?;
        Ok(listed.iter().filter_map(Ended::of).collect())
    }
}

impl Ended {
    fn of(meta: &ObjectMeta) -> Option<(DeploymentId, Self)> {
        let value = |key| meta.metadata.get(key).cloned();
        let ended_at = OffsetDateTime::parse(&value(ENDED_AT)?, &Rfc3339).ok()?;
        let ended = Self { outcome: value(OUTCOME)?, ended_at };
        Some((value(DEPLOYMENT)?.parse().ok()?, ended))
    }
}
