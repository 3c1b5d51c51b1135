//! How a function is started: its framework, its layers and its launch environment.

use std::collections::BTreeMap;

use super::check;
use super::dependencies::Dependencies;
use super::framework::{self, Framework};
use super::layers::MODULES_PREFIX;
use super::manifest::Manifest;
use super::scripts::{NODE_ENV, launch_node_env};
use super::toolchain::Toolchain;
use crate::buildpack::contract::{BuildError, Tools, Workspace};
use crate::buildpack::host::launch_path;
use crate::buildpack::launch;
use crate::image::Layer;

/// The memory of the function, in MiB.
const MEMORY_VARIABLE: &str = "GOOGLE_CONTAINER_MEMORY_HINT_MB";

/// The part of it that Google's buildpacks reserve for everything but the JavaScript heap.
const HEADROOM_MB: u32 = 64;

/// A function with its framework.
#[derive(Debug)]
pub(super) struct Served {
    framework: Framework,
    injected: bool,
    /// Whether the function has packages of its own.
    has_modules: bool,
    layers: Vec<Layer>,
}

impl Served {
    /// Injects the framework unless the function has it.
    ///
    /// # Errors
    /// [`BuildError::User`] if it is not available.
    pub(super) async fn new(
        dependencies: Dependencies,
        manifest: &Manifest,
        workspace: &Workspace,
        tools: &Tools,
    ) -> Result<Self, BuildError> {
        let has_modules =
            dependencies.layer.is_some() || workspace.root().join("node_modules").exists();
        let mut layers = vec![framework::loopback(tools)?];
        let injected = !manifest.has_framework();
        let found = if injected {
            tools.log.line("Handling functions without dependency on functions-framework.");
            let cached = framework::inject(workspace, tools).await?;
            let found = Framework::of(&cached);
            layers.push(cached.layer);
            found
        } else {
            tools.log.line("Handling functions with dependency on functions-framework.");
            dependencies.framework
        };
        layers.extend(dependencies.layer);
        Ok(Self {
            framework: found.ok_or_else(check::framework_is_missing)?,
            injected,
            has_modules,
            layers,
        })
    }

    pub(super) fn entrypoint(&self) -> Vec<String> {
        let own = format!("/{MODULES_PREFIX}");
        self.framework.entrypoint(&if self.injected { framework::injected_modules() } else { own })
    }

    /// The launch environment. An injected framework finds the function's packages only through
    /// `NODE_PATH`.
    pub(super) fn environment(
        &self,
        toolchain: &Toolchain,
        heap_limit_mb: Option<u32>,
        workspace: &Workspace,
    ) -> BTreeMap<String, String> {
        let modules = format!("/{MODULES_PREFIX}");
        let mut environment = launch::environment(workspace);
        let mut set = |name: &str, value: String| environment.insert(name.to_owned(), value);
        set("PATH", launch_path([format!("{modules}/.bin")], Some(&toolchain.executable)));
        set(NODE_ENV, launch_node_env(workspace).to_owned());
        if let Some(limit) = heap_limit_mb {
            set("NODE_OPTIONS", format!("--max-old-space-size={limit}"));
        }
        if self.injected && self.has_modules {
            set("NODE_PATH", modules);
        }
        environment
    }

    pub(super) fn labels(&self, workspace: &Workspace) -> BTreeMap<String, String> {
        let framework = launch::Framework {
            runtime: "nodejs",
            version: &self.framework.version,
            injected: self.injected,
        };
        launch::labels(workspace, framework)
    }

    /// In the order of the image.
    pub(super) fn into_layers(self) -> Vec<Layer> {
        self.layers
    }
}

/// Limit of the JavaScript heap, if the build knows the memory of the function.
///
/// # Errors
/// [`BuildError::User`], with the text of Google's buildpacks, if the memory is not a number or too
/// small.
pub(super) fn heap_limit_mb(workspace: &Workspace) -> Result<Option<u32>, BuildError> {
    let Some(hint) = workspace.environment().get(MEMORY_VARIABLE) else { return Ok(None) };
    let refuse =
        |what: String| BuildError::User(format!("{MEMORY_VARIABLE}={hint:?} must be {what}"));
    let memory: u32 = hint.parse().map_err(|error| refuse(format!("an integer: {error}")))?;
    let limit = memory.checked_sub(HEADROOM_MB).filter(|limit| *limit > 0);
    limit.map(Some).ok_or_else(|| refuse(format!("greater than {HEADROOM_MB}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heap_limit_follows_from_the_memory() {
        type Case<'a> = (&'a [(&'a str, &'a str)], Result<Option<u32>, &'a str>);
        let table: [Case<'_>; 4] = [
            (&[], Ok(None)),
            (&[(MEMORY_VARIABLE, "256")], Ok(Some(192))),
            (
                &[(MEMORY_VARIABLE, "64")],
                Err(r#"GOOGLE_CONTAINER_MEMORY_HINT_MB="64" must be greater than 64"#),
            ),
            (
                &[(MEMORY_VARIABLE, "1Gi")],
                Err(r#"GOOGLE_CONTAINER_MEMORY_HINT_MB="1Gi" must be an integer: "#),
            ),
        ];
        for (environment, expected) in table {
            let environment = environment
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            let found = heap_limit_mb(&Workspace::new("/nowhere".into(), environment))
                .map_err(|error| error.to_string());
            match (found, expected) {
                (Err(text), Err(begin)) => assert!(text.starts_with(begin), "{text}"),
                (found, expected) => assert_eq!(found, expected.map_err(str::to_owned)),
            }
        }
    }
}
