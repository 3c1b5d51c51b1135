//! Functions of a JavaScript or TypeScript module.

mod imports;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::found::{Found, Kind, read};
use super::text::{after_each, identifier, line_of, literal, registered, without_comments};

pub(super) use imports::reached;

const FRAMEWORK: &str = "@google-cloud/functions-framework";

/// The framework's functions that register one.
const REGISTERING: [&str; 3] = ["http", "cloudEvent", "typed"];

/// Endings of files with source, compiled or not.
const ENDINGS: [&str; 6] = ["ts", "mts", "cts", "js", "mjs", "cjs"];

/// `main` of package.json, or the source from which the build will make it, or the defaults.
pub(super) fn main_files(directory: &Path) -> Vec<PathBuf> {
    let main = main_of_package(directory);
    let existing = |name: &str| Some(directory.join(name)).filter(|path| path.is_file());
    match &main {
        Some(main) => existing(main).or_else(|| source_of(directory, main)).into_iter().collect(),
        None => {
            let defaults = ["index.js", "function.js", "index.mjs", "index.ts", "src/index.ts"];
            defaults.into_iter().find_map(existing).into_iter().collect()
        }
    }
}

fn main_of_package(directory: &Path) -> Option<String> {
    let package: serde_json::Value =
        serde_json::from_str(&read(&directory.join("package.json"))?).ok()?;
    let main = package.get("main")?.as_str()?;
    Some(main.trim_start_matches("./").to_owned()).filter(|main| !main.is_empty())
}

/// The source of a compiled file, such as `src/index.ts` of `dist/index.js`: the same path without
/// its first directories, at the root of the source or in `src`.
fn source_of(directory: &Path, main: &str) -> Option<PathBuf> {
    let stem = Path::new(main).with_extension("");
    let stem = if Path::new(main).extension().is_some() { stem } else { stem.join("index") };
    let parts: Vec<_> = stem.iter().collect();
    let below = (1..parts.len()).map(|skipped| parts.iter().skip(skipped).collect::<PathBuf>());
    let bases = below.flat_map(|stem| [Path::new("src").join(&stem), stem]);
    bases
        .flat_map(|base| ENDINGS.map(|ending| base.with_added_extension(ending)))
        .map(|file| directory.join(file))
        .find(|path| path.is_file())
}

/// Functions that are registered or exported.
pub(super) fn declarations(text: &str) -> Vec<Found> {
    let text = &without_comments(text);
    let mut found = Vec::new();
    for call in calls(text) {
        for (name, at) in registered(text, &call) {
            found.push((name.to_owned(), Kind::Registered, line_of(text, at)));
        }
    }
    for (name, at) in exported(text) {
        found.push((name, Kind::Defined, line_of(text, at)));
    }
    found
}

/// The expressions by which the framework's functions are called in this module.
fn calls(text: &str) -> Vec<String> {
    let (mut modules, mut names) = (BTreeSet::from(["functions".to_owned()]), BTreeSet::new());
    for quote in ["'", "\"", "`"] {
        let name = format!("{quote}{FRAMEWORK}{quote}");
        for (at, _) in text.match_indices(&name) {
            let before = text.get(..at).unwrap_or_default();
            // The beginning of the statement: a binding has no other keyword of these inside.
            let start = ["import ", "const ", "let ", "var "]
                .into_iter()
                .filter_map(|word| before.rfind(word).map(|at| at + word.len()))
                .max();
            let Some(binding) = start.and_then(|start| before.get(start..)) else { continue };
            bindings(binding, &mut modules, &mut names);
        }
    }
    let qualified = modules
        .iter()
        .flat_map(|module| REGISTERING.map(|function| format!("{module}.{function}")));
    qualified.chain(names).collect()
}

/// Reads `ff`, `* as ff`, `{http, cloudEvent as ce}` and `{http: web}`, up to `from` or `=`.
fn bindings(text: &str, modules: &mut BTreeSet<String>, names: &mut BTreeSet<String>) {
    let binding = text.split(['=', ';']).next().unwrap_or_default();
    let binding = binding.split(" from").next().unwrap_or_default().trim();
    let (outside, inside) = match binding.split_once('{') {
        Some((outside, inside)) => (outside, inside.split('}').next().unwrap_or_default()),
        None => (binding, ""),
    };
    let module = outside.trim().trim_start_matches("type ").trim_start_matches("* as ");
    let module = identifier(module.trim());
    if !module.is_empty() {
        modules.insert(module.to_owned());
    }
    for one in inside.split(',').map(str::trim) {
        let renamed = one.split_once(" as ").or_else(|| one.split_once(':'));
        let (name, alias) = renamed.unwrap_or((one, one));
        if REGISTERING.contains(&name.trim()) {
            names.insert(identifier(alias.trim()).to_owned());
        }
    }
}

