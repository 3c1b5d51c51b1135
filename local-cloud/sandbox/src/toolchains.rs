//! Directories outside of the system's that hold programs which builds and functions need: version
//! managers, virtual environments, SDKs in a home directory.
//!
//! They are recorded by the local cloud, from its own `PATH` and from the programs that its builds
//! have used. Nothing that a source, an image or a service says gets into the list.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::system::{FRESH, SYSTEM};

/// Links that lead to a program are followed this many times.
const MAXIMUM_LINKS: usize = 16;

/// The recorded directories. Serialized as a list of paths.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Toolchains(BTreeSet<PathBuf>);

/// Directories that no toolchain may contain.
#[derive(Clone, Debug, Default)]
pub struct PrivateDirectories(Vec<PathBuf>);

impl PrivateDirectories {
    /// The home directory of this process's user, from `HOME`, and `further` ones, such as the
    /// local cloud's data directory.
    pub fn new(home: Option<&OsStr>, further: impl IntoIterator<Item = PathBuf>) -> Self {
        let home = home.map(PathBuf::from).filter(|home| home.is_absolute());
        let all = home.into_iter().chain(further);
        Self(all.map(|path| path.canonicalize().unwrap_or(path)).collect())
    }

    fn are_in(&self, directory: &Path) -> bool {
        self.0.iter().any(|private| private.starts_with(directory))
    }
}

impl Toolchains {
    /// Finds programs in a `PATH` of the local cloud's own, as a shell would, and records where
    /// they are.
    #[must_use]
    pub fn find(path: &OsStr, programs: &[&str], private: &PrivateDirectories) -> Self {
        let mut found = Self::default();
        for program in programs {
            let mut candidates = directories(path).map(|directory| directory.join(program));
            if let Some(program) = candidates.find(|candidate| candidate.is_file()) {
                found.record(&program, private);
            }
        }
        found
    }

    /// Records the toolchain of a program, given by its absolute path: the directory above the one
    /// that holds it, but never a whole home directory, and the same for each link that leads to
    /// it. Programs of the system need no record.
    pub fn record(&mut self, program: &Path, private: &PrivateDirectories) {
        let mut program = program.to_owned();
        for _ in 0..MAXIMUM_LINKS {
            let Some(directory) = program.parent().and_then(|bin| bin.canonicalize().ok()) else {
                return;
            };
            self.0.extend(shown(&directory, private));
            match program.read_link() {
                Ok(link) => program = directory.join(link),
                Err(_) => return,
            }
        }
    }

    /// Adds what another list has.
    pub fn merge(&mut self, other: &Self) {
        self.0.extend(other.0.iter().cloned());
    }

    /// The directories that are shown; none is within another, missing, or a link.
    pub fn directories(&self) -> impl Iterator<Item = &Path> {
        let is_directory =
            |path: &Path| path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
        let is_inner = |path: &Path| path.ancestors().skip(1).any(|outer| self.0.contains(outer));
        let paths = self.0.iter().map(PathBuf::as_path);
        paths.filter(move |path| !is_inner(path) && is_directory(path) && is_showable(path))
    }

    /// A `PATH` of the local cloud's as it is inside: without what is not seen there, and without
    /// links, which lead nowhere there.
    #[must_use]
    pub fn search_path(&self, path: &OsStr) -> OsString {
        let seen = |directory: &PathBuf| {
            is_of_system(directory) || self.directories().any(|shown| directory.starts_with(shown))
        };
        let mut kept: Vec<PathBuf> = Vec::new();
        for directory in directories(path) {
            let real = directory.canonicalize().ok();
            if let Some(directory) = real.filter(|real| seen(real) && !kept.contains(real)) {
                kept.push(directory);
            }
        }
        std::env::join_paths(kept).unwrap_or_default()
    }
}

fn directories(path: &OsStr) -> impl Iterator<Item = PathBuf> {
    std::env::split_paths(path).filter(|directory| directory.is_absolute())
}

