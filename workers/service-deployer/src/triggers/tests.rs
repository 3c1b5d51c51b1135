mod events;

use std::collections::BTreeMap;
use std::time::Duration;

use longshore_cloud::{CloudError, Kind, PushField, TriggerState};
use longshore_messages::{
    BuildSettings, DeadLetters, FailureClass, Flavour, FunctionRef, Payload, Received,
    ServiceSettings, Signature, Source, StorageObject, TopicTrigger, TriggerOwner,
};

use super::*;
use crate::plan::tests::live;

pub(super) const FLEET: &str = "longshore";
const TOPIC: &str = "projects/p/topics/orders";

fn topic() -> TopicTrigger {
    TopicTrigger {
        topic: TOPIC.to_owned(),
        filter: String::new(),
        ordered: false,
        ack_deadline: None,
        minimum_backoff: None,
        maximum_backoff: None,
        dead_letters: None,
        account: Some("caller@p.iam.gserviceaccount.com".to_owned()),
        payload: Payload::Wrapped,
    }
}

fn function(topics: Vec<TopicTrigger>) -> Function {
    with(topics.into_iter().map(Trigger::Topic).collect())
}

pub(super) fn with(triggers: Vec<Trigger>) -> Function {
    let object = StorageObject { bucket: "b".into(), object: "o".into(), generation: 1 };
    Function {
        at: FunctionRef { project: "p".into(), region: "r".into(), name: "f".into() },
        flavour: Flavour::Run,
        runtime: None,
        entry_point: "f".into(),
        signature: Signature::Http,
        source: Source::Storage(object),
        build: BuildSettings::default(),
        service: ServiceSettings::default(),
        encryption: None,
        triggers,
        callers: BTreeSet::new(),
        rollout: None,
        received: Received::default(),
    }
}

fn pushes(triggers: Vec<TopicTrigger>) -> Vec<TopicPush> {
    wanted(FLEET, &function(triggers), &live("me", 1)).unwrap().topics
}

fn there(pushes: &[TopicPush]) -> Vec<LiveTrigger<TopicPush>> {
    pushes.iter().map(active).collect()
}

pub(super) fn active<S: Clone>(shape: &S) -> LiveTrigger<S> {
    LiveTrigger { shape: shape.clone(), state: TriggerState::Active, last: None }
}

fn plan(wanted: &[TopicPush], live: &[LiveTrigger<TopicPush>]) -> Vec<Change> {
    let wanted = Wanted { topics: wanted.to_vec(), ..Wanted::default() };
    super::plan(&wanted, &Found { topics: live.to_vec(), ..Found::default() })
}

/// The changes, as `CHANGE FILTER FIELDS`.
fn words(changes: &[Change]) -> Vec<String> {
    let fields =
        |fields: &[PushField]| fields.iter().map(|field| format!(" {field:?}")).collect::<String>();
    let word = |change: &Change| match change {
        Change::Topic(Step::Update(push, changed)) => {
            format!("update {}{}", push.filter, fields(changed))
        }
        Change::Topic(step) => format!("{} {}", change.as_str(), step.shape().filter),
        other => panic!("{other:?}"),
    };
    changes.iter().map(word).map(|word| word.trim_end().to_owned()).collect()
}

