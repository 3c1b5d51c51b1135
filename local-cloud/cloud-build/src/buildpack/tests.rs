use std::collections::BTreeMap;

use super::choose;
use super::contract::{BuildError, Workspace};

type Files<'a> = &'a [&'a str];
type Variables<'a> = &'a [(&'a str, &'a str)];

/// A workspace with these files, each with its content, in a directory that is removed with the first
/// value.
pub(in crate::buildpack) fn workspace(
    files: &[(&str, &str)],
    environment: Variables<'_>,
) -> (tempfile::TempDir, Workspace) {
    let dir = tempfile::tempdir().unwrap();
    for (file, content) in files {
        let path = dir.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    let environment: BTreeMap<_, _> =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let workspace = Workspace::new(dir.path().to_owned(), environment);
    (dir, workspace)
}

/// The same with empty files.
fn empty(files: Files<'_>, environment: Variables<'_>) -> (tempfile::TempDir, Workspace) {
    let files: Vec<(&str, &str)> = files.iter().map(|file| (*file, "")).collect();
    workspace(&files, environment)
}

fn chooses(language: &str, table: &[(Files<'_>, Variables<'_>)]) {
    for (files, environment) in table {
        let (_dir, workspace) = empty(files, environment);
        let chosen = choose(&workspace).map(|(buildpack, _)| buildpack.language());
        assert!(
            matches!(chosen, Ok(chosen) if chosen == language),
            "{files:?} {environment:?}: {chosen:?}"
        );
    }
}

#[test]
fn python_is_chosen_by_runtime_or_by_its_files() {
    let table: [(Files<'_>, Variables<'_>); 5] = [
        (&["main.py"], &[]),
        (&["src/deep/function.py", "package.json"], &[]),
        (&["main.py"], &[("GOOGLE_RUNTIME", "python312")]),
        (&["nothing.txt"], &[("GOOGLE_RUNTIME", "python")]),
        (&["main.py", "go.mod", "main.go"], &[("GOOGLE_RUNTIME", "")]),
    ];
    chooses("python", &table);
}

#[test]
fn go_is_chosen_by_runtime_or_by_its_files() {
    let table: [(Files<'_>, Variables<'_>); 4] = [
        (&["hello.go", "go.mod"], &[]),
        (&["deep/hello.go", "package.json"], &[]),
        (&["main.py", "hello.go"], &[("GOOGLE_RUNTIME", "go126")]),
        (&["vendor/x/setup.py", "hello.go"], &[]),
    ];
    chooses("go", &table);
}

#[test]
fn java_is_chosen_by_runtime_or_by_its_files() {
    let table: [(Files<'_>, Variables<'_>); 4] = [
        (&["pom.xml", "package.json"], &[]),
        (&["build.gradle.kts"], &[]),
        (&["function.jar"], &[]),
        (&["main.py", "pom.xml"], &[("GOOGLE_RUNTIME", "java21")]),
    ];
    chooses("java", &table);
}

#[test]
fn node_js_is_chosen_by_runtime_or_by_its_files() {
    let table: [(Files<'_>, Variables<'_>); 4] = [
        (&["package.json", "lib/index.mjs"], &[]),
        (&["index.js"], &[]),
        (&["main.py"], &[("GOOGLE_RUNTIME", "nodejs22")]),
        (&["nothing.txt"], &[("GOOGLE_RUNTIME", "nodejs")]),
    ];
    chooses("nodejs", &table);
}

#[test]
fn an_unsupported_source_is_a_user_error_with_what_was_found_and_what_is_supported() {
    let table: [(Files<'_>, Variables<'_>, &str); 6] = [
        (&["Gemfile", "app.rb"], &[], "found Gemfile (Ruby)"),
        (&["go.mod", "Dockerfile"], &[], "found go.mod (Go), Dockerfile (a Dockerfile)"),
        (&["node_modules/x/setup.py"], &[], "found node_modules"),
        (&["a", "b", "c", "d", "e", "f"], &[], "found a, b, c, d, e, …"),
        (&[], &[], "found no files"),
        (&["main.py"], &[("GOOGLE_RUNTIME", "ruby34")], "the local cloud does not support Ruby"),
    ];
    for (files, environment, expected) in table {
        let (_dir, workspace) = empty(files, environment);
        let Err(BuildError::User(text)) = choose(&workspace) else {
            panic!("{files:?} was chosen")
        };
        assert!(text.contains(expected) && text.contains("python"), "{files:?}: {text}");
    }
}
