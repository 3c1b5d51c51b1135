//! The event trigger of a function, and the trigger in Eventarc that it becomes.
//!
//! A patch that changes the event type replaces the trigger: the new one is made before the old one is
//! deleted. Other changes are made in place.

use super::{Entry, Moment, Refusal};
use crate::names::{self, FunctionName};
use crate::ports::TriggerOrder;
use crate::proto::v2::Function;
use crate::proto::v2::event_trigger::RetryPolicy;

const MESSAGE_PUBLISHED: &str = "google.cloud.pubsub.topic.v1.messagePublished";

/// Google's limit for functions that handle events.
const EVENT_TIMEOUT_MAX_SECONDS: i32 = 540;

/// Triggers are named after their service and a number of six digits.
const NUMBERS: u128 = 1_000_000;

/// Fills in defaults, and names the trigger unless it has a name.
///
/// # Errors
/// [`Refusal::Invalid`] with the field, [`Refusal::Unserved`].
pub(super) fn fill(
    name: &FunctionName,
    function: &mut Function,
    moment: &Moment,
) -> Result<(), Refusal> {
    let Some(trigger) = &mut function.event_trigger else { return Ok(()) };
    if trigger.event_type.is_empty() {
        return Err(Refusal::invalid("function.event_trigger.event_type: required"));
    }
    if !trigger.channel.is_empty() {
        return Err(Refusal::Unserved("channels (event_trigger.channel)".to_owned()));
    }
    if trigger.trigger_region.is_empty() {
        trigger.trigger_region.clone_from(&name.location.id);
    }
    if trigger.service_account_email.is_empty() {
        trigger.service_account_email = names::default_account(moment.project_number);
    }
    if trigger.retry_policy() == RetryPolicy::Unspecified {
        trigger.retry_policy = RetryPolicy::DoNotRetry.into();
    }
    if trigger.trigger.is_empty() {
        let (project, region) = (&name.location.project, &trigger.trigger_region);
        let (id, number) = (names::service_id(&name.id), moment.random % NUMBERS);
        trigger.trigger =
            format!("projects/{project}/locations/{region}/triggers/{id}-{number:06}");
    }
    let timeout = function.service_config.as_ref().map_or(0, |service| service.timeout_seconds);
    if timeout > EVENT_TIMEOUT_MAX_SECONDS {
        return Err(Refusal::invalid(format!(
            "function.service_config.timeout_seconds: {timeout} is not between 1 and \
             {EVENT_TIMEOUT_MAX_SECONDS}, the maximum of functions with an event trigger"
        )));
    }
    Ok(())
}

/// Keeps what a patch cannot write: the name and the topic of a trigger that stays the same one.
///
/// gcloud repeats the topic in each deployment. A patch that omits it keeps it as well.
///
/// # Errors
/// [`Refusal::Invalid`] for another region, which only a new function can have, and for another
/// topic of a trigger that stays the same one. firebase-tools creates a function again to change its
/// topic, because Google's API does not allow it.
pub(super) fn keep_output(current: &Function, merged: &mut Function) -> Result<(), Refusal> {
    let Some(trigger) = &mut merged.event_trigger else { return Ok(()) };
    let current = current.event_trigger.as_ref();
    if let Some(current) = current {
        let region = &mut trigger.trigger_region;
        if region.is_empty() {
            region.clone_from(&current.trigger_region);
        }
        if *region != current.trigger_region {
            return Err(Refusal::invalid(
                "function.event_trigger.trigger_region: cannot be changed: delete the function and \
                 create it again",
            ));
        }
    }
    let kept = current.filter(|current| current.event_type == trigger.event_type);
    trigger.trigger = kept.map(|kept| kept.trigger.clone()).unwrap_or_default();
    let has_own_topic = trigger.event_type == MESSAGE_PUBLISHED;
    trigger.pubsub_topic = match kept.map(|kept| kept.pubsub_topic.as_str()) {
        Some(topic) if has_own_topic && !["", topic].contains(&trigger.pubsub_topic.as_str()) => {
            return Err(Refusal::invalid(format!(
                "function.event_trigger.pubsub_topic: cannot be changed from '{topic}': delete the \
                 function and create it again"
            )));
        }
        Some(topic) => topic.to_owned(),
        None if has_own_topic => std::mem::take(&mut trigger.pubsub_topic),
        None => String::new(),
    };
    Ok(())
}

/// What Eventarc is to make; `None` for a function that is called over HTTP.
pub(crate) fn order(name: &FunctionName, function: &Function) -> Option<TriggerOrder> {
    let trigger = function.event_trigger.as_ref()?;
    let filters = trigger
        .event_filters
        .iter()
        .map(|filter| (filter.attribute.clone(), filter.value.clone(), filter.operator.clone()));
    // Of other events, the topic is output.
    let has_own_topic = trigger.event_type == MESSAGE_PUBLISHED;
    Some(TriggerOrder {
        name: trigger.trigger.clone(),
        function: name.to_string(),
        service: name.service(),
        event_type: trigger.event_type.clone(),
        filters: filters.collect(),
        topic: if has_own_topic { trigger.pubsub_topic.clone() } else { String::new() },
        account: trigger.service_account_email.clone(),
        channel: trigger.channel.clone(),
        retries: trigger.retry_policy() == RetryPolicy::Retry,
    })
}

/// The names of all triggers that a function may have: its own, and that of the last deployment that
/// succeeded.
pub(super) fn names_of(entry: &Entry) -> Vec<String> {
    let deployed = entry.deployed.as_ref().map(|deployed| &deployed.function.0);
    let functions = [Some(&entry.function.0), deployed].into_iter().flatten();
    let mut names: Vec<String> = functions
        .filter_map(|function| Some(function.event_trigger.as_ref()?.trigger.clone()))
        .filter(|name| !name.is_empty())
        .collect();
    names.dedup();
    names
}
