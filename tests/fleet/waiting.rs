//! Why a deployment waits: each wait is staged in a ledger, mostly by the stages themselves, and read
//! as the sentence that `longshore status` shows.

use std::time::Duration;

use longshore_cloud::BuildStatus;
use longshore_ledger::{
    AcceptedBatch, BatchControl, BatchProgress, BuildResult, Cancel, Cause, Claim, Concluded,
    Ledger, MemberState, NotedWait, Parked, Request, Submission, WaitCause,
};
use longshore_messages::{
    BatchGate, BatchId, BatchOrder, BatchSettings, BuildKey, BuildRef, BuildSubmitted, Builder,
    ConfigDigest, DEFAULT_REQUESTER, DeploymentId, Flavour, FunctionOperation, FunctionRef,
    OperationStarted, SharedBuild, SourceUploaded, WireMessage, proto,
};
use time::OffsetDateTime;

use crate::support::stages::{PROJECT, REGION, Stages, function, id};

/// The sentence, without times and without the key of a build.
async fn sentence(ledger: &Ledger, id: DeploymentId) -> String {
    let Some((waiting, now)) = ledger.why_waiting(id).await.unwrap() else {
        return "not waiting".to_owned();
    };
    let words = waiting.sentence(now);
    let masked = words.split(' ').filter_map(|word| {
        let bare = word.trim_end_matches([',', ';']);
        let stop = &word[bare.len()..];
        let is_date = bare.len() == 10 && bare.matches('-').count() == 2;
        let is_time = bare.contains(':') && bare.bytes().all(|b| b == b':' || b.is_ascii_digit());
        let is_key = bare.len() == 34 && bare.ends_with("-1");
        match bare {
            _ if is_date => None,
            _ if is_time => Some(format!("TIME{stop}")),
            _ if is_key => Some(format!("KEY-1{stop}")),
            _ => Some(word.to_owned()),
        }
    });
    Vec::from_iter(masked).join(" ").replace("TIME UTC", "TIME")
}

/// Notes a wait of a stage that began a moment ago.
async fn note(bench: &Stages, name: &str, stage: &str, cause: WaitCause, seconds: Option<u64>) {
    let since = OffsetDateTime::now_utc();
    let until = seconds.map(|seconds| since + Duration::from_secs(seconds));
    let wait = NotedWait { cause, since, until };
    bench.ledger.note_wait(id(name), stage, &wait).await.unwrap();
}

fn other(awaited: &str) -> WaitCause {
    WaitCause::Other { awaited: awaited.to_owned() }
}

