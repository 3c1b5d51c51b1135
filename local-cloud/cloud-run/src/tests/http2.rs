//! HTTP/2 from the caller to the container.

use std::convert::Infallible;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Version};
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use google_cloud_run_v2::model::{ContainerPort, Service as ServiceResource};
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::sync::mpsc;

use super::fixture::{Cloud, SERVER, client, get, service_of, tuning, without_sandbox};
use super::grpc;

const SUM: HeaderName = HeaderName::from_static("x-sum");

/// The program of an instance: sends every frame of a request's body back, trailers included, and
/// what it got in headers. Paths of gRPC are the methods of [`grpc`].
pub(super) fn serve() {
    let port = std::env::var("PORT").unwrap().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async move {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        let router = Router::new().nest(grpc::PREFIX, grpc::router()).fallback(echo);
        axum::serve(listener, router).await.unwrap();
    });
}

async fn echo(request: Request) -> Response {
    let text = |value: String| HeaderValue::try_from(value).unwrap();
    let of_request = |name: &str| request.headers().get(name).cloned();
    let response = Response::builder()
        .header("x-version", text(format!("{:?}", request.version())))
        .header(
            "x-host",
            text(request.uri().authority().map(ToString::to_string).unwrap_or_default()),
        )
        .header("x-cookie", of_request("cookie").unwrap_or(HeaderValue::from_static("none")))
        .header("x-te", of_request("te").unwrap_or(HeaderValue::from_static("none")));
    response.body(request.into_body()).unwrap()
}

/// A public service whose instances are this test's own program. It is not in an image, so this
/// machine's sandbox would hide it.
pub(super) async fn deployed(port_name: &str) -> (Cloud, ServiceResource) {
    let cloud = Cloud::with(tuning(), without_sandbox()).await;
    let program = std::env::current_exe().unwrap();
    let script = format!(
        "import os\nos.execv({program:?}, [{program:?}, '--exact', \
         'tests::stands_in_for_a_container_of_http2', '--ignored', '--nocapture'])\n"
    );
    let mut service = service_of(&cloud.push(&script));
    let port = ContainerPort::new().set_name(port_name).set_container_port(8080);
    service.template.as_mut().unwrap().containers[0].ports = vec![port];
    let service = cloud.deployed(service).await;
    (cloud, service)
}

pub(super) type AnyBody = http_body_util::combinators::BoxBody<Bytes, Infallible>;

/// A connection of HTTP/2 to the service's URL, with prior knowledge.
async fn connect(url: &str) -> SendRequest<AnyBody> {
    let stream = tokio::net::TcpStream::connect(url.trim_start_matches("http://")).await.unwrap();
    let io = TokioIo::new(stream);
    let (sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
    tokio::spawn(connection);
    sender
}

pub(super) async fn sent(
    url: &str,
    body: AnyBody,
    headers: &[(&str, &str)],
) -> hyper::Response<Incoming> {
    let request = hyper::Request::post(format!("{url}/echo"));
    let request = headers.iter().fold(request, |it, (name, value)| it.header(*name, *value));
    connect(url).await.send_request(request.body(body).unwrap()).await.unwrap()
}

#[tokio::test]
async fn a_container_of_http2_gets_http2_from_callers_of_both_versions() {
    let (cloud, service) = deployed("h2c").await;
    let host = service.uri.trim_start_matches("http://");
    let body = Full::new(Bytes::from_static(b"over 2")).boxed();
    let cookies = [("cookie", "a=1"), ("cookie", "b=2"), ("te", "trailers")];
    let response = sent(&service.uri, body, &cookies).await;
    let headers = response.headers();
    let expected = [
        ("x-version", "HTTP/2.0"),
        ("x-host", host),
        ("x-cookie", "a=1; b=2"),
        ("x-te", "trailers"),
    ];
    for (name, value) in expected {
        assert_eq!(headers[name], value, "{name}");
    }
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "over 2");

    let response = client().post(&service.uri).body("over 1").send().await.unwrap();
    assert_eq!(response.version(), Version::HTTP_11);
    assert_eq!(response.headers()["x-version"], "HTTP/2.0");
    assert_eq!(response.headers()["x-host"], host);
    assert_eq!(response.text().await.unwrap(), "over 1");
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_container_without_the_name_gets_http1() {
    let (cloud, service) = deployed("http1").await;
    let body = Full::new(Bytes::from_static(b"x")).boxed();
    let response = sent(&service.uri, body, &[]).await;
    assert_eq!(response.headers()["x-version"], "HTTP/1.1");
    cloud.service.stop().await;
}

#[tokio::test]
async fn both_directions_stream_at_the_same_time_and_end_with_trailers() {
    let (cloud, service) = deployed("h2c").await;
    let (parts, received) = mpsc::channel::<Frame<Bytes>>(1);
    let frames = stream::unfold(received, |mut received| async move {
        Some((Ok::<_, Infallible>(received.recv().await?), received))
    });
    parts.send(Frame::data(Bytes::from_static(b"0"))).await.unwrap();
    let body = StreamBody::new(frames).boxed();
    let mut body = sent(&service.uri, body, &[]).await.into_body();
    for (received, next) in [("0", "1"), ("1", "2")] {
        let frame = body.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), received, "before the next one is sent");
        parts.send(Frame::data(Bytes::from_static(next.as_bytes()))).await.unwrap();
    }
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "2");
    let sum = HeaderMap::from_iter([(SUM, HeaderValue::from_static("012"))]);
    parts.send(Frame::trailers(sum)).await.unwrap();
    drop(parts);
    let trailers = body.frame().await.unwrap().unwrap().into_trailers().unwrap();
    assert_eq!(trailers[SUM], "012");
    assert!(body.frame().await.is_none());
    cloud.service.stop().await;
}

