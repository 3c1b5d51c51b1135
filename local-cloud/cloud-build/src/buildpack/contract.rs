//! The contract of a buildpack: what it is given, what it returns, and how it fails.

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

    /// Directory that becomes `/workspace`.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The build's environment, as the caller gave it.
    pub(crate) fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// A variable of the build's environment that is set and not empty.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A variable that Google's buildpacks read as a switch.
    pub(crate) fn is_on(&self, name: &str) -> bool {
        self.variable(name)
            .is_some_and(|value| ["1", "t", "true"].contains(&value.to_ascii_lowercase().as_str()))
    }

    /// The function's name.
    ///
    /// # Errors
    /// [`BuildError::User`] when the build's environment has none, in the words of Google's
    /// buildpacks.
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

    /// Whether there is such a file.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.root.join(name).is_file()
    }
}

/// What a buildpack works with.
pub(crate) struct Tools {
    pub(crate) cache: Arc<LayerCache>,
    pub(crate) guard: Option<PathBuf>,
    pub(crate) log: Arc<BuildLog>,
    /// An empty directory that goes away with the build.
    pub(crate) scratch: PathBuf,
}

/// Whether a buildpack wants a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Detect {
    /// Yes, because of this.
    OptIn(String),
    /// No.
    OptOut,
}

/// Why a build failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BuildError {
    /// The source or the request is to blame; the same build fails again.
    #[error("{0}")]
    User(String),
    /// This machine is to blame.
    #[error("cannot {doing}")]
    Host { doing: &'static str, source: io::Error },
}

impl BuildError {
    /// Names files as the source has them, and not by where it was unpacked.
    pub(super) fn without(self, root: &Path) -> Self {
        match self {
            Self::User(text) => Self::User(text.replace(&format!("{}/", root.display()), "")),
            Self::Host { doing, source } => Self::Host { doing, source },
        }
    }

    /// For `map_err`: this machine could not do something.
    pub(crate) fn host(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Host { doing, source }
    }
}

/// The result of a buildpack. The application itself is what it left in the workspace.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) image: Contents,
    /// Versions of the language runtime.
    pub(crate) versions: Vec<String>,
    pub(crate) warnings: Vec<String>,
}

/// One language.
#[async_trait]
pub(crate) trait Buildpack: Send + Sync {
    /// Name in logs and in the builder's output.
    fn id(&self) -> &'static str;

    /// What runtime ids of the language start with: `python` of `python312`.
    fn language(&self) -> &'static str;

    /// Looks at the source alone; which runtime was asked for has been decided by then.
    fn detect(&self, workspace: &Workspace) -> Detect;

    /// Makes the layers.
    ///
    /// # Errors
    /// See [`BuildError`].
    async fn build(&self, workspace: &Workspace, tools: &Tools) -> Result<Built, BuildError>;
}
