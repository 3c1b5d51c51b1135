//! The host's Python, which replaces a runtime layer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Deserialize;

use super::project::Project;
use super::requested_manager::MANAGER_VARIABLE;
use super::specifier;
use crate::buildpack::contract::{BuildError, Tools, Workspace};
use crate::buildpack::host::{Inheritance, ask, missing};
use crate::buildpack::runtime::{self, RequestedVersion};
use crate::confinement::RegistryFile;
use crate::process::Command;

/// Prints what a build needs to know. `sys.executable` is the interpreter itself even if `python3`
/// is a script of a version manager.
const PROBE: &str = include_str!("probe.py");

/// The environment of pip and uv, with the variables that say where packages come from, how to get
/// them and where to keep them, in which pip installs into the requested directory.
pub(super) const INHERITANCE: Inheritance<'_> = Inheritance {
    prefixes: &[
        "PIP_CACHE_DIR",
        "PIP_CERT",
        "PIP_CLIENT_CERT",
        "PIP_CONFIG_FILE",
        "PIP_DEFAULT_TIMEOUT",
        "PIP_EXTRA_INDEX_URL",
        "PIP_FIND_LINKS",
        "PIP_INDEX_URL",
        "PIP_KEYRING_PROVIDER",
        "PIP_NO_INDEX",
        "PIP_PROXY",
        "PIP_RETRIES",
        "PIP_TIMEOUT",
        "PIP_TRUSTED_HOST",
        "PIP_USE_FEATURE",
        "UV_CACHE_DIR",
        "UV_CONCURRENT_DOWNLOADS",
        "UV_CONFIG_FILE",
        "UV_CREDENTIALS_DIR",
        "UV_DEFAULT_INDEX",
        "UV_EXTRA_INDEX_URL",
        "UV_FIND_LINKS",
        "UV_HTTP_",
        "UV_INDEX",
        "UV_INSECURE_HOST",
        "UV_KEYRING_PROVIDER",
        "UV_LINK_MODE",
        "UV_NATIVE_TLS",
        "UV_NO_INDEX",
        "UV_SYSTEM_CERTS",
        "PYENV_",
    ],
    files: &[
        RegistryFile { path: ".config/pip/pip.conf", variables: &["PIP_CONFIG_FILE"] },
        RegistryFile { path: ".pip/pip.conf", variables: &[] },
        RegistryFile { path: ".config/uv/uv.toml", variables: &["UV_CONFIG_FILE"] },
        RegistryFile { path: ".config/pypoetry/config.toml", variables: &[] },
        RegistryFile { path: ".config/pypoetry/auth.toml", variables: &[] },
        RegistryFile { path: ".netrc", variables: &["NETRC"] },
    ],
    fixed: &[
        ("PYTHONNOUSERSITE", "1"),
        ("PYTHONUNBUFFERED", "1"),
        ("PIP_DISABLE_PIP_VERSION_CHECK", "1"),
        ("PIP_NO_INPUT", "1"),
        ("PIP_USER", "0"),
        ("PIP_REQUIRE_VIRTUALENV", "0"),
        ("PIP_PROGRESS_BAR", "off"),
        ("PIP_NO_COLOR", "1"),
        ("PIP_ROOT_USER_ACTION", "ignore"),
        // By default, uv trusts its own certificates; this makes it trust those of the system, as
        // pip does. The two names are the new one and the old one.
        ("UV_SYSTEM_CERTS", "1"),
        ("UV_NATIVE_TLS", "1"),
    ],
};

/// A Python on this machine.
#[derive(Clone, Debug)]
pub(super) struct Interpreter {
    /// Absolute path.
    pub(super) executable: String,
    /// Such as `3.11.7`.
    pub(super) version: String,
    /// Absolute path of the same Python outside of any virtual environment.
    pub(super) base: PathBuf,
    /// Files and directories of the packages that belong to the runtime: pip, setuptools and wheel.
    pub(super) packages: Vec<PathBuf>,
    /// Such as `cpython-311`; determines which compiled packages it can load.
    pub(super) tag: String,
    /// The environment of every process of this build.
    pub(super) environment: BTreeMap<String, String>,
    /// Variables of the build that also apply to packages that all functions share. They are part
    /// of the keys of those packages.
    pub(super) settings: BTreeMap<String, String>,
}

