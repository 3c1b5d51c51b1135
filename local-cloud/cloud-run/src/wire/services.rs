//! Services and their revisions: which path and verb means what.

use std::sync::Arc;

use google_cloud_run_v2::model::{
    ListRevisionsResponse, ListServicesResponse, Revision, Service as ServiceResource,
};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::page::{flag, page};
use crate::core::{Entry, Event, PatchOptions, ServiceName, SetPolicy, Written, not_found};
use crate::service::Service;
use longshore_local_kit::policy::check_permissions;
use longshore_local_kit::rest::{Call, RestError};

/// `projects/P/locations/L`, taken apart.
pub(super) struct Location<'a> {
    pub(super) project: &'a str,
    pub(super) id: &'a str,
}

impl Location<'_> {
    fn service(&self, id: &str) -> ServiceName {
        ServiceName::new(self.project, self.id, id)
    }

    pub(super) fn name(&self) -> String {
        format!("projects/{}/locations/{}", self.project, self.id)
    }
}

/// Google's clients for Go repeat the resource, which the path names.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Permissions {
    #[serde(default)]
    permissions: Vec<String>,
    #[serde(default, rename = "resource")]
    _resource: IgnoredAny,
}

/// `rest` is what follows `services` in the path.
pub(super) async fn answer(
    service: &Arc<Service>,
    call: &Call,
    location: &Location<'_>,
    rest: &[&str],
) -> Option<Result<Value, RestError>> {
    let name = |id: &str| location.service(id);
    Some(match (call.method.as_str(), rest, call.verb.as_deref()) {
        ("POST", [], None) => create(service, call, location).await,
        ("GET", [], None) => list(service, call, location),
        ("GET", [id], None) => get(service, &name(id)),
        ("PATCH", [id], None) => patch(service, call, &name(id)).await,
        ("DELETE", [id], None) => delete(service, call, &name(id)),
        ("GET", [id], Some("getIamPolicy")) => policy(service, call, &name(id)),
        ("POST", [id], Some("setIamPolicy")) => set_policy(service, call, &name(id)),
        ("POST", [id], Some("testIamPermissions")) => test_permissions(service, call, &name(id)),
        ("GET", [id, "revisions"], None) => list_revisions(service, call, location, id),
        ("GET", [id, "revisions", revision], None) => get_revision(service, &name(id), revision),
        ("DELETE", [id, "revisions", revision], None) => {
            delete_revision(service, call, &name(id), revision)
        }
        _ => return None,
    })
}

/// The fields of a service, except for those that are unsupported and that its type would ignore.
const FIELDS: [&str; 38] = [
    "annotations",
    "binaryAuthorization",
    "buildConfig",
    "client",
    "clientVersion",
    "conditions",
    "createTime",
    "creator",
    "customAudiences",
    "defaultUriDisabled",
    "deleteTime",
    "description",
    "etag",
    "expireTime",
    "generation",
    "iapEnabled",
    "ingress",
    "invokerIamDisabled",
    "labels",
    "lastModifier",
    "latestCreatedRevision",
    "latestReadyRevision",
    "launchStage",
    "multiRegionSettings",
    "name",
    "observedGeneration",
    "reconciling",
    "satisfiesPzs",
    "scaling",
    "template",
    "terminalCondition",
    "threatDetectionEnabled",
    "traffic",
    "trafficStatuses",
    "uid",
    "updateTime",
    "uri",
    "urls",
];

fn resource(call: &Call) -> Result<ServiceResource, RestError> {
    call.check_fields(&FIELDS)?;
    call.json()
}

async fn create(
    service: &Arc<Service>,
    call: &Call,
    location: &Location<'_>,
) -> Result<Value, RestError> {
    let (name, only) = (location.service(call.query("serviceId")), flag(call, "validateOnly")?);
    let body = resource(call)?;
    service.check_room(&name.to_string())?;
    let written =
        service.commit(|core, moment| core.create(&name, body, only, moment).map(split))?;
    if !only {
        service.serve(&name.to_string()).await;
    }
    Ok(written)
}

async fn patch(
    service: &Arc<Service>,
    call: &Call,
    name: &ServiceName,
) -> Result<Value, RestError> {
    let options = PatchOptions {
        update_mask: call.query("updateMask").to_owned(),
        allow_missing: flag(call, "allowMissing")?,
        validate_only: flag(call, "validateOnly")?,
        force_new_revision: flag(call, "forceNewRevision")?,
    };
    let body = resource(call)?;
    service.check_room(&name.to_string())?;
    let written =
        service.commit(|core, moment| core.patch(name, &body, &options, moment).map(split))?;
    if !options.validate_only {
        service.serve(&name.to_string()).await;
    }
    Ok(written)
}

