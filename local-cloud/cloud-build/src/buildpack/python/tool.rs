//! Tools that a source needs and this machine may lack. They are installed from the package index,
//! once for each version of Python.

use std::path::PathBuf;

use super::installer::Installer;
use super::interpreter::Interpreter;
use crate::buildpack::contract::{BuildError, Tools, Workspace};
use crate::buildpack::host::ask;
use crate::process::Command;

/// uv, for machines without it.
const UV: [&str; 1] = ["uv>=0.5"];

/// Poetry, and its plugin that exports requirements.
const POETRY: [&str; 2] = ["poetry>=2.0,<3", "poetry-plugin-export>=1.9,<2"];

/// Path of this machine's uv, or of a downloaded one.
///
/// # Errors
/// [`BuildError::User`] if it cannot be installed.
pub(super) async fn uv(
    interpreter: &Interpreter,
    workspace: &Workspace,
    tools: &Tools,
) -> Result<PathBuf, BuildError> {
    let here = PathBuf::from("uv");
    let command =
        Command::new(&here, workspace.root(), &interpreter.environment).args(["--version"]);
    let version = ask(&command, tools).await.map_err(BuildError::host("run uv"))?;
    if version.is_some_and(|exited| exited.status.success()) {
        return Ok(here);
    }
    Ok(fetched("uv", &UV, interpreter, tools).await?.join("bin/uv"))
}

/// A directory for `PYTHONPATH` that contains Poetry as a module.
///
/// # Errors
/// [`BuildError::User`] if it cannot be installed.
pub(super) async fn poetry(
    interpreter: &Interpreter,
    tools: &Tools,
) -> Result<PathBuf, BuildError> {
    fetched("poetry", &POETRY, interpreter, tools).await
}

async fn fetched(
    tool: &str,
    requirements: &[&str],
    interpreter: &Interpreter,
    tools: &Tools,
) -> Result<PathBuf, BuildError> {
    let name = format!("{tool}-{}", interpreter.tag);
    let _reserved = tools.cache.reserve(&name).await;
    let home = tools.cache.dir().join("tools").join(&name);
    if home.is_dir() {
        return Ok(home);
    }
    tools.log.line(format!("Installing {tool}, which this source needs."));
    let file = tools.scratch.join(format!("{tool}.txt"));
    std::fs::write(&file, requirements.join("\n"))
        .map_err(BuildError::host("write a tool's requirements"))?;
    let target = tools.scratch.join(&name);
    Installer::pip(interpreter, tools)
        .await?
        .install_tool(interpreter, tools, &file, &target)
        .await?;
    let kept = home
        .parent()
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| std::fs::rename(&target, &home));
    kept.map_err(BuildError::host("store a tool"))?;
    Ok(home)
}
