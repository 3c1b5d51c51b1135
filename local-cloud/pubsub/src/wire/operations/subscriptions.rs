//! Subscriptions.

use super::{mask_paths, not_mutable, page};
use crate::Service;
use crate::core::{PubSub, Push, Refusal, Subscription};
use crate::wire::convert::{push_from_wire, subscription_from_wire, subscription_to_wire};
use crate::wire::proto;

/// Fields that exist but are immutable.
const FIXED: [&str; 7] = [
    "name",
    "topic",
    "filter",
    "enable_message_ordering",
    "detached",
    "state",
    "topic_message_retention_duration",
];

pub(crate) fn create_subscription(
    service: &Service,
    wire: proto::Subscription,
) -> Result<proto::Subscription, Refusal> {
    let subscription = subscription_from_wire(proto::Subscription { detached: false, ..wire })?;
    check_tokens(service, subscription.push.as_ref())?;
    service.change(|core, _| {
        Ok((answer(core, &subscription), core.create_subscription(subscription)?))
    })
}

pub(crate) fn update_subscription(
    service: &Service,
    request: proto::UpdateSubscriptionRequest,
) -> Result<proto::Subscription, Refusal> {
    let patch = request.subscription.unwrap_or_default();
    let has_tokens = service.tokens().is_some();
    service.change(|core, _| {
        let current = core.subscription(&patch.name)?;
        let mut wire = answer(core, current);
        for path in mask_paths(request.update_mask)? {
            copy_field(&mut wire, &patch, &path)?;
        }
        let subscription = subscription_from_wire(wire)?;
        if subscription.push != current.push && !has_tokens {
            refuse_tokens(subscription.push.as_ref())?;
        }
        Ok((answer(core, &subscription), core.update_subscription(subscription)?))
    })
}

fn copy_field(
    subscription: &mut proto::Subscription,
    patch: &proto::Subscription,
    path: &str,
) -> Result<(), Refusal> {
    match path {
        "push_config" => subscription.push_config.clone_from(&patch.push_config),
        "ack_deadline_seconds" => subscription.ack_deadline_seconds = patch.ack_deadline_seconds,
        "retain_acked_messages" => subscription.retain_acked_messages = patch.retain_acked_messages,
        "message_retention_duration" => {
            subscription.message_retention_duration = patch.message_retention_duration
        }
        "labels" => subscription.labels.clone_from(&patch.labels),
        "expiration_policy" => subscription.expiration_policy = patch.expiration_policy,
        "expiration_policy.ttl" => {
            let ttl = patch.expiration_policy.and_then(|policy| policy.ttl);
            subscription.expiration_policy = Some(proto::ExpirationPolicy { ttl });
        }
        "dead_letter_policy" => {
            subscription.dead_letter_policy.clone_from(&patch.dead_letter_policy)
        }
        "dead_letter_policy.dead_letter_topic" => {
            let topic = patch.dead_letter_policy.clone().unwrap_or_default().dead_letter_topic;
            subscription.dead_letter_policy.get_or_insert_default().dead_letter_topic = topic;
        }
        "dead_letter_policy.max_delivery_attempts" => {
            let attempts =
                patch.dead_letter_policy.clone().unwrap_or_default().max_delivery_attempts;
            subscription.dead_letter_policy.get_or_insert_default().max_delivery_attempts =
                attempts;
        }
        "retry_policy" => subscription.retry_policy = patch.retry_policy,
        "retry_policy.minimum_backoff" => {
            let backoff = patch.retry_policy.and_then(|retry| retry.minimum_backoff);
            subscription.retry_policy.get_or_insert_default().minimum_backoff = backoff;
        }
        "retry_policy.maximum_backoff" => {
            let backoff = patch.retry_policy.and_then(|retry| retry.maximum_backoff);
            subscription.retry_policy.get_or_insert_default().maximum_backoff = backoff;
        }
        "enable_exactly_once_delivery" => {
            subscription.enable_exactly_once_delivery = patch.enable_exactly_once_delivery
        }
        "bigquery_config" => subscription.bigquery_config = patch.bigquery_config,
        "cloud_storage_config" => subscription.cloud_storage_config = patch.cloud_storage_config,
        "bigtable_config" => subscription.bigtable_config = patch.bigtable_config,
        "message_transforms" => {
            subscription.message_transforms.clone_from(&patch.message_transforms)
        }
        other => return Err(not_mutable("Subscription", other, &FIXED)),
    }
    Ok(())
}

pub(crate) fn get_subscription(
    service: &Service,
    name: &str,
) -> Result<proto::Subscription, Refusal> {
    service.read(|core| core.subscription(name).map(|subscription| answer(core, subscription)))
}

pub(crate) fn delete_subscription(service: &Service, name: &str) -> Result<(), Refusal> {
    service.change(|core, _| Ok(((), core.delete_subscription(name)?)))
}

pub(crate) fn list_subscriptions(
    service: &Service,
    request: &proto::ListSubscriptionsRequest,
) -> Result<proto::ListSubscriptionsResponse, Refusal> {
    service.read(|core| {
        let subscriptions =
            core.subscriptions(&request.project)?.map(|subscription| answer(core, subscription));
        let (subscriptions, next_page_token) = page(
            subscriptions,
            |subscription| &subscription.name,
            request.page_size,
            &request.page_token,
        )?;
        Ok(proto::ListSubscriptionsResponse { subscriptions, next_page_token })
    })
}

pub(crate) fn modify_push_config(
    service: &Service,
    request: proto::ModifyPushConfigRequest,
) -> Result<(), Refusal> {
    let push = request.push_config.and_then(push_from_wire);
    check_tokens(service, push.as_ref())?;
    service.change(|core, _| Ok(((), core.modify_push(&request.subscription, push)?)))
}

pub(crate) fn detach_subscription(service: &Service, name: &str) -> Result<(), Refusal> {
    service.change(|core, _| Ok(((), core.detach(name)?)))
}

fn answer(core: &PubSub, subscription: &Subscription) -> proto::Subscription {
    subscription_to_wire(subscription, core.kept_by_topic(subscription))
}

fn check_tokens(service: &Service, push: Option<&Push>) -> Result<(), Refusal> {
    if service.tokens().is_some() { Ok(()) } else { refuse_tokens(push) }
}

/// Without a source of tokens, a push that needs one would never be delivered.
fn refuse_tokens(push: Option<&Push>) -> Result<(), Refusal> {
    match push.and_then(|push| push.oidc.as_ref()) {
        Some(_) => {
            Err(Refusal::Unserved("push_config.oidc_token without a signer of tokens".to_owned()))
        }
        None => Ok(()),
    }
}
