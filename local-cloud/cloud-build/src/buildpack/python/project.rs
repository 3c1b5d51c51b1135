//! How a source declares its dependencies: in requirements.txt, or in pyproject.toml for one of
//! three managers.
//! <https://github.com/GoogleCloudPlatform/buildpacks/blob/main/pkg/python/pyproject.go>

use toml::Table;

use super::interpreter::requested_manager;
use super::requirements::{Inputs, has_framework, inputs};
use crate::buildpack::contract::{BuildError, Workspace};
use crate::buildpack::runtime::RequestedVersion;

pub(super) const REQUIREMENTS: &str = "requirements.txt";

pub(super) const PYPROJECT: &str = "pyproject.toml";

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

/// A source with pyproject.toml.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pyproject {
    pub(super) manager: Manager,
    document: Table,
    text: String,
}

/// The manager that determines the dependencies of a pyproject.toml.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manager {
    Uv,
    Poetry,
    Pip,
}

/// How the package of a source is installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OwnPackage {
    Copied,
    /// Its modules stay in the source.
    Editable,
}

impl Manager {
    /// File name of its lock file, if it has one.
    pub(super) fn lock_file(self) -> Option<&'static str> {
        match self {
            Self::Uv => Some("uv.lock"),
            Self::Poetry => Some("poetry.lock"),
            Self::Pip => None,
        }
    }

    /// Id of Google's buildpack for it.
    pub(super) fn buildpack(self) -> &'static str {
        match self {
            Self::Uv => "google.python.uv",
            Self::Poetry => "google.python.poetry",
            Self::Pip => "google.python.pip",
        }
    }
}

impl Project {
    /// # Errors
    /// [`BuildError::User`] for invalid TOML, and for an unsupported package manager.
    pub(super) fn of(workspace: &Workspace) -> Result<Self, BuildError> {
        let read = |name: &str| std::fs::read_to_string(workspace.root().join(name));
        if workspace.has(REQUIREMENTS) {
            return read(REQUIREMENTS)
                .map(Self::Requirements)
                .map_err(|error| unreadable(REQUIREMENTS, &error));
        }
        if !workspace.has(PYPROJECT) {
            return Ok(Self::Bare);
        }
        let text = read(PYPROJECT).map_err(|error| unreadable(PYPROJECT, &error))?;
        let document: Table = text
            .parse()
            .map_err(|error: toml::de::Error| BuildError::User(format!("{PYPROJECT}: {error}")))?;
        let manager = manager(workspace, &document)?;
        Ok(Self::Pyproject(Pyproject { manager, document, text }))
    }

