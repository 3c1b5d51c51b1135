//! What a source looks like that nothing here can build, for the error message.

use std::path::Path;

/// The file by which Google's buildpacks know a language.
const SIGNS: [(&str, &str); 8] = [
    ("go.mod", "Go"),
    ("pom.xml", "Java"),
    ("build.gradle", "Java"),
    ("build.gradle.kts", "Java"),
    ("Gemfile", "Ruby"),
    ("composer.json", "PHP"),
    ("Dockerfile", "a Dockerfile"),
    ("index.php", "PHP"),
];

/// How many file names an error message lists.
const NAMES_LISTED: usize = 5;

/// `package.json (Node.js)`, or the first files where no language is known by them.
pub(super) fn languages(root: &Path) -> String {
    let signs: Vec<String> =
        SIGNS.iter().filter(|(file, _)| root.join(file).exists()).map(|(file, language)| format!("{file} ({language})")).collect();
    if !signs.is_empty() {
        return signs.join(", ");
    }
    let mut names: Vec<String> = std::fs::read_dir(root)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let more = if names.len() > NAMES_LISTED { ", …" } else { "" };
    names.truncate(NAMES_LISTED);
    if names.is_empty() { "no files".to_owned() } else { format!("{}{more}", names.join(", ")) }
}
