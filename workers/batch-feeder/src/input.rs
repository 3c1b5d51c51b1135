//! The inputs: a request for a batch, and a hint that a function of one has ended.

use longshore_messages::{BatchId, DeploymentId, Event, Topic, WireMessage};
use longshore_runner::{Incoming, Input, InputError, Settings};
use time::OffsetDateTime;

/// What arrives.
#[derive(Clone, Debug)]
pub enum Fed {
    Requested(Box<Requested>),
    /// A deployment of this batch is said to have ended.
    Ended {
        batch: BatchId,
        deployment: DeploymentId,
    },
    /// A message that names no batch or no deployment. It says nothing that the ledger does not say.
    Nothing,
}

/// A request that is not validated yet, so that its requester gets an outcome.
#[derive(Clone, Debug)]
pub struct Requested {
    pub id: BatchId,
    /// The requester, as the topic of the message says.
    pub requester: String,
    pub message: WireMessage,
    /// When Pub/Sub accepted it.
    pub published_at: OffsetDateTime,
}

impl Input for Fed {
    const TOPICS: &'static [&'static str] =
        &[Topic::BatchRequested.as_str(), Topic::DeploymentFinished.as_str()];

    fn topics(settings: &Settings) -> Vec<String> {
        let mut topics = settings.topics_of_requesters(Topic::BatchRequested);
        topics.push(Topic::DeploymentFinished.as_str().to_owned());
        topics
    }

    /// Fails only for another topic.
    fn read(incoming: &Incoming<'_>) -> Result<Self, InputError> {
        let attributes = &incoming.message.attributes;
        if incoming.topic == Topic::DeploymentFinished.as_str() {
            let batch = attributes.get("batch").and_then(|id| id.parse().ok());
            let deployment = attributes.get("deployment").and_then(|id| id.parse().ok());
            return Ok(match (batch, deployment) {
                (Some(batch), Some(deployment)) => Self::Ended { batch, deployment },
                (_, _) => Self::Nothing,
            });
        }
        let (topic, requester) = Topic::from_requester(incoming.topic)
            .filter(|(topic, _)| *topic == Topic::BatchRequested)
            .ok_or_else(|| InputError::Topic(incoming.topic.to_owned()))?;
        let id = match Event::of(attributes) {
            Ok(event) => BatchId::requested_by(requester, &event.source, &event.id),
            // Without a valid identity, it is that of its Pub/Sub message, so that it can be
            // rejected.
            Err(_) => BatchId::requested_by(requester, topic.as_str(), incoming.message_id),
        };
        Ok(Self::Requested(Box::new(Requested {
            id,
            requester: requester.to_owned(),
            message: incoming.message.clone(),
            published_at: incoming.published_at,
        })))
    }

    /// A batch is of any number of deployments, and an outcome is only a hint.
    fn deployment(&self) -> Option<DeploymentId> {
        None
    }

    fn batch(&self) -> Option<BatchId> {
        match self {
            Self::Requested(requested) => Some(requested.id),
            Self::Ended { .. } | Self::Nothing => None,
        }
    }
}
