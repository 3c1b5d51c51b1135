//! Cloud Scheduler and Cloud Tasks across the death of the local cloud's process.

#![expect(clippy::unwrap_used, reason = "helpers of a test fail as the test does")]

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use longshore_local_cloud::Endpoints;
use longshore_local_kit::listen::{self, Access};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use crate::process::Process;

const PARENT: &str = "projects/local-project/locations/europe-west1";
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(60);

/// A target in this process. It reports the name of the job or the task of each request, and does
/// not answer before it is released.
struct Target {
    url: String,
    requests: mpsc::UnboundedReceiver<String>,
    is_released: watch::Sender<bool>,
}

impl Target {
    async fn start() -> Self {
        let (sender, requests) = mpsc::unbounded_channel();
        let (is_released, released) = watch::channel(false);
        let router = Router::new().fallback(move |headers: HeaderMap| async move {
            let task = headers.get("x-cloudtasks-taskname");
            let name = task.or_else(|| headers.get("x-cloudscheduler-jobname")).unwrap();
            sender.send(name.to_str().unwrap().to_owned()).unwrap();
            released.clone().wait_for(|released| *released).await.unwrap();
            StatusCode::OK
        });
        let listener = listen::bind(0).await.unwrap();
        let url = format!("http://{}/work", listener.local_addr().unwrap());
        let access = Access::to_apis(&[]);
        tokio::spawn(listen::serve(listener, router, access, std::future::pending()));
        Self { url, requests, is_released }
    }

    /// The names of the next requests.
    async fn next(&mut self, count: usize) -> BTreeSet<String> {
        let received = async {
            let mut names = BTreeSet::new();
            while names.len() < count {
                names.insert(self.requests.recv().await.unwrap());
            }
            names
        };
        tokio::time::timeout(DELIVERY_TIMEOUT, received).await.unwrap()
    }
}

async fn call(address: SocketAddr, method: Method, path: &str, body: Value) -> Value {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.request(method, format!("http://{address}/{path}"));
    let request = if body.is_null() { request } else { request.json(&body) };
    let response = request.send().await.unwrap();
    let status = response.status();
    let value = response.json().await.unwrap();
    assert_eq!(status, 200, "{path}: {value}");
    value
}

async fn post(address: SocketAddr, path: &str, body: Value) -> Value {
    call(address, Method::POST, path, body).await
}

async fn get(address: SocketAddr, path: &str) -> Value {
    call(address, Method::GET, path, Value::Null).await
}

fn names<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.map(str::to_owned).into()
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_tasks_and_jobs_are_delivered_after_the_cloud_is_killed() {
    let mut target = Target::start().await;
    let dir = tempfile::tempdir().unwrap();
    let cloud = Process::start(dir.path()).await;
    let Endpoints { scheduler, tasks, .. } = cloud.endpoints();
    for queue in ["running", "paused"] {
        let name = format!("{PARENT}/queues/{queue}");
        post(tasks, &format!("v2/{PARENT}/queues"), json!({"name": name})).await;
    }
    post(tasks, &format!("v2/{PARENT}/queues/paused:pause"), json!({})).await;
    let request = json!({"url": target.url, "body": "aGVsbG8="});
    for (queue, id) in [("running", "begun-task"), ("paused", "waiting-task")] {
        let queue = format!("{PARENT}/queues/{queue}");
        let task = json!({"name": format!("{queue}/tasks/{id}"), "httpRequest": request});
        post(tasks, &format!("v2/{queue}/tasks"), json!({"task": task})).await;
    }
    for id in ["begun-job", "waiting-job"] {
        let job = json!({
            "name": format!("{PARENT}/jobs/{id}"),
            "schedule": "0 0 1 1 *",
            "httpTarget": {"uri": target.url, "body": "aGVsbG8="},
        });
        post(scheduler, &format!("v1/{PARENT}/jobs"), job).await;
    }
    post(scheduler, &format!("v1/{PARENT}/jobs/begun-job:run"), json!({})).await;
    assert_eq!(target.next(2).await, names(["begun-task", "begun-job"]));
    let name = format!("{PARENT}/queues/paused/tasks/last-task");
    let task = json!({"task": {"name": name, "httpRequest": request}});
    post(tasks, &format!("v2/{PARENT}/queues/paused/tasks"), task).await;
    // The process dies just after this response, and while the target works on two requests.
    cloud.kill().await;
    target.is_released.send(true).unwrap();

    let cloud = Process::start(dir.path()).await;
    let Endpoints { scheduler, tasks, .. } = cloud.endpoints();
    assert_eq!(target.next(2).await, names(["begun-task", "begun-job"]));
    post(tasks, &format!("v2/{PARENT}/queues/paused:resume"), json!({})).await;
    assert_eq!(target.next(2).await, names(["waiting-task", "last-task"]));
    post(scheduler, &format!("v1/{PARENT}/jobs/waiting-job:run"), json!({})).await;
    assert_eq!(target.next(1).await, names(["waiting-job"]));

    let done = async {
        loop {
            let mut left = Vec::new();
            for queue in ["running", "paused"] {
                left.push(get(tasks, &format!("v2/{PARENT}/queues/{queue}/tasks")).await);
            }
            let jobs = get(scheduler, &format!("v1/{PARENT}/jobs")).await;
            let jobs = jobs["jobs"].as_array().unwrap().clone();
            let is_done = |job: &Value| job["status"] == json!({});
            if left.iter().all(|list| list["tasks"].is_null()) && jobs.iter().all(is_done) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(DELIVERY_TIMEOUT, done).await.unwrap();
    assert!(target.requests.try_recv().is_err(), "no task or job is delivered twice");
}
