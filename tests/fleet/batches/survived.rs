//! Whatever is killed, a batch goes on.

use longshore_ledger::{BatchProgress, MemberState};
use longshore_messages::{BatchId, Topic};

use super::{
    absent, batch_of, each_has_one_outcome, end_of, ended, names, progress_where, requested,
};
use crate::support::{Cloud, function};

/// A point in the life of a batch.
#[derive(Clone, Copy, Debug)]
enum At {
    /// Its request has been published.
    Once,
    /// The ledger has its request.
    Received,
    /// The ledger has its functions.
    Accepted,
    /// Functions are in flight.
    Admitted,
    /// A third has ended.
    UnderWay,
    /// Every function has ended.
    Done,
}

const ALL: [At; 6] = [At::Once, At::Received, At::Accepted, At::Admitted, At::UnderWay, At::Done];

async fn reached(cloud: &Cloud, id: BatchId, at: At) {
    let until = async |is: &dyn Fn(&BatchProgress) -> bool| {
        progress_where(cloud, id, is).await;
    };
    match at {
        At::Once => {}
        At::Received => {
            while cloud.ledger.batch_request(id).await.unwrap().is_none() {
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            }
        }
        At::Accepted => until(&|_| true).await,
        At::Admitted => {
            until(&|progress| progress.members.contains(&MemberState::Admitted)).await;
        }
        At::UnderWay => until(&|progress| ended(progress) >= progress.members.len() / 3).await,
        At::Done => until(&|progress| ended(progress) == progress.members.len()).await,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_survives_the_death_of_the_feeder_at_each_step() {
    let cloud = Cloud::start().await;
    let _uploader = cloud.worker("uploader");
    let mut feeder = cloud.worker("batch-feeder");
    let source = absent(&cloud).await;
    let mut batches = cloud.listen(Topic::BatchFinished).await;
    for at in ALL {
        let names = names(&format!("{at:?}").to_lowercase(), 9);
        let mut batch = batch_of(&names, &source);
        batch.window = Some(3);
        let (id, message) = requested(batch);
        cloud.publish(Topic::BatchRequested, &message).await;
        reached(&cloud, id, at).await;
        feeder.kill();
        feeder = cloud.worker("batch-feeder");
        let finished = end_of(&cloud, id).await;
        assert_eq!(finished.counts.failed, 9, "{at:?}\n{}", cloud.logs());
        each_has_one_outcome(&cloud, id, &names).await;
        // The outcome is announced, perhaps twice, and the same each time.
        let announced = loop {
            let announced = batches.next().await;
            if announced.attributes["batch"] == id.to_string() {
                break announced;
            }
        };
        assert_eq!(announced.attributes["outcome"], "completed", "{at:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_feeders_admit_each_function_once() {
    let cloud = Cloud::start().await;
    let _uploader = cloud.worker("uploader");
    let _feeders = [cloud.worker("batch-feeder"), cloud.worker("batch-feeder")];
    let source = absent(&cloud).await;
    let mut all = Vec::new();
    for number in 0..3 {
        let names = names(&format!("both{number}"), 8);
        let mut batch = batch_of(&names, &source);
        batch.window = Some(3);
        let (id, message) = requested(batch);
        cloud.publish(Topic::BatchRequested, &message).await;
        all.push((id, names));
    }
    for (id, names) in all {
        assert_eq!(end_of(&cloud, id).await.counts.failed, 8, "{}", cloud.logs());
        each_has_one_outcome(&cloud, id, &names).await;
    }
}

/// Every worker and the cloud die while a batch is deployed.
#[tokio::test(flavor = "multi_thread")]
async fn a_batch_survives_the_death_of_every_worker_and_of_the_cloud() {
    let mut cloud = Cloud::start().await;
    let mut fleet: Vec<_> = crate::support::WORKERS
        .iter()
        .chain([&crate::support::FEEDER])
        .map(|(name, _)| (*name, cloud.worker(name)))
        .collect();
    let source = cloud.stage(&function(cloud.folder(), "survived")).await;
    let names = names("survivor", 10);
    let mut batch = batch_of(&names, &source);
    batch.window = Some(4);
    let (id, message) = requested(batch);
    cloud.publish(Topic::BatchRequested, &message).await;
    let mut done = 0;
    for number in 0..fleet.len() {
        let (name, worker) = fleet.remove(0);
        worker.kill();
        fleet.push((name, cloud.worker(name)));
        if number == 2 {
            cloud.kill_and_restart();
        }
        let progress = progress_where(&cloud, id, |progress| ended(progress) > done).await;
        done = ended(&progress).min(names.len() - 1);
    }
    assert_eq!(end_of(&cloud, id).await.counts.deployed, 10, "{}", cloud.logs());
    each_has_one_outcome(&cloud, id, &names).await;
    assert_eq!(cloud.builds().await, 1);
}
