//! Parked messages of one deployment: it does not continue until an operator replays them.

use longshore_ledger::{Cause, MoreParked, Parked, names};
use longshore_messages::{DeploymentId, Topic};
use serde::Serialize;

use crate::stage_names::LAST_STAGE;

/// State and outcome of a deployment with a parked message.
pub(crate) const PARKED: &str = "parked";

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
    pub(crate) waits_in: &'static [&'static str],
}

impl ParkedMessage {
    pub(crate) fn kept(deployment: DeploymentId, name: &str, parked: &Parked) -> Self {
        Self {
            deployment,
            id: Some(name.strip_prefix(names::PARKED).unwrap_or(name).to_owned()),
            waits_in: if may_hold_up(name, &parked.stage) {
                waits_in(&parked.stage, Some(&parked.subscription))
            } else {
                &[]
            },
            stage: parked.stage.clone(),
            reason: parked.reason.clone(),
        }
    }

    pub(crate) fn counted(deployment: DeploymentId, more: &MoreParked) -> Self {
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

/// Whether a deployment may wait for a message with this name. Anyone who may publish to the topics
/// between workers can send the others in the name of any deployment, which continues. A request that
/// cannot be read has no other record.
fn may_hold_up(name: &str, stage: &str) -> bool {
    stage == "uploader" || Cause::of(name).is_none_or(Cause::is_genuine)
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
    use time::OffsetDateTime;

    use super::*;

    #[test]
    fn a_message_that_anyone_may_have_sent_holds_up_no_deployment_but_its_request() {
        let id = DeploymentId::of("test", "1");
        for (stage, cause, holds_up) in [
            ("uploader", "unreadable", true),
            ("uploader", "unverified", true),
            ("registry-watcher", "unreadable", false),
            ("registry-watcher", "unverified", false),
            ("registry-watcher", "delivered-too-often", true),
            ("service-deployer", "failed", true),
        ] {
            let parked = Parked {
                stage: stage.to_owned(),
                subscription: format!("projects/p/subscriptions/longshore.{stage}.any"),
                message: WireMessage::default(),
                reason: String::new(),
            };
            let name = format!("parked/498914/{stage}/{cause}/any");
            let kept = ParkedMessage::kept(id, &name, &parked);
            assert_eq!(!kept.waits_in.is_empty(), holds_up, "{name}");
        }
    }

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
