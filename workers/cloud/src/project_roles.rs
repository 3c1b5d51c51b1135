//! Roles on projects, which the fleet gives to accounts and service agents.

use std::fmt::{self, Display, Formatter};

use async_trait::async_trait;

use crate::CloudError;

/// A role of a principal on a project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProjectRole {
    /// Such as `roles/pubsub.publisher`.
    pub role: &'static str,
    /// As IAM names it, such as `serviceAccount:EMAIL`.
    pub member: String,
}

impl ProjectRole {
    /// The command that grants it.
    #[must_use]
    pub fn command(&self, project: &str) -> String {
        let Self { role, member } = self;
        format!("gcloud projects add-iam-policy-binding {project} --member {member} --role {role}")
    }
}

impl Display for ProjectRole {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.role, self.member)
    }
}

/// Gives roles.
#[async_trait]
pub trait ProjectRoles: Send + Sync {
    /// Adds roles to the policy of a project, which is given by its id, and changes nothing else of
    /// it. A role that the principal has without a condition is not written.
    ///
    /// `InvalidArgument` if a principal does not exist, such as a service agent before the first use
    /// of its API. Takes `resourcemanager.projects.getIamPolicy` and `.setIamPolicy`.
    async fn grant(&self, project: &str, roles: &[ProjectRole]) -> Result<(), CloudError>;
}
