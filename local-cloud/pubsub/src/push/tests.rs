//! The tasks that push, against an endpoint of this process.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use time::OffsetDateTime;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::core::{Draft, Oidc, Push, Subscription, Topic, Wrapper};
use crate::{Deps, LoopLog, Service, TokenError, TokenSource};
use longshore_local_kit::lineage::GENERATIONS_MAX;
use longshore_local_kit::listen::{self, Access};

const TOPIC: &str = "projects/p/topics/events";
const SUBSCRIPTION: &str = "projects/p/subscriptions/pushed";

/// Returns unsigned tokens that name their account and audience.
struct Readable;

impl TokenSource for Readable {
    fn id_token(
        &self,
        email: &str,
        audience: &str,
        _: OffsetDateTime,
    ) -> Result<String, TokenError> {
        Ok(format!("{email}-for-{audience}"))
    }
}

/// Forwards the reports.
struct Reports(mpsc::UnboundedSender<(String, String)>);

impl LoopLog for Reports {
    fn stopped(&self, service: &str, report: &str) {
        self.0.send((service.to_owned(), report.to_owned())).unwrap();
    }
}

/// An endpoint that forwards the `authorization` header and the body of each request.
async fn endpoint() -> (String, mpsc::UnboundedReceiver<(Option<String>, String)>) {
    let (requests, received) = mpsc::unbounded_channel();
    let handler = move |headers: HeaderMap, body: String| async move {
        let authorization =
            headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
        requests.send((authorization, body)).unwrap();
        StatusCode::NO_CONTENT
    };
    let listener = listen::bind(0).await.unwrap();
    let url = format!("http://{}/push", listener.local_addr().unwrap());
    tokio::spawn(listen::serve(
        listener,
        Router::new().route("/push", post(handler)),
        Access::to_apis(&[]),
        std::future::pending(),
    ));
    (url, received)
}

fn publish(service: &Service, text: &str) {
    publish_of_generation(service, text, 0);
}

fn publish_of_generation(service: &Service, text: &str, generation: u32) {
    let draft = Draft { data: text.to_owned().into(), generation, ..Draft::default() };
    service
        .change(|core, now| {
            core.publish(TOPIC, vec![draft], now).map(|published| ((), published.events))
        })
        .unwrap();
}

fn provision(service: &Service, push: Push) {
    let subscription = Subscription::new(SUBSCRIPTION, TOPIC);
    provision_as(service, Subscription { push: Some(push), ..subscription });
}

fn provision_as(service: &Service, subscription: Subscription) {
    service
        .change(|core, _| {
            Ok(((), core.create_topic(Topic { name: TOPIC.to_owned(), ..Topic::default() })?))
        })
        .unwrap();
    service.change(|core, _| Ok(((), core.create_subscription(subscription)?))).unwrap();
}

#[tokio::test]
async fn a_push_carries_the_token_of_its_service_account() {
    let dir = tempfile::tempdir().unwrap();
    let deps = Deps { tokens: Some(Arc::new(Readable)), ..Deps::default() };
    let service = Service::open(dir.path(), deps).unwrap();
    let (url, mut received) = endpoint().await;
    let oidc = Some(Oidc { email: "a@b".to_owned(), audience: String::new() });
    provision(&service, Push { endpoint: url.clone(), oidc, ..Push::default() });
    publish(&service, "hello");
    let (authorization, _) = received.recv().await.unwrap();
    assert_eq!(
        authorization,
        Some(format!("Bearer a@b-for-{url}")),
        "the endpoint is the default audience"
    );
}

#[tokio::test]
async fn an_undelivered_message_is_pushed_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let (url, mut received) = endpoint().await;
    let service = Service::open(dir.path(), Deps::default()).unwrap();
    // No process listens there.
    provision(&service, Push { endpoint: "http://127.0.0.1:1/".to_owned(), ..Push::default() });
    publish(&service, "kept");
    let push = Push { endpoint: url, ..Push::default() };
    service.change(|core, _| Ok(((), core.modify_push(SUBSCRIPTION, Some(push))?))).unwrap();
    drop(service);
    let _service = Service::open(dir.path(), Deps::default()).unwrap();
    let (_, body) = received.recv().await.unwrap();
    assert!(body.contains("a2VwdA=="), "{body}");
}

#[tokio::test]
async fn a_message_at_the_end_of_a_loop_is_not_pushed_to_its_service() {
    let dir = tempfile::tempdir().unwrap();
    let (url, mut received) = endpoint().await;
    let (reports, mut reported) = mpsc::unbounded_channel();
    let deps = Deps { loops: Some(Arc::new(Reports(reports))), ..Deps::default() };
    let service = Service::open(dir.path(), deps).unwrap();
    provision(&service, Push { endpoint: url, service: "s".to_owned(), ..Push::default() });
    publish_of_generation(&service, "loop", GENERATIONS_MAX + 1);
    for (text, generation, data) in [("last", GENERATIONS_MAX, "bGFzdA=="), ("new", 0, "bmV3")] {
        publish_of_generation(&service, text, generation);
        let (_, body) = received.recv().await.unwrap();
        assert!(body.contains(data), "{body}");
    }
    let (stopped, report) = reported.recv().await.unwrap();
    assert_eq!(stopped, "s");
    assert!(report.contains("end of a loop") && report.contains(SUBSCRIPTION), "{report}");
    assert!(reported.try_recv().is_err(), "one message was stopped");
}

