//! What stands in the ledger's objects: JSON, so that an operator can read it with any tool.

use longshore_messages::{DeploymentId, FunctionRef, WireMessage};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// The fence of a function: its newest generation, and everything that its occupant's admission
/// record says, so that whoever comes next can write that record for an occupant that died before
/// it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The deployment that was admitted last.
    pub deployment: DeploymentId,
    /// What it was given.
    pub admission: Admission,
}

/// What a deployment was given when it was admitted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admission {
    /// Generation of the function, from 1.
    pub generation: u64,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub admitted_at: OffsetDateTime,
    /// When the deployment is given up.
    #[serde(with = "time::serde::rfc3339")]
    pub deadline_at: OffsetDateTime,
    /// Who was in front before: the way back through a function's history. `None`: nobody, or it
    /// was not written down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<DeploymentId>,
}

/// A request as it was received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The message, with its trace.
    pub message: WireMessage,
    /// When Pub/Sub took it.
    #[serde(with = "time::serde::rfc3339")]
    pub published_at: OffsetDateTime,
}

/// A deployment that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// The function.
    pub function: FunctionRef,
    /// When the uploader first saw it.
    #[serde(with = "time::serde::rfc3339")]
    pub opened_at: OffsetDateTime,
    /// When it is given up.
    #[serde(with = "time::serde::rfc3339")]
    pub deadline_at: OffsetDateTime,
}

/// What a stage handed on for a deployment, or how it ended it: the message itself, to be published
/// again exactly as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The stage that wrote it.
    pub stage: String,
    /// Identity of the input that made it. Whoever handles that input publishes the message, and
    /// nobody else has to.
    pub input: String,
    /// Full name of the topic it goes to.
    pub topic: String,
    /// The message.
    pub message: WireMessage,
    /// When Pub/Sub took the input.
    #[serde(with = "time::serde::rfc3339")]
    pub published_at: OffsetDateTime,
    /// When the stage took the input in hand.
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
    /// When the stage was done, before it published.
    #[serde(with = "time::serde::rfc3339")]
    pub finished_at: OffsetDateTime,
    /// How often the input had been delivered by then, where Pub/Sub counts.
    pub attempt: Option<u32>,
    /// How long of that the stage only waited, in milliseconds.
    pub waited_ms: u64,
    /// What it waited for.
    pub waited_for: Option<String>,
}

/// Somebody asked to stop a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancel {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub asked_at: OffsetDateTime,
}

/// Somebody asked to delete a function. A deletion is admitted like a deployment: it takes a
/// generation, so that everything older ends as superseded, and whatever comes after it counts on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deletion {
    /// The function.
    pub function: FunctionRef,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub asked_at: OffsetDateTime,
}

/// A message that an operator has to look at: it cannot be handled, and giving it back would only
/// bring it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// The worker that gave up.
    pub stage: String,
    /// Full name of the subscription it came from.
    pub subscription: String,
    /// The message.
    pub message: WireMessage,
    /// Why.
    pub reason: String,
}
