//! The IAM policy of a Cloud Run service.

use std::collections::BTreeSet;

use google_cloud_iam_v1::model::{Binding, Policy};

use super::policy_members;
use super::policy_members::VERSION;

/// Everyone on the internet (<https://cloud.google.com/run/docs/authenticating/public>).
const EVERYONE: &str = "allUsers";
const INVOKER: &str = "roles/run.invoker";

/// The policy with or without the binding that lets everyone call the service, or `None` if it is
/// like that.
pub(crate) fn with_public(mut policy: Policy, is_public: bool) -> Option<Policy> {
    if policy.bindings.iter().any(|one| is_for_callers(one) && names_everyone(one)) == is_public {
        return None;
    }
    if is_public {
        match policy.bindings.iter_mut().find(|binding| is_for_callers(binding)) {
            Some(binding) => binding.members.push(EVERYONE.to_owned()),
            None => {
                policy.bindings.push(Binding::new().set_role(INVOKER).set_members([EVERYONE]));
            }
        }
    } else {
        for binding in policy.bindings.iter_mut().filter(|binding| is_for_callers(binding)) {
            binding.members.retain(|member| member != EVERYONE);
        }
        policy.bindings.retain(|binding| !binding.members.is_empty());
    }
    policy.version = VERSION;
    Some(policy)
}

/// The principals that a policy lets call the service, without a condition.
pub(crate) fn invokers(policy: &Policy) -> BTreeSet<String> {
    policy_members::members(policy, INVOKER)
}

/// The policy in which the first principals may call the service, and the second ones may not, or
/// `None` if it is like that.
pub(crate) fn with_invokers(
    policy: Policy,
    add: &BTreeSet<String>,
    remove: &BTreeSet<String>,
) -> Option<Policy> {
    policy_members::with_members(policy, INVOKER, add, remove)
}

/// Whether a binding lets its members call the service, without a condition.
fn is_for_callers(binding: &Binding) -> bool {
    binding.role == INVOKER && binding.condition.is_none()
}

fn names_everyone(binding: &Binding) -> bool {
    binding.members.iter().any(|member| member == EVERYONE)
}

#[cfg(test)]
mod tests {
    use google_cloud_iam_v1::model::Policy;

    use super::*;

    fn policy(bindings: &[(&str, &[&str])]) -> Policy {
        let bindings = bindings.iter().map(|(role, members)| {
            Binding::new().set_role(*role).set_members(members.iter().copied())
        });
        Policy::new().set_bindings(bindings).set_etag("e")
    }

    /// The bindings after a change, or `None` if nothing changes.
    fn changed(before: Policy, is_public: bool) -> Option<Vec<(String, Vec<String>)>> {
        let etag = before.etag.clone();
        let after = with_public(before, is_public)?;
        assert_eq!((after.etag, after.version), (etag, VERSION));
        let bindings = after.bindings.into_iter();
        Some(bindings.map(|binding| (binding.role, binding.members)).collect())
    }

    fn owned(bindings: &[(&str, &[&str])]) -> Vec<(String, Vec<String>)> {
        let members = |members: &[&str]| members.iter().map(|one| (*one).to_owned()).collect();
        bindings.iter().map(|(role, all)| ((*role).to_owned(), members(all))).collect()
    }

    #[test]
    fn everyone_is_added_and_removed_and_the_other_bindings_stay() {
        let admin: (&str, &[&str]) = ("roles/run.admin", &["user:a"]);
        let one: (&str, &[&str]) = (INVOKER, &["user:b"]);
        let both: (&str, &[&str]) = (INVOKER, &["user:b", EVERYONE]);
        let all: (&str, &[&str]) = (INVOKER, &[EVERYONE]);
        for (before, is_public, after) in [
            (vec![], true, Some(vec![all])),
            (vec![admin], true, Some(vec![admin, all])),
            (vec![admin, one], true, Some(vec![admin, both])),
            (vec![all], true, None),
            (vec![admin, both], false, Some(vec![admin, one])),
            (vec![admin, all], false, Some(vec![admin])),
            (vec![admin, one], false, None),
            (vec![], false, None),
        ] {
            let expected = after.map(|after| owned(&after));
            assert_eq!(changed(policy(&before), is_public), expected, "{before:?} {is_public}");
        }
    }

    #[test]
    fn invokers_come_and_go_and_the_bindings_of_others_stay() {
        let set = |members: &[&str]| members.iter().map(|one| (*one).to_owned()).collect();
        let admin: (&str, &[&str]) = ("roles/run.admin", &["user:a"]);
        let of = |members: &'static [&'static str]| (INVOKER, members);
        type Bindings = Vec<(&'static str, &'static [&'static str])>;
        type Members = &'static [&'static str];
        let cases: Vec<(Bindings, Members, Members, Option<Bindings>)> = vec![
            (vec![], &["user:x"], &[], Some(vec![of(&["user:x"])])),
            (
                vec![admin, of(&["user:b"])],
                &["user:x"],
                &[],
                Some(vec![admin, of(&["user:b", "user:x"])]),
            ),
            (vec![of(&["user:b", "user:x"])], &["user:x"], &[], None),
            (
                vec![admin, of(&["user:b", "user:x"])],
                &["user:y"],
                &["user:x"],
                Some(vec![admin, of(&["user:b", "user:y"])]),
            ),
            (vec![admin, of(&["user:x"])], &[], &["user:x"], Some(vec![admin])),
            (vec![of(&["user:x"])], &["user:y"], &["user:x"], Some(vec![of(&["user:y"])])),
            (vec![of(&["user:b"])], &[], &["user:x"], None),
        ];
        for (before, add, remove, after) in cases {
            let found = with_invokers(policy(&before), &set(add), &set(remove)).map(|policy| {
                assert_eq!(policy.version, VERSION);
                let bindings = policy.bindings.into_iter();
                bindings.map(|binding| (binding.role, binding.members)).collect::<Vec<_>>()
            });
            assert_eq!(found, after.map(|after| owned(&after)), "{before:?} {add:?} {remove:?}");
        }
        assert_eq!(invokers(&policy(&[admin, of(&["user:b"])])), set(&["user:b"]));
    }

    #[test]
    fn a_binding_with_a_condition_is_not_is_for_callers() {
        let mut conditional = policy(&[(INVOKER, &[EVERYONE])]);
        conditional.bindings[0].condition = Some(Default::default());
        assert_eq!(with_public(conditional.clone(), false), None);
        assert_eq!(with_public(conditional, true).unwrap().bindings.len(), 2);
    }
}
