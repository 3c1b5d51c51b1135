//! [`Keys`] over `google-cloud-kms-v1`, and over `google-cloud-resourcemanager-v3` for projects, whose
//! roles it grants as well.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use google_cloud_iam_v1::model::Policy;
use google_cloud_kms_v1::client::KeyManagementService;
use google_cloud_resourcemanager_v3::client::Projects;
use longshore_google_clients::Connect as _;
use parking_lot::Mutex;

use super::call::Call;
use super::policy_members::with_members;
use super::policy_writes::{change_policy, options};
use super::profile::{Profile, REQUEST_LIMIT};
use crate::error::ConnectError;
use crate::{Binding, CloudError, Keys, Kind, ProjectRole, ProjectRoles};

pub(crate) struct GoogleKeys {
    keys: KeyManagementService,
    projects: Projects,
    /// The numbers that were read, by id. A project keeps its number.
    numbers: Mutex<BTreeMap<String, u64>>,
}

impl GoogleKeys {
    pub(crate) async fn connect(
        profile: &Profile,
        kms: Option<&str>,
        resource_manager: Option<&str>,
    ) -> Result<Self, ConnectError> {
        let keys = profile.api(KeyManagementService::builder(), kms).connect().await;
        let projects = profile.api(Projects::builder(), resource_manager).connect().await;
        let failed = |service| move |source| ConnectError::Client { service, source };
        Ok(Self {
            keys: keys.map_err(failed("kms"))?,
            projects: projects.map_err(failed("resource_manager"))?,
            numbers: Mutex::default(),
        })
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
        let name = format!("projects/{project}");
        let request = || self.projects.get_project().set_name(&name).send();
        let found = call.repeated(REQUEST_LIMIT, request).await?;
        let number = found.name.strip_prefix("projects/").and_then(|number| number.parse().ok());
        let number = number.ok_or_else(|| {
            call.caused(Kind::Internal, format!("{:?} does not end with a number", found.name))
        })?;
        self.numbers.lock().insert(project.to_owned(), number);
        Ok(number)
    }

    #[tracing::instrument(name = "cloud.policy", skip_all, fields(resource = resource))]
    async fn policy(&self, resource: &str) -> Result<Vec<Binding>, CloudError> {
        let call = Call::new("get IAM policy", resource);
        let policy = if is_project(resource) {
            let request = || self.projects.get_iam_policy().set_resource(resource).send();
            call.repeated(REQUEST_LIMIT, request).await?
        } else {
            let request = || self.keys.get_iam_policy().set_resource(resource).send();
            call.repeated(REQUEST_LIMIT, request).await?
        };
        Ok(bindings(policy))
    }
}

#[async_trait]
impl ProjectRoles for GoogleKeys {
    #[tracing::instrument(name = "cloud.grant_project_roles", skip_all, fields(service = "cloudresourcemanager", resource = project))]
    async fn grant(&self, project: &str, roles: &[ProjectRole]) -> Result<(), CloudError> {
        let name = format!("projects/{project}");
        let call = Call::new("grant project roles", &name);
        let read = || {
            let request = || {
                let request = self.projects.get_iam_policy().set_resource(&name);
                request.set_options(options()).send()
            };
            call.repeated(REQUEST_LIMIT, request)
        };
        let write =
            |policy| self.projects.set_iam_policy().set_resource(&name).set_policy(policy).send();
        change_policy(call, read, |policy| with_roles(policy, roles), write).await
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

fn bindings(policy: Policy) -> Vec<Binding> {
    let bindings = policy.bindings.into_iter();
    bindings.map(|one| Binding { role: one.role, members: one.members }).collect()
}

#[cfg(test)]
mod tests;
