//! `gcloud scheduler` and `gcloud tasks`, with a target in this process.

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use longshore_local_kit::listen::{self, Access};
use tokio::sync::mpsc;

use super::{Shell, short};

const IN: &str = "--location=europe-west1";

/// A target that sends on one header and the body of each request. Returns its URL.
async fn target(header: &'static str) -> (String, mpsc::UnboundedReceiver<(String, String)>) {
    let (requests, received) = mpsc::unbounded_channel();
    let router = Router::new().fallback(move |request: Request| async move {
        let value = request.headers().get(header).map(|value| value.to_str().unwrap().to_owned());
        let body = axum::body::to_bytes(request.into_body(), usize::MAX).await.unwrap();
        let body = String::from_utf8(body.into()).unwrap();
        requests.send((value.unwrap_or_default(), body)).unwrap();
        StatusCode::OK
    });
    let listener = listen::bind(0).await.unwrap();
    let url = format!("http://{}/work", listener.local_addr().unwrap());
    let served = listen::serve(listener, router, Access::to_apis(&[]), std::future::pending());
    tokio::spawn(served);
    (url, received)
}

#[tokio::test(flavor = "multi_thread")]
async fn gcloud_creates_runs_changes_pauses_and_deletes_jobs() {
    let Some(shell) = Shell::start().await else { return };
    let (url, mut received) = target("x-cloudscheduler-jobname").await;
    let jobs = |verb: &str| format!("scheduler jobs {verb} {IN}");
    let account = "--oidc-service-account-email=a@local-project.iam.gserviceaccount.com";
    let create = format!("{} --schedule=@daily --uri={url}", jobs("create http other"));
    let refused = shell.fails(&create).await;
    assert!(refused.contains("Schedule or time zone is invalid."), "{refused}");
    let create = [
        "scheduler",
        "jobs",
        "create",
        "http",
        "tick",
        IN,
        "--schedule=0 0 1 1 *",
        "--time-zone=Europe/Berlin",
        "--message-body=hello",
        "--max-retry-attempts=2",
        account,
    ];
    let uri = format!("--uri={url}");
    shell.gcloud_words(create.into_iter().chain([uri.as_str()])).await;
    let shown = jobs("describe tick --format=value(state,schedule,timeZone,httpTarget.httpMethod)");
    assert_eq!(shell.gcloud(&shown).await, "ENABLED\t0 0 1 1 *\tEurope/Berlin\tPOST");
    let listed = shell.gcloud(&jobs("list --format=value(name)")).await;
    assert_eq!(short(&listed), "tick");
    shell.gcloud(&jobs("run tick")).await;
    assert_eq!(received.recv().await.unwrap(), ("tick".to_owned(), "hello".to_owned()));
    shell.gcloud(&jobs("update http tick --message-body=changed --clear-auth-token")).await;
    let shown = jobs("describe tick --format=value(httpTarget.oidcToken.serviceAccountEmail)");
    assert_eq!(shell.gcloud(&shown).await, "");
    shell.gcloud(&jobs("run tick")).await;
    assert_eq!(received.recv().await.unwrap(), ("tick".to_owned(), "changed".to_owned()));
    shell.gcloud(&jobs("pause tick")).await;
    let state = jobs("describe tick --format=value(state)");
    assert_eq!(shell.gcloud(&state).await, "PAUSED");
    shell.gcloud(&jobs("resume tick")).await;
    assert_eq!(shell.gcloud(&state).await, "ENABLED");

    shell.gcloud("pubsub topics create ticks").await;
    shell.gcloud("pubsub subscriptions create reader --topic=ticks").await;
    let create = [
        "scheduler",
        "jobs",
        "create",
        "pubsub",
        "publish",
        IN,
        "--schedule=every 24 hours",
        "--topic=ticks",
        "--message-body=tick",
    ];
    shell.gcloud_words(create).await;
    shell.gcloud(&jobs("run publish")).await;
    // An empty pull returns at once.
    let pull = "pubsub subscriptions pull reader --auto-ack --format=value(message.data)";
    let pulled = loop {
        let pulled = shell.gcloud(pull).await;
        if !pulled.is_empty() {
            break pulled;
        }
    };
    assert_eq!(pulled, "tick");
    shell.gcloud(&jobs("delete publish")).await;
    shell.gcloud(&jobs("delete tick")).await;
    let gone = shell.fails(&jobs("describe tick")).await;
    assert!(gone.contains("Job not found."), "{gone}");
    let locations = shell.gcloud("scheduler locations list --format=value(locationId)").await;
    assert!(locations.lines().any(|location| location == "europe-west1"), "{locations}");
}

#[tokio::test(flavor = "multi_thread")]
async fn gcloud_creates_queues_and_tasks() {
    let Some(shell) = Shell::start().await else { return };
    let (url, mut received) = target("x-cloudtasks-taskname").await;
    let queues = |verb: &str| format!("tasks queues {verb} {IN}");
    shell.gcloud(&queues("create work --max-concurrent-dispatches=3 --max-attempts=5")).await;
    let shown = "describe work --format=value(state,rateLimits.maxConcurrentDispatches,\
                 retryConfig.maxAttempts,rateLimits.maxDispatchesPerSecond)";
    assert_eq!(shell.gcloud(&queues(shown)).await, "RUNNING\t3\t5\t500.0");
    let listed = shell.gcloud(&queues("list --format=value(name)")).await;
    assert_eq!(short(&listed), "work");
    shell.gcloud(&queues("update work --max-dispatches-per-second=10")).await;
    let shown = "describe work --format=value(rateLimits.maxDispatchesPerSecond)";
    assert_eq!(shell.gcloud(&queues(shown)).await, "10.0");

    let add = |id: &str| {
        format!("tasks create-http-task {id} --queue=work {IN} --url={url} --body-content=hello")
    };
    shell.gcloud(&add("one")).await;
    assert_eq!(received.recv().await.unwrap(), ("one".to_owned(), "hello".to_owned()));
    let refused = shell.fails(&add("one")).await;
    assert!(refused.contains("ALREADY_EXISTS"), "{refused}");
    shell.gcloud(&queues("pause work")).await;
    shell.gcloud(&add("two")).await;
    let tasks = |verb: &str| format!("tasks {verb} --queue=work {IN}");
    let listed = shell.gcloud(&tasks("list --format=value(name)")).await;
    assert_eq!(short(&listed), "two");
    let shown = shell.gcloud(&tasks("describe two --format=value(httpRequest.url)")).await;
    assert_eq!(shown, url);
    shell.gcloud(&tasks("run two")).await;
    assert_eq!(received.recv().await.unwrap(), ("two".to_owned(), "hello".to_owned()));
    shell.gcloud(&add("three")).await;
    shell.gcloud(&tasks("delete three")).await;
    shell.gcloud(&add("four")).await;
    shell.gcloud(&queues("purge work")).await;
    assert_eq!(shell.gcloud(&tasks("list --format=value(name)")).await, "");
    let role = "--member=allUsers --role=roles/cloudtasks.enqueuer";
    shell.gcloud(&queues(&format!("add-iam-policy-binding work {role}"))).await;
    let policy = shell.gcloud(&queues("get-iam-policy work --format=json")).await;
    assert!(policy.contains("allUsers"), "{policy}");
    shell.gcloud(&queues("resume work")).await;
    shell.gcloud(&queues("delete work")).await;
    let gone = shell.fails(&queues("describe work")).await;
    assert!(gone.contains("Queue does not exist."), "{gone}");
}
