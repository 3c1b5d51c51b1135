use axum::http::StatusCode;
use bytes::Bytes;
use google_cloud_run_v2::model::{EnvVar, IngressTraffic, RevisionScaling};
use google_cloud_wkt::Duration as WireDuration;
use serde_json::json;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;

use super::fixture::{
    Cloud, SERVER, SERVICE, client, eventually, get, get_json, sandbox, service_of, tuning,
    with_template, without_sandbox,
};
use crate::tuning::Tuning;
use longshore_local_identity::OWNER;
use longshore_local_sandbox::Launcher;

/// A request whose body has not ended yet, so its instance is busy.
struct Held {
    end: mpsc::Sender<Result<Bytes, std::io::Error>>,
    answer: tokio::task::JoinHandle<(StatusCode, String)>,
}

async fn hold(url: &str) -> Held {
    let (end, body) = mpsc::channel(1);
    let body = reqwest::Body::wrap_stream(ReceiverStream::new(body).map(|chunk| chunk));
    let request = client().post(url).body(body);
    let answer = tokio::spawn(async move {
        let response = request.send().await.unwrap();
        (response.status(), response.text().await.unwrap())
    });
    end.send(Ok(Bytes::from_static(b"begins"))).await.unwrap();
    Held { end, answer }
}

impl Held {
    async fn finish(self) -> (StatusCode, String) {
        drop(self.end);
        self.answer.await.unwrap()
    }
}

async fn a_deployed_function_answers(launcher: Launcher) {
    let is_sandboxed = launcher.missing_sandbox().is_none();
    let cloud = Cloud::with(tuning(), launcher).await;
    let image = cloud.push(SERVER);
    let mut service = service_of(&image);
    let container = &mut service.template.as_mut().unwrap().containers[0];
    container.env = vec![
        EnvVar::new().set_name("OVERRIDDEN").set_value("service"),
        EnvVar::new().set_name("LOOK_FOR").set_value("/root"),
    ];
    let service = cloud.deployed(service).await;
    assert!(!service.reconciling && service.uri.starts_with("http://127.0.0.1:"), "{service:?}");

    let answer = get_json(&service.uri).await;
    let env = &answer["env"];
    assert!(service.latest_ready_revision.ends_with(answer["revision"].as_str().unwrap()));
    assert_eq!((&env["K_SERVICE"], &env["K_CONFIGURATION"]), (&json!("hello"), &json!("hello")));
    assert_eq!((&env["FROM_IMAGE"], &env["OVERRIDDEN"]), (&json!("yes"), &json!("service")));
    assert!(env.get("CARGO").is_none() && env.get("USER").is_none(), "nothing is inherited: {env}");
    assert!(answer["cwd"].as_str().unwrap().ends_with("/workspace"));
    assert_eq!(
        service.uri,
        format!("http://{}", answer["host"].as_str().unwrap()),
        "the caller's Host is kept"
    );
    if is_sandboxed {
        assert_eq!(answer["home"], false, "home directories are hidden");
    }

    let log = cloud.log().await;
    let started = log.iter().find(|entry| entry["jsonPayload"]["message"] == "starts").unwrap();
    assert_eq!(started["severity"], "WARNING");
    assert!(log.iter().any(|entry| entry["textPayload"] == "answers /"), "{log:?}");
    cloud.service.stop().await;
    assert!(client().get(&service.uri).send().await.is_err(), "the URL is closed");
    let log = cloud.log().await;
    assert!(
        log.iter().any(|entry| entry["textPayload"] == "leaves politely"),
        "SIGTERM reaches the function: {log:?}"
    );
}

#[tokio::test]
async fn a_deployed_function_answers_in_the_sandbox_of_this_machine() {
    a_deployed_function_answers(sandbox()).await;
}

#[tokio::test]
async fn a_deployed_function_answers_without_a_sandbox() {
    a_deployed_function_answers(without_sandbox()).await;
}

