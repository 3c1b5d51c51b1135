//! The decisions, in tables.

use super::*;

fn scope() -> Scope {
    let reserved = Reserved {
        fleet: "longshore".to_owned(),
        buckets: vec!["p-longshore-ledger".to_owned(), "run-sources-p-".to_owned()],
    };
    Scope::new("p", &reserved)
}

fn message(fields: &[(u8, &[u8])]) -> Vec<u8> {
    let field = |(number, value): &(u8, &[u8])| {
        [&[number << 3 | 2, u8::try_from(value.len()).unwrap()], *value].concat()
    };
    fields.iter().flat_map(field).collect()
}

fn grpc(method: &str, fields: &[(u8, &[u8])]) -> Result<(), &'static str> {
    let path = format!("/google.pubsub.v1.{method}");
    pubsub_grpc(&scope(), &path, &message(fields)).map_err(|refusal| kind(&refusal))
}

fn kind(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::OtherProject(_) => "other project",
        Refusal::Reserved(_) => "reserved",
        Refusal::Method(_) => "method",
        Refusal::Push => "push",
        Refusal::Unreadable => "unreadable",
    }
}

#[test]
fn a_function_uses_the_topics_and_subscriptions_of_its_project() {
    let (topic, other) = (&b"projects/p/topics/t"[..], &b"projects/q/topics/t"[..]);
    let (fleets, payload) = (&b"projects/p/topics/longshore.deploy-requested"[..], &b"x"[..]);
    let subscription = &b"projects/p/subscriptions/s"[..];
    let dead_letter = |topic| message(&[(1, topic)]);
    assert_eq!(grpc("Publisher/Publish", &[(1, topic), (2, payload)]), Ok(()));
    assert_eq!(grpc("Publisher/Publish", &[(1, other)]), Err("other project"));
    assert_eq!(grpc("Publisher/Publish", &[(1, fleets)]), Err("reserved"));
    assert_eq!(grpc("Publisher/Publish", &[(1, topic), (1, fleets)]), Err("reserved"));
    assert_eq!(grpc("Publisher/Publish", &[(1, fleets), (1, topic)]), Err("reserved"));
    assert_eq!(grpc("Publisher/Publish", &[(2, payload)]), Err("unreadable"));
    assert_eq!(grpc("Publisher/ListTopics", &[(1, b"projects/p")]), Ok(()));
    assert_eq!(grpc("Publisher/ListTopics", &[(1, b"projects/q")]), Err("other project"));
    assert_eq!(grpc("Subscriber/StreamingPull", &[(1, subscription)]), Ok(()));
    let fleets_subscription = &b"projects/p/subscriptions/longshore.uploader.x"[..];
    assert_eq!(grpc("Subscriber/Pull", &[(1, fleets_subscription)]), Err("reserved"));
    assert_eq!(grpc("Publisher/UpdateTopic", &[(1, topic)]), Err("method"));
    assert_eq!(grpc("SchemaService/GetSchema", &[(1, topic)]), Err("method"));

    let create = "Subscriber/CreateSubscription";
    assert_eq!(grpc(create, &[(1, subscription), (2, topic)]), Ok(()));
    assert_eq!(grpc(create, &[(1, subscription), (2, fleets)]), Err("reserved"));
    assert_eq!(grpc(create, &[(1, subscription), (2, topic), (13, &dead_letter(topic))]), Ok(()));
    let forging = grpc(create, &[(1, subscription), (2, topic), (13, &dead_letter(fleets))]);
    assert_eq!(forging, Err("reserved"), "dead letters are published by the local cloud");
    let push = message(&[(1, b"http://127.0.0.1:1")]);
    assert_eq!(grpc(create, &[(1, subscription), (2, topic), (4, &push)]), Err("push"));
    assert_eq!(grpc(create, &[(1, subscription), (2, topic), (4, b"")]), Ok(()));
    let update = message(&[(1, subscription), (4, &push)]);
    assert_eq!(grpc("Subscriber/UpdateSubscription", &[(1, &update)]), Err("push"));
    assert_eq!(grpc("Subscriber/ModifyPushConfig", &[(1, subscription)]), Err("method"));
}

