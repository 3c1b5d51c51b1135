//! Cloud Run Admin API v1, the API of Knative, which `gcloud run` speaks:
//! <https://cloud.google.com/run/docs/reference/rest/v1>. It is another form of the resources of
//! version 2: `read` and `write` convert, and the core decides.
//!
//! A method under `/apis/…` does not name a region: Google has one host for each, such as
//! `europe-west1-run.googleapis.com`. [`with_region`] moves the region from the host into the path.

mod annotations;
mod fields;
mod read;
mod region;
mod scope;
#[cfg(test)]
mod tests;
mod write;

use std::sync::Arc;

use async_trait::async_trait;
use google_cloud_run_v2::model::Service as ServiceResource;
use serde_json::{Value, json};

use super::is_plain;
use crate::core::{Entry, PatchOptions, ServiceName, SetPolicy, not_found, short};
use crate::service::Service;
use longshore_local_kit::filter::{Filter, FilterError, LOCATION_FIELDS};
use longshore_local_kit::pages::{self, InvalidPage};
use longshore_local_kit::policy::check_permissions;
use longshore_local_kit::rest::{Call, RestApi, RestError};

use self::scope::Scope;
pub use region::with_region;

/// Google's default and maximum of `limit`.
const PAGE_MAX: usize = 1000;

/// The API. Its router needs the layer [`with_region`].
#[must_use]
pub fn knative_api(service: Arc<Service>) -> Arc<dyn RestApi> {
    Arc::new(KnativeApi { service })
}

struct KnativeApi {
    service: Arc<Service>,
}

#[async_trait]
impl RestApi for KnativeApi {
    async fn answer(&self, call: &Call) -> Option<Result<Value, RestError>> {
        let segments = call.segments();
        let (project, region, rest) = match segments.as_slice() {
            ["apis", "serving.knative.dev", "v1", "namespaces", _, ..] => {
                return Some(Err(RestError::invalid(
                    "the host of this method must name a region, such as \
                     europe-west1-run.localhost",
                )));
            }
            [
                "regions",
                region,
                "apis",
                "serving.knative.dev",
                "v1",
                "namespaces",
                project,
                rest @ ..,
            ] => (*project, *region, rest),
            ["v1", "projects", project, "locations", region, rest @ ..] => {
                (*project, *region, rest)
            }
            ["v1", "projects", project, "locations"] if call.method == "GET" => {
                return Some(self.locations(call, project));
            }
            _ => return None,
        };
        let parts = [project, region].into_iter().chain(rest.iter().copied());
        if parts.into_iter().any(|part| !is_plain(part)) {
            return Some(Err(RestError::invalid(format!(
                "'{}' is not a valid resource name",
                segments.join("/")
            ))));
        }
        self.dispatch(call, &Scope { project, region }, rest).await
    }
}

impl KnativeApi {
    async fn dispatch(
        &self,
        call: &Call,
        scope: &Scope<'_>,
        rest: &[&str],
    ) -> Option<Result<Value, RestError>> {
        Some(match (call.method.as_str(), rest, call.verb.as_deref()) {
            ("GET", ["services"], None) => self.list(call, scope, "Service", write_service),
            ("POST", ["services"], None) => self.create(call, scope).await,
            ("GET", ["services", id], None) => self.read(scope, id, write_service),
            ("PUT", ["services", id], None) => self.replace(call, scope, id).await,
            ("DELETE", ["services", id], None) => self.delete(call, scope, id),
            ("GET", ["services", id], Some("getIamPolicy")) => {
                self.read(scope, id, |entry, _| entry.policy.wire())
            }
            ("POST", ["services", id], Some("setIamPolicy")) => {
                self.set_policy(call, &scope.service(id))
            }
            // gcloud asks before it creates the service. Every caller has every permission here.
            ("POST", ["services", _], Some("testIamPermissions")) => {
                tested(call).map(|permissions| json!({"permissions": permissions}))
            }
            ("GET", ["configurations"], None) => {
                self.list(call, scope, "Configuration", write_configuration)
            }
            ("GET", ["configurations", id], None) => self.read(scope, id, write_configuration),
            ("GET", ["routes"], None) => self.list(call, scope, "Route", write_route),
            ("GET", ["routes", id], None) => self.read(scope, id, write_route),
            ("GET", ["revisions"], None) => self.list_revisions(call, scope),
            ("GET", ["revisions", id], None) => self.revision(scope, id),
            ("DELETE", ["revisions", id], None) => self.delete_revision(call, scope, id),
            _ => return None,
        })
    }

