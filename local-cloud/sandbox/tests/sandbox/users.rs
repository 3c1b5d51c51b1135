//! Root and other users.

use std::process::Command;

use crate::support::{has, is_root};

/// Any number that is no user of this machine, and not the sandbox's.
const ORDINARY: &str = "65533";

#[test]
fn everything_here_holds_for_an_ordinary_user_too() {
    if !is_root() {
        return println!("skipped: this is an ordinary user");
    }
    if !has("/usr/bin/setpriv") {
        return;
    }
    let as_user = |arguments: &[&str]| {
        let mut command = Command::new("/usr/bin/setpriv");
        command.args(["--reuid", ORDINARY, "--regid", ORDINARY, "--clear-groups"]);
        command.arg(std::env::current_exe().unwrap()).args(arguments).env("TMPDIR", "/tmp");
        command.output().unwrap()
    };
    if !as_user(&["--list"]).status.success() {
        return println!("skipped: an ordinary user cannot run this executable");
    }
    let output = as_user(&["--nocapture"]);
    let text = String::from_utf8_lossy(&output.stdout);
    println!("{text}");
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
}
