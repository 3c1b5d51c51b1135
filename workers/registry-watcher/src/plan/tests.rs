use longshore_cloud::{BuildFailure, BuiltDigest};
use longshore_messages::{BuildKey, Builder, FunctionRef, WireMessage};

use super::*;

const IMAGE: &str = "r-docker.pkg.dev/p/repo/f";

fn build(status: BuildStatus, failure_kind: &str) -> Build {
    Build {
        name: "projects/p/locations/r/builds/b".into(),
        status,
        tags: Vec::new(),
        builder: Builder::default(),
        images: vec![BuiltDigest { name: format!("{IMAGE}:k-1"), digest: "sha256:1".into() }],
        failure: (!failure_kind.is_empty())
            .then(|| BuildFailure { kind: failure_kind.into(), detail: "why".into() }),
        log_url: "log".into(),
        logs_bucket: String::new(),
        targets: vec![format!("{IMAGE}:k-1")],
        created_at: None,
        started_at: None,
        phases: Vec::new(),
        steps: Vec::new(),
        finished_at: None,
    }
}

fn code(verdict: Verdict) -> String {
    match verdict {
        Verdict::UnderWay => "under way".into(),
        Verdict::Image(digest) => digest.unwrap_or_else(|| "some image".into()),
        Verdict::Failed(failure) => failure.code,
        Verdict::TryAgain(_) => "try again".into(),
    }
}

#[test]
fn status_failure_kind_and_attempts_decide() {
    use BuildStatus::{
        Cancelled, Expired, Failure, InternalError, Queued, Success, Timeout, Unknown, Working,
    };
    for (status, kind, attempts, expected) in [
        (Queued, "", 1, "under way"),
        (Working, "", 1, "under way"),
        (Unknown, "", 1, "under way"),
        (Success, "", 1, "sha256:1"),
        (Failure, "USER_BUILD_STEP", 1, "build-failed"),
        (Failure, "", 1, "build-failed"),
        (Failure, "PUSH_NOT_AUTHORIZED", 1, "build-account-role"),
        (Failure, "LOGGING_FAILURE", 1, "try again"),
        (InternalError, "", 2, "try again"),
        (InternalError, "", 3, "build-lost"),
        (Expired, "", 1, "try again"),
        (Expired, "", 3, "build-lost"),
        (Timeout, "", 1, "build-timeout"),
        (Cancelled, "", 1, "build-cancelled"),
    ] {
        let judged = verdict(&build(status, kind), IMAGE, "", attempts, Vec::new());
        assert_eq!(code(judged), expected, "{status:?} {kind} {attempts}");
    }
}

#[test]
fn the_digest_of_another_image_is_ignored() {
    let found = verdict(
        &build(BuildStatus::Success, ""),
        "r-docker.pkg.dev/p/repo/other",
        "",
        1,
        Vec::new(),
    );
    assert_eq!(found, Verdict::Image(None));
    let prefix =
        verdict(&build(BuildStatus::Success, ""), "r-docker.pkg.dev/p/repo/", "", 1, Vec::new());
    assert_eq!(prefix, Verdict::Image(None));
}

fn now() -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::from_secs(1_000_000)
}

fn noted(name: &str) -> Submission {
    let (build_name, base_image) = (name.to_owned(), String::new());
    Submission { build_name, base_image, submitted_at: now(), claimant_waits: true }
}

fn reference() -> BuildRef {
    BuildRef { key: BuildKey::of(&["k"]), number: 1 }
}

fn id(name: &str) -> DeploymentId {
    DeploymentId::of("test", name)
}

fn pending(age: Duration) -> PendingBuild {
    let claimant = Some(id("claimant"));
    let (project, region) = ("p".to_owned(), "r".to_owned());
    PendingBuild { project, region, build: reference(), claimant, marked_at: now() - age }
}

fn open(names: &[&str]) -> BTreeSet<DeploymentId> {
    names.iter().map(|name| id(name)).collect()
}

#[test]
fn a_sweep_looks_at_builds_that_ended_and_at_those_that_no_one_may_submit() {
    let (young, old) = (Duration::from_secs(60), SUBMISSION_GRACE);
    let (working, success) = (build(BuildStatus::Working, ""), build(BuildStatus::Success, ""));
    for (age, seen, open_deployments, expected) in [
        (young, vec![working.clone()], &["claimant"][..], false),
        (old, vec![working.clone()], &[], false),
        (young, vec![working, success], &["claimant"], true),
        (young, vec![], &["claimant", "other"], false),
        (young, vec![], &["other"], true),
        (old, vec![], &["claimant"], true),
    ] {
        let needs = needs_attention(&pending(age), &seen, &open(open_deployments), now());
        assert_eq!(needs, expected, "{age:?} {} {open_deployments:?}", seen.len());
    }
}