    /// The regions that have services, as gcloud asks for them to propose one.
    fn locations(&self, call: &Call, project: &str) -> Result<Value, RestError> {
        let core = self.service.core();
        let mut regions: Vec<String> = core
            .all()
            .filter_map(|(name, _)| ServiceName::parse(name))
            .filter(|name| name.project == project)
            .map(|name| name.location)
            .collect();
        regions.sort();
        regions.dedup();
        let locations = regions.iter().map(|region| {
            json!({
                "name": format!("projects/{project}/locations/{region}"),
                "locationId": region,
                "displayName": region,
            })
        });
        let filter = Filter::parse(call.query("filter"), &LOCATION_FIELDS);
        let filter = filter.map_err(FilterError::into_rest)?;
        let selected = filter.select(locations, Value::clone);
        let (locations, next) = pages::size(call.query("pageSize"), PAGE_MAX, PAGE_MAX)
            .and_then(|size| pages::positioned(selected, size, call.query("pageToken")))
            .map_err(InvalidPage::into_rest)?;
        let mut list = json!({"locations": locations});
        if !next.is_empty() {
            list["nextPageToken"] = next.into();
        }
        Ok(list)
    }

    async fn create(&self, call: &Call, scope: &Scope<'_>) -> Result<Value, RestError> {
        let body: Value = call.json()?;
        let desired = read::service(&body)?;
        let id = body.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
        let (name, only) = (scope.service(id), dry_run(call)?);
        scope.check(&body, id)?;
        self.service.check_room(&name.to_string())?;
        let preview = desired.clone();
        self.service.commit(|core, moment| {
            core.create(&name, desired, only, moment).map(|written| ((), written.events))
        })?;
        if only {
            return Ok(preview_of(preview, &name));
        }
        self.service.serve(&name.to_string()).await;
        self.read(scope, id, write_service)
    }

    async fn replace(&self, call: &Call, scope: &Scope<'_>, id: &str) -> Result<Value, RestError> {
        let body: Value = call.json()?;
        let desired = read::service(&body)?;
        let (name, only) = (scope.service(id), dry_run(call)?);
        scope.check(&body, id)?;
        let options = PatchOptions { validate_only: only, ..PatchOptions::default() };
        self.service.check_room(&name.to_string())?;
        self.service.commit(|core, moment| {
            core.patch(&name, &desired, &options, moment).map(|written| ((), written.events))
        })?;
        if only {
            return Ok(preview_of(desired, &name));
        }
        self.service.serve(&name.to_string()).await;
        self.read(scope, id, write_service)
    }

    fn delete(&self, call: &Call, scope: &Scope<'_>, id: &str) -> Result<Value, RestError> {
        let (name, only) = (scope.service(id), dry_run(call)?);
        self.service.commit(|core, moment| {
            core.delete(&name, "", only, moment).map(|written| ((), written.events))
        })?;
        if !only {
            self.service.close(&name.to_string());
        }
        Ok(deleted("services", id))
    }

    fn set_policy(&self, call: &Call, name: &ServiceName) -> Result<Value, RestError> {
        let given: SetPolicy = call.message()?;
        given.check()?;
        Ok(self.service.commit(|core, _| core.set_policy(name, given))?.wire())
    }

    fn read(
        &self,
        scope: &Scope<'_>,
        id: &str,
        write: impl FnOnce(&Entry, &ServiceName) -> Value,
    ) -> Result<Value, RestError> {
        let name = scope.service(id);
        let core = self.service.core();
        let entry = core.entry(&name.to_string()).ok_or_else(|| not_found(&name))?;
        Ok(write(entry, &name))
    }

    fn list(
        &self,
        call: &Call,
        scope: &Scope<'_>,
        kind: &str,
        write: impl Fn(&Entry, &ServiceName) -> Value,
    ) -> Result<Value, RestError> {
        refuse_selectors(call, &[])?;
        let core = self.service.core();
        let items = core.all().filter_map(|(full, entry)| {
            let name = ServiceName::parse(full).filter(|name| scope.contains(name))?;
            Some((full.clone(), write(entry, &name)))
        });
        page(call, kind, items.collect())
    }

    fn list_revisions(&self, call: &Call, scope: &Scope<'_>) -> Result<Value, RestError> {
        let of_service = refuse_selectors(call, &[write::SERVICE_LABEL])?;
        let core = self.service.core();
        let mut items = Vec::new();
        for (full, entry) in core.all() {
            let Some(name) = ServiceName::parse(full).filter(|name| scope.contains(name)) else {
                continue;
            };
            if of_service.as_ref().is_some_and(|wanted| *wanted != name.service) {
                continue;
            }
            let revisions = entry.revisions.values();
            items.extend(
                revisions.map(|revision| (revision.name.clone(), write::revision(revision, &name))),
            );
        }
        page(call, "Revision", items)
    }

