//! Faults, and what was sent.

use google_cloud_auth::credentials::anonymous;
use google_cloud_pubsub::client::Publisher;
use google_cloud_pubsub::model::Message;
use reqwest::Method;
use serde_json::{Value, json};

use super::Caller;
use crate::clients::local_cloud;

const TOPIC: &str = "projects/p/topics/topic";
const PUBLISH: &str = "google.pubsub.v1.Publisher.Publish";

async fn requests(caller: &Caller, query: &str) -> Vec<Value> {
    let path = format!("longshore/v1/requests?{query}");
    let found = caller.get(caller.endpoints.testing, &path).await;
    found["requests"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_calls_of_a_method_fail_and_the_ones_after_them_do_not() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let caller = Caller::of(&cloud);
    let secrets = caller.endpoints.secrets;
    let fault = json!({
        "method": "google.cloud.secretmanager.v1.SecretManagerService.*", "calls": 2,
        "resource": "projects/p/", "status": "RESOURCE_EXHAUSTED", "message": "slow down",
    });
    caller.testing("faults", fault).await;
    let list = |project: &str| format!("v1/projects/{project}/secrets");
    caller.get(secrets, &list("q")).await;
    for _ in 0..2 {
        let (status, refused) = caller.call(Method::GET, secrets, &list("p"), &Value::Null).await;
        assert_eq!(status, 429);
        assert_eq!(refused["error"]["status"], "RESOURCE_EXHAUSTED");
        assert_eq!(refused["error"]["message"], "slow down");
    }
    caller.get(secrets, &list("p")).await;
    let method = "google.cloud.secretmanager.v1.SecretManagerService.ListSecrets";
    let seen = requests(&caller, &format!("project=p&method={method}")).await;
    let seen: Vec<_> =
        seen.iter().map(|seen| (seen["httpStatus"].clone(), seen["fault"].clone())).collect();
    assert_eq!(
        seen,
        [(json!(429), json!(true)), (json!(429), json!(true)), (json!(200), json!(false))]
    );
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_response_is_lost_was_carried_out() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let caller = Caller::of(&cloud);
    let fault = json!({
        "method": "google.pubsub.v1.Publisher.CreateTopic", "status": "INTERNAL", "when": "after",
    });
    caller.testing("faults", fault).await;
    let (path, at) = (format!("v1/{TOPIC}"), caller.endpoints.pubsub);
    assert_eq!(caller.call(Method::PUT, at, &path, &json!({})).await.0, 500);
    assert_eq!(caller.call(Method::PUT, at, &path, &json!({})).await.0, 409);
    // A delay alone changes nothing else.
    let delay = json!({"method": "google.pubsub.v1.Publisher.GetTopic", "delaySeconds": 0.01});
    caller.testing("faults", delay).await;
    assert_eq!(caller.get(at, &path).await["name"], TOPIC);
    let seen = requests(&caller, "method=google.pubsub.v1.Publisher.GetTopic").await;
    assert_eq!((&seen[0]["fault"], &seen[0]["httpStatus"]), (&json!(true), &json!(200)));
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn googles_client_retries_a_fault_over_grpc_and_the_message_is_listed_once() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let caller = Caller::of(&cloud);
    let at = caller.endpoints.pubsub;
    caller.done(Method::PUT, at, &format!("v1/{TOPIC}"), &json!({})).await;
    caller.testing("faults", json!({"method": PUBLISH, "status": "UNAVAILABLE"})).await;
    let publisher = Publisher::builder(TOPIC).with_endpoint(format!("http://{at}"));
    let publisher = publisher.with_credentials(anonymous::Builder::new().build());
    let publisher = publisher.build().await.unwrap();
    let message = Message::new().set_data("hello").set_attributes([("color", "red")]);
    let id = publisher.publish(message).await.unwrap();
    let seen = requests(&caller, &format!("method={PUBLISH}")).await;
    let statuses: Vec<_> = seen.iter().map(|seen| seen["grpcStatus"].clone()).collect();
    assert_eq!(statuses, [json!("14"), Value::Null], "{seen:#?}");
    let path = format!("longshore/v1/messages?topic={TOPIC}");
    let sent = caller.get(caller.endpoints.testing, &path).await;
    let sent = sent["messages"].as_array().unwrap();
    assert_eq!(sent.len(), 1, "{sent:#?}");
    assert_eq!(sent[0]["messageId"], id);
    assert_eq!((&sent[0]["data"], &sent[0]["dataBytes"]), (&json!("aGVsbG8="), &json!(5)));
    assert_eq!(sent[0]["attributes"], json!({"color": "red"}));
    cloud.stop().await;
}
