//! The logs of a project.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{blocking, list_of, page_size};
use crate::core::{InvalidName, LogName, project_of};
use crate::service::Service;
use longshore_local_kit::pages::{self, InvalidPage};
use longshore_local_kit::rest::{Call, RestError};

/// The names of the logs that have entries.
pub(super) async fn list(
    service: Arc<Service>,
    call: &Call,
    project: &str,
) -> Result<Value, RestError> {
    let project = service.project_id(&project_of(&format!("projects/{project}"))?);
    for resource in call.query.values("resourceNames").iter().filter(|name| !name.is_empty()) {
        if service.project_id(&project_of(resource)?) != project {
            return Err(RestError::unimplemented("resourceNames of another project than parent"));
        }
    }
    let size = page_size(call)?;
    let names = blocking(move || service.log_names(&project)).await?;
    let token = call.query("pageToken");
    let (names, next) = pages::sorted(names.into_iter(), size, token, |name| name)
        .map_err(InvalidPage::into_rest)?;
    Ok(list_of("logNames", names.into(), next))
}

/// Deletes the entries of a log. One without entries does not exist.
pub(super) async fn delete(
    service: Arc<Service>,
    project: &str,
    log: &str,
) -> Result<Value, RestError> {
    let project = service.project_id(&project_of(&format!("projects/{project}"))?);
    let name = LogName::of(&project, log)
        .ok_or_else(|| InvalidName::LogId(format!("projects/{project}/logs/{log}")))?;
    let text = name.text();
    if blocking(move || service.delete(&name)).await? {
        Ok(json!({}))
    } else {
        Err(RestError::not_found(format!("Log {text} does not exist")))
    }
}
