//! Parked messages of one deployment: it does not continue until an operator replays them.

use std::collections::BTreeSet;

use longshore_ledger::{MoreParked, Parked, names};
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
    /// Id of the message, for `parked replay`. `None` if there were too many to keep it.
    pub(crate) id: Option<String>,
    /// The worker that parked it.
    pub(crate) stage: String,
    /// If the message was not kept: the reason of another one of its kind.
    pub(crate) reason: String,
    /// The stages in which the deployment may wait for it.
    #[serde(skip)]
    waits_in: &'static [&'static str],
}

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

impl ParkedMessage {
    fn kept(deployment: DeploymentId, name: &str, parked: &Parked) -> Self {
        Self {
            deployment,
            id: Some(name.strip_prefix(names::PARKED).unwrap_or(name).to_owned()),
            waits_in: waits_in(&parked.stage, Some(&parked.subscription)),
            stage: parked.stage.clone(),
            reason: parked.reason.clone(),
        }
    }

    fn counted(deployment: DeploymentId, more: &MoreParked) -> Self {
        Self {
            deployment,
            id: None,
            waits_in: waits_in(&more.stage, None),
            stage: more.stage.clone(),
            reason: more.reason.clone(),
        }
    }

    /// The commands that show and replay it.
    pub(crate) fn advice(&self) -> String {
        match &self.id {
            Some(id) => format!(
                "`longshore parked list` shows it; after fixing the cause, continue the deployment \
                 with `longshore parked replay {id}` and `longshore status {} --follow`",
                self.deployment
            ),
            None => "too many messages are parked to keep this one; `longshore parked list` shows \
                     others of its kind; after fixing the cause, deploy again"
                .to_owned(),
        }
    }
}

/// The stages in which a deployment may wait while a message is parked.
fn waits_in(stage: &str, subscription: Option<&str>) -> &'static [&'static str] {
    let retries_a_build =
        subscription.map(|name| name.ends_with(Topic::BuildRetryRequested.as_str()));
    match (stage, retries_a_build) {
        ("uploader", _) => &["uploader"],
        // A build is retried while the deployment waits for it.
        ("build-submitter", Some(true)) | ("registry-watcher", _) => &["registry-watcher"],
        ("build-submitter", Some(false)) => &["build-submitter"],
        ("build-submitter", None) => &["build-submitter", "registry-watcher"],
        _ => &[LAST_STAGE],
    }
}

#[cfg(test)]
mod tests {
    use longshore_messages::WireMessage;

    use super::*;

    #[test]
    fn a_parked_retry_of_a_build_holds_up_a_deployment_in_registry_watcher() {
        let id = DeploymentId::of("test", "1");
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
            assert_eq!(ParkedMessage::kept(id, "parked/1", &parked).waits_in, [waits], "{topic}");
            let more = MoreParked {
                stage: stage.to_owned(),
                count: 1,
                reason: String::new(),
                sender: String::new(),
                last_at: OffsetDateTime::UNIX_EPOCH,
                deployments: vec![id],
            };
            let counted = ParkedMessage::counted(id, &more);
            assert!(counted.waits_in.contains(&waits), "{topic}");
            assert!(!counted.advice().contains("replay"), "{topic}");
        }
    }
}
