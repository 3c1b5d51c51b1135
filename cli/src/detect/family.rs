//! The language of a directory.

use std::path::Path;

/// A language, recognised by the files that its buildpack requires at the root of the source.
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
    /// The first language that matches the directory.
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
        } else if has(&["package.json", "index.js", "function.js", "index.mjs", "index.ts"]) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_recognised_by_its_files() {
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
}
