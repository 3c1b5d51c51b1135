//! Each test that a table in `docs/` names exists. A word in backquotes with an underscore and in
//! lower case is the name of a test; names of programs and paths there have none.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails like the test itself")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Folders that hold tests.
const FOLDERS: [&str; 6] = ["cli", "local-cloud", "messages", "source-archive", "tests", "workers"];

#[test]
fn every_test_of_the_table_of_faults_exists() {
    every_test_exists("docs/faults.md", 50);
}

#[test]
fn every_test_of_the_tables_of_flavours_exists() {
    every_test_exists("docs/flavours.md", 25);
}

fn every_test_exists(page: &str, count_min: usize) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join(page)).unwrap();
    let is_test = |word: &str| {
        let of_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        word.contains('_') && word.bytes().all(of_name)
    };
    let named: BTreeSet<&str> =
        text.split('`').skip(1).step_by(2).filter(|word| is_test(word)).collect();
    assert!(named.len() > count_min, "{named:?}");
    let mut existing = BTreeSet::new();
    for folder in FOLDERS {
        collect(&root.join(folder), &mut existing);
    }
    let missing: Vec<&&str> = named.iter().filter(|name| !existing.contains(**name)).collect();
    assert!(missing.is_empty(), "{page} names tests that do not exist: {missing:#?}");
}

/// The names of all functions in the sources of a folder.
fn collect(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") && !path.ends_with("node_modules") {
            collect(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let functions = text.split("fn ").skip(1).filter_map(|rest| rest.split('(').next());
            names.extend(functions.map(str::to_owned));
        }
    }
}
