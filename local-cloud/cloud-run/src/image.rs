//! Images: pulled by digest, verified, and unpacked once for all images with the same layers. Images of
//! functions of one source often differ only in their configuration.

mod config;
mod registry;
mod unpack;
mod unpacked_by;

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use longshore_local_sandbox::Launcher;
use parking_lot::Mutex;
use tokio::sync::OwnedMutexGuard;

pub(crate) use config::ImageConfig;
pub(crate) use registry::PullError;

use super::core::ImageRef;
use registry::Registry;
use unpacked_by::UnpackedBy;

/// An unpacked image.
#[derive(Clone, Debug)]
pub(crate) struct Unpacked {
    pub(crate) rootfs: PathBuf,
    pub(crate) config: ImageConfig,
}

/// The images of this data directory: `images/HEX/config.json`, and beside it `rootfs`, or the name
/// of the image whose `rootfs` it uses: see [`UnpackedBy`].
pub(crate) struct Images {
    dir: PathBuf,
    registry: Registry,
    launcher: Launcher,
    unpacked_by: Arc<UnpackedBy>,
    /// One lock for each digest in use, and one for each list of layers, so that services that
    /// share an image or its layers unpack them once.
    unpacking: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

/// The lock of a digest. Work on a blocking thread continues after the future that waits for it is
/// dropped, so it holds the lock too.
type Unpacking = Arc<OwnedMutexGuard<()>>;

impl Images {
    /// Keeps the images of the `needed` digests, and removes all others, and those whose files are
    /// gone. `None`: all are needed.
    ///
    /// # Errors
    /// Fails if the directory cannot be created, or an image cannot be removed.
    pub(crate) fn open(
        dir: PathBuf,
        registry: SocketAddr,
        launcher: Launcher,
        needed: Option<&BTreeSet<String>>,
    ) -> io::Result<Self> {
        std::fs::create_dir_all(&dir)?;
        let needed = needed.map(|digests| unpacked_by::with_others(&dir, digests));
        let mut kept = Vec::new();
        for entry in std::fs::read_dir(&dir)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_kept = || {
                needed.as_ref().is_none_or(|needed| needed.contains(&name))
                    && unpacked_by::rootfs(&entry.path()).exists()
            };
            if name.starts_with(unpack::UNFINISHED_PREFIX) || (is_hex(&name) && !is_kept()) {
                std::fs::remove_dir_all(entry.path())?;
            } else if is_hex(&name) {
                kept.push(name);
            }
        }
        let unpacked_by = Arc::new(UnpackedBy::read(&dir, kept));
        let registry = Registry::new(registry);
        Ok(Self { dir, registry, launcher, unpacked_by, unpacking: Mutex::default() })
    }

    /// The digest that the reference resolves to now.
    ///
    /// # Errors
    /// [`PullError::Missing`] if the registry does not have the image.
    pub(crate) async fn resolve(&self, image: &ImageRef) -> Result<String, PullError> {
        self.registry.resolve(image).await
    }

    /// The image of this digest. Pulls and unpacks it unless that has been done. May be dropped at
    /// any time: unpacking that has started is completed.
    ///
    /// # Errors
    /// [`PullError::Missing`] persists until the image is pushed; other errors may be transient.
    pub(crate) async fn unpacked(
        &self,
        image: &ImageRef,
        digest: &str,
    ) -> Result<Unpacked, PullError> {
        let unpacking = Arc::new(self.lock_of(digest).lock_owned().await);
        let home = self.dir.join(hex_of(digest));
        if !home.join(config::FILE_NAME).exists() {
            self.pull(&image.pinned(digest), &home, &unpacking).await?;
        }
        let config = ImageConfig::read(&home.join(config::FILE_NAME)).map_err(PullError::Disk)?;
        let rootfs = unpacked_by::rootfs(&home);
        self.hand_over(&rootfs, unpacking).await.map_err(PullError::Disk)?;
        Ok(Unpacked { rootfs, config })
    }

    async fn pull(
        &self,
        image: &ImageRef,
        home: &Path,
        unpacking: &Unpacking,
    ) -> Result<(), PullError> {
        let manifest = self.registry.manifest(image).await?;
        let config = self.registry.small_blob(image, &manifest.config.digest).await?;
        let work = tempfile::Builder::new()
            .prefix(unpack::UNFINISHED_PREFIX)
            .tempdir_in(&self.dir)
            .map_err(PullError::Disk)?;
        let digests: Vec<&str> =
            manifest.layers.iter().map(|layer| layer.digest.as_str()).collect();
        let digests = digests.join("\n");
        // Always after the lock of an image, so that two images never wait for each other.
        let same_layers = self.lock_of(&digests).lock_owned().await;
        let mut layers = Vec::new();
        let by = self.unpacked_by.image_with(&digests);
        if by.is_none() {
            for (index, layer) in manifest.layers.iter().enumerate() {
                let file = work.path().join(format!("layer-{index}"));
                self.registry.blob(image, &layer.digest, &file).await?;
                layers.push(file);
            }
        }
        let (work_dir, home) = (work.keep(), home.to_owned());
        let unpacked_by = Arc::clone(&self.unpacked_by);
        Self::holding(Arc::clone(unpacking), move || {
            let _same_layers = same_layers;
            match by {
                Some(by) => unpacked_by::share(&by, &work_dir, &config, &home),
                None => {
                    unpacked_by::note_layers(&work_dir, &digests)?;
                    unpack::unpack(&work_dir, &layers, &config, &home)?;
                    unpacked_by.add(digests, &home);
                    Ok(())
                }
            }
        })
        .await
        .map_err(PullError::Disk)
    }

    /// Also for an image that was unpacked earlier: bubblewrap may have been installed since.
    async fn hand_over(&self, rootfs: &Path, unpacking: Unpacking) -> io::Result<()> {
        let (launcher, rootfs) = (self.launcher.clone(), rootfs.to_owned());
        Self::holding(unpacking, move || launcher.hand_over(&rootfs)).await
    }

    /// Works on a blocking thread, and holds the lock until the work is done.
    async fn holding(
        unpacking: Unpacking,
        work: impl FnOnce() -> io::Result<()> + Send + 'static,
    ) -> io::Result<()> {
        let working = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(unpacking);
            result
        });
        working.await.map_err(io::Error::other)?
    }

    fn lock_of(&self, digest: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.unpacking.lock();
        // Locks that are not held and not waited for.
        locks.retain(|_, lock| Arc::strong_count(lock) > 1);
        Arc::clone(locks.entry(digest.to_owned()).or_default())
    }
}

/// The directory name of the image with this digest.
fn hex_of(digest: &str) -> &str {
    digest.trim_start_matches("sha256:")
}

/// Whether this is the directory name of an unpacked image. Others must not be removed.
fn is_hex(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}
