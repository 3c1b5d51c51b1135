//! What of this machine is seen in a sandbox.
//!
//! Always: a fresh `/proc` with `/proc/sys` read-only, `/dev` with the usual devices, and `/tmp`.
//! Then a system: the host's system directories, or those of an image that brings its own. Then
//! what the caller adds.

mod etc;
mod mounts;

use std::ffi::{OsStr, OsString};
use std::io;
use std::net::Ipv4Addr;
use std::path::{Component, Path, PathBuf};

use self::etc::Names;
pub(crate) use self::etc::User;
use self::mounts::{Mounts, about, names};
use crate::Toolchains;
use crate::guard::specification::Argument;
use crate::system::{FRESH, SYSTEM};

/// Settings of package managers beside the programs, which may hold credentials of registries. A
/// function needs none of them.
const SETTINGS_OF_REGISTRIES: [&str; 4] =
    ["etc/npmrc", "pip.conf", "conf/settings.xml", "etc/gitconfig"];

/// Where the host's system has such directories.
const PREFIXES_OF_SYSTEM: [&str; 2] = ["/usr", "/usr/local"];

const ETC: &str = "etc";
const TEMPORARY: &str = "/tmp";
const SHARED_MEMORY: &str = "/dev/shm";

/// What a sandbox shows. The order of the calls does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    image: Option<PathBuf>,
    toolchains: Toolchains,
    mounts: Vec<Mount>,
    has_fixed_root: bool,
    temporary_bytes: Option<u64>,
    names: Option<Names>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Mount {
    source: PathBuf,
    target: PathBuf,
    is_writable: bool,
}

impl View {
    /// The host's system directories, read-only; of `/etc` only what runtimes need, with accounts
    /// of its own.
    #[must_use]
    pub fn of_host() -> Self {
        Self::default()
    }

    /// An unpacked image, read-only: with the host's system around it, or, where the image has a
    /// directory `/usr`, as a system of its own. Its top-level links are links inside.
    #[must_use]
    pub fn of_image(root: &Path) -> Self {
        Self { image: Some(root.to_owned()), ..Self::default() }
    }

    /// The recorded toolchains, read-only, under their own paths.
    #[must_use]
    pub fn toolchains(mut self, toolchains: &Toolchains) -> Self {
        self.toolchains.merge(toolchains);
        self
    }

    /// A file or directory, read-only, seen as `target`, over whatever else would be there.
    #[must_use]
    pub fn read_only(self, source: &Path, target: &Path) -> Self {
        self.mount(source, target, false)
    }

    /// A directory that the command may write to, seen as `target`. Where the sandbox has a user
    /// of its own, [`hand_over`](crate::Bubblewrap::hand_over) the directory first.
    #[must_use]
    pub fn writable(self, source: &Path, target: &Path) -> Self {
        self.mount(source, target, true)
    }

    /// `/` itself becomes read-only: the command can write only to `/tmp`, `/dev/shm` and the
    /// writable directories.
    #[must_use]
    pub fn fixed_root(mut self) -> Self {
        self.has_fixed_root = true;
        self
    }

    /// Limits what is kept in memory: `/tmp` and `/dev/shm` hold this many bytes each. Where `/tmp`
    /// is a writable directory of the caller's, `/dev/shm` alone.
    #[must_use]
    pub fn temporary_bytes(mut self, bytes: u64) -> Self {
        self.temporary_bytes = Some(bytes);
        self
    }

    /// The command knows these names of hosts and `localhost`, instead of those of this machine,
    /// and this resolver or none: for a network of its own.
    #[must_use]
    pub fn names(mut self, hosts: &[(Ipv4Addr, &str)], resolver: Option<Ipv4Addr>) -> Self {
        let hosts = hosts.iter().map(|(address, name)| (*address, (*name).to_owned())).collect();
        self.names = Some(Names { hosts, resolver });
        self
    }

    fn mount(mut self, source: &Path, target: &Path, is_writable: bool) -> Self {
        let (source, target) = (source.to_owned(), target.to_owned());
        self.mounts.push(Mount { source, target, is_writable });
        self
    }

