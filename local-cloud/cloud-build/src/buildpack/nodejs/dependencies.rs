//! Installs the packages of a function, and runs its build scripts.

use std::io;
use std::path::PathBuf;

use longshore_local_kit::trees;

use super::chosen_manager::ChosenManager;
use super::framework::Framework;
use super::layers::{self, MODULES_PREFIX};
use super::manager::Manager;
use super::manifest::Manifest;
use super::scripts::{self, NODE_ENV};
use super::toolchain::{Toolchain, step};
use crate::buildpack::contract::{BuildError, Tools, Workspace};
use crate::buildpack::own_layer::OwnLayer;
use crate::confinement::read_text;
use crate::image::{CachedLayer, Layer};

/// Set if the source contains its packages.
const VENDOR_VARIABLE: &str = "GOOGLE_VENDOR_NPM_DEPENDENCIES";

/// Creator of the packages' layer in the history of the image.
const CREATED_BY: &str = "google.nodejs: dependencies";

/// The result of an installation.
#[derive(Debug, Default)]
pub(super) struct Dependencies {
    /// The layer of the packages, unless they are part of the workspace.
    pub(super) layer: Option<Layer>,
    /// The framework, if it is among the packages.
    pub(super) framework: Option<Framework>,
}

pub(super) struct Installation<'a> {
    pub(super) toolchain: &'a Toolchain,
    pub(super) chosen: &'a ChosenManager,
    pub(super) manifest: &'a Manifest,
    pub(super) workspace: &'a Workspace,
    pub(super) tools: &'a Tools,
}

