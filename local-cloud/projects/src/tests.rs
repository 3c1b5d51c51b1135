use std::path::Path;
use std::sync::Arc;

use axum::http::Method;
use longshore_local_kit::projects::LocalProject;
use longshore_local_kit::quotas::{Pace, QuotaSettings, Quotas};
use longshore_local_kit::rest::{Call, RestError};
use serde_json::{Value, json};

use super::{Deps, ProjectNumbers, Service};

struct Numbers;

impl ProjectNumbers for Numbers {
    fn number_of(&self, project: &str) -> Option<u64> {
        match project {
            "p" => Some(42),
            "_" => None,
            other => Some(other.parse().unwrap_or(7)),
        }
    }
}

fn open(dir: &Path) -> Arc<Service> {
    open_with(dir, Quotas::default())
}

fn open_with(dir: &Path, quotas: Quotas) -> Arc<Service> {
    Service::open(dir, Deps { project: "p".to_owned(), numbers: Arc::new(Numbers), quotas })
        .unwrap()
}

async fn call(
    service: &Arc<Service>,
    method: Method,
    path: &str,
    query: &[(&str, &str)],
    body: Value,
) -> Result<Value, RestError> {
    let (path, verb) =
        path.split_once(':').map_or((path, None), |(path, verb)| (path, Some(verb.to_owned())));
    let path = path.split('/').map(str::to_owned).collect();
    let query =
        query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    super::api(Arc::clone(service))
        .answer(&Call { method, path, verb, query, body: body.to_string().into() })
        .await
        .unwrap()
}

#[tokio::test]
async fn a_project_is_named_by_id_and_by_number() {
    let dir = tempfile::tempdir().unwrap();
    let service = open(dir.path());
    let get = async |path: &str| call(&service, Method::GET, path, &[], Value::Null).await;
    for name in ["p", "42"] {
        let first = get(&format!("v1/projects/{name}")).await.unwrap();
        assert_eq!((&first["projectId"], &first["projectNumber"]), (&json!("p"), &json!("42")));
        let third = get(&format!("v3/projects/{name}")).await.unwrap();
        assert_eq!((&third["projectId"], &third["name"]), (&json!("p"), &json!("projects/42")));
    }
    assert_eq!(get("v1/projects/other").await.unwrap()["projectNumber"], "7");
    assert_eq!(get("v1/projects/_").await.unwrap_err().status(), "INVALID_ARGUMENT");
    assert_eq!(get("v1/projects").await.unwrap()["projects"][0]["projectId"], "p");
    for (path, name, filter, expected) in [
        ("v1/projects", "filter", "lifecycleState:ACTIVE AND id:p", 1),
        ("v1/projects", "filter", "projectId=q", 0),
        ("v3/projects:search", "query", "state:ACTIVE", 1),
        ("v3/projects:search", "query", "labels.a:b OR id=q", 0),
    ] {
        let query = [(name, filter)];
        let found = call(&service, Method::GET, path, &query, Value::Null).await.unwrap();
        assert_eq!(found["projects"].as_array().unwrap().len(), expected, "{filter}");
    }
}

#[tokio::test]
async fn a_policy_survives_a_restart_and_a_stale_etag_is_aborted() {
    let dir = tempfile::tempdir().unwrap();
    let service = open(dir.path());
    let bindings = json!([{"role": "roles/viewer", "members": ["allUsers"]}]);
    let read = call(&service, Method::POST, "v1/projects/p:getIamPolicy", &[], json!({})).await;
    let etag = read.unwrap()["etag"].clone();
    let body = json!({"policy": {"bindings": bindings, "etag": etag}});
    let set = async |service: &Arc<Service>| {
        call(service, Method::POST, "v3/projects/42:setIamPolicy", &[], body.clone()).await
    };
    set(&service).await.unwrap();
    drop(service);
    let service = open(dir.path());
    assert_eq!(set(&service).await.unwrap_err().status(), "ABORTED");
    let read = call(&service, Method::POST, "v1/projects/p:getIamPolicy", &[], json!({})).await;
    assert_eq!(read.unwrap()["bindings"], bindings);
    let asked = json!({"permissions": ["run.services.create"]});
    let path = "v1/projects/p:testIamPermissions";
    assert_eq!(call(&service, Method::POST, path, &[], asked.clone()).await.unwrap(), asked);
}

