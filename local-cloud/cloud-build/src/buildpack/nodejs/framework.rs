//! The Functions Framework: found among the function's own packages, or injected in a layer of its
//! own.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use super::layers::{self, KEY_VERSION};
use super::manager::Manager;
use super::manifest::FRAMEWORK;
use super::scripts::NODE_ENV;
use super::toolchain::{Toolchain, step};
use crate::buildpack::contract::{BuildError, Tools, Workspace};
use crate::confinement::{check_plain, read_of_source};
use crate::image::{CachedLayer, Layer, hex_digest, pack};

/// The package that is installed for a function without the framework, with every dependency pinned
/// so that it is always the same. The version range is that of Google's buildpacks.
/// <https://github.com/GoogleCloudPlatform/buildpacks/tree/main/cmd/nodejs/functions_framework/converter/without-framework>
const PACKAGE_JSON: &str = include_str!("injected/package.json");
const PACKAGE_LOCK: &str = include_str!("injected/package-lock.json");

/// Makes the framework listen on loopback only. It is loaded before the framework.
const LOOPBACK: &str = include_str!("injected/loopback.cjs");

/// Directories of the layers in the image, without the leading slash: the id of the buildpack and
/// the name of the layer.
const PREFIX: &str = "layers/google.nodejs.functions-framework/functions-framework";
const LOOPBACK_PREFIX: &str = "layers/longshore.nodejs/loopback";

/// Name of the framework's program, in its `bin` and in the facts of a layer.
const PROGRAM: &str = "functions-framework";

/// A framework in a `node_modules` directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Framework {
    pub(super) version: String,
    /// Path of its program, relative to `node_modules`.
    program: String,
}

impl Framework {
    /// Finds the framework in the directory.
    pub(super) fn find(node_modules: &Path) -> Option<Self> {
        #[derive(Deserialize)]
        struct Package {
            version: String,
            bin: Value,
        }
        // With pnpm, a package is a link to a directory below `node_modules`.
        check_plain(node_modules).ok()?;
        let path = node_modules.join(FRAMEWORK).join("package.json");
        let package = read_of_source(node_modules, &path).ok()?;
        let Package { version, bin } = serde_json::from_slice(&package).ok()?;
        let program = bin.get(PROGRAM).unwrap_or(&bin).as_str()?;
        Some(Self { version, program: format!("{FRAMEWORK}/{}", program.trim_start_matches("./")) })
    }

    /// Restores the framework from the facts of a cached layer.
    pub(super) fn of(layer: &CachedLayer) -> Option<Self> {
        Some(Self {
            version: layer.packages.get(FRAMEWORK)?.clone(),
            program: layer.packages.get(PROGRAM)?.clone(),
        })
    }

    /// The facts to store with a layer: version and program.
    pub(super) fn facts(found: Option<&Self>) -> BTreeMap<String, String> {
        let facts = found.map(|found| [(FRAMEWORK, &found.version), (PROGRAM, &found.program)]);
        facts.into_iter().flatten().map(|(name, value)| (name.to_owned(), value.clone())).collect()
    }

    /// The command that starts it: Node.js itself and not a shell, so that signals reach the
    /// function.
    pub(super) fn entrypoint(&self, node_modules: &str) -> Vec<String> {
        let loopback = format!("/{LOOPBACK_PREFIX}/loopback.cjs");
        ["node", "--require", &loopback, &format!("{node_modules}/{}", self.program)]
            .map(str::to_owned)
            .to_vec()
    }
}

/// `node_modules` of the injected framework in the image.
pub(super) fn injected_modules() -> String {
    format!("/{PREFIX}/node_modules")
}

/// The layer of the injected framework.
///
/// # Errors
/// [`BuildError::User`] if npm is missing or cannot install it.
pub(super) async fn inject(
    workspace: &Workspace,
    tools: &Tools,
) -> Result<CachedLayer, BuildError> {
    let tools = &tools.shared()?;
    let settings = layers::settings(workspace);
    let workspace = &Workspace::new(tools.scratch().to_owned(), settings.clone());
    let toolchain = &Toolchain::without_source(&settings, tools).await?;
    let npm = toolchain.version_of(Manager::Npm, workspace, tools).await?;
    let all = json!([
        KEY_VERSION,
        "framework",
        toolchain.version,
        toolchain.platform,
        npm,
        settings,
        PACKAGE_JSON,
        PACKAGE_LOCK
    ]);
    let key = hex_digest(all.to_string().as_bytes());
    let _reserved = tools.cache.reserve(&key).await;
    if let Some(cached) = tools.cache.get(&key).await {
        tools.log.line("Functions Framework is up to date, skipping installation.");
        return Ok(cached);
    }
    tools.log.line("Installing the Functions Framework.");
    let directory = tools.scratch().join(PREFIX);
    let write = |name: &str, text: &str| std::fs::write(directory.join(name), text);
    std::fs::create_dir_all(&directory)
        .and_then(|()| write("package.json", PACKAGE_JSON))
        .and_then(|()| write("package-lock.json", PACKAGE_LOCK))
        .map_err(BuildError::host("write the framework's package.json"))?;
    tools.hand_over(tools.scratch())?;
    let npm = toolchain.command("npm", &directory).args([
        "ci",
        "--quiet",
        "--no-fund",
        "--no-audit",
        "--omit=dev",
    ]);
    step(&npm.env(NODE_ENV, "production"), "installing functions-framework", tools).await?;
    let facts = Framework::facts(Framework::find(&directory.join("node_modules")).as_ref());
    layers::store(tools, &key, &directory, PREFIX, facts, "google.nodejs.functions-framework").await
}

