//! What each requester may name, and whose deployments it may cancel.

use std::collections::BTreeMap;

use crate::support::post::Settled;
use crate::support::stages::{PROJECT, REGION, Said, Stages, words};
use crate::support::{Cloud, longshore};
use longshore_cloud::{BucketSpec, Objects as _};
use longshore_messages::{
    DeploymentFinished, DeploymentId, Failure, Outcome, Topic, TraceContext, WireMessage, decode,
    encode_cancel, encode_request, proto, source_bucket,
};
use longshore_runner::Settings;
use proto::source::Place;
use time::OffsetDateTime;

const SOURCE: &str = "//ci.example.com";
const OTHER: &str = "other-project";

/// A canonical archive in a file.
fn packed() -> longshore_source_archive::Packed {
    let folder = tempfile::tempdir().unwrap();
    let directory = crate::support::function(folder.path(), "hello");
    let limits = longshore_source_archive::Limits::default();
    longshore_source_archive::pack_directory(&directory, &limits).unwrap()
}

fn inline() -> Place {
    let archive = std::fs::read(packed().file.path()).unwrap();
    Place::Inline(proto::InlineArchive { archive })
}

/// Stores an archive in a bucket of a project.
async fn stored(bench: &Stages, project: &str, bucket: &str) -> Place {
    let spec = BucketSpec {
        name: bucket.to_owned(),
        project: project.to_owned(),
        location: REGION.to_owned(),
        labels: BTreeMap::new(),
        default_key: String::new(),
    };
    bench.objects.ensure_bucket(&spec).await.unwrap();
    let (packed, object) = (packed(), "function.zip".to_owned());
    bench.objects.upload(bucket, &object, packed.file.path(), BTreeMap::new()).await.unwrap();
    Place::Storage(proto::StorageObject { bucket: bucket.to_owned(), object, generation: 0 })
}

fn spec(name: &str, place: Place) -> proto::FunctionSpec {
    crate::support::spec(name, proto::Source { place: Some(place) })
}

fn request(spec: proto::FunctionSpec, id: &str) -> WireMessage {
    let request =
        proto::DeployRequested { function: Some(spec), ..proto::DeployRequested::default() };
    encode_request(&request, SOURCE, id, &TraceContext::default(), OffsetDateTime::now_utc())
}

/// A request to cancel, with a `ce-id` that the request to deploy may have as well.
fn cancel(request_id: &str, deployment_id: &str) -> WireMessage {
    let (request_id, deployment_id) = (request_id.to_owned(), deployment_id.to_owned());
    let request = proto::CancelRequested { request_id, deployment_id };
    encode_cancel(&request, SOURCE, "1", &TraceContext::default(), OffsetDateTime::now_utc())
}

/// A fleet for two teams with a project each.
fn two_teams() -> Stages {
    let table = |name: &str, project: &str| {
        let table = serde_json::json!({ "name": name, "projects": [project] });
        serde_json::from_value(table).unwrap()
    };
    let requesters = vec![table("team-a", PROJECT), table("team-b", OTHER)];
    Stages::start_with(Settings { requesters, ..Stages::settings() })
}

/// Delivers a requester's message, and returns what is published.
async fn deliver(
    bench: &Stages,
    topic: Topic,
    requester: &str,
    message: &WireMessage,
) -> Vec<Said> {
    let topic = topic.of_requester(requester);
    assert_eq!(bench.deliver("uploader", &topic, message).await, Settled::Ack);
    bench.take()
}

async fn deploy(bench: &Stages, requester: &str, spec: proto::FunctionSpec) -> Vec<Said> {
    deliver(bench, Topic::DeployRequested, requester, &request(spec, "1")).await
}

fn refusal(said: &[Said]) -> Failure {
    let [said] = said else { panic!("{:?}", words(said)) };
    let finished: DeploymentFinished = decode(&said.message).unwrap();
    let Outcome::Failed(failure) = finished.outcome else { panic!("{finished:?}") };
    assert_eq!(failure.code, "not-permitted", "{failure:?}");
    failure
}

