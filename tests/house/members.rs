//! A plain `cargo test` runs the tests of every crate.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails like the test itself")]

use std::collections::BTreeSet;
use std::path::Path;

/// The entries of a list in the manifest of the workspace.
fn list<'a>(manifest: &'a str, name: &str) -> BTreeSet<&'a str> {
    let (_, rest) = manifest.split_once(&format!("\n{name} = [")).unwrap();
    let (entries, _) = rest.split_once(']').unwrap();
    entries.split('"').skip(1).step_by(2).collect()
}

#[test]
fn every_member_of_the_workspace_is_a_default_member() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let (members, mut tested) = (list(&manifest, "members"), list(&manifest, "default-members"));
    assert!(members.len() > 30, "{members:?}");
    assert!(tested.remove("."), "the package of the programs");
    assert_eq!(tested, members);
}
