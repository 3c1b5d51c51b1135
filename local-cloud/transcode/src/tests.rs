//! A gRPC call of an API that answers REST calls.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;
use longshore_local_kit::coverage::{Api, Method};
use longshore_local_kit::rest::{Code, RestError};
use prost::Message as _;
use prost_reflect::{DeserializeOptions, DynamicMessage, SerializeOptions};
use serde_json::{Value, json};
use tonic::Status;
use tower::ServiceExt as _;

use crate::descriptors::pool;
use crate::{grpc_path, over};

const API: Api = Api("Example");
const SECRETS: &str = "google.cloud.secretmanager.v1.SecretManagerService";
const METHODS: &[Method] = &[
    API.served(
        "google.cloud.secretmanager.v1.SecretManagerService.CreateSecret",
        "POST /v1/projects/{project}/secrets",
        "",
    ),
    API.served(
        "google.cloud.secretmanager.v1.SecretManagerService.ListSecrets",
        "GET /v1/projects/{project}/secrets",
        "",
    ),
    API.served(
        "google.cloud.secretmanager.v1.SecretManagerService.UpdateSecret",
        "PATCH /v1/projects/{project}/secrets/{secret}",
        "",
    ),
    API.served(
        "google.cloud.secretmanager.v1.SecretManagerService.AccessSecretVersion",
        "GET /v1/projects/{project}/secrets/{secret}/versions/{version}:access",
        "",
    ),
    API.unimplemented(
        "google.cloud.secretmanager.v1.SecretManagerService.DeleteSecret",
        "DELETE /v1/projects/{project}/secrets/{secret}",
        "secrets stay",
    ),
    API.served(
        "google.longrunning.Operations.GetOperation",
        "GET /v2/projects/{project}/locations/{location}/operations/{operation}",
        "",
    ),
    API.served(
        "google.longrunning.Operations.WaitOperation",
        "POST /v2/projects/{project}/locations/{location}/operations/{operation}:wait",
        "",
    ),
    API.served(
        "google.longrunning.Operations.ListOperations",
        "GET /v2/projects/{project}/locations/{location}/operations",
        "",
    ),
    API.served(
        "google.cloud.location.Locations.ListLocations",
        "GET /v1/projects/{project}/locations",
        "",
    ),
    API.served(
        "google.devtools.cloudbuild.v1.CloudBuild.GetBuild",
        "GET /v1/projects/{project}/builds/{build}",
        "",
    ),
    API.served(
        "google.devtools.cloudbuild.v1.CloudBuild.GetBuild",
        "GET /v1/projects/{project}/locations/{location}/builds/{build}",
        "",
    ),
    API.served("google.logging.v2.LoggingServiceV2.TailLogEntries", "POST /v2/entries:tail", ""),
    API.served("cloudresourcemanager.projects.search", "GET /v3/projects:search", ""),
    API.served("example.native", "GET /v1/native", "").with_grpc("/example.Native/Get"),
];

/// What an API was called with, and what it answers.
#[derive(Clone, Default)]
struct Fake {
    seen: Arc<Mutex<Vec<(String, String, Value)>>>,
}

impl Fake {
    /// Calls a method whose API answers with this.
    async fn call(&self, path: &str, request: Value, answer: Response) -> Result<Value, Status> {
        let (service, method) = path.trim_start_matches('/').split_once('/').unwrap();
        let service = pool().get_service_by_name(service).unwrap();
        let method = service.methods().find(|known| known.name() == method).unwrap();
        let options = DeserializeOptions::new();
        let message =
            DynamicMessage::deserialize_with_options(method.input(), request, &options).unwrap();
        let encoded = self.raw(path, &message.encode_to_vec(), answer).await?;
        let message = DynamicMessage::decode(method.output(), encoded.as_slice()).unwrap();
        let options = SerializeOptions::new();
        Ok(message.serialize_with_options(serde_json::value::Serializer, &options).unwrap())
    }

    /// The same with an encoded message.
    async fn raw(&self, path: &str, message: &[u8], answer: Response) -> Result<Vec<u8>, Status> {
        let response = self.response(path, message, answer).await;
        if let Some(status) = Status::from_header_map(response.headers()) {
            return Err(status);
        }
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Ok(body[5..].to_vec())
    }

