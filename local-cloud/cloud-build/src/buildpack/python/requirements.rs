//! Requirements files: whether they contain the framework, and everything that determines what they
//! install.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use crate::confinement::read_of_source;

/// Whether the requirements contain the framework, by the expression of Google's buildpacks:
/// `(?m)^functions-framework\b([^-]|$)`, or a URL with `#egg=functions-framework`.
pub(super) fn has_framework(text: &str) -> bool {
    const NAME: &str = "functions-framework";
    let by_name = |line: &str| {
        line.strip_prefix(NAME).is_some_and(|rest| {
            rest.chars().next().is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '-')
        })
    };
    let by_url = |line: &str| {
        let egg = line.split_once("#egg=").map(|(_, egg)| egg);
        egg.and_then(|egg| egg.strip_prefix(NAME)).is_some_and(|rest| {
            rest.chars().next().is_none_or(|c| !c.is_alphanumeric() && c != '-')
        })
    };
    text.lines().any(|line| by_name(line) || (!line.trim_start().starts_with('#') && by_url(line)))
}

/// What a requirements file depends on, in addition to the package index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Inputs {
    /// Every requirements and constraints file with its text, in reading order.
    pub(super) files: Vec<(String, String)>,
    /// Whether something may be installed from the source itself. In that case, the key covers the
    /// whole source.
    pub(super) uses_source: bool,
    /// Whether a package of the source is installed such that it stays there (`-e`). Installing it
    /// changes the source, too.
    pub(super) is_editable: bool,
}

/// Reads a requirements file and the files that it includes.
///
/// # Errors
/// If a file cannot be read, is missing, or is outside of the source.
pub(super) fn inputs(root: &Path, file: &str) -> io::Result<Inputs> {
    let root = root.canonicalize()?;
    let mut inputs = Inputs::default();
    let mut waiting = vec![root.join(file)];
    let mut seen = BTreeSet::new();
    while let Some(file) = waiting.pop() {
        let named =
            |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", file.display()));
        let file = file.canonicalize().map_err(named)?;
        if !seen.insert(file.clone()) {
            continue;
        }
        let outside = || {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("{} is outside of the source", file.display()),
            )
        };
        let name = file.strip_prefix(&root).map_err(|_| outside())?.display().to_string();
        let text = decoded(&read_of_source(&root, &file)?);
        for line in
            text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            match included(line) {
                Some(next) if next.contains("://") => {}
                Some(next) => waiting.push(file.parent().unwrap_or(&root).join(next)),
                None => {
                    inputs.uses_source |= may_use_source(line);
                    inputs.is_editable |= is_editable(line);
                }
            }
        }
        inputs.files.push((name, text));
    }
    Ok(inputs)
}

/// The text of a requirements file. As for pip, a byte order mark says that it is UTF-16, which
/// PowerShell writes.
pub(super) fn decoded(content: &[u8]) -> String {
    let (is_little, rest) = match content {
        [0xff, 0xfe, rest @ ..] => (true, rest),
        [0xfe, 0xff, rest @ ..] => (false, rest),
        [0xef, 0xbb, 0xbf, rest @ ..] => return String::from_utf8_lossy(rest).into_owned(),
        plain => return String::from_utf8_lossy(plain).into_owned(),
    };
    let unit = |bytes: &[u8; 2]| match is_little {
        true => u16::from_le_bytes(*bytes),
        false => u16::from_be_bytes(*bytes),
    };
    let units: Vec<u16> = rest.as_chunks::<2>().0.iter().map(unit).collect();
    String::from_utf16_lossy(&units)
}

/// The file named by `-r`, `-c` or their long forms.
fn included(line: &str) -> Option<&str> {
    let options = ["--requirement", "--constraint", "-r", "-c"];
    let rest = options.into_iter().find_map(|option| line.strip_prefix(option))?;
    Some(rest.trim_start_matches(['=', ' ', '\t']).split(" #").next().unwrap_or_default().trim())
}

fn is_editable(line: &str) -> bool {
    line.starts_with("-e") || line.starts_with("--editable")
}

/// Endings of files that pip installs, also where they are named without a directory.
const ARCHIVES: [&str; 7] = [".whl", ".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz"];

