//! Python functions, by the rules of Google's buildpacks `google.python.functions-framework` and `google.python.pip`.
//! <https://github.com/GoogleCloudPlatform/buildpacks/tree/main/cmd/python>
//!
//! The host's `python3` takes the place of the runtime layer. Debian's refuses `pip install --user`, so packages are installed
//! with `--target`, each requirements file into a layer of its own: the user's layer comes first on `PYTHONPATH`, and by that
//! a version that the user asks for wins over an injected one. That also lets all functions share one framework layer.

mod bootstrap;
mod check;
mod framework;
mod installer;
mod interpreter;
mod layers;
mod requirements;

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::json;

use super::{BuildError, Buildpack, Built, Detect, Tools, Workspace};
use interpreter::Interpreter;
use layers::Dependencies;

/// The language Python.
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
        match check::first_python_file(workspace.root()) {
            Some(file) => Detect::OptIn(format!("found {file}")),
            None => Detect::OptOut,
        }
    }

    async fn build(&self, workspace: &Workspace, tools: &Tools) -> Result<Built, BuildError> {
        build(workspace, tools).await
    }
}

async fn build(workspace: &Workspace, tools: &Tools) -> Result<Built, BuildError> {
    let target = check::function_target(workspace)?.to_owned();
    check::source(workspace)?;
    let interpreter = Interpreter::find(workspace, tools).await?;
    let warnings = interpreter.version_warnings(workspace)?;
    warnings.iter().for_each(|warning| tools.log.line(format!("WARNING: {warning}")));
    check::syntax(&interpreter, workspace, tools).await?;
    let plan = framework::plan(workspace)?;
    let dependencies = Dependencies::install(&interpreter, &plan, workspace, tools).await?;
    Ok(Built {
        environment: environment(&interpreter, &dependencies, workspace, &target),
        entrypoint: vec![interpreter.executable.clone(), "-m".to_owned(), "functions_framework".to_owned()],
        labels: labels(&dependencies, plan.injected, workspace),
        host: json!({"python": {"executable": interpreter.executable, "version": interpreter.version}}),
        versions: vec![interpreter.version.clone()],
        warnings,
        layers: dependencies.into_layers(),
    })
}

/// The launch environment. `PYTHONUNBUFFERED` and the renamed `GOOGLE_FUNCTION_*` are what Google's buildpacks set.
fn environment(
    interpreter: &Interpreter,
    dependencies: &Dependencies,
    workspace: &Workspace,
    target: &str,
) -> BTreeMap<String, String> {
    let mut environment = BTreeMap::from([
        ("FUNCTION_TARGET".to_owned(), target.to_owned()),
        ("LANG".to_owned(), "C.UTF-8".to_owned()),
        ("PATH".to_owned(), interpreter.launch_path(dependencies.directories())),
        ("PYTHONPATH".to_owned(), dependencies.python_path()),
        ("PYTHONUNBUFFERED".to_owned(), "TRUE".to_owned()),
        // What the host's user has installed for himself is not part of the image.
        ("PYTHONNOUSERSITE".to_owned(), "1".to_owned()),
    ]);
    let renamed = [("GOOGLE_FUNCTION_SIGNATURE_TYPE", "FUNCTION_SIGNATURE_TYPE"), ("GOOGLE_FUNCTION_SOURCE", "FUNCTION_SOURCE")];
    for (build, launch) in renamed {
        if let Some(value) = workspace.variable(build) {
            environment.insert(launch.to_owned(), value.to_owned());
        }
    }
    environment
}

/// Labels: the framework's version, and every `GOOGLE_LABEL_…` of the build's environment.
fn labels(dependencies: &Dependencies, injected: bool, workspace: &Workspace) -> BTreeMap<String, String> {
    let version = dependencies.version_of("functions-framework").unwrap_or_default();
    let framework = json!({"runtime": "python", "version": version, "injected": injected});
    let mut labels = BTreeMap::from([
        ("google.functions-framework-version".to_owned(), framework.to_string()),
        ("longshore.base".to_owned(), "host".to_owned()),
    ]);
    for (name, value) in workspace.environment() {
        if let Some(label) = name.strip_prefix("GOOGLE_LABEL_") {
            labels.insert(format!("google.{}", label.to_ascii_lowercase().replace('_', "-")), value.clone());
        }
    }
    labels
}
