//! The `longshore` program, used from the command line.

mod build_cache;
mod functions;
mod inline;
mod mistakes;
mod newcomer;
mod parked;
mod terminal;
mod traces;
mod unreadable;
mod watched;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::BUILD_CACHE;

/// The program without any cloud in its environment.
fn longshore(data_dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_longshore"));
    command.arg("--data-dir").arg(data_dir).stdin(Stdio::null());
    command.env(BUILD_CACHE.0, BUILD_CACHE.1);
    command
}

fn example() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/python-http")
}

fn text(output: &[u8]) -> String {
    String::from_utf8_lossy(output).into_owned()
}

/// A data directory whose name no other process on this machine uses.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(crate::support::folder::temporary())
    }

    fn data_dir(&self) -> std::path::PathBuf {
        self.0.path().join("data")
    }

    /// Processes with this directory in their command line or environment.
    fn processes(&self) -> Vec<String> {
        let name = self.0.path().file_name().unwrap().to_string_lossy().into_owned();
        let mut found = Vec::new();
        for entry in std::fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path()) {
            let is_process = entry
                .file_name()
                .is_some_and(|name| name.to_string_lossy().chars().all(|c| c.is_ascii_digit()));
            if !is_process || entry.ends_with(std::process::id().to_string()) {
                continue;
            }
            // A process can exit while it is read.
            let read = |file: &str| {
                std::fs::read(entry.join(file)).map(|bytes| text(&bytes)).unwrap_or_default()
            };
            let (command, environment) = (read("cmdline"), read("environ"));
            if command.contains(&name) || environment.contains(&name) {
                found.push(command.replace('\0', " "));
            }
        }
        found
    }

    fn leaves_no_processes(&self) {
        let begun = Instant::now();
        while !self.processes().is_empty() {
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "left behind: {:?}",
                self.processes()
            );
            std::thread::yield_now();
        }
    }
}

/// A running `up`, killed on drop.
struct Up(Child);

impl Up {
    fn start(home: &Home) -> Self {
        Self::start_with(home, &[]).0
    }

    /// Starts `up` with arguments, and returns the lines that it prints once it is ready.
    fn start_with(home: &Home, arguments: &[&str]) -> (Self, Receiver<String>) {
        let mut child = longshore(&home.data_dir())
            .arg("up")
            .args(arguments)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let ready =
            lines.find(|line| line.as_ref().is_ok_and(|line| line.starts_with("ready in ")));
        assert!(ready.is_some(), "`up` did not become ready");
        let (said, says) = channel();
        // Reads to the end even if the test has stopped listening, so that `up` never blocks.
        std::thread::spawn(move || {
            lines.map_while(Result::ok).for_each(|line| drop(said.send(line)))
        });
        (Self(child), says)
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_raw(i32::try_from(self.0.id()).unwrap()).unwrap(), signal).unwrap();
    }

    fn wait(mut self) -> i32 {
        self.0.wait().unwrap().code().unwrap_or(-1)
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        // Fails if the test has already stopped it.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn up_once(home: &Home) -> Output {
    longshore(&home.data_dir()).args(["up", "--once"]).arg(example()).output().unwrap()
}

#[test]
fn up_once_deploys_calls_and_stops_and_the_next_one_finds_the_function() {
    let home = Home::new();
    let first = up_once(&home);
    let (stdout, stderr) = (text(&first.stdout), text(&first.stderr));
    assert_eq!(first.status.code(), Some(0), "{stderr}");
    assert!(stdout.starts_with("http://127.0.0.1:") && stdout.lines().count() == 1, "{stdout}");
    assert!(stderr.contains("deployed revision python-http-00001-"), "{stderr}");
    assert!(stderr.contains("answered 200"), "{stderr}");
    home.leaves_no_processes();

    let second = up_once(&home);
    let stderr = text(&second.stderr);
    assert_eq!(second.status.code(), Some(0), "{stderr}");
    assert!(stderr.contains("unchanged: revision python-http-00001-"), "{stderr}");
    assert_eq!(text(&second.stdout), stdout, "the function moved");
    home.leaves_no_processes();
}

#[test]
fn commands_work_next_to_up_and_ctrl_c_stops_everything() {
    let home = Home::new();
    let up = Up::start(&home);
    let deployed = longshore(&home.data_dir())
        .args(["--output", "json", "deploy"])
        .arg(example())
        .output()
        .unwrap();
    assert_eq!(deployed.status.code(), Some(0), "{}", text(&deployed.stderr));
    let deployed: Value = serde_json::from_slice(&deployed.stdout).unwrap();
    assert_eq!(deployed[0]["outcome"], "deployed");
    let id = deployed[0]["deployment"].as_str().unwrap();

    let run = |arguments: &[&str]| {
        let output = longshore(&home.data_dir()).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    };
    assert!(run(&["status"]).contains("local-project/europe-west1/python-http"));
    assert!(run(&["status", id]).contains("deployed"));
    assert!(run(&["call", "python-http"]).starts_with("Hello"));
    let trace = run(&["trace", id]);
    for stage in ["uploader", "build-submitter", "registry-watcher", "service-deployer"] {
        assert!(trace.contains(stage), "{trace}");
    }
    let logs = run(&["logs", "python-http"]);
    assert!(logs.contains("build  ") && logs.contains("python-http-00001-"), "{logs}");

    up.signal(Signal::INT);
    assert_eq!(up.wait(), 0);
    home.leaves_no_processes();
}

