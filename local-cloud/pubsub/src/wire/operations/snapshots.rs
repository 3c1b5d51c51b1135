//! Snapshots.

use super::{mask_paths, not_mutable, page};
use crate::Service;
use crate::core::Refusal;
use crate::wire::convert::{refuse, snapshot_to_wire, time_of};
use crate::wire::proto;

/// Fields that exist but are immutable.
const FIXED: [&str; 2] = ["name", "topic"];

pub(crate) fn create_snapshot(
    service: &Service,
    request: proto::CreateSnapshotRequest,
) -> Result<proto::Snapshot, Refusal> {
    refuse(&[("tags of a snapshot", !request.tags.is_empty())])?;
    let proto::CreateSnapshotRequest { name, subscription, labels, .. } = request;
    let created =
        service.change(|core, now| core.create_snapshot(&name, &subscription, labels, now))?;
    Ok(snapshot_to_wire(&created))
}

pub(crate) fn update_snapshot(
    service: &Service,
    request: proto::UpdateSnapshotRequest,
) -> Result<proto::Snapshot, Refusal> {
    let patch = request.snapshot.unwrap_or_default();
    let updated = service.change(|core, now| {
        let current = core.snapshot_named(&patch.name)?;
        let (mut labels, mut expires_at) = (current.labels.clone(), current.expires_at);
        for path in mask_paths(request.update_mask)? {
            match path.as_str() {
                "labels" => labels.clone_from(&patch.labels),
                "expire_time" => {
                    let time = patch
                        .expire_time
                        .ok_or_else(|| Refusal::invalid("expire_time is missing"))?;
                    expires_at = time_of("expire_time", time)?;
                }
                other => return Err(not_mutable("Snapshot", other, &FIXED)),
            }
        }
        core.update_snapshot(&patch.name, labels, expires_at, now)
    })?;
    Ok(snapshot_to_wire(&updated))
}

pub(crate) fn get_snapshot(service: &Service, name: &str) -> Result<proto::Snapshot, Refusal> {
    service.read(|core| core.snapshot_named(name).map(snapshot_to_wire))
}

pub(crate) fn delete_snapshot(service: &Service, name: &str) -> Result<(), Refusal> {
    service.change(|core, _| Ok(((), core.delete_snapshot(name)?)))
}

pub(crate) fn list_snapshots(
    service: &Service,
    request: &proto::ListSnapshotsRequest,
) -> Result<proto::ListSnapshotsResponse, Refusal> {
    service.read(|core| {
        let snapshots = core.snapshots(&request.project)?.map(snapshot_to_wire);
        let (snapshots, next_page_token) =
            page(snapshots, |snapshot| &snapshot.name, request.page_size, &request.page_token)?;
        Ok(proto::ListSnapshotsResponse { snapshots, next_page_token })
    })
}

pub(crate) fn list_topic_snapshots(
    service: &Service,
    request: &proto::ListTopicSnapshotsRequest,
) -> Result<proto::ListTopicSnapshotsResponse, Refusal> {
    service.read(|core| {
        let names = core.topic_snapshots(&request.topic)?.map(|snapshot| snapshot.name.clone());
        let (snapshots, next_page_token) =
            page(names, |name| name, request.page_size, &request.page_token)?;
        Ok(proto::ListTopicSnapshotsResponse { snapshots, next_page_token })
    })
}
