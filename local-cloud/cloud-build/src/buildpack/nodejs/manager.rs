//! Package managers: which one a source uses, and its arguments. Pure, except for reading files of
//! the source.

use super::manifest::{Manifest, PACKAGE_JSON};
use super::plan::Plan;
use crate::buildpack::contract::{BuildError, Workspace};
use crate::image::hex_digest;

/// Chooses a manager if no lock file does.
const MANAGER_VARIABLE: &str = "GOOGLE_PACKAGE_MANAGER";

const YARN_LOCK: &str = "yarn.lock";
const PNPM_LOCK: &str = "pnpm-lock.yaml";

/// Bun's lock files; it prefers the first.
const BUN_LOCKS: [&str; 2] = ["bun.lock", "bun.lockb"];

/// npm's lock files; it prefers the first.
const NPM_LOCKS: [&str; 2] = ["npm-shrinkwrap.json", "package-lock.json"];

/// Configuration of package managers in a source.
const CONFIGURATION: [&str; 6] =
    [".npmrc", ".yarnrc", ".yarnrc.yml", ".pnpmfile.cjs", "pnpm-workspace.yaml", "bunfig.toml"];

/// Settings of `pnpm-workspace.yaml` that name directories of the source.
const PNPM_SOURCE_SETTINGS: [&str; 2] = ["packages:", "patchedDependencies:"];

/// A program that installs packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manager {
    Npm,
    /// Yarn 1.
    Yarn,
    /// Yarn 2 and later.
    Berry,
    Pnpm,
    Bun,
}

impl Manager {
    /// The manager of the source's lock file, or the one in the build's environment, or npm. `None`
    /// if there is no `package.json`.
    ///
    /// # Errors
    /// [`BuildError::User`] if the source cannot be built with its manager, with the text of
    /// Google's buildpacks if they reject it as well.
    pub(super) fn choose(
        workspace: &Workspace,
        manifest: &Manifest,
    ) -> Result<Option<Self>, BuildError> {
        if !workspace.has(PACKAGE_JSON) {
            return Ok(None);
        }
        let named = workspace.variable(MANAGER_VARIABLE).map(str::to_ascii_lowercase);
        let wants = |manager: &str, locks: &[&str]| {
            named.as_deref() == Some(manager) || locks.iter().any(|lock| workspace.has(lock))
        };
        let chosen = if wants("yarn", &[YARN_LOCK]) {
            let berry =
                read(workspace, YARN_LOCK).lines().any(|line| line.starts_with("__metadata:"));
            if berry { Self::Berry } else { Self::Yarn }
        } else if wants("pnpm", &[PNPM_LOCK]) {
            Self::Pnpm
        } else if wants("bun", &BUN_LOCKS) {
            Self::Bun
        } else {
            Self::Npm
        };
        chosen.check(workspace, manifest)?;
        Ok(Some(chosen))
    }

    fn check(self, workspace: &Workspace, manifest: &Manifest) -> Result<(), BuildError> {
        let refuse = |text: String| Err(BuildError::User(text));
        match manifest.package_manager.split_once('@') {
            Some((other, _))
                if other != self.program()
                    && self != Self::Npm
                    && !manifest.engines.contains_key(self.program()) =>
            {
                return refuse(format!(
                    "{} was detected but {other} is set in the packageManager package.json field.",
                    self.program()
                ));
            }
            Some(_) | None => {}
        }
        let is_locked = self.lock(workspace).is_some();
        if matches!(self, Self::Pnpm | Self::Bun) && is_locked && !manifest.has_framework() {
            return refuse(without_framework(self.program(), self.program()));
        }
        if self == Self::Berry && is_plug_and_play(&read(workspace, ".yarnrc.yml")) {
            return refuse(if manifest.has_framework() {
                "the local cloud does not support Yarn Plug'n'Play, although Google Cloud does; set \
                 `nodeLinker: node-modules` in .yarnrc.yml"
                    .to_owned()
            } else {
                without_framework("Yarn Plug'n'Play", "yarn")
            });
        }
        Ok(())
    }

