//! A class of one line, built with Maven in the place of the real function, so that Maven's plugins
//! are in the local repository.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::json;

use super::jdk::Jdk;
use super::maven;
use crate::buildpack::contract::{BuildError, Tools, Workspace};
use crate::buildpack::seed;
use crate::image::hex_digest;

const POM: &str = include_str!("sample.xml");

const SOURCE: &str = "public class Sample {}\n";

/// Part of every key. Increment it when the same inputs produce another repository.
const KEY_VERSION: u32 = 2;

/// Name of the cache.
const CACHE: &str = "maven";

/// Fills the local repository of a function that has none. A sample that cannot be built is no
/// error: the function itself will say what is missing.
///
/// # Errors
/// [`BuildError::Host`] if the repository cannot be written.
pub(super) async fn seed(jdk: &Jdk, tools: &Tools) -> Result<(), BuildError> {
    if !seed::is_needed(CACHE, tools) {
        return Ok(());
    }
    let all = json!([KEY_VERSION, "seed of maven", POM, jdk.home, jdk.version]);
    let key = hex_digest(all.to_string().as_bytes());
    let Some(missing) = seed::plant(CACHE, key, tools).await? else { return Ok(()) };
    let shared = &tools.shared_and_quiet()?;
    let jdk = &jdk.without_source(shared)?;
    let directory = write(shared).map_err(BuildError::host("write a sample"))?;
    shared.hand_over(&directory)?;
    let workspace = &Workspace::new(directory, BTreeMap::new());
    match maven::build(jdk, workspace, shared).await {
        Ok(_) => missing.keep(shared, tools).await,
        Err(error) => {
            tracing::debug!(%error, "the sample that fills Maven's repository does not build");
            Ok(())
        }
    }
}

fn write(shared: &Tools) -> std::io::Result<PathBuf> {
    let directory = shared.scratch().join("sample");
    let sources = directory.join("src/main/java");
    std::fs::create_dir_all(&sources)?;
    std::fs::write(sources.join("Sample.java"), SOURCE)?;
    std::fs::write(directory.join("pom.xml"), POM)?;
    Ok(directory)
}
