use std::time::Duration;

use longshore_cloud::{Condition, FunctionShape, ServiceShape, TrafficShare};
use longshore_messages::{
    BuildSettings, Builder, ConfigDigest, DEPLOYMENT_LABEL, Deployment, DeploymentId, Flavour,
    Function, FunctionImage, FunctionOperation, FunctionRef, GENERATION_LABEL, Received,
    ServiceSettings, Signature, Source, StorageObject, StoredSource,
};

use super::*;

const DIGEST: &str = "sha256:1";

fn published(unchanged: bool, access: Option<Access>) -> FunctionPublished {
    let object = StorageObject { bucket: "b".into(), object: "o".into(), generation: 1 };
    let now = OffsetDateTime::UNIX_EPOCH;
    let deadline_at = now + Duration::from_secs(60);
    let config = ConfigDigest::of(&["new"]);
    FunctionPublished {
        deployment: Deployment {
            id: DeploymentId::of("test", "new"),
            generation: 2,
            admitted_at: now,
            deadline_at,
        },
        function: Function {
            at: FunctionRef { project: "p".into(), region: "r".into(), name: "F_1".into() },
            flavour: Flavour::Functions,
            runtime: Some("python312".into()),
            entry_point: "f".into(),
            signature: Signature::Http,
            source: Source::Storage(object.clone()),
            build: BuildSettings::default(),
            service: ServiceSettings { access, ..ServiceSettings::default() },
            encryption: None,
            triggers: Vec::new(),
            callers: std::collections::BTreeSet::new(),
            rollout: None,
            received: Received::default(),
        },
        source: StoredSource { object, sha256: "ab".repeat(32), size_bytes: 1 },
        image: FunctionImage {
            name: "image".into(),
            digest: DIGEST.into(),
            build_name: "build".into(),
            operation: FunctionOperation { name: None, config, unchanged },
            builder: Builder::default(),
        },
    }
}

fn seen() -> Seen {
    let labels = [
        (DEPLOYMENT_LABEL, DeploymentId::of("test", "new").to_string()),
        (GENERATION_LABEL, "2".to_owned()),
        (CONFIG_LABEL, ConfigDigest::of(&["new"]).to_string()),
    ];
    let labels = labels.map(|(key, value)| (key.to_owned(), value)).into();
    let function = LiveFunction {
        shape: FunctionShape { labels, ..FunctionShape::default() },
        state: FunctionState::Active,
        service: "projects/p/locations/r/services/f-1".into(),
        ..LiveFunction::default()
    };
    let access = Some(Access::Authenticated);
    let service = LiveService {
        shape: ServiceShape {
            settings: ServiceSettings { access, ..ServiceSettings::default() },
            image: "image:version_1".into(),
            ..ServiceShape::default()
        },
        etag: "e".into(),
        generation: 1,
        url: "https://f-1".into(),
        reconciled: true,
        condition: Condition {
            state: ConditionState::Succeeded,
            reason: String::new(),
            message: String::new(),
        },
        latest_created_revision: "f-1-00001".into(),
        latest_ready_revision: "f-1-00001".into(),
        traffic: vec![TrafficShare {
            revision: "f-1-00001".into(),
            follows_latest: true,
            percent: 100,
            tag: String::new(),
            url: String::new(),
        }],
    };
    Seen {
        standing: Standing::Current,
        function: Some(function),
        service: Some(service),
        digest: Some(DIGEST.into()),
    }
}

fn planned(published: &FunctionPublished, seen: &Seen, has_set_access: bool) -> Plan {
    plan(published, seen, has_set_access, OffsetDateTime::UNIX_EPOCH)
}

fn ending(plan: Plan) -> String {
    match plan {
        Plan::End(Outcome::Failed(failure)) => failure.code,
        Plan::End(outcome) => outcome.as_str().to_owned(),
        Plan::Wait(_) => "waits".to_owned(),
        Plan::SetAccess { .. } => "sets access".to_owned(),
    }
}

#[test]
fn the_digest_of_the_build_must_serve() {
    assert_eq!(ending(planned(&published(false, None), &seen(), false)), "deployed");
    let other = Seen { digest: Some("sha256:2".into()), ..seen() };
    assert_eq!(ending(planned(&published(false, None), &other, false)), "service-overwritten");
    let none = Seen { digest: None, ..seen() };
    assert_eq!(ending(planned(&published(false, None), &none, false)), "service-overwritten");
}

#[test]
fn unchanged_means_neither_an_operation_nor_a_change_of_access() {
    let end = |unchanged, access, has_set| {
        ending(planned(&published(unchanged, access), &seen(), has_set))
    };
    let closed = Some(Access::Authenticated);
    assert_eq!(end(true, None, false), "unchanged");
    assert_eq!(end(true, closed, false), "unchanged");
    assert_eq!(end(true, closed, true), "deployed");
    assert_eq!(end(true, Some(Access::Public), false), "sets access");
}

#[test]
fn pinned_traffic_is_reported_with_a_command_for_the_service() {
    let mut seen = seen();
    let service = seen.service.as_mut().unwrap();
    service.traffic[0].revision = "f-1-00000".into();
    let plan = planned(&published(false, None), &seen, false);
    let Plan::End(Outcome::TrafficPinned { traffic, .. }) = plan else { panic!("{plan:?}") };
    assert!(traffic.command.contains("update-traffic f-1 "), "{}", traffic.command);
}

#[test]
fn what_happened_to_the_function_in_the_meantime_decides() {
    let published = published(false, None);
    let with = |change: &dyn Fn(&mut Seen)| {
        let mut seen = seen();
        change(&mut seen);
        ending(planned(&published, &seen, false))
    };
    let label = |key: &'static str, value: &'static str| {
        move |seen: &mut Seen| {
            let function = seen.function.as_mut().unwrap();
            function.shape.labels.insert(key.to_owned(), value.to_owned());
        }
    };
    let state = |state| move |seen: &mut Seen| seen.function.as_mut().unwrap().state = state;
    let by = DeploymentId::of("test", "newer");
    assert_eq!(with(&|seen| seen.standing = Standing::Superseded { by }), "superseded");
    assert_eq!(with(&|seen| seen.function = None), "function-deleted");
    assert_eq!(with(&label(GENERATION_LABEL, "3")), "superseded");
    assert_eq!(with(&label(CONFIG_LABEL, "older")), "waits");
    assert_eq!(with(&state(FunctionState::Failed)), "function-failed");
    assert_eq!(with(&state(FunctionState::Deploying)), "waits");
    assert_eq!(with(&|seen| seen.service = None), "waits");
    assert_eq!(with(&|seen| seen.service.as_mut().unwrap().reconciled = false), "waits");
    let mut overwritten = seen();
    label(CONFIG_LABEL, "older")(&mut overwritten);
    let late = plan(&published, &overwritten, false, published.deployment.deadline_at);
    assert_eq!(ending(late), "deadline-exceeded");
}
