//! What builds and images take from this machine instead of a builder image: its environment and
//! its programs.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::contract::{BuildError, Tools};
use crate::log::BuildLog;
use crate::process::{self, Command, Exited};

/// Host variables that builds inherit: where to find things, how to reach the network. Everything
/// else stays outside.
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

/// The directories in which a system keeps its programs, at the end of an image's `PATH`.
const SYSTEM_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// How a language's tools see this machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inheritance<'a> {
    /// Host variables that start with these are the package managers' own configuration.
    pub(super) prefixes: &'a [&'a str],
    /// What is set whatever the host has, so that a tool does what its buildpack expects.
    pub(super) settled: &'a [(&'a str, &'a str)],
}

impl Inheritance<'_> {
    /// The environment of a build: what is inherited, what is settled above that, and the caller's
    /// own above both.
    pub(super) fn environment(&self, build: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        self.over(std::env::vars(), build)
    }

    fn over(
        &self,
        host: impl Iterator<Item = (String, String)>,
        build: &BTreeMap<String, String>,
    ) -> BTreeMap<String, String> {
        let inherited = |name: &str| {
            INHERITED.contains(&name) || self.prefixes.iter().any(|prefix| name.starts_with(prefix))
        };
        let mut environment: BTreeMap<String, String> =
            host.filter(|(name, _)| inherited(name)).collect();
        environment.insert("LANG".to_owned(), "C.UTF-8".to_owned());
        environment.extend(
            self.settled.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        environment.extend(build.iter().map(|(name, value)| (name.clone(), value.clone())));
        environment
    }
}

/// What a guard answers for a program that is not there, and a version manager's script for one
/// that it does not have.
const NOT_THERE: i32 = 127;

/// Runs a program only for what it answers; nothing of it gets into the build's log. `None`: there
/// is no such program.
///
/// # Errors
/// When it cannot be run. A program that fails is an `Ok` with its status.
pub(super) async fn ask(command: &Command, tools: &Tools) -> io::Result<Option<Exited>> {
    match process::run(command, tools.guard.as_deref(), &BuildLog::default()).await {
        Ok(exited) => Ok(Some(exited).filter(|exited| exited.status.code() != Some(NOT_THERE))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// What is said when a language's tool is missing.
pub(super) fn missing(tool: &str, what_would_do: &str) -> BuildError {
    BuildError::User(format!(
        "{tool} is not on the PATH of this machine, and the local cloud builds with it; {what_would_do}"
    ))
}

/// `PATH` of an image: directories of its own, then where the language's program is, unless the
/// system's directories hold it.
pub(super) fn launch_path(own: impl IntoIterator<Item = String>, program: &Path) -> String {
    let mut parts: Vec<String> = own.into_iter().collect();
    let home = program.parent().map(|directory| directory.display().to_string());
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
        let inheritance = Inheritance { prefixes: &["PIP_"], settled: &[("PIP_USER", "0")] };
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
    fn a_program_outside_of_the_system_has_its_directory_on_the_path() {
        assert_eq!(
            launch_path(["/layers/x/bin".to_owned()], Path::new("/usr/bin/node")),
            format!("/layers/x/bin:{SYSTEM_PATH}")
        );
        assert_eq!(
            launch_path([], Path::new("/home/ada/.n/bin/node")),
            format!("/home/ada/.n/bin:{SYSTEM_PATH}")
        );
    }
}