#[tokio::test]
async fn each_wait_before_the_build_has_its_sentence() {
    let bench = Stages::start();
    let ledger = &bench.ledger;
    let now = OffsetDateTime::now_utc();
    let why = async |name: &str| sentence(ledger, id(name)).await;

    assert_eq!(why("unknown").await, "not waiting");

    let request = Request {
        message: WireMessage::default(),
        requester: DEFAULT_REQUESTER.to_owned(),
        published_at: now,
    };
    ledger.write_request(id("fetching"), &request).await.unwrap();
    bench.open("fetching", REGION, now + Duration::from_secs(3_600)).await;
    assert_eq!(
        why("fetching").await,
        "uploader has been fetching and storing its source since TIME"
    );

    note(&bench, "fetching", "uploader", other("room for its source on this worker"), None).await;
    assert_eq!(
        why("fetching").await,
        "uploader has waited for room for its source on this worker since TIME"
    );

    bench.admit("queued", REGION, 1).await;
    assert_eq!(
        why("queued").await,
        "waiting for build-submitter, which was sent its message at TIME"
    );

    let quota = WaitCause::Quota {
        quota: "quota of build submissions".to_owned(),
        project: PROJECT.to_owned(),
        region: String::new(),
        position: 3,
    };
    bench.admit("quota", REGION, 2).await;
    note(&bench, "quota", "build-submitter", quota, Some(600)).await;
    assert_eq!(
        why("quota").await,
        "third in line for the quota of build submissions of project demo-project, until about TIME"
    );

    let error = "cannot submit the build: HTTP 503".to_owned();
    let backoff = WaitCause::Backoff { error, attempt: Some(7) };
    bench.admit("backoff", REGION, 3).await;
    note(&bench, "backoff", "build-submitter", backoff, Some(64)).await;
    assert_eq!(
        why("backoff").await,
        "backing off after cannot submit the build: HTTP 503, until about TIME (delivery 7)"
    );

    bench.admit("grant", REGION, 4).await;
    ledger.refused_for(id("grant"), "build-submitter").await.unwrap();
    assert_eq!(
        why("grant").await,
        "waiting for a grant to become effective: build-submitter has lacked a role since TIME and \
         tries until TIME"
    );
    bench.age_refusal("grant", "build-submitter").await;
    assert_eq!(
        why("grant").await,
        "waiting for build-submitter, which was sent its message at TIME"
    );

    bench.admit("cancelled", REGION, 5).await;
    ledger.cancel(id("cancelled"), &Cancel { asked_at: now }).await.unwrap();
    assert_eq!(why("cancelled").await, "cancelled; it ends when build-submitter next checks it");

    bench.admit_named("old", "twice", REGION, 6, |_| {}).await;
    bench.admit_named("new", "twice", REGION, 7, |_| {}).await;
    let newest = id("new");
    assert_eq!(
        why("old").await,
        format!("superseded by deployment {newest}; it ends when build-submitter next checks it")
    );

    bench.open("late", REGION, now - Duration::from_secs(1)).await;
    assert_eq!(why("late").await, "past its deadline of TIME; it ends as failed at the next sweep");

    ledger.reserve_ending(id("late"), "service-deployer", now).await.unwrap();
    assert_eq!(
        why("late").await,
        "past its deadline of TIME, but service-deployer has begun to write the service, and ends it \
         as soon as it knows the result"
    );

    let uploaded = bench.admit("ended", REGION, 8).await;
    bench.cancel(&uploaded).await;
    assert_eq!(why("ended").await, "not waiting");
}

#[tokio::test]
async fn a_parked_message_is_named_with_the_command_that_replays_it() {
    let bench = Stages::start();
    let ledger = &bench.ledger;
    bench.admit("parked", REGION, 1).await;
    let parked = Parked {
        stage: "build-submitter".to_owned(),
        subscription: String::new(),
        message: WireMessage::default(),
        reason: "broken".to_owned(),
    };
    let now = OffsetDateTime::now_utc();
    ledger.park(now, "1", Cause::Failed, &parked).await.unwrap();
    let kept = ledger.list_parked().await.unwrap().remove(0).name;
    let mark = ledger.mark_parked(id("parked"), "build-submitter", "1", Some(&kept)).await;
    mark.unwrap();
    let message = kept.strip_prefix("parked/").unwrap();
    assert_eq!(
        sentence(ledger, id("parked")).await,
        format!(
            "parked: build-submitter cannot handle its message; `longshore parked replay {message}` \
             continues it once the cause is fixed"
        )
    );
    ledger.unpark(&kept).await.unwrap();
    assert_eq!(
        sentence(ledger, id("parked")).await,
        "waiting for build-submitter, which was sent its message at TIME"
    );
    ledger.mark_parked(id("parked"), "build-submitter", "2", None).await.unwrap();
    assert_eq!(
        sentence(ledger, id("parked")).await,
        "parked: build-submitter cannot handle its message, and too many messages are parked to keep \
         it; deploy again once the cause is fixed"
    );
}

