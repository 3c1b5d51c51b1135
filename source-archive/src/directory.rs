//! Packs a local directory.

use std::fs::{DirEntry, File, FileType, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::canonical::CanonicalWriter;
use crate::{IgnoreRules, Limits, PackError, Packed, is_local_cloud_state, name};

/// File name of the command line's manifest. At the root of a directory it says how the source is
/// deployed, and is not part of the source.
pub const MANIFEST: &str = "longshore.yaml";

/// Packs the files of a directory that its [`IgnoreRules`] do not ignore, without the [`MANIFEST`]
/// at its root. Symbolic links are followed, as gcloud does, as long as they stay inside the
/// directory: the archive contains their targets.
///
/// Fails with [`PackError::State`] instead of packing the state of a local cloud.
///
/// Blocks until the archive is written to a temporary file.
///
/// # Errors
/// Names the path or the limit. Permanent until the directory changes, unless
/// [`PackError::is_transient`].
pub fn pack_directory(root: &Path, limits: &Limits) -> Result<Packed, PackError> {
    let rules = IgnoreRules::of_directory(root)?;
    let files = list(root, &rules, limits)?;
    let mut writer = CanonicalWriter::new(limits)?;
    for Found { name, path, executable } in &files {
        let unreadable = |source| PackError::Read { path: path.clone(), source };
        let mut content = File::open(path).map_err(unreadable)?;
        writer.add(name, *executable, &mut content, unreadable)?;
    }
    writer.finish()
}

/// Packs a directory with untrusted files that was checked out on this machine. An error names only
/// paths inside the source, and does not reveal what a link out of it would have found.
///
/// # Errors
/// As [`pack_directory`], with [`PackError::Link`] for every rejected link.
pub fn pack_checked_out(root: &Path, limits: &Limits) -> Result<Packed, PackError> {
    let root = root.canonicalize().map_err(PackError::Scratch)?;
    pack_directory(&root, limits).map_err(|error| inside(&root, error))
}

fn inside(root: &Path, error: PackError) -> PackError {
    let relative = |path: &Path| path.strip_prefix(root).unwrap_or(path).to_owned();
    let link =
        |path: &Path| PackError::Link { name: relative(path).to_string_lossy().into_owned() };
    match error {
        PackError::LinkLeaves { path, .. } | PackError::LinkLoops { path, .. } => link(&path),
        PackError::Read { path, .. } if path.is_symlink() => link(&path),
        PackError::Read { path, source } => PackError::Read { path: relative(&path), source },
        PackError::Include { path, included } => {
            PackError::Include { path: relative(&path), included }
        }
        PackError::NotAFile { path, kind } => PackError::NotAFile { path: relative(&path), kind },
        PackError::State { path } => {
            PackError::State { path: Path::new(".").join(relative(&path)) }
        }
        PackError::Empty { .. } => PackError::Empty { what: "the directory".to_owned() },
        other => other,
    }
}

/// Lists the files that [`pack_directory`] would pack: their names in the archive and their paths.
/// Does not read the files.
///
/// # Errors
/// As [`pack_directory`].
pub fn source_files(root: &Path, limits: &Limits) -> Result<Vec<(String, PathBuf)>, PackError> {
    let rules = IgnoreRules::of_directory(root)?;
    Ok(list(root, &rules, limits)?.into_iter().map(|found| (found.name, found.path)).collect())
}

/// A file to pack.
#[derive(Debug)]
pub(super) struct Found {
    /// Name in the archive.
    pub(super) name: String,
    /// Path with resolved links.
    path: PathBuf,
    executable: bool,
}

/// Lists the files that are not ignored, sorted by name.
pub(super) fn list(
    root: &Path,
    rules: &IgnoreRules,
    limits: &Limits,
) -> Result<Vec<Found>, PackError> {
    let canonical =
        root.canonicalize().map_err(|source| PackError::Read { path: root.to_owned(), source })?;
    let mut walk = Walk { rules, limits, inside: vec![canonical], files: Vec::new() };
    walk.enter("")?;
    let mut files = walk.files;
    if files.is_empty() {
        return Err(PackError::Empty { what: root.display().to_string() });
    }
    files.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    Ok(files)
}

struct Walk<'a> {
    rules: &'a IgnoreRules,
    limits: &'a Limits,
    /// The directories that the walk is in, with resolved links. The first is the root, the last is
    /// being read.
    inside: Vec<PathBuf>,
    files: Vec<Found>,
}

impl Walk<'_> {
    /// Reads the innermost directory. `prefix` is its name in the archive with a trailing `/`, or
    /// empty for the root.
    fn enter(&mut self, prefix: &str) -> Result<(), PackError> {
        let Some(directory) = self.inside.last().cloned() else {
            return Ok(());
        };
        if is_local_cloud_state(&directory) {
            return Err(PackError::State { path: directory });
        }
        let unreadable = |source| PackError::Read { path: directory.clone(), source };
        for entry in std::fs::read_dir(&directory).map_err(unreadable)? {
            self.visit(prefix, &entry.map_err(unreadable)?)?;
        }
        Ok(())
    }

    fn visit(&mut self, prefix: &str, entry: &DirEntry) -> Result<(), PackError> {
        let path = entry.path();
        let unreadable = |source| PackError::Read { path: path.clone(), source };
        let is_link = entry.file_type().map_err(unreadable)?.is_symlink();
        // A broken link counts as a file in gcloud's rules, and only matters if they do not ignore
        // it.
        let metadata = std::fs::metadata(&path);
        let is_directory = metadata.as_ref().is_ok_and(Metadata::is_dir);
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if (name == MANIFEST && !is_directory) || self.rules.ignores(&name, is_directory) {
            return Ok(());
        }
        name::check(
            &[prefix.as_bytes(), entry.file_name().as_encoded_bytes()].concat(),
            self.limits,
        )?;
        let metadata = metadata.map_err(unreadable)?;
        let target = if is_link { self.resolve(&path)? } else { path.clone() };
        if is_directory {
            return self.descend(target, &format!("{name}/"));
        }
        if let Some(kind) = special(metadata.file_type()) {
            return Err(PackError::NotAFile { path, kind });
        }
        if self.files.len() >= self.limits.entries {
            return Err(PackError::TooManyEntries { limit: self.limits.entries });
        }
        self.files.push(Found {
            name,
            path: target,
            executable: metadata.permissions().mode() & 0o100 != 0,
        });
        Ok(())
    }

    fn descend(&mut self, target: PathBuf, prefix: &str) -> Result<(), PackError> {
        self.inside.push(target);
        self.enter(prefix)?;
        self.inside.pop();
        Ok(())
    }

    /// Returns the target of a link, after checking that it is inside the source and not a
    /// directory that the walk is in.
    fn resolve(&self, link: &Path) -> Result<PathBuf, PackError> {
        let target = link
            .canonicalize()
            .map_err(|source: io::Error| PackError::Read { path: link.to_owned(), source })?;
        if self.inside.contains(&target) {
            return Err(PackError::LinkLoops { path: link.to_owned(), target });
        }
        match self.inside.first() {
            Some(root) if target.starts_with(root) => Ok(target),
            _ => Err(PackError::LinkLeaves { path: link.to_owned(), target }),
        }
    }
}

fn special(kind: FileType) -> Option<&'static str> {
    if kind.is_file() {
        None
    } else if kind.is_socket() {
        Some("socket")
    } else if kind.is_fifo() {
        Some("named pipe")
    } else {
        Some("device")
    }
}
