//! The batches that are being fed.

use std::collections::BTreeMap;

use futures::stream::{self, StreamExt as _};
use longshore_ledger::{BatchControl, BatchProgress, LedgerError, MemberState};
use longshore_messages::BatchId;

use super::snapshot::Feeding;
use super::{AT_ONCE, Index};

impl Index {
    pub(super) async fn feeding(&self) -> Result<BTreeMap<BatchId, Feeding>, LedgerError> {
        let ids = self.ledger.list_feeding().await?;
        let read = stream::iter(ids).map(async |id| {
            let progress = self.ledger.batch_progress(id).await?;
            Ok::<_, LedgerError>(progress.map(|(progress, _)| (id, feeding_of(&progress))))
        });
        let read: Vec<_> = read.buffered(AT_ONCE).collect().await;
        let read = read.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(read.into_iter().flatten().collect())
    }
}

fn feeding_of(progress: &BatchProgress) -> Feeding {
    let count = |state| progress.count(state);
    let (waiting, in_flight) = (count(MemberState::Waiting), count(MemberState::Admitted));
    Feeding {
        waiting,
        in_flight,
        done: progress.members.len() - waiting - in_flight,
        failed: count(MemberState::Failed),
        is_paused: progress.control == BatchControl::Paused,
    }
}
