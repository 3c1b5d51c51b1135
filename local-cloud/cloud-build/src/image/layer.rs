//! One layer: a directory as tar.gz, independent of when and where it was packed.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};
use sha2::{Digest as _, Sha256};

use crate::confinement::check_plain;
use crate::digest::hex;

/// Modification time of every entry: 1980-01-01T00:00:01Z, as in Cloud Native Buildpacks.
const MTIME_SECONDS: u64 = 315_532_801;

/// `www-data`, the user and group of Google's run images.
const OWNER: u64 = 33;

/// "Unknown" in the header of a gzip file. The library would write the platform.
const GZIP_UNKNOWN_SYSTEM: u8 = 255;

/// Maximum size of the content of a layer. Files without content take no room on the disk, but
/// packing them takes time.
const UNPACKED_LIMIT_BYTES: u64 = 8 << 30;

/// Maximum depth of a directory. The deepest packages have some thirty, and reading a tree takes stack
/// for each.
const DEPTH_MAX: usize = 200;

/// A layer on disk.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Layer {
    /// The tar.gz file.
    pub(crate) file: PathBuf,
    /// `sha256:…` of that file.
    pub(crate) digest: String,
    /// `sha256:…` of the tar inside.
    pub(crate) diff_id: String,
    /// Length of the file.
    pub(crate) size_bytes: u64,
    /// Its creator, for the history of the image.
    pub(crate) created_by: String,
}

/// Packs everything below `dir` under `prefix` (no leading slash) into the file.
///
/// # Errors
/// If a file cannot be read or written. [`io::ErrorKind::InvalidInput`] if the directory is or leads
/// through a link, is too large or too deep, or contains something that is not a file, a directory or a symbolic
/// link.
pub(crate) fn pack(dir: &Path, prefix: &str, file: PathBuf, created_by: &str) -> io::Result<Layer> {
    check_plain(dir)?;
    let output = Hashing::new(BufWriter::new(File::create(&file)?));
    let gzip =
        GzBuilder::new().operating_system(GZIP_UNKNOWN_SYSTEM).write(output, Compression::fast());
    let mut tar = tar::Builder::new(Hashing::new(gzip));
    let mut parent = PathBuf::new();
    for part in Path::new(prefix) {
        parent.push(part);
        append_directory(&mut tar, &parent)?;
    }
    append_tree(&mut tar, dir, Path::new(prefix))?;
    let inner = tar.into_inner()?;
    let diff_id = inner.digest();
    let mut output = inner.inner.finish()?;
    output.flush()?;
    Ok(Layer {
        file,
        digest: output.digest(),
        diff_id,
        size_bytes: output.length,
        created_by: created_by.to_owned(),
    })
}

/// Checks how deep a directory is below the root of an image, or below what a step has made.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] if it is too deep.
pub(crate) fn check_depth(depth: usize) -> io::Result<()> {
    if depth <= DEPTH_MAX {
        return Ok(());
    }
    Err(unpackable(format!("there are more than {DEPTH_MAX} directories in each other")))
}

/// `sha256:…` of a file.
///
/// # Errors
/// If the file cannot be read.
pub(crate) fn digest_of(file: &Path) -> io::Result<String> {
    let mut file = Hashing::new(File::open(file)?);
    io::copy(&mut file, &mut io::sink())?;
    Ok(file.digest())
}

fn unpackable(error: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, error)
}

fn append_tree<W: Write>(
    tar: &mut tar::Builder<Hashing<W>>,
    dir: &Path,
    prefix: &Path,
) -> io::Result<()> {
    check_depth(prefix.components().count())?;
    let mut names = std::fs::read_dir(dir)?
        .map(|entry| Ok(entry?.file_name()))
        .collect::<io::Result<Vec<_>>>()?;
    names.sort();
    for name in names {
        let path = dir.join(&name);
        let name = prefix.join(name);
        let metadata = path.symlink_metadata()?;
        if metadata.is_dir() {
            append_directory(tar, &name)?;
            append_tree(tar, &path, &name)?;
        } else if metadata.is_symlink() {
            tar.append_link(
                &mut header(tar::EntryType::Symlink, 0o777),
                &name,
                std::fs::read_link(&path)?,
            )?;
        } else if metadata.is_file() {
            let mode = if metadata.permissions().mode() & 0o111 == 0 { 0o644 } else { 0o755 };
            let mut header = header(tar::EntryType::Regular, mode);
            header.set_size(metadata.len());
            if tar.get_ref().length + metadata.len() > UNPACKED_LIMIT_BYTES {
                return Err(unpackable(format!(
                    "{} does not fit: a layer has at most {UNPACKED_LIMIT_BYTES} bytes",
                    path.display()
                )));
            }
            tar.append_data(&mut header, &name, BufReader::new(File::open(&path)?))?;
        } else {
            return Err(unpackable(format!(
                "{} is not a file, a directory or a symbolic link",
                path.display()
            )));
        }
    }
    Ok(())
}

