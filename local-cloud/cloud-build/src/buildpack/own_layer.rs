//! Layers of packages that a source determines in ways that no key can cover.
//!
//! A function has such a layer to itself, and shares it only with functions that are built from the
//! same source with the same variables, such as those of one project of firebase-tools. What is
//! installed for them is the same, including what the source's own scripts put into it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;

use super::contract::{BuildError, Tools};
use crate::image::{CachedLayer, LayerCache, Reserved, hex_digest};

/// A variable that differs between the functions of one source, and does not determine packages.
const TARGET: &str = "GOOGLE_FUNCTION_TARGET";

/// A layer of one function that no other build creates, until this is dropped.
pub(super) struct OwnLayer<'a> {
    tools: &'a Tools,
    of_function: String,
    of_source: String,
    _reserved: [Reserved; 2],
}

impl<'a> OwnLayer<'a> {
    /// Waits for other builds that create the layer. `key` covers what is known to determine it.
    pub(super) async fn reserve(tools: &'a Tools, key: &str) -> Self {
        let of_function = tools.own_key(key);
        let of_source = hex_digest(format!("{}\n{key}", tools.source).as_bytes());
        // Always in this order, so that two builds never wait for each other.
        let reserved =
            [tools.cache.reserve(&of_function).await, tools.cache.reserve(&of_source).await];
        Self { tools, of_function, of_source, _reserved: reserved }
    }

    /// The layer, if it exists.
    pub(super) async fn get(&self) -> Option<CachedLayer> {
        let cache = &self.tools.cache;
        if let Some(cached) = cache.get(&self.of_function).await {
            return Some(cached);
        }
        let cached = cache.get(&self.of_source).await?;
        record(cache, &self.of_function, &cached);
        Some(cached)
    }

    /// Packs a directory as the layer.
    ///
    /// # Errors
    /// [`BuildError::Host`] if a file cannot be read or written, or cannot be in an image.
    pub(super) async fn store(
        &self,
        directory: PathBuf,
        prefix: &'static str,
        packages: BTreeMap<String, String>,
        created_by: &'static str,
    ) -> Result<CachedLayer, BuildError> {
        let (cache, key) = (Arc::clone(&self.tools.cache), self.of_function.clone());
        let storing = move || cache.put(&key, &directory, prefix, packages, created_by);
        let stored = self.tools.blocking.run(storing).await;
        let cached = stored.map_err(BuildError::host("store the packages as a layer"))?;
        record(&self.tools.cache, &self.of_source, &cached);
        Ok(cached)
    }
}

/// Lets another key find a layer. Without it, the packages are only installed once more.
fn record(cache: &LayerCache, key: &str, cached: &CachedLayer) {
    if let Err(error) = cache.record(key, cached) {
        tracing::warn!(%error, "cannot record a cached layer for other builds");
    }
}

/// What a build reads, as part of keys: the source, by its digest, and the variables with the values of
/// secrets.
pub(crate) fn inputs(source_digest: &str, environment: &BTreeMap<String, String>) -> String {
    let variables: BTreeMap<_, _> =
        environment.iter().filter(|(name, _)| name.as_str() != TARGET).collect();
    hex_digest(json!([source_digest, variables]).to_string().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_differ_by_source_and_variables_but_not_by_target() {
        let of = |source: &str, variables: &[(&str, &str)]| {
            let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            inputs(source, &variables.iter().map(owned).collect())
        };
        let base = of("a", &[("NPM_TOKEN", "secret"), (TARGET, "one")]);
        assert_eq!(of("a", &[("NPM_TOKEN", "secret"), (TARGET, "two")]), base);
        let others =
            [of("b", &[("NPM_TOKEN", "secret")]), of("a", &[("NPM_TOKEN", "x")]), of("a", &[])];
        assert!(others.iter().all(|other| *other != base), "{others:?}");
    }
}
