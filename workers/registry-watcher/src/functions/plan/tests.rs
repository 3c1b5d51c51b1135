use longshore_cloud::FunctionShape;
use longshore_messages::{
    BuildSettings, ConfigDigest, DEPLOYMENT_LABEL, Deployment, DeploymentId, Flavour, Function,
    FunctionOperation, FunctionRef, GENERATION_LABEL, Received, ServiceSettings, Signature, Source,
    StorageObject, StoredSource,
};

use super::*;

fn id(name: &str) -> DeploymentId {
    DeploymentId::of("test", name)
}

fn started() -> OperationStarted {
    let object = StorageObject { bucket: "b".into(), object: "o".into(), generation: 1 };
    let now = OffsetDateTime::UNIX_EPOCH;
    let deadline_at = now + Duration::from_secs(60);
    OperationStarted {
        deployment: Deployment { id: id("new"), generation: 2, admitted_at: now, deadline_at },
        function: Function {
            at: FunctionRef { project: "p".into(), region: "r".into(), name: "f".into() },
            flavour: Flavour::Functions,
            runtime: Some("python312".into()),
            entry_point: "f".into(),
            signature: Signature::Http,
            source: Source::Storage(object.clone()),
            build: BuildSettings::default(),
            service: ServiceSettings::default(),
            encryption: None,
            triggers: Vec::new(),
            callers: std::collections::BTreeSet::new(),
            rollout: None,
            received: Received::default(),
        },
        source: StoredSource { object, sha256: "ab".repeat(32), size_bytes: 1 },
        operation: FunctionOperation {
            name: None,
            config: ConfigDigest::of(&["new"]),
            unchanged: false,
        },
    }
}

fn live(name: &str, generation: u64, state: FunctionState) -> LiveFunction {
    let labels = [
        (DEPLOYMENT_LABEL, id(name).to_string()),
        (GENERATION_LABEL, generation.to_string()),
        (CONFIG_LABEL, ConfigDigest::of(&[name]).to_string()),
    ];
    let labels = labels.map(|(key, value)| (key.to_owned(), value)).into();
    let shape = FunctionShape { labels, ..FunctionShape::default() };
    LiveFunction { shape, state, ..LiveFunction::default() }
}

fn operation(end: OperationEnd) -> FunctionProgress {
    FunctionProgress {
        name: "o".into(),
        target: "f".into(),
        is_creation: true,
        started_at: None,
        end,
        stages: Vec::new(),
        build: "build".into(),
    }
}

fn seen(live: Option<LiveFunction>, operation: Option<FunctionProgress>) -> Seen {
    Seen { standing: Standing::Current, live, operation, begun: 1 }
}

fn judge(seen: &Seen) -> Verdict {
    verdict(&started(), seen, OffsetDateTime::UNIX_EPOCH)
}

