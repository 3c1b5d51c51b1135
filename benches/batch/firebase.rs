//! The same functions, deployed by firebase-tools and by a batch, to the local cloud with scaled quotas.
//!
//! firebase-tools is installed once, as `cargo test --test wire firebase` installs it; without it this
//! part is skipped.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::manifest::longshore;
use crate::{Failed, print, scaled};

/// Writes of functions and services a minute: three times Google's, so that a run takes minutes.
const WRITES_PER_MINUTE: u32 = 180;

/// What is done to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blow {
    None,
    /// One call of the API is refused.
    Refused,
    /// The program is killed, and started again.
    Killed,
}

/// How a run ended.
struct Ended {
    seconds: f64,
    deployed: usize,
    exit_code: Option<i32>,
}

/// Compares both.
pub(crate) async fn compare() -> Result<(), Failed> {
    let modules =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("google-clients/firebase/node_modules");
    if !modules.join(".bin/firebase").exists() {
        print("skipped: install firebase-tools with `cargo test --test wire firebase`");
        return Ok(());
    }
    print(&format!("{WRITES_PER_MINUTE} writes of functions and services a minute, real time:"));
    print(&format!(
        "{:<10} {:>5} {:<8} {:>8} {:>9} {:>5} {:>7} {:>6} {:>5}",
        "tool", "N", "blow", "took s", "deployed", "exit", "calls", "builds", "429s"
    ));
    for number in [scaled(100), scaled(300)] {
        for blow in [Blow::None, Blow::Refused, Blow::Killed] {
            if blow != Blow::None && number == scaled(300) {
                continue;
            }
            for tool in ["firebase", "longshore"] {
                let place = Place::start(&modules, number, blow, tool).await?;
                let ended = match tool {
                    "firebase" => place.firebase(number, blow).await?,
                    _ => place.batch(number, blow).await?,
                };
                let Calls { calls, builds, refused } = place.finish().await?;
                print(&format!(
                    "{tool:<10} {number:>5} {:<8} {:>8.1} {:>9} {:>5} {calls:>7} {builds:>6} \
                     {refused:>5}",
                    format!("{blow:?}").to_lowercase(),
                    ended.seconds,
                    ended.deployed,
                    ended.exit_code.map_or_else(|| "-".to_owned(), |code| code.to_string()),
                ));
            }
        }
    }
    Ok(())
}

/// A local cloud with a fleet, and a project of functions.
struct Place {
    up: Child,
    dir: tempfile::TempDir,
    modules: PathBuf,
    environment: BTreeMap<String, String>,
}

/// What the local cloud has counted.
struct Calls {
    calls: u64,
    builds: u64,
    refused: u64,
}

