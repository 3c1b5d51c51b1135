//! Which path means what. The APIs share a port, because their paths differ.

use std::sync::Arc;

use async_trait::async_trait;
use longshore_local_kit::projects::LocalProject;
use longshore_local_kit::rest::{Call, RestApi, RestError};
use serde_json::{Value, json};

/// Domains of a project's default bucket: the present one, and that of projects from before October
/// 2024. <https://firebase.google.com/docs/storage/faqs-storage-changes-announced-sept-2024>
const BUCKET_DOMAINS: [&str; 2] = ["firebasestorage.app", "appspot.com"];

/// The buckets of Cloud Storage.
pub trait Buckets: Send + Sync {
    /// Whether a project has a bucket of this name.
    fn has(&self, project: &str, bucket: &str) -> bool;
}

/// What this API answers from.
pub struct Deps {
    pub project: LocalProject,
    pub buckets: Arc<dyn Buckets>,
}

/// Firebase Management v1beta1, Firebase Extensions v1beta and Runtime Configurator v1beta1.
#[must_use]
pub fn api(deps: Deps) -> Arc<dyn RestApi> {
    Arc::new(FirebaseApi { deps })
}

struct FirebaseApi {
    deps: Deps,
}

#[async_trait]
impl RestApi for FirebaseApi {
    async fn answer(&self, call: &Call) -> Option<Result<Value, RestError>> {
        if call.method != "GET" || call.verb.is_some() {
            return None;
        }
        Some(Ok(match call.segments().as_slice() {
            ["v1beta1", "projects"] => {
                json!({"results": [self.project(&self.deps.project.id)]})
            }
            ["v1beta1", "projects", named] => self.project(named),
            ["v1beta1", "projects", named, "adminSdkConfig"] => self.admin_sdk_config(named),
            // There is nothing to list.
            ["v1beta", "projects", _, "instances"] | ["v1beta1", "projects", _, "configs"] => {
                json!({})
            }
            _ => return None,
        }))
    }
}

impl FirebaseApi {
    /// The id of a project that is named by its id or number. The number of another project than
    /// the local one stays as it is.
    fn id_of<'a>(&'a self, named: &'a str) -> &'a str {
        let LocalProject { id, number } = &self.deps.project;
        if named.parse() == Ok(*number) { id } else { named }
    }

    fn project(&self, named: &str) -> Value {
        let id = self.id_of(named);
        json!({
            "name": format!("projects/{id}"),
            "projectId": id,
            "projectNumber": self.deps.project.number_of(id).to_string(),
            "displayName": id,
            "state": "ACTIVE",
        })
    }

    /// What `FIREBASE_CONFIG` tells functions about their project. As on Google, a bucket that does
    /// not exist is left out.
    fn admin_sdk_config(&self, named: &str) -> Value {
        let id = self.id_of(named);
        let mut config = json!({"projectId": id});
        let names = BUCKET_DOMAINS.iter().map(|domain| format!("{id}.{domain}"));
        if let Some(bucket) = names.into_iter().find(|name| self.deps.buckets.has(id, name)) {
            config["storageBucket"] = json!(bucket);
        }
        config
    }
}
