//! Cloud Run, whose services are ready as soon as they are created. The benchmark deploys each
//! function once, so there are no updates.

use std::collections::BTreeMap;

use async_trait::async_trait;
use axum::http::Method;
use longshore_local_kit::rest::{Call, RestApi, RestError};
use parking_lot::Mutex;
use serde_json::{Value, json};

/// All services and operations, by name.
#[derive(Default)]
pub(crate) struct InstantRun(Mutex<BTreeMap<String, Value>>);

impl InstantRun {
    fn create(&self, parent: &str, call: &Call) -> Result<Value, RestError> {
        let id = call.query("serviceId");
        let name = format!("{parent}/services/{id}");
        let mut service: Value = call.json()?;
        let mut resources = self.0.lock();
        if resources.contains_key(&name) {
            return Err(RestError::already_exists(name));
        }
        let revision = format!("{id}-00001-abc");
        let ready = json!({ "type": "Ready", "state": "CONDITION_SUCCEEDED" });
        let latest = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST";
        let output = [
            ("name", json!(name)),
            ("generation", json!("1")),
            ("observedGeneration", json!("1")),
            ("etag", json!("\"1\"")),
            ("uri", json!(format!("https://{id}.example"))),
            ("latestCreatedRevision", json!(format!("{name}/revisions/{revision}"))),
            ("latestReadyRevision", json!(format!("{name}/revisions/{revision}"))),
            ("terminalCondition", ready.clone()),
            ("conditions", json!([ready])),
            ("traffic", json!([{ "type": latest, "percent": 100 }])),
            ("trafficStatuses", json!([{ "type": latest, "percent": 100, "revision": revision }])),
        ];
        for (field, value) in output {
            service[field] = value;
        }
        let operation = format!("{parent}/operations/{id}");
        let mut typed = service.clone();
        typed["@type"] = json!("type.googleapis.com/google.cloud.run.v2.Service");
        let done = json!({ "name": operation, "metadata": typed, "done": true, "response": typed });
        resources.insert(name, service);
        resources.insert(operation, done.clone());
        Ok(done)
    }
}

#[async_trait]
impl RestApi for InstantRun {
    async fn answer(&self, call: &Call) -> Option<Result<Value, RestError>> {
        let ["v2", "projects", _, "locations", _, rest @ ..] = &*call.segments() else {
            return None;
        };
        let name = call.path.get(1..)?.join("/");
        match (&call.method, rest, call.verb.as_deref()) {
            (&Method::POST, ["services"], None) => {
                let parent = name.trim_end_matches("/services").to_owned();
                Some(self.create(&parent, call))
            }
            (&Method::GET, ["services" | "operations", _], None)
            | (&Method::POST, ["operations", _], Some("wait")) => {
                let found = self.0.lock().get(&name).cloned();
                Some(found.ok_or_else(|| RestError::not_found(name)))
            }
            _ => None,
        }
    }
}
