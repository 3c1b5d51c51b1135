//! What every image has, whatever its language: the launch environment and the labels of Google's
//! buildpacks.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;

use super::contract::Workspace;

/// Variables of the build that are renamed in the image. The service's own values override them.
const RENAMED: [(&str, &str); 3] = [
    ("GOOGLE_FUNCTION_TARGET", "FUNCTION_TARGET"),
    ("GOOGLE_FUNCTION_SIGNATURE_TYPE", "FUNCTION_SIGNATURE_TYPE"),
    ("GOOGLE_FUNCTION_SOURCE", "FUNCTION_SOURCE"),
];

/// The part of the launch environment that does not depend on the language.
pub(super) fn environment(workspace: &Workspace) -> BTreeMap<String, String> {
    let renamed = RENAMED.into_iter().filter_map(|(build, launch)| {
        Some((launch.to_owned(), workspace.variable(build)?.to_owned()))
    });
    renamed.chain([("LANG".to_owned(), "C.UTF-8".to_owned())]).collect()
}

/// The Functions Framework in an image.
#[derive(Clone, Copy, Debug)]
pub(super) struct Framework<'a> {
    /// The language, as in Google's label.
    pub(super) runtime: &'a str,
    pub(super) version: &'a str,
    /// Whether the buildpack added it.
    pub(super) injected: bool,
}

/// The label that tells the sandbox of instances which toolchain of this machine they need, by the
/// path of its program.
pub(super) fn toolchain(program: &Path) -> Option<(String, String)> {
    let directory = program.parent()?.display().to_string();
    Some(("longshore.toolchain".to_owned(), directory))
}

/// The labels: the version of the framework, and every `GOOGLE_LABEL_…` of the build's environment.
pub(super) fn labels(workspace: &Workspace, framework: Framework<'_>) -> BTreeMap<String, String> {
    let Framework { runtime, version, injected } = framework;
    let framework = json!({"runtime": runtime, "version": version, "injected": injected});
    let mut labels = BTreeMap::from([
        ("google.functions-framework-version".to_owned(), framework.to_string()),
        ("longshore.base".to_owned(), "host".to_owned()),
    ]);
    for (name, value) in workspace.environment() {
        if let Some(label) = name.strip_prefix("GOOGLE_LABEL_") {
            labels.insert(
                format!("google.{}", label.to_ascii_lowercase().replace('_', "-")),
                value.clone(),
            );
        }
    }
    labels
}
