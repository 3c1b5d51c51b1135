//! Cloud Scheduler and Cloud Tasks over the other services: their ports.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use longshore_local_identity as identity;
use longshore_local_kit::targets::IdTokens;
use longshore_local_pubsub as pubsub;
use longshore_local_scheduler::{PublishError, Publisher};

/// Signs the identity tokens of requests to targets.
pub(crate) struct TargetTokens(pub(crate) Arc<identity::Signer>);

impl IdTokens for TargetTokens {
    /// At the machine's time, by which tokens are verified. The clock of a schedule may be ahead.
    fn id_token(&self, email: &str, audience: &str, _: SystemTime) -> Result<String, String> {
        self.0.id_token(email, audience, SystemTime::now()).map_err(|error| error.to_string())
    }
}

/// Publishes the messages of scheduled jobs.
pub(crate) struct Topics(pub(crate) Arc<pubsub::Service>);

impl Publisher for Topics {
    fn publish(
        &self,
        topic: &str,
        data: Bytes,
        attributes: BTreeMap<String, String>,
    ) -> Result<(), PublishError> {
        match self.0.publish(topic, data, attributes) {
            Ok(()) => Ok(()),
            Err(error @ pubsub::core::Refusal::NotFound(_)) => {
                Err(PublishError::NotFound(error.to_string()))
            }
            Err(error) => Err(PublishError::Failed(error.to_string())),
        }
    }
}
