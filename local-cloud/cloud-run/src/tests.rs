//! Tests of the data plane with real processes: a small Python server in an image that the test
//! builds, and a small registry.

mod callers;
mod failures;
mod fixture;
mod grpc;
mod http2;
mod keys;
mod many;
mod network;
mod requests;
mod restart;
mod sandbox;
mod secrets;
mod serving;
mod traffic;
mod websocket;

/// Not a test: the guard's process.
#[test]
#[ignore = "is started by other tests"]
fn stands_in_for_the_guard() {
    longshore_local_sandbox::testing::serve_as_guard();
}

/// Not a test: the program of an instance that speaks HTTP/2.
#[test]
#[ignore = "is started by other tests"]
fn stands_in_for_a_container_of_http2() {
    http2::serve();
}
