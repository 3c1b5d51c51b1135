//! The host's Python, which takes the place of a runtime layer.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::Deserialize;

use crate::build::buildpack::{BuildError, Tools, Workspace};
use crate::build::work::{Command, run_command};

/// Prints what has to be known. `sys.executable` is the interpreter itself where `python3` is a version manager's script.
const PROBE: &str = "import json, sys; print(json.dumps({'version': '.'.join(map(str, sys.version_info[:3])), \
                     'executable': sys.executable, 'tag': sys.implementation.cache_tag}))";

/// Host variables that builds inherit: where to find things, how to reach the package index. Everything else stays outside.
const INHERITED: [&str; 20] = [
    "PATH",
    "HOME",
    "TMPDIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "all_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_DIRS",
    "USER",
    "NETRC",
];

/// Host variables that start with these are the package managers' own configuration.
const INHERITED_PREFIXES: [&str; 3] = ["PIP_", "UV_", "PYENV_"];

/// The directories in which a system keeps its programs, at the end of an image's `PATH`.
const SYSTEM_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A Python on this machine.
#[derive(Clone, Debug)]
pub(super) struct Interpreter {
    /// Absolute path.
    pub(super) executable: String,
    /// Such as `3.11.7`.
    pub(super) version: String,
    /// Such as `cpython-311`: which compiled packages it can load.
    pub(super) tag: String,
    /// The environment of everything that this build runs.
    pub(super) environment: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Probed {
    version: String,
    executable: String,
    tag: String,
}

impl Interpreter {
    /// The `python3` on the host's `PATH`.
    ///
    /// # Errors
    /// [`BuildError::User`] when there is none: only who runs the local cloud can change that.
    pub(super) async fn find(workspace: &Workspace, tools: &Tools) -> Result<Self, BuildError> {
        let environment = clean_environment(std::env::vars(), workspace.environment());
        let command = Command::new("python3", workspace.root(), &environment).args(["-c", PROBE]);
        let silent = crate::build::work::BuildLog::default();
        let exited = match run_command(&command, tools.guard.as_deref(), &silent).await {
            Ok(exited) if exited.status.success() => exited,
            Ok(exited) => return Err(BuildError::User(format!("python3 of this machine does not work: {}", exited.stderr.trim()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(BuildError::User(
                    "python3 is not on the PATH of this machine; the local cloud builds with it".to_owned(),
                ));
            }
            Err(source) => return Err(BuildError::Host { doing: "run python3", source }),
        };
        let probed: Probed = serde_json::from_str(exited.stdout.trim())
            .map_err(|error| BuildError::Host { doing: "understand python3", source: error.into() })?;
        tools.log.line(format!("Using Python {} of this machine ({})", probed.version, probed.executable));
        Ok(Self { executable: probed.executable, version: probed.version, tag: probed.tag, environment })
    }

    /// A run of this Python.
    pub(super) fn command(&self, directory: &Path) -> Command {
        Command::new(&self.executable, directory, &self.environment)
    }

    /// Compiles a directory so that the result does not depend on when and where that happens: `root` is what the directory
    /// will be called in the image.
    pub(super) fn compile(&self, directory: &Path, root: &str, working_directory: &Path) -> Command {
        let options = ["-m", "compileall", "-f", "-q", "--invalidation-mode", "unchecked-hash", "-d", root];
        let command = self.command(working_directory).args(options);
        let command = if directory == working_directory { command.args(["."]) } else { command.args([directory]) };
        // Sets of constants are written in the order of their hashes.
        command.env("PYTHONHASHSEED", "0")
    }

    /// Versions that were asked for and are not what this machine has.
    ///
    /// # Errors
    /// When `.python-version` is empty, as Google has it.
    pub(super) fn version_warnings(&self, workspace: &Workspace) -> Result<Vec<String>, BuildError> {
        let mut asked = Vec::new();
        for variable in ["GOOGLE_PYTHON_VERSION", "GOOGLE_RUNTIME_VERSION"] {
            asked.extend(workspace.variable(variable).map(|version| (variable, version.to_owned())));
        }
        let runtime = workspace.variable("GOOGLE_RUNTIME").and_then(version_of_runtime);
        asked.extend(runtime.map(|version| ("GOOGLE_RUNTIME", version)));
        if let Ok(text) = std::fs::read_to_string(workspace.root().join(".python-version")) {
            let version = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
            let empty = || BuildError::User(".python-version exists but does not specify a version".to_owned());
            asked.push((".python-version", version.ok_or_else(empty)?.to_owned()));
        }
        asked.retain(|(_, version)| !is_version(version, &self.version));
        let warning = |(place, version)| {
            format!("{place} asks for Python {version}, this machine has {}: the build goes on with that", self.version)
        };
        Ok(asked.into_iter().map(warning).collect())
    }

    /// `PATH` of the image: programs of the packages, of this Python, of the system.
    pub(super) fn launch_path<'a>(&self, directories: impl Iterator<Item = &'a str>) -> String {
        let mut parts: Vec<String> = directories.map(|directory| format!("{directory}/bin")).collect();
        let home = Path::new(&self.executable).parent().map(|directory| directory.display().to_string());
        parts.extend(home.filter(|home| SYSTEM_PATH.split(':').all(|system| system != home)));
        parts.push(SYSTEM_PATH.to_owned());
        parts.join(":")
    }
}

/// `python312` is 3.12, `python39` is 3.9.
fn version_of_runtime(runtime: &str) -> Option<String> {
    let digits = runtime.strip_prefix("python")?;
    let minor = digits.strip_prefix('3').filter(|minor| !minor.is_empty() && minor.chars().all(|c| c.is_ascii_digit()))?;
    Some(format!("3.{minor}"))
}

/// Whether a version is what was asked for: `3.11`, `3.11.*` and `3` fit 3.11.7.
fn is_version(asked: &str, have: &str) -> bool {
    let asked = asked.trim_start_matches("==").trim_start_matches("~=").trim_end_matches(".*");
    asked == "*" || have == asked || have.strip_prefix(asked).is_some_and(|rest| rest.starts_with('.'))
}

/// The host's variables that builds inherit, settled so that pip installs where it is told to, and the caller's above them.
fn clean_environment(host: impl Iterator<Item = (String, String)>, build: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let inherited = |name: &str| INHERITED.contains(&name) || INHERITED_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    let mut environment: BTreeMap<String, String> = host.filter(|(name, _)| inherited(name)).collect();
    let settled = [
        ("LANG", "C.UTF-8"),
        ("PYTHONNOUSERSITE", "1"),
        ("PYTHONUNBUFFERED", "1"),
        ("PIP_DISABLE_PIP_VERSION_CHECK", "1"),
        ("PIP_NO_INPUT", "1"),
        ("PIP_USER", "0"),
        ("PIP_REQUIRE_VIRTUALENV", "0"),
        ("PIP_PROGRESS_BAR", "off"),
        ("PIP_NO_COLOR", "1"),
        ("PIP_ROOT_USER_ACTION", "ignore"),
        // uv trusts certificates of its own, unless it is told to trust the system's, as pip does. By its new and its old name.
        ("UV_SYSTEM_CERTS", "1"),
        ("UV_NATIVE_TLS", "1"),
    ];
    environment.extend(settled.map(|(name, value)| (name.to_owned(), value.to_owned())));
    environment.extend(build.iter().map(|(name, value)| (name.clone(), value.clone())));
    environment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_fit_by_their_parts() {
        let table = [
            ("3.11.7", true),
            ("3.11", true),
            ("3", true),
            ("3.11.*", true),
            ("*", true),
            ("3.1", false),
            ("3.12", false),
            ("3.11.70", false),
            ("4", false),
        ];
        for (asked, fits) in table {
            assert_eq!(is_version(asked, "3.11.7"), fits, "{asked}");
        }
    }

    #[test]
    fn runtime_ids_name_a_version() {
        for (runtime, version) in [("python312", Some("3.12")), ("python39", Some("3.9")), ("python3", None), ("python", None)] {
            assert_eq!(version_of_runtime(runtime).as_deref(), version, "{runtime}");
        }
    }

    #[test]
    fn builds_inherit_the_package_managers_configuration_and_nothing_secret() {
        let host = [("PATH", "/bin"), ("PIP_INDEX_URL", "https://index"), ("AWS_SECRET_ACCESS_KEY", "x"), ("PYTHONPATH", "/evil")];
        let host = host.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let build = BTreeMap::from([("PIP_INDEX_URL".to_owned(), "https://mine".to_owned()), ("OWN".to_owned(), "1".to_owned())]);
        let environment = clean_environment(host.into_iter(), &build);
        assert_eq!(environment["PATH"], "/bin");
        assert_eq!(environment["PIP_INDEX_URL"], "https://mine");
        assert_eq!(environment["OWN"], "1");
        assert!(!environment.contains_key("AWS_SECRET_ACCESS_KEY") && !environment.contains_key("PYTHONPATH"));
    }
}
