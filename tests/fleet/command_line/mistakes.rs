//! Mistakes on the command line, without any cloud.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use super::{Home, longshore, text};

#[test]
fn a_closed_standard_output_is_not_an_error() {
    let home = Home::new();
    let mut child = longshore(&home.data_dir())
        .args(["completion", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::with_capacity(16, child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""));
    assert!(first.contains("longshore"), "{first}");
}

#[test]
fn invalid_arguments_are_rejected_before_anything_is_done() {
    let home = Home::new();
    for (arguments, said) in [
        (&["deplyo", "x"][..], "some similar subcommands exist: 'redeploy', 'deploy'"),
        (&["deploy", "a", "b", "--name", "c"], "--name names one function"),
        (&["up", "--watch"], "required"),
        (&["up", "--watch", "--once", "a"], "cannot be used with"),
    ] {
        let output = longshore(&home.data_dir()).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(64), "{arguments:?}");
        assert!(text(&output.stderr).contains(said), "{arguments:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}
