//! Cached layers of packages. A layer is the directory `/workspace/node_modules` itself, below the
//! application layer, so that packages are found where Node.js expects them, by real path and as ES
//! modules.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use longshore_local_kit::trees;
use serde_json::json;

use super::chosen_manager::ChosenManager;
use super::manifest::Manifest;
use super::toolchain::Toolchain;
use crate::buildpack::contract::{BuildError, Tools, Workspace};
use crate::confinement::check_plain;
use crate::image::{CachedLayer, hex_digest, unpack_layer};

/// Part of every key. Increment it when the same inputs produce a different layer.
pub(super) const KEY_VERSION: u32 = 2;

/// Directory of the packages in the image, without the leading slash.
pub(super) const MODULES_PREFIX: &str = "workspace/node_modules";

/// Files that package managers and builds write to `node_modules` for themselves: times, paths of
/// this machine and caches.
const TOOL_FILES: [&str; 5] = [
    ".cache",
    ".modules.yaml",
    ".pnpm-workspace-state.json",
    ".pnpm-workspace-state-v1.json",
    ".yarn-state.yml",
];

/// Variables of the build's environment that configure package managers.
const SETTINGS: [&str; 6] = ["npm_config_", "NPM_CONFIG_", "YARN_", "PNPM_", "BUN_", "COREPACK_"];

/// The variables of the build that configure package managers.
pub(super) fn settings(workspace: &Workspace) -> BTreeMap<String, String> {
    let is_setting = |name: &str| SETTINGS.iter().any(|prefix| name.starts_with(prefix));
    let variables = workspace.environment().iter().filter(|(name, _)| is_setting(name));
    variables.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// A hash of everything that determines what is installed.
pub(super) fn key(
    state: &str,
    toolchain: &Toolchain,
    chosen: &ChosenManager,
    manifest: &Manifest,
    workspace: &Workspace,
) -> String {
    let settings = settings(workspace);
    let ChosenManager { manager, version, plan } = chosen;
    let all = json!([
        KEY_VERSION,
        state,
        toolchain.version,
        toolchain.platform,
        format!("{manager:?} {version}"),
        plan.node_env,
        settings,
        manifest.determining_fields(),
        manager.determining_files(workspace),
    ]);
    hex_digest(all.to_string().as_bytes())
}

/// Packs a directory as the layer with this key.
pub(super) async fn store(
    tools: &Tools,
    key: &str,
    directory: &Path,
    prefix: &'static str,
    facts: BTreeMap<String, String>,
    created_by: &'static str,
) -> Result<CachedLayer, BuildError> {
    let (cache, key, directory) = (Arc::clone(&tools.cache), key.to_owned(), directory.to_owned());
    let storing =
        tools.blocking.run(move || cache.put(&key, &directory, prefix, facts, created_by));
    storing.await.map_err(BuildError::host("store the packages as a layer"))
}

/// Restores the packages of a layer into the workspace, where scripts can use them.
pub(super) async fn restore(
    cached: &CachedLayer,
    tools: &Tools,
    node_modules: &Path,
) -> Result<(), BuildError> {
    let (layer, root, target) =
        (cached.layer.clone(), tools.inputs().join("restored"), node_modules.to_owned());
    let restoring = tools.blocking.run(move || {
        std::fs::create_dir_all(&root)?;
        unpack_layer(&layer, &root)?;
        std::fs::rename(root.join(MODULES_PREFIX), target)
    });
    restoring.await.map_err(BuildError::host("restore the packages"))
}

/// Removes files that do not belong in an image. Succeeds if there are no packages.
pub(super) fn tidy(node_modules: &Path) -> io::Result<()> {
    match check_plain(node_modules) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        checked => checked?,
    }
    TOOL_FILES.iter().try_for_each(|file| trees::remove(&node_modules.join(file)))
}

