//! Batches, with the programs of all workers.

mod command_line;
mod controlled;
mod requested;
mod survived;
mod traffic;
mod waves;

use std::time::Duration;

use longshore_ledger::{BatchProgress, MemberState};
use longshore_messages::{
    BatchFinished, BatchId, DEFAULT_REQUESTER, DeploymentId, FunctionRef, Topic, TraceContext,
    WireMessage, decode, encode_batch, proto,
};
use time::OffsetDateTime;

use crate::support::{Cloud, PATIENCE, spec, uuid};

/// `ce-source` of the requests that batch-feeder publishes.
const SOURCE: &str = "//longshore/longshore/batch-feeder";

/// A request for a batch with an identity of its own.
pub(crate) fn requested(batch: proto::Batch) -> (BatchId, WireMessage) {
    let request = proto::BatchRequested { batch: Some(batch), ..proto::BatchRequested::default() };
    identified(&request, &uuid())
}

fn identified(request: &proto::BatchRequested, id: &str) -> (BatchId, WireMessage) {
    let now = OffsetDateTime::now_utc();
    let message = encode_batch(request, "//test", id, &TraceContext::default(), now);
    (BatchId::requested_by(DEFAULT_REQUESTER, "//test", id), message)
}

/// Functions with these names and one source.
pub(crate) fn batch_of(names: &[String], source: &proto::Source) -> proto::Batch {
    let entries = names.iter().map(|name| proto::BatchEntry {
        function: Some(spec(name, source.clone())),
        ..proto::BatchEntry::default()
    });
    proto::Batch { entries: entries.collect(), ..proto::Batch::default() }
}

pub(crate) fn names(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{prefix}-{number}")).collect()
}

/// A source that is not there, so that its functions fail at the uploader, at once.
pub(crate) async fn absent(cloud: &Cloud) -> proto::Source {
    let directory = crate::support::function(cloud.folder(), "never served");
    let mut source = cloud.stage(&directory).await;
    if let Some(proto::source::Place::Storage(object)) = &mut source.place {
        object.object = format!("absent-{}", uuid());
    }
    source
}

/// The deployment of a function of a batch.
pub(crate) fn deployment(cloud: &Cloud, batch: BatchId, name: &str) -> DeploymentId {
    let at = FunctionRef {
        project: cloud.settings.project.clone(),
        region: cloud.settings.region.clone(),
        name: name.to_owned(),
    };
    DeploymentId::requested_by(DEFAULT_REQUESTER, SOURCE, &batch.member(&at))
}

/// Waits until a batch has ended.
pub(crate) async fn end_of(cloud: &Cloud, id: BatchId) -> BatchFinished {
    let ended = async {
        loop {
            if let Some(record) = cloud.ledger.batch_outcome(id).await.unwrap() {
                return decode(&record.message).unwrap();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    match tokio::time::timeout(PATIENCE, ended).await {
        Ok(finished) => finished,
        Err(_) => panic!("batch {id} did not end\n{}", cloud.logs()),
    }
}

/// Waits until the progress of a batch is as `is` says, and returns it.
async fn progress_where(
    cloud: &Cloud,
    id: BatchId,
    is: impl Fn(&BatchProgress) -> bool,
) -> BatchProgress {
    let reached = async {
        loop {
            if let Some((progress, _)) = cloud.ledger.batch_progress(id).await.unwrap()
                && is(&progress)
            {
                return progress;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    match tokio::time::timeout(PATIENCE, reached).await {
        Ok(progress) => progress,
        Err(_) => panic!("batch {id} is not so far\n{}", cloud.logs()),
    }
}

/// Number of functions that have ended.
fn ended(progress: &BatchProgress) -> usize {
    progress.members.iter().filter(|member| member.has_ended()).count()
}

/// Publishes a batch of one function that fails at once, and waits for its end: by then the feeder has
/// held rounds that began after this call.
async fn rounds_are_held(cloud: &Cloud) {
    let source = absent(cloud).await;
    let (id, message) = requested(batch_of(&names(&format!("r{}", &uuid()[..8]), 1), &source));
    cloud.publish(Topic::BatchRequested, &message).await;
    assert_eq!(end_of(cloud, id).await.counts.failed, 1);
}

/// Checks that each function has one outcome, which the progress of the batch repeats.
async fn each_has_one_outcome(cloud: &Cloud, id: BatchId, names: &[String]) {
    let (progress, _) = cloud.ledger.batch_progress(id).await.unwrap().unwrap();
    assert_eq!(progress.members.len(), names.len());
    for (name, state) in names.iter().zip(&progress.members) {
        let outcome = cloud.ledger.outcome(deployment(cloud, id, name)).await.unwrap();
        let outcome = outcome.map(|record| {
            decode::<longshore_messages::DeploymentFinished>(&record.message).unwrap().outcome
        });
        match (state, outcome) {
            (MemberState::NotStarted, None) => {}
            (state, Some(outcome)) => assert_eq!(state.as_str(), outcome.as_str(), "{name}"),
            (state, None) => panic!("{name} is {state:?} without an outcome"),
        }
    }
}
