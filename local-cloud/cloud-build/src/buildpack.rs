//! Buildpacks: each knows one language, and turns a workspace into layers and a way to start them.

pub(crate) mod contract;
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

use contract::{BuildError, Buildpack, Built, Detect, Tools, Workspace};
use found::languages;
use golang::Golang;
use java::Java;
use nodejs::Nodejs;
use python::Python;

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