/// Shows whether a script has changed a directory: the size and the change time of every file,
/// except those that tools write for themselves.
pub(super) type Fingerprint = BTreeMap<PathBuf, (u64, i64, i64)>;

pub(super) fn fingerprint(node_modules: &Path) -> io::Result<Fingerprint> {
    check_plain(node_modules)?;
    let mut found = Fingerprint::new();
    let mut directories = vec![node_modules.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(&directory)? {
            let entry = entry?;
            if directory == node_modules && TOOL_FILES.iter().any(|file| entry.file_name() == *file)
            {
                continue;
            }
            let metadata = entry.path().symlink_metadata()?;
            if metadata.is_dir() {
                directories.push(entry.path());
            } else {
                found.insert(
                    entry.path(),
                    (metadata.len(), metadata.ctime(), metadata.ctime_nsec()),
                );
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::buildpack::nodejs::manager::Manager;
    use crate::buildpack::nodejs::plan::Plan;

    #[test]
    fn a_fingerprint_changes_with_packages_but_not_with_caches() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("a/b")).unwrap();
        fs::write(dir.path().join("a/b/c.js"), "1").unwrap();
        let before = fingerprint(dir.path()).unwrap();
        assert_eq!(before.len(), 1);
        fs::create_dir(dir.path().join(".cache")).unwrap();
        fs::write(dir.path().join(".cache/x"), "").unwrap();
        assert_eq!(fingerprint(dir.path()).unwrap(), before);
        fs::write(dir.path().join("a/generated.js"), "").unwrap();
        assert_ne!(fingerprint(dir.path()).unwrap(), before);
    }

    #[test]
    fn files_of_package_managers_are_not_part_of_an_image() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join(".cache/babel")).unwrap();
        fs::write(dir.path().join(".modules.yaml"), "prunedAt: now").unwrap();
        fs::write(dir.path().join(".package-lock.json"), "{}").unwrap();
        tidy(dir.path()).unwrap();
        tidy(dir.path()).unwrap();
        let left: Vec<_> =
            fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, [".package-lock.json"]);
    }

    #[test]
    fn a_key_changes_only_with_what_determines_the_layer() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
        let toolchain = |version: &str| Toolchain {
            executable: "/usr/bin/node".into(),
            version: version.to_owned(),
            platform: "linux-x64-115".to_owned(),
            environment: BTreeMap::new(),
        };
        let key_of = |node: &str, npm: &str, node_env: &str, environment: &[(&str, &str)]| {
            let environment = environment
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            let workspace = Workspace::new(dir.path().to_owned(), environment);
            let manifest = Manifest::read(&workspace).unwrap();
            let plan = Plan { node_env: Some(node_env.to_owned()), ..Plan::default() };
            let chosen = ChosenManager { manager: Manager::Npm, version: npm.to_owned(), plan };
            key("installed", &toolchain(node), &chosen, &manifest, &workspace)
        };
        write("package.json", r#"{"name": "a", "dependencies": {"d": "1"}}"#);
        write("package-lock.json", "{}");
        let base = key_of("20.0.0", "10.0.0", "production", &[]);
        write("index.js", "changed");
        write(
            "package.json",
            r#"{"name": "b", "scripts": {"build": "tsc"}, "dependencies": {"d": "1"}}"#,
        );
        assert_eq!(
            key_of("20.0.0", "10.0.0", "production", &[("GOOGLE_FUNCTION_TARGET", "x")]),
            base
        );
        let others = [
            key_of("20.0.1", "10.0.0", "production", &[]),
            key_of("20.0.0", "10.0.1", "production", &[]),
            key_of("20.0.0", "10.0.0", "development", &[]),
            key_of("20.0.0", "10.0.0", "production", &[("NPM_CONFIG_OMIT", "optional")]),
        ];
        assert!(others.iter().all(|other| *other != base), "{others:?}");
        write(".npmrc", "legacy-peer-deps=true");
        assert_ne!(key_of("20.0.0", "10.0.0", "production", &[]), base);
    }
}
