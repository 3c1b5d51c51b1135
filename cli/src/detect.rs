//! What a directory holds: the language of its source, and the function that it defines.

mod declared;
mod family;

use std::path::Path;

use crate::error::CliError;

use declared::Declared;
use family::Family;

/// What Google looks for when there is no function of the service's name (`gcloud functions deploy
/// --help`, `--entry-point`).
const FALLBACK: &str = "function";

/// Says what is wrong with a path that is no directory, in more words than the system has.
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

/// The entry point of a function that names none: as Google documents it the function that has the
/// service's name, or `function`; then the only one that the source registers or, where it
/// registers none, defines.
///
/// # Errors
/// When the directory holds no source that is recognised, or none of these is in it.
pub(crate) fn entry_point(directory: &Path, name: &str) -> Result<String, CliError> {
    let Some(family) = Family::of(directory) else {
        return Err(CliError::NoFunctionHere(directory.to_owned()));
    };
    let declared = Declared::read(family, directory);
    choose(&declared, name).ok_or_else(|| CliError::NoEntryPoint {
        directory: directory.to_owned(),
        declared: declared.names().map(str::to_owned).collect(),
    })
}

fn choose(declared: &Declared, name: &str) -> Option<String> {
    // A service's name may have hyphens, which most languages do not take.
    let underscored = name.replace('-', "_");
    let by_name = [name, &underscored, FALLBACK].into_iter().find(|name| declared.has(name));
    by_name.or_else(|| declared.only()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_function_of_the_services_name_comes_first_then_function_then_the_only_one() {
        let source =
            "def helper(x):\n  pass\n\ndef function(r):\n  pass\n\ndef my_api(r):\n  pass\n";
        let declared = Declared::in_text(Family::Python, source);
        assert_eq!(choose(&declared, "my-api").as_deref(), Some("my_api"));
        assert_eq!(choose(&declared, "helper").as_deref(), Some("helper"));
        assert_eq!(choose(&declared, "other").as_deref(), Some("function"));
        let one = "import functions_framework\n\n@functions_framework.http\ndef hello(r):\n  pass\n\ndef helper():\n  pass\n";
        assert_eq!(
            choose(&Declared::in_text(Family::Python, one), "other").as_deref(),
            Some("hello")
        );
        assert_eq!(
            choose(&Declared::in_text(Family::Python, "def a(r): pass\ndef b(r): pass"), "other"),
            None
        );
    }
}
