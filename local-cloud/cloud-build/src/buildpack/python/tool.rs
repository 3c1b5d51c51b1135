//! Tools that a source needs and this machine may lack. They are installed from the package index,
//! once for each version of Python.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;

use super::installer::Installer;
use super::interpreter::Interpreter;
use super::pyproject::required_version;
use super::specifier;
use crate::buildpack::contract::{BuildError, Tools, Workspace};
use crate::buildpack::host::ask;
use crate::image::{Layer, hex_digest, unpack_layer};
use crate::process::Command;

/// Part of every key. Increment it when the same inputs produce a different tool.
const KEY_VERSION: u32 = 1;

/// uv, for machines without it.
const UV: &str = ">=0.5";

/// Poetry, and its plugin that exports requirements.
const POETRY: &str = ">=2.0,<3";
const POETRY_EXPORT: &str = "poetry-plugin-export>=1.9,<2";

/// Path of this machine's uv, or of a downloaded one if this machine has none in the version that
/// the source requires.
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
    let required = required_version(workspace, "uv", "required-version");
    let asked = ask(&command, tools).await.map_err(BuildError::host("run uv"))?;
    let is_usable = asked.filter(|exited| exited.status.success()).is_some_and(|exited| {
        // `uv 0.9.3 (a1b2c3 2026-01-31)`
        let version = exited.stdout.split_whitespace().nth(1).unwrap_or_default();
        required.as_deref().is_none_or(|required| specifier::satisfies(required, version))
    });
    if is_usable {
        return Ok(here);
    }
    let requirement = format!("uv{}", required.as_deref().unwrap_or(UV));
    Ok(fetched("uv", &[&requirement], interpreter, tools).await?.join("bin/uv"))
}

/// A directory for `PYTHONPATH` that contains Poetry as a module.
///
/// # Errors
/// [`BuildError::User`] if it cannot be installed.
pub(super) async fn poetry(
    interpreter: &Interpreter,
    workspace: &Workspace,
    tools: &Tools,
) -> Result<PathBuf, BuildError> {
    let required = required_version(workspace, "poetry", "requires-poetry");
    let requirement = format!("poetry{}", required.as_deref().unwrap_or(POETRY));
    fetched("poetry", &[&requirement, POETRY_EXPORT], interpreter, tools).await
}

/// A directory with the tool. It is installed without the source, and kept as a layer that all
/// functions share.
async fn fetched(
    tool: &str,
    requirements: &[&str],
    interpreter: &Interpreter,
    tools: &Tools,
) -> Result<PathBuf, BuildError> {
    let shared = &tools.shared()?;
    let interpreter = &interpreter.without_source(shared).await?;
    let python = [&interpreter.executable, &interpreter.version, &interpreter.tag];
    let all = json!([KEY_VERSION, "tool", tool, requirements, python, interpreter.settings]);
    let key = hex_digest(all.to_string().as_bytes());
    let _reserved = shared.cache.reserve(&key).await;
    let layer = match shared.cache.get(&key).await {
        Some(cached) => cached.layer,
        None => install(tool, requirements, interpreter, shared, key).await?,
    };
    let root = tools.inputs().join("tools");
    let home = root.join(tool);
    let unpacking = tools.blocking.run(move || {
        std::fs::create_dir_all(&root)?;
        unpack_layer(&layer, &root)
    });
    unpacking.await.map_err(BuildError::host("unpack a tool"))?;
    Ok(home)
}

async fn install(
    tool: &str,
    requirements: &[&str],
    interpreter: &Interpreter,
    shared: &Tools,
    key: String,
) -> Result<Layer, BuildError> {
    shared.log.line(format!("Installing {tool}, which this source needs."));
    let file = shared.inputs().join(format!("{tool}.txt"));
    std::fs::write(&file, requirements.join("\n"))
        .map_err(BuildError::host("write a tool's requirements"))?;
    let target = shared.scratch().join(tool);
    Installer::pip(interpreter, shared)
        .await?
        .install_tool(interpreter, shared, &file, &target)
        .await?;
    let (cache, tool) = (Arc::clone(&shared.cache), tool.to_owned());
    let storing = shared
        .blocking
        .run(move || cache.put(&key, &target, &tool, BTreeMap::new(), "longshore.tool"));
    storing.await.map(|cached| cached.layer).map_err(BuildError::host("store a tool"))
}
