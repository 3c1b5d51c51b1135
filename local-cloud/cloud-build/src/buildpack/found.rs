//! What a source contains: files that identify a language, and a description of a source that no
//! buildpack supports.

use std::fs::DirEntry;
use std::path::Path;

/// Directories with dependencies instead of source.
const DEPENDENCY_DIRECTORIES: [&str; 5] =
    ["node_modules", "vendor", "venv", ".venv", "__pycache__"];

/// Maximum depth at which a file identifies the language of a source.
const DETECT_DEPTH: usize = 8;

/// Path of the first file of the source with this ending. Dependencies are skipped.
pub(super) fn first_file(root: &Path, ending: &str) -> Option<String> {
    find(root, "", ending, DETECT_DEPTH)
}

fn find(dir: &Path, prefix: &str, ending: &str, depth: usize) -> Option<String> {
    let mut entries: Vec<_> = std::fs::read_dir(dir).ok()?.flatten().collect();
    entries.sort_by_key(DirEntry::file_name);
    let is_dir = |entry: &DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
    let name = |entry: &DirEntry| entry.file_name().to_string_lossy().into_owned();
    let file = entries.iter().find(|entry| !is_dir(entry) && name(entry).ends_with(ending));
    if let Some(file) = file {
        return Some(format!("{prefix}{}", name(file)));
    }
    let below = depth.checked_sub(1)?;
    let mut dirs = entries
        .iter()
        .filter(|entry| is_dir(entry) && !DEPENDENCY_DIRECTORIES.contains(&name(entry).as_str()));
    dirs.find_map(|entry| find(&entry.path(), &format!("{prefix}{}/", name(entry)), ending, below))
}

/// Files by which Google's buildpacks recognize languages that are reported as unsupported.
const SIGNS: [(&str, &str); 5] = [
    ("go.mod", "Go"),
    ("Gemfile", "Ruby"),
    ("composer.json", "PHP"),
    ("Dockerfile", "a Dockerfile"),
    ("index.php", "PHP"),
];

/// Endings of files that Node.js or its compilers load, but that identify no language for Google's
/// buildpacks.
const SCRIPTS: [&str; 4] = [".mjs", ".cjs", ".ts", ".mts"];

/// Names of the entries of a directory, sorted.
pub(super) fn names(root: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(root).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Maximum number of file names in an error message.
const NAMES_LISTED: usize = 5;

/// `Gemfile (Ruby)`, or the first file names if they identify no language.
pub(super) fn languages(root: &Path) -> String {
    let signs: Vec<String> = SIGNS
        .iter()
        .filter(|(file, _)| root.join(file).exists())
        .map(|(file, language)| format!("{file} ({language})"))
        .collect();
    if !signs.is_empty() {
        return signs.join(", ");
    }
    let mut names = names(root);
    let is_script = |name: &&String| SCRIPTS.iter().any(|ending| name.ends_with(ending));
    if let Some(script) = names.iter().find(is_script) {
        return format!(
            "{script} without package.json, by which Google's builder recognizes Node.js"
        );
    }
    let more = if names.len() > NAMES_LISTED { ", …" } else { "" };
    names.truncate(NAMES_LISTED);
    if names.is_empty() { "no files".to_owned() } else { format!("{}{more}", names.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_says_what_is_missing() {
        for (files, expected) in [
            (&["Gemfile", "app.rb"][..], "Gemfile (Ruby)"),
            (
                &["index.mjs", "README.md"],
                "index.mjs without package.json, by which Google's builder recognizes Node.js",
            ),
            (&["README.md"], "README.md"),
            (&[], "no files"),
        ] {
            let dir = tempfile::tempdir().unwrap();
            for file in files {
                std::fs::write(dir.path().join(file), "").unwrap();
            }
            assert_eq!(languages(dir.path()), expected);
        }
    }
}
