//! Copies, moves, compositions and versions with their contents.

use super::*;
use crate::{Composition, CopyRequest};

fn reference(object: &str) -> ObjectReference {
    ObjectReference::live("bucket", object)
}

fn copy_of(source: ObjectReference, to: &str) -> CopyRequest {
    CopyRequest { source, destination: request(to, Preconditions::default()), attributes: None }
}

#[test]
fn a_copy_outlives_its_source_and_costs_no_second_content() {
    let dir = tempfile::tempdir().unwrap();
    let store = on_disk(dir.path());
    let generation = write(&store, "a", b"content", Preconditions::ABSENT).unwrap();
    let copied = store.copy(copy_of(reference("a"), "b"), NOW).unwrap();
    assert_eq!((copied.source.generation, copied.object.digest.size_bytes), (generation, 7));
    let links = std::os::unix::fs::MetadataExt::nlink(
        &std::fs::metadata(store.contents().path(generation)).unwrap(),
    );
    assert_eq!(links, 2);
    store.delete(&reference("a"), NOW).unwrap();
    drop(store);
    let store = on_disk(dir.path());
    assert_eq!(text(&store, "b"), "content");
    assert_eq!(files_in(&dir.path().join("contents")), 1);
}

#[test]
fn a_copy_obeys_both_sides_preconditions() {
    let store = in_memory();
    let object = store.put(&request("a", Preconditions::ABSENT), b"1", NOW).unwrap();
    let stale = ObjectReference {
        preconditions: Preconditions::generation(object.generation + 1),
        ..reference("a")
    };
    assert!(matches!(store.copy(copy_of(stale, "b"), NOW), Err(StorageError::Precondition)));
    let onto_itself = CopyRequest {
        destination: request("a", Preconditions::ABSENT),
        ..copy_of(reference("a"), "a")
    };
    assert!(matches!(store.copy(onto_itself, NOW), Err(StorageError::Precondition)));
    assert!(matches!(
        store.copy(copy_of(reference("none"), "b"), NOW),
        Err(StorageError::NoObject { .. })
    ));
}

#[test]
fn a_move_leaves_nothing_under_the_old_name() {
    let dir = tempfile::tempdir().unwrap();
    let store = on_disk(dir.path());
    write(&store, "a", b"content", Preconditions::ABSENT).unwrap();
    write(&store, "b", b"replaced", Preconditions::ABSENT).unwrap();
    store.rename(copy_of(reference("a"), "b"), NOW).unwrap();
    assert_eq!(text(&store, "b"), "content");
    assert!(matches!(
        store.object("bucket", "a", 0, &Preconditions::default()),
        Err(StorageError::NoObject { .. })
    ));
    assert_eq!(files_in(&dir.path().join("contents")), 1);
}

#[test]
fn a_composition_concatenates_counts_and_sums_up() {
    let dir = tempfile::tempdir().unwrap();
    let store = on_disk(dir.path());
    write(&store, "a", b"1234", Preconditions::ABSENT).unwrap();
    write(&store, "b", b"56789", Preconditions::ABSENT).unwrap();
    let compose = |to: &str, names: &[&str]| {
        let sources = names.iter().map(|name| reference(name)).collect();
        store.compose(
            &Composition { destination: request(to, Preconditions::default()), sources },
            NOW,
        )
    };
    let whole = compose("whole", &["a", "b"]).unwrap();
    assert_eq!(
        (whole.components, whole.digest.crc32c, whole.digest.md5),
        (Some(2), 0xe306_9283, None)
    );
    assert_eq!(text(&store, "whole"), "123456789");
    assert_eq!(compose("whole", &["whole", "a"]).unwrap().components, Some(3));
    assert_eq!(text(&store, "whole"), "1234567891234");
    assert!(matches!(compose("whole", &[]), Err(StorageError::Invalid(_))));
    assert!(matches!(compose("whole", &["a"; 33]), Err(StorageError::Invalid(_))));
    assert!(matches!(compose("whole", &["a", "none"]), Err(StorageError::NoObject { .. })));
    assert_eq!(files_in(&dir.path().join("contents")), 3);
    assert_eq!(files_in(&dir.path().join("staging")), 0);
}

#[test]
fn versions_keep_their_contents_until_each_is_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let store = on_disk(dir.path());
    let change = |_: &crate::BucketRecord| {
        Ok(BucketAttributes { versioning: true, ..BucketAttributes::default() })
    };
    store.change_bucket("bucket", &Preconditions::default(), change, NOW).unwrap();
    let first = write(&store, "a", b"first", Preconditions::ABSENT).unwrap();
    let second = write(&store, "a", b"second", Preconditions::generation(first)).unwrap();
    drop(store);
    let store = on_disk(dir.path());
    let restored = ObjectReference { generation: first, ..reference("a") };
    store.copy(copy_of(restored, "a"), NOW).unwrap();
    assert_eq!(text(&store, "a"), "first");
    for generation in [first, second] {
        store.delete(&ObjectReference { generation, ..reference("a") }, NOW).unwrap();
    }
    assert_eq!(text(&store, "a"), "first");
    assert_eq!(files_in(&dir.path().join("contents")), 1);
}

#[test]
fn an_event_is_announced_once_it_is_written_down() {
    use crate::core::{EventType, NotificationConfig};
    let dir = tempfile::tempdir().unwrap();
    let (sender, told) = std::sync::mpsc::channel();
    let store = Store::open(dir.path(), Core::new("demo", 42), move |notice| {
        sender.send(notice.event_type).unwrap()
    })
    .unwrap();
    store.ensure_bucket("bucket", "demo", BucketAttributes::default(), NOW).unwrap();
    let config = NotificationConfig {
        bucket: "bucket".to_owned(),
        id: 0,
        topic: "projects/demo/topics/t".to_owned(),
        event_types: Vec::new(),
        object_name_prefix: String::new(),
        custom_attributes: std::collections::BTreeMap::new(),
        with_payload: false,
    };
    store.create_notification(config).unwrap();
    write(&store, "a", b"first", Preconditions::ABSENT).unwrap();
    assert!(write(&store, "a", b"refused", Preconditions::ABSENT).is_err());
    store.rename(copy_of(reference("a"), "b"), NOW).unwrap();
    drop(store);
    let told: Vec<EventType> = told.iter().collect();
    assert_eq!(
        told,
        [EventType::ObjectFinalize, EventType::ObjectFinalize, EventType::ObjectDelete]
    );
}
