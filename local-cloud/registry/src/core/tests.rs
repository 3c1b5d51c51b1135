use time::{Duration, OffsetDateTime};

use super::{
    CreateRepositoryError, DeleteError, Digest, Event, ImageKey, Manifest, PushError, Reference,
    ReferenceKind, Registry, RemoveBlobError, RepositoryKey, Settings, UnknownRepository,
};
use longshore_local_kit::durable::Core as _;

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
const LATER: OffsetDateTime = OffsetDateTime::UNIX_EPOCH.saturating_add(Duration::HOUR);

fn repository(location: &str) -> RepositoryKey {
    RepositoryKey { project: "p".into(), location: location.into(), name: "r".into() }
}

fn image(name: &str) -> ImageKey {
    ImageKey { repository: repository("eu"), image: name.into() }
}

fn digest(byte: u8) -> Digest {
    Digest::sha256(&[byte; 32])
}

fn manifest_of(blobs: &[u8]) -> Manifest {
    let reference =
        |byte: &u8| Reference { digest: digest(*byte), size_bytes: 10, kind: ReferenceKind::Blob };
    Manifest {
        media_type: "application/vnd.oci.image.manifest.v1+json".into(),
        size_bytes: 5,
        references: blobs.iter().map(reference).collect(),
        subject: None,
        artifact_type: None,
        annotations: std::collections::BTreeMap::new(),
    }
}

fn apply(registry: &mut Registry, events: Vec<Event>) {
    for event in events {
        registry.apply(event);
    }
}

/// A registry with the image `app` in the repository `r` in `eu`: blobs 1 and 2, and manifest 9 of
/// them, tagged `latest`.
fn registry_with_an_image() -> Registry {
    let mut registry = Registry::default();
    let created = registry
        .create_repository(&repository("eu"), Settings::default(), "op".into(), NOW)
        .unwrap();
    apply(&mut registry, created);
    for byte in [1, 2] {
        let added = registry.add_blob(&image("app"), digest(byte), 10).unwrap();
        apply(&mut registry, added);
    }
    let pushed = registry
        .push_manifest(&image("app"), &digest(9), manifest_of(&[1, 2]), Some("latest"), NOW)
        .unwrap();
    apply(&mut registry, pushed);
    registry
}

#[test]
fn a_repository_is_created_once() {
    let registry = registry_with_an_image();
    let again =
        registry.create_repository(&repository("eu"), Settings::default(), "op2".into(), NOW);
    assert_eq!(again, Err(CreateRepositoryError::AlreadyExists(repository("eu"))));
    assert!(
        registry
            .create_repository(&repository("us"), Settings::default(), "op2".into(), NOW)
            .is_ok()
    );
}

#[test]
fn a_missing_repository_rejects_every_write() {
    let registry = Registry::default();
    let unknown = UnknownRepository(repository("eu"));
    assert_eq!(registry.add_blob(&image("app"), digest(1), 10), Err(unknown.clone()));
    assert_eq!(registry.mount_blob(&image("app"), &digest(1), None), Err(unknown.clone()));
    assert_eq!(registry.delete_repository(&repository("eu"), "op".into()), Err(unknown.clone()));
    let pushed = registry.push_manifest(&image("app"), &digest(9), manifest_of(&[]), None, NOW);
    assert_eq!(pushed, Err(PushError::UnknownRepository(unknown)));
}

#[test]
fn a_manifest_is_rejected_before_its_content_was_pushed() {
    let registry = registry_with_an_image();
    for (name, blobs, missing) in
        [("app", &[1, 3][..], vec![3]), ("other", &[1], vec![1]), ("app", &[], vec![])]
    {
        let pushed =
            registry.push_manifest(&image(name), &digest(8), manifest_of(blobs), None, NOW);
        match pushed {
            Ok(_) => assert!(missing.is_empty(), "{name} {blobs:?}"),
            Err(PushError::MissingReferences(references)) => {
                assert_eq!(references, manifest_of(&missing).references, "{name} {blobs:?}");
            }
            Err(PushError::UnknownRepository(_) | PushError::ImmutableTag(_)) => {
                panic!("{name} {blobs:?}")
            }
        }
    }
}