    pub(crate) fn writable_sources(&self) -> Vec<PathBuf> {
        let writable = self.mounts.iter().filter(|mount| mount.is_writable);
        writable.map(|mount| mount.source.clone()).collect()
    }

    /// Whether an image brings a system of its own, which cannot run without a sandbox.
    #[must_use]
    pub fn is_whole_system(image: &Path) -> bool {
        image.join("usr").symlink_metadata().is_ok_and(|usr| usr.is_dir())
    }

    /// Bubblewrap's arguments.
    ///
    /// # Errors
    /// When a source is missing or a link, or a target cannot be mounted on.
    pub(crate) fn arguments(&self, user: User) -> io::Result<Vec<Argument>> {
        let mut added = self.mounts.clone();
        added.sort_by(|a, b| a.target.cmp(&b.target));
        for mount in &added {
            check_target(&mount.target)?;
        }
        let mut mounts = Mounts::new(added.iter().map(|mount| mount.target.clone()).collect());
        self.fresh(&mut mounts, &added);
        self.system(&mut mounts, user)?;
        for toolchain in self.toolchains.directories() {
            mounts.show(toolchain, toolchain)?;
        }
        if let Some(image) = &self.image {
            self.hide_settings_of_registries(image, &mut mounts);
        }
        for Mount { source, target, is_writable } in &added {
            mounts.mount(source, target, *is_writable)?;
        }
        if self.has_fixed_root {
            // After everything that creates something in it.
            let mut arguments = mounts.finish();
            arguments.extend(["--remount-ro", "/"].map(|word| Argument::Word(word.into())));
            return Ok(arguments);
        }
        Ok(mounts.finish())
    }

    fn hide_settings_of_registries(&self, image: &Path, mounts: &mut Mounts) {
        let of_system = PREFIXES_OF_SYSTEM.into_iter().map(Path::new);
        let of_system = of_system.filter(|_| !Self::is_whole_system(image));
        for prefix in of_system.chain(self.toolchains.directories()) {
            let settings = SETTINGS_OF_REGISTRIES.map(|name| prefix.join(name));
            let is_file = |path: &PathBuf| path.symlink_metadata().is_ok_and(|file| file.is_file());
            settings.iter().filter(|path| is_file(path)).for_each(|path| mounts.hide(path));
        }
    }

    fn fresh(&self, mounts: &mut Mounts, added: &[Mount]) {
        mounts.words(["--proc", "/proc"].map(OsStr::new));
        mounts.show_system(Path::new("/proc/sys"), Path::new("/proc/sys"));
        mounts.words(["--dev", "/dev"].map(OsStr::new));
        let size = self.temporary_bytes.map(|bytes| OsString::from(bytes.to_string()));
        let is_added = |target: &str| added.iter().any(|mount| mount.target == Path::new(target));
        for target in [TEMPORARY, SHARED_MEMORY].into_iter().filter(|target| !is_added(target)) {
            if let Some(size) = &size {
                mounts.words(["--size".as_ref(), size.as_os_str()]);
            }
            mounts.words(["--perms", "1777", "--tmpfs", target].map(OsStr::new));
        }
        mounts.words(["--remount-ro", "/dev"].map(OsStr::new));
    }

    fn system(&self, mounts: &mut Mounts, user: User) -> io::Result<()> {
        let is_whole = self.image.as_deref().is_some_and(Self::is_whole_system);
        if !is_whole {
            for part in SYSTEM.map(|part| Path::new("/").join(part)) {
                show_part_of_host(mounts, &part)?;
            }
            etc::of_host(mounts, user, self.names.as_ref())?;
        }
        let Some(image) = &self.image else { return Ok(()) };
        if is_whole {
            etc::of_image(mounts, &image.join(ETC), self.names.as_ref())?;
        }
        for name in names(image)? {
            let is_hidden = name.to_str().is_none_or(|name| {
                FRESH.contains(&name) || name == ETC || (!is_whole && SYSTEM.contains(&name))
            });
            if !is_hidden {
                mounts.show(&image.join(&name), &Path::new("/").join(&name))?;
            }
        }
        Ok(())
    }
}

