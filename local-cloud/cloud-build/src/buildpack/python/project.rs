//! How a source declares its dependencies: in requirements.txt, or in pyproject.toml for one of
//! three managers.
//! <https://github.com/GoogleCloudPlatform/buildpacks/blob/main/pkg/python/pyproject.go>

use super::pyproject::{Manager, OwnPackage, PYPROJECT, Pyproject, unreadable};
use super::requirements::{Inputs, decoded, has_framework, inputs};
use super::seed::Seed;
use crate::buildpack::contract::{BuildError, Workspace};
use crate::buildpack::runtime::RequestedVersion;

pub(super) const REQUIREMENTS: &str = "requirements.txt";

/// Where the dependencies are declared.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Project {
    /// Nowhere; only the framework is needed.
    Bare,
    /// In requirements.txt, which takes precedence over pyproject.toml.
    Requirements(String),
    /// In pyproject.toml.
    Pyproject(Pyproject),
}

impl Project {
    /// # Errors
    /// [`BuildError::User`] for invalid TOML, and for an unsupported package manager.
    pub(super) fn of(workspace: &Workspace) -> Result<Self, BuildError> {
        if workspace.has(REQUIREMENTS) {
            return workspace
                .read(REQUIREMENTS)
                .map(|content| Self::Requirements(decoded(&content)))
                .map_err(|error| unreadable(REQUIREMENTS, &error));
        }
        if !workspace.has(PYPROJECT) {
            return Ok(Self::Bare);
        }
        let text = workspace.read_text(PYPROJECT).map_err(|error| unreadable(PYPROJECT, &error))?;
        Pyproject::of(workspace, text).map(Self::Pyproject)
    }

    /// Whether the Functions Framework is declared where Google's buildpacks search for it.
    pub(super) fn has_framework(&self) -> bool {
        match self {
            Self::Bare => false,
            Self::Requirements(text) => has_framework(text),
            Self::Pyproject(project) => project.has_framework(),
        }
    }

    /// Everything that determines what is installed; `None` if nothing is.
    ///
    /// # Errors
    /// [`BuildError::User`] if a file cannot be read, such as a missing one that requirements.txt
    /// includes.
    pub(super) fn inputs(&self, workspace: &Workspace) -> Result<Option<Inputs>, BuildError> {
        match self {
            Self::Bare => Ok(None),
            Self::Requirements(_) => {
                let read = inputs(workspace.root(), REQUIREMENTS);
                let included = |error| {
                    BuildError::User(format!(
                        "cannot read {REQUIREMENTS} or a file that it includes: {error}"
                    ))
                };
                read.map(Some).map_err(included)
            }
            Self::Pyproject(project) => project.inputs(workspace).map(Some),
        }
    }

    /// What the function finds besides its own packages.
    pub(super) fn seed(&self) -> Seed {
        match self {
            Self::Pyproject(project) if project.manager == Manager::Uv => Seed::Empty,
            Self::Bare | Self::Requirements(_) | Self::Pyproject(_) => Seed::Runtime,
        }
    }

    /// How the package that the source itself is gets installed; `None` if it is none.
    pub(super) fn own_package(&self) -> Option<OwnPackage> {
        match self {
            Self::Bare | Self::Requirements(_) => None,
            Self::Pyproject(project) => project.own_package(),
        }
    }

    /// The versions of Python that the project says it supports.
    pub(super) fn supported_python(&self) -> Option<RequestedVersion> {
        match self {
            Self::Bare | Self::Requirements(_) => None,
            Self::Pyproject(project) => project.supported_python(),
        }
    }

    /// Id of Google's buildpack for it.
    pub(super) fn buildpack(&self) -> &'static str {
        match self {
            Self::Bare | Self::Requirements(_) => Manager::Pip.buildpack(),
            Self::Pyproject(project) => project.manager.buildpack(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buildpack::tests::workspace;

    const POETRY: &str =
        "[tool.poetry.dependencies]\npython = \"^3.11\"\nfunctions-framework = \"^3\"\n";
    const PLAIN: &str =
        "[project]\nname = \"x\"\ndependencies = [\"flask>=3\", \"functions-framework==3.*\"]\n";

    #[test]
    fn requirements_take_precedence_over_a_project() {
        let (_dir, workspace) =
            workspace(&[("pyproject.toml", POETRY), ("requirements.txt", "flask\n")], &[]);
        assert_eq!(Project::of(&workspace).unwrap(), Project::Requirements("flask\n".to_owned()));
    }

    #[test]
    fn the_framework_is_found_in_every_kind_of_project() {
        let table: [(&[(&str, &str)], bool); 5] = [
            (&[("pyproject.toml", POETRY)], true),
            (&[("pyproject.toml", PLAIN)], true),
            (&[("pyproject.toml", "[project]\nname = \"x\"\ndependencies = [\"flask\"]\n")], false),
            (&[("requirements.txt", "functions-framework\n")], true),
            (&[], false),
        ];
        for (files, found) in table {
            let (_dir, workspace) = workspace(files, &[]);
            assert_eq!(Project::of(&workspace).unwrap().has_framework(), found, "{files:?}");
        }
    }

    #[test]
    fn a_project_says_which_versions_of_python_it_supports() {
        for (text, expected) in [
            (POETRY, Some(("tool.poetry.dependencies.python of pyproject.toml", "^3.11"))),
            (
                "[project]\nname = \"x\"\nrequires-python = \">=3.13\"\n",
                Some(("requires-python of pyproject.toml", ">=3.13")),
            ),
            (PLAIN, None),
        ] {
            let (_dir, workspace) = workspace(&[("pyproject.toml", text)], &[]);
            let found = Project::of(&workspace).unwrap().supported_python();
            let expected = expected.map(|(origin, version)| RequestedVersion::new(origin, version));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn invalid_toml_is_rejected_with_its_position() {
        let (_dir, workspace) = workspace(&[("pyproject.toml", "[project\n")], &[]);
        let Err(BuildError::User(text)) = Project::of(&workspace) else {
            panic!("it was accepted")
        };
        assert!(text.starts_with("pyproject.toml: ") && text.contains("line 1"), "{text}");
    }

    #[test]
    fn a_lock_file_is_part_of_the_inputs() {
        let (_dir, workspace) =
            workspace(&[("pyproject.toml", PLAIN), ("uv.lock", "version = 1\n")], &[]);
        let inputs = Project::of(&workspace).unwrap().inputs(&workspace).unwrap().unwrap();
        let names: Vec<&str> = inputs.files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["pyproject.toml", "uv.lock"]);
        assert!(!inputs.uses_source);
    }
}
