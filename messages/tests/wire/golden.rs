//! Messages of an older version of the fleet are still on the bus and in the ledger, so their bytes
//! must not change.
//!
//! After an intended change, run `LONGSHORE_REGENERATE=1 cargo test -p longshore-messages --test
//! wire`, and review the difference.

use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};

use longshore_messages::{
    BuildRetryRequested, BuildSubmitted, DEFAULT_REQUESTER, Defaults, DeployRequest,
    DeploymentFinished, ImagePublished, OperationStarted, Outcome, Published, Requester,
    RetryRequested, SourceUploaded, StageMessage, Submitted, WireMessage, decode, encode,
    encode_outcome, encode_request,
};

use crate::samples;

fn file(name: &str, extension: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.{extension}"))
}

/// Compares a message with the committed one, or rewrites that if the environment requests it.
/// Returns the committed one.
pub(crate) fn compare(name: &str, fresh: &WireMessage) -> WireMessage {
    let attributes = serde_json::to_string_pretty(&fresh.attributes).unwrap() + "\n";
    if std::env::var_os("LONGSHORE_REGENERATE").is_some() {
        fs::create_dir_all(file(name, "").parent().unwrap()).unwrap();
        fs::write(file(name, "attributes.json"), &attributes).unwrap();
        fs::write(file(name, "binpb"), &fresh.data).unwrap();
    }
    let committed = fs::read_to_string(file(name, "attributes.json")).unwrap();
    let data = fs::read(file(name, "binpb")).unwrap();
    assert_eq!(attributes, committed, "attributes of {name}");
    assert!(fresh.data == data, "the data of {name} is not what tests/golden has");
    WireMessage { attributes: serde_json::from_str(&committed).unwrap(), data: data.into() }
}

pub(crate) fn check<M: StageMessage + PartialEq + Debug>(name: &str, worker: &str, message: &M) {
    let fresh = encode(message, worker, "longshore", &samples::trace(), samples::time(1));
    assert_eq!(&decode::<M>(&compare(name, &fresh)).unwrap(), message);
}

#[test]
fn a_request() {
    let request = samples::request();
    let fresh = encode_request(
        &request.to_proto(),
        "//ci.example.com/pipelines",
        "run-42",
        &samples::trace(),
        samples::time(-1),
    );
    let committed = compare("deploy-requested", &fresh);
    assert_eq!(DeployRequest::read(&committed, &Defaults::default()).unwrap(), request);
}

#[test]
fn a_message_of_each_stage() {
    check::<SourceUploaded>("source-uploaded", "uploader", &samples::source_uploaded());
    check::<BuildSubmitted>("build-submitted", "build-submitter", &samples::build_submitted());
    check::<BuildRetryRequested>(
        "build-retry-requested",
        "registry-watcher",
        &samples::build_retry_requested(),
    );
    check::<ImagePublished>("image-published", "registry-watcher", &samples::image_published());
}

#[test]
fn a_message_of_each_stage_in_the_functions_flavour() {
    check(
        "build-submitted.function",
        "build-submitter",
        &Submitted::Function(Box::new(samples::operation_started())),
    );
    check(
        "build-retry-requested.function",
        "registry-watcher",
        &RetryRequested::Function(Box::new(samples::function_retry_requested())),
    );
    check(
        "image-published.function",
        "registry-watcher",
        &Published::Function(Box::new(samples::function_published())),
    );
}

#[test]
fn a_message_is_read_as_its_flavour_and_not_as_the_other_one() {
    let (trace, now) = (samples::trace(), samples::time(1));
    let shared = encode(&samples::build_submitted(), "build-submitter", "longshore", &trace, now);
    let function =
        encode(&samples::operation_started(), "build-submitter", "longshore", &trace, now);
    assert!(matches!(decode(&shared), Ok(Submitted::Shared(_))));
    assert!(matches!(decode(&function), Ok(Submitted::Function(_))));
    assert!(decode::<BuildSubmitted>(&function).is_err());
    assert!(decode::<OperationStarted>(&shared).is_err());
    let mut wrong = samples::operation_started();
    wrong.function = samples::function();
    let wrong = encode(&wrong, "build-submitter", "longshore", &trace, now);
    let error = decode::<Submitted>(&wrong).unwrap_err();
    let reason = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    assert!(format!("{error}: {reason}").contains("function.flavour"), "{error}: {reason}");
}

#[test]
fn each_outcome() {
    let deployed = samples::deployed();
    let Outcome::Deployed(serving) = &deployed.outcome else {
        unreachable!("the sample is deployed")
    };
    let ended = |outcome| samples::finished(deployed.deployment.clone(), outcome);
    check::<DeploymentFinished>("deployment-finished.deployed", "service-deployer", &deployed);
    check(
        "deployment-finished.unchanged",
        "service-deployer",
        &ended(Outcome::Unchanged(serving.clone())),
    );
    check("deployment-finished.refused", "uploader", &samples::refused());
    check(
        "deployment-finished.superseded",
        "build-submitter",
        &ended(Outcome::Superseded { by: Some(samples::id()) }),
    );
    check("deployment-finished.cancelled", "build-submitter", &ended(Outcome::Cancelled));
    let (ready, traffic) = (serving.clone(), samples::pinned_traffic());
    check(
        "deployment-finished.traffic-pinned",
        "service-deployer",
        &ended(Outcome::TrafficPinned { ready, traffic }),
    );
}

#[test]
fn an_outcome_repeats_the_ids_the_digest_and_the_encoding_of_its_request() {
    let mut request = encode_request(
        &Default::default(),
        "//ci.example.com/pipelines",
        "run-42",
        &samples::trace(),
        samples::time(-1),
    );
    let answer = |request: &WireMessage| {
        let requester = Requester::of(request, DEFAULT_REQUESTER).unwrap();
        encode_outcome(
            &samples::deployed(),
            Some(&requester),
            "service-deployer",
            "longshore",
            &samples::trace(),
            samples::time(1),
        )
    };
    let protobuf = compare("deployment-finished.answer", &answer(&request));
    request.attributes.insert("content-type".to_owned(), "application/json".to_owned());
    let json = compare("deployment-finished.answer-json", &answer(&request));
    for committed in [protobuf, json] {
        assert_eq!(decode::<DeploymentFinished>(&committed).unwrap(), samples::deployed());
    }
}

#[test]
fn an_outcome_names_its_requester_unless_that_is_the_default_one() {
    let (trace, now) = (samples::trace(), samples::time(1));
    let request = encode_request(&Default::default(), "//ci", "run-42", &trace, now);
    let named = |name| {
        let requester = Requester::of(&request, name);
        let outcome = samples::deployed();
        let encoded =
            encode_outcome(&outcome, requester.as_ref(), "uploader", "longshore", &trace, now);
        encoded.attributes.get("requester").cloned()
    };
    assert_eq!(named("team-a"), Some("team-a".to_owned()));
    assert_eq!(named(DEFAULT_REQUESTER), None);
}

#[test]
fn only_a_request_has_a_requester() {
    let message = encode(
        &samples::source_uploaded(),
        "uploader",
        "longshore",
        &samples::trace(),
        samples::time(1),
    );
    assert_eq!(Requester::of(&message, DEFAULT_REQUESTER), None);
    assert_eq!(Requester::of(&WireMessage::default(), DEFAULT_REQUESTER), None);
}
