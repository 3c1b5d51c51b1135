//! Whether the Functions Framework is injected, and in which version.

use super::project::Project;
use crate::buildpack::contract::{BuildError, Workspace};

/// The injected requirements, with every dependency pinned, so that a function without requirements
/// is always built from the same packages. The versions are those that Google's buildpacks inject.
/// <https://github.com/GoogleCloudPlatform/buildpacks/blob/main/cmd/python/functions_framework/converter/requirements.txt>
pub(super) const INJECTED: &str = include_str!("injected.txt");

/// Whether the framework is injected, in a layer of its own.
///
/// # Errors
/// If the framework is missing and must not be injected.
pub(super) fn is_injected(project: &Project, workspace: &Workspace) -> Result<bool, BuildError> {
    if project.has_framework() {
        return Ok(false);
    }
    let refusal = match project {
        Project::Pyproject(pyproject) if pyproject.has_dynamic_dependencies() => {
            Some([NOT_IN_PYPROJECT, DYNAMIC].concat())
        }
        Project::Pyproject(_) => Some(NOT_IN_PYPROJECT.to_owned()),
        _ if workspace.environment().contains_key("GOOGLE_VENDOR_PIP_DEPENDENCIES") => {
            Some(VENDORED.to_owned())
        }
        _ if workspace.is_on("GOOGLE_SKIP_FRAMEWORK_INJECTION") => {
            Some(INJECTION_SKIPPED.to_owned())
        }
        Project::Bare | Project::Requirements(_) => None,
    };
    refusal.map_or(Ok(true), |text| Err(BuildError::User(text)))
}

const NOT_IN_PYPROJECT: &str = "This project is using pyproject.toml but you have not included the Functions Framework in your \
                                dependencies. Please add it to your pyproject.toml.";

const DYNAMIC: &str = " Google's builder looks for it in `dependencies` of [project], and not in what the build backend \
                       determines (`dynamic`).";

const INJECTION_SKIPPED: &str = "Functions Framework must be set as a dependency when skipping automatic framework injection has \
                                 been enabled via GOOGLE_SKIP_FRAMEWORK_INJECTION";

const VENDORED: &str = "Vendored dependencies detected, please add functions-framework to requirements.txt and download it using pip";
