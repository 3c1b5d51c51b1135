//! Batches: what was requested, how far it is, and how it ended.
//!
//! **The progress of a batch is one small object** with a letter for each function, overwritten by
//! compare-and-swap. A function is admitted by a letter *before* its request is published, so no
//! worker publishes what another one does not know, and counting lists nothing. Everything else of a
//! batch is created once.
//!
//! The mark `feeding/<id>` exists from the acceptance of a batch until its outcome is published.

mod progress;

use std::collections::BTreeMap;

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use longshore_cloud::{Created, Replaced};
use longshore_messages::{BatchId, BatchSettings, proto};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::happened::request_metadata;
use crate::store::READS_AT_ONCE;
use crate::{Ledger, LedgerError, Record, Recorded, Request, names};

pub use progress::{BatchControl, BatchProgress, MemberState};

/// Maximum number of functions in one object.
const MEMBERS_PER_OBJECT: usize = 500;

/// Size of the requests in one object, as protobuf, after which the next one begins: their JSON is at
/// most a few times as large, and documents have at most 16 MiB.
const OBJECT_BYTES: usize = 2 * 1024 * 1024;

/// Keys of a batch in the metadata of its object.
const NAME: &str = "name";
const FUNCTIONS: &str = "functions";
const ACCEPTED_AT: &str = "accepted-at";

/// Key of the outcome in the metadata of its object.
const OUTCOME: &str = "outcome";

/// A batch that was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedBatch {
    pub settings: BatchSettings,
    /// Whose topic the request came by.
    pub requester: String,
    /// `ce-source` of the requests for its functions.
    pub source: String,
    /// Number of functions.
    pub functions: usize,
    /// Number of objects with their requests.
    pub objects: usize,
    /// The batch that this one retries.
    pub retry_of: Option<BatchId>,
    #[serde(with = "time::serde::rfc3339")]
    pub accepted_at: OffsetDateTime,
}

/// A batch, as a report about all of them needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedBatch {
    pub id: BatchId,
    pub name: String,
    /// Number of functions.
    pub functions: usize,
    pub accepted_at: OffsetDateTime,
    /// The name of its outcome, if it has ended.
    pub outcome: Option<String>,
}

/// The requests of some functions of a batch.
#[derive(Serialize, Deserialize)]
struct Members {
    requests: Vec<proto::DeployRequested>,
}

impl Ledger {
    /// Stores the request of a batch, unless there is one. Returns the one that the ledger holds, and
    /// whether this call stored it.
    pub async fn write_batch_request(
        &self,
        id: BatchId,
        request: &Request,
    ) -> Result<(Request, bool), LedgerError> {
        let (name, metadata) = (names::batch_request(id), request_metadata(request));
        let (first, created) = self.create_described_or_read(&name, request, metadata).await?;
        Ok((first, matches!(created, Created::New(_))))
    }

    pub async fn batch_request(&self, id: BatchId) -> Result<Option<Request>, LedgerError> {
        Ok(self.read(&names::batch_request(id)).await?.map(|(request, _)| request))
    }

    /// Accepts a batch with the requests for its functions, in the order of their admission, and marks
    /// it as open. Idempotent, even after a crash at any point: the same request has the same
    /// functions.
    pub async fn accept_batch(
        &self,
        id: BatchId,
        batch: &AcceptedBatch,
        requests: Vec<proto::DeployRequested>,
    ) -> Result<(), LedgerError> {
        let progress = BatchProgress::new(requests.len());
        let chunks = chunks(requests);
        let batch = AcceptedBatch {
            functions: progress.members.len(),
            objects: chunks.len(),
            ..batch.clone()
        };
        let written =
            stream::iter(chunks.into_iter().enumerate()).map(async |(number, requests)| {
                let members = Members { requests };
                self.create(&names::batch_members(id, number), &members).await.map(drop)
            });
        written.buffered(READS_AT_ONCE).try_collect::<Vec<()>>().await?;
        self.create(&names::batch_progress(id), &progress).await?;
        let accepted_at = batch.accepted_at.format(&Rfc3339).unwrap_or_default();
        let metadata = BTreeMap::from([
            (NAME.to_owned(), batch.settings.name.escape_default().to_string()),
            (FUNCTIONS.to_owned(), batch.functions.to_string()),
            (ACCEPTED_AT.to_owned(), accepted_at),
        ]);
        self.create_described(&names::batch(id), &batch, metadata).await?;
        self.create(&names::feeding(id), &()).await.map(drop)
    }

