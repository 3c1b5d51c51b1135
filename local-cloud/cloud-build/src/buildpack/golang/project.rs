//! Shared context of a Go build.

use std::path::Path;

use super::framework::Framework;
use super::main_file::Registration;
use super::package::Package;
use super::toolchain::Toolchain;
use crate::buildpack::contract::{BuildError, Tools, Workspace};
use crate::process::Command;

/// One build of one source.
#[derive(Clone, Copy)]
pub(super) struct Project<'a> {
    /// The source, at its location in the image.
    pub(super) directory: &'a Path,
    pub(super) package: &'a Package,
    pub(super) target: &'a str,
    pub(super) toolchain: &'a Toolchain,
    pub(super) workspace: &'a Workspace,
    pub(super) tools: &'a Tools,
}

/// What `go build` still has to compile.
#[derive(Debug)]
pub(super) struct Buildable {
    /// `go build` in the right directory, with the flags for the generated files; the output and
    /// the package are still missing.
    pub(super) command: Command,
    /// The main package.
    pub(super) main: String,
    pub(super) framework: Framework,
}

impl<'a> Project<'a> {
    pub(super) fn has_module(&self) -> bool {
        self.directory.join("go.mod").is_file()
    }

    /// # Errors
    /// [`BuildError::User`] if the target has to be compiled in but is not a valid name of an
    /// exported function.
    pub(super) fn registration(&self) -> Result<Registration<'a>, BuildError> {
        if self.package.is_declarative() {
            return Ok(Registration::Declarative);
        }
        if is_exported(self.target) {
            Ok(Registration::Of(self.target))
        } else {
            Err(BuildError::User(no_such_function(self.target, self.package)))
        }
    }
}

/// The error for a package without the target function.
pub(super) fn no_such_function(target: &str, package: &Package) -> String {
    format!(
        "function target {target:?} is not an exported function of package {}: the entry point is the name of a Go function, which \
         begins with a capital letter, or a name that the source registers with functions.HTTP, functions.CloudEvent or functions.Typed",
        package.name
    )
}

/// Whether this can be the name of an exported function.
fn is_exported(name: &str) -> bool {
    name.starts_with(char::is_uppercase) && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_exported_names_are_compiled_in() {
        for name in ["Hello", "HelloHTTP", "H_2", "Ärger"] {
            assert!(is_exported(name), "{name}");
        }
        for name in ["hello", "", "my-function", "Hello()", "A.B", "2H", "_H"] {
            assert!(!is_exported(name), "{name}");
        }
    }
}