#[tokio::test]
async fn an_error_of_the_platform_is_in_the_log_of_its_service() {
    let cloud = Cloud::open(tuning()).await;
    let service = cloud.deployed(service_of(&cloud.push(SERVER))).await;
    cloud.service.report(SERVICE, "an event was not delivered");
    cloud.service.report(&format!("{SERVICE}-unknown"), "an event was not delivered");
    let log = cloud.log().await;
    let reports: Vec<_> =
        log.iter().filter(|entry| entry["textPayload"] == "an event was not delivered").collect();
    let [report] = reports[..] else { panic!("{reports:?}") };
    assert_eq!(report["severity"], "ERROR");
    let revision = report["resource"]["labels"]["revision_name"].as_str().unwrap();
    assert!(service.latest_ready_revision.ends_with(revision), "{report}");
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_new_revision_takes_over_behind_the_same_url() {
    let cloud = Cloud::open(tuning()).await;
    let image = cloud.push(SERVER);
    let first = cloud.deployed(service_of(&image)).await;
    let held = hold(&first.uri).await;
    eventually("the request is under way", || cloud.pool().in_flight() == 1).await;
    let second = cloud
        .deployed(with_template(&image, |template| template.set_labels([("version", "2")])))
        .await;
    assert_eq!(first.uri, second.uri);
    assert_ne!(first.latest_ready_revision, second.latest_ready_revision);
    let answer = get_json(&second.uri).await;
    assert!(second.latest_ready_revision.ends_with(answer["revision"].as_str().unwrap()));
    assert_eq!(held.finish().await.0, StatusCode::OK, "the old revision finishes its requests");
    cloud.service.stop().await;
}

#[tokio::test]
async fn idle_instances_stop_and_the_next_request_starts_another() {
    let cloud = Cloud::open(tuning()).await;
    let service = cloud.deployed(service_of(&cloud.push(SERVER))).await;
    let first = get_json(&service.uri).await;
    eventually("the request is over", || cloud.pool().in_flight() == 0).await;
    cloud.pool().scale(tokio::time::Instant::now() + Duration::from_secs(3601)).await;
    assert_eq!(cloud.pool().instances(), 0);
    let second = get_json(&service.uri).await;
    assert_ne!(first["me"], second["me"]);
    assert_eq!(cloud.pool().instances(), 1);
    cloud.service.stop().await;
}

#[tokio::test]
async fn busy_instances_start_more_up_to_the_maximum_and_then_requests_queue() {
    let cloud = Cloud::open(tuning()).await;
    let scaling = RevisionScaling::new().set_max_instance_count(2);
    let service = with_template(&cloud.push(SERVER), |template| {
        template.set_max_instance_request_concurrency(1).set_scaling(scaling)
    });
    let service = cloud.deployed(service).await;
    let (one, two) = (hold(&service.uri).await, hold(&service.uri).await);
    eventually("both are under way", || cloud.pool().in_flight() == 2).await;
    assert_eq!(cloud.pool().instances(), 2);
    let (status, text) = get(&service.uri).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{text}");
    let (one, two) = (one.finish().await, two.finish().await);
    assert_eq!((one.0, two.0), (StatusCode::OK, StatusCode::OK));
    assert_ne!(one.1, two.1, "two instances");
    get_json(&service.uri).await;
    cloud.service.stop().await;
}

/// One slot in all, and requests that wait for it, but not until a stalled body ends by itself.
async fn with_one_slot(body_patience: Duration) -> (Cloud, String) {
    let queue = Duration::from_secs(10);
    let cloud = Cloud::open(Tuning { queue, body_patience, ..tuning() }).await;
    let scaling = RevisionScaling::new().set_max_instance_count(1);
    let service = with_template(&cloud.push(SERVER), |template| {
        template.set_max_instance_request_concurrency(1).set_scaling(scaling)
    });
    let url = cloud.deployed(service).await.uri;
    (cloud, url)
}

#[tokio::test]
async fn a_request_whose_body_stalls_gives_its_slot_to_a_waiting_one() {
    let (cloud, url) = with_one_slot(Duration::from_millis(100)).await;
    let held = hold(&url).await;
    eventually("the body has begun", || cloud.pool().in_flight() == 1).await;
    let (status, text) = get(&url).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    let (status, text) = held.answer.await.unwrap();
    assert_eq!(status, StatusCode::REQUEST_TIMEOUT, "{text}");
    assert!(text.contains("stalled"), "{text}");
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_request_whose_body_stalls_gives_way_to_one_that_its_server_does_not_get_to() {
    let body_patience = Duration::from_millis(100);
    let cloud = Cloud::open(Tuning { body_patience, ..tuning() }).await;
    // It has one place, and its instance has 80 slots.
    let server = SERVER.replace("ThreadingHTTPServer", "HTTPServer");
    let url = cloud.deployed(service_of(&cloud.push(&server))).await.uri;
    let held = hold(&url).await;
    eventually("the body has begun", || cloud.pool().in_flight() == 1).await;
    let (status, text) = get(&url).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    assert_eq!(held.answer.await.unwrap().0, StatusCode::REQUEST_TIMEOUT);
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_request_whose_body_stalls_goes_on_if_no_other_one_waits() {
    let patience = Duration::from_millis(10);
    let (cloud, url) = with_one_slot(patience).await;
    let held = hold(&url).await;
    eventually("the body has begun", || cloud.pool().in_flight() == 1).await;
    tokio::time::sleep(patience * 10).await;
    assert_eq!(held.finish().await.0, StatusCode::OK);
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_minimum_of_instances_is_kept() {
    let cloud = Cloud::open(tuning()).await;
    let scaling = RevisionScaling::new().set_min_instance_count(2);
    cloud
        .deployed(with_template(&cloud.push(SERVER), |template| template.set_scaling(scaling)))
        .await;
    cloud.pool().scale(tokio::time::Instant::now()).await;
    eventually("two instances listen", || cloud.pool().instances() == 2).await;
    cloud.pool().scale(tokio::time::Instant::now() + Duration::from_secs(7200)).await;
    assert_eq!(cloud.pool().instances(), 2);
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_request_beyond_its_timeout_is_answered_504() {
    let cloud = Cloud::open(tuning()).await;
    let service = with_template(&cloud.push(SERVER), |template| {
        template.set_timeout(WireDuration::clamp(1, 0))
    });
    let service = cloud.deployed(service).await;
    let held = hold(&service.uri).await;
    let Held { end, answer } = held;
    assert_eq!(answer.await.unwrap().0, StatusCode::GATEWAY_TIMEOUT);
    drop(end);
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_private_service_requires_a_token_until_all_users_may_invoke_it() {
    let cloud = Cloud::open(tuning()).await;
    let service =
        cloud.deployed(service_of(&cloud.push(SERVER)).set_invoker_iam_disabled(false)).await;
    assert_eq!(get(&service.uri).await.0, StatusCode::FORBIDDEN);
    assert_eq!(get_as(&service.uri, "any").await, StatusCode::UNAUTHORIZED);
    let [owner, push] =
        [OWNER, "push@p.iam.gserviceaccount.com"].map(|email| cloud.token(email, &service.uri));
    assert_eq!(
        (get_as(&service.uri, &owner).await, get_as(&service.uri, &push).await),
        (StatusCode::OK, StatusCode::FORBIDDEN)
    );
    cloud.set_invokers(&["serviceAccount:push@p.iam.gserviceaccount.com"]).await;
    eventually_answers(&service.uri, &push, StatusCode::OK).await;
    cloud.set_invokers(&["allUsers"]).await;
    let front = cloud.service.site(SERVICE).unwrap();
    eventually("the policy has reached the URL", || front.front.gate.is_public()).await;
    assert_eq!(get(&service.uri).await.0, StatusCode::OK);
    cloud.service.stop().await;
}

async fn get_as(url: &str, token: &str) -> StatusCode {
    client().get(url).bearer_auth(token).send().await.unwrap().status()
}

/// Polls, because a policy reaches the URL a moment after the call returns.
async fn eventually_answers(url: &str, token: &str, status: StatusCode) {
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while get_as(url, token).await != status {
        assert!(std::time::Instant::now() < deadline, "not within 20 s: {status}");
    }
}

#[tokio::test]
async fn an_internal_service_is_not_found_from_outside() {
    let cloud = Cloud::open(tuning()).await;
    let service = cloud
        .deployed(service_of(&cloud.push(SERVER)).set_ingress(IngressTraffic::InternalOnly))
        .await;
    assert_eq!(get(&service.uri).await.0, StatusCode::NOT_FOUND);
    let push = cloud.token("push@p.iam.gserviceaccount.com", &service.uri);
    assert_eq!(get_as(&service.uri, &push).await, StatusCode::OK);
    cloud.service.stop().await;
}
