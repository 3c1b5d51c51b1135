//! Requests to the services of the local cloud, from the bytes of a request to the decision of the
//! core, without sockets.
//!
//! A request is answered: no method panics, and none reports a fault of its own. The next honest
//! request works.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
use bytes::Bytes;
use longshore_local_kit::keys::NoKeys;
use longshore_local_kit::{Announce, rest as google_rest};
use longshore_local_pubsub as pubsub;
use longshore_local_registry as registry;
use longshore_local_storage as storage;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tower::Service as _;

/// Requests to the same services, so that one builds on what others have left, and the services do
/// not grow without limit.
const REQUESTS_MAX: usize = 512;

/// More than any answer has.
const ANSWER_MAX_BYTES: usize = 64 * 1024 * 1024;

const TOPIC: &str = "projects/project/topics/topic";

/// A `PublishRequest` with [`TOPIC`], and one message with the data `x`.
const HONEST_PUBLISH: &[u8] = b"\x0a\x1dprojects/project/topics/topic\x12\x03\x0a\x01x";

thread_local! {
    static FIXTURE: RefCell<Option<Fixture>> = const { RefCell::new(None) };
}

/// A request to Pub/Sub over gRPC. The first byte selects the method, and whether the rest is a
/// message or already framed.
pub(crate) fn pubsub_grpc(data: &[u8]) {
    let Some((&selector, rest)) = data.split_first() else { return };
    let methods = pubsub::METHODS;
    let method = &methods[usize::from(selector & 0x7f) % methods.len()];
    let body = if selector & 0x80 == 0 { framed(rest) } else { rest.to_vec() };
    with_fixture(|fixture| {
        fixture.call(Service::PubSub, grpc(method.grpc, body));
    });
}

/// A request to one of the REST APIs: a line `SERVICE METHOD PATH`, a line with the content type,
/// and the body.
pub(crate) fn rest(data: &[u8]) {
    let mut lines = data.splitn(3, |byte| *byte == b'\n');
    let (Some(first), content_type) = (lines.next(), lines.next().unwrap_or_default()) else {
        return;
    };
    let body = lines.next().unwrap_or_default();
    let mut words = first.splitn(3, |byte| *byte == b' ');
    let (Some(service), Some(method), Some(path)) = (words.next(), words.next(), words.next())
    else {
        return;
    };
    let Ok(method) = Method::from_bytes(method) else { return };
    let service = match service.first() {
        Some(b'p') => Service::PubSub,
        Some(b's') => Service::Storage,
        Some(b'r') => Service::Registry,
        _ => Service::ArtifactRegistry,
    };
    // The server rejects what is not the head of a request.
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost")
        .header("content-type", content_type)
        .body(Body::from(body.to_vec()));
    let Ok(request) = request else { return };
    with_fixture(|fixture| {
        let status = fixture.call(service, request);
        assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR);
    });
}

#[derive(Clone, Copy)]
enum Service {
    PubSub,
    Storage,
    Registry,
    ArtifactRegistry,
}

/// The services, each with something in it.
struct Fixture {
    runtime: Runtime,
    routers: [Router; 4],
    requests: usize,
    _dir: TempDir,
}

struct Unannounced;

impl Announce for Unannounced {
    fn announce(&self, _topic: &str, _attributes: BTreeMap<String, String>, _data: Bytes) {}
}

fn with_fixture(request: impl FnOnce(&mut Fixture)) {
    FIXTURE.with_borrow_mut(|kept| {
        if kept.as_ref().is_some_and(|fixture| fixture.requests >= REQUESTS_MAX) {
            *kept = None;
        }
        let fixture = kept.get_or_insert_with(Fixture::new);
        request(fixture);
        if fixture.requests.is_multiple_of(64) {
            fixture.serves_honest_requests();
        }
    });
}

