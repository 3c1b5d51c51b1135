//! A function of three lines, compiled in the place of the real one, so that the modules of the
//! framework and the compiled standard library are in the caches.

use std::path::PathBuf;

use serde_json::json;

use super::compile::compile;
use super::framework::{INJECTED, MODULE};
use super::package::Package;
use super::project::Project;
use super::toolchain::{self, Toolchain};
use crate::buildpack::contract::{BuildError, Tools, Workspace};
use crate::buildpack::seed;
use crate::image::hex_digest;

const SOURCE: &str = "package sample

import \"net/http\"

func Sample(w http.ResponseWriter, r *http.Request) {}
";

/// Part of every key. Increment it when the same inputs produce different caches.
const KEY_VERSION: u32 = 1;

/// Name of the cache.
const CACHE: &str = "go";

/// Fills the caches of a function that has none. A sample that cannot be compiled is no error: the
/// function itself will say what is missing.
///
/// # Errors
/// [`BuildError::Host`] if the caches cannot be written.
pub(super) async fn seed(project: &Project<'_>) -> Result<(), BuildError> {
    let is_vendored = project.directory.join("vendor").is_dir();
    let settings = toolchain::proxy_settings(project.workspace);
    let is_offline = settings.get("GOPROXY").is_some_and(|proxy| proxy == "off");
    if !project.has_module() || is_vendored || is_offline || !seed::is_needed(CACHE, project.tools)
    {
        return Ok(());
    }
    let shared = &project.tools.shared_and_quiet()?;
    let toolchain = &Toolchain::without_source(&settings, shared).await?;
    let all = json!([KEY_VERSION, "seed of go", INJECTED, toolchain.settings, settings]);
    let key = hex_digest(all.to_string().as_bytes());
    let Some(missing) = seed::plant(CACHE, key, project.tools).await? else { return Ok(()) };
    let directory = write(shared).map_err(BuildError::host("write a sample"))?;
    shared.hand_over(&directory)?;
    let workspace = &Workspace::new(directory.clone(), settings);
    let package = &Package::read(&directory)?;
    let sample = Project {
        directory: &directory,
        package,
        target: "Sample",
        toolchain,
        workspace,
        tools: shared,
    };
    match compile(&sample).await {
        Ok(_) => missing.keep(shared, project.tools).await,
        Err(error) => {
            tracing::debug!(%error, "the sample that fills the caches of Go does not compile");
            Ok(())
        }
    }
}

fn write(shared: &Tools) -> std::io::Result<PathBuf> {
    let directory = shared.scratch().join("sample");
    std::fs::create_dir(&directory)?;
    std::fs::write(directory.join("sample.go"), SOURCE)?;
    let module =
        format!("module functions.local/sample\n\ngo 1.21\n\nrequire {MODULE} {INJECTED}\n");
    std::fs::write(directory.join("go.mod"), module)?;
    Ok(directory)
}