#[test]
fn an_index_needs_manifests_with_its_digests_and_not_blobs() {
    let registry = registry_with_an_image();
    let index_of = |byte| {
        let references =
            vec![Reference { digest: digest(byte), size_bytes: 5, kind: ReferenceKind::Manifest }];
        Manifest { references, ..manifest_of(&[]) }
    };
    assert!(registry.push_manifest(&image("app"), &digest(8), index_of(9), None, NOW).is_ok());
    assert!(registry.push_manifest(&image("app"), &digest(8), index_of(1), None, NOW).is_err());
}

#[test]
fn a_moved_tag_keeps_its_former_manifest() {
    let mut registry = registry_with_an_image();
    let pushed = registry
        .push_manifest(&image("app"), &digest(8), manifest_of(&[1]), Some("latest"), LATER)
        .unwrap();
    apply(&mut registry, pushed);
    let app = registry.image(&image("app")).unwrap();
    assert_eq!(app.resolve("latest").unwrap().0, &digest(8));
    assert!(app.resolve(digest(9).as_str()).is_some());
    assert_eq!((app.created_at(), app.updated_at()), (Some(NOW), Some(LATER)));
}

#[test]
fn a_manifest_that_is_pushed_again_keeps_its_upload_time() {
    let mut registry = registry_with_an_image();
    let pushed = registry
        .push_manifest(&image("app"), &digest(9), manifest_of(&[1, 2]), Some("v1"), LATER)
        .unwrap();
    apply(&mut registry, pushed);
    let app = registry.image(&image("app")).unwrap();
    let (_, stored) = app.resolve("v1").unwrap();
    assert_eq!((stored.uploaded_at, stored.updated_at), (NOW, LATER));
    assert_eq!(app.tags_of(&digest(9)), ["latest", "v1"]);
}

#[test]
fn a_blob_is_mounted_from_the_named_image_or_from_any_of_the_project() {
    let registry = registry_with_an_image();
    let (other, app, third) = (image("other"), image("app"), image("third"));
    let added = Event::BlobAdded { image: other.clone(), digest: digest(1), size_bytes: 10 };
    for (from, blob, expected) in [
        (Some(&app), 1, Some(vec![added.clone()])),
        (None, 1, Some(vec![added])),
        (Some(&third), 1, None),
        (Some(&app), 3, None),
        (None, 3, None),
    ] {
        assert_eq!(
            registry.mount_blob(&other, &digest(blob), from).unwrap(),
            expected,
            "{from:?} {blob}"
        );
    }
    assert_eq!(
        registry.mount_blob(&app, &digest(1), None).unwrap(),
        Some(vec![]),
        "it has the blob already"
    );
    let foreign = RepositoryKey { project: "q".into(), ..repository("eu") };
    let mut registry = registry;
    let created =
        registry.create_repository(&foreign, Settings::default(), "op".into(), NOW).unwrap();
    apply(&mut registry, created);
    let into = ImageKey { repository: foreign, image: "app".into() };
    assert_eq!(
        registry.mount_blob(&into, &digest(1), None).unwrap(),
        None,
        "another project's blobs are not offered"
    );
}

#[test]
fn a_blob_cannot_be_removed_while_a_manifest_references_it() {
    let mut registry = registry_with_an_image();
    assert_eq!(
        registry.remove_blob(&image("app"), &digest(1)),
        Err(RemoveBlobError::InUse(digest(9)))
    );
    assert_eq!(
        registry.remove_blob(&image("app"), &digest(3)),
        Err(RemoveBlobError::Unknown(digest(3)))
    );
    let deleted = registry.delete_manifest(&image("app"), &digest(9), true).unwrap();
    apply(&mut registry, deleted);
    let removed = registry.remove_blob(&image("app"), &digest(1)).unwrap();
    apply(&mut registry, removed);
    assert!(!registry.needs(&digest(1)));
    assert!(registry.needs(&digest(2)));
}

