use super::*;
use crate::{
    BucketAttributes, Digest, ExpectedChecksums, ObjectAttributes, ObjectReference, Preconditions,
    WriteRequest,
};
use longshore_local_kit::durable::Core as _;

mod versions;

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH.saturating_add(Duration::days(20_000));

fn core_with_bucket() -> Core {
    let mut core = Core::new("demo", 42);
    let record = core.plan_bucket("bucket", "demo", BucketAttributes::default(), NOW).unwrap();
    core.apply(Event::BucketCreated(record));
    core
}

fn request(object: &str, preconditions: Preconditions) -> WriteRequest {
    WriteRequest {
        bucket: "bucket".to_owned(),
        object: object.to_owned(),
        preconditions,
        ..WriteRequest::default()
    }
}

fn target(generation: i64, preconditions: Preconditions) -> ObjectReference {
    ObjectReference { generation, preconditions, ..ObjectReference::live("bucket", "a") }
}

/// Writes an object and returns its generation.
fn write(core: &mut Core, object: &str, preconditions: Preconditions) -> Result<i64, StorageError> {
    let object = core.plan_write(&request(object, preconditions), Digest::default(), NOW)?;
    let generation = object.generation;
    core.apply(Event::ObjectWritten { object, upload: None });
    Ok(generation)
}

#[test]
fn a_bucket_name_belongs_to_the_project_that_created_it_first() {
    let core = core_with_bucket();
    assert_eq!(core.bucket("bucket", &Preconditions::default()).unwrap().project_number, 42);
    for project in ["demo", "other"] {
        let again = core.plan_bucket("bucket", project, BucketAttributes::default(), NOW);
        assert!(matches!(again, Err(StorageError::BucketExists(_))), "{project}");
    }
}

#[test]
fn a_new_bucket_gets_googles_defaults() {
    let attributes =
        BucketAttributes { location: "us-central1".to_owned(), ..BucketAttributes::default() };
    let record = Core::new("demo", 42).plan_bucket("bucket", "demo", attributes, NOW).unwrap();
    assert_eq!(record.attributes.location, "US-CENTRAL1");
    assert_eq!(record.attributes.storage_class, "STANDARD");
    assert_eq!(record.metageneration, 1);
}

#[test]
fn only_an_empty_bucket_can_be_deleted() {
    let mut core = core_with_bucket();
    write(&mut core, "a", Preconditions::default()).unwrap();
    let any = Preconditions::default();
    assert!(matches!(
        core.plan_delete_bucket("bucket", &any),
        Err(StorageError::BucketNotEmpty(_))
    ));
    core.apply(Event::ObjectDeleted {
        bucket: "bucket".to_owned(),
        object: "a".to_owned(),
        generation: 0,
    });
    let other = Preconditions { metageneration_match: Some(2), ..any };
    assert!(matches!(core.plan_delete_bucket("bucket", &other), Err(StorageError::Precondition)));
    core.plan_delete_bucket("bucket", &any).unwrap();
    core.apply(Event::BucketDeleted { bucket: "bucket".to_owned() });
    assert!(matches!(core.bucket("bucket", &any), Err(StorageError::NoBucket(_))));
}

#[test]
fn generations_increase_although_the_clock_stands_still_and_objects_are_deleted() {
    let mut core = core_with_bucket();
    let first = write(&mut core, "a", Preconditions::default()).unwrap();
    let second = write(&mut core, "a", Preconditions::default()).unwrap();
    core.apply(Event::ObjectDeleted {
        bucket: "bucket".to_owned(),
        object: "a".to_owned(),
        generation: 0,
    });
    let mut replayed = Core::new("demo", 42);
    core.snapshot().into_iter().for_each(|event| replayed.apply(event));
    let third = write(&mut replayed, "a", Preconditions::ABSENT).unwrap();
    assert!(first < second && second < third, "{first} {second} {third}");
    assert_eq!(i128::from(first) * 1000, NOW.unix_timestamp_nanos());
}

#[test]
fn a_write_obeys_its_preconditions() {
    let mut core = core_with_bucket();
    let first = write(&mut core, "a", Preconditions::ABSENT).unwrap();
    assert!(matches!(
        write(&mut core, "a", Preconditions::ABSENT),
        Err(StorageError::Precondition)
    ));
    let second = write(&mut core, "a", Preconditions::generation(first)).unwrap();
    assert!(matches!(
        write(&mut core, "a", Preconditions::generation(first)),
        Err(StorageError::Precondition)
    ));
    let unless_second =
        Preconditions { generation_not_match: Some(second), ..Preconditions::default() };
    assert!(matches!(write(&mut core, "a", unless_second), Err(StorageError::Precondition)));
    assert!(matches!(
        write(&mut core, "b", Preconditions::generation(first)),
        Err(StorageError::Precondition)
    ));
}