    /// Whether the Functions Framework is declared where Google's buildpacks search for it.
    pub(super) fn has_framework(&self) -> bool {
        match self {
            Self::Bare => false,
            Self::Requirements(text) => has_framework(text),
            Self::Pyproject(project) => {
                has_framework(&project.declared())
                    || project
                        .poetry_section()
                        .is_some_and(|it| it.contains_key("functions-framework"))
            }
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

impl Pyproject {
    /// The dependencies of `[project]`, one on each line.
    pub(super) fn declared(&self) -> String {
        let declared = self
            .document
            .get("project")
            .and_then(|project| project.get("dependencies"))
            .and_then(|list| list.as_array());
        declared
            .into_iter()
            .flatten()
            .filter_map(|line| line.as_str())
            .map(|line| format!("{line}\n"))
            .collect()
    }

    /// Whether something may be installed from the source itself, such as a path or a workspace
    /// member.
    pub(super) fn uses_source(&self) -> bool {
        ["path = ", "path=", "workspace = true", "file:"]
            .iter()
            .any(|sign| self.text.contains(sign))
    }

    /// As Google's buildpacks do: `pip install .`; `uv sync`, which installs a package so that its
    /// modules stay in the source; and Poetry with `--no-root`.
    fn own_package(&self) -> Option<OwnPackage> {
        let uv = self.document.get("tool").and_then(|tool| tool.get("uv"));
        let declared = uv.and_then(|uv| uv.get("package")).and_then(toml::Value::as_bool);
        let is_package = declared.unwrap_or_else(|| self.document.contains_key("build-system"));
        match self.manager {
            Manager::Pip => Some(OwnPackage::Copied),
            Manager::Uv => is_package.then_some(OwnPackage::Editable),
            Manager::Poetry => None,
        }
    }

    pub(super) fn supported_python(&self) -> Option<RequestedVersion> {
        let of_project = self.document.get("project").and_then(|it| it.get("requires-python"));
        let of_poetry = || self.poetry_section().and_then(|it| it.get("python"));
        let (origin, version) = match of_project {
            Some(version) => ("requires-python", version),
            None => ("tool.poetry.dependencies.python", of_poetry()?),
        };
        Some(RequestedVersion::new(format!("{origin} of {PYPROJECT}"), version.as_str()?))
    }

    fn poetry_section(&self) -> Option<&Table> {
        self.document.get("tool")?.get("poetry")?.get("dependencies")?.as_table()
    }

    fn inputs(&self, workspace: &Workspace) -> Result<Inputs, BuildError> {
        let mut files = vec![(PYPROJECT.to_owned(), self.text.clone())];
        if let Some(lock) = self.manager.lock_file().filter(|lock| workspace.has(lock)) {
            let text = std::fs::read_to_string(workspace.root().join(lock))
                .map_err(|error| unreadable(lock, &error))?;
            files.push((lock.to_owned(), text));
        }
        Ok(Inputs { files, uses_source: self.uses_source(), is_editable: false })
    }
}

/// A lock file takes precedence, then the manager that the build requests; uv is the default.
fn manager(workspace: &Workspace, document: &Table) -> Result<Manager, BuildError> {
    let poetry = workspace.has("poetry.lock")
        || document.get("tool").is_some_and(|tool| tool.get("poetry").is_some());
    if poetry {
        return Ok(Manager::Poetry);
    }
    let requests_pip = requested_manager(workspace)? == "pip" && !workspace.has("uv.lock");
    Ok(if requests_pip { Manager::Pip } else { Manager::Uv })
}

fn unreadable(file: &str, error: &std::io::Error) -> BuildError {
    BuildError::User(format!("cannot read {file}: {error}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const POETRY: &str =
        "[tool.poetry.dependencies]\npython = \"^3.11\"\nfunctions-framework = \"^3\"\n";
    const PLAIN: &str =
        "[project]\nname = \"x\"\ndependencies = [\"flask>=3\", \"functions-framework==3.*\"]\n";

    fn workspace(files: &[(&str, &str)], manager: &str) -> (tempfile::TempDir, Workspace) {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        let environment =
            BTreeMap::from([("GOOGLE_PYTHON_PACKAGE_MANAGER".to_owned(), manager.to_owned())]);
        let workspace = Workspace::new(dir.path().to_owned(), environment);
        (dir, workspace)
    }

    #[test]
    fn the_lock_file_the_project_and_the_request_determine_the_manager_in_that_order() {
        type Case<'a> = (&'a [(&'a str, &'a str)], &'a str, Manager);
        let table: [Case<'_>; 7] = [
            (&[("pyproject.toml", POETRY)], "", Manager::Poetry),
            (&[("pyproject.toml", PLAIN), ("poetry.lock", "")], "uv", Manager::Poetry),
            (&[("pyproject.toml", PLAIN), ("uv.lock", "")], "pip", Manager::Uv),
            (&[("pyproject.toml", PLAIN)], "pip", Manager::Pip),
            (&[("pyproject.toml", PLAIN)], "uv", Manager::Uv),
            (&[("pyproject.toml", PLAIN)], "", Manager::Uv),
            (&[("pyproject.toml", "")], "", Manager::Uv),
        ];
        for (files, requested, manager) in table {
            let (_dir, workspace) = workspace(files, requested);
            let Project::Pyproject(project) = Project::of(&workspace).unwrap() else {
                panic!("{files:?}")
            };
            assert_eq!(project.manager, manager, "{files:?} {requested}");
        }
    }

    #[test]
    fn requirements_take_precedence_over_a_project() {
        let (_dir, workspace) =
            workspace(&[("pyproject.toml", POETRY), ("requirements.txt", "flask\n")], "");
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
            let (_dir, workspace) = workspace(files, "");
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
            let (_dir, workspace) = workspace(&[("pyproject.toml", text)], "");
            let found = Project::of(&workspace).unwrap().supported_python();
            let expected = expected.map(|(origin, version)| RequestedVersion::new(origin, version));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn the_package_of_a_source_is_installed_as_by_googles_buildpacks() {
        const PACKAGE: &str = "[project]\nname = \"x\"\n[build-system]\nrequires = []\n";
        const VIRTUAL: &str = "[build-system]\nrequires = []\n[tool.uv]\npackage = false\n";
        const DECLARED: &str = "[project]\nname = \"x\"\n[tool.uv]\npackage = true\n";
        for (text, requested, expected) in [
            (PLAIN, "uv", None),
            (PLAIN, "pip", Some(OwnPackage::Copied)),
            (PACKAGE, "uv", Some(OwnPackage::Editable)),
            (PACKAGE, "pip", Some(OwnPackage::Copied)),
            (VIRTUAL, "uv", None),
            (DECLARED, "", Some(OwnPackage::Editable)),
            (POETRY, "", None),
        ] {
            let (_dir, workspace) = workspace(&[("pyproject.toml", text)], requested);
            let found = Project::of(&workspace).unwrap().own_package();
            assert_eq!(found, expected, "{text} {requested}");
        }
    }

    #[test]
    fn invalid_toml_is_rejected_with_its_position() {
        let (_dir, workspace) = workspace(&[("pyproject.toml", "[project\n")], "");
        let Err(BuildError::User(text)) = Project::of(&workspace) else {
            panic!("it was accepted")
        };
        assert!(text.starts_with("pyproject.toml: ") && text.contains("line 1"), "{text}");
    }

    #[test]
    fn a_lock_file_is_part_of_the_inputs() {
        let (_dir, workspace) =
            workspace(&[("pyproject.toml", PLAIN), ("uv.lock", "version = 1\n")], "");
        let inputs = Project::of(&workspace).unwrap().inputs(&workspace).unwrap().unwrap();
        let names: Vec<&str> = inputs.files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["pyproject.toml", "uv.lock"]);
        assert!(!inputs.uses_source);
    }
}
