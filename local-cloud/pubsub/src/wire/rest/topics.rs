//! Topics.

use axum::http::Method;
use serde_json::Value;

use super::{empty, enums, json_list, json_of, page};
use crate::Service;
use crate::core::Refusal;
use crate::wire::error::rest_error;
use crate::wire::json::{PublishJson, TopicJson, TopicPatch};
use crate::wire::{operations, proto};
use longshore_local_kit::rest::{Call, RestError};

pub(super) fn topic(
    service: &Service,
    call: &Call,
    name: String,
    verb: Option<&str>,
) -> Option<Result<Value, RestError>> {
    let enums = enums(call);
    let answer = |topic: Result<proto::Topic, Refusal>| {
        json_of(&TopicJson::from_wire(topic.map_err(rest_error)?, enums))
    };
    Some(match (&call.method, verb) {
        (&Method::PUT, None) => call
            .json::<TopicJson>()
            .and_then(|body| answer(operations::create_topic(service, body.into_wire(name)?))),
        (&Method::GET, None) => answer(operations::get_topic(service, &name)),
        (&Method::DELETE, None) => empty(operations::delete_topic(service, &name)),
        (&Method::PATCH, None) => call
            .json::<TopicPatch>()
            .and_then(|body| answer(operations::update_topic(service, body.into_wire(name)?))),
        (&Method::POST, Some("publish")) => call.json::<PublishJson>().and_then(|body| {
            let published =
                operations::publish(service, body.into_wire(name)?).map_err(rest_error)?;
            Ok(serde_json::json!({"messageIds": published.message_ids}))
        }),
        _ => return None,
    })
}

pub(super) fn list(service: &Service, call: &Call, project: String) -> Result<Value, RestError> {
    let (page_size, page_token) = page(call)?;
    let request = proto::ListTopicsRequest { project, page_size, page_token };
    let list = operations::list_topics(service, &request).map_err(rest_error)?;
    let topics: Vec<TopicJson> =
        list.topics.into_iter().map(|topic| TopicJson::from_wire(topic, enums(call))).collect();
    json_list("topics", &topics, list.next_page_token)
}

pub(super) fn list_subscriptions(
    service: &Service,
    call: &Call,
    topic: String,
) -> Result<Value, RestError> {
    let (page_size, page_token) = page(call)?;
    let request = proto::ListTopicSubscriptionsRequest { topic, page_size, page_token };
    let list = operations::list_topic_subscriptions(service, &request).map_err(rest_error)?;
    json_list("subscriptions", &list.subscriptions, list.next_page_token)
}
