//! Callers that send malformed requests, or only half of one.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use axum::http::StatusCode;

use super::fixture::{Cloud, SERVER, get, service_of, tuning};

/// More than an instance serves at once, and more than the maximum number of instances does.
const CALLERS: usize = 100;

fn address(url: &str) -> &str {
    url.trim_start_matches("http://")
}

/// Sends these bytes, and returns what comes back until the server closes.
async fn exchange(url: &str, request: String) -> String {
    let mut stream = TcpStream::connect(address(url)).unwrap();
    tokio::task::spawn_blocking(move || {
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn callers_without_bodies_do_not_keep_another_waiting() {
    let cloud = Cloud::open(tuning()).await;
    let mut service = service_of(&cloud.push(SERVER));
    let template = service.template.as_mut().unwrap();
    template.max_instance_request_concurrency = 1;
    template.scaling =
        Some(google_cloud_run_v2::model::RevisionScaling::new().set_max_instance_count(1));
    let service = cloud.deployed(service).await;
    let head = format!(
        "POST / HTTP/1.1\r\nhost: {}\r\ntransfer-encoding: chunked\r\n\r\n",
        address(&service.uri)
    );
    let mut silent = Vec::new();
    for _ in 0..CALLERS {
        let mut stream = TcpStream::connect(address(&service.uri)).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        silent.push(stream);
    }
    let (status, text) = get(&service.uri).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    assert_eq!(cloud.pool().in_flight(), 0);
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_malformed_request_is_the_callers_fault() {
    let cloud = Cloud::open(tuning()).await;
    let service = cloud.deployed(service_of(&cloud.push(SERVER))).await;
    let url = &service.uri;
    let host = format!("host: {}\r\n", address(url));
    let rest = "connection: close\r\n";
    let chunked = format!("POST / HTTP/1.1\r\n{host}{rest}transfer-encoding: chunked\r\n\r\n");
    for request in [
        format!("GET / HTTP/1.1\r\n{host}host: other\r\n{rest}\r\n"),
        format!("GET / HTTP/1.1\r\n{rest}\r\n"),
        format!("{chunked}zz\r\n"),
        format!("{chunked}2\r\nab\r\nzz\r\n"),
        format!("{chunked}2\r\nabcd\r\n"),
        format!("OPTIONS * HTTP/1.1\r\n{host}{rest}\r\n"),
    ] {
        let answer = exchange(url, request.clone()).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{request:?}: {answer}");
    }
    let rebound = format!("GET / HTTP/1.1\r\nhost: rebind.example\r\n{rest}\r\n");
    assert!(exchange(url, rebound).await.starts_with("HTTP/1.1 421 "));
    let page = format!("GET / HTTP/1.1\r\n{host}origin: https://shop.example\r\n{rest}\r\n");
    let answer = exchange(url, page).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "a function decides about pages: {answer}");
    assert!(!answer.contains("nosniff"), "{answer}");
    cloud.service.stop().await;
}
