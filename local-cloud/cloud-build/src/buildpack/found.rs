//! What a source looks like: the files by which a language is known, and the words for one that
//! nothing here can build.

use std::fs::DirEntry;
use std::path::Path;

/// Directories that are dependencies, not source.
const DEPENDENCY_DIRECTORIES: [&str; 5] =
    ["node_modules", "vendor", "venv", ".venv", "__pycache__"];

/// How deep a file may lie to make a source one of its language.
const DETECT_DEPTH: usize = 8;

/// A file of the source whose name ends so, by its path from the root. Dependencies are not looked
/// at.
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

/// The file by which Google's buildpacks know a language.
const SIGNS: [(&str, &str); 5] = [
    ("go.mod", "Go"),
    ("Gemfile", "Ruby"),
    ("composer.json", "PHP"),
    ("Dockerfile", "a Dockerfile"),
    ("index.php", "PHP"),
];

/// What is directly in a directory, sorted.
pub(super) fn names(root: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(root).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// How many file names an error message lists.
const NAMES_LISTED: usize = 5;

/// `package.json (Node.js)`, or the first files where no language is known by them.
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
    let more = if names.len() > NAMES_LISTED { ", …" } else { "" };
    names.truncate(NAMES_LISTED);
    if names.is_empty() { "no files".to_owned() } else { format!("{}{more}", names.join(", ")) }
}
