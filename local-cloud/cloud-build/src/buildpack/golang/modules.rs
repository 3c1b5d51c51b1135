//! A source with a `go.mod`: the framework is the module's own or added to it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::framework::{Framework, MODULE};
use super::main_file;
use super::project::{Buildable, Project};
use crate::buildpack::contract::BuildError;

/// Where the generated main package is, seen from the module's root.
const APP: &str = "functions.local/app";

/// # Errors
/// [`BuildError::User`] when the module is not one that Google builds, or its dependencies cannot
/// be had.
pub(super) async fn prepare(project: &Project<'_>) -> Result<Buildable, BuildError> {
    let registration = project.registration()?;
    let mut module = Module::open(*project)?;
    if !module.vendored && !project.directory.join("go.sum").exists() {
        project.tools.log.line("go.sum not found, generating using \"go mod tidy\"");
        module.go(&["mod", "tidy"], &[]).await?;
    }
    let path = module.path().await?;
    let framework = module.framework().await?;
    module.add_main(&main_file::text(&path, registration, framework.generation()))?;
    if !module.vendored {
        module.go(&["mod", "tidy"], &[]).await?;
    }
    let arguments = [OsString::from("build")].into_iter().chain(module.flags);
    Ok(Buildable {
        command: project.toolchain.command(project.directory, arguments),
        main: format!("./{APP}"),
        framework,
    })
}

/// The user's module, with what the build writes into it lying beside it.
struct Module<'a> {
    project: Project<'a>,
    vendored: bool,
    /// Holds the `go.mod` and `go.sum` that the build completes, unless dependencies are vendored,
    /// and the main package.
    beside: PathBuf,
    /// By which Go finds them.
    flags: Vec<OsString>,
}

impl<'a> Module<'a> {
    fn open(project: Project<'a>) -> Result<Self, BuildError> {
        let vendored = project.directory.join("vendor").is_dir();
        let beside = project.tools.scratch.join("module");
        std::fs::create_dir_all(&beside)
            .map_err(BuildError::host("make a directory for generated files"))?;
        let mut module = Self { project, vendored, beside, flags: Vec::new() };
        if !vendored {
            for file in ["go.mod", "go.sum"] {
                module.copy(file)?;
            }
            module.flags.push(flag("-modfile=", &module.beside.join("go.mod")));
        }
        Ok(module)
    }

    /// The content alone: whether the user's file can be written to does not matter.
    fn copy(&self, file: &str) -> Result<(), BuildError> {
        let from = self.project.directory.join(file);
        if !from.is_file() {
            return Ok(());
        }
        let copied =
            std::fs::read(from).and_then(|content| std::fs::write(self.beside.join(file), content));
        copied.map_err(BuildError::host("copy go.mod and go.sum"))
    }

    async fn go(&self, subcommand: &[&str], arguments: &[&str]) -> Result<String, BuildError> {
        let arguments = self.arguments(subcommand, arguments);
        let command = self.project.toolchain.command(self.project.directory, arguments);
        self.project.toolchain.run(&command, self.project.tools).await
    }

    fn arguments(&self, subcommand: &[&str], arguments: &[&str]) -> Vec<OsString> {
        let [subcommand, arguments] =
            [subcommand, arguments].map(|words| words.iter().map(OsString::from));
        subcommand.chain(self.flags.iter().cloned()).chain(arguments).collect()
    }

    /// The path by which the user's package is imported.
    async fn path(&self) -> Result<String, BuildError> {
        let path = self.go(&["list", "-m"], &[]).await?;
        if has_dot(&path) { Ok(path) } else { Err(BuildError::User(format!("{NO_DOT}{path}"))) }
    }

    /// The framework that the module has, or, after this, has got.
    async fn framework(&self) -> Result<Framework, BuildError> {
        let question = self.arguments(&["list", "-m"], &["-f", "{{.Version}}", MODULE]);
        let command = self.project.toolchain.command(self.project.directory, question);
        // Google's buildpack takes every failure for a no.
        let found = self
            .project
            .toolchain
            .ask(&command, self.project.tools)
            .await?
            .filter(|version| !version.is_empty());
        if self.vendored {
            let there =
                self.project.directory.join("vendor").join(MODULE).join("funcframework").is_dir();
            return found
                .filter(|_| there)
                .map(|version| Framework::of_source(&version))
                .ok_or_else(not_vendored);
        }
        if let Some(version) = found {
            self.project.tools.log.line(format!("Found framework version {version}"));
            return Ok(Framework::of_source(&version));
        }
        let framework = Framework::inject(self.project.workspace)?;
        self.project.tools.log.line(format!(
            "functions-framework not specified in go.mod, using {}",
            framework.version
        ));
        let requirement = format!("-require={MODULE}@{}", framework.version);
        let file = self.beside.join("go.mod");
        let arguments = [OsString::from("mod"), "edit".into(), requirement.into(), file.into()];
        let command = self.project.toolchain.command(self.project.directory, arguments);
        self.project.toolchain.run(&command, self.project.tools).await?;
        Ok(framework)
    }

    fn add_main(&mut self, text: &str) -> Result<(), BuildError> {
        let (main, overlay) = (self.beside.join("main.go"), self.beside.join("overlay.json"));
        let replace = json!({"Replace": {self.project.directory.join(APP).join("main.go").display().to_string(): main}});
        let written = std::fs::write(&main, text)
            .and_then(|()| std::fs::write(&overlay, replace.to_string()));
        written.map_err(BuildError::host("write the main package"))?;
        self.flags.push(flag("-overlay=", &overlay));
        Ok(())
    }
}

fn flag(name: &str, value: &Path) -> OsString {
    let mut flag = OsString::from(name);
    flag.push(value);
    flag
}

/// Whether the first element of a module's path has a dot: Google's buildpack wants one, Go itself
/// does not.
fn has_dot(path: &str) -> bool {
    path.split('/').next().is_some_and(|first| first.contains('.'))
}

const NO_DOT: &str = "the module path in the function's go.mod must contain a dot in the first path element before a slash, e.g. \
                      example.com/module, found: ";

fn not_vendored() -> BuildError {
    BuildError::User(format!(
        "vendored dependencies must include {MODULE:?}; if your function does not depend on the module, please add a blank import: \
         `_ \"{MODULE}/funcframework\"`"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_path_begins_with_something_like_a_domain() {
        for (path, expected) in
            [("example.com/hello", true), ("a.b", true), ("func", false), ("hello/v1.2", false)]
        {
            assert_eq!(has_dot(path), expected, "{path}");
        }
    }
}