fn delete(service: &Arc<Service>, call: &Call, name: &ServiceName) -> Result<Value, RestError> {
    let only = flag(call, "validateOnly")?;
    let written = service
        .commit(|core, moment| core.delete(name, call.query("etag"), only, moment).map(split))?;
    if !only {
        service.close(&name.to_string());
    }
    Ok(written)
}

fn get(service: &Service, name: &ServiceName) -> Result<Value, RestError> {
    let core = service.core();
    to_json(&found(core.entry(&name.to_string()), name)?.service)
}

/// Deleted resources are not kept.
fn refuse_deleted(call: &Call) -> Result<(), RestError> {
    match flag(call, "showDeleted")? {
        true => Err(RestError::unimplemented("lists of deleted resources (showDeleted)")),
        false => Ok(()),
    }
}

fn list(service: &Service, call: &Call, location: &Location<'_>) -> Result<Value, RestError> {
    refuse_deleted(call)?;
    let core = service.core();
    let services = core.under(&location.name()).map(|entry| &entry.service);
    let (services, token) = page(call, services, |service| &service.name)?;
    to_json(&ListServicesResponse::new().set_services(services).set_next_page_token(token))
}

fn list_revisions(
    service: &Service,
    call: &Call,
    location: &Location<'_>,
    id: &str,
) -> Result<Value, RestError> {
    refuse_deleted(call)?;
    let core = service.core();
    let name = location.service(id);
    let is_requested = |service: &ServiceResource| id == "-" || service.name == name.to_string();
    if id != "-" {
        found(core.entry(&name.to_string()), &name)?;
    }
    let entries = core.under(&location.name()).filter(|entry| is_requested(&entry.service));
    let revisions = entries.flat_map(|entry| entry.revisions.values());
    let (revisions, token) = page(call, revisions, |revision: &Revision| &revision.name)?;
    to_json(&ListRevisionsResponse::new().set_revisions(revisions).set_next_page_token(token))
}

fn get_revision(service: &Service, name: &ServiceName, id: &str) -> Result<Value, RestError> {
    let core = service.core();
    let revision = found(core.entry(&name.to_string()), name)?.revisions.get(&name.revision(id));
    to_json(revision.ok_or_else(|| {
        RestError::not_found(format!("Resource '{id}' of kind 'REVISION' was not found."))
    })?)
}

fn delete_revision(
    service: &Arc<Service>,
    call: &Call,
    name: &ServiceName,
    id: &str,
) -> Result<Value, RestError> {
    let only = flag(call, "validateOnly")?;
    Ok(service.commit(|core, moment| {
        let written = core.delete_revision(name, id, call.query("etag"), moment)?;
        Ok(split(written.only_validated(only)))
    })?)
}

fn policy(service: &Service, call: &Call, name: &ServiceName) -> Result<Value, RestError> {
    call.check_policy_version()?;
    let core = service.core();
    Ok(found(core.entry(&name.to_string()), name)?.policy.wire())
}

fn set_policy(service: &Arc<Service>, call: &Call, name: &ServiceName) -> Result<Value, RestError> {
    let given: SetPolicy = call.message()?;
    given.check()?;
    Ok(service.commit(|core, _| core.set_policy(name, given))?.wire())
}

/// Every caller has every permission here.
fn test_permissions(
    service: &Service,
    call: &Call,
    name: &ServiceName,
) -> Result<Value, RestError> {
    let requested: Permissions = call.message()?;
    check_permissions(&requested.permissions)?;
    found(service.core().entry(&name.to_string()), name)?;
    Ok(json!({"permissions": requested.permissions}))
}

fn found<'a>(entry: Option<&'a Entry>, name: &ServiceName) -> Result<&'a Entry, RestError> {
    entry.ok_or_else(|| not_found(name).into())
}

fn split(written: Written) -> (Value, Vec<Event>) {
    (written.operation.wire(), written.events)
}

fn to_json<T: serde::Serialize>(resource: &T) -> Result<Value, RestError> {
    serde_json::to_value(resource).map_err(|error| RestError::internal(error.to_string()))
}
