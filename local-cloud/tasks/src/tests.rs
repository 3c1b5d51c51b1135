//! The service with its journal and a clock that stands still, over REST, and targets of this
//! process.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use bytes::Bytes;
use longshore_local_kit::clock::ManualClock;
use longshore_local_kit::listen::{self, Access};
use longshore_local_kit::targets::IdTokens;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::mpsc;
use tower::ServiceExt as _;

use super::{Deps, Service};

const QUEUES: &str = "/v2/projects/p/locations/europe-west1/queues";
const TASKS: &str = "/v2/projects/p/locations/europe-west1/queues/q/tasks";
const START: &str = "2026-03-28T22:59:50.5Z";

struct Readable;

impl IdTokens for Readable {
    fn id_token(&self, email: &str, audience: &str, _: SystemTime) -> Result<String, String> {
        Ok(format!("{email}-for-{audience}"))
    }
}

struct Fixture {
    service: Arc<Service>,
    clock: Arc<ManualClock>,
}

impl Fixture {
    fn open(dir: &Path, now: &str) -> Self {
        let now = SystemTime::from(OffsetDateTime::parse(now, &Rfc3339).unwrap());
        let clock = Arc::new(ManualClock::at(now));
        let deps = Deps {
            project: "p".to_owned(),
            project_number: 42,
            clock: Arc::<ManualClock>::clone(&clock),
            tokens: Arc::new(Readable),
        };
        Self { service: Service::open(dir, deps).unwrap(), clock }
    }

    async fn with_queue(dir: &Path, fields: Value) -> Self {
        let fixture = Self::open(dir, START);
        let mut queue = fields;
        queue["name"] = format!("{}/q", &QUEUES[4..]).into();
        fixture.ok("POST", QUEUES, queue).await;
        fixture
    }

    async fn call(&self, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        let response = super::router(Arc::clone(&self.service)).oneshot(request).await.unwrap();
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    async fn ok(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, body) = self.call(method, path, body).await;
        assert_eq!(status, StatusCode::OK, "{method} {path}: {body}");
        body
    }

    async fn fails(&self, method: &str, path: &str, body: Value) -> (StatusCode, String) {
        let (status, body) = self.call(method, path, body).await;
        assert!(!status.is_success(), "{method} {path}: {body}");
        (status, body["error"]["message"].as_str().unwrap().to_owned())
    }

    /// Waits until the queue has this number of tasks.
    async fn has_tasks(&self, number: usize) {
        loop {
            let tasks = self.ok("GET", TASKS, Value::Null).await;
            if tasks["tasks"].as_array().map_or(0, Vec::len) == number {
                return;
            }
            tokio::task::yield_now().await;
        }
    }
}

/// A request as a target received it.
#[derive(Debug)]
struct Received {
    line: String,
    headers: BTreeMap<String, String>,
    body: Bytes,
}

/// A target that answers each request with what comes next on the channel.
async fn target() -> (String, mpsc::UnboundedReceiver<Received>, mpsc::UnboundedSender<u16>) {
    let (requests, received) = mpsc::unbounded_channel();
    let (answers, next) = mpsc::unbounded_channel::<u16>();
    let next = Arc::new(tokio::sync::Mutex::new(next));
    let router = Router::new().fallback(move |request: Request| async move {
        let (parts, body) = request.into_parts();
        let headers = parts.headers.iter();
        let headers = headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let line = format!("{} {}", parts.method, parts.uri);
        requests.send(Received { line, headers, body }).unwrap();
        let status = next.lock().await.recv().await.unwrap();
        StatusCode::from_u16(status).unwrap()
    });
    let listener = listen::bind(0).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let served = listen::serve(listener, router, Access::to_apis(&[]), std::future::pending());
    tokio::spawn(served);
    (url, received, answers)
}

fn task(url: &str) -> Value {
    let request = json!({
        "url": format!("{url}/work"),
        "headers": {"Content-Type": "text/plain", "User-Agent": "mine"},
        "body": "aGVsbG8=",
        "oidcToken": {"serviceAccountEmail": "a@b", "audience": "the function"},
    });
    json!({"task": {"httpRequest": request}})
}

