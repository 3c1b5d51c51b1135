//! Installation of packages with pip or uv.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::bootstrap;
use super::interpreter::Interpreter;
use super::pyproject::OwnPackage;
use crate::buildpack::contract::{BuildError, Tools, Workspace};
use crate::chain::chain;
use crate::process::{Command, Exited};

/// A directory of the source that contains all packages. If it is set, nothing is downloaded from
/// an index.
pub(super) const VENDOR_VARIABLE: &str = "GOOGLE_VENDOR_PIP_DEPENDENCIES";

/// A program that installs packages.
#[derive(Clone, Debug)]
pub(super) enum Installer {
    /// Arguments with which the interpreter runs pip.
    Pip(Vec<OsString>),
    /// Path of uv.
    Uv(PathBuf),
}

impl Installer {
    /// This machine's pip, or a downloaded one.
    ///
    /// # Errors
    /// [`BuildError::User`] if it cannot be downloaded.
    pub(super) async fn pip(interpreter: &Interpreter, tools: &Tools) -> Result<Self, BuildError> {
        let pip = Self::own_pip();
        if pip.works(interpreter, tools).await {
            return Ok(pip);
        }
        tools.log.line("python3 on this machine has no pip: downloading one");
        let wheel =
            bootstrap::pip_wheel(tools.shared_cache.dir(), interpreter).await.map_err(|error| {
                BuildError::User(format!(
                    "python3 on this machine has no pip, and the download of one failed: {}",
                    chain(&error)
                ))
            })?;
        let own = tools.inputs().join("pip.whl");
        std::fs::copy(wheel, &own).map_err(BuildError::host("copy pip"))?;
        Ok(Self::Pip(vec![own.join("pip").into_os_string()]))
    }

    pub(super) fn own_pip() -> Self {
        Self::Pip(vec!["-m".into(), "pip".into()])
    }

    pub(super) async fn works(&self, interpreter: &Interpreter, tools: &Tools) -> bool {
        let command = self.command(interpreter, tools.scratch()).args(["--version"]);
        tools.run_quietly(&command).await.is_ok_and(|exited| exited.status.success())
    }

    fn command(&self, interpreter: &Interpreter, directory: &Path) -> Command {
        match self {
            Self::Pip(arguments) => interpreter.command(directory).args(arguments),
            Self::Uv(program) => Command::new(program, directory, &interpreter.environment),
        }
    }

    /// Installs a requirements file into a directory. `source`: the directory to which its paths
    /// are relative.
    ///
    /// # Errors
    /// [`BuildError::User`] with the output of the manager if it fails.
    pub(super) async fn install(
        &self,
        interpreter: &Interpreter,
        workspace: &Workspace,
        tools: &Tools,
        Requirements { file: requirements, source }: Requirements<'_>,
        target: &Path,
    ) -> Result<(), BuildError> {
        let mut command = self.installation(interpreter, source, requirements, target);
        if let Some(vendored) = workspace.variable(VENDOR_VARIABLE) {
            command = command.args(["--no-index", "--find-links", vendored]);
        }
        self.run(&command, tools, &name_of(requirements)).await
    }

    /// Installs the package that the source itself is, without its dependencies.
    ///
    /// # Errors
    /// As [`Installer::install`].
    pub(super) async fn install_own(
        &self,
        interpreter: &Interpreter,
        workspace: &Workspace,
        tools: &Tools,
        package: OwnPackage,
        target: &Path,
    ) -> Result<(), BuildError> {
        let command = self.installing_to(interpreter, workspace.root(), target).args(["--no-deps"]);
        let mut command = match package {
            OwnPackage::Copied => command.args(["."]),
            OwnPackage::Editable => command.args(["--editable", "."]),
        };
        if let Some(vendored) = workspace.variable(VENDOR_VARIABLE) {
            command = command.args(["--no-index", "--find-links", vendored]);
        }
        self.run(&command, tools, "the package in pyproject.toml").await
    }

