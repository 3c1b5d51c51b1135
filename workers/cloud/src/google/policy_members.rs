//! Who has a role in an IAM policy, without a condition. Bindings of other roles and bindings with
//! conditions stay as they are.

use std::collections::BTreeSet;

use google_cloud_iam_v1::model::{Binding, Policy};

/// Version of policies whose bindings may have conditions. One that is read in an older version and
/// written again would lose them.
pub(crate) const VERSION: i32 = 3;

/// The principals that have the role.
pub(crate) fn members(policy: &Policy, role: &str) -> BTreeSet<String> {
    let bindings = policy.bindings.iter().filter(|binding| is_of(binding, role));
    bindings.flat_map(|binding| binding.members.iter().cloned()).collect()
}

/// The policy in which the first principals have the role, and the second ones do not, or `None` if it
/// is like that.
pub(crate) fn with_members(
    mut policy: Policy,
    role: &str,
    add: &BTreeSet<String>,
    remove: &BTreeSet<String>,
) -> Option<Policy> {
    let present = members(&policy, role);
    let missing: Vec<&String> = add.difference(&present).collect();
    if missing.is_empty() && present.is_disjoint(remove) {
        return None;
    }
    for binding in policy.bindings.iter_mut().filter(|binding| is_of(binding, role)) {
        binding.members.retain(|member| !remove.contains(member));
    }
    policy.bindings.retain(|binding| !binding.members.is_empty());
    if !missing.is_empty() {
        let missing = missing.into_iter().cloned();
        match policy.bindings.iter_mut().find(|binding| is_of(binding, role)) {
            Some(binding) => binding.members.extend(missing),
            None => policy.bindings.push(Binding::new().set_role(role).set_members(missing)),
        }
    }
    policy.version = VERSION;
    Some(policy)
}

fn is_of(binding: &Binding, role: &str) -> bool {
    binding.role == role && binding.condition.is_none()
}