#[test]
fn the_rest_api_of_pubsub_has_the_same_limits() {
    let dead = |topic| {
        format!(
            r#"{{"topic": "projects/p/topics/t", "deadLetterPolicy": {{"deadLetterTopic": "{topic}"}}}}"#
        )
    };
    let (good, forging) =
        (dead("projects/p/topics/d"), dead("projects/p/topics/longshore.deploy-requested"));
    let push = r#"{"topic": "projects/p/topics/t", "push_config": {"pushEndpoint": "http://x"}}"#;
    let unset = r#"{"topic": "projects/p/topics/t", "pushConfig": {}}"#;
    let cases: [(&str, &str, &str, Result<(), &str>); 17] = [
        ("POST", "/v1/projects/p/topics/t:publish", "{}", Ok(())),
        ("POST", "/v1/projects/q/topics/t:publish", "{}", Err("other project")),
        ("POST", "/v1/projects/p/topics/longshore.x:publish", "{}", Err("reserved")),
        ("POST", "/v1/projects/p/topics/longshore%2Ex:publish", "{}", Err("reserved")),
        ("POST", "/v1/projects/p/subscriptions/s:pull", "{}", Ok(())),
        ("POST", "/v1/projects/p/subscriptions/longshore.a.b:pull", "{}", Err("reserved")),
        ("POST", "/v1/projects/p/subscriptions/s:modifyPushConfig", "{}", Err("method")),
        ("POST", "/v1/projects/p/topics/t:setIamPolicy", "{}", Err("method")),
        ("PATCH", "/v1/projects/p/topics/t", "{}", Err("method")),
        ("GET", "/v1/projects/p/topics", "", Ok(())),
        ("GET", "/v1/projects/q/topics", "", Err("other project")),
        ("GET", "/v1/projects/p/topics/a%2Fb", "", Err("method")),
        ("PUT", "/v1/projects/p/subscriptions/s", &good, Ok(())),
        ("PUT", "/v1/projects/p/subscriptions/s", &forging, Err("reserved")),
        ("PUT", "/v1/projects/p/subscriptions/s", push, Err("push")),
        ("PUT", "/v1/projects/p/subscriptions/s", unset, Ok(())),
        ("POST", "/google.pubsub.v1.Publisher/Publish", "", Err("method")),
    ];
    for (method, path, body, expected) in cases {
        let decided = pubsub_rest(&scope(), method, path, body.as_bytes());
        assert_eq!(decided.map_err(|refusal| kind(&refusal)), expected, "{method} {path} {body}");
    }
}

#[test]
fn a_function_uses_the_buckets_of_its_project() {
    let owns = |bucket: &str| match bucket {
        "mine" | "p-longshore-ledger" | "run-sources-p-r" => Some(true),
        "theirs" => Some(false),
        _ => None,
    };
    let cases: [(&str, &str, Result<Document, &str>); 31] = [
        ("GET", "/storage/v1/b/mine", Ok(Document::Unread)),
        ("GET", "/b/mine/o", Ok(Document::Unread)),
        ("GET", "/download/storage/v1/b/mine/o/a%2Fb?alt=media", Ok(Document::Unread)),
        ("POST", "/upload/storage/v1/b/mine/o?uploadType=media", Ok(Document::Unread)),
        ("POST", "/resumable/upload/storage/v1/b/theirs/o", Err("other project")),
        ("GET", "/storage/v1/b/theirs/o/x", Err("other project")),
        ("GET", "/b/theirs/o/x", Err("other project")),
        ("GET", "/storage/v1/b/t%68eirs/o/x", Err("other project")),
        ("GET", "/storage/v1/b/p-longshore-ledger/o/head", Err("reserved")),
        ("GET", "/storage/v1/b/p-longshore%2Dledger/o/head", Err("reserved")),
        ("POST", "/upload/storage/v1/b/run-sources-p-r/o", Err("reserved")),
        ("GET", "/p-longshore-ledger/head", Err("reserved")),
        ("GET", "/mine/object", Ok(Document::Unread)),
        ("PUT", "/mine/object", Ok(Document::Unread)),
        ("GET", "/theirs/object", Err("other project")),
        ("PUT", "/new", Err("method")),
        ("PUT", "/new/", Err("method")),
        ("GET", "/", Err("method")),
        ("GET", "//storage/v1/b/theirs", Err("method")),
        ("GET", "/storage/v2/b/theirs", Err("method")),
        ("POST", "/storage/v1/b/mine/o/x/rewriteTo/b/mine/o/y", Ok(Document::Unread)),
        ("POST", "/storage/v1/b/mine/o/x/rewriteTo/b/theirs/o/y", Err("other project")),
        ("POST", "/storage/v1/b/theirs/o/x/copyTo/b/mine/o/y", Err("other project")),
        ("POST", "/storage/v1/b/mine/notificationConfigs", Err("method")),
        ("POST", "/batch/storage/v1", Err("method")),
        ("POST", "/google.storage.v2.Storage/DeleteObject", Err("method")),
        ("GET", "/google.storage.v2.Storage/ListBuckets", Err("method")),
        ("GET", "/storage/v1/projects/p/hmacKeys", Err("method")),
        ("GET", "/storage/v1/b?project=p", Ok(Document::Unread)),
        ("GET", "/storage/v1/b?project=p&project=q", Err("other project")),
        ("POST", "/storage/v1/b?project=p", Ok(Document::NewBucket)),
    ];
    for (method, target, expected) in cases {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let decided = storage_request(&scope(), method, path, query, &owns);
        assert_eq!(decided.map_err(|refusal| kind(&refusal)), expected, "{method} {target}");
    }
    assert_eq!(new_bucket(&scope(), br#"{"name": "fresh"}"#), Ok(()));
    let taken = new_bucket(&scope(), br#"{"name": "p-longshore-ledger"}"#);
    assert_eq!(taken.map_err(|refusal| kind(&refusal)), Err("reserved"));
}
