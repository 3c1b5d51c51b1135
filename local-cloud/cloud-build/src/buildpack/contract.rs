//! The contract of a buildpack: its input, its result and its errors.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use crate::blocking::Blocking;
use crate::confinement::{Confinement, Room, read_of_source};
use crate::credentials::Credentials;
use crate::image::{Contents, LayerCache, hex_digest};
use crate::log::BuildLog;
use crate::process::{Command, Exited};

/// The unpacked source and the build's environment.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    environment: BTreeMap<String, String>,
}

impl Workspace {
    pub(crate) fn new(root: PathBuf, environment: BTreeMap<String, String>) -> Self {
        Self { root, environment }
    }

    /// The directory that becomes `/workspace`.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The build's environment, as the caller set it.
    pub(crate) fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// A variable of the build's environment, if it is set and not empty.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether a variable is set to what Google's buildpacks accept as true.
    pub(crate) fn is_on(&self, name: &str) -> bool {
        self.variable(name)
            .is_some_and(|value| ["1", "t", "true"].contains(&value.to_ascii_lowercase().as_str()))
    }

    /// The function's name.
    ///
    /// # Errors
    /// [`BuildError::User`], with the text of Google's buildpacks, if the build's environment has
    /// none.
    pub(crate) fn function_target(&self) -> Result<&str, BuildError> {
        let missing = if self.environment.contains_key("GOOGLE_FUNCTION_TARGET") {
            "has an empty value"
        } else {
            "not found"
        };
        let absent =
            || BuildError::User(format!("required env var GOOGLE_FUNCTION_TARGET {missing}"));
        self.variable("GOOGLE_FUNCTION_TARGET").ok_or_else(absent)
    }

    /// Reads a file of the source.
    ///
    /// # Errors
    /// See [`read_of_source`].
    pub(crate) fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        read_of_source(&self.root, &self.root.join(name))
    }

    /// Reads a text of the source.
    ///
    /// # Errors
    /// See [`read_of_source`]. [`io::ErrorKind::InvalidData`] if it is not UTF-8.
    pub(crate) fn read_text(&self, name: &str) -> io::Result<String> {
        String::from_utf8(self.read(name)?)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }

    /// Whether the source has this file.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.root.join(name).is_file()
    }
}

/// The resources of a buildpack.
pub(crate) struct Tools {
    pub(crate) cache: Arc<LayerCache>,
    /// For what is made without a source, which all functions share, also those of other local
    /// clouds of this user.
    pub(crate) shared_cache: Arc<LayerCache>,
    pub(crate) confinement: Arc<Confinement>,
    /// Where commands run.
    pub(crate) room: Room,
    /// For work that reads or writes many files.
    pub(crate) blocking: Blocking,
    pub(crate) log: Arc<BuildLog>,
    /// The directory of the build, which is removed afterwards.
    pub(crate) home: PathBuf,
    /// The function whose layers these are.
    pub(crate) scope: String,
    /// What the build reads: see [`inputs`](super::own_layer::inputs).
    pub(crate) source: String,
}

impl Tools {
    /// A directory that commands can write to.
    pub(crate) fn scratch(&self) -> &Path {
        &self.room.scratch
    }

    /// A directory that commands can only read. What this process writes after a command has run
    /// belongs here: in the other one, a command may have put a link in its way.
    pub(crate) fn inputs(&self) -> &Path {
        &self.room.inputs
    }

    /// Runs a program, with its output in the log.
    ///
    /// # Errors
    /// See [`Room::run`].
    pub(crate) async fn run(&self, command: &Command) -> io::Result<Exited> {
        self.room.run(command, &self.log).await
    }

    /// Runs a program whose output does not appear in the log.
    ///
    /// # Errors
    /// See [`Room::run`].
    pub(crate) async fn run_quietly(&self, command: &Command) -> io::Result<Exited> {
        self.room.run(command, &self.log.quiet()).await
    }

    /// Lets commands use what this process has written.
    ///
    /// # Errors
    /// If an entry cannot be read or given away.
    pub(crate) fn hand_over(&self, path: &Path) -> Result<(), BuildError> {
        self.room.hand_over(path).map_err(BuildError::host("hand files over to the sandbox"))
    }

    /// The key of a layer of this function. The source of a function determines what is made for it, in
    /// ways that no key can cover.
    pub(crate) fn own_key(&self, key: &str) -> String {
        hex_digest(format!("{}\n{key}", self.scope).as_bytes())
    }

    /// Tools for a layer that all functions share: commands see neither the source nor the caches
    /// of the function, and the cache is the shared one.
    ///
    /// # Errors
    /// [`BuildError::Host`] if directories cannot be created.
    pub(crate) fn shared(&self) -> Result<Self, BuildError> {
        let room =
            tempfile::Builder::new().prefix("shared-").tempdir_in(&self.home).and_then(|dir| {
                let credentials = self.log.credentials().clone();
                Room::new(&self.confinement, &dir.keep(), None, None, credentials)
            });
        Ok(Self {
            cache: Arc::clone(&self.shared_cache),
            shared_cache: Arc::clone(&self.shared_cache),
            confinement: Arc::clone(&self.confinement),
            room: room.map_err(BuildError::host("create a directory for shared packages"))?,
            blocking: self.blocking.clone(),
            log: Arc::clone(&self.log),
            home: self.home.clone(),
            scope: String::new(),
            source: String::new(),
        })
    }