#[tokio::test]
async fn each_wait_for_a_build_and_after_it_has_its_sentence() {
    let bench = Stages::start();
    let ledger = &bench.ledger;
    let why = async |name: &str| sentence(ledger, id(name)).await;

    let claimant = bench.admit("claimant", REGION, 1).await;
    let build = bench.wait_for_build(&claimant).await;
    assert_eq!(why("claimant").await, "waiting for its build KEY-1, submitted at TIME");
    for name in ["second", "third"] {
        let joining = bench.admit(name, REGION, 1).await;
        assert_eq!(bench.wait_for_build(&joining).await, build);
    }
    assert_eq!(
        why("second").await,
        "behind build KEY-1 of function demo-project/europe-west1/claimant, submitted at TIME, with \
         1 other deployment"
    );

    let again = Submission {
        build_name: "projects/p/locations/r/builds/b".to_owned(),
        base_image: String::new(),
        submitted_at: OffsetDateTime::now_utc(),
        claimant_waits: false,
    };
    ledger.write_submission(build, 2, &again).await.unwrap();
    assert_eq!(
        why("claimant").await,
        "waiting for its build KEY-1, submitted at TIME as attempt 2, with 2 other deployments"
    );

    let failed = Concluded::Image { digest: format!("sha256:{}", "0".repeat(64)) };
    let result = BuildResult {
        build_name: again.build_name,
        concluded: failed,
        builder: Builder::default(),
        concluded_at: OffsetDateTime::now_utc(),
    };
    ledger.write_result(build, &result).await.unwrap();
    assert_eq!(why("third").await, "build KEY-1 has ended, and wakes the deployment in a moment");

    let unsubmitted = bench.admit("unsubmitted", REGION, 2).await;
    let build = submitted(&bench, &unsubmitted).await;
    assert_eq!(why("unsubmitted").await, "behind build KEY-1, which no deployment has claimed");
    let claim = Claim {
        deployment: id("elsewhere"),
        function: function("elsewhere", REGION),
        handler: "h".to_owned(),
        claimed_at: OffsetDateTime::now_utc(),
        image: "image".to_owned(),
        submitted: WireMessage::default(),
    };
    ledger.claim(build, &claim).await.unwrap();
    assert_eq!(
        why("unsubmitted").await,
        "behind build KEY-1 of function demo-project/europe-west1/elsewhere, which is not submitted \
         yet"
    );

    let built = bench.admit("built", REGION, 3).await;
    bench.wait_for_build(&built).await;
    let running = bench.builds.latest();
    bench.builds.end(&running.name, BuildStatus::Success);
    bench.announce(&running).await;
    assert_eq!(
        why("built").await,
        "waiting for service-deployer, which was sent its message at TIME"
    );
    let now = OffsetDateTime::now_utc();
    ledger.reserve_ending(id("built"), "service-deployer", now).await.unwrap();
    assert_eq!(
        why("built").await,
        "service-deployer has been writing the service, and waiting for its revision, since TIME"
    );
    let writers = other("other writers of the service");
    note(&bench, "built", "service-deployer", writers, None).await;
    assert_eq!(
        why("built").await,
        "service-deployer has waited for other writers of the service since TIME"
    );
}

/// Records that build-submitter handed off a build that it has not claimed.
async fn submitted(bench: &Stages, uploaded: &SourceUploaded) -> BuildRef {
    let build = BuildRef { key: BuildKey::of(&["unsubmitted"]), number: 1 };
    let SourceUploaded { deployment, function, source } = uploaded.clone();
    let image = format!("europe-west1-docker.pkg.dev/{PROJECT}/repository/image");
    let build_of = SharedBuild { build, image };
    let submitted = BuildSubmitted { deployment, function, source, build: build_of };
    bench.record("build-submitter", &submitted).await;
    build
}

#[tokio::test]
async fn each_wait_for_an_operation_of_a_function_has_its_sentence() {
    let bench = Stages::start();
    let ledger = &bench.ledger;
    let in_flavour = async |name: &str, source| {
        let change = |function: &mut longshore_messages::Function| {
            function.flavour = Flavour::Functions;
        };
        bench.admit_with(name, REGION, source, change).await
    };
    let uploaded = in_flavour("operation", 1).await;
    let by = id("before");
    ledger.mark_operating(&uploaded.function.at, by).await.unwrap();
    let busy = other("another operation");
    note(&bench, "operation", "build-submitter", busy, None).await;
    assert_eq!(
        sentence(ledger, id("operation")).await,
        format!("waiting for another operation of the function, of deployment {by}")
    );
    let SourceUploaded { deployment, function, source } = uploaded;
    let name = Some("projects/demo-project/locations/europe-west1/operations/o-1".to_owned());
    let config = ConfigDigest::of(&["config"]);
    let operation = FunctionOperation { name, config, unchanged: false };
    let started = OperationStarted { deployment, function, source, operation };
    bench.record("build-submitter", &started).await;
    assert_eq!(
        sentence(ledger, id("operation")).await,
        "waiting for operation o-1 of the function, begun at TIME"
    );
}

