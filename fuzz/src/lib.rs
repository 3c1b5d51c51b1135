//! The entry points of everything that parses what others wrote. Each takes any bytes, and panics
//! only if the parser breaks a promise.
//!
//! The fuzz targets call them, and so does `tests/wire/hostile/parsers.rs`, with the seeds and with
//! mutations of them.

mod messages;
mod services;
mod sources;

/// A target: its name, which is also the folder of its seeds, and its entry point.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 8] = [
    ("archive", sources::archive),
    ("ignore_file", sources::ignore_file),
    ("manifest", messages::manifest),
    ("notification", messages::notification),
    ("pubsub_grpc", services::pubsub_grpc),
    ("request", messages::request),
    ("rest", services::rest),
    ("stage_message", messages::stage_message),
];

/// Gives bytes to the target with this name.
///
/// # Panics
/// If there is no such target, or if the target breaks a promise.
pub fn run(target: &str, data: &[u8]) {
    let found = TARGETS.iter().find(|(name, _)| *name == target);
    let (_, entry_point) = found.expect("a target of this name");
    entry_point(data);
}