/// What to show of a toolchain whose programs are in `bin`: the directory above it, or the directory
/// itself where others share the one above.
fn shown(bin: &Path, private: &PrivateDirectories) -> Vec<PathBuf> {
    let can_be_shown = |path: &Path| is_showable(path) && !private.are_in(path);
    if is_of_system(bin) || !can_be_shown(bin) {
        return Vec::new();
    }
    let found = match bin.parent() {
        // The rest of it holds keyrings and the data of all programs.
        Some(prefix) if prefix.ends_with(".local") => vec![bin.to_owned(), prefix.join("lib")],
        // The rest of it holds credentials.
        Some(prefix) if prefix.ends_with(".cargo") => vec![bin.to_owned()],
        Some(prefix) if can_be_shown(prefix) => vec![prefix.to_owned()],
        _ => vec![bin.to_owned()],
    };
    found.into_iter().filter(|path| can_be_shown(path)).collect()
}

fn is_of_system(path: &Path) -> bool {
    names(path).next().and_then(OsStr::to_str).is_some_and(|first| SYSTEM.contains(&first))
}

/// Never a top-level directory, a home directory, or something in a directory that each sandbox
/// has for itself. (A toolchain below `/tmp` is put over the fresh one.)
fn is_showable(path: &Path) -> bool {
    let parts: Vec<&str> = names(path).filter_map(OsStr::to_str).collect();
    let is_plain = path.is_absolute()
        && path.components().skip(1).all(|part| matches!(part, Component::Normal(_)));
    let is_allowed = match parts.as_slice() {
        [] | [_] | ["home", _] | ["var", "home"] | ["var", "home", _] => false,
        ["tmp", ..] => true,
        ["etc" | "run" | "boot", ..] => false,
        [first, ..] => !FRESH.contains(first),
    };
    is_plain && is_allowed
}

fn names(path: &Path) -> impl Iterator<Item = &OsStr> {
    path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_toolchain_is_shown_but_never_a_whole_home() {
        let cases: [(&str, &[&str]); 15] = [
            ("/usr/bin", &[]),
            ("/root", &[]),
            ("/run", &[]),
            ("/home/ada", &[]),
            ("/var/home/ada", &[]),
            ("/proc/1/root", &[]),
            ("/etc/x/y/bin", &[]),
            ("/run/user/1000/x/bin", &[]),
            ("/root/bin", &["/root/bin"]),
            ("/home/ada/bin", &["/home/ada/bin"]),
            ("/root/.pyenv/shims", &["/root/.pyenv"]),
            ("/home/ada/.cargo/bin", &["/home/ada/.cargo/bin"]),
            ("/srv/homes/ada/bin", &["/srv/homes/ada/bin"]),
            ("/home/ada/.pyenv/versions/3.11.7/bin", &["/home/ada/.pyenv/versions/3.11.7"]),
            ("/home/ada/.local/bin", &["/home/ada/.local/bin", "/home/ada/.local/lib"]),
        ];
        let private = PrivateDirectories::new(Some(OsStr::new("/srv/homes/ada")), []);
        for (bin, expected) in cases {
            let expected: Vec<PathBuf> = expected.iter().map(PathBuf::from).collect();
            assert_eq!(shown(Path::new(bin), &private), expected, "{bin}");
        }
    }

    #[test]
    fn the_links_that_lead_to_a_program_are_recorded_with_it() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        for directory in ["a/tools/bin", "b/python/bin", "c"] {
            fs::create_dir_all(root.join(directory)).unwrap();
        }
        fs::write(root.join("b/python/bin/python3.11"), "").unwrap();
        symlink("python3.11", root.join("b/python/bin/python3")).unwrap();
        symlink(root.join("b/python/bin/python3"), root.join("a/tools/bin/python3")).unwrap();
        symlink(root.join("a/tools/bin"), root.join("c/bin")).unwrap();
        let path = root.join("c/bin").into_os_string();

        let found = Toolchains::find(&path, &["python3", "node"], &PrivateDirectories::default());
        let shown: Vec<_> = found.directories().collect();
        assert_eq!(shown, [root.join("a/tools"), root.join("b/python")]);
        assert_eq!(found.search_path(&path), root.join("a/tools/bin").into_os_string());

        let private = PrivateDirectories::new(None, [root.join("b/python/bin/x")]);
        let found = Toolchains::find(&path, &["python3"], &private);
        assert_eq!(found.directories().collect::<Vec<_>>(), [root.join("a/tools")]);
    }

    #[test]
    fn a_list_from_a_file_is_examined_too() {
        let listed: Toolchains = serde_json::from_str(r#"["/root", "/", "/tmp/../root"]"#).unwrap();
        assert_eq!(listed.directories().count(), 0);
    }
}
