//! Messages of the fleet, notifications of Google, and the manifest.

use std::collections::BTreeMap;
use std::fmt::Debug;

use longshore_messages::{
    BuildRetryRequested, BuildSubmitted, CLOUD_BUILDS_TOPIC, Defaults, DeployRequest,
    DeploymentFinished, ImagePublished, REGISTRY_TOPIC, SourceUploaded, StageMessage, TraceContext,
    WireMessage, decode, encode,
};
use longshore_registry_watcher::Announcement;
use longshore_runner::{Incoming, Input as _};
use time::OffsetDateTime;

/// A deploy request, as protobuf and as JSON, is decoded or rejected, and a decoded request
/// survives encoding.
pub(crate) fn request(data: &[u8]) {
    for content_type in ["application/json", "application/protobuf"] {
        let message = wire(
            &[
                ("ce-specversion", "1.0"),
                ("ce-type", "dev.longshore.deploy-requested.v1"),
                ("ce-source", "//fuzz"),
                ("ce-id", "1"),
                ("content-type", content_type),
            ],
            data,
        );
        let defaults = Defaults { project: "demo-project".into(), region: "europe-west1".into() };
        if let Ok(request) = DeployRequest::read(&message, &defaults) {
            let again = DeployRequest::from_proto(request.to_proto(), &Defaults::default());
            assert_eq!(again.as_ref().ok(), Some(&request), "{again:?}");
        }
    }
}

/// A message between workers is decoded or rejected, and a decoded message survives encoding.
pub(crate) fn stage_message(data: &[u8]) {
    survives::<SourceUploaded>(data);
    survives::<BuildSubmitted>(data);
    survives::<BuildRetryRequested>(data);
    survives::<ImagePublished>(data);
    survives::<DeploymentFinished>(data);
}

fn survives<M: StageMessage + PartialEq + Debug>(data: &[u8]) {
    let event_type = format!("dev.longshore.{}.v1", M::TOPIC);
    let message = wire(
        &[
            ("ce-specversion", "1.0"),
            ("ce-type", &event_type),
            ("ce-source", "//fuzz"),
            ("ce-id", "1"),
        ],
        data,
    );
    if let Ok(message) = decode::<M>(&message) {
        let (trace, now) = (TraceContext::default(), OffsetDateTime::UNIX_EPOCH);
        let wire = encode(&message, "fuzz", "longshore", &trace, now);
        assert_eq!(decode::<M>(&wire).ok().as_ref(), Some(&message));
    }
}

/// Google's notifications are decoded or foreign, and never an error.
pub(crate) fn notification(data: &[u8]) {
    let message = wire(&[], data);
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
}

/// `longshore.yaml` is read or rejected.
pub(crate) fn manifest(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        let _read_or_rejected = longshore_messages::read_manifest(text);
    }
}

fn wire(attributes: &[(&str, &str)], data: &[u8]) -> WireMessage {
    let attributes: BTreeMap<String, String> =
        attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    WireMessage { attributes, data: data.to_vec().into() }
}
