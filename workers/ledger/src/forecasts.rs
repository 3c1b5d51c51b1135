//! What batches were expected to take when they were started.

use longshore_cloud::pacing::forecast::Part;
use longshore_messages::BatchId;

use crate::{Ledger, LedgerError, names};

impl Ledger {
    /// Notes the work of a batch and what is assumed of the platform, unless that is noted. In each
    /// wave, in each project and region.
    pub async fn write_batch_forecast(
        &self,
        id: BatchId,
        waves: &[Vec<Part>],
    ) -> Result<(), LedgerError> {
        self.create(&names::batch_forecast(id), &waves).await.map(drop)
    }

    /// What was noted at the start of a batch, or `None` for one of which functions had ended by then.
    pub async fn batch_forecast(&self, id: BatchId) -> Result<Option<Vec<Vec<Part>>>, LedgerError> {
        Ok(self.read(&names::batch_forecast(id)).await?.map(|(waves, _)| waves))
    }
}
