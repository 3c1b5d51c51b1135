//! Versioning, holds, attribute changes, notices, policies and keys.

use serde_json::json;

use super::*;
use crate::core::EventType;

fn versioned() -> Core {
    let mut core = core_with_bucket();
    let change =
        |_: &BucketRecord| Ok(BucketAttributes { versioning: true, ..BucketAttributes::default() });
    let record = core.plan_change_bucket("bucket", &Preconditions::default(), change, NOW).unwrap();
    assert_eq!((record.metageneration, record.changed_at), (2, Some(NOW)));
    core.apply(Event::BucketChanged(record));
    core
}

fn generations(core: &Core) -> (Vec<i64>, Option<i64>) {
    let objects = core.objects("bucket").unwrap();
    (
        objects.noncurrent().map(|object| object.generation).collect(),
        objects.live().get("a").map(|object| object.generation),
    )
}

fn delete(core: &mut Core, generation: i64) {
    let event = core.plan_delete(&target(generation, Preconditions::default()), NOW).unwrap();
    core.apply(event);
}

#[test]
fn versioning_keeps_what_is_replaced_and_what_is_deleted_without_a_generation() {
    let mut core = versioned();
    let any = Preconditions::default();
    let first = write(&mut core, "a", any).unwrap();
    let second = write(&mut core, "a", any).unwrap();
    assert_eq!(generations(&core), (vec![first], Some(second)));
    assert_eq!(core.object("bucket", "a", first, &any).unwrap().noncurrent_at, Some(NOW));
    delete(&mut core, 0);
    assert_eq!(generations(&core), (vec![first, second], None));
    assert!(matches!(core.object("bucket", "a", 0, &any), Err(StorageError::NoObject { .. })));
    assert!(matches!(
        core.plan_delete_bucket("bucket", &any),
        Err(StorageError::BucketNotEmpty(_))
    ));
    // A precondition sees no object, although noncurrent generations exist.
    let third = write(&mut core, "a", Preconditions::ABSENT).unwrap();
    delete(&mut core, third);
    delete(&mut core, first);
    assert_eq!(generations(&core), (vec![second], None));
    let mut rebuilt = Core::new("demo", 42);
    core.snapshot().into_iter().for_each(|event| rebuilt.apply(event));
    assert_eq!(rebuilt.snapshot(), core.snapshot());
    delete(&mut core, second);
    core.plan_delete_bucket("bucket", &any).unwrap();
}

#[test]
fn without_versioning_replaced_and_deleted_generations_are_gone() {
    let mut core = core_with_bucket();
    let any = Preconditions::default();
    let first = write(&mut core, "a", any).unwrap();
    let object = core.plan_write(&request("a", any), Digest::default(), NOW).unwrap();
    let replacement = Event::ObjectWritten { object, upload: None };
    assert_eq!(core.removed_by(&replacement), Some(first));
    core.apply(replacement);
    delete(&mut core, 0);
    assert_eq!(generations(&core), (vec![], None));
}

#[test]
fn a_change_increments_the_metageneration_and_obeys_it() {
    let mut core = core_with_bucket();
    write(&mut core, "a", Preconditions::default()).unwrap();
    let retype = |core: &Core, metageneration: i64| {
        let preconditions = Preconditions {
            metageneration_match: Some(metageneration),
            ..Preconditions::default()
        };
        let change = |record: &ObjectRecord| {
            Ok(ObjectAttributes {
                content_type: "text/css".to_owned(),
                ..record.attributes.clone()
            })
        };
        core.plan_change(&target(0, preconditions), change, NOW)
    };
    let changed = retype(&core, 1).unwrap();
    assert_eq!((changed.metageneration, changed.attributes.content_type.as_str()), (2, "text/css"));
    core.apply(Event::ObjectChanged(changed));
    assert!(matches!(retype(&core, 1), Err(StorageError::Precondition)));
    assert!(retype(&core, 2).is_ok());
}

#[test]
fn an_object_under_hold_is_neither_deleted_nor_replaced() {
    for hold in [(true, false), (false, true)] {
        let mut core = core_with_bucket();
        write(&mut core, "a", Preconditions::default()).unwrap();
        let set = |core: &mut Core, (temporary_hold, event_based_hold): (bool, bool)| {
            let attributes = ObjectAttributes {
                temporary_hold: Some(temporary_hold),
                event_based_hold: Some(event_based_hold),
                ..ObjectAttributes::default()
            };
            let changed = core
                .plan_change(&target(0, Preconditions::default()), |_| Ok(attributes), NOW)
                .unwrap();
            core.apply(Event::ObjectChanged(changed));
        };
        set(&mut core, hold);
        assert!(matches!(
            write(&mut core, "a", Preconditions::default()),
            Err(StorageError::Held { .. })
        ));
        assert!(matches!(
            core.plan_delete(&target(0, Preconditions::default()), NOW),
            Err(StorageError::Held { .. })
        ));
        set(&mut core, (false, false));
        assert!(write(&mut core, "a", Preconditions::default()).is_ok());
    }
}

