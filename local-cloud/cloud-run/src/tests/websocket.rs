//! WebSockets through the URL of a service.

use std::time::Duration;

use axum::http::StatusCode;
use google_cloud_run_v2::model::{Container, ContainerPort, RevisionScaling, RevisionTemplate};
use google_cloud_wkt::Duration as WireDuration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::fixture::{Cloud, eventually, get, service_of, tuning, with_template};
use longshore_local_identity::OWNER;

/// The example of RFC 6455, 1.3.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;

/// Speaks first on a WebSocket, then sends every message back, and closes after `bye`. Requests
/// without one get a plain response. `/busy` keeps the WebSocket open whatever happens.
const SERVER: &str = r#"
import base64, hashlib, http.server, os, time
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        if self.headers.get("Upgrade") != "websocket" or self.path == "/plain":
            body = b"no websocket"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return
        assert self.headers["Connection"].lower() == "upgrade", self.headers
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
        self.end_headers()
        self.send(0x81, b"hello")
        while True:
            head = self.rfile.read(2)
            if len(head) < 2:
                print("the caller is gone", flush=True)
                break
            mask = self.rfile.read(4)
            payload = bytes(byte ^ mask[at % 4] for at, byte in enumerate(self.rfile.read(head[1] & 127)))
            if head[0] == 0x88 or payload == b"bye":
                self.send(0x88, payload if head[0] == 0x88 else b"")
                print("closed", flush=True)
                break
            self.send(0x81, payload)
        self.close_connection = True
    def send(self, kind, payload):
        self.wfile.write(bytes([kind, len(payload)]) + payload)
        self.wfile.flush()
    def log_message(self, *args):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"#;

struct Socket(TcpStream);

impl Socket {
    /// The status and the headers of the response to a request for a WebSocket.
    async fn ask(url: &str, path: &str, more: &str) -> (Self, String) {
        let address = url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: keep-alive, Upgrade\r\n\
             upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: {KEY}\r\n{more}\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        (Self(stream), String::from_utf8(head).unwrap().to_lowercase())
    }

    async fn open(url: &str) -> Self {
        let (mut socket, head) = Self::ask(url, "/", "").await;
        assert!(head.starts_with("http/1.1 101 "), "{head}");
        assert!(
            head.contains(&format!("sec-websocket-accept: {}", ACCEPT.to_lowercase())),
            "{head}"
        );
        assert!(
            head.contains("upgrade: websocket") && head.contains("connection: upgrade"),
            "{head}"
        );
        assert_eq!(
            socket.next().await,
            Some((TEXT, b"hello".to_vec())),
            "the function speaks first"
        );
        socket
    }

    /// Clients mask what they send; a mask of zeros changes nothing.
    async fn send(&mut self, kind: u8, text: &[u8]) {
        let length = 0x80 | u8::try_from(text.len()).unwrap();
        let frame = [&[kind, length, 0, 0, 0, 0][..], text].concat();
        self.0.write_all(&frame).await.unwrap();
    }

    /// `None` at the end of the connection.
    async fn next(&mut self) -> Option<(u8, Vec<u8>)> {
        let kind = self.0.read_u8().await.ok()?;
        let mut text = vec![0; self.0.read_u8().await.ok()?.into()];
        self.0.read_exact(&mut text).await.ok()?;
        Some((kind, text))
    }
}

