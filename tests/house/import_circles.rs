//! No module imports a sibling that imports it, directly or through other siblings: what two modules
//! share is in a third one, below both. A circle means that none of its modules can be understood,
//! or moved, alone.
//!
//! Imports between a module and its own parts do not count: the parts belong to it. Tests may import
//! anything.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails like the test itself")]

mod graph;
mod tokens;

use std::path::{Path, PathBuf};

use crate::import_rules::{packages, text};
use graph::Modules;

#[test]
fn no_modules_import_each_other_in_a_circle() {
    let mut circles = Vec::new();
    for (package, source) in libraries() {
        circles.extend(read(&source).circles().iter().map(|circle| format!("{package}: {circle}")));
    }
    assert!(circles.is_empty(), "move what they share below them:\n{}", circles.join("\n"));
}

#[test]
fn a_circle_is_found_through_groups_renamings_and_exports() {
    let modules = |files: &[(&str, &str)]| {
        let mut modules = Modules::default();
        for (file, source) in files {
            modules.add(Path::new(file), source);
        }
        modules.circles().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let lib = ("lib.rs", "mod a; mod b; mod c; pub use b::{Shared, other as renamed};");
    let c = ("c.rs", "");
    for (a, b, expected) in [
        ("use crate::b::Shared;", "fn f() { crate::a::f() }", 1),
        ("use crate::Shared;", "use super::{a, c}; fn f() { a::f() }", 1),
        ("use crate::renamed;", "use crate::{a as x}; fn f() -> x::X { x::f() }", 1),
        ("use crate::b::Shared;", "use crate::c;", 0),
        ("use crate::b::Shared;", "// use crate::a;\nconst TEXT: &str = \"crate::a::f\";", 0),
        ("use crate::b::Shared;", "#[cfg(test)] mod tests { use crate::a; }", 0),
        ("use crate::b::Shared;", "pub(in crate::a) fn f<'a>(it: &'a str) {}", 0),
    ] {
        let found = modules(&[lib, c, ("a.rs", a), ("b.rs", b)]);
        assert_eq!(found.len(), expected, "{a} and {b}: {found:?}");
    }
    let longer = modules(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "mod part; use crate::b;"),
        ("a/part.rs", "use super::f;"),
        ("b.rs", "use crate::c::C;"),
        ("c.rs", "use crate::a::part::P;"),
    ]);
    assert_eq!(longer, ["a, b, c (a uses b, b uses c::C, c uses a::part::P)"]);
}

/// The name of each crate with a library, and the directory of its source.
fn libraries() -> Vec<(String, PathBuf)> {
    let mut libraries = Vec::new();
    for package in packages() {
        for target in package["targets"].as_array().unwrap() {
            if target["kind"].as_array().unwrap().iter().any(|kind| kind == "lib") {
                let root = PathBuf::from(text(target, "src_path"));
                libraries.push((text(&package, "name"), root.parent().unwrap().to_owned()));
            }
        }
    }
    assert!(!libraries.is_empty(), "cargo metadata shows no library at all");
    libraries
}

fn read(source: &Path) -> Modules {
    let mut modules = Modules::default();
    let mut directories = vec![source.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            // Generated code is one module without imports, and programs import the library.
            if path.is_dir() && !path.ends_with("generated") && !path.ends_with("src/bin") {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let content = std::fs::read_to_string(&path).unwrap();
                modules.add(path.strip_prefix(source).unwrap(), &content);
            }
        }
    }
    modules
}
