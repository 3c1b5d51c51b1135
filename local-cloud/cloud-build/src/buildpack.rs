//! Buildpacks. Each knows one language, and turns a workspace into layers and a command that starts
//! the function.

pub(crate) mod contract;
mod found;
mod golang;
mod host;
mod java;
mod launch;
mod nodejs;
pub(crate) mod own_layer;
mod python;
mod relocate;
mod runtime;
mod seed;
#[cfg(test)]
mod tests;

use contract::{BuildError, Buildpack, Built, Detect, Tools, Workspace};
use found::languages;
use golang::Golang;
use java::Java;
use nodejs::Nodejs;
use python::Python;

/// All buildpacks, in the order in which Google's builder detects them.
const BUILDPACKS: [&dyn Buildpack; 4] = [&Python, &Golang, &Java, &Nodejs];

/// Id for errors of the choice of a buildpack.
const DETECTOR: &str = "longshore.detect";

/// What of this machine's settings determines what builds install without a source.
pub(crate) fn settings_of_host() -> Vec<serde_json::Value> {
    // Others than texts configure no package manager.
    let texts = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let host = texts.collect();
    BUILDPACKS.map(|buildpack| buildpack.settings(&host)).into()
}

/// Builds with the matching buildpack, and returns its id as well.
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
        chosen
            .build(workspace, tools)
            .await
            .map_err(|error| error.with_paths_relative_to(workspace.root()))
            // Packages of the source are installed from a copy.
            .map_err(|error| error.with_paths_relative_to(&tools.scratch().join("source")))
            .map_err(|error| error.without(tools.log.credentials()).with_access_advice()),
    )
}

/// The buildpack of the requested runtime, or the first one that detects the source.
fn choose(workspace: &Workspace) -> Result<(&'static dyn Buildpack, String), BuildError> {
    if let Some(runtime) = workspace.variable("GOOGLE_RUNTIME") {
        let family = runtime::family_of(runtime, runtime::today())?;
        let fits = BUILDPACKS.into_iter().find(|buildpack| buildpack.language() == family.language);
        let unsupported = || {
            BuildError::User(format!(
                "runtime `{runtime}`: the local cloud does not support {}, although Google Cloud does; \
                 supported languages: {}",
                family.name,
                supported()
            ))
        };
        return fits
            .map(|buildpack| (buildpack, format!("runtime {runtime}")))
            .ok_or_else(unsupported);
    }
    for buildpack in BUILDPACKS {
        if let Detect::OptIn(reason) = buildpack.detect(workspace) {
            return Ok((buildpack, reason));
        }
    }
    let found = languages(workspace.root());
    Err(BuildError::User(format!(
        "the local cloud has no buildpack for this source: found {found}; supported languages: {}",
        supported()
    )))
}

fn supported() -> String {
    BUILDPACKS.map(Buildpack::language).join(", ")
}
