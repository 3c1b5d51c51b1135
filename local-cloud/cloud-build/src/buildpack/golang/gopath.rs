//! A source without a `go.mod`, compiled in `GOPATH` mode from its `vendor` directory and the
//! framework only.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use super::framework::{Framework, INJECTED, MODULE};
use super::main_file;
use super::project::{Buildable, Project};
use super::toolchain::{self, Toolchain};
use crate::buildpack::contract::{BuildError, Tools};
use crate::image::{Layer, hex_digest, unpack_layer};

/// Import path of the generated main package.
const APP: &str = "functions.local/app/main";

/// Part of every key. Increment it when the same inputs produce different packages.
const KEY_VERSION: u32 = 1;

/// Directory of the packages in their layer.
const PREFIX: &str = "gopath";

/// The version that Google's buildpack assumes for a vendored framework without a `go.mod`.
const UNKNOWN: &str = "v0.0.0";

/// # Errors
/// [`BuildError::User`] if the framework must not be injected, or cannot be fetched.
pub(super) async fn prepare(project: &Project<'_>) -> Result<Buildable, BuildError> {
    let registration = project.registration()?;
    let own = project.tools.inputs().join("gopath");
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

/// A `GOPATH` directory with the framework and its dependencies. They are fetched without the
/// source, and kept as a layer that all functions share.
async fn fetched(project: &Project<'_>) -> Result<PathBuf, BuildError> {
    let shared = &project.tools.shared()?;
    let settings = toolchain::proxy_settings(project.workspace);
    let toolchain = &Toolchain::without_source(&settings, shared).await?;
    let all = json!([KEY_VERSION, "gopath", INJECTED, toolchain.settings, settings]);
    let key = hex_digest(all.to_string().as_bytes());
    let _reserved = shared.cache.reserve(&key).await;
    let layer = match shared.cache.get(&key).await {
        Some(cached) => cached.layer,
        None => fetch(toolchain, shared, key).await?,
    };
    let root = project.tools.inputs().join("framework");
    let directory = root.join(PREFIX);
    let unpacking = project.tools.blocking.run(move || {
        std::fs::create_dir_all(&root)?;
        unpack_layer(&layer, &root)
    });
    unpacking.await.map_err(BuildError::host("unpack the framework"))?;
    Ok(directory)
}

/// Fetches the framework and its dependencies in the versions that it requires.
async fn fetch(toolchain: &Toolchain, shared: &Tools, key: String) -> Result<Layer, BuildError> {
    let module = shared.scratch().join("framework");
    let directory = shared.scratch().join(PREFIX);
    let text = format!(
        "module functions.local/framework

require {MODULE} {INJECTED}
"
    );
    let imports = ["funcframework", "functions"]
        .map(|package| {
            format!(
                "import _ \"{MODULE}/{package}\"
"
            )
        })
        .concat();
    let written = std::fs::create_dir_all(&module)
        .and_then(|()| std::fs::create_dir_all(&directory))
        .and_then(|()| std::fs::write(module.join("go.mod"), text))
        .and_then(|()| {
            std::fs::write(
                module.join("framework.go"),
                format!(
                    "package framework

{imports}"
                ),
            )
        });
    written.map_err(BuildError::host("write a module for the framework"))?;
    shared.hand_over(shared.scratch())?;
    let packages = directory.join("src").into_os_string();
    let vendor = [OsString::from("mod"), "vendor".into(), "-o".into(), packages];
    for arguments in [vec!["mod".into(), "tidy".into()], vendor.into()] {
        let command = toolchain.command(&module, arguments);
        toolchain.run(&command, shared).await?;
    }
    let cache = Arc::clone(&shared.cache);
    let storing = shared.blocking.run(move || {
        cache.put(&key, &directory, PREFIX, BTreeMap::new(), "google.go.functions-framework")
    });
    storing.await.map(|cached| cached.layer).map_err(BuildError::host("store the framework"))
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
