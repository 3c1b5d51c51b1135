//! Google's notifications are decoded or foreign, and never an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use longshore_messages::{CLOUD_BUILDS_TOPIC, REGISTRY_TOPIC, WireMessage};
use longshore_registry_watcher::Announcement;
use longshore_runner::{Incoming, Input};
use time::OffsetDateTime;

fuzz_target!(|data: &[u8]| {
    let message = WireMessage { data: data.to_vec().into(), ..WireMessage::default() };
    for topic in [CLOUD_BUILDS_TOPIC, REGISTRY_TOPIC] {
        let incoming = Incoming {
            topic,
            message: &message,
            message_id: "1",
            published_at: OffsetDateTime::UNIX_EPOCH,
        };
        match Announcement::read(&incoming) {
            Ok(Announcement::Build(notice)) => drop(notice.build("longshore-longshore")),
            Ok(Announcement::Image(notice)) => drop(notice.build()),
            Ok(Announcement::Foreign) => {}
            other => panic!("{other:?}"),
        }
    }
});
