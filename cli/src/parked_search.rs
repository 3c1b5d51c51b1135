//! Searches for the parked messages of deployments in the ledger.

use std::collections::BTreeSet;

use longshore_messages::DeploymentId;
use time::{Duration, OffsetDateTime};

use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::parked_message::ParkedMessage;

/// Maximum difference between the clocks of this machine and of the cloud.
const CLOCKS_DIFFER: Duration = Duration::minutes(5);

/// Searches for parked messages of some deployments. Reads each parked message once.
pub(crate) struct ParkedSearch {
    deployments: BTreeSet<DeploymentId>,
    since: Option<OffsetDateTime>,
    read: BTreeSet<(String, i64)>,
    found: Vec<ParkedMessage>,
}

impl ParkedSearch {
    /// `since` is when the deployments were requested, if it is known.
    pub(crate) fn new(
        deployments: impl IntoIterator<Item = DeploymentId>,
        since: Option<OffsetDateTime>,
    ) -> Self {
        let since = since.map(|since| since - CLOCKS_DIFFER);
        let deployments = deployments.into_iter().collect();
        Self { deployments, since, read: BTreeSet::new(), found: Vec::new() }
    }

    /// Reads what was parked since the last call.
    pub(crate) async fn read(&mut self, target: &CloudTarget) -> Result<(), CliError> {
        let (ledger, since) = (&target.ledger, self.since);
        let parked = ledger.parked_since(since, &mut self.read).await.map_err(CliError::ledger)?;
        let counts = ledger.more_parked_since(since, &mut self.read).await;
        for (name, parked) in parked {
            for id in self.deployments.iter().filter(|id| parked.concerns(**id)) {
                self.found.push(ParkedMessage::kept(*id, &name, &parked));
            }
        }
        for more in counts.map_err(CliError::ledger)? {
            for id in more.deployments.iter().filter(|id| self.deployments.contains(*id)) {
                self.found.push(ParkedMessage::counted(*id, &more));
            }
        }
        Ok(())
    }

    /// The message for which a deployment in this stage waits, among those that were read. Messages
    /// for other stages do not hold it up: they are duplicates, or not the fleet's.
    pub(crate) fn holding_up(&self, id: DeploymentId, stage: &str) -> Option<&ParkedMessage> {
        self.found.iter().find(|found| found.deployment == id && found.waits_in.contains(&stage))
    }
}
