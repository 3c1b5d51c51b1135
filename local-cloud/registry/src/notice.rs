//! The notices of Artifact Registry on the topic `gcr` of a project.
//!
//! The form is that of
//! <https://docs.cloud.google.com/artifact-registry/docs/configure-notifications>: JSON in the
//! message's data, no attributes.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Value, json};

use super::core::{Digest, Event, ImageKey};
use longshore_local_kit::Announce;

/// Announces the changes that users of images see. A push is one notice, with its tag if it has
/// one.
pub(super) fn announce(port: &dyn Announce, events: &[Event]) {
    for (project, data) in notices(events) {
        port.announce(
            &format!("projects/{project}/topics/gcr"),
            BTreeMap::new(),
            Bytes::from(data),
        );
    }
}

/// Project and data of each notice.
fn notices(events: &[Event]) -> Vec<(&str, String)> {
    let of_event = |event| {
        let (image, data) = notice(event, events)?;
        Some((image.repository.project.as_str(), data.to_string()))
    };
    events.iter().filter_map(of_event).collect()
}

fn notice<'a>(event: &'a Event, all: &[Event]) -> Option<(&'a ImageKey, Value)> {
    match event {
        Event::ManifestPushed { image, digest, .. } => {
            let mut data = json!({"action": "INSERT", "digest": by_digest(image, digest)});
            if let Some(tag) = tag_pushed_with(image, digest, all) {
                data["tag"] = by_tag(image, tag).into();
            }
            Some((image, data))
        }
        Event::ManifestDeleted { image, digest } => {
            Some((image, json!({"action": "DELETE", "digest": by_digest(image, digest)})))
        }
        Event::Untagged { image, tag } => {
            Some((image, json!({"action": "DELETE", "tag": by_tag(image, tag)})))
        }
        Event::Tagged { .. }
        | Event::RepositoryCreated { .. }
        | Event::RepositoryChanged { .. }
        | Event::PolicySet { .. }
        | Event::RepositoryDeleted { .. }
        | Event::BlobAdded { .. }
        | Event::BlobRemoved { .. }
        | Event::Reset(_)
        | Event::OperationFinished(_) => None,
    }
}

fn tag_pushed_with<'a>(pushed: &ImageKey, manifest: &Digest, all: &'a [Event]) -> Option<&'a str> {
    all.iter().find_map(|event| match event {
        Event::Tagged { image, tag, digest } if image == pushed && digest == manifest => {
            Some(tag.as_str())
        }
        _ => None,
    })
}

fn by_digest(image: &ImageKey, digest: &Digest) -> String {
    format!("{}@{digest}", image.uri())
}

fn by_tag(image: &ImageKey, tag: &str) -> String {
    format!("{}:{tag}", image.uri())
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;
    use crate::core::{Manifest, RepositoryKey};

    #[test]
    fn each_change_that_users_of_images_see_is_one_notice() {
        let repository =
            RepositoryKey { project: "p".into(), location: "eu".into(), name: "r".into() };
        let image = ImageKey { repository: repository.clone(), image: "a/b".into() };
        let digest = Digest::sha256(&[0; 32]);
        let manifest = Manifest::read("application/vnd.oci.image.manifest.v1+json", b"{}").unwrap();
        let (uploaded_at, updated_at) = (OffsetDateTime::UNIX_EPOCH, OffsetDateTime::UNIX_EPOCH);
        let (here, tag) = (image.clone(), "v1".to_owned());
        let pushed = Event::ManifestPushed {
            image: here.clone(),
            digest: digest.clone(),
            manifest,
            uploaded_at,
            updated_at,
        };
        let tagged =
            Event::Tagged { image: here.clone(), tag: tag.clone(), digest: digest.clone() };
        let untagged = Event::Untagged { image: here.clone(), tag };
        let deleted = Event::ManifestDeleted { image: here.clone(), digest: digest.clone() };
        let added = Event::BlobAdded { image: here, digest: digest.clone(), size_bytes: 1 };
        let (by_digest, by_tag) =
            (format!("eu-docker.pkg.dev/p/r/a/b@{digest}"), "eu-docker.pkg.dev/p/r/a/b:v1");
        let cases = [
            (vec![pushed.clone()], vec![json!({"action": "INSERT", "digest": by_digest})]),
            (
                vec![pushed, tagged],
                vec![json!({"action": "INSERT", "digest": by_digest, "tag": by_tag})],
            ),
            (
                vec![untagged, deleted],
                vec![
                    json!({"action": "DELETE", "tag": by_tag}),
                    json!({"action": "DELETE", "digest": by_digest}),
                ],
            ),
            (vec![added, Event::RepositoryDeleted { key: repository }], vec![]),
        ];
        for (events, expected) in cases {
            let expected: Vec<_> =
                expected.into_iter().map(|data| ("p", data.to_string())).collect();
            assert_eq!(notices(&events), expected, "{events:?}");
        }
    }
}
