//! A cache of dependency layers, packed as they go into an image.
//!
//! Only local clouds of this user write here: one to the cache of its own, and any number at the
//! same time to the cache of what is made without a source. A file is complete when it appears, and
//! a layer is used only if its content has the digest that was recorded when it was packed: where
//! builds run without a sandbox, anything of this user can change the files.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use flate2::read::GzDecoder;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::layer::{Hashing, Layer, pack};
use crate::digest::hex_digest;

/// Maximum age of a layer. After a day, as in Google's buildpacks, requirements without exact
/// versions are resolved again, because they become stale.
const MAXIMUM_AGE: Duration = Duration::from_hours(24);

/// Longer than any build reads its layers.
const MAXIMUM_READ_TIME: Duration = Duration::from_hours(1);

/// A layer, and what a buildpack needs to know about it without unpacking it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CachedLayer {
    pub(crate) layer: Layer,
    /// Packages in the layer, from name to version.
    pub(crate) packages: BTreeMap<String, String>,
    /// Creation time, in seconds since 1970.
    made_at_seconds: u64,
}

/// Layers by a key that covers everything that determines their content. The directory may be
/// deleted while no local cloud uses it.
#[derive(Debug)]
pub(crate) struct LayerCache {
    dir: PathBuf,
    /// What the settings of this machine add to every key.
    settings: String,
    making: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

/// The right to create a layer, until it is dropped.
pub(crate) struct Reserved {
    _in_this_process: tokio::sync::OwnedMutexGuard<()>,
    /// `None` if it cannot be locked. Then two processes may create the same layer, which only
    /// costs time.
    _among_processes: Option<File>,
}

impl LayerCache {
    /// `settings`: what the content of layers depends on besides their keys, in any form. Local
    /// clouds with different settings do not use each other's layers.
    ///
    /// # Errors
    /// If the directory cannot be created.
    pub(crate) fn open(dir: &Path, settings: String) -> io::Result<Self> {
        fs::create_dir_all(dir.join("layers"))?;
        let cache = Self { dir: dir.to_owned(), settings, making: Mutex::default() };
        cache.forget_old();
        Ok(cache)
    }

    /// Directory of the cache, in which buildpacks keep other things as well.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Locks a key. Hold the guard while a layer is looked up and created, so that two builds do
    /// not install the same packages at the same time.
    pub(crate) async fn reserve(&self, key: &str) -> Reserved {
        let lock = {
            let mut making = self.making.lock();
            // Unused locks: not held and not waited for.
            making.retain(|_, lock| Arc::strong_count(lock) > 1);
            Arc::clone(making.entry(key.to_owned()).or_default())
        };
        let in_this_process = lock.lock_owned().await;
        let path = self.file(key, "lock");
        let locking = tokio::task::spawn_blocking(move || lock_file(&path));
        let locked = locking.await.map_err(io::Error::other).and_then(|locked| locked);
        let among_processes = locked
            .inspect_err(|error| tracing::debug!(%error, "a key of the cache cannot be locked"));
        Reserved { _in_this_process: in_this_process, _among_processes: among_processes.ok() }
    }

    /// The layer, if it exists, is not too old, and has the recorded digest.
    pub(crate) async fn get(&self, key: &str) -> Option<CachedLayer> {
        let mut cached: CachedLayer =
            serde_json::from_slice(&fs::read(self.index_file(key)).ok()?).ok()?;
        let age = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .ok()?
            .as_secs()
            .checked_sub(cached.made_at_seconds)?;
        if age >= MAXIMUM_AGE.as_secs() {
            return None;
        }
        // The index does not choose which file is read.
        cached.layer.file = self.layer_file(&cached.layer.digest)?;
        let layer = cached.layer.clone();
        let verified = tokio::task::spawn_blocking(move || verify(&layer)).await;
        match verified.map_err(io::Error::other).and_then(|verified| verified) {
            Ok(()) => Some(cached),
            Err(error) => {
                tracing::warn!(
                    %error,
                    path = %cached.layer.file.display(),
                    "a cached layer cannot be used; it is created again"
                );
                None
            }
        }
    }

