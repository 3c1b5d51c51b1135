//! The emulator suite of firebase-tools, with a function of each kind. Each function appends the
//! time of its starts to a file, because the suite runs every function in a process of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::{Client, Method};
use serde_json::json;

use crate::latency::{self, PAUSE, WARM_UP};
use crate::process::free_port;
use crate::site::{EVENT_LIMIT, call};
use crate::{emulator, install, now, text};

const PROJECT: &str = "demo-bench";

/// Node.js loads the functions, and Java the emulator of Pub/Sub.
const START_LIMIT: Duration = Duration::from_secs(90);

const POLL: Duration = Duration::from_millis(20);

const FUNCTIONS: &str = r"
const fs = require('fs');
const { onMessagePublished } = require('firebase-functions/v2/pubsub');
const { onObjectFinalized } = require('firebase-functions/v2/storage');
const { onTaskDispatched } = require('firebase-functions/v2/tasks');

const record = (number) => {
  const microseconds = Math.round((performance.timeOrigin + performance.now()) * 1000);
  fs.appendFileSync(process.env.RECORDS, `${number} ${microseconds}\n`);
};

exports.message = onMessagePublished('latency', (event) =>
  record(Buffer.from(event.data.message.data, 'base64').toString()));
exports.object = onObjectFinalized({ bucket: 'latency' }, (event) => record(event.data.name));
exports.task = onTaskDispatched({}, (request) => record(request.data.number));
";

const PACKAGE: &str = r#"{"name": "bench", "main": "index.js", "engines": {"node": "22"}}"#;

const RULES: &str = "rules_version = '2';\nservice firebase.storage { match /b/{bucket}/o { \
                     match /{path=**} { allow read, write; } } }\n";

/// What sends an event.
#[derive(Clone, Copy)]
enum Source {
    Topic,
    Bucket,
    Queue,
}

/// A running suite, which ends when this is dropped.
struct Suite {
    child: Child,
    ports: BTreeMap<&'static str, u16>,
    records: PathBuf,
    client: Client,
}

/// A row for each kind of event. One that cannot be measured says why.
pub(crate) async fn measure() -> String {
    let Some(modules) = install::node_modules("firebase") else {
        return "firebase-tools: skipped, it cannot be installed\n".to_owned();
    };
    let mut report = String::new();
    for (emulators, rows) in [
        (
            "pubsub,tasks",
            vec![
                ("firebase-tools, topic", Source::Topic),
                ("firebase-tools, queue", Source::Queue),
            ],
        ),
        ("storage", vec![("firebase-tools, bucket", Source::Bucket)]),
    ] {
        let folder = match tempfile::tempdir() {
            Ok(folder) => folder,
            Err(error) => return format!("firebase-tools: {error}\n"),
        };
        let suite = match Suite::start(&modules, folder.path(), emulators).await {
            Ok(suite) => suite,
            Err(error) => {
                report.push_str(&format!("firebase-tools, {emulators}: skipped, {error}\n"));
                continue;
            }
        };
        for (name, source) in rows {
            let row = suite.row(name, source).await;
            report.push_str(&row.unwrap_or_else(|error| format!("{name}: failed, {error}\n")));
        }
    }
    report
}

impl Suite {
    async fn start(modules: &Path, folder: &Path, emulators: &str) -> Result<Self, String> {
        use std::os::unix::process::CommandExt as _;
        let functions = folder.join("functions");
        fs::create_dir_all(folder.join("home")).map_err(text)?;
        fs::create_dir(&functions).map_err(text)?;
        fs::write(functions.join("index.js"), FUNCTIONS).map_err(text)?;
        fs::write(functions.join("package.json"), PACKAGE).map_err(text)?;
        std::os::unix::fs::symlink(modules, functions.join("node_modules")).map_err(text)?;
        fs::write(folder.join("storage.rules"), RULES).map_err(text)?;
        let mut ports = BTreeMap::new();
        for emulator in ["functions", "pubsub", "storage", "tasks", "eventarc", "hub", "logging"] {
            ports.insert(emulator, free_port()?);
        }
        let mut settings = json!({"ui": {"enabled": false}});
        for (emulator, port) in &ports {
            settings[*emulator] = json!({"host": "127.0.0.1", "port": port});
        }
        let settings = json!({
            "functions": {"source": "functions"},
            "storage": {"rules": "storage.rules"},
            "emulators": settings,
        });
        fs::write(folder.join("firebase.json"), settings.to_string()).map_err(text)?;

        let (records, log) = (folder.join("records"), folder.join("log"));
        fs::write(&records, "").map_err(text)?;
        let output = fs::File::create(&log).map_err(text)?;
        let mut command = Command::new(modules.join(".bin/firebase"));
        command.args(["emulators:start", "--project", PROJECT, "--only"]);
        command.arg(format!("functions,{emulators}")).current_dir(folder).process_group(0);
        command.env("RECORDS", &records).env("HOME", folder.join("home"));
        command.env("NO_UPDATE_NOTIFIER", "1").env("PATH", path_with_newest_java());
        // Google's emulator, which the suite would download otherwise.
        let jar = emulator::installed();
        if let Some(emulator) = jar.as_deref().and_then(Path::parent).and_then(Path::parent) {
            let program = emulator.join("bin/cloud-pubsub-emulator");
            command.env("PUBSUB_EMULATOR_BINARY_PATH", program);
        }
        command.stdin(Stdio::null()).stdout(output.try_clone().map_err(text)?).stderr(output);
        let child = command.spawn().map_err(text)?;
        let client = Client::builder().no_proxy().build().map_err(text)?;
        let mut suite = Self { child, ports, records, client };
        let begun = Instant::now();
        loop {
            let printed = fs::read_to_string(&log).unwrap_or_default();
            if printed.contains("All emulators ready") {
                return Ok(suite);
            }
            if suite.child.try_wait().map_err(text)?.is_some() || begun.elapsed() > START_LIMIT {
                let last = printed.lines().rev().find(|line| !line.trim().is_empty());
                return Err(last.unwrap_or("it does not start").trim().to_owned());
            }
            tokio::time::sleep(POLL).await;
        }
    }