fn code(verdict: &Verdict) -> &str {
    match verdict {
        Verdict::Failed(failure, _) => &failure.code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_operation_decides_before_the_function_does() {
    let own = || Some(live("new", 2, FunctionState::Active));
    let running = seen(own(), Some(operation(OperationEnd::InProgress)));
    assert!(matches!(judge(&running), Verdict::NotYet(_)));
    let ended = seen(own(), Some(operation(OperationEnd::Succeeded)));
    assert!(matches!(judge(&ended), Verdict::Ready(_)));
    let forgotten = seen(own(), None);
    assert!(matches!(judge(&forgotten), Verdict::Ready(_)));
    let late = verdict(&started(), &running, started().deployment.deadline_at);
    assert_eq!(code(&late), "deadline-exceeded");
    let gone = seen(None, Some(operation(OperationEnd::Succeeded)));
    assert_eq!(code(&judge(&gone)), "function-deleted");
}

#[test]
fn an_overwritten_function_is_not_ready_and_a_newer_one_supersedes() {
    let older = seen(Some(live("old", 1, FunctionState::Active)), None);
    assert!(matches!(judge(&older), Verdict::NotYet(_)));
    let newer = seen(Some(live("newer", 3, FunctionState::Active)), None);
    assert_eq!(judge(&newer), Verdict::End(Outcome::Superseded { by: Some(id("newer")) }));
    let by = id("newest");
    let own = Some(live("new", 2, FunctionState::Active));
    let superseded = Seen { standing: Standing::Superseded { by }, ..seen(own, None) };
    assert_eq!(judge(&superseded), Verdict::End(Outcome::Superseded { by: Some(by) }));
}

#[test]
fn a_creation_without_quota_gets_three_operations() {
    let exhausted = || {
        let end = OperationEnd::Failed { kind: Kind::ResourceExhausted, message: "quota".into() };
        operation(end)
    };
    let broken = Some(live("new", 2, FunctionState::Failed));
    let mut tried = seen(broken, Some(exhausted()));
    assert_eq!(judge(&tried), Verdict::TryAgain("quota".into()));
    tried.begun = ATTEMPTS_MAX;
    assert_eq!(code(&judge(&tried)), "function-failed");
    tried.begun = 1;
    tried.operation = Some(FunctionProgress { is_creation: false, ..exhausted() });
    assert_eq!(code(&judge(&tried)), "function-failed");
}

#[test]
fn the_first_stage_with_an_error_is_the_reason_and_not_its_roll_back() {
    let stage = |name, errors: &[&str], is_complete| FunctionStage {
        name,
        is_complete,
        errors: errors.iter().map(|text| (*text).to_owned()).collect(),
    };
    let mut failed = operation(OperationEnd::Failed { kind: Kind::Internal, message: "m".into() });
    failed.stages = vec![
        stage(StageName::ServiceRollback, &["rolled back"], true),
        stage(StageName::ArtifactRegistry, &[], true),
        stage(StageName::Build, &["step 2"], true),
        stage(StageName::Service, &[], false),
    ];
    let live = LiveFunction {
        service: "s".into(),
        revision: "f-1".into(),
        ..live("new", 2, FunctionState::Failed)
    };
    let Verdict::Failed(failure, log) = judge(&seen(Some(live), Some(failed))) else {
        panic!("it failed")
    };
    assert_eq!((failure.code.as_str(), failure.class), ("build-failed", FailureClass::User));
    assert_eq!(failure.reason, "the build failed: step 2; revision f-1 serves as before");
    assert_eq!(log, LogOf::Build("build".into()));
}

#[test]
fn a_key_that_cannot_be_used_is_the_reason_whichever_stage_meets_it() {
    let words = "projects/p/locations/r/keyRings/ring/cryptoKeys/k/cryptoKeyVersions/1 is not \
                 enabled, current state is: DISABLED.";
    for name in [StageName::ArtifactRegistry, StageName::Build, StageName::Service] {
        let error = OperationEnd::Failed { kind: Kind::PreconditionFailed, message: "m".into() };
        let mut failed = operation(error);
        let errors = vec![words.to_owned()];
        failed.stages = vec![FunctionStage { name, is_complete: false, errors }];
        let live = live("new", 2, FunctionState::Failed);
        let Verdict::Failed(failure, _) = judge(&seen(Some(live), Some(failed))) else {
            panic!("it failed")
        };
        assert_eq!((failure.code.as_str(), failure.class), ("key-unusable", FailureClass::System));
        assert!(
            failure.advice.contains("gcloud kms keys versions enable 1 --key k"),
            "{failure:?}"
        );
    }
}

#[test]
fn a_mark_stays_until_the_function_is_what_its_newest_deployment_wants() {
    let now = OffsetDateTime::UNIX_EPOCH + Duration::from_secs(24 * 3_600);
    let function = started().function.at;
    let marked =
        OperatingDeployment { function, id: id("old"), marked_at: OffsetDateTime::UNIX_EPOCH };
    let ended = |newest: Option<Newest>, live: Option<LiveFunction>| Ended {
        has_operation: true,
        is_newest: newest.is_none(),
        newest,
        live,
    };
    let newest = |is_open, is_lost, started| Some(Newest { is_open, is_lost, started });
    let by_old = || Some(live("old", 1, FunctionState::Active));
    let check = |ended: &Ended| mark(&marked, ended, now);
    assert_eq!(check(&ended(None, by_old())), Mark::Remove);
    let begun = || Some(started());
    assert_eq!(check(&ended(newest(false, false, begun()), by_old())), Mark::DeployAgain);
    assert_eq!(check(&ended(newest(true, false, begun()), by_old())), Mark::DeployAgain);
    // It would fail again.
    assert_eq!(check(&ended(newest(false, true, begun()), by_old())), Mark::Remove);
    assert_eq!(check(&ended(newest(true, false, None), by_old())), Mark::Keep);
    assert_eq!(check(&ended(newest(false, true, None), by_old())), Mark::Remove);
    let running = Some(live("old", 1, FunctionState::Deploying));
    assert_eq!(check(&ended(newest(false, false, begun()), running)), Mark::Keep);
    let by_new = Some(live("new", 2, FunctionState::Active));
    assert_eq!(check(&ended(newest(false, false, begun()), by_new)), Mark::Remove);
    // A worker that was stopped before its write may still make it.
    let unwritten = Ended { has_operation: false, ..ended(None, None) };
    assert_eq!(check(&unwritten), Mark::Remove);
    assert_eq!(mark(&marked, &unwritten, OffsetDateTime::UNIX_EPOCH), Mark::Keep);
}
