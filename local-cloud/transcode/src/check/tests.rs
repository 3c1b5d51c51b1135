use axum::body::{Body, to_bytes};
use longshore_local_kit::coverage::Api;
use prost_reflect::Kind;
use tower::ServiceExt as _;

use super::*;
use crate::descriptors::pool;

const API: Api = Api("Example");
const METHODS: &[Method] = &[
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
        "google.cloud.secretmanager.v1.SecretManagerService.GetIamPolicy",
        "GET /v1/projects/{project}/secrets/{secret}:getIamPolicy",
        "",
    ),
    API.served(
        "google.cloud.secretmanager.v1.SecretManagerService.SetIamPolicy",
        "POST /v1/projects/{project}/secrets/{secret}:setIamPolicy",
        "",
    ),
    API.served(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.CreateRepository",
        "POST /v1/projects/{project}/locations/{location}/repositories",
        "",
    ),
    API.served(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.DeleteVersion",
        "DELETE /v1/projects/{project}/locations/{location}/repositories/{repository}/packages/{package}/versions/{version}",
        "",
    ),
    API.served(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.ListVersions",
        "GET /v1/projects/{project}/locations/{location}/repositories/{repository}/packages/{package}/versions",
        "",
    ),
    API.served(
        "google.iam.v1.IAMPolicy.GetIamPolicy",
        "GET /v2/projects/{project}/locations/{location}/functions/{function}:getIamPolicy",
        "",
    )
    .with_grpc("/google.iam.v1.IAMPolicy/GetIamPolicy"),
    API.served("serviceusage.services.list", "GET /v1/projects/{project}/services", ""),
    API.served(
        "google.logging.v2.LoggingServiceV2.ListLogs",
        "GET /v2/projects/{project}/logs",
        "",
    ),
    API.served(
        "run.namespaces.services.list",
        "GET /apis/serving.knative.dev/v1/namespaces/{project}/services",
        "",
    ),
    API.unimplemented("examples.get", "GET /v1/examples", "there are none"),
];
const SECRETS: &str = "GET /v1/projects/p/secrets";
const SECRET: &str = "PATCH /v1/projects/p/secrets/s";
const PACKAGE: &str = "/v1/projects/p/locations/l/repositories/r/packages/k";

/// The query that the API gets, or the error.
async fn call(method: &str, query: &str) -> Result<String, Value> {
    let api = Router::new()
        .fallback(async |request: Request| request.uri().query().unwrap_or_default().to_owned());
    let (verb, path) = method.split_once(' ').unwrap();
    let request = Request::builder().method(verb).uri(format!("{path}?{query}"));
    answer(api, request.body(Body::empty()).unwrap()).await
}

/// The body that the API gets, or the error.
async fn send(body: &str) -> Result<String, Value> {
    let api = Router::new().fallback(async |body: String| body);
    let request = Request::builder().method("POST").uri("/v1/projects/p/locations/l/repositories");
    let request = request.header("content-type", "application/json");
    let request = request.header("content-length", body.len());
    answer(api, request.body(Body::from(body.to_owned())).unwrap()).await
}

async fn answer(api: Router, request: Request) -> Result<String, Value> {
    let response = checked(api, &[METHODS]).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    match status {
        200 => Ok(String::from_utf8(body.to_vec()).unwrap()),
        _ => {
            let error: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!((status, &error["error"]["status"]), (400, &json!("INVALID_ARGUMENT")));
            Err(error["error"].clone())
        }
    }
}

#[tokio::test]
async fn a_parameter_that_no_field_has_is_refused_in_googles_words() {
    let error = call(SECRETS, "alt=json&pageSize=2&fitler=a").await.unwrap_err();
    let text = "Invalid JSON payload received. Unknown name \"fitler\": Cannot bind query parameter. \
                Field 'fitler' could not be found in request message.";
    assert_eq!(error["message"], text);
    let violations = json!([{"description": text}]);
    let details = json!([{
        "@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations,
    }]);
    assert_eq!(error["details"], details);
}

