//! The builds of a benchmark's Cloud Build. They succeed when the benchmark says so, and announce
//! it.

use std::collections::BTreeMap;
use std::sync::Arc;

use longshore_local_kit::Announce;
use longshore_local_kit::rest::{Call, RestError};
use parking_lot::Mutex;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// All builds, by id.
pub(crate) struct RecordedBuilds {
    by_id: Mutex<BTreeMap<String, Value>>,
    announce: Arc<dyn Announce>,
    /// Maximum number of builds in a list.
    listed_max: usize,
}

impl RecordedBuilds {
    pub(crate) fn new(announce: Arc<dyn Announce>, listed_max: usize) -> Self {
        Self { by_id: Mutex::default(), announce, listed_max }
    }

    pub(crate) fn read<T>(&self, read: impl FnOnce(&BTreeMap<String, Value>) -> T) -> T {
        read(&self.by_id.lock())
    }

    /// Answers a call about builds. `begin` gets each build that is submitted.
    pub(crate) fn answer(
        &self,
        call: &Call,
        begin: impl FnOnce(Value),
    ) -> Option<Result<Value, RestError>> {
        match (call.segments().as_slice(), call.verb.as_deref()) {
            (["v2", "projects", project, "locations", region, "builds"], Some("submit")) => {
                Some(self.submit(project, region, call, begin))
            }
            (["v1", "projects", _, "locations", _, "builds"], None) => Some(Ok(self.list(call))),
            (["v1", "projects", _, "locations", _, "builds", id], None) => {
                let found = self.by_id.lock().get(*id).cloned();
                Some(found.ok_or_else(|| RestError::not_found(*id)))
            }
            _ => None,
        }
    }

    fn submit(
        &self,
        project: &str,
        region: &str,
        call: &Call,
        begin: impl FnOnce(Value),
    ) -> Result<Value, RestError> {
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
        self.by_id.lock().insert(id.clone(), build.clone());
        begin(build.clone());
        let mut metadata = json!({ "build": build });
        metadata["@type"] =
            json!("type.googleapis.com/google.devtools.cloudbuild.v1.BuildOperationMetadata");
        let name = format!("projects/{project}/locations/{region}/operations/{id}");
        Ok(json!({ "buildOperation": { "name": name, "metadata": metadata } }))
    }

    /// Ends a build.
    pub(crate) fn succeed(&self, mut build: Value) {
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
        self.by_id.lock().insert(id, build);
        self.announce.announce(
            &format!("projects/{project}/topics/cloud-builds"),
            attributes,
            data,
        );
    }

    fn list(&self, call: &Call) -> Value {
        let builds = self.by_id.lock();
        let has_tag = |build: &&Value| {
            let tags = build["tags"].as_array().into_iter().flatten().filter_map(Value::as_str);
            tags.into_iter().any(|tag| call.query("filter").contains(&format!("\"{tag}\"")))
        };
        let listed = builds.values().filter(has_tag).take(self.listed_max);
        json!({ "builds": listed.collect::<Vec<_>>() })
    }
}

fn now() -> String {
    OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default()
}