fn append_directory(tar: &mut tar::Builder<impl Write>, name: &Path) -> io::Result<()> {
    // The empty last part adds a trailing slash.
    tar.append_data(&mut header(tar::EntryType::Directory, 0o755), name.join(""), io::empty())
}

fn header(kind: tar::EntryType, mode: u32) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(OWNER);
    header.set_gid(OWNER);
    header.set_mtime(MTIME_SECONDS);
    header.set_size(0);
    header
}

/// Counts and hashes the bytes that are written or read through it.
pub(super) struct Hashing<T> {
    inner: T,
    hash: Sha256,
    length: u64,
}

impl<T> Hashing<T> {
    pub(super) fn new(inner: T) -> Self {
        Self { inner, hash: Sha256::new(), length: 0 }
    }

    pub(super) fn digest(&self) -> String {
        format!("sha256:{}", hex(&self.hash.clone().finalize()))
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hash.update(&buffer[..read]);
        self.length += read as u64;
        Ok(read)
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(buffer)?;
        self.hash.update(&buffer[..written]);
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::io::Read as _;

    use super::*;
    use crate::digest::hex_digest;

    fn tree(order: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for name in order {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, *name).unwrap();
        }
        dir
    }

    #[test]
    fn the_digest_does_not_depend_on_age_or_order() {
        let out = tempfile::tempdir().unwrap();
        let (one, two) = (tree(&["b", "a/c", "a/b"]), tree(&["a/b", "a/c", "b"]));
        let old = fs::File::options().write(true).open(two.path().join("b")).unwrap();
        old.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        let first = pack(one.path(), "workspace", out.path().join("1"), "test").unwrap();
        let second = pack(two.path(), "workspace", out.path().join("2"), "test").unwrap();
        assert_eq!((first.digest, first.diff_id), (second.digest, second.diff_id));
    }

    #[test]
    fn digests_and_size_are_those_of_the_file_and_of_the_tar_in_it() {
        let out = tempfile::tempdir().unwrap();
        let layer =
            pack(tree(&["main.py"]).path(), "layers/x", out.path().join("layer"), "test").unwrap();
        let compressed = fs::read(&layer.file).unwrap();
        assert_eq!(layer.size_bytes, compressed.len() as u64);
        assert_eq!(layer.digest, format!("sha256:{}", hex_digest(&compressed)));
        let mut tar = Vec::new();
        flate2::read::GzDecoder::new(&compressed[..]).read_to_end(&mut tar).unwrap();
        assert_eq!(layer.diff_id, format!("sha256:{}", hex_digest(&tar)));
    }

    #[test]
    fn what_a_step_put_in_the_place_of_files_is_not_packed() {
        let (dir, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let secret = tree(&["id_rsa"]);
        let fails = |dir: &Path| {
            let error = pack(dir, "layers/x", out.path().join("layer"), "test").unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{error}");
        };
        std::os::unix::fs::symlink(secret.path(), dir.path().join("node_modules")).unwrap();
        fails(&dir.path().join("node_modules"));
        fs::create_dir(secret.path().join("deeper")).unwrap();
        fails(&dir.path().join("node_modules/deeper"));
        fs::remove_file(dir.path().join("node_modules")).unwrap();
        fs::File::create(dir.path().join("zeros")).unwrap().set_len(1 << 42).unwrap();
        fails(dir.path());
        fs::remove_file(dir.path().join("zeros")).unwrap();
        let pipe = dir.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(pipe).status().unwrap().success());
        fails(dir.path());
    }

    #[test]
    fn entries_have_parents_modes_owner_and_the_fixed_time() {
        let (dir, out) = (tree(&["run.sh", "main.py"]), tempfile::tempdir().unwrap());
        fs::set_permissions(dir.path().join("run.sh"), fs::Permissions::from_mode(0o700)).unwrap();
        std::os::unix::fs::symlink("main.py", dir.path().join("link")).unwrap();
        let layer = pack(dir.path(), "layers/x", out.path().join("layer"), "test").unwrap();
        let mut archive =
            tar::Archive::new(flate2::read::GzDecoder::new(fs::File::open(layer.file).unwrap()));
        let mut modes = BTreeMap::new();
        for entry in archive.entries().unwrap() {
            let entry = entry.unwrap();
            let header = entry.header();
            assert_eq!(
                (header.uid().unwrap(), header.gid().unwrap(), header.mtime().unwrap()),
                (33, 33, 315_532_801)
            );
            modes.insert(entry.path().unwrap().display().to_string(), header.mode().unwrap());
        }
        let expected = [
            ("layers/", 0o755),
            ("layers/x/", 0o755),
            ("layers/x/link", 0o777),
            ("layers/x/main.py", 0o644),
            ("layers/x/run.sh", 0o755),
        ];
        assert_eq!(modes, expected.map(|(name, mode)| (name.to_owned(), mode)).into());
    }
}
