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

use crate::batches::absent;
use crate::support::{Cloud, WORKERS, function, spec};

const DEPLOYMENTS: usize = 100;

/// One in this number is built and deployed. The source of the others is missing.
const DEPLOYED_ONE_IN: usize = 10;

/// What the receiver does, in turn. At the end, it is gone.
const ANSWERS: usize = 0;
const NEVER_ANSWERS: usize = 1;
const REFUSES: usize = 2;
const IS_GONE: usize = 3;
const BEHAVIORS: usize = 4;

/// The behavior, and the number of requests that each has had.
#[derive(Clone, Default)]
struct Receiver {
    behavior: Arc<AtomicUsize>,
    requests: Arc<[AtomicUsize; BEHAVIORS]>,
}

async fn receive(State(receiver): State<Receiver>) -> StatusCode {
    let behavior = receiver.behavior.load(Ordering::SeqCst);
    receiver.requests[behavior].fetch_add(1, Ordering::SeqCst);
    match behavior {
        ANSWERS => StatusCode::OK,
        REFUSES => StatusCode::SERVICE_UNAVAILABLE,
        _ => std::future::pending().await,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_slow_refuses_and_dies_among_100_deployments_changes_no_outcome() {
    let cloud = Cloud::start().await;
    let receiver = Receiver::default();
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
    for number in 0..DEPLOYMENTS {
        let (source, outcome) = match number % DEPLOYED_ONE_IN {
            0 => (good.clone(), "deployed"),
            _ => (missing.clone(), "failed"),
        };
        expected.insert(cloud.request(spec(&format!("f-{number}"), source)).await, outcome);
    }
    let mut ended: BTreeMap<DeploymentId, Outcome> = BTreeMap::new();
    while ended.len() < DEPLOYMENTS {
        let finished: DeploymentFinished = decode(&ends.next().await).unwrap();
        ended.insert(finished.id, finished.outcome);
        let behavior = ended.len() * BEHAVIORS / DEPLOYMENTS;
        receiver.behavior.store(behavior.min(IS_GONE), Ordering::SeqCst);
        if behavior >= IS_GONE {
            server.abort();
        }
    }
    let got: BTreeMap<DeploymentId, &str> =
        ended.iter().map(|(id, outcome)| (*id, outcome.as_str())).collect();
    assert_eq!(got, expected);
    let requests = [ANSWERS, NEVER_ANSWERS, REFUSES]
        .map(|behavior| receiver.requests[behavior].load(Ordering::SeqCst));
    assert!(requests.iter().all(|requests| *requests > 0), "{requests:?}");
    for worker in fleet {
        assert!(worker.stop(), "a worker did not stop gracefully\n{}", cloud.logs());
    }
}
