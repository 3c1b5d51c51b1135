//! Copies, moves, compositions and versions, with their content.

use super::*;
use crate::{Composition, CopyRequest};

fn reference(object: &str) -> ObjectReference {
    ObjectReference::live("bucket", object)
}

fn copy_of(source: ObjectReference, to: &str) -> CopyRequest {
    CopyRequest { source, destination: request(to, Preconditions::default()), attributes: None }
}

#[test]
fn a_copy_outlives_its_source_and_shares_its_content() {
    let dir = tempfile::tempdir().unwrap();
    let service = on_disk(dir.path());
    let generation = write(&service, "a", b"content", Preconditions::ABSENT).unwrap();
    let copied = service.copy(copy_of(reference("a"), "b"), NOW).unwrap();
    assert_eq!((copied.source.generation, copied.object.digest.size_bytes), (generation, 7));
    let links = std::os::unix::fs::MetadataExt::nlink(
        &std::fs::metadata(service.contents.path(generation)).unwrap(),
    );
    assert_eq!(links, 2);
    service.delete(&reference("a"), NOW).unwrap();
    drop(service);
    let service = on_disk(dir.path());
    assert_eq!(text(&service, "b"), "content");
    assert_eq!(files_in(&dir.path().join("contents")), 1);
}

#[test]
fn a_copy_obeys_both_sides_preconditions() {
    let service = in_memory();
    let object = service.put(&request("a", Preconditions::ABSENT), b"1", NOW).unwrap();
    let stale = ObjectReference {
        preconditions: Preconditions::generation(object.generation + 1),
        ..reference("a")
    };
    assert!(matches!(service.copy(copy_of(stale, "b"), NOW), Err(StorageError::Precondition)));
    let onto_itself = CopyRequest {
        destination: request("a", Preconditions::ABSENT),
        ..copy_of(reference("a"), "a")
    };
    assert!(matches!(service.copy(onto_itself, NOW), Err(StorageError::Precondition)));
    assert!(matches!(
        service.copy(copy_of(reference("none"), "b"), NOW),
        Err(StorageError::NoObject { .. })
    ));
}

#[test]
fn a_move_leaves_nothing_under_the_old_name() {
    let dir = tempfile::tempdir().unwrap();
    let service = on_disk(dir.path());
    write(&service, "a", b"content", Preconditions::ABSENT).unwrap();
    write(&service, "b", b"replaced", Preconditions::ABSENT).unwrap();
    service.rename(copy_of(reference("a"), "b"), NOW).unwrap();
    assert_eq!(text(&service, "b"), "content");
    assert!(matches!(
        service.object("bucket", "a", 0, &Preconditions::default()),
        Err(StorageError::NoObject { .. })
    ));
    assert_eq!(files_in(&dir.path().join("contents")), 1);
}

#[test]
fn a_composition_concatenates_counts_and_sums_up() {
    let dir = tempfile::tempdir().unwrap();
    let service = on_disk(dir.path());
    write(&service, "a", b"1234", Preconditions::ABSENT).unwrap();
    write(&service, "b", b"56789", Preconditions::ABSENT).unwrap();
    let compose = |to: &str, names: &[&str]| {
        let sources = names.iter().map(|name| reference(name)).collect();
        service.compose(
            &Composition { destination: request(to, Preconditions::default()), sources },
            NOW,
        )
    };
    let whole = compose("whole", &["a", "b"]).unwrap();
    assert_eq!(
        (whole.components, whole.digest.crc32c, whole.digest.md5),
        (Some(2), 0xe306_9283, None)
    );
    assert_eq!(text(&service, "whole"), "123456789");
    assert_eq!(compose("whole", &["whole", "a"]).unwrap().components, Some(3));
    assert_eq!(text(&service, "whole"), "1234567891234");
    assert!(matches!(compose("whole", &[]), Err(StorageError::Invalid(_))));
    assert!(matches!(compose("whole", &["a"; 33]), Err(StorageError::Invalid(_))));
    assert!(matches!(compose("whole", &["a", "none"]), Err(StorageError::NoObject { .. })));
    assert_eq!(files_in(&dir.path().join("contents")), 3);
    assert_eq!(files_in(&dir.path().join("staging")), 0);
}

