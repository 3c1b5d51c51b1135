//! The package manager that a build requests.

use crate::buildpack::contract::{BuildError, Workspace};

/// Chooses between pip and uv, as in Google's buildpacks.
pub(super) const MANAGER_VARIABLE: &str = "GOOGLE_PYTHON_PACKAGE_MANAGER";

/// The manager that the build requests; empty if it requests none.
///
/// # Errors
/// [`BuildError::User`] for a manager other than pip and uv.
pub(super) fn requested_manager(workspace: &Workspace) -> Result<&str, BuildError> {
    match workspace.variable(MANAGER_VARIABLE) {
        None => Ok(""),
        Some(manager @ ("pip" | "uv")) => Ok(manager),
        Some(other) => Err(BuildError::User(format!(
            "{MANAGER_VARIABLE} is `{other}`; the local cloud supports pip and uv"
        ))),
    }
}
