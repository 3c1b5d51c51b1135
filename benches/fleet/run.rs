//! Cloud Run, whose revisions are ready as soon as they are created: services, revisions, policies
//! and operations.

use std::collections::BTreeMap;

use async_trait::async_trait;
use axum::http::Method;
use longshore_local_kit::rest::{Call, RestApi, RestError};
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::resources::{change, operation, page, service};

/// All services, revisions, policies and operations, by name.
#[derive(Default)]
pub(crate) struct InstantRun(Mutex<BTreeMap<String, Value>>);

/// Why a request for a resource fails.
fn found(found: Option<Value>, name: &str) -> Result<Value, RestError> {
    found.ok_or_else(|| RestError::not_found(name.to_owned()))
}

impl InstantRun {
    fn create(&self, parent: &str, call: &Call) -> Result<Value, RestError> {
        let name = format!("{parent}/services/{}", call.query("serviceId"));
        let requested: Value = call.json()?;
        let mut resources = self.0.lock();
        if resources.contains_key(&name) {
            return Err(RestError::already_exists(name));
        }
        Ok(write(&mut resources, parent, &name, requested, 1))
    }

    /// Changes the fields that the mask names.
    fn update(&self, parent: &str, name: &str, call: &Call) -> Result<Value, RestError> {
        let requested: Value = call.json()?;
        let mut resources = self.0.lock();
        let mut live = found(resources.get(name).cloned(), name)?;
        check_etag(&live, requested["etag"].as_str().unwrap_or_default())?;
        let generation = live["generation"].as_str().and_then(|number| number.parse().ok());
        change(&mut live, &requested, call.query("updateMask"));
        Ok(write(&mut resources, parent, name, live, generation.unwrap_or(0) + 1))
    }

    fn delete(&self, parent: &str, name: &str, call: &Call) -> Result<Value, RestError> {
        let mut resources = self.0.lock();
        let live = found(resources.get(name).cloned(), name)?;
        check_etag(&live, call.query("etag"))?;
        let own = format!("{name}/");
        resources.retain(|other, _| other != name && !other.starts_with(&own));
        let (operation_name, done) = operation(parent, &live);
        resources.insert(operation_name, done.clone());
        Ok(done)
    }

    fn list(&self, parent: &str, collection: &str, call: &Call) -> Value {
        let prefix = format!("{parent}/{collection}/");
        let resources = self.0.lock();
        let listed =
            resources.range(prefix.clone()..).take_while(|(name, _)| name.starts_with(&prefix));
        // Not what is below them.
        let own = listed.filter(|(name, _)| !name[prefix.len()..].contains('/'));
        page(own, collection, call.query("pageSize"), call.query("pageToken"))
    }

    fn policy(&self, name: &str) -> Result<Value, RestError> {
        let resources = self.0.lock();
        found(resources.get(name).cloned(), name)?;
        let policy = resources.get(&format!("{name}/policy")).cloned();
        Ok(policy.unwrap_or_else(|| json!({ "version": 1, "etag": "MA==" })))
    }

    fn set_policy(&self, name: &str, call: &Call) -> Result<Value, RestError> {
        let mut policy = call.json::<Value>()?["policy"].take();
        let before = self.policy(name)?;
        let etag = policy["etag"].as_str().unwrap_or_default();
        if !etag.is_empty() && before["etag"] != etag {
            return Err(RestError::aborted("the policy has changed"));
        }
        policy["etag"] = json!(format!("{}=", uuid::Uuid::new_v4().simple()));
        self.0.lock().insert(format!("{name}/policy"), policy.clone());
        Ok(policy)
    }

    fn get(&self, name: &str) -> Result<Value, RestError> {
        found(self.0.lock().get(name).cloned(), name)
    }
}

fn check_etag(live: &Value, etag: &str) -> Result<(), RestError> {
    match etag.is_empty() || live["etag"] == etag {
        true => Ok(()),
        false => Err(RestError::aborted("the service has changed")),
    }
}

/// Stores a service with its new revision, and the operation of the write, which it returns.
fn write(
    resources: &mut BTreeMap<String, Value>,
    parent: &str,
    name: &str,
    requested: Value,
    generation: u64,
) -> Value {
    let (service, revision) = service(name, requested, generation);
    let (operation_name, done) = operation(parent, &service);
    for (name, value) in [(name, service), (&operation_name, done.clone())] {
        resources.insert(name.to_owned(), value);
    }
    let revision_name = revision["name"].as_str().unwrap_or_default().to_owned();
    resources.insert(revision_name, revision);
    done
}

#[async_trait]
impl RestApi for InstantRun {
    async fn answer(&self, call: &Call) -> Option<Result<Value, RestError>> {
        let ["v2", "projects", project, "locations", region, rest @ ..] = &*call.segments() else {
            return None;
        };
        let parent = format!("projects/{project}/locations/{region}");
        let name = call.path.get(1..)?.join("/");
        match (&call.method, rest, call.verb.as_deref()) {
            (&Method::POST, ["services"], None) => Some(self.create(&parent, call)),
            (&Method::GET, ["services"], None) => Some(Ok(self.list(&parent, "services", call))),
            (&Method::PATCH, ["services", _], None) => Some(self.update(&parent, &name, call)),
            (&Method::DELETE, ["services", _], None) => Some(self.delete(&parent, &name, call)),
            (&Method::GET, ["services", service, "revisions"], None) => {
                let parent = format!("{parent}/services/{service}");
                Some(Ok(self.list(&parent, "revisions", call)))
            }
            (&Method::GET, ["services", _], Some("getIamPolicy")) => Some(self.policy(&name)),
            (&Method::POST, ["services", _], Some("setIamPolicy")) => {
                Some(self.set_policy(&name, call))
            }
            (
                &Method::GET,
                ["services" | "operations", _] | ["services", _, "revisions", _],
                None,
            )
            | (&Method::POST, ["operations", _], Some("wait")) => Some(self.get(&name)),
            _ => None,
        }
    }
}
