//! Subscriptions, and the requests that handle their messages.

use axum::http::Method;
use serde_json::Value;

use super::{empty, enums, json_list, json_of, page};
use crate::Service;
use crate::core::{Receipt, Refusal};
use crate::wire::error::rest_error;
use crate::wire::json::{
    AckJson, ModifyJson, ModifyPushJson, PullJson, SeekJson, SubscriptionJson, SubscriptionPatch,
    received_to_json,
};
use crate::wire::{operations, proto};
use longshore_local_kit::rest::{Call, RestError};

pub(super) fn subscription(
    service: &Service,
    call: &Call,
    name: String,
) -> Option<Result<Value, RestError>> {
    let enums = enums(call);
    let answer = |subscription: Result<proto::Subscription, Refusal>| {
        json_of(&SubscriptionJson::from_wire(subscription.map_err(rest_error)?, enums))
    };
    Some(match call.method {
        Method::PUT => {
            let created = call.json::<SubscriptionJson>().and_then(|body| body.into_wire(name));
            created.and_then(|subscription| {
                answer(operations::create_subscription(service, subscription))
            })
        }
        Method::GET => answer(operations::get_subscription(service, &name)),
        Method::DELETE => empty(operations::delete_subscription(service, &name)),
        Method::PATCH => {
            let patch = call.json::<SubscriptionPatch>().and_then(|body| body.into_wire(name));
            patch.and_then(|request| answer(operations::update_subscription(service, request)))
        }
        _ => return None,
    })
}

pub(super) async fn act(
    service: &Service,
    call: &Call,
    name: String,
    verb: &str,
) -> Option<Result<Value, RestError>> {
    Some(match verb {
        "pull" => match call.json::<PullJson>() {
            Ok(body) => operations::pull(service, &body.into_wire(name))
                .await
                .map(received_to_json)
                .map_err(rest_error),
            Err(error) => Err(error),
        },
        "acknowledge" => call.json::<AckJson>().and_then(|body| {
            empty(
                operations::acknowledge(service, &name, &body.ack_ids)
                    .and_then(Receipt::into_result),
            )
        }),
        "modifyAckDeadline" => call.json::<ModifyJson>().and_then(|body| {
            let receipt = operations::modify_ack_deadline(
                service,
                &name,
                &body.ack_ids,
                body.ack_deadline_seconds,
            );
            empty(receipt.and_then(Receipt::into_result))
        }),
        "modifyPushConfig" => call
            .json::<ModifyPushJson>()
            .and_then(|body| empty(operations::modify_push_config(service, body.into_wire(name)))),
        "seek" => call.json::<SeekJson>().and_then(|body| {
            let request = body.into_wire(name)?;
            empty(operations::seek(service, &request).map(|proto::SeekResponse {}| ()))
        }),
        "detach" => empty(operations::detach_subscription(service, &name)),
        _ => return None,
    })
}

pub(super) fn list(service: &Service, call: &Call, project: String) -> Result<Value, RestError> {
    let (page_size, page_token) = page(call)?;
    let request = proto::ListSubscriptionsRequest { project, page_size, page_token };
    let list = operations::list_subscriptions(service, &request).map_err(rest_error)?;
    let subscriptions = list
        .subscriptions
        .into_iter()
        .map(|subscription| SubscriptionJson::from_wire(subscription, enums(call)));
    json_list("subscriptions", &subscriptions.collect::<Vec<_>>(), list.next_page_token)
}
