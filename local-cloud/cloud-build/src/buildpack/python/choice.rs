//! The choice between pip and uv.

use super::installer::Installer;
use super::interpreter::Interpreter;
use super::requested_manager::requested_manager;
use super::tool;
use crate::buildpack::contract::{BuildError, Tools, Workspace};

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
    let requested = requested_manager(workspace)?;
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