/// An endpoint that forwards the body of each request, and answers with the code that `answer`
/// chooses for it.
async fn choosing_endpoint(
    answer: impl Fn(&str) -> StatusCode + Clone + Send + Sync + 'static,
) -> (String, mpsc::UnboundedReceiver<String>) {
    let (requests, received) = mpsc::unbounded_channel();
    let handler = move |body: Bytes| async move {
        let body = String::from_utf8(body.to_vec()).unwrap();
        let code = answer(&body);
        requests.send(body).unwrap();
        code
    };
    let listener = listen::bind(0).await.unwrap();
    let url = format!("http://{}/push", listener.local_addr().unwrap());
    tokio::spawn(listen::serve(
        listener,
        Router::new().route("/push", post(handler)),
        Access::to_apis(&[]),
        std::future::pending(),
    ));
    (url, received)
}

fn provision_ordered(service: &Service, push: Push) {
    let subscription = Subscription::new(SUBSCRIPTION, TOPIC);
    provision_as(service, Subscription { push: Some(push), ordered: true, ..subscription });
}

fn publish_ordered(service: &Service, texts: &[&str]) {
    let draft = |text: &&str| Draft {
        data: (*text).to_owned().into(),
        ordering_key: "k".to_owned(),
        ..Draft::default()
    };
    let drafts = texts.iter().map(draft).collect();
    service
        .change(|core, now| {
            core.publish(TOPIC, drafts, now).map(|published| ((), published.events))
        })
        .unwrap();
}

fn unwrapped(endpoint: String) -> Push {
    Push { endpoint, wrapper: Wrapper::Nothing { write_metadata: true }, ..Push::default() }
}

#[tokio::test]
async fn messages_of_a_key_are_pushed_in_order_after_a_failure() {
    let dir = tempfile::tempdir().unwrap();
    let service = Service::open(dir.path(), Deps::default()).unwrap();
    let failures = Arc::new(std::sync::atomic::AtomicUsize::new(2));
    let answer = move |body: &str| {
        let fails = body == "1"
            && failures
                .fetch_update(
                    std::sync::atomic::Ordering::SeqCst,
                    std::sync::atomic::Ordering::SeqCst,
                    |left| left.checked_sub(1),
                )
                .is_ok();
        if fails { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK }
    };
    let (url, mut received) = choosing_endpoint(answer).await;
    provision_ordered(&service, unwrapped(url));
    publish_ordered(&service, &["0", "1", "2", "3", "4"]);
    for expected in ["0", "1", "1", "1", "2", "3", "4"] {
        assert_eq!(received.recv().await.unwrap(), expected);
    }
}

#[tokio::test]
async fn attributes_named_like_framing_headers_do_not_cut_the_body() {
    let dir = tempfile::tempdir().unwrap();
    let service = Service::open(dir.path(), Deps::default()).unwrap();
    let (url, mut received) = choosing_endpoint(|_| StatusCode::OK).await;
    provision(&service, unwrapped(url));
    let names = ["content-length", "Transfer-Encoding", "connection", "Host", "expect"];
    for name in names {
        let attributes = [(name.to_owned(), "1".to_owned())].into();
        service.publish(TOPIC, "longer".into(), attributes).unwrap();
        assert_eq!(received.recv().await.unwrap(), "longer", "{name}");
    }
}

#[tokio::test]
async fn processing_acknowledges_before_the_final_response() {
    let dir = tempfile::tempdir().unwrap();
    let service = Service::open(dir.path(), Deps::default()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/push", listener.local_addr().unwrap());
    let (requests, mut received) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut open = Vec::new();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 4096];
            let length = stream.read(&mut request).await.unwrap();
            stream.write_all(b"HTTP/1.1 102 Processing\r\n\r\n").await.unwrap();
            request.truncate(length);
            requests.send(String::from_utf8(request).unwrap()).unwrap();
            // Its final response never comes.
            open.push(stream);
        }
    });
    provision_ordered(&service, unwrapped(url));
    publish_ordered(&service, &["first", "second", "third"]);
    let mut ids = std::collections::BTreeSet::new();
    for _ in 0..3 {
        let request = received.recv().await.unwrap();
        let id = request.lines().find(|line| line.starts_with("x-goog-pubsub-message-id"));
        assert!(ids.insert(id.unwrap().to_owned()), "sent again: {request}");
    }
}
