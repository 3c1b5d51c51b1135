//! The roles on a project that a trigger needs beside the invoker's on the service. Pure.
//!
//! <https://cloud.google.com/eventarc/docs/run/roles-permissions>,
//! <https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions>

use std::collections::BTreeSet;

use longshore_cloud::{Agent, Binding, ProjectRole};
use longshore_messages::Member;

use super::{Change, events};

const EVENT_RECEIVER: &str = "roles/eventarc.eventReceiver";
const PUBLISHER: &str = "roles/pubsub.publisher";
const TOKEN_CREATOR: &str = "roles/iam.serviceAccountTokenCreator";

/// Roles of a service agent that make another role unnecessary. Pub/Sub's agent has the first one in
/// projects that are younger than April 2021.
const CREATES_TOKENS: [&str; 3] =
    ["roles/pubsub.serviceAgent", "roles/iam.serviceAccountOpenIdTokenCreator", TOKEN_CREATOR];
const PUBLISHES: [&str; 3] = ["roles/pubsub.editor", "roles/pubsub.admin", PUBLISHER];

/// A role that something needs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    /// The account of a trigger receives events.
    Receives { account: String },
    /// Cloud Storage publishes what happens to objects.
    Publishes,
    /// Pub/Sub calls services with identity tokens.
    CreatesTokens,
}

/// What changes need. A trigger that stays as it is has been delivering.
pub(crate) fn needs(changes: &[Change]) -> BTreeSet<Need> {
    let mut needs = BTreeSet::new();
    for change in changes.iter().filter(|change| !change.is_deletion()) {
        match change {
            Change::Event(step) => {
                let route = step.shape();
                needs.insert(Need::Receives { account: route.account.clone() });
                if events::bucket(route).is_some() {
                    needs.insert(Need::Publishes);
                }
                needs.insert(Need::CreatesTokens);
            }
            Change::Topic(_) => drop(needs.insert(Need::CreatesTokens)),
            // Their APIs make tokens themselves.
            Change::Schedule(_) | Change::Queue(_) => {}
        }
    }
    needs
}

/// The roles that the policy of the project lacks. What a folder or an organization grants is not in
/// it.
pub(crate) fn missing(
    needs: &BTreeSet<Need>,
    policy: &[Binding],
    project_number: u64,
) -> Vec<ProjectRole> {
    let missing = needs.iter().filter_map(|need| {
        let (role, member, sufficient): (_, _, &[&str]) = match need {
            Need::Receives { account } => {
                let member = Member::service_account(account).to_string();
                (EVENT_RECEIVER, member, &[EVENT_RECEIVER])
            }
            Need::Publishes => (PUBLISHER, Agent::Storage.member(project_number), &PUBLISHES),
            Need::CreatesTokens => {
                (TOKEN_CREATOR, Agent::PubSub.member(project_number), &CREATES_TOKENS)
            }
        };
        let has_role = policy.iter().any(|binding| {
            sufficient.contains(&binding.role.as_str()) && binding.members.contains(&member)
        });
        (!has_role).then_some(ProjectRole { role, member })
    });
    missing.collect()
}

#[cfg(test)]
mod tests;
