//! Snapshots of a directory: the files that would be uploaded, and the manifest.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use longshore_runner::telemetry::chain;
use longshore_source_archive::{Limits, source_files};

use crate::source::MANIFEST;

/// Maximum number of changes that are listed one by one.
const NAMED_MAX: usize = 3;

/// State of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Snapshot {
    /// Files by name.
    Files(BTreeMap<String, Mark>),
    /// The directory cannot be read, or is empty, for this reason.
    Unreadable(String),
}

/// Metadata that changes with a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(super) modified: (i64, i64),
    pub(super) size_bytes: u64,
    /// Detects a replaced file even if time and size are the same.
    pub(super) inode: u64,
    pub(super) mode: u32,
}

/// Scans a directory by the rules for packing. Blocks on the disk.
pub(super) fn scan(directory: &Path) -> Snapshot {
    let files = match source_files(directory, &Limits::default()) {
        Ok(files) => files,
        Err(error) => return Snapshot::Unreadable(chain(&error)),
    };
    // The manifest matters even if it is not uploaded.
    let manifest = (MANIFEST.to_owned(), directory.join(MANIFEST));
    let marks = files.into_iter().chain([manifest]).filter_map(|(name, path)| {
        // A file deleted in the meantime counts as missing.
        Some((name, mark(&std::fs::metadata(path).ok()?)))
    });
    Snapshot::Files(marks.collect())
}

fn mark(metadata: &Metadata) -> Mark {
    Mark {
        modified: (metadata.mtime(), metadata.mtime_nsec()),
        size_bytes: metadata.len(),
        inode: metadata.ino(),
        mode: metadata.mode(),
    }
}

impl Snapshot {
    /// Describes the changes up to another snapshot.
    pub(super) fn difference(&self, now: &Self) -> String {
        let none = BTreeMap::new();
        let (before, now) = match (self, now) {
            (_, Self::Unreadable(reason)) => return format!("cannot read it: {reason}"),
            (Self::Unreadable(_), Self::Files(now)) => (&none, now),
            (Self::Files(before), Self::Files(now)) => (before, now),
        };
        let gone = before
            .keys()
            .filter(|name| !now.contains_key(*name))
            .map(|name| format!("{name} was deleted"));
        let changed = now.iter().filter_map(|(name, mark)| match before.get(name) {
            None => Some(format!("{name} is new")),
            Some(old) if old != mark => Some(format!("{name} changed")),
            Some(_) => None,
        });
        let all: Vec<String> = gone.chain(changed).collect();
        if all.len() > NAMED_MAX { format!("{} files changed", all.len()) } else { all.join(", ") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uploaded_files_and_the_manifest_count_but_ignored_files_do_not() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        write("main.py", "a");
        write(".gcloudignore", "*.log\nlongshore.yaml\n");
        let before = scan(dir.path());
        write("debug.log", "x");
        assert_eq!(scan(dir.path()), before, "an ignored file counts");
        write("longshore.yaml", "name: a");
        let with_manifest = scan(dir.path());
        assert_eq!(before.difference(&with_manifest), "longshore.yaml is new");
        std::fs::rename(dir.path().join("main.py"), dir.path().join("app.py")).unwrap();
        assert_eq!(
            with_manifest.difference(&scan(dir.path())),
            "main.py was deleted, app.py is new"
        );
        std::fs::remove_dir_all(dir.path()).unwrap();
        assert!(matches!(scan(dir.path()), Snapshot::Unreadable(_)));
    }
}
