//! The host's Node.js, which replaces a runtime layer, and its package managers.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use rustix::process::Signal;
use serde::Deserialize;

use super::answer::{Answer, program_on};
use super::manager::Manager;
use super::manifest::Manifest;
use super::range;
use crate::buildpack::contract::{BuildError, Tools, Workspace};
use crate::buildpack::host::{Inheritance, ask, missing};
use crate::buildpack::runtime::{self, RequestedVersion};
use crate::confinement::{RegistryFile, read_text};
use crate::process::{Command, Exited};

/// Beginnings of the names of variables that say where packages come from, how to get them and
/// where to keep them. Others, such as `npm_config_omit`, would change what is installed.
const PREFIXES: &[&str] = &[
    "npm_config_registry",
    "npm_config_@",
    "npm_config_//",
    "npm_config__",
    "npm_config_always_auth",
    "npm_config_ca",
    "npm_config_cert",
    "npm_config_fetch",
    "npm_config_http",
    "npm_config_key",
    "npm_config_maxsockets",
    "npm_config_no_proxy",
    "npm_config_noproxy",
    "npm_config_proxy",
    "npm_config_strict_ssl",
    "npm_config_userconfig",
    "NPM_CONFIG_REGISTRY",
    "NPM_CONFIG__",
    "NPM_CONFIG_ALWAYS_AUTH",
    "NPM_CONFIG_CA",
    "NPM_CONFIG_CERT",
    "NPM_CONFIG_FETCH",
    "NPM_CONFIG_HTTP",
    "NPM_CONFIG_KEY",
    "NPM_CONFIG_MAXSOCKETS",
    "NPM_CONFIG_NO_PROXY",
    "NPM_CONFIG_NOPROXY",
    "NPM_CONFIG_PROXY",
    "NPM_CONFIG_STRICT_SSL",
    "NPM_CONFIG_USERCONFIG",
    "YARN_CA",
    "YARN_ENABLE_STRICT_SSL",
    "YARN_HTTP",
    "YARN_NETWORK",
    "YARN_NPM_",
    "YARN_REGISTRY",
    "PNPM_CONFIG_REGISTRY",
    "PNPM_HOME",
    "BUN_",
    "COREPACK_",
    "NVM_",
    "VOLTA_",
    "FNM_",
    "ASDF_",
    "NODE_EXTRA_CA_CERTS",
];

/// The environment of package managers, in which they neither prompt nor draw.
pub(super) const INHERITANCE: Inheritance<'_> = Inheritance {
    prefixes: PREFIXES,
    files: &[
        RegistryFile {
            path: ".npmrc",
            variables: &["npm_config_userconfig", "NPM_CONFIG_USERCONFIG"],
        },
        RegistryFile { path: ".yarnrc", variables: &[] },
        RegistryFile { path: ".yarnrc.yml", variables: &[] },
        RegistryFile { path: ".config/pnpm/rc", variables: &[] },
        RegistryFile { path: ".bunfig.toml", variables: &[] },
    ],
    fixed: &[
        ("npm_config_fund", "false"),
        ("npm_config_audit", "false"),
        ("npm_config_progress", "false"),
        ("npm_config_color", "false"),
        ("npm_config_update_notifier", "false"),
        ("COREPACK_ENABLE_DOWNLOAD_PROMPT", "0"),
        ("PNPM_CONFIG_VERIFY_DEPS_BEFORE_RUN", "false"),
    ],
};

/// Maximum number of lines of a failed program in the error.
const ERROR_LINES: usize = 40;

/// Prefixes of lines of package managers that do not explain a failure.
const IRRELEVANT_LINES: [&str; 18] = [
    "npm warn",
    "npm notice",
    "npm WARN",
    "npm error A complete log of this run",
    "npm error For a full report",
    "npm ERR! A complete log",
    "yarn run v",
    "yarn install v",
    "[1/",
    "[2/",
    "[3/",
    "[4/",
    "info Visit ",
    "info No lockfile",
    "error Command failed with exit code",
    "➤ YN0000",
    " ELIFECYCLE ",
    "\u{2009}ELIFECYCLE",
];

