//! The Admin API's REST form: which path and verb means what.

mod operations;

use std::sync::Arc;

use async_trait::async_trait;
use google_cloud_run_v2::model::{
    ListRevisionsResponse, ListServicesResponse, Revision, Service as ServiceResource,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::core::{PatchOptions, ServiceName, Written, not_found};
use super::service::Service;
use longshore_local_kit::rest::{Call, RestApi, RestError};

/// Google's default and upper bound of `pageSize`.
const PAGE_DEFAULT: usize = 100;
const PAGE_MAX: usize = 1000;

pub(super) struct RunApi {
    pub(super) service: Arc<Service>,
}

#[async_trait]
impl RestApi for RunApi {
    async fn answer(&self, call: &Call) -> Option<Result<Value, RestError>> {
        let segments = call.segments();
        let ["v2", "projects", project, "locations", location, collection, rest @ ..] =
            segments.as_slice()
        else {
            return None;
        };
        let place = Place { project, location };
        if !matches!(*collection, "services" | "operations") {
            return None;
        }
        if [*project, *location].into_iter().chain(rest.iter().copied()).any(|part| !is_plain(part))
        {
            return Some(Err(RestError::invalid(format!(
                "'{}' is not a resource name",
                segments.join("/")
            ))));
        }
        match *collection {
            "services" => self.services(call, &place, rest).await,
            _ => operations::answer(&self.service, call, &place.parent(), rest).await,
        }
    }
}

struct Place<'a> {
    project: &'a str,
    location: &'a str,
}

impl Place<'_> {
    fn service(&self, id: &str) -> ServiceName {
        ServiceName::new(self.project, self.location, id)
    }

    fn parent(&self) -> String {
        format!("projects/{}/locations/{}", self.project, self.location)
    }
}

#[derive(Deserialize)]
struct Permissions {
    #[serde(default)]
    permissions: Vec<String>,
}

impl RunApi {
    async fn services(
        &self,
        call: &Call,
        place: &Place<'_>,
        rest: &[&str],
    ) -> Option<Result<Value, RestError>> {
        Some(match (call.method.as_str(), rest, call.verb.as_deref()) {
            ("POST", [], None) => self.create(call, place).await,
            ("GET", [], None) => self.list(call, place),
            ("GET", [id], None) => self.get(&place.service(id)),
            ("PATCH", [id], None) => self.patch(call, &place.service(id)).await,
            ("DELETE", [id], None) => self.delete(call, &place.service(id)),
            ("GET", [id], Some("getIamPolicy")) => self.policy(&place.service(id)),
            ("POST", [id], Some("setIamPolicy")) => self.set_policy(call, &place.service(id)),
            ("POST", [id], Some("testIamPermissions")) => {
                self.test_permissions(call, &place.service(id))
            }
            ("GET", [id, "revisions"], None) => self.list_revisions(call, place, id),
            ("GET", [id, "revisions", revision], None) => {
                self.get_revision(&place.service(id), revision)
            }
            ("DELETE", [id, "revisions", revision], None) => {
                self.delete_revision(call, &place.service(id), revision)
            }
            _ => return None,
        })
    }

    async fn create(&self, call: &Call, place: &Place<'_>) -> Result<Value, RestError> {
        let (name, only) = (place.service(call.query("serviceId")), flag(call, "validateOnly")?);
        let body: ServiceResource = call.json()?;
        let written = self
            .service
            .commit(|core, moment| core.create(&name, body, only, moment).map(split))?;
        if !only {
            self.service.serve(&name.to_string()).await;
        }
        Ok(written)
    }

    async fn patch(&self, call: &Call, name: &ServiceName) -> Result<Value, RestError> {
        let options = PatchOptions {
            update_mask: call.query("updateMask").to_owned(),
            allow_missing: flag(call, "allowMissing")?,
            validate_only: flag(call, "validateOnly")?,
            force_new_revision: flag(call, "forceNewRevision")?,
        };
        let body: ServiceResource = call.json()?;
        let written = self
            .service
            .commit(|core, moment| core.patch(name, &body, &options, moment).map(split))?;
        if !options.validate_only {
            self.service.serve(&name.to_string()).await;
        }
        Ok(written)
    }

    fn delete(&self, call: &Call, name: &ServiceName) -> Result<Value, RestError> {
        let only = flag(call, "validateOnly")?;
        let written = self.service.commit(|core, moment| {
            core.delete(name, call.query("etag"), only, moment).map(split)
        })?;
        if !only {
            self.service.close(&name.to_string());
        }
        Ok(written)
    }

