use serde_json::json;

use super::*;
use crate::Deps;

/// A service with the topic `events` and its subscription `worker`.
struct Bench {
    rest: Rest,
    _dir: tempfile::TempDir,
}

impl Bench {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let bench =
            Self { rest: Rest(Service::open(dir.path(), Deps::default()).unwrap()), _dir: dir };
        bench.ask("PUT", "topics/events", json!({})).await.unwrap();
        bench
            .ask("PUT", "subscriptions/worker", json!({"topic": "projects/p/topics/events"}))
            .await
            .unwrap();
        bench
    }

    async fn ask(&self, method: &str, path: &str, body: Value) -> Result<Value, RestError> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let (path, verb) =
            path.split_once(':').map_or((path, None), |(path, verb)| (path, Some(verb.to_owned())));
        let query = query.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
        let call = Call {
            method: method.parse().unwrap(),
            path: format!("v1/projects/p/{path}").split('/').map(str::to_owned).collect(),
            verb,
            query: query.into_iter().collect(),
            body: body.to_string().into(),
        };
        self.rest.answer(&call).await.unwrap()
    }

    async fn pull(&self) -> Value {
        self.ask(
            "POST",
            "subscriptions/worker:pull",
            json!({"maxMessages": 10, "returnImmediately": true}),
        )
        .await
        .unwrap()
    }
}

#[tokio::test]
async fn messages_travel_as_json() {
    let bench = Bench::new().await;
    // Either alphabet of base64, with or without padding.
    let messages =
        json!({"messages": [{"data": "_-8", "attributes": {"a": "b"}}, {"data": "/+8="}]});
    let published = bench.ask("POST", "topics/events:publish", messages).await.unwrap();
    let pulled = bench.pull().await;
    let first = &pulled["receivedMessages"][0];
    assert_eq!(first["message"]["data"], "/+8=");
    assert_eq!(first["message"]["attributes"], json!({"a": "b"}));
    assert_eq!(first["message"]["messageId"], published["messageIds"][0]);
    assert!(first["message"]["publishTime"].as_str().unwrap().ends_with('Z'));
    assert_eq!(pulled["receivedMessages"][1]["message"]["data"], "/+8=");
    assert_eq!(bench.pull().await, json!({}));

    // An int32 may be a string, and field names may be those of the proto.
    let ids = json!({"ack_ids": [first["ackId"]], "ackDeadlineSeconds": "0"});
    bench.ask("POST", "subscriptions/worker:modifyAckDeadline", ids).await.unwrap();
    let again = bench.pull().await;
    assert_eq!(again["receivedMessages"][0]["message"], first["message"]);
    let ids = json!({"ackIds": [again["receivedMessages"][0]["ackId"]]});
    assert_eq!(bench.ask("POST", "subscriptions/worker:acknowledge", ids).await, Ok(json!({})));
}

#[tokio::test]
async fn a_subscription_is_returned_as_it_was_created() {
    let bench = Bench::new().await;
    let made = json!({
        "name": "projects/p/subscriptions/second",
        "topic": "projects/p/topics/events",
        "pushConfig": {},
        "ackDeadlineSeconds": 60,
        "messageRetentionDuration": "600s",
        "labels": {"a": "b"},
        "enableMessageOrdering": true,
        "expirationPolicy": {},
        "filter": "attributes:a",
        "deadLetterPolicy": {
            "deadLetterTopic": "projects/p/topics/events", "maxDeliveryAttempts": 20,
        },
        "retryPolicy": {"minimumBackoff": "1.500s", "maximumBackoff": "60s"},
        "state": "ACTIVE",
    });
    assert_eq!(bench.ask("PUT", "subscriptions/second", made.clone()).await, Ok(made.clone()));
    assert_eq!(bench.ask("GET", "subscriptions/second", Value::Null).await, Ok(made));
    let other = json!({
        "name": "projects/p/subscriptions/third",
        "topic": "projects/p/topics/events",
        "pushConfig": {"pushEndpoint": "http://127.0.0.1:1/", "noWrapper": {"writeMetadata": true}},
        "ackDeadlineSeconds": 10,
        "retainAckedMessages": true,
        "messageRetentionDuration": "604800s",
        "expirationPolicy": {"ttl": "86400s"},
        "state": "ACTIVE",
    });
    assert_eq!(bench.ask("PUT", "subscriptions/third", other.clone()).await, Ok(other));
    let numbers = bench
        .ask("GET", "subscriptions/second?$alt=json;enum-encoding=int", Value::Null)
        .await
        .unwrap();
    assert_eq!(numbers["state"], 1);

    let patch = json!({
        "subscription": {"ackDeadlineSeconds": 30},
        "updateMask": "ackDeadlineSeconds,retryPolicy",
    });
    let patched = bench.ask("PATCH", "subscriptions/second", patch).await.unwrap();
    assert_eq!(
        (&patched["ackDeadlineSeconds"], &patched["retryPolicy"]),
        (&json!(30), &Value::Null)
    );
}

