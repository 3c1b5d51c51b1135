//! Snapshots.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::field_mask;
use crate::wire::proto;
use longshore_local_kit::rest::RestError;

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct SnapshotJson {
    name: String,
    topic: String,
    #[serde(skip_serializing_if = "Option::is_none", alias = "expire_time")]
    expire_time: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<String, String>,
}

impl SnapshotJson {
    fn into_wire(self, name: String) -> Result<proto::Snapshot, RestError> {
        let parse = |text: String| {
            text.parse().map_err(|_| {
                RestError::invalid(format!("expireTime {text:?} is not an RFC 3339 time"))
            })
        };
        let expire_time = self.expire_time.map(parse).transpose()?;
        Ok(proto::Snapshot { name, topic: self.topic, expire_time, labels: self.labels })
    }

    pub(crate) fn from_wire(snapshot: proto::Snapshot) -> Self {
        Self {
            name: snapshot.name,
            topic: snapshot.topic,
            expire_time: snapshot.expire_time.map(|time| time.to_string()),
            labels: snapshot.labels,
        }
    }
}

/// The body of a `PUT`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CreateSnapshotJson {
    /// Ignored: the path has the name.
    #[serde(rename = "name")]
    _name: String,
    subscription: String,
    labels: BTreeMap<String, String>,
    tags: BTreeMap<String, String>,
}

impl CreateSnapshotJson {
    pub(crate) fn into_wire(self, name: String) -> proto::CreateSnapshotRequest {
        let Self { subscription, labels, tags, .. } = self;
        proto::CreateSnapshotRequest { name, subscription, labels, tags }
    }
}

/// The body of a `PATCH`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct SnapshotPatch {
    snapshot: SnapshotJson,
    #[serde(alias = "update_mask")]
    update_mask: String,
}

impl SnapshotPatch {
    pub(crate) fn into_wire(self, name: String) -> Result<proto::UpdateSnapshotRequest, RestError> {
        Ok(proto::UpdateSnapshotRequest {
            snapshot: Some(self.snapshot.into_wire(name)?),
            update_mask: Some(field_mask(&self.update_mask)),
        })
    }
}