#[tokio::test]
async fn all_errors_are_reported_at_once() {
    let error = call(SECRETS, "one=1&page_size=x").await.unwrap_err();
    let lines: Vec<_> = error["message"].as_str().unwrap().lines().collect();
    assert!(lines[0].contains("\"one\""), "{lines:?}");
    assert_eq!(lines[1], "Invalid value at 'page_size' (TYPE_INT32), \"x\"");
    let violations = &error["details"][0]["fieldViolations"];
    assert_eq!(violations[1], json!({"field": "page_size", "description": lines[1]}));
}

#[tokio::test]
async fn what_is_in_the_path_or_in_the_body_is_no_parameter() {
    for (method, name) in [
        (SECRETS, "parent"),
        (SECRET, "secret.etag"),
        (SECRET, "secret.name"),
        (SECRET, "etag"),
        ("POST /v1/projects/p/secrets/s:setIamPolicy", "updateMask"),
        ("GET /v1/projects/p/secrets/s:getIamPolicy", "requestedPolicyVersion"),
        ("GET /v1/projects/p/secrets/s:getIamPolicy", "options.none"),
        ("GET /v1/projects/p/secrets/s:getIamPolicy", "$options"),
        (SECRETS, "pageSize.value"),
    ] {
        let error = call(method, &format!("{name}=a")).await.unwrap_err();
        let text = format!("Field '{name}' could not be found in request message.");
        assert!(error["message"].as_str().unwrap().ends_with(&text), "{method} {error}");
    }
}

#[tokio::test]
async fn a_message_is_no_parameter() {
    let error = call("GET /v1/projects/p/secrets/s:getIamPolicy", "options=a").await.unwrap_err();
    let text = "'options' is a message type. Parameters can only be bound to primitive types.";
    assert!(error["message"].as_str().unwrap().ends_with(text), "{error}");
}

#[tokio::test]
async fn the_api_gets_each_parameter_in_one_form() {
    let versions = format!("GET {PACKAGE}/versions");
    let version = format!("DELETE {PACKAGE}/versions/v");
    for (method, query, got) in [
        (SECRETS, "", ""),
        (SECRETS, "filter=a%20b&pageToken=", "filter=a%20b&pageToken="),
        (SECRETS, "$alt=json;enum-encoding=int", "$alt=json;enum-encoding=int"),
        (SECRETS, "page_size=2&page_token=t+u", "pageSize=2&pageToken=t+u"),
        (SECRETS, "pageSize=2&page_size=2", "pageSize=2"),
        (SECRET, "updateMask=labels,ttl", "updateMask=labels,ttl"),
        (SECRET, "updateMask=labels&update_mask=ttl", "updateMask=labels%2Cttl"),
        (
            "GET /v2/projects/p/logs",
            "resourceNames=b&resource_names=a&resourceNames=b",
            "resourceNames=b&resourceNames=a&resourceNames=b",
        ),
        (SECRET, "update_mask.paths=labels&updateMask.paths=ttl", "updateMask=labels%2Cttl"),
        (&versions, "view=FULL", "view=FULL"),
        (&versions, "view=2&order_by=a", "view=FULL&orderBy=a"),
        (&version, "force=1", "force=true"),
        (&version, "force=False", "force=false"),
        (
            "GET /v1/projects/p/secrets/s:getIamPolicy",
            "options.requested_policy_version=3",
            "options.requestedPolicyVersion=3",
        ),
        (
            "GET /v2/projects/p/locations/l/functions/f:getIamPolicy",
            "options.requestedPolicyVersion=3",
            "options.requestedPolicyVersion=3",
        ),
        (
            "GET /apis/serving.knative.dev/v1/namespaces/p/services",
            "limit=3&watch=0",
            "limit=3&watch=false",
        ),
    ] {
        assert_eq!(call(method, query).await.as_deref(), Ok(got), "{method} {query}");
    }
}

