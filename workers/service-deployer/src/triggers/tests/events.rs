use longshore_cloud::EventField;
use longshore_messages::{EventEncoding, EventFilter, EventTrigger};

use super::*;

fn bucket(name: &str) -> EventFilter {
    EventFilter { attribute: "bucket".into(), value: name.into(), is_pattern: false }
}

fn event() -> EventTrigger {
    EventTrigger {
        event_type: "google.cloud.storage.object.v1.finalized".into(),
        filters: vec![bucket("pictures")],
        region: "r".into(),
        account: Some("caller@p.iam.gserviceaccount.com".into()),
        channel: None,
        retries: false,
        path: None,
        topic: None,
        encoding: EventEncoding::Json,
        allows_replacement: false,
    }
}

fn routes(events: Vec<EventTrigger>) -> Vec<EventRoute> {
    let function = with(events.into_iter().map(Trigger::Event).collect());
    wanted(FLEET, &function, &live("me", 1)).unwrap().events
}

fn there(routes: &[EventRoute]) -> Vec<LiveTrigger<EventRoute>> {
    let active = |shape: &EventRoute| LiveTrigger {
        shape: shape.clone(),
        state: TriggerState::Active,
        last: None,
    };
    routes.iter().map(active).collect()
}

fn plan(wanted: &[EventRoute], live: &[LiveTrigger<EventRoute>]) -> Vec<Change> {
    let wanted = Wanted { events: wanted.to_vec(), ..Wanted::default() };
    super::super::plan(&wanted, &Found { events: live.to_vec(), ..Found::default() })
}

/// The changes, as `CHANGE FIELDS`.
fn words(changes: &[Change]) -> Vec<String> {
    let word = |change: &Change| match change {
        Change::Event(Step::Update(_, fields)) => format!("update {fields:?}"),
        Change::Event(_) | Change::Topic(_) | Change::Schedule(_) | Change::Queue(_) => {
            change.as_str().to_owned()
        }
    };
    changes.iter().map(word).collect()
}

#[test]
fn each_field_of_an_event_that_changes_is_updated_in_place_or_replaces_the_trigger() {
    type Case = (fn(&mut EventTrigger), &'static [&'static str]);
    let cases: [Case; 10] = [
        (|_| {}, &[]),
        (|e| e.event_type = "google.cloud.storage.object.v1.deleted".into(), &["create", "delete"]),
        (|e| e.filters = vec![bucket("others")], &["create", "delete"]),
        (|e| e.region = "s".into(), &["create", "delete"]),
        (|e| e.channel = Some("c".into()), &["create", "delete"]),
        (|e| e.topic = Some(TOPIC.into()), &["create", "delete"]),
        (|e| e.account = Some("other@p.iam.gserviceaccount.com".into()), &["update [Account]"]),
        (|e| e.path = Some("/in".into()), &["update [Destination]"]),
        (|e| e.retries = true, &["update [Retries]"]),
        (|e| e.encoding = EventEncoding::Protobuf, &["update [Encoding]"]),
    ];
    let before = there(&routes(vec![event()]));
    for (index, (change, expected)) in cases.into_iter().enumerate() {
        let mut changed = event();
        change(&mut changed);
        let after = routes(vec![changed]);
        assert_eq!(words(&plan(&after, &before)), expected, "case {index}");
        // Twice is once.
        assert_eq!(plan(&after, &there(&after)), [], "case {index}");
        // And back again.
        let back = plan(&routes(vec![event()]), &there(&after));
        assert_eq!(back.len(), expected.len(), "case {index}");
    }
    // Fields that vanish have their defaults again.
    let full = EventTrigger {
        account: Some("other@p.iam.gserviceaccount.com".into()),
        path: Some("/in".into()),
        retries: true,
        encoding: EventEncoding::Protobuf,
        ..event()
    };
    let vanished = plan(&routes(vec![event()]), &there(&routes(vec![full])));
    assert_eq!(words(&vanished), ["update [Account, Destination, Retries, Encoding]"]);
    // The trigger vanishes.
    assert_eq!(words(&plan(&[], &before)), ["delete"]);
    assert_eq!(words(&plan(&routes(vec![event()]), &[])), ["create"]);
}

#[test]
fn a_trigger_of_the_same_name_that_another_tool_changed_is_repaired() {
    let wanted = routes(vec![event()]);
    let changed = |change: fn(&mut EventRoute)| {
        let mut live = there(&wanted);
        change(&mut live[0].shape);
        words(&plan(&wanted, &live))
    };
    assert_eq!(changed(|live| live.filters = vec![bucket("others")]), ["update [Filters]"]);
    assert_eq!(changed(|live| live.channel = Some("c".into())), ["recreate"]);
    assert_eq!(changed(|live| live.event_type = "x".into()), ["recreate"]);
    assert_eq!(changed(|live| drop(live.labels.insert("team".into(), "a".into()))), [""; 0]);
    let labelled = changed(|live| drop(live.labels.insert("longshore-region".into(), "s".into())));
    assert_eq!(labelled, [format!("update [{:?}]", EventField::Labels)]);
    // Eventarc's own topic.
    assert_eq!(changed(|live| live.topic = Some("projects/p/topics/eventarc-x".into())), [""; 0]);
}

