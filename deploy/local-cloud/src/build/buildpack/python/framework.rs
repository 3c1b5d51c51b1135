//! Whether the Functions Framework is injected, and which one.

use super::requirements::has_framework;
use crate::build::buildpack::{BuildError, Workspace};

/// What is installed when the user's requirements do not have the framework: with every dependency pinned, so that a function
/// without requirements is built from the same packages every time. The versions are those that Google's buildpacks inject.
/// <https://github.com/GoogleCloudPlatform/buildpacks/blob/main/cmd/python/functions_framework/converter/requirements.txt>
pub(super) const INJECTED: &str = include_str!("injected.txt");

/// File name of the user's requirements.
pub(super) const REQUIREMENTS: &str = "requirements.txt";

/// What is to be installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// The framework comes from us, in a layer of its own.
    pub(super) injected: bool,
    /// The user has a requirements file.
    pub(super) requirements: bool,
}

/// # Errors
/// When the framework is missing and must not be injected.
pub(super) fn plan(workspace: &Workspace) -> Result<Plan, BuildError> {
    let text = std::fs::read_to_string(workspace.root().join(REQUIREMENTS)).ok();
    let present = text.as_deref().is_some_and(has_framework);
    if !present && workspace.is_on("GOOGLE_SKIP_FRAMEWORK_INJECTION") {
        return Err(BuildError::User(INJECTION_SKIPPED.to_owned()));
    }
    if !present && workspace.environment().contains_key("GOOGLE_VENDOR_PIP_DEPENDENCIES") {
        return Err(BuildError::User(VENDORED.to_owned()));
    }
    Ok(Plan { injected: !present, requirements: text.is_some() })
}

const INJECTION_SKIPPED: &str = "Functions Framework must be set as a dependency when skipping automatic framework injection has \
                                 been enabled via GOOGLE_SKIP_FRAMEWORK_INJECTION";

const VENDORED: &str =
    "Vendored dependencies detected, please add functions-framework to requirements.txt and download it using pip";
