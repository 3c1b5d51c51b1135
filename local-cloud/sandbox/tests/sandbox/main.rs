//! Commands in bubblewrap on this machine, and what they can and cannot reach. Where there is no
//! bubblewrap, each test says so and passes. As root, the whole program runs once more as an
//! ordinary user.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a helper of a test fails and prints like the test itself"
)]

mod ends;
mod environment;
mod files;
mod kernel;
mod limits;
mod network;
mod session;
mod support;
mod users;

/// Not a test: the guard's process.
#[test]
#[ignore = "is started by the other tests"]
fn stands_in_for_the_guard() {
    longshore_local_sandbox::testing::serve_as_guard();
}
