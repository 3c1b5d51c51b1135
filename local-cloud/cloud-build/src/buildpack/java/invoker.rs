//! The Java Functions Framework, which Google calls the invoker: the one that the function depends
//! on, or an injected one.

use std::collections::BTreeMap;

use super::jdk::Jdk;
use super::output::Output;
use super::{jar, maven};
use crate::buildpack::contract::{BuildError, Tools, Workspace};
use crate::image::Layer;

/// The injected versions, as in Google's buildpacks.
const VERSION: &str = "1.4.1";
const VERSION_2: &str = "2.0.1";

/// Directory of the injected invoker in the image, without the leading slash.
const PREFIX: &str = "layers/google.java.functions-framework/functions-framework";

/// Distinguishes an invoker from a jar that only has its name.
const MAIN_CLASS: &str = "com.google.cloud.functions.invoker.runner.Invoker";

#[derive(Debug)]
pub(super) struct Invoker {
    /// Path in the image.
    pub(super) path: String,
    pub(super) version: String,
    /// The layer that contains it, if it is injected.
    pub(super) layer: Option<Layer>,
}

impl Invoker {
    /// # Errors
    /// [`BuildError::User`] if it has to be injected and cannot be fetched.
    pub(super) async fn find(
        jdk: &Jdk,
        workspace: &Workspace,
        tools: &Tools,
        output: &Output,
    ) -> Result<Self, BuildError> {
        if let Some(own) = find_in_dependencies(output) {
            return Ok(own);
        }
        let version = if workspace.is_on("USE_JAVA_FF_2") { VERSION_2 } else { VERSION };
        let key = format!("java-function-invoker-{version}");
        let _reserved = tools.shared_cache.reserve(&key).await;
        let injected = |layer| Self {
            path: format!("/{PREFIX}/{key}.jar"),
            version: version.to_owned(),
            layer: Some(layer),
        };
        if let Some(cached) = tools.shared_cache.get(&key).await {
            return Ok(injected(cached.layer));
        }
        tools.log.line(format!(
            "Failed to find vendored functions-framework dependency. Installing version {version}."
        ));
        let tools = &tools.shared()?;
        let jdk = &jdk.without_source(tools)?;
        let workspace = &Workspace::new(tools.scratch().to_owned(), BTreeMap::new());
        let dir = tools.scratch().join("invoker");
        let artifact =
            format!("com.google.cloud.functions.invoker:java-function-invoker:{version}");
        maven::copy(jdk, workspace, tools, &artifact, &dir).await?;
        let stored =
            tools.cache.put(&key, &dir, PREFIX, BTreeMap::new(), "google.java.functions-framework");
        Ok(injected(stored.map_err(BuildError::host("store the framework"))?.layer))
    }
}

/// The invoker among the function's dependencies.
fn find_in_dependencies(output: &Output) -> Option<Invoker> {
    let directory = output.unpacked.as_ref()?;
    let named = |jar: &std::path::PathBuf| {
        jar.file_name()
            .is_some_and(|name| name.to_string_lossy().contains("java-function-invoker-"))
    };
    let found =
        jar::files_with_extension(directory, "jar").into_iter().filter(named).find(|jar| {
            jar::manifest_value(jar, "Main-Class").is_some_and(|main| main == MAIN_CLASS)
        })?;
    let name = found.file_name()?.to_string_lossy().into_owned();
    let by_name =
        || Some(name.split_once("java-function-invoker-")?.1.strip_suffix(".jar")?.to_owned());
    let version =
        jar::manifest_value(&found, "Implementation-Version").or_else(by_name).unwrap_or_default();
    Some(Invoker {
        path: format!("{}/{name}", output.dependencies_directory()?),
        version,
        layer: None,
    })
}