#[test]
fn a_read_finds_the_newest_generation_only() {
    let mut core = core_with_bucket();
    let first = write(&mut core, "a", Preconditions::default()).unwrap();
    let second = write(&mut core, "a", Preconditions::default()).unwrap();
    let any = Preconditions::default();
    assert_eq!(core.object("bucket", "a", 0, &any).unwrap().generation, second);
    assert_eq!(core.object("bucket", "a", second, &any).unwrap().generation, second);
    assert!(matches!(core.object("bucket", "a", first, &any), Err(StorageError::NoObject { .. })));
    assert!(matches!(
        core.object("bucket", "b", 0, &Preconditions::ABSENT),
        Err(StorageError::NoObject { .. })
    ));
    assert!(matches!(core.object("none", "a", 0, &any), Err(StorageError::NoBucket(_))));
    let unless_second = Preconditions { generation_not_match: Some(second), ..any };
    assert!(matches!(
        core.object("bucket", "a", 0, &unless_second),
        Err(StorageError::NotModified)
    ));
    assert!(matches!(
        core.plan_delete(&target(0, unless_second), NOW),
        Err(StorageError::Precondition)
    ));
    assert!(matches!(
        core.plan_delete(&target(0, Preconditions::generation(first)), NOW),
        Err(StorageError::Precondition)
    ));
}

#[test]
fn content_with_another_checksum_is_rejected() {
    let core = core_with_bucket();
    let digest = Digest { size_bytes: 9, crc32c: 0xe306_9283, md5: Some([1; 16]) };
    let plan = |crc32c, md5| {
        let expected = ExpectedChecksums { crc32c, md5 };
        core.plan_write(
            &WriteRequest { expected, ..request("a", Preconditions::default()) },
            digest,
            NOW,
        )
    };
    assert!(plan(Some(0xe306_9283), Some([1; 16])).is_ok());
    assert!(matches!(plan(Some(1), None), Err(StorageError::Checksum { what: "crc32c", .. })));
    assert!(matches!(plan(None, Some([2; 16])), Err(StorageError::Checksum { what: "md5", .. })));
}

#[test]
fn an_upload_expires_after_a_week_and_a_finished_one_remembers_its_object() {
    let mut core = core_with_bucket();
    let upload = |id: &str| UploadRecord {
        id: id.to_owned(),
        request: request("a", Preconditions::default()),
        started_at: NOW,
        finished: None,
    };
    core.apply(Event::UploadStarted(Box::new(upload("open"))));
    core.apply(Event::UploadStarted(Box::new(upload("done"))));
    let object =
        core.plan_write(&request("a", Preconditions::default()), Digest::default(), NOW).unwrap();
    core.apply(Event::ObjectWritten { object: object.clone(), upload: Some("done".to_owned()) });
    assert_eq!(core.upload("done", NOW).unwrap().finished.as_ref(), Some(&object));
    assert_eq!(core.open_uploads().collect::<Vec<_>>(), ["open"]);
    assert!(core.expired_uploads(NOW + Duration::days(7) - Duration::SECOND).is_empty());
    let too_late = NOW + Duration::days(7);
    assert!(matches!(core.upload("open", too_late), Err(StorageError::NoUpload(_))));
    assert_eq!(core.expired_uploads(too_late), ["done", "open"]);
}

#[test]
fn a_snapshot_rebuilds_the_state_after_a_trip_through_json() {
    let mut core = core_with_bucket();
    let attributes = ObjectAttributes {
        content_type: "text/plain".to_owned(),
        metadata: BTreeMap::from([("key".to_owned(), "value".to_owned())]),
        ..ObjectAttributes::default()
    };
    let digest = Digest { size_bytes: 1, crc32c: 2, md5: Some([3; 16]) };
    let plan = core.plan_write(
        &WriteRequest { attributes, ..request("a", Preconditions::ABSENT) },
        digest,
        NOW,
    );
    core.apply(Event::ObjectWritten { object: plan.unwrap(), upload: None });
    core.apply(Event::UploadStarted(Box::new(UploadRecord {
        id: "upload".to_owned(),
        request: request("b", Preconditions::ABSENT),
        started_at: NOW,
        finished: None,
    })));
    let snapshot = core.snapshot();
    let json = serde_json::to_string(&snapshot).unwrap();
    let mut rebuilt = Core::new("demo", 42);
    serde_json::from_str::<Vec<Event>>(&json)
        .unwrap()
        .into_iter()
        .for_each(|event| rebuilt.apply(event));
    assert_eq!(rebuilt.snapshot(), snapshot);
}
