//! The request for a rollback, whose bytes must not change either.

use longshore_messages::{Defaults, DeployRequest, encode_request, proto};

use crate::golden::compare;
use crate::samples;

/// A rollback, in the JSON that systems publish.
const ROLLBACK: &str = r#"{
  "function": {
    "name": "hello", "project": "demo-project", "region": "europe-west1",
    "source": {"earlier": {"deployment": "0123456789abcdef0123456789abcdef", "reason": "errors"}}
  }
}"#;

#[test]
fn a_request_for_a_rollback() {
    let request: proto::DeployRequested = serde_json::from_str(ROLLBACK).unwrap();
    let (trace, now) = (samples::trace(), samples::time(-1));
    let fresh = encode_request(&request, "//ci.example.com/pipelines", "back", &trace, now);
    let committed = compare("deploy-requested.rollback", &fresh);
    let read = DeployRequest::read(&committed, &Defaults::default()).unwrap();
    assert_eq!(DeployRequest::from_proto(read.to_proto(), &Defaults::default()).unwrap(), read);
}

#[test]
fn a_setting_beside_a_rollback_is_refused_by_name() {
    let mut request: proto::DeployRequested = serde_json::from_str(ROLLBACK).unwrap();
    let spec = request.function.as_mut().unwrap();
    spec.runtime = "python312".into();
    spec.service = Some(proto::ServiceSettings { memory: "1Gi".into(), ..Default::default() });
    let invalid = DeployRequest::from_proto(request, &Defaults::default()).unwrap_err();
    let fields: Vec<&str> = invalid.problems.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(fields, ["function.runtime", "function.service"]);
}
