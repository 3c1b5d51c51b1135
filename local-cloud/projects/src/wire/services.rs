//! Service Usage. Every API is enabled.

use longshore_local_kit::filter::{Filter, FilterError};
use longshore_local_kit::rest::{Call, RestError};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{paged, quotas, unknown_project};
use crate::Service;

/// Google's name for the operation of a call that had nothing to do.
const DONE: &str = "noop.DONE_OPERATION";

/// The APIs that a list shows: those that the local cloud serves.
const SERVED: [&str; 15] = [
    "artifactregistry",
    "cloudbuild",
    "cloudfunctions",
    "cloudkms",
    "cloudresourcemanager",
    "cloudscheduler",
    "cloudtasks",
    "eventarc",
    "iamcredentials",
    "logging",
    "pubsub",
    "run",
    "secretmanager",
    "serviceusage",
    "storage",
];

/// The domains of the service agents of APIs: the accounts by which these act in a project.
/// <https://cloud.google.com/iam/docs/service-agents>
const AGENTS: [(&str, &str); 11] = [
    ("artifactregistry", "gcp-sa-artifactregistry"),
    ("cloudbuild", "gcp-sa-cloudbuild"),
    ("cloudfunctions", "gcf-admin-robot"),
    ("cloudkms", "gcp-sa-cloudkms"),
    ("cloudscheduler", "gcp-sa-cloudscheduler"),
    ("cloudtasks", "gcp-sa-cloudtasks"),
    ("eventarc", "gcp-sa-eventarc"),
    ("pubsub", "gcp-sa-pubsub"),
    ("run", "serverless-robot-prod"),
    ("secretmanager", "gcp-sa-secretmanager"),
    ("storage", "gs-project-accounts"),
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BatchEnable {
    #[serde(default)]
    service_ids: Vec<String>,
}

/// `rest` is what follows `services` in the path.
pub(super) fn answer(
    service: &Service,
    call: &Call,
    version: &str,
    named: &str,
    rest: &[&str],
) -> Option<Result<Value, RestError>> {
    if version == "v3" {
        return None;
    }
    let number = service.project(named).map(|project| project.number);
    let Some(number) = number else { return Some(Err(unknown_project(named))) };
    Some(match (call.method.as_str(), rest, call.verb.as_deref()) {
        ("GET", [], None) => list(call, number),
        ("POST", [], Some("batchEnable")) => call.json().map(|BatchEnable { service_ids }| {
            let services: Vec<Value> = service_ids.iter().map(|id| resource(number, id)).collect();
            done("v1.BatchEnableServicesResponse", &json!({"services": services}))
        }),
        ("GET", [id], None) => Ok(resource(number, id)),
        ("POST", [id], Some("enable")) => {
            Ok(done("v1.EnableServiceResponse", &json!({"service": resource(number, id)})))
        }
        ("POST", [id], Some("generateServiceIdentity")) if version == "v1beta1" => {
            identity(number, id)
        }
        ("GET", [id, "consumerQuotaMetrics"], None) if version == "v1beta1" => {
            paged(call, "metrics", quotas::metrics(service.quotas(), named, number, id))
        }
        _ => return None,
    })
}

/// The operation that every change returns.
pub(super) fn operation(call: &Call, id: &str) -> Option<Result<Value, RestError>> {
    if call.method != "GET" || call.verb.is_some() {
        return None;
    }
    Some(match id {
        DONE => Ok(json!({"name": format!("operations/{DONE}"), "done": true})),
        _ => Err(RestError::not_found(format!("operation '{id}' does not exist"))),
    })
}

fn list(call: &Call, number: u64) -> Result<Value, RestError> {
    let filter = Filter::parse(call.query("filter"), &["config", "name", "parent", "state"])
        .map_err(FilterError::into_rest)?;
    let services = SERVED.iter().map(|id| resource(number, &format!("{id}.googleapis.com")));
    paged(call, "services", filter.select(services, Value::clone).collect())
}

fn resource(number: u64, id: &str) -> Value {
    json!({
        "name": format!("projects/{number}/services/{id}"),
        "parent": format!("projects/{number}"),
        "config": {"name": id, "title": id},
        "state": "ENABLED",
    })
}

/// Every agent exists from the beginning.
fn identity(number: u64, id: &str) -> Result<Value, RestError> {
    let api = id.strip_suffix(".googleapis.com");
    let (_, domain) = AGENTS.iter().find(|(name, _)| Some(*name) == api).ok_or_else(|| {
        RestError::invalid(format!("the API '{id}' has no service identity here"))
    })?;
    let email = format!("service-{number}@{domain}.iam.gserviceaccount.com");
    Ok(done("v1beta1.ServiceIdentity", &json!({"email": email})))
}

fn done(kind: &str, response: &Value) -> Value {
    let mut response = response.clone();
    response["@type"] = json!(format!("type.googleapis.com/google.api.serviceusage.{kind}"));
    json!({"name": format!("operations/{DONE}"), "done": true, "response": response})
}
