//! Every operation of both protocols, once.

use std::time::Duration;

use super::convert::{
    delivery_to_wire, draft_from_wire, seconds, subscription_from_wire, subscription_to_wire, topic_from_wire, topic_to_wire,
};
use super::proto;
use crate::pubsub::Service;
use crate::pubsub::core::{AfterDisconnect, Client, Refusal};

/// Entries of a page when the caller names no size.
const DEFAULT_PAGE: usize = 100;
/// Entries of a page at most.
const LARGEST_PAGE: usize = 1000;
/// How long a `Pull` without messages waits for one.
const PULL_WAIT: Duration = Duration::from_secs(10);

pub(super) fn create_topic(service: &Service, topic: proto::Topic) -> Result<proto::Topic, Refusal> {
    let topic = topic_from_wire(topic)?;
    service.change(|core, _| Ok((topic_to_wire(&topic), core.create_topic(topic)?)))
}

pub(super) fn update_topic(service: &Service, request: proto::UpdateTopicRequest) -> Result<proto::Topic, Refusal> {
    let patch = request.topic.unwrap_or_default();
    service.change(|core, _| {
        let mut topic = topic_to_wire(core.topic(&patch.name)?);
        for path in mask_paths(request.update_mask)? {
            match path.as_str() {
                "labels" => topic.labels.clone_from(&patch.labels),
                "message_retention_duration" => topic.message_retention_duration = patch.message_retention_duration,
                other => return Err(Refusal::invalid(format!("update_mask: {other} of a topic cannot be changed here"))),
            }
        }
        let topic = topic_from_wire(topic)?;
        Ok((topic_to_wire(&topic), core.update_topic(topic)?))
    })
}

pub(super) fn get_topic(service: &Service, name: &str) -> Result<proto::Topic, Refusal> {
    service.read(|core| core.topic(name).map(topic_to_wire))
}

pub(super) fn delete_topic(service: &Service, name: &str) -> Result<(), Refusal> {
    service.change(|core, _| Ok(((), core.delete_topic(name)?)))
}

pub(super) fn list_topics(service: &Service, request: &proto::ListTopicsRequest) -> proto::ListTopicsResponse {
    service.read(|core| {
        let topics = core.topics(&request.project).map(topic_to_wire);
        let (topics, next_page_token) = page(topics, |topic| &topic.name, request.page_size, &request.page_token);
        proto::ListTopicsResponse { topics, next_page_token }
    })
}

pub(super) fn list_topic_subscriptions(
    service: &Service,
    request: &proto::ListTopicSubscriptionsRequest,
) -> Result<proto::ListTopicSubscriptionsResponse, Refusal> {
    service.read(|core| {
        let names = core.topic_subscriptions(&request.topic)?.map(|subscription| subscription.name.clone());
        let (subscriptions, next_page_token) = page(names, |name| name, request.page_size, &request.page_token);
        Ok(proto::ListTopicSubscriptionsResponse { subscriptions, next_page_token })
    })
}

pub(super) fn publish(service: &Service, request: proto::PublishRequest) -> Result<proto::PublishResponse, Refusal> {
    let drafts = request.messages.into_iter().map(draft_from_wire).collect();
    let published = service.change(|core, now| {
        let published = core.publish(&request.topic, drafts, now)?;
        Ok((published.ids, published.events))
    });
    Ok(proto::PublishResponse { message_ids: published?.iter().map(u64::to_string).collect() })
}

pub(super) fn create_subscription(service: &Service, subscription: proto::Subscription) -> Result<proto::Subscription, Refusal> {
    let subscription = subscription_from_wire(subscription)?;
    service.change(|core, _| Ok((subscription_to_wire(&subscription), core.create_subscription(subscription)?)))
}

pub(super) fn update_subscription(
    service: &Service,
    request: proto::UpdateSubscriptionRequest,
) -> Result<proto::Subscription, Refusal> {
    let patch = request.subscription.unwrap_or_default();
    service.change(|core, _| {
        let mut subscription = subscription_to_wire(core.subscription(&patch.name)?);
        for path in mask_paths(request.update_mask)? {
            copy_field(&mut subscription, &patch, &path)?;
        }
        let subscription = subscription_from_wire(subscription)?;
        Ok((subscription_to_wire(&subscription), core.update_subscription(subscription)?))
    })
}

