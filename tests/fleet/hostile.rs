//! Invalid bytes on every listener of the local cloud: the response is an error or a closed
//! connection. Nothing panics, memory stays bounded, and the next valid request gets a response.

use std::fs;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use crate::support::Cloud;

/// Maximum time without a response. After that, a listener is stuck on an invalid request.
const SILENCE: Duration = Duration::from_secs(40);

/// Size of an oversized body.
const OVERSIZED_BYTES: usize = 64 * 1024 * 1024;

/// Maximum peak memory of the local cloud, which includes bodies of [`OVERSIZED_BYTES`] on every
/// listener.
const PEAK_LIMIT_KIB: u64 = 768 * 1024;

/// Deterministic bytes that look random.
fn noise(length: usize, mut seed: u64) -> Vec<u8> {
    let mut next = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed.to_le_bytes()[3]
    };
    (0..length).map(|_| next()).collect()
}

fn with_body(head: &str, body: &[u8]) -> Vec<u8> {
    let mut request =
        format!("{head}\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len())
            .into_bytes();
    request.extend_from_slice(body);
    request
}

/// Requests with one error each, for a path that the listener serves.
fn requests(path: &str) -> Vec<(&'static str, Vec<u8>)> {
    let post = format!("POST {path} HTTP/1.1");
    let json = format!("{post}\r\ncontent-type: application/json");
    let grpc =
        "POST /google.pubsub.v1.Publisher/Publish HTTP/1.1\r\ncontent-type: application/grpc";
    let get = |path: &str| {
        format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").into_bytes()
    };
    vec![
        ("noise", noise(4096, 1)),
        ("noise after a good line", [b"POST / HTTP/1.1\r\n".to_vec(), noise(4096, 2)].concat()),
        ("a body of noise", with_body(&json, &noise(4096, 3))),
        ("a body that is not UTF-8", with_body(&json, b"{\"name\": \"\xff\xfe\"}")),
        ("a truncated document", with_body(&json, b"{\"name\": \"x")),
        ("a list for an object", with_body(&json, b"[1, 2, 3]")),
        ("a number for an object", with_body(&json, b"18446744073709551617")),
        (
            "every field of the wrong type",
            with_body(&json, br#"{"name": 1, "topic": [], "labels": "x", "messages": {"a": 0}, "steps": null}"#),
        ),
        ("deep nesting", with_body(&json, "[".repeat(200_000).as_bytes())),
        ("a truncated body", format!("{json}\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n{{").into_bytes()),
        ("a negative length", format!("{json}\r\nhost: x\r\ncontent-length: -1\r\n\r\n").into_bytes()),
        ("a length beyond numbers", format!("{json}\r\nhost: x\r\ncontent-length: 99999999999999999999999\r\n\r\n").into_bytes()),
        ("a broken chunk", format!("{json}\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nxx\r\n").into_bytes()),
        ("gRPC over HTTP/1.1", with_body(grpc, &noise(64, 4))),
        ("a preface of HTTP/2 and noise", [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), noise(4096, 5)].concat()),
        ("a path that climbs", get("/v1/../../../../etc/passwd")),
        ("a path that climbs, encoded", get("/v1/%2e%2e/%2e%2e/%2e%2e/etc/passwd")),
        ("a null byte in the path", get("/v1/projects/a%00b/topics/c")),
        ("a path that is not UTF-8", get("/v1/projects/%ff%fe/topics/c")),
        ("a broken escape", get("/v1/projects/%zz/topics/%")),
        ("a long path", get(&format!("/{}", "a/".repeat(30_000)))),
        ("a long header", format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "y".repeat(1_000_000)).into_bytes()),
        (
            "a boundary that never comes",
            with_body(&format!("{post}?uploadType=multipart\r\ncontent-type: multipart/related; boundary=b"), b"--a\r\n\r\n"),
        ),
        (
            "a range beyond numbers",
            format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nrange: bytes=99999999999999999999-\r\n\r\n")
                .into_bytes(),
        ),
    ]
}

/// The first line of the response, or empty if the listener closed the connection without one.
fn response(address: SocketAddr, what: &str, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(SILENCE)).unwrap();
    stream.set_write_timeout(Some(SILENCE)).unwrap();
    // A listener may respond and close before it has read everything.
    if stream.write_all(request).is_ok() && what.starts_with("a truncated body") {
        // Fails if the listener has closed already.
        let _ = stream.shutdown(std::net::Shutdown::Write);
    }
    let mut head = [0; 64];
    match stream.read(&mut head) {
        Ok(length) => {
            String::from_utf8_lossy(&head[..length]).lines().next().unwrap_or_default().to_owned()
        }
        Err(error)
            if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) =>
        {
            String::new()
        }
        Err(error) => panic!("{address}: {what}: no response: {error}"),
    }
}

/// Whether a line is an error status. A response that is not HTTP/1.1 is an HTTP/2 frame, or empty.
fn is_refusal(line: &str) -> bool {
    let status =
        line.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.split(' ').next()?.parse::<u16>().ok());
    status.is_none_or(|status| (400..600).contains(&status))
}

fn oversized(address: SocketAddr, path: &str) {
    let Ok(mut stream) = TcpStream::connect(address) else { panic!("{address} is gone") };
    stream.set_write_timeout(Some(SILENCE)).unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {OVERSIZED_BYTES}\r\n\r\n["
    );
    let block = vec![b' '; 1024 * 1024];
    let mut sent = stream.write_all(head.as_bytes());
    for _ in 0..OVERSIZED_BYTES / block.len() {
        // The listener must reject the body before it ends.
        sent = sent.and_then(|()| stream.write_all(&block));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_listener_rejects_invalid_bytes_and_keeps_serving() {
    let cloud = Cloud::start().await;
    let listeners = cloud.listeners();
    assert!(listeners.len() >= 7, "{listeners:?}");
    let rounds = listeners.clone().into_iter().map(|(service, address)| {
        thread::spawn(move || {
            for path in [
                "/v1/projects/local-project/topics/t",
                "/v2/x/manifests/y",
                "/storage/v1/b?project=p",
                "/upload/storage/v1/b/x/o",
            ] {
                for (what, request) in requests(path) {
                    let line = response(address, what, &request);
                    // gRPC reports the error in its own header, and an invalid range is ignored
                    // (RFC 9110, 14.2).
                    let may_be_good = what.starts_with("gRPC") || what.starts_with("a range");
                    let is_refused =
                        is_refusal(&line) || (may_be_good && line.starts_with("HTTP/1.1 200"));
                    assert!(is_refused, "{service}: {what} at {path}: {line}");
                }
                oversized(address, path);
            }
            // The listener still serves the next request.
            let line = response(
                address,
                "good",
                b"GET /nothing/here HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
            );
            assert!(line.starts_with("HTTP/1.1 "), "{service}: {line}");
        })
    });
    let rounds: Vec<_> = rounds.collect();
    for round in rounds {
        round.join().unwrap();
    }
    let log = cloud.log_of_the_cloud();
    assert!(!log.contains("panicked"), "{log}");
    let status = fs::read_to_string(format!("/proc/{}/status", cloud.process_id())).unwrap();
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap()
        .trim()
        .trim_end_matches(" kB")
        .parse::<u64>()
        .unwrap();
    assert!(peak < PEAK_LIMIT_KIB, "the local cloud used {peak} KiB");
}