    /// Packs the directory as the layer with this key.
    pub(crate) fn put(
        &self,
        key: &str,
        dir: &Path,
        prefix: &str,
        packages: BTreeMap<String, String>,
        created_by: &str,
    ) -> io::Result<CachedLayer> {
        let layers = self.dir.join("layers");
        let temporary = tempfile::NamedTempFile::new_in(&layers)?.into_temp_path();
        let mut layer = pack(dir, prefix, temporary.to_path_buf(), created_by)?;
        layer.file = self
            .layer_file(&layer.digest)
            .ok_or_else(|| io::Error::other("a layer has no valid digest"))?;
        temporary.persist(&layer.file)?;
        let now =
            SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let cached = CachedLayer { layer, packages, made_at_seconds: now };
        self.record(key, &cached)?;
        self.forget_old();
        Ok(cached)
    }

    /// Lets a key find a layer of the cache. The age of the layer stays.
    pub(crate) fn record(&self, key: &str, cached: &CachedLayer) -> io::Result<()> {
        let mut index = tempfile::NamedTempFile::new_in(self.dir.join("layers"))?;
        serde_json::to_writer(&mut index, cached)?;
        index.persist(self.index_file(key))?;
        Ok(())
    }

    /// Removes files that have been too old for a while, so that no build that found them fresh
    /// still reads them. A failure must not fail a build; the next call tries again.
    fn forget_old(&self) {
        let files = fs::read_dir(self.dir.join("layers")).into_iter().flatten().flatten();
        for file in files {
            let age = file
                .metadata()
                .and_then(|file| file.modified())
                .map(|at| at.elapsed().unwrap_or_default());
            if age.is_ok_and(|age| age >= MAXIMUM_AGE + MAXIMUM_READ_TIME)
                && let Err(error) = fs::remove_file(file.path())
            {
                tracing::warn!(%error, path = %file.path().display(), "cannot remove an old layer");
            }
        }
    }

    fn index_file(&self, key: &str) -> PathBuf {
        self.file(key, "json")
    }

    fn file(&self, key: &str, extension: &str) -> PathBuf {
        let name = hex_digest(format!("{}\n{key}", self.settings).as_bytes());
        self.dir.join("layers").join(format!("{name}.{extension}"))
    }

