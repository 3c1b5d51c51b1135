//! Gates between waves, and the way back from a batch.

use longshore_ledger::MemberState;
use longshore_messages::{BatchId, BatchOutcome, Topic, proto};
use serde_json::Value;

use super::{
    batch_of, each_has_one_outcome, end_of, names, progress_where, requested, rounds_are_held,
};
use crate::support::{Cloud, function, longshore};

/// Runs a command about a batch, and returns its exit code and its JSON.
pub(super) fn batch(cloud: &Cloud, arguments: &[&str]) -> (Option<i32>, Value) {
    let output = longshore(&cloud.environment)
        .args(["--output", "json", "batch"])
        .args(arguments)
        .output()
        .unwrap();
    let json = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code(), json)
}

pub(super) fn asks_for(body: &str, seconds: u64) -> proto::BatchGate {
    let kind = proto::batch_gate::Kind::Request(proto::RequestGate {
        body_contains: body.to_owned(),
        within: Some(std::time::Duration::from_secs(seconds).into()),
        ..proto::RequestGate::default()
    });
    proto::BatchGate { kind: Some(kind) }
}

pub(super) fn asks_a_person() -> proto::BatchGate {
    proto::BatchGate { kind: Some(proto::batch_gate::Kind::Approval(proto::ApprovalGate {})) }
}

fn counts_failures(seconds: u64, min_requests: u32, pass_with_fewer: bool) -> proto::BatchGate {
    let kind = proto::batch_gate::Kind::ErrorRate(proto::ErrorRateGate {
        max_percent: 50.0,
        over: Some(std::time::Duration::from_secs(seconds).into()),
        min_requests: Some(min_requests),
        pass_with_fewer,
    });
    proto::BatchGate { kind: Some(kind) }
}

/// A batch of functions that respond with a text.
pub(super) async fn batch_with(cloud: &Cloud, names: &[String], text: &str) -> proto::Batch {
    batch_of(names, &cloud.stage(&function(cloud.folder(), text)).await)
}