fn copy_field(subscription: &mut proto::Subscription, patch: &proto::Subscription, path: &str) -> Result<(), Refusal> {
    match path {
        "topic" => subscription.topic.clone_from(&patch.topic),
        "push_config" => subscription.push_config.clone_from(&patch.push_config),
        "ack_deadline_seconds" => subscription.ack_deadline_seconds = patch.ack_deadline_seconds,
        "retain_acked_messages" => subscription.retain_acked_messages = patch.retain_acked_messages,
        "message_retention_duration" => subscription.message_retention_duration = patch.message_retention_duration,
        "labels" => subscription.labels.clone_from(&patch.labels),
        "enable_message_ordering" => subscription.enable_message_ordering = patch.enable_message_ordering,
        "expiration_policy" => subscription.expiration_policy = patch.expiration_policy,
        "filter" => subscription.filter.clone_from(&patch.filter),
        "dead_letter_policy" => subscription.dead_letter_policy.clone_from(&patch.dead_letter_policy),
        "retry_policy" => subscription.retry_policy = patch.retry_policy,
        "enable_exactly_once_delivery" => subscription.enable_exactly_once_delivery = patch.enable_exactly_once_delivery,
        other => return Err(Refusal::invalid(format!("update_mask: {other} of a subscription cannot be changed here"))),
    }
    Ok(())
}

pub(super) fn get_subscription(service: &Service, name: &str) -> Result<proto::Subscription, Refusal> {
    service.read(|core| core.subscription(name).map(subscription_to_wire))
}

pub(super) fn delete_subscription(service: &Service, name: &str) -> Result<(), Refusal> {
    service.change(|core, _| Ok(((), core.delete_subscription(name)?)))
}

pub(super) fn list_subscriptions(service: &Service, request: &proto::ListSubscriptionsRequest) -> proto::ListSubscriptionsResponse {
    service.read(|core| {
        let subscriptions = core.subscriptions(&request.project).map(subscription_to_wire);
        let (subscriptions, next_page_token) =
            page(subscriptions, |subscription| &subscription.name, request.page_size, &request.page_token);
        proto::ListSubscriptionsResponse { subscriptions, next_page_token }
    })
}

pub(super) fn acknowledge(service: &Service, request: &proto::AcknowledgeRequest) -> Result<(), Refusal> {
    service.change(|core, _| Ok(((), core.acknowledge(&request.subscription, &request.ack_ids)?)))
}

pub(super) fn modify_ack_deadline(service: &Service, request: &proto::ModifyAckDeadlineRequest) -> Result<(), Refusal> {
    let lease = seconds("ack_deadline_seconds", request.ack_deadline_seconds)?;
    service.change(|core, now| Ok(((), core.modify_ack_deadline(&request.subscription, &request.ack_ids, lease, now)?)))
}

/// Answers with what is ready, or waits a while for the first message.
pub(super) async fn pull(service: &Service, request: &proto::PullRequest) -> Result<proto::PullResponse, Refusal> {
    let max = usize::try_from(request.max_messages).ok().filter(|max| *max > 0);
    let max = max.ok_or_else(|| Refusal::invalid("max_messages must be above 0"))?;
    let mut bell = service.bell(&request.subscription);
    let give_up = tokio::time::sleep(if request.return_immediately { Duration::ZERO } else { PULL_WAIT });
    tokio::pin!(give_up);
    loop {
        bell.borrow_and_update();
        let received_messages = pull_now(service, &request.subscription, max)?;
        if !received_messages.is_empty() || give_up.is_elapsed() || request.return_immediately {
            return Ok(proto::PullResponse { received_messages });
        }
        tokio::select! {
            _ = bell.changed() => {}
            () = &mut give_up => {}
            () = service.stopped() => return Ok(proto::PullResponse::default()),
        }
    }
}

fn pull_now(service: &Service, subscription: &str, max: usize) -> Result<Vec<proto::ReceivedMessage>, Refusal> {
    let deliveries = service.change(|core, now| {
        let lease = core.subscription(subscription)?.ack_deadline;
        let client = Client { id: String::new(), lease, max_messages: None, max_bytes: None };
        let holder = core.connect(subscription, client, now)?;
        let deliveries = core.pull(subscription, holder, max, now)?;
        Ok((deliveries, core.disconnect(subscription, holder, AfterDisconnect::KeepLeases, now)))
    });
    Ok(deliveries?.into_iter().map(delivery_to_wire).collect())
}

/// The paths of a field mask, in the proto's spelling.
fn mask_paths(mask: Option<prost_types::FieldMask>) -> Result<Vec<String>, Refusal> {
    let paths = mask.unwrap_or_default().paths;
    if paths.is_empty() { Err(Refusal::invalid("update_mask names no field")) } else { Ok(paths) }
}

/// One page of entries that are sorted by name, and the token of the next page: the last name of this one.
fn page<T>(entries: impl Iterator<Item = T>, name: impl Fn(&T) -> &String, size: i32, token: &str) -> (Vec<T>, String) {
    let size = usize::try_from(size).ok().filter(|size| *size > 0).unwrap_or(DEFAULT_PAGE).min(LARGEST_PAGE);
    let mut rest = entries.skip_while(|entry| name(entry).as_str() <= token);
    let page: Vec<T> = rest.by_ref().take(size).collect();
    let next = if rest.next().is_some() { page.last().map(name).cloned() } else { None };
    (page, next.unwrap_or_default())
}