#[tokio::test]
async fn lists_come_in_pages() {
    let bench = Bench::new().await;
    bench.ask("PUT", "topics/second", json!({})).await.unwrap();
    let first = bench.ask("GET", "topics?pageSize=1", Value::Null).await.unwrap();
    assert_eq!(first["topics"][0]["name"], "projects/p/topics/events");
    let token = first["nextPageToken"].as_str().unwrap();
    let second = bench.ask("GET", &format!("topics?pageToken={token}"), Value::Null).await.unwrap();
    let expected = json!({"topics": [{"name": "projects/p/topics/second", "state": "ACTIVE"}]});
    assert_eq!(second, expected);
}

#[tokio::test]
async fn pages_that_no_list_has_are_rejected() {
    let bench = Bench::new().await;
    let definition = "syntax = \"proto3\"; message Text { string text = 1; }";
    let definition = json!({"type": "PROTOCOL_BUFFER", "definition": definition});
    bench.ask("POST", "schemas?schemaId=text", definition).await.unwrap();
    let lists = [
        "topics",
        "topics/events/subscriptions",
        "subscriptions",
        "snapshots",
        "topics/events/snapshots",
        "schemas",
        "schemas/text:listRevisions",
    ];
    for list in lists {
        bench.ask("GET", list, Value::Null).await.unwrap();
        for page in ["pageToken=garbage", "pageSize=-1", "pageSize=4294967296", "pageSize=all"] {
            let error = bench.ask("GET", &format!("{list}?{page}"), Value::Null).await;
            assert_eq!(error.unwrap_err().status(), "INVALID_ARGUMENT", "{list}?{page}");
        }
        bench.ask("GET", &format!("{list}?pageSize=2147483647"), Value::Null).await.unwrap();
    }
}

#[tokio::test]
async fn unsupported_and_unknown_settings_are_rejected_by_name() {
    let bench = Bench::new().await;
    for (setting, value) in [
        (
            "pushConfig",
            json!({
                "pushEndpoint": "https://example.com", "oidcToken": {"serviceAccountEmail": "a@b"},
            }),
        ),
        ("bigqueryConfig", json!({"table": "t"})),
        ("messageTransforms", json!([{}])),
    ] {
        let mut body = json!({"topic": "projects/p/topics/events"});
        body[setting] = value;
        let refused = bench.ask("PUT", "subscriptions/refused", body).await.unwrap_err();
        assert_eq!(refused.status(), "UNIMPLEMENTED", "{setting}: {refused}");
    }
    let transforms = json!({"messageTransforms": [{}]});
    let refused = bench.ask("PUT", "topics/refused", transforms).await.unwrap_err();
    assert_eq!(refused.status(), "UNIMPLEMENTED");
    let protected = bench.ask("PUT", "topics/protected", json!({"kmsKeyName": "k"})).await.unwrap();
    assert_eq!(protected["kmsKeyName"], "k");
    let unknown = bench.ask("PUT", "topics/refused", json!({"colour": "blue"})).await.unwrap_err();
    assert_eq!(unknown.status(), "INVALID_ARGUMENT");
    assert!(unknown.to_string().contains("colour"), "{unknown}");
}

#[tokio::test]
async fn a_stale_acknowledgement_under_exactly_once_delivery_says_why() {
    let bench = Bench::new().await;
    let once = json!({"topic": "projects/p/topics/events", "enableExactlyOnceDelivery": true});
    bench.ask("PUT", "subscriptions/once", once).await.unwrap();
    bench
        .ask("POST", "topics/events:publish", json!({"messages": [{"data": "AA=="}]}))
        .await
        .unwrap();
    let pull = json!({"maxMessages": 1, "returnImmediately": true});
    let pulled = bench.ask("POST", "subscriptions/once:pull", pull).await.unwrap();
    let id = &pulled["receivedMessages"][0]["ackId"];
    let nack = json!({"ackIds": [id], "ackDeadlineSeconds": 0});
    bench.ask("POST", "subscriptions/once:modifyAckDeadline", nack).await.unwrap();
    let refused = bench
        .ask("POST", "subscriptions/once:acknowledge", json!({"ackIds": [id]}))
        .await
        .unwrap_err();
    let detail = json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "EXACTLY_ONCE_ACKID_FAILURE",
        "domain": "pubsub.googleapis.com",
        "metadata": {id.as_str().unwrap(): "PERMANENT_FAILURE_INVALID_ACK_ID"},
    });
    let text = "Some acknowledgement ids in the request were invalid. This could be because the \
                acknowledgement ids have expired or the acknowledgement ids were malformed.";
    assert_eq!(refused, RestError::invalid(text).with_detail(detail));
}

