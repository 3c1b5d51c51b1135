use longshore_messages::{Builder, Failure, FailureClass, FunctionRef, WireMessage};

use super::*;

const HOUR: Duration = Duration::from_secs(3_600);

fn id(name: &str) -> DeploymentId {
    DeploymentId::of("test", name)
}

fn now() -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + HOUR * 1_000
}

fn deployment(name: &str) -> Deployment {
    Deployment {
        id: id(name),
        generation: 2,
        admitted_at: now() - HOUR / 60,
        deadline_at: now() + HOUR,
    }
}

fn known(claimant: &str, result: Option<Concluded>, age: Duration) -> Known {
    let at = FunctionRef { project: "p".into(), region: "r".into(), name: "f".into() };
    let claim = Claim {
        deployment: id(claimant),
        function: at,
        handler: "h".into(),
        claimed_at: now() - age,
        image: "i".into(),
        submitted: WireMessage::default(),
    };
    let result = result.map(|concluded| BuildResult {
        build_name: "b".into(),
        concluded,
        builder: Builder::default(),
        concluded_at: now() - age,
    });
    let build = BuildRef { key: key(), number: 3 };
    Known { build, claim, result, abandoned: false, image_is_gone: false }
}

fn key() -> BuildKey {
    BuildKey::of(&["k"])
}

fn image() -> Option<Concluded> {
    Some(Concluded::Image { digest: "sha256:0".into() })
}

fn failed() -> Option<Concluded> {
    let failure = Failure::new("registry-watcher", FailureClass::User, "build-failed", "", "");
    Some(Concluded::Failed(Box::new(failure)))
}

fn shared() -> SharedBuild {
    SharedBuild { build: number(3), image: "i".into() }
}

fn join() -> Plan {
    Plan::Join { build: shared(), has_ended: false }
}

fn reuse() -> Plan {
    Plan::Join { build: shared(), has_ended: true }
}

/// The plan for a claim that is an hour old.
fn complete() -> Plan {
    Plan::Complete { build: shared(), claimed_at: now() - HOUR }
}

fn number(number: u32) -> BuildRef {
    BuildRef { key: key(), number }
}

#[test]
fn the_newest_build_of_the_key_decides_for_a_current_deployment() {
    for (known, expected) in [
        (None, Plan::Claim(number(1))),
        (Some(known("other", None, HOUR)), join()),
        (Some(known("me", None, HOUR)), complete()),
        (Some(known("other", image(), HOUR)), reuse()),
        (Some(known("me", image(), HOUR)), reuse()),
        (Some(known("other", image(), HOUR * 25)), Plan::Claim(number(4))),
        (Some(known("other", failed(), HOUR)), Plan::Claim(number(4))),
        (Some(known("me", failed(), HOUR)), reuse()),
    ] {
        let planned =
            plan(&deployment("me"), key(), Standing::Current, known.clone(), HOUR * 24, now());
        assert_eq!(planned, expected, "{known:?}");
    }
}

#[test]
fn no_deployment_waits_for_an_abandoned_build() {
    let abandoned = Known { abandoned: true, ..known("other", None, HOUR) };
    let planned = plan(&deployment("me"), key(), Standing::Current, Some(abandoned), HOUR, now());
    assert_eq!(planned, Plan::Claim(number(4)));
}

#[test]
fn no_deployment_gets_an_image_that_was_deleted() {
    let gone = Known { image_is_gone: true, ..known("other", image(), HOUR) };
    let planned = plan(&deployment("me"), key(), Standing::Current, Some(gone), HOUR * 24, now());
    assert_eq!(planned, Plan::Claim(number(4)));
}

#[test]
fn a_claimant_completes_its_build_even_after_it_is_superseded_or_cancelled() {
    let mine = known("me", None, HOUR);
    for standing in
        [Standing::Superseded { by: id("newer") }, Standing::Cancelled, Standing::Current]
    {
        let planned = plan(&deployment("me"), key(), standing, Some(mine.clone()), HOUR, now());
        assert_eq!(planned, complete());
    }
}

#[test]
fn a_superseded_cancelled_or_late_deployment_without_a_claim_ends() {
    let theirs = known("other", None, HOUR);
    let superseded = Standing::Superseded { by: id("newer") };
    assert_eq!(
        plan(&deployment("me"), key(), superseded, Some(theirs.clone()), HOUR, now()),
        Plan::End(Outcome::Superseded { by: Some(id("newer")) })
    );
    assert_eq!(
        plan(&deployment("me"), key(), Standing::Cancelled, Some(theirs.clone()), HOUR, now()),
        Plan::End(Outcome::Cancelled)
    );
    let late = now() + HOUR * 2;
    let planned = plan(&deployment("me"), key(), Standing::Current, Some(theirs), HOUR, late);
    let Plan::End(Outcome::Failed(failure)) = planned else { panic!("{planned:?}") };
    assert_eq!(failure.code, "deadline-exceeded");
}
