//! Bubblewrap's arguments for what is seen inside: real directories and files are bound, links
//! become links inside, and nothing is bound through a link.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::guard::specification::Argument;

/// Whose files are shown.
#[derive(Clone, Copy)]
enum Origin {
    /// The system's, which every user can reach.
    Host,
    /// The local cloud's, or a user's toolchain.
    Cloud,
}

/// Collects the arguments.
pub(super) struct Mounts {
    /// The mount points that [`mount`](Self::mount) will be called for.
    targets: Vec<PathBuf>,
    arguments: Vec<Argument>,
    /// Directories that were assembled from their entries, outer ones first.
    assembled: Vec<PathBuf>,
}

impl Mounts {
    /// `targets` are the mount points to come: no mount point can be created in a directory that is
    /// already read-only.
    pub(super) fn new(targets: Vec<PathBuf>) -> Self {
        Self { targets, arguments: Vec::new(), assembled: Vec::new() }
    }

    /// Shows a file or directory read-only. A directory with a mount point inside is assembled from
    /// its entries instead.
    ///
    /// # Errors
    /// When `source` is missing, or a mount point is below a link.
    pub(super) fn show(&mut self, source: &Path, target: &Path) -> io::Result<()> {
        self.show_from(Origin::Cloud, source, target)
    }

    /// The same, for a part of the host's system.
    ///
    /// # Errors
    /// As [`show`](Self::show).
    pub(super) fn show_host(&mut self, part: &Path) -> io::Result<()> {
        self.show_from(Origin::Host, part, part)
    }

    fn show_from(&mut self, origin: Origin, source: &Path, target: &Path) -> io::Result<()> {
        if self.is_mount_point(target) {
            return Ok(());
        }
        self.show_here(origin, source, target)
    }

    fn show_here(&mut self, origin: Origin, source: &Path, target: &Path) -> io::Result<()> {
        let kind = fs::symlink_metadata(source).map_err(|error| about(source, &error))?;
        let is_inside = |planned: &PathBuf| planned != target && planned.starts_with(target);
        let is_above = self.targets.iter().any(is_inside);
        if kind.is_symlink() {
            if is_above {
                let error = io::Error::other("a link stands where a directory is to be mounted");
                return Err(about(source, &error));
            }
            let link = fs::read_link(source).map_err(|error| about(source, &error))?;
            self.words(["--symlink".as_ref(), link.as_os_str(), target.as_os_str()]);
        } else if kind.is_dir() && is_above {
            self.words(["--perms", "0755", "--tmpfs"].map(OsStr::new));
            self.words([target.as_os_str()]);
            self.assembled.push(target.to_owned());
            for name in names(source)? {
                self.show_from(origin, &source.join(&name), &target.join(&name))?;
            }
        } else if kind.is_dir() || kind.is_file() {
            self.bind("--ro-bind", origin, source, target);
        }
        // Sockets, pipes and devices are ways out.
        Ok(())
    }

    /// Whether this is a mount point to come.
    pub(super) fn is_mount_point(&self, target: &Path) -> bool {
        self.targets.iter().any(|planned| planned == target)
    }

    /// A part of the system that is missing on some machines and that every user can reach.
    pub(super) fn show_system(&mut self, source: &Path, target: &Path) {
        self.words(["--ro-bind-try".as_ref(), source.as_os_str(), target.as_os_str()]);
    }

    /// Mounts one of the `targets`; outer ones come before those inside them.
    ///
    /// # Errors
    /// When the source is not a real file or directory.
    pub(super) fn mount(
        &mut self,
        source: &Path,
        target: &Path,
        is_writable: bool,
    ) -> io::Result<()> {
        let kind = fs::symlink_metadata(source).map_err(|error| about(source, &error))?;
        if !kind.is_dir() && !kind.is_file() {
            let error = io::Error::other("only files and directories are shown in a sandbox");
            return Err(about(source, &error));
        }
        if is_writable {
            self.check_mount_points(source, target)?;
            self.bind("--bind", Origin::Cloud, source, target);
            return Ok(());
        }
        self.show_here(Origin::Cloud, source, target)
    }

    /// Bubblewrap creates missing mount points while it can still reach the host's files. A link that
    /// an earlier command left in a writable directory must not lead it there.
    fn check_mount_points(&self, source: &Path, target: &Path) -> io::Result<()> {
        let inside = self.targets.iter().filter_map(|planned| planned.strip_prefix(target).ok());
        for relative in inside {
            let mut path = source.to_owned();
            for part in relative {
                path.push(part);
                if path.symlink_metadata().is_ok_and(|found| found.is_symlink()) {
                    let error = "a link stands where a directory is to be mounted";
                    return Err(about(&path, &io::Error::other(error)));
                }
            }
        }
        Ok(())
    }

