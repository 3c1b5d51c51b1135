use serde_json::json;

use super::*;
use crate::endpoints::Cloud;
use crate::google::fake::Fake;

const NAME: &str = "projects/p/locations/r/queues/q";
const QUEUES: &str = "/v2/projects/p/locations/r/queues";
const QUEUE: &str = "/v2/projects/p/locations/r/queues/q";
const GET_POLICY: &str = "/v2/projects/p/locations/r/queues/q:getIamPolicy";
const SET_POLICY: &str = "/v2/projects/p/locations/r/queues/q:setIamPolicy";

async fn triggers(fake: &Fake) -> GoogleQueueTriggers {
    let profile = Profile::of(Cloud::Local).unwrap();
    let pacer = Pacer::unlimited();
    GoogleQueueTriggers::connect(&profile, Some(&fake.endpoint), pacer).await.unwrap()
}

fn shape() -> TaskQueue {
    TaskQueue {
        name: NAME.to_owned(),
        url: "https://f.run.app".to_owned(),
        account: "caller@p.iam.gserviceaccount.com".to_owned(),
        audience: "https://f.run.app".to_owned(),
        rate: Rate::new(0.5).unwrap(),
        concurrent: 7,
        retry: TaskRetry {
            max_attempts: Attempts::Unlimited,
            max_duration: Duration::from_secs(600),
            minimum_backoff: Duration::from_secs(1),
            maximum_backoff: Duration::from_secs(60),
            max_doublings: 3,
        },
    }
}

#[test]
fn a_queue_shows_what_was_requested() {
    let limited = TaskRetry { max_attempts: Attempts::AtMost(3), ..shape().retry };
    let local = "http://127.0.0.1:8080".to_owned();
    for shape in [
        shape(),
        TaskQueue { retry: limited, ..shape() },
        TaskQueue { url: local.clone(), audience: local, ..shape() },
    ] {
        let live = observed(&requested(&shape).unwrap());
        assert_eq!(live, LiveTrigger { shape, state: TriggerState::Active, last: None });
    }
}

#[test]
fn a_queue_whose_tasks_may_go_elsewhere_differs() {
    let queue = requested(&shape()).unwrap();
    let routed = |change: fn(UriOverride) -> UriOverride| {
        let target = queue.http_target.clone().unwrap();
        let uri = change(target.uri_override.clone().unwrap());
        let live = observed(&queue.clone().set_http_target(target.set_uri_override(uri)));
        shape().differences(&live.shape)
    };
    assert_eq!(routed(|uri| uri), []);
    assert_eq!(
        routed(|uri| uri.set_uri_override_enforce_mode(UriOverrideEnforceMode::IfNotExists)),
        [QueueField::Target]
    );
    assert_eq!(routed(|uri| uri.set_host("elsewhere")), [QueueField::Target]);
    let path = |uri: UriOverride| {
        uri.set_path_override(google_cloud_tasks_v2::model::PathOverride::new().set_path("/x"))
    };
    assert_eq!(routed(path), [QueueField::Target]);
    let without = observed(&queue.clone().set_or_clear_http_target(None::<HttpTarget>));
    assert_eq!(shape().differences(&without.shape), [QueueField::Target]);
    for state in [State::Paused, State::Disabled] {
        assert_eq!(observed(&queue.clone().set_state(state)).state, TriggerState::Paused);
    }
}

#[tokio::test]
async fn a_queue_is_created_with_the_fields_of_the_api_and_read_again() {
    let created = json!({ "name": NAME });
    let fake =
        Fake::answering([("POST", QUEUES, 200, created.clone()), ("GET", QUEUE, 200, created)])
            .await;
    triggers(&fake).await.create(&shape()).await.unwrap();
    assert_eq!(fake.calls(), [format!("POST {QUEUES}"), format!("GET {QUEUE}")]);
    let sent = fake.requests()[0].body.clone();
    let uri = &sent["httpTarget"]["uriOverride"];
    assert_eq!((&uri["host"], &uri["port"]), (&"f.run.app".into(), &"0".into()));
    let token = json!({
        "serviceAccountEmail": "caller@p.iam.gserviceaccount.com",
        "audience": "https://f.run.app",
    });
    assert_eq!(sent["httpTarget"]["oidcToken"], token);
    assert_eq!(sent["rateLimits"]["maxDispatchesPerSecond"], 0.5);
    assert_eq!(sent["retryConfig"]["maxAttempts"], -1);
}

#[tokio::test]
async fn a_queue_that_was_created_in_appearance_only_is_refused() {
    let fake = Fake::answering([("POST", QUEUES, 200, json!({ "name": NAME }))]).await;
    let error = triggers(&fake).await.create(&shape()).await.unwrap_err();
    assert_eq!(error.kind, Kind::PreconditionFailed);
    assert!(error.message().contains("existed recently"), "{}", error.message());
}

#[tokio::test]
async fn an_update_has_the_mask_of_its_fields_and_a_missing_queue_is_deleted() {
    let fake = Fake::answering([("PATCH", QUEUE, 200, json!({ "name": NAME }))]).await;
    let triggers = triggers(&fake).await;
    let fields = [QueueField::Target, QueueField::Limits, QueueField::Retry];
    triggers.update(&shape(), &fields).await.unwrap();
    let mask = fake.requests().pop().unwrap().query["updateMask"].clone();
    assert_eq!(mask.replace('_', "").to_lowercase(), "httptarget,ratelimits,retryconfig");
    triggers.delete(NAME).await.unwrap();
}

#[tokio::test]
async fn enqueuers_are_changed_and_the_bindings_of_others_stay() {
    let set = |members: &[&str]| members.iter().map(|one| (*one).to_owned()).collect();
    let viewer = json!({ "role": "roles/viewer", "members": ["user:c"] });
    let policy = json!({
        "etag": "AA==",
        "bindings": [viewer, { "role": ENQUEUER, "members": ["user:a", "user:b"] }],
    });
    let fake =
        Fake::answering([("POST", GET_POLICY, 200, policy), ("POST", SET_POLICY, 200, json!({}))])
            .await;
    let triggers = triggers(&fake).await;
    assert_eq!(triggers.enqueuers(NAME).await.unwrap(), set(&["user:a", "user:b"]));
    triggers.change_enqueuers(NAME, &set(&["user:d"]), &set(&["user:a"])).await.unwrap();
    let sent = fake.requests().pop().unwrap().body["policy"].clone();
    assert_eq!(sent["etag"], "AA==");
    assert_eq!(sent["bindings"][0], viewer);
    assert_eq!(sent["bindings"][1]["members"], json!(["user:b", "user:d"]));
    let before = fake.requests().len();
    triggers.change_enqueuers(NAME, &set(&["user:a"]), &set(&["user:x"])).await.unwrap();
    assert_eq!(fake.requests().len(), before + 1, "nothing has to be written");
}
