//! The package manager that builds a source.

use super::manager::Manager;
use super::manifest::Manifest;
use super::plan::Plan;
use super::scripts;
use super::toolchain::Toolchain;
use crate::buildpack::contract::{BuildError, Tools, Workspace};

/// The package manager of a source, and what it has to do.
#[derive(Debug)]
pub(super) struct ChosenManager {
    pub(super) manager: Manager,
    /// The version on this machine.
    pub(super) version: String,
    pub(super) plan: Plan,
}

impl ChosenManager {
    /// # Errors
    /// [`BuildError::User`] if this machine does not have the manager.
    pub(super) async fn new(
        manager: Manager,
        toolchain: &Toolchain,
        manifest: &Manifest,
        workspace: &Workspace,
        tools: &Tools,
    ) -> Result<Self, BuildError> {
        let version = toolchain.version_of(manager, workspace, tools).await?;
        Ok(Self { manager, version, plan: scripts::plan(manager, manifest, workspace) })
    }
}
