//! `.gcloudignore`: which files of a directory are source.

use std::io::ErrorKind;
use std::path::Path;

use crate::PackError;
use crate::glob::Pattern;

/// The ignore file, at the root of the source. gcloud reads no other, and neither do we.
const IGNORE_FILE: &str = ".gcloudignore";

/// Any of these at the root makes the defaults apply (`_GcloudIgnoreCreationPredicate` in gcloud's
/// `functions/source_util.py`).
const MARKERS: [&str; 3] = [".git", ".gitignore", "node_modules"];

/// What `gcloud functions deploy` ignores when a directory has no `.gcloudignore`.
const DEFAULTS: &str = ".gcloudignore\n.git\n.gitignore\n\nnode_modules\n";

const INCLUDE: &str = "!include:";

/// Which paths are left out of an archive, with the semantics of `gcloud functions deploy` (see
/// `gcloud topic gcloudignore`).
///
/// The last line that matches a path decides. A directory that is ignored is not entered, so
/// nothing in it can be taken back in. `#!include:NAME` puts the lines of a file of the same
/// directory in its place, one level deep: an include in an included file is a comment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IgnoreRules {
    patterns: Vec<Pattern>,
}

impl IgnoreRules {
    /// The rules of a directory.
    ///
    /// With a `.gcloudignore` it is that file and nothing else: no default is added to it. Without
    /// one, the defaults apply exactly when `.git`, `.gitignore` or `node_modules` is there:
    /// `.gcloudignore`, `.git`, `.gitignore`, `node_modules`, and then the lines of `.gitignore`,
    /// if there is one. Without any of them, everything is source. Python's `__pycache__` and
    /// virtual environments are not among gcloud's defaults and so not among these. Unlike gcloud,
    /// nothing is written to the directory.
    ///
    /// # Errors
    /// [`PackError::Read`] when an ignore file is there and cannot be read or is not UTF-8, or an
    /// included one is missing; [`PackError::Include`] when an include names another directory.
    pub fn of_directory(root: &Path) -> Result<Self, PackError> {
        let path = root.join(IGNORE_FILE);
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text, &path),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Self::parse(&default_text(root), &path)
            }
            Err(source) => Err(PackError::Read { path, source }),
        }
    }

    /// Whether the last line that matches this path leaves it out. `path` is relative to the root,
    /// with `/`; a symbolic link to a directory is a directory. Only the path itself is judged: ask
    /// for its parents first, and do not enter an ignored one.
    #[must_use]
    pub fn ignores(&self, path: &str, is_directory: bool) -> bool {
        let decisive =
            self.patterns.iter().rev().find(|pattern| pattern.matches(path, is_directory));
        decisive.is_some_and(|pattern| !pattern.negated)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, PackError> {
        let mut patterns = Vec::new();
        for line in lines(text) {
            match include(line) {
                Some(included) => patterns.extend(read_included(path, included)?),
                None => patterns.extend(pattern(line)),
            }
        }
        Ok(Self { patterns })
    }
}

fn default_text(root: &Path) -> String {
    if !MARKERS.iter().any(|marker| root.join(marker).exists()) {
        return String::new();
    }
    let include = if root.join(".gitignore").exists() { "#!include:.gitignore\n" } else { "" };
    format!("{DEFAULTS}{include}")
}

/// The lines of a text as Python's `splitlines` has them, with some empty ones more, which mean
/// nothing.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split([
        '\n', '\r', '\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}',
        '\u{2029}',
    ])
}

/// The name in an include line. As in gcloud, a space after it belongs to it.
fn include(line: &str) -> Option<&str> {
    line.strip_prefix('#')?.trim_start().strip_prefix(INCLUDE)
}

fn read_included(path: &Path, included: &str) -> Result<Vec<Pattern>, PackError> {
    if included.contains('/') {
        return Err(PackError::Include { path: path.to_owned(), included: included.to_owned() });
    }
    let path = path.with_file_name(included);
    let text = std::fs::read_to_string(&path)
        .map_err(|source| PackError::Read { path: path.clone(), source })?;
    // A second level is not read, and still checked.
    match lines(&text).filter_map(include).find(|included| included.contains('/')) {
        Some(included) => Err(PackError::Include { path, included: included.to_owned() }),
        None => Ok(lines(&text).filter_map(pattern).collect()),
    }
}

fn pattern(line: &str) -> Option<Pattern> {
    if line.starts_with('#') { None } else { Pattern::parse(line) }
}
