//! The local cloud's image registry, as clients see it on the wire.

mod artifact_registry;
mod distribution;
mod server;
mod skopeo;
mod uploads;
