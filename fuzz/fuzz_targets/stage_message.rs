//! A message between workers is decoded or rejected, and a decoded message survives encoding.
#![no_main]

use std::collections::BTreeMap;
use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use longshore_messages::{
    BuildRetryRequested, BuildSubmitted, DeploymentFinished, ImagePublished, SourceUploaded,
    StageMessage, TraceContext, WireMessage, decode, encode,
};
use time::OffsetDateTime;

fn check<M: StageMessage + PartialEq + Debug>(data: &[u8]) {
    let attributes = [
        ("ce-specversion", "1.0".to_owned()),
        ("ce-type", format!("dev.longshore.{}.v1", M::TOPIC)),
        ("ce-source", "//fuzz".to_owned()),
        ("ce-id", "1".to_owned()),
    ];
    let attributes: BTreeMap<String, String> =
        attributes.map(|(name, value)| (name.to_owned(), value)).into();
    if let Ok(message) = decode::<M>(&WireMessage { attributes, data: data.to_vec().into() }) {
        let wire = encode(
            &message,
            "fuzz",
            "longshore",
            &TraceContext::default(),
            OffsetDateTime::UNIX_EPOCH,
        );
        assert_eq!(decode::<M>(&wire).ok().as_ref(), Some(&message));
    }
}

fuzz_target!(|data: &[u8]| {
    check::<SourceUploaded>(data);
    check::<BuildSubmitted>(data);
    check::<BuildRetryRequested>(data);
    check::<ImagePublished>(data);
    check::<DeploymentFinished>(data);
});
