//! The client against a server that fails as the real one does.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{Response, StatusCode};
use axum::routing::{get, post};
use bytes::Bytes;

use super::{GoogleObjects, path};
use crate::endpoints::Cloud;
use crate::google::Profile;
use crate::google::call::Call;
use crate::google::transfer;
use crate::{Created, Kind, Objects as _, Replaced};

const CALL: Call<'static> = Call { operation: "test", resource: "it" };

/// Cloud Storage's JSON API. The bucket's name selects the response.
struct Fake {
    objects: GoogleObjects,
    requests: Arc<AtomicUsize>,
    server: tokio::task::JoinHandle<()>,
}

impl Fake {
    async fn start() -> Self {
        let requests = Arc::new(AtomicUsize::new(0));
        let router = Router::new()
            .route("/upload/storage/v1/b/{bucket}/o", post(write))
            .route("/storage/v1/b/{bucket}/o/{object}", get(read))
            .with_state(Arc::clone(&requests));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let profile = Profile::of(Cloud::Local).unwrap();
        Self {
            objects: GoogleObjects::connect(&profile, Some(&endpoint)).await.unwrap(),
            requests,
            server,
        }
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn answer(status: StatusCode, body: &'static str) -> Response<Body> {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Body::from(body))
        .unwrap()
}

async fn write(
    State(requests): State<Arc<AtomicUsize>>,
    Path(bucket): Path<String>,
    _content: Bytes,
) -> Response<Body> {
    requests.fetch_add(1, Ordering::SeqCst);
    match bucket.as_str() {
        "fine" => answer(
            StatusCode::OK,
            r#"{ "name": "o", "bucket": "fine", "generation": "7", "size": "5" }"#,
        ),
        "precondition" => {
            let body = r#"{ "error": { "code": 412, "message": "At least one of the pre-conditions you specified did not hold." } }"#;
            answer(StatusCode::PRECONDITION_FAILED, body)
        }
        "busy" => answer(
            StatusCode::SERVICE_UNAVAILABLE,
            r#"{ "error": { "code": 503, "message": "Backend Error" } }"#,
        ),
        "quota" => answer(
            StatusCode::TOO_MANY_REQUESTS,
            r#"{ "error": { "code": 429, "message": "rateLimitExceeded" } }"#,
        ),
        "forbidden" => answer(StatusCode::FORBIDDEN, "<html>no</html>"),
        _ => answer(
            StatusCode::NOT_FOUND,
            r#"{ "error": { "code": 404, "message": "no such bucket" } }"#,
        ),
    }
}

async fn read(
    State(requests): State<Arc<AtomicUsize>>,
    Path((bucket, _object)): Path<(String, String)>,
) -> Response<Body> {
    let earlier = requests.fetch_add(1, Ordering::SeqCst);
    match bucket.as_str() {
        "busy-once" if earlier == 0 => answer(StatusCode::SERVICE_UNAVAILABLE, "{}"),
        "fine" | "busy-once" => Response::builder()
            .header("x-goog-generation", "7")
            .header("x-goog-metageneration", "1")
            .header("x-goog-stored-content-length", "5")
            .header("content-length", "5")
            .body(Body::from("hello"))
            .unwrap(),
        _ => answer(StatusCode::NOT_FOUND, "No such object"),
    }
}

#[tokio::test]
async fn a_conditional_write_succeeds_or_reports_a_conflict() {
    let fake = Fake::start().await;
    let content = || Bytes::from_static(b"hello");
    assert_eq!(fake.objects.create("fine", "o", content()).await.unwrap(), Created::New(7));
    assert_eq!(fake.objects.create("precondition", "o", content()).await.unwrap(), Created::Exists);
    assert_eq!(fake.objects.replace("fine", "o", 6, content()).await.unwrap(), Replaced::New(7));
    assert_eq!(
        fake.objects.replace("precondition", "o", 6, content()).await.unwrap(),
        Replaced::Conflict
    );
}

#[tokio::test]
async fn a_replacement_of_generation_zero_is_rejected_before_it_is_sent() {
    let fake = Fake::start().await;
    let error = fake.objects.replace("fine", "o", 0, Bytes::new()).await.unwrap_err();
    assert_eq!((error.kind, fake.requests()), (Kind::InvalidArgument, 0));
}

#[tokio::test]
async fn a_write_that_failed_is_not_sent_again() {
    for (bucket, kind) in [
        ("busy", Kind::Unavailable),
        ("quota", Kind::ResourceExhausted),
        ("forbidden", Kind::PermissionDenied),
        ("missing", Kind::NotFound),
    ] {
        let fake = Fake::start().await;
        let error =
            fake.objects.create(bucket, "o", Bytes::from_static(b"hello")).await.unwrap_err();
        assert_eq!((error.kind, fake.requests()), (kind, 1), "{error}");
        assert_eq!(error.resource, format!("gs://{bucket}/o"));
    }
}

#[tokio::test]
async fn a_file_is_uploaded_once() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "hello").unwrap();
    for (bucket, expected) in [
        ("fine", Ok(Created::New(7))),
        ("precondition", Ok(Created::Exists)),
        ("busy", Err(Kind::Unavailable)),
    ] {
        let fake = Fake::start().await;
        let created = fake.objects.upload(bucket, "o", file.path(), BTreeMap::new()).await;
        assert_eq!(
            (created.map_err(|error| error.kind), fake.requests()),
            (expected, 1),
            "{bucket}"
        );
    }
}