pub(super) async fn start(cloud: &Cloud, batch: proto::Batch) -> BatchId {
    let (id, message) = requested(batch);
    cloud.publish(Topic::BatchRequested, &message).await;
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wave_begins_when_the_one_before_responds_and_a_person_approves() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let feeder = cloud.worker("batch-feeder");
    let names = names("gated", 3);
    let mut asked = batch_with(&cloud, &names, "open").await;
    (asked.waves, asked.gates) = (vec![1], vec![asks_for("open", 60), asks_a_person()]);
    let id = start(&cloud, asked).await;
    let text = id.to_string();
    progress_where(&cloud, id, |progress| progress.members[0] == MemberState::Deployed).await;
    assert_eq!(batch(&cloud, &["approve", &text, "--wave", "2"]).0, Some(1), "it is wave 1");
    // What the feeder knows of the gate does not outlive it.
    feeder.kill();
    let _feeder = cloud.worker("batch-feeder");
    rounds_are_held(&cloud).await;
    let (_, status) = batch(&cloud, &["status", &text]);
    assert_eq!((&status["atGate"], &status["needsApproval"]), (&1.into(), &true.into()));
    let (progress, _) = cloud.ledger.batch_progress(id).await.unwrap().unwrap();
    assert_eq!(progress.count(MemberState::Waiting), 2, "{progress:?}");
    let approve = ["approve", &text, "--wave", "1", "--by", "ada", "--reason", "looks good"];
    assert_eq!(batch(&cloud, &approve).0, Some(0));
    let (_, status) = batch(&cloud, &["status", &text]);
    let action = &status["actions"][0];
    assert_eq!((&action["by"], &action["action"]), (&"ada".into(), &"batch-approve".into()));
    assert_eq!((&action["reason"], &action["result"]), (&"looks good".into(), &"wave 1".into()));
    let finished = end_of(&cloud, id).await;
    assert_eq!(finished.outcome, BatchOutcome::Completed);
    assert_eq!(finished.counts.deployed, 3, "{}", cloud.logs());
    each_has_one_outcome(&cloud, id, &names).await;
    assert_eq!(batch(&cloud, &["approve", &text]).0, Some(1), "it has ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_that_fails_stops_the_batch_and_one_command_takes_it_back() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let _feeder = cloud.worker("batch-feeder");
    let names = names("stays", 4);
    let first = start(&cloud, batch_with(&cloud, &names, "old").await).await;
    assert_eq!(end_of(&cloud, first).await.counts.deployed, 4, "{}", cloud.logs());
    let mut asked = batch_with(&cloud, &names, "new").await;
    (asked.waves, asked.gates) = (vec![1, 1], vec![asks_for("old", 1)]);
    let stopped = start(&cloud, asked).await;
    let finished = end_of(&cloud, stopped).await;
    let BatchOutcome::Stopped(Some(gate)) = finished.outcome else {
        panic!("{finished:?}\n{}", cloud.logs())
    };
    assert_eq!(gate.code, "gate-failed");
    assert_eq!((finished.counts.deployed, finished.counts.not_started), (1, 3));
    assert_eq!(cloud.call("stays-0"), (true, "new".to_owned()));
    let text = stopped.to_string();
    let (_, status) = batch(&cloud, &["status", &text]);
    assert!(status["reason"].as_str().unwrap().contains("stays-0"), "{status}");

    let builds = cloud.builds().await;
    let (code, back) = batch(&cloud, &["rollback", &text, "--wave", "1", "--watch"]);
    assert_eq!((code, &back["deployed"]), (Some(0), &1.into()), "{back}\n{}", cloud.logs());
    assert_eq!(cloud.builds().await, builds, "a rollback builds nothing");
    for name in &names {
        assert_eq!(cloud.call(name), (true, "old".to_owned()), "{name}");
    }
    let (code, _) = batch(&cloud, &["rollback", &text]);
    assert_eq!(code, Some(1), "its functions have newer deployments");
}

async fn url_of(cloud: &Cloud, name: &str) -> String {
    let (project, region) = (&cloud.settings.project, &cloud.settings.region);
    let service = format!("projects/{project}/locations/{region}/services/{name}");
    cloud.clients.services.get(&service).await.unwrap().unwrap().url
}

/// Calls a function again and again, whatever it answers.
async fn keep_calling(url: &str) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    loop {
        let _answer = client.get(url).send().await;
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_counts_the_requests_that_fail_after_a_wave() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let _feeder = cloud.worker("batch-feeder");
    let names = names("counted", 2);
    let mut quiet = batch_with(&cloud, &names, "fine").await;
    (quiet.waves, quiet.gates) = (vec![1], vec![counts_failures(1, 1_000, true)]);
    let quiet = start(&cloud, quiet).await;
    assert_eq!(end_of(&cloud, quiet).await.counts.deployed, 2, "{}", cloud.logs());
    let (_, status) = batch(&cloud, &["status", &quiet.to_string()]);
    assert!(status["gateNotes"][0].as_str().unwrap().contains("too few"), "{status}");

    let broken = function(cloud.folder(), "never");
    let main = "def hello(request):\n    raise ValueError('broken')\n";
    std::fs::write(broken.join("main.py"), main).unwrap();
    let mut broken = batch_of(&names, &cloud.stage(&broken).await);
    (broken.waves, broken.gates) = (vec![1], vec![counts_failures(3, 1, false)]);
    let url = url_of(&cloud, "counted-0").await;
    let id = start(&cloud, broken).await;
    // However late the time of the gate begins, there are requests in it.
    let finished = tokio::select! {
        finished = end_of(&cloud, id) => finished,
        () = keep_calling(&url) => unreachable!("it is called until the batch ends"),
    };
    assert!(!cloud.call("counted-0").0, "its new version serves");
    let BatchOutcome::Stopped(Some(gate)) = finished.outcome else {
        panic!("{finished:?}\n{}", cloud.logs())
    };
    assert_eq!(gate.code, "gate-failed", "{}", gate.reason);
    assert!(gate.reason.contains("in revision counted-0-"), "{}", gate.reason);
    assert_eq!((finished.counts.deployed, finished.counts.not_started), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_whose_request_is_parked_does_not_keep_its_batch_open() {
    let cloud = Cloud::start().await;
    let (_uploader, _feeder) = (cloud.worker("uploader"), cloud.worker("batch-feeder"));
    let names = names("parked", 2);
    let (id, message) = requested(batch_of(&names, &super::absent(&cloud).await));
    // The uploader cannot read what is stored under this identity, and parks the request.
    let request = format!("deployments/{}/request", super::deployment(&cloud, id, "parked-0"));
    let bucket = cloud.ledger.bucket();
    cloud.clients.objects.create(bucket, &request, "not JSON".into()).await.unwrap();
    cloud.publish(Topic::BatchRequested, &message).await;
    let finished = end_of(&cloud, id).await;
    assert_eq!(finished.outcome, BatchOutcome::Completed);
    assert_eq!((finished.counts.parked, finished.counts.failed), (1, 1), "{finished:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_names_a_batch_retries_what_is_left_of_it() {
    let cloud = Cloud::start().await;
    let (_uploader, _feeder) = (cloud.worker("uploader"), cloud.worker("batch-feeder"));
    let names = names("left", 3);
    let mut asked = batch_of(&names, &super::absent(&cloud).await);
    (asked.name, asked.tolerated_failures, asked.window) = ("first".into(), Some(0), Some(1));
    let first = start(&cloud, asked).await;
    let finished = end_of(&cloud, first).await;
    assert_eq!((finished.counts.failed, finished.counts.not_started), (1, 2), "{finished:?}");
    let again = |of: BatchId| {
        let retry_of = of.to_string();
        let request = proto::BatchRequested { retry_of, ..proto::BatchRequested::default() };
        super::identified(&request, &crate::support::uuid())
    };
    let (id, message) = again(first);
    cloud.publish(Topic::BatchRequested, &message).await;
    let finished = end_of(&cloud, id).await;
    assert_eq!(
        (finished.name.as_str(), finished.counts.failed),
        ("first", 1),
        "its settings apply"
    );
    assert_eq!(finished.counts.not_started, 2);
    let (unknown, message) = again(BatchId::requested_by("nobody", "//test", "unknown"));
    cloud.publish(Topic::BatchRequested, &message).await;
    let outcome = end_of(&cloud, unknown).await.outcome;
    assert!(matches!(outcome, BatchOutcome::Rejected(_)), "{outcome:?}");
}

/// Without the other workers, what is admitted stays in flight.
#[tokio::test(flavor = "multi_thread")]
async fn no_more_than_the_window_is_in_flight_and_a_deadline_counts_from_admission() {
    let cloud = Cloud::start().await;
    let (_uploader, _feeder) = (cloud.worker("uploader"), cloud.worker("batch-feeder"));
    let names = names("window", 5);
    let mut asked = batch_with(&cloud, &names, "in flight").await;
    (asked.window, asked.deadline) = (Some(2), Some(std::time::Duration::from_secs(90).into()));
    let id = start(&cloud, asked).await;
    progress_where(&cloud, id, |progress| progress.count(MemberState::Admitted) == 2).await;
    rounds_are_held(&cloud).await;
    let (progress, _) = cloud.ledger.batch_progress(id).await.unwrap().unwrap();
    assert_eq!(progress.count(MemberState::Admitted), 2, "{progress:?}");
    let first = super::deployment(&cloud, id, "window-0");
    let open = loop {
        if let Some(open) = cloud.ledger.open(first).await.unwrap() {
            break open;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    assert_eq!(open.deadline_at - open.opened_at, time::Duration::seconds(90));
    assert!(cloud.ledger.open(super::deployment(&cloud, id, "window-4")).await.unwrap().is_none());
    // A batch has a forecast, however it is requested.
    let forecast = loop {
        if let Some(forecast) = cloud.ledger.batch_forecast(id).await.unwrap() {
            break forecast;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    let work = forecast[0][0].work;
    assert_eq!((forecast.len(), work.functions, work.builds), (1, 5, 1), "{forecast:?}");
}
