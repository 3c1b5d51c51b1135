//! Counts how many workers have ended while they handled a message.
//!
//! Pub/Sub counts deliveries, and those of an outage are as many as those of a message that kills
//! its worker. Only the latter end without a word. So from the [`UNRECORDED`] delivery on, a record
//! in the ledger exists while a worker handles the message; what is left of them is counted.
//!
//! A worker that is killed for another reason leaves records too, which is why the maximum is high.

use std::time::Duration;

use longshore_cloud::Received;
use longshore_ledger::{Ledger, LedgerError, Start};
use time::OffsetDateTime;

use crate::{Delivery, telemetry};

/// Number of deliveries that are not recorded: most messages need one, and a brief error a few
/// more, so they cost the ledger nothing.
const UNRECORDED: u32 = 5;

/// Maximum number of workers that may end with a message, besides those of the [`UNRECORDED`]
/// deliveries: 20 in all. No other cause kills so many, and it takes under two hours with the
/// backoff of the subscription.
const DEATHS_MAX: usize = 15;

/// Maximum time to remove a record on shutdown, when the process is about to be killed.
const REMOVAL_TIMEOUT: Duration = Duration::from_secs(1);

/// The records of one delivery's message.
#[derive(Debug, Default)]
pub(crate) struct Records {
    own: Option<String>,
    /// Those that other deliveries left.
    left: Vec<String>,
}

/// How the handling of a delivery ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The message is not redelivered.
    Done,
    /// It is redelivered.
    Again,
    /// It was aborted on shutdown, and is redelivered.
    Aborted,
}

impl Records {
    /// The number of workers that ended with the message, as far as they were recorded.
    pub(crate) fn deaths(&self) -> usize {
        self.left.len()
    }

    /// Whether the message must not be handled again.
    pub(crate) fn are_too_many(&self) -> bool {
        self.left.len() >= DEATHS_MAX
    }
}

/// Records that a delivery begins, unless it is one of the first.
pub(crate) async fn begin(
    ledger: &Ledger,
    stage: &str,
    received: &Received,
    delivery: &Delivery,
) -> Result<Records, LedgerError> {
    let Some(attempt) = received.attempt.filter(|attempt| *attempt > UNRECORDED) else {
        return Ok(Records::default());
    };
    let input = delivery.input().to_owned();
    let left = ledger.starts(stage, &input).await?;
    let start = Start { input, attempt, started_at: OffsetDateTime::now_utc() };
    let own = ledger.begin(stage, delivery.handler(), &start).await?;
    Ok(Records { own: Some(own), left })
}

/// Removes the record of a delivery that ends; if it was the last one, those of the others as well.
/// What cannot be removed counts as the end of a worker, which matters only if it happens often.
pub(crate) async fn end(ledger: &Ledger, records: Records, ending: Ending) {
    let Records { own, left } = records;
    let left = if ending == Ending::Done { left } else { Vec::new() };
    let remove = async {
        for name in own.into_iter().chain(left) {
            if let Err(error) = ledger.end(&name).await {
                let error = telemetry::chain(&error);
                tracing::warn!(error, name, "cannot remove the record of a delivery");
            }
        }
    };
    match ending {
        Ending::Done | Ending::Again => remove.await,
        // The message is redelivered in any case.
        Ending::Aborted => {
            let _ = tokio::time::timeout(REMOVAL_TIMEOUT, remove).await;
        }
    }
}