#[test]
fn each_field_that_changes_is_updated_in_place_or_replaces_the_trigger() {
    let second = |seconds| Some(Duration::from_secs(seconds));
    let dead = |attempts| {
        let topic = "projects/p/topics/dead".to_owned();
        Some(DeadLetters { topic, max_delivery_attempts: attempts })
    };
    type Case = (fn(&mut TopicTrigger), &'static [&'static str]);
    let cases: [Case; 11] = [
        (|_| {}, &[]),
        (|t| t.topic = "projects/p/topics/others".into(), &["create", "delete"]),
        (|t| t.filter = "attributes:a".into(), &["create attributes:a", "delete"]),
        (|t| t.ordered = true, &["create", "delete"]),
        (|t| t.ack_deadline = Some(Duration::from_secs(60)), &["update  AckDeadline"]),
        (|t| t.minimum_backoff = Some(Duration::ZERO), &["update  Backoff"]),
        (|t| t.maximum_backoff = Some(Duration::from_secs(20)), &["update  Backoff"]),
        (
            |t| {
                let topic = "projects/p/topics/dead".into();
                t.dead_letters = Some(DeadLetters { topic, max_delivery_attempts: 5 });
            },
            &["update  DeadLetters"],
        ),
        (|t| t.account = Some("other@p.iam.gserviceaccount.com".into()), &["update  Push"]),
        (|t| t.payload = Payload::Unwrapped, &["update  Push"]),
        (|t| t.payload = Payload::UnwrappedWithMetadata, &["update  Push"]),
    ];
    let before = there(&pushes(vec![topic()]));
    for (index, (change, expected)) in cases.into_iter().enumerate() {
        let mut changed = topic();
        change(&mut changed);
        let after = pushes(vec![changed]);
        assert_eq!(words(&plan(&after, &before)), expected, "case {index}");
        // Twice is once.
        assert_eq!(plan(&after, &there(&after)), [], "case {index}");
        // And back again.
        let back = plan(&pushes(vec![topic()]), &there(&after));
        assert_eq!(back.len(), expected.len(), "case {index}");
    }
    // A field that vanishes has its default again.
    let full = TopicTrigger {
        ack_deadline: second(60),
        minimum_backoff: second(1),
        maximum_backoff: second(2),
        dead_letters: dead(7),
        payload: Payload::Unwrapped,
        ..topic()
    };
    let vanished = plan(&pushes(vec![topic()]), &there(&pushes(vec![full])));
    assert_eq!(words(&vanished), ["update  Push AckDeadline Backoff DeadLetters"]);
}

#[test]
fn triggers_come_and_go_and_nothing_is_deleted_before_its_replacement_exists() {
    let filtered = |filter: &str| TopicTrigger { filter: filter.to_owned(), ..topic() };
    let (a, b, c) = (filtered("a"), filtered("b"), filtered("c"));
    let before = there(&pushes(vec![a.clone(), b.clone()]));
    let longer = TopicTrigger { ack_deadline: Some(Duration::from_secs(60)), ..b.clone() };
    for (after, expected) in [
        (vec![a.clone(), b.clone()], vec![]),
        (vec![b.clone(), a.clone()], vec![]),
        (vec![], vec!["delete a", "delete b"]),
        (vec![b.clone()], vec!["delete a"]),
        (vec![c.clone(), b, a], vec!["create c"]),
        (vec![c, longer], vec!["create c", "update b AckDeadline", "delete a"]),
    ] {
        assert_eq!(words(&plan(&pushes(after), &before)), expected);
    }
}

#[test]
fn a_trigger_that_has_lost_its_topic_is_made_again() {
    let wanted = pushes(vec![topic()]);
    let mut detached = there(&wanted);
    detached[0].state = TriggerState::Detached;
    detached[0].shape.topic = "_deleted-topic_".to_owned();
    assert_eq!(words(&plan(&wanted, &detached)), ["recreate"]);
    let mut replaced = there(&wanted);
    replaced[0].shape.filter = "attributes:other".to_owned();
    assert_eq!(words(&plan(&wanted, &replaced)), ["recreate"]);
}

#[test]
fn the_name_of_a_trigger_depends_on_fleet_function_and_identity_only() {
    let name = |fleet: &str, change: &dyn Fn(&mut Function)| {
        let mut function = function(vec![topic()]);
        change(&mut function);
        wanted(fleet, &function, &live("me", 1)).unwrap().topics.remove(0).name
    };
    fn set(change: impl Fn(&mut TopicTrigger)) -> impl Fn(&mut Function) {
        move |function| {
            let [Trigger::Topic(topic)] = function.triggers.as_mut_slice() else { panic!("one") };
            change(topic);
        }
    }
    let same = name(FLEET, &|_| {});
    assert!(same.starts_with("projects/p/subscriptions/longshore.trigger.r.f."), "{same}");
    assert_eq!(name(FLEET, &set(|topic| topic.account = Some("other@x.com".into()))), same);
    assert_eq!(name(FLEET, &set(|topic| topic.payload = Payload::Unwrapped)), same);
    let others = [
        name("other", &|_| {}),
        name(FLEET, &|function| function.at.name = "g".into()),
        name(FLEET, &|function| function.at.region = "s".into()),
        name(FLEET, &|function| function.at.project = "q".into()),
        name(FLEET, &set(|topic| topic.topic = "projects/p/topics/x".into())),
        name(FLEET, &set(|topic| topic.filter = "attributes:a".into())),
        name(FLEET, &set(|topic| topic.ordered = true)),
        same,
    ];
    let distinct: BTreeSet<&String> = others.iter().collect();
    assert_eq!(distinct.len(), others.len(), "{others:?}");
}

