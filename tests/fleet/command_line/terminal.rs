//! What others wrote reaches the terminal as text: control characters are shown, not sent.

use std::path::Path;

use serde_json::Value;

use super::inline::{files, inline, numbered};
use super::{Home, Up, longshore, text};
use crate::support::{PATIENCE, function};

/// Sets the title of a terminal, clears its screen, and reverses the order of what follows.
const HOSTILE: &str = "\x1b]0;P\x07\x1b[2J";
const SHOWN: &str = "\\x1b]0;P\\x07\\x1b[2J";

fn run(home: &Home, arguments: &[&str]) -> (i32, String) {
    let output = longshore(&home.data_dir()).args(arguments).output().unwrap();
    let all = text(&output.stdout) + &text(&output.stderr);
    (output.status.code().unwrap_or(-1), all)
}

/// Writes a function whose archive has text instead of a number, which the tar library quotes.
fn hostile_archive(directory: &Path, name: &str) {
    std::fs::create_dir(directory).unwrap();
    inline(directory, name, &numbered(HOSTILE));
}

#[test]
fn a_reason_that_quotes_an_archive_is_escaped_wherever_it_is_printed() {
    let home = Home::new();
    let _up = Up::start(&home);
    let directory = home.0.path().join(format!("fn{HOSTILE}"));
    hostile_archive(&directory, "hostile");

    let (code, deployed) = run(&home, &["deploy", directory.to_str().unwrap()]);
    assert_eq!(code, 2, "{deployed}");
    assert!(deployed.contains(&format!("fn{SHOWN}  failed in uploader")), "{deployed}");
    let again = longshore(&home.data_dir())
        .args(["--output", "json", "deploy"])
        .arg(&directory)
        .output()
        .unwrap();
    let again: Value = serde_json::from_slice(&again.stdout).unwrap();
    let id = again[0]["deployment"].as_str().unwrap();

    // Its source was never stored, so the function does not exist. This one fails in the build.
    let built = home.0.path().join("built");
    std::fs::create_dir(&built).unwrap();
    let broken = format!("{HOSTILE}.py");
    inline(&built, "hostile", &files(&[("main.py", "\n"), (&broken, "def :\n")]));
    assert_eq!(run(&home, &["deploy", built.to_str().unwrap()]).0, 2);
    for arguments in [&["status", id][..], &["describe", "hostile"]] {
        let (code, shown) = run(&home, arguments);
        assert_eq!(code, 0, "{arguments:?}: {shown}");
        assert!(shown.contains(SHOWN) && !shown.contains('\x1b'), "{arguments:?}: {shown:?}");
    }

    // Programs get what was written.
    let status =
        longshore(&home.data_dir()).args(["--output", "json", "status", id]).output().unwrap();
    let status: Value = serde_json::from_slice(&status.stdout).unwrap();
    let reason = status["failure"]["reason"].as_str().unwrap();
    assert!(reason.contains(HOSTILE), "{reason:?}");

    // Our own colours are sent, and nothing else.
    let output = longshore(&home.data_dir())
        .args(["status", id])
        .env("CLICOLOR_FORCE", "1")
        .output()
        .unwrap();
    let shown = text(&output.stdout);
    assert!(shown.contains("\x1b[31mfailed\x1b[0m") && shown.contains(SHOWN), "{shown:?}");
    assert_eq!(shown.matches('\x1b').count(), 2, "{shown:?}");
}

#[test]
fn a_function_cannot_control_the_terminal_and_its_response_is_passed_on_unchanged() {
    let home = Home::new();
    let _up = Up::start(&home);
    let directory = function(home.0.path(), "x");
    let body = b"\x1b[2J\xff no newline";
    let main = r"import functions_framework


@functions_framework.http
def hello(request):
    print('\x1b]0;P\x07\x1b[2J', flush=True)
    return b'\x1b[2J\xff no newline'
";
    std::fs::write(directory.join("main.py"), main).unwrap();
    let directory = directory.to_str().unwrap();
    let (code, deployed) = run(&home, &["deploy", "--name", "prints", "--public", directory]);
    assert_eq!(code, 0, "{deployed}");

    let called = longshore(&home.data_dir()).args(["call", "prints"]).output().unwrap();
    assert_eq!((called.status.code(), &called.stdout[..]), (Some(0), &body[..]));
    let begun = std::time::Instant::now();
    loop {
        let (_, logs) = run(&home, &["logs", "prints"]);
        assert!(!logs.contains('\x1b'), "{logs:?}");
        if logs.contains(SHOWN) {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "the function's line is not in {logs}");
    }
}

#[test]
fn an_argument_is_quoted_without_its_control_characters() {
    let home = Home::new();
    let output = longshore(&home.data_dir())
        .arg(format!("--x{HOSTILE}"))
        .env("CLICOLOR_FORCE", "1")
        .output();
    let stderr = text(&output.unwrap().stderr);
    assert!(stderr.contains("unexpected argument") && !stderr.contains('\x1b'), "{stderr:?}");
}
