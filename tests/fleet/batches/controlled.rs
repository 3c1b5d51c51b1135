//! Pausing, cancelling, waves and tolerated failures.

use longshore_ledger::MemberState;
use longshore_messages::{BatchOutcome, Topic, proto};

use super::{
    absent, batch_of, each_has_one_outcome, end_of, ended, names, progress_where, requested,
    rounds_are_held, waves::asks_a_person,
};
use crate::support::{Cloud, function, longshore, spec};

fn batch_command(cloud: &Cloud, command: &str, id: &str) -> Option<i32> {
    let output = longshore(&cloud.environment).args(["batch", command, id]).output().unwrap();
    output.status.code()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_admitted_to_a_paused_batch_until_it_is_resumed() {
    let cloud = Cloud::start().await;
    let (uploader, _feeder) = (cloud.worker("uploader"), cloud.worker("batch-feeder"));
    let names = names("paused", 6);
    let mut batch = batch_of(&names, &absent(&cloud).await);
    (batch.window, batch.waves, batch.gates) = (Some(1), vec![1], vec![asks_a_person()]);
    let (id, message) = requested(batch);
    cloud.publish(Topic::BatchRequested, &message).await;
    let at_gate = progress_where(&cloud, id, |progress| progress.gate_since.is_some()).await;
    assert_eq!(ended(&at_gate), 1, "{at_gate:?}");
    // The second function stays in flight until the batch is paused.
    uploader.freeze();
    assert_eq!(batch_command(&cloud, "approve", &id.to_string()), Some(0));
    progress_where(&cloud, id, |progress| progress.count(MemberState::Admitted) == 1).await;
    assert_eq!(batch_command(&cloud, "pause", &id.to_string()), Some(0));
    let (at_pause, _) = cloud.ledger.batch_progress(id).await.unwrap().unwrap();
    let waiting = at_pause.count(MemberState::Waiting);
    assert_eq!(waiting, 4, "{at_pause:?}");
    uploader.thaw();
    rounds_are_held(&cloud).await;
    progress_where(&cloud, id, |progress| progress.count(MemberState::Admitted) == 0).await;
    rounds_are_held(&cloud).await;
    let (now, _) = cloud.ledger.batch_progress(id).await.unwrap().unwrap();
    assert_eq!(now.count(MemberState::Waiting), waiting, "{now:?}");
    assert_eq!(batch_command(&cloud, "pause", &id.to_string()), Some(0), "paused already");
    assert_eq!(batch_command(&cloud, "resume", &id.to_string()), Some(0));
    assert_eq!(end_of(&cloud, id).await.counts.failed, 6);
    assert_eq!(batch_command(&cloud, "pause", &id.to_string()), Some(1), "too late");
    each_has_one_outcome(&cloud, id, &names).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_batch_leaves_each_function_old_or_new() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let _feeder = cloud.worker("batch-feeder");
    let names = names("either", 6);
    let old = cloud.stage(&function(cloud.folder(), "old")).await;
    let (first, message) = requested(batch_of(&names, &old));
    cloud.publish(Topic::BatchRequested, &message).await;
    assert_eq!(end_of(&cloud, first).await.counts.deployed, 6, "{}", cloud.logs());
    let new = cloud.stage(&function(cloud.folder(), "new")).await;
    let mut batch = batch_of(&names, &new);
    // The last two wait for a person, so that the batch cannot end before it is cancelled.
    (batch.window, batch.waves, batch.gates) = (Some(2), vec![4], vec![asks_a_person()]);
    let (id, message) = requested(batch);
    cloud.publish(Topic::BatchRequested, &message).await;
    progress_where(&cloud, id, |progress| ended(progress) >= 1).await;
    assert_eq!(batch_command(&cloud, "cancel", &id.to_string()), Some(0));
    let finished = end_of(&cloud, id).await;
    assert_eq!(finished.outcome, BatchOutcome::Cancelled);
    assert!(finished.counts.not_started > 0, "{finished:?}");
    each_has_one_outcome(&cloud, id, &names).await;
    let (progress, _) = cloud.ledger.batch_progress(id).await.unwrap().unwrap();
    for (name, state) in names.iter().zip(&progress.members) {
        let text = match state {
            MemberState::Deployed => "new",
            MemberState::Cancelled | MemberState::NotStarted => "old",
            other => panic!("{name} is {other:?}"),
        };
        assert_eq!(cloud.call(name), (true, text.to_owned()), "{name} is {state:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_failure_more_than_tolerated_stops_a_batch_and_retry_starts_the_rest() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let _feeder = cloud.worker("batch-feeder");
    let good = cloud.stage(&function(cloud.folder(), "at last")).await;
    let mut batch = batch_of(&names("stopped", 2), &absent(&cloud).await);
    for name in ["stopped-2", "stopped-3"] {
        let function = Some(spec(name, good.clone()));
        batch.entries.push(proto::BatchEntry { function, ..proto::BatchEntry::default() });
    }
    batch.waves = vec![1, 1];
    batch.tolerated_failures = Some(1);
    let (id, message) = requested(batch);
    cloud.publish(Topic::BatchRequested, &message).await;
    let finished = end_of(&cloud, id).await;
    assert_eq!(finished.outcome, BatchOutcome::Stopped(None));
    assert_eq!((finished.counts.failed, finished.counts.not_started), (2, 2));
    each_has_one_outcome(&cloud, id, &names("stopped", 4)).await;
    let retry = || {
        let id = id.to_string();
        let output = longshore(&cloud.environment)
            .args(["--output", "json", "batch", "retry", &id])
            .output()
            .unwrap();
        let status: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (status["batch"].as_str().unwrap().to_owned(), status["functions"].clone())
    };
    let (again, functions) = retry();
    assert_eq!(functions, 4);
    assert_eq!(retry().0, again, "a batch is retried once");
    // Its waves begin with the two that fail again.
    let finished = end_of(&cloud, again.parse().unwrap()).await;
    assert_eq!(finished.outcome, BatchOutcome::Stopped(None));
}
