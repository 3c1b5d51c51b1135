//! Unpacks layers (OCI image specification, `layer.md`) in order, with whiteouts, never outside of
//! the image's directory, and within limits, so that a small image cannot fill the disk.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path, PathBuf};

use flate2::read::MultiGzDecoder;
use tar::{Archive, EntryType};

use super::config;

/// The directory of the root file system in an image's directory.
pub(super) const ROOTFS: &str = "rootfs";
/// Prefix of directories in which an image is being unpacked. They are renamed once complete.
pub(super) const UNFINISHED_PREFIX: &str = ".unfinished-";

/// An entry with this prefix deletes the entry named by the rest from the layers below.
const WHITEOUT: &str = ".wh.";
/// Deletes everything that the layers below have in its directory.
const OPAQUE: &str = ".wh..wh..opq";

/// What the layers of one image may contain together.
#[derive(Clone, Copy, Debug)]
struct Budget {
    bytes: u64,
    entries: u64,
}

impl Default for Budget {
    /// Cloud Run's images with a system and all libraries of machine learning have some gigabytes
    /// and some hundred thousand files.
    fn default() -> Self {
        Self { bytes: 10 << 30, entries: 1_000_000 }
    }
}

/// A layer may unpack to this multiple of its compressed size. Programs and libraries reach about
/// ten; gzip cannot compress anything to less than a thousandth.
const RATIO_LIMIT: u64 = 100;

/// Maximum number of directories in each other, above those that any package has.
const DEPTH_MAX: usize = 200;

/// A layer up to this size may have any ratio.
const RATIO_FREE_BYTES: u64 = 64 << 20;

/// Unpacks the layers under `work` and moves them to `home`, together with the configuration. If
/// `home` is complete already, it stays as it is, which is a success: a digest has one content.
pub(super) fn unpack(
    work: &Path,
    layers: &[PathBuf],
    configuration: &[u8],
    home: &Path,
) -> io::Result<()> {
    unpack_within(Budget::default(), work, layers, configuration, home)
}

fn unpack_within(
    budget: Budget,
    work: &Path,
    layers: &[PathBuf],
    configuration: &[u8],
    home: &Path,
) -> io::Result<()> {
    let result = unpack_in(budget, work, layers, configuration, home);
    if work.exists() {
        // Unpacking failed. The next start would remove it, too.
        fs::remove_dir_all(work)?;
    }
    result
}

fn unpack_in(
    mut budget: Budget,
    work: &Path,
    layers: &[PathBuf],
    configuration: &[u8],
    home: &Path,
) -> io::Result<()> {
    let root = work.join(ROOTFS);
    fs::create_dir(&root)?;
    for layer in layers {
        unpack_layer(layer, &root, &mut budget)?;
        fs::remove_file(layer)?;
    }
    complete(work, configuration, home)
}

/// Moves the directory `work` to `home`, together with the configuration.
pub(super) fn complete(work: &Path, configuration: &[u8], home: &Path) -> io::Result<()> {
    fs::write(work.join(config::FILE_NAME), configuration)?;
    fs::set_permissions(work, fs::Permissions::from_mode(0o755))?;
    match fs::rename(work, home) {
        Err(_) if home.join(config::FILE_NAME).exists() => Ok(()),
        renamed => renamed,
    }
}

/// Whiteouts apply to the layers below, wherever they are in the archive, so they are applied in a
/// first pass, which also counts what the layer contains, before anything of it is written.
fn unpack_layer(layer: &Path, root: &Path, budget: &mut Budget) -> io::Result<()> {
    let allowed_bytes = fs::metadata(layer)?.len().saturating_mul(RATIO_LIMIT);
    let allowed_bytes = allowed_bytes.max(RATIO_FREE_BYTES);
    let mut layer_bytes = 0_u64;
    for entry in Archive::new(open(layer)?).entries()? {
        let entry = entry?;
        // A sparse file is larger than its part of the archive.
        layer_bytes = layer_bytes.saturating_add(entry.size());
        if layer_bytes > allowed_bytes {
            return Err(too_large(&format!(
                "a layer unpacks to more than {RATIO_LIMIT} times its size"
            )));
        }
        if layer_bytes > budget.bytes || budget.entries == 0 {
            return Err(too_large("the image has too many files, or they are too large"));
        }
        budget.entries -= 1;
        let path = entry.path()?.into_owned();
        if path.components().count() > DEPTH_MAX {
            let error = format!("the image has more than {DEPTH_MAX} directories in each other");
            return Err(io::Error::new(io::ErrorKind::InvalidData, error));
        }
        apply_whiteout(&inside(root, &path)?, root)?;
    }
    budget.bytes -= layer_bytes;
    let mut archive = Archive::new(open(layer)?);
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        if is_whiteout(path.file_name()) || path.components().all(|part| part == Component::CurDir)
        {
            continue;
        }
        let kind = entry.header().entry_type();
        if matches!(kind, EntryType::Block | EntryType::Char | EntryType::Fifo) {
            tracing::debug!(path = %path.display(), "skipping a device or pipe in an image");
            continue;
        }
        let target = inside(root, &path)?;
        make_room(&target, kind)?;
        if !entry.unpack_in(root).map_err(of_the_entry)? {
            return Err(leaves(&path));
        }
        if kind.is_dir() {
            // Later layers have to write into it, whatever its mode.
            let mode = fs::metadata(&target)?.permissions().mode();
            fs::set_permissions(&target, fs::Permissions::from_mode(mode | 0o700))?;
        }
    }
    Ok(())
}