#[test]
fn a_build_is_submitted_for_those_who_wait_once_its_claimant_ended_or_has_had_its_time() {
    let (young, old) = (Duration::from_secs(60), SUBMISSION_GRACE);
    for (age, waiting, open_deployments, expected) in [
        (young, &["waiter"][..], &["claimant", "waiter"][..], Unsubmitted::Wait),
        (young, &["waiter"], &["waiter"], Unsubmitted::Submit),
        // Its message may be parked.
        (old, &[], &["claimant"], Unsubmitted::Submit),
        (old, &["ended"], &["other"], Unsubmitted::Forget),
        (young, &[], &[], Unsubmitted::Forget),
    ] {
        let waiting: Vec<_> = waiting.iter().map(|name| id(name)).collect();
        let open = open(open_deployments);
        let decided = unsubmitted(&pending(age), id("claimant"), &waiting, &open, now());
        assert_eq!(decided, expected, "{age:?} {waiting:?} {open_deployments:?}");
    }
}

#[test]
fn a_build_is_believed_by_its_noted_id_or_while_nothing_is_noted_by_all_that_the_claim_says() {
    let claim = Claim {
        deployment: id("claimant"),
        function: FunctionRef { project: "p".into(), region: "r".into(), name: "f".into() },
        handler: String::new(),
        claimed_at: now(),
        image: IMAGE.to_owned(),
        submitted: WireMessage::default(),
    };
    let image = format!("{IMAGE}:{}", reference());
    let tags = vec!["fleet".to_owned(), reference().tag()];
    let genuine =
        Build { tags: tags.clone(), targets: vec![image], ..build(BuildStatus::Success, "") };
    let elsewhere = |name: &str| Build { name: name.to_owned(), ..genuine.clone() };
    let ours = [noted("projects/p/locations/r/builds/b")];
    let other = [noted("projects/p/locations/r/builds/other")];
    for (seen, attempts, expected) in [
        (genuine.clone(), &[][..], true),
        (genuine.clone(), &ours[..], true),
        (genuine.clone(), &other, false),
        (Build { tags: Vec::new(), targets: Vec::new(), ..genuine.clone() }, &ours, true),
        (Build { tags: tags[..1].to_vec(), ..genuine.clone() }, &[], false),
        (Build { tags: tags[1..].to_vec(), ..genuine.clone() }, &[], false),
        (Build { targets: vec![format!("{IMAGE}:other")], ..genuine.clone() }, &[], false),
        (elsewhere("projects/evil/locations/r/builds/b"), &[], false),
        (elsewhere("projects/p/locations/evil/builds/b"), &[], false),
        (elsewhere("projects/evil/locations/r/builds/b"), &ours, false),
    ] {
        let believed = is_believed(reference(), &claim, attempts, "fleet", &seen);
        assert_eq!(believed, expected, "{seen:?} {attempts:?}");
    }
}

#[test]
fn a_success_decides_and_otherwise_the_latest_attempt() {
    let named = |name: &str, status| Build { name: name.to_owned(), ..build(status, "") };
    let attempts = [noted("builds/1"), noted("builds/2")];
    for (first, second, expected) in [
        (BuildStatus::InternalError, BuildStatus::Working, None),
        (BuildStatus::InternalError, BuildStatus::Failure, Some("builds/2")),
        (BuildStatus::Success, BuildStatus::Working, Some("builds/1")),
        (BuildStatus::Success, BuildStatus::Failure, Some("builds/1")),
    ] {
        let (first, second) = (named("builds/1", first), named("builds/2", second));
        let decided = deciding(&attempts, &[&first, &second]);
        assert_eq!(decided.map(|build| build.name.as_str()), expected);
    }
}

#[test]
fn an_image_may_appear_until_five_minutes_after_the_end_of_its_build() {
    for (seconds, expected) in [(0, true), (299, true), (300, false)] {
        let finished_at = Some(now() - Duration::from_secs(seconds));
        let seen = Build { finished_at, ..build(BuildStatus::Success, "") };
        assert_eq!(may_appear(&seen, now()), expected, "{seconds}");
    }
    assert!(!may_appear(&build(BuildStatus::Success, ""), now()), "it does not say when it ended");
}

#[test]
fn a_build_that_cannot_use_a_key_is_not_tried_again() {
    let key = "projects/p/locations/r/keyRings/ring/cryptoKeys/k";
    let words = "Cloud KMS key is disabled, destroyed, or scheduled to be destroyed.";
    let mut lost = build(BuildStatus::Failure, FETCH_SOURCE_FAILED);
    lost.failure.as_mut().unwrap().detail = words.to_owned();
    let Verdict::Failed(failure) = verdict(&lost, IMAGE, key, 1, Vec::new()) else {
        panic!("it failed")
    };
    assert_eq!((failure.code.as_str(), failure.class), ("key-unusable", FailureClass::System));
    assert!(failure.advice.contains(key), "{failure:?}");
}
