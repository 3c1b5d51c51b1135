//! Python functions, built by the rules of Google's buildpacks `google.python.functions-framework`
//! and `google.python.pip`.
//! <https://github.com/GoogleCloudPlatform/buildpacks/tree/main/cmd/python>
//!
//! The host's `python3` replaces the runtime layer, in a virtual environment that hides its
//! packages. Debian's rejects `pip install --user`, so packages are installed with `--target`, and
//! each requirements file gets a layer of its own. The user's layer comes first on `sys.path`, so
//! that a version that the user requests takes precedence over an injected one. This also lets all
//! functions share one framework layer.

mod bootstrap;
mod check;
mod choice;
mod export;
mod framework;
mod installer;
mod interpreter;
mod layers;
mod project;
mod pyproject;
mod record;
mod requested_manager;
mod requirements;
mod runtime_layer;
mod seed;
mod specifier;
mod tool;

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::contract::{BuildError, Buildpack, Built, Detect, Tools, Workspace};
use super::found::first_file;
use super::host;
use super::launch::{self, Framework};
use crate::image::Contents;
use interpreter::Interpreter;
use layers::Dependencies;
use project::Project;
use runtime_layer::PYTHON;

pub(super) struct Python;

#[async_trait]
impl Buildpack for Python {
    fn id(&self) -> &'static str {
        "google.python.functions-framework"
    }

    fn language(&self) -> &'static str {
        "python"
    }

    fn detect(&self, workspace: &Workspace) -> Detect {
        match first_file(workspace.root(), ".py") {
            Some(file) => Detect::OptIn(format!("found {file}")),
            None => Detect::OptOut,
        }
    }

    fn settings(&self, host: &BTreeMap<String, String>) -> Value {
        interpreter::INHERITANCE.determining(host)
    }

    async fn build(&self, workspace: &Workspace, tools: &Tools) -> Result<Built, BuildError> {
        build(workspace, tools).await
    }
}

async fn build(workspace: &Workspace, tools: &Tools) -> Result<Built, BuildError> {
    workspace.function_target()?;
    check::source(workspace)?;
    let project = Project::of(workspace)?;
    let interpreter = Interpreter::find(workspace, tools).await?;
    let mut warnings = interpreter.version_warnings(workspace, &project)?;
    warnings.extend(check::unread(&project, workspace));
    warnings.iter().for_each(|warning| tools.log.line(format!("WARNING: {warning}")));
    check::syntax(&interpreter, workspace, tools).await?;
    let injected = framework::is_injected(&project, workspace)?;
    let dependencies =
        Dependencies::install(&interpreter, &project, injected, workspace, tools).await?;
    let image = Contents {
        environment: environment(&dependencies, workspace),
        entrypoint: entrypoint(&interpreter),
        labels: labels(&interpreter, &dependencies, injected, workspace),
        host: json!({"python": {"executable": interpreter.executable, "version": interpreter.version}}),
        layers: dependencies.into_layers(),
    };
    Ok(Built { image, versions: vec![interpreter.version.clone()], warnings })
}

/// The launch environment. `PYTHONUNBUFFERED` is set as by Google's buildpacks.
fn environment(dependencies: &Dependencies, workspace: &Workspace) -> BTreeMap<String, String> {
    let own = [
        ("PATH", host::launch_path(dependencies.programs(), None)),
        ("PYTHONUNBUFFERED", "TRUE".to_owned()),
        // Packages that the host's user has installed for themselves are not part of the image.
        ("PYTHONNOUSERSITE", "1".to_owned()),
    ];
    let mut environment = launch::environment(workspace);
    environment.extend(own.map(|(name, value)| (name.to_owned(), value)));
    environment
}

/// The framework. On Google, its script is started, with which the working directory is not on
/// `sys.path`.
fn entrypoint(interpreter: &Interpreter) -> Vec<String> {
    let mut words = vec![PYTHON];
    words.extend(interpreter.has_safe_path().then_some("-P"));
    words.extend(["-m", "functions_framework"]);
    words.into_iter().map(str::to_owned).collect()
}

fn labels(
    interpreter: &Interpreter,
    dependencies: &Dependencies,
    injected: bool,
    workspace: &Workspace,
) -> BTreeMap<String, String> {
    let version = dependencies.version_of("functions-framework").unwrap_or_default();
    let mut labels = launch::labels(workspace, Framework { runtime: "python", version, injected });
    labels.extend(launch::toolchain(&interpreter.base));
    labels
}