impl Place {
    async fn start(modules: &Path, number: usize, blow: Blow, tool: &str) -> Result<Self, Failed> {
        let dir = tempfile::tempdir()?;
        let mut quotas = String::from("google = true\n");
        for metric in [
            "run.googleapis.com/write_regional",
            "cloudfunctions.googleapis.com/per_project_mutation_requests",
        ] {
            writeln!(
                quotas,
                "[[limits]]\nmetric = \"{metric}\"\nper_minute = {WRITES_PER_MINUTE}"
            )?;
        }
        if blow == Blow::Refused {
            let metric = match tool {
                "firebase" => "cloudfunctions.googleapis.com/per_project_mutation_requests",
                _ => "run.googleapis.com/write_regional",
            };
            writeln!(quotas, "[[refused]]\nmetric = \"{metric}\"\ncall = {}", number / 2)?;
        }
        let file = dir.path().join("quotas.toml");
        fs::write(&file, quotas)?;
        project(dir.path(), modules, number)?;
        let data = dir.path().join("data");
        let mut up = Command::new(env!("CARGO_BIN_EXE_longshore"))
            .args(["--output", "json", "--data-dir"])
            .arg(&data)
            .args(["up", "--quotas"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let said = up.stderr.take().ok_or("no output")?;
        let mut lines = BufReader::new(said).lines();
        while let Some(line) = lines.next_line().await? {
            if line.contains("ready in") {
                break;
            }
        }
        // What it says later must not fill the pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let environment = serde_json::from_str(&fs::read_to_string(data.join("running.json"))?)?;
        Ok(Self { up, dir, modules: modules.to_owned(), environment })
    }

    fn firebase_command(&self) -> Command {
        let home = self.dir.path().join("home");
        let mut command = Command::new(self.modules.join(".bin/firebase"));
        command.args(["deploy", "--only", "functions", "--force", "--non-interactive"]);
        command.args(["--project", "local-project"]).envs(&self.environment);
        command.env("HOME", &home).env("XDG_CONFIG_HOME", &home).env("NO_UPDATE_NOTIFIER", "1");
        command.current_dir(self.dir.path()).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        for proxy in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"] {
            command.env_remove(proxy);
        }
        command
    }

    async fn firebase(&self, number: usize, blow: Blow) -> Result<Ended, Failed> {
        let begun = Instant::now();
        if blow == Blow::Killed {
            let mut first = self.firebase_command().spawn()?;
            self.until_deployed(number / 3).await?;
            first.kill().await?;
        }
        let status = self.firebase_command().status().await?;
        let seconds = begun.elapsed().as_secs_f64();
        Ok(Ended { seconds, deployed: self.deployed().await?, exit_code: status.code() })
    }

    async fn batch(&self, number: usize, blow: Blow) -> Result<Ended, Failed> {
        let manifest = self.dir.path().join("batch.yaml");
        let mut text = String::from("name: compared\ndefaults:\n  runtime: nodejs22\nentries:\n");
        let source = self.dir.path().join("functions");
        for function in 0..number {
            writeln!(
                text,
                "- {{directory: {}, function: {{name: f{function}, entryPoint: f{function}}}}}",
                source.display()
            )?;
        }
        fs::write(&manifest, text)?;
        let path = manifest.to_string_lossy().into_owned();
        let begun = Instant::now();
        let arguments = ["batch", "start", path.as_str(), "--watch"];
        if blow == Blow::Killed {
            // The fleet goes on by itself; the second command only follows it.
            let (environment, path) = (self.environment.clone(), path.clone());
            let first = tokio::spawn(async move {
                longshore(&environment, &["batch", "start", &path, "--watch"]).await
            });
            self.until_deployed(number / 3).await?;
            first.abort();
        }
        let (is_good, status) = longshore(&self.environment, &arguments).await?;
        let seconds = begun.elapsed().as_secs_f64();
        let deployed = status["deployed"].as_u64().and_then(|count| usize::try_from(count).ok());
        Ok(Ended {
            seconds,
            deployed: deployed.unwrap_or_default(),
            exit_code: Some(if is_good { 0 } else { 2 }),
        })
    }

    /// Services that are ready.
    async fn deployed(&self) -> Result<usize, Failed> {
        let base = &self.environment["LONGSHORE_RUN_ENDPOINT"];
        let parent = "projects/local-project/locations/europe-west1/services";
        let (mut ready, mut token) = (0, String::new());
        loop {
            let url = format!("{base}/v2/{parent}?pageSize=100&pageToken={token}");
            let page: Value = get(&url).await?;
            let services = page["services"].as_array().cloned().unwrap_or_default();
            ready += services
                .iter()
                .filter(|service| service["latestReadyRevision"].is_string())
                .count();
            page["nextPageToken"].as_str().unwrap_or_default().clone_into(&mut token);
            if token.is_empty() {
                return Ok(ready);
            }
        }
    }

    async fn until_deployed(&self, number: usize) -> Result<(), Failed> {
        while self.deployed().await? < number {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        Ok(())
    }

    /// Stops the local cloud, which then logs the calls that it has counted.
    async fn finish(mut self) -> Result<Calls, Failed> {
        let base = &self.environment["LONGSHORE_BUILD_ENDPOINT"];
        let parent = "projects/local-project/locations/europe-west1/builds";
        let (mut builds, mut token) = (0, String::new());
        loop {
            let url = format!("{base}/v1/{parent}?pageSize=1000&pageToken={token}");
            let page: Value = get(&url).await?;
            builds += page["builds"].as_array().map_or(0, Vec::len) as u64;
            page["nextPageToken"].as_str().unwrap_or_default().clone_into(&mut token);
            if token.is_empty() {
                break;
            }
        }
        let id = self.up.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        kill_process(id.ok_or("the local cloud has ended")?, Signal::TERM)?;
        self.up.wait().await?;
        let log = fs::read_to_string(self.dir.path().join("data/logs/local-cloud.log"))?;
        let sum = |name: &str| -> u64 {
            let counted = log.lines().filter(|line| line.contains("calls that a quota counted"));
            let numbers = counted.filter_map(|line| {
                let (_, number) = line.split_once(&format!("{name}="))?;
                number.split_whitespace().next()?.parse::<u64>().ok()
            });
            numbers.sum()
        };
        Ok(Calls { calls: sum("served"), builds, refused: sum("refused") })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Fails if it has ended.
        let _ = self.up.start_kill();
    }
}

async fn get(url: &str) -> Result<Value, Failed> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    Ok(client.get(url).send().await?.json().await?)
}

/// A project of firebase-tools with so many functions.
fn project(folder: &Path, modules: &Path, number: usize) -> Result<(), Failed> {
    let functions = folder.join("functions");
    fs::create_dir_all(&functions)?;
    fs::create_dir_all(folder.join("home"))?;
    let config = r#"{"functions": [{"source": "functions", "codebase": "default"}]}"#;
    fs::write(folder.join("firebase.json"), config)?;
    let package = r#"{"name": "compared", "main": "index.js", "engines": {"node": "22"},
        "dependencies": {"firebase-functions": "7.4.0", "firebase-admin": "13.10.0"}}"#;
    fs::write(functions.join("package.json"), package)?;
    let mut index = String::from(
        "const { setGlobalOptions } = require('firebase-functions/v2');\n\
         const { onRequest } = require('firebase-functions/v2/https');\n\
         setGlobalOptions({ region: 'europe-west1', maxInstances: 1 });\n",
    );
    for function in 0..number {
        writeln!(
            index,
            "exports.f{function} = onRequest((request, response) => response.send('hello'));"
        )?;
    }
    fs::write(functions.join("index.js"), index)?;
    std::os::unix::fs::symlink(modules, functions.join("node_modules"))?;
    Ok(())
}
