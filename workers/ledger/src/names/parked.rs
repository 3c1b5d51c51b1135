//! Names of the objects of parked messages.

use longshore_messages::DeploymentId;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use crate::Cause;

/// Prefix of the parked messages.
pub const PARKED: &str = "parked/";

/// Prefix of the counts of messages that were parked but not kept.
pub const PARKED_MORE: &str = "parked-more/";

/// Prefix of the marks of a deployment's messages to a stage that were parked.
#[must_use]
pub fn parked_marks(id: DeploymentId, stage: &str) -> String {
    format!("deployments/{id}/parked/{stage}/")
}

#[must_use]
pub fn parked_mark(id: DeploymentId, stage: &str, message_id: &str) -> String {
    format!("{}{message_id}", parked_marks(id, stage))
}

/// Prefix of all parked messages of a stage, a cause and an hour.
#[must_use]
pub fn parked_alike(at: OffsetDateTime, stage: &str, cause: Cause) -> String {
    format!("{PARKED}{}/{stage}/{}/", hour(at), cause.as_str())
}

/// Prefix of those of them that claim this sender. The sender is hashed, because it may be any
/// text; four bytes are enough to tell a few senders apart.
#[must_use]
pub fn parked_by(alike: &str, sender: &str) -> String {
    let hash = Sha256::digest(sender);
    let short: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{alike}{short}-")
}

/// A parked message, by Pub/Sub's id.
#[must_use]
pub fn parked(
    at: OffsetDateTime,
    stage: &str,
    cause: Cause,
    sender: &str,
    message_id: &str,
) -> String {
    format!("{}{message_id}", parked_by(&parked_alike(at, stage, cause), sender))
}

#[must_use]
pub fn parked_more(at: OffsetDateTime, stage: &str, cause: Cause) -> String {
    format!("{PARKED_MORE}{}/{stage}/{}", hour(at), cause.as_str())
}

/// The hour of the names of parked messages, since 1970.
#[must_use]
pub fn hour(at: OffsetDateTime) -> i64 {
    at.unix_timestamp() / 3_600
}
