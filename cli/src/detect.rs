//! What a directory holds: the language of its source, and the function that it defines.

mod declared;

use std::path::Path;

use declared::Declared;

use crate::error::CliError;

/// Longest name of a function.
const NAME_MAX: usize = 49;

/// What Google looks for when there is no function of the service's name (`gcloud functions deploy
/// --help`, `--entry-point`).
const FALLBACK: &str = "function";

/// A language, recognised by the files that its buildpack needs at the root of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Python,
    Node,
    Go,
    Java,
    Ruby,
    Php,
    DotNet,
}

impl Family {
    /// The language of a directory's source, or `None`. The first that fits counts.
    pub(crate) fn of(directory: &Path) -> Option<Self> {
        let entries = std::fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok);
        let names: Vec<String> =
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        Self::of_files(&names)
    }

    fn of_files(names: &[String]) -> Option<Self> {
        let has = |wanted: &[&str]| names.iter().any(|name| wanted.contains(&name.as_str()));
        let ends = |end: &str| names.iter().any(|name| name.ends_with(end));
        if has(&["main.py", "requirements.txt", "pyproject.toml"]) {
            Some(Self::Python)
        } else if has(&["package.json", "index.js", "function.js", "index.mjs"]) {
            Some(Self::Node)
        } else if has(&["go.mod"]) || ends(".go") {
            Some(Self::Go)
        } else if has(&["pom.xml", "build.gradle", "build.gradle.kts"]) || ends(".jar") {
            Some(Self::Java)
        } else if has(&["Gemfile", "app.rb"]) {
            Some(Self::Ruby)
        } else if has(&["composer.json", "index.php"]) {
            Some(Self::Php)
        } else if ends(".csproj") || ends(".fsproj") || ends(".vbproj") {
            Some(Self::DotNet)
        } else {
            None
        }
    }
}

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

/// A name that a function can have, as near as possible to what somebody wrote.
pub(crate) fn name_like(text: &str) -> String {
    let mut name = String::new();
    let mut before = None;
    for c in text.chars() {
        if c.is_ascii_uppercase()
            && before
                .is_some_and(|before: char| before.is_ascii_lowercase() || before.is_ascii_digit())
        {
            name.push('-');
        }
        name.push(if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
        before = Some(c);
    }
    let name = name.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    name.get(..NAME_MAX).unwrap_or(name).trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_known_by_its_files() {
        for (files, family) in [
            (&["main.py"][..], Some(Family::Python)),
            (&["index.js", "package.json"], Some(Family::Node)),
            (&["hello.go"], Some(Family::Go)),
            (&["go.mod", "cmd"], Some(Family::Go)),
            (&["pom.xml", "src"], Some(Family::Java)),
            (&["build.gradle.kts"], Some(Family::Java)),
            (&["app.rb", "Gemfile"], Some(Family::Ruby)),
            (&["index.php"], Some(Family::Php)),
            (&["Hello.csproj"], Some(Family::DotNet)),
            (&["README.md"], None),
            (&[], None),
        ] {
            let files: Vec<String> = files.iter().map(|&file| file.to_owned()).collect();
            assert_eq!(Family::of_files(&files), family, "{files:?}");
        }
    }

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

    #[test]
    fn a_name_is_made_valid() {
        for (text, name) in [
            ("My Function_2", "my-function-2"),
            ("myFunc", "my-func"),
            ("HTTPServer", "httpserver"),
            ("2nd", "nd"),
            ("-x-", "x"),
            ("über", "ber"),
            (&"a".repeat(60), &"a".repeat(49)),
        ] {
            assert_eq!(name_like(text), name, "{text}");
        }
    }
}