    /// Name of the program, which is also its name in `engines` and `packageManager`.
    pub(super) fn program(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Yarn | Self::Berry => "yarn",
            Self::Pnpm => "pnpm",
            Self::Bun => "bun",
        }
    }

    /// Advice for machines without the program.
    pub(super) fn how_to_get(self) -> &'static str {
        match self {
            Self::Npm => "install npm, which comes with Node.js",
            Self::Yarn | Self::Berry => "install yarn: npm install -g yarn",
            Self::Pnpm => "install pnpm: npm install -g pnpm",
            Self::Bun => "install bun: npm install -g bun",
        }
    }

    /// File name of the lock file, if the source has one.
    pub(super) fn lock(self, workspace: &Workspace) -> Option<&'static str> {
        let locks: &[&'static str] = match self {
            Self::Npm => &NPM_LOCKS,
            Self::Yarn | Self::Berry => &[YARN_LOCK],
            Self::Pnpm => &[PNPM_LOCK],
            Self::Bun => &BUN_LOCKS,
        };
        locks.iter().copied().find(|lock| workspace.has(lock))
    }

    /// Name and content of every file in addition to `package.json` that determines what is
    /// installed.
    pub(super) fn determining_files(self, workspace: &Workspace) -> Vec<(&'static str, String)> {
        let files = self.lock(workspace).into_iter().chain(CONFIGURATION);
        files.filter(|file| workspace.has(file)).map(|file| (file, read(workspace, file))).collect()
    }

    /// The reason why an installation uses more of the source than those files, if it does.
    pub(super) fn uses_source(self, workspace: &Workspace) -> Option<String> {
        let settings = read(workspace, "pnpm-workspace.yaml");
        let pnpm_setting = || {
            PNPM_SOURCE_SETTINGS
                .into_iter()
                .find(|setting| settings.lines().any(|line| line.starts_with(setting)))
        };
        let has_patches = || read(workspace, PACKAGE_JSON).contains("\"patchedDependencies\"");
        match self {
            _ if workspace.has("binding.gyp") => Some("the source has a binding.gyp".to_owned()),
            Self::Npm | Self::Yarn => None,
            Self::Bun => has_patches().then(|| "package.json has patches".to_owned()),
            Self::Berry => Some("this Yarn keeps a state of its own in the source".to_owned()),
            Self::Pnpm => pnpm_setting()
                .map(|setting| format!("pnpm-workspace.yaml has `{setting}`"))
                .or_else(|| has_patches().then(|| "package.json has patches".to_owned())),
        }
    }

    /// Arguments that install the packages of the lock file.
    pub(super) fn install(self, plan: &Plan, workspace: &Workspace) -> Vec<&'static str> {
        let locked = self.lock(workspace).is_some();
        let with = |always: &[&'static str], more: &[(bool, &'static str)]| {
            let more = more.iter().filter(|(applies, _)| *applies).map(|(_, argument)| *argument);
            always.iter().copied().chain(more).collect()
        };
        match self {
            Self::Npm if locked => with(&["ci", "--quiet", "--no-fund", "--no-audit"], &[]),
            // A lock file that npm writes would be in the image of the first build but not of the
            // second.
            Self::Npm => {
                with(&["install", "--quiet", "--no-fund", "--no-audit", "--no-package-lock"], &[])
            }
            Self::Yarn => with(
                &["install", "--non-interactive", "--prefer-offline"],
                &[
                    (locked, "--frozen-lockfile"),
                    (!locked, "--no-lockfile"),
                    (!plan.scripts.is_empty(), "--production=false"),
                ],
            ),
            Self::Berry => {
                let has_cache = workspace.root().join(".yarn/cache").is_dir();
                with(&["install"], &[(locked, "--immutable"), (has_cache, "--immutable-cache")])
            }
            Self::Pnpm => {
                with(&["install"], &[(plan.node_env.as_deref() == Some("production"), "--prod")])
            }
            // Links to its cache would let a script change the packages of later builds.
            Self::Bun => with(
                &["install", "--no-progress", "--backend=copyfile"],
                &[(locked, "--frozen-lockfile"), (!locked, "--no-save")],
            ),
        }
    }

    /// Environment variables for installing and removing packages.
    pub(super) fn settings(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Npm | Self::Yarn | Self::Berry | Self::Bun => &[],
            Self::Pnpm => &[
                // Without it, pnpm asks before it removes anything, and does not enforce the lock
                // file.
                ("CI", "true"),
                // Otherwise its generated programs would contain the directory of this build. These
                // are the old and the new name of the setting.
                ("npm_config_extend_node_path", "false"),
                ("PNPM_CONFIG_EXTEND_NODE_PATH", "false"),
            ],
        }
    }

    /// Arguments that remove the development packages.
    pub(super) fn prune(self, workspace: &Workspace) -> Vec<&'static str> {
        match self {
            Self::Npm => vec!["prune", "--omit=dev", "--quiet", "--no-fund", "--no-audit"],
            Self::Yarn => {
                let lock = if self.lock(workspace).is_some() {
                    "--frozen-lockfile"
                } else {
                    "--no-lockfile"
                };
                vec!["install", "--ignore-scripts", "--prefer-offline", "--production=true", lock]
            }
            Self::Berry => vec!["workspaces", "focus", "--all", "--production"],
            Self::Pnpm => vec!["prune", "--prod"],
            Self::Bun => {
                let lock =
                    if self.lock(workspace).is_some() { "--frozen-lockfile" } else { "--no-save" };
                vec!["install", "--production", "--no-progress", "--backend=copyfile", lock]
            }
        }
    }
}

/// The text of a file, or the digest of one that has none, such as bun's older lock file.
fn read(workspace: &Workspace, file: &str) -> String {
    let content = workspace.read(file).unwrap_or_default();
    String::from_utf8(content).unwrap_or_else(|error| hex_digest(error.as_bytes()))
}

/// Yarn 2 and later use no `node_modules` by default.
fn is_plug_and_play(settings: &str) -> bool {
    let linker = settings.lines().find_map(|line| line.strip_prefix("nodeLinker:"));
    linker.is_none_or(|linker| linker.trim().trim_matches(['"', '\'']) == "pnp")
}

fn without_framework(what: &str, program: &str) -> String {
    format!(
        "This project is using {what} but you have not included the Functions Framework in your dependencies. Please add it by \
         running: '{program} add @google-cloud/functions-framework'."
    )
}

#[cfg(test)]
mod tests;
