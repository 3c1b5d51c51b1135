//! The uploader in the Functions flavour: the API names the place, which is uploaded to without a
//! precondition, and whose refusals are repeated while a grant spreads.

use longshore_cloud::Kind;
use longshore_messages::{
    Outcome, SourceUploaded, TraceContext, WireMessage, decode, encode_request, proto,
};

use super::{deployed_service, go_on, road};
use crate::support::post::Settled;
use crate::support::stages::{REGION, Stages, function, words};

/// A request for the function `f`, with its source.
fn request(name: &str, flavour: proto::Flavour) -> WireMessage {
    let folder = tempfile::tempdir().unwrap();
    let directory = crate::support::function(folder.path(), name);
    let limits = longshore_source_archive::Limits::default();
    let packed = longshore_source_archive::pack_directory(&directory, &limits).unwrap();
    let archive = std::fs::read(packed.file.path()).unwrap();
    let place = proto::source::Place::Inline(proto::InlineArchive { archive });
    let mut spec = crate::support::spec("f", proto::Source { place: Some(place) });
    spec.flavour = flavour.into();
    spec.runtime = "python312".to_owned();
    let request =
        proto::DeployRequested { function: Some(spec), ..proto::DeployRequested::default() };
    let (trace, now) = (TraceContext::default(), time::OffsetDateTime::now_utc());
    encode_request(&request, "//ci.example.com", name, &trace, now)
}

#[tokio::test]
async fn a_source_is_uploaded_to_the_place_that_the_api_names() {
    let stages = Stages::start();
    assert_eq!(stages.request(&request("a", proto::Flavour::Functions)).await, Settled::Ack);
    let said = stages.take();
    let uploaded: SourceUploaded = decode(&said[0].message).unwrap();
    let object = &uploaded.source.object;
    assert_eq!(object.bucket, "gcf-v2-uploads-demo-project-europe-west1");
    assert_eq!(object.generation, 1);
    let all = go_on(&stages, said).await;
    assert_eq!(all[1..], road("f ended deployed").map(|words| words.replace("My_Function", "f")));
}

#[tokio::test]
async fn a_refused_upload_is_repeated_while_a_grant_spreads() {
    let stages = Stages::start();
    stages.functions.refuse_uploads([Kind::PermissionDenied, Kind::Unavailable]);
    let request = request("a", proto::Flavour::Functions);
    assert_eq!(stages.request(&request).await, Settled::Nack);
    assert_eq!(stages.request(&request).await, Settled::Nack);
    assert_eq!(stages.request(&request).await, Settled::Ack);
    assert_eq!(words(&stages.take()), ["f is uploaded"]);
}

#[tokio::test]
async fn an_archive_that_the_upload_refuses_ends_the_deployment() {
    let stages = Stages::start();
    stages.functions.refuse_uploads([Kind::InvalidArgument]);
    assert_eq!(stages.request(&request("a", proto::Flavour::Functions)).await, Settled::Ack);
    assert_eq!(words(&stages.take()), ["f failed: user source-too-large"]);
}

#[tokio::test]
async fn a_name_of_the_other_flavour_is_refused_before_anything_is_uploaded() {
    let service = function("f", REGION).service();
    for (flavour, owner) in
        [(proto::Flavour::Functions, ""), (proto::Flavour::Run, "cloudfunctions")]
    {
        let stages = Stages::start();
        stages.services.put(&service, deployed_service(owner));
        assert_eq!(stages.request(&request("a", flavour)).await, Settled::Ack);
        let said = stages.take();
        assert_eq!(words(&said), ["f failed: user name-taken"], "{flavour:?}");
        let finished: longshore_messages::DeploymentFinished = decode(&said[0].message).unwrap();
        let Outcome::Failed(failure) = finished.outcome else { panic!("it failed") };
        assert_eq!(failure.stage, "uploader");
        assert_eq!(stages.ledger.head(&function("f", REGION)).await.unwrap(), None);
    }
}