    async fn response(&self, path: &str, message: &[u8], answer: Response) -> Response {
        let seen = Arc::clone(&self.seen);
        let answer = Arc::new(Mutex::new(Some(answer)));
        let api = Router::new().fallback(move |request: Request| {
            let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
            async move {
                let (parts, body) = request.into_parts();
                let body = to_bytes(body, usize::MAX).await.unwrap();
                let user = parts.headers.get("x-goog-user-project");
                let user = user.map_or("", |user| user.to_str().unwrap()).to_owned();
                let line = format!("{} {}", parts.method, parts.uri);
                let body = serde_json::from_slice(&body).unwrap_or_default();
                seen.lock().unwrap().push((line, user, body));
                answer.lock().unwrap().take().unwrap()
            }
        });
        let mut framed = vec![0];
        framed.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
        framed.extend(message);
        let request = Request::post(path)
            .header("content-type", "application/grpc")
            .header("x-goog-user-project", "billed")
            .header("te", "trailers")
            .body(Body::from(framed))
            .unwrap();
        over(api, &[METHODS]).oneshot(request).await.unwrap()
    }

    /// The one call of the API.
    fn only(&self) -> (String, Value) {
        let mut seen = self.seen.lock().unwrap();
        assert_eq!(seen.len(), 1, "{seen:?}");
        let (line, user, body) = seen.remove(0);
        assert_eq!(user, "billed", "the headers are passed on");
        (line, body)
    }
}

fn ok(body: Value) -> Response {
    axum::Json(body).into_response()
}

fn secrets(method: &str) -> String {
    format!("/{SECRETS}/{method}")
}

#[tokio::test]
async fn a_call_becomes_the_rest_call_of_its_rule() {
    let fake = Fake::default();
    let request =
        json!({"parent": "projects/p", "secretId": "a b", "secret": {"labels": {"k": "v"}}});
    let answer = ok(json!({"name": "projects/p/secrets/a", "createTime": "2026-01-02T03:04:05Z"}));
    let response = fake.call(&secrets("CreateSecret"), request, answer).await.unwrap();
    assert_eq!(response["createTime"], "2026-01-02T03:04:05Z");
    let expected = "POST /v1/projects/p/secrets?secretId=a+b".to_owned();
    assert_eq!(fake.only(), (expected, json!({"labels": {"k": "v"}})));

    let request = json!({"parent": "projects/p", "pageSize": 2, "pageToken": "t="});
    let response = fake.call(&secrets("ListSecrets"), request, ok(json!({"totalSize": 7}))).await;
    assert_eq!(response.unwrap(), json!({"totalSize": 7}));
    let expected = "GET /v1/projects/p/secrets?pageSize=2&pageToken=t%3D".to_owned();
    assert_eq!(fake.only(), (expected, Value::Null));
}

#[tokio::test]
async fn names_in_the_path_are_not_repeated_and_masks_are_in_camel_case() {
    let fake = Fake::default();
    let secret = json!({"name": "projects/p/secrets/s", "annotations": {"a": "b"}});
    let request = json!({"secret": secret, "updateMask": "annotations,versionAliases"});
    fake.call(&secrets("UpdateSecret"), request, ok(secret)).await.unwrap();
    let (line, body) = fake.only();
    assert_eq!(line, "PATCH /v1/projects/p/secrets/s?updateMask=annotations%2CversionAliases");
    assert_eq!(body, json!({"annotations": {"a": "b"}}));
}

#[tokio::test]
async fn bytes_and_64_bit_numbers_survive() {
    let fake = Fake::default();
    let payload = json!({"name": "n", "payload": {"data": "/w==", "dataCrc32c": "4278190080"}});
    let request = json!({"name": "projects/p/secrets/s/versions/latest"});
    let response = fake.call(&secrets("AccessSecretVersion"), request, ok(payload.clone())).await;
    assert_eq!(response.unwrap(), payload);
    assert_eq!(fake.only().0, "GET /v1/projects/p/secrets/s/versions/latest:access");
}

