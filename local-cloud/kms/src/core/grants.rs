//! Who may use a key, of Google's services.

use longshore_local_kit::keys::KeyUser;

use super::{Binding, Kms, Policy};

/// The role that a new key grants, and the narrowest one with which a service may use a key.
const USER_ROLE: &str = "roles/cloudkms.cryptoKeyEncrypterDecrypter";

/// Roles with which a service may use a key. <https://cloud.google.com/kms/docs/reference/permissions-and-roles>
const USING: [&str; 3] = [USER_ROLE, "roles/cloudkms.cryptoOperator", "roles/owner"];

impl Kms {
    /// The policy of a key or a ring that none was set for. A key lets the service agents of its
    /// project use it, so that nothing has to be granted on a laptop. On Google its policy is empty.
    pub(super) fn initial_policy(&self, resource: &str) -> Policy {
        if !resource.contains("/cryptoKeys/") {
            return Policy::default();
        }
        let project = resource.split('/').nth(1).unwrap_or_default();
        let number = self.projects.number_of(project);
        let member = |agent: &str| KeyUser { agent, project }.member(number);
        let members = KeyUser::AGENTS.into_iter().map(member).collect();
        let binding = Binding { role: USER_ROLE.to_owned(), members, condition: None };
        Policy { version: 1, bindings: vec![binding], ..Policy::default() }
    }

    /// Whether the policies of a key and of its ring let a service use it. Conditions have no
    /// effect.
    pub(crate) fn may_use(&self, key: &str, user: KeyUser<'_>) -> bool {
        let member = user.member(self.projects.number_of(user.project));
        let ring = key.split_once("/cryptoKeys/").map_or(key, |(ring, _)| ring);
        [key, ring].iter().filter_map(|resource| self.policy(resource).ok()).any(|policy| {
            let names = |binding: &Binding| {
                let named = [member.as_str(), "allUsers", "allAuthenticatedUsers"];
                binding.members.iter().any(|one| named.contains(&one.as_str()))
            };
            policy.bindings.iter().any(|one| USING.contains(&one.role.as_str()) && names(one))
        })
    }
}
