//! `.gcloudignore`: the first line of the input is a path, the rest is the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use longshore_source_archive::IgnoreRules;

fuzz_target!(|text: &str| {
    let (path, file) = text.split_once('\n').unwrap_or((text, ""));
    let directory = tempfile::tempdir().expect("a temporary directory");
    std::fs::write(directory.path().join(".gcloudignore"), file)
        .expect("a temporary directory takes a file");
    if let Ok(rules) = IgnoreRules::of_directory(directory.path()) {
        let _ = (rules.ignores(path, false), rules.ignores(path, true));
    }
});
