//! Names of entries: relative paths that refer to the same file in every program that extracts
//! them.

use std::collections::HashSet;

use crate::{Limits, PackError};

/// Maximum length of one component of a path, in bytes: `NAME_MAX` of Linux, where builds extract
/// the archive. A longer one would fail there, as a fault of the platform.
const COMPONENT_BYTES_MAX: usize = 255;

/// Checks a name. The name of a folder is passed without its trailing `/`.
///
/// # Errors
/// [`PackError::Name`], [`PackError::PathTooLong`] or [`PackError::PathTooDeep`].
pub(super) fn check<'a>(name: &'a [u8], limits: &Limits) -> Result<&'a str, PackError> {
    if name.len() > limits.path_bytes {
        return Err(PackError::PathTooLong { name: beginning(name), limit: limits.path_bytes });
    }
    let rejected =
        |reason| PackError::Name { name: String::from_utf8_lossy(name).into_owned(), reason };
    let text = std::str::from_utf8(name).map_err(|_| rejected("is not UTF-8"))?;
    if let Some(reason) = fault(text) {
        return Err(rejected(reason));
    }
    if text.split('/').count() > limits.depth {
        return Err(PackError::PathTooDeep { name: text.to_owned(), limit: limits.depth });
    }
    Ok(text)
}

/// The name relative to a directory, or `None` if it is outside. The empty directory is the root of
/// the archive.
pub(super) fn within<'a>(name: &'a str, directory: &str) -> Option<&'a str> {
    if directory.is_empty() { Some(name) } else { name.strip_prefix(directory)?.strip_prefix('/') }
}

/// Describes a directory of an archive in an error.
pub(super) fn described(directory: &str) -> String {
    if directory.is_empty() {
        "the archive".to_owned()
    } else {
        format!("directory {directory:?} of the archive")
    }
}

/// Checks that no file is also the folder of another entry.
pub(super) fn check_folders(files: &[&str], folders: &[String]) -> Result<(), PackError> {
    let names: HashSet<&str> = files.iter().copied().collect();
    if let Some(folder) = folders.iter().find(|folder| names.contains(folder.as_str())) {
        return Err(PackError::FileIsFolder { name: folder.clone(), inside: format!("{folder}/") });
    }
    for inside in files.iter().copied().chain(folders.iter().map(String::as_str)) {
        let mut parents = inside.match_indices('/').map(|(at, _)| &inside[..at]);
        if let Some(parent) = parents.find(|parent| names.contains(parent)) {
            return Err(PackError::FileIsFolder {
                name: parent.to_owned(),
                inside: inside.to_owned(),
            });
        }
    }
    Ok(())
}

fn fault(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        return Some("has no name");
    }
    if name.contains('\0') {
        return Some("has a NUL byte in its name");
    }
    if name.contains('\\') {
        return Some("has a backslash in its name, which some programs treat as a path separator");
    }
    if name.starts_with('/') {
        return Some("is an absolute path");
    }
    if is_drive(name) {
        return Some("starts with a drive letter");
    }
    let mut components = name.split('/');
    components.find_map(|component| match component {
        "" => Some("has an empty component in its path"),
        "." => Some("has a `.` in its path"),
        ".." => Some("has a `..` in its path"),
        long if long.len() > COMPONENT_BYTES_MAX => {
            Some("has a component of more than 255 bytes, which no build can extract")
        }
        _ => None,
    })
}

fn is_drive(name: &str) -> bool {
    let first = name.split('/').next().unwrap_or_default().as_bytes();
    matches!(first, [letter, b':'] if letter.is_ascii_alphabetic())
}

/// The beginning of an overlong name, enough to find it.
fn beginning(name: &[u8]) -> String {
    const SHOWN_BYTES: usize = 80;
    format!("{}…", String::from_utf8_lossy(&name[..name.len().min(SHOWN_BYTES)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_relative_paths_are_accepted() {
        for name in
            ["main.py", "a/b/c.txt", ".env", "..a", "a..", "ünï/çode", "a b", "-rf", "a:b", "C:x/y"]
        {
            assert_eq!(check(name.as_bytes(), &Limits::default()).unwrap(), name);
        }
    }

    #[test]
    fn names_that_escape_or_are_ambiguous_are_rejected() {
        let names: [&[u8]; 14] = [
            b"",
            b"/etc/passwd",
            b"..",
            b"../a",
            b"a/../b",
            b"a/..",
            b".",
            b"./a",
            b"a//b",
            b"a/",
            b"a\\b",
            b"a\0b",
            b"C:/a",
            b"\xff",
        ];
        for name in names {
            let rejected = check(name, &Limits::default());
            assert!(
                matches!(rejected, Err(PackError::Name { .. })),
                "{:?}: {rejected:?}",
                name.escape_ascii().to_string()
            );
        }
    }

    #[test]
    fn every_component_fits_into_a_name_of_the_file_system() {
        let (longest, longer) = ("é".repeat(127) + "x", "é".repeat(128));
        for name in [longest.clone(), format!("a/{longest}"), format!("{longest}/{longest}")] {
            assert!(check(name.as_bytes(), &Limits::default()).is_ok(), "{name}");
        }
        for name in [longer.clone(), format!("a/{longer}"), format!("{longer}/a")] {
            let rejected = check(name.as_bytes(), &Limits::default());
            assert!(matches!(rejected, Err(PackError::Name { .. })), "{name}: {rejected:?}");
        }
    }

    #[test]
    fn length_and_depth_have_exact_limits() {
        let limits = Limits { path_bytes: 5, depth: 2, ..Limits::default() };
        assert!(check(b"a/bcd", &limits).is_ok());
        assert!(matches!(check(b"a/bcde", &limits), Err(PackError::PathTooLong { limit: 5, .. })));
        assert!(matches!(check(b"a/b/c", &limits), Err(PackError::PathTooDeep { limit: 2, .. })));
    }
}
