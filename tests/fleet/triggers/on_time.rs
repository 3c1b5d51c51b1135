//! Jobs and tasks reach functions, with the programs of all workers and a local cloud.

use super::pushed::{described, printed, run};
use crate::support::rest::{client, send};
use crate::support::{Cloud, spec, uuid};
use longshore_messages::{FailureClass, Outcome, proto};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;

/// Prints what it got, as one line.
const SOURCE: &str = r#"def called(request):
    by = request.headers.get("X-CloudScheduler-JobName") or request.headers["X-CloudTasks-QueueName"]
    body = request.get_data(as_text=True)
    print(f"got {request.method} {request.full_path} {body} by {by}\n", end="", flush=True)
    return "ok"
"#;

const FROM_THE_TASK: &str = "ZnJvbSB0aGUgdGFzaw==";
const KEPT: &str = "a2VwdA==";

/// A private function of a flavour.
async fn private(cloud: &Cloud, name: &str, flavour: proto::Flavour) -> proto::FunctionSpec {
    let directory = cloud.folder().join(uuid());
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join("main.py"), SOURCE).unwrap();
    let mut wanted = spec(name, cloud.stage(&directory).await);
    wanted.entry_point = "called".to_owned();
    wanted.flavour = flavour.into();
    wanted.service = None;
    wanted
}

fn of(kind: proto::trigger::Kind) -> proto::Trigger {
    proto::Trigger { kind: Some(kind) }
}

/// It does not come due while a test runs.
fn yearly() -> proto::ScheduleTrigger {
    proto::ScheduleTrigger {
        schedule: "0 0 29 2 *".to_owned(),
        time_zone: "Europe/Zurich".to_owned(),
        path: "/jobs?kind=daily".to_owned(),
        body: b"from the job".to_vec(),
        headers: BTreeMap::from([("Content-Type".to_owned(), "text/plain".to_owned())]),
        ..proto::ScheduleTrigger::default()
    }
}

pub(super) fn of_schedule(schedule: proto::ScheduleTrigger) -> proto::Trigger {
    of(proto::trigger::Kind::Schedule(schedule))
}

pub(super) fn of_queue(queue: proto::QueueTrigger) -> proto::Trigger {
    of(proto::trigger::Kind::Queue(queue))
}

async fn deployed(cloud: &Cloud, wanted: &proto::FunctionSpec) {
    let finished = cloud.end_of(cloud.request(wanted.clone()).await).await;
    assert!(matches!(finished.outcome, Outcome::Deployed(_)), "{finished:?}\n{}", cloud.logs());
}

/// Calls a method of Cloud Scheduler or Cloud Tasks, which has to succeed.
pub(super) async fn api(
    cloud: &Cloud,
    api: &str,
    method: Method,
    path: &str,
    body: Value,
) -> Value {
    let version = if api == "TASKS" { "v2" } else { "v1" };
    let endpoint = &cloud.environment[&format!("LONGSHORE_{api}_ENDPOINT")];
    let request = client().request(method, format!("{endpoint}/{version}/{path}"));
    send(if body.is_null() { request } else { request.json(&body) }).await
}

pub(super) fn name(trigger: &Value) -> &str {
    trigger["name"].as_str().unwrap()
}

/// Adds a task whose URL is somewhere else. The body is base64.
pub(super) async fn enqueue(cloud: &Cloud, queue: &str, body: &str) {
    // Cloud Tasks sets no type, and the framework for Node.js reads no body without one.
    let headers = json!({ "Content-Type": "text/plain" });
    let url = "https://nowhere.example/tasks?a=b";
    let request = json!({ "url": url, "headers": headers, "body": body });
    let task = json!({ "task": { "httpRequest": request } });
    api(cloud, "TASKS", Method::POST, &format!("{queue}/tasks"), task).await;
}