/// A directory of the host's system, or the link to one that merged systems have (`/bin`).
fn show_part_of_host(mounts: &mut Mounts, part: &Path) -> io::Result<()> {
    match part.symlink_metadata() {
        Ok(_) => mounts.show_host(part),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(about(part, &error)),
    }
}

/// Only an absolute path without `..`, and not where the sandbox has its own files.
fn check_target(target: &Path) -> io::Result<()> {
    let mut parts = target.components();
    let is_absolute = parts.next() == Some(Component::RootDir);
    let mut names = Vec::new();
    for part in parts {
        match part {
            Component::Normal(name) => names.push(name),
            _ => return Err(about(target, &io::Error::other("is not a plain path"))),
        }
    }
    let first = names.first().and_then(|name| name.to_str());
    let is_taken = match first {
        None => true,
        Some("proc" | "sys") => true,
        Some("dev") => !target.starts_with(SHARED_MEMORY),
        Some(_) => false,
    };
    if !is_absolute || is_taken {
        return Err(about(target, &io::Error::other("nothing can be mounted here")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: User = User { id: 1000, group: 1000 };

    fn words(view: &View) -> Vec<String> {
        let word = |argument: Argument| match argument {
            Argument::Word(word) | Argument::Source(word) | Argument::Opened(word) => {
                word.to_string_lossy().into_owned()
            }
            Argument::Contents(contents) => String::from_utf8(contents).unwrap(),
        };
        view.arguments(USER).unwrap().into_iter().map(word).collect()
    }

    #[test]
    fn the_images_directories_appear_and_the_hosts_are_not_replaced_by_them() {
        let image = tempfile::tempdir().unwrap();
        for name in ["workspace", "layers", "etc", "tmp", "opt"] {
            std::fs::create_dir(image.path().join(name)).unwrap();
        }
        let source = |name: &str| image.path().join(name).display().to_string();
        let found = words(&View::of_image(image.path()));
        assert!(found.contains(&source("layers")) && found.contains(&source("workspace")));
        assert!(!found.contains(&source("opt")) && !found.contains(&source("tmp")));
        assert!(found.contains(&"/usr".to_owned()));

        std::fs::create_dir(image.path().join("usr")).unwrap();
        let found = words(&View::of_image(image.path()));
        assert!(found.contains(&source("usr")) && found.contains(&source("opt")));
        assert!(!found.iter().any(|word| word.starts_with("longshore:x")), "{found:?}");
    }

    #[test]
    fn a_link_of_an_image_is_a_link_inside_and_never_a_source() {
        let image = tempfile::tempdir().unwrap();
        for (link, target) in [("home", "/home"), ("usr", "/usr"), ("etc", "/root")] {
            std::os::unix::fs::symlink(target, image.path().join(link)).unwrap();
        }
        let found = words(&View::of_image(image.path()));
        let source = |name: &str| image.path().join(name).display().to_string();
        for name in ["home", "usr", "etc"] {
            assert!(!found.contains(&source(name)), "{found:?}");
        }
        assert!(found.windows(3).any(|three| three == ["--symlink", "/home", "/home"]));
        assert!(!found.contains(&"/root".to_owned()), "{found:?}");
    }

    #[test]
    fn only_plain_paths_outside_of_the_sandboxs_own_can_be_mounted_on() {
        for target in ["", "/", "x", "/a/../b", "/proc/x", "/sys", "/dev/null", "/dev"] {
            assert!(check_target(Path::new(target)).is_err(), "{target}");
        }
        for target in ["/workspace", "/etc/ssl/private", "/tmp", "/tmp/x", "/dev/shm", "/dev/shm/x"]
        {
            assert!(check_target(Path::new(target)).is_ok(), "{target}");
        }
    }
}
