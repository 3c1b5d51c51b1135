//! The contents of the ledger's objects: JSON, so that an operator can read them with any tool.

use longshore_messages::{DEFAULT_REQUESTER, DeploymentId, FunctionRef, WireMessage};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// The fence of a function: its newest deployment. It repeats that deployment's admission, so that
/// the next deployment can write the admission record if the newest one crashed before it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The newest deployment.
    pub deployment: DeploymentId,
    pub admission: Admission,
}

/// The admission of a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admission {
    /// The generation of the function, from 1.
    pub generation: u64,
    #[serde(with = "time::serde::rfc3339")]
    pub admitted_at: OffsetDateTime,
    /// When the deployment fails unless it has ended.
    #[serde(with = "time::serde::rfc3339")]
    pub deadline_at: OffsetDateTime,
    /// The deployment before this one, as a link into the function's history. `None` if there was
    /// none, or if it was not recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<DeploymentId>,
}

/// A request, as received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub message: WireMessage,
    /// The requester: whose topic the request came by.
    #[serde(default = "default_requester")]
    pub requester: String,
    /// When Pub/Sub accepted the request.
    #[serde(with = "time::serde::rfc3339")]
    pub published_at: OffsetDateTime,
}

/// The requester of requests that were recorded without one.
fn default_requester() -> String {
    DEFAULT_REQUESTER.to_owned()
}

/// A deployment that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    pub function: FunctionRef,
    /// When the uploader first received it.
    #[serde(with = "time::serde::rfc3339")]
    pub opened_at: OffsetDateTime,
    /// When it fails unless it has ended. Its admission takes this over.
    #[serde(with = "time::serde::rfc3339")]
    pub deadline_at: OffsetDateTime,
}

/// What a stage handed off for a deployment, or its outcome: the message itself, to be published
/// again unchanged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub stage: String,
    /// Identity of the input that the record comes from. Whichever worker handles that input
    /// publishes the message.
    pub input: String,
    /// Full name of the topic of the message.
    pub topic: String,
    pub message: WireMessage,
    /// When Pub/Sub accepted the input.
    #[serde(with = "time::serde::rfc3339")]
    pub published_at: OffsetDateTime,
    /// When the stage began to handle the input.
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
    /// When the stage was done, before it published the message.
    #[serde(with = "time::serde::rfc3339")]
    pub finished_at: OffsetDateTime,
    /// The delivery attempt of the input, if Pub/Sub counts them.
    pub attempt: Option<u32>,
    /// How long of that time the stage only waited, in milliseconds.
    pub waited_ms: u64,
    /// The reason of the longest wait.
    pub waited_for: Option<String>,
}

/// A request to cancel a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancel {
    #[serde(with = "time::serde::rfc3339")]
    pub asked_at: OffsetDateTime,
}

/// The first call of a deployment's stage that was refused for want of a role. A grant takes minutes
/// to become effective, so the stage repeats the call for that long, whichever worker handles it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// A request to delete a function. A deletion is admitted like a deployment and takes a generation,
/// so that older deployments end as superseded and newer ones continue the count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deletion {
    pub function: FunctionRef,
    #[serde(with = "time::serde::rfc3339")]
    pub asked_at: OffsetDateTime,
}

/// A message that an operator must examine: it cannot be handled, and a redelivery would not help.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// The worker that parked it.
    pub stage: String,
    /// Full name of the subscription that delivered it.
    pub subscription: String,
    pub message: WireMessage,
    pub reason: String,
}

/// Messages that were parked but not kept, because there were enough of their kind in the hour. The
/// number may be too low by what a worker had not written yet when it was killed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoreParked {
    /// The worker that parked them.
    pub stage: String,
    pub count: u64,
    /// The reason of the last one.
    pub reason: String,
    /// The sender that the last one claimed, or empty.
    pub sender: String,
    #[serde(with = "time::serde::rfc3339")]
    pub last_at: OffsetDateTime,
    /// The deployments that wait for genuine ones of them, the last ones if there are many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deployments: Vec<DeploymentId>,
}
