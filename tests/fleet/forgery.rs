//! Forged messages on every topic: a publisher on a topic cannot make the fleet do what the ledger does
//! not say.

mod identity;
mod notices;
mod retries;
mod stage_messages;
mod stored_sources;

use std::fs;

use longshore_messages::{TraceContext, WireMessage, encode_request, proto};
use time::OffsetDateTime;

/// A request for the function `name`, whose source responds with `text`.
pub(crate) fn request_of(name: &str, text: &str) -> proto::DeployRequested {
    let archive = archive_of(text);
    let inline = proto::source::Place::Inline(proto::InlineArchive { archive });
    proto::DeployRequested {
        function: Some(crate::support::spec(name, proto::Source { place: Some(inline) })),
        ..proto::DeployRequested::default()
    }
}

/// The canonical archive of a function that responds with `text`.
fn archive_of(text: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let directory = crate::support::function(folder.path(), text);
    let limits = longshore_source_archive::Limits::default();
    let packed = longshore_source_archive::pack_directory(&directory, &limits).unwrap();
    fs::read(packed.file.path()).unwrap()
}

/// A request on the bus, under the identity `//ci.example.com` and `id`.
pub(crate) fn published(request: &proto::DeployRequested, id: &str) -> WireMessage {
    let (trace, now) = (TraceContext::default(), OffsetDateTime::now_utc());
    encode_request(request, "//ci.example.com", id, &trace, now)
}