    pub async fn batch(&self, id: BatchId) -> Result<Option<AcceptedBatch>, LedgerError> {
        Ok(self.read(&names::batch(id)).await?.map(|(batch, _)| batch))
    }

    /// The requests for all functions of a batch, in the order of their admission. Takes a read for
    /// each five hundred.
    pub async fn batch_members(
        &self,
        id: BatchId,
        batch: &AcceptedBatch,
    ) -> Result<Vec<proto::DeployRequested>, LedgerError> {
        let read = stream::iter(0..batch.objects).map(async |number| {
            let name = names::batch_members(id, number);
            let members = self.read::<Members>(&name).await?;
            let (members, _) = members.ok_or(LedgerError::Missing { name })?;
            Ok::<_, LedgerError>(members.requests)
        });
        let read = read.buffered(READS_AT_ONCE).try_collect::<Vec<_>>().await?;
        Ok(read.into_iter().flatten().collect())
    }

    /// How far a batch is, and the generation of the object that says so.
    pub async fn batch_progress(
        &self,
        id: BatchId,
    ) -> Result<Option<(BatchProgress, i64)>, LedgerError> {
        self.read(&names::batch_progress(id)).await
    }

    /// Replaces the progress of a batch, if it still is what was read.
    pub async fn replace_batch_progress(
        &self,
        id: BatchId,
        generation: i64,
        progress: &BatchProgress,
    ) -> Result<Replaced, LedgerError> {
        self.replace(&names::batch_progress(id), generation, progress, BTreeMap::new()).await
    }

    /// Changes how a batch goes on, as `change` decides; `None` leaves it as it is. Returns what it is
    /// then, or `None` if there is no such batch.
    pub async fn control_batch(
        &self,
        id: BatchId,
        change: impl Fn(BatchControl) -> Option<BatchControl>,
    ) -> Result<Option<BatchControl>, LedgerError> {
        let changed = self.change_batch(id, |progress| {
            change(progress.control).map(|control| BatchProgress { control, ..progress.clone() })
        });
        Ok(changed.await?.map(|progress| progress.control))
    }

    /// Changes the progress of a batch, as `change` decides; `None` leaves it as it is. Returns what it
    /// is then, or `None` if there is no such batch.
    pub async fn change_batch(
        &self,
        id: BatchId,
        change: impl Fn(&BatchProgress) -> Option<BatchProgress>,
    ) -> Result<Option<BatchProgress>, LedgerError> {
        loop {
            let Some((progress, generation)) = self.batch_progress(id).await? else {
                return Ok(None);
            };
            let Some(next) = change(&progress) else { return Ok(Some(progress)) };
            match self.replace_batch_progress(id, generation, &next).await? {
                Replaced::New(_) => return Ok(Some(next)),
                Replaced::Conflict => {}
            }
        }
    }

    /// Whether a batch is marked as open.
    pub async fn is_feeding(&self, id: BatchId) -> Result<bool, LedgerError> {
        self.exists(&names::feeding(id)).await
    }

    /// The batches that are open, oldest first. Takes one list call per thousand.
    pub async fn list_feeding(&self) -> Result<Vec<BatchId>, LedgerError> {
        let mut listed = self.list(names::FEEDING).await?;
        listed.sort_by(|one, other| {
            (one.created_at, &one.name).cmp(&(other.created_at, &other.name))
        });
        let ids = listed.iter().filter_map(|meta| meta.name.strip_prefix(names::FEEDING));
        Ok(ids.filter_map(|id| id.parse().ok()).collect())
    }

