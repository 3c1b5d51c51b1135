//! Counts what the ledger says is open, late or parked, for all workers together.

use longshore_ledger::{Ledger, LedgerError, MemberState};

/// What is in the ledger at one time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(super) open: u64,
    pub(super) late: u64,
    pub(super) parked: u64,
    pub(super) batches: u64,
    waiting: u64,
    admitted: u64,
    ended: u64,
    failed: u64,
}

impl Counted {
    /// Takes three list calls, and a read for each open batch.
    pub(crate) async fn read(ledger: &Ledger) -> Result<Self, LedgerError> {
        let now = ledger.now();
        let (open, parked, batches) =
            tokio::join!(ledger.list_open(), ledger.list_parked(), ledger.list_feeding());
        let (open, batches) = (open?, batches?);
        let is_late = |deadline: Option<time::OffsetDateTime>| {
            deadline.is_some_and(|deadline| now >= deadline)
        };
        let mut counted = Self {
            open: number(open.len()),
            late: number(open.iter().filter(|open| is_late(open.deadline_at)).count()),
            parked: number(parked?.len()),
            batches: number(batches.len()),
            ..Self::default()
        };
        for batch in batches {
            let Some((progress, _)) = ledger.batch_progress(batch).await? else { continue };
            for member in progress.members {
                *counted.of(member) += 1;
            }
        }
        Ok(counted)
    }

    fn of(&mut self, state: MemberState) -> &mut u64 {
        match state {
            MemberState::Waiting | MemberState::Staged => &mut self.waiting,
            MemberState::Admitted | MemberState::Releasing => &mut self.admitted,
            MemberState::Failed => &mut self.failed,
            MemberState::Deployed
            | MemberState::Unchanged
            | MemberState::TrafficPinned
            | MemberState::Superseded
            | MemberState::Cancelled
            | MemberState::NotStarted
            | MemberState::Parked
            | MemberState::Held => &mut self.ended,
        }
    }

    /// The functions of the open batches, by state.
    pub(super) fn functions(&self) -> [(&'static str, u64); 4] {
        [
            ("waiting", self.waiting),
            ("admitted", self.admitted),
            ("ended", self.ended),
            ("failed", self.failed),
        ]
    }
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
