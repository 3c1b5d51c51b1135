use std::sync::Arc;

use longshore_messages::EventFilter;
use serde_json::{Value, json};

use super::*;
use crate::FunctionEvent;
use crate::endpoints::Cloud;
use crate::google::fake::Fake;

const NAME: &str = "projects/p/locations/r/functions/My_Function";
const FUNCTION: &str = "/v2/projects/p/locations/r/functions/My_Function";
const FUNCTIONS: &str = "/v2/projects/p/locations/r/functions";
const OPERATION: &str = "/v2/projects/p/locations/r/operations/o";

async fn functions(fake: &Fake) -> GoogleFunctions {
    let profile = Profile::of(Cloud::Local).unwrap();
    let pacer = Pacer::unlimited();
    GoogleFunctions::connect(&profile, Some(&fake.endpoint), pacer).await.unwrap()
}

fn started() -> Value {
    json!({ "name": "projects/p/locations/r/operations/o", "done": false })
}

fn refusal(code: u16, status: &str) -> Value {
    json!({ "error": { "code": code, "message": "unable to queue the operation", "status": status } })
}

fn shape() -> FunctionShape {
    let mut shape = FunctionShape {
        runtime: "python312".to_owned(),
        entry_point: "hello".to_owned(),
        source: StorageObject { bucket: "b".into(), object: "o.zip".into(), generation: 7 },
        kms_key: "key".to_owned(),
        ..FunctionShape::default()
    };
    shape.settings.memory = Some("512Mi".to_owned());
    shape.settings.secret_environment.insert(
        "KEY".to_owned(),
        longshore_messages::SecretVersion { secret: "s".to_owned(), version: "1".to_owned() },
    );
    shape.labels.insert("longshore-generation".to_owned(), "1".to_owned());
    shape
}

#[tokio::test]
async fn a_function_is_created_with_the_fields_of_the_api() {
    let fake = Fake::answering([("POST", FUNCTIONS, 200, started())]).await;
    let operation = functions(&fake).await.create(NAME, &shape()).await.unwrap();
    assert_eq!(operation, "projects/p/locations/r/operations/o");
    let sent = fake.requests().pop().unwrap();
    assert_eq!(sent.query["functionId"], "My_Function");
    assert_eq!(sent.body["buildConfig"]["runtime"], "python312");
    assert_eq!(sent.body["buildConfig"]["entryPoint"], "hello");
    let source = &sent.body["buildConfig"]["source"]["storageSource"];
    assert_eq!(*source, json!({ "bucket": "b", "object": "o.zip", "generation": "7" }));
    assert_eq!(sent.body["serviceConfig"]["availableMemory"], "512Mi");
    assert_eq!(sent.body["labels"]["longshore-generation"], "1");
    assert_eq!(sent.body["kmsKeyName"], "key");
    let secret = &sent.body["serviceConfig"]["secretEnvironmentVariables"][0];
    let expected = json!({ "key": "KEY", "projectId": "p", "secret": "s", "version": "1" });
    assert_eq!(*secret, expected);
}

#[tokio::test]
async fn a_creation_names_the_topic_of_a_trigger_and_an_update_does_not() {
    let event = FunctionEvent {
        event_type: "google.cloud.pubsub.topic.v1.messagePublished".to_owned(),
        filters: vec![EventFilter {
            attribute: "subject".to_owned(),
            value: "a/*".to_owned(),
            is_pattern: true,
        }],
        region: "r".to_owned(),
        topic: "projects/p/topics/t".to_owned(),
        account: "a@p.iam.gserviceaccount.com".to_owned(),
        channel: String::new(),
        retries: true,
    };
    let shape = FunctionShape { event: Some(event.clone()), ..shape() };
    assert_eq!(
        function_shape::observed(&function_shape::function(NAME, &shape, true)).shape.event,
        Some(event)
    );
    let fake =
        Fake::answering([("POST", FUNCTIONS, 200, started()), ("PATCH", FUNCTION, 200, started())])
            .await;
    let functions = functions(&fake).await;
    functions.create(NAME, &shape).await.unwrap();
    functions.update(NAME, &shape, &[FunctionField::EventTrigger]).await.unwrap();
    let [create, update] = &fake.requests()[..] else { panic!("two requests") };
    let trigger = &create.body["eventTrigger"];
    assert_eq!(trigger["pubsubTopic"], "projects/p/topics/t");
    assert_eq!(trigger["retryPolicy"], 2, "RETRY_POLICY_RETRY");
    assert_eq!(trigger["eventFilters"][0]["operator"], "match-path-pattern");
    assert_eq!(update.query["updateMask"], "eventTrigger");
    assert!(update.body["eventTrigger"].get("pubsubTopic").is_none(), "{:#}", update.body);
    functions
        .update(NAME, &FunctionShape::default(), &[FunctionField::EventTrigger])
        .await
        .unwrap();
    assert!(fake.requests()[2].body.get("eventTrigger").is_none());
}