/// An error about a link to what is not in the image. The archive reports such a hard link without an
/// error of the system.
fn of_the_entry(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::Other => {
            io::Error::new(io::ErrorKind::InvalidData, error)
        }
        _ => error,
    }
}

fn too_large(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, why)
}

/// Detects the compression from the content, because media types are not always right.
fn open(layer: &Path) -> io::Result<Box<dyn Read>> {
    let mut file = File::open(layer)?;
    // The archive itself is bounded as well: its headers can be of any length, and are kept in
    // memory. What is beyond is missing, which is an error.
    let allowed_bytes = file.metadata()?.len().saturating_mul(RATIO_LIMIT * 2);
    let allowed_bytes = allowed_bytes.max(RATIO_FREE_BYTES * 2);
    let mut magic = [0; 4];
    let length = file.read(&mut magic)?;
    file.rewind()?;
    match &magic[..length] {
        [0x1f, 0x8b, ..] => {
            Ok(Box::new(MultiGzDecoder::new(BufReader::new(file)).take(allowed_bytes)))
        }
        [0x28, 0xb5, 0x2f, 0xfd] => Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "layers compressed with zstd are unsupported",
        )),
        _ => Ok(Box::new(BufReader::new(file))),
    }
}

/// The path below `root`. Rejects a path that leaves it by `..` or through a link of an earlier
/// entry.
fn inside(root: &Path, path: &Path) -> io::Result<PathBuf> {
    let mut target = root.to_owned();
    let mut parts = path
        .components()
        .filter(|part| !matches!(part, Component::CurDir | Component::RootDir))
        .peekable();
    while let Some(part) = parts.next() {
        let Component::Normal(name) = part else { return Err(leaves(path)) };
        target.push(name);
        let is_link = fs::symlink_metadata(&target).is_ok_and(|found| found.is_symlink());
        if is_link
            && parts.peek().is_some()
            && !target.canonicalize().is_ok_and(|real| is_below(&real, root))
        {
            return Err(leaves(path));
        }
    }
    Ok(target)
}

fn is_below(real: &Path, root: &Path) -> bool {
    root.canonicalize().is_ok_and(|root| real.starts_with(root))
}

fn leaves(path: &Path) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("layer entry '{}' points outside the image", path.display()),
    )
}

fn is_whiteout(name: Option<&OsStr>) -> bool {
    name.and_then(OsStr::to_str).is_some_and(|name| name.starts_with(WHITEOUT))
}

fn apply_whiteout(target: &Path, root: &Path) -> io::Result<()> {
    let Some(name) =
        target.file_name().and_then(OsStr::to_str).filter(|name| name.starts_with(WHITEOUT))
    else {
        return Ok(());
    };
    let directory = target.parent().unwrap_or(root);
    if name != OPAQUE {
        let hidden = name.trim_start_matches(WHITEOUT);
        return if hidden.is_empty() || hidden == ".." || hidden == "." {
            Err(leaves(target))
        } else {
            remove(&directory.join(hidden))
        };
    }
    match fs::read_dir(directory) {
        Ok(entries) => entries.into_iter().try_for_each(|entry| remove(&entry?.path())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Removes an existing entry that is in the way of a new one.
fn make_room(target: &Path, kind: EntryType) -> io::Result<()> {
    match fs::symlink_metadata(target) {
        Ok(found) if found.is_dir() && kind.is_dir() => Ok(()),
        Ok(_) => remove(target),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    removed
        .or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

#[cfg(test)]
mod tests;
