//! Protobuf, JSON and YAML are three notations of one schema.

use std::error::Error;

use bytes::Bytes;
use longshore_messages::{
    DecodeError, Defaults, DeployRequest, ManifestError, WireMessage, decode_request,
    encode_request, read_manifest,
};

use crate::samples;

const JSON: &str = include_str!("../golden/deploy-requested.json");
const YAML: &str = include_str!("../golden/longshore.yaml");

fn json_request(json: &str) -> WireMessage {
    let mut wire = encode_request(
        &samples::request().to_proto(),
        "//ci",
        "1",
        &samples::trace(),
        samples::time(0),
    );
    wire.attributes.insert("content-type".to_owned(), "application/json; charset=utf-8".to_owned());
    wire.data = Bytes::copy_from_slice(json.as_bytes());
    wire
}

/// An error with its sources, as a log shows it.
fn shown(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", shown(source)),
        None => error.to_string(),
    }
}

#[test]
fn a_json_request_is_the_protobuf_request() {
    let wire = json_request(JSON);
    assert_eq!(decode_request(&wire).unwrap(), samples::request().to_proto());
    assert_eq!(DeployRequest::read(&wire, &Defaults::default()).unwrap(), samples::request());
}

#[test]
fn a_yaml_manifest_is_the_protobuf_function() {
    assert_eq!(read_manifest(YAML).unwrap(), samples::function().to_proto());
}

#[test]
fn an_error_in_json_is_reported_by_its_path() {
    let cases = [
        (r#"{"function": {"service": {"tmeout": "3s"}}}"#, "function.service.tmeout"),
        (r#"{"functoin": {}}"#, "functoin"),
        (r#"{"function": {"service": {"concurrency": "many"}}}"#, "function.service.concurrency"),
        (r#"{"function": {"flavour": "FLAVOUR_VANILLA"}}"#, "function.flavour"),
        (
            r#"{"function": {"source": {"storage": {"buckets": ""}}}}"#,
            "function.source.storage.buckets",
        ),
        (r#"{"function": {"service": {"environment": {"A": 1}}}}"#, "function.service.environment"),
        (r#"{"function": {}} {}"#, "the end"),
        ("{", "the top"),
        ("[]", "the top"),
    ];
    for (json, expected) in cases {
        match decode_request(&json_request(json)) {
            Err(DecodeError::Json { path, .. }) => {
                assert!(path.starts_with(expected), "{json}: {path}")
            }
            other => panic!("{json}: {other:?}"),
        }
    }
}

#[test]
fn an_error_in_yaml_is_reported_by_its_path() {
    let cases = [
        ("service:\n  tmeout: 3s\n", "service.tmeout"),
        ("nmae: hello\n", "nmae"),
        ("service:\n  concurrency: many\n", "service.concurrency"),
        ("service:\n  labels: [a, b]\n", "service.labels"),
        ("flavour: FLAVOUR_VANILLA\n", "flavour"),
    ];
    for (yaml, expected) in cases {
        match read_manifest(yaml) {
            Err(ManifestError::Field { path, source }) => {
                assert_eq!(path, expected, "{yaml}");
                assert!(source.location().is_some(), "{yaml}: {source}");
            }
            other => panic!("{yaml}: {other:?}"),
        }
    }
    for yaml in ["name: [", "- a\n", "name: a\n---\nname: b\n", "name: a\nname: b\n"] {
        assert!(read_manifest(yaml).is_err(), "{yaml}");
    }
}

#[test]
fn an_unknown_key_lists_the_known_ones() {
    let error = shown(
        &decode_request(&json_request(r#"{"function": {"service": {"tmeout": "3s"}}}"#))
            .unwrap_err(),
    );
    assert!(error.contains("function.service.tmeout") && error.contains("timeout"), "{error}");
    let error = shown(&read_manifest("service:\n  tmeout: 3s\n").unwrap_err());
    assert!(error.contains("service.tmeout") && error.contains("timeout"), "{error}");
}

#[test]
fn the_parser_does_not_quote_the_value_of_a_variable() {
    for json in [
        r#"{"function": {"build": {"environment": {"A": 4711}}}}"#,
        r#"{"function": {"service": {"environment": "4711"}}}"#,
    ] {
        let error = shown(&decode_request(&json_request(json)).unwrap_err());
        assert!(error.contains("environment") && !error.contains("4711"), "{error}");
    }
}

#[test]
fn a_huge_unknown_key_is_shortened() {
    let key = "k".repeat(100_000);
    let error = shown(&decode_request(&json_request(&format!(r#"{{"{key}": 1}}"#))).unwrap_err());
    assert!(error.len() < 1000, "{}", error.len());
}