#[test]
fn a_trigger_is_deleted_after_one_of_another_kind_replaces_it() {
    let messages = EventTrigger {
        event_type: "google.cloud.pubsub.topic.v1.messagePublished".into(),
        filters: Vec::new(),
        topic: Some(TOPIC.into()),
        ..event()
    };
    let (topics, events) = (pushes(vec![topic()]), routes(vec![messages]));
    let of_topics = Wanted { topics: topics.clone(), ..Wanted::default() };
    let of_events = Wanted { events: events.clone(), ..Wanted::default() };
    let topics = Found { topics: super::there(&topics), ..Found::default() };
    let events = Found { events: there(&events), ..Found::default() };
    for (wanted, found, kinds) in [
        (of_events, topics, [TriggerKind::Event, TriggerKind::Topic]),
        (of_topics, events, [TriggerKind::Topic, TriggerKind::Event]),
    ] {
        let changes = super::super::plan(&wanted, &found);
        assert_eq!(words(&changes), ["create", "delete"]);
        let found: Vec<TriggerKind> = changes.iter().map(Change::kind).collect();
        assert_eq!(found, kinds);
    }
}

#[test]
fn the_name_of_an_event_trigger_fits_its_limit_and_depends_on_its_identity() {
    let name = |fleet: &str, change: fn(&mut Function)| {
        let mut function = with(vec![Trigger::Event(event())]);
        function.at.name = "a".repeat(63);
        change(&mut function);
        wanted(fleet, &function, &live("me", 1)).unwrap().events.remove(0).name
    };
    let same = name(FLEET, |_| {});
    let id = same.strip_prefix("projects/p/locations/r/triggers/").unwrap();
    assert_eq!(id.len(), 63, "{same}");
    assert!(id.starts_with("aaa"), "{same}");
    let others = [
        name("other", |_| {}),
        name(FLEET, |function| function.at.name = "g".into()),
        name(FLEET, |function| function.at.region = "s".into()),
        name(FLEET, |function| function.at.project = "q".into()),
        same,
    ];
    let distinct: BTreeSet<&String> = others.iter().collect();
    assert_eq!(distinct.len(), others.len(), "{others:?}");
}

#[test]
fn every_refusal_of_eventarc_ends_in_one_verdict_with_advice() {
    let verdict = |kind, words: &'static str| {
        let error = CloudError::caused("create trigger", "t", kind, words);
        let function = with(vec![Trigger::Event(event())]);
        refusal(Some(TriggerKind::Event), "event x", &error, &function)
    };
    let agent = "Invalid resource state for \"\": Permission denied while using the Eventarc Service \
                 Agent. If you recently started to use Eventarc, it may take a few minutes";
    assert!(matches!(verdict(Kind::PreconditionFailed, agent), Verdict::Agent(_)));
    let propagates = |kind, words, role: &str| {
        let Verdict::Propagates(advice) = verdict(kind, words) else {
            panic!("a grant may not be effective yet: {words}")
        };
        assert!(advice.contains(role), "{advice}");
    };
    let storage = "The Cloud Storage service account for your bucket is unable to publish to Cloud \
                   Pub/Sub topics in the specified project";
    propagates(Kind::PreconditionFailed, storage, "roles/pubsub.publisher");
    let receiver = "Permission \"eventarc.events.receiveEvent\" denied";
    propagates(Kind::PermissionDenied, receiver, "roles/eventarc.eventReceiver");
    propagates(Kind::PermissionDenied, "eventarc.triggers.create", "roles/eventarc.developer");
    let quota = "Quota exceeded: project p has 500 triggers in location r, the maximum";
    let Verdict::Refused(FailureClass::System, advice) = verdict(Kind::ResourceExhausted, quota)
    else {
        panic!("more triggers need fewer triggers")
    };
    assert!(advice.contains("500 triggers") && advice.contains("`topic` trigger"), "{advice}");
    let rate = "Quota exceeded for quota metric 'Write requests' and limit 'per minute'";
    assert_eq!(verdict(Kind::ResourceExhausted, rate), Verdict::Retry);
    assert_eq!(verdict(Kind::Unavailable, "unable to queue the operation"), Verdict::Retry);
    for kind in [Kind::InvalidArgument, Kind::NotFound] {
        assert!(matches!(verdict(kind, ""), Verdict::Refused(FailureClass::User, _)), "{kind:?}");
    }
}