impl Fixture {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        // Memory, if the machine has it: journals wait for the disk.
        let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let dir = dir.expect("a temporary directory");
        let routers = runtime.block_on(async { routers(&dir) });
        let fixture = Self { runtime, routers, requests: 0, _dir: dir };
        for (service, request) in furnishings() {
            let status = fixture.send(service, request);
            assert!(status.is_success(), "{status}");
        }
        fixture
    }

    fn call(&mut self, service: Service, request: Request<Body>) -> StatusCode {
        self.requests += 1;
        self.send(service, request)
    }

    fn send(&self, service: Service, request: Request<Body>) -> StatusCode {
        let mut router = self.routers[service as usize].clone();
        self.runtime.block_on(async {
            let response = match router.call(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            let status = response.status();
            // An error in the middle of an answer is the end of the answer.
            let _answer = to_bytes(response.into_body(), ANSWER_MAX_BYTES).await;
            status
        })
    }

    /// The topic and the bucket may have been deleted, but nothing else may go wrong.
    fn serves_honest_requests(&self) {
        for (service, request) in furnishings() {
            let status = self.send(service, request);
            let is_there = matches!(status, StatusCode::CONFLICT | StatusCode::BAD_REQUEST);
            assert!(status.is_success() || is_there, "{status}");
        }
        let publish = grpc("/google.pubsub.v1.Publisher/Publish", framed(HONEST_PUBLISH));
        assert_eq!(self.send(Service::PubSub, publish), StatusCode::OK);
    }
}

fn routers(dir: &TempDir) -> [Router; 4] {
    let pubsub = pubsub::Service::open(&dir.path().join("pubsub"), pubsub::Deps::default());
    let pubsub = pubsub.expect("Pub/Sub");
    // Pulls and streams end at once, and nothing is pushed.
    pubsub.stop();
    let deps = storage::Deps {
        project: "project".to_owned(),
        project_number: 1,
        announce: Arc::new(Unannounced),
        keys: Arc::new(NoKeys),
    };
    let storage = storage::Service::open(&dir.path().join("storage"), deps).expect("Storage");
    let registry = registry::Service::open(
        &dir.path().join("registry"),
        Arc::new(Unannounced),
        Arc::new(NoKeys),
    );
    let registry = registry.expect("the registry");
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 80));
    [
        pubsub::router(pubsub),
        storage::router(storage, address),
        registry::distribution_router(Arc::clone(&registry)),
        google_rest::router(vec![registry::api(registry)]),
    ]
}

/// What the seeds refer to.
fn furnishings() -> Vec<(Service, Request<Body>)> {
    let json = |method: &str, uri: &str, body: &str| {
        let request = Request::builder().method(method).uri(uri).header("host", "localhost");
        let request = request.header("content-type", "application/json");
        request.body(Body::from(body.to_owned())).expect("a request")
    };
    let subscription = format!("{{\"topic\": \"{TOPIC}\"}}");
    vec![
        (Service::PubSub, json("PUT", &format!("/v1/{TOPIC}"), "{}")),
        (
            Service::PubSub,
            json("PUT", "/v1/projects/project/subscriptions/subscription", &subscription),
        ),
        (Service::Storage, json("POST", "/storage/v1/b?project=project", r#"{"name": "bucket"}"#)),
        (
            Service::Storage,
            json("POST", "/upload/storage/v1/b/bucket/o?uploadType=media&name=object", "content"),
        ),
        (
            Service::ArtifactRegistry,
            json(
                "POST",
                "/v1/projects/project/locations/europe-west1/repositories?repositoryId=repository",
                r#"{"format": "DOCKER"}"#,
            ),
        ),
    ]
}

fn grpc(path: &str, body: Vec<u8>) -> Request<Body> {
    let request = Request::builder().method("POST").uri(path);
    let request = request.header("content-type", "application/grpc").header("te", "trailers");
    request.body(Body::from(body)).expect("a request")
}

/// A message without compression: a zero, the length, and the bytes.
fn framed(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    [&[0][..], &length.to_be_bytes(), message].concat()
}
