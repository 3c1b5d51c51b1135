//! A deploy request, as protobuf and as JSON, is decoded or rejected, and a decoded request
//! survives encoding.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use longshore_messages::{Defaults, DeployRequest, WireMessage};

fuzz_target!(|data: &[u8]| {
    for content_type in ["application/json", "application/protobuf"] {
        let attributes = [
            ("ce-specversion", "1.0"),
            ("ce-type", "dev.longshore.deploy-requested.v1"),
            ("ce-source", "//fuzz"),
            ("ce-id", "1"),
            ("content-type", content_type),
        ];
        let attributes: BTreeMap<String, String> =
            attributes.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let message = WireMessage { attributes, data: data.to_vec().into() };
        let defaults = Defaults { project: "demo-project".into(), region: "europe-west1".into() };
        if let Ok(request) = DeployRequest::read(&message, &defaults) {
            let again = DeployRequest::from_proto(request.to_proto(), &Defaults::default());
            assert_eq!(again.as_ref().ok(), Some(&request), "{again:?}");
        }
    }
});
