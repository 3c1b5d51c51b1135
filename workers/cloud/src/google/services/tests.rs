use std::time::Duration;

use serde_json::{Value, json};

use super::{GoogleServices, ServiceName};
use crate::endpoints::Cloud;
use crate::google::Profile;
use crate::google::fake::Fake;
use crate::pacing::Pacer;
use crate::{Accepted, Kind, OperationState, Precondition, ServiceShape, Services as _};

const NAME: &str = "projects/p/locations/r/services/s";
const SERVICE: &str = "/v2/projects/p/locations/r/services/s";
const SERVICES: &str = "/v2/projects/p/locations/r/services";

async fn services(fake: &Fake) -> GoogleServices {
    let profile = Profile::of(Cloud::Local).unwrap();
    GoogleServices::connect(&profile, Some(&fake.endpoint), Pacer::unlimited()).await.unwrap()
}

fn shape() -> ServiceShape {
    let annotations = [("longshore.dev/generation".to_owned(), "2".to_owned())].into();
    ServiceShape { annotations, image: "img@sha256:00".to_owned(), ..ServiceShape::default() }
}

fn live() -> Value {
    json!({ "name": NAME, "etag": "e1", "annotations": { "example.com/owner": "me" }, "template": { "containers": [{ "image": "old" }] } })
}

fn operation() -> Value {
    json!({ "name": "projects/p/locations/r/operations/o", "done": false })
}

fn refusal(code: u16, status: &str) -> Value {
    json!({ "error": { "code": code, "message": "no", "status": status } })
}

#[test]
fn a_service_is_named_in_full() {
    assert_eq!(ServiceName::of(NAME), Some(ServiceName { project: "p", region: "r", id: "s" }));
    for name in [
        "",
        "s",
        "projects/p/locations/r/services/",
        "projects/p/locations/r/jobs/s",
        "projects/p/locations/r/services/s/x",
    ] {
        assert_eq!(ServiceName::of(name), None, "{name}");
    }
}

#[tokio::test]
async fn a_missing_service_is_none() {
    let fake = Fake::answering([("GET", SERVICE, 200, live())]).await;
    let services = services(&fake).await;
    let found = services.get(NAME).await.unwrap().unwrap();
    assert_eq!((found.etag.as_str(), found.shape.image.as_str()), ("e1", "old"));
    assert_eq!(services.get("projects/p/locations/r/services/other").await.unwrap(), None);
}

#[tokio::test]
async fn a_write_returns_before_the_service_serves() {
    let fake = Fake::answering([("POST", SERVICES, 200, operation())]).await;
    services(&fake).await.write(NAME, &shape(), Precondition::Absent).await.unwrap();
    assert_eq!(fake.calls(), [format!("POST {SERVICES}")]);
    let requests = &fake.requests()[0];
    assert_eq!(requests.query["serviceId"], "s");
    assert_eq!(requests.body["template"]["containers"][0]["image"], "img@sha256:00");
    assert_eq!(requests.body.get("name"), None, "the API names a new service itself");
}

#[tokio::test]
async fn an_update_sends_the_etag_and_only_what_the_mask_names() {
    let fake =
        Fake::answering([("GET", SERVICE, 200, live()), ("PATCH", SERVICE, 200, operation())])
            .await;
    services(&fake).await.write(NAME, &shape(), Precondition::Etag("e1".to_owned())).await.unwrap();
    assert_eq!(fake.calls(), [format!("GET {SERVICE}"), format!("PATCH {SERVICE}")]);
    let requests = &fake.requests()[1];
    assert_eq!(requests.query["updateMask"], "template.containers,template.revision,annotations");
    assert_eq!(requests.query.get("allowMissing"), Some(&"false".to_owned()));
    assert_eq!(
        requests.body,
        json!({
            "name": NAME,
            "etag": "e1",
            "annotations": { "example.com/owner": "me", "longshore.dev/generation": "2" },
            "template": { "containers": [{ "image": "img@sha256:00" }] },
        })
    );
}

#[tokio::test]
async fn a_stale_etag_is_not_sent() {
    let fake = Fake::answering([("GET", SERVICE, 200, live())]).await;
    let error = services(&fake)
        .await
        .write(NAME, &shape(), Precondition::Etag("e0".to_owned()))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind, fake.calls()),
        (Kind::PreconditionFailed, vec![format!("GET {SERVICE}")])
    );
}

#[tokio::test]
async fn a_concurrent_write_is_a_failed_precondition() {
    let stale = Precondition::Etag("e1".to_owned());
    for (precondition, status, code) in [
        (stale.clone(), 409, "ABORTED"),
        (Precondition::Absent, 409, "ABORTED"),
        (stale.clone(), 400, "FAILED_PRECONDITION"),
        (stale, 404, "NOT_FOUND"),
    ] {
        let refuse = || refusal(status, code);
        let answers = [
            ("GET", SERVICE, 200, live()),
            ("POST", SERVICES, status, refuse()),
            ("PATCH", SERVICE, status, refuse()),
        ];
        let fake = Fake::answering(answers).await;
        let error = services(&fake).await.write(NAME, &shape(), precondition).await.unwrap_err();
        assert_eq!(error.kind, Kind::PreconditionFailed, "{code}");
    }
}