    pub(super) fn words<const N: usize>(&mut self, words: [&OsStr; N]) {
        self.arguments.extend(words.map(|word| Argument::Word(word.to_owned())));
    }

    /// A small read-only file with these contents.
    pub(super) fn file(&mut self, contents: &str, target: &str) {
        self.words(["--perms", "0444", "--file"].map(OsStr::new));
        self.arguments.push(Argument::Contents(contents.as_bytes().to_vec()));
        self.words([OsStr::new(target)]);
    }

    /// An empty file in the place of one that is shown already.
    pub(super) fn hide(&mut self, file: &Path) {
        self.words(["--perms", "0444", "--ro-bind-data"].map(OsStr::new));
        self.arguments.push(Argument::Contents(Vec::new()));
        self.words([file.as_os_str()]);
    }

    /// A copy of a file of the host's system: cheaper than a mount.
    pub(super) fn copy_of_host(&mut self, file: &Path) {
        self.words(["--perms", "0444", "--file"].map(OsStr::new));
        self.arguments.push(Argument::Opened(file.as_os_str().to_owned()));
        self.words([file.as_os_str()]);
    }

    /// Makes a directory read-only at the end, as those that are assembled here.
    pub(super) fn make_read_only_at_end(&mut self, directory: &Path) {
        self.assembled.push(directory.to_owned());
    }

    /// The arguments. Assembled directories become read-only, inner ones first.
    pub(super) fn finish(mut self) -> Vec<Argument> {
        for directory in std::mem::take(&mut self.assembled).iter().rev() {
            self.words(["--remount-ro".as_ref(), directory.as_os_str()]);
        }
        self.arguments
    }

    fn bind(&mut self, how: &str, origin: Origin, source: &Path, target: &Path) {
        self.words([OsStr::new(how)]);
        let source = source.as_os_str().to_owned();
        self.arguments.push(match origin {
            Origin::Host => Argument::Word(source),
            Origin::Cloud => Argument::Source(source),
        });
        self.words([target.as_os_str()]);
    }
}

/// What is in a directory, sorted.
pub(super) fn names(directory: &Path) -> io::Result<Vec<OsString>> {
    let entries = fs::read_dir(directory).map_err(|error| about(directory, &error))?;
    let mut names = entries
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect::<io::Result<Vec<OsString>>>()?;
    names.sort();
    Ok(names)
}

pub(super) fn about(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(arguments: &[Argument]) -> String {
        let word = |argument: &Argument| match argument {
            Argument::Word(word) | Argument::Source(word) => word.to_string_lossy().into_owned(),
            Argument::Contents(_) | Argument::Opened(_) => "FD".to_owned(),
        };
        arguments.iter().map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_directory_with_a_mount_point_inside_is_assembled_from_its_entries() {
        let system = tempfile::tempdir().unwrap();
        for directory in ["ssl/certs", "ssl/private", "opt"] {
            fs::create_dir_all(system.path().join(directory)).unwrap();
        }
        std::os::unix::fs::symlink("opt", system.path().join("link")).unwrap();
        let source = |path: &str| system.path().join(path).display().to_string();
        let mut mounts = Mounts::new(vec![PathBuf::from("/etc/ssl/private")]);
        mounts.show(system.path(), Path::new("/etc")).unwrap();
        mounts.mount(&system.path().join("opt"), Path::new("/etc/ssl/private"), false).unwrap();
        let expected = [
            "--perms 0755 --tmpfs /etc".to_owned(),
            "--symlink opt /etc/link".to_owned(),
            format!("--ro-bind {} /etc/opt", source("opt")),
            "--perms 0755 --tmpfs /etc/ssl".to_owned(),
            format!("--ro-bind {} /etc/ssl/certs", source("ssl/certs")),
            format!("--ro-bind {} /etc/ssl/private", source("opt")),
            "--remount-ro /etc/ssl".to_owned(),
            "--remount-ro /etc".to_owned(),
        ];
        assert_eq!(words(&mounts.finish()), expected.join(" "));
    }

    #[test]
    fn nothing_is_mounted_through_a_link() {
        let image = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/etc", image.path().join("link")).unwrap();
        let mut mounts = Mounts::new(vec![PathBuf::from("/layers/link/secret")]);
        let error = mounts.show(image.path(), Path::new("/layers")).unwrap_err();
        assert!(error.to_string().contains("a link stands"), "{error}");
        let error = mounts.mount(&image.path().join("link"), Path::new("/x"), false).unwrap_err();
        assert!(error.to_string().contains("only files and directories"), "{error}");
        let mut mounts = Mounts::new(vec![PathBuf::from("/work"), PathBuf::from("/work/link/x")]);
        let error = mounts.mount(image.path(), Path::new("/work"), true).unwrap_err();
        assert!(error.to_string().contains("a link stands"), "{error}");
    }
}
