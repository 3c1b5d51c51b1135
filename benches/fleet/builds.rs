//! Cloud Build, whose builds succeed at once and announce it, unless they are held.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use longshore_local_kit::Announce;
use longshore_local_kit::rest::{Call, RestApi, RestError};
use parking_lot::Mutex;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// All builds, by id.
pub(crate) struct InstantBuilds {
    builds: Mutex<BTreeMap<String, Value>>,
    is_holding: AtomicBool,
    announce: Arc<dyn Announce>,
}

impl InstantBuilds {
    pub(crate) fn new(announce: Arc<dyn Announce>) -> Self {
        Self { builds: Mutex::default(), is_holding: AtomicBool::new(false), announce }
    }

    /// Whether builds that are submitted from now on keep running until they are released.
    pub(crate) fn hold(&self, is_holding: bool) {
        self.is_holding.store(is_holding, Ordering::SeqCst);
    }

    /// Ends all builds that were held.
    pub(crate) fn release(&self) {
        let held: Vec<_> = self
            .builds
            .lock()
            .values()
            .filter(|build| build["status"] == "WORKING")
            .cloned()
            .collect();
        for build in held {
            self.succeed(build);
        }
    }

    fn succeed(&self, mut build: Value) {
        let image = build["images"][0].as_str().unwrap_or_default().to_owned();
        let digest: String =
            Sha256::digest(&image).iter().map(|byte| format!("{byte:02x}")).collect();
        build["status"] = json!("SUCCESS");
        build["finishTime"] = build["createTime"].clone();
        build["results"] =
            json!({ "images": [{ "name": image, "digest": format!("sha256:{digest}") }] });
        let text = |name: &str| build[name].as_str().unwrap_or_default().to_owned();
        let (id, project) = (text("id"), text("projectId"));
        let attributes = [("buildId", id.clone()), ("status", "SUCCESS".to_owned())];
        let attributes =
            attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let data = build.to_string().into();
        self.builds.lock().insert(id, build);
        self.announce.announce(
            &format!("projects/{project}/topics/cloud-builds"),
            attributes,
            data,
        );
    }

    fn submit(&self, project: &str, region: &str, call: &Call) -> Result<Value, RestError> {
        let request: Value = call.json()?;
        let id = uuid::Uuid::new_v4().to_string();
        let now = OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default();
        let build = json!({
            "name": format!("projects/{project}/locations/{region}/builds/{id}"),
            "id": id,
            "projectId": project,
            "status": "WORKING",
            "createTime": now,
            "tags": request["tags"],
            "images": [request["imageUri"]],
        });
        self.builds.lock().insert(id.clone(), build.clone());
        if !self.is_holding.load(Ordering::SeqCst) {
            self.succeed(build.clone());
        }
        let mut metadata = json!({ "build": build });
        metadata["@type"] =
            json!("type.googleapis.com/google.devtools.cloudbuild.v1.BuildOperationMetadata");
        let name = format!("projects/{project}/locations/{region}/operations/{id}");
        Ok(json!({ "buildOperation": { "name": name, "metadata": metadata } }))
    }

    fn list(&self, call: &Call) -> Value {
        let builds = self.builds.lock();
        let has_tag = |build: &&Value| {
            let tags = build["tags"].as_array().into_iter().flatten().filter_map(Value::as_str);
            tags.into_iter().any(|tag| call.query("filter").contains(&format!("\"{tag}\"")))
        };
        json!({ "builds": builds.values().filter(has_tag).collect::<Vec<_>>() })
    }
}

#[async_trait]
impl RestApi for InstantBuilds {
    async fn answer(&self, call: &Call) -> Option<Result<Value, RestError>> {
        match (call.segments().as_slice(), call.verb.as_deref()) {
            (["v2", "projects", project, "locations", region, "builds"], Some("submit")) => {
                Some(self.submit(project, region, call))
            }
            (["v1", "projects", _, "locations", _, "builds"], None) => Some(Ok(self.list(call))),
            (["v1", "projects", _, "locations", _, "builds", id], None) => {
                let found = self.builds.lock().get(*id).cloned();
                Some(found.ok_or_else(|| RestError::not_found(*id)))
            }
            _ => None,
        }
    }
}
