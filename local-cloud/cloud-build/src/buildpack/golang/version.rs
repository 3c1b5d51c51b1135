//! The version of Go that a module requests.

use std::path::Path;

use crate::buildpack::runtime::{self, RequestedVersion};
use crate::confinement::read_text;

/// Warnings about a toolchain that `go.mod` suggests and that is newer than this machine's. Go
/// itself would download it, if this build let it. The `go` line is a lower bound that Go checks.
pub(super) fn warnings(directory: &Path, have: &str) -> Vec<String> {
    let module = read_text(&directory.join("go.mod")).unwrap_or_default();
    let suggested = module.lines().find_map(|line| line.trim().strip_prefix("toolchain go"));
    let requested = suggested.and_then(|rest| rest.split_whitespace().next());
    let requested: Vec<RequestedVersion> = requested
        .map(|version| RequestedVersion::new("the toolchain line of go.mod", version))
        .into_iter()
        .collect();
    runtime::differences("Go", have, &requested, |requested, have| {
        numbers(have) >= numbers(requested)
    })
}

/// `1.27.0` as numbers; what follows the number of a part, such as `rc1`, is ignored.
fn numbers(version: &str) -> Vec<u32> {
    let number = |part: &str| {
        let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        part.get(..end).unwrap_or_default().parse().unwrap_or(0)
    };
    version.split('.').map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_toolchain_is_a_warning() {
        for (module, expected) in [
            (
                "module a.b/c\n\ngo 1.24\n\ntoolchain go1.27.1\n",
                Some("requests Go 1.27.1, but this machine has 1.26.8"),
            ),
            ("module a.b/c\n\ngo 1.24\n\ntoolchain go1.26.8\n", None),
            ("module a.b/c\n\ngo 1.24\n\ntoolchain go1.9 // old\n", None),
            ("module a.b/c\n\ngo 1.24\n", None),
        ] {
            let dir = tempfile::tempdir().unwrap();
            std::fs::write(dir.path().join("go.mod"), module).unwrap();
            let found = warnings(dir.path(), "1.26.8").pop();
            match expected {
                Some(part) => {
                    assert!(found.as_deref().is_some_and(|it| it.contains(part)), "{found:?}")
                }
                None => assert_eq!(found, None, "{module}"),
            }
        }
    }
}