    /// Like [`Tools::shared`], for work that the log does not mention.
    ///
    /// # Errors
    /// See [`Tools::shared`].
    pub(crate) fn shared_and_quiet(&self) -> Result<Self, BuildError> {
        self.shared().map(|shared| Self { log: Arc::new(self.log.quiet()), ..shared })
    }
}

/// Whether a buildpack can build a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Detect {
    /// It can, for this reason.
    OptIn(String),
    OptOut,
}

/// Why a build failed. `Display` is part of what the user sees.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BuildError {
    /// A fault of the source or the request. Retrying does not help.
    #[error("{0}")]
    User(String),
    /// A fault of this machine.
    #[error("cannot {doing}")]
    Host { doing: &'static str, source: io::Error },
}

/// A kind of repository of Artifact Registry.
struct PackageHost {
    /// End of its host name.
    host: &'static str,
    /// Google's program that logs in to it with the credentials of Google Cloud.
    helper: &'static str,
    /// The file of the home directory that can have credentials for it.
    file: &'static str,
}

const PACKAGE_HOSTS: [PackageHost; 4] = [
    PackageHost {
        host: "-python.pkg.dev",
        helper: "keyrings.google-artifactregistry-auth",
        file: ".netrc or pip.conf",
    },
    PackageHost { host: "-npm.pkg.dev", helper: "google-artifactregistry-auth", file: ".npmrc" },
    PackageHost {
        host: "-maven.pkg.dev",
        helper: "artifactregistry-maven-wagon",
        file: ".m2/settings.xml",
    },
    PackageHost { host: "-go.pkg.dev", helper: "artifactregistry-go-tools", file: ".netrc" },
];

/// What registries say to whom they do not know, and pip about an index that has said so.
const REFUSED: [&str; 7] =
    ["401", "403", "E401", "E403", "Unauthorized", "credentials", "from versions: none"];

impl BuildError {
    /// Without the credentials in its text.
    pub(super) fn without(self, credentials: &Credentials) -> Self {
        match self {
            Self::User(text) => Self::User(credentials.masked(&text).into_owned()),
            Self::Host { doing, source } => Self::Host { doing, source },
        }
    }

    /// Says how this machine can read a private repository of Artifact Registry. On Google the
    /// service account of the build has its own credentials.
    pub(super) fn with_access_advice(self) -> Self {
        let Self::User(text) = self else { return self };
        let named = PACKAGE_HOSTS.iter().find(|kind| text.contains(kind.host));
        let Some(PackageHost { helper, file, .. }) =
            named.filter(|_| REFUSED.iter().any(|refusal| text.contains(refusal)))
        else {
            return Self::User(text);
        };
        Self::User(format!(
            "{text}\nthe local cloud has no credentials of Google Cloud for this repository, also with {helper}; put \
             some into {file} in your home directory, which builds here use"
        ))
    }

    /// Names files by their path in the source instead of in the directory to which it was
    /// unpacked.
    pub(super) fn with_paths_relative_to(self, root: &Path) -> Self {
        match self {
            Self::User(text) => Self::User(text.replace(&format!("{}/", root.display()), "")),
            Self::Host { doing, source } => Self::Host { doing, source },
        }
    }

    /// For `map_err`: an operation that failed on this machine; or the fault of the source, if a
    /// step of the build has left something that cannot be used.
    pub(crate) fn host(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| match source.kind() {
            // A path that is too long is one that a step has made.
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidFilename => {
                Self::User(format!("cannot {doing}: {source}"))
            }
            _ => Self::Host { doing, source },
        }
    }
}

/// The result of a buildpack. The application is not part of it: it is the workspace as the
/// buildpack left it.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) image: Contents,
    /// Versions of the language runtime.
    pub(crate) versions: Vec<String>,
    pub(crate) warnings: Vec<String>,
}

#[async_trait]
pub(crate) trait Buildpack: Send + Sync {
    /// Name in logs and in the output of the builder.
    fn id(&self) -> &'static str;

    /// Prefix of the runtime ids of the language: `python` of `python312`.
    fn language(&self) -> &'static str;

    /// Detects by the source only; a requested runtime has been handled before.
    fn detect(&self, workspace: &Workspace) -> Detect;

    /// What of the host's settings determines what is installed.
    fn settings(&self, host: &BTreeMap<String, String>) -> Value;

    /// Creates the layers.
    async fn build(&self, workspace: &Workspace, tools: &Tools) -> Result<Built, BuildError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_helper_that_has_no_credentials_here_is_named() {
        for (text, helper) in [
            (
                "npm error 401 Unauthorized - GET https://europe-west1-npm.pkg.dev/p/r/x",
                Some("with google-artifactregistry-auth"),
            ),
            (
                "ERROR: No matching distribution (from versions: none)\nhttps://europe-python.pkg.dev/p/r/simple",
                Some("with keyrings.google-artifactregistry-auth"),
            ),
            ("npm error 404 Not Found - GET https://europe-west1-npm.pkg.dev/p/r/x", None),
            ("npm error 401 Unauthorized - GET https://npm.example.com/x", None),
        ] {
            let explained = BuildError::User(text.to_owned()).with_access_advice().to_string();
            match helper {
                Some(helper) => assert!(explained.contains(helper), "{explained}"),
                None => assert_eq!(explained, text),
            }
        }
    }
}
