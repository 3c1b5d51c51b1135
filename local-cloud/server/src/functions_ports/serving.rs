//! Services of functions in Cloud Run.

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::Method;
use serde_json::Value;

use super::{call, is_not_found};
use longshore_local_functions::{PortError, ServiceState, Services};
use longshore_local_kit::rest::{Code, RestApi};

pub(super) struct Serving {
    pub(super) api: Arc<dyn RestApi>,
}

#[async_trait]
impl Services for Serving {
    async fn get(&self, name: &str) -> Result<Option<Value>, PortError> {
        match call(&self.api, Method::GET, &format!("v2/{name}"), &[], None).await {
            Err(error) if is_not_found(&error) => Ok(None),
            found => found.map(Some).map_err(PortError::from),
        }
    }

    async fn apply(
        &self,
        name: &str,
        document: &Value,
        update_mask: &str,
    ) -> Result<(), PortError> {
        let exists = self.get(name).await?.is_some();
        let applied = if exists {
            let query = [("updateMask", update_mask)];
            call(&self.api, Method::PATCH, &format!("v2/{name}"), &query, Some(document)).await
        } else {
            let (parent, id) = name.rsplit_once('/').unwrap_or(("", name));
            let query = [("serviceId", id)];
            call(&self.api, Method::POST, &format!("v2/{parent}"), &query, Some(document)).await
        };
        applied.map(drop).map_err(PortError::from)
    }

    async fn state(&self, name: &str) -> Result<ServiceState, PortError> {
        let Some(service) = self.get(name).await? else {
            return Err(PortError::refused(Code::NotFound, "the service was deleted"));
        };
        let text = |path: &str| service.pointer(path).and_then(Value::as_str).unwrap_or_default();
        if service.get("reconciling").and_then(Value::as_bool) == Some(true) {
            return Ok(ServiceState::Pending);
        }
        let created = text("/latestCreatedRevision");
        // The state is a name or a number, as its type writes it.
        let failed = match service.pointer("/terminalCondition/state") {
            Some(Value::String(state)) => state == "CONDITION_FAILED",
            Some(state) => state.as_i64() == Some(3),
            None => false,
        };
        if failed || text("/latestReadyRevision") != created {
            return Ok(ServiceState::Failed {
                message: text("/terminalCondition/message").to_owned(),
            });
        }
        let revision = created.rsplit('/').next().unwrap_or_default().to_owned();
        Ok(ServiceState::Ready { revision, uri: text("/uri").to_owned() })
    }

    async fn delete(&self, name: &str) -> Result<(), PortError> {
        match call(&self.api, Method::DELETE, &format!("v2/{name}"), &[], None).await {
            Err(error) if is_not_found(&error) => Ok(()),
            deleted => deleted.map(drop).map_err(PortError::from),
        }
    }
}
