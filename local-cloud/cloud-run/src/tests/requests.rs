//! What the API only validates, and what it refuses by name. No image exists, so nothing starts.

use axum::http::Method;
use serde_json::{Value, json};

use super::fixture::{Cloud, SERVICE, service_of, tuning, with_template};
use longshore_local_kit::rest::RestError;

fn missing_image() -> String {
    format!("r-docker.pkg.dev/p/repo/img@sha256:{}", "0".repeat(64))
}

#[tokio::test]
async fn a_deletion_of_a_revision_that_is_only_validated_deletes_nothing() {
    let cloud = Cloud::open(tuning()).await;
    for revision in ["hello-v1", "hello-v2"] {
        let image = missing_image();
        cloud.deploy(with_template(&image, |template| template.set_revision(revision))).await;
    }
    let path = format!("v2/{SERVICE}/revisions/hello-v1");
    let call = async |method: Method, query: &[(&str, &str)]| {
        cloud.call(method, &path, query, Value::Null).await
    };
    let validated = call(Method::DELETE, &[("validateOnly", "true")]).await.unwrap();
    assert_eq!(validated["done"], true);
    call(Method::GET, &[]).await.unwrap();
    call(Method::DELETE, &[]).await.unwrap();
    assert_eq!(call(Method::GET, &[]).await.unwrap_err().status(), "NOT_FOUND");
    cloud.service.stop().await;
}

#[tokio::test]
async fn what_a_policy_does_not_have_is_refused_by_name() {
    let cloud = Cloud::open(tuning()).await;
    cloud.deploy(service_of(&missing_image())).await;
    let set = async |body: Value| -> Result<Value, RestError> {
        cloud.call(Method::POST, &format!("v2/{SERVICE}:setIamPolicy"), &[], body).await
    };
    let condition = json!({"title": "t", "expression": "true"});
    let binding = json!({"role": "roles/run.viewer", "members": [], "condition": condition});
    let policy = json!({"version": 3, "bindings": [binding]});
    let kept = set(json!({"policy": policy, "updateMask": "bindings"})).await.unwrap();
    assert_eq!((&kept["version"], &kept["bindings"]), (&json!(3), &json!([binding])));
    for (body, name) in [
        (json!({"policy": {"auditConfigs": []}}), "auditConfigs"),
        (json!({"policy": {"version": 2}}), "policy.version"),
        (json!({"policy": {"bindings": [{"rolle": "r"}]}}), "rolle"),
        (json!({"policy": {}, "updateMask": "bindings,audit"}), "audit"),
        (json!({"policy": {}, "fields": "bindings"}), "fields"),
    ] {
        let refused = set(body).await.unwrap_err();
        assert!(refused.message().contains(name), "{refused}");
    }
    cloud.service.stop().await;
}