#[tokio::test]
async fn seek_and_detach_work_over_rest() {
    let bench = Bench::new().await;
    bench
        .ask("POST", "topics/events:publish", json!({"messages": [{"data": "AA=="}]}))
        .await
        .unwrap();
    let seek = json!({"time": "2999-01-01T00:00:00.5Z"});
    assert_eq!(bench.ask("POST", "subscriptions/worker:seek", seek).await, Ok(json!({})));
    assert_eq!(bench.pull().await, json!({}));
    assert_eq!(bench.ask("POST", "subscriptions/worker:detach", json!({})).await, Ok(json!({})));
    assert_eq!(
        bench.ask("GET", "subscriptions/worker", Value::Null).await.unwrap()["detached"],
        true
    );
}

#[tokio::test]
async fn snapshots_travel_as_json() {
    let bench = Bench::new().await;
    for list in ["snapshots", "topics/events/snapshots"] {
        assert_eq!(bench.ask("GET", list, Value::Null).await, Ok(json!({"snapshots": []})));
    }
    let data = json!({"messages": [{"data": "AA=="}]});
    bench.ask("POST", "topics/events:publish", data).await.unwrap();
    let body = json!({"subscription": "projects/p/subscriptions/worker", "labels": {"a": "b"}});
    let made = bench.ask("PUT", "snapshots/before", body).await.unwrap();
    let name = "projects/p/snapshots/before";
    assert_eq!((&made["name"], &made["labels"]), (&json!(name), &json!({"a": "b"})));
    assert_eq!(made["topic"], "projects/p/topics/events");
    let listed = bench.ask("GET", "snapshots", Value::Null).await.unwrap();
    assert_eq!(listed["snapshots"], json!([made]));
    let of_topic = bench.ask("GET", "topics/events/snapshots", Value::Null).await.unwrap();
    assert_eq!(of_topic["snapshots"], json!([name]));
    let patch = json!({"snapshot": {"labels": {"c": "d"}}, "updateMask": "labels"});
    let patched = bench.ask("PATCH", "snapshots/before", patch).await.unwrap();
    assert_eq!(patched["labels"], json!({"c": "d"}));
    assert_eq!(bench.ask("GET", "snapshots/before", Value::Null).await, Ok(patched));
    let fixed = json!({"snapshot": {"topic": "t"}, "updateMask": "topic"});
    let refused = bench.ask("PATCH", "snapshots/before", fixed).await.unwrap_err();
    assert_eq!(refused.status(), "INVALID_ARGUMENT");

    let ids = |pulled: Value| json!({"ackIds": [pulled["receivedMessages"][0]["ackId"]]});
    let acked = ids(bench.pull().await);
    bench.ask("POST", "subscriptions/worker:acknowledge", acked).await.unwrap();
    assert_eq!(bench.pull().await, json!({}));
    let seek = json!({"snapshot": name});
    assert_eq!(bench.ask("POST", "subscriptions/worker:seek", seek).await, Ok(json!({})));
    assert_eq!(bench.pull().await["receivedMessages"].as_array().unwrap().len(), 1);
    assert_eq!(bench.ask("DELETE", "snapshots/before", Value::Null).await, Ok(json!({})));
    let gone = bench.ask("GET", "snapshots/before", Value::Null).await.unwrap_err();
    assert_eq!(gone.status(), "NOT_FOUND");
}

#[tokio::test]
async fn schemas_and_policies_travel_as_json() {
    let bench = Bench::new().await;
    let definition = r#"syntax = "proto3"; message State { string name = 1; }"#;
    // An enum may be its number.
    let made = bench
        .ask("POST", "schemas?schemaId=state", json!({"type": 1, "definition": definition}))
        .await
        .unwrap();
    assert_eq!(
        (&made["type"], &made["definition"]),
        (&json!("PROTOCOL_BUFFER"), &json!(definition))
    );
    let message = |text: &str| {
        let name = "projects/p/schemas/state";
        let message = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, text);
        json!({"name": name, "encoding": "JSON", "message": message})
    };
    assert_eq!(
        bench.ask("POST", "schemas:validateMessage", message(r#"{"name": "a"}"#)).await,
        Ok(json!({}))
    );
    assert!(
        bench.ask("POST", "schemas:validateMessage", message(r#"{"nme": "a"}"#)).await.is_err()
    );
    let listed = bench.ask("GET", "schemas", Value::Null).await.unwrap();
    assert_eq!(listed["schemas"][0]["definition"], Value::Null, "a list is basic unless asked");
    let settings = json!({"schema": "projects/p/schemas/state", "encoding": "JSON"});
    let topic =
        bench.ask("PUT", "topics/typed", json!({"schemaSettings": settings})).await.unwrap();
    assert_eq!(topic["schemaSettings"], settings);

    let policy =
        json!({"policy": {"bindings": [{"role": "roles/pubsub.viewer", "members": ["allUsers"]}]}});
    let set = bench.ask("POST", "topics/events:setIamPolicy", policy).await.unwrap();
    assert_eq!(bench.ask("GET", "topics/events:getIamPolicy", Value::Null).await, Ok(set));
    let permissions = json!({"permissions": ["pubsub.topics.get"]});
    assert_eq!(
        bench.ask("POST", "topics/events:testIamPermissions", permissions.clone()).await,
        Ok(permissions)
    );
}