const SOURCE: &str = "//batch.test";

/// Accepts a batch of five functions in waves of two.
async fn batch(ledger: &Ledger) -> BatchId {
    let batch = BatchId::requested_by(DEFAULT_REQUESTER, SOURCE, "1");
    let settings = BatchSettings {
        name: "five".to_owned(),
        order: BatchOrder::Listed,
        waves: vec![2, 2],
        gates: vec![BatchGate::Approval],
        ..BatchSettings::default()
    };
    let accepted = AcceptedBatch {
        settings,
        requester: DEFAULT_REQUESTER.to_owned(),
        source: SOURCE.to_owned(),
        functions: 0,
        objects: 0,
        retry_of: None,
        accepted_at: OffsetDateTime::now_utc(),
    };
    let requests = (0..5).map(|number| {
        let FunctionRef { project, region, name } = function(&format!("f{number}"), REGION);
        let function = proto::FunctionSpec { project, region, name, ..Default::default() };
        proto::DeployRequested { function: Some(function), ..Default::default() }
    });
    ledger.accept_batch(batch, &accepted, requests.collect()).await.unwrap();
    batch
}

#[tokio::test]
async fn each_wait_in_a_batch_has_its_sentence() {
    let bench = Stages::start();
    let ledger = &bench.ledger;
    let batch = batch(ledger).await;
    let why = async |number: u32| {
        let ce_id = batch.member(&function(&format!("f{number}"), REGION));
        let id = DeploymentId::requested_by(DEFAULT_REQUESTER, SOURCE, &ce_id);
        sentence(ledger, id).await
    };
    let write = async |members: [MemberState; 5], control| {
        let (before, generation) = ledger.batch_progress(batch).await.unwrap().unwrap();
        // The second wave has begun once its gates have passed.
        let passed = usize::from(members[2] != MemberState::Waiting);
        let progress = BatchProgress { members: members.to_vec(), control, passed, ..before };
        ledger.replace_batch_progress(batch, generation, &progress).await.unwrap();
    };
    use MemberState::{Admitted, Deployed, Failed, NotStarted, Waiting};

    write([Admitted, Waiting, Waiting, Waiting, Waiting], BatchControl::Running).await;
    assert_eq!(
        why(0).await,
        format!("batch {batch} has admitted it and is about to publish its request")
    );
    assert_eq!(
        why(1).await,
        format!("first in line in batch {batch}, which has 1 function in flight")
    );
    assert_eq!(
        why(3).await,
        format!(
            "waiting for wave 1 of batch {batch}, of which 2 functions have not ended; it belongs \
             to wave 2"
        )
    );
    write([Deployed, Failed, Admitted, Waiting, Waiting], BatchControl::Running).await;
    assert_eq!(
        why(4).await,
        format!(
            "waiting for wave 2 of batch {batch}, of which 2 functions have not ended; it belongs \
             to wave 3"
        )
    );
    write([Deployed, Failed, Waiting, Waiting, Waiting], BatchControl::Running).await;
    assert_eq!(
        why(2).await,
        format!(
            "waiting for the gates of wave 1 of batch {batch}; `longshore batch approve {batch}` \
             approves the wave"
        )
    );
    write([Deployed, Failed, Admitted, Waiting, Waiting], BatchControl::Paused).await;
    assert_eq!(
        why(3).await,
        format!(
            "batch {batch} is paused and has not admitted it; `longshore batch resume {batch}` \
             continues"
        )
    );
    write([Deployed, Failed, Admitted, Waiting, Waiting], BatchControl::Stopped).await;
    assert_eq!(why(4).await, format!("batch {batch} is ending and will not admit it"));
    write([Deployed, Failed, Admitted, NotStarted, NotStarted], BatchControl::Stopped).await;
    assert_eq!(why(4).await, "not waiting");
}