#[tokio::test]
async fn the_mixins_have_the_paths_of_the_list() {
    let fake = Fake::default();
    let name = "projects/p/locations/l/operations/o";
    let wait = json!({"name": name, "timeout": "30s"});
    let service = json!({
        "@type": "type.googleapis.com/google.cloud.run.v2.Service", "name": "s", "generation": "3",
    });
    let done = json!({"name": name, "done": true, "metadata": service, "response": service});
    let path = "/google.longrunning.Operations/WaitOperation";
    assert_eq!(fake.call(path, wait, ok(done.clone())).await.unwrap(), done);
    let (line, body) = fake.only();
    assert_eq!((line, body), (format!("POST /v2/{name}:wait"), json!({"timeout": "30s"})));

    let path = "/google.longrunning.Operations/GetOperation";
    let empty = json!({"@type": "type.googleapis.com/google.protobuf.Empty"});
    let answer = ok(json!({"name": name, "done": true, "response": empty}));
    let response = fake.call(path, json!({"name": name}), answer).await.unwrap();
    assert_eq!(response["response"]["@type"], "type.googleapis.com/google.protobuf.Empty");
    assert_eq!(fake.only().0, format!("GET /v2/{name}"));

    let path = "/google.longrunning.Operations/ListOperations";
    let request = json!({"name": "projects/p/locations/l", "filter": "done:true"});
    fake.call(path, request, ok(json!({}))).await.unwrap();
    let listed = "GET /v2/projects/p/locations/l/operations?filter=done%3Atrue";
    assert_eq!(fake.only().0, listed);

    let path = "/google.cloud.location.Locations/ListLocations";
    fake.call(path, json!({"name": "projects/p"}), ok(json!({}))).await.unwrap();
    assert_eq!(fake.only().0, "GET /v1/projects/p/locations");
}

#[tokio::test]
async fn the_longest_rule_that_fits_is_taken() {
    let path = "/google.devtools.cloudbuild.v1.CloudBuild/GetBuild";
    let fake = Fake::default();
    let name = "projects/p/locations/l/builds/b";
    let request = json!({"projectId": "p", "id": "b", "name": name});
    fake.call(path, request, ok(json!({}))).await.unwrap();
    assert_eq!(fake.only().0, format!("GET /v1/{name}?id=b&projectId=p"));
    fake.call(path, json!({"projectId": "p", "id": "b"}), ok(json!({}))).await.unwrap();
    assert_eq!(fake.only().0, "GET /v1/projects/p/builds/b");
}

#[tokio::test]
async fn a_list_may_have_the_names_of_a_discovery_document() {
    let fake = Fake::default();
    let path = "/google.cloud.resourcemanager.v3.Projects/SearchProjects";
    let projects = json!({"projects": [{"projectId": "p", "state": "ACTIVE"}]});
    let response = fake.call(path, json!({"query": "id:p"}), ok(projects.clone())).await.unwrap();
    assert_eq!(response, projects);
    assert_eq!(fake.only().0, "GET /v3/projects:search?query=id%3Ap");
}

#[tokio::test]
async fn an_error_keeps_its_code_its_message_and_its_details() {
    let fake = Fake::default();
    let info = json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "R", "domain": "d",
        "metadata": {"k": "v"},
    });
    let unknown = json!({"@type": "type.googleapis.com/example.Unknown", "a": 1});
    let error = RestError::new(Code::FailedPrecondition, "not ‘now’")
        .with_detail(info.clone())
        .with_detail(unknown);
    let request = json!({"parent": "projects/p"});
    let path = secrets("ListSecrets");
    let call = fake.call(&path, request.clone(), error.into_response());
    let status = call.await.unwrap_err();
    assert_eq!((status.code(), status.message()), (tonic::Code::FailedPrecondition, "not ‘now’"));
    let kind = pool().get_message_by_name("google.rpc.Status").unwrap();
    let details = DynamicMessage::decode(kind, status.details()).unwrap();
    let options = SerializeOptions::new();
    let details = details.serialize_with_options(serde_json::value::Serializer, &options).unwrap();
    assert_eq!(details, json!({"code": 9, "message": "not ‘now’", "details": [info]}));

    let plain = (StatusCode::SERVICE_UNAVAILABLE, "later\n").into_response();
    let status = Fake::default().call(&path, request, plain).await.unwrap_err();
    assert_eq!((status.code(), status.message()), (tonic::Code::Unavailable, "later"));
}

