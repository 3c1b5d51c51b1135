//! What Artifact Registry tells the topic `gcr` of a project.
//!
//! The form is that of <https://docs.cloud.google.com/artifact-registry/docs/configure-notifications>: JSON in the message's
//! data, no attributes.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::json;

use super::core::{Digest, Event, ImageKey};
use crate::Announce;

/// Announces what the events changed for users of images. A push is one notice, with its tag if it had one.
pub(super) fn announce(port: &dyn Announce, events: &[Event]) {
    for (project, data) in notices(events) {
        port.announce(&format!("projects/{project}/topics/gcr"), BTreeMap::new(), Bytes::from(data));
    }
}

/// Project and data of each notice.
fn notices(events: &[Event]) -> Vec<(&str, String)> {
    let tag_pushed_with = |image: &ImageKey, digest: &Digest| {
        events.iter().find_map(|event| match event {
            Event::Tagged { image: tagged, tag, digest: target } if tagged == image && target == digest => Some(tag.as_str()),
            _ => None,
        })
    };
    let notice = |event| match event {
        &Event::ManifestPushed { ref image, ref digest, .. } => {
            let mut data = json!({"action": "INSERT", "digest": by_digest(image, digest)});
            if let Some(tag) = tag_pushed_with(image, digest) {
                data["tag"] = by_tag(image, tag).into();
            }
            Some((image, data))
        }
        Event::ManifestDeleted { image, digest } => Some((image, json!({"action": "DELETE", "digest": by_digest(image, digest)}))),
        Event::Untagged { image, tag } => Some((image, json!({"action": "DELETE", "tag": by_tag(image, tag)}))),
        Event::Tagged { .. }
        | Event::RepositoryCreated { .. }
        | Event::RepositoryDeleted { .. }
        | Event::BlobAdded { .. }
        | Event::BlobRemoved { .. }
        | Event::OperationFinished(_) => None,
    };
    events.iter().filter_map(notice).map(|(image, data)| (image.repository.project.as_str(), data.to_string())).collect()
}

fn by_digest(image: &ImageKey, digest: &Digest) -> String {
    format!("{}@{digest}", image.uri())
}

fn by_tag(image: &ImageKey, tag: &str) -> String {
    format!("{}:{tag}", image.uri())
}
