//! Secret Manager's REST API: maps paths and verbs to calls.

mod error;
mod policies;

use std::sync::Arc;

use async_trait::async_trait;
use google_cloud_secretmanager_v1::model::{
    AccessSecretVersionResponse, AddSecretVersionRequest, ListSecretVersionsResponse,
    ListSecretsResponse, Secret, SecretPayload, SecretVersion,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::core::{SecretName, Transition, Version};
use super::service::Service;
use longshore_local_kit::as_base64;
use longshore_local_kit::filter::{Filter, FilterError};
use longshore_local_kit::pages::{self, InvalidPage};
use longshore_local_kit::rest::{Call, RestApi, RestError};

/// Google's default and maximum of `pageSize`.
const PAGE_MAX: usize = 25_000;

/// The REST API: `/v1/projects/*/secrets…`.
#[must_use]
pub fn api(service: Arc<Service>) -> Arc<dyn RestApi> {
    Arc::new(SecretsApi { service })
}

struct SecretsApi {
    service: Arc<Service>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WithEtag {
    #[serde(default)]
    etag: String,
}

/// The fields of a secret, except for those that are unsupported and that its type would ignore.
const FIELDS: [&str; 16] = [
    "annotations",
    "createTime",
    "customerManagedEncryption",
    "etag",
    "expireTime",
    "labels",
    "name",
    "policyMember",
    "replication",
    "rotation",
    "secretType",
    "tags",
    "topics",
    "ttl",
    "versionAliases",
    "versionDestroyTtl",
];

/// The fields of a version by which versions can be filtered.
const VERSION_FIELDS: [&str; 9] = [
    "clientSpecifiedPayloadChecksum",
    "createTime",
    "customerManagedEncryption",
    "destroyTime",
    "etag",
    "name",
    "replicationStatus",
    "scheduledDestroyTime",
    "state",
];

#[async_trait]
impl RestApi for SecretsApi {
    async fn answer(&self, call: &Call) -> Option<Result<Value, RestError>> {
        let segments = call.segments();
        let ["v1", "projects", project, "secrets", rest @ ..] = segments.as_slice() else {
            return None;
        };
        if project.contains('/') {
            return Some(Err(RestError::invalid("parent: must be projects/PROJECT")));
        }
        let project = self.service.project_id(project);
        let name = |id: &str| SecretName::new(project, id);
        Some(match (call.method.as_str(), rest, call.verb.as_deref()) {
            ("POST", [], None) => self.create(call, &name(call.query("secretId"))),
            ("GET", [], None) => self.list(call, project),
            ("GET", [id], None) => self.get(&name(id)),
            ("PATCH", [id], None) => self.update(call, &name(id)),
            ("DELETE", [id], None) => self.delete(call, &name(id)),
            ("POST", [id], Some("addVersion")) => self.add_version(call, &name(id)),
            ("GET", [id], Some("getIamPolicy")) => {
                call.check_policy_version().and_then(|()| policies::get(&self.service, &name(id)))
            }
            ("POST", [id], Some("setIamPolicy")) => policies::set(&self.service, call, &name(id)),
            ("POST", [id], Some("testIamPermissions")) => {
                policies::test(&self.service, call, &name(id))
            }
            ("GET", [id, "versions"], None) => self.list_versions(call, &name(id)),
            ("GET", [id, "versions", version], None) => self.version(&name(id), version),
            ("GET", [id, "versions", version], Some("access")) => self.access(&name(id), version),
            ("POST", [id, "versions", version], Some("enable")) => {
                self.change(call, &name(id), version, Transition::Enable)
            }
            ("POST", [id, "versions", version], Some("disable")) => {
                self.change(call, &name(id), version, Transition::Disable)
            }
            ("POST", [id, "versions", version], Some("destroy")) => {
                self.change(call, &name(id), version, Transition::Destroy)
            }
            _ => return None,
        })
    }
}

impl SecretsApi {
    fn create(&self, call: &Call, name: &SecretName) -> Result<Value, RestError> {
        let given = secret(call)?;
        wire(&self.service.commit(|core, moment| core.create(name, given, moment))?)
    }

    fn list(&self, call: &Call, project: &str) -> Result<Value, RestError> {
        let core = self.service.core();
        let all: Vec<Secret> = core.of_project(project).cloned().collect();
        let all = filtered(call, all, &FIELDS, wire)?;
        let (secrets, next, total) = page(call, all)?;
        wire(
            &ListSecretsResponse::new()
                .set_secrets(secrets)
                .set_next_page_token(next)
                .set_total_size(total),
        )
    }

    fn get(&self, name: &SecretName) -> Result<Value, RestError> {
        wire(&self.service.core().entry(name)?.secret)
    }

    fn update(&self, call: &Call, name: &SecretName) -> Result<Value, RestError> {
        let given = secret(call)?;
        wire(
            &self.service.commit(|core, moment| {
                core.update(name, given, call.query("updateMask"), moment)
            })?,
        )
    }

    fn delete(&self, call: &Call, name: &SecretName) -> Result<Value, RestError> {
        self.service.commit(|core, _| Ok(((), core.delete(name, call.query("etag"))?)))?;
        Ok(json!({}))
    }

    /// An error does not quote the body, because it contains the value.
    fn add_version(&self, call: &Call, name: &SecretName) -> Result<Value, RestError> {
        call.check_fields(&["parent", "payload"])?;
        let unreadable =
            || RestError::invalid("request body: expected {\"payload\": {\"data\": BASE64}}");
        let mut document: Value = call.message().map_err(|_| unreadable())?;
        document.pointer_mut("/payload/data").into_iter().for_each(as_base64::normalize);
        let request: AddSecretVersionRequest =
            serde_json::from_value(document).map_err(|_| unreadable())?;
        let payload = request.payload.unwrap_or_default();
        version_wire(&self.service.add_version(name, &payload.data, payload.data_crc32c)?.resource)
    }

    /// Newest first, as at Google.
    fn list_versions(&self, call: &Call, name: &SecretName) -> Result<Value, RestError> {
        let core = self.service.core();
        let all: Vec<&Version> = core.entry(name)?.versions.values().rev().collect();
        let all = filtered(call, all, &VERSION_FIELDS, |version| version_wire(&version.resource))?;
        let (versions, next, total) = page(call, all)?;
        let mut answer = wire(
            &ListSecretVersionsResponse::new().set_next_page_token(next).set_total_size(total),
        )?;
        answer["versions"] = versions
            .iter()
            .map(|version| version_wire(&version.resource))
            .collect::<Result<_, _>>()?;
        Ok(answer)
    }

    fn version(&self, name: &SecretName, version: &str) -> Result<Value, RestError> {
        version_wire(&self.service.core().version(&name.version(version))?.resource)
    }

    fn access(&self, name: &SecretName, version: &str) -> Result<Value, RestError> {
        let (Version { resource, .. }, payload, data) =
            self.service.access(&name.version(version))?;
        let payload =
            SecretPayload::new().set_data(data).set_data_crc32c(i64::from(payload.crc32c));
        wire(&AccessSecretVersionResponse::new().set_name(resource.name).set_payload(payload))
    }

    fn change(
        &self,
        call: &Call,
        name: &SecretName,
        version: &str,
        transition: Transition,
    ) -> Result<Value, RestError> {
        let WithEtag { etag } = call.message()?;
        let name = name.version(version);
        version_wire(
            &self
                .service
                .commit(|core, moment| core.change(&name, transition, &etag, moment))?
                .resource,
        )
    }
}

/// The resources that the caller's filter selects.
fn filtered<T>(
    call: &Call,
    all: Vec<T>,
    fields: &[&str],
    wire: impl Fn(&T) -> Result<Value, RestError>,
) -> Result<Vec<T>, RestError> {
    let filter = Filter::parse(call.query("filter"), fields).map_err(FilterError::into_rest)?;
    if filter.is_empty() {
        return Ok(all);
    }
    let mut selected = Vec::new();
    for resource in all {
        if filter.matches(&wire(&resource)?) {
            selected.push(resource);
        }
    }
    Ok(selected)
}

fn secret(call: &Call) -> Result<Secret, RestError> {
    call.check_fields(&FIELDS)?;
    call.message()
}

/// One page, the token of the next one, and the number of all resources. A token has the index of
/// the first resource of its page.
fn page<T>(call: &Call, all: Vec<T>) -> Result<(Vec<T>, String, i32), RestError> {
    let size =
        pages::size(call.query("pageSize"), PAGE_MAX, PAGE_MAX).map_err(InvalidPage::into_rest)?;
    let start = pages::key_before(call.query("pageToken"))
        .map_err(InvalidPage::into_rest)?
        .and_then(|key| key.parse().ok());
    let start: usize = start.unwrap_or(0);
    let total = all.len();
    let page: Vec<T> = all.into_iter().skip(start).take(size).collect();
    let end = start.saturating_add(page.len());
    let next = if end < total { pages::token_after(&end.to_string()) } else { String::new() };
    Ok((page, next, i32::try_from(total).unwrap_or(i32::MAX)))
}

/// Writes the name of the state, where the client's type would write its number.
fn version_wire(version: &SecretVersion) -> Result<Value, RestError> {
    let mut wire = wire(version)?;
    wire["state"] = json!(version.state.name());
    Ok(wire)
}

fn wire<T: serde::Serialize>(resource: &T) -> Result<Value, RestError> {
    serde_json::to_value(resource).map_err(|error| RestError::internal(error.to_string()))
}