#[test]
fn a_tagged_manifest_is_only_deleted_with_its_tags() {
    let registry = registry_with_an_image();
    let app = image("app");
    assert_eq!(
        registry.delete_manifest(&app, &digest(9), false),
        Err(DeleteError::Tagged(vec!["latest".into()]))
    );
    let untagged = Event::Untagged { image: app.clone(), tag: "latest".into() };
    let deleted = Event::ManifestDeleted { image: app.clone(), digest: digest(9) };
    assert_eq!(registry.delete_manifest(&app, &digest(9), true), Ok(vec![untagged, deleted]));
    assert_eq!(
        registry.delete_manifest(&app, &digest(7), true),
        Err(DeleteError::Unknown(digest(7).to_string()))
    );
    assert_eq!(registry.delete_tag(&app, "none"), Err(DeleteError::Unknown("none".into())));
}

#[test]
fn a_path_addresses_the_requested_location_or_the_first_one() {
    let mut registry = registry_with_an_image();
    for location in ["us", "asia"] {
        let created = registry
            .create_repository(&repository(location), Settings::default(), "op".into(), NOW)
            .unwrap();
        apply(&mut registry, created);
    }
    for (wish, found) in [(None, Some("asia")), (Some("us"), Some("us")), (Some("me"), None)] {
        let key = registry.locate("p", "r", wish).map(|key| key.location.as_str());
        assert_eq!(key, found, "{wish:?}");
    }
    assert_eq!(registry.locate("p", "none", None), None);
}

#[test]
fn tags_are_listed_case_insensitively_after_the_last_one() {
    let mut registry = registry_with_an_image();
    for tag in ["B", "a", "b", "C"] {
        apply(
            &mut registry,
            vec![Event::Tagged { image: image("app"), tag: tag.into(), digest: digest(9) }],
        );
    }
    let app = registry.image(&image("app")).unwrap();
    assert_eq!(app.tags_after(""), ["a", "B", "b", "C", "latest"]);
    assert_eq!(app.tags_after("B"), ["b", "C", "latest"]);
    assert_eq!(app.tags_after("zz"), [""; 0]);
}

#[test]
fn a_repository_counts_equal_content_once() {
    let mut registry = registry_with_an_image();
    let mounted = registry.mount_blob(&image("other"), &digest(1), None).unwrap().unwrap();
    apply(&mut registry, mounted);
    let repository = registry.repository(&repository("eu")).unwrap();
    assert_eq!(repository.size_bytes(), 10 + 10 + 5);
    assert_eq!(repository.images().count(), 1, "an image without a manifest is not listed");
}

#[test]
fn the_snapshot_rebuilds_the_state() {
    let mut registry = registry_with_an_image();
    let pushed = registry
        .push_manifest(&image("app"), &digest(9), manifest_of(&[1, 2]), Some("v1"), LATER)
        .unwrap();
    apply(&mut registry, pushed);
    let json = serde_json::to_string(&registry.snapshot()).unwrap();
    let mut rebuilt = Registry::default();
    apply(&mut rebuilt, serde_json::from_str(&json).unwrap());
    assert_eq!(format!("{rebuilt:?}"), format!("{registry:?}"));
}

#[test]
fn a_deleted_repository_is_gone_with_its_content_and_its_operation_is_kept() {
    let mut registry = registry_with_an_image();
    let deleted = registry.delete_repository(&repository("eu"), "bye".into()).unwrap();
    apply(&mut registry, deleted);
    assert!(registry.image(&image("app")).is_none());
    assert!(!registry.needs(&digest(9)));
    assert!(registry.operation("p", "eu", "bye").is_some());
    assert!(registry.operation("p", "us", "bye").is_none());
}