#[tokio::test]
async fn a_creation_of_an_existing_service_says_so() {
    let taken = refusal(409, "ALREADY_EXISTS");
    let fake = Fake::answering([("POST", SERVICES, 409, taken)]).await;
    let error =
        services(&fake).await.write(NAME, &shape(), Precondition::Absent).await.unwrap_err();
    assert_eq!(error.kind, Kind::AlreadyExists);
}

#[tokio::test]
async fn an_accepted_write_names_its_operation_and_the_generation_that_it_made() {
    let mut started = operation();
    started["metadata"] = json!({
        "@type": "type.googleapis.com/google.cloud.run.v2.Service",
        "name": NAME,
        "generation": "7",
    });
    let fake = Fake::answering([("POST", SERVICES, 200, started)]).await;
    let accepted = services(&fake).await.write(NAME, &shape(), Precondition::Absent).await.unwrap();
    let operation = "projects/p/locations/r/operations/o".to_owned();
    assert_eq!(accepted, Accepted { operation, generation: Some(7) });
}

#[tokio::test]
async fn an_operation_is_waited_for_with_one_call() {
    const WAIT: &str = "/v2/projects/p/locations/r/operations/o:wait";
    let done = |result: Value| {
        let mut done = operation();
        done["done"] = json!(true);
        for (name, value) in result.as_object().unwrap() {
            done[name] = value.clone();
        }
        done
    };
    let failed = |code| json!({ "error": { "code": code, "message": "no" } });
    let state = |aborted| OperationState::Failed { aborted, message: "no".to_owned() };
    for (answer, expected) in [
        (operation(), OperationState::InProgress),
        (done(json!({})), OperationState::Succeeded),
        (done(failed(9)), state(false)),
        (done(failed(10)), state(true)),
    ] {
        let fake = Fake::answering([("POST", WAIT, 200, answer)]).await;
        let name = "projects/p/locations/r/operations/o";
        let found = services(&fake).await.wait(name, Duration::from_secs(15)).await.unwrap();
        assert_eq!((found, fake.calls().len()), (expected, 1));
        assert_eq!(fake.requests()[0].body["timeout"], "15s");
    }
    let fake = Fake::answering([]).await;
    let services = services(&fake).await;
    let gone = services.wait("projects/p/locations/r/operations/x", Duration::ZERO).await.unwrap();
    assert_eq!(gone, OperationState::Unknown);
}

#[tokio::test]
async fn a_write_that_fails_otherwise_is_not_retried() {
    for (status, code, kind) in [
        (503, "UNAVAILABLE", Kind::Unavailable),
        (429, "RESOURCE_EXHAUSTED", Kind::ResourceExhausted),
        (400, "INVALID_ARGUMENT", Kind::InvalidArgument),
        (404, "NOT_FOUND", Kind::NotFound),
    ] {
        let fake = Fake::answering([("POST", SERVICES, status, refusal(status, code))]).await;
        let error =
            services(&fake).await.write(NAME, &shape(), Precondition::Absent).await.unwrap_err();
        assert_eq!((error.kind, fake.calls().len()), (kind, 1), "{code}");
    }
}

#[tokio::test]
async fn an_invalid_write_is_rejected_before_it_is_sent() {
    let fake = Fake::answering([]).await;
    let services = services(&fake).await;
    let foreign = ServiceShape {
        annotations: [("run.googleapis.com/x".to_owned(), String::new())].into(),
        ..shape()
    };
    for (name, shape) in [(NAME, &foreign), ("s", &shape())] {
        let error = services.write(name, shape, Precondition::Absent).await.unwrap_err();
        assert_eq!(error.kind, Kind::InvalidArgument, "{name}");
    }
    assert!(fake.calls().is_empty());
}

#[tokio::test]
async fn a_deletion_sends_the_etag_and_succeeds_if_the_service_is_missing() {
    let fake = Fake::answering([("DELETE", SERVICE, 200, operation())]).await;
    let services = services(&fake).await;
    services.delete(NAME, "e1").await.unwrap();
    services.delete("projects/p/locations/r/services/gone", "e1").await.unwrap();
    let requests = fake.requests();
    assert_eq!(
        fake.calls(),
        [format!("DELETE {SERVICE}"), "DELETE /v2/projects/p/locations/r/services/gone".to_owned()]
    );
    assert_eq!(requests[0].query["etag"], "e1");
}

#[tokio::test]
async fn a_deletion_of_a_changed_service_is_a_failed_precondition() {
    let fake = Fake::answering([("DELETE", SERVICE, 409, refusal(409, "ABORTED"))]).await;
    assert_eq!(
        services(&fake).await.delete(NAME, "e0").await.unwrap_err().kind,
        Kind::PreconditionFailed
    );
}

#[tokio::test]
async fn services_are_listed_by_name() {
    let fake = Fake::answering([("GET", SERVICES, 200, json!({ "services": [live()] }))]).await;
    let listed = services(&fake).await.list("p", "r").await.unwrap();
    assert_eq!(
        listed.iter().map(|(name, live)| (name.as_str(), live.etag.as_str())).collect::<Vec<_>>(),
        [(NAME, "e1")]
    );
}