/// One byte more than what a container of HTTP/1 may get and send.
const TOO_MANY_BYTES: usize = (32 << 20) + 1;

#[tokio::test]
async fn containers_of_http1_have_limits_and_those_of_http2_have_none() {
    let (cloud, service) = deployed("h2c").await;
    for caller in 1..=2 {
        let bytes = Bytes::from(vec![7_u8; TOO_MANY_BYTES]);
        let length = if caller == 2 {
            let body = sent(&service.uri, Full::new(bytes).boxed(), &[]).await.into_body();
            body.collect().await.unwrap().to_bytes().len()
        } else {
            let response = client().post(&service.uri).body(bytes).send().await.unwrap();
            response.bytes().await.unwrap().len()
        };
        assert_eq!(length, TOO_MANY_BYTES, "HTTP/{caller}");
    }
    cloud.service.stop().await;

    let (cloud, service) = deployed("http1").await;
    let head = format!("connection: close\r\ncontent-length: {TOO_MANY_BYTES}\r\n");
    let answer = answer_to(&service.uri, "POST", &head).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    let chunk = || Ok::<_, Infallible>(Frame::data(Bytes::from(vec![7_u8; 1 << 20])));
    let chunks: Vec<_> = std::iter::repeat_with(chunk).take(33).collect();
    let response = sent(&service.uri, StreamBody::new(stream::iter(chunks)).boxed(), &[]).await;
    assert_eq!(response.headers()["x-version"], "HTTP/1.1", "the caller's version does not matter");
    assert!(response.into_body().collect().await.is_err());
    cloud.service.stop().await;
}

/// What comes back for a request over HTTP/1 without a body, with these lines in its head.
async fn answer_to(url: &str, method: &str, lines: &str) -> String {
    let address = url.trim_start_matches("http://").to_owned();
    let head = format!("{method} / HTTP/1.1\r\nhost: {address}\r\n{lines}\r\n");
    let answer = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    });
    answer.await.unwrap()
}

/// Sends as much as the path says, with its length or in chunks.
const LARGE: &str = r#"
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        size = 32 * 1024 * 1024 + 1
        self.send_response(200)
        if self.path == "/declared":
            self.send_header("Content-Length", str(size))
            self.end_headers()
            self.wfile.write(bytes(size))
        else:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (size, bytes(size)))
    def log_message(self, *args):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"#;

#[tokio::test]
async fn a_response_of_http1_is_limited_unless_it_is_streamed() {
    let cloud = Cloud::open(tuning()).await;
    let service = cloud.deployed(service_of(&cloud.push(LARGE))).await;
    let (status, text) = get(&format!("{}/declared", service.uri)).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{text}");
    assert!(text.contains("Response size was too large"), "{text}");
    let (status, text) = get(&format!("{}/streamed", service.uri)).await;
    assert_eq!((status, text.len()), (StatusCode::OK, TOO_MANY_BYTES));
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_container_that_does_not_speak_http2_is_reported_as_such() {
    let cloud = Cloud::open(tuning()).await;
    let mut service = service_of(&cloud.push(SERVER));
    let port = ContainerPort::new().set_name("h2c").set_container_port(8080);
    service.template.as_mut().unwrap().containers[0].ports = vec![port];
    let service = cloud.deployed(service).await;
    let (status, text) = get(&service.uri).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(text.contains("h2c"), "{text}");
    cloud.service.stop().await;
}

#[tokio::test]
async fn an_upgrade_to_http2_is_optional_and_not_made() {
    let cloud = Cloud::open(tuning()).await;
    let service = cloud.deployed(service_of(&cloud.push(SERVER))).await;
    let lines = "connection: close, upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n";
    let answer = answer_to(&service.uri, "GET", lines).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    cloud.service.stop().await;
}