/// Lines with which npm begins to explain a command, down to the end of its output.
const HELP: [&str; 3] =
    ["npm error Clean install a project", "npm error Install a project", "npm error Usage:"];

/// A Node.js on this machine.
#[derive(Clone, Debug)]
pub(super) struct Toolchain {
    /// Absolute path of `node`.
    pub(super) executable: PathBuf,
    /// Such as `20.20.2`.
    pub(super) version: String,
    /// Such as `linux-x64-115`; determines which compiled packages it can load.
    pub(super) platform: String,
    /// The environment of every process of this build.
    pub(super) environment: BTreeMap<String, String>,
}

impl Toolchain {
    /// The `node` on the host's `PATH`.
    ///
    /// # Errors
    /// [`BuildError::User`] if it is missing, which only the user of the local cloud can change.
    pub(super) async fn find(workspace: &Workspace, tools: &Tools) -> Result<Self, BuildError> {
        let environment = INHERITANCE.environment(&tools.room, workspace.environment())?;
        let answer = Answer::ask(workspace.root(), &environment, tools).await?;
        let found = Self::of(answer, environment);
        let (version, executable) = (&found.version, found.executable.display());
        tools.log.line(format!("Using Node.js {version} on this machine ({executable})"));
        Ok(found)
    }

    /// The Node.js of this machine for packages that all functions share: examined where neither
    /// the source nor the variables of the build, except for these, can answer for it.
    ///
    /// # Errors
    /// [`BuildError::User`] if it is missing.
    pub(super) async fn without_source(
        settings: &BTreeMap<String, String>,
        shared: &Tools,
    ) -> Result<Self, BuildError> {
        let environment = INHERITANCE.environment(&shared.room, settings)?;
        let answer = Answer::without_source(&environment, shared).await?;
        Ok(Self::of(answer, environment))
    }

    fn of(answer: Answer, environment: BTreeMap<String, String>) -> Self {
        let Answer { version, executable, platform } = answer;
        Self { executable, version, platform, environment }
    }

    /// A command that runs a program of this machine, or of the packages in the workspace.
    pub(super) fn command(&self, program: &str, directory: &Path) -> Command {
        let path = self.environment.get("PATH").map(String::as_str).unwrap_or_default();
        let own = directory.join("node_modules/.bin");
        Command::new(program, directory, &self.environment)
            .env("PATH", &format!("{path}:{}", own.display()))
    }

    /// Version of the manager on this machine. It is read from a file if possible, because npm is
    /// slow to start.
    ///
    /// # Errors
    /// [`BuildError::User`] if it is missing or does not work.
    pub(super) async fn version_of(
        &self,
        manager: Manager,
        workspace: &Workspace,
        tools: &Tools,
    ) -> Result<String, BuildError> {
        let program = manager.program();
        let path = self.environment.get("PATH").map(String::as_str).unwrap_or_default();
        if let Some(version) = version_of_package(program, path) {
            return Ok(version);
        }
        let requested =
            ask(&self.command(program, workspace.root()).args(["--version"]), tools).await;
        let exited = requested.map_err(BuildError::host("run the package manager"))?;
        let exited = exited.ok_or_else(|| missing(program, manager.how_to_get()))?;
        if !exited.status.success() {
            return Err(BuildError::User(format!(
                "{program} on this machine does not work: {}",
                error_output(&exited)
            )));
        }
        Ok(exited.stdout.trim().to_owned())
    }

    /// Warnings about requested versions of Node.js that this machine does not have.
    pub(super) fn warnings(&self, workspace: &Workspace, manifest: &Manifest) -> Vec<String> {
        let mut requested = runtime::requested_by_environment(workspace, "GOOGLE_NODEJS_VERSION");
        requested.extend(requested_by_engines(manifest, "node"));
        let differing = |requested: &[RequestedVersion]| {
            runtime::differences("Node.js", &self.version, requested, range::satisfies)
        };
        let for_developers = differing(&requested_by_files(workspace)).into_iter().map(|warning| {
            format!("{warning}. Google's builder reads engines.node of package.json only")
        });
        differing(&requested).into_iter().chain(for_developers).collect()
    }
}

