//! The REST API: <https://cloud.google.com/pubsub/docs/reference/rest>.

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::Method;
use serde::Serialize;
use serde_json::Value;

use super::json::{AckJson, Enums, Envelope, ModifyJson, PublishJson, PullJson, SubscriptionJson, TopicJson, received_to_json};
use super::{operations, proto};
use crate::pubsub::Service;
use crate::pubsub::core::Refusal;
use crate::rest::{Call, RestApi, RestError};

pub(super) fn router(service: &Arc<Service>) -> axum::Router {
    crate::rest::router(vec![Arc::new(Rest(Arc::clone(service)))])
}

struct Rest(Arc<Service>);

#[async_trait]
impl RestApi for Rest {
    async fn answer(&self, call: &Call) -> Option<Result<Value, RestError>> {
        let segments = call.segments();
        let ["v1", "projects", project, ref rest @ ..] = segments[..] else { return None };
        let name = segments[1..].join("/");
        let project = format!("projects/{project}");
        match (&call.method, rest, call.verb.as_deref()) {
            (&Method::GET, ["topics"], None) => Some(list_topics(&self.0, call, project)),
            (&Method::GET, ["topics", topic, "subscriptions"], None) => {
                Some(list_topic_subscriptions(&self.0, call, format!("{project}/topics/{topic}")))
            }
            (_, ["topics", _], verb) => topic(&self.0, call, name, verb),
            (&Method::GET, ["subscriptions"], None) => Some(list_subscriptions(&self.0, call, project)),
            (_, ["subscriptions", _], None) => subscription(&self.0, call, name),
            (&Method::POST, ["subscriptions", _], Some(verb)) => deliver(&self.0, call, name, verb).await,
            _ => None,
        }
    }
}

fn topic(service: &Service, call: &Call, name: String, verb: Option<&str>) -> Option<Result<Value, RestError>> {
    let enums = enums(call);
    let answer = |topic: Result<proto::Topic, Refusal>| json_of(&TopicJson::from_wire(topic.map_err(rest_error)?, enums));
    Some(match (&call.method, verb) {
        (&Method::PUT, None) => {
            call.json::<TopicJson>().and_then(|body| answer(operations::create_topic(service, body.into_wire(name)?)))
        }
        (&Method::GET, None) => answer(operations::get_topic(service, &name)),
        (&Method::DELETE, None) => empty(operations::delete_topic(service, &name)),
        (&Method::PATCH, None) => call.json::<Envelope>().and_then(|body| {
            let (topic, update_mask) = body.topic(name)?;
            answer(operations::update_topic(service, proto::UpdateTopicRequest { topic: Some(topic), update_mask }))
        }),
        (&Method::POST, Some("publish")) => call.json::<PublishJson>().and_then(|body| {
            let published = operations::publish(service, body.into_wire(name)?).map_err(rest_error)?;
            Ok(serde_json::json!({"messageIds": published.message_ids}))
        }),
        _ => return None,
    })
}

fn subscription(service: &Service, call: &Call, name: String) -> Option<Result<Value, RestError>> {
    let enums = enums(call);
    let answer = |subscription: Result<proto::Subscription, Refusal>| {
        json_of(&SubscriptionJson::from_wire(subscription.map_err(rest_error)?, enums))
    };
    Some(match call.method {
        Method::PUT => {
            let created = call.json::<SubscriptionJson>().and_then(|body| body.into_wire(name));
            created.and_then(|subscription| answer(operations::create_subscription(service, subscription)))
        }
        Method::GET => answer(operations::get_subscription(service, &name)),
        Method::DELETE => empty(operations::delete_subscription(service, &name)),
        Method::PATCH => call.json::<Envelope>().and_then(|body| {
            let (subscription, update_mask) = body.subscription(name)?;
            let request = proto::UpdateSubscriptionRequest { subscription: Some(subscription), update_mask };
            answer(operations::update_subscription(service, request))
        }),
        _ => return None,
    })
}