#[tokio::test]
async fn members_have_the_roles_of_bindings_without_a_condition() {
    let dir = tempfile::tempdir().unwrap();
    let service = open(dir.path());
    let bindings = json!([
        {"role": "roles/run.invoker", "members": ["user:ada@example.com"]},
        {"role": "roles/run.admin", "members": ["user:bob@example.com"]},
        {"role": "roles/viewer", "members": ["user:eve@example.com"]},
        {"role": "roles/run.invoker", "members": ["user:kim@example.com"],
         "condition": {"expression": "false"}},
    ]);
    let body = json!({"policy": {"bindings": bindings}});
    call(&service, Method::POST, "v1/projects/p:setIamPolicy", &[], body).await.unwrap();
    let members = |project: &str| -> Vec<String> {
        let roles = ["roles/run.invoker", "roles/run.admin"];
        service.members_with(project, &roles).into_iter().collect()
    };
    for project in ["p", "42"] {
        assert_eq!(members(project), ["user:ada@example.com", "user:bob@example.com"]);
    }
    for project in ["other", "_"] {
        assert!(members(project).is_empty(), "{project}");
    }
}

#[tokio::test]
async fn a_service_identity_is_the_agent_of_an_api() {
    let dir = tempfile::tempdir().unwrap();
    let service = open(dir.path());
    for (api, agent) in [
        ("pubsub.googleapis.com", "service-42@gcp-sa-pubsub.iam.gserviceaccount.com"),
        ("eventarc.googleapis.com", "service-42@gcp-sa-eventarc.iam.gserviceaccount.com"),
        ("run.googleapis.com", "service-42@serverless-robot-prod.iam.gserviceaccount.com"),
    ] {
        let path = format!("v1beta1/projects/42/services/{api}:generateServiceIdentity");
        let made = call(&service, Method::POST, &path, &[], json!({})).await.unwrap();
        assert_eq!((&made["done"], &made["response"]["email"]), (&json!(true), &json!(agent)));
        let at = "type.googleapis.com/google.api.serviceusage.v1beta1.ServiceIdentity";
        assert_eq!(made["response"]["@type"], at);
    }
    let unknown = "v1beta1/projects/p/services/x.example:generateServiceIdentity";
    let refused = call(&service, Method::POST, unknown, &[], json!({})).await.unwrap_err();
    assert_eq!(refused.status(), "INVALID_ARGUMENT");
}

#[tokio::test]
async fn billing_is_enabled_in_every_project() {
    let dir = tempfile::tempdir().unwrap();
    let service = open(dir.path());
    for (named, id) in [("p", "p"), ("42", "p"), ("other", "other")] {
        let path = format!("v1/projects/{named}/billingInfo");
        let info = call(&service, Method::GET, &path, &[], Value::Null).await.unwrap();
        assert_eq!(info["billingEnabled"], true);
        assert_eq!(info["name"], format!("projects/{id}/billingInfo"));
    }
    let refused = call(&service, Method::GET, "v1/projects/_/billingInfo", &[], Value::Null).await;
    assert_eq!(refused.unwrap_err().status(), "INVALID_ARGUMENT");
}

