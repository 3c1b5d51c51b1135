//! Checks of the function itself. Error messages are those of Google's buildpacks, because users
//! search for them.

use std::path::{Component, Path};

use super::manifest::{FRAMEWORK, Manifest};
use super::toolchain::Toolchain;
use crate::buildpack::contract::{BuildError, Tools, Workspace};

/// Finds the function's file and parses it without running it, so that a syntax error fails the
/// build and not the start.
///
/// # Errors
/// [`BuildError::User`] if it is missing, or with the output of `node` if it is invalid.
pub(super) async fn function(
    toolchain: &Toolchain,
    manifest: &Manifest,
    workspace: &Workspace,
    tools: &Tools,
) -> Result<(), BuildError> {
    let file = function_file(workspace, manifest)?;
    let command = toolchain.command("node", workspace.root()).args(["--check", file]);
    // The log shows the error as that of the build.
    let exited = tools.run_quietly(&command).await;
    let exited = exited.map_err(BuildError::host("run node"))?;
    if exited.status.success() {
        return Ok(());
    }
    let here = workspace.root().display().to_string();
    // The stack trace within Node.js itself is of no use.
    let error: Vec<&str> =
        exited.stderr.lines().take_while(|line| !line.starts_with("    at ")).collect();
    Err(BuildError::User(error.join("\n").trim().replace(&here, "/workspace")))
}

/// The file that is loaded: `main` of `package.json`, or `index.js`, or `function.js`.
fn function_file<'a>(workspace: &Workspace, manifest: &'a Manifest) -> Result<&'a str, BuildError> {
    let default = if workspace.has("index.js") { "index.js" } else { "function.js" };
    let file = if manifest.main.is_empty() { default } else { &manifest.main };
    let inside = Path::new(file)
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if inside && workspace.root().join(file).exists() {
        return Ok(file);
    }
    Err(BuildError::User(format!("{file} does not exist")))
}

/// Rejects settings that Node.js functions do not support.
///
/// # Errors
/// [`BuildError::User`] for such a setting.
pub(super) fn request(workspace: &Workspace, manifest: &Manifest) -> Result<(), BuildError> {
    let refuse = |text: &str| Err(BuildError::User(text.to_owned()));
    if workspace.environment().contains_key("GOOGLE_FUNCTION_SOURCE") {
        return refuse("GOOGLE_FUNCTION_SOURCE is not currently supported for Node.js buildpacks");
    }
    if !manifest.has_framework() && workspace.is_on("GOOGLE_SKIP_FRAMEWORK_INJECTION") {
        return refuse(INJECTION_SKIPPED);
    }
    Ok(())
}

const INJECTION_SKIPPED: &str = "Functions Framework must be set as a dependency when skipping automatic framework injection has \
                                 been enabled via GOOGLE_SKIP_FRAMEWORK_INJECTION";

/// The error for a framework that the manifest names but no package manager has installed.
pub(super) fn framework_is_missing() -> BuildError {
    BuildError::User(format!(
        "package.json has {FRAMEWORK} as a dependency, but it is not in node_modules"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_function_is_in_main_or_index_js_or_function_js() {
        let table: [(&[&str], &str, Result<&str, &str>); 8] = [
            (&["index.js", "function.js"], "", Ok("index.js")),
            (&["function.js"], "", Ok("function.js")),
            (&["index.js", "app.js"], "app.js", Ok("app.js")),
            (&["app.js"], "./app.js", Ok("./app.js")),
            (&["index.js"], "dist/app.js", Err("dist/app.js does not exist")),
            (&["app.js"], "", Err("function.js does not exist")),
            (&["index.js"], "../index.js", Err("../index.js does not exist")),
            (&["index.js"], "/etc/passwd", Err("/etc/passwd does not exist")),
        ];
        for (files, main, expected) in table {
            let dir = tempfile::tempdir().unwrap();
            for file in files {
                std::fs::write(dir.path().join(file), "").unwrap();
            }
            let manifest = Manifest { main: main.to_owned(), ..Manifest::default() };
            let workspace = Workspace::new(dir.path().to_owned(), [].into());
            let found = function_file(&workspace, &manifest).map_err(|error| error.to_string());
            assert_eq!(found, expected.map_err(str::to_owned), "{files:?} {main}");
        }
    }
}
