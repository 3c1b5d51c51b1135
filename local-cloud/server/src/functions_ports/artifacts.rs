//! Repositories of functions in Artifact Registry.

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::Method;
use serde_json::json;

use super::{call, is_not_found};
use longshore_local_functions::{PortError, Repositories};
use longshore_local_kit::rest::RestApi;

/// What Google writes on the repository that it creates.
const DESCRIPTION: &str = "This repository is created and used by Cloud Functions for storing \
                           function docker images.";

pub(super) struct Artifacts {
    pub(super) api: Arc<dyn RestApi>,
}

#[async_trait]
impl Repositories for Artifacts {
    async fn ensure(&self, repository: &str) -> Result<(), PortError> {
        match self.check(repository).await {
            Err(PortError::Refused { code, .. }) if code.name() == "NOT_FOUND" => {}
            checked => return checked,
        }
        let (parent, id) = repository.rsplit_once('/').unwrap_or(("", repository));
        let body = json!({
            "format": "DOCKER",
            "description": DESCRIPTION,
            "labels": {"goog-managed-by": "cloudfunctions"},
        });
        let query = [("repositoryId", id)];
        let created =
            call(&self.api, Method::POST, &format!("v1/{parent}"), &query, Some(&body)).await;
        match created {
            // Another function needed it at the same time.
            Err(error) if error.status() == "ALREADY_EXISTS" => Ok(()),
            created => created.map(drop).map_err(PortError::from),
        }
    }

    async fn check(&self, repository: &str) -> Result<(), PortError> {
        let found = call(&self.api, Method::GET, &format!("v1/{repository}"), &[], None).await;
        found.map(drop).map_err(PortError::from)
    }

    async fn delete_package(&self, repository: &str, package: &str) -> Result<(), PortError> {
        let path = format!("v1/{repository}/packages/{package}");
        match call(&self.api, Method::DELETE, &path, &[], None).await {
            Err(error) if is_not_found(&error) => Ok(()),
            deleted => deleted.map(drop).map_err(PortError::from),
        }
    }
}
