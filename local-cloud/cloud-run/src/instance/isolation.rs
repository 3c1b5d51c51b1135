//! The sandbox: bubblewrap, with the host's system directories read-only next to the image's own.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use super::mounts::Mounts;

/// System directories of the host. Home directories, `/run` (sockets), `/var`, `/mnt` and the like
/// stay outside.
const HOST_PARTS: [&str; 9] =
    ["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "etc", "opt"];

/// Where `/etc/resolv.conf` points on systems with systemd-resolved.
const RESOLVER: &str = "/run/systemd/resolve";

/// Directories that are created in the sandbox, whatever the image has there.
const CREATED_INSIDE: [&str; 4] = ["proc", "dev", "tmp", "sys"];

/// Exit status of `env` for a program that does not exist.
const NOT_FOUND: i32 = 127;

/// How functions are isolated from this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Isolation {
    /// In a sandbox.
    Bubblewrap,
    /// As plain processes, for this reason.
    None(String),
}

impl Isolation {
    /// Tries the sandbox once.
    pub(crate) fn probe() -> Self {
        let view =
            View { rootfs: Path::new("/nonexistent"), toolchains: BTreeSet::new(), mounts: &[] };
        let argv = sandboxed(&view, Path::new("/"), &[], vec!["true".into()]);
        let Some((program, args)) = argv.split_first() else {
            return Self::None("no command".to_owned());
        };
        match Command::new(program).args(args).stdin(Stdio::null()).output() {
            Ok(output) if output.status.success() => Self::Bubblewrap,
            Ok(output) if output.status.code() == Some(NOT_FOUND) => {
                Self::None("bubblewrap is not installed".to_owned())
            }
            Ok(output) => Self::None(format!(
                "bubblewrap does not work here: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            )),
            Err(error) => Self::None(format!("bubblewrap cannot be started: {error}")),
        }
    }
}

/// The reason why functions cannot be sandboxed on this machine, or `None` if they can. Starts a
/// process to find out.
#[must_use]
pub fn missing_sandbox() -> Option<String> {
    match Isolation::probe() {
        Isolation::Bubblewrap => None,
        Isolation::None(reason) => Some(reason),
    }
}

/// The command line that runs `command` in the sandbox.
///
/// SIGTERM must reach only the function: bubblewrap's own two processes would die of it, and take
/// the function with them before it has finished its requests. The outer `env` makes them ignore
/// the signal; the inner one restores its default for the function.
pub(super) fn sandboxed(
    view: &View<'_>,
    working_dir: &Path,
    inner_env: &[(String, String)],
    command: Vec<OsString>,
) -> Vec<OsString> {
    let mut argv: Vec<OsString> =
        ["/usr/bin/env", "--ignore-signal=TERM", "bwrap"].map(OsString::from).into();
    let mut add = |parts: &[&dyn AsRef<std::ffi::OsStr>]| {
        argv.extend(parts.iter().map(|part| part.as_ref().to_owned()))
    };
    add(&[
        &"--die-with-parent",
        &"--unshare-pid",
        &"--unshare-ipc",
        &"--unshare-uts",
        &"--unshare-cgroup-try",
    ]);
    add(&[&"--cap-drop", &"ALL", &"--proc", &"/proc", &"--dev", &"/dev", &"--tmpfs", &"/tmp"]);
    argv.extend(view.arguments());
    let mut add = |parts: &[&dyn AsRef<std::ffi::OsStr>]| {
        argv.extend(parts.iter().map(|part| part.as_ref().to_owned()))
    };
    for (name, value) in inner_env {
        add(&[&"--setenv", name, value]);
    }
    add(&[&"--chdir", &working_dir, &"--", &"/usr/bin/env", &"--default-signal=TERM"]);
    argv.extend(command);
    argv
}

/// The part of this machine that the sandbox shows.
pub(super) struct View<'a> {
    pub(super) rootfs: &'a Path,
    pub(super) toolchains: BTreeSet<PathBuf>,
    /// Additional directories and their paths in the sandbox; read-only, and mounted over
    /// everything else.
    pub(super) mounts: &'a [(PathBuf, PathBuf)],
}

impl View<'_> {
    fn arguments(&self) -> Vec<OsString> {
        let mut mounts = Mounts::new(self.mounts);
        if is_whole_system(self.rootfs) {
            mounts.show(&self.rootfs.join("etc"), Path::new("/etc"));
            mounts.show(Path::new("/etc/resolv.conf"), Path::new("/etc/resolv.conf"));
        } else {
            for part in HOST_PARTS.map(|part| Path::new("/").join(part)) {
                mounts.show_entry(&part, &part);
            }
        }
        mounts.show(Path::new(RESOLVER), Path::new(RESOLVER));
        for directory in own_directories(self.rootfs) {
            mounts.show(&self.rootfs.join(&directory), &Path::new("/").join(&directory));
        }
        for toolchain in &self.toolchains {
            mounts.show(toolchain, toolchain);
        }
        mounts.finish()
    }
}