#[tokio::test]
async fn messages_pass_in_both_directions_until_either_side_closes() {
    let cloud = Cloud::open(tuning()).await;
    let service = cloud.deployed(service_of(&cloud.push(SERVER))).await;
    let mut socket = Socket::open(&service.uri).await;
    for text in [&b"one"[..], b"two"] {
        socket.send(TEXT, text).await;
        assert_eq!(socket.next().await, Some((TEXT, text.to_vec())));
    }
    socket.send(CLOSE, b"\x03\xe8").await;
    assert_eq!(socket.next().await, Some((CLOSE, b"\x03\xe8".to_vec())), "the caller closes");
    assert_eq!(socket.next().await, None);

    let mut socket = Socket::open(&service.uri).await;
    socket.send(TEXT, b"bye").await;
    assert_eq!(socket.next().await, Some((CLOSE, Vec::new())), "the function closes");
    assert_eq!(socket.next().await, None);

    drop(Socket::open(&service.uri).await);
    eventually("no request is in flight", || cloud.pool().in_flight() == 0).await;
    let is_gone = |entry: &serde_json::Value| entry["textPayload"] == "the caller is gone";
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while !cloud.log().await.iter().any(is_gone) {
        assert!(std::time::Instant::now() < deadline, "the function is not told");
    }
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_websocket_needs_the_identity_that_a_request_needs() {
    let cloud = Cloud::open(tuning()).await;
    let service =
        cloud.deployed(service_of(&cloud.push(SERVER)).set_invoker_iam_disabled(false)).await;
    for (more, status) in [(String::new(), "403"), ("authorization: Bearer any\r\n".into(), "401")]
    {
        let (_, head) = Socket::ask(&service.uri, "/", &more).await;
        assert!(head.starts_with(&format!("http/1.1 {status} ")), "{head}");
    }
    assert_eq!(cloud.pool().in_flight(), 0, "nothing has reached the function");
    let token = cloud.token(OWNER, &service.uri);
    let (_, head) =
        Socket::ask(&service.uri, "/", &format!("authorization: Bearer {token}\r\n")).await;
    assert!(head.starts_with("http/1.1 101 "), "{head}");
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_function_may_answer_without_a_websocket() {
    let cloud = Cloud::open(tuning()).await;
    let service = cloud.deployed(service_of(&cloud.push(SERVER))).await;
    let (_, head) = Socket::ask(&service.uri, "/plain", "").await;
    assert!(head.starts_with("http/1.1 200 "), "{head}");
    let (status, text) = get(&service.uri).await;
    assert_eq!((status, text.as_str()), (StatusCode::OK, "no websocket"));
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_websocket_ends_at_the_timeout_of_its_request() {
    let cloud = Cloud::open(tuning()).await;
    let service = with_template(&cloud.push(SERVER), |template| {
        template.set_timeout(WireDuration::clamp(1, 0))
    });
    let service = cloud.deployed(service).await;
    let mut socket = Socket::open(&service.uri).await;
    assert_eq!(socket.next().await, None);
    eventually("no request is in flight", || cloud.pool().in_flight() == 0).await;
    cloud.service.stop().await;
}

#[tokio::test]
async fn an_open_websocket_counts_in_the_concurrency_of_its_instance() {
    let cloud = Cloud::open(tuning()).await;
    let one = RevisionScaling::new().set_max_instance_count(1);
    let service = with_template(&cloud.push(SERVER), |template| {
        template.set_max_instance_request_concurrency(1).set_scaling(one)
    });
    let service = cloud.deployed(service).await;
    let mut socket = Socket::open(&service.uri).await;
    assert_eq!(cloud.pool().in_flight(), 1);
    assert_eq!(get(&service.uri).await.0, StatusCode::TOO_MANY_REQUESTS);
    socket.send(TEXT, b"still").await;
    assert_eq!(
        socket.next().await,
        Some((TEXT, b"still".to_vec())),
        "it is not cut off for another"
    );
    socket.send(CLOSE, b"").await;
    assert_eq!(socket.next().await, Some((CLOSE, Vec::new())));
    eventually("the slot is free", || cloud.pool().in_flight() == 0).await;
    assert_eq!(get(&service.uri).await.0, StatusCode::OK);
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_websocket_to_a_container_of_http2_is_refused_with_what_to_do() {
    let cloud = Cloud::open(tuning()).await;
    let mut service = service_of("");
    let port = ContainerPort::new().set_name("h2c").set_container_port(8080);
    let container = Container::new().set_image(cloud.push(SERVER)).set_ports([port]);
    service.template = Some(RevisionTemplate::new().set_containers([container]));
    let service = cloud.deployed(service).await;
    let (mut socket, head) = Socket::ask(&service.uri, "/", "connection: close\r\n").await;
    assert!(head.starts_with("http/1.1 501 "), "{head}");
    let mut text = String::new();
    socket.0.read_to_string(&mut text).await.unwrap();
    assert!(text.contains("--no-use-http2"), "{text}");
    cloud.service.stop().await;
}