/// Whether this may install something from the source: a path, an editable install, a directory of
/// wheels, or anything else with a path that is not a URL.
fn may_use_source(line: &str) -> bool {
    let requirement = line.split([';', '#']).next().unwrap_or_default().trim();
    if requirement.contains("file:") || is_editable(requirement) {
        return true;
    }
    let wheels = ["-f", "--find-links"].iter().any(|option| requirement.starts_with(option));
    let archive = requirement.split('[').next().unwrap_or_default();
    let local = wheels
        || requirement.starts_with('.')
        || requirement.contains(['/', '\\'])
        || ARCHIVES.iter().any(|ending| archive.ends_with(ending));
    local && !requirement.contains("://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_framework_is_found_where_googles_expression_finds_it() {
        let table = [
            ("functions-framework", true),
            ("functions-framework==3.*", true),
            ("flask\nfunctions-framework>=3\n", true),
            ("functions-framework[extra]", true),
            ("functions-framework # comment", true),
            ("git+https://github.com/x/y#egg=functions-framework", true),
            ("functions-framework-plugin", false),
            ("functions-frameworks", false),
            (" functions-framework", false),
            ("# functions-framework", false),
            ("flask", false),
            ("", false),
        ];
        for (text, found) in table {
            assert_eq!(has_framework(text), found, "{text}");
        }
    }

    #[test]
    fn the_encodings_of_other_systems_are_read() {
        let units: Vec<u16> = "flask\r\n-r more.txt\r\n".encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        for (mark, rest) in [
            (&[0xff, 0xfe][..], little.as_slice()),
            (&[0xfe, 0xff], big.as_slice()),
            (&[0xef, 0xbb, 0xbf], b"flask\r\n-r more.txt\r\n"),
            (&[], b"flask\r\n-r more.txt\r\n"),
        ] {
            assert_eq!(decoded(&[mark, rest].concat()), "flask\r\n-r more.txt\r\n", "{mark:?}");
        }
    }

    #[test]
    fn included_files_are_read_only_once() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("sub")).unwrap();
        std::fs::write(
            dir.path().join("requirements.txt"),
            "flask\n-r sub/more.txt\n--constraint=pins.txt\n",
        )
        .unwrap();
        std::fs::write(dir.path().join("sub/more.txt"), "-r ../requirements.txt\nurllib3").unwrap();
        std::fs::write(dir.path().join("pins.txt"), "flask==3").unwrap();
        let inputs = inputs(dir.path(), "requirements.txt").unwrap();
        let names: Vec<&str> = inputs.files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["requirements.txt", "pins.txt", "sub/more.txt"]);
        assert!(!inputs.uses_source && !inputs.is_editable);
    }

    #[test]
    fn an_editable_package_may_be_in_an_included_file() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("requirements.txt"), "-r more.txt\n").unwrap();
        std::fs::write(dir.path().join("more.txt"), "flask\n-e libs/flat\n").unwrap();
        let inputs = inputs(dir.path(), "requirements.txt").unwrap();
        assert!(inputs.uses_source && inputs.is_editable);
    }

    #[test]
    fn a_missing_or_outside_included_file_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        for (file, kind) in [
            ("nowhere.txt", io::ErrorKind::NotFound),
            ("/etc/hostname", io::ErrorKind::InvalidInput),
        ] {
            std::fs::write(dir.path().join("requirements.txt"), format!("-r {file}")).unwrap();
            assert_eq!(inputs(dir.path(), "requirements.txt").unwrap_err().kind(), kind);
        }
    }

    #[test]
    fn paths_in_requirements_use_the_source() {
        let table = [
            ("./pkg", true),
            (".", true),
            ("-e .", true),
            ("wheels/a-1-py3-none-any.whl", true),
            ("a @ file:///x", true),
            ("a.whl", true),
            ("a-1.0.tar.gz", true),
            ("a-1.0.zip[extra] ; python_version >= '3'", true),
            ("https://x/a-1.0.tar.gz", false),
            ("--find-links wheels", true),
            ("-f x", true),
            ("a==1", false),
            ("a @ https://x/y.whl", false),
            ("git+https://x/y@v1", false),
            ("--index-url https://x/simple", false),
            ("a; python_version >= '3'", false),
        ];
        for (line, counts) in table {
            assert_eq!(may_use_source(line), counts, "{line}");
        }
    }
}
