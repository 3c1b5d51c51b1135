//! Detects the entry point of a directory.

mod declared;
mod family;

use std::path::Path;

use crate::error::CliError;

use declared::Declared;
use family::Family;

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

/// The default entry point. As Google documents it, this is the function with the name of the
/// service, or `function`; then the only function that the source registers or, if it registers
/// none, defines.
///
/// Fails if no supported language is recognised, or if no function qualifies.
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
    // The name of a service can have hyphens, which most languages reject.
    let underscored = name.replace('-', "_");
    let by_name = [name, &underscored, FALLBACK].into_iter().find(|name| declared.has(name));
    by_name.or_else(|| declared.only()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_services_name_comes_first_then_function_then_the_only_one() {
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
