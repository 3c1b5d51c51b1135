//! The triggers of functions, in Eventarc.

use std::sync::Arc;

use async_trait::async_trait;

use longshore_local_eventarc::{self as eventarc, FunctionTrigger, Refusal};
use longshore_local_functions::{PortError, TriggerOrder, Triggers};
use longshore_local_kit::rest::Code;

pub(super) struct EventarcTriggers(pub(super) Arc<eventarc::Service>);

#[async_trait]
impl Triggers for EventarcTriggers {
    async fn check(&self, order: &TriggerOrder) -> Result<(), PortError> {
        let checked = self.0.check_function_trigger(&wanted(order)).await;
        checked.map_err(|refusal| port_error(&refusal, &order.name))
    }

    async fn apply(&self, order: &TriggerOrder) -> Result<String, PortError> {
        let applied = self.0.apply_function_trigger(&wanted(order)).await;
        applied.map_err(|refusal| port_error(&refusal, &order.name))
    }

    async fn delete(&self, name: &str) -> Result<(), PortError> {
        let deleted = self.0.delete_function_trigger(name).await;
        deleted.map_err(|refusal| port_error(&refusal, name))
    }
}

fn wanted(order: &TriggerOrder) -> FunctionTrigger {
    let TriggerOrder {
        name,
        function,
        service,
        event_type,
        filters,
        topic,
        account,
        channel,
        retries,
    } = order.clone();
    FunctionTrigger {
        name,
        function,
        service,
        event_type,
        filters,
        topic,
        account,
        channel,
        retries,
    }
}

fn port_error(refusal: &Refusal, trigger: &str) -> PortError {
    match refusal.code() {
        // This machine failed, or another operation on the trigger is under way.
        Code::Internal | Code::Aborted => PortError::Unavailable(refusal.to_string()),
        code => PortError::refused(code, refusal.for_function(trigger)),
    }
}