    async fn row(&self, name: &str, source: Source) -> Result<String, String> {
        let count = WARM_UP + latency::events()?;
        fs::write(&self.records, "").map_err(text)?;
        let mut sent = Vec::with_capacity(count);
        for number in 0..count {
            sent.push(now());
            self.send(source, number).await?;
            tokio::time::sleep(PAUSE).await;
        }
        let begun = Instant::now();
        loop {
            let starts = self.starts()?;
            if starts.len() >= count || begun.elapsed() > EVENT_LIMIT {
                return Ok(latency::summary(name, &sent, &starts));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    async fn send(&self, source: Source, number: usize) -> Result<(), String> {
        let at = |emulator: &str| format!("http://127.0.0.1:{}", self.ports[emulator]);
        match source {
            Source::Topic => {
                let data = BASE64_STANDARD.encode(number.to_string());
                let message = json!({"messages": [{"data": data}]});
                let url = format!("{}/v1/projects/{PROJECT}/topics/latency:publish", at("pubsub"));
                call(&self.client, Method::POST, &url, &message).await.map(drop)
            }
            Source::Bucket => {
                let upload = "upload/storage/v1/b/latency/o?uploadType=media";
                let url = format!("{}/{upload}&name={number}", at("storage"));
                let request = self.client.post(url).header("content-type", "text/plain").body("x");
                let response = request.send().await.map_err(text)?;
                response.error_for_status().map(drop).map_err(text)
            }
            Source::Queue => {
                let place = format!("{PROJECT}/us-central1/task");
                let body = BASE64_STANDARD.encode(json!({"data": {"number": number}}).to_string());
                let request = json!({"url": format!("{}/{place}", at("functions")), "body": body});
                let url = format!(
                    "{}/projects/{PROJECT}/locations/us-central1/queues/task/tasks",
                    at("tasks")
                );
                let task = json!({"task": {"httpRequest": request}});
                call(&self.client, Method::POST, &url, &task).await.map(drop)
            }
        }
    }

    fn starts(&self) -> Result<BTreeMap<usize, Duration>, String> {
        let records = fs::read_to_string(&self.records).map_err(text)?;
        let start = |line: &str| {
            let (number, at) = line.split_once(' ')?;
            Some((number.parse().ok()?, Duration::from_micros(at.parse().ok()?)))
        };
        Ok(records.lines().filter_map(start).collect())
    }
}

impl Drop for Suite {
    fn drop(&mut self) {
        let group = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(group) = group {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::TERM);
        }
        let _ = self.child.wait();
    }
}

/// The `PATH`, in front of it the newest Java of this system: firebase-tools refuses older ones than
/// 21.
fn path_with_newest_java() -> String {
    let path = std::env::var("PATH").unwrap_or_default();
    let homes = fs::read_dir("/usr/lib/jvm").into_iter().flatten().flatten();
    let newest = homes
        .filter_map(|home| {
            let release = fs::read_to_string(home.path().join("release")).ok()?;
            let version = release.lines().find_map(|line| line.strip_prefix("JAVA_VERSION=\""))?;
            let major: u32 = version.split(['.', '"']).next()?.parse().ok()?;
            Some((major, home.path().join("bin")))
        })
        .max();
    match newest {
        Some((_, java)) => format!("{}:{path}", java.display()),
        None => path,
    }
}
