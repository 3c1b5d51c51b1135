//! A source with pyproject.toml: its manager, what that installs, and which Python it supports.
//! <https://github.com/GoogleCloudPlatform/buildpacks/blob/main/pkg/python/pyproject.go>

use toml::{Table, Value};

use super::requested_manager::requested_manager;
use super::requirements::{Inputs, has_framework};
use crate::buildpack::contract::{BuildError, Workspace};
use crate::buildpack::runtime::RequestedVersion;
use crate::confinement::read_text;

pub(super) const PYPROJECT: &str = "pyproject.toml";

/// Settings of uv, such as indexes, that take precedence over those in pyproject.toml.
const UV_SETTINGS: &str = "uv.toml";

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

impl Pyproject {
    /// # Errors
    /// [`BuildError::User`] for invalid TOML, and for an unsupported package manager.
    pub(super) fn of(workspace: &Workspace, text: String) -> Result<Self, BuildError> {
        let document: Table = text
            .parse()
            .map_err(|error: toml::de::Error| BuildError::User(format!("{PYPROJECT}: {error}")))?;
        let manager = manager(workspace, &document)?;
        Ok(Self { manager, document, text })
    }

    /// The dependencies of `[project]`, one on each line.
    pub(super) fn declared(&self) -> String {
        let declared = self.at(&["project", "dependencies"]).and_then(Value::as_array);
        declared
            .into_iter()
            .flatten()
            .filter_map(|line| line.as_str())
            .map(|line| format!("{line}\n"))
            .collect()
    }

    /// Whether the Functions Framework is declared where Google's buildpacks search for it.
    pub(super) fn has_framework(&self) -> bool {
        has_framework(&self.declared())
            || self.poetry_section().is_some_and(|it| it.contains_key("functions-framework"))
    }

    /// Whether the build backend determines the dependencies, for which Google's buildpacks do not
    /// ask it.
    pub(super) fn has_dynamic_dependencies(&self) -> bool {
        let fields = self.at(&["project", "dynamic"]).and_then(Value::as_array);
        let is_dependencies =
            |field: &Value| field.as_str().is_some_and(|field| field.ends_with("dependencies"));
        fields.is_some_and(|fields| fields.iter().any(is_dependencies))
    }

    /// Whether something may be installed from the source itself, such as a path, a workspace
    /// member or what a file declares.
    pub(super) fn uses_source(&self) -> bool {
        let sections =
            [&["project"][..], &["dependency-groups"], &["tool", "uv"], &["tool", "poetry"]];
        self.has_dynamic_dependencies()
            || sections.into_iter().filter_map(|section| self.at(section)).any(names_source)
    }

    /// The value with these keys.
    fn at(&self, keys: &[&str]) -> Option<&Value> {
        let (first, rest) = keys.split_first()?;
        rest.iter().try_fold(self.document.get(*first)?, |value, key| value.get(key))
    }

    /// As Google's buildpacks do: `pip install .`; `uv sync`, which installs a package so that its
    /// modules stay in the source; and Poetry with `--no-root`.
    pub(super) fn own_package(&self) -> Option<OwnPackage> {
        let declared = self.at(&["tool", "uv", "package"]).and_then(Value::as_bool);
        let is_package = declared.unwrap_or_else(|| self.document.contains_key("build-system"));
        match self.manager {
            Manager::Pip => Some(OwnPackage::Copied),
            Manager::Uv => is_package.then_some(OwnPackage::Editable),
            Manager::Poetry => None,
        }
    }

    pub(super) fn supported_python(&self) -> Option<RequestedVersion> {
        let of_project = self.at(&["project", "requires-python"]);
        let of_poetry = || self.poetry_section().and_then(|it| it.get("python"));
        let (origin, version) = match of_project {
            Some(version) => ("requires-python", version),
            None => ("tool.poetry.dependencies.python", of_poetry()?),
        };
        Some(RequestedVersion::new(format!("{origin} of {PYPROJECT}"), version.as_str()?))
    }

    fn poetry_section(&self) -> Option<&Table> {
        self.at(&["tool", "poetry", "dependencies"])?.as_table()
    }

