//! Keys of Cloud KMS, as far as the fleet looks at them: who may use them. The fleet uses no key
//! itself. Google's services do, as their service agents.

use async_trait::async_trait;

use crate::{Binding, CloudError};

/// Who may use keys.
#[async_trait]
pub trait Keys: Send + Sync {
    /// Returns the number of a project that is named by its id. The accounts of its service agents
    /// are named after it.
    ///
    /// Takes `resourcemanager.projects.get`, and one call for each project and process.
    async fn project_number(&self, project: &str) -> Result<u64, CloudError>;

    /// Returns the IAM policy of a key, of a key ring or of a project, by its full name. What is
    /// inherited is not part of it. A binding with a condition has `_withcond_` in its role.
    ///
    /// Takes the permission `getIamPolicy` on the resource.
    async fn policy(&self, resource: &str) -> Result<Vec<Binding>, CloudError>;
}
