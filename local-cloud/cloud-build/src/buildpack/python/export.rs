//! Exports the requirements of a pyproject.toml, as determined by the project's manager, into one
//! file that pip and uv can install.

use std::path::Path;

use super::installer::VENDOR_VARIABLE;
use super::interpreter::Interpreter;
use super::pyproject::{Manager, PYPROJECT, Pyproject};
use super::{specifier, tool};
use crate::buildpack::contract::{BuildError, Tools, Workspace};
use crate::buildpack::host::ask;
use crate::buildpack::runtime::RequestedVersion;
use crate::process::{Command, Exited};

/// Writes the requirements of a project to the file.
///
/// # Errors
/// [`BuildError::User`] if the manager rejects the project, or is not available.
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
    std::fs::write(file, without_partial_hashes(&text))
        .map_err(BuildError::host("write the project's requirements"))
}

struct Exporting<'a> {
    project: &'a Pyproject,
    interpreter: &'a Interpreter,
    workspace: &'a Workspace,
    tools: &'a Tools,
}

impl Exporting<'_> {
    async fn with_uv(&self) -> Result<String, BuildError> {
        let uv = tool::uv(self.interpreter, self.workspace, self.tools).await?;
        let uv = Command::new(uv, self.workspace.root(), &self.interpreter.environment);
        let command = || {
            uv.clone()
                .env("UV_PYTHON", &self.interpreter.executable)
                .env("UV_PYTHON_DOWNLOADS", "never")
        };
        self.ensure_lock(command().args(["lock"])).await?;
        let command = command().args([
            "export",
            "--quiet",
            "--frozen",
            "--no-emit-project",
            "--no-editable",
            "--no-header",
        ]);
        self.output("uv export", &command).await
    }

    async fn with_poetry(&self) -> Result<String, BuildError> {
        self.check_python()?;
        let home = tool::poetry(self.interpreter, self.workspace, self.tools).await?;
        let command = || {
            let command = self.interpreter.command(self.workspace.root()).args([
                "-m",
                "poetry",
                "--no-interaction",
                "--no-ansi",
            ]);
            // No virtual environment is needed, because nothing is installed here.
            command
                .env("PYTHONPATH", &home.display().to_string())
                .env("POETRY_VIRTUALENVS_CREATE", "false")
        };
        self.ensure_lock(command().args(["lock"])).await?;
        let command = command().args(["export", "--only", "main", "--format", "requirements.txt"]);
        self.output("poetry export", &command).await
    }

    /// Rejects a version of Python as `poetry install` does. What is exported has a condition for
    /// each package instead, so that nothing would be installed.
    fn check_python(&self) -> Result<(), BuildError> {
        let have = &self.interpreter.version;
        let supported = self.project.supported_python();
        match supported.filter(|supported| !specifier::satisfies(&supported.version, have)) {
            None => Ok(()),
            Some(RequestedVersion { origin, version }) => Err(BuildError::User(format!(
                "Current Python version ({have}) is not allowed by the project ({version}).\nThis machine has Python \
                 {have}: install a version that the project supports, or change {origin}"
            ))),
        }
    }

    /// Generates the lock file if it is missing, as Google's buildpacks do.
    async fn ensure_lock(&self, command: Command) -> Result<(), BuildError> {
        let Some(lock) = self.project.manager.lock_file().filter(|lock| !self.workspace.has(lock))
        else {
            return Ok(());
        };
        self.tools.log.line(format!("{lock} not found, generating it from {PYPROJECT}."));
        let vendored = self
            .workspace
            .variable(VENDOR_VARIABLE)
            .filter(|_| self.project.manager == Manager::Uv);
        let command = match vendored {
            Some(directory) => command.args(["--no-index", "--find-links", directory]),
            None => command,
        };
        let exited = self.tools.run(&command).await;
        let exited = exited.map_err(BuildError::host("run the package manager"))?;
        succeeded(&format!("generating {lock}"), exited).map(drop)
    }

    async fn output(&self, what: &str, command: &Command) -> Result<String, BuildError> {
        let exited =
            ask(command, self.tools).await.map_err(BuildError::host("run the package manager"))?;
        let exited = exited.ok_or_else(|| {
            BuildError::User(format!("{what}: the program does not exist any more"))
        })?;
        succeeded(what, exited)
    }
}

/// Without hashes if a package has none, such as one of the source or of a Git repository: if there
/// are hashes, pip requires one for every package.
fn without_partial_hashes(text: &str) -> String {
    let joined = text.replace("\\\n", " ");
    let is_package = |line: &&str| {
        let line = line.trim_start();
        !line.is_empty() && !line.starts_with('#') && !line.starts_with("--")
    };
    if joined.lines().filter(is_package).all(|line| line.contains("--hash=")) {
        return text.to_owned();
    }
    let without = joined.lines().map(|line| line.split(" --hash=").next().unwrap_or_default());
    without.map(|line| format!("{}\n", line.trim_end())).collect()
}

fn succeeded(what: &str, exited: Exited) -> Result<String, BuildError> {
    if exited.status.success() {
        return Ok(exited.stdout);
    }
    let output = if exited.stderr.trim().is_empty() { exited.stdout } else { exited.stderr };
    Err(BuildError::User(format!("{what} failed: {}", without_progress(&output).trim())))
}

/// What the package managers say before an error about what they do.
const PROGRESS: [&str; 5] = [
    "Using CPython ",
    "Creating virtual",
    "Installing dependencies from lock file",
    "Resolving dependencies",
    "Updating dependencies",
];

fn without_progress(output: &str) -> String {
    let is_progress = |line: &&str| PROGRESS.iter().any(|start| line.starts_with(start));
    let lines: Vec<&str> = output.lines().filter(|line| !is_progress(line)).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_begins_with_its_reason() {
        let error =
            "error: No solution found when resolving dependencies\n  cause: no itsdangerous==99.0";
        let uv = format!("Using CPython 3.11.7 interpreter at: /usr/bin/python3\n{error}\n");
        assert_eq!(without_progress(&uv), error);
    }

    #[test]
    fn hashes_are_kept_only_if_every_package_has_one() {
        let hashed = "flask==3 ; python_version >= '3' \\\n    --hash=sha256:a \\\n    --hash=sha256:b\n    # via x\n";
        let options = "--index-url https://example.com/simple\n";
        for other in ["", "jinja2==3 \\\n    --hash=sha256:c\n", options] {
            let text = format!("{hashed}{other}");
            assert_eq!(without_partial_hashes(&text), text);
        }
        for other in ["./libs/x\n", "-e file:///b/x\n", "x @ git+https://example.com/x@abc\n"] {
            let text = without_partial_hashes(&format!("{hashed}{options}{other}"));
            let expected =
                format!("flask==3 ; python_version >= '3'\n    # via x\n{options}{other}");
            assert_eq!(text, expected);
        }
    }
}
