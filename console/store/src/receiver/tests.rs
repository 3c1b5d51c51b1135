use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, TracesData};
use tower::ServiceExt as _;

use super::*;
use crate::ids::TraceId;
use crate::store::Limits;

fn spans(trace: u8) -> TracesData {
    let span = Span { trace_id: vec![trace; 16], span_id: vec![1; 8], ..Span::default() };
    let scope = ScopeSpans { spans: vec![span, Span::default()], ..ScopeSpans::default() };
    TracesData {
        resource_spans: vec![ResourceSpans {
            scope_spans: vec![scope],
            ..ResourceSpans::default()
        }],
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

struct Server {
    store: Arc<TraceStore>,
    _dir: tempfile::TempDir,
}

impl Server {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Arc::new(TraceStore::open(dir.path(), Limits::default()).unwrap());
        Self { store, _dir: dir }
    }

    async fn post(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Response<Body> {
        let mut request = axum::http::Request::post(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.into()).unwrap();
        router(Arc::clone(&self.store)).oneshot(request).await.unwrap()
    }

    fn has(&self, trace: u8) -> bool {
        self.store.trace(TraceId::from_bytes(&[trace; 16]).unwrap()).is_some()
    }
}

/// The status of a call, and its response.
async fn outcome(response: Response<Body>) -> (i32, Bytes) {
    assert_eq!(response.status(), StatusCode::OK);
    let collected = response.into_body().collect().await.unwrap();
    let status = collected.trailers().unwrap()["grpc-status"].to_str().unwrap().parse().unwrap();
    (status, collected.to_bytes())
}

#[tokio::test]
async fn spans_are_taken_over_http_and_what_is_rejected_is_told() {
    let server = Server::new();
    let protobuf = spans(1).encode_to_vec();
    let content_type = ("content-type", "application/x-protobuf");
    let response = server.post(HTTP_PATH, &[content_type], protobuf).await;
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let answer = ExportTraceServiceResponse::decode(body).unwrap();
    assert_eq!(answer.partial_success.unwrap().rejected_spans, 1);
    assert!(server.has(1));

    let json = otlp::to_json(&spans(2)).unwrap();
    let content_type = ("content-type", "application/json; charset=utf-8");
    let response = server.post(HTTP_PATH, &[content_type], json).await;
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let answer: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(answer["partialSuccess"]["rejectedSpans"], 1);
    assert!(server.has(2));
}

#[tokio::test]
async fn spans_are_taken_over_grpc() {
    let server = Server::new();
    let body = framed(&spans(1).encode_to_vec());
    let (status, answer) = outcome(server.post(GRPC_METHOD, &[], body).await).await;
    assert_eq!(status, 0);
    let answer = ExportTraceServiceResponse::decode(&answer[GRPC_PREFIX_BYTES..]).unwrap();
    assert_eq!(answer.partial_success.unwrap().rejected_spans, 1);
    assert!(server.has(1));
}

#[tokio::test]
async fn compressed_spans_are_taken() {
    let server = Server::new();
    let headers = [("content-type", "application/x-protobuf"), ("content-encoding", "gzip")];
    server.post(HTTP_PATH, &headers, gzip(&spans(1).encode_to_vec())).await;
    assert!(server.has(1));

    let mut body = framed(&gzip(&spans(2).encode_to_vec())).to_vec();
    body[0] = 1;
    let response = server.post(GRPC_METHOD, &[("grpc-encoding", "gzip")], body).await;
    assert_eq!(outcome(response).await.0, 0);
    assert!(server.has(2));
}

#[tokio::test]
async fn what_is_no_otlp_is_refused() {
    let server = Server::new();
    let protobuf = ("content-type", "application/x-protobuf");
    type Case<'a> = (&'a [(&'a str, &'a str)], Vec<u8>, u16);
    let cases: [Case<'_>; 5] = [
        (&[("content-type", "text/plain")], b"x".to_vec(), 415),
        (&[protobuf, ("content-encoding", "br")], b"x".to_vec(), 415),
        (&[protobuf, ("content-encoding", "gzip")], b"x".to_vec(), 400),
        (&[protobuf, ("content-encoding", "gzip")], gzip(&vec![0; REQUEST_BYTES_MAX + 1]), 400),
        (&[protobuf], b"\xff".to_vec(), 400),
    ];
    for (headers, body, status) in cases {
        let response = server.post(HTTP_PATH, headers, body).await;
        assert_eq!(response.status(), status, "{headers:?}");
    }
    let response = server.post("/v1/metrics", &[protobuf], Vec::new()).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    for body in [b"".to_vec(), b"\0\0\0\0\x09x".to_vec()] {
        assert_eq!(outcome(server.post(GRPC_METHOD, &[], body).await).await.0, 3);
    }
    assert_eq!(server.store.size().0, 0);
}
