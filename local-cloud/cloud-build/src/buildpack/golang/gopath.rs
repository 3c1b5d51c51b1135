//! A source without a `go.mod`, compiled in `GOPATH` mode from its `vendor` directory and the
//! framework only.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::framework::{Framework, INJECTED, MODULE};
use super::main_file;
use super::project::{Buildable, Project};
use crate::buildpack::contract::BuildError;

/// Import path of the generated main package.
const APP: &str = "functions.local/app/main";

/// The version that Google's buildpack assumes for a vendored framework without a `go.mod`.
const UNKNOWN: &str = "v0.0.0";

/// # Errors
/// [`BuildError::User`] if the framework must not be injected, or cannot be fetched.
pub(super) async fn prepare(project: &Project<'_>) -> Result<Buildable, BuildError> {
    let registration = project.registration()?;
    let own = project.tools.scratch.join("gopath");
    let vendor = project.directory.join("vendor");
    let vendored = vendor.join(MODULE).join("funcframework").is_dir();
    let (framework, gopath) = if vendored {
        project
            .tools
            .log
            .line("Found function with vendored dependencies including functions-framework");
        (Framework::of_source(UNKNOWN), own.display().to_string())
    } else {
        project
            .tools
            .log
            .line("Found function with vendored dependencies excluding functions-framework");
        let framework = Framework::inject(project.workspace)?;
        (
            framework,
            [&own, &fetched(project).await?]
                .map(|directory| directory.display().to_string())
                .join(":"),
        )
    };
    let text = main_file::text(&project.package.name, registration, framework.generation());
    lay_out(&own.join("src"), project, &text, vendored.then_some(&vendor))
        .map_err(BuildError::host("lay out packages"))?;
    let command = project
        .toolchain
        .command(project.directory, ["build"])
        .env("GO111MODULE", "off")
        .env("GOPATH", &gopath);
    Ok(Buildable { command, main: APP.to_owned(), framework })
}

/// A `GOPATH` directory with the framework and its dependencies, shared by all builds.
async fn fetched(project: &Project<'_>) -> Result<PathBuf, BuildError> {
    let cache = &project.tools.cache;
    let name = format!("framework-{INJECTED}-go{}", project.toolchain.version);
    let _reserved = cache.reserve(&name).await;
    let (home, directory) = (cache.dir().join("go"), cache.dir().join("go").join(&name));
    if !directory.is_dir() {
        let made = std::fs::create_dir_all(&home).and_then(|()| tempfile::tempdir_in(&home));
        let partial = made.map_err(BuildError::host("create a directory for the framework"))?;
        fetch(project, &partial.path().join("src")).await?;
        std::fs::rename(partial.keep(), &directory)
            .map_err(BuildError::host("store the framework"))?;
    }
    Ok(directory)
}

/// Fetches the framework and its dependencies in the versions that it requires.
async fn fetch(project: &Project<'_>, packages: &Path) -> Result<(), BuildError> {
    let module = project.tools.scratch.join("framework");
    let text = format!("module functions.local/framework\n\nrequire {MODULE} {INJECTED}\n");
    let imports = ["funcframework", "functions"]
        .map(|package| format!("import _ \"{MODULE}/{package}\"\n"))
        .concat();
    let written = std::fs::create_dir_all(&module)
        .and_then(|()| std::fs::write(module.join("go.mod"), text))
        .and_then(|()| {
            std::fs::write(module.join("framework.go"), format!("package framework\n\n{imports}"))
        });
    written.map_err(BuildError::host("write a module for the framework"))?;
    let vendor = [OsString::from("mod"), "vendor".into(), "-o".into(), packages.into()];
    for arguments in [vec!["mod".into(), "tidy".into()], vendor.into()] {
        let command = project.toolchain.command(&module, arguments);
        project.toolchain.run(&command, project.tools).await?;
    }
    Ok(())
}

/// Links the user's package under its own name, and writes the main package; the user's `vendor` is
/// linked next to it if it contains the framework.
fn lay_out(
    packages: &Path,
    project: &Project<'_>,
    main: &str,
    vendor: Option<&Path>,
) -> io::Result<()> {
    let app = packages.join(APP);
    std::fs::create_dir_all(&app)?;
    std::fs::write(app.join("main.go"), main)?;
    std::os::unix::fs::symlink(project.directory, packages.join(&project.package.name))?;
    vendor.map_or(Ok(()), |vendor| std::os::unix::fs::symlink(vendor, app.join("vendor")))
}
