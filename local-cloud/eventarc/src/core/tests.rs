use serde_json::{Value, json};

use super::*;
use crate::json::{Enums, from_value, to_value};
use crate::names::Location;
use longshore_local_kit::rest::Code;

fn name(id: &str) -> TriggerName {
    let location = Location { project: "p".to_owned(), id: "europe-west1".to_owned() };
    location.trigger(id)
}

fn moment(random: u128) -> Moment {
    let seconds = 1_795_824_000 + i64::try_from(random).unwrap();
    Moment { now: Timestamp { seconds, nanos: 0 }, random: random << 64 | random }
}

fn filters(pairs: &[(&str, &str, &str)]) -> Value {
    let filter = |(attribute, value, operator): &(&str, &str, &str)| json!({"attribute": attribute, "value": value, "operator": operator});
    pairs.iter().map(filter).collect()
}

const FINALIZED: (&str, &str, &str) = ("type", "google.cloud.storage.object.v1.finalized", "");
const PUBLISHED: (&str, &str, &str) = ("type", catalogue::MESSAGE_PUBLISHED, "");
const WRITTEN: (&str, &str, &str) = ("type", catalogue::AUDIT_LOG, "");
const BUCKET: (&str, &str, &str) = ("bucket", "b", "");

fn document() -> Value {
    json!({
        "eventFilters": filters(&[FINALIZED, BUCKET]),
        "destination": {"cloudRun": {"service": "s", "region": "europe-west4"}},
        "serviceAccount": "a@p.iam.gserviceaccount.com",
    })
}

fn desired_of(changes: &[(&str, Value)]) -> Result<Desired, Refusal> {
    let mut document = document();
    for (path, value) in changes {
        let (parent, field) = path.rsplit_once('/').unwrap();
        document.pointer_mut(parent).unwrap()[field] = value.clone();
    }
    Desired::new(&name("t"), from_value(document).unwrap())
}

fn apply(core: &mut Triggers, events: Vec<Event>) {
    events.into_iter().for_each(|event| core.apply(event));
}

fn create(core: &mut Triggers, id: &str) -> Result<String, Refusal> {
    let desired = Desired::new(&name(id), from_value(document()).unwrap())?;
    let (operation, events) = core.create(&desired, &moment(1))?;
    apply(core, events);
    Ok(operation.name)
}

fn end(core: &mut Triggers, operation: &str, failure: Option<Failure>) {
    let events = core.ended(operation, failure, &moment(9));
    apply(core, events);
}

fn created() -> Triggers {
    let mut core = Triggers::default();
    let operation = create(&mut core, "t").unwrap();
    end(&mut core, &operation, None);
    core
}

fn shown(core: &Triggers) -> Value {
    to_value(&core.entry(&name("t")).unwrap().trigger.0, Enums::Names).unwrap()
}

fn failure() -> Failure {
    Failure { code: 13, message: "the disk is full".to_owned() }
}

#[test]
fn a_new_trigger_has_a_topic_and_a_subscription_of_its_own() {
    let core = created();
    let shown = shown(&core);
    let transport = &shown["transport"]["pubsub"];
    let begins = |value: &Value, with: &str| value.as_str().unwrap().starts_with(with);
    assert!(begins(&transport["topic"], "projects/p/topics/eventarc-europe-west1-t-"), "{shown}");
    let subscription = "projects/p/subscriptions/eventarc-europe-west1-t-sub-";
    assert!(begins(&transport["subscription"], subscription), "{shown}");
    assert_eq!(shown["eventDataContentType"], "application/json");
    assert_eq!(shown["uid"].as_str().unwrap().len(), 36);
    let entry = core.entry(&name("t")).unwrap();
    assert_eq!(entry.target.service, "projects/p/locations/europe-west4/services/s");
    assert!(entry.owns_topic);
}

#[test]
fn the_callers_topic_is_used_and_kept() {
    let topic = json!({"pubsub": {"topic": "projects/p/topics/mine"}});
    let changes = [("/eventFilters", filters(&[PUBLISHED])), ("/transport", topic.clone())];
    let desired = desired_of(&changes).unwrap();
    let mut core = Triggers::default();
    let (operation, events) = core.create(&desired, &moment(1)).unwrap();
    apply(&mut core, events);
    end(&mut core, &operation.name, None);
    let entry = core.entry(&name("t")).unwrap();
    assert_eq!(entry.transport().topic, "projects/p/topics/mine");
    assert!(!entry.owns_topic);
    let refused = desired_of(&[("/transport", topic)]).unwrap_err();
    assert!(refused.to_string().contains("transport.pubsub.topic"), "{refused}");
}