#[test]
fn the_labels_of_a_trigger_name_the_fleet_and_the_function() {
    let push = pushes(vec![topic()]).remove(0);
    let expected =
        [("longshore-fleet", FLEET), ("longshore-function", "f"), ("longshore-region", "r")];
    let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(push.labels, BTreeMap::from(expected));
    let odd = TriggerOwner::function("My.Fleet", &function(Vec::new()).at).labels();
    assert!(odd["longshore-fleet"].chars().all(|c| c.is_ascii_hexdigit()), "{odd:?}");
}

#[test]
fn the_account_is_the_triggers_or_the_functions_and_may_call_the_service() {
    let unnamed = || TopicTrigger { account: None, ..topic() };
    let account = |function: &Function, service: Option<&str>| {
        let mut live = live("me", 1);
        live.shape.settings.service_account = service.map(str::to_owned);
        wanted(FLEET, function, &live).map(|wanted| {
            let account = wanted.topics[0].account.clone();
            assert!(wanted.invokers.contains(&format!("serviceAccount:{account}")), "{wanted:?}");
            account
        })
    };
    let mut function = function(vec![unnamed()]);
    assert_eq!(account(&function, Some("s@x.com")).as_deref(), Ok("s@x.com"));
    let refused = NoAccount { trigger: format!("topic {TOPIC}") };
    assert_eq!(account(&function, None), Err(refused));
    function.service.service_account = Some("f@x.com".into());
    assert_eq!(account(&function, Some("s@x.com")).as_deref(), Ok("f@x.com"));
    function.triggers = vec![Trigger::Topic(topic())];
    assert_eq!(
        account(&function, Some("s@x.com")).as_deref(),
        Ok("caller@p.iam.gserviceaccount.com")
    );
}

#[test]
fn roles_that_others_granted_stay() {
    let set = |members: &[&str]| -> BTreeSet<String> {
        members.iter().map(|member| (*member).to_owned()).collect()
    };
    // Wanted, present, marked; added, removed, forgotten.
    let cases: [[&[&str]; 6]; 7] = [
        [&["a"], &[], &[], &["a"], &[], &[]],
        [&["a"], &["a"], &[], &[], &[], &[]],
        [&["a"], &["a"], &["a"], &[], &[], &[]],
        [&[], &["a"], &["a"], &[], &["a"], &["a"]],
        [&[], &["a"], &[], &[], &[], &[]],
        [&[], &[], &["a"], &[], &[], &["a"]],
        [&["b"], &["a", "x"], &["a"], &["b"], &["a"], &["a"]],
    ];
    for [wanted, present, marked, add, remove, forget] in cases {
        let found = grants(&set(wanted), &set(present), &set(marked));
        let expected = Grants { add: set(add), remove: set(remove), forget: set(forget) };
        assert_eq!(found, expected, "{wanted:?} {present:?} {marked:?}");
    }
}

#[test]
fn every_refusal_ends_in_one_verdict_with_advice() {
    let verdict = |kind, words: &'static str| {
        let error = CloudError::caused("create trigger", "s", kind, words);
        refusal(
            Some(TriggerKind::Topic),
            &format!("topic {TOPIC}"),
            &error,
            &function(vec![topic()]),
        )
    };
    for kind in [Kind::Unavailable, Kind::ResourceExhausted, Kind::Internal] {
        assert_eq!(verdict(kind, ""), Verdict::Retry);
    }
    let Verdict::Refused(FailureClass::User, advice) = verdict(Kind::NotFound, "") else {
        panic!("the requester has to create the topic")
    };
    assert!(advice.contains(&format!("gcloud pubsub topics create {TOPIC}")), "{advice}");
    let Verdict::Propagates(advice) = verdict(Kind::PermissionDenied, "") else {
        panic!("a grant may not be effective yet")
    };
    for role in ["roles/pubsub.editor", "roles/iam.serviceAccountUser", "roles/run.admin"] {
        assert!(advice.contains(role), "{advice}");
    }
    let policy = verdict(Kind::PreconditionFailed, "do not belong to a permitted customer");
    assert!(matches!(policy, Verdict::Refused(FailureClass::System, _)), "{policy:?}");
    assert!(matches!(verdict(Kind::InvalidArgument, ""), Verdict::Refused(FailureClass::User, _)));
}
