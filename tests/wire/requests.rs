//! What Google's front end checks of every REST request, and the filters of lists, which most APIs
//! share.

#![expect(clippy::unwrap_used, reason = "helpers of a test fail as the test does")]

use std::net::SocketAddr;

use longshore_local_cloud::{Endpoints, LocalCloud};
use serde_json::{Value, json};

use crate::clients::local_cloud;

const REGION: &str = "projects/local-project/locations/europe-west1";

struct Apis {
    cloud: LocalCloud,
    client: reqwest::Client,
    _dir: tempfile::TempDir,
}

impl Apis {
    async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let cloud = local_cloud(dir.path()).await;
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { cloud, client, _dir: dir }
    }

    fn at(&self) -> Endpoints {
        self.cloud.endpoints()
    }

    async fn get(&self, address: SocketAddr, path: &str) -> (u16, Value) {
        self.send(self.client.get(format!("http://{address}{path}"))).await
    }

    async fn post(&self, address: SocketAddr, path: &str, document: &Value) -> (u16, Value) {
        let request = self.client.post(format!("http://{address}{path}"));
        let request = request.header("content-type", "application/json");
        self.send(request.body(document.to_string())).await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> (u16, Value) {
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_have_two_names_and_the_types_of_their_fields() {
    let apis = Apis::start().await;
    let secrets = "/v1/projects/local-project/secrets";
    let document = json!({"replication": {"automatic": {}}});
    for id in ["a", "b"] {
        let path = format!("{secrets}?secret_id={id}&$unique=1");
        let (status, created) = apis.post(apis.at().secrets, &path, &document).await;
        assert_eq!(status, 200, "{created}");
    }
    let (_, page) = apis.get(apis.at().secrets, &format!("{secrets}?page_size=1")).await;
    assert_eq!(page["secrets"].as_array().map(Vec::len), Some(1), "{page}");
    let change = apis.client.patch(format!(
        "http://{}{secrets}/a?updateMask.paths=labels&update_mask.paths=annotations",
        apis.at().secrets
    ));
    let document = json!({"labels": {"a": "1"}, "annotations": {"b": "2"}});
    let change = change.header("content-type", "application/json").body(document.to_string());
    let (status, changed) = apis.send(change).await;
    assert_eq!((status, &changed["labels"]), (200, &document["labels"]), "{changed}");
    assert_eq!(changed["annotations"], document["annotations"], "{changed}");
    for (address, path, text) in [
        (apis.at().secrets, secrets, "Invalid value at 'page_size' (TYPE_INT32), \"x\""),
        (
            apis.at().kms,
            &format!("/v1/{REGION}/keyRings"),
            "Invalid value at 'page_size' (TYPE_INT32), \"x\"",
        ),
    ] {
        let (status, error) = apis.get(address, &format!("{path}?pageSize=x")).await;
        assert_eq!((status, &error["error"]["message"]), (400, &json!(text)), "{error}");
        let violation = &error["error"]["details"][0]["fieldViolations"][0];
        assert_eq!(violation["field"], "page_size", "{error}");
    }
    apis.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_that_is_no_list_has_one_value() {
    let apis = Apis::start().await;
    let at = apis.at();
    for (address, path, field) in [
        (at.secrets, "/v1/projects/local-project/secrets?filter=a&filter=b", "filter"),
        (at.pubsub, "/v1/projects/local-project/topics?pageSize=1&pageSize=2", "page_size"),
        (at.kms, &format!("/v1/{REGION}/keyRings?pageSize=1&page_size=2"), "page_size"),
        (at.run, &format!("/v2/{REGION}/services?pageToken=a&pageToken=b"), "page_token"),
        (at.storage, "/storage/v1/b?project=p&prefix=a&prefix=b", "prefix"),
        (at.secrets, "/v1/projects/local-project/secrets?fields=a&fields=b", "fields"),
        (at.testing, "/longshore/v1/requests?project=a&project=b", "project"),
    ] {
        let (status, error) = apis.get(address, path).await;
        assert_eq!(status, 400, "{path}: {error}");
        assert!(error["error"]["message"].as_str().unwrap().contains(field), "{path}: {error}");
    }
    let logs = "/v2/projects/local-project/logs?resourceNames=projects/local-project";
    let both = format!("{logs}&resourceNames=projects/other");
    assert_eq!(apis.get(at.logging, logs).await.0, 200);
    let (status, error) = apis.get(at.logging, &both).await;
    assert_eq!(status, 501, "{error}");
    apis.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tail_has_the_selected_fields_while_it_is_open() {
    let apis = Apis::start().await;
    let logging = apis.at().logging;
    let path = "/v2/entries:tail?fields=entries.textPayload&prettyPrint=true";
    let document = json!({"resourceNames": ["projects/local-project"], "bufferWindow": "0s"});
    let tail = apis.client.post(format!("http://{logging}{path}"));
    let tail = tail.header("content-type", "application/json").body(document.to_string());
    let mut tail = tail.send().await.unwrap();
    assert_eq!(tail.status().as_u16(), 200);
    let entry = json!({
        "logName": "projects/local-project/logs/app", "resource": {"type": "global"},
        "entries": [{"textPayload": "seen"}],
    });
    assert_eq!(apis.post(logging, "/v2/entries:write", &entry).await.0, 200);
    let mut text = String::new();
    while !text.contains('}') || text.matches('{').count() > text.matches('}').count() {
        let part = tail.chunk().await.unwrap().unwrap();
        text.push_str(std::str::from_utf8(&part).unwrap());
    }
    let first: Value = serde_json::from_str(&text[text.find('{').unwrap()..]).unwrap();
    assert_eq!(first, json!({"entries": [{"textPayload": "seen"}]}), "{text}");
    assert!(text.lines().count() > 3, "it is indented: {text}");
    drop(tail);
    apis.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn enums_may_be_numbers_and_have_no_other_names() {
    let apis = Apis::start().await;
    let at = apis.at();
    let repositories = format!("/v1/{REGION}/repositories?repositoryId=r");
    let (status, created) =
        apis.post(at.artifact_registry, &repositories, &json!({"format": 1})).await;
    assert_eq!(status, 200, "{created}");
    let read = format!("/v1/{REGION}/repositories/r");
    assert_eq!(apis.get(at.artifact_registry, &read).await.1["format"], "DOCKER");
    let queue = json!({"name": format!("{REGION}/queues/q"), "state": "NONE"});
    let key = json!({"purpose": "NONE"});
    for (address, path, document, field) in [
        (at.artifact_registry, repositories, json!({"format": "NONE"}), "repository.format"),
        (
            at.run,
            format!("/v2/{REGION}/services?serviceId=s"),
            json!({"ingress": "NONE"}),
            "service.ingress",
        ),
        (at.tasks, format!("/v2/{REGION}/queues"), queue, "queue.state"),
        (
            at.kms,
            format!("/v1/{REGION}/keyRings/k/cryptoKeys?cryptoKeyId=c"),
            key,
            "crypto_key.purpose",
        ),
    ] {
        let (status, error) = apis.post(address, &path, &document).await;
        let message = error["error"]["message"].as_str().unwrap();
        assert_eq!(status, 400, "{path}: {error}");
        let expected = format!("Invalid value at '{field}' (type.googleapis.com/google.");
        assert!(message.starts_with(&expected), "{path}: {message}");
    }
    apis.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_filtered_in_one_language() {
    let apis = Apis::start().await;
    let at = apis.at();
    let secret = json!({"replication": {"automatic": {}}});
    let queue = json!({"name": format!("{REGION}/queues/x")});
    for (address, list, query, document) in [
        (at.secrets, "/v1/projects/local-project/secrets".to_owned(), "secretId=x", secret),
        (at.kms, format!("/v1/{REGION}/keyRings"), "keyRingId=x", json!({})),
        (
            at.artifact_registry,
            format!("/v1/{REGION}/repositories"),
            "repositoryId=x",
            json!({"format": "DOCKER"}),
        ),
        (at.tasks, format!("/v2/{REGION}/queues"), "", queue),
    ] {
        let (status, created) = apis.post(address, &format!("{list}?{query}"), &document).await;
        assert_eq!(status, 200, "{list}: {created}");
        for (filter, count) in [
            ("name=x", 1),
            ("name:*/x", 0),
            ("name=none%20OR%20name=*/x", 1),
            ("NOT%20name=x", 0),
            ("-name=(y%20OR%20z)%20name:X", 1),
        ] {
            let (status, page) = apis.get(address, &format!("{list}?filter={filter}")).await;
            assert_eq!(status, 200, "{list} {filter}: {page}");
            let items = page.as_object().unwrap().values().find_map(Value::as_array);
            assert_eq!(items.map_or(0, Vec::len), count, "{list} {filter}: {page}");
        }
        let (status, error) =
            apis.get(address, &format!("{list}?filter=name=x%20colour=red")).await;
        let message = error["error"]["message"].as_str().unwrap();
        assert_eq!(status, 400, "{list}: {error}");
        assert!(message.starts_with("filter: there is no field 'colour'"), "{list}: {message}");
        assert!(message.ends_with(", at character 8"), "{list}: {message}");
    }
    let operations = format!("/v2/{REGION}/operations?filter=done=true%20AND%20name:x");
    assert_eq!(apis.get(at.run, &operations).await.0, 200);
    let triggers = format!("/v1/{REGION}/triggers?filter=labels.a=b");
    assert_eq!(apis.get(at.eventarc, &triggers).await.0, 200);
    apis.cloud.stop().await;
}