async fn calls_until_removed(flavour: proto::Flavour) {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let mut wanted = private(&cloud, "on-time", flavour).await;
    let enqueuer = "user:ada@example.com".to_owned();
    let queue = proto::QueueTrigger { enqueuers: vec![enqueuer.clone()], ..Default::default() };
    wanted.triggers = vec![of_schedule(yearly()), of_queue(queue.clone())];
    deployed(&cloud, &wanted).await;

    let triggers = described(&cloud, "on-time");
    let [job, queued] = triggers.as_slice() else { panic!("{triggers:?}") };
    assert_eq!((&job["kind"], &job["state"]), (&"schedule".into(), &"active".into()));
    assert_eq!((&queued["kind"], &queued["state"]), (&"queue".into(), &"active".into()));
    assert_eq!(job["lastCalledAt"], Value::Null);
    api(&cloud, "SCHEDULER", Method::POST, &format!("{}:run", name(job)), json!({})).await;
    let id = name(job).rsplit('/').next().unwrap();
    let line = ["got POST /jobs?kind=daily from the job by", id];
    printed(&cloud, "on-time", &line).await;
    enqueue(&cloud, name(queued), FROM_THE_TASK).await;
    let id = name(queued).rsplit('/').next().unwrap();
    printed(&cloud, "on-time", &["got POST /tasks?a=b from the task by", id]).await;
    let policy = format!("{}:getIamPolicy", name(queued));
    let policy = api(&cloud, "TASKS", Method::POST, &policy, json!({})).await;
    let role = "roles/cloudtasks.enqueuer";
    assert_eq!(policy["bindings"], json!([{ "role": role, "members": [enqueuer] }]));
    let listed = run(&cloud, &["--output", "json", "list"]);
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed[0]["triggers"], 2, "{listed}");

    // Both are changed in place: the paused job stays paused, and the queue keeps its task.
    api(&cloud, "SCHEDULER", Method::POST, &format!("{}:pause", name(job)), json!({})).await;
    api(&cloud, "TASKS", Method::POST, &format!("{}:pause", name(queued)), json!({})).await;
    enqueue(&cloud, name(queued), KEPT).await;
    let later = proto::ScheduleTrigger { method: "PUT".to_owned(), ..yearly() };
    let slower = proto::QueueTrigger { max_dispatches_per_second: Some(100.0), ..queue };
    wanted.triggers = vec![of_schedule(later), of_queue(slower)];
    deployed(&cloud, &wanted).await;
    let again = described(&cloud, "on-time");
    let states: Vec<&Value> = again.iter().map(|one| &one["state"]).collect();
    assert_eq!(states, ["paused", "paused"]);
    assert_eq!((name(&again[0]), name(&again[1])), (name(job), name(queued)));
    assert!(again[0]["lastCalledAt"].is_string(), "{again:?}");
    assert_eq!(again[0]["lastProblem"], Value::Null, "{again:?}");
    api(&cloud, "TASKS", Method::POST, &format!("{}:resume", name(queued)), json!({})).await;
    printed(&cloud, "on-time", &["got POST /tasks?a=b kept"]).await;

    wanted.triggers.clear();
    deployed(&cloud, &wanted).await;
    assert_eq!(described(&cloud, "on-time").len(), 0);
    let (project, region) = (&cloud.settings.project, &cloud.settings.region);
    let location = format!("projects/{project}/locations/{region}");
    for (service, collection) in [("SCHEDULER", "jobs"), ("TASKS", "queues")] {
        let path = format!("{location}/{collection}");
        let left = api(&cloud, service, Method::GET, &path, Value::Null).await;
        assert_eq!(left[collection].as_array().map_or(0, Vec::len), 0, "{left}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_and_tasks_call_a_private_function_until_they_are_removed() {
    calls_until_removed(proto::Flavour::Run).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_and_tasks_call_a_private_function_of_the_functions_flavour() {
    calls_until_removed(proto::Flavour::Functions).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_schedule_or_queue_is_one_outcome_and_what_served_before_still_is_called() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let mut wanted = private(&cloud, "kept", proto::Flavour::Run).await;
    wanted.triggers = vec![of_schedule(yearly())];
    deployed(&cloud, &wanted).await;
    let foreign = "caller@other-project.iam.gserviceaccount.com".to_owned();
    let changed = |change: fn(&mut proto::ScheduleTrigger)| {
        let mut schedule = yearly();
        change(&mut schedule);
        of_schedule(schedule)
    };
    for (trigger, code, part) in [
        (changed(|one| one.schedule = "0 25 * * *".to_owned()), "invalid-request", "its hour"),
        (changed(|one| one.schedule = "@daily".to_owned()), "invalid-request", "unix-cron"),
        (
            changed(|one| one.time_zone = "Mars/Olympus".to_owned()),
            "invalid-request",
            "tz database",
        ),
        (
            of_queue(proto::QueueTrigger { service_account: foreign, ..Default::default() }),
            "invalid-request",
            "a service account of the function's project",
        ),
        // Only Cloud Scheduler looks at the calendar.
        (
            changed(|one| one.schedule = "0 0 30 2 *".to_owned()),
            "trigger-refused",
            "Schedule or time zone is invalid",
        ),
    ] {
        let mut bad = wanted.clone();
        bad.triggers = vec![of_schedule(yearly()), trigger];
        let finished = cloud.end_of(cloud.request(bad).await).await;
        let Outcome::Failed(failure) = &finished.outcome else { panic!("{finished:?}") };
        assert_eq!((failure.code.as_str(), failure.class), (code, FailureClass::User));
        assert!(failure.reason.contains(part), "{failure:?}");
    }
    let triggers = described(&cloud, "kept");
    let [job] = triggers.as_slice() else { panic!("{triggers:?}") };
    api(&cloud, "SCHEDULER", Method::POST, &format!("{}:run", name(job)), json!({})).await;
    printed(&cloud, "kept", &["got POST /jobs?kind=daily from the job"]).await;

    let output = run(&cloud, &["delete", "--yes", "kept"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (project, region) = (&cloud.settings.project, &cloud.settings.region);
    let jobs = format!("projects/{project}/locations/{region}/jobs");
    let left = api(&cloud, "SCHEDULER", Method::GET, &jobs, Value::Null).await;
    assert_eq!(left["jobs"], Value::Null, "{left}");
}
