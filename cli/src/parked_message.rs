//! Parked messages of one deployment: it does not continue until an operator replays them.

use std::collections::BTreeSet;

use longshore_ledger::{Parked, names};
use longshore_messages::{DeploymentId, Topic};
use serde::Serialize;
use time::{Duration, OffsetDateTime};

use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::stages::LAST_STAGE;

/// State and outcome of a deployment with a parked message.
pub(crate) const PARKED: &str = "parked";

/// Maximum difference between the clocks of this machine and of the cloud.
const CLOCKS_DIFFER: Duration = Duration::minutes(5);

/// A parked message of a deployment in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ParkedMessage {
    pub(crate) deployment: DeploymentId,
    /// Id of the message, for `parked replay`.
    pub(crate) id: String,
    /// The worker that parked it.
    pub(crate) stage: String,
    pub(crate) reason: String,
    /// The stage in which the deployment waits.
    #[serde(skip)]
    waits_in: &'static str,
}

/// Searches for parked messages of one deployment. Reads each parked message once.
pub(crate) struct ParkedSearch {
    deployment: DeploymentId,
    since: Option<OffsetDateTime>,
    read: BTreeSet<(String, i64)>,
    found: Vec<ParkedMessage>,
}

impl ParkedSearch {
    /// `since` is when the deployment was requested, if it is known.
    pub(crate) fn new(deployment: DeploymentId, since: Option<OffsetDateTime>) -> Self {
        let since = since.map(|since| since - CLOCKS_DIFFER);
        Self { deployment, since, read: BTreeSet::new(), found: Vec::new() }
    }

    /// The message for which a deployment in this stage waits. Messages for other stages do not
    /// hold it up: they are duplicates, or not the fleet's.
    pub(crate) async fn find(
        &mut self,
        target: &CloudTarget,
        stage: &str,
    ) -> Result<Option<ParkedMessage>, CliError> {
        let parked = target.ledger.parked_since(self.since, &mut self.read).await;
        for (name, parked) in parked.map_err(CliError::ledger)? {
            if parked.concerns(self.deployment) {
                self.found.push(ParkedMessage::of(self.deployment, &name, parked));
            }
        }
        Ok(self.found.iter().find(|message| message.waits_in == stage).cloned())
    }
}

impl ParkedMessage {
    fn of(deployment: DeploymentId, name: &str, parked: Parked) -> Self {
        Self {
            deployment,
            id: name.strip_prefix(names::PARKED).unwrap_or(name).to_owned(),
            waits_in: waits_in(&parked),
            stage: parked.stage,
            reason: parked.reason,
        }
    }

    /// The commands that show and replay it.
    pub(crate) fn advice(&self) -> String {
        format!(
            "`longshore parked list` shows it; after fixing the cause, continue the deployment \
             with `longshore parked replay {}` and `longshore status {} --follow`",
            self.id, self.deployment
        )
    }
}

/// The stage in which a deployment waits while this message is parked.
fn waits_in(parked: &Parked) -> &'static str {
    let retries_a_build = parked.subscription.ends_with(Topic::BuildRetryRequested.as_str());
    match parked.stage.as_str() {
        "uploader" => "uploader",
        // A build is retried while the deployment waits for it.
        "build-submitter" if retries_a_build => "registry-watcher",
        "build-submitter" => "build-submitter",
        "registry-watcher" => "registry-watcher",
        _ => LAST_STAGE,
    }
}

#[cfg(test)]
mod tests {
    use longshore_messages::WireMessage;

    use super::*;

    #[test]
    fn a_parked_retry_of_a_build_holds_up_a_deployment_in_registry_watcher() {
        for (stage, topic, waits) in [
            ("uploader", "deploy-requested", "uploader"),
            ("build-submitter", "source-uploaded", "build-submitter"),
            ("build-submitter", "build-retry-requested", "registry-watcher"),
            ("registry-watcher", "build-submitted", "registry-watcher"),
            ("service-deployer", "image-published", LAST_STAGE),
        ] {
            let parked = Parked {
                stage: stage.to_owned(),
                subscription: format!("projects/p/subscriptions/longshore.{stage}.{topic}"),
                message: WireMessage::default(),
                reason: String::new(),
            };
            assert_eq!(waits_in(&parked), waits, "{topic}");
        }
    }
}
