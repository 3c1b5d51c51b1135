//! Traffic that moves only after the gates of a wave.

use longshore_ledger::MemberState;
use longshore_messages::{BatchId, BatchOutcome, Outcome, proto};

use super::waves::{asks_a_person, asks_for, batch, batch_with, start};
use super::{end_of, names, progress_where};
use crate::support::{Cloud, Worker, function, spec};

/// Waits until a function of a batch is in a state, and ends the feeder there.
async fn killed_at(
    cloud: &Cloud,
    feeder: Worker,
    id: BatchId,
    member: usize,
    states: &[MemberState],
) -> Worker {
    progress_where(cloud, id, |progress| states.contains(&progress.members[member])).await;
    feeder.kill();
    cloud.worker("batch-feeder")
}

async fn after_gates(
    cloud: &Cloud,
    names: &[String],
    text: &str,
    gates: Vec<proto::BatchGate>,
) -> proto::Batch {
    let traffic = proto::BatchTraffic::AfterGate.into();
    proto::Batch { traffic, gates, waves: vec![1], ..batch_with(cloud, names, text).await }
}

#[tokio::test(flavor = "multi_thread")]
async fn traffic_moves_behind_the_gates_of_each_wave_whenever_the_feeder_ends() {
    use MemberState::{Deployed, Releasing, Staged};
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let mut feeder = cloud.worker("batch-feeder");
    let mut names = names("moves", 2);
    let first = start(&cloud, batch_with(&cloud, &names, "old").await).await;
    assert_eq!(end_of(&cloud, first).await.counts.deployed, 2, "{}", cloud.logs());

    // One that is new has no other revision, and gets its traffic at once.
    names.push("moves-new".to_owned());
    let gates = vec![asks_for("new", 60), asks_a_person()];
    let id = start(&cloud, after_gates(&cloud, &names, "new", gates).await).await;
    let text = id.to_string();
    for (wave, member) in [("1", 0), ("2", 1)] {
        feeder = killed_at(&cloud, feeder, id, member, &[Staged]).await;
        assert_eq!(cloud.call(&names[member]), (true, "old".to_owned()), "{}", cloud.logs());
        progress_where(&cloud, id, |progress| progress.gate_since.is_some()).await;
        let (_, status) = batch(&cloud, &["status", &text]);
        assert_eq!((&status["staged"], &status["needsApproval"]), (&1.into(), &true.into()));
        assert_eq!(batch(&cloud, &["approve", &text, "--wave", wave]).0, Some(0));
        feeder = killed_at(&cloud, feeder, id, member, &[Releasing, Deployed]).await;
        progress_where(&cloud, id, |progress| progress.members[member] == Deployed).await;
        assert_eq!(cloud.call(&names[member]), (true, "new".to_owned()), "{}", cloud.logs());
    }
    let finished = end_of(&cloud, id).await;
    assert_eq!((finished.outcome, finished.counts.deployed), (BatchOutcome::Completed, 3));

    let refused = after_gates(&cloud, &names, "worse", vec![asks_for("new", 1)]).await;
    let refused = start(&cloud, refused).await;
    let finished = end_of(&cloud, refused).await;
    let BatchOutcome::Stopped(Some(gate)) = &finished.outcome else {
        panic!("{finished:?}\n{}", cloud.logs())
    };
    assert_eq!(gate.code, "gate-failed");
    assert_eq!((finished.counts.traffic_pinned, finished.counts.not_started), (1, 2));
    assert_eq!(cloud.call(&names[0]), (true, "new".to_owned()), "the traffic stays");
    let text = refused.to_string();
    let (_, report) = batch(&cloud, &["report", &text]);
    assert_eq!(report["functions"][0]["state"], "held", "{report}");
    let (code, back) = batch(&cloud, &["rollback", &text, "--watch"]);
    assert_eq!((code, &back["deployed"]), (Some(0), &1.into()), "{back}\n{}", cloud.logs());
    assert_eq!(cloud.call(&names[0]), (true, "new".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_deployment_gets_the_traffic_and_a_gate_that_passes_later_does_not_take_it() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let _feeder = cloud.worker("batch-feeder");
    let names = names("newer", 1);
    let first = start(&cloud, batch_with(&cloud, &names, "old").await).await;
    assert_eq!(end_of(&cloud, first).await.counts.deployed, 1, "{}", cloud.logs());
    let id = start(&cloud, after_gates(&cloud, &names, "new", vec![asks_a_person()]).await).await;
    progress_where(&cloud, id, |progress| progress.members[0] == MemberState::Staged).await;

    let source = cloud.stage(&function(cloud.folder(), "mine")).await;
    let mine = cloud.end_of(cloud.request(spec(&names[0], source)).await).await;
    assert!(matches!(mine.outcome, Outcome::Deployed(_)), "{mine:?}");
    assert_eq!(cloud.call(&names[0]), (true, "mine".to_owned()));

    assert_eq!(batch(&cloud, &["approve", &id.to_string()]).0, Some(0));
    let finished = end_of(&cloud, id).await;
    assert_eq!((finished.outcome, finished.counts.superseded), (BatchOutcome::Completed, 1));
    assert_eq!(cloud.call(&names[0]), (true, "mine".to_owned()));
}
