//! Tests of the data plane with real processes: a small Python server in an image that the test
//! builds, and a small registry.

mod callers;
mod failures;
mod fixture;
mod keys;
mod many;
mod network;
mod restart;
mod sandbox;
mod secrets;
mod serving;
mod traffic;

/// Not a test: the guard's process.
#[test]
#[ignore = "is started by other tests"]
fn stands_in_for_the_guard() {
    longshore_local_sandbox::testing::serve_as_guard();
}