fn named(url: &str, id: &str) -> Value {
    let mut task = task(url);
    task["task"]["name"] = format!("{}/{id}", &TASKS[4..]).into();
    task
}

#[tokio::test]
async fn a_task_calls_its_url_with_googles_headers_and_is_retried() {
    let dir = tempfile::tempdir().unwrap();
    let retry = json!({"retryConfig": {"minBackoff": "10s"}});
    let fixture = Fixture::with_queue(dir.path(), retry).await;
    let (url, mut received, answers) = target().await;
    let created = fixture.ok("POST", TASKS, named(&url, "t-1")).await;
    assert_eq!(created["view"], "BASIC");
    assert_eq!(created["httpRequest"]["body"], Value::Null, "not in the basic view");
    assert_eq!(created["dispatchDeadline"], "600s");
    let request = received.recv().await.unwrap();
    assert_eq!((request.line.as_str(), &request.body[..]), ("POST /work", &b"hello"[..]));
    for (name, expected) in [
        ("user-agent", Some("Google-Cloud-Tasks")),
        ("x-cloudtasks-queuename", Some("q")),
        ("x-cloudtasks-taskname", Some("t-1")),
        ("x-cloudtasks-taskretrycount", Some("0")),
        ("x-cloudtasks-taskexecutioncount", Some("0")),
        ("x-cloudtasks-tasketa", Some("1774738790.500000")),
        ("x-cloudtasks-taskpreviousresponse", None),
        ("content-type", Some("text/plain")),
        ("authorization", Some("Bearer a@b-for-the function")),
    ] {
        assert_eq!(request.headers.get(name).map(String::as_str), expected, "{name}");
    }
    answers.send(404).unwrap();
    let path = format!("{TASKS}/t-1");
    let failed = loop {
        let failed = fixture.ok("GET", &format!("{path}?responseView=FULL"), Value::Null).await;
        if failed["responseCount"] == 1 {
            break failed;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(failed["httpRequest"]["body"], "aGVsbG8=");
    let status = json!({"code": 5, "message": "HTTP status code 404"});
    assert_eq!(failed["lastAttempt"]["responseStatus"], status);
    assert_eq!(failed["scheduleTime"], "2026-03-28T23:00:00.500+00:00");
    fixture.clock.advance(Duration::from_secs(10));
    let retry = received.recv().await.unwrap();
    for (name, expected) in [
        ("x-cloudtasks-taskretrycount", "1"),
        ("x-cloudtasks-taskexecutioncount", "1"),
        ("x-cloudtasks-taskpreviousresponse", "404"),
    ] {
        assert_eq!(retry.headers[name], expected, "{name}");
    }
    answers.send(200).unwrap();
    fixture.has_tasks(0).await;
    let (status, message) = fixture.fails("GET", &path, Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(message.starts_with("The task no longer exists"), "{message}");
    let (status, message) = fixture.fails("POST", TASKS, named(&url, "t-1")).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(message.ends_with("existed too recently."), "{message}");
}

#[tokio::test]
async fn an_acknowledged_task_is_delivered_after_the_process_dies() {
    let dir = tempfile::tempdir().unwrap();
    let (url, mut received, answers) = target().await;
    let fixture = Fixture::with_queue(dir.path(), json!({})).await;
    fixture.ok("POST", &format!("{QUEUES}/q:pause"), json!({})).await;
    fixture.ok("POST", TASKS, named(&url, "before")).await;
    drop(fixture);
    let fixture = Fixture::open(dir.path(), START);
    fixture.ok("POST", &format!("{QUEUES}/q:resume"), json!({})).await;
    received.recv().await.unwrap();
    // The process dies before the answer.
    drop(fixture);
    let fixture = Fixture::open(dir.path(), START);
    let repeated = received.recv().await.unwrap();
    assert_eq!(repeated.headers["x-cloudtasks-taskname"], "before");
    assert_eq!(repeated.headers["x-cloudtasks-taskretrycount"], "1");
    answers.send(200).unwrap();
    answers.send(200).unwrap();
    fixture.has_tasks(0).await;
    drop(fixture);
    let fixture = Fixture::open(dir.path(), START);
    fixture.has_tasks(0).await;
}

#[tokio::test]
async fn a_queue_sends_its_tasks_to_its_own_target() {
    let dir = tempfile::tempdir().unwrap();
    let (url, mut received, answers) = target().await;
    let (host, port) = url.strip_prefix("http://").unwrap().split_once(':').unwrap();
    let uri = json!({
        "scheme": "HTTP", "host": host, "port": port, "uriOverrideEnforceMode": "ALWAYS",
    });
    let oidc = json!({"serviceAccountEmail": "queue@b", "audience": "the queue's"});
    let header = json!([{"header": {"key": "content-type", "value": "application/json"}}]);
    let target = json!({"uriOverride": uri, "oidcToken": oidc, "headerOverrides": header});
    let fixture = Fixture::with_queue(dir.path(), json!({"httpTarget": target})).await;
    let queue = format!("{QUEUES}/q");
    let read = fixture.ok("GET", &queue, Value::Null).await;
    assert_eq!(read["httpTarget"]["oidcToken"], oidc);
    assert_eq!(read["httpTarget"]["uriOverride"], uri);

    let task = fixture.ok("POST", TASKS, task("https://nowhere.example")).await;
    assert_eq!(task["httpRequest"]["url"], "https://nowhere.example/work", "it stays as it was");
    let request = received.recv().await.unwrap();
    assert_eq!((request.line.as_str(), &request.body[..]), ("POST /work", &b"hello"[..]));
    assert_eq!(request.headers["authorization"], "Bearer queue@b-for-the queue's");
    assert_eq!(request.headers["content-type"], "application/json");
    answers.send(200).unwrap();
    fixture.has_tasks(0).await;

    // It is kept over a restart, and a mask removes it.
    fixture.service.stop().await;
    let fixture = Fixture::open(dir.path(), START);
    assert_eq!(fixture.ok("GET", &queue, Value::Null).await, read);
    let path = format!("{queue}?updateMask=httpTarget");
    let removed = fixture.ok("PATCH", &path, json!({"name": &queue[4..]})).await;
    assert_eq!(removed["httpTarget"], Value::Null);
    for wrong in [
        json!({"uriOverride": {"host": ""}}),
        json!({"uriOverride": {"host": "a/b"}}),
        json!({"uriOverride": {"port": "70000"}}),
        json!({"oidcToken": {}}),
    ] {
        let body = json!({"name": &queue[4..], "httpTarget": wrong});
        let (status, message) = fixture.fails("PATCH", &path, body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{message}");
    }
}

#[tokio::test]
async fn queues_are_created_updated_listed_purged_and_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let fixture = Fixture::with_queue(dir.path(), json!({})).await;
    let queue = format!("{QUEUES}/q");
    let read = fixture.ok("GET", &queue, Value::Null).await;
    let limits = json!({
        "maxDispatchesPerSecond": 500.0, "maxBurstSize": 100, "maxConcurrentDispatches": 1000,
    });
    assert_eq!(read["rateLimits"], limits, "Google's defaults");
    let retry = json!({
        "maxAttempts": 100, "minBackoff": "0.100s", "maxBackoff": "3600s", "maxDoublings": 16,
    });
    assert_eq!(read["retryConfig"], retry);
    assert_eq!(read["state"], "RUNNING");
    let mask = format!("{queue}?updateMask=rateLimits.maxConcurrentDispatches");
    let change = json!({"rateLimits": {"maxConcurrentDispatches": 3}, "retryConfig": {}});
    let updated = fixture.ok("PATCH", &mask, change).await;
    assert_eq!(updated["rateLimits"]["maxConcurrentDispatches"], 3);
    assert_eq!(updated["retryConfig"], retry);
    // As firebase-tools does it. The rest of the queue is unchanged.
    for (state, expected) in
        [("DISABLED", "DISABLED"), ("PAUSED", "DISABLED"), ("RUNNING", "RUNNING")]
    {
        let path = format!("{queue}?updateMask=name,state");
        let updated = fixture.ok("PATCH", &path, json!({"name": queue[4..], "state": state})).await;
        assert_eq!(updated["state"], expected);
        assert_eq!(updated["rateLimits"]["maxConcurrentDispatches"], 3);
    }
    fixture.ok("PATCH", &format!("{queue}?updateMask=state"), json!({"state": "DISABLED"})).await;
    let updated = fixture.ok("PATCH", &format!("{queue}?updateMask=rateLimits"), json!({})).await;
    assert_eq!(updated["state"], "DISABLED");
    let resumed = fixture.ok("POST", &format!("{queue}:resume"), json!({})).await;
    assert_eq!(resumed["state"], "RUNNING");
    fixture.ok("PATCH", &mask, json!({"rateLimits": {"maxConcurrentDispatches": 3}})).await;
    // An update creates a queue that does not exist.
    let other = format!("{QUEUES}/other");
    fixture.ok("PATCH", &other, json!({})).await;
    let listed = fixture.ok("GET", &format!("{QUEUES}?pageSize=1"), Value::Null).await;
    assert_eq!(listed["queues"][0]["name"], other[4..]);
    let token = listed["nextPageToken"].as_str().unwrap();
    let listed = fixture.ok("GET", &format!("{QUEUES}?pageToken={token}"), Value::Null).await;
    assert_eq!(listed["queues"][0]["name"], queue[4..]);
    fixture.ok("POST", &format!("{queue}:pause"), json!({})).await;
    for _ in 0..3 {
        fixture.ok("POST", TASKS, task("http://127.0.0.1:1")).await;
    }
    fixture.has_tasks(3).await;
    let purged = fixture.ok("POST", &format!("{queue}:purge"), json!({})).await;
    assert_eq!(purged["purgeTime"], "2026-03-28T22:59:50.500+00:00");
    fixture.has_tasks(0).await;
    fixture.ok("DELETE", &queue, Value::Null).await;
    for (method, path) in [("GET", queue.as_str()), ("POST", TASKS)] {
        let body = if method == "GET" { Value::Null } else { task("http://a") };
        let (status, message) = fixture.fails(method, path, body).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(message.starts_with("Queue does not exist."), "{message}");
    }
}

#[tokio::test]
async fn a_policy_says_who_may_enqueue() {
    let dir = tempfile::tempdir().unwrap();
    let fixture = Fixture::with_queue(dir.path(), json!({})).await;
    let queue = format!("{QUEUES}/q");
    let before = fixture.ok("POST", &format!("{queue}:getIamPolicy"), json!({})).await;
    let binding = json!({"role": "roles/cloudtasks.enqueuer", "members": ["user:a@b"]});
    let policy = json!({"policy": {"bindings": [binding], "etag": before["etag"]}});
    let set = fixture.ok("POST", &format!("{queue}:setIamPolicy"), policy.clone()).await;
    let read = fixture.ok("POST", &format!("{queue}:getIamPolicy"), json!({})).await;
    assert_eq!(read, set);
    assert_eq!(read["bindings"][0], binding);
    let (status, _) = fixture.fails("POST", &format!("{queue}:setIamPolicy"), policy).await;
    assert_eq!(status, StatusCode::CONFLICT, "the etag is stale");
}

#[tokio::test]
async fn what_is_not_served_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let fixture = Fixture::with_queue(dir.path(), json!({})).await;
    let app_engine = json!({"task": {"appEngineHttpRequest": {"relativeUri": "/"}}});
    let oauth = json!({"url": "http://a", "oauthToken": {"serviceAccountEmail": "a@b"}});
    let oauth = json!({"task": {"httpRequest": oauth}});
    let routed =
        |target: Value| json!({"name": format!("{}/r", &QUEUES[4..]), "httpTarget": target});
    let mode = json!({"uriOverride": {"host": "a", "uriOverrideEnforceMode": "IF_NOT_EXISTS"}});
    let queue_oauth = json!({"oauthToken": {"serviceAccountEmail": "a@b"}});
    for (path, body, expected) in [
        (TASKS, app_engine, "App Engine tasks"),
        (TASKS, oauth, "OAuth tokens"),
        (QUEUES, routed(mode), "the mode IF_NOT_EXISTS"),
        (QUEUES, routed(queue_oauth), "OAuth tokens"),
    ] {
        let (status, message) = fixture.fails("POST", path, body).await;
        assert_eq!(status, StatusCode::NOT_IMPLEMENTED, "{message}");
        assert!(message.contains(expected), "{message}");
    }
}
