//! The compilation of a function, together with its main package.

use std::ffi::OsString;

use super::framework::Framework;
use super::project::{Project, no_such_function};
use super::{gopath, modules};
use crate::buildpack::contract::BuildError;

/// Directory of the binary in the image, without the leading slash.
pub(super) const PREFIX: &str = "layers/google.go.build/bin";

/// Compiles the function into [`PREFIX`], below `root` in the scratch directory.
///
/// # Errors
/// [`BuildError::User`] with the output of Go.
pub(super) async fn compile(project: &Project<'_>) -> Result<Framework, BuildError> {
    let buildable = if project.has_module() {
        modules::prepare(project).await?
    } else {
        gopath::prepare(project).await?
    };
    let output = project.tools.scratch().join("root").join(PREFIX).join("main");
    let mut arguments: Vec<OsString> = Vec::new();
    for (variable, flag) in [("GOOGLE_GOGCFLAGS", "-gcflags"), ("GOOGLE_GOLDFLAGS", "-ldflags")] {
        if let Some(value) = project.workspace.variable(variable) {
            arguments.extend([flag.into(), value.into()]);
        }
    }
    arguments.extend(["-o".into(), output.into(), buildable.main.into()]);
    project.tools.log.line("Compiling the function.");
    let compiled = project.toolchain.run(&buildable.command.args(arguments), project.tools).await;
    compiled.map_err(|error| explain(error, project))?;
    Ok(buildable.framework)
}

/// An error of Go about the generated main package means that the user's package has no such
/// function.
fn explain(error: BuildError, project: &Project<'_>) -> BuildError {
    match error {
        BuildError::User(output)
            if output.contains(&format!("userfunction.{}", project.target)) =>
        {
            BuildError::User(format!(
                "{}\n{output}",
                no_such_function(project.target, project.package)
            ))
        }
        BuildError::User(_) | BuildError::Host { .. } => error,
    }
}