#[tokio::test]
async fn an_update_has_the_mask_of_its_fields() {
    let fake = Fake::answering([("PATCH", FUNCTION, 200, started())]).await;
    let fields = [FunctionField::Labels, FunctionField::Source, FunctionField::Memory];
    functions(&fake).await.update(NAME, &shape(), &fields).await.unwrap();
    let mask = fake.requests().pop().unwrap().query["updateMask"].clone();
    assert!(mask.starts_with("labels,"), "{mask}");
    assert_eq!(mask.split(',').count(), 3);
}

#[tokio::test]
async fn another_operation_in_flight_is_a_failed_precondition() {
    for (status, word, kind) in [
        (409, "ABORTED", Kind::PreconditionFailed),
        (409, "ALREADY_EXISTS", Kind::AlreadyExists),
        (400, "FAILED_PRECONDITION", Kind::InvalidArgument),
        (403, "PERMISSION_DENIED", Kind::PermissionDenied),
        (429, "RESOURCE_EXHAUSTED", Kind::ResourceExhausted),
    ] {
        let fake = Fake::answering([("POST", FUNCTIONS, status, refusal(status, word))]).await;
        let error = functions(&fake).await.create(NAME, &shape()).await.unwrap_err();
        assert_eq!(error.kind, kind, "{word}");
        assert_eq!(fake.requests().len(), 1, "{word}");
    }
}

#[tokio::test]
async fn a_function_is_read_as_it_is_written() {
    let live = json!({
        "name": NAME,
        "state": "ACTIVE",
        "kmsKeyName": "key",
        "labels": { "longshore-generation": "1" },
        "buildConfig": {
            "build": "projects/1/locations/r/builds/b",
            "runtime": "python312",
            "entryPoint": "hello",
            "sourceProvenance": { "resolvedStorageSource": {
                "bucket": "gcf-v2-sources-1-r", "object": "My_Function/function-source.zip",
                "generation": "9",
            } },
        },
        "serviceConfig": {
            "service": "projects/p/locations/r/services/my-function",
            "availableMemory": "512Mi",
            "timeoutSeconds": 60,
            "secretEnvironmentVariables":
                [{ "key": "KEY", "projectId": "p", "secret": "s", "version": "1" }],
            "revision": "my-function-00001",
        },
        "url": "https://r-p.cloudfunctions.net/My_Function",
    });
    let fake = Fake::answering([("GET", FUNCTION, 200, live)]).await;
    let found = functions(&fake).await.get(NAME).await.unwrap().unwrap();
    assert!(found.state == crate::functions::FunctionState::Active);
    assert_eq!(found.service, "projects/p/locations/r/services/my-function");
    assert_eq!(found.shape.source.bucket, "gcf-v2-sources-1-r");
    assert_eq!(found.shape.kms_key, "key");
    assert_eq!(found.shape.settings.secret_environment, shape().settings.secret_environment);
    assert_eq!(found.shape.settings.timeout, Some(Duration::from_secs(60)));
    assert_eq!(found.build, "projects/1/locations/r/builds/b");
}

