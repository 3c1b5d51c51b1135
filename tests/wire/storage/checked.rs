//! What a client sets is checked, kept or refused, and reads are conditional.

use serde_json::{Value, json};

use super::Server;

struct Client {
    http: reqwest::Client,
    base: String,
}

impl Client {
    fn of(server: &Server) -> Self {
        Self { http: reqwest::Client::new(), base: server.base.clone() }
    }

    async fn send(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/storage/v1/{path}", self.base);
        let request = self.http.request(method.parse().unwrap(), url);
        let request = request.header("content-type", "application/json").body(body.to_string());
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default())
    }

    async fn upload(&self, name: &str, query: &str, content: &'static [u8]) -> (u16, Value) {
        let url = format!(
            "{}/upload/storage/v1/b/ledger/o?uploadType=media&name={name}{query}",
            self.base
        );
        let response = self.http.post(url).body(content).send().await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default())
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> reqwest::Response {
        let mut request = self.http.get(format!("{}/storage/v1/{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }
}

#[tokio::test]
async fn metadata_and_content_are_read_conditionally() {
    let (_dir, server) = Server::with_bucket().await;
    let client = Client::of(&server);
    let (_, object) = client.upload("o", "", b"hello").await;
    let tag = object["etag"].as_str().unwrap();
    for path in ["b/ledger/o/o", "b/ledger/o/o?alt=media"] {
        let whole = client.get(path, &[]).await;
        assert_eq!(whole.headers()["etag"], tag, "{path}");
        let known = client.get(path, &[("if-none-match", tag)]).await;
        assert_eq!(
            (known.status().as_u16(), known.headers()["etag"] == tag),
            (304, true),
            "{path}"
        );
        let other = client.get(path, &[("if-match", "other")]).await;
        assert_eq!(other.status().as_u16(), 412, "{path}");
        let old = [("if-unmodified-since", "Sun, 06 Nov 1994 08:49:37 GMT")];
        assert_eq!(client.get(path, &old).await.status().as_u16(), 412, "{path}");
    }
    let bucket = client.get("b/ledger", &[]).await;
    let tag = bucket.headers()["etag"].to_str().unwrap().to_owned();
    let known = client.get("b/ledger", &[("if-none-match", &tag)]).await;
    assert_eq!(known.status().as_u16(), 304);
}

#[tokio::test]
async fn content_that_is_no_gzip_is_returned_as_it_is() {
    let (_dir, server) = Server::with_bucket().await;
    let client = Client::of(&server);
    client.upload("o", "&contentEncoding=gzip", b"hello").await;
    let read = client.get("b/ledger/o/o?alt=media", &[]).await;
    assert!(!read.headers().contains_key("content-encoding"));
    assert_eq!(read.text().await.unwrap(), "hello");
}

#[tokio::test]
async fn lists_without_entries_have_no_items() {
    let (_dir, server) = Server::with_bucket().await;
    let client = Client::of(&server);
    for (path, kind) in [
        ("b?project=none", "storage#buckets"),
        ("b/ledger/o", "storage#objects"),
        ("b/ledger/notificationConfigs", "storage#notifications"),
        ("b/ledger/managedFolders", "storage#managedFolders"),
        ("b/ledger/anywhereCaches", "storage#anywhereCaches"),
        ("projects/demo/hmacKeys", "storage#hmacKeysMetadata"),
    ] {
        let list: Value = client.get(path, &[]).await.json().await.unwrap();
        assert_eq!(list, json!({"kind": kind}), "{path}");
    }
}

#[tokio::test]
async fn a_notification_names_its_topic_in_either_form() {
    let (_dir, server) = Server::with_bucket().await;
    let client = Client::of(&server);
    for topic in ["//pubsub.googleapis.com/projects/demo/topics/t", "projects/demo/topics/t"] {
        let config = json!({"topic": topic, "payload_format": "NONE"});
        let (status, created) = client.send("POST", "b/ledger/notificationConfigs", config).await;
        assert_eq!(
            (status, &created["topic"]),
            (200, &json!("//pubsub.googleapis.com/projects/demo/topics/t"))
        );
    }
    let config = json!({"topic": "t", "payload_format": "NONE"});
    assert_eq!(client.send("POST", "b/ledger/notificationConfigs", config).await.0, 400);
}

#[tokio::test]
async fn the_default_access_control_list_is_taken_and_others_are_refused() {
    let (_dir, server) = Server::with_bucket().await;
    let client = Client::of(&server);
    let plain =
        "b?project=demo&predefinedAcl=projectPrivate&predefinedDefaultObjectAcl=projectPrivate";
    assert_eq!(client.send("POST", plain, json!({"name": "plain"})).await.0, 200);
    let public = "b?project=demo&predefinedAcl=publicRead";
    assert_eq!(client.send("POST", public, json!({"name": "public"})).await.0, 501);
    // The bucket of the server has uniform access.
    let (status, error) = client.upload("o", "&predefinedAcl=projectPrivate", b"x").await;
    assert_eq!(status, 400);
    assert!(error["error"]["message"].as_str().unwrap().contains("uniform"), "{error}");
    let acl = json!({"name": "listed", "acl": [{"entity": "allUsers", "role": "READER"}]});
    assert_eq!(client.send("POST", "b?project=demo", acl).await.0, 501);
    let retention = "b?project=demo&enableObjectRetention=true";
    assert_eq!(client.send("POST", retention, json!({"name": "retained"})).await.0, 501);
}

#[tokio::test]
async fn a_policy_respects_public_access_prevention_and_uniform_access() {
    let (_dir, server) = Server::with_bucket().await;
    let client = Client::of(&server);
    let enforced = json!({"iamConfiguration": {"publicAccessPrevention": "enforced"}});
    assert_eq!(client.send("PATCH", "b/ledger", enforced).await.0, 200);
    let policy = |version: i32, binding: Value| json!({"version": version, "bindings": [binding]});
    let public = policy(1, json!({"role": "roles/storage.objectViewer", "members": ["allUsers"]}));
    let (status, error) = client.send("PUT", "b/ledger/iam", public).await;
    assert_eq!((status, &error["error"]["errors"][0]["reason"]), (412, &json!("conditionNotMet")));
    let conditional = policy(
        3,
        json!({
            "role": "roles/storage.objectViewer",
            "members": ["user:a@example.com"],
            "condition": {"title": "t", "expression": "true"},
        }),
    );
    assert_eq!(client.send("PUT", "b/ledger/iam", conditional.clone()).await.0, 200);
    let fine = json!({"iamConfiguration": {"uniformBucketLevelAccess": {"enabled": false}}});
    assert_eq!(client.send("PATCH", "b/ledger", fine).await.0, 400);
    client.send("POST", "b?project=demo", json!({"name": "plain"})).await;
    assert_eq!(client.send("PUT", "b/plain/iam", conditional).await.0, 400);
    let strange = json!({"iamConfiguration": {"publicAccessPrevention": "maybe"}});
    assert_eq!(client.send("PATCH", "b/plain", strange).await.0, 400);
}

#[tokio::test]
async fn places_and_classes_of_buckets_are_checked_and_have_defaults() {
    let (_dir, server) = Server::with_bucket().await;
    let client = Client::of(&server);
    let create = async |document: Value| client.send("POST", "b?project=demo", document).await;
    let regions = json!({"dataLocations": ["US-EAST1", "US-WEST1"]});
    let (_, dual) =
        create(json!({"name": "dual", "location": "US", "customPlacementConfig": regions})).await;
    assert_eq!((&dual["locationType"], &dual["rpo"]), (&json!("dual-region"), &json!("DEFAULT")));
    let (_, auto) =
        create(json!({"name": "auto", "location": "europe-west1", "autoclass": {"enabled": true}}))
            .await;
    assert_eq!(auto["autoclass"]["terminalStorageClass"], "NEARLINE");
    assert_eq!((&auto["locationType"], auto.get("rpo")), (&json!("region"), None));
    for strange in [
        json!({"name": "x1x", "location": "nowhere"}),
        json!({"name": "x2x", "storageClass": "FAST"}),
        json!({"name": "x3x", "location": "US", "customPlacementConfig": {"dataLocations": ["US-EAST1"]}}),
        json!({"name": "x4x", "location": "europe-west1", "rpo": "ASYNC_TURBO"}),
    ] {
        let (status, error) = create(strange.clone()).await;
        assert_eq!(status, 400, "{strange}: {error}");
    }
}

#[tokio::test]
async fn what_was_read_is_taken_back_and_what_cannot_change_is_refused() {
    let (_dir, server) = Server::with_bucket().await;
    let client = Client::of(&server);
    client.upload("o", "", b"hello").await;
    for (path, changes) in [
        ("b/ledger", [json!({"location": "EUROPE-WEST1"}), json!({"name": "other"})]),
        ("b/ledger/o/o", [json!({"storageClass": "NEARLINE"}), json!({"md5Hash": "AAAA"})]),
    ] {
        let read: Value = client.get(path, &[]).await.json().await.unwrap();
        let (status, error) = client.send("PUT", path, read).await;
        assert_eq!(status, 200, "{path}: {error}");
        for change in changes {
            let (status, error) = client.send("PATCH", path, change.clone()).await;
            assert_eq!(status, 400, "{path} {change}: {error}");
            let (name, _) = change.as_object().unwrap().iter().next().unwrap();
            assert!(error["error"]["message"].as_str().unwrap().contains(name.as_str()), "{error}");
        }
    }
    let (_, bucket) = client
        .send(
            "PATCH",
            "b/ledger",
            json!({"iamConfiguration": {"bucketPolicyOnly": {"enabled": false}}}),
        )
        .await;
    assert_eq!(bucket["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"], false);
}
