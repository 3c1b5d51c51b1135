//! Detects the entry point of a directory, and refuses what cannot be one.

mod declared;
mod family;
mod found;
mod golang;
mod java;
mod javascript;
mod other;
mod python;
mod text;

use std::path::Path;

use crate::error::CliError;

use declared::Declared;
use family::Family;
use found::Kind;

/// Google's default if no function has the name of the service (`gcloud functions deploy --help`,
/// `--entry-point`).
const FALLBACK: &str = "function";

/// Rejects a path that is not a directory, with a clearer error than the system has.
pub(crate) fn check_directory(directory: &Path) -> Result<(), CliError> {
    match std::fs::metadata(directory) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => Err(CliError::NotADirectory(directory.to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(CliError::NoDirectory(directory.to_owned()))
        }
        Err(source) => Err(CliError::Read { path: directory.to_owned(), source }),
    }
}

/// A detected entry point, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EntryPoint {
    pub(crate) name: String,
    /// File and line.
    pub(crate) place: String,
}

/// The default entry point. As Google documents it, this is the function with the name of the
/// service, or `function`; then the only function that the source registers or, if it registers
/// none, defines. `source`: the file or directory that `GOOGLE_FUNCTION_SOURCE` names.
///
/// Fails if no supported language is recognised, or if no function qualifies.
pub(crate) fn entry_point(
    directory: &Path,
    name: &str,
    source: Option<&str>,
) -> Result<EntryPoint, CliError> {
    let Some(family) = Family::of(directory) else {
        return Err(CliError::NoFunctionHere(directory.to_owned()));
    };
    let declared = Declared::read(family, directory, source);
    choose(&declared, name).ok_or_else(|| CliError::NoEntryPoint {
        directory: directory.to_owned(),
        found: declared.described(),
        choices: declared.choices(),
        has_dockerfile: has_dockerfile(directory),
    })
}

/// Refuses an entry point that is a route of a web framework: the Functions Framework would call it
/// with a request that it does not take.
pub(crate) fn check_entry_point(
    directory: &Path,
    name: &str,
    source: Option<&str>,
) -> Result<(), CliError> {
    let Some(family) = Family::of(directory) else { return Ok(()) };
    let declared = Declared::read(family, directory, source);
    match declared.get(name).map(|function| (&function.kind, function.place())) {
        Some((Kind::Route(decorator), place)) => Err(CliError::NotAFunction {
            name: name.to_owned(),
            place,
            decorator: decorator.clone(),
        }),
        _ => Ok(()),
    }
}

/// Whether there is a Dockerfile, which builds of functions do not use.
pub(crate) fn has_dockerfile(directory: &Path) -> bool {
    directory.join("Dockerfile").is_file()
}

fn choose(declared: &Declared, name: &str) -> Option<EntryPoint> {
    // The name of a service can have hyphens, which most languages reject.
    let underscored = name.replace('-', "_");
    let by_name =
        [name, &underscored, FALLBACK].into_iter().find_map(|name| declared.callable(name));
    let chosen = by_name.or_else(|| declared.only())?;
    Some(EntryPoint { name: chosen.name.clone(), place: chosen.place() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(family: Family, source: &str, name: &str) -> Option<String> {
        choose(&Declared::in_text(family, "f", source), name).map(|chosen| chosen.name)
    }

    #[test]
    fn the_services_name_comes_first_then_function_then_the_only_one() {
        let source =
            "def helper(x):\n  pass\n\ndef function(r):\n  pass\n\ndef my_api(r):\n  pass\n";
        let of = |name: &str| chosen(Family::Python, source, name);
        assert_eq!(of("my-api").as_deref(), Some("my_api"));
        assert_eq!(of("helper").as_deref(), Some("helper"));
        assert_eq!(of("other").as_deref(), Some("function"));
        let one = "import functions_framework\n\n@functions_framework.http\ndef hello(r):\n  pass\n\ndef helper():\n  pass\n";
        assert_eq!(chosen(Family::Python, one, "other").as_deref(), Some("hello"));
        assert_eq!(chosen(Family::Python, "def a(r): pass\ndef b(r): pass", "other"), None);
    }

    #[test]
    fn a_route_of_a_web_framework_is_no_entry_point() {
        let dir = tempfile::tempdir().unwrap();
        let source = "from flask import Flask\napp = Flask(__name__)\n\n@app.route('/')\ndef index():\n    return 'x'\n";
        std::fs::write(dir.path().join("main.py"), source).unwrap();
        std::fs::write(dir.path().join("Dockerfile"), "FROM scratch\n").unwrap();
        for name in ["index", "other"] {
            let Err(error) = entry_point(dir.path(), name, None) else { panic!("it was chosen") };
            let text = error.to_string();
            assert!(text.contains("index (main.py:5)") && text.contains("@app.route"), "{text}");
            assert!(error.advice().unwrap().contains("Dockerfile"), "{error:?}");
        }
        let refused = check_entry_point(dir.path(), "index", None).unwrap_err();
        assert!(matches!(refused, CliError::NotAFunction { .. }), "{refused:?}");
        check_entry_point(dir.path(), "elsewhere", None).unwrap();
    }

    #[test]
    fn an_imported_function_is_an_entry_point_if_the_main_module_has_none() {
        let registered = "import functions_framework\n\n@functions_framework.http\ndef hello(r): pass\n\ndef other(r): pass\n";
        let imports = "from handlers import hello, other\n";
        for (main, handlers, expected) in [
            (imports.to_owned(), registered, Some("hello handlers.py:4")),
            (
                imports.to_owned(),
                "def hello(r): pass\ndef other(): pass\n",
                Some("hello handlers.py:1"),
            ),
            (imports.to_owned(), "def hello(r): pass\ndef other(r): pass\n", None),
            (
                format!("{imports}\ndef own(r): pass\n"),
                "def hello(r): pass\ndef other(r): pass\n",
                Some("own main.py:3"),
            ),
        ] {
            let dir = tempfile::tempdir().unwrap();
            std::fs::write(dir.path().join("main.py"), &main).unwrap();
            std::fs::write(dir.path().join("handlers.py"), handlers).unwrap();
            let found = entry_point(dir.path(), "service", None).ok();
            let found = found.map(|found| format!("{} {}", found.name, found.place));
            assert_eq!(found.as_deref(), expected, "{main} {handlers}");
        }
    }
}
