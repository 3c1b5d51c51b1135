//! Snapshots.

use super::timestamp;
use crate::core::Snapshot;
use crate::wire::proto;

pub(crate) fn snapshot_to_wire(snapshot: &Snapshot) -> proto::Snapshot {
    proto::Snapshot {
        name: snapshot.name.clone(),
        topic: snapshot.topic.clone(),
        expire_time: Some(timestamp(snapshot.expires_at)),
        labels: snapshot.labels.clone(),
    }
}