#[test]
fn nothing_outlives_an_up_that_is_killed() {
    let home = Home::new();
    let up = Up::start(&home);
    let deployed = longshore(&home.data_dir()).arg("deploy").arg(example()).output().unwrap();
    assert_eq!(deployed.status.code(), Some(0), "{}", text(&deployed.stderr));
    up.signal(Signal::KILL);
    up.wait();
    home.leaves_no_processes();
}

#[test]
fn an_up_whose_cloud_has_ended_says_so_and_ends() {
    let home = Home::new();
    let (up, says) = Up::start_with(&home, &[]);
    let children = format!("/proc/{0}/task/{0}/children", up.0.id());
    let children = std::fs::read_to_string(children).unwrap();
    let is_cloud = |id: &&str| {
        let command = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        text(&command).contains("\0cloud\0")
    };
    let cloud = children.split_whitespace().find(is_cloud).unwrap().parse().unwrap();
    kill_process(Pid::from_raw(cloud).unwrap(), Signal::KILL).unwrap();
    assert_eq!(up.wait(), 1);
    let said: Vec<String> = says.iter().collect();
    assert!(
        said.iter().any(|line| line.contains("the local cloud has ended (signal: 9")),
        "{said:?}"
    );
    home.leaves_no_processes();
}

#[test]
fn without_a_cloud_every_command_gives_advice() {
    let home = Home::new();
    let id = "0".repeat(32);
    let commands = [
        &["deploy", "."][..],
        &["status"],
        &["list"],
        &["describe", "f"],
        &["delete", "--yes", "f"],
        &["call", "f"],
        &["logs", "f"],
        &["parked", "list"],
        &["trace", &id],
        &["cancel", &id],
    ];
    for arguments in commands {
        let output = longshore(&home.data_dir()).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(69), "{arguments:?}");
        assert!(
            text(&output.stderr).contains("longshore up"),
            "{arguments:?}: {}",
            text(&output.stderr)
        );
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_second_up_on_the_same_directory_is_rejected() {
    let home = Home::new();
    let _up = Up::start(&home);
    let second = longshore(&home.data_dir()).args(["up", "--once"]).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(text(&second.stderr).contains("in use"), "{}", text(&second.stderr));
}

#[test]
fn print_env_beside_a_running_up_prints_its_variables() {
    let home = Home::new();
    let _up = Up::start(&home);
    let running = std::fs::read(home.data_dir().join("running.json")).unwrap();
    let running: BTreeMap<String, String> = serde_json::from_slice(&running).unwrap();
    let print = |arguments: &[&str]| longshore(&home.data_dir()).args(arguments).output().unwrap();
    let printed = print(&["cloud", "--print-env"]);
    assert_eq!(printed.status.code(), Some(0), "{}", text(&printed.stderr));
    let lines = running.iter().map(|(name, value)| format!("export {name}={value}\n"));
    assert_eq!(text(&printed.stdout), lines.collect::<String>());
    let printed = print(&["--output", "json", "cloud", "--print-env"]);
    let json: BTreeMap<String, String> = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(json, running);
    // It cannot get other quotas.
    let refused = print(&["cloud", "--print-env", "--quotas", "google"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("in use"), "{}", text(&refused.stderr));
}

#[test]
fn print_env_beside_a_running_cloud_prints_its_variables() {
    struct Running(Child);
    impl Drop for Running {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
    let home = Home::new();
    let mut cloud = longshore(&home.data_dir());
    cloud.args(["--output", "json", "cloud"]).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut cloud = Running(cloud.spawn().unwrap());
    let mut line = String::new();
    BufReader::new(cloud.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let running: BTreeMap<String, String> = serde_json::from_str(&line).unwrap();
    let print = |arguments: &[&str]| longshore(&home.data_dir()).args(arguments).output().unwrap();
    let printed = print(&["--output", "json", "cloud", "--print-env"]);
    assert_eq!(printed.status.code(), Some(0), "{}", text(&printed.stderr));
    let json: BTreeMap<String, String> = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(json, running);
    // A second cloud on the same directory is something else.
    let refused = print(&["cloud"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("in use"), "{}", text(&refused.stderr));
}

#[test]
fn up_once_explains_a_failed_deployment() {
    let home = Home::new();
    let broken = crate::support::function(home.0.path(), "x");
    std::fs::write(broken.join("main.py"), "def hello(:\n").unwrap();
    let output = longshore(&home.data_dir())
        .args(["up", "--once", "--name", "broken", "--entry-point", "hello"])
        .arg(&broken)
        .output();
    let output = output.unwrap();
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    for part in ["failed in registry-watcher", "SyntaxError", "advice"] {
        assert!(stderr.contains(part), "`{part}` is not in {stderr}");
    }
    assert!(output.stdout.is_empty());
}