#[tokio::test]
async fn a_read_is_retried_and_finds_the_object_or_nothing() {
    for (bucket, expected, requests) in [
        ("fine", Some((7, "hello")), 1),
        ("busy-once", Some((7, "hello")), 2),
        ("missing", None, 1),
    ] {
        let fake = Fake::start().await;
        let found = fake.objects.read(CALL, bucket, "o").await.unwrap();
        let expected = expected
            .map(|(generation, content)| (generation, Bytes::from_static(content.as_bytes())));
        assert_eq!((found, fake.requests()), (expected, requests), "{bucket}");
    }
}

#[tokio::test]
async fn a_document_is_read_with_one_request() {
    let fake = Fake::start().await;
    let read = fake.objects.get("fine", "o").await.unwrap();
    assert_eq!(read, Some((7, Bytes::from_static(b"hello"))));
    assert_eq!(fake.requests(), 1);
}

#[tokio::test]
async fn a_download_leaves_a_complete_file_or_none() {
    let fake = Fake::start().await;
    let directory = tempfile::tempdir().unwrap();
    for (bucket, limit_bytes, expected) in [
        ("fine", 5, Ok("hello")),
        ("fine", 4, Err(Kind::InvalidArgument)),
        ("missing", 5, Err(Kind::NotFound)),
    ] {
        let file = directory.path().join(format!("{bucket}-{limit_bytes}"));
        let request = fake.objects.content.read_object(path(bucket), "o");
        let result = transfer::download(CALL, request, &file, limit_bytes).await;
        assert_eq!(
            result.map_err(|error| error.kind),
            expected.map(drop),
            "{bucket} {limit_bytes}"
        );
        assert_eq!(
            std::fs::read_to_string(&file).ok().as_deref(),
            expected.ok(),
            "{bucket} {limit_bytes}"
        );
    }
}

#[tokio::test]
async fn a_download_never_touches_an_existing_file() {
    let fake = Fake::start().await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "mine").unwrap();
    let request = fake.objects.content.read_object(path("fine"), "o");
    let error = transfer::download(CALL, request, file.path(), 5).await.unwrap_err();
    assert_eq!(error.kind, Kind::InvalidArgument);
    assert_eq!(std::fs::read_to_string(file.path()).unwrap(), "mine");
}
