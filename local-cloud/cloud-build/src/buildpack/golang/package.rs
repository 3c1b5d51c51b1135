//! The user's package, as declared by the files at the root of the source.

use std::collections::BTreeSet;
use std::path::Path;

use super::head::Head;
use crate::buildpack::contract::BuildError;
use crate::confinement::read_of_source;

/// The import of a source that registers its functions itself, in an `init` function.
const DECLARATIVE: &str = "github.com/GoogleCloudPlatform/functions-framework-go/functions";

/// The only package at the root of the source.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Package {
    pub(super) name: String,
    imports: BTreeSet<String>,
}

impl Package {
    /// As in Google's buildpack, every `.go` file counts, including tests and files that build
    /// constraints exclude.
    ///
    /// # Errors
    /// [`BuildError::User`] if there is no package, more than one, or one that cannot be imported.
    pub(super) fn read(dir: &Path) -> Result<Self, BuildError> {
        let mut packages: Vec<Self> = Vec::new();
        for (file, text) in files(dir)? {
            let Head { package: name, imports } = Head::read(&text).ok_or_else(|| {
                unusable(format!(
                    "{file} does not begin with a package clause and complete imports"
                ))
            })?;
            match packages.iter_mut().find(|package| package.name == name) {
                Some(package) => package.imports.extend(imports),
                None => packages.push(Self { name, imports: imports.into_iter().collect() }),
            }
        }
        packages.sort_by(|a, b| a.name.cmp(&b.name));
        match (packages.pop(), packages.pop()) {
            (Some(package), None) => package.importable(),
            (Some(one), Some(other)) => Err(unusable(format!(
                "multiple packages in user code directory: {} != {}{}",
                other.name,
                one.name,
                if one.name == format!("{}_test", other.name) { TESTS } else { "" }
            ))),
            (None, _) => Err(unusable(format!(
                "unable to find Go package at the root of the source; the function's .go files must be there, next to go.mod{}",
                if dir.join("package.json").is_file() { NODE } else { "" }
            ))),
        }
    }

    fn importable(self) -> Result<Self, BuildError> {
        if self.name == "main" {
            return Err(BuildError::User(MAIN.to_owned()));
        }
        Ok(self)
    }

    /// Whether the source registers its functions itself, and `FUNCTION_TARGET` selects one at
    /// start.
    pub(super) fn is_declarative(&self) -> bool {
        self.imports.contains(DECLARATIVE)
    }
}

const TESTS: &str = "\nGoogle's builder counts the package of tests, too: put them into the package itself, or leave them out of the source with \
                     .gcloudignore (*_test.go)";

const NODE: &str = "\nThe source has .go files, so it is built as Go. It has package.json as well: if the function is in Node.js, request a runtime of Node.js";

const MAIN: &str = "the source is package main: a program, not an importable package. A function's package is imported by a main \
                    package that the build generates; give it another name, such as `package function`, and remove its func main";

fn unusable(what: impl std::fmt::Display) -> BuildError {
    BuildError::User(format!("cannot extract the package name: {what}"))
}

/// Name and text of the Go files directly in the directory.
fn files(dir: &Path) -> Result<Vec<(String, String)>, BuildError> {
    let entries = std::fs::read_dir(dir).map_err(BuildError::host("list the source"))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(BuildError::host("list the source"))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".go") && path.is_file() {
            let content = read_of_source(dir, &path)
                .map_err(BuildError::host("read a file of the source"))?;
            files.push((name, String::from_utf8_lossy(&content).into_owned()));
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(files: &[(&str, &str)]) -> Result<Package, String> {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Package::read(dir.path()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_package_that_imports_the_functions_package_registers_itself() {
        let declarative = format!("package hello\nimport \"{DECLARATIVE}\"\n");
        let table: [(&[(&str, &str)], bool); 3] = [
            (
                &[
                    ("a.go", "package hello\nimport \"fmt\"\n"),
                    ("b.go", &declarative),
                    ("sub/c.go", "package sub"),
                ],
                true,
            ),
            (&[("a.go", "package hello"), ("a_test.go", &declarative), ("README.md", "")], true),
            (
                &[("a.go", "package hello\nimport \"net/http\"\n"), ("sub/c.go", &declarative)],
                false,
            ),
        ];
        for (files, expected) in table {
            let package = read(files).unwrap();
            assert_eq!(
                (package.name.as_str(), package.is_declarative()),
                ("hello", expected),
                "{files:?}"
            );
        }
    }

    #[test]
    fn a_source_without_exactly_one_importable_package_is_rejected() {
        let table: [(&[(&str, &str)], &str); 7] = [
            (
                &[("go.mod", "module example.com/x")],
                "cannot extract the package name: unable to find Go package",
            ),
            (
                &[("fn.go", "package fn"), ("fn_test.go", "package fn_test")],
                "fn != fn_test\nGoogle's builder counts the package of tests, too: put",
            ),
            (&[("fn.go", "package fn"), ("a.go", "package fn_tests")], "fn != fn_tests"),
            (
                &[("package.json", "{}"), ("tools/a.go", "package a")],
                "request a runtime of Node.js",
            ),
            (
                &[("b.go", "package b"), ("a.go", "package a")],
                "multiple packages in user code directory: a != b",
            ),
            (&[("a.go", "hello")], "a.go does not begin with a package clause"),
            (&[("main.go", "package main\nfunc main() {}")], "not an importable package"),
        ];
        for (files, expected) in table {
            let error = read(files).unwrap_err();
            assert!(error.contains(expected), "{files:?}: {error}");
            assert_eq!(error.contains("of tests"), expected.contains("of tests"), "{error}");
        }
    }
}