#[tokio::test]
async fn a_source_in_another_projects_bucket_is_refused_before_it_is_read() {
    for bucket in [source_bucket(OTHER, REGION), "others-sources".to_owned()] {
        let bench = Stages::start();
        let place = stored(&bench, OTHER, &bucket).await;
        let downloads = bench.objects.downloads();
        let failure = refusal(&deploy(&bench, "default", spec(&bucket, place)).await);
        assert!(failure.reason.contains("function.source.storage.bucket"), "{failure:?}");
        assert!(failure.reason.contains(&bucket), "{failure:?}");
        assert_eq!(bench.objects.downloads(), downloads);
    }
}

#[tokio::test]
async fn a_source_in_a_bucket_of_the_functions_project_is_accepted() {
    let bench = Stages::start();
    let place = stored(&bench, PROJECT, "sources-with-any-name").await;
    let said = deploy(&bench, "default", spec("f", place)).await;
    assert_eq!(words(&said), ["f is uploaded"]);
}

#[tokio::test]
async fn a_project_that_the_fleet_does_not_serve_is_refused_and_not_admitted() {
    let bench = Stages::start();
    let elsewhere = proto::FunctionSpec { project: OTHER.to_owned(), ..spec("f", inline()) };
    let said = deploy(&bench, "default", elsewhere).await;
    let failure = refusal(&said);
    assert!(failure.reason.contains("function.project"), "{failure:?}");
    assert_eq!(said[0].message.attributes["function"], format!("{OTHER}/{REGION}/f"));
    assert!(bench.ledger.list_functions().await.unwrap().is_empty());
    assert!(bench.ledger.list_open().await.unwrap().is_empty());
}

#[tokio::test]
async fn each_requester_may_name_what_its_table_says_and_the_outcome_names_it() {
    let bench = two_teams();
    let of = |project: &str| proto::FunctionSpec {
        project: project.to_owned(),
        ..spec("shared", inline())
    };
    let said = deploy(&bench, "team-a", of(OTHER)).await;
    refusal(&said);
    assert_eq!(said[0].message.attributes["requester"], "team-a");
    assert_eq!(words(&deploy(&bench, "team-b", of(OTHER)).await), ["shared is uploaded"]);

    // The same ce-source and ce-id, and yet three deployments.
    for (requester, is_refused) in [("team-a", true), ("team-b", false)] {
        let id = DeploymentId::requested_by(requester, SOURCE, "1");
        let request = bench.ledger.request(id).await.unwrap().unwrap();
        assert_eq!(request.requester, requester);
        assert_eq!(bench.ledger.outcome(id).await.unwrap().is_some(), is_refused);
    }
    let default = DeploymentId::of(SOURCE, "1");
    assert_eq!(bench.ledger.request(default).await.unwrap(), None);
}

#[tokio::test]
async fn a_requester_takes_its_own_request_back() {
    let by_request = cancel("1", "");
    let by_id = cancel("", &DeploymentId::requested_by("team-a", SOURCE, "1").to_string());
    let mut json = by_request.clone();
    json.attributes.insert("content-type".to_owned(), "application/json".to_owned());
    json.data = r#"{"requestId": "1"}"#.into();
    for cancel in [by_request, by_id, json] {
        let bench = two_teams();
        let uploaded = deploy(&bench, "team-a", spec("f", inline())).await;
        assert_eq!(words(&uploaded), ["f is uploaded"]);
        let said = deliver(&bench, Topic::CancelRequested, "team-a", &cancel).await;
        assert!(said.is_empty(), "{:?}", words(&said));
        assert_eq!(bench.pass_on(&uploaded[0]).await, Settled::Ack);
        assert_eq!(words(&bench.take()), ["f ended cancelled"]);
    }
}

#[tokio::test]
async fn a_request_that_arrives_after_its_cancellation_ends_as_cancelled() {
    let bench = Stages::start();
    let said = deliver(&bench, Topic::CancelRequested, "default", &cancel("1", "")).await;
    assert!(said.is_empty(), "{:?}", words(&said));
    assert_eq!(words(&deploy(&bench, "default", spec("f", inline())).await), ["f ended cancelled"]);
}