#[tokio::test]
async fn every_api_is_enabled() {
    let dir = tempfile::tempdir().unwrap();
    let service = open(dir.path());
    let path = "v1/projects/p/services/run.googleapis.com";
    let found = call(&service, Method::GET, path, &[], Value::Null).await.unwrap();
    assert_eq!(found["state"], "ENABLED");
    let ids = json!({"serviceIds": ["run.googleapis.com", "cloudkms.googleapis.com"]});
    let path = "v1/projects/p/services:batchEnable";
    let enabled = call(&service, Method::POST, path, &[], ids).await.unwrap();
    assert_eq!(enabled["done"], true);
    let name = format!("v1/{}", enabled["name"].as_str().unwrap());
    let done = call(&service, Method::GET, &name, &[], Value::Null).await.unwrap();
    assert_eq!(done["done"], true);
    let list = async |filter: &str| {
        call(&service, Method::GET, "v1/projects/p/services", &[("filter", filter)], Value::Null)
            .await
    };
    let enabled = list("state:ENABLED").await.unwrap();
    let enabled = enabled["services"].as_array().unwrap();
    assert!(enabled.iter().any(|service| service["config"]["name"] == "cloudkms.googleapis.com"));
    assert_eq!(list("state:DISABLED").await.unwrap(), json!({"services": []}));
    assert_eq!(list("x").await.unwrap_err().status(), "INVALID_ARGUMENT");
    let metrics = "v1beta1/projects/p/services/run.googleapis.com/consumerQuotaMetrics";
    let metrics = call(&service, Method::GET, metrics, &[], Value::Null).await.unwrap();
    assert_eq!(metrics, json!({"metrics": []}));
}

#[tokio::test]
async fn lists_have_pages() {
    let dir = tempfile::tempdir().unwrap();
    let service = open(dir.path());
    let list = async |query: &[(&str, &str)]| {
        call(&service, Method::GET, "v1/projects/p/services", query, Value::Null).await
    };
    let whole = list(&[]).await.unwrap();
    let (mut found, mut token) = (Vec::new(), String::new());
    loop {
        let page = list(&[("pageSize", "4"), ("pageToken", &token)]).await.unwrap();
        found.extend(page["services"].as_array().unwrap().clone());
        let Some(next) = page["nextPageToken"].as_str() else { break };
        next.clone_into(&mut token);
    }
    assert_eq!(json!({"services": found}), whole);
    for query in [("pageSize", "-1"), ("pageToken", "garbage")] {
        assert_eq!(list(&[query]).await.unwrap_err().status(), "INVALID_ARGUMENT");
        let projects = call(&service, Method::GET, "v1/projects", &[query], Value::Null).await;
        assert_eq!(projects.unwrap_err().status(), "INVALID_ARGUMENT");
    }
}

const LIMITS: &str = r#"
[[limits]]
metric = "run.googleapis.com/write_regional"
per_minute = 60
[[limits]]
metric = "run.googleapis.com/write_regional"
per_minute = 9
region = "far"
"#;

#[tokio::test]
async fn quotas_are_those_that_are_enforced() {
    let dir = tempfile::tempdir().unwrap();
    let settings = QuotaSettings::parse(LIMITS).unwrap();
    let local = LocalProject { id: "p".to_owned(), number: 42 };
    let quotas = Quotas::new(settings, Pace::default(), local, "near".to_owned());
    let service = open_with(dir.path(), quotas);
    let path = "v1beta1/projects/p/services/run.googleapis.com/consumerQuotaMetrics";
    let answer = call(&service, Method::GET, path, &[], Value::Null).await.unwrap();
    let metric = "projects/42/services/run.googleapis.com/consumerQuotaMetrics/\
                  run.googleapis.com%2Fwrite_regional";
    let unit = "1/min/{project}/{region}";
    assert_eq!(
        answer,
        json!({"metrics": [{
            "name": metric,
            "displayName": "Write requests",
            "metric": "run.googleapis.com/write_regional",
            "unit": unit,
            "consumerQuotaLimits": [{
                "name": format!("{metric}/limits/%2Fmin%2Fproject%2Fregion"),
                "metric": "run.googleapis.com/write_regional",
                "unit": unit,
                "quotaBuckets": [
                    {"effectiveLimit": "60", "defaultLimit": "60"},
                    {
                        "effectiveLimit": "9", "defaultLimit": "60",
                        "dimensions": {"region": "far"},
                    },
                ],
            }],
        }]})
    );
}