#[test]
fn bad_triggers_are_refused_with_what_is_wrong() {
    let with = |own: &[(&str, &str, &str)]| ("/eventFilters", filters(own));
    let run = |path: &str| ("/destination/cloudRun/path", json!(path));
    let unknown = ("type", "google.cloud.storage.object.v2.finalized", "");
    let method = ("methodName", "m", "");
    let service = ("serviceName", "s", "");
    let cases: Vec<((&str, Value), &str, &str)> = vec![
        (with(&[]), "INVALID_ARGUMENT", "missing attribute 'type'"),
        (with(&[BUCKET]), "INVALID_ARGUMENT", "missing attribute 'type'"),
        (with(&[unknown]), "INVALID_ARGUMENT", "invalid value for attribute 'type'"),
        (with(&[FINALIZED]), "INVALID_ARGUMENT", "missing attribute 'bucket'"),
        (with(&[FINALIZED, BUCKET, BUCKET]), "INVALID_ARGUMENT", "duplicate attribute"),
        (
            with(&[FINALIZED, BUCKET, ("name", "x", "match-path-pattern")]),
            "INVALID_ARGUMENT",
            "attribute name not found within event type",
        ),
        (
            with(&[FINALIZED, ("bucket", "b*", "match-path-pattern")]),
            "INVALID_ARGUMENT",
            "does not support path patterns",
        ),
        (with(&[FINALIZED, ("bucket", "b", "path_pattern")]), "INVALID_ARGUMENT", "operator"),
        (with(&[FINALIZED, ("bucket", "", "")]), "INVALID_ARGUMENT", "bucket"),
        (with(&[WRITTEN, method]), "INVALID_ARGUMENT", "missing attribute 'serviceName'"),
        (
            with(&[WRITTEN, method, service, ("resourceName", "a/{", "match-path-pattern")]),
            "INVALID_ARGUMENT",
            "unclosed capture group",
        ),
        (("/serviceAccount", json!("")), "INVALID_ARGUMENT", "missing trigger.service_account"),
        (("/serviceAccount", json!("no email")), "INVALID_ARGUMENT", "service_account"),
        (("/destination", json!({})), "INVALID_ARGUMENT", "missing trigger.destination"),
        (("/destination", json!({"workflow": "w"})), "UNIMPLEMENTED", "Workflows"),
        (("/destination", json!({"cloudFunction": "f"})), "INVALID_ARGUMENT", "read-only"),
        (("/destination/cloudRun/region", json!("")), "INVALID_ARGUMENT", "cloud_run.region"),
        (run("/a?b=c"), "INVALID_ARGUMENT", "cloud_run.path"),
        (run("//other.host/"), "INVALID_ARGUMENT", "cloud_run.path"),
        (("/channel", json!("projects/p/locations/l/channels/c")), "UNIMPLEMENTED", "channels"),
        (("/eventDataContentType", json!("application/protobuf")), "INVALID_ARGUMENT", "protobuf"),
        (("/retryPolicy", json!({"maxAttempts": 3})), "INVALID_ARGUMENT", "max_attempts"),
        (("/labels", json!({"A": "b"})), "INVALID_ARGUMENT", "labels"),
    ];
    for ((path, value), code, text) in cases {
        let refused = desired_of(&[(path, value)]).unwrap_err();
        assert_eq!(refused.code().name(), code, "{path}: {refused}");
        assert!(refused.to_string().contains(text), "{path}: {refused}");
    }
    assert_eq!(desired_of(&[run("a/b")]).unwrap().target.path, "/a/b");
    let global = Location { project: "p".to_owned(), id: "global".to_owned() }.trigger("t");
    let refused = Desired::new(&global, from_value(document()).unwrap()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "The request was invalid: invalid value for attribute 'type' in trigger.event_filters: type \
         \"google.cloud.storage.object.v1.finalized\" is not allowed in global location"
    );
}

#[test]
fn a_trigger_is_where_its_bucket_is() {
    assert_eq!(check_bucket(&name("t"), "b", Some("europe-west1")), Ok(()));
    let elsewhere = check_bucket(&name("t"), "b", Some("eu")).unwrap_err();
    assert_eq!(
        elsewhere.to_string(),
        "The request was invalid: Bucket \"b\" location \"eu\" does not match trigger location \
         \"europe-west1\". Try again by creating the trigger in \"eu\"."
    );
    assert!(elsewhere.for_function("T").starts_with(
        "Validation failed for trigger T: Bucket 'b' is in location 'eu', but the trigger location \
         is 'europe-west1'."
    ));
    assert_eq!(check_bucket(&name("t"), "b", None).unwrap_err().code(), Code::PermissionDenied);
}

#[test]
fn a_location_has_at_most_500_triggers() {
    let mut core = Triggers::default();
    for number in 0..TRIGGERS_PER_LOCATION {
        create(&mut core, &format!("t{number}")).unwrap();
    }
    let refused = create(&mut core, "one-more").unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert_eq!(create(&mut core, "t7").unwrap_err().code(), Code::AlreadyExists);
}

