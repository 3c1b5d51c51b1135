//! [`Keys`] over the REST APIs of Cloud KMS and, for projects, of Resource Manager, which grants their
//! roles as well.
//!
//! Google's clients would bring the code of their other sixty methods with them.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use google_cloud_iam_v1::model::Policy;
use parking_lot::Mutex;
use serde_json::json;

use super::call::Call;
use super::plain::Plain;
use super::plain_policy::{bindings, policy_of};
use super::policy_members::{VERSION, with_members};
use super::policy_writes::change_policy;
use super::profile::Profile;
use crate::error::ConnectError;
use crate::{Binding, CloudError, Keys, Kind, ProjectRole, ProjectRoles};

const KMS: &str = "https://cloudkms.googleapis.com";
const RESOURCE_MANAGER: &str = "https://cloudresourcemanager.googleapis.com";

pub(crate) struct GoogleKeys {
    plain: Plain,
    kms: String,
    resource_manager: String,
    /// The numbers that were read, by id. A project keeps its number.
    numbers: Mutex<BTreeMap<String, u64>>,
}

impl GoogleKeys {
    /// The endpoints are those of a local cloud.
    pub(crate) fn new(
        profile: &Profile,
        kms: Option<&str>,
        resource_manager: Option<&str>,
    ) -> Result<Self, ConnectError> {
        Ok(Self {
            plain: Plain::new(profile).map_err(ConnectError::Plain)?,
            kms: kms.unwrap_or(KMS).to_owned(),
            resource_manager: resource_manager.unwrap_or(RESOURCE_MANAGER).to_owned(),
            numbers: Mutex::default(),
        })
    }

    /// The policy of a project, whose conditions are not lost when it is written.
    async fn project_policy(&self, call: Call<'_>, name: &str) -> Result<Policy, CloudError> {
        let url = format!("{}/v3/{name}:getIamPolicy", self.resource_manager);
        let options = json!({"options": {"requestedPolicyVersion": VERSION}});
        policy_of(call, call.retried(|| self.plain.post(call, &url, &options)).await?)
    }
}

#[async_trait]
impl Keys for GoogleKeys {
    #[tracing::instrument(name = "cloud.get_project", skip_all, fields(service = "cloudresourcemanager", resource = project))]
    async fn project_number(&self, project: &str) -> Result<u64, CloudError> {
        if let Some(known) = self.numbers.lock().get(project) {
            return Ok(*known);
        }
        let call = Call::new("get project", project);
        let url = format!("{}/v3/projects/{project}", self.resource_manager);
        let found = self.plain.get(call, &url, &[]).await?;
        let name = found["name"].as_str().unwrap_or_default();
        let number = name.strip_prefix("projects/").and_then(|number| number.parse().ok());
        let number = number.ok_or_else(|| {
            call.caused(Kind::Internal, format!("{name:?} does not end with a number"))
        })?;
        self.numbers.lock().insert(project.to_owned(), number);
        Ok(number)
    }

    #[tracing::instrument(name = "cloud.policy", skip_all, fields(resource = resource))]
    async fn policy(&self, resource: &str) -> Result<Vec<Binding>, CloudError> {
        let call = Call::new("get IAM policy", resource);
        if is_project(resource) {
            return self.project_policy(call, resource).await.map(bindings);
        }
        let url = format!("{}/v1/{resource}:getIamPolicy", self.kms);
        policy_of(call, self.plain.get(call, &url, &[]).await?).map(bindings)
    }
}

#[async_trait]
impl ProjectRoles for GoogleKeys {
    #[tracing::instrument(name = "cloud.grant_project_roles", skip_all, fields(service = "cloudresourcemanager", resource = project))]
    async fn grant(&self, project: &str, roles: &[ProjectRole]) -> Result<(), CloudError> {
        let name = format!("projects/{project}");
        let call = Call::new("grant project roles", &name);
        let url = format!("{}/v3/{name}:setIamPolicy", self.resource_manager);
        let (plain, url) = (&self.plain, &url);
        let write = |policy: Policy| async move {
            plain.post(call, url, &json!({"policy": policy})).await.map(drop)
        };
        let read = || self.project_policy(call, &name);
        change_policy(read, |policy| with_roles(policy, roles), write).await
    }
}

/// The policy with these roles, or `None` if it has them.
fn with_roles(mut policy: Policy, roles: &[ProjectRole]) -> Option<Policy> {
    let (none, mut is_changed) = (BTreeSet::new(), false);
    for ProjectRole { role, member } in roles {
        let add = BTreeSet::from([member.clone()]);
        if let Some(changed) = with_members(policy.clone(), role, &add, &none) {
            (policy, is_changed) = (changed, true);
        }
    }
    is_changed.then_some(policy)
}

/// Whether this is `projects/P`, and not a resource in it.
fn is_project(resource: &str) -> bool {
    resource.split('/').count() == 2
}

#[cfg(test)]
mod tests;
