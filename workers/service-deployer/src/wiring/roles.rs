//! Gives the roles on the project that new and changed triggers need, where the fleet may.

use longshore_cloud::{CloudError, Kind};
use longshore_messages::FunctionRef;
use longshore_runner::telemetry::chain;

use crate::stage::ServiceDeployer;
use crate::triggers::Change;
use crate::triggers::roles::{missing, needs};

impl ServiceDeployer {
    /// Whether a role was given. Roles are never taken back: other triggers may need them.
    ///
    /// The fleet needs no permission for this. A role that it may not give is logged with the command
    /// that gives it, and what is refused without the role says so itself.
    ///
    /// # Errors
    /// A service agent that does not exist yet, and transient errors, with the roles.
    pub(super) async fn grant_roles(
        &self,
        at: &FunctionRef,
        changes: &[Change],
    ) -> Result<bool, (String, CloudError)> {
        let needs = needs(changes);
        if needs.is_empty() || !self.grants_roles {
            return Ok(false);
        }
        let (project, name) = (&at.project, format!("projects/{}", at.project));
        let known = async {
            let number = self.keys.project_number(project).await?;
            Ok((self.keys.policy(&name).await?, number))
        };
        let (policy, number) = match known.await {
            Ok(known) => known,
            Err(error) => return unless_transient(name, error, "cannot read who has roles"),
        };
        let missing = missing(&needs, &policy, number);
        if missing.is_empty() {
            return Ok(false);
        }
        match self.project_roles.grant(project, &missing).await {
            Ok(()) => {
                let roles: Vec<_> = missing.iter().map(ToString::to_string).collect();
                tracing::info!(project, roles = roles.join(", "), "gave roles on the project");
                Ok(true)
            }
            Err(error) => {
                let roles: Vec<_> = missing.iter().map(ToString::to_string).collect();
                let commands: Vec<_> = missing.iter().map(|role| role.command(project)).collect();
                let advice = commands.join("; ");
                if error.kind == Kind::InvalidArgument {
                    return Err((roles.join(", "), error));
                }
                tracing::warn!(project, advice, "events may not arrive without roles");
                unless_transient(roles.join(", "), error, "cannot give roles on the project")
            }
        }
    }
}

/// A transient error is one, and any other is only logged.
fn unless_transient(
    what: String,
    error: CloudError,
    words: &'static str,
) -> Result<bool, (String, CloudError)> {
    // Others kept changing the policy.
    if error.kind.is_transient() || error.kind == Kind::PreconditionFailed {
        return Err((what, error));
    }
    tracing::info!(error = chain(&error), "{words}");
    Ok(false)
}
