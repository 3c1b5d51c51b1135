//! The documentation leads to files that exist.
//!
//! In ARCHITECTURE.md's section "Where is the code?", every word in backquotes is a path from the
//! root of the repository, and a path that ends in `/` is a folder. Words that are not paths stand
//! there without backquotes.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails like the test itself")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const HEADING: &str = "\n## Where is the code?\n";

/// Pages whose links are checked.
const PAGES: [&str; 6] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/faults.md",
    "docs/publishing.md",
];

#[test]
fn every_path_in_where_is_the_code_exists() {
    let wrong: Vec<String> = paths()
        .into_iter()
        .filter(|path| {
            let found = root().join(path);
            if path.ends_with('/') { !found.is_dir() } else { !found.is_file() }
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "ARCHITECTURE.md, \"Where is the code?\" names paths that do not exist: {wrong:#?}"
    );
}

#[test]
fn where_is_the_code_names_every_crate() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let (_, members) = manifest.split_once("\nmembers = [").unwrap();
    let (members, _) = members.split_once(']').unwrap();
    let members: Vec<String> = quoted(members, '"').into_iter().map(|it| it + "/").collect();
    assert!(members.contains(&"messages/".to_owned()), "{members:?}");
    assert_named(&members);
}

#[test]
fn where_is_the_code_names_every_top_level_folder() {
    let Some(folders) = top_level_folders() else {
        println!("skipped: git does not list the files of this checkout");
        return;
    };
    assert!(folders.contains(&"messages/".to_owned()), "{folders:?}");
    assert_named(&folders);
}

#[test]
fn links_between_pages_lead_to_files() {
    let mut wrong = Vec::new();
    for page in PAGES {
        let text = fs::read_to_string(root().join(page)).unwrap();
        let folder = root().join(page).parent().unwrap().to_owned();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (file, _anchor) = link.split_once('#').unwrap_or((link, ""));
            if !link.contains("://") && !folder.join(file).exists() {
                wrong.push(format!("{page}: {link}"));
            }
        }
    }
    assert!(wrong.is_empty(), "links to files that do not exist: {wrong:#?}");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The paths that the section names.
fn paths() -> BTreeSet<String> {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let (_, section) = page.split_once(HEADING).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let paths: BTreeSet<String> = quoted(section, '`').into_iter().collect();
    assert!(paths.len() > 20, "{paths:?}");
    paths
}

/// Every other piece of a text between quotes.
fn quoted(text: &str, quote: char) -> Vec<String> {
    assert!(text.matches(quote).count().is_multiple_of(2), "an unmatched {quote} in {text}");
    text.split(quote).skip(1).step_by(2).map(str::to_owned).collect()
}

/// Each folder is named itself, or a path inside it is.
fn assert_named(folders: &[String]) {
    let paths = paths();
    let missing: Vec<&String> = folders
        .iter()
        .filter(|folder| !paths.iter().any(|path| path.starts_with(*folder)))
        .collect();
    assert!(
        missing.is_empty(),
        "ARCHITECTURE.md, \"Where is the code?\" does not name {missing:#?}"
    );
}

/// The folders at the root of the repository that are under version control.
fn top_level_folders() -> Option<Vec<String>> {
    let output = Command::new("git").args(["ls-files"]).current_dir(root()).output().ok()?;
    let files = String::from_utf8(output.stdout).ok()?;
    let folders: BTreeSet<String> = files
        .lines()
        .filter_map(|file| file.split_once('/'))
        .map(|(folder, _)| format!("{folder}/"))
        .collect();
    (output.status.success() && !folders.is_empty()).then(|| folders.into_iter().collect())
}