/// Whether the value of a variable names a file or a directory of the source, such as that of
/// `PIP_CONSTRAINT`.
pub(super) fn names_source(value: &str, workspace: &Workspace) -> bool {
    let is_inside = |word: &str| !word.starts_with('/') && workspace.root().join(word).exists();
    value.split_whitespace().any(is_inside)
}

/// Those that need the source do not apply where there is none.
fn settings(workspace: &Workspace) -> BTreeMap<String, String> {
    let applies = |name: &str, value: &str| {
        name == MANAGER_VARIABLE
            || (["PIP_", "UV_"].iter().any(|prefix| name.starts_with(prefix))
                && !names_source(value, workspace))
    };
    let variables = workspace.environment().iter().filter(|(name, value)| applies(name, value));
    variables.map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[derive(Deserialize)]
struct Probed {
    version: String,
    executable: String,
    base: PathBuf,
    tag: String,
    packages: Vec<PathBuf>,
    /// Files and directories that determine all this.
    searched: Vec<PathBuf>,
}

impl Probed {
    fn parse(answer: &str) -> Result<Self, BuildError> {
        serde_json::from_str(answer.trim()).map_err(|error| BuildError::Host {
            doing: "parse the output of python3",
            source: error.into(),
        })
    }
}

/// What this Python says about itself.
async fn answer(
    program: &str,
    directory: &Path,
    environment: &BTreeMap<String, String>,
    tools: &Tools,
) -> Result<String, BuildError> {
    let command = Command::new(program, directory, environment);
    // Isolated (-I): neither a `json.py` of the source nor a variable of the build answers.
    let command = command.args(["-I", "-c", PROBE]);
    let requested = ask(&command, tools).await.map_err(BuildError::host("run python3"))?;
    let exited =
        requested.ok_or_else(|| missing("python3", "install Python 3, or put it on the PATH"))?;
    if !exited.status.success() {
        return Err(BuildError::User(format!(
            "python3 on this machine does not work: {}",
            exited.stderr.trim()
        )));
    }
    Ok(exited.stdout)
}

impl Interpreter {
    /// The `python3` on the host's `PATH`.
    ///
    /// # Errors
    /// [`BuildError::User`] if it is missing, which only the user of the local cloud can change.
    pub(super) async fn find(workspace: &Workspace, tools: &Tools) -> Result<Self, BuildError> {
        let environment = INHERITANCE.environment(&tools.room, workspace.environment())?;
        let settings = settings(workspace);
        let answer = answer("python3", workspace.root(), &environment, tools).await?;
        let found = Self::of(Probed::parse(&answer)?, environment, settings);
        tools
            .log
            .line(format!("Using Python {} on this machine ({})", found.version, found.executable));
        Ok(found)
    }

    /// The same Python for packages that all functions share: examined again, where neither the
    /// source nor the variables of the build can answer for it.
    ///
    /// # Errors
    /// [`BuildError::User`] if it is not one of this machine.
    pub(super) async fn without_source(&self, shared: &Tools) -> Result<Self, BuildError> {
        let environment = INHERITANCE.environment(&shared.room, &self.settings)?;
        let settings = self.settings.clone();
        let (facts, question) = (&shared.confinement.facts, format!("python {}", self.executable));
        if let Some(answer) = facts.get(&question) {
            return Ok(Self::of(Probed::parse(&answer)?, environment, settings));
        }
        let asked = SystemTime::now();
        let answer = answer(&self.executable, shared.scratch(), &environment, shared).await?;
        let probed = Probed::parse(&answer)?;
        let files = probed.searched.iter().chain(&probed.packages).cloned();
        let programs = [PathBuf::from(&self.executable), probed.base.clone()];
        facts.record(question, answer, asked, files.chain(programs));
        Ok(Self::of(probed, environment, settings))
    }

    fn of(
        probed: Probed,
        environment: BTreeMap<String, String>,
        settings: BTreeMap<String, String>,
    ) -> Self {
        let Probed { version, executable, base, tag, packages, searched: _ } = probed;
        Self { executable, version, base, packages, tag, environment, settings }
    }

    /// A command that runs this Python.
    pub(super) fn command(&self, directory: &Path) -> Command {
        Command::new(&self.executable, directory, &self.environment)
    }

    /// Compiles a directory such that the result does not depend on when and where that happens;
    /// `root` is the path of the directory in the image.
    pub(super) fn compile(
        &self,
        directory: &Path,
        root: &str,
        working_directory: &Path,
    ) -> Command {
        let options =
            ["-m", "compileall", "-f", "-q", "--invalidation-mode", "unchecked-hash", "-d", root];
        let command = self.command(working_directory).args(options);
        let command = if directory == working_directory {
            command.args(["."])
        } else {
            command.args([directory])
        };
        // Sets of constants are written in the order of their hashes, which this fixes.
        command.env("PYTHONHASHSEED", "0")
    }

    /// Whether it has the option `-P`, which is new in Python 3.11.
    pub(super) fn has_safe_path(&self) -> bool {
        let mut numbers = self.version.split('.').map(|part| part.parse().unwrap_or(0_u32));
        (numbers.next(), numbers.next()) >= (Some(3), Some(11))
    }

    /// Warnings about requested versions that this machine does not have.
    ///
    /// # Errors
    /// If `.python-version` is empty, as in Google's buildpacks.
    pub(super) fn version_warnings(
        &self,
        workspace: &Workspace,
        project: &Project,
    ) -> Result<Vec<String>, BuildError> {
        let mut requested = runtime::requested_by_environment(workspace, "GOOGLE_PYTHON_VERSION");
        if let Ok(text) = workspace.read_text(".python-version") {
            let version =
                text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
            let empty = || {
                BuildError::User(".python-version exists but does not specify a version".to_owned())
            };
            requested.push(RequestedVersion::new(".python-version", version.ok_or_else(empty)?));
        }
        let of = |requested: &[RequestedVersion], satisfies: fn(&str, &str) -> bool| {
            runtime::differences("Python", &self.version, requested, satisfies)
        };
        let supported: Vec<RequestedVersion> = project.supported_python().into_iter().collect();
        Ok([of(&requested, is_requested), of(&supported, specifier::satisfies)].concat())
    }
}

/// Whether a version satisfies a request for one: `3.11`, or a range such as `>=3.9`.
fn is_requested(requested: &str, have: &str) -> bool {
    match requested.starts_with(['<', '>', '!', '~', '^']) {
        true => specifier::satisfies(requested, have),
        false => runtime::is_prefix(requested, have),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_name_files_of_the_source_do_not_apply_without_it() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("pins.txt"), "").unwrap();
        let variables = [("PIP_CONSTRAINT", "pins.txt"), ("PIP_RETRIES", "1"), ("OTHER", "x")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let workspace = Workspace::new(dir.path().to_owned(), variables.into());
        let expected = [("PIP_RETRIES".to_owned(), "1".to_owned())];
        assert_eq!(settings(&workspace), expected.into());
    }

    #[test]
    fn a_version_is_requested_as_a_prefix_or_as_a_range() {
        for (requested, is_satisfied) in [
            ("3.11", true),
            ("3.11.x", true),
            ("==3.11.*", true),
            ("3.1", false),
            (">=3.9", true),
            ("~3.11", true),
            ("~=3.11", true),
            ("~3.12", false),
            (">=3.9,<3.11", false),
        ] {
            assert_eq!(is_requested(requested, "3.11.7"), is_satisfied, "{requested}");
        }
    }
}
