//! Checks before the installation. Error messages are those of Google's buildpacks, because users
//! search for them.

use super::interpreter::Interpreter;
use crate::buildpack::contract::{BuildError, Tools, Workspace};

/// Checks that the file of the function exists.
pub(super) fn source(workspace: &Workspace) -> Result<(), BuildError> {
    match workspace.variable("GOOGLE_FUNCTION_SOURCE") {
        None if !workspace.has("main.py") => Err(BuildError::User(MISSING_MAIN.to_owned())),
        Some(file) if !workspace.has(file) => Err(BuildError::User(format!(
            "GOOGLE_FUNCTION_SOURCE specified file {file:?} but it does not exist"
        ))),
        None | Some(_) => Ok(()),
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