/// Whether the image contains its own operating system, instead of building on the host's.
pub(super) fn is_whole_system(rootfs: &Path) -> bool {
    rootfs.join("usr").exists()
}

/// The image's top-level directories that the sandbox shows.
fn own_directories(rootfs: &Path) -> Vec<OsString> {
    let whole = is_whole_system(rootfs);
    let hidden = |name: &str| {
        CREATED_INSIDE.contains(&name)
            || (!whole && HOST_PARTS.contains(&name))
            || (whole && name == "etc")
    };
    let Ok(entries) = std::fs::read_dir(rootfs) else { return Vec::new() };
    let mut names: Vec<OsString> =
        entries.filter_map(|entry| Some(entry.ok()?.file_name())).collect();
    names.retain(|name| name.to_str().is_some_and(|name| !hidden(name)));
    names.sort();
    names
}

/// Directories outside of the system's with programs that the function needs, such as a version
/// manager or a virtual environment: those in `PATH` on this machine, and those that links in a
/// directory of `PATH` lead to.
pub(super) fn toolchains(path: &str, rootfs: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for directory in path.split(':').map(Path::new).filter(|directory| directory.is_absolute()) {
        let in_image = rootfs.join(directory.strip_prefix("/").unwrap_or(directory));
        if in_image.is_dir() {
            found.extend(linked_toolchains(&in_image));
        } else if let Some(toolchain) =
            directory.canonicalize().ok().and_then(|directory| home_of(&directory))
        {
            found.insert(toolchain);
            found.extend(linked_toolchains(directory));
        }
    }
    found
}

/// The toolchains that links in a directory lead to.
fn linked_toolchains(directory: &Path) -> BTreeSet<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten();
    let links = entries
        .filter_map(|entry| entry.ok()?.path().read_link().ok())
        .filter(|target| target.is_absolute());
    links.filter_map(|target| home_of(target.canonicalize().ok()?.parent()?)).collect()
}

/// The directory to show for a toolchain whose programs are in `bin`: its parent, but never a whole
/// home directory.
fn home_of(bin: &Path) -> Option<PathBuf> {
    let mut parts = bin.components().filter(|part| matches!(part, Component::Normal(_)));
    let first = parts.next()?.as_os_str().to_str()?;
    // A toolchain below `/tmp` is mounted over the fresh `/tmp`.
    if HOST_PARTS.contains(&first) || (CREATED_INSIDE.contains(&first) && first != "tmp") {
        return None;
    }
    let depth = 1 + parts.count();
    if depth > 3 { bin.parent().map(Path::to_owned) } else { Some(bin.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_toolchain_is_shown_but_never_a_whole_home() {
        let cases = [
            ("/usr/bin", None),
            ("/home/user/.pyenv/versions/3.11.7/bin", Some("/home/user/.pyenv/versions/3.11.7")),
            ("/home/ada/bin", Some("/home/ada/bin")),
            ("/home/user/bin", Some("/home/user/bin")),
        ];
        for (bin, shown) in cases {
            assert_eq!(home_of(Path::new(bin)), shown.map(PathBuf::from), "{bin}");
        }
    }

    #[test]
    fn the_images_directories_appear_but_never_replace_the_hosts() {
        let image = tempfile::tempdir().unwrap();
        for name in ["workspace", "layers", "etc", "tmp"] {
            std::fs::create_dir(image.path().join(name)).unwrap();
        }
        assert_eq!(own_directories(image.path()), ["layers", "workspace"]);
        std::fs::create_dir(image.path().join("usr")).unwrap();
        assert_eq!(own_directories(image.path()), ["layers", "usr", "workspace"]);
    }
}
