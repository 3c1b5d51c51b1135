use std::collections::BTreeMap;
use std::time::Duration;

use longshore_cloud::{Condition, TrafficShare};
use longshore_messages::{
    Access, Builder, ExecutionEnvironment, Ingress, PinnedTraffic, RevisionTraffic, SecretVersion,
    SecretVolume, ServiceSettings, Serving, VpcAccess,
};

use super::*;

pub(crate) fn id(name: &str) -> DeploymentId {
    DeploymentId::of("test", name)
}

fn now() -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::from_secs(1_000_000)
}

pub(crate) fn deployment() -> Deployment {
    let hour = Duration::from_secs(3_600);
    Deployment { id: id("me"), generation: 5, admitted_at: now() - hour, deadline_at: now() + hour }
}

pub(crate) fn wanted() -> ServiceShape {
    let settings = ServiceSettings {
        environment: BTreeMap::from([("A".to_owned(), "1".to_owned())]),
        labels: BTreeMap::from([("team".to_owned(), "a".to_owned())]),
        access: Some(Access::Public),
        secret_environment: BTreeMap::from([("KEY".to_owned(), secret("key"))]),
        secret_volumes: BTreeMap::from([(
            "/keys".to_owned(),
            SecretVolume {
                secret: "pem".into(),
                files: BTreeMap::from([("key.pem".into(), "3".into())]),
            },
        )]),
        ingress: Some(Ingress::Internal),
        execution_environment: Some(ExecutionEnvironment::Gen2),
        cpu_boost: Some(true),
        use_http2: Some(true),
        vpc: Some(VpcAccess::Direct { network: "net".into(), subnetwork: String::new() }),
        ..ServiceSettings::default()
    };
    ServiceShape { settings, image: "image@sha256:1".into(), ..ServiceShape::default() }
}

fn secret(name: &str) -> SecretVersion {
    SecretVersion { secret: name.into(), version: "latest".into() }
}

/// A live service that serves what is wanted, written by another deployment.
pub(crate) fn live(writer: &str, generation: u64) -> LiveService {
    let mut shape = wanted();
    shape.annotations.insert(GENERATION_ANNOTATION.to_owned(), generation.to_string());
    shape.annotations.insert(DEPLOYMENT_ANNOTATION.to_owned(), id(writer).to_string());
    shape.settings.memory = Some("512Mi".into());
    shape.settings.labels.insert("foreign".into(), "label".into());
    LiveService {
        shape,
        etag: "e".into(),
        generation: 7,
        url: "http://u".into(),
        reconciled: true,
        condition: Condition {
            state: ConditionState::Succeeded,
            reason: String::new(),
            message: String::new(),
        },
        latest_created_revision: "f-1".into(),
        latest_ready_revision: "f-1".into(),
        traffic: vec![latest(100)],
    }
}

/// A target that follows the newest ready revision.
fn latest(percent: i32) -> TrafficShare {
    TrafficShare { follows_latest: true, ..fixed("f-1", percent) }
}

pub(crate) fn fixed(revision: &str, percent: i32) -> TrafficShare {
    TrafficShare {
        revision: revision.into(),
        follows_latest: false,
        percent,
        tag: String::new(),
        url: String::new(),
    }
}

pub(crate) fn at() -> FunctionRef {
    FunctionRef { project: "p".into(), region: "r".into(), name: "f".into() }
}

fn planned_at(standing: Standing, live: Option<&LiveService>, now: OffsetDateTime) -> Plan {
    let (deployment, at) = (deployment(), at());
    let moves = Moves::AtOnce;
    let target = Target { deployment: &deployment, at: &at, shape: wanted(), moves };
    plan(&target, standing, live, now, None)
}

fn planned(live: Option<&LiveService>) -> Plan {
    planned_at(Standing::Current, live, now())
}

pub(crate) fn serving() -> Serving {
    let (url, revision, image) = ("http://u".into(), "f-1".into(), "image@sha256:1".into());
    Serving { url, revision, image, builder: Builder::default() }
}

fn unchanged() -> Plan {
    Plan::End(Outcome::Unchanged(serving()))
}

fn write(precondition: Precondition) -> Plan {
    Plan::Write(Box::new(wanted()), precondition)
}

#[test]
fn a_missing_service_is_created() {
    assert_eq!(planned(None), write(Precondition::Absent));
}

#[test]
fn a_service_that_already_serves_the_target_is_unchanged() {
    let live = live("other", 4);
    assert_eq!(planned(Some(&live)), unchanged());
}

#[test]
fn defaults_that_cloud_run_fills_in_are_not_differences() {
    let mut filled = live("other", 4);
    filled.shape.settings.vpc =
        Some(VpcAccess::Direct { network: "net".into(), subnetwork: "sub".into() });
    assert_eq!(planned(Some(&filled)), unchanged());
}

