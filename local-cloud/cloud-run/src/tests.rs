//! Tests of the data plane with real processes: a small Python server in an image that the test
//! builds, and a small registry.

mod failures;
mod fixture;
mod restart;
mod secrets;
mod serving;
mod traffic;
