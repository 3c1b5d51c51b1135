//! Functions that a Python module imports from other modules of the source.

use std::path::{Path, PathBuf};

use super::super::found::{Found, Kind, read};
use super::super::text::identifier;
use super::{declarations, whole_import};

/// Maximum number of modules through which one name is imported.
const DEPTH_MAX: usize = 5;

/// The functions that a main module imports, under their names there, with the files that define
/// them relative to the directory.
pub(in crate::detect) fn reached(directory: &Path, main: &Path) -> Vec<(PathBuf, Found)> {
    let text = read(main).unwrap_or_default();
    // The framework adds the directory of the main module to `sys.path`.
    let roots = [directory, main.parent().unwrap_or(directory)];
    let found = imports(&text).into_iter().filter_map(|import| {
        let (path, kind, line) = defined(&roots, main, &import, DEPTH_MAX)?;
        let relative = path.strip_prefix(directory).unwrap_or(&path).to_owned();
        Some((relative, (import.alias, kind, line)))
    });
    found.collect()
}

/// `from MODULE import NAME as ALIAS`.
struct Import {
    module: String,
    name: String,
    alias: String,
}

fn imports(text: &str) -> Vec<Import> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some(rest) = line.strip_prefix("from ") else { continue };
        let whole = whole_import(rest, &lines, index);
        let Some((module, names)) = whole.split_once(" import ") else { continue };
        for one in names.split(',').map(str::trim) {
            let (name, alias) = one.split_once(" as ").unwrap_or((one, one));
            let [name, alias] = [name, alias].map(|text| identifier(text.trim()).to_owned());
            found.push(Import { module: module.trim().to_owned(), name, alias });
        }
    }
    found
}

/// Where the function of an import is defined. `None` if it is none of the source.
fn defined(
    roots: &[&Path; 2],
    file: &Path,
    import: &Import,
    depth: usize,
) -> Option<(PathBuf, Kind, usize)> {
    let path = resolved(roots, file, &import.module)?;
    let text = read(&path)?;
    let own = declarations(&text).into_iter().find(|(name, _, _)| *name == import.name)?;
    match own {
        (_, Kind::Other, _) => {
            let next = imports(&text).into_iter().find(|next| next.alias == import.name)?;
            defined(roots, &path, &next, depth.checked_sub(1)?)
        }
        (_, kind, line) => Some((path, kind, line)),
    }
}

/// The file of a module: `.a.b` is relative to the package of the file that imports it, and `a.b`
/// to the directories of the source that are on `sys.path`.
fn resolved(roots: &[&Path; 2], file: &Path, module: &str) -> Option<PathBuf> {
    let name = module.trim_start_matches('.');
    let bases: Vec<&Path> = match module.len() - name.len() {
        0 => roots.iter().rev().copied().collect(),
        dots => file.ancestors().nth(dots).into_iter().collect(),
    };
    let parts = || name.split('.').filter(|part| !part.is_empty());
    let modules =
        bases.into_iter().map(|base| parts().fold(base.to_owned(), |it, part| it.join(part)));
    let mut files =
        modules.flat_map(|module| [module.with_added_extension("py"), module.join("__init__.py")]);
    files.find(|path| path.is_file() && path.starts_with(roots[0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGISTERED: &str = "import functions_framework\n\n\n@functions_framework.http\ndef hello(request):\n    return 'x'\n";

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let found = reached(dir.path(), &dir.path().join(files[0].0)).into_iter();
        found
            .map(|(path, (name, kind, line))| format!("{name} {kind:?} {}:{line}", path.display()))
            .collect()
    }

    #[test]
    fn a_function_is_found_where_it_is_defined() {
        for (main, others, expected) in [
            (
                "from handlers import hello",
                &[("handlers.py", REGISTERED)][..],
                "hello Registered handlers.py:5",
            ),
            (
                "from app.api.handlers import (\n    hello as api,  # note\n)",
                &[("app/api/handlers.py", REGISTERED)],
                "api Registered app/api/handlers.py:5",
            ),
            (
                "from app import hello",
                &[("app/__init__.py", "from .inner import hello\n"), ("app/inner.py", REGISTERED)],
                "hello Registered app/inner.py:5",
            ),
            (
                "from .inner import hello",
                &[("inner.py", REGISTERED)],
                "hello Registered inner.py:5",
            ),
            (
                "from handlers import hello",
                &[("handlers.py", "def hello(request): pass\n")],
                "hello Defined handlers.py:1",
            ),
        ] {
            let files = [&[("main.py", main)][..], others].concat();
            assert_eq!(found(&files), [expected], "{main}");
        }
    }

    #[test]
    fn what_is_not_of_the_source_is_not_found() {
        for (main, others) in [
            ("from flask import request", &[][..]),
            ("from handlers import CONSTANT", &[("handlers.py", "CONSTANT = 1\n")]),
            (
                "from a import hello",
                &[("a.py", "from b import hello\n"), ("b.py", "from a import hello\n")],
            ),
            ("from ..outside import hello", &[("outside.py", REGISTERED)]),
        ] {
            let files = [&[("main.py", main)][..], others].concat();
            assert_eq!(found(&files), [""; 0], "{main}");
        }
    }
}
