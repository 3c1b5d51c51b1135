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
    let is_compiled =
        ["gcp-build", "build"].iter().any(|name| manifest.scripts.contains_key(*name));
    let hint = if workspace.has("tsconfig.json") && !is_compiled {
        ": no script of package.json compiles the TypeScript; add \"scripts\": {\"build\": \"tsc\"}"
    } else {
        ""
    };
    Err(BuildError::User(format!("{file} does not exist{hint}")))
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

/// A warning about a function that loads the framework without a dependency on it. The framework
/// that the build adds is outside of the source, where the function does not find it.
pub(super) fn framework_warning(workspace: &Workspace, manifest: &Manifest) -> Option<String> {
    let is_known = manifest.has_framework()
        || manifest.dev_dependencies.contains_key(FRAMEWORK)
        || workspace.root().join("node_modules").join(FRAMEWORK).exists();
    if is_known {
        return None;
    }
    let file = function_file(workspace, manifest).ok()?;
    let text = workspace.read_text(file).ok()?;
    let is_loaded = ['\'', '"', '`'].iter().any(|quote| {
        let name = format!("{quote}{FRAMEWORK}{quote}");
        text.contains(&format!("({name})")) || text.contains(&format!("from {name}"))
    });
    is_loaded.then(|| {
        format!(
            "{file} loads {FRAMEWORK}, which is not in the dependencies of package.json, so that the function does not \
             find it: npm install {FRAMEWORK}"
        )
    })
}

/// The error for a framework that the manifest names but no package manager has installed.
pub(super) fn framework_is_missing() -> BuildError {
    BuildError::User(format!(
        "package.json has {FRAMEWORK} as a dependency, but it is not in node_modules"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buildpack::tests::workspace;

    #[test]
    fn a_function_that_loads_the_framework_has_to_depend_on_it() {
        const LOADS: &str = "const ff = require('@google-cloud/functions-framework');";
        const IMPORTS: &str = "import {http} from \"@google-cloud/functions-framework\";";
        const LISTED: &str = r#"{"dependencies": {"@google-cloud/functions-framework": "3"}}"#;
        for (text, package, is_warned_about) in [
            (LOADS, "{}", true),
            (IMPORTS, "{}", true),
            (LOADS, LISTED, false),
            ("exports.hello = () => {};", "{}", false),
        ] {
            let (_dir, workspace) =
                workspace(&[("index.js", text), ("package.json", package)], &[]);
            let manifest = Manifest::read(&workspace).unwrap();
            let warning = framework_warning(&workspace, &manifest);
            assert_eq!(warning.is_some(), is_warned_about, "{text} {package}");
        }
    }

    #[test]
    fn typescript_that_no_script_compiles_is_named() {
        let table = [
            ("{}", true),
            (r#"{"compile": "tsc"}"#, true),
            (r#"{"build": "true"}"#, false),
            (r#"{"gcp-build": "true"}"#, false),
        ];
        for (scripts, is_named) in table {
            let package = format!(r#"{{"main": "dist/app.js", "scripts": {scripts}}}"#);
            let files = [("tsconfig.json", "{}"), ("package.json", package.as_str())];
            let (_dir, workspace) = workspace(&files, &[]);
            let manifest = Manifest::read(&workspace).unwrap();
            let error = function_file(&workspace, &manifest).unwrap_err().to_string();
            assert_eq!(error.contains("compiles the TypeScript"), is_named, "{scripts}: {error}");
        }
    }

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
