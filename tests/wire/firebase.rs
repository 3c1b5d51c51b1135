//! `firebase deploy --only functions` and its neighbours: firebase-tools from npm, unmodified, in the
//! environment that `longshore cloud --print-env` prints. Where it cannot be installed, the test
//! prints that it is skipped.

#![expect(clippy::unwrap_used, reason = "helpers of a test fail as the test does")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use crate::clients::{node_modules, scripts};
use crate::process::Process;

const PARENT: &str = "projects/local-project/locations/europe-west1";
const ACCOUNT: &str = "123456789012-compute@developer.gserviceaccount.com";

/// The bucket that functions without a bucket of their own listen to.
const BUCKET: &str = "local-project.firebasestorage.app";

/// The functions of the project, as `functions:list` shows them.
const FUNCTIONS: [(&str, &str); 6] = [
    ("add", "callable"),
    ("message", "google.cloud.pubsub.topic.v1.messagePublished"),
    ("object", "google.cloud.storage.object.v1.finalized"),
    ("request", "https"),
    ("schedule", "scheduled"),
    ("task", "taskQueue"),
];

/// How long an event may take until it shows in a log.
const EVENT_LIMIT: Duration = Duration::from_secs(120);

/// A local cloud, and a copy of the project in `tests/clients/firebase`.
struct Project {
    // Ends before its directory is removed.
    cloud: Process,
    dir: TempDir,
    modules: PathBuf,
    client: Client,
}

/// What a command printed.
#[derive(Debug)]
struct Printed {
    is_ok: bool,
    text: String,
}

impl Project {
    /// Prints the reason and returns `None` without firebase-tools.
    async fn start() -> Option<Self> {
        let modules = tokio::task::spawn_blocking(|| node_modules("firebase")).await.unwrap()?;
        let dir = tempfile::tempdir().unwrap();
        let cloud = Process::start(&dir.path().join("cloud")).await;
        let client = Client::builder().no_proxy().build().unwrap();
        let project = Self { cloud, dir, modules, client };
        let from = scripts("firebase").join("project");
        let functions = project.file("functions");
        fs::create_dir(&functions).unwrap();
        fs::create_dir(project.file("home")).unwrap();
        for file in ["firebase.json", "functions/index.js", "functions/package.json"] {
            fs::copy(from.join(file), project.file(file)).unwrap();
        }
        fs::write(functions.join(".env"), "GREETING=Hello\n").unwrap();
        // firebase-tools runs the functions to find out what to deploy.
        std::os::unix::fs::symlink(&project.modules, functions.join("node_modules")).unwrap();
        Some(project)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Runs `firebase LINE`, split at spaces.
    async fn try_firebase(&self, line: &str) -> Printed {
        let program = self.modules.join(".bin/firebase");
        let mut command = Command::new(program);
        command.args(line.split(' ')).args(["--project", "local-project", "--non-interactive"]);
        command.envs(&self.cloud.environment);
        // Not the configuration of the user, and no words for a terminal.
        command.env("HOME", self.file("home")).env("XDG_CONFIG_HOME", self.file("home"));
        command.env("NO_UPDATE_NOTIFIER", "1").env("NO_COLOR", "1").env_remove("FORCE_COLOR");
        command.current_dir(self.dir.path()).stdin(Stdio::null());
        for proxy in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"] {
            command.env_remove(proxy);
        }
        let output = command.kill_on_drop(true).output().await.unwrap();
        let text = [output.stdout, output.stderr].concat();
        Printed { is_ok: output.status.success(), text: String::from_utf8(text).unwrap() }
    }

    /// What a command printed, which must succeed.
    async fn firebase(&self, line: &str) -> String {
        let printed = self.try_firebase(line).await;
        assert!(printed.is_ok, "firebase {line}: {}", printed.text);
        printed.text
    }

    /// The URL of an API by the variable that firebase-tools reads.
    fn url(&self, variable: &str, path: &str) -> String {
        format!("{}/{path}", self.cloud.environment[variable])
    }

    async fn post(&self, url: String, body: &Value) -> Value {
        let response = self.client.post(&url).json(body).send().await.unwrap();
        let status = response.status();
        let answer: Value = response.json().await.unwrap_or_default();
        assert!(status.is_success(), "{url}: {status}: {answer:#}");
        answer
    }

    async fn get(&self, url: String) -> Value {
        self.client.get(&url).send().await.unwrap().json().await.unwrap()
    }

    /// The URL of a function.
    async fn function(&self, id: &str) -> String {
        let name = format!("v2/{PARENT}/functions/{id}");
        let function = self.get(self.url("FIREBASE_FUNCTIONS_V2_URL", &name)).await;
        function["url"].as_str().unwrap().to_owned()
    }

    /// Waits until a function has printed a line.
    async fn line(&self, function: &str, expected: &str) {
        let mut log = String::new();
        let arrived = async {
            while !log.contains(expected) {
                log = self.firebase(&format!("functions:log --only {function}")).await;
            }
        };
        let arrived = tokio::time::timeout(EVENT_LIMIT, arrived).await;
        assert!(arrived.is_ok(), "{function} did not print {expected}:\n{log}");
    }

