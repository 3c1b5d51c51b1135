//! The host's Node.js, which replaces a runtime layer, and its package managers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::manager::Manager;
use super::manifest::Manifest;
use super::range;
use crate::buildpack::contract::{BuildError, Tools, Workspace};
use crate::buildpack::host::{Inheritance, ask, missing};
use crate::buildpack::runtime::{self, RequestedVersion};
use crate::confinement::RegistryFile;
use crate::process::{Command, Exited};

/// Prints what a build needs to know. `process.execPath` is Node.js itself even if `node` is a
/// script of a version manager.
const PROBE: &str = "console.log(JSON.stringify({version: process.versions.node, executable: process.execPath, \
                     platform: [process.platform, process.arch, process.versions.modules].join('-')}))";

/// The environment of package managers, in which they neither prompt nor draw.
const INHERITANCE: Inheritance<'_> = Inheritance {
    prefixes: &[
        "npm_config_",
        "NPM_CONFIG_",
        "YARN_",
        "PNPM_",
        "BUN_",
        "COREPACK_",
        "NVM_",
        "VOLTA_",
        "FNM_",
        "ASDF_",
        "NODE_EXTRA_CA_CERTS",
    ],
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
const IRRELEVANT_LINES: [&str; 6] = [
    "npm warn",
    "npm notice",
    "npm WARN",
    "npm error A complete log of this run",
    "npm error For a full report",
    "npm ERR! A complete log",
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

#[derive(Deserialize)]
struct Probed {
    version: String,
    executable: PathBuf,
    platform: String,
}

impl Toolchain {
    /// The `node` on the host's `PATH`.
    ///
    /// # Errors
    /// [`BuildError::User`] if it is missing, which only the user of the local cloud can change.
    pub(super) async fn find(workspace: &Workspace, tools: &Tools) -> Result<Self, BuildError> {
        let environment = INHERITANCE.environment(&tools.room, workspace.environment())?;
        let found = Self::probe(workspace.root(), environment, tools).await?;
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
        Self::probe(shared.scratch(), environment, shared).await
    }

    async fn probe(
        directory: &Path,
        environment: BTreeMap<String, String>,
        tools: &Tools,
    ) -> Result<Self, BuildError> {
        let command = Command::new("node", directory, &environment).args(["-e", PROBE]);
        let requested = ask(&command, tools).await.map_err(BuildError::host("run node"))?;
        let exited =
            requested.ok_or_else(|| missing("node", "install Node.js, or put it on the PATH"))?;
        if !exited.status.success() {
            return Err(BuildError::User(format!(
                "node on this machine does not work: {}",
                exited.stderr.trim()
            )));
        }
        let Probed { version, executable, platform } = serde_json::from_str(exited.stdout.trim())
            .map_err(|error| BuildError::Host {
            doing: "parse the output of node",
            source: error.into(),
        })?;
        Ok(Self { executable, version, platform, environment })
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
        runtime::differences("Node.js", &self.version, &requested, range::satisfies)
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
    let found = path
        .split(':')
        .map(|directory| Path::new(directory).join(program))
        .find(|file| file.is_file())?;
    let real = found.canonicalize().ok()?;
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
        Err(BuildError::User(format!("{what} ({}): {}", exited.status, error_output(&exited))))
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

/// Whether npm announces a script: `> name@1.0.0 build`, and its command on the next line.
fn is_banner(line: &str) -> bool {
    line.starts_with("> ")
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::ExitStatus;

    use super::*;

    fn toolchain() -> Toolchain {
        let environment = BTreeMap::new();
        Toolchain {
            executable: "/usr/bin/node".into(),
            version: "20.20.2".to_owned(),
            platform: "x".to_owned(),
            environment,
        }
    }

    #[test]
    fn missing_requested_versions_are_warnings() {
        let manifest = Manifest {
            engines: [("node", ">=22"), ("npm", "^10"), ("yarn", "1")]
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .into(),
            package_manager: "npm@10.2.0+sha512.abc".to_owned(),
            ..Manifest::default()
        };
        let environment = BTreeMap::from([("GOOGLE_RUNTIME_VERSION".to_owned(), "22".to_owned())]);
        let workspace = Workspace::new("/nowhere".into(), environment);
        let of_node = toolchain().warnings(&workspace, &manifest);
        let warnings = [of_node, manager_warnings(Manager::Npm, "11.1.0", &manifest)].concat();
        let begins = [
            "GOOGLE_RUNTIME_VERSION requests Node.js 22, but this machine has 20.20.2",
            "engines.node of package.json requests Node.js >=22, but this machine has 20.20.2",
            "engines.npm of package.json requests npm ^10, but this machine has 11.1.0",
            "packageManager of package.json requests npm 10.2.0, but this machine has 11.1.0",
        ];
        assert_eq!(warnings.len(), begins.len(), "{warnings:?}");
        for (warning, begin) in warnings.iter().zip(begins) {
            assert!(warning.starts_with(begin), "{warning}");
        }
        assert!(manager_warnings(Manager::Pnpm, "9.0.0", &manifest).is_empty());
        let nothing_requested = Workspace::new("/nowhere".into(), BTreeMap::new());
        assert!(toolchain().warnings(&nothing_requested, &Manifest::default()).is_empty());
    }

    #[test]
    fn a_managers_version_is_read_from_its_package() {
        let dir = tempfile::tempdir().unwrap();
        let package = dir.path().join("lib/node_modules/yarn");
        std::fs::create_dir_all(package.join("bin")).unwrap();
        std::fs::write(package.join("package.json"), r#"{"name": "yarn", "version": "1.22.22"}"#)
            .unwrap();
        std::fs::write(package.join("bin/yarn.js"), "").unwrap();
        for name in ["yarn", "pnpm"] {
            std::os::unix::fs::symlink(package.join("bin/yarn.js"), dir.path().join(name)).unwrap();
        }
        let path = format!("/nowhere:{}", dir.path().display());
        assert_eq!(version_of_package("yarn", &path).as_deref(), Some("1.22.22"));
        assert_eq!(
            version_of_package("pnpm", &path),
            None,
            "a link of another package, as corepack makes them"
        );
        assert_eq!(version_of_package("npm", &path), None);
    }

    #[test]
    fn the_error_is_the_output_without_irrelevant_lines() {
        let stderr = "npm warn deprecated x\nnpm error code E404\nnpm error 404 Not Found\n\
                      npm error A complete log of this run can be found in: /home/ada/.npm/_logs/x.log\n";
        let exited = |stdout: &str, stderr: &str| Exited {
            status: ExitStatus::from_raw(256),
            stdout: stdout.to_owned(),
            stderr: stderr.to_owned(),
        };
        assert_eq!(
            error_output(&exited("", stderr)),
            "npm error code E404\nnpm error 404 Not Found"
        );
        assert_eq!(
            error_output(&exited(
                "\n> a@1.0.0 build\n> tsc\n\na.ts(1,7): error TS2322\n",
                "npm error x\n"
            )),
            "a.ts(1,7): error TS2322\nnpm error x"
        );
        let help = "npm error code EUSAGE\nnpm error\nnpm error Missing: a@1 from lock file\nnpm error\n\
                    npm error Clean install a project\nnpm error Usage:\nnpm error npm ci\n";
        assert_eq!(
            error_output(&exited("", help)),
            "npm error code EUSAGE\nnpm error Missing: a@1 from lock file"
        );
        assert_eq!(error_output(&exited("", "")), "exit status: 1");
        assert_eq!(error_output(&exited(&"line\n".repeat(100), "")).lines().count(), ERROR_LINES);
    }
}
