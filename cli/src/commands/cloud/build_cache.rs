//! Where the local cloud keeps what builds install without a source.

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use longshore_local_cloud::private;

#[derive(Clone, Debug, Default, Args)]
pub(crate) struct BuildCacheArgs {
    /// Keep here what builds of all functions share, such as the Functions Framework; local clouds
    /// may use one directory at the same time [default: `longshore` in the user's cache directory]
    #[arg(
        long = "build-cache",
        value_name = "DIR",
        env = "LONGSHORE_BUILD_CACHE",
        value_hint = ValueHint::DirPath
    )]
    directory: Option<String>,
}

impl BuildCacheArgs {
    /// The same argument again.
    pub(in crate::commands) fn flags(&self) -> Vec<&str> {
        self.directory.iter().flat_map(|directory| ["--build-cache", directory]).collect()
    }

    /// The given directory, or the default: `longshore` in the user's cache directory
    /// (`XDG_CACHE_HOME`, or `~/.cache`). `None` if that cannot be used; then each local cloud
    /// installs for itself.
    pub(super) fn directory(&self) -> Option<PathBuf> {
        if let Some(directory) = &self.directory {
            let directory = Path::new(directory);
            return Some(std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned()));
        }
        let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let default = default_path(cache, std::env::home_dir())?;
        private::create_own_dir(&default)
            .inspect_err(|error| {
                let path = default.display();
                tracing::warn!(%path, %error, "no cache is shared with other local clouds");
            })
            .ok()?;
        Some(default)
    }
}

/// The default directory, by the rules of the XDG Base Directory Specification, which ignores
/// relative paths.
fn default_path(cache: Option<PathBuf>, home: Option<PathBuf>) -> Option<PathBuf> {
    let absolute = |path: &PathBuf| path.is_absolute();
    let of_home = || home.filter(absolute).map(|home| home.join(".cache"));
    cache.filter(absolute).or_else(of_home).map(|cache| cache.join("longshore"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_in_the_cache_directory_of_the_user() {
        let path = |text: &str| Some(PathBuf::from(text));
        for (cache, home, expected) in [
            (path("/cache"), path("/home/ada"), path("/cache/longshore")),
            (None, path("/home/ada"), path("/home/ada/.cache/longshore")),
            (path("cache"), path("/home/ada"), path("/home/ada/.cache/longshore")),
            (path("cache"), path("."), None),
            (None, None, None),
        ] {
            assert_eq!(default_path(cache.clone(), home.clone()), expected, "{cache:?} {home:?}");
        }
    }

    #[test]
    fn up_passes_a_given_directory_on() {
        let given = BuildCacheArgs { directory: Some("/cache".to_owned()) };
        assert_eq!(given.flags(), ["--build-cache", "/cache"]);
        assert!(BuildCacheArgs::default().flags().is_empty());
    }
}
