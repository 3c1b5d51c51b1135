//! What builds and images take from this machine instead of from a builder image: its environment
//! and its programs.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde_json::{Value, json};

use super::contract::{BuildError, Tools};
use crate::confinement::{self, RegistryFile, Room};
use crate::process::{Command, Exited};

/// Host variables that builds inherit: where to find files, and how to reach the network. All
/// others are dropped.
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

/// Inherited variables that change from session to session, or name directories in which a build
/// finds only what is listed otherwise. They determine nothing that a build makes.
const OF_SESSION: [&str; 7] = [
    "HOME",
    "SSH_AUTH_SOCK",
    "TMPDIR",
    "USER",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_DIRS",
    "XDG_CONFIG_HOME",
];

/// System directories for programs, at the end of the `PATH` of an image.
const SYSTEM_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The environment of the tools of a language.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inheritance<'a> {
    /// Prefixes of host variables that configure the package managers.
    pub(super) prefixes: &'a [&'a str],
    /// Variables that are set regardless of the host, so that a tool does what its buildpack
    /// expects.
    pub(super) fixed: &'a [(&'a str, &'a str)],
    /// Files with the settings of package registries.
    pub(super) files: &'a [RegistryFile],
}

impl Inheritance<'_> {
    /// The environment of a build: inherited variables, overridden by the fixed ones, overridden by
    /// the caller's.
    ///
    /// # Errors
    /// [`BuildError::Host`] if the settings of package registries cannot be copied.
    pub(super) fn environment(
        &self,
        room: &Room,
        build: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, BuildError> {
        let host = room.environment(self.files);
        let host = host.map_err(BuildError::host("copy the settings of package registries"))?;
        let environment = self.over(host.into_iter(), build);
        room.learn(&environment);
        Ok(environment)
    }

    /// What of the host's settings determines what is installed: variables, and the settings of
    /// package registries.
    pub(super) fn determining(&self, host: &BTreeMap<String, String>) -> Value {
        let variables: BTreeMap<_, _> = host
            .iter()
            .filter(|(name, _)| self.inherits(name) && !OF_SESSION.contains(&name.as_str()))
            .collect();
        json!([variables, confinement::texts(self.files, host)])
    }

    fn inherits(&self, name: &str) -> bool {
        INHERITED.contains(&name) || self.prefixes.iter().any(|prefix| name.starts_with(prefix))
    }

    /// See [`Inheritance::environment`]. Pure.
    pub(super) fn over(
        &self,
        host: impl Iterator<Item = (String, String)>,
        build: &BTreeMap<String, String>,
    ) -> BTreeMap<String, String> {
        let mut environment: BTreeMap<String, String> =
            host.filter(|(name, _)| self.inherits(name)).collect();
        environment.insert("LANG".to_owned(), "C.UTF-8".to_owned());
        environment.extend(
            self.fixed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        environment.extend(build.iter().map(|(name, value)| (name.clone(), value.clone())));
        environment
    }
}

/// Exit status of a version manager's script for a program that it does not have.
const NOT_FOUND: i32 = 127;

/// Runs a program only for its output, which does not appear in the build's log. Returns `None` if
/// the program does not exist.
///
/// # Errors
/// If it cannot be run. A program that fails is an `Ok` with its status.
pub(super) async fn ask(command: &Command, tools: &Tools) -> io::Result<Option<Exited>> {
    match tools.run_quietly(command).await {
        Ok(exited) => Ok(Some(exited).filter(|exited| exited.status.code() != Some(NOT_FOUND))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The error for a missing tool of a language.
pub(super) fn missing(tool: &str, advice: &str) -> BuildError {
    BuildError::User(format!(
        "the local cloud builds this source with {tool}, which is not on the PATH of this machine; {advice}"
    ))
}

/// `PATH` of an image: its own directories, then the directory of the language's program, if the image
/// has none of its own, unless it is a system directory, then the system directories.
pub(super) fn launch_path(own: impl IntoIterator<Item = String>, program: Option<&Path>) -> String {
    let mut parts: Vec<String> = own.into_iter().collect();
    let home = program.and_then(Path::parent).map(|directory| directory.display().to_string());
    parts.extend(home.filter(|home| SYSTEM_PATH.split(':').all(|system| system != home)));
    parts.push(SYSTEM_PATH.to_owned());
    parts.join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn builds_inherit_the_package_managers_configuration_and_nothing_secret() {
        let host = pairs(&[
            ("PATH", "/bin"),
            ("PIP_INDEX_URL", "https://index"),
            ("PIP_USER", "1"),
            ("AWS_SECRET_ACCESS_KEY", "x"),
            ("PYTHONPATH", "/evil"),
        ]);
        let inheritance =
            Inheritance { prefixes: &["PIP_"], fixed: &[("PIP_USER", "0")], files: &[] };
        let environment = inheritance
            .over(host.into_iter(), &pairs(&[("PIP_INDEX_URL", "https://mine"), ("OWN", "1")]));
        let expected = [
            ("LANG", "C.UTF-8"),
            ("OWN", "1"),
            ("PATH", "/bin"),
            ("PIP_INDEX_URL", "https://mine"),
            ("PIP_USER", "0"),
        ];
        assert_eq!(environment, pairs(&expected));
    }

    #[test]
    fn what_is_installed_depends_on_settings_and_not_on_the_session() {
        let home = tempfile::tempdir().unwrap();
        let file = RegistryFile { path: ".pip/pip.conf", variables: &[] };
        let inheritance = Inheritance { prefixes: &["PIP_"], fixed: &[], files: &[file] };
        let directory = home.path().display().to_string();
        let host = |more: &[(&str, &str)]| {
            let mut host = pairs(&[("HOME", &directory), ("PATH", "/bin")]);
            host.extend(pairs(more));
            inheritance.determining(&host)
        };
        let plain = host(&[]);
        for irrelevant in [("USER", "ada"), ("SSH_AUTH_SOCK", "/run/x"), ("EDITOR", "ed")] {
            assert_eq!(host(&[irrelevant]), plain, "{irrelevant:?}");
        }
        for relevant in [("PIP_INDEX_URL", "https://x"), ("HTTPS_PROXY", "p"), ("PATH", "/x")] {
            assert_ne!(host(&[relevant]), plain, "{relevant:?}");
        }
        std::fs::create_dir(home.path().join(".pip")).unwrap();
        std::fs::write(home.path().join(".pip/pip.conf"), "[global]\nindex-url = x").unwrap();
        assert_ne!(host(&[]), plain);
    }

    #[test]
    fn a_program_outside_of_the_system_has_its_directory_on_the_path() {
        assert_eq!(
            launch_path(["/layers/x/bin".to_owned()], Some(Path::new("/usr/bin/node"))),
            format!("/layers/x/bin:{SYSTEM_PATH}")
        );
        assert_eq!(
            launch_path([], Some(Path::new("/home/ada/.n/bin/node"))),
            format!("/home/ada/.n/bin:{SYSTEM_PATH}")
        );
    }
}
