//! The modules of a source that its main module loads: they can register functions, and be exported
//! again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::super::found::{Found, Kind, read};
use super::super::text::{after_each, literal, without_comments};
use super::{ENDINGS, declarations};

/// Maximum number of modules that are read.
const MODULES_MAX: usize = 100;

/// What the modules declare that a main module loads, with their paths relative to the directory:
/// registered functions, and all those of modules that the main one exports as a whole.
pub(in crate::detect) fn reached(directory: &Path, main: &Path) -> Vec<(PathBuf, Vec<Found>)> {
    let Ok(directory) = directory.canonicalize() else { return Vec::new() };
    let Ok(main) = main.canonicalize() else { return Vec::new() };
    let (mut found, mut seen) = (Vec::new(), BTreeSet::from([main.clone()]));
    let mut waiting = vec![(main.clone(), true)];
    while let Some((path, is_exported)) = waiting.pop() {
        let Some(text) = read(&path) else { continue };
        if path != main {
            let own = declarations(&text).into_iter();
            let own = own.filter(|(_, kind, _)| is_exported || *kind == Kind::Registered).collect();
            let relative = path.strip_prefix(&directory).unwrap_or(&path).to_owned();
            found.push((relative, own));
        }
        for (name, is_whole) in imports(&text) {
            let Some(next) = resolved(&path, &name).filter(|next| next.starts_with(&directory))
            else {
                continue;
            };
            if seen.len() < MODULES_MAX && seen.insert(next.clone()) {
                waiting.push((next, is_exported && is_whole));
            }
        }
    }
    found
}

/// The relative paths that a module loads, and whether it exports everything of them.
fn imports(text: &str) -> Vec<(String, bool)> {
    let text = &without_comments(text);
    let mut found = Vec::new();
    let words = [("from", ""), ("import", ""), ("require", "("), ("...require", "(")];
    for (word, opening) in words {
        for at in after_each(text, word) {
            let rest = text.get(at..).unwrap_or_default().trim_start();
            let path = rest.strip_prefix(opening).and_then(literal);
            let Some(path) = path.filter(|path| path.starts_with('.')) else { continue };
            let before = text.get(..at - word.len()).unwrap_or_default().trim_end();
            let statement = before.rsplit([';', '\n']).next().unwrap_or_default().trim_start();
            let is_whole = statement == "export *"
                || statement.replace(' ', "").ends_with("module.exports=")
                || statement.ends_with("__exportStar(")
                || (word == "...require" && is_spread(before))
                || is_assigned(statement);
            found.push((path.to_owned(), is_whole));
        }
    }
    found
}

/// Whether a module is spread into `module.exports`: `module.exports = {...require('./a'), `.
fn is_spread(before: &str) -> bool {
    let object = before.rsplit_once('{').map(|(object, _)| object.replace([' ', '\n'], ""));
    object.is_some_and(|object| object.ends_with("module.exports="))
}

/// Whether a module is copied into the exports: `Object.assign(exports, require('./a')`.
fn is_assigned(statement: &str) -> bool {
    ["Object.assign(exports,", "Object.assign(module.exports,"]
        .into_iter()
        .any(|start| statement.starts_with(start))
}

/// The file that a relative path names, which may have no ending, or that of its compiled form.
fn resolved(from: &Path, path: &str) -> Option<PathBuf> {
    let base = from.parent()?.join(path);
    let is_source = |end: &std::ffi::OsStr| ENDINGS.iter().any(|ending| end == *ending);
    let compiled = base.extension().is_some_and(is_source).then(|| base.clone());
    let ended = ENDINGS.map(|ending| base.with_added_extension(ending));
    let indexed = ENDINGS.map(|ending| base.join("index").with_added_extension(ending));
    let uncompiled = compiled.iter().flat_map(|base| ENDINGS.map(|end| base.with_extension(end)));
    let mut all = [base.clone()].into_iter().chain(ended).chain(uncompiled).chain(indexed);
    all.find(|candidate| candidate.is_file())?.canonicalize().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(files: &[(&str, &str)]) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = dir.path().join("source").join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let source = dir.path().join("source");
        let found = reached(&source, &source.join(files[0].0)).into_iter();
        found
            .flat_map(|(path, found)| {
                found
                    .into_iter()
                    .map(move |(name, _, line)| format!("{name} {}:{line}", path.display()))
            })
            .collect()
    }

    const REGISTERING: &str = "import {http} from '@google-cloud/functions-framework';\nhttp('hello', f);\nexport const x = 1;\n";

    #[test]
    fn functions_are_found_in_the_modules_that_are_loaded() {
        let exports = "exports.hello = f;\n";
        for (main, text, other, content, expected) in [
            (
                "src/index.ts",
                "import './api/hello';",
                "src/api/hello.ts",
                REGISTERING,
                "hello src/api/hello.ts:2",
            ),
            (
                "src/index.ts",
                "import {x} from './hello.js';",
                "src/hello.ts",
                REGISTERING,
                "hello src/hello.ts:2",
            ),
            (
                "index.js",
                "require('./functions');",
                "functions/index.mjs",
                REGISTERING,
                "hello functions/index.mjs:2",
            ),
            (
                "index.js",
                "module.exports = require('./hello');",
                "hello.js",
                exports,
                "hello hello.js:1",
            ),
            (
                "index.js",
                "__exportStar(require(\"./hello\"), exports);",
                "hello.js",
                exports,
                "hello hello.js:1",
            ),
            (
                "index.js",
                "module.exports = {\n  ...require('./other'),\n  ...require('./hello'),\n};",
                "hello.js",
                exports,
                "hello hello.js:1",
            ),
            (
                "index.js",
                "Object.assign(exports, require('./hello'));",
                "hello.js",
                exports,
                "hello hello.js:1",
            ),
            (
                "index.mjs",
                "export * from './hello.mjs'",
                "hello.mjs",
                "export function hello() {}",
                "hello hello.mjs:1",
            ),
        ] {
            assert_eq!(names(&[(main, text), (other, content)]), [expected], "{text}");
        }
    }

    #[test]
    fn what_is_only_used_or_outside_of_the_source_is_not_found() {
        for (text, other) in [
            ("const {helper} = require('./other');", "other.js"),
            ("export * as other from './other';", "other.js"),
            ("// module.exports = require('./other');", "other.js"),
            ("module.exports = require('other');", "node_modules/other/index.js"),
            ("module.exports = require('../other');", "../other.js"),
        ] {
            assert_eq!(
                names(&[("index.js", text), (other, "exports.helper = f;")]),
                [""; 0],
                "{text}"
            );
        }
        let circle =
            [("index.js", "export * from './a'"), ("a.js", "export * from './index'\nexport {b}")];
        assert_eq!(names(&circle), ["b a.js:2"]);
    }
}
