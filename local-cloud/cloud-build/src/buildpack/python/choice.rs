//! The choice between pip and uv.

use super::installer::Installer;
use super::interpreter::{Interpreter, MANAGER_VARIABLE};
use super::tool;
use crate::buildpack::contract::{BuildError, Tools, Workspace};

/// The manager that the build requests; empty if it requests none.
///
/// # Errors
/// [`BuildError::User`] for a manager other than pip and uv.
pub(super) fn requested(workspace: &Workspace) -> Result<&str, BuildError> {
    match workspace.variable(MANAGER_VARIABLE) {
        None => Ok(""),
        Some(manager @ ("pip" | "uv")) => Ok(manager),
        Some(other) => Err(BuildError::User(format!(
            "{MANAGER_VARIABLE} is `{other}`; the local cloud supports pip and uv"
        ))),
    }
}

/// uv if the build requests it; otherwise pip, so that its configuration on this machine applies;
/// otherwise an installed uv; otherwise a downloaded pip, because Debian's python3 comes without
/// one.
///
/// # Errors
/// [`BuildError::User`] if neither is available.
pub(super) async fn installer(
    interpreter: &Interpreter,
    workspace: &Workspace,
    tools: &Tools,
) -> Result<Installer, BuildError> {
    let requested = requested(workspace)?;
    if requested == "uv" {
        return tool::uv(interpreter, workspace, tools).await.map(Installer::Uv);
    }
    let (pip, uv) = (Installer::own_pip(), Installer::Uv("uv".into()));
    if !pip.works(interpreter, tools).await
        && requested != "pip"
        && uv.works(interpreter, tools).await
    {
        return Ok(uv);
    }
    Installer::pip(interpreter, tools).await
}
