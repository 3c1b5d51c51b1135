//! The local cloud's image registry on the wire.

#![expect(clippy::unwrap_used, reason = "helpers of a test fail as the test does")]

mod artifact_registry;
mod buildah;
mod distribution;
mod server;
mod skopeo;
mod uploads;
