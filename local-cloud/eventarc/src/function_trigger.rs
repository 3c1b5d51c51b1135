//! The triggers of functions. On Google, only Cloud Functions writes them.

use std::sync::Arc;

use crate::calls::check_location;
use crate::catalogue::TYPE;
use crate::core::{Desired, Refusal, Target, Triggers};
use crate::names::TriggerName;
use crate::proto::v1::destination::Descriptor;
use crate::proto::v1::transport::Intermediary;
use crate::proto::v1::trigger::RetryPolicy;
use crate::proto::v1::{Destination, EventFilter, Pubsub, Transport, Trigger};
use crate::service::Service;

/// The label of what belongs to Cloud Functions.
const MANAGED_BY: (&str, &str) = ("goog-managed-by", "cloudfunctions");

/// What a function wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionTrigger {
    /// Full name of the trigger.
    pub name: String,
    /// Full name of the function.
    pub function: String,
    /// Full name of its Cloud Run service.
    pub service: String,
    /// The event type.
    pub event_type: String,
    /// Attribute, value and operator of each further filter.
    pub filters: Vec<(String, String, String)>,
    /// Full name of the function's own topic; empty: one that Eventarc makes.
    pub topic: String,
    /// Email of the account that calls the function.
    pub account: String,
    /// Full name of the channel; empty: none.
    pub channel: String,
    /// Whether events that the function fails to handle are delivered again.
    pub retries: bool,
}

impl Service {
    /// Checks that a trigger could be made, and changes nothing.
    ///
    /// # Errors
    /// As for a create. [`Refusal::for_function`] has Google's words.
    pub async fn check_function_trigger(&self, wanted: &FunctionTrigger) -> Result<(), Refusal> {
        let desired = desired(wanted)?;
        check_location(&desired.name.location)?;
        let exists = self.core().entry(&desired.name).is_ok();
        if !exists {
            self.core().check_new(&desired.name)?;
        }
        self.check_sources(&desired).await
    }

    /// Creates or updates a trigger, and returns once events reach the function, with the topic. The
    /// service must exist.
    ///
    /// # Errors
    /// As for a create or an update.
    pub async fn apply_function_trigger(
        self: &Arc<Self>,
        wanted: &FunctionTrigger,
    ) -> Result<String, Refusal> {
        let desired = desired(wanted)?;
        self.check_sources(&desired).await?;
        let operation = self.commit(|core, moment| {
            match core.entry(&desired.name).map(|entry| entry.trigger.0.clone()) {
                Ok(seen) => core.update(&desired, &seen, moment),
                Err(_) => core.create(&desired, moment),
            }
        })?;
        self.finish(operation.name).await?;
        Ok(self.core().entry(&desired.name)?.transport().topic)
    }

    /// Deletes a trigger. No-op if it does not exist.
    ///
    /// # Errors
    /// [`Refusal::Busy`], and failures of this machine.
    pub async fn delete_function_trigger(self: &Arc<Self>, name: &str) -> Result<(), Refusal> {
        let Some(name) = TriggerName::parse(name) else { return Ok(()) };
        match self.commit(|core: &Triggers, moment| core.delete(&name, "", moment)) {
            Ok(operation) => self.finish(operation.name).await,
            Err(Refusal::NotFound(_)) => Ok(()),
            Err(refusal) => Err(refusal),
        }
    }

    /// Carries out an operation, and returns its failure.
    async fn finish(self: &Arc<Self>, operation: String) -> Result<(), Refusal> {
        let wire = self.complete(operation).await?;
        match wire.result {
            Some(crate::proto::longrunning::operation::Result::Error(status)) => {
                Err(Refusal::Internal(status.message))
            }
            Some(_) | None => Ok(()),
        }
    }
}

fn desired(wanted: &FunctionTrigger) -> Result<Desired, Refusal> {
    let name = TriggerName::parse(&wanted.name)
        .ok_or_else(|| Refusal::invalid(format!("invalid trigger name: {}", wanted.name)))?;
    let filter = |attribute: &str, value: &str, operator: &str| EventFilter {
        attribute: attribute.to_owned(),
        value: value.to_owned(),
        operator: operator.to_owned(),
    };
    let own = wanted.filters.iter().map(|(name, value, operator)| filter(name, value, operator));
    let destination = Destination {
        descriptor: Some(Descriptor::CloudFunction(wanted.function.clone())),
        network_config: None,
    };
    let pubsub = Pubsub { topic: wanted.topic.clone(), subscription: String::new() };
    let trigger = Trigger {
        event_filters: [filter(TYPE, &wanted.event_type, "")].into_iter().chain(own).collect(),
        service_account: wanted.account.clone(),
        destination: Some(destination),
        transport: Some(Transport { intermediary: Some(Intermediary::Pubsub(pubsub)) }),
        labels: [(MANAGED_BY.0.to_owned(), MANAGED_BY.1.to_owned())].into(),
        channel: wanted.channel.clone(),
        retry_policy: (!wanted.retries).then_some(RetryPolicy { max_attempts: 1 }),
        ..Trigger::default()
    };
    let target = Target { service: wanted.service.clone(), path: String::new() };
    Desired::to(&name, trigger, target)
}
