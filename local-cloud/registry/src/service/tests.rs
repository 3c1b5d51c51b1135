use std::collections::BTreeMap;

use bytes::Bytes;

use super::*;
use crate::core::{ImageKey, Manifest, RepositoryKey, Settings};
use crate::suspects::GRACE;
use longshore_local_kit::keys::NoKeys;

/// Publishes no notices.
struct Unannounced;

impl Announce for Unannounced {
    fn announce(&self, _topic: &str, _attributes: BTreeMap<String, String>, _data: Bytes) {}
}

fn image() -> ImageKey {
    let repository = RepositoryKey { project: "p".into(), location: "l".into(), name: "r".into() };
    ImageKey { repository, image: "app".into() }
}

fn digest(byte: u8) -> Digest {
    Digest::sha256(&[byte; 32])
}

/// A registry whose image has the blobs 1 and 2, and a manifest that references the first.
fn registry(dir: &std::path::Path) -> Arc<Service> {
    let service = Service::open(dir, Arc::new(Unannounced), Arc::new(NoKeys)).unwrap();
    let image = image();
    let settings = Settings::default();
    service
        .change(
            |registry, now| {
                registry.create_repository(&image.repository, settings, "id".into(), now)
            },
            |_| Ok(()),
        )
        .unwrap();
    for blob in [1, 2] {
        service
            .change(
                |registry, _| registry.add_blob(&image, digest(blob), 3),
                |contents| contents.put(&digest(blob), b"abc"),
            )
            .unwrap();
    }
    let document = format!(r#"{{"config":{{"digest":"{}","size":3}}}}"#, digest(1));
    let manifest =
        Manifest::read("application/vnd.oci.image.manifest.v1+json", document.as_bytes()).unwrap();
    service
        .change(
            |registry, now| registry.push_manifest(&image, &digest(9), manifest, None, now),
            |contents| contents.put(&digest(9), document.as_bytes()),
        )
        .unwrap();
    service
}

fn is_there(service: &Service, blob: u8) -> bool {
    let known = service.read(|registry| {
        registry.image(&image()).is_some_and(|image| image.blobs.contains_key(&digest(blob)))
    });
    assert_eq!(service.contents.path(&digest(blob)).exists(), known, "bytes and state agree");
    known
}

#[tokio::test]
async fn a_blob_without_a_manifest_is_removed_after_a_whole_grace_period() {
    let dir = tempfile::tempdir().unwrap();
    let service = registry(dir.path());
    let begin = Instant::now();
    for (after, there) in
        [(Duration::ZERO, true), (GRACE - Duration::from_secs(1), true), (GRACE, false)]
    {
        service.sweep(begin + after);
        assert_eq!(is_there(&service, 2), there, "after {after:?}");
        assert!(is_there(&service, 1), "a manifest references it");
    }
}

#[tokio::test]
async fn access_to_a_blob_restarts_its_grace_period() {
    let dir = tempfile::tempdir().unwrap();
    let service = registry(dir.path());
    let begin = Instant::now();
    service.sweep(begin);
    service.suspects.touch(&image(), &digest(2));
    service.sweep(begin + GRACE);
    assert!(is_there(&service, 2));
    service.sweep(begin + GRACE + GRACE);
    assert!(!is_there(&service, 2));
}

#[tokio::test]
async fn the_blobs_of_a_deleted_image_are_removed() {
    let dir = tempfile::tempdir().unwrap();
    let service = registry(dir.path());
    service.change(|registry, _| registry.delete_image(&image()), |_| Ok(())).unwrap();
    let begin = Instant::now();
    service.sweep(begin);
    service.sweep(begin + GRACE);
    assert!(!is_there(&service, 1) && !is_there(&service, 2));
}

#[tokio::test]
async fn a_damaged_journal_deletes_no_content() {
    let dir = tempfile::tempdir().unwrap();
    drop(registry(dir.path()));
    let journal = dir.path().join("journal");
    let mut damaged = std::fs::read(&journal).unwrap();
    // In the first event, which created the repository.
    damaged[10] ^= 1;
    std::fs::write(&journal, damaged).unwrap();
    for _ in 0..2 {
        let service = Service::open(dir.path(), Arc::new(Unannounced), Arc::new(NoKeys)).unwrap();
        for content in [1, 2, 9] {
            assert!(service.contents.path(&digest(content)).exists(), "{content}");
        }
    }
}

#[tokio::test]
async fn a_blob_whose_manifest_was_lost_to_damage_is_not_swept() {
    let dir = tempfile::tempdir().unwrap();
    drop(registry(dir.path()));
    let journal = dir.path().join("journal");
    let mut damaged = std::fs::read(&journal).unwrap();
    // In the last event, which pushed the manifest.
    let last = damaged.len() - 2;
    damaged[last] ^= 1;
    std::fs::write(&journal, damaged).unwrap();
    let service = Service::open(dir.path(), Arc::new(Unannounced), Arc::new(NoKeys)).unwrap();
    let now = Instant::now();
    service.sweep(now);
    service.sweep(now + GRACE);
    assert!(is_there(&service, 1) && is_there(&service, 2));
}