#[test]
fn a_patch_changes_what_its_mask_names() {
    let core = created();
    let patch = |patch: Value, mask: &str| {
        let mask: Vec<String> = mask.split(',').map(str::to_owned).collect();
        core.patched(&name("t"), &from_value(patch).unwrap(), &mask)
    };
    let given = json!({
        "destination": {"cloudRun": {"service": "other", "path": "/x"}},
        "labels": {"a": "b"},
    });
    let path = patch(given.clone(), "destination.cloudRun.path").unwrap();
    assert_eq!(path.target.path, "/x");
    assert!(path.target.service.ends_with("/services/s"));
    assert!(path.trigger.labels.is_empty());
    let labels = patch(given, "labels").unwrap();
    assert_eq!((labels.target.path.as_str(), labels.trigger.labels.len()), ("", 1));
    let filtered = json!({"eventFilters": filters(&[FINALIZED, ("bucket", "c", "")])});
    assert_eq!(patch(filtered, "event_filters").unwrap().bucket(), Some("c"));
    let other_type = json!({"eventFilters": filters(&[PUBLISHED])});
    for (given, mask, text) in [
        (other_type, "eventFilters", "event type"),
        (json!({}), "transport", "transport"),
        (json!({}), "matchingCriteria", "matchingCriteria"),
        (json!({}), "serviceAccount", "service_account"),
    ] {
        let refused = patch(given, mask).unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{mask}");
        assert!(refused.to_string().contains(text), "{refused}");
    }
    let stale = patch(json!({"etag": "stale", "labels": {}}), "labels").unwrap_err();
    assert_eq!(stale.code(), Code::Aborted);
}

#[test]
fn a_failed_operation_leaves_the_trigger_as_it_was() {
    let mut core = Triggers::default();
    let operation = create(&mut core, "t").unwrap();
    end(&mut core, &operation, Some(failure()));
    assert!(core.entry(&name("t")).is_err());
    assert!(core.operation(&operation).unwrap().wire().done);

    let mut core = created();
    let before = shown(&core);
    let patch = from_value(json!({"labels": {"a": "b"}})).unwrap();
    let desired = core.patched(&name("t"), &patch, &["labels".to_owned()]).unwrap();
    let seen = core.entry(&name("t")).unwrap().trigger.0.clone();
    let (operation, events) = core.update(&desired, &seen, &moment(2)).unwrap();
    apply(&mut core, events);
    assert_ne!(shown(&core)["etag"], before["etag"]);
    assert_eq!(core.delete(&name("t"), "", &moment(3)).unwrap_err(), Refusal::Busy);
    end(&mut core, &operation.name, Some(failure()));
    assert_eq!(shown(&core), before);

    let (operation, events) = core.delete(&name("t"), "", &moment(4)).unwrap();
    apply(&mut core, events);
    end(&mut core, &operation.name, None);
    assert!(core.entry(&name("t")).is_err());
}

#[test]
fn the_state_survives_a_snapshot() {
    let core = created();
    let mut restored = Triggers::default();
    let written: Vec<String> =
        core.snapshot().iter().map(|event| serde_json::to_string(event).unwrap()).collect();
    for event in written {
        restored.apply(serde_json::from_str(&event).unwrap());
    }
    assert_eq!(shown(&restored), shown(&core));
    assert_eq!(restored.operations_under("p", "-").count(), 1);
    assert_eq!(restored.under("p", "europe-west1").count(), 1);
}

#[test]
fn an_audit_log_reaches_the_triggers_whose_filters_it_passes() {
    let mut core = Triggers::default();
    let pattern = "projects/*/topics/a-*";
    for (id, own) in [
        ("exact", vec![("resourceName", "projects/p/topics/a-1", "")]),
        ("pattern", vec![("resourceName", pattern, "match-path-pattern")]),
        ("literal", vec![("resourceName", pattern, "")]),
        ("all", vec![]),
    ] {
        let of_topics = [
            WRITTEN,
            ("serviceName", "pubsub.googleapis.com", ""),
            ("methodName", "google.pubsub.v1.Publisher.CreateTopic", ""),
        ];
        let mut document = document();
        document["eventFilters"] = filters(&[&of_topics[..], &own].concat());
        let desired = Desired::new(&name(id), from_value(document).unwrap()).unwrap();
        let (_, events) = core.create(&desired, &moment(1)).unwrap();
        apply(&mut core, events);
    }
    let topics = |method: &str, resource: &str| {
        let mut topics = core.audit_topics(|attribute| match attribute {
            "type" => Some(catalogue::AUDIT_LOG.to_owned()),
            "serviceName" => Some("pubsub.googleapis.com".to_owned()),
            "methodName" => Some(method.to_owned()),
            "resourceName" => Some(resource.to_owned()),
            _ => None,
        });
        topics.sort();
        let id = |topic: &String| topic.split('-').nth(3).unwrap_or_default().to_owned();
        topics.iter().map(id).collect::<Vec<_>>()
    };
    let create = "google.pubsub.v1.Publisher.CreateTopic";
    assert_eq!(topics(create, "projects/p/topics/a-1"), ["all", "exact", "pattern"]);
    assert_eq!(topics(create, "projects/p/topics/b"), ["all"]);
    assert!(topics("google.pubsub.v1.Publisher.DeleteTopic", "projects/p/topics/a-1").is_empty());
}
