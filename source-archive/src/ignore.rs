//! `.gcloudignore`: selects the files of a directory that are source.

use std::io::ErrorKind;
use std::path::Path;

use crate::PackError;
use crate::glob::Pattern;

/// The ignore file at the root of the source. As in gcloud, no other is read.
const IGNORE_FILE: &str = ".gcloudignore";

/// The defaults apply if any of these is at the root (`_GcloudIgnoreCreationPredicate` in gcloud's
/// `functions/source_util.py`).
const MARKERS: [&str; 3] = [".git", ".gitignore", "node_modules"];

/// What `gcloud functions deploy` ignores if a directory has no `.gcloudignore`.
const DEFAULTS: &str = ".gcloudignore\n.git\n.gitignore\n\nnode_modules\n";

const INCLUDE: &str = "!include:";

/// The paths that are left out of an archive, with the semantics of `gcloud functions deploy` (see
/// `gcloud topic gcloudignore`).
///
/// The last matching line decides. An ignored directory is not entered, so nothing in it can be
/// included again. `#!include:NAME` is replaced by the lines of a file in the same directory, for
/// one level: an include in an included file is a comment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IgnoreRules {
    patterns: Vec<Pattern>,
}

impl IgnoreRules {
    /// Reads the rules of a directory.
    ///
    /// If there is a `.gcloudignore`, only that file applies, without defaults. Otherwise, if
    /// `.git`, `.gitignore` or `node_modules` exists, the defaults apply: `.gcloudignore`, `.git`,
    /// `.gitignore`, `node_modules`, and then the lines of `.gitignore`, if it exists. If none of
    /// them exists, everything is source. As in gcloud, Python's `__pycache__` and virtual
    /// environments are not among the defaults. Unlike gcloud, this writes nothing to the
    /// directory.
    ///
    /// # Errors
    /// [`PackError::Read`] if an ignore file exists but cannot be read or is not UTF-8, or an
    /// included file is missing; [`PackError::Include`] if an include names another directory.
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

    /// Whether the last line that matches this path ignores it. `path` is relative to the root,
    /// with `/`; a symbolic link to a directory counts as a directory. Only the path itself is
    /// checked: check its parents first, and do not enter an ignored one.
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

/// Splits a text like Python's `splitlines`. Additional empty lines have no effect.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split([
        '\n', '\r', '\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}',
        '\u{2029}',
    ])
}

/// The file name in an include line. As in gcloud, it includes trailing spaces.
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
    // A second level is not read, but it is checked.
    match lines(&text).filter_map(include).find(|included| included.contains('/')) {
        Some(included) => Err(PackError::Include { path, included: included.to_owned() }),
        None => Ok(lines(&text).filter_map(pattern).collect()),
    }
}

fn pattern(line: &str) -> Option<Pattern> {
    if line.starts_with('#') { None } else { Pattern::parse(line) }
}
