//! Builds of functions in Cloud Build.

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::Method;
use serde_json::{Value, json};

use super::call;
use longshore_local_cloud_build as build;
use longshore_local_functions::{BuildOrder, BuildState, Builds, PortError};
use longshore_local_kit::rest::RestApi;

pub(super) struct Building {
    pub(super) service: Arc<build::Service>,
    pub(super) api: Arc<dyn RestApi>,
}

#[async_trait]
impl Builds for Building {
    async fn start(&self, order: &BuildOrder) -> Result<String, PortError> {
        let request = json!({
            "storageSource": {
                "bucket": order.source.bucket,
                "object": order.source.name,
                "generation": order.source.generation.to_string(),
            },
            "imageUri": order.image,
            "buildpackBuild": {
                "runtime": order.runtime,
                "functionTarget": order.entry_point,
                "environmentVariables": order.environment,
            },
            "serviceAccount": order.service_account,
            "workerPool": order.worker_pool,
            "tags": order.tags,
        });
        let started =
            build::submit_as(&self.service, &order.id, &order.project, &order.location, request)?;
        Ok(text(&started, "name"))
    }

    async fn state(&self, name: &str) -> Result<BuildState, PortError> {
        let found = call(&self.api, Method::GET, &format!("v1/{name}"), &[], None).await?;
        let status = text(&found, "status");
        Ok(match status.as_str() {
            "PENDING" | "QUEUED" | "WORKING" => BuildState::Running,
            "SUCCESS" => BuildState::Succeeded,
            _ => {
                let message = ["/failureInfo/detail", "/statusDetail"]
                    .iter()
                    .filter_map(|path| found.pointer(path)?.as_str())
                    .find(|message| !message.is_empty());
                BuildState::Failed { message: message.unwrap_or_default().to_owned(), status }
            }
        })
    }
}

fn text(document: &Value, field: &str) -> String {
    document.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
}
