//! A source with a `go.mod`. The framework is a dependency of the module, or is added to it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::framework::{Framework, MODULE};
use super::main_file;
use super::project::{Buildable, Project};
use super::toolchain::COMPLETED;
use crate::buildpack::contract::BuildError;
use crate::confinement::{create_dir_below, read_of_source, write_plain};

/// Directory of the generated main package, relative to the root of the module.
const APP: &str = "functions.local/app";

/// # Errors
/// [`BuildError::User`] if Google would reject the module, or its dependencies cannot be fetched.
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

/// The user's module, and the files that the build adds to it from another directory.
struct Module<'a> {
    project: Project<'a>,
    vendored: bool,
    /// Contains the main package and, unless dependencies are vendored, the `go.mod` and `go.sum`
    /// that the build completes.
    generated: PathBuf,
    /// Flags that make Go use these files.
    flags: Vec<OsString>,
}

impl<'a> Module<'a> {
    fn open(project: Project<'a>) -> Result<Self, BuildError> {
        let vendored = project.directory.join("vendor").is_dir();
        let generated = create_dir_below(project.tools.scratch(), Path::new("module"))
            .map_err(BuildError::host("create a directory for generated files"))?;
        let mut module = Self { project, vendored, generated, flags: Vec::new() };
        if !vendored {
            for file in ["go.mod", "go.sum"] {
                module.copy(file)?;
            }
            module.flags.push(flag("-modfile=", &module.generated.join("go.mod")));
            project.tools.log.hide(COMPLETED);
        }
        project.tools.hand_over(&module.generated)?;
        Ok(module)
    }

    /// Copies the content only: the user's file may be read-only.
    fn copy(&self, file: &str) -> Result<(), BuildError> {
        let from = self.project.directory.join(file);
        if !from.is_file() {
            return Ok(());
        }
        let copied = read_of_source(self.project.directory, &from)
            .and_then(|content| write_plain(&self.generated.join(file), &content));
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

    /// Import path of the user's package.
    async fn path(&self) -> Result<String, BuildError> {
        let path = self.go(&["list", "-m"], &[]).await?;
        if has_dot(&path) { Ok(path) } else { Err(BuildError::User(format!("{NO_DOT}{path}"))) }
    }

    /// The framework that the module requires, which is added to it if necessary.
    async fn framework(&self) -> Result<Framework, BuildError> {
        let question = self.arguments(&["list", "-m"], &["-f", "{{.Version}}", MODULE]);
        let command = self.project.toolchain.command(self.project.directory, question);
        // Google's buildpack treats every failure as a missing framework.
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
        let file = self.generated.join("go.mod");
        let arguments = [OsString::from("mod"), "edit".into(), requirement.into(), file.into()];
        let command = self.project.toolchain.command(self.project.directory, arguments);
        self.project.toolchain.run(&command, self.project.tools).await?;
        Ok(framework)
    }

    fn add_main(&mut self, text: &str) -> Result<(), BuildError> {
        let inputs = self.project.tools.inputs();
        let (main, overlay) = (inputs.join("main.go"), inputs.join("overlay.json"));
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

/// Whether the first element of a module's path contains a dot. Google's buildpack requires it; Go
/// itself does not.
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
    fn a_module_path_must_begin_with_a_domain() {
        for (path, expected) in
            [("example.com/hello", true), ("a.b", true), ("func", false), ("hello/v1.2", false)]
        {
            assert_eq!(has_dot(path), expected, "{path}");
        }
    }
}
