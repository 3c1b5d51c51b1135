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

use super::{Deps, PublishError, Publisher, Service};

const JOBS: &str = "/v1/projects/p/locations/europe-west1/jobs";
const START: &str = "2026-03-28T22:59:50Z";
const MINUTE: Duration = Duration::from_secs(60);

struct Readable;

impl IdTokens for Readable {
    fn id_token(&self, email: &str, audience: &str, _: SystemTime) -> Result<String, String> {
        Ok(format!("{email}-for-{audience}"))
    }
}

type Message = (String, Bytes, BTreeMap<String, String>);

struct Recorder(mpsc::UnboundedSender<Message>);

impl Publisher for Recorder {
    fn publish(
        &self,
        topic: &str,
        data: Bytes,
        attributes: BTreeMap<String, String>,
    ) -> Result<(), PublishError> {
        if topic.ends_with("/missing") {
            return Err(PublishError::NotFound(
                "Resource not found (resource=missing).".to_owned(),
            ));
        }
        self.0.send((topic.to_owned(), data, attributes)).unwrap();
        Ok(())
    }
}

struct Fixture {
    service: Arc<Service>,
    clock: Arc<ManualClock>,
    published: mpsc::UnboundedReceiver<Message>,
}

impl Fixture {
    fn open(dir: &Path, now: &str) -> Self {
        let now = SystemTime::from(OffsetDateTime::parse(now, &Rfc3339).unwrap());
        let clock = Arc::new(ManualClock::at(now));
        let (sender, published) = mpsc::unbounded_channel();
        let deps = Deps {
            project: "p".to_owned(),
            project_number: 42,
            clock: Arc::<ManualClock>::clone(&clock),
            tokens: Arc::new(Readable),
            publisher: Arc::new(Recorder(sender)),
        };
        Self { service: Service::open(dir, deps).unwrap(), clock, published }
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

    /// The job, once it has this status.
    async fn settled(&self, id: &str, status: Value) -> Value {
        loop {
            let job = self.ok("GET", &format!("{JOBS}/{id}"), Value::Null).await;
            if job["status"] == status {
                return job;
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

fn http_job(url: &str) -> Value {
    json!({
        "name": format!("{}/j", &JOBS[4..]),
        "schedule": "* * * * *",
        "timeZone": "Europe/Berlin",
        "httpTarget": {
            "uri": format!("{url}/work?a=b"),
            "headers": {"X-Mine": "1", "User-Agent": "mine", "X-CloudScheduler-JobName": "other"},
            "body": "aGVsbG8=",
            "oidcToken": {"serviceAccountEmail": "a@b"},
        },
    })
}

#[tokio::test]
async fn a_job_calls_its_url_with_googles_headers_at_its_time() {
    let dir = tempfile::tempdir().unwrap();
    let fixture = Fixture::open(dir.path(), START);
    let (url, mut received, answers) = target().await;
    let created = fixture.ok("POST", JOBS, http_job(&url)).await;
    assert_eq!(created["state"], "ENABLED");
    assert_eq!(created["scheduleTime"], "2026-03-28T23:00:00+00:00");
    assert_eq!(created["attemptDeadline"], "180s");
    fixture.clock.advance(MINUTE);
    let request = received.recv().await.unwrap();
    assert_eq!(request.line, "POST /work?a=b");
    assert_eq!(request.body, "hello");
    for (name, expected) in [
        ("user-agent", "Google-Cloud-Scheduler"),
        ("x-cloudscheduler", "true"),
        ("x-cloudscheduler-jobname", "j"),
        ("x-cloudscheduler-scheduletime", "2026-03-29T00:00:00+01:00"),
        ("content-type", "application/octet-stream"),
        ("x-mine", "1"),
        ("authorization", &format!("Bearer a@b-for-{url}/work?a=b")),
    ] {
        assert_eq!(request.headers.get(name).map(String::as_str), Some(expected), "{name}");
    }
    answers.send(204).unwrap();
    let job = fixture.settled("j", json!({})).await;
    assert_eq!(job["lastAttemptTime"], "2026-03-28T23:00:50+00:00");
    assert_eq!(job["scheduleTime"], "2026-03-28T23:01:00+00:00");
}

#[tokio::test]
async fn a_failure_shows_in_the_status_and_is_retried() {
    let dir = tempfile::tempdir().unwrap();
    let fixture = Fixture::open(dir.path(), START);
    let (url, mut received, answers) = target().await;
    let mut job = http_job(&url);
    job["schedule"] = "0 * * * *".into();
    job["retryConfig"] = json!({"retryCount": 1, "minBackoffDuration": "10s"});
    fixture.ok("POST", JOBS, job).await;
    fixture.clock.advance(Duration::from_secs(10));
    received.recv().await.unwrap();
    answers.send(500).unwrap();
    let failed = json!({"code": 13, "message": "HTTP status code 500"});
    let job = fixture.settled("j", failed).await;
    assert_eq!(job["scheduleTime"], "2026-03-28T23:00:10+00:00", "the retry");
    fixture.clock.advance(Duration::from_secs(10));
    let retry = received.recv().await.unwrap();
    let time = &retry.headers["x-cloudscheduler-scheduletime"];
    assert_eq!(time, "2026-03-29T00:00:00+01:00", "that of the execution");
    answers.send(200).unwrap();
    let job = fixture.settled("j", json!({})).await;
    assert_eq!(job["scheduleTime"], "2026-03-29T00:00:00+00:00");
}

#[tokio::test]
async fn a_job_publishes_to_its_topic() {
    let dir = tempfile::tempdir().unwrap();
    let mut fixture = Fixture::open(dir.path(), START);
    let job = |id: &str| {
        json!({
            "name": format!("{}/{id}", &JOBS[4..]),
            "schedule": "every 1 minutes",
            "pubsubTarget": {
                "topicName": format!("projects/p/topics/{id}"),
                "data": "aGVsbG8=",
                "attributes": {"kind": "tick"},
            },
        })
    };
    fixture.ok("POST", JOBS, job("events")).await;
    fixture.ok("POST", JOBS, job("missing")).await;
    fixture.clock.advance(MINUTE);
    let (topic, data, attributes) = fixture.published.recv().await.unwrap();
    assert_eq!((topic.as_str(), &data[..]), ("projects/p/topics/events", &b"hello"[..]));
    assert_eq!(attributes["kind"], "tick");
    let message = "Resource not found (resource=missing).";
    fixture.settled("missing", json!({"code": 5, "message": message})).await;
}

#[tokio::test]
async fn a_restart_neither_loses_nor_repeats_a_time_of_the_schedule() {
    let dir = tempfile::tempdir().unwrap();
    let (url, mut received, answers) = target().await;
    let fixture = Fixture::open(dir.path(), START);
    fixture.ok("POST", JOBS, http_job(&url)).await;
    fixture.clock.advance(MINUTE);
    received.recv().await.unwrap();
    answers.send(200).unwrap();
    fixture.settled("j", json!({})).await;
    drop(fixture);
    // Ten minutes later.
    let fixture = Fixture::open(dir.path(), "2026-03-28T23:10:30Z");
    let delayed = received.recv().await.unwrap();
    let time = |request: &Received| request.headers["x-cloudscheduler-scheduletime"].clone();
    assert_eq!(time(&delayed), "2026-03-29T00:01:00+01:00", "the first time that was missed");
    // The process dies before the answer.
    drop(fixture);
    let fixture = Fixture::open(dir.path(), "2026-03-28T23:10:40Z");
    let repeated = received.recv().await.unwrap();
    assert_eq!(time(&repeated), time(&delayed));
    answers.send(200).unwrap();
    answers.send(200).unwrap();
    let job = loop {
        let job = fixture.ok("GET", &format!("{JOBS}/j"), Value::Null).await;
        if job["lastAttemptTime"] == "2026-03-28T23:10:40+00:00" {
            break job;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(job["scheduleTime"], "2026-03-28T23:11:00+00:00");
}

#[tokio::test]
async fn jobs_are_paused_resumed_updated_listed_and_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let fixture = Fixture::open(dir.path(), START);
    let mut job = http_job("http://127.0.0.1:1");
    for id in ["b", "a", "c"] {
        job["name"] = format!("projects/42/locations/europe-west1/jobs/{id}").into();
        let created = fixture.ok("POST", JOBS, job.clone()).await;
        assert_eq!(created["name"], format!("{}/{id}", &JOBS[4..]), "with the project's id");
    }
    let (status, refused) = fixture.call("POST", JOBS, job.clone()).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(refused["error"]["message"], format!("Job {}/c already exists.", &JOBS[4..]));
    let job = format!("{JOBS}/a");
    let paused = fixture.ok("POST", &format!("{job}:pause"), json!({})).await;
    assert_eq!(paused["state"], "PAUSED");
    let mask = format!("{job}?updateMask=schedule%2CretryConfig.retryCount");
    let change =
        json!({"schedule": "0 0 * * *", "retryConfig": {"retryCount": 3}, "timeZone": "x"});
    let updated = fixture.ok("PATCH", &mask, change).await;
    assert_eq!(updated["state"], "PAUSED");
    assert_eq!(updated["retryConfig"]["retryCount"], 3);
    assert_eq!(updated["timeZone"], "Europe/Berlin");
    assert_eq!(updated["scheduleTime"], "2026-03-28T23:00:00+00:00");
    let resumed = fixture.ok("POST", &format!("{job}:resume"), json!({})).await;
    assert_eq!(resumed["state"], "ENABLED");
    let first = fixture.ok("GET", &format!("{JOBS}?pageSize=2"), Value::Null).await;
    assert_eq!(first["jobs"].as_array().unwrap().len(), 2);
    let token = first["nextPageToken"].as_str().unwrap();
    let next = fixture.ok("GET", &format!("{JOBS}?pageToken={token}"), Value::Null).await;
    assert_eq!(next["jobs"][0]["name"], format!("{}/c", &JOBS[4..]));
    fixture.ok("DELETE", &job, Value::Null).await;
    let (status, refused) = fixture.call("GET", &job, Value::Null).await;
    assert_eq!(
        (status, &refused["error"]["message"]),
        (StatusCode::NOT_FOUND, &"Job not found.".into())
    );
}

#[tokio::test]
async fn what_is_not_served_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let fixture = Fixture::open(dir.path(), START);
    let with = |field: &str, value: Value| {
        let mut job = json!({"schedule": "* * * * *"});
        job[field] = value;
        job
    };
    let oauth = json!({"uri": "http://a", "oauthToken": {"serviceAccountEmail": "a@b"}});
    for (job, expected) in [
        (with("appEngineHttpTarget", json!({"relativeUri": "/"})), "App Engine targets"),
        (with("httpTarget", oauth), "OAuth tokens"),
    ] {
        let (status, refused) = fixture.call("POST", JOBS, job).await;
        assert_eq!(status, StatusCode::NOT_IMPLEMENTED, "{refused}");
        assert!(refused["error"]["message"].as_str().unwrap().contains(expected), "{refused}");
    }
    let bad = with("httpTarget", json!({"uri": "http://a", "color": "red"}));
    let (status, refused) = fixture.call("POST", JOBS, bad).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(refused["error"]["message"].as_str().unwrap().contains("color"), "{refused}");
}
