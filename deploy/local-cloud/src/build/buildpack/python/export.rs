//! The requirements of a pyproject.toml, as one file that pip and uv install: what the project's own manager says they are.

use std::path::{Path, PathBuf};

use super::installer::{Installer, VENDOR_VARIABLE};
use super::interpreter::Interpreter;
use super::project::{Manager, PYPROJECT, Pyproject};
use crate::build::buildpack::host::ask;
use crate::build::buildpack::{BuildError, Tools, Workspace};
use crate::build::work::{Command, Exited, run_command};

/// Poetry, and the plugin that writes requirements.
const POETRY: [&str; 2] = ["poetry>=2.0,<3", "poetry-plugin-export>=1.9,<2"];

/// uv, when this machine has none.
const UV: [&str; 1] = ["uv>=0.5"];

/// Writes the requirements of a project into the file.
///
/// # Errors
/// [`BuildError::User`] when the manager refuses the project, or cannot be had.
pub(super) async fn requirements(
    project: &Pyproject,
    interpreter: &Interpreter,
    workspace: &Workspace,
    tools: &Tools,
    file: &Path,
) -> Result<(), BuildError> {
    let exporting = Exporting { project, interpreter, workspace, tools };
    let text = match project.manager {
        Manager::Pip => project.declared(),
        Manager::Uv => exporting.with_uv().await?,
        Manager::Poetry => exporting.with_poetry().await?,
    };
    std::fs::write(file, text).map_err(BuildError::host("write the project's requirements"))
}

struct Exporting<'a> {
    project: &'a Pyproject,
    interpreter: &'a Interpreter,
    workspace: &'a Workspace,
    tools: &'a Tools,
}

impl Exporting<'_> {
    async fn with_uv(&self) -> Result<String, BuildError> {
        let uv = self.uv().await?;
        let command = || uv.clone().env("UV_PYTHON", &self.interpreter.executable).env("UV_PYTHON_DOWNLOADS", "never");
        self.ensure_lock(command().args(["lock"])).await?;
        let command = command().args(["export", "--quiet", "--frozen", "--no-emit-project", "--no-editable", "--no-header"]);
        // A package from the source has no digest, and with digests pip wants one for everything.
        let command = if self.project.uses_source() { command.args(["--no-hashes"]) } else { command };
        self.output("uv export", &command).await
    }

    async fn with_poetry(&self) -> Result<String, BuildError> {
        let home = self.fetched("poetry", &POETRY).await?;
        let command = || {
            let command = self.interpreter.command(self.workspace.root()).args(["-m", "poetry", "--no-interaction", "--no-ansi"]);
            // No virtual environment is wanted: nothing is installed here.
            command.env("PYTHONPATH", &home.display().to_string()).env("POETRY_VIRTUALENVS_CREATE", "false")
        };
        self.ensure_lock(command().args(["lock"])).await?;
        let command = command().args(["export", "--only", "main", "--format", "requirements.txt"]);
        let command = if self.project.uses_source() { command.args(["--without-hashes"]) } else { command };
        self.output("poetry export", &command).await
    }

    /// Writes the lock file when there is none, as Google's buildpacks do.
    async fn ensure_lock(&self, command: Command) -> Result<(), BuildError> {
        let Some(lock) = self.project.manager.lock_file().filter(|lock| !self.workspace.has(lock)) else { return Ok(()) };
        self.tools.log.line(format!("{lock} not found, generating it from {PYPROJECT}."));
        let vendored = self.workspace.variable(VENDOR_VARIABLE).filter(|_| self.project.manager == Manager::Uv);
        let command = match vendored {
            Some(directory) => command.args(["--no-index", "--find-links", directory]),
            None => command,
        };
        let exited = run_command(&command, self.tools.guard.as_deref(), &self.tools.log).await;
        let exited = exited.map_err(BuildError::host("run the package manager"))?;
        succeeded(&format!("generating {lock}"), exited).map(drop)
    }

    async fn output(&self, what: &str, command: &Command) -> Result<String, BuildError> {
        let exited = ask(command, self.tools).await.map_err(BuildError::host("run the package manager"))?;
        let exited = exited.ok_or_else(|| BuildError::User(format!("{what}: the program is gone")))?;
        succeeded(what, exited)
    }

    /// This machine's uv, or a fetched one.
    async fn uv(&self) -> Result<Command, BuildError> {
        let here = Command::new("uv", self.workspace.root(), &self.interpreter.environment);
        let version = ask(&here.clone().args(["--version"]), self.tools).await.map_err(BuildError::host("run uv"))?;
        if version.is_some_and(|exited| exited.status.success()) {
            return Ok(here);
        }
        let program = self.fetched("uv", &UV).await?.join("bin/uv");
        Ok(Command::new(program, self.workspace.root(), &self.interpreter.environment))
    }

    /// Where a tool is that was installed from the package index, once for each version of Python.
    async fn fetched(&self, tool: &str, requirements: &[&str]) -> Result<PathBuf, BuildError> {
        let name = format!("{tool}-{}", self.interpreter.tag);
        let _reserved = self.tools.cache.reserve(&name).await;
        let home = self.tools.cache.dir().join("tools").join(&name);
        if home.is_dir() {
            return Ok(home);
        }
        self.tools.log.line(format!("Installing {tool}, which this source needs."));
        let file = self.tools.scratch.join(format!("{tool}.txt"));
        std::fs::write(&file, requirements.join("\n")).map_err(BuildError::host("write a tool's requirements"))?;
        let target = self.tools.scratch.join(&name);
        let installer = Installer::find(self.interpreter, self.workspace, self.tools).await?;
        installer.install_tool(self.interpreter, self.tools, &file, &target).await?;
        let kept = home.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::rename(&target, &home));
        kept.map_err(BuildError::host("keep a tool"))?;
        Ok(home)
    }
}

fn succeeded(what: &str, exited: Exited) -> Result<String, BuildError> {
    if exited.status.success() {
        return Ok(exited.stdout);
    }
    let said = if exited.stderr.trim().is_empty() { exited.stdout } else { exited.stderr };
    Err(BuildError::User(format!("{what} failed: {}", said.trim())))
}
