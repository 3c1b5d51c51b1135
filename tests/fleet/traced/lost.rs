//! A receiver of telemetry that becomes slow, refuses, and is gone in the middle of 100 deployments
//! changes no outcome.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use longshore_messages::{DeploymentFinished, DeploymentId, Outcome, Topic, decode};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::batches::absent;
use crate::support::{Cloud, PATIENCE, WORKERS, function, spec};

/// The deployments that are requested during each behavior of the receiver.
const DEPLOYMENTS_EACH: usize = 25;

/// One in this number is built and deployed. The source of the others is missing.
const DEPLOYED_ONE_IN: usize = 10;

/// What the receiver does with a request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Behavior {
    Answers,
    NeverAnswers,
    Refuses,
    IsGone,
}

const IN_TURN: [Behavior; 4] =
    [Behavior::Answers, Behavior::NeverAnswers, Behavior::Refuses, Behavior::IsGone];

#[derive(Clone)]
struct Receiver {
    /// An index of [`IN_TURN`].
    turn: Arc<AtomicUsize>,
    /// The requests of each turn.
    seen: Arc<[Semaphore; IN_TURN.len()]>,
}

impl Receiver {
    fn new() -> Self {
        let seen = std::array::from_fn(|_| Semaphore::new(0));
        Self { turn: Arc::default(), seen: Arc::new(seen) }
    }

    /// Waits until a request has come in this turn.
    async fn has_been_asked_in(&self, turn: usize) {
        timeout(PATIENCE, self.seen[turn].acquire()).await.unwrap().unwrap().forget();
    }
}

async fn receive(State(receiver): State<Receiver>) -> StatusCode {
    let turn = receiver.turn.load(Ordering::SeqCst);
    receiver.seen[turn].add_permits(1);
    match IN_TURN[turn] {
        Behavior::Answers => StatusCode::OK,
        Behavior::Refuses => StatusCode::SERVICE_UNAVAILABLE,
        Behavior::NeverAnswers | Behavior::IsGone => std::future::pending().await,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_slow_refuses_and_dies_among_100_deployments_changes_no_outcome() {
    let cloud = Cloud::start().await;
    let receiver = Receiver::new();
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(receive).with_state(receiver.clone());
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "1000"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "200"),
        ("LONGSHORE_TRACES_ENDPOINT", &endpoint),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let settings = BTreeMap::from(settings);
    let fleet = WORKERS.map(|(name, _)| cloud.worker_with(name, &settings));

    let mut ends = cloud.listen(Topic::DeploymentFinished).await;
    let (good, missing) =
        (cloud.stage(&function(cloud.folder(), "all the same")).await, absent(&cloud).await);
    let mut expected: BTreeMap<DeploymentId, &str> = BTreeMap::new();
    let mut ended: BTreeMap<DeploymentId, Outcome> = BTreeMap::new();
    for (turn, behavior) in IN_TURN.into_iter().enumerate() {
        receiver.turn.store(turn, Ordering::SeqCst);
        if behavior == Behavior::IsGone {
            server.abort();
        }
        for number in 0..DEPLOYMENTS_EACH {
            let (source, outcome) = match number % DEPLOYED_ONE_IN {
                0 => (good.clone(), "deployed"),
                _ => (missing.clone(), "failed"),
            };
            let spec = spec(&format!("f-{turn}-{number}"), source);
            expected.insert(cloud.request(spec).await, outcome);
        }
        while ended.len() < expected.len() {
            let finished: DeploymentFinished = decode(&ends.next().await).unwrap();
            ended.insert(finished.id, finished.outcome);
        }
        if behavior != Behavior::IsGone {
            receiver.has_been_asked_in(turn).await;
        }
    }
    let got: BTreeMap<DeploymentId, &str> =
        ended.iter().map(|(id, outcome)| (*id, outcome.as_str())).collect();
    assert_eq!(got, expected);
    for worker in fleet {
        assert!(worker.stop(), "a worker did not stop gracefully\n{}", cloud.logs());
    }
}
