//! What is checked before anything is installed. Error texts follow Google's buildpacks, because people search for them.

use std::path::Path;

use super::interpreter::Interpreter;
use crate::build::buildpack::{BuildError, Tools, Workspace};
use crate::build::work::run_command;

/// Directories that are dependencies, not source.
const DEPENDENCY_DIRECTORIES: [&str; 5] = ["node_modules", "vendor", "venv", ".venv", "__pycache__"];

/// How deep a Python file may lie to make the source a Python source.
const DETECT_DEPTH: usize = 8;

/// The file that holds the function.
pub(super) fn source(workspace: &Workspace) -> Result<(), BuildError> {
    match workspace.variable("GOOGLE_FUNCTION_SOURCE") {
        None if !workspace.has("main.py") => Err(BuildError::User(MISSING_MAIN.to_owned())),
        Some(file) if !workspace.has(file) => {
            Err(BuildError::User(format!("GOOGLE_FUNCTION_SOURCE specified file {file:?} but it does not exist")))
        }
        None | Some(_) => Ok(()),
    }
}

const MISSING_MAIN: &str = "missing main.py and GOOGLE_FUNCTION_SOURCE not specified. Either create the function in main.py or \
                            specify GOOGLE_FUNCTION_SOURCE to point to the file that contains the function";

/// Compiles every file, so that a syntax error fails the build and not the first request. The bytecode stays in the image:
/// its root is read-only, and compiling at every start costs half a second.
pub(super) async fn syntax(interpreter: &Interpreter, workspace: &Workspace, tools: &Tools) -> Result<(), BuildError> {
    let command = interpreter.compile(workspace.root(), "/workspace", workspace.root());
    let exited = run_command(&command, tools.guard.as_deref(), &tools.log).await;
    let exited = exited.map_err(BuildError::host("run the Python compiler"))?;
    if exited.status.success() {
        return Ok(());
    }
    Err(BuildError::User(format!("{}{}", exited.stdout, exited.stderr).trim().to_owned()))
}

/// A Python file of the source, by its path from the root.
pub(super) fn first_python_file(root: &Path) -> Option<String> {
    find_python_file(root, "", DETECT_DEPTH)
}

fn find_python_file(dir: &Path, prefix: &str, depth: usize) -> Option<String> {
    let mut entries: Vec<_> = std::fs::read_dir(dir).ok()?.flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    let is_dir = |entry: &std::fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
    let name = |entry: &std::fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let file = entries.iter().find(|entry| !is_dir(entry) && name(entry).ends_with(".py"));
    if let Some(file) = file {
        return Some(format!("{prefix}{}", name(file)));
    }
    let below = depth.checked_sub(1)?;
    let dirs = entries.iter().filter(|entry| is_dir(entry) && !DEPENDENCY_DIRECTORIES.contains(&name(entry).as_str()));
    dirs.into_iter().find_map(|entry| find_python_file(&entry.path(), &format!("{prefix}{}/", name(entry)), below))
}