    /// Installs a tool that a build needs and that is not part of an image.
    ///
    /// # Errors
    /// Like [`Installer::install`].
    pub(super) async fn install_tool(
        &self,
        interpreter: &Interpreter,
        tools: &Tools,
        requirements: &Path,
        target: &Path,
    ) -> Result<(), BuildError> {
        self.run(
            &self.installation(interpreter, tools.scratch(), requirements, target),
            tools,
            &name_of(requirements),
        )
        .await
    }

    fn installation(
        &self,
        interpreter: &Interpreter,
        directory: &Path,
        requirements: &Path,
        target: &Path,
    ) -> Command {
        let command = self.installing_to(interpreter, directory, target);
        command.args([OsString::from("--requirement"), requirements.into()])
    }

    fn installing_to(&self, interpreter: &Interpreter, directory: &Path, target: &Path) -> Command {
        let command = self.command(interpreter, directory);
        let command = match self {
            Self::Pip(_) => command.args([
                "install",
                "--no-compile",
                "--no-warn-script-location",
                "--no-warn-conflicts",
            ]),
            Self::Uv(_) => command.args([
                "pip",
                "install",
                "--no-progress",
                "--python",
                &interpreter.executable,
            ]),
        };
        command.args([OsString::from("--target"), target.into()])
    }

    async fn run(&self, command: &Command, tools: &Tools, what: &str) -> Result<(), BuildError> {
        let exited = tools.run(command).await;
        let exited = exited.map_err(BuildError::host("run the package manager"))?;
        if exited.status.success() {
            return Ok(());
        }
        Err(BuildError::User(format!("failed to install {what}: {}", error_output(&exited))))
    }
}

/// A requirements file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Requirements<'a> {
    pub(super) file: &'a Path,
    /// The directory to which its paths are relative.
    pub(super) source: &'a Path,
}

fn name_of(requirements: &Path) -> String {
    requirements.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The output of `pip check` for the packages on this `PYTHONPATH`; `None` if this Python has no
/// pip.
///
/// # Errors
/// If Python cannot be started.
pub(super) async fn check(
    python: &Path,
    interpreter: &Interpreter,
    tools: &Tools,
    python_path: &str,
) -> io::Result<Option<String>> {
    let pip = || {
        Command::new(python, tools.scratch(), &interpreter.environment)
            .args(["-m", "pip"])
            .env("PYTHONPATH", python_path)
    };
    if !tools.run_quietly(&pip().args(["--version"])).await?.status.success() {
        return Ok(None);
    }
    let exited = tools.run_quietly(&pip().args(["check"])).await?;
    Ok(Some(exited.stdout))
}

/// The output of a failed program, preferably its errors. pip does not say which index it could not
/// read, and why, but only which ones it has looked at.
fn error_output(exited: &Exited) -> String {
    let text = if exited.stderr.trim().is_empty() { &exited.stdout } else { &exited.stderr };
    let text = text.trim();
    let indexes = exited.stdout.lines().find(|line| line.starts_with("Looking in indexes: "));
    match indexes.filter(|_| text.contains("from versions: none")) {
        Some(indexes) => format!("{text}\n{indexes}"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::ExitStatus;

    use super::*;

    #[test]
    fn the_indexes_that_have_no_version_are_named() {
        let said = |stdout: &str, stderr: &str| {
            let status = ExitStatus::from_raw(256);
            error_output(&Exited { status, stdout: stdout.to_owned(), stderr: stderr.to_owned() })
        };
        let indexes = "Looking in indexes: https://europe-python.pkg.dev/p/r/simple/";
        let none = "ERROR: Could not find a version (from versions: none)";
        assert_eq!(said(&format!("{indexes}\n"), none), format!("{none}\n{indexes}"));
        assert_eq!(said(&format!("{indexes}\n"), "ERROR: other\n"), "ERROR: other");
        assert_eq!(said("only\n", ""), "only");
    }
}