    async fn listed(&self) -> String {
        self.firebase("functions:list").await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn firebase_deploys_lists_changes_and_deletes_functions_that_really_run() {
    let Some(project) = Project::start().await else { return };
    let buckets = project.url("FIREBASE_STORAGE_URL", "storage/v1/b?project=local-project");
    project.post(buckets, &json!({"name": BUCKET, "location": "europe-west1"})).await;
    assert!(project.listed().await.contains("No functions found"));

    let deployed = project.firebase("deploy --only functions --force").await;
    assert!(deployed.contains("Deploy complete!"), "{deployed}");
    let listed = project.listed().await;
    for (id, trigger) in FUNCTIONS {
        assert!(deployed.contains(&format!("functions[{id}(europe-west1)]")), "{deployed}");
        let is_listed = |line: &str| line.contains(id) && line.contains(trigger);
        assert!(listed.lines().any(is_listed), "{id}: {listed}");
    }
    callers_are_answered(&project).await;
    events_arrive(&project).await;

    let again = project.firebase("deploy --only functions --force").await;
    assert_eq!(again.matches("Skipped (No changes detected)").count(), FUNCTIONS.len(), "{again}");

    fs::write(project.file("functions/.env"), "GREETING=Bonjour\n").unwrap();
    remove_from_source(&project.file("functions/index.js"), "exports.task = ");
    let changed = project.firebase("deploy --only functions --force").await;
    assert!(changed.contains("functions[task(europe-west1)] Successful delete"), "{changed}");
    assert!(changed.contains("functions[request(europe-west1)] Successful update"), "{changed}");
    let answer = project.get(format!("{}?name=Ada", project.function("request").await)).await;
    assert_eq!(answer["greeting"], "Bonjour, Ada");
    assert!(!project.listed().await.contains("taskQueue"));

    let refused = project.try_firebase("functions:delete nothing --force").await;
    assert!(!refused.is_ok && refused.text.contains("do not match any existing"), "{refused:?}");
    project.firebase("functions:delete add message object request schedule --force").await;
    assert!(project.listed().await.contains("No functions found"));
    let job = format!("v1/{PARENT}/jobs/firebase-schedule-schedule-europe-west1");
    let job = project.get(project.url("FIREBASE_CLOUDSCHEDULER_URL", &job)).await;
    assert_eq!(job["error"]["status"], "NOT_FOUND", "{job:#}");
}

async fn callers_are_answered(project: &Project) {
    let request = project.function("request").await;
    let answer = project.get(format!("{request}?name=Ada")).await;
    let expected = json!({
        "greeting": "Hello, Ada",
        "config": {"projectId": "local-project", "storageBucket": BUCKET},
        "project": "local-project",
        "source": format!("{PARENT}/services/request"),
        "signature": "http",
    });
    assert_eq!(answer, expected);
    let add = project.function("add").await;
    let sum = project.post(add, &json!({"data": {"a": 1, "b": 2}})).await;
    assert_eq!(sum, json!({"result": {"sum": 3}}));
    // Only the accounts of their triggers may call the others.
    for private in ["message", "object", "schedule", "task"] {
        let url = project.function(private).await;
        let status = project.client.post(url).send().await.unwrap().status();
        assert_eq!(status, 403, "{private}");
    }
}

async fn events_arrive(project: &Project) {
    let topic = "v1/projects/local-project/topics/orders:publish";
    // {"id": 7}
    let message = json!({"data": "eyJpZCI6IDd9", "attributes": {"kind": "new"}});
    let publish = project.url("FIREBASE_PUBSUB_URL", topic);
    project.post(publish, &json!({"messages": [message]})).await;
    project.line("message", "MESSAGE 7 new").await;

    let upload = format!("upload/storage/v1/b/{BUCKET}/o?uploadType=media&name=a.txt");
    let upload = project.url("FIREBASE_STORAGE_URL", &upload);
    project.post(upload, &json!("hello")).await;
    project.line("object", &format!("OBJECT {BUCKET}/a.txt objects/a.txt")).await;

    let job = format!("v1/{PARENT}/jobs/firebase-schedule-schedule-europe-west1");
    let described = project.get(project.url("FIREBASE_CLOUDSCHEDULER_URL", &job)).await;
    assert_eq!(described["timeZone"], "Europe/Berlin", "{described:#}");
    let run = project.url("FIREBASE_CLOUDSCHEDULER_URL", &format!("{job}:run"));
    project.post(run, &json!({})).await;
    project.line("schedule", "SCHEDULE firebase-schedule-schedule-europe-west1").await;

    let queue = format!("v2/{PARENT}/queues/task");
    let described = project.get(project.url("FIREBASE_CLOUD_TAKS_URL", &queue)).await;
    assert_eq!(described["retryConfig"]["maxAttempts"], 2, "{described:#}");
    // As firebase-admin enqueues a task: {"data": {"id": 9}}
    let task = json!({"task": {
        "name": format!("{PARENT}/queues/task/tasks/nine"),
        "httpRequest": {
            "url": project.function("task").await,
            "headers": {"Content-Type": "application/json"},
            "body": "eyJkYXRhIjogeyJpZCI6IDl9fQ==",
            "oidcToken": {"serviceAccountEmail": ACCOUNT},
        },
    }});
    let tasks = project.url("FIREBASE_CLOUD_TAKS_URL", &format!("{queue}/tasks"));
    project.post(tasks, &task).await;
    project.line("task", &format!("TASK 9 nine 0 {ACCOUNT}")).await;
}

/// Removes a statement of the source, and what follows it.
fn remove_from_source(file: &Path, statement: &str) {
    let source = fs::read_to_string(file).unwrap();
    let (before, _) = source.split_once(statement).unwrap();
    fs::write(file, before).unwrap();
}
