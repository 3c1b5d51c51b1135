//! Cloud Build, whose builds succeed after a set time, a bounded number of them at the same time, and
//! announce it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use longshore_local_kit::Announce;
use longshore_local_kit::rest::{Call, RestApi, RestError};
use parking_lot::Mutex;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::Semaphore;

/// All builds, by id.
#[derive(Clone)]
pub(crate) struct TimedBuilds(Arc<Inner>);

struct Inner {
    builds: Mutex<BTreeMap<String, Value>>,
    takes: Duration,
    slots: Arc<Semaphore>,
    announce: Arc<dyn Announce>,
}

impl TimedBuilds {
    pub(crate) fn new(announce: Arc<dyn Announce>, takes: Duration, at_once: usize) -> Self {
        let slots = Arc::new(Semaphore::new(at_once));
        Self(Arc::new(Inner { builds: Mutex::default(), takes, slots, announce }))
    }

    /// Number of builds since the start.
    pub(crate) fn count(&self) -> usize {
        self.0.builds.lock().len()
    }

    fn submit(&self, project: &str, region: &str, call: &Call) -> Result<Value, RestError> {
        let request: Value = call.json()?;
        let id = uuid::Uuid::new_v4().to_string();
        let build = json!({
            "name": format!("projects/{project}/locations/{region}/builds/{id}"),
            "id": id,
            "projectId": project,
            "status": "WORKING",
            "createTime": now(),
            "tags": request["tags"],
            "images": [request["imageUri"]],
        });
        self.0.builds.lock().insert(id.clone(), build.clone());
        let (inner, own) = (Arc::clone(&self.0), build.clone());
        tokio::spawn(async move {
            if !inner.takes.is_zero() {
                let _slot = Arc::clone(&inner.slots).acquire_owned().await;
                tokio::time::sleep(inner.takes).await;
            }
            inner.succeed(own);
        });
        let mut metadata = json!({ "build": build });
        metadata["@type"] =
            json!("type.googleapis.com/google.devtools.cloudbuild.v1.BuildOperationMetadata");
        let name = format!("projects/{project}/locations/{region}/operations/{id}");
        Ok(json!({ "buildOperation": { "name": name, "metadata": metadata } }))
    }

    fn list(&self, call: &Call) -> Value {
        let builds = self.0.builds.lock();
        let has_tag = |build: &&Value| {
            let tags = build["tags"].as_array().into_iter().flatten().filter_map(Value::as_str);
            tags.into_iter().any(|tag| call.query("filter").contains(&format!("\"{tag}\"")))
        };
        json!({ "builds": builds.values().filter(has_tag).take(100).collect::<Vec<_>>() })
    }
}

impl Inner {
    fn succeed(&self, mut build: Value) {
        let image = build["images"][0].as_str().unwrap_or_default().to_owned();
        let digest: String =
            Sha256::digest(&image).iter().map(|byte| format!("{byte:02x}")).collect();
        build["status"] = json!("SUCCESS");
        build["finishTime"] = json!(now());
        build["results"] =
            json!({ "images": [{ "name": image, "digest": format!("sha256:{digest}") }] });
        let text = |name: &str| build[name].as_str().unwrap_or_default().to_owned();
        let (id, project) = (text("id"), text("projectId"));
        let attributes = [("buildId", id.clone()), ("status", "SUCCESS".to_owned())];
        let attributes =
            attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let data = build.to_string().into();
        self.builds.lock().insert(id, build);
        let topic = format!("projects/{project}/topics/cloud-builds");
        self.announce.announce(&topic, attributes, data);
    }
}

fn now() -> String {
    OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default()
}

#[async_trait]
impl RestApi for TimedBuilds {
    async fn answer(&self, call: &Call) -> Option<Result<Value, RestError>> {
        match (call.segments().as_slice(), call.verb.as_deref()) {
            (["v2", "projects", project, "locations", region, "builds"], Some("submit")) => {
                Some(self.submit(project, region, call))
            }
            (["v1", "projects", _, "locations", _, "builds"], None) => Some(Ok(self.list(call))),
            (["v1", "projects", _, "locations", _, "builds", id], None) => {
                let found = self.0.builds.lock().get(*id).cloned();
                Some(found.ok_or_else(|| RestError::not_found(*id)))
            }
            _ => None,
        }
    }
}
