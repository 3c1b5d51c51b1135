//! Node.js functions, built by the rules of Google's buildpacks
//! `google.nodejs.functions-framework`, `google.nodejs.npm`, `google.nodejs.yarn`,
//! `google.nodejs.pnpm` and `google.nodejs.bun`.
//! <https://github.com/GoogleCloudPlatform/buildpacks/tree/main/cmd/nodejs>
//!
//! The host's `node` replaces the runtime layer. Packages are installed to
//! `/workspace/node_modules`, as on Google. They are a layer of their own if only the manifest, the
//! lock file and the configuration determine them; otherwise they stay in the application layer.

mod answer;
mod check;
mod chosen_manager;
mod dependencies;
mod framework;
mod launched;
mod layers;
mod manager;
mod manifest;
mod plan;
mod range;
mod scripts;
mod toolchain;

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::contract::{BuildError, Buildpack, Built, Detect, Tools, Workspace};
use crate::image::Contents;
use chosen_manager::ChosenManager;
use dependencies::{Dependencies, Installation};
use launched::Served;
use manager::Manager;
use manifest::{Manifest, PACKAGE_JSON};
use toolchain::Toolchain;

pub(super) struct Nodejs;

#[async_trait]
impl Buildpack for Nodejs {
    fn id(&self) -> &'static str {
        "google.nodejs.functions-framework"
    }

    fn language(&self) -> &'static str {
        "nodejs"
    }

    fn detect(&self, workspace: &Workspace) -> Detect {
        detect(workspace)
    }

    fn settings(&self, host: &BTreeMap<String, String>) -> Value {
        toolchain::INHERITANCE.determining(host)
    }

    async fn build(&self, workspace: &Workspace, tools: &Tools) -> Result<Built, BuildError> {
        build(workspace, tools).await
    }
}

/// Detects a `package.json`, or a JavaScript file at the root of the source.
fn detect(workspace: &Workspace) -> Detect {
    if workspace.has(PACKAGE_JSON) {
        return Detect::OptIn(format!("found {PACKAGE_JSON}"));
    }
    let entries = std::fs::read_dir(workspace.root()).into_iter().flatten().flatten();
    match entries
        .map(|entry| entry.file_name())
        .find(|name| name.to_string_lossy().ends_with(".js"))
    {
        Some(_) => Detect::OptIn("found .js files".to_owned()),
        None => Detect::OptOut,
    }
}

async fn build(workspace: &Workspace, tools: &Tools) -> Result<Built, BuildError> {
    workspace.function_target()?;
    let manifest = Manifest::read(workspace)?;
    check::request(workspace, &manifest)?;
    let heap_limit_mb = launched::heap_limit_mb(workspace)?;
    let manager = Manager::choose(workspace, &manifest)?;
    let toolchain = Toolchain::find(workspace, tools).await?;
    let chosen = match manager {
        Some(manager) => {
            Some(ChosenManager::new(manager, &toolchain, &manifest, workspace, tools).await?)
        }
        None => None,
    };
    let warnings = warnings(&toolchain, chosen.as_ref(), &manifest, workspace);
    warnings.iter().for_each(|warning| tools.log.line(format!("WARNING: {warning}")));

    let is_generated = chosen.as_ref().is_some_and(|chosen| !chosen.plan.scripts.is_empty())
        || manifest.uses_source().is_some();
    if !is_generated {
        // A missing or broken file can be detected before the installation.
        check::function(&toolchain, &manifest, workspace, tools).await?;
    }
    let dependencies = match &chosen {
        Some(chosen) => {
            Installation { toolchain: &toolchain, chosen, manifest: &manifest, workspace, tools }
                .run()
                .await?
        }
        None => Dependencies::default(),
    };
    if is_generated {
        check::function(&toolchain, &manifest, workspace, tools).await?;
    }
    let served = Served::new(dependencies, &manifest, workspace, tools).await?;
    let image = Contents {
        environment: served.environment(&toolchain, heap_limit_mb, workspace),
        entrypoint: served.entrypoint(),
        labels: served.labels(workspace),
        host: json!({"nodejs": {"executable": toolchain.executable, "version": toolchain.version}}),
        layers: served.into_layers(),
    };
    Ok(Built { image, versions: vec![toolchain.version.clone()], warnings })
}

/// Issues that do not stop the build but may be unintended.
fn warnings(
    toolchain: &Toolchain,
    chosen: Option<&ChosenManager>,
    manifest: &Manifest,
    workspace: &Workspace,
) -> Vec<String> {
    let mut warnings = toolchain.warnings(workspace, manifest);
    warnings.extend(manifest.framework_warning());
    warnings.extend(check::framework_warning(workspace, manifest));
    if let Some(chosen) = chosen {
        warnings.extend(toolchain::manager_warnings(chosen.manager, &chosen.version, manifest));
        warnings.extend(scripts::warning(chosen.manager, manifest, &chosen.plan));
        let unlocked = manifest.has_dependencies() && chosen.manager.lock(workspace).is_none();
        warnings.extend(unlocked.then(|| {
            "without a lock file, builds may get different packages from one day to the next"
                .to_owned()
        }));
    }
    warnings
}
