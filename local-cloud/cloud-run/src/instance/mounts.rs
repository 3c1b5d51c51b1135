//! Read-only directories of the sandbox that contain mount points.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Collects bubblewrap's arguments.
pub(super) struct Mounts<'a> {
    /// A directory of this machine, and its mount point in the sandbox.
    points: &'a [(PathBuf, PathBuf)],
    argv: Vec<OsString>,
    /// Directories that are assembled from their entries, outer ones first.
    opened: Vec<PathBuf>,
}

impl<'a> Mounts<'a> {
    /// `points`: directories of this machine, and their mount points in the sandbox.
    pub(super) fn new(points: &'a [(PathBuf, PathBuf)]) -> Self {
        Self { points, argv: Vec::new(), opened: Vec::new() }
    }

    /// Shows `source` as `target`, read-only. A mount point cannot be created in a directory that
    /// is bound read-only, so a directory with a mount point below is assembled from its entries.
    pub(super) fn show(&mut self, source: &Path, target: &Path) {
        let is_mount_point = |path: &Path| self.points.iter().any(|(_, point)| point == path);
        let is_above =
            self.points.iter().any(|(_, point)| point != target && point.starts_with(target));
        if is_mount_point(target) {
            return;
        }
        match std::fs::read_dir(source) {
            Ok(entries) if is_above => {
                self.add(&[&"--tmpfs", &target]);
                self.opened.push(target.to_owned());
                let mut names: Vec<OsString> =
                    entries.filter_map(|entry| Some(entry.ok()?.file_name())).collect();
                names.sort();
                for name in names {
                    self.show_entry(&source.join(&name), &target.join(&name));
                }
            }
            Ok(_) | Err(_) => self.add(&[&"--ro-bind-try", &source, &target]),
        }
    }

    /// The same, but a link is shown as a link.
    pub(super) fn show_entry(&mut self, source: &Path, target: &Path) {
        match source.read_link() {
            Ok(link) => self.add(&[&"--symlink", &link, &target]),
            Err(_) => self.show(source, target),
        }
    }

    /// All arguments, with the mounts after everything that is shown.
    pub(super) fn finish(mut self) -> Vec<OsString> {
        for (source, target) in self.points {
            self.add(&[&"--ro-bind", source, target]);
        }
        for directory in std::mem::take(&mut self.opened).iter().rev() {
            self.add(&[&"--remount-ro", directory]);
        }
        self.argv
    }

    fn add(&mut self, parts: &[&dyn AsRef<std::ffi::OsStr>]) {
        self.argv.extend(parts.iter().map(|part| part.as_ref().to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_with_a_mount_point_is_assembled_from_its_entries() {
        let system = tempfile::tempdir().unwrap();
        for directory in ["ssl/certs", "ssl/private", "opt"] {
            std::fs::create_dir_all(system.path().join(directory)).unwrap();
        }
        std::os::unix::fs::symlink("opt", system.path().join("link")).unwrap();
        let source = |path: &str| system.path().join(path).display().to_string();
        let points = [(PathBuf::from("/data/0"), PathBuf::from("/etc/ssl/private"))];
        let mut mounts = Mounts::new(&points);
        mounts.show(system.path(), Path::new("/etc"));
        mounts.show(Path::new("/usr"), Path::new("/usr"));
        let words: Vec<String> =
            mounts.finish().iter().map(|word| word.to_string_lossy().into_owned()).collect();
        let expected = [
            "--tmpfs /etc".to_owned(),
            "--symlink opt /etc/link".to_owned(),
            format!("--ro-bind-try {} /etc/opt", source("opt")),
            "--tmpfs /etc/ssl".to_owned(),
            format!("--ro-bind-try {} /etc/ssl/certs", source("ssl/certs")),
            "--ro-bind-try /usr /usr".to_owned(),
            "--ro-bind /data/0 /etc/ssl/private".to_owned(),
            "--remount-ro /etc/ssl".to_owned(),
            "--remount-ro /etc".to_owned(),
        ];
        assert_eq!(words.join(" "), expected.join(" "));
    }
}
