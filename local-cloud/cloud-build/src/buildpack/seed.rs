//! A first content for the caches of a function, so that its first build does not fetch and compile
//! what every function of its language needs.
//!
//! It is made without any source, and kept as a layer, which is verified when it is read. Each
//! function gets a copy: what its builds do to that, no other function sees.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::contract::{BuildError, Tools};
use crate::image::{Layer, Reserved, unpack_layer};

/// Whether the function has no cache of this name yet.
pub(super) fn is_needed(name: &str, tools: &Tools) -> bool {
    tools.room.caches.join(name).symlink_metadata().is_err()
}

/// A seed that has to be made. No other build makes it at the same time.
pub(super) struct Missing {
    name: &'static str,
    key: String,
    _reserved: Reserved,
}

/// Copies the seed with this key into the function's cache of this name. Returns a value if there
/// is no such seed.
///
/// # Errors
/// If the seed cannot be unpacked.
pub(super) async fn plant(
    name: &'static str,
    key: String,
    tools: &Tools,
) -> Result<Option<Missing>, BuildError> {
    let reserved = tools.shared_cache.reserve(&key).await;
    let Some(cached) = tools.shared_cache.get(&key).await else {
        return Ok(Some(Missing { name, key, _reserved: reserved }));
    };
    copy(cached.layer, name, tools).await.map(|()| None)
}

impl Missing {
    /// Keeps the cache of this name, as commands of `shared` have filled it, and copies it.
    ///
    /// # Errors
    /// If it cannot be packed or unpacked.
    pub(super) async fn keep(self, shared: &Tools, tools: &Tools) -> Result<(), BuildError> {
        let (cache, directory) = (Arc::clone(&shared.cache), shared.room.caches.join(self.name));
        let (name, key) = (self.name, self.key);
        let storing = shared
            .blocking
            .run(move || cache.put(&key, &directory, name, BTreeMap::new(), "longshore.seed"));
        let cached =
            storing.await.map_err(BuildError::host("store the first content of a cache"))?;
        copy(cached.layer, name, tools).await
    }
}

async fn copy(layer: Layer, name: &'static str, tools: &Tools) -> Result<(), BuildError> {
    // Not in the cache itself, to which another build of the function may be writing.
    let root = tools.home.join(format!("seed-{name}"));
    let unpacking = {
        let root = root.clone();
        tools
            .blocking
            .run(move || std::fs::create_dir_all(&root).and_then(|()| unpack_layer(&layer, &root)))
    };
    unpacking.await.map_err(BuildError::host("unpack the first content of a cache"))?;
    tools.hand_over(&root)?;
    let moved = std::fs::rename(root.join(name), tools.room.caches.join(name));
    moved
        .or_else(|error| exists(&tools.room.caches.join(name)).then_some(()).ok_or(error))
        .map_err(BuildError::host("move the first content into a cache"))
}

fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}
