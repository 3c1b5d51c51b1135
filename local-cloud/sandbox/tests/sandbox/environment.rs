//! The command's variables, and the programs outside.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use longshore_local_sandbox::{Sandbox, View};
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::support::{environment, launcher, private_dir, run, shell};

const SECRET: &str = "CANARY-ldsecret-5599";

/// Processes below this one, with their command lines and environments.
fn descendants() -> Vec<(String, String, String)> {
    let read = |pid: &str, file: &str| {
        String::from_utf8_lossy(&fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default())
            .into_owned()
    };
    let (mut found, mut open) = (Vec::new(), vec![std::process::id().to_string()]);
    while let Some(pid) = open.pop() {
        let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
        for task in tasks {
            let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            open.extend(children.split_whitespace().map(str::to_owned));
        }
        if pid != std::process::id().to_string() {
            found.push((pid.clone(), read(&pid, "cmdline"), read(&pid, "environ")));
        }
    }
    found
}

#[tokio::test]
async fn variables_reach_the_command_and_no_process_outside() {
    let Some(launcher) = launcher() else { return };
    let further = [
        ("LD_SDK_KEY", SECRET),
        ("LD_PRELOAD", "/CANARY/preload.so"),
        ("BASH_FUNC_echo%%", "() { CANARY; }"),
        ("BASH_ENV", "/CANARY/bash"),
        ("GCONV_PATH", "/CANARY"),
        ("PLAIN", "a\nb 'c' --bind / /"),
    ];
    // A shell would leave some of them out.
    let sandbox = Sandbox::new(["/usr/bin/env", "-0"], View::of_host());
    let done = run(&launcher, &sandbox.environment(environment(&further))).await;
    for (name, value) in further {
        assert!(done.stdout.contains(&format!("{name}={value}\0")), "{name}: {done:?}");
    }

    // The shell stays: a process that calls exec has no environment for a moment.
    let sandbox = shell("echo ready; sleep 1000; :", View::of_host());
    let mut child = launcher.start(&sandbox.environment(environment(&further))).await.unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(stdout.next_line().await.unwrap().as_deref(), Some("ready"));

    let processes = descendants();
    let (inside, outside): (Vec<_>, Vec<_>) =
        processes.iter().partition(|(_, _, environ)| environ.contains("PLAIN="));
    assert!(outside.iter().any(|(_, cmdline, _)| cmdline.contains("bwrap")), "{processes:?}");
    assert!(!inside.is_empty(), "{processes:?}");
    for (pid, cmdline, environ) in outside {
        assert!(!cmdline.contains("CANARY"), "{pid}: {cmdline}");
        // The guard's stand-in of the tests has one variable of its own.
        let variables = environ.replace("LONGSHORE_STANDS_IN_FOR_THE_GUARD=1", "");
        assert!(!variables.contains("CANARY"), "{pid}: {environ}");
        if cmdline.contains("bwrap\0") {
            assert_eq!(environ, "", "{pid}");
        }
    }
    for (pid, cmdline, _) in inside {
        assert!(!cmdline.contains("CANARY"), "{pid}: {cmdline}");
    }
    child.stop().await.unwrap();
}

#[tokio::test]
async fn a_bwrap_in_the_commands_path_is_never_run() {
    let Some(launcher) = launcher() else { return };
    let (_dir, dir) = private_dir();
    let bin = dir.join("image/workspace/bin");
    fs::create_dir_all(&bin).unwrap();
    let escaped = dir.join("escaped");
    for name in ["bwrap", "sh", "env", "true"] {
        fs::write(bin.join(name), format!("#!/bin/sh\n: > {}\n", escaped.display())).unwrap();
        fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = format!("{}:/usr/bin:/bin", bin.display());
    let sandbox = Sandbox::new(["true"], View::of_image(&dir.join("image")))
        .environment(environment(&[("PATH", &path)]));
    let done = run(&launcher, &sandbox).await;
    assert_eq!(done.code(), Some(0), "{done:?}");
    assert!(!escaped.exists());
}

#[tokio::test]
async fn no_variable_can_be_an_argument_of_bubblewrap() {
    let Some(launcher) = launcher() else { return };
    let set = |name: &str, value: &str| {
        shell("ls /root-of-host", View::of_host()).environment(environment(&[(name, value)]))
    };
    let done = run(&launcher, &set("A", "x\0--bind\0/\0/root-of-host")).await;
    assert_eq!(done.code(), Some(127), "{done:?}");
    assert!(done.stderr.contains("NUL"), "{done:?}");
    for name in ["", "A=B"] {
        assert!(launcher.start(&set(name, "x")).await.is_err(), "{name}");
    }
    let done = run(&launcher, &set("--bind", "/")).await;
    assert!(done.stderr.contains("No such file"), "{done:?}");
}

#[tokio::test]
async fn no_descriptor_of_the_guard_reaches_the_command() {
    let Some(launcher) = launcher() else { return };
    let done = run(&launcher, &shell("ls -l /proc/self/fd/", View::of_host())).await;
    assert!(done.stdout.contains("/dev/null"), "{done:?}");
    // The directory that is listed is open itself, and the stand-in for the guard has its output
    // twice.
    let is_output = |line: &&str| line.contains("pipe:") || line.contains("/dev/null");
    assert_eq!(
        done.stdout
            .lines()
            .filter(|line| line.contains(" -> "))
            .filter(|line| !is_output(line))
            .count(),
        1,
        "{done:?}"
    );
    assert!(done.stdout.lines().filter(is_output).count() <= 5, "{done:?}");
}