#[tokio::test]
async fn what_is_not_served_is_refused_by_name() {
    let fake = Fake::default();
    let listed = secrets("DeleteSecret");
    let unlisted = secrets("GetSecret");
    for (path, why) in [
        (listed.as_str(), ": secrets stay"),
        (unlisted.as_str(), ""),
        ("/google.example.v1.Unknown/Get", ""),
        ("/google.logging.v2.LoggingServiceV2/ListLogs", ""),
        ("/google.longrunning.Operations/DeleteOperation", ""),
    ] {
        // The name of a secret of a project.
        let message = [&[10, 20][..], b"projects/p/secrets/s"].concat();
        let status = fake.raw(path, &message, ok(json!({}))).await.unwrap_err();
        assert_eq!(status.code(), tonic::Code::Unimplemented, "{path}");
        assert_eq!(status.message(), format!("the local cloud does not serve {path}{why}"));
    }
    let regional = json!({"parent": "projects/p/locations/l"});
    let status = fake.call(&secrets("ListSecrets"), regional, ok(json!({}))).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::Unimplemented);
    assert!(status.message().ends_with("there is no /v1/projects/p/locations/l/secrets"));
    assert!(fake.seen.lock().unwrap().is_empty(), "the API is not called");
}

#[tokio::test]
async fn an_array_that_is_written_bit_by_bit_is_a_stream() {
    let path = "/google.logging.v2.LoggingServiceV2/TailLogEntries";
    let parts = [
        r#"[{"entries": [{"insertId": "#,
        r#""a"}]},"#,
        r#"{"error": {"code": 503, "status": "UNAVAILABLE", "message": "over"}}]"#,
    ];
    let parts = futures::stream::iter(parts.map(Ok::<_, std::io::Error>));
    let fake = Fake::default();
    let answer = Response::new(Body::from_stream(parts));
    // `filter`, the second field.
    let received = fake.response(path, &[18, 1, b'x'], answer).await;
    assert_eq!(fake.only(), ("POST /v2/entries:tail".to_owned(), json!({"filter": "x"})));
    let mut body = received.into_body();
    let mut messages = Vec::new();
    let mut status = None;
    while let Some(frame) = body.frame().await {
        match frame.unwrap().into_data() {
            Ok(data) => messages.extend(data),
            Err(frame) => status = Status::from_header_map(frame.trailers_ref().unwrap()),
        }
    }
    let entry = [&[10, 3, 34, 1][..], b"a"].concat();
    assert_eq!(messages, [&[0, 0, 0, 0, 5][..], &entry].concat());
    let status = status.unwrap();
    assert_eq!((status.code(), status.message()), (tonic::Code::Unavailable, "over"));
}

#[tokio::test]
async fn a_malformed_request_is_an_invalid_argument() {
    let fake = Fake::default();
    let request = json!({"parent": "p"});
    let status = fake.call(&secrets("ListSecrets"), request, ok(json!({}))).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::InvalidArgument);
    assert_eq!(status.message(), "parent: 'p' does not match projects/*");
    let status = fake.raw(&secrets("ListSecrets"), &[10, 200], ok(json!({}))).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::InvalidArgument);
    assert!(fake.seen.lock().unwrap().is_empty(), "the API is not called");
}

#[tokio::test]
async fn a_response_that_is_no_message_is_an_internal_error() {
    let fake = Fake::default();
    let request = json!({"parent": "projects/p"});
    let answer = ok(json!({"totalSize": "many"}));
    let status = fake.call(&secrets("ListSecrets"), request, answer).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::Internal);
    assert!(status.message().contains("ListSecretsResponse"), "{}", status.message());
}

#[tokio::test]
async fn a_service_that_speaks_grpc_gets_its_calls() {
    let seen = Fake::default();
    let answer = ok(json!({"answered": "by the service"}));
    seen.raw("/example.Native/Get", b"as it is", answer).await.unwrap();
    assert_eq!(seen.only().0, "POST /example.Native/Get");
}

#[test]
fn the_path_of_a_listed_method_is_known() {
    let paths: Vec<_> = METHODS.iter().map(grpc_path).collect();
    assert!(paths.iter().all(Option::is_some), "{paths:?}");
    let rest_only = API.served("storage.buckets.get", "GET /storage/v1/b/{bucket}", "");
    assert_eq!(grpc_path(&rest_only), None);
}
