//! `up --watch`: a saved file is deployed.

use std::sync::mpsc::Receiver;

use super::{Home, Up};
use crate::support::{PATIENCE, function};

/// Waits for a line that contains the text, and returns it.
fn said(says: &Receiver<String>, what: &str) -> String {
    let begun = std::time::Instant::now();
    let mut all = Vec::new();
    while let Ok(line) = says.recv_timeout(PATIENCE.saturating_sub(begun.elapsed())) {
        if line.contains(what) {
            return line;
        }
        all.push(line);
    }
    panic!("`{what}` was not printed: {all:#?}");
}

#[test]
fn a_saved_file_is_deployed_an_ignored_one_is_not_and_a_broken_one_leaves_the_old_version() {
    let home = Home::new();
    let directory = function(home.0.path(), "first");
    let write = |name: &str, content: &str| std::fs::write(directory.join(name), content).unwrap();
    write(".gcloudignore", "*.log\n");
    let flags = [
        "--watch",
        "--public",
        "--name",
        "watched",
        "--entry-point",
        "hello",
        directory.to_str().unwrap(),
    ];
    let (_up, says) = Up::start_with(&home, &flags);
    said(&says, "answered 200: first");
    said(&says, "watching");

    write("debug.log", "ignored");
    write("helper.py", "x = (\n");
    let broken = said(&says, "deploying again");
    assert!(broken.ends_with("helper.py is new; deploying again"), "{broken}");
    said(&says, "failed in registry-watcher");
    said(&says, "revision watched-00001-");

    std::fs::remove_file(directory.join("helper.py")).unwrap();
    said(&says, "helper.py was deleted; deploying again");
    // The source is the original one again.
    said(&says, "unchanged: revision watched-00001-");
}