    fn revision(&self, scope: &Scope<'_>, id: &str) -> Result<Value, RestError> {
        let core = self.service.core();
        let found = core.all().find_map(|(full, entry)| {
            let name = ServiceName::parse(full).filter(|name| scope.contains(name))?;
            Some(write::revision(entry.revisions.get(&name.revision(id))?, &name))
        });
        found.ok_or_else(|| no_revision(id))
    }

    fn delete_revision(
        &self,
        call: &Call,
        scope: &Scope<'_>,
        id: &str,
    ) -> Result<Value, RestError> {
        let only = dry_run(call)?;
        let owner = {
            let core = self.service.core();
            core.all().find_map(|(full, entry)| {
                let name = ServiceName::parse(full).filter(|name| scope.contains(name))?;
                entry.revisions.contains_key(&name.revision(id)).then_some(name)
            })
        };
        let name = owner.ok_or_else(|| no_revision(id))?;
        self.service.commit(|core, moment| {
            let written = core.delete_revision(&name, id, "", moment)?;
            Ok(((), written.only_validated(only).events))
        })?;
        Ok(deleted("revisions", id))
    }
}

fn write_service(entry: &Entry, name: &ServiceName) -> Value {
    write::service(&entry.service, name)
}

fn write_configuration(entry: &Entry, name: &ServiceName) -> Value {
    write::configuration(&entry.service, name)
}

fn write_route(entry: &Entry, name: &ServiceName) -> Value {
    write::route(&entry.service, name)
}

/// What a dry run returns: the service as it would be requested.
fn preview_of(desired: ServiceResource, name: &ServiceName) -> Value {
    write::service(&desired.set_name(name.to_string()), name)
}

fn no_revision(id: &str) -> RestError {
    RestError::not_found(format!("Resource '{id}' of kind 'REVISION' was not found."))
}

/// `io.k8s.apimachinery.Status`.
fn deleted(kind: &str, id: &str) -> Value {
    json!({"status": "Success", "details": {"name": short(id), "kind": kind}})
}

/// The permissions of a `testIamPermissions`.
fn tested(call: &Call) -> Result<Vec<String>, RestError> {
    call.check_fields(&["permissions"])?;
    let asked: Value = call.message()?;
    let given = asked.get("permissions").cloned().unwrap_or_else(|| json!([]));
    let permissions: Vec<String> = serde_json::from_value(given)
        .map_err(|error| RestError::invalid(format!("permissions: {error}")))?;
    check_permissions(&permissions)?;
    Ok(permissions)
}

/// Whether `dryRun=all` is given.
fn dry_run(call: &Call) -> Result<bool, RestError> {
    match call.query("dryRun") {
        "" => Ok(false),
        "all" => Ok(true),
        other => Err(RestError::invalid(format!("dryRun: '{other}' must be 'all'"))),
    }
}

/// The value of the one label that a selector may name.
///
/// # Errors
/// `UNIMPLEMENTED` for every other selector.
fn refuse_selectors(call: &Call, labels: &[&str]) -> Result<Option<String>, RestError> {
    if !call.query("fieldSelector").is_empty() {
        return Err(RestError::unimplemented("fieldSelector"));
    }
    let selector = call.query("labelSelector");
    if selector.is_empty() {
        return Ok(None);
    }
    let parsed = selector.split_once('=').map(|(label, value)| {
        (label.trim().to_owned(), value.trim_start_matches('=').trim().to_owned())
    });
    match parsed {
        Some((label, value)) if labels.contains(&label.as_str()) => Ok(Some(value)),
        _ => Err(RestError::unimplemented(format!("labelSelector '{selector}'"))),
    }
}

/// One page of named resources. The token is the name of the last one of the page before.
fn page(call: &Call, kind: &str, items: Vec<(String, Value)>) -> Result<Value, RestError> {
    let limit = match call.query("limit") {
        "" | "0" => PAGE_MAX,
        text => text
            .parse::<usize>()
            .map_err(|_| RestError::invalid(format!("limit: '{text}' is not a number")))?
            .min(PAGE_MAX),
    };
    let token = call.query("continue");
    let (page, next) = pages::sorted(items.into_iter(), limit, token, |(name, _)| name)
        .map_err(|error| RestError::invalid(format!("continue: {error}")))?;
    let mut metadata = json!({});
    if !next.is_empty() {
        metadata["continue"] = next.into();
    }
    Ok(json!({
        "apiVersion": write::API_VERSION,
        "kind": format!("{kind}List"),
        "metadata": metadata,
        "items": page.into_iter().map(|(_, item)| item).collect::<Vec<_>>(),
    }))
}