    /// Everything that determines what is installed.
    ///
    /// # Errors
    /// [`BuildError::User`] if a file cannot be read.
    pub(super) fn inputs(&self, workspace: &Workspace) -> Result<Inputs, BuildError> {
        let mut files = vec![(PYPROJECT.to_owned(), self.text.clone())];
        let settings = (self.manager == Manager::Uv).then_some(UV_SETTINGS);
        let others = self.manager.lock_file().into_iter().chain(settings);
        for file in others.filter(|file| workspace.has(file)) {
            let text = workspace.read_text(file).map_err(|error| unreadable(file, &error))?;
            files.push((file.to_owned(), text));
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

/// Whether pyproject.toml declares a project, and not only the settings of tools. Not if it cannot
/// be read.
pub(super) fn has_project(workspace: &Workspace) -> bool {
    document(workspace).is_some_and(|document| {
        let of_poetry = document.get("tool").is_some_and(|tool| tool.get("poetry").is_some());
        document.contains_key("project") || of_poetry
    })
}

fn document(workspace: &Workspace) -> Option<Table> {
    read_text(&workspace.root().join(PYPROJECT)).ok()?.parse().ok()
}

/// The version of a tool that pyproject.toml requires, such as uv's `required-version`, as a
/// specifier of Python packages. `None` if it requires none, or cannot be read: the tool reports
/// it.
pub(super) fn required_version(workspace: &Workspace, tool: &str, field: &str) -> Option<String> {
    let document = document(workspace)?;
    let required = document.get("tool")?.get(tool)?.get(field)?.as_str()?.trim();
    let is_specifier = |c: char| c.is_ascii_alphanumeric() || ".,*<>=!~ ".contains(c);
    if !required.chars().all(is_specifier) {
        return None;
    }
    let is_bare = required.starts_with(|c: char| c.is_ascii_digit());
    Some(if is_bare { format!("=={required}") } else { required.to_owned() })
}

/// Whether a part of pyproject.toml names a file or a directory of the source.
fn names_source(value: &Value) -> bool {
    match value {
        Value::String(text) => {
            text.contains("file:") || text.starts_with("./") || text.starts_with("../")
        }
        Value::Array(values) => values.iter().any(names_source),
        Value::Table(fields) => fields.iter().any(|(key, value)| match key.as_str() {
            "path" | "find-links" => true,
            "workspace" => value.as_bool() != Some(false),
            _ => names_source(value),
        }),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => false,
    }
}

pub(super) fn unreadable(file: &str, error: &std::io::Error) -> BuildError {
    BuildError::User(format!("cannot read {file}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::super::project::Project;
    use super::super::requested_manager::MANAGER_VARIABLE;
    use super::*;
    use crate::buildpack::tests::workspace;

    const POETRY: &str =
        "[tool.poetry.dependencies]\npython = \"^3.11\"\nfunctions-framework = \"^3\"\n";
    const PLAIN: &str =
        "[project]\nname = \"x\"\ndependencies = [\"flask>=3\", \"functions-framework==3.*\"]\n";

    fn pyproject(text: &str) -> Pyproject {
        let (_dir, workspace) = workspace(&[], &[]);
        Pyproject::of(&workspace, text.to_owned()).unwrap()
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
            let (_dir, workspace) = workspace(files, &[(MANAGER_VARIABLE, requested)]);
            let Project::Pyproject(project) = Project::of(&workspace).unwrap() else {
                panic!("{files:?}")
            };
            assert_eq!(project.manager, manager, "{files:?} {requested}");
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
            let (_dir, workspace) =
                workspace(&[("pyproject.toml", text)], &[(MANAGER_VARIABLE, requested)]);
            let found = Project::of(&workspace).unwrap().own_package();
            assert_eq!(found, expected, "{text} {requested}");
        }
    }

    #[test]
    fn parts_of_the_source_are_found_in_every_section() {
        for (text, expected) in [
            (PLAIN, false),
            (POETRY, false),
            ("[tool.uv.sources]\nx = {workspace=true}\n", true),
            ("[tool.uv.sources]\nx = {path=\"libs/x\", editable = true}\n", true),
            ("[tool.uv.sources]\nx = { git = \"https://example.com/x\" }\n", false),
            ("[tool.uv.workspace]\nmembers = [\"packages/*\"]\n", true),
            ("[[tool.uv.index]]\nurl = \"./wheels\"\nformat = \"flat\"\n", true),
            ("[[tool.uv.index]]\nurl = \"https://example.com/simple\"\n", false),
            ("[tool.uv]\nfind-links = [\"wheels\"]\n", true),
            ("[project]\nname = \"x\"\ndependencies = [\"x @ file:libs/x\"]\n", true),
            ("[dependency-groups]\ndev = [\"x @ file:///workspace/x\"]\n", true),
            ("[tool.poetry.dependencies]\nx = { path = \"libs/x\", develop = true }\n", true),
            ("[project]\nname = \"x\"\ndynamic = [\"version\", \"dependencies\"]\n", true),
            ("[project]\nname = \"x\"\ndynamic = [\"version\"]\n", false),
            ("[tool.hatch.version]\npath = \"src/x/__about__.py\"\n", false),
        ] {
            assert_eq!(pyproject(text).uses_source(), expected, "{text}");
        }
    }

    #[test]
    fn the_required_version_of_a_tool_is_a_specifier() {
        for (text, expected) in [
            ("[tool.uv]\nrequired-version = \">=0.9,<1\"\n", Some(">=0.9,<1")),
            ("[tool.uv]\nrequired-version = \"0.9.3\"\n", Some("==0.9.3")),
            ("[tool.uv]\npackage = false\n", None),
            ("[tool.uv]\nrequired-version = \"@ https://example.com/uv.whl\"\n", None),
            ("[tool.uv\n", None),
        ] {
            let (_dir, workspace) = workspace(&[(PYPROJECT, text)], &[]);
            let found = required_version(&workspace, "uv", "required-version");
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
