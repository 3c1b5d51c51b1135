//! Checks before the installation. Error messages are those of Google's buildpacks, because users
//! search for them.

use super::interpreter::Interpreter;
use super::project::{Project, REQUIREMENTS};
use super::pyproject::{self, PYPROJECT};
use crate::buildpack::contract::{BuildError, Tools, Workspace};

/// Checks that the file of the function exists.
pub(super) fn source(workspace: &Workspace) -> Result<(), BuildError> {
    match workspace.variable("GOOGLE_FUNCTION_SOURCE") {
        None if !workspace.has("main.py") => {
            let other = OTHERS.into_iter().find(|(file, _)| workspace.has(file));
            let hint = other.map(|(file, language)| {
                format!(
                    "\nThe source has .py files, so it is built as Python. It has {file} as well: if the function is in \
                     {language}, request a runtime of {language}"
                )
            });
            Err(BuildError::User(format!("{MISSING_MAIN}{}", hint.unwrap_or_default())))
        }
        Some(file) if !workspace.has(file) => Err(BuildError::User(format!(
            "GOOGLE_FUNCTION_SOURCE specified file {file:?} but it does not exist"
        ))),
        None | Some(_) => Ok(()),
    }
}

/// Files by which other languages are recognized.
const OTHERS: [(&str, &str); 5] = [
    ("package.json", "Node.js"),
    ("go.mod", "Go"),
    ("pom.xml", "Java"),
    ("build.gradle", "Java"),
    ("build.gradle.kts", "Java"),
];

/// Files with dependencies that Google's builder does not read.
const UNREAD: [&str; 6] =
    ["Pipfile", "environment.yml", "requirements.in", "requirements.lock", "setup.py", "setup.cfg"];

/// A warning about dependencies that are not installed, because they are declared where Google's
/// builder does not look.
pub(super) fn unread(project: &Project, workspace: &Workspace) -> Option<String> {
    match project {
        Project::Bare => {
            let file = UNREAD.into_iter().find(|file| workspace.has(file))?;
            Some(format!(
                "the dependencies in {file} are not installed: Google's builder reads {REQUIREMENTS} or {PYPROJECT} only"
            ))
        }
        Project::Requirements(_) => pyproject::has_project(workspace).then(|| {
            format!(
                "{PYPROJECT} is not used, because there is a {REQUIREMENTS}, which takes precedence"
            )
        }),
        Project::Pyproject(_) => None,
    }
}

const MISSING_MAIN: &str = "missing main.py and GOOGLE_FUNCTION_SOURCE not specified. Either create the function in main.py or \
                            specify GOOGLE_FUNCTION_SOURCE to point to the file that contains the function";

/// Compiles every file, so that a syntax error fails the build and not the first request. The
/// bytecode stays in the image, because the root of the image is read-only and compiling at every
/// start takes half a second.
pub(super) async fn syntax(
    interpreter: &Interpreter,
    workspace: &Workspace,
    tools: &Tools,
) -> Result<(), BuildError> {
    let command = interpreter.compile(workspace.root(), "/workspace", workspace.root());
    let exited = tools.run(&command).await;
    let exited = exited.map_err(BuildError::host("run the Python compiler"))?;
    if exited.status.success() {
        return Ok(());
    }
    Err(BuildError::User(format!("{}{}", exited.stdout, exited.stderr).trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buildpack::tests::workspace;

    #[test]
    fn dependencies_that_are_not_read_are_named() {
        const PACKAGE: &str = "[project]\nname = \"x\"\n";
        const SETTINGS: &str = "[tool.ruff]\nline-length = 100\n";
        for (files, expected) in [
            (&[("Pipfile", "")][..], Some("in Pipfile are not installed")),
            (&[("setup.py", "")], Some("in setup.py are not installed")),
            (&[("requirements.txt", ""), ("Pipfile", "")], None),
            (
                &[("requirements.txt", ""), ("pyproject.toml", PACKAGE)],
                Some("pyproject.toml is not used"),
            ),
            (&[("requirements.txt", ""), ("pyproject.toml", SETTINGS)], None),
            (&[("pyproject.toml", PACKAGE)], None),
            (&[], None),
        ] {
            let (_dir, workspace) = workspace(files, &[]);
            let project = Project::of(&workspace).unwrap();
            let found = unread(&project, &workspace);
            match expected {
                Some(part) => {
                    assert!(found.as_deref().is_some_and(|it| it.contains(part)), "{found:?}")
                }
                None => assert_eq!(found, None, "{files:?}"),
            }
        }
    }

    #[test]
    fn a_source_of_another_language_with_a_script_in_python_is_explained() {
        for (files, expected) in [
            (&["package.json"][..], "request a runtime of Node.js"),
            (&["go.mod"], "of Go"),
            (&[], "main.py"),
        ] {
            let files: Vec<(&str, &str)> = files.iter().map(|file| (*file, "")).collect();
            let (_dir, workspace) = workspace(&files, &[]);
            let text = source(&workspace).unwrap_err().to_string();
            assert!(text.starts_with("missing main.py") && text.contains(expected), "{text}");
        }
    }
}
