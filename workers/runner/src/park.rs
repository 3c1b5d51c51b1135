//! Parks messages that cannot be handled.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use longshore_cloud::Received;
use longshore_ledger::{Cause, Kept, Ledger, LedgerError, MoreParked, Parked, names};
use longshore_messages::{DeploymentId, TraceContext};
use parking_lot::Mutex;
use time::OffsetDateTime;

use crate::telemetry::chain;
use crate::traces;

/// Time between two writes of the counts of messages that were not kept: one object takes one write
/// per second, and several workers count in the same one.
pub(crate) const COUNT_INTERVAL: Duration = Duration::from_secs(10);

/// Parks the messages of one worker.
pub(crate) struct Parking {
    ledger: Ledger,
    stage: &'static str,
    memory: Mutex<Memory>,
}

/// What a worker remembers, so that a flood of messages costs it no calls. Bounded by the limits of
/// the ledger: a sender is remembered only after some of its messages were kept.
#[derive(Default)]
struct Memory {
    /// The hour of `full`.
    hour: i64,
    /// Causes, and causes and senders, of which no more messages are kept.
    full: BTreeSet<(Cause, Option<String>)>,
    /// Counts that are not in the ledger yet.
    uncounted: BTreeMap<(i64, Cause), MoreParked>,
}

impl Parking {
    pub(crate) fn new(ledger: Ledger, stage: &'static str) -> Self {
        Self { ledger, stage, memory: Mutex::default() }
    }

    /// Stores a message for an operator, or counts it. After `Ok` it may be acknowledged. `handling`: the
    /// deployment of the message, and the trace of the handling that parks it.
    pub(crate) async fn park(
        &self,
        cause: Cause,
        subscription: &str,
        received: &Received,
        handling: (Option<DeploymentId>, &TraceContext),
        reason: String,
    ) -> Result<(), LedgerError> {
        let ((deployment, trace), mut message) = (handling, received.message.clone());
        message.attributes.extend(traces::parked_by(trace));
        let parked = Parked {
            stage: self.stage.to_owned(),
            subscription: subscription.to_owned(),
            message,
            reason,
        };
        let (now, message_id) = (OffsetDateTime::now_utc(), &received.message_id);
        // The sweep ends a deployment whose last message waits for an operator at its deadline.
        let mark = async |kept_as: Option<&str>| match deployment.filter(|_| cause.is_genuine()) {
            Some(id) => self.ledger.mark_parked(id, self.stage, message_id, kept_as).await,
            None => Ok(()),
        };
        if self.memory.lock().is_full(now, cause, parked.sender()) {
            mark(None).await?;
            self.count(now, cause, parked);
            return Ok(());
        }
        let full = match self.ledger.park(now, message_id, cause, &parked).await? {
            Kept::Yes => {
                let sender = parked.sender();
                let name = names::parked(now, self.stage, cause, sender, message_id);
                mark(Some(&name)).await?;
                let error = &parked.reason;
                tracing::error!(error, message_id, "message parked for an operator");
                return Ok(());
            }
            Kept::CauseIsFull => (cause, None),
            Kept::SenderIsFull => (cause, Some(parked.sender().to_owned())),
        };
        mark(None).await?;
        tracing::error!(
            error = parked.reason,
            cause = cause.as_str(),
            "too many messages to park; until the hour ends, more of them are only counted"
        );
        self.memory.lock().full.insert(full);
        self.count(now, cause, parked);
        Ok(())
    }

    fn count(&self, now: OffsetDateTime, cause: Cause, parked: Parked) {
        let sender = parked.sender().to_owned();
        // Others can name any deployment, and a command that waits for it would give up.
        let deployments = parked.deployment().filter(|_| cause.is_genuine()).into_iter().collect();
        let Parked { stage, reason, .. } = parked;
        let one = MoreParked { stage, count: 1, reason, sender, last_at: now, deployments };
        self.memory.lock().add(cause, one);
    }

    /// Writes the counts to the ledger. What cannot be written is written next time.
    pub(crate) async fn write_counts(&self) {
        let uncounted = std::mem::take(&mut self.memory.lock().uncounted);
        for ((_, cause), more) in uncounted {
            if let Err(error) = self.ledger.count_parked(&more, cause).await {
                tracing::warn!(error = chain(&error), "cannot count parked messages; retrying");
                self.memory.lock().add(cause, more);
            }
        }
    }
}

impl Memory {
    fn is_full(&mut self, now: OffsetDateTime, cause: Cause, sender: &str) -> bool {
        let hour = names::hour(now);
        if self.hour != hour {
            self.hour = hour;
            self.full.clear();
        }
        self.full.contains(&(cause, None)) || self.full.contains(&(cause, Some(sender.to_owned())))
    }

    fn add(&mut self, cause: Cause, more: MoreParked) {
        let key = (names::hour(more.last_at), cause);
        let sum = match self.uncounted.remove(&key) {
            Some(before) => before.and(more),
            None => more,
        };
        self.uncounted.insert(key, sum);
    }
}
