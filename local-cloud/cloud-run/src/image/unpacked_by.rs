//! Which image has unpacked which layers.
//!
//! The first image with some layers has the root file system. Another image with the same layers has a
//! file with the name of the first one instead.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;

use super::{hex_of, is_hex, unpack};

/// The file with the digests of the layers that are unpacked beside it, one on each line.
const LAYERS: &str = "layers";

/// The file with the directory name of the image whose root file system is used.
const UNPACKED_BY: &str = "unpacked-by";

/// Directory names of images, by the digests of the layers that they have unpacked.
#[derive(Debug, Default)]
pub(super) struct UnpackedBy(Mutex<HashMap<String, String>>);

impl UnpackedBy {
    /// Reads what the images with these directory names have unpacked.
    pub(super) fn read(dir: &Path, images: Vec<String>) -> Self {
        let layers_of = |name: &String| fs::read_to_string(dir.join(name).join(LAYERS)).ok();
        let by = images.into_iter().filter_map(|name| Some((layers_of(&name)?, name))).collect();
        Self(Mutex::new(by))
    }

    /// The directory name of the image that has unpacked these layers.
    pub(super) fn image_with(&self, layers: &str) -> Option<String> {
        self.0.lock().get(layers).cloned()
    }

    /// Adds the image in this directory.
    pub(super) fn add(&self, layers: String, home: &Path) {
        if let Some(name) = home.file_name().and_then(|name| name.to_str()) {
            self.0.lock().insert(layers, name.to_owned());
        }
    }
}

/// Notes which layers are unpacked in a directory.
pub(super) fn note_layers(home: &Path, layers: &str) -> io::Result<()> {
    fs::write(home.join(LAYERS), layers)
}

/// Makes an image at `home`, in the directory `work`, that uses the root file system of the image `by`.
pub(super) fn share(by: &str, work: &Path, configuration: &[u8], home: &Path) -> io::Result<()> {
    let shared = fs::write(work.join(UNPACKED_BY), by)
        .and_then(|()| unpack::complete(work, configuration, home));
    if work.exists() {
        // It failed, or another process was first.
        fs::remove_dir_all(work)?;
    }
    shared
}

/// The root file system of the image at `home`.
pub(super) fn rootfs(home: &Path) -> PathBuf {
    home.with_file_name(name_in(home)).join(unpack::ROOTFS)
}

/// The directory name of the image that has the root file system of the image at `home`: its own, or
/// another one's.
fn name_in(home: &Path) -> String {
    let another = fs::read_to_string(home.join(UNPACKED_BY)).ok();
    another.filter(|name| is_hex(name)).unwrap_or_else(|| {
        home.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    })
}

/// The directory names of the images with these digests, and of those whose root file systems they use.
pub(super) fn with_others(dir: &Path, digests: &BTreeSet<String>) -> BTreeSet<String> {
    let names = digests.iter().map(|digest| hex_of(digest).to_owned());
    names.flat_map(|name| [name_in(&dir.join(&name)), name]).collect()
}
