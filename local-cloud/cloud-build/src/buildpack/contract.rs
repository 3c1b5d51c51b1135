//! The contract of a buildpack: its input, its result and its errors.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;

use crate::image::{Contents, LayerCache};
use crate::log::BuildLog;

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

    /// Whether the source has this file.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.root.join(name).is_file()
    }
}

/// The resources of a buildpack.
pub(crate) struct Tools {
    pub(crate) cache: Arc<LayerCache>,
    pub(crate) guard: Option<PathBuf>,
    pub(crate) log: Arc<BuildLog>,
    /// An empty directory that is removed after the build.
    pub(crate) scratch: PathBuf,
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

impl BuildError {
    /// Names files by their path in the source instead of in the directory to which it was
    /// unpacked.
    pub(super) fn with_paths_relative_to(self, root: &Path) -> Self {
        match self {
            Self::User(text) => Self::User(text.replace(&format!("{}/", root.display()), "")),
            Self::Host { doing, source } => Self::Host { doing, source },
        }
    }

    /// For `map_err`: an operation that failed on this machine.
    pub(crate) fn host(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Host { doing, source }
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

    /// Creates the layers.
    async fn build(&self, workspace: &Workspace, tools: &Tools) -> Result<Built, BuildError>;
}
