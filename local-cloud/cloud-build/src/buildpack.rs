//! Buildpacks: each knows one language, and turns a workspace into layers and a way to start them.

mod found;
mod golang;
mod host;
mod java;
mod launch;
mod nodejs;
mod python;
mod runtime;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use super::image::{Layer, LayerCache};
use super::work::BuildLog;
use found::languages;
use golang::Golang;
use java::Java;
use nodejs::Nodejs;
use python::Python;

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
    fn without(self, root: &Path) -> Self {
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

/// What a buildpack made. The application itself is what it left in the workspace.
#[derive(Debug)]
pub(crate) struct Built {
    /// In the order of the image.
    pub(crate) layers: Vec<Layer>,
    /// The launch environment: defaults, the service's own values win.
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) entrypoint: Vec<String>,
    pub(crate) labels: BTreeMap<String, String>,
    /// What the image takes from the host instead of a base image.
    pub(crate) host: Value,
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

/// Every language that can be built here, in the order in which Google's builder asks.
const BUILDPACKS: [&dyn Buildpack; 4] = [&Python, &Golang, &Java, &Nodejs];

/// Id of the step that chooses a buildpack.
const DETECTOR: &str = "longshore.detect";

/// Builds with the buildpack that fits, and says which one that was.
pub(crate) async fn detect_and_build(
    workspace: &Workspace,
    tools: &Tools,
) -> (&'static str, Result<Built, BuildError>) {
    let chosen = match choose(workspace) {
        Ok((buildpack, reason)) => {
            tools.log.line(format!("{}: {reason}", buildpack.id()));
            buildpack
        }
        Err(error) => return (DETECTOR, Err(error)),
    };
    (
        chosen.id(),
        chosen.build(workspace, tools).await.map_err(|error| error.without(workspace.root())),
    )
}

/// The buildpack of the runtime that was asked for, or the first that wants the source.
fn choose(workspace: &Workspace) -> Result<(&'static dyn Buildpack, String), BuildError> {
    if let Some(runtime) = workspace.variable("GOOGLE_RUNTIME") {
        let family = runtime::family_of(runtime)?;
        let fits = BUILDPACKS.into_iter().find(|buildpack| buildpack.language() == family.language);
        let not_here = || {
            BuildError::User(format!(
                "runtime `{runtime}`: the local cloud does not build {}; it builds: {}. Google Cloud builds it",
                family.name,
                supported()
            ))
        };
        return fits
            .map(|buildpack| (buildpack, format!("runtime {runtime}")))
            .ok_or_else(not_here);
    }
    for buildpack in BUILDPACKS {
        if let Detect::OptIn(reason) = buildpack.detect(workspace) {
            return Ok((buildpack, reason));
        }
    }
    let found = languages(workspace.root());
    Err(BuildError::User(format!(
        "no buildpack of the local cloud builds this source: found {found}; it builds: {}",
        supported()
    )))
}

fn supported() -> String {
    BUILDPACKS.map(Buildpack::language).join(", ")
}