    /// Removes the mark of a batch. Call this after its outcome is published.
    pub async fn end_feeding(&self, id: BatchId) -> Result<(), LedgerError> {
        self.delete(&names::feeding(id)).await
    }

    /// Records how a batch ended; `outcome` is the name of that. The first record counts.
    pub async fn record_batch_outcome(
        &self,
        id: BatchId,
        record: &Record,
        outcome: &str,
    ) -> Result<Recorded, LedgerError> {
        let metadata = BTreeMap::from([(OUTCOME.to_owned(), outcome.to_owned())]);
        let name = names::batch_outcome(id);
        let (record, created) = self.create_described_or_read(&name, record, metadata).await?;
        Ok(Recorded { record, ours: matches!(created, Created::New(_)) })
    }

    /// How a batch ended, or `None` until it has.
    pub async fn batch_outcome(&self, id: BatchId) -> Result<Option<Record>, LedgerError> {
        Ok(self.read(&names::batch_outcome(id)).await?.map(|(record, _)| record))
    }

    /// All accepted batches, newest first. Takes one list call per thousand objects, of which a batch
    /// has five, and reads none.
    pub async fn list_batches(&self) -> Result<Vec<ListedBatch>, LedgerError> {
        let listed = self.list(names::BATCHES).await?;
        let outcomes: BTreeMap<&str, &str> = listed
            .iter()
            .filter_map(|meta| {
                let id = meta.name.strip_prefix(names::BATCHES)?.strip_suffix("/outcome")?;
                Some((id, meta.metadata.get(OUTCOME)?.as_str()))
            })
            .collect();
        let batches = listed.iter().filter_map(|meta| {
            let id = meta.name.strip_prefix(names::BATCHES)?.strip_suffix("/batch")?;
            let value = |key: &str| meta.metadata.get(key);
            Some(ListedBatch {
                id: id.parse().ok()?,
                name: value(NAME).cloned().unwrap_or_default(),
                functions: value(FUNCTIONS)?.parse().ok()?,
                accepted_at: OffsetDateTime::parse(value(ACCEPTED_AT)?, &Rfc3339).ok()?,
                outcome: outcomes.get(id).map(|outcome| (*outcome).to_owned()),
            })
        });
        let mut batches: Vec<ListedBatch> = batches.collect();
        batches.sort_by_key(|batch| std::cmp::Reverse((batch.accepted_at, batch.id)));
        Ok(batches)
    }
}

/// The requests of each object.
fn chunks(requests: Vec<proto::DeployRequested>) -> Vec<Vec<proto::DeployRequested>> {
    let mut chunks: Vec<Vec<proto::DeployRequested>> = Vec::new();
    let mut bytes = 0;
    for request in requests {
        let size = encoded_len(&request);
        match chunks.last_mut() {
            Some(last) if last.len() < MEMBERS_PER_OBJECT && bytes + size <= OBJECT_BYTES => {
                bytes += size;
                last.push(request);
            }
            _ => {
                bytes = size;
                chunks.push(vec![request]);
            }
        }
    }
    chunks
}

fn encoded_len(request: &proto::DeployRequested) -> usize {
    request.function.as_ref().map_or(0, longshore_messages::size_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_has_at_most_five_hundred_functions_and_large_ones_have_their_own() {
        let small = proto::DeployRequested::default();
        let lengths = |requests| chunks(requests).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(lengths(vec![small.clone(); 1_001]), [500, 500, 1]);
        let function = proto::FunctionSpec { name: "x".repeat(OBJECT_BYTES), ..Default::default() };
        let large = proto::DeployRequested { function: Some(function), ..Default::default() };
        assert_eq!(lengths(vec![small.clone(), large.clone(), large, small]), [1, 1, 1, 1]);
        assert_eq!(lengths(Vec::new()), [0; 0]);
    }
}
