//! Clients that take what others need, and leave it: the next honest request works.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::{SILENCE, Target, attack, send};

/// More than a listener serves at once.
const CONNECTIONS: usize = 600;

/// More uploads than the registry has at once.
const UPLOADS: usize = 300;

/// A connection that begins a request and does not end it.
fn begin(target: Target, service: &str, start: &str) -> TcpStream {
    let mut stream = TcpStream::connect(target.address(service)).unwrap();
    stream.set_read_timeout(Some(SILENCE)).unwrap();
    // The listener may have closed it already, for a later one.
    let _ = stream.write_all(start.as_bytes());
    stream
}

#[tokio::test]
async fn connections_that_are_opened_and_left_keep_no_one_out() {
    attack(|target| {
        for start in ["", "GET / HT", "GET / HTTP/1.1\r\nhost: localhost\r\n"] {
            let left: Vec<_> = (0..CONNECTIONS).map(|_| begin(target, "secrets", start)).collect();
            target.still_serves("secrets");
            drop(left);
        }
    })
    .await;
}

#[tokio::test]
async fn requests_without_their_bodies_keep_no_one_out() {
    let publish = "POST /v1/projects/local-project/topics/corpus:publish HTTP/1.1\r\n\
                   host: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{";
    attack(|target| {
        let left: Vec<_> = (0..CONNECTIONS).map(|_| begin(target, "pubsub", publish)).collect();
        target.still_serves("pubsub");
        drop(left);
    })
    .await;
}

#[tokio::test]
async fn uploads_that_are_begun_and_left_do_not_stop_a_push() {
    attack(|target| {
        let registry = target.address("registry");
        let image = "/v2/local-project/corpus/app";
        let post = |path: &str| {
            let request = format!(
                "POST {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             content-length: 0\r\n\r\n"
            );
            send(registry, request.as_bytes())
        };
        let write = |method: &str, path: &str, body: &str| {
            let request = format!(
                "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             content-type: application/octet-stream\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            send(registry, request.as_bytes())
        };
        let session = |answer: &str| {
            let location = answer.lines().find_map(|line| line.strip_prefix("location: "));
            location.unwrap_or_else(|| panic!("no session: {answer}")).trim().to_owned()
        };
        for number in 0..UPLOADS {
            let begun =
                post(&format!("/v2/local-project/corpus/left-{}/blobs/uploads/", number % 9));
            let appended = write("PATCH", &session(&begun), "x");
            assert!(appended.starts_with("HTTP/1.1 202 "), "{appended}");
        }
        let begun = post(&format!("{image}/blobs/uploads/"));
        let appended = write("PATCH", &session(&begun), "x");
        // From `printf x | sha256sum`.
        let digest = "sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
        let done = write("PUT", &format!("{}?digest={digest}", session(&appended)), "");
        assert!(done.starts_with("HTTP/1.1 201 "), "{done}");
        target.still_serves("registry");
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_is_not_read_keeps_no_one_waiting() {
    attack(|target| {
        let content = "x".repeat(8 * 1024 * 1024);
        let upload = "/upload/storage/v1/b/corpus/o?uploadType=media&name=large";
        target.succeeds("storage", "POST", upload, &content);
        let get = "GET /storage/v1/b/corpus/o/large?alt=media HTTP/1.1\r\nhost: localhost\r\n\r\n";
        let mut unread: Vec<_> = (0..50).map(|_| begin(target, "storage", get)).collect();
        target.still_serves("storage");
        let mut start = [0; 12];
        unread[0].read_exact(&mut start).unwrap();
        assert_eq!(&start, b"HTTP/1.1 200");
    })
    .await;
}