#[tokio::test]
async fn an_operation_has_its_stages_and_its_error() {
    let metadata = json!({
        "@type": "type.googleapis.com/google.cloud.functions.v2.OperationMetadata",
        "target": NAME,
        "verb": "create",
        "operationType": "CREATE_FUNCTION",
        "buildName": "projects/1/locations/r/builds/b",
        "stages": [{
            "name": "BUILD", "state": "COMPLETE",
            "stateMessages": [{ "severity": "ERROR", "type": "BuildFailed", "message": "step 2" }],
        }],
    });
    let ended = json!({
        "name": "projects/p/locations/r/operations/o",
        "done": true,
        "metadata": metadata,
        "error": { "code": 8, "message": "quota" },
    });
    let fake = Fake::answering([("GET", OPERATION, 200, ended)]).await;
    let functions = functions(&fake).await;
    let found = functions.operation("projects/p/locations/r/operations/o").await.unwrap().unwrap();
    assert!(found.is_creation);
    assert_eq!(found.target, NAME);
    let failed = OperationEnd::Failed { kind: Kind::ResourceExhausted, message: "quota".into() };
    assert_eq!(found.end, failed);
    assert_eq!(found.stages[0].errors, ["step 2"]);
    assert_eq!(found.stages[0].name, StageName::Build);
}

#[tokio::test]
async fn the_place_of_an_upload_is_asked_for_with_its_key() {
    let place = json!({
        "uploadUrl": "https://storage.example.com/b/o.zip",
        "storageSource": { "bucket": "b", "object": "o.zip" },
    });
    let path = "/v2/projects/p/locations/r/functions:generateUploadUrl";
    for (key, sent) in [(Some("key"), json!("key")), (None, json!(null))] {
        let fake = Fake::answering([("POST", path, 200, place.clone())]).await;
        let found = functions(&fake).await.upload_place("p", "r", key).await.unwrap();
        assert_eq!((found.bucket.as_str(), found.object.as_str()), ("b", "o.zip"));
        assert_eq!(fake.requests().pop().unwrap().body["kmsKeyName"], sent);
    }
}

#[tokio::test]
async fn a_source_is_put_where_the_api_says_without_a_credential() {
    use axum::http::{HeaderMap, StatusCode};
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let server = {
        let seen = Arc::clone(&seen);
        axum::Router::new().route(
            "/b/o.zip",
            axum::routing::put(move |headers: HeaderMap, body: axum::body::Bytes| async move {
                let text =
                    |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
                seen.lock().unwrap().push((text("content-type"), text("authorization"), body));
                (StatusCode::OK, [("x-goog-generation", "42")])
            }),
        )
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/b/o.zip?X-Goog-Signature=1", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move { axum::serve(listener, server).await.unwrap() });
    let fake = Fake::answering([]).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "zip").unwrap();
    let place = UploadPlace { url, bucket: "b".into(), object: "o.zip".into() };
    let object = functions(&fake).await.upload(&place, file.path()).await.unwrap();
    assert_eq!(object.generation, 42);
    let (content_type, authorization, body) = seen.lock().unwrap().pop().unwrap();
    assert_eq!(content_type.as_deref(), Some("application/zip"));
    assert_eq!((authorization, &body[..]), (None, &b"zip"[..]));
    assert!(!format!("{place:?}").contains("Signature"));
    serving.abort();
}

#[tokio::test]
async fn runtimes_are_those_of_the_second_generation_with_their_stages() {
    let runtime = |name: &str, stage: &str, environment: &str| json!({ "name": name, "stage": stage, "environment": environment });
    let listed = json!({ "runtimes": [
        runtime("python39", "DECOMMISSIONED", "GEN_2"),
        runtime("python39", "DECOMMISSIONED", "GEN_1"),
        runtime("python313", "GA", "GEN_2"),
        runtime("python315", "BETA", "GEN_2"),
        runtime("python310", "DEPRECATED", "GEN_2"),
    ] });
    let fake = Fake::answering([("GET", "/v2/projects/p/locations/r/runtimes", 200, listed)]).await;
    let found = functions(&fake).await.runtimes("p", "r").await.unwrap();
    let found: Vec<_> = found.iter().map(|one| (one.id.as_str(), one.stage)).collect();
    let expected = [
        ("python39", RuntimeStage::Decommissioned),
        ("python313", RuntimeStage::Ga),
        ("python315", RuntimeStage::Preview),
        ("python310", RuntimeStage::Deprecated),
    ];
    assert_eq!(found, expected);
}
