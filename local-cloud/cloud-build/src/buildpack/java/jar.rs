//! Jar files and their manifests.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::confinement::check_plain;

/// Maximum size of a manifest, which is normally a page of text.
const MANIFEST_LIMIT_BYTES: u64 = 64 * 1024;

/// Files with this extension directly in a directory, sorted by name.
pub(super) fn files_with_extension(dir: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found: Vec<PathBuf> = entries
        .filter(|path| path.is_file() && path.extension().is_some_and(|it| it == extension))
        .collect();
    found.sort();
    found
}

/// Value of an attribute in the manifest of a jar.
pub(super) fn manifest_value(jar: &Path, name: &str) -> Option<String> {
    check_plain(jar).ok()?;
    let mut archive = zip::ZipArchive::new(File::open(jar).ok()?).ok()?;
    let mut text = String::new();
    archive
        .by_name("META-INF/MANIFEST.MF")
        .ok()?
        .take(MANIFEST_LIMIT_BYTES)
        .read_to_string(&mut text)
        .ok()?;
    value_in(&text, name)
}

/// Lines longer than 72 bytes are continued on the next line, after a space.
fn value_in(manifest: &str, name: &str) -> Option<String> {
    let unfolded = manifest.replace("\r\n", "\n").replace("\n ", "");
    unfolded.lines().find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(": ")?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_lines_of_a_manifest_are_joined() {
        let text = "Manifest-Version: 1.0\r\nMain-Class: com.google.cloud.functions.invoker.\r\n runner.Invoker\r\n";
        assert_eq!(
            value_in(text, "Main-Class").as_deref(),
            Some("com.google.cloud.functions.invoker.runner.Invoker")
        );
        assert_eq!(value_in(text, "Main"), None);
    }
}
