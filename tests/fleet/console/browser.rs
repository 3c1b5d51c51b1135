//! A console beside a fleet, and a browser that a script drives.

use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::publishers::install;
use crate::support::{Cloud, PATIENCE, longshore};

/// The npm packages of the script. Prints the reason and returns `None` if there is no browser, or if
/// they cannot be installed.
#[expect(clippy::print_stdout, reason = "prints why a test is skipped")]
pub(super) async fn modules() -> Option<PathBuf> {
    let version = Command::new("chromium").arg("--version").stdout(Stdio::null()).status().await;
    if !version.is_ok_and(|status| status.success()) {
        println!("skipped: no browser (Debian: apt-get install chromium)");
        return None;
    }
    tokio::task::spawn_blocking(|| install::node_modules("console")).await.unwrap()
}

/// The process of a console, killed when this is dropped.
pub(super) struct Console {
    process: Child,
    pub(super) url: String,
    modules: PathBuf,
}

/// A scenario that runs.
pub(super) struct Scenario {
    name: String,
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
    said: String,
}

impl Console {
    pub(super) async fn start(cloud: &Cloud, modules: PathBuf) -> Self {
        let log = std::fs::File::create(cloud.folder().join("console.log")).unwrap();
        let mut command = Command::from(longshore(&cloud.environment));
        command.args(["--output", "json", "console"]).stdout(Stdio::piped()).stderr(log);
        let mut process = command.kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let line = tokio::time::timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap();
        let started: Value =
            serde_json::from_str(&line.expect("the console did not start")).unwrap();
        let url = started["url"].as_str().unwrap().to_owned();
        Self { process, url, modules }
    }

    /// Begins a scenario of the script.
    pub(super) async fn begin(&self, scenario: &str, arguments: &[&str]) -> Scenario {
        let mut command = Command::new("node");
        command
            .arg(install::scripts("console").join("console.js"))
            .args([scenario, &self.url])
            .args(arguments)
            .env("NODE_PATH", &self.modules)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut process = command.spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Scenario { name: scenario.to_owned(), process, lines, said: String::new() }
    }

    /// Runs a scenario, which has to succeed, and returns what it said.
    pub(super) async fn runs(&self, scenario: &str, arguments: &[&str]) -> String {
        self.begin(scenario, arguments).await.succeeds().await
    }

    /// Sends SIGKILL, and waits for the end.
    pub(super) async fn kill(mut self) {
        self.process.kill().await.unwrap();
    }
}

impl Scenario {
    /// Waits until the scenario says this.
    pub(super) async fn says(&mut self, expected: &str) {
        while let Some(line) = self.next().await {
            if line == expected {
                return;
            }
        }
        panic!("{} did not say {expected}:\n{}", self.name, self.said);
    }

    #[expect(clippy::print_stdout, reason = "a passing test shows what was seen and measured")]
    pub(super) async fn succeeds(mut self) -> String {
        while self.next().await.is_some() {}
        let status = self.process.wait().await.unwrap();
        assert!(status.success(), "{}:\n{}", self.name, self.said);
        println!("{}: {}", self.name, self.said.trim_end());
        self.said
    }

    async fn next(&mut self) -> Option<String> {
        let line = tokio::time::timeout(PATIENCE * 2, self.lines.next_line()).await;
        let line = line.unwrap_or_else(|_| panic!("{} is stuck:\n{}", self.name, self.said));
        let line = line.unwrap()?;
        self.said.push_str(&line);
        self.said.push('\n');
        Some(line)
    }

    /// Sends SIGKILL to the script and its browser, and waits for the end.
    pub(super) async fn kill(mut self) {
        self.process.kill().await.unwrap();
    }
}