    /// The file of the layer with this digest; `None` if it is not a digest.
    fn layer_file(&self, digest: &str) -> Option<PathBuf> {
        let hex = digest.strip_prefix("sha256:")?;
        let is_valid = hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_valid.then(|| self.dir.join("layers").join(format!("{hex}.tar.gz")))
    }
}

/// Waits until no other process has locked the file.
fn lock_file(path: &Path) -> io::Result<File> {
    let file = File::options().create(true).truncate(false).write(true).open(path)?;
    file.lock()?;
    // A lock that is in use is not old.
    file.set_modified(SystemTime::now())?;
    Ok(file)
}

/// Unpacks a layer into a directory.
///
/// # Errors
/// If a file cannot be read or written, or if the layer does not have its digest. In that case, the
/// directory may contain some of its files.
pub(crate) fn unpack_layer(layer: &Layer, root: &Path) -> io::Result<()> {
    let mut file = Hashing::new(File::open(&layer.file)?);
    tar::Archive::new(GzDecoder::new(&mut file)).unpack(root)?;
    check_digest(file, layer)
}

fn verify(layer: &Layer) -> io::Result<()> {
    check_digest(Hashing::new(File::open(&layer.file)?), layer)
}

/// Reads the rest of the file, and compares the digest of the whole.
fn check_digest(mut file: Hashing<File>, layer: &Layer) -> io::Result<()> {
    io::copy(&mut file, &mut io::sink())?;
    let found = file.digest();
    if found == layer.digest {
        return Ok(());
    }
    let error = format!("its digest is {found} instead of {}", layer.digest);
    Err(io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(dir: &Path) -> io::Result<LayerCache> {
        LayerCache::open(dir, String::new())
    }

    #[tokio::test]
    async fn a_layer_is_found_until_its_file_is_damaged_or_it_is_too_old() {
        let (home, content) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(content.path().join("a"), "a").unwrap();
        let cache = open(home.path()).unwrap();
        assert_eq!(cache.get("key").await, None);
        let packages = BTreeMap::from([("flask".to_owned(), "3".to_owned())]);
        let made = cache.put("key", content.path(), "layers/x", packages, "test").unwrap();
        assert_eq!(open(home.path()).unwrap().get("key").await, Some(made.clone()));
        assert_eq!(cache.get("another").await, None);

        let old = CachedLayer {
            made_at_seconds: made.made_at_seconds - MAXIMUM_AGE.as_secs() - 1,
            ..made.clone()
        };
        fs::write(cache.index_file("key"), serde_json::to_vec(&old).unwrap()).unwrap();
        assert_eq!(cache.get("key").await, None, "too old");

        fs::write(cache.index_file("key"), serde_json::to_vec(&made).unwrap()).unwrap();
        fs::write(&made.layer.file, "torn").unwrap();
        assert_eq!(cache.get("key").await, None, "damaged");
    }

    #[tokio::test]
    async fn a_poisoned_layer_is_not_used() {
        let (home, content, out) = (
            tempfile::tempdir().unwrap(),
            tempfile::tempdir().unwrap(),
            tempfile::tempdir().unwrap(),
        );
        fs::write(content.path().join("a"), "content").unwrap();
        let cache = open(home.path()).unwrap();
        let put = |key: &str| cache.put(key, content.path(), "x", BTreeMap::new(), "test").unwrap();
        let good = put("good");
        fs::write(content.path().join("a"), "CONTENT").unwrap();
        let evil = put("evil");
        assert_ne!(good.layer.digest, evil.layer.digest);

        // Another content of the same size.
        let mut poisoned = fs::read(&evil.layer.file).unwrap();
        poisoned.resize(usize::try_from(good.layer.size_bytes).unwrap(), 0);
        fs::write(&good.layer.file, poisoned).unwrap();
        assert_eq!(cache.get("good").await, None, "another content");
        assert!(unpack_layer(&good.layer, out.path()).is_err());

        // An index that names another file, or none.
        let good = put("good");
        for digest in ["sha256:../../evil", "sha256:", "", "md5:00"] {
            let mut index = good.clone();
            index.layer.digest = digest.to_owned();
            fs::write(cache.index_file("good"), serde_json::to_vec(&index).unwrap()).unwrap();
            assert_eq!(cache.get("good").await, None, "{digest}");
        }
        let mut index = evil.clone();
        index.layer.file = "/etc/hostname".into();
        fs::write(cache.index_file("evil"), serde_json::to_vec(&index).unwrap()).unwrap();
        assert_eq!(cache.get("evil").await, Some(evil));
    }

    #[test]
    fn files_that_are_too_old_to_be_used_are_removed() {
        let home = tempfile::tempdir().unwrap();
        let cache = open(home.path()).unwrap();
        for (name, age) in [
            ("old", MAXIMUM_AGE + MAXIMUM_READ_TIME),
            ("read", MAXIMUM_AGE),
            ("fresh", Duration::ZERO),
        ] {
            let file = File::create(cache.index_file(name)).unwrap();
            file.set_modified(SystemTime::now() - age).unwrap();
        }
        let cache = open(home.path()).unwrap();
        assert_eq!(
            ["old", "read", "fresh"].map(|name| cache.index_file(name).exists()),
            [false, true, true]
        );
    }

    #[test]
    fn an_unpacked_layer_has_the_packed_content() {
        let (home, content, out) = (
            tempfile::tempdir().unwrap(),
            tempfile::tempdir().unwrap(),
            tempfile::tempdir().unwrap(),
        );
        fs::write(content.path().join("a"), "content").unwrap();
        let cached = open(home.path())
            .unwrap()
            .put("key", content.path(), "layers/x", BTreeMap::new(), "test")
            .unwrap();
        unpack_layer(&cached.layer, out.path()).unwrap();
        assert_eq!(fs::read_to_string(out.path().join("layers/x/a")).unwrap(), "content");
    }

    #[tokio::test]
    async fn local_clouds_share_a_layer_if_their_settings_are_the_same() {
        let (home, content) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(content.path().join("a"), "content").unwrap();
        let cloud = |settings: &str| LayerCache::open(home.path(), settings.to_owned()).unwrap();
        let (one, same, other) = (cloud("index"), cloud("index"), cloud("another index"));
        let made = one.put("key", content.path(), "x", BTreeMap::new(), "test").unwrap();
        assert_eq!(same.get("key").await, Some(made));
        assert_eq!(other.get("key").await, None);
    }

    #[tokio::test]
    async fn a_layer_is_created_by_one_local_cloud_at_a_time() {
        let (home, content) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(content.path().join("a"), "content").unwrap();
        let (one, two) = (open(home.path()).unwrap(), open(home.path()).unwrap());
        let reserved = one.reserve("key").await;
        drop(two.reserve("another").await);
        let waiting = tokio::spawn(async move {
            let _reserved = two.reserve("key").await;
            two.get("key").await
        });
        let made = one.put("key", content.path(), "x", BTreeMap::new(), "test").unwrap();
        drop(reserved);
        assert_eq!(waiting.await.unwrap(), Some(made));
    }
}
