//! What a stage can hand off.

use longshore_messages::{StageMessage, Topic, TraceContext, WireMessage};
use time::OffsetDateTime;

/// What a stage can hand off: one kind of message, or one of several.
pub trait Output: Send + Sync + 'static {
    fn topic(&self) -> Topic;
    fn encode(
        &self,
        worker: &str,
        fleet: &str,
        trace: &TraceContext,
        at: OffsetDateTime,
    ) -> WireMessage;
}

impl<M: StageMessage + Send + Sync + 'static> Output for M {
    fn topic(&self) -> Topic {
        M::TOPIC
    }

    fn encode(
        &self,
        worker: &str,
        fleet: &str,
        trace: &TraceContext,
        at: OffsetDateTime,
    ) -> WireMessage {
        longshore_messages::encode(self, worker, fleet, trace, at)
    }
}