    fn get(&self, name: &ServiceName) -> Result<Value, RestError> {
        let core = self.service.core();
        let entry = core.entry(&name.to_string()).ok_or_else(|| not_found(name))?;
        wire(&entry.service)
    }

    fn list(&self, call: &Call, place: &Place<'_>) -> Result<Value, RestError> {
        let core = self.service.core();
        let services = core.under(&place.parent()).map(|entry| &entry.service);
        let (services, token) = page(call, services, |service| &service.name)?;
        wire(&ListServicesResponse::new().set_services(services).set_next_page_token(token))
    }

    fn list_revisions(&self, call: &Call, place: &Place<'_>, id: &str) -> Result<Value, RestError> {
        let core = self.service.core();
        let name = place.service(id);
        let is_asked = |service: &ServiceResource| id == "-" || service.name == name.to_string();
        if id != "-" && core.entry(&name.to_string()).is_none() {
            return Err(not_found(&name));
        }
        let entries = core.under(&place.parent()).filter(|entry| is_asked(&entry.service));
        let revisions = entries.flat_map(|entry| entry.revisions.values());
        let (revisions, token) = page(call, revisions, |revision: &Revision| &revision.name)?;
        wire(&ListRevisionsResponse::new().set_revisions(revisions).set_next_page_token(token))
    }

    fn get_revision(&self, name: &ServiceName, id: &str) -> Result<Value, RestError> {
        let core = self.service.core();
        let entry = core.entry(&name.to_string()).ok_or_else(|| not_found(name))?;
        let revision = entry.revisions.get(&name.revision(id));
        wire(revision.ok_or_else(|| {
            RestError::not_found(format!("Resource '{id}' of kind 'REVISION' was not found."))
        })?)
    }

    fn delete_revision(
        &self,
        call: &Call,
        name: &ServiceName,
        id: &str,
    ) -> Result<Value, RestError> {
        self.service.commit(|core, moment| {
            core.delete_revision(name, id, call.query("etag"), moment).map(split)
        })
    }

    fn policy(&self, name: &ServiceName) -> Result<Value, RestError> {
        let core = self.service.core();
        Ok(core.entry(&name.to_string()).ok_or_else(|| not_found(name))?.policy.wire())
    }

    fn set_policy(&self, call: &Call, name: &ServiceName) -> Result<Value, RestError> {
        let given = call.json()?;
        Ok(self.service.commit(|core, _| core.set_policy(name, given))?.wire())
    }

    /// Everybody here may do everything.
    fn test_permissions(&self, call: &Call, name: &ServiceName) -> Result<Value, RestError> {
        let asked: Permissions = call.json()?;
        let core = self.service.core();
        core.entry(&name.to_string()).ok_or_else(|| not_found(name))?;
        Ok(json!({"permissions": asked.permissions}))
    }
}

fn split(written: Written) -> (Value, Vec<super::core::Event>) {
    (written.operation.wire(), written.events)
}

fn wire<T: serde::Serialize>(resource: &T) -> Result<Value, RestError> {
    serde_json::to_value(resource).map_err(|error| RestError::internal(error.to_string()))
}

fn flag(call: &Call, name: &str) -> Result<bool, RestError> {
    match call.query(name) {
        "" | "false" => Ok(false),
        "true" => Ok(true),
        other => Err(RestError::invalid(format!("{name}: '{other}' is neither true nor false"))),
    }
}

/// Project, location and ids become directories and map keys: nothing in them may mean more than a
/// name.
fn is_plain(part: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    !part.is_empty() && part.len() <= 128 && !part.starts_with('.') && part.chars().all(allowed)
}

/// One page of resources in the order of their names; a token is the name of the last one given
/// out.
fn page<'a, T: Clone + 'a>(
    call: &Call,
    all: impl Iterator<Item = &'a T>,
    name: impl Fn(&T) -> &String,
) -> Result<(Vec<T>, String), RestError> {
    let size = match call.query("pageSize") {
        "" | "0" => PAGE_DEFAULT,
        size => size
            .parse::<usize>()
            .map_err(|_| RestError::invalid(format!("page_size: '{size}' is no count")))?
            .min(PAGE_MAX),
    };
    let token = call.query("pageToken");
    let mut rest = all.filter(|resource| name(resource).as_str() > token).peekable();
    let page: Vec<T> = rest.by_ref().take(size).cloned().collect();
    let next = page.last().filter(|_| rest.peek().is_some()).map(|last| name(last).clone());
    Ok((page, next.unwrap_or_default()))
}