/// Exported names with their positions.
fn exported(text: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let mut push = |name: &str, at: usize| {
        if !name.is_empty() && name != "default" && name != "__esModule" {
            found.push((name.to_owned(), at));
        }
    };
    // Longest first: `exports.` is a part of `module.exports.`, but not a whole word there.
    for start in ["module.exports.", "exports."] {
        for at in after_each(text, start) {
            let rest = text.get(at..).unwrap_or_default();
            let name = identifier(rest);
            let assigned = rest.get(name.len()..).unwrap_or_default().trim_start();
            if assigned.starts_with('=') && !assigned.starts_with("==") {
                push(name, at);
            }
        }
    }
    for at in after_each(text, "module.exports").chain(after_each(text, "exports")) {
        // `exports['hello'] = …`
        let Some(member) = text.get(at..).and_then(|rest| rest.strip_prefix('[')) else { continue };
        let Some(name) = literal(member) else { continue };
        let value = member.split_once(']').map(|(_, value)| value.trim_start());
        if value.is_some_and(|value| value.starts_with('=') && !value.starts_with("==")) {
            push(name, at);
        }
    }
    for at in after_each(text, "Object.defineProperty(exports, ") {
        // What compilers write.
        push(text.get(at..).and_then(literal).unwrap_or_default(), at);
    }
    for at in after_each(text, "module.exports") {
        let rest = text.get(at..).unwrap_or_default().trim_start();
        let Some(object) = rest.strip_prefix('=').map(str::trim_start) else { continue };
        if let Some(members) = object.strip_prefix('{') {
            keys(members).into_iter().for_each(|name| push(name, at));
        }
    }
    for at in after_each(text, "export") {
        let rest = text.get(at..).unwrap_or_default().trim_start();
        if let Some(names) = rest.strip_prefix('{') {
            let names = names.split('}').next().unwrap_or_default();
            for one in names.split(',').filter(|one| !one.trim_start().starts_with("type ")) {
                let name = one.rsplit(" as ").next().unwrap_or_default();
                push(identifier(name.trim()), at);
            }
            continue;
        }
        let words = ["async ", "const ", "let ", "var ", "function "];
        let mut declaration = rest;
        while let Some(inner) = words.into_iter().find_map(|word| declaration.strip_prefix(word)) {
            declaration = inner.trim_start_matches(['*', ' ']);
        }
        if declaration.len() < rest.len() {
            push(identifier(declaration), at);
        }
    }
    found
}

/// The keys of an object literal, whose opening brace has been read.
fn keys(text: &str) -> Vec<&str> {
    let (mut found, mut depth, mut start) = (Vec::new(), 0_usize, 0);
    for (at, c) in text.char_indices() {
        let is_end = depth == 0 && c == '}';
        if is_end || (depth == 0 && c == ',') {
            let member = text.get(start..at).unwrap_or_default().trim();
            let member = member.strip_prefix("async ").unwrap_or(member);
            let member = member.trim_start_matches(['*', ' ', '\'', '"']);
            found.push(identifier(member));
            start = at + 1;
        }
        match c {
            _ if is_end => break,
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<(String, Kind)> {
        declarations(text).into_iter().map(|(name, kind, _)| (name, kind)).collect()
    }

    #[test]
    fn every_way_to_register_is_recognized() {
        for head in [
            "const functions = require('@google-cloud/functions-framework');\nfunctions.http(",
            "const ff = require(\"@google-cloud/functions-framework\")\nff.cloudEvent(\n  ",
            "const {http} = require('@google-cloud/functions-framework');\nhttp(",
            "const { cloudEvent: on } = require('@google-cloud/functions-framework');\non(",
            "import {http} from '@google-cloud/functions-framework';\nhttp(",
            "import {\n  http as web,\n  Request,\n} from '@google-cloud/functions-framework';\nweb(",
            "import * as ff from '@google-cloud/functions-framework';\nff.typed<A, B>(",
            "import ff from '@google-cloud/functions-framework'\nff.http(",
            "import x from 'x';\nimport ff, {Request} from '@google-cloud/functions-framework'\nff.http(",
        ] {
            let text = format!("{head}'hello', (req, res) => {{}});\n// http('no', f)\n");
            assert_eq!(names(&text), [("hello".to_owned(), Kind::Registered)], "{text}");
        }
        assert_eq!(names("app.http('x', f); http('y', f);"), [], "of something else");
    }

    #[test]
    fn every_way_to_export_is_recognized() {
        for text in [
            "exports.hello = (req, res) => {};",
            "module.exports.hello = hello",
            "exports['hello'] = hello",
            "module.exports[\"hello\"] = hello",
            "module.exports = {hello};",
            "module.exports = {\n  hello: async (req, res) => { res.send({a: [1, 2]}); },\n};",
            "module.exports = { 'hello': f }",
            "module.exports = { async hello(req, res) {} }",
            "export {hello};",
            "function x() {}\nexport { x as hello, type T };",
            "export const hello = (req, res) => {}",
            "export async function hello(req, res) {}",
            "export function hello(req: Request, res: Response) {}",
            "Object.defineProperty(exports, \"hello\", { enumerable: true, get: function () {} });",
        ] {
            assert_eq!(names(text), [("hello".to_owned(), Kind::Defined)], "{text}");
        }
        for text in [
            "// exports.hello = f",
            "/* export {hello} */",
            "if (exports.hello === 1) {}",
            "if (exports['hello'] === 1) {}",
            "export default hello;",
            "export type Hello = string;",
            "export * from './x';",
        ] {
            assert_eq!(names(text), [], "{text}");
        }
        let two = names("module.exports = {one, two: three};");
        assert_eq!(two.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    }

    #[test]
    fn the_main_file_may_be_compiled_by_the_build() {
        for (main, file) in [
            (Some("lib/api.js"), "lib/api.js"),
            (Some("./lib/api.js"), "lib/api.js"),
            (Some("dist/index.js"), "src/index.ts"),
            (Some("build/src/index.js"), "src/index.ts"),
            (Some("dist/index.js"), "index.ts"),
            (Some("dist/fn/api.js"), "src/fn/api.ts"),
            (Some("lib/index.mjs"), "src/index.mts"),
            (None, "function.js"),
            (None, "src/index.ts"),
        ] {
            let dir = tempfile::tempdir().unwrap();
            let main_field = main.map(|main| format!("\"main\": \"{main}\"")).unwrap_or_default();
            std::fs::write(dir.path().join("package.json"), format!("{{{main_field}}}")).unwrap();
            let path = dir.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, "").unwrap();
            assert_eq!(main_files(dir.path()), [path], "{main:?}");
        }
    }
}
