//! Files have one purpose, so few need many lines. Tests, tables and generated code may be longer.

use std::path::{Path, PathBuf};

/// CONTRIBUTING.md says this limit.
const LINES_MAX: usize = 400;

/// Folders with code.
const FOLDERS: [&str; 7] =
    ["cli", "console", "local-cloud", "messages", "source-archive", "src", "workers"];

/// Tables that are read from top to bottom. So are those in the files `methods.rs`.
const TABLES: [&str; 1] = ["workers/cloud/src/refusals/calls.rs"];

#[test]
fn no_file_is_long_except_for_tests_and_tables() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut directories: Vec<PathBuf> = FOLDERS.iter().map(|folder| root.join(folder)).collect();
    let (mut files, mut long) = (0, Vec::new());
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !["generated", "node_modules", "target", "tests"].contains(&name.as_str()) {
                    directories.push(path);
                }
            } else if name.ends_with(".rs") && !["tests.rs", "methods.rs"].contains(&name.as_str())
            {
                files += 1;
                let lines = lines_of_code(&std::fs::read_to_string(&path).unwrap());
                let path = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                if lines > LINES_MAX && !TABLES.contains(&path.as_str()) {
                    long.push(format!("{path} has {lines} lines without its tests"));
                }
            }
        }
    }
    assert!(files > 1_000, "only {files} files were found");
    assert!(long.is_empty(), "split them by purpose:\n{}", long.join("\n"));
}

fn lines_of_code(source: &str) -> usize {
    // The module of tests is the last one, and may be visible to other tests.
    let tests = ["\nmod tests {\n", "\npub(crate) mod tests {\n"];
    let ends = tests.iter().filter_map(|tests| source.find(tests));
    source[..ends.min().unwrap_or(source.len())].lines().count()
}