#[tokio::test]
async fn no_requester_cancels_another_ones_deployment() {
    let bench = two_teams();
    let uploaded = deploy(&bench, "team-a", spec("f", inline())).await;
    let id = DeploymentId::requested_by("team-a", SOURCE, "1");
    for requester in ["team-b", "default"] {
        // Its own request with that ce-id, which does not exist.
        let said = deliver(&bench, Topic::CancelRequested, requester, &cancel("1", "")).await;
        assert!(said.is_empty(), "{:?}", words(&said));
        let by_id = cancel("", &id.to_string());
        let said = deliver(&bench, Topic::CancelRequested, requester, &by_id).await;
        let failure = refusal(&said);
        assert!(failure.reason.starts_with("deploymentId must be"), "{failure:?}");
        assert_eq!(said[0].message.attributes["requestid"], "1");
        // The redelivery has the same outcome.
        let again = deliver(&bench, Topic::CancelRequested, requester, &by_id).await;
        assert_eq!(again[0].message, said[0].message);
    }
    assert_eq!(bench.pass_on(&uploaded[0]).await, Settled::Ack);
    assert_eq!(words(&bench.take()), ["f waits for build 1"]);
}

#[tokio::test]
async fn an_invalid_request_to_cancel_gets_an_outcome_of_its_own() {
    let bench = Stages::start();
    for (id, request, deployment, says) in [
        ("a", "", "", "requestId is required"),
        ("b", "1", "x", "deploymentId"),
        ("c", "", "x", "deploymentId"),
    ] {
        let mut message = cancel(request, deployment);
        message.attributes.insert("ce-id".to_owned(), id.to_owned());
        let said = deliver(&bench, Topic::CancelRequested, "default", &message).await;
        let [said] = &said[..] else { panic!("{:?}", words(&said)) };
        let finished: DeploymentFinished = decode(&said.message).unwrap();
        let Outcome::Failed(failure) = finished.outcome else { panic!("{finished:?}") };
        assert_eq!(failure.code, "invalid-request");
        assert!(failure.reason.contains(says), "{failure:?}");
    }
    assert!(bench.take_parked().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_deploys_as_the_requester_of_its_settings() {
    let mut cloud = Cloud::start().await;
    let settings = cloud.folder().join("longshore.toml");
    let table = "[[requesters]]\nname = \"team-a\"\nprojects = [\"local-project\"]\n";
    std::fs::write(&settings, table).unwrap();
    let variables = [
        ("LONGSHORE_CONFIG", settings.display().to_string()),
        ("LONGSHORE_REQUESTER", "team-a".to_owned()),
    ];
    cloud.environment.extend(variables.map(|(name, value)| (name.to_owned(), value)));
    let run = |arguments: &[&str]| {
        let mut command = longshore(&cloud.environment);
        let output = command.args(["--output", "json"]).args(arguments).output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        serde_json::from_str::<serde_json::Value>(&stdout).expect(&stdout)
    };
    let provisioned = run(&["provision"]);
    let topics = provisioned["topics"].as_array().unwrap();
    for topic in ["deploy-requested.team-a", "cancel-requested.team-a"] {
        let name = format!("projects/local-project/topics/longshore.{topic}");
        assert!(topics.contains(&name.into()), "{topics:?}");
    }

    let _uploader = cloud.worker("uploader");
    let directory = crate::support::function(cloud.folder(), "hello");
    let manifest = "name: f\nentryPoint: hello\nproject: elsewhere-project\n";
    std::fs::write(directory.join("longshore.yaml"), manifest).unwrap();
    let deployed = run(&["deploy", directory.to_str().unwrap()]);
    let deployment = deployed[0]["deployment"].as_str().expect("an id").to_owned();
    let status = run(&["status", &deployment]);
    assert_eq!(status["requester"], "team-a", "{status}\n{}", cloud.logs());
    assert_eq!(status["failure"]["code"], "not-permitted", "{status}");
}