#[test]
fn any_difference_in_a_field_of_the_fleet_is_written() {
    let changes: [fn(&mut LiveService); 14] = [
        |live| live.shape.image = "image@sha256:2".into(),
        |live| live.shape.settings.environment.clear(),
        |live| drop(live.shape.settings.environment.insert("B".into(), "2".into())),
        |live| live.shape.settings.labels.clear(),
        |live| live.shape.settings.access = Some(Access::Authenticated),
        |live| live.shape.settings.secret_environment.clear(),
        |live| drop(live.shape.settings.secret_environment.insert("KEY".into(), secret("other"))),
        |live| {
            drop(live.shape.settings.secret_volumes.insert(
                "/keys".into(),
                SecretVolume { secret: "pem".into(), files: BTreeMap::new() },
            ))
        },
        |live| live.shape.settings.ingress = Some(Ingress::All),
        |live| live.shape.settings.execution_environment = None,
        |live| live.shape.settings.cpu_boost = Some(false),
        |live| live.shape.settings.use_http2 = Some(false),
        |live| live.shape.settings.vpc = None,
        |live| {
            live.shape.settings.vpc =
                Some(VpcAccess::Direct { network: "other".into(), subnetwork: String::new() })
        },
    ];
    for change in changes {
        let mut changed = live("other", 4);
        change(&mut changed);
        assert_eq!(planned(Some(&changed)), write(Precondition::Etag("e".into())), "{changed:?}");
    }
}

#[test]
fn a_service_under_another_key_is_written_and_one_that_names_none_keeps_its_key() {
    let mut protected = live("other", 4);
    protected.shape.encryption_key = Some("key".to_owned());
    assert_eq!(planned(Some(&protected)), unchanged());
    let mut target = wanted();
    for (key, is_same) in [("key", true), ("other", false)] {
        target.encryption_key = Some(key.to_owned());
        assert_eq!(satisfies(&protected.shape, &target), is_same, "{key}");
    }
}

#[test]
fn a_service_that_is_still_reconciling_is_not_unchanged() {
    let mut changing = live("other", 4);
    changing.reconciled = false;
    changing.condition.state = ConditionState::Pending;
    assert_eq!(planned(Some(&changing)), write(Precondition::Etag("e".into())));
}

#[test]
fn a_failed_service_is_retried_with_a_new_revision() {
    let mut failed = live("other", 4);
    failed.condition.state = ConditionState::Failed;
    let Plan::Write(shape, _) = planned(Some(&failed)) else { panic!("not written") };
    assert_eq!(shape.template_annotations[GENERATION_ANNOTATION], "5");
}

#[test]
fn our_own_write_is_followed_even_after_it_is_superseded_or_cancelled() {
    let ours = live("me", 5);
    for standing in
        [Standing::Current, Standing::Cancelled, Standing::Superseded { by: id("newer") }]
    {
        assert_eq!(planned_at(standing, Some(&ours), now()), Plan::Await);
    }
}

#[test]
fn a_service_of_a_later_generation_is_never_written() {
    assert_eq!(
        planned(Some(&live("newer", 6))),
        Plan::End(Outcome::Superseded { by: Some(id("newer")) })
    );
}

#[test]
fn a_superseded_cancelled_or_late_deployment_ends_before_it_writes() {
    let old = live("other", 4);
    let superseded = Standing::Superseded { by: id("newer") };
    assert_eq!(
        planned_at(superseded, Some(&old), now()),
        Plan::End(Outcome::Superseded { by: Some(id("newer")) })
    );
    assert_eq!(planned_at(Standing::Cancelled, Some(&old), now()), Plan::End(Outcome::Cancelled));
    let late = deployment().deadline_at;
    let planned = planned_at(Standing::Current, Some(&old), late);
    let Plan::End(Outcome::Failed(failure)) = planned else { panic!("{planned:?}") };
    assert_eq!(failure.code, "deadline-exceeded");
}

#[test]
fn the_outcome_of_a_late_deployment_names_what_delayed_it() {
    let (deployment, at) = (deployment(), at());
    let moves = Moves::AtOnce;
    let target = Target { deployment: &deployment, at: &at, shape: wanted(), moves };
    let late = deployment.deadline_at;
    let planned = plan(&target, Standing::Current, None, late, Some("an organization policy"));
    let Plan::End(Outcome::Failed(failure)) = planned else { panic!("{planned:?}") };
    assert!(failure.reason.ends_with("the last attempt failed: an organization policy"));
}

