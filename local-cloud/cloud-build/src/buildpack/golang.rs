//! Go functions, built by the rules of Google's buildpacks `google.go.functions-framework` and
//! `google.go.build`.
//! <https://github.com/GoogleCloudPlatform/buildpacks/tree/main/cmd/go>
//!
//! The host's `go` replaces the runtime layer. A main package is generated and compiled together
//! with the user's package, and the binary is a layer of its own. Google's buildpacks write the
//! main package and a completed `go.mod` into the source. Here they are passed to Go separately, by
//! `-overlay` and `-modfile`, so that the application layer is the source as it was uploaded,
//! whether the binary was compiled or found in the cache.

mod binary;
mod compile;
mod framework;
mod gopath;
mod head;
mod main_file;
mod modules;
mod package;
mod project;
mod sample;
mod source;
mod toolchain;
mod version;

use std::collections::BTreeMap;
use std::path::Path;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::contract::{BuildError, Buildpack, Built, Detect, Tools, Workspace};
use super::found::first_file;
use super::host::launch_path;
use super::launch;
use crate::image::Contents;
use binary::{BINARY, Binary};
use package::Package;
use project::Project;
use toolchain::Toolchain;

pub(super) struct Golang;

#[async_trait]
impl Buildpack for Golang {
    fn id(&self) -> &'static str {
        "google.go.functions-framework"
    }

    fn language(&self) -> &'static str {
        "go"
    }

    fn detect(&self, workspace: &Workspace) -> Detect {
        match first_file(workspace.root(), ".go") {
            Some(file) => Detect::OptIn(format!("found {file}")),
            None => Detect::OptOut,
        }
    }

    fn settings(&self, host: &BTreeMap<String, String>) -> Value {
        toolchain::INHERITANCE.determining(host)
    }

    async fn build(&self, workspace: &Workspace, tools: &Tools) -> Result<Built, BuildError> {
        build(workspace, tools).await
    }
}

async fn build(workspace: &Workspace, tools: &Tools) -> Result<Built, BuildError> {
    let target = workspace.function_target()?;
    let directory =
        source::move_into_place(workspace.root()).map_err(BuildError::host("move the source"))?;
    tools.hand_over(&directory)?;
    let toolchain = Toolchain::find(&directory, workspace, tools).await?;
    let package = Package::read(&directory)?;
    let project = Project {
        directory: &directory,
        package: &package,
        target,
        toolchain: &toolchain,
        workspace,
        tools,
    };
    let mut warnings = toolchain.version_warnings(workspace);
    warnings.extend(version::warnings(&directory, &toolchain.version));
    warnings.extend((!project.has_module()).then(|| NO_MODULE.to_owned()));
    let binary = Binary::compile_or_reuse(&project).await?;
    warnings.extend(listening_warning(&binary));
    warnings.iter().for_each(|warning| tools.log.line(format!("WARNING: {warning}")));
    if workspace.is_on("GOOGLE_CLEAR_SOURCE") {
        source::clear(&directory).map_err(BuildError::host("clear the source"))?;
    }
    let image = Contents {
        environment: environment(workspace),
        entrypoint: vec![BINARY.to_owned()],
        labels: labels(&binary, workspace),
        host: json!({"go": {"version": toolchain.version}}),
        layers: vec![binary.layer],
    };
    Ok(Built { image, versions: vec![toolchain.version.clone()], warnings })
}

const NO_MODULE: &str = "the source has no go.mod, so it is built without modules, from its vendor directory and the \
                         Functions Framework only, as in Google's buildpack. gcloud rejects such a source; create a \
                         go.mod with `go mod init` and `go mod tidy`";

/// The sandbox does not isolate the network.
fn listening_warning(binary: &Binary) -> Option<String> {
    main_file::listens_everywhere(binary.framework.generation()).then(|| {
        format!(
            "functions-framework-go {} cannot listen on loopback only, so other machines may reach an \
             instance while it runs; v1.8.0 and later can",
            binary.framework.version
        )
    })
}

/// The launch environment. Modules for translations read `LANG`, and Go does not use the locales of
/// the system, so it can have the value of Google's run images on any machine.
fn environment(workspace: &Workspace) -> BTreeMap<String, String> {
    let own =
        [("PATH", launch_path([], Some(Path::new(BINARY)))), ("LANG", "en_US.UTF-8".to_owned())];
    let mut environment = launch::environment(workspace);
    environment.extend(own.map(|(name, value)| (name.to_owned(), value)));
    environment
}

fn labels(binary: &Binary, workspace: &Workspace) -> BTreeMap<String, String> {
    let framework = &binary.framework;
    launch::labels(
        workspace,
        launch::Framework {
            runtime: "go",
            version: &framework.version,
            injected: framework.injected,
        },
    )
}
