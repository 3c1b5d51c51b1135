use std::time::Duration;

use longshore_messages::{DEPLOYMENT_LABEL, DeploymentId, GENERATION_LABEL, SOURCE_LABEL};

use super::*;

fn id(name: &str) -> DeploymentId {
    DeploymentId::of("test", name)
}

fn at() -> FunctionRef {
    FunctionRef { project: "p".into(), region: "r".into(), name: "f".into() }
}

fn deployment(name: &str, generation: u64) -> Deployment {
    let now = OffsetDateTime::UNIX_EPOCH;
    let deadline_at = now + Duration::from_secs(60);
    Deployment { id: id(name), generation, admitted_at: now, deadline_at }
}

fn config(source: &str) -> ConfigDigest {
    ConfigDigest::of(&[source])
}

fn shape(of: &Deployment, source: &str) -> FunctionShape {
    let labels = [
        (DEPLOYMENT_LABEL, of.id.to_string()),
        (GENERATION_LABEL, of.generation.to_string()),
        (SOURCE_LABEL, source.to_owned()),
        (CONFIG_LABEL, config(source).to_string()),
    ];
    let labels = labels.map(|(key, value)| (key.to_owned(), value)).into();
    FunctionShape { labels, ..FunctionShape::default() }
}

fn live(of: &Deployment, source: &str, state: FunctionState) -> LiveFunction {
    let service = "projects/p/locations/r/services/f".to_owned();
    LiveFunction { shape: shape(of, source), state, service, ..LiveFunction::default() }
}

fn seen(standing: Standing, live: Option<LiveFunction>) -> Seen {
    Seen { standing, live, service: None }
}

fn planned(live: Option<LiveFunction>) -> Plan {
    let deployment = deployment("new", 2);
    let target = Target {
        deployment: &deployment,
        at: &at(),
        shape: shape(&deployment, "new"),
        may_replace: false,
    };
    plan(&target, &seen(Standing::Current, live), OffsetDateTime::UNIX_EPOCH)
}

#[test]
fn the_state_of_the_function_decides() {
    let old = deployment("old", 1);
    let by_old = |state| Some(live(&old, "old", state));
    assert_eq!(planned(None), Plan::Write(Write::Create));
    let update = Plan::Write(Write::Update(vec![FunctionField::Labels, FunctionField::Source]));
    assert_eq!(planned(by_old(FunctionState::Active)), update);
    assert_eq!(planned(by_old(FunctionState::Failed)), update);
    assert_eq!(planned(by_old(FunctionState::Undefined)), update);
    for state in [FunctionState::Deploying, FunctionState::Deleting, FunctionState::Unknown] {
        assert!(matches!(planned(by_old(state)), Plan::Wait(_)), "{state:?}");
    }
    let same = live(&old, "new", FunctionState::Active);
    assert_eq!(planned(Some(same.clone())), Plan::Unchanged(config("new")));
    let failed = LiveFunction { state: FunctionState::Failed, ..same };
    assert_eq!(planned(Some(failed.clone())), update);
    let never_served = LiveFunction { service: String::new(), ..failed };
    assert_eq!(planned(Some(never_served.clone())), Plan::Write(Write::Delete));
    let foreign = LiveFunction { shape: FunctionShape::default(), ..never_served };
    assert!(matches!(planned(Some(foreign)), Plan::Write(Write::Update(_))));
}

#[test]
fn its_own_write_is_adopted_in_every_state_and_standing() {
    let own = deployment("new", 2);
    let target =
        Target { deployment: &own, at: &at(), shape: shape(&own, "new"), may_replace: false };
    let by = id("newer");
    for state in [FunctionState::Active, FunctionState::Failed, FunctionState::Deploying] {
        for standing in [Standing::Current, Standing::Cancelled, Standing::Superseded { by }] {
            let seen = seen(standing, Some(live(&own, "new", state)));
            assert_eq!(plan(&target, &seen, own.deadline_at), Plan::Adopt);
        }
    }
}