#[test]
fn a_service_whose_traffic_is_pinned_is_not_unchanged() {
    for (traffic, percent) in [
        (vec![fixed("f-0", 100)], 0),
        (vec![fixed("f-0", 90), fixed("f-1", 10)], 10),
        (vec![fixed("f-0", 50), latest(50)], 50),
        (vec![fixed("f-0", 100), TrafficShare { tag: "next".into(), ..latest(0) }], 0),
        (vec![], 0),
    ] {
        let mut pinned = live("other", 4);
        pinned.traffic = traffic;
        let planned = planned(Some(&pinned));
        let Plan::End(Outcome::TrafficPinned { ready, traffic }) = &planned else {
            panic!("{planned:?}")
        };
        assert_eq!((ready, traffic.percent), (&serving(), percent));
        assert_eq!(traffic.targets.len(), pinned.traffic.len());
    }
}

#[test]
fn traffic_that_is_pinned_to_the_newest_revision_serves() {
    for traffic in [vec![fixed("f-1", 100)], vec![fixed("f-1", 60), latest(40)]] {
        let mut pinned = live("other", 4);
        pinned.traffic = traffic;
        assert_eq!(planned(Some(&pinned)), unchanged());
    }
}

#[test]
fn pinned_traffic_names_the_revisions_and_the_command_that_moves_it() {
    let mut pinned = live("other", 4);
    pinned.traffic = vec![fixed("f-0", 100)];
    let targets = vec![RevisionTraffic {
        revision: "f-0".into(),
        percent: 100,
        tag: String::new(),
        url: String::new(),
    }];
    let command = "gcloud run services update-traffic f --to-latest --region=r --project=p".into();
    let traffic = PinnedTraffic { percent: 0, targets, command };
    assert_eq!(traffic.distribution(), "100% f-0");
    assert_eq!(
        planned(Some(&pinned)),
        Plan::End(Outcome::TrafficPinned { ready: serving(), traffic })
    );
}

#[test]
fn a_service_whose_newest_revision_was_deleted_gets_a_new_one() {
    let mut without = live("other", 4);
    without.latest_ready_revision = "f-0".into();
    let Plan::Write(shape, _) = planned(Some(&without)) else { panic!("not written") };
    assert_eq!(shape.template_annotations[GENERATION_ANNOTATION], "5");
}

#[test]
fn a_failure_of_the_platform_is_answered_with_another_revision_until_the_deadline() {
    let failed = |reason: &str, attempt: Option<&str>| {
        let mut live = live("me", 5);
        live.condition.state = ConditionState::Failed;
        live.condition.reason = reason.to_owned();
        live.shape
            .template_annotations
            .extend(attempt.map(|attempt| (ATTEMPT_ANNOTATION.to_owned(), attempt.to_owned())));
        live
    };
    let again = |attempt: &str| {
        let mut shape = wanted();
        shape.template_annotations.insert(ATTEMPT_ANNOTATION.to_owned(), attempt.to_owned());
        Plan::Write(Box::new(shape), Precondition::Etag("e".into()))
    };
    let last = format!("5.{REVISIONS_MAX}");
    for (reason, attempt, expected) in [
        ("INTERNAL", None, again("5.2")),
        ("INTERNAL", Some("5.2"), again("5.3")),
        // Of an earlier deployment.
        ("INTERNAL", Some("4.9"), again("5.2")),
        ("INTERNAL", Some(last.as_str()), Plan::Await),
        ("HEALTH_CHECK_CONTAINER_ERROR", None, Plan::Await),
    ] {
        assert_eq!(planned(Some(&failed(reason, attempt))), expected, "{reason} {attempt:?}");
    }
    let internal = failed("INTERNAL", None);
    let late = deployment().deadline_at;
    assert_eq!(planned_at(Standing::Current, Some(&internal), late), Plan::Await);
    let cancelled = planned_at(Standing::Cancelled, Some(&internal), now());
    assert_eq!(cancelled, Plan::End(Outcome::Cancelled));
    let mut overwritten = internal;
    overwritten.shape.image = "other@sha256:1".into();
    assert_eq!(planned(Some(&overwritten)), Plan::Await);
}

#[test]
fn a_rollback_moves_traffic_without_another_revision() {
    let deployment = deployment();
    let at = FunctionRef { project: "p".into(), region: "r".into(), name: "f".into() };
    let mut shape = wanted();
    shape.traffic = Some(longshore_cloud::Traffic::Newest);
    let target = Target { deployment: &deployment, at: &at, shape, moves: Moves::AtOnce };
    let mut live = live("other", 4);
    live.traffic = vec![TrafficShare {
        revision: "f-0".into(),
        follows_latest: false,
        percent: 100,
        tag: String::new(),
        url: String::new(),
    }];
    let Plan::Write(written, _) = plan(&target, Standing::Current, Some(&live), now(), None) else {
        panic!("the traffic is not moved");
    };
    assert_eq!(*written, target.shape);
    live.traffic[0].revision = "f-1".into();
    live.traffic[0].follows_latest = true;
    let same = plan(&target, Standing::Current, Some(&live), now(), None);
    assert!(matches!(same, Plan::End(Outcome::Unchanged(_))), "{same:?}");
}