/// Warnings about requested versions of the manager that this machine does not have.
pub(super) fn manager_warnings(
    manager: Manager,
    version: &str,
    manifest: &Manifest,
) -> Vec<String> {
    let program = manager.program();
    let field = manifest.package_manager.split_once('@').filter(|(name, _)| *name == program);
    // A `+` is followed by a hash.
    let field = field.map(|(_, version)| version.split('+').next().unwrap_or_default());
    let field =
        field.map(|version| RequestedVersion::new("packageManager of package.json", version));
    let requested: Vec<RequestedVersion> =
        requested_by_engines(manifest, program).into_iter().chain(field).collect();
    runtime::differences(program, version, &requested, range::satisfies)
}

/// The versions in the files of version managers. Names such as `lts/*` request no version.
fn requested_by_files(workspace: &Workspace) -> Vec<RequestedVersion> {
    let version = |file: &str| {
        let text = read_text(&workspace.root().join(file)).ok()?;
        let version = text.split_whitespace().next()?.trim_start_matches('v').to_owned();
        version.starts_with(|c: char| c.is_ascii_digit()).then_some(version)
    };
    let files = [".nvmrc", ".node-version"].into_iter();
    files.filter_map(|file| Some(RequestedVersion::new(file, version(file)?))).collect()
}

fn requested_by_engines(manifest: &Manifest, engine: &str) -> Option<RequestedVersion> {
    Some(RequestedVersion::new(
        format!("engines.{engine} of package.json"),
        manifest.engines.get(engine)?,
    ))
}

/// The version in the `package.json` of the package that contains a program on the `PATH`.
fn version_of_package(program: &str, path: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Package {
        name: String,
        version: String,
    }
    let real = program_on(program, path)?.canonicalize().ok()?;
    let package = real
        .ancestors()
        .skip(1)
        .map(|directory| directory.join("package.json"))
        .find(|file| file.is_file())?;
    let package: Package = serde_json::from_slice(&std::fs::read(package).ok()?).ok()?;
    (package.name == program).then_some(package.version)
}

/// Runs a step of the build, with its output in the log.
///
/// # Errors
/// [`BuildError::User`] with the output of the program if it fails.
pub(super) async fn step(command: &Command, what: &str, tools: &Tools) -> Result<(), BuildError> {
    let words: Vec<_> = command.arguments.iter().map(|word| word.to_string_lossy()).collect();
    tools.log.line(format!("--> {} {}", command.program.display(), words.join(" ")));
    let exited = tools.run(command).await.map_err(BuildError::host("run a step of the build"))?;
    if exited.status.success() {
        Ok(())
    } else {
        let (status, output) = (exited.status, error_output(&exited));
        Err(BuildError::User(format!("{what} ({status}{}): {output}", of_memory(status))))
    }
}

/// The status that a shell has if the system kills a program.
const KILLED: i32 = 137;

/// Why a program may have been killed: its output does not say.
fn of_memory(status: ExitStatus) -> &'static str {
    if status.code() == Some(KILLED) || status.signal() == Some(Signal::KILL.as_raw()) {
        ": killed, as a program is that takes more memory than there is"
    } else {
        ""
    }
}

/// The last output of a failed program, without irrelevant lines. Compilers write errors to
/// standard output.
fn error_output(exited: &Exited) -> String {
    let lines = |text: &str| {
        let is_help = |line: &&str| HELP.iter().any(|start| line.starts_with(start));
        let lines = text.lines().take_while(|line| !is_help(line)).filter(|line| {
            !["", "npm error"].contains(&line.trim())
                && !is_banner(line)
                && !IRRELEVANT_LINES.iter().any(|prefix| line.starts_with(prefix))
        });
        let lines: Vec<String> = lines.map(|line| line.trim_end().to_owned()).collect();
        lines[lines.len().saturating_sub(ERROR_LINES)..].to_vec()
    };
    let all = [lines(&exited.stdout), lines(&exited.stderr)].concat();
    if all.is_empty() { exited.status.to_string() } else { all.join("\n") }
}

/// Whether a manager announces a script: `> name@1.0.0 build`, and its command on the next line.
fn is_banner(line: &str) -> bool {
    line.starts_with("> ") || line.starts_with("$ ")
}

#[cfg(test)]
mod tests;
