use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
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
    }
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
    let sent = sent(&destination, &ExportTraceServiceRequest::default()).await;
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
    // The kernel accepts connections, and nobody reads them.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    for protocol in [Protocol::Grpc, Protocol::HttpProtobuf, Protocol::HttpJson] {
        let timeout = Duration::from_millis(50);
        let destination = Destination { timeout, ..destination(address, protocol) };
        let sent = sent(&destination, &ExportTraceServiceRequest::default()).await;
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
    let sent = sent(&destination, &ExportTraceServiceRequest::default()).await;
    assert!(matches!(sent, Err(SendError::Connect(_))), "{sent:?}");
}
