//! A source without a `go.mod`: compiled as before there were modules, from its `vendor` directory and the framework alone.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use super::framework::{Framework, INJECTED, MODULE};
use super::main_file;
use super::project::{Buildable, Project};
use crate::build::buildpack::BuildError;

/// Import path of the generated main package.
const APP: &str = "functions.local/app/main";

/// The version that Google's buildpack takes a vendored framework for, when no `go.mod` names one.
const UNKNOWN: &str = "v0.0.0";

/// # Errors
/// [`BuildError::User`] when the framework must not be added, or cannot be had.
pub(super) async fn prepare(project: &Project<'_>) -> Result<Buildable, BuildError> {
    let registration = project.registration()?;
    let gopath = project.tools.scratch.join("gopath");
    let packages = gopath.join("src");
    let vendor = project.directory.join("vendor");
    let vendored = vendor.join(MODULE).join("funcframework").is_dir();
    let framework = if vendored {
        project.tools.log.line("Found function with vendored dependencies including functions-framework");
        Framework::of_source(UNKNOWN)
    } else {
        project.tools.log.line("Found function with vendored dependencies excluding functions-framework");
        let framework = Framework::inject(project.workspace)?;
        fetch(project, &packages).await?;
        framework
    };
    let text = main_file::text(&project.package.name, registration, framework.generation());
    lay_out(&packages, project, &text, vendored.then_some(&vendor)).map_err(BuildError::host("lay out packages"))?;
    let command = project.toolchain.command(project.directory, ["build"]);
    let command = command.env("GO111MODULE", "off").env("GOPATH", &gopath.display().to_string());
    Ok(Buildable { command, main: APP.to_owned(), framework })
}

/// The framework with all that it needs, by the versions that it asks for. Whatever was in the directory is gone.
async fn fetch(project: &Project<'_>, packages: &Path) -> Result<(), BuildError> {
    let module = project.tools.scratch.join("framework");
    let text = format!("module functions.local/framework\n\nrequire {MODULE} {INJECTED}\n");
    let imports = ["funcframework", "functions"].map(|package| format!("import _ \"{MODULE}/{package}\"\n")).concat();
    let written = std::fs::create_dir_all(&module)
        .and_then(|()| std::fs::write(module.join("go.mod"), text))
        .and_then(|()| std::fs::write(module.join("framework.go"), format!("package framework\n\n{imports}")));
    written.map_err(BuildError::host("write a module for the framework"))?;
    let vendor = [OsString::from("mod"), "vendor".into(), "-o".into(), packages.into()];
    for arguments in [vec!["mod".into(), "tidy".into()], vendor.into()] {
        let command = project.toolchain.command(&module, arguments);
        project.toolchain.run(&command, project.tools).await?;
    }
    Ok(())
}

/// The user's package under its own name, and the main package; with the user's `vendor` beside it when the framework is there.
fn lay_out(packages: &Path, project: &Project<'_>, main: &str, vendor: Option<&Path>) -> io::Result<()> {
    let app = packages.join(APP);
    std::fs::create_dir_all(&app)?;
    std::fs::write(app.join("main.go"), main)?;
    std::os::unix::fs::symlink(project.directory, packages.join(&project.package.name))?;
    vendor.map_or(Ok(()), |vendor| std::os::unix::fs::symlink(vendor, app.join("vendor")))
}
