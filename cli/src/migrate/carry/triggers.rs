//! What calls the new function, and who may. Pure.

use std::collections::BTreeSet;

use longshore_cloud::FunctionEvent;
use longshore_messages::{
    EventEncoding, EventTrigger, Function, FunctionRef, Trigger, TriggerKind,
};

use super::place::own_account;
use super::settings::EVERYONE;
use super::{Known, Lossy};
use crate::estate::{Deployed, Kind};

const MESSAGE_PUBLISHED: &str = "google.cloud.pubsub.topic.v1.messagePublished";

/// Kinds of principals that a specification may name.
const CALLERS: [&str; 4] = ["serviceAccount:", "user:", "group:", "domain:"];

/// The triggers of the new function: those of its last deployment, or else its own one.
pub(super) fn triggers(
    one: &Deployed,
    before: Option<&Function>,
    to: &FunctionRef,
    lost: &mut Lossy,
) -> Vec<Trigger> {
    let own = one.function.as_ref().and_then(|function| function.live.shape.event.as_ref());
    let mut triggers = match before {
        Some(before) => before.triggers.clone(),
        None => own.map(|event| Trigger::Event(event_of(event))).into_iter().collect(),
    };
    if before.is_none() && matches!(one.kind(), Kind::RunFunction | Kind::Function) {
        lost.add(
            "triggers",
            "Longshore has not deployed it, so what other tools made to call its service is not known",
            "add them to the entry: push subscriptions, triggers of Eventarc, jobs of Cloud \
             Scheduler and queues of Cloud Tasks",
        );
    }
    if to.region != one.at.region {
        triggers.iter_mut().for_each(|trigger| move_region(trigger, one, to));
    }
    if one.at != *to && triggers.iter().any(|trigger| trigger.kind() == TriggerKind::Queue) {
        lost.add(
            "triggers.queue",
            "the new function has a queue of its own, and tasks stay in the old one",
            "let producers add tasks to the new queue, which `longshore describe` shows",
        );
    }
    triggers
}

/// A trigger that was in the region of the function by default follows it. That of a bucket stays
/// where the bucket is.
fn move_region(trigger: &mut Trigger, one: &Deployed, to: &FunctionRef) {
    if let Trigger::Event(event) = trigger
        && event.event_type == MESSAGE_PUBLISHED
        && event.region == one.at.region
    {
        event.region.clone_from(&to.region);
    }
}

/// The function's own trigger. The topic of messages is the user's, and that of other events Google's.
fn event_of(event: &FunctionEvent) -> EventTrigger {
    let is_message = event.event_type == MESSAGE_PUBLISHED;
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    EventTrigger {
        event_type: event.event_type.clone(),
        filters: event.filters.clone(),
        region: event.region.clone(),
        account: own_account(&event.account).map(str::to_owned),
        channel: some(&event.channel),
        retries: event.retries,
        path: None,
        topic: some(&event.topic).filter(|_| is_message),
        encoding: EventEncoding::default(),
        allows_replacement: false,
    }
}

/// Who may call the new function although it is not public. The accounts of triggers get that from
/// the triggers.
pub(super) fn callers(
    one: &Deployed,
    known: &Known,
    triggers: &[Trigger],
    lost: &mut Lossy,
) -> Vec<String> {
    let requested: BTreeSet<String> = known
        .before()
        .map(|before| before.callers.iter().map(ToString::to_string).collect())
        .unwrap_or_default();
    let Some(invokers) = &known.invokers else {
        // Functions of the first generation have a policy of their own.
        let advice = "add `callers` to the entry";
        lost.add("callers", "who may call it cannot be read", advice);
        return requested.into_iter().collect();
    };
    let accounts = trigger_accounts(one, triggers);
    let mut callers = BTreeSet::new();
    for member in invokers {
        // A service that names no account runs as the default one, as do its triggers.
        let is_default = !triggers.is_empty() && own_account(member).is_none();
        let is_triggers = accounts.contains(member) || is_default;
        if member == EVERYONE || (is_triggers && !requested.contains(member)) {
            continue;
        }
        if CALLERS.iter().any(|kind| member.starts_with(kind)) {
            callers.insert(member.clone());
        } else {
            lost.add(
                "callers",
                format!("{member} may call it, which a specification cannot express"),
                "grant it `roles/run.invoker` on the new service",
            );
        }
    }
    callers.into_iter().collect()
}

/// The accounts that triggers call with, as members of a policy.
fn trigger_accounts(one: &Deployed, triggers: &[Trigger]) -> BTreeSet<String> {
    let live = one.live().and_then(|live| live.shape.settings.service_account.as_deref());
    let runs_as = one
        .function
        .as_ref()
        .and_then(|function| function.live.shape.settings.service_account.as_deref())
        .or(live);
    let event = one.function.as_ref().and_then(|function| function.live.shape.event.as_ref());
    let named = triggers.iter().filter_map(|trigger| trigger.account().or(runs_as));
    let own = event.map(|event| event.account.as_str());
    named.chain(own).map(|account| format!("serviceAccount:{account}")).collect()
}