/// The layer with the script that is loaded before the framework.
pub(super) fn loopback(tools: &Tools) -> Result<Layer, BuildError> {
    let directory = tools.inputs().join("loopback");
    let packed = std::fs::create_dir(&directory)
        .and_then(|()| std::fs::write(directory.join("loopback.cjs"), LOOPBACK))
        .and_then(|()| {
            pack(
                &directory,
                LOOPBACK_PREFIX,
                tools.inputs().join("loopback.tar.gz"),
                "Longshore: listen on loopback",
            )
        });
    packed.map_err(BuildError::host("write the loopback layer"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKAGE: &str = r#"{"version": "3.5.1", "bin": "main.js"}"#;

    fn installed(package: &str) -> Option<Framework> {
        let dir = tempfile::tempdir().unwrap();
        write(&dir.path().join(FRAMEWORK), package);
        Framework::find(&dir.path().canonicalize().unwrap())
    }

    fn write(package: &Path, manifest: &str) {
        std::fs::create_dir_all(package).unwrap();
        std::fs::write(package.join("package.json"), manifest).unwrap();
    }

    #[test]
    fn a_framework_behind_a_link_within_the_packages_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let modules = dir.path().canonicalize().unwrap().join("node_modules");
        let of_scope = modules.join("@google-cloud");
        std::fs::create_dir_all(&of_scope).unwrap();
        write(&modules.join(".pnpm/framework"), PACKAGE);
        let link = of_scope.join("functions-framework");
        std::os::unix::fs::symlink("../.pnpm/framework", &link).unwrap();
        assert_eq!(Framework::find(&modules).unwrap().version, "3.5.1");

        write(&dir.path().join("outside"), PACKAGE);
        std::fs::remove_file(&link).unwrap();
        std::os::unix::fs::symlink("../../outside", &link).unwrap();
        assert_eq!(Framework::find(&modules), None);
    }

    #[test]
    fn packages_that_are_a_link_themselves_are_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        write(&root.join("outside").join(FRAMEWORK), PACKAGE);
        std::os::unix::fs::symlink("outside", root.join("node_modules")).unwrap();
        assert_eq!(Framework::find(&root.join("node_modules")), None);
    }

    #[test]
    fn a_framework_is_started_by_its_own_program() {
        let found =
            installed(r#"{"version": "3.5.1", "bin": {"other": "x", "functions-framework": "./build/src/main.js"}}"#).unwrap();
        assert_eq!(found.version, "3.5.1");
        let expected = [
            "node",
            "--require",
            "/layers/longshore.nodejs/loopback/loopback.cjs",
            "/workspace/node_modules/@google-cloud/functions-framework/build/src/main.js",
        ];
        assert_eq!(found.entrypoint("/workspace/node_modules"), expected);
        assert_eq!(
            installed(r#"{"version": "1.0.0", "bin": "a.js"}"#).unwrap().program,
            format!("{FRAMEWORK}/a.js")
        );
        assert_eq!(installed("{}"), None);
        assert_eq!(Framework::facts(None), BTreeMap::new());
    }

    #[test]
    fn the_injected_framework_is_pinned_with_the_digest_of_every_package() {
        let lock: Value = serde_json::from_str(PACKAGE_LOCK).unwrap();
        let packages = lock["packages"].as_object().unwrap();
        assert!(
            packages[&format!("node_modules/{FRAMEWORK}")]["version"]
                .as_str()
                .unwrap()
                .starts_with("3.")
        );
        for (name, package) in packages.iter().filter(|(name, _)| !name.is_empty()) {
            assert!(
                package["integrity"].as_str().is_some_and(|digest| digest.starts_with("sha512-")),
                "{name}"
            );
        }
    }
}
