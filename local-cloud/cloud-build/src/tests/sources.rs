//! Sources to build.

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A function without dependencies.
pub(super) const MAIN: (&str, &str) = ("main.py", "def hello(request):\n    return 'PASS'\n");

/// Installs only the wheel in the source.
pub(super) const OFFLINE: (&str, &str) =
    ("requirements.txt", "--no-index\n--find-links wheels\nfunctions-framework\n");

/// Writes a zip archive of these files and of a wheel that stands in for the framework.
pub(super) fn archive(dir: &Path, name: &str, files: &[(&str, &str)]) -> PathBuf {
    let path = dir.join(name);
    let wheel = wheel("");
    let mut all: Vec<(&str, &[u8])> =
        files.iter().map(|(name, content)| (*name, content.as_bytes())).collect();
    all.push(("wheels/functions_framework-3.0.0-py3-none-any.whl", &wheel));
    std::fs::write(&path, zip_of(&all)).unwrap();
    path
}

/// A wheel with the name of the framework.
pub(super) fn wheel(requires: &str) -> Vec<u8> {
    let metadata =
        format!("Metadata-Version: 2.1\nName: functions-framework\nVersion: 3.0.0\n{requires}");
    let info = "functions_framework-3.0.0.dist-info";
    zip_of(&[
        ("functions_framework/__init__.py", b"NAMES = {'a', 'b', 'c'}\n"),
        (&format!("{info}/METADATA"), metadata.as_bytes()),
        (
            &format!("{info}/WHEEL"),
            b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        ),
        (&format!("{info}/RECORD"), b""),
    ])
}

pub(super) fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