#[tokio::test]
async fn a_value_of_another_type_is_refused_in_googles_words() {
    let versions = format!("GET {PACKAGE}/versions");
    let version = format!("DELETE {PACKAGE}/versions/v");
    for (method, query, text) in [
        (SECRETS, "pageSize=1.5", "Invalid value at 'page_size' (TYPE_INT32), \"1.5\""),
        (SECRETS, "pageSize=", "Invalid value at 'page_size' (TYPE_INT32), \"\""),
        (
            SECRETS,
            "pageSize=3000000000",
            "Invalid value at 'page_size' (TYPE_INT32), \"3000000000\"",
        ),
        (&version, "force=maybe", "Invalid value at 'force' (TYPE_BOOL), \"maybe\""),
        (
            &versions,
            "view=HALF",
            "Invalid value at 'view' (type.googleapis.com/google.devtools.artifactregistry.v1.VersionView), \"HALF\"",
        ),
        (
            "GET /v1/projects/p/secrets/s:getIamPolicy",
            "options.requestedPolicyVersion=x",
            "Invalid value at 'options.requested_policy_version' (TYPE_INT32), \"x\"",
        ),
    ] {
        let error = call(method, query).await.unwrap_err();
        assert_eq!(error["message"], text, "{method}");
    }
}

#[tokio::test]
async fn a_parameter_with_two_values_is_refused_by_name() {
    for (method, query, field) in [
        (SECRETS, "filter=a&filter=b", "filter"),
        (SECRETS, "pageSize=1&page_size=2", "page_size"),
        ("GET /apis/serving.knative.dev/v1/namespaces/p/services", "limit=1&limit=2", "limit"),
    ] {
        let error = call(method, query).await.unwrap_err();
        let violation = &error["details"][0]["fieldViolations"][0];
        assert_eq!(violation["field"], field, "{error}");
        assert!(error["message"].as_str().unwrap().contains("more than one value"), "{error}");
    }
}

#[tokio::test]
async fn methods_that_are_not_served_and_other_paths_are_not_checked() {
    for path in ["GET /v1/examples", "GET /elsewhere", "POST /v1/projects/p/secrets"] {
        assert_eq!(call(path, "a=b").await.as_deref(), Ok("a=b"), "{path}");
    }
}

#[tokio::test]
async fn the_api_gets_names_of_enums() {
    for (sent, got) in [
        ("{\"format\":1}", "{\"format\":\"DOCKER\"}"),
        ("{ \"format\": \"DOCKER\" }", "{ \"format\": \"DOCKER\" }"),
        ("{\"format\":", "{\"format\":"),
        ("", ""),
    ] {
        assert_eq!(send(sent).await.as_deref(), Ok(got));
    }
}

#[tokio::test]
async fn names_that_an_enum_does_not_have_are_refused_in_googles_words() {
    let error = send("{\"mode\":\"NONE\"}").await.unwrap_err();
    let kind = "type.googleapis.com/google.devtools.artifactregistry.v1.Repository.Mode";
    let text = format!("Invalid value at 'repository.mode' ({kind}), \"NONE\"");
    assert_eq!(error["message"], text);
    let violations = json!([{"field": "repository.mode", "description": text}]);
    assert_eq!(error["details"][0]["fieldViolations"], violations);
}

#[test]
fn times_are_checked() {
    let kind = |name: &str| Kind::Message(pool().get_message_by_name(name).unwrap());
    let time = kind("google.protobuf.Timestamp");
    assert_eq!(value::of(&time, "2031-02-03T04:05:06Z").as_deref(), Some("2031-02-03T04:05:06Z"));
    assert_eq!(value::of(&time, "tomorrow"), None);
    assert_eq!(value::of(&kind("google.protobuf.Duration"), "3.5s").as_deref(), Some("3.5s"));
    assert_eq!(value::of(&kind("google.protobuf.Duration"), "3"), None);
}
