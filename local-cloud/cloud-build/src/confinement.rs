//! What of this machine the steps of a build see: in the sandbox its own directories, the
//! toolchains, and the settings of package registries; without a sandbox everything.

mod inside;
mod plain;
mod registries;
mod room;

use std::ffi::OsString;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use longshore_local_kit::trees;
use longshore_local_sandbox::{Launcher, PrivateDirectories, Toolchains};

use crate::digest::hex_digest;
use crate::facts::Facts;

pub(crate) use plain::{
    check_plain, create_dir_below, read_of_source, read_text, real_file, write_plain,
};
pub(crate) use registries::{RegistryFile, texts};
pub(crate) use room::Room;

/// Programs with which builds work. Where they are outside of the system's directories, the
/// sandbox shows their toolchains.
const PROGRAMS: [&str; 17] = [
    "python3", "pip", "uv", "node", "npm", "corepack", "yarn", "pnpm", "bun", "go", "java",
    "javac", "mvn", "gradle", "git", "cc", "make",
];

/// Toolchains that a variable names instead of `PATH`.
const HOMES: [(&str, &str); 2] = [("JAVA_HOME", "bin/java"), ("GOROOT", "bin/go")];

/// A private cache that no build has used for this long is removed.
const PRIVATE_CACHE_AGE: Duration = Duration::from_hours(7 * 24);

/// Names of directories of the cache that all builds once shared and could write to.
const FORMERLY_SHARED: [&str; 4] = ["go", "maven", "gradle", "tools"];

/// The sandboxes of all builds.
#[derive(Debug)]
pub(crate) struct Confinement {
    launcher: Option<Launcher>,
    /// The caches of package managers, one directory for each function.
    functions: PathBuf,
    /// What no toolchain may contain.
    private: PrivateDirectories,
    /// What the toolchains have said where no source could answer for them.
    pub(crate) facts: Facts,
}

impl Confinement {
    /// Without a launcher, steps are plain children of this process.
    ///
    /// # Errors
    /// If the directory of the caches cannot be created.
    pub(crate) fn open(
        launcher: Option<Launcher>,
        cache_dir: &Path,
        shared_cache_dir: Option<&Path>,
    ) -> io::Result<Self> {
        for name in FORMERLY_SHARED {
            remove(&cache_dir.join(name));
        }
        let functions = cache_dir.join("functions");
        std::fs::create_dir_all(&functions)?;
        forget_unused(&functions);
        let data_dir = cache_dir.parent().unwrap_or(cache_dir).to_owned();
        let further = [data_dir].into_iter().chain(shared_cache_dir.map(Path::to_owned));
        let private = PrivateDirectories::new(std::env::var_os("HOME").as_deref(), further);
        Ok(Self { launcher, functions, private, facts: Facts::default() })
    }

    /// Why steps run without a sandbox; `None` if they run in one.
    pub(crate) fn missing_sandbox(&self) -> Option<&str> {
        match &self.launcher {
            Some(launcher) => launcher.missing_sandbox(),
            None => Some("this local cloud was started without a guard"),
        }
    }

    /// The directory in which the package managers of one function keep what they download. Only
    /// builds of the function with this scope see it.
    ///
    /// # Errors
    /// If it cannot be created.
    pub(crate) fn private_cache(&self, scope: &str) -> io::Result<PathBuf> {
        let directory = self.functions.join(hex_digest(scope.as_bytes()));
        // It is handed over before it is in its place: once it is there, steps of another build of
        // the function may be changing it.
        let fresh = tempfile::Builder::new().prefix(".new-").tempdir_in(&self.functions)?;
        if let Some(launcher) = &self.launcher {
            launcher.hand_over(fresh.path())?;
        }
        let owner = |path: &Path| path.symlink_metadata().map(|metadata| metadata.uid());
        let theirs = owner(fresh.path())?;
        if owner(&directory).is_ok_and(|owner| owner != theirs) {
            // From builds without a sandbox, or in another one.
            let old = tempfile::Builder::new().prefix(".old-").tempdir_in(&self.functions)?;
            std::fs::rename(&directory, old.path().join("old"))?;
        }
        if !directory.exists() {
            let moved = std::fs::rename(fresh.path(), &directory);
            moved.or_else(|error| directory.exists().then_some(()).ok_or(error))?;
        }
        std::fs::File::open(&directory)?.set_modified(SystemTime::now())?;
        directory.canonicalize()
    }

    fn toolchains(&self, path: &OsString) -> Toolchains {
        let mut found = Toolchains::find(path, &PROGRAMS, &self.private);
        for (variable, program) in HOMES {
            let home = std::env::var_os(variable).map(PathBuf::from);
            if let Some(home) = home.filter(|home| home.is_absolute()) {
                found.record(&home.join(program), &self.private);
            }
        }
        found
    }
}

fn forget_unused(functions: &Path) {
    for entry in std::fs::read_dir(functions).into_iter().flatten().flatten() {
        let age = entry
            .metadata()
            .and_then(|metadata| metadata.modified())
            .map(|at| at.elapsed().unwrap_or_default());
        if age.is_ok_and(|age| age >= PRIVATE_CACHE_AGE) {
            remove(&entry.path());
        }
    }
}

fn remove(directory: &Path) {
    if let Err(error) = trees::remove(directory) {
        tracing::warn!(%error, path = %directory.display(), "cannot remove an unused cache");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_function_has_a_cache_of_its_own_until_it_is_unused() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("go/modules")).unwrap();
        let confinement = Confinement::open(None, dir.path(), None).unwrap();
        assert!(!dir.path().join("go").exists(), "a cache that scripts could write to");
        let one = confinement.private_cache("host/p/r/one").unwrap();
        let two = confinement.private_cache("host/p/r/../../two").unwrap();
        assert_ne!(one, two);
        assert_eq!(two.parent(), one.parent());
        let long_ago = SystemTime::now() - PRIVATE_CACHE_AGE;
        std::fs::File::open(&one).unwrap().set_modified(long_ago).unwrap();
        let confinement = Confinement::open(None, dir.path(), None).unwrap();
        assert!(!one.exists() && two.exists());
        assert_eq!(confinement.private_cache("host/p/r/one").unwrap(), one);
    }
}
