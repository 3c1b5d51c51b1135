//! Snapshots.

use axum::http::Method;
use serde_json::Value;

use super::{empty, json_list, json_of, page};
use crate::Service;
use crate::core::Refusal;
use crate::wire::error::rest_error;
use crate::wire::json::{CreateSnapshotJson, SnapshotJson, SnapshotPatch};
use crate::wire::{operations, proto};
use longshore_local_kit::rest::{Call, RestError};

pub(super) fn snapshot(
    service: &Service,
    call: &Call,
    name: String,
) -> Option<Result<Value, RestError>> {
    let answer = |snapshot: Result<proto::Snapshot, Refusal>| {
        json_of(&SnapshotJson::from_wire(snapshot.map_err(rest_error)?))
    };
    Some(match call.method {
        Method::PUT => call
            .json::<CreateSnapshotJson>()
            .and_then(|body| answer(operations::create_snapshot(service, body.into_wire(name)))),
        Method::GET => answer(operations::get_snapshot(service, &name)),
        Method::DELETE => empty(operations::delete_snapshot(service, &name)),
        Method::PATCH => call
            .json::<SnapshotPatch>()
            .and_then(|body| answer(operations::update_snapshot(service, body.into_wire(name)?))),
        _ => return None,
    })
}

pub(super) fn list(service: &Service, call: &Call, project: String) -> Result<Value, RestError> {
    let (page_size, page_token) = page(call)?;
    let request = proto::ListSnapshotsRequest { project, page_size, page_token };
    let list = operations::list_snapshots(service, &request).map_err(rest_error)?;
    let snapshots: Vec<SnapshotJson> =
        list.snapshots.into_iter().map(SnapshotJson::from_wire).collect();
    json_list("snapshots", &snapshots, list.next_page_token)
}

/// The names of the snapshots of a topic.
pub(super) fn list_of_topic(
    service: &Service,
    call: &Call,
    topic: String,
) -> Result<Value, RestError> {
    let (page_size, page_token) = page(call)?;
    let request = proto::ListTopicSnapshotsRequest { topic, page_size, page_token };
    let list = operations::list_topic_snapshots(service, &request).map_err(rest_error)?;
    json_list("snapshots", &list.snapshots, list.next_page_token)
}