#[test]
fn the_fence_the_request_to_cancel_and_the_deadline_end_it_before_a_write() {
    let own = deployment("new", 2);
    let target =
        Target { deployment: &own, at: &at(), shape: shape(&own, "new"), may_replace: false };
    let by = id("newer");
    let end = |standing, live, now| match plan(&target, &seen(standing, live), now) {
        Plan::End(outcome) => outcome.as_str(),
        other => panic!("{other:?}"),
    };
    let now = OffsetDateTime::UNIX_EPOCH;
    assert_eq!(end(Standing::Superseded { by }, None, now), "superseded");
    assert_eq!(end(Standing::Cancelled, None, now), "cancelled");
    assert_eq!(end(Standing::Current, None, own.deadline_at), "failed");
    let newer = live(&deployment("newer", 3), "newer", FunctionState::Deploying);
    assert_eq!(end(Standing::Current, Some(newer), now), "superseded");
}

#[test]
fn the_newest_deployment_is_deployed_again_unless_the_function_is_what_it_wants() {
    let own = deployment("new", 2);
    let target =
        Target { deployment: &own, at: &at(), shape: shape(&own, "new"), may_replace: false };
    let again = |standing, live| plan_again(&target, &seen(standing, live));
    let old = deployment("old", 1);
    let by_old = Some(live(&old, "old", FunctionState::Active));
    assert!(matches!(again(Standing::Current, by_old.clone()), Some(Plan::Write(_))));
    let running = Some(live(&old, "old", FunctionState::Deploying));
    assert!(matches!(again(Standing::Current, running), Some(Plan::Wait(_))));
    let same = Some(live(&old, "new", FunctionState::Active));
    assert_eq!(again(Standing::Current, same), None);
    assert_eq!(again(Standing::Superseded { by: id("newer") }, by_old), None);
    let broken =
        LiveFunction { service: String::new(), ..live(&own, "new", FunctionState::Failed) };
    assert_eq!(again(Standing::Current, Some(broken)), Some(Plan::Write(Write::Delete)));
    assert_eq!(again(Standing::Current, None), Some(Plan::Write(Write::Create)));
}

#[test]
fn what_would_replace_the_function_is_refused_unless_the_request_allows_it() {
    let event = |region: &str, topic: &str| longshore_cloud::FunctionEvent {
        event_type: "google.cloud.pubsub.topic.v1.messagePublished".into(),
        filters: Vec::new(),
        region: region.into(),
        topic: topic.into(),
        account: String::new(),
        channel: String::new(),
        retries: false,
    };
    let (old, own) = (deployment("old", 1), deployment("new", 2));
    let planned = |have: Option<_>, want: Option<_>, may_replace| {
        let mut live = live(&old, "old", FunctionState::Active);
        live.shape.event = have;
        let shape = FunctionShape { event: want, ..shape(&own, "new") };
        let target = Target { deployment: &own, at: &at(), shape, may_replace };
        plan(&target, &seen(Standing::Current, Some(live)), OffsetDateTime::UNIX_EPOCH)
    };
    let here = || Some(event("r", "projects/p/topics/a"));
    for want in [event("r", "projects/p/topics/b"), event("s", "projects/p/topics/a")] {
        let Plan::End(Outcome::Failed(failure)) = planned(here(), Some(want.clone()), false) else {
            panic!("{want:?}")
        };
        assert_eq!(failure.code, "replacement-required");
        assert!(failure.advice.contains("allowReplacement"), "{}", failure.advice);
        assert_eq!(planned(here(), Some(want), true), Plan::Write(Write::Delete));
    }
    // No update may name a topic.
    assert!(matches!(planned(None, here(), false), Plan::End(_)));
    let updated = |fields: &[FunctionField]| Plan::Write(Write::Update(fields.to_vec()));
    use FunctionField::{EventTrigger, Labels, Source};
    assert_eq!(planned(here(), here(), true), updated(&[Labels, Source]));
    assert_eq!(planned(here(), None, true), updated(&[Labels, Source, EventTrigger]));
    let mut retrying = event("r", "projects/p/topics/a");
    retrying.retries = true;
    assert_eq!(planned(here(), Some(retrying), true), updated(&[Labels, Source, EventTrigger]));
    let mut of_bucket = event("r", "");
    of_bucket.event_type = "google.cloud.storage.object.v1.finalized".into();
    assert_eq!(planned(None, Some(of_bucket), true), updated(&[Labels, Source, EventTrigger]));
}
