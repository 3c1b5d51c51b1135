//! Deliveries that began and have not ended: each one that is left is the trace of a worker that
//! ended while it handled the message.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{Ledger, LedgerError, names};

/// A delivery that a worker has begun to handle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// Identity of the message.
    pub input: String,
    /// The delivery attempt, as Pub/Sub counts them.
    pub attempt: u32,
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
}

impl Ledger {
    /// The names of the deliveries of a message to a stage that have not ended.
    pub async fn starts(&self, stage: &str, input: &str) -> Result<Vec<String>, LedgerError> {
        let listed = self.list(&names::starts(stage, input)).await?;
        Ok(listed.into_iter().map(|meta| meta.name).collect())
    }

    /// Records that a delivery begins, and returns the name of the record. `handler` identifies the
    /// delivery.
    pub async fn begin(
        &self,
        stage: &str,
        handler: &str,
        start: &Start,
    ) -> Result<String, LedgerError> {
        let name = names::start(stage, &start.input, handler);
        self.create(&name, start).await?;
        Ok(name)
    }

    /// Removes the record of a delivery, by its name. Call this when it has ended, however it did.
    pub async fn end(&self, start: &str) -> Result<(), LedgerError> {
        self.delete(start).await
    }
}