#[test]
fn versions_keep_their_contents_until_each_is_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let service = on_disk(dir.path());
    let change = |_: &crate::BucketRecord| {
        Ok(BucketAttributes { versioning: true, ..BucketAttributes::default() })
    };
    service.change_bucket("bucket", &Preconditions::default(), change, NOW).unwrap();
    let first = write(&service, "a", b"first", Preconditions::ABSENT).unwrap();
    let second = write(&service, "a", b"second", Preconditions::generation(first)).unwrap();
    drop(service);
    let service = on_disk(dir.path());
    let restored = ObjectReference { generation: first, ..reference("a") };
    service.copy(copy_of(restored, "a"), NOW).unwrap();
    assert_eq!(text(&service, "a"), "first");
    for generation in [first, second] {
        service.delete(&ObjectReference { generation, ..reference("a") }, NOW).unwrap();
    }
    assert_eq!(text(&service, "a"), "first");
    assert_eq!(files_in(&dir.path().join("contents")), 1);
}

/// Sends the event type of every notice.
struct EventTypes(std::sync::mpsc::Sender<String>);

impl Announce for EventTypes {
    fn announce(&self, _topic: &str, attributes: BTreeMap<String, String>, _data: Bytes) {
        self.0.send(attributes["eventType"].clone()).unwrap();
    }
}

/// Dies where a crash may come: after the event is in the journal, before the notice is published.
struct Dying;

impl Announce for Dying {
    fn announce(&self, _topic: &str, _attributes: BTreeMap<String, String>, _data: Bytes) {
        std::panic::panic_any("the process was killed");
    }
}

fn notify(service: &Service<Files>) {
    use crate::core::NotificationConfig;
    let config = NotificationConfig {
        bucket: "bucket".to_owned(),
        id: 0,
        topic: "projects/demo/topics/t".to_owned(),
        event_types: Vec::new(),
        object_name_prefix: String::new(),
        custom_attributes: std::collections::BTreeMap::new(),
        with_payload: false,
    };
    service.create_notification(config).unwrap();
}

#[test]
fn a_notice_that_a_crash_kept_back_is_published_at_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let service = Service::open(dir.path(), deps(Arc::new(Dying))).unwrap();
    service.ensure_bucket("bucket", "demo", BucketAttributes::default(), NOW).unwrap();
    notify(&service);
    let dying = std::panic::AssertUnwindSafe(|| write(&service, "a", b"x", Preconditions::ABSENT));
    assert!(std::panic::catch_unwind(dying).is_err());
    drop(service);
    for expected in [&["OBJECT_FINALIZE"][..], &[]] {
        let (sender, announced) = std::sync::mpsc::channel();
        let service = Service::open(dir.path(), deps(Arc::new(EventTypes(sender)))).unwrap();
        assert_eq!(text(&service, "a"), "x");
        drop(service);
        assert_eq!(announced.iter().collect::<Vec<_>>(), expected);
    }
}

#[test]
fn an_event_is_announced_after_it_is_journaled() {
    let dir = tempfile::tempdir().unwrap();
    let (sender, announced) = std::sync::mpsc::channel();
    let service = Service::open(dir.path(), deps(Arc::new(EventTypes(sender)))).unwrap();
    service.ensure_bucket("bucket", "demo", BucketAttributes::default(), NOW).unwrap();
    notify(&service);
    write(&service, "a", b"first", Preconditions::ABSENT).unwrap();
    assert!(write(&service, "a", b"refused", Preconditions::ABSENT).is_err());
    service.rename(copy_of(reference("a"), "b"), NOW).unwrap();
    drop(service);
    let announced: Vec<String> = announced.iter().collect();
    assert_eq!(announced, ["OBJECT_FINALIZE", "OBJECT_FINALIZE", "OBJECT_DELETE"]);
}
