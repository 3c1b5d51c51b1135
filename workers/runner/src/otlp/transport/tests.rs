use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

fn destination(address: std::net::SocketAddr, protocol: Protocol) -> Destination {
    Destination {
        url: format!("http://{address}/v1/traces").parse().unwrap(),
        protocol,
        headers: Vec::new(),
        timeout: Duration::from_secs(20),
        gzip: false,
        certificate: None,
        client: None,
    }
}

/// Sends a request on a connection of its own.
async fn send(destination: &Destination) -> Result<(), SendError> {
    let (idle, request) = (IdleConnection::default(), ExportTraceServiceRequest::default());
    sent(destination, &idle, &request).await
}

/// Sends to a receiver that gives these answers in turn, and then says how many it gave.
async fn send_to(answers: &'static [StatusCode]) -> (Result<(), SendError>, usize) {
    async fn answer(
        State((answers, given)): State<(&'static [StatusCode], Arc<AtomicUsize>)>,
    ) -> StatusCode {
        answers[given.fetch_add(1, Ordering::SeqCst)]
    }
    let given = Arc::new(AtomicUsize::new(0));
    let router = Router::new().route("/v1/traces", post(answer));
    let router = router.with_state((answers, Arc::clone(&given)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let destination = destination(address, Protocol::HttpProtobuf);
    let sent = send(&destination).await;
    server.abort();
    (sent, given.load(Ordering::SeqCst))
}

#[tokio::test]
async fn a_receiver_that_is_busy_is_asked_again() {
    let (sent, answers) = send_to(&[StatusCode::SERVICE_UNAVAILABLE, StatusCode::OK]).await;
    sent.unwrap();
    assert_eq!(answers, 2);
}

#[tokio::test]
async fn a_receiver_that_refuses_is_not_asked_again() {
    let (sent, answers) = send_to(&[StatusCode::UNAUTHORIZED]).await;
    assert!(matches!(sent, Err(SendError::Status(401))), "{sent:?}");
    assert_eq!(answers, 1);
}

#[tokio::test]
async fn a_receiver_that_never_answers_costs_no_more_than_the_timeout() {
    // The kernel accepts connections, and no process reads them.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    for protocol in [Protocol::Grpc, Protocol::HttpProtobuf, Protocol::HttpJson] {
        let timeout = Duration::from_millis(50);
        let destination = Destination { timeout, ..destination(address, protocol) };
        let sent = send(&destination).await;
        assert!(matches!(sent, Err(SendError::Timeout)), "{sent:?}");
    }
}

#[tokio::test]
async fn a_receiver_that_is_away_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let timeout = Duration::from_millis(500);
    let destination = Destination { timeout, ..destination(address, Protocol::Grpc) };
    let sent = send(&destination).await;
    assert!(matches!(sent, Err(SendError::Connect(_))), "{sent:?}");
}

/// Sends three requests, one after the other, to a receiver that closes a connection after so many
/// of them. Returns the number of connections.
async fn connections_for_three(each: usize) -> usize {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let destination = destination(listener.local_addr().unwrap(), Protocol::HttpProtobuf);
    let receiver = tokio::spawn(async move {
        let (mut connections, mut requests) = (0, 0);
        while requests < 3 {
            let (mut stream, _) = listener.accept().await.unwrap();
            connections += 1;
            for _ in 0..each.min(3 - requests) {
                // The request of this test has no body.
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    assert!(stream.read_buf(&mut head).await.unwrap() > 0, "{head:?}");
                }
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
                stream.write_all(answer).await.unwrap();
                requests += 1;
            }
        }
        connections
    });
    let (idle, request) = (IdleConnection::default(), ExportTraceServiceRequest::default());
    for _ in 0..3 {
        sent(&destination, &idle, &request).await.unwrap();
    }
    receiver.await.unwrap()
}

#[tokio::test]
async fn exports_share_a_connection_as_long_as_it_is_open() {
    assert_eq!(connections_for_three(3).await, 1);
    assert_eq!(connections_for_three(1).await, 3);
    assert_eq!(connections_for_three(2).await, 2);
}
