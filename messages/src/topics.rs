//! Names of topics and subscriptions. `deploy/fleet.toml` provisions them; other code uses this
//! module.

use std::fmt::{self, Display, Formatter};

/// The requester whose topics have no requester in their names.
pub const DEFAULT_REQUESTER: &str = "default";

/// A topic of the fleet, named after the message that travels on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// From other systems to uploader.
    DeployRequested,
    /// From other systems to uploader.
    CancelRequested,
    /// From other systems to batch-feeder.
    BatchRequested,
    /// From uploader to build-submitter.
    SourceUploaded,
    /// From build-submitter to registry-watcher.
    BuildSubmitted,
    /// From registry-watcher back to build-submitter.
    BuildRetryRequested,
    /// From registry-watcher to service-deployer.
    ImagePublished,
    /// From any stage to the requester and other subscribers.
    DeploymentFinished,
    /// From batch-feeder to the requester and other subscribers.
    BatchFinished,
    /// From any stage to reports.
    DeploymentEvents,
    /// Messages that Pub/Sub could not deliver.
    DeadLetters,
}

impl Topic {
    /// All topics of a fleet, in the order in which a deployment uses them.
    pub const ALL: [Self; 11] = [
        Self::DeployRequested,
        Self::CancelRequested,
        Self::BatchRequested,
        Self::SourceUploaded,
        Self::BuildSubmitted,
        Self::BuildRetryRequested,
        Self::ImagePublished,
        Self::DeploymentFinished,
        Self::BatchFinished,
        Self::DeploymentEvents,
        Self::DeadLetters,
    ];

    /// The name of the topic without the fleet's, in kebab-case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DeployRequested => "deploy-requested",
            Self::CancelRequested => "cancel-requested",
            Self::BatchRequested => "batch-requested",
            Self::SourceUploaded => "source-uploaded",
            Self::BuildSubmitted => "build-submitted",
            Self::BuildRetryRequested => "build-retry-requested",
            Self::ImagePublished => "image-published",
            Self::DeploymentFinished => "deployment-finished",
            Self::BatchFinished => "batch-finished",
            Self::DeploymentEvents => "deployment-events",
            Self::DeadLetters => "dead-letters",
        }
    }

    /// The worker that records each message of the topic in the ledger, as its handoff for the
    /// deployment, before it publishes it. `None` for topics whose messages are not recorded.
    pub const fn recorded_by(self) -> Option<&'static str> {
        match self {
            Self::SourceUploaded => Some("uploader"),
            Self::BuildSubmitted => Some("build-submitter"),
            Self::ImagePublished => Some("registry-watcher"),
            Self::DeployRequested
            | Self::CancelRequested
            | Self::BatchRequested
            | Self::BuildRetryRequested
            | Self::DeploymentFinished
            | Self::BatchFinished
            | Self::DeploymentEvents
            | Self::DeadLetters => None,
        }
    }

    /// The topics that other systems publish to. Each requester has its own ones.
    pub const OF_REQUESTERS: [Self; 3] =
        [Self::DeployRequested, Self::CancelRequested, Self::BatchRequested];

    /// The name of a requester's own topic, without the fleet's: `deploy-requested` for
    /// [`DEFAULT_REQUESTER`], and `deploy-requested.REQUESTER` for others.
    pub fn of_requester(self, requester: &str) -> String {
        match requester {
            DEFAULT_REQUESTER => self.as_str().to_owned(),
            named => format!("{self}.{named}"),
        }
    }

    /// The topic and the requester that a name of [`Topic::of_requester`] stands for.
    pub fn from_requester(name: &str) -> Option<(Self, &str)> {
        Self::OF_REQUESTERS.into_iter().find_map(|topic| {
            match name.strip_prefix(topic.as_str())? {
                "" => Some((topic, DEFAULT_REQUESTER)),
                rest => rest
                    .strip_prefix('.')
                    .filter(|requester| !requester.is_empty())
                    .map(|requester| (topic, requester)),
            }
        })
    }

    /// The topic's id in its project: `FLEET.NAME`.
    pub fn id(self, fleet: &str) -> String {
        format!("{fleet}.{self}")
    }

    /// The topic's resource name: `projects/PROJECT/topics/FLEET.NAME`.
    pub fn full_name(self, project: &str, fleet: &str) -> String {
        format!("projects/{project}/topics/{}", self.id(fleet))
    }
}

impl Display for Topic {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Topic in each target project to which Cloud Build publishes builds. Google defines the name.
/// <https://cloud.google.com/build/docs/subscribe-build-notifications>
pub const CLOUD_BUILDS_TOPIC: &str = "cloud-builds";

/// Topic in each target project to which Artifact Registry publishes images. Google defines the
/// name. <https://cloud.google.com/artifact-registry/docs/configure-notifications>
pub const REGISTRY_TOPIC: &str = "gcr";

/// Id of a worker's subscription: `FLEET.WORKER.TOPIC`, where the topic is [`Topic::as_str`],
/// [`CLOUD_BUILDS_TOPIC`] or [`REGISTRY_TOPIC`].
pub fn subscription_id(fleet: &str, worker: &str, topic: &str) -> String {
    format!("{fleet}.{worker}.{topic}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_and_subscriptions_start_with_the_fleets_name() {
        assert_eq!(Topic::SourceUploaded.id("longshore"), "longshore.source-uploaded");
        assert_eq!(
            Topic::DeadLetters.full_name("demo-project", "blue"),
            "projects/demo-project/topics/blue.dead-letters"
        );
        let subscription = subscription_id("longshore", "registry-watcher", CLOUD_BUILDS_TOPIC);
        assert_eq!(subscription, "longshore.registry-watcher.cloud-builds");
    }

    #[test]
    fn a_requesters_topic_names_it_except_the_default_ones() {
        for (topic, requester, name) in [
            (Topic::DeployRequested, DEFAULT_REQUESTER, "deploy-requested"),
            (Topic::CancelRequested, DEFAULT_REQUESTER, "cancel-requested"),
            (Topic::BatchRequested, DEFAULT_REQUESTER, "batch-requested"),
            (Topic::DeployRequested, "team-a", "deploy-requested.team-a"),
            (Topic::CancelRequested, "team-a", "cancel-requested.team-a"),
            (Topic::BatchRequested, "team-a", "batch-requested.team-a"),
        ] {
            assert_eq!(topic.of_requester(requester), name);
            assert_eq!(Topic::from_requester(name), Some((topic, requester)));
        }
        for other in [
            "deploy-requestedx",
            "deploy-requested.",
            "source-uploaded",
            "source-uploaded.team-a",
            "",
        ] {
            assert_eq!(Topic::from_requester(other), None, "{other}");
        }
    }

    #[test]
    fn every_topic_is_listed_once() {
        let names: std::collections::BTreeSet<&str> =
            Topic::ALL.into_iter().map(Topic::as_str).collect();
        assert_eq!(names.len(), Topic::ALL.len());
    }
}