impl Installation<'_> {
    /// Installs the packages, runs the scripts, and leaves in the workspace only what belongs to
    /// the application layer.
    ///
    /// # Errors
    /// [`BuildError::User`] with the output of the manager if packages cannot be installed, or a
    /// script fails.
    pub(super) async fn run(&self) -> Result<Dependencies, BuildError> {
        if self.chosen.manager == Manager::Npm && self.workspace.is_on(VENDOR_VARIABLE) {
            return self.vendored().await;
        }
        trees::remove(&self.modules())
            .map_err(BuildError::host("remove node_modules of the source"))?;
        let uses_source =
            self.manifest.uses_source().or_else(|| self.chosen.manager.uses_source(self.workspace));
        if let Some(reason) = uses_source {
            self.tools
                .log
                .line(format!("Dependencies are installed again in every build: {reason}."));
            return self.in_place().await;
        }
        if !self.manifest.has_dependencies() {
            self.scripts().await?;
            return self.left_in_place();
        }
        self.cached().await
    }

    fn modules(&self) -> PathBuf {
        self.workspace.root().join("node_modules")
    }

    /// Uses the packages of the source, compiled for this Node.js.
    async fn vendored(&self) -> Result<Dependencies, BuildError> {
        self.tools.log.line("Using the dependencies in the source.");
        self.manage(&["rebuild"], "npm rebuild failed").await?;
        self.scripts().await?;
        self.left_in_place()
    }

    /// Installs in the workspace and leaves everything there, because it depends on more of the
    /// source than a key could cover.
    async fn in_place(&self) -> Result<Dependencies, BuildError> {
        self.install().await?;
        self.scripts().await?;
        if self.chosen.plan.prunes {
            self.prune().await?;
        }
        self.left_in_place()
    }

    fn left_in_place(&self) -> Result<Dependencies, BuildError> {
        layers::tidy(&self.modules()).map_err(BuildError::host("tidy node_modules"))?;
        Ok(Dependencies { layer: None, framework: Framework::find(&self.modules()) })
    }

    /// Takes the packages from a layer and stores them in one; scripts see them in the workspace in
    /// between.
    async fn cached(&self) -> Result<Dependencies, BuildError> {
        let installed = self.installed().await?;
        if self.chosen.plan.scripts.is_empty() && !self.chosen.plan.prunes {
            self.move_out_of_workspace()?;
            return Ok(of_layer(installed));
        }
        if !self.modules().exists() {
            layers::restore(&installed, self.tools, &self.modules()).await?;
            self.tools.hand_over(&self.modules())?;
        }
        let fingerprint =
            || layers::fingerprint(&self.modules()).map_err(BuildError::host("read node_modules"));
        let before = fingerprint()?;
        self.scripts().await?;
        let untouched = fingerprint()? == before;
        if !untouched {
            self.tools.log.line(
                "A script has changed node_modules, which becomes part of the application layer.",
            );
        }
        match (self.chosen.plan.prunes, untouched) {
            (false, true) => {
                self.move_out_of_workspace()?;
                Ok(of_layer(installed))
            }
            (true, true) => self.pruned().await,
            (false, false) => self.left_in_place(),
            (true, false) => {
                self.prune().await?;
                self.left_in_place()
            }
        }
    }

    /// The layer of the installed packages. After an installation, they are in the workspace as
    /// well.
    async fn installed(&self) -> Result<CachedLayer, BuildError> {
        let layer = self.layer("installed").await;
        if let Some(cached) = layer.get().await {
            self.tools.log.line("Application dependencies are up to date, skipping installation.");
            return Ok(cached);
        }
        self.install().await?;
        if !self.chosen.plan.prunes {
            layers::tidy(&self.modules()).map_err(BuildError::host("tidy node_modules"))?;
        }
        self.store(&layer).await
    }

    /// The layer without the development packages.
    async fn pruned(&self) -> Result<Dependencies, BuildError> {
        let layer = self.layer("pruned").await;
        let pruned = match layer.get().await {
            Some(cached) => cached,
            None => {
                self.prune().await?;
                layers::tidy(&self.modules()).map_err(BuildError::host("tidy node_modules"))?;
                self.store(&layer).await?
            }
        };
        self.move_out_of_workspace()?;
        Ok(of_layer(pruned))
    }

    async fn layer(&self, state: &str) -> OwnLayer<'_> {
        let key = layers::key(state, self.toolchain, self.chosen, self.manifest, self.workspace);
        OwnLayer::reserve(self.tools, &key).await
    }

    async fn store(&self, layer: &OwnLayer<'_>) -> Result<CachedLayer, BuildError> {
        let modules = self.modules();
        std::fs::create_dir_all(&modules).map_err(BuildError::host("create node_modules"))?;
        let facts = Framework::facts(Framework::find(&modules).as_ref());
        layer.store(modules, MODULES_PREFIX, facts, CREATED_BY).await
    }

    /// Moves the packages out of the workspace, because they have a layer of their own.
    fn move_out_of_workspace(&self) -> Result<(), BuildError> {
        match std::fs::rename(self.modules(), self.tools.inputs().join("node_modules")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(BuildError::host("move node_modules out of the workspace")(error))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    async fn install(&self) -> Result<(), BuildError> {
        self.tools.log.line("Installing application dependencies.");
        self.manage(
            &self.chosen.manager.install(&self.chosen.plan, self.workspace),
            "failed to install the dependencies",
        )
        .await
        .map_err(|error| self.with_registry(error))
    }

    /// Names the registry of the source if one has refused the packages: npm does not, if the registry
    /// asks for a password.
    fn with_registry(&self, error: BuildError) -> BuildError {
        let settings = read_text(&self.workspace.root().join(".npmrc")).unwrap_or_default();
        let registry = settings.lines().find(|line| line.contains("registry="));
        match (error, registry) {
            (BuildError::User(text), Some(registry)) if text.contains("E401") => {
                BuildError::User(format!("{text}\n.npmrc has {}", registry.trim()))
            }
            (error, _) => error,
        }
    }

    async fn prune(&self) -> Result<(), BuildError> {
        self.tools.log.line("Pruning devDependencies.");
        self.manage(&self.chosen.manager.prune(self.workspace), "failed to remove devDependencies")
            .await
    }

    /// Runs the manager on the packages.
    async fn manage(&self, arguments: &[&str], what: &str) -> Result<(), BuildError> {
        let mut command = self
            .toolchain
            .command(self.chosen.manager.program(), self.workspace.root())
            .args(arguments);
        if let Some(node_env) = &self.chosen.plan.node_env {
            command = command.env(NODE_ENV, node_env);
        }
        for (name, value) in self.chosen.manager.settings() {
            command = command.env(name, value);
        }
        step(&command, what, self.tools).await
    }

    async fn scripts(&self) -> Result<(), BuildError> {
        for script in &self.chosen.plan.scripts {
            let command = self
                .toolchain
                .command(self.chosen.manager.program(), self.workspace.root())
                .args(["run", script]);
            let failed = |error| match error {
                BuildError::User(text) => {
                    BuildError::User(format!("{text}{}", scripts::hint(&self.chosen.plan)))
                }
                BuildError::Host { .. } => error,
            };
            step(&command, &format!("the script `{script}` failed"), self.tools)
                .await
                .map_err(failed)?;
        }
        Ok(())
    }
}

fn of_layer(cached: CachedLayer) -> Dependencies {
    Dependencies { framework: Framework::of(&cached), layer: Some(cached.layer) }
}
