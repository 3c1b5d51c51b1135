//! The IAM policies of projects, by id.

use std::collections::{BTreeMap, BTreeSet};

use longshore_local_kit::durable;
use longshore_local_kit::state::Scope;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The etag of a policy that was never set, as at Google.
const UNSET_ETAG: &str = "ACAB";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Policy {
    pub(crate) version: i32,
    /// `google.iam.v1.Binding`s, as the caller set them.
    pub(crate) bindings: Vec<Value>,
    /// Base64, because the field is bytes.
    pub(crate) etag: String,
}

impl Default for Policy {
    fn default() -> Self {
        Self { version: 1, bindings: Vec::new(), etag: UNSET_ETAG.to_owned() }
    }
}

impl Policy {
    pub(crate) fn wire(&self) -> Value {
        json!({"version": self.version, "etag": self.etag, "bindings": self.bindings})
    }

    /// The members of the bindings of these roles that have no condition.
    pub(crate) fn members_with(&self, roles: &[&str]) -> BTreeSet<String> {
        let bindings = self.bindings.iter().filter(|binding| {
            let role = binding["role"].as_str();
            role.is_some_and(|role| roles.contains(&role)) && binding["condition"].is_null()
        });
        let members = bindings.filter_map(|binding| binding["members"].as_array()).flatten();
        members.filter_map(|member| Some(member.as_str()?.to_owned())).collect()
    }
}

/// The caller read another policy than the present one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "There were concurrent policy changes. Please retry the whole read-modify-write with \
     exponential backoff."
)]
pub(crate) struct StaleEtag;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Event {
    PolicySet { project: String, policy: Policy },
    Reset(Scope),
}

#[derive(Debug, Default)]
pub(crate) struct Policies(BTreeMap<String, Policy>);

impl Policies {
    /// The policy of a project. The default one if none was set.
    pub(crate) fn policy(&self, project: &str) -> Policy {
        self.0.get(project).cloned().unwrap_or_default()
    }

    /// Replaces the policy of a project, and returns it with its new etag.
    ///
    /// # Errors
    /// [`StaleEtag`].
    pub(crate) fn set(
        &self,
        project: &str,
        given: Policy,
        new_etag: String,
    ) -> Result<(Policy, Vec<Event>), StaleEtag> {
        if !given.etag.is_empty() && given.etag != self.policy(project).etag {
            return Err(StaleEtag);
        }
        let policy = Policy { etag: new_etag, ..given };
        let event = Event::PolicySet { project: project.to_owned(), policy: policy.clone() };
        Ok((policy, vec![event]))
    }
}

impl durable::Core for Policies {
    type Event = Event;

    fn apply(&mut self, event: Event) {
        match event {
            Event::PolicySet { project, policy } => drop(self.0.insert(project, policy)),
            Event::Reset(scope) => self.0.retain(|project, _| !scope.has_project(project)),
        }
    }

    fn snapshot(&self) -> Vec<Event> {
        let policies = self.0.iter();
        policies
            .map(|(project, policy)| Event::PolicySet {
                project: project.clone(),
                policy: policy.clone(),
            })
            .collect()
    }
}
