//! Nothing that only shows what happens can change what happens.

use std::sync::Arc;

use longshore_messages::Outcome;
use longshore_trace_store::{Limits, TraceStore, serve};
use reqwest::Client;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use super::browser::{Console, modules};
use super::waits;
use crate::support::{Cloud, WORKERS, function, spec};

const DEPLOYMENTS: usize = 100;

/// A receiver of traces with a runtime of its own: when it is dropped, its connections end where they
/// are, as those of a process that is killed.
struct Receiver(Option<Runtime>);

impl Receiver {
    /// Listens, and returns where.
    fn start(store: Arc<TraceStore>) -> (Self, String) {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            serve(store, listener, std::future::pending()).await
        });
        (Self(Some(runtime)), endpoint)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killing_console_receiver_and_browser_in_the_middle_of_deployments_changes_no_outcome() {
    let cloud = Cloud::start().await;
    let store = TraceStore::open(cloud.folder().join("traces"), Limits::default()).unwrap();
    let store = Arc::new(store);
    let (receiver, endpoint) = Receiver::start(Arc::clone(&store));
    let settings = [("LONGSHORE_TRACES_ENDPOINT".to_owned(), endpoint)].into();
    let _fleet: Vec<_> =
        WORKERS.iter().map(|(name, _)| cloud.worker_with(name, &settings)).collect();
    let packages = modules().await;
    let console = Console::start(&cloud, packages.clone().unwrap_or_default()).await;
    // A page that is open, where there is no browser, too.
    let client = Client::builder().no_proxy().build().unwrap();
    let events = client.get(format!("{}events", console.url)).send().await.unwrap();
    let mut browser = None;
    if packages.is_some() {
        let mut scenario = console.begin("moves", &["kept-0"]).await;
        scenario.says("watching").await;
        browser = Some(scenario);
    }

    let source = cloud.stage(&function(cloud.folder(), "kept")).await;
    let mut ids = Vec::new();
    for number in 0..DEPLOYMENTS {
        ids.push(cloud.request(spec(&format!("kept-{number}"), source.clone())).await);
    }
    // Deployments have begun, and spans have arrived: all of them are in the middle of their work.
    waits(async || cloud.ledger.open(ids[0]).await.unwrap()).await;
    waits(async || (store.size().0 > 0).then_some(())).await;
    drop(receiver);
    drop(events);
    if let Some(browser) = browser {
        browser.kill().await;
    }
    console.kill().await;
    for id in ids {
        let finished = cloud.end_of(id).await;
        assert!(matches!(finished.outcome, Outcome::Deployed(_)), "{finished:?}");
    }
}