async fn deliver(service: &Service, call: &Call, name: String, verb: &str) -> Option<Result<Value, RestError>> {
    Some(match verb {
        "pull" => match call.json::<PullJson>() {
            Ok(body) => operations::pull(service, &body.into_wire(name)).await.map(received_to_json).map_err(rest_error),
            Err(error) => Err(error),
        },
        "acknowledge" => call.json::<AckJson>().and_then(|body| {
            let request = proto::AcknowledgeRequest { subscription: name, ack_ids: body.ack_ids };
            empty(operations::acknowledge(service, &request))
        }),
        "modifyAckDeadline" => call.json::<ModifyJson>().and_then(|body| {
            let request = proto::ModifyAckDeadlineRequest {
                subscription: name,
                ack_deadline_seconds: body.ack_deadline_seconds,
                ack_ids: body.ack_ids,
            };
            empty(operations::modify_ack_deadline(service, &request))
        }),
        _ => return None,
    })
}

fn list_topics(service: &Service, call: &Call, project: String) -> Result<Value, RestError> {
    let (page_size, page_token) = page(call)?;
    let list = operations::list_topics(service, &proto::ListTopicsRequest { project, page_size, page_token });
    let topics: Vec<TopicJson> = list.topics.into_iter().map(|topic| TopicJson::from_wire(topic, enums(call))).collect();
    json_list("topics", &topics, list.next_page_token)
}

fn list_topic_subscriptions(service: &Service, call: &Call, topic: String) -> Result<Value, RestError> {
    let (page_size, page_token) = page(call)?;
    let request = proto::ListTopicSubscriptionsRequest { topic, page_size, page_token };
    let list = operations::list_topic_subscriptions(service, &request).map_err(rest_error)?;
    json_list("subscriptions", &list.subscriptions, list.next_page_token)
}

fn list_subscriptions(service: &Service, call: &Call, project: String) -> Result<Value, RestError> {
    let (page_size, page_token) = page(call)?;
    let list = operations::list_subscriptions(service, &proto::ListSubscriptionsRequest { project, page_size, page_token });
    let subscriptions = list.subscriptions.into_iter().map(|subscription| SubscriptionJson::from_wire(subscription, enums(call)));
    json_list("subscriptions", &subscriptions.collect::<Vec<_>>(), list.next_page_token)
}

fn page(call: &Call) -> Result<(i32, String), RestError> {
    let size = match call.query("pageSize") {
        "" => 0,
        text => text.parse().map_err(|_| RestError::invalid(format!("pageSize {text:?} is not a number")))?,
    };
    Ok((size, call.query("pageToken").to_owned()))
}

fn json_list<T: Serialize>(field: &str, entries: &[T], next_page_token: String) -> Result<Value, RestError> {
    let mut answer = serde_json::Map::from_iter([(field.to_owned(), json_of(&entries)?)]);
    if !next_page_token.is_empty() {
        answer.insert("nextPageToken".to_owned(), next_page_token.into());
    }
    Ok(answer.into())
}

/// How the caller wants enums: Google's clients ask for `$alt=json;enum-encoding=int`.
fn enums(call: &Call) -> Enums {
    let alt = [call.query("$alt"), call.query("alt")];
    if alt.iter().any(|alt| alt.contains("enum-encoding=int")) { Enums::Numbers } else { Enums::Names }
}

fn json_of<T: Serialize>(value: &T) -> Result<Value, RestError> {
    serde_json::to_value(value).map_err(|error| RestError::internal(error.to_string()))
}

fn empty(result: Result<(), Refusal>) -> Result<Value, RestError> {
    result.map(|()| serde_json::json!({})).map_err(rest_error)
}

fn rest_error(refusal: Refusal) -> RestError {
    match refusal {
        Refusal::InvalidArgument(message) => RestError::invalid(message),
        Refusal::NotFound(message) => RestError::not_found(message),
        Refusal::AlreadyExists(message) => RestError::already_exists(message),
        Refusal::Unserved(what) => RestError::unimplemented(what),
        Refusal::Journal(_) => RestError::internal(refusal.to_string()),
    }
}

#[cfg(test)]
mod tests;
