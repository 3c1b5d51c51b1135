//! The API has no etag, so an older deployment may overwrite a newer one. That is detected by the
//! function's labels, and the newest is deployed again: at every interleaving of two and of three
//! deployments, and with a crash of an older one at each of its calls.

use longshore_cloud::{FunctionShape, Functions as _};
use longshore_messages::{
    CONFIG_LABEL, DEPLOYMENT_LABEL, GENERATION_LABEL, SOURCE_LABEL, SourceUploaded, source_label,
};

use super::{admit, come_to_rest, go_on, resource};
use crate::support::post::Settled;
use crate::support::stages::{Stages, words};

/// Writes the function as a worker does that has looked at the fence before a newer deployment was
/// admitted, and was stopped before its call.
async fn write_late(stages: &Stages, uploaded: &SourceUploaded) {
    let shape = shape(uploaded);
    let live = stages.functions.live(&resource());
    match live {
        None => stages.functions.create(&resource(), &shape).await.unwrap(),
        Some(_) => stages.functions.update(&resource(), &shape, &[]).await.unwrap(),
    };
}

/// The function that a deployment wants, with the labels of the fleet.
fn shape(uploaded: &SourceUploaded) -> FunctionShape {
    let (deployment, function) = (&uploaded.deployment, &uploaded.function);
    let labels = [
        (GENERATION_LABEL, deployment.generation.to_string()),
        (DEPLOYMENT_LABEL, deployment.id.to_string()),
        (SOURCE_LABEL, source_label(&uploaded.source.sha256).to_owned()),
        (CONFIG_LABEL, config(uploaded)),
    ];
    FunctionShape {
        runtime: function.runtime.clone().unwrap(),
        entry_point: function.entry_point.clone(),
        source: uploaded.source.object.clone(),
        labels: labels.map(|(key, value)| (key.to_owned(), value)).into(),
        ..FunctionShape::default()
    }
}

/// What build-submitter does before its last look at the fence.
async fn take_turn(stages: &Stages, uploaded: &SourceUploaded) {
    let id = uploaded.deployment.id;
    let now = time::OffsetDateTime::now_utc();
    stages.ledger.reserve_ending(id, "build-submitter", now).await.unwrap();
    stages.ledger.mark_operating(&uploaded.function.at, id).await.unwrap();
}

fn config(uploaded: &SourceUploaded) -> String {
    uploaded.function.config_digest(&uploaded.source.sha256).to_string()
}

fn served(stages: &Stages) -> String {
    stages.functions.live(&resource()).unwrap().shape.labels[CONFIG_LABEL].clone()
}

/// All orders of the numbers below `count`.
fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for order in orders(count - 1) {
        for at in 0..=order.len() {
            let mut order = order.clone();
            order.insert(at, count - 1);
            all.push(order);
        }
    }
    all
}

/// Deployments write in any order, all of them after they have seen themselves as the newest. Each of
/// the older ones may crash after its write.
async fn the_newest_serves(order: &[usize], crashed: usize) {
    let stages = Stages::start();
    let mut uploaded = Vec::new();
    for (number, name) in (1..).zip(["a", "b", "c"]).take(order.len()) {
        let one = admit(&stages, name, number).await;
        take_turn(&stages, &one).await;
        uploaded.push(one);
    }
    for (turn, number) in order.iter().enumerate() {
        let one = &uploaded[*number];
        write_late(&stages, one).await;
        let is_newest = *number == order.len() - 1;
        if turn >= crashed || is_newest {
            // Its delivery goes on: it adopts what it has written, or finds that it is superseded.
            assert_eq!(stages.upload(one).await, Settled::Ack);
            go_on(&stages, stages.take()).await;
        }
    }
    // What crashed is delivered again.
    for one in &uploaded {
        assert_eq!(stages.upload(one).await, Settled::Ack);
        go_on(&stages, stages.take()).await;
    }
    come_to_rest(&stages).await;
    let newest = uploaded.last().unwrap();
    assert_eq!(served(&stages), config(newest), "{order:?}, {crashed} crashed");
    let name = ["a", "b", "c"][order.len() - 1];
    let outcome = stages.outcome(name).await;
    assert!(["deployed", "unchanged"].contains(&outcome.as_str()), "{order:?}: {outcome:?}");
}

#[tokio::test]
async fn the_newest_of_two_serves_at_every_interleaving() {
    for order in orders(2) {
        for crashed in 0..=2 {
            the_newest_serves(&order, crashed).await;
        }
    }
}

#[tokio::test]
async fn the_newest_of_three_serves_at_every_interleaving() {
    for order in orders(3) {
        for crashed in 0..=3 {
            the_newest_serves(&order, crashed).await;
        }
    }
}

#[tokio::test]
async fn the_newest_is_deployed_again_after_it_has_ended() {
    let stages = Stages::start();
    let old = admit(&stages, "a", 1).await;
    take_turn(&stages, &old).await;
    let new = admit(&stages, "b", 2).await;
    assert_eq!(stages.upload(&new).await, Settled::Ack);
    go_on(&stages, stages.take()).await;
    assert_eq!(stages.outcome("b").await.as_str(), "deployed");
    write_late(&stages, &old).await;
    assert_eq!(served(&stages), config(&old));
    assert_eq!(stages.upload(&old).await, Settled::Ack);
    let ended = go_on(&stages, stages.take()).await;
    assert_eq!(ended.last().unwrap(), "My_Function ended superseded");
    let said = stages.sweep().await;
    assert_eq!(words(&said), ["My_Function is to be deployed again"]);
    go_on(&stages, said).await;
    assert_eq!(served(&stages), config(&new));
    come_to_rest(&stages).await;
    assert_eq!(stages.ledger.list_operating().await.unwrap(), []);
}
