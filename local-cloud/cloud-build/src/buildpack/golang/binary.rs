//! The compiled function: taken from the cache by a key that covers everything that determines it,
//! or compiled.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::compile::{PREFIX, compile};
use super::framework::{Framework, INJECTED, MODULE};
use super::project::Project;
use super::sample;
use crate::buildpack::contract::{BuildError, Workspace};
use crate::image::{CachedLayer, Layer, hex_digest, pack};

/// Path of the binary in the image.
pub(super) const BINARY: &str = "/layers/google.go.build/bin/main";

/// Part of every key. Increment it when the same inputs produce a different binary.
const KEY_VERSION: u32 = 1;

/// Google's variables that affect a binary; Go's own are recognized by their prefixes.
const SETTINGS: [&str; 3] =
    ["GOOGLE_GOGCFLAGS", "GOOGLE_GOLDFLAGS", "GOOGLE_SKIP_FRAMEWORK_INJECTION"];

/// Recorded with a layer whose framework was injected.
const INJECTED_NOTE: &str = "injected";

/// A function's binary, as a layer.
#[derive(Debug)]
pub(super) struct Binary {
    pub(super) layer: Layer,
    pub(super) framework: Framework,
}

impl Binary {
    /// # Errors
    /// [`BuildError::User`] with the output of Go if the source does not compile.
    pub(super) async fn compile_or_reuse(project: &Project<'_>) -> Result<Self, BuildError> {
        let cache = &project.tools.cache;
        let key = key(project).await?;
        let _reserved = cache.reserve(&key).await;
        if let Some(cached) = cache.get(&key).await {
            project.tools.log.line("Binary is up to date, skipping compilation.");
            return Ok(Self::of(cached));
        }
        sample::seed(project).await?;
        let framework = compile(project).await?;
        store(project, key, &framework).await.map(Self::of)
    }

    fn of(cached: CachedLayer) -> Self {
        let version = cached.packages.get(MODULE).cloned().unwrap_or_default();
        let injected = cached.packages.contains_key(INJECTED_NOTE);
        Self { layer: cached.layer, framework: Framework { version, injected } }
    }
}

/// A hash of everything that determines the binary. A target that is chosen at the start of the
/// function does not.
async fn key(project: &Project<'_>) -> Result<String, BuildError> {
    let (directory, file) =
        (project.directory.to_owned(), project.tools.inputs().join("source.tar.gz"));
    let hashing = project.tools.blocking.run(move || pack(&directory, "source", file, ""));
    let source = hashing.await.map_err(BuildError::host("hash the source"))?;
    let settings: BTreeMap<_, _> = settings(project.workspace).collect();
    let target = (!project.package.is_declarative()).then_some(project.target);
    let all = json!([
        KEY_VERSION,
        "go",
        INJECTED,
        source.diff_id,
        target,
        project.toolchain.settings,
        settings
    ]);
    Ok(project.tools.own_key(&hex_digest(all.to_string().as_bytes())))
}

/// Variables of the build's environment that affect a binary.
fn settings(workspace: &Workspace) -> impl Iterator<Item = (&String, &String)> {
    let is_gos = |name: &str| {
        (name.starts_with("GO") && !name.starts_with("GOOGLE_")) || name.starts_with("CGO_")
    };
    workspace
        .environment()
        .iter()
        .filter(move |(name, _)| is_gos(name) || SETTINGS.contains(&name.as_str()))
}

async fn store(
    project: &Project<'_>,
    key: String,
    framework: &Framework,
) -> Result<CachedLayer, BuildError> {
    let (cache, dir) =
        (Arc::clone(&project.tools.cache), project.tools.scratch().join("root").join(PREFIX));
    let injected =
        framework.injected.then(|| (INJECTED_NOTE.to_owned(), framework.version.clone()));
    let packages =
        [(MODULE.to_owned(), framework.version.clone())].into_iter().chain(injected).collect();
    let storing = project
        .tools
        .blocking
        .run(move || cache.put(&key, &dir, PREFIX, packages, "google.go.build"));
    storing.await.map_err(BuildError::host("store the binary's layer"))
}
