//! Which service agents may not use a key of Cloud KMS, as far as IAM policies say.
//!
//! Google's services use a key as the service agents of the project that the protected resource is
//! in (<https://cloud.google.com/kms/docs/compatible-services>). A grant may be on the key, on its
//! ring or on its project. Grants on a folder or an organization are not seen, because the fleet
//! rarely may read them.

use std::fmt::{self, Display, Formatter};

use crate::refusals::keys;
use crate::{Agent, Binding, CloudError, Keys};

/// Members that are everyone, or a set in which an agent may be.
const MANY: [&str; 5] = ["allUsers", "allAuthenticatedUsers", "group:", "domain:", "principalSet:"];

/// A grant that a service agent needs and does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingGrant {
    pub agent: Agent,
    /// Full name of the key.
    pub key: String,
    /// Such as `serviceAccount:service-1@gs-project-accounts.iam.gserviceaccount.com`.
    pub member: String,
}

impl MissingGrant {
    /// The command that grants it.
    #[must_use]
    pub fn command(&self) -> String {
        keys::grant_command(&self.key, &self.member)
    }
}

impl Display for MissingGrant {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let account = self.member.strip_prefix("serviceAccount:").unwrap_or(&self.member);
        write!(f, "{} ({account})", self.agent.title())
    }
}

/// Looks up which of these agents, each of a project, may not use a key. An agent is missing only if
/// no policy can be what lets it use the key.
///
/// # Errors
/// When a project or a policy cannot be read that decides. Nothing is known then: the fleet needs
/// none of these permissions. `NotFound` of a key that does not exist.
pub async fn missing_grants(
    keys: &dyn Keys,
    key: &str,
    agents: &[(Agent, &str)],
) -> Result<Vec<MissingGrant>, CloudError> {
    let mut missing = Vec::new();
    for (agent, project) in agents {
        let member = agent.member(keys.project_number(project).await?);
        missing.push(MissingGrant { agent: *agent, key: key.to_owned(), member });
    }
    for resource in levels(key) {
        if missing.is_empty() {
            break;
        }
        let policy = keys.policy(resource).await?;
        missing.retain(|grant| !may_use(&policy, &grant.member));
    }
    Ok(missing)
}

/// The key, its ring and its project.
fn levels(key: &str) -> impl Iterator<Item = &str> {
    let before = |separator| key.split_once(separator).map(|(before, _)| before);
    [Some(key), before("/cryptoKeys/"), before("/locations/")].into_iter().flatten()
}

/// Whether a policy may let a member use keys. A custom role may include the permissions.
fn may_use(policy: &[Binding], member: &str) -> bool {
    let may = |role: &str| {
        !role.starts_with("roles/")
            || role.starts_with("roles/cloudkms.crypto")
            || role == "roles/owner"
    };
    let names = |named: &String| {
        named == member
            || MANY.iter().any(|many| named.as_str() == *many || named.starts_with(many))
    };
    policy.iter().any(|binding| may(&binding.role) && binding.members.iter().any(names))
}

#[cfg(test)]
mod tests;