#[test]
fn a_custom_time_never_goes_back() {
    let mut core = core_with_bucket();
    write(&mut core, "a", Preconditions::default()).unwrap();
    let set = |core: &Core, custom_time| {
        core.plan_change(
            &target(0, Preconditions::default()),
            |_| Ok(ObjectAttributes { custom_time, ..ObjectAttributes::default() }),
            NOW,
        )
    };
    let changed = set(&core, Some(NOW)).unwrap();
    core.apply(Event::ObjectChanged(changed));
    assert!(matches!(set(&core, None), Err(StorageError::Invalid(_))));
    assert!(matches!(set(&core, Some(NOW - Duration::SECOND)), Err(StorageError::Invalid(_))));
    assert!(set(&core, Some(NOW + Duration::SECOND)).is_ok());
}

/// The notices of an event: type, generation, overwritten by, overwrote.
fn notices_of(core: &Core, event: &Event) -> Vec<(EventType, i64, Option<i64>, Option<i64>)> {
    let notices = core.notices(event).into_iter();
    notices
        .map(|notice| {
            (notice.event_type, notice.object.generation, notice.overwritten_by, notice.overwrote)
        })
        .collect()
}

fn listening(mut core: Core, event_types: Vec<EventType>, prefix: &str) -> Core {
    let config = NotificationConfig {
        bucket: "bucket".to_owned(),
        id: 0,
        topic: "projects/demo/topics/t".to_owned(),
        event_types,
        object_name_prefix: prefix.to_owned(),
        custom_attributes: BTreeMap::new(),
        with_payload: true,
    };
    let config = core.plan_notification(config).unwrap();
    assert_eq!(config.id, 1);
    core.apply(Event::NotificationCreated(config));
    core
}

#[test]
fn every_event_of_an_object_causes_a_notice_that_names_the_replaced_generation() {
    use EventType::{ObjectArchive, ObjectDelete, ObjectFinalize, ObjectMetadataUpdate};
    for (core, replaced) in [(core_with_bucket(), ObjectDelete), (versioned(), ObjectArchive)] {
        let mut core = listening(core, Vec::new(), "");
        let any = Preconditions::default();
        let first = write(&mut core, "a", any).unwrap();
        let object = core.plan_write(&request("a", any), Digest::default(), NOW).unwrap();
        let second = object.generation;
        let written = Event::ObjectWritten { object, upload: None };
        let expected = vec![
            (ObjectFinalize, second, None, Some(first)),
            (replaced, first, Some(second), None),
        ];
        assert_eq!(notices_of(&core, &written), expected);
        core.apply(written);
        let changed =
            core.plan_change(&target(0, any), |record| Ok(record.attributes.clone()), NOW).unwrap();
        assert_eq!(
            notices_of(&core, &Event::ObjectChanged(changed)),
            [(ObjectMetadataUpdate, second, None, None)]
        );
        let deleted = core.plan_delete(&target(0, any), NOW).unwrap();
        assert_eq!(notices_of(&core, &deleted), [(replaced, second, None, None)]);
        let for_good = core.plan_delete(&target(second, any), NOW).unwrap();
        assert_eq!(notices_of(&core, &for_good), [(ObjectDelete, second, None, None)]);
    }
}

#[test]
fn a_configuration_filters_by_event_type_and_prefix() {
    let written = |core: &Core, name: &str| {
        let object = core
            .plan_write(&request(name, Preconditions::default()), Digest::default(), NOW)
            .unwrap();
        notices_of(core, &Event::ObjectWritten { object, upload: None }).len()
    };
    let core = listening(core_with_bucket(), vec![EventType::ObjectFinalize], "in/");
    assert_eq!((written(&core, "in/a"), written(&core, "out/a")), (1, 0));
    let core = listening(core_with_bucket(), vec![EventType::ObjectDelete], "");
    assert_eq!(written(&core, "in/a"), 0);
}

#[test]
fn a_policy_is_only_set_on_the_version_that_was_read() {
    let mut core = core_with_bucket();
    let (_, version) = core.policy("bucket").unwrap();
    let next = core.plan_policy("bucket", &json!({}), Some(version)).unwrap();
    core.apply(Event::PolicySet {
        bucket: "bucket".to_owned(),
        policy: Value::Null,
        version: next,
    });
    assert!(matches!(
        core.plan_policy("bucket", &json!({}), Some(version)),
        Err(StorageError::Precondition)
    ));
    assert_eq!(core.plan_policy("bucket", &json!({}), None).unwrap(), next + 1);
}

#[test]
fn a_key_is_deleted_only_when_it_is_inactive_and_stays_deleted() {
    let mut core = core_with_bucket();
    let key = HmacKey {
        access_id: "GOOG1E".to_owned(),
        secret: "s".to_owned(),
        project: "demo".to_owned(),
        service_account_email: "a@b".to_owned(),
        state: KeyState::Active,
        version: 1,
        created_at: NOW,
        updated_at: NOW,
    };
    core.apply(Event::KeyPut(key));
    let turn = |core: &mut Core, state, seen| -> Result<(), StorageError> {
        let key = core.plan_key_state("GOOG1E", state, seen, NOW)?;
        core.apply(Event::KeyPut(key));
        Ok(())
    };
    assert!(matches!(turn(&mut core, KeyState::Deleted, None), Err(StorageError::Invalid(_))));
    assert!(matches!(
        turn(&mut core, KeyState::Inactive, Some(2)),
        Err(StorageError::Precondition)
    ));
    turn(&mut core, KeyState::Inactive, Some(1)).unwrap();
    turn(&mut core, KeyState::Deleted, None).unwrap();
    assert!(matches!(turn(&mut core, KeyState::Active, None), Err(StorageError::Invalid(_))));
}
